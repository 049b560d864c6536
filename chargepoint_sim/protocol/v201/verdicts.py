"""Answers that many 2.0.1 messages share: a status, and the reason code that goes with a refusal (appendix 5)."""

import enum

from chargepoint_sim.protocol.frames import Payload


class Reason(enum.StrEnum):
    """The standardised reason codes that this station gives (appendix 5, and errata 2025-09 section 2.11)."""

    CS_NOT_ACCEPTED = "CSNotAccepted"
    DUPLICATE_PROFILE = "DuplicateProfile"
    FIXED_CABLE = "FixedCable"
    INVALID_NETWORK = "InvalidNetworkConf"
    INVALID_MESSAGE_SEQ = "InvalidMessageSeq"
    INVALID_PROFILE = "InvalidProfile"
    INVALID_SCHEDULE = "InvalidSchedule"
    INVALID_STACK_LEVEL = "InvalidStackLevel"
    INVALID_VALUE = "InvalidValue"
    MISSING_PARAM = "MissingParam"
    NO_DOWNGRADE = "NoSecurityDowngrade"
    NOT_ENABLED = "NotEnabled"
    NOT_FOUND = "NotFound"
    OUT_OF_STORAGE = "OutOfStorage"
    READ_ONLY = "ReadOnly"
    TOO_LARGE = "TooLargeElement"
    TOO_MANY_ELEMENTS = "TooManyElements"
    TX_IN_PROGRESS = "TxInProgress"
    TX_NOT_FOUND = "TxNotFound"
    UNKNOWN_CONNECTOR = "UnknownConnectorId"
    UNKNOWN_CONNECTOR_TYPE = "UnknownConnectorType"
    UNKNOWN_EVSE = "UnknownEvse"
    UNKNOWN_TX_ID = "UnknownTxId"
    UNSUPPORTED_RATE_UNIT = "UnsupportedRateUnit"
    UNSUPPORTED_REQUEST = "UnsupportedRequest"
    VALUE_OUT_OF_RANGE = "ValueOutOfRange"
    VALUE_POSITIVE_ONLY = "ValuePositiveOnly"
    WRITE_ONLY = "WriteOnly"


def accepted() -> Payload:
    """Status Accepted."""
    return {"status": "Accepted"}


def rejected(reason: Reason, explanation: str = "") -> Payload:
    """Status Rejected, and why."""
    return {"status": "Rejected", "statusInfo": status_info(reason, explanation)}


def status_info(reason: Reason, explanation: str = "") -> Payload:
    """A StatusInfoType element; the explanation is cut to its 512 characters."""
    info: Payload = {"reasonCode": reason.value}
    if explanation:
        info["additionalInfo"] = explanation[:512]
    return info
