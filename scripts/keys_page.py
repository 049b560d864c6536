"""Writes docs/configuration-keys.md from the tables of the 1.6 keys: type, range, access, default, effect, tests."""

import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from chargepoint_sim.core.settings import SETTINGS, Kind, Setting, format_value
from chargepoint_sim.protocol.v16.access import WRITE_ONLY
from chargepoint_sim.protocol.v16.adapter import ADAPTER
from chargepoint_sim.protocol.v16.keys import COMPUTED, KEYS, UNSET
from scripts.pages import write_or_compare

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "configuration-keys.md"
TESTS = ROOT / "tests" / "protocol" / "v16"

EFFECTS: Mapping[str, str] = {
    "AdditionalRootCertificateCheck": "whether a new root of the central system must be signed by the one before",
    "AllowOfflineTxForUnknownId": "offline, a tag in neither list nor cache starts",
    "AuthorizationCacheEnabled": "verdicts of the central system are kept and used; false: ClearCache is Rejected",
    "AuthorizationKey": "the password of security profiles 1 and 2; a change makes the charger connect anew with it",
    "AuthorizeRemoteTxRequests": "a remote start goes through list, cache and Authorize first",
    "BlinkRepeat": "kept and reported; nobody sees the lamp",
    "CertificateSignedMaxChainSize": "characters of a chain in CertificateSigned",
    "CertificateStoreMaxLength": "root certificates that InstallCertificate can add",
    "ChargeProfileMaxStackLevel": "higher stack levels are Rejected",
    "ChargingScheduleAllowedChargingRateUnit": "units that a schedule may have",
    "ChargingScheduleMaxPeriods": "longer schedules are Rejected",
    "ClockAlignedDataInterval": "MeterValues of all connectors at multiples of it after midnight; 0: none",
    "ConnectionTimeOut": "how long Preparing lasts without a cable, or without a tag",
    "ConnectorPhaseRotation": "the phase of the meter that each phase of a connector draws on, and so shows on",
    "ConnectorPhaseRotationMaxLength": "entries in ConnectorPhaseRotation; longer lists are Rejected",
    "ConnectorSwitch3to1PhaseSupported": "whether a transaction can change between three phases and one",
    "CpoName": "the organisation in the subject of SignCertificate",
    "GetConfigurationMaxKeys": "keys in one GetConfiguration; more are OccurenceConstraintViolation",
    "HeartbeatInterval": "Heartbeat after so much silence; BootNotification's answer sets it",
    "LightIntensity": "kept and reported; nobody sees the lamp",
    "LocalAuthListEnabled": "the local list is used; false: it is kept and not used",
    "LocalAuthListMaxLength": "entries of the local list; what would exceed it is Failed; 0: there is no list",
    "LocalAuthorizeOffline": "offline, listed and cached tags that are valid start",
    "LocalPreAuthorize": "listed and cached tags that are valid start without Authorize",
    "MaxChargingProfilesInstalled": "more profiles are Rejected",
    "MaxEnergyOnInvalidId": "energy that a tag still gets after StartTransaction's answer refused it; reported without "
    "a value until one is set",
    "MessageTimeout": "how long a CALL may stay without answer",
    "MeterValueSampleInterval": "MeterValues of a transaction; 0: none",
    "MeterValuesAlignedData": "measurands of clock-aligned MeterValues",
    "MeterValuesAlignedDataMaxLength": "entries in MeterValuesAlignedData",
    "MeterValuesSampledData": "measurands of periodic and triggered MeterValues",
    "MeterValuesSampledDataMaxLength": "entries in MeterValuesSampledData",
    "MinimumStatusDuration": "a status that lasts less is not told",
    "NumberOfConnectors": "connectors 1 to n",
    "ReserveConnectorZeroSupported": "ReserveNow for connector 0 keeps any one connector; false: Rejected",
    "ResetRetries": "how often a reset that fails is tried again; `reset_failures` of a template makes tries fail",
    "SecurityProfile": "how the charger connects; it can only grow",
    "SendLocalListMaxLength": "entries in one SendLocalList; more are Failed",
    "StopTransactionMaxMeterValues": "elements of transactionData; those in between are thinned out",
    "StopTransactionOnEVSideDisconnect": "a cable pulled at the vehicle stops; false: SuspendedEV",
    "StopTransactionOnInvalidId": "a tag refused by StartTransaction's answer stops; false: SuspendedEVSE",
    "StopTxnAlignedData": "measurands of clock-aligned readings in transactionData",
    "StopTxnAlignedDataMaxLength": "entries in StopTxnAlignedData",
    "StopTxnSampledData": "measurands of periodic readings in transactionData",
    "StopTxnSampledDataMaxLength": "entries in StopTxnSampledData",
    "SupportedFeatureProfiles": "the profiles that the charger has: without one its actions are NotSupported, its keys "
    "unknown",
    "SupportedFileTransferProtocols": "what firmware, diagnostics and logs travel by",
    "TransactionMessageAttempts": "sends of a transaction message that fails, all in all",
    "TransactionMessageRetryInterval": "wait before the next send, times the number of sends",
    "UnlockConnectorOnEVSideDisconnect": "a cable pulled at the vehicle is unlocked; false: it stays locked; "
    "read-only `false` where all cables are fixed",
    "WebSocketPingInterval": "pings of the charger; 0: none",
}
"""What a key drives, in a few words; a key without a row stops the page from being made."""

HEAD = """# Configuration keys of OCPP 1.6

Made by `scripts/docs` from `protocol/v16/keys.py` and `core/settings.py`; do not edit. Every key can be read except
those marked W, and survives a reboot; what a value drives changes at once. A value that its type or range does not
take is Rejected and changes nothing. The defaults are those of a station with two connectors before its template says
otherwise (`settings:` in the fleet file); a template may also set what a central system can only read. Keys of one
vendor alone stand under `vendor_keys:`, each with its text or as a mapping with `value`, `type` (text, boolean,
integer, decimal or list), `access` (RW, R or W), `minimum`, `maximum`, `choices`, `pattern` (a regular expression) and
`reboot` (ChangeConfiguration is answered RebootRequired, and the change shows after a restart). The tests are those
that name the key.

| Key | Type | Access | Default | What it drives | Tests |
|---|---|---|---|---|---|
"""

TYPES: Mapping[Kind, str] = {
    Kind.BOOLEAN: "boolean",
    Kind.INTEGER: "integer",
    Kind.DECIMAL: "decimal",
    Kind.STRING: "text",
    Kind.DATE_TIME: "date and time",
    Kind.OPTION: "one of",
    Kind.MEMBERS: "list",
    Kind.SEQUENCE: "list",
}
UNITS = {"s": " in s", "Percent": " in %", None: ""}
ENDLESS = 2**31 - 1


def page() -> str:
    """The whole page. KeyError for a key without an effect."""
    names = sorted({*KEYS, *COMPUTED, *WRITE_ONLY}, key=str.casefold)
    return HEAD + "".join(_row(name) for name in names)


def _row(name: str) -> str:
    tests = ", ".join(f"`{test}`" for test in _tests(name)) or "none"
    return f"| `{name}` | {_type(name)} | {_access(name)} | {_default(name)} | {EFFECTS[name]} | {tests} |\n"


def _type(name: str) -> str:
    if name not in KEYS:
        return "text" if name in WRITE_ONLY or name.startswith("Supported") else "integer"
    setting = SETTINGS[KEYS[name].settings[0]]
    return f"{TYPES[setting.kind]}{_range(setting)}"


def _range(setting: Setting) -> str:
    unit = UNITS.get(setting.unit, f" {setting.unit}")
    if setting.kind not in (Kind.INTEGER, Kind.DECIMAL):
        return unit
    low, high = setting.minimum, setting.maximum
    if high is None or high >= ENDLESS:
        return f"{unit}, {low:g} or more" if low is not None else unit
    return f"{unit}, {low:g} to {high:g}" if low is not None else f"{unit}, up to {high:g}"


def _access(name: str) -> str:
    if name in WRITE_ONLY:
        return "W"
    return "R" if name in COMPUTED or KEYS[name].readonly else "RW"


def _default(name: str) -> str:
    if name not in KEYS:
        return "of the station" if name in COMPUTED else "of the fleet file"
    if name in UNSET:
        return "none"
    text = format_value(ADAPTER.defaults[KEYS[name].settings[0]])
    return f"`{text}`" if text else "empty"


def _tests(name: str) -> Iterator[str]:
    word = re.compile(rf"\b{name}\b")
    for path in sorted(TESTS.glob("test_*.py")):
        if word.search(path.read_text(encoding="utf-8")):
            yield path.stem


if __name__ == "__main__":
    sys.exit(write_or_compare(PAGE, page(), __doc__))
