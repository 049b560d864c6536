"""The sections of a fleet file as pydantic models: names, types and bounds of every key.

Owns what one section may say by itself. What needs two sections, another file or the OCPP version is checked in
`compile` and its neighbours. Powers are W, currents A, durations s, states of charge 0 to 1.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from chargepoint_sim.clock import parse_utc
from chargepoint_sim.core.certificates import KeyKind
from chargepoint_sim.fleet.access import is_hash
from chargepoint_sim.fleet.hooks import key_of

ConnectorType = Literal[
    "cCCS1", "cCCS2", "cChaoJi", "cG105", "cGBT", "cTesla", "cType1", "cType2",
    "s309-1P-16A", "s309-1P-32A", "s309-3P-16A", "s309-3P-32A", "sBS1361", "sCEE-7-7", "sType2", "sType3",
    "OppCharge", "Other1PhMax16A", "Other1PhOver16A", "Other3Ph", "Pan", "wInductive", "wResonant",
    "Undetermined", "Unknown",
]  # fmt: skip
"""ConnectorEnumType (2.0.1 part 2 chapter 3.18): c is an attached cable, s a socket, w wireless."""

BUILTIN = "builtin"
"""In place of a URL: the daemon starts its own central system."""

_HANDSHAKE_HEADERS = frozenset({"authorization", "connection", "host", "upgrade"})
_TOKEN_CHARACTERS = frozenset("!#$%&'*+-.^_`|~")
_PURPOSES = frozenset({"ChargePointMaxProfile", "ChargingStationMaxProfile", "TxDefaultProfile", "TxProfile"})
_PROFILE_KINDS = frozenset({"Absolute", "Recurring", "Relative"})


class Section(BaseModel):
    """Root of all models: unknown keys are mistakes, and nothing is converted silently."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


def _listed(value: object) -> object:
    return [value] if isinstance(value, dict) else value


def _version(value: object) -> object:
    return "1.6" if value == 1.6 else value


def _interval(value: list[float]) -> list[float]:
    if len(value) != 2 or not 0 <= value[0] <= value[1]:
        raise ValueError("two numbers are needed, the least and the most")
    return value


def _share(value: list[float]) -> list[float]:
    if _interval(value)[1] > 1:
        raise ValueError("two numbers from 0 to 1 are needed, the least and the most")
    return value


def _instant(value: str) -> str:
    try:
        parse_utc(value)
    except ValueError:
        raise ValueError("a date and time such as 2026-01-31T06:00:00Z is needed") from None
    return value


def _secure_url(value: str) -> str:
    if not value.startswith("wss://"):
        raise ValueError("a URL such as wss://host/{identity} is needed")
    return _url(value)


def _url(value: str) -> str:
    if value == BUILTIN:
        return value
    try:
        parts = urlsplit(value)
        sound = parts.scheme in ("ws", "wss") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        sound = False
    if not sound or any(character.isspace() for character in value):
        raise ValueError("a URL such as ws://host:9000/ocpp or wss://host/{identity} is needed, or builtin")
    if parts.username is not None or parts.password is not None:
        raise ValueError("user and password belong under security, not into the URL")
    if parts.fragment or "{" in value.replace("{identity}", ""):
        raise ValueError("the only pattern is {identity}, and a part after # is never sent")
    return value


def _address(value: str) -> str:
    try:
        ip_address(value)
    except ValueError:
        raise ValueError("an IP address of this host is needed") from None
    return value


def _header(name: str) -> str:
    if not name or not all(c.isascii() and (c.isalnum() or c in _TOKEN_CHARACTERS) for c in name):
        raise ValueError("the name of an HTTP header is needed")
    if name.lower() in _HANDSHAKE_HEADERS or name.lower().startswith("sec-websocket-"):
        raise ValueError("the handshake sets this header itself")
    return name


def _header_value(value: str) -> str:
    if not value.isprintable():
        raise ValueError("a header is one line of printable text")
    return value


def _subprotocol(name: str) -> str:
    if not name or not all(c.isascii() and (c.isalnum() or c in _TOKEN_CHARACTERS) for c in name):
        raise ValueError("a sub-protocol such as ocpp1.6 or ocpp2.0.1 is needed")
    return name


def _api_token(value: str) -> str:
    if not value.isascii() or not value.isprintable() or " " in value:
        raise ValueError("printable ASCII without spaces is needed")
    return value


def _sha256(value: str) -> str:
    if not is_hash(value):
        raise ValueError("64 hex digits in lower case are needed; `chargepoint-sim token` prints them")
    return value


def _hook_url(value: str) -> str:
    scheme, colon, host = value.partition("://")
    if scheme not in ("http", "https") or not colon or not host or not value.isprintable() or " " in value:
        raise ValueError("a URL such as https://receiver.example/hook is needed")
    return value


def _hook_secret(value: str) -> str:
    key_of(value)
    return value


def _origin(value: str) -> str:
    scheme, colon, host = value.partition("://")
    if scheme not in ("http", "https") or not colon or not host or not value.isprintable() or set(host) & set("/ *"):
        raise ValueError("an origin such as https://panel.example is needed, without a path")
    return value


def _listen(value: str) -> str:
    if value == "off":
        return value
    host, colon, port = value.rpartition(":")
    if not colon or not host.strip("[]") or not port.isascii() or not port.isdigit() or int(port) > 65535:
        raise ValueError("host:port such as 127.0.0.1:8080 is needed, or off")
    return value


def _long(value: object) -> object:
    """Whole numbers of 19 digits come as text."""
    return int(value) if isinstance(value, str) and value.removeprefix("-").isdecimal() and len(value) <= 20 else value


def _profiles(words: str) -> str:
    purpose, slash, kind = words.partition("/")
    if purpose not in (_PURPOSES if slash else _PURPOSES | _PROFILE_KINDS) or (slash and kind not in _PROFILE_KINDS):
        raise ValueError("a purpose, a kind, or purpose/kind such as ChargePointMaxProfile/Relative is needed")
    return words


def _id_tokens(value: object) -> object:
    if isinstance(value, str) and value:
        return value
    if isinstance(value, list) and all(isinstance(tag, str) and 1 <= len(tag) <= 36 for tag in value):
        return value
    raise ValueError("a list of texts of 1 to 36 characters (in quotes), or the name of a file with one a line")


def _listed_text(value: object) -> object:
    """A list, or a text with commas as one variable of the environment holds it; an empty text is an empty list."""
    return [name.strip() for name in value.split(",") if name.strip()] if isinstance(value, str) else value


def _or_none(value: object) -> object:
    """A variable of the environment that is not set is an empty text."""
    return None if value == "" else value


Text = Annotated[str, Field(min_length=1, max_length=500)]
Positive = Annotated[float, Field(gt=0)]
NotNegative = Annotated[float, Field(ge=0)]
Interval = Annotated[list[float], AfterValidator(_interval)]
TransferFault = Literal[
    "certificate-store", "firmware-download", "firmware-file", "firmware-install", "firmware-pause", "firmware-publish",
    "firmware-revoked", "log-upload",
]  # fmt: skip
AcceptedAction = Literal[
    "CancelReservation", "ChangeAvailability", "ChangeConfiguration", "ClearCache", "ClearChargingProfile",
    "DataTransfer", "RemoteStartTransaction", "RemoteStopTransaction", "RequestStartTransaction",
    "RequestStopTransaction", "ReserveNow", "Reset", "SendLocalList", "SetChargingProfile", "TriggerMessage",
    "UnlockConnector",
]  # fmt: skip
"""Requests of either version that an answer without further data can accept."""
AnsweredAction = Literal[
    AcceptedAction, "CertificateSigned", "DeleteCertificate", "ExtendedTriggerMessage", "GetBaseReport",
    "GetCompositeSchedule", "GetConfiguration", "GetDiagnostics", "GetInstalledCertificateIds", "GetLocalListVersion",
    "GetLog", "GetTransactionStatus", "GetVariables", "InstallCertificate", "SetVariables", "SignedUpdateFirmware",
    "UpdateFirmware",
]  # fmt: skip
ProfileVerdict = Literal["Rejected", "NotSupported", "PropertyConstraintViolation", "ignored"]
Version = Annotated[Literal["1.6", "2.0.1"], BeforeValidator(_version)]


class FleetSection(Section):
    """What the fleet is called, and the seed that all its randomness follows."""

    name: Text = "fleet"
    seed: int = 0
    frames_kept: Annotated[int, Field(ge=0)] | None = None


class ClockSection(Section):
    """Which time the fleet lives in."""

    mode: Literal["real", "scaled", "virtual"] = "real"
    scale: Positive = 1.0
    start: Annotated[str, AfterValidator(_instant)] | None = None


class SecuritySection(Section):
    """How chargers and central system prove who they are (2.0.1 part 2 chapter A.1.3)."""

    profile: Annotated[int, Field(ge=0, le=3)] = 0
    username: Text | None = None
    password: Annotated[Text | None, BeforeValidator(_or_none)] = None
    ca: Text | None = None
    cert: Text | None = None
    key: Text | None = None
    verify: bool = True


class CsmsSection(Section):
    """Where the central system is and how it is reached."""

    url: Annotated[str, AfterValidator(_url)] | None = None
    builtin: dict[str, Any] | None = None
    security: SecuritySection = SecuritySection()
    credentials: Text | None = None
    headers: dict[Annotated[str, AfterValidator(_header)], Annotated[str, AfterValidator(_header_value)]] = Field(
        default_factory=dict
    )
    server_hostname: Text | None = None
    secure_url: Annotated[str, AfterValidator(_secure_url)] | None = None
    compression: bool = False
    source_addresses: list[Annotated[str, AfterValidator(_address)]] = Field(default_factory=list)
    subprotocols: list[Annotated[str, AfterValidator(_subprotocol)]] = Field(default_factory=list)
    call_timeout_s: Positive = 35.0
    open_timeout_s: Positive = 30.0


class HardwareSection(Section):
    """Name plate of a station."""

    vendor: Text | None = None
    model: Text | None = None
    firmware: Annotated[str, Field(min_length=1, max_length=50)] = "1.0.0"
    meter_type: Annotated[str, Field(max_length=25)] = ""
    max_power_w: Positive | None = None


class ConnectorSection(Section):
    """One of several outlets of an EVSE; only one at a time is in use."""

    type: ConnectorType
    cable_max_current_a: Positive | None = None


class EvsesSection(Section):
    """A number of equal EVSEs."""

    count: Annotated[int, Field(ge=1, le=100)] = 1
    connector: ConnectorType | None = None
    connectors: Annotated[list[ConnectorSection], Field(min_length=1, max_length=10)] | None = None
    cable_max_current_a: Positive | None = None
    current: Literal["ac", "dc"] = "ac"
    max_power_w: Positive | None = None
    phases: Literal[1, 3] = 3
    split_phase: bool = False
    bay_sensor: bool = False
    voltage_v: Positive | None = None
    max_current_a: Positive | None = None
    min_current_a: NotNegative | None = None


class TimingSection(Section):
    """How long the hardware takes."""

    contactor_delay_s: NotNegative = 2.0
    reboot_s: NotNegative = 10.0
    firmware_install_s: NotNegative = 30.0


class QuirksSection(Section):
    """Where a kind of station departs from the standard; the fields are those of core.quirks.Quirks."""

    boot_notification: Literal["every-link", "never"] | None = None
    status_first: Literal["Available", "Unavailable", "Faulted"] | None = None
    status_info: Annotated[str, Field(min_length=1, max_length=50)] | None = None
    accepts_and_ignores: list[AcceptedAction] = Field(default_factory=list)
    never_answers: list[AnsweredAction] = Field(default_factory=list)
    answers_after_s: Interval | None = None
    unknown_keys: list[Text] = Field(default_factory=list)
    refused_keys: list[Text] = Field(default_factory=list)
    refused_profiles: dict[Annotated[str, AfterValidator(_profiles)], ProfileVerdict] = Field(default_factory=dict)
    clock_offset_s: float = 0.0
    idle_transaction_id: Annotated[int, Field(ge=-(2**63), lt=2**63), BeforeValidator(_long)] | None = None
    energy_in_kwh_as: Literal["Wh", "kWh"] | None = None
    units_left_out: bool = False
    stop_id_tag: Literal["empty", "left-out"] | None = None
    csr_with_crlf: bool = False
    refuses_rsa_pss: bool = False


def _vendor_key(value: object) -> object:
    """A bare value is short for its mapping."""
    return value if isinstance(value, dict | VendorKeySection) else {"value": value}


def _pattern(value: str) -> str:
    try:
        re.compile(value)
    except re.error as error:
        raise ValueError(f"a regular expression is needed ({error})") from None
    return value


class VendorKeySection(Section):
    """A configuration key that only one vendor has; a bare value is a text that anybody may change."""

    value: Any
    type: Literal["text", "boolean", "integer", "decimal", "list"] = "text"
    access: Literal["RW", "R", "W"] = "RW"
    reboot: bool = False
    minimum: float | None = None
    maximum: float | None = None
    choices: list[Text] = Field(default_factory=list)
    pattern: Annotated[str, AfterValidator(_pattern)] = ""


VendorId = Annotated[str, Field(min_length=1, max_length=255)]
DeviceName = Annotated[str, Field(min_length=1, max_length=50, pattern=r"^[^.\[\]@#]+$")]
VariableName = Annotated[str, Field(min_length=1, max_length=101)]
MessageId = Annotated[str, Field(min_length=1, max_length=50)]


class VariableSection(Section):
    """A variable that the template adds to the device model of 2.0.1."""

    value: Any = ""
    type: Literal["boolean", "integer", "decimal", "string", "dateTime", "OptionList", "MemberList", "SequenceList"]
    access: Literal["RW", "R", "W"] = "R"
    unit: Annotated[str, Field(min_length=1, max_length=16)] | None = None
    minimum: float | None = None
    maximum: float | None = None
    choices: list[Text] = Field(default_factory=list)
    constant: bool = False
    reboot: bool = False
    target: bool = False
    min_set: float | None = None
    max_set: float | None = None


class ComponentSection(Section):
    """A component with the variables that the template adds to it; without an EVSE it is one of the station."""

    name: DeviceName
    evse: Annotated[int, Field(ge=1)] | None = None
    connector: Annotated[int, Field(ge=1)] | None = None
    instance: DeviceName | None = None
    variables: Annotated[dict[VariableName, VariableSection], Field(min_length=1)]
    """By name, or Name[Instance]."""


class MonitorSection(Section):
    """A monitor that the station has from the start: built in, or preconfigured."""

    component: DeviceName
    variable: DeviceName
    evse: Annotated[int, Field(ge=1)] | None = None
    connector: Annotated[int, Field(ge=1)] | None = None
    component_instance: DeviceName | None = None
    instance: DeviceName | None = None
    type: Literal["UpperThreshold", "LowerThreshold", "Delta", "Periodic", "PeriodicClockAligned"]
    value: float = 1.0
    severity: Annotated[int, Field(ge=0, le=9)] = 5
    transaction: bool = False
    built_in: bool = False
    only_in_base_all: bool = False


class DisplaySection(Section):
    """A display that drivers read."""

    messages: Annotated[int, Field(ge=1, le=1000)] = 10
    formats: Annotated[list[Literal["ASCII", "HTML", "URI", "UTF8"]], Field(min_length=1)] = ["ASCII", "UTF8"]
    priorities: Annotated[list[Literal["AlwaysFront", "InFront", "NormalCycle"]], Field(min_length=1)] = [
        "AlwaysFront", "InFront", "NormalCycle",
    ]  # fmt: skip
    states: list[Literal["Charging", "Faulted", "Idle", "Unavailable"]] = [
        "Charging", "Faulted", "Idle", "Unavailable",
    ]  # fmt: skip
    personal_message_size: Annotated[int, Field(ge=1, le=512)] = 512


class DeviceModelSection(Section):
    """What stations of the template show and watch besides what all of 2.0.1 do."""

    status_by_event: bool = False
    user_interface: bool = False
    components: list[ComponentSection] = Field(default_factory=list)
    monitors: list[MonitorSection] = Field(default_factory=list)


class TemplateSection(Section):
    """A kind of station, or what differs from the kind that it extends."""

    extends: Text | None = None
    ocpp: Version | None = None
    hardware: HardwareSection = HardwareSection()
    evses: Annotated[list[EvsesSection], Field(min_length=1, max_length=20), BeforeValidator(_listed)] = Field(
        default_factory=list
    )
    settings: dict[str, Any] = Field(default_factory=dict)
    vendor_keys: dict[str, Annotated[VendorKeySection, BeforeValidator(_vendor_key)]] = Field(default_factory=dict)
    timing: TimingSection = TimingSection()
    device_model: DeviceModelSection = DeviceModelSection()
    transfer_faults: list[TransferFault] = Field(default_factory=list)
    quirks: QuirksSection = QuirksSection()
    data_transfers: dict[VendorId, dict[MessageId, str | None]] = Field(default_factory=dict)
    reset_failures: Annotated[int, Field(ge=0)] = 0
    local_controller: bool = False
    display: DisplaySection | None = None
    measurands_per_event: Annotated[int, Field(ge=1)] | None = None
    transaction_queue: Annotated[int, Field(ge=10)] = 1000
    own_keys: KeyKind = KeyKind.EC


class LocationSection(Section):
    """A site."""

    id: Text
    name: str = ""
    address: str = ""
    city: str = ""
    country: str = ""
    latitude: Annotated[float, Field(ge=-90, le=90)] | None = None
    longitude: Annotated[float, Field(ge=-180, le=180)] | None = None
    timezone: Text | None = None
    tenant: Text | None = None
    chargers: list[Text] = Field(default_factory=list)


class BehaviourSection(Section):
    """Who plugs in when."""

    sessions_per_evse_per_day: NotNegative = 0.0
    vehicles: dict[str, NotNegative] = Field(default_factory=dict)
    id_tokens: Annotated[Any, AfterValidator(_id_tokens)] = None
    dwell_s: Interval = [1800.0, 14400.0]
    soc: Annotated[list[float], AfterValidator(_share)] = [0.1, 0.6]
    first_arrival_s: Interval | None = None
    token_delay_s: Interval = [5.0, 20.0]


class GroupSection(Section):
    """A group of chargers of one kind."""

    template: Text
    count: Annotated[int, Field(ge=0, le=1_000_000)] | None = None
    id: Text | None = None
    ids: Annotated[list[Text] | None, BeforeValidator(_listed_text)] = None
    csv: Annotated[str, Field(max_length=500)] | None = None
    ocpp_identity: Text = "{id}"
    serial: Text | None = None
    name: Text = "{id}"
    location: Text | None = None
    tenant: Text | None = None
    csms: CsmsSection | None = None
    behaviour: BehaviourSection | None = None


class RampSection(Section):
    """How fast chargers power up."""

    rate_per_s: Positive = 50.0
    jitter: Annotated[float, Field(ge=0, le=1)] = 0.2


class StoreSection(Section):
    """What is kept between runs."""

    state_file: Text | None = None


class TokenSection(Section):
    """Who may use the control API for what; a text alone is a token for everything."""

    token: Annotated[str, Field(min_length=1, max_length=500), AfterValidator(_api_token)] | None = None
    token_sha256: Annotated[str, AfterValidator(_sha256)] | None = None
    token_env: Text | None = None
    scope: Literal["read", "command", "admin"] = "admin"
    tenant: Text | None = None
    environment: Literal["sandbox", "live"] | None = None
    expires: Annotated[str, AfterValidator(_instant)] | None = None

    @model_validator(mode="before")
    @classmethod
    def _token_alone(cls, given: object) -> object:
        return {"token": given} if isinstance(given, str | int | float) else given


class WebhookSection(Section):
    """Who is told, with one secret or, while receivers change over, two."""

    url: Annotated[str, Field(max_length=2000), AfterValidator(_hook_url)]
    secrets: Annotated[list[Annotated[str, AfterValidator(_hook_secret)]], Field(min_length=1, max_length=2)]
    tenant: Text | None = None
    events: Annotated[list[Text], Field(min_length=1)] | None = None


class AmpsSection(Section):
    """How the surface behaves that is shaped like the Amps device API."""

    settle_s: NotNegative = 2.0
    id_token: Annotated[str, Field(min_length=1, max_length=20)] = "AMPS"


class ApiSection(Section):
    """Where the control API listens, and who may use it."""

    listen: Annotated[str, AfterValidator(_listen)] = "127.0.0.1:8080"
    tokens: list[TokenSection] = Field(default_factory=list)
    tokens_file: Text | None = None
    rate_limit_per_s: Positive | None = None
    cors_origins: list[Annotated[str, AfterValidator(_origin)]] = Field(default_factory=list)
    request_timeout_s: Positive = 30.0
    webhooks: list[WebhookSection] = Field(default_factory=list)
    deferred_for_s: Positive = 3600.0
    amps: AmpsSection = Field(default_factory=AmpsSection)


SECTIONS: Mapping[str, type[Section]] = {
    "fleet": FleetSection,
    "clock": ClockSection,
    "csms": CsmsSection,
    "ramp": RampSection,
    "behaviour": BehaviourSection,
    "store": StoreSection,
    "api": ApiSection,
}
"""Sections that are one mapping."""

NAMED: Mapping[str, type[Section]] = {"templates": TemplateSection}
"""Sections that are a mapping of names to mappings."""

LISTED: Mapping[str, type[Section]] = {"locations": LocationSection, "chargers": GroupSection}
"""Sections that are a list of mappings."""

KNOWN_SECTIONS = ("include", *SECTIONS, *NAMED, *LISTED)


@dataclass(frozen=True, slots=True)
class FleetFile:
    """A fleet file, section by section; where there are mistakes, what is left without them."""

    fleet: FleetSection = field(default_factory=FleetSection)
    clock: ClockSection = field(default_factory=ClockSection)
    csms: CsmsSection | None = None
    ramp: RampSection = field(default_factory=RampSection)
    behaviour: BehaviourSection = field(default_factory=BehaviourSection)
    store: StoreSection = field(default_factory=StoreSection)
    api: ApiSection = field(default_factory=ApiSection)
    templates: Mapping[str, TemplateSection] = field(default_factory=dict)
    locations: Sequence[LocationSection] = ()
    chargers: Sequence[GroupSection] = ()
