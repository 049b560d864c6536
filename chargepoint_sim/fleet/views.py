"""What the outside sees of a charger: plain, picklable snapshots for the API, the command line and conformance."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


def counted(count: int, noun: str) -> str:
    """`1 charger`, `1,200 chargers`."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


@dataclass(frozen=True, slots=True)
class EvseView:
    """One EVSE at one instant. In 1.6, `evse_id` is the connectorId."""

    evse_id: int
    connector_id: int | None
    """The connector in use, or None."""
    connector_ids: tuple[int, ...]
    status: str
    """1.6 ChargePointStatus of the connector, also for 2.0.1 chargers (the richest one-word state)."""
    charging_state: str
    """ChargingStateEnumType of 2.0.1."""
    plugged: bool
    vehicle: str | None
    soc: float | None
    id_token: str | None
    """Who is authorised; key codes are told to nobody."""
    transaction_id: str | None
    offered_power_w: float
    offered_by: str
    """Which layer binds the offer."""
    power_w: float
    drawn_by: str
    """What binds the draw: the offer, the vehicle or the battery."""
    register_wh: float
    external_limit_w: float | None
    error_code: str | None = None
    limits: Mapping[str, float] = field(default_factory=dict)
    """W of every layer that is in force."""


@dataclass(frozen=True, slots=True)
class DriverLines:
    """What a display tells the driver at one EVSE; empty where it tells nothing."""

    evse_id: int
    tariff: str
    cost: str


@dataclass(frozen=True, slots=True)
class DisplayView:
    """What stands on the display of a charger at one instant."""

    message: str | None
    """The message in front, or None."""
    message_id: int | None
    in_turn: tuple[int, ...]
    """Ids of the messages that take turns, the one in front among them."""
    kept: int
    """How many messages it keeps."""
    drivers: tuple[DriverLines, ...]


@dataclass(frozen=True, slots=True)
class RefusedMessage:
    """A transaction message that the central system refused, or left without answer, at every attempt."""

    message_id: str
    action: str
    payload: Mapping[str, Any]
    reason: str


@dataclass(frozen=True, slots=True)
class ChargerView:
    """One charger at one instant."""

    charger_id: str
    identity: str
    name: str
    version: str
    template: str
    vendor: str
    model: str
    firmware: str
    serial_number: str
    location_id: str | None
    connection: str
    """off | dialling | waiting | connected"""
    registration: str
    """none | Pending | Rejected | Accepted"""
    refusal: str | None
    """Why the central system does not serve this charger, in words; None when it does."""
    connector_type: str
    max_power_w: float
    current: str
    queued_messages: int
    evses: tuple[EvseView, ...]
    created_at: float
    problems: Mapping[str, int] = field(default_factory=dict)
    """What went wrong since power-up, cause -> count, e.g. "token 04A1B2C3: Invalid"."""
    given_up: int = 0
    """Transaction messages that the attempts rule dropped."""
    refused: tuple[RefusedMessage, ...] = ()
    """The last of them, at most 20, oldest first."""
    display: DisplayView | None = None
    """None for a charger without a display."""
    tenant: str | None = None
    updated_at: float | None = None
    """Simulated UTC seconds of its last change by name, place, version or central system; None: never."""
    rated_power_w: float = 0.0
    """What the hardware can deliver at all its EVSEs together."""
    max_current_a: float = 0.0
    """AC: A per phase. DC: A at the outlet. Of the strongest EVSE."""
    device_limit_w: float | None = None
    """The ceiling that is set at the device itself, on all EVSEs together; None: there is none."""
    paused: bool = False
    """Energy is held back at the device until it is told to go on."""


@dataclass(frozen=True, slots=True)
class ChargerName:
    """Which charger: what a command to many of them needs to know of each, and no more."""

    charger_id: str
    identity: str
    version: str


@dataclass(frozen=True, slots=True)
class LocationView:
    """One location."""

    location_id: str
    name: str
    address: str
    city: str
    country: str
    latitude: float | None
    longitude: float | None
    timezone: str | None
    charger_ids: tuple[str, ...]
    created_at: float
    tenant: str | None = None
    slug: str = ""
    owner_name: str | None = None
    public: bool | None = None
    status: str = "active"
    updated_at: float | None = None
    """None: never changed."""


@dataclass(frozen=True, slots=True)
class FrameRecord:
    """One frame that crossed a link."""

    at: float
    """Simulated UTC seconds."""
    charger_id: str
    sent: bool
    """True: from the charger to the central system."""
    action: str
    """The action; for answers that of the request they answer."""
    text: str


@dataclass(frozen=True, slots=True)
class ClockView:
    """Which time the fleet lives in."""

    mode: str
    """real | scaled"""
    scale: float
    """Simulated seconds in a real one."""
    now: float
    """Simulated UTC seconds."""


FRAME = "frame"
"""Kind of the events that are frames."""


@dataclass(frozen=True, slots=True)
class FleetEvent:
    """Something happened; `kind` is a noun_verb such as charger_connected or connector_status_changed."""

    at: float
    charger_id: str
    kind: str
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Cause:
    """One cause for which chargers do not charge, with what to do about it."""

    cause: str
    remedy: str
    charger_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GroupCounts:
    """The chargers of one template and OCPP version, counted."""

    template: str
    version: str
    total: int
    connected: int
    booted: int
    charging: int


@dataclass(frozen=True, slots=True)
class FleetSummary:
    """Counts of the fleet now, and who is not charging and why."""

    total: int
    connected: int
    booted: int
    charging: int
    causes: tuple[Cause, ...]
    waiting: int = 0
    """Chargers that the central system has neither accepted nor refused yet, those still to be powered up included."""
    refused: tuple[Cause, ...] = ()
    """Why the central system does not serve chargers, and which."""
    groups: tuple[GroupCounts, ...] = ()
    """The same counts by template and version."""
    given_up: int = 0
    """Transaction messages that the attempts rule dropped, at all chargers."""
    warnings: tuple[Cause, ...] = ()
    """What has gone wrong at chargers that may charge all the same."""
