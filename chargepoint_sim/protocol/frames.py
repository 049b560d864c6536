"""OCPP-J frames: CALL, CALLRESULT and CALLERROR to and from text (1.6J chapter 4.2, 2.0.1 part 4 chapter 4.2).

Owns the shape of the envelope and the error codes of each version; knows nothing of payloads.
"""

import enum
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import orjson

from chargepoint_sim.errors import FrameError

Payload = dict[str, Any]

CALL, CALLRESULT, CALLERROR = 2, 3, 4
MAX_MESSAGE_ID = 36
MAX_DESCRIPTION = 255


class Version(enum.StrEnum):
    """The OCPP versions; the value is how people write it."""

    V16 = "1.6"
    V201 = "2.0.1"

    @property
    def subprotocol(self) -> str:
        """The websocket sub-protocol name (OCPP-J chapter 3.1.2)."""
        return "ocpp" + self.value


class ErrorCode(enum.StrEnum):
    """The error codes by their 2.x names; 1.6 spells some of them otherwise, see `wire_code`."""

    NOT_IMPLEMENTED = "NotImplemented"
    NOT_SUPPORTED = "NotSupported"
    INTERNAL_ERROR = "InternalError"
    PROTOCOL_ERROR = "ProtocolError"
    SECURITY_ERROR = "SecurityError"
    FORMAT_VIOLATION = "FormatViolation"
    PROPERTY_CONSTRAINT_VIOLATION = "PropertyConstraintViolation"
    OCCURRENCE_CONSTRAINT_VIOLATION = "OccurrenceConstraintViolation"
    TYPE_CONSTRAINT_VIOLATION = "TypeConstraintViolation"
    GENERIC_ERROR = "GenericError"
    MESSAGE_TYPE_NOT_SUPPORTED = "MessageTypeNotSupported"
    RPC_FRAMEWORK_ERROR = "RpcFrameworkError"


_WIRE_CODE_16 = {
    ErrorCode.FORMAT_VIOLATION: "FormationViolation",
    ErrorCode.OCCURRENCE_CONSTRAINT_VIOLATION: "OccurenceConstraintViolation",  # 1.6 misspells it
    ErrorCode.MESSAGE_TYPE_NOT_SUPPORTED: "NotSupported",
    ErrorCode.RPC_FRAMEWORK_ERROR: "ProtocolError",
}


def wire_code(code: str, version: Version) -> str:
    """The spelling of `code` in `version`; an unknown code goes through unchanged."""
    if version is Version.V16:
        return _WIRE_CODE_16.get(code, code)  # type: ignore[call-overload, no-any-return]  # a StrEnum is its text
    return code


class Call(NamedTuple):
    """A request."""

    message_id: str
    action: str
    payload: Payload


class CallResult(NamedTuple):
    """A positive answer."""

    message_id: str
    payload: Payload


class CallError(NamedTuple):
    """A refusal; `code` as it stands on the wire."""

    message_id: str
    code: str
    description: str
    details: Mapping[str, Any]


Frame = Call | CallResult | CallError


def decode(text: bytes | str, version: Version) -> Frame:
    """Read one frame.

    Raises FrameError; `ignore` is set for an unknown message type in 1.6, which is passed over in silence, while
    2.0.1 answers MessageTypeNotSupported (part 4 chapter 4.1.3).
    """
    try:
        raw = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise FrameError(ErrorCode.RPC_FRAMEWORK_ERROR, f"not JSON: {error}") from None
    if not isinstance(raw, list) or len(raw) < 3:
        raise FrameError(ErrorCode.RPC_FRAMEWORK_ERROR, "not a JSON array of at least three elements")
    kind, message_id = raw[0], raw[1]
    readable_id = message_id if isinstance(message_id, str) and 0 < len(message_id) <= MAX_MESSAGE_ID else None
    if kind not in (CALL, CALLRESULT, CALLERROR) or isinstance(kind, bool):
        raise FrameError(
            ErrorCode.MESSAGE_TYPE_NOT_SUPPORTED,
            f"unknown message type {kind!r}"[:MAX_DESCRIPTION],
            readable_id,
            ignore=version is Version.V16,
        )
    if readable_id is None:
        raise FrameError(
            ErrorCode.RPC_FRAMEWORK_ERROR,
            f"the message id must be a text of 1 to {MAX_MESSAGE_ID} characters",
        )
    return _DECODERS[kind](raw, readable_id)


def _decode_call(raw: list[Any], message_id: str) -> Call:
    if len(raw) != 4 or not isinstance(raw[2], str):
        raise FrameError(ErrorCode.RPC_FRAMEWORK_ERROR, 'a CALL is [2, "<id>", "<action>", {<payload>}]', message_id)
    if not isinstance(raw[3], dict):
        raise FrameError(ErrorCode.FORMAT_VIOLATION, "the payload of a CALL must be an object", message_id)
    return Call(message_id, raw[2], raw[3])


def _decode_result(raw: list[Any], message_id: str) -> CallResult:
    if len(raw) != 3 or not isinstance(raw[2], dict):
        raise FrameError(
            ErrorCode.RPC_FRAMEWORK_ERROR, 'a CALLRESULT is [3, "<id>", {<payload>}]', message_id, ignore=True
        )
    return CallResult(message_id, raw[2])


def _decode_error(raw: list[Any], message_id: str) -> CallError:
    # Central systems leave out the description or the details, or send null: an error is still an error.
    description = raw[3] if len(raw) > 3 and isinstance(raw[3], str) else ""
    details = raw[4] if len(raw) > 4 and isinstance(raw[4], dict) else {}
    return CallError(message_id, str(raw[2]), description, details)


_DECODERS: Mapping[int, Callable[[list[Any], str], Frame]] = {
    CALL: _decode_call,
    CALLRESULT: _decode_result,
    CALLERROR: _decode_error,
}


def encode_call(message_id: str, action: str, payload: Payload) -> bytes:
    """A CALL as text."""
    return orjson.dumps([CALL, message_id, action, payload])


def length(payload: Payload) -> int:
    """Bytes that a payload takes as text."""
    return len(orjson.dumps(payload))


def encode_result(message_id: str, payload: Payload) -> bytes:
    """A CALLRESULT as text."""
    return orjson.dumps([CALLRESULT, message_id, payload])


def encode_error(message_id: str, code: str, description: str, details: Mapping[str, Any], version: Version) -> bytes:
    """A CALLERROR as text, with the code in the version's spelling and the description cut to 255 characters."""
    return orjson.dumps([CALLERROR, message_id, wire_code(code, version), description[:MAX_DESCRIPTION], details])
