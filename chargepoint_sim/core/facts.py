"""Past-tense outputs of the station: what happened. A version's adapter decides which messages tell it.

Each fact carries `at`, simulated UTC seconds of the station. Facts are coarse enough that no adapter has to ask
the core "which version is this?", and fine enough that none has to guess.
"""

import enum
from dataclasses import dataclass, field
from typing import NamedTuple

from chargepoint_sim.core.commands import IdToken
from chargepoint_sim.core.display_messages import Panel
from chargepoint_sim.core.orders import FirmwareStatus, PublishStatus, UploadStatus
from chargepoint_sim.core.smart_charging.profiles import LimitSource, Unit
from chargepoint_sim.core.vehicle import ContractWish


class ChargingState(enum.StrEnum):
    """ChargingStateEnumType of 2.0.1."""

    IDLE = "Idle"
    EV_CONNECTED = "EVConnected"
    CHARGING = "Charging"
    SUSPENDED_EV = "SuspendedEV"
    SUSPENDED_EVSE = "SuspendedEVSE"


class Trigger(enum.StrEnum):
    """TriggerReasonEnumType of 2.0.1."""

    AUTHORIZED = "Authorized"
    CABLE_PLUGGED_IN = "CablePluggedIn"
    CHARGING_RATE_CHANGED = "ChargingRateChanged"
    CHARGING_STATE_CHANGED = "ChargingStateChanged"
    DEAUTHORIZED = "Deauthorized"
    ENERGY_LIMIT_REACHED = "EnergyLimitReached"
    EV_COMMUNICATION_LOST = "EVCommunicationLost"
    EV_CONNECT_TIMEOUT = "EVConnectTimeout"
    METER_VALUE_CLOCK = "MeterValueClock"
    METER_VALUE_PERIODIC = "MeterValuePeriodic"
    TIME_LIMIT_REACHED = "TimeLimitReached"
    TRIGGER = "Trigger"
    UNLOCK_COMMAND = "UnlockCommand"
    STOP_AUTHORIZED = "StopAuthorized"
    EV_DEPARTED = "EVDeparted"
    EV_DETECTED = "EVDetected"
    REMOTE_STOP = "RemoteStop"
    REMOTE_START = "RemoteStart"
    ABNORMAL_CONDITION = "AbnormalCondition"
    SIGNED_DATA_RECEIVED = "SignedDataReceived"
    RESET_COMMAND = "ResetCommand"


class StopReason(enum.StrEnum):
    """ReasonEnumType of 2.0.1; the 1.6 adapter has the table to its own words."""

    DE_AUTHORIZED = "DeAuthorized"
    EMERGENCY_STOP = "EmergencyStop"
    ENERGY_LIMIT_REACHED = "EnergyLimitReached"
    EV_DISCONNECTED = "EVDisconnected"
    GROUND_FAULT = "GroundFault"
    IMMEDIATE_RESET = "ImmediateReset"
    LOCAL = "Local"
    LOCAL_OUT_OF_CREDIT = "LocalOutOfCredit"
    MASTER_PASS = "MasterPass"
    OTHER = "Other"
    OVERCURRENT_FAULT = "OvercurrentFault"
    POWER_LOSS = "PowerLoss"
    POWER_QUALITY = "PowerQuality"
    REBOOT = "Reboot"
    REMOTE = "Remote"
    SOC_LIMIT_REACHED = "SOCLimitReached"
    STOPPED_BY_EV = "StoppedByEV"
    TIME_LIMIT_REACHED = "TimeLimitReached"
    TIMEOUT = "Timeout"


class Context(enum.StrEnum):
    """ReadingContextEnumType, the same words in both versions."""

    INTERRUPTION_BEGIN = "Interruption.Begin"
    INTERRUPTION_END = "Interruption.End"
    OTHER = "Other"
    SAMPLE_CLOCK = "Sample.Clock"
    SAMPLE_PERIODIC = "Sample.Periodic"
    TRANSACTION_BEGIN = "Transaction.Begin"
    TRANSACTION_END = "Transaction.End"
    TRIGGER = "Trigger"


class Reading(NamedTuple):
    """Everything the meter of one EVSE shows at one instant; all figures cohere.

    AC: `power_w` = sum of voltage x current x power factor over the phases. DC: power = voltage x current.
    """

    at: float
    register_wh: float
    power_w: float
    offered_power_w: float
    offered_current_a: float
    current_a: tuple[float, ...]
    """Per phase L1, L2, L3; phases that the vehicle does not use carry 0. DC: one figure."""
    voltage_v: tuple[float, ...]
    """Per phase to neutral, or the one between the lines of a split phase; DC: one figure."""
    soc: float | None
    """0 to 1; None where the station cannot know it (AC, or no vehicle)."""
    dc: bool
    power_factor: float = 1.0
    frequency_hz: float = 50.0
    split_phase: bool = False
    """The voltage is that between L1 and L2."""


class Sample(NamedTuple):
    """A reading and why it was taken."""

    context: Context
    reading: Reading


@dataclass(frozen=True, slots=True)
class Fact:
    """Root of all facts."""

    at: float


class TransactionPhase(enum.StrEnum):
    """TransactionEventEnumType of 2.0.1."""

    STARTED = "Started"
    UPDATED = "Updated"
    ENDED = "Ended"


@dataclass(frozen=True, slots=True)
class TransactionEvent(Fact):
    """A transaction started, changed, was sampled or ended."""

    evse_id: int
    phase: TransactionPhase
    trigger: Trigger
    transaction_id: str
    seq_no: int
    charging_state: ChargingState
    offline: bool
    connector_id: int | None = None
    """Set once, in the first event after the vehicle is connected."""
    id_token: IdToken | None = None
    """Set once after authorisation, and in the event that ends it."""
    remote_start_id: int | None = None
    reservation_id: int | None = None
    stopped_reason: StopReason | None = None
    samples: tuple[Sample, ...] = ()
    meter_start_wh: float = 0.0
    """Register at the start of the transaction."""
    register_wh: float = 0.0
    """Register at this event."""
    tag: IdToken | None = None
    """The token that the transaction runs on, in every event."""
    part: int | None = None
    """Of readings that are told in several events, which part of the measurands this one shows, from 0."""
    phases_used: int | None = None
    """AC phases that carry current; set when energy starts to flow, and when their number changes."""


@dataclass(frozen=True, slots=True)
class AuthorizationRequested(Fact):
    """A token is to be judged by the central system; answer with Station.authorization_answered(ref, ...)."""

    ref: int
    evse_id: int | None
    id_token: IdToken


@dataclass(frozen=True, slots=True)
class ConnectorChanged(Fact):
    """Something about a connector that a status may show has changed: cable, availability, fault, state."""

    evse_id: int
    connector_id: int


@dataclass(frozen=True, slots=True)
class StationChanged(Fact):
    """The station as a whole changed its availability or fault."""


@dataclass(frozen=True, slots=True)
class MeterSampled(Fact):
    """A clock-aligned or triggered reading outside the transaction events. `evse_id` 0 is the main meter."""

    evse_id: int
    sample: Sample
    transaction_id: str | None = None


@dataclass(frozen=True, slots=True)
class ExternalLimitChanged(Fact):
    """An external limit was set (`power_w`) or released (None) at an EVSE, or with place 0 on the station."""

    place: int
    power_w: float | None
    significant: bool
    """The offer changed by more than LimitChangeSignificance."""
    source: LimitSource = LimitSource.EMS


@dataclass(frozen=True, slots=True)
class VehicleChainChanged(Fact):
    """The chain that vehicles are shown is a new one (M06.FR.07)."""


@dataclass(frozen=True, slots=True)
class ContractWanted(Fact):
    """A vehicle asks for a contract certificate (M01, M02); where it gets one, call core.plug_and_charge.installed."""

    evse_id: int
    wish: ContractWish


@dataclass(frozen=True, slots=True)
class ChargingNeedsKnown(Fact):
    """A vehicle that speaks ISO 15118 has said what it needs; core.iso15118.needs gives it (K15.FR.01, K17.FR.01)."""

    evse_id: int
    transaction_id: str


@dataclass(frozen=True, slots=True)
class ScheduleChosen(Fact):
    """The vehicle has taken one of the schedules that it was offered (K15.FR.19)."""

    evse_id: int
    schedule_id: int
    unit: Unit


@dataclass(frozen=True, slots=True)
class SettingChanged(Fact):
    """A setting has a new value."""

    name: str


@dataclass(frozen=True, slots=True)
class ResetDue(Fact):
    """The station is to restart now; its transactions have been ended."""

    reason: str
    """BootReasonEnumType of 2.0.1 for the boot that follows."""
    hard: bool = False


@dataclass(frozen=True, slots=True)
class TokenRefused(Fact):
    """A token may not charge here; `status` is an AuthorizationStatusEnumType of 2.0.1."""

    id_token: IdToken
    status: str


@dataclass(frozen=True, slots=True)
class LocalListConflict(Fact):
    """The central system judges a token otherwise than the local list does (1.6 section 3.5.2)."""

    id_token: IdToken


@dataclass(frozen=True, slots=True)
class ReservationEnded(Fact):
    """A reservation has ended without being used or cancelled (2.0.1 H01, H04)."""

    reservation_id: int
    expired: bool
    """False: its place has failed or gone out of service."""


@dataclass(frozen=True, slots=True)
class ResetFailed(Fact):
    """A reset was tried as often as allowed and has not worked; the station goes on as it is."""


@dataclass(frozen=True, slots=True)
class DataTransferRequested(Fact):
    """Somebody wants a DataTransfer sent (P02, 1.6 section 4.3)."""

    vendor_id: str
    message_id: str | None
    data: str | None


@dataclass(frozen=True, slots=True)
class FirmwareStatusChanged(Fact):
    """A firmware update has gone on to its next status, or has failed."""

    status: FirmwareStatus
    request_id: int | None = None


@dataclass(frozen=True, slots=True)
class DownloadDue(Fact):
    """The new firmware is to be fetched now; answer with core.firmware.downloaded."""

    url: str


@dataclass(frozen=True, slots=True)
class VerificationDue(Fact):
    """The signature of a file that has been fetched is to be checked; answer with core.firmware.verified."""

    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class UploadStatusChanged(Fact):
    """The upload of a log has begun, succeeded or failed."""

    status: UploadStatus
    request_id: int | None = None


@dataclass(frozen=True, slots=True)
class UploadDue(Fact):
    """The log is to be delivered now; answer with core.diagnostics.uploaded."""


@dataclass(frozen=True, slots=True)
class PublicationChanged(Fact):
    """A file that a local controller is to offer has reached another status (2.0.1 L03)."""

    checksum: str
    status: PublishStatus


@dataclass(frozen=True, slots=True)
class PublicationWanted(Fact):
    """The file of a publication is to be fetched now; answer with core.publishing.downloaded."""

    checksum: str
    url: str


@dataclass(frozen=True, slots=True)
class PublicationDue(Fact):
    """The file is what it should be and is to be offered now; answer with core.publishing.published."""

    checksum: str
    data: bytes


@dataclass(frozen=True, slots=True)
class PoweredUp(Fact):
    """The station has power again and has started."""


@dataclass(frozen=True, slots=True)
class CameOnline(Fact):
    """The link is up and the central system has accepted the charger."""


@dataclass(frozen=True, slots=True)
class LinkEnded(Fact):
    """The link has ended, or could not be made."""

    kind: str
    """unreachable | tls | refused | subprotocol | closed | lost"""
    code: int | None
    reason: str
    was_up: bool


@dataclass(frozen=True, slots=True)
class MessageInvalid(Fact):
    """The central system has sent what is no valid OCPP message."""

    description: str


@dataclass(frozen=True, slots=True)
class SecurityEventRaised(Fact):
    """Something has happened that only a security event tells of."""

    event: str
    details: str


@dataclass(frozen=True, slots=True)
class FaultChanged(Fact):
    """A connector, or with no EVSE the whole station, has failed or works again."""

    evse_id: int | None
    connector_id: int | None
    error_code: str
    """In 1.6 words: ChargePointErrorCode."""
    failed: bool
    info: str | None = None
    vendor_error_code: str | None = None


@dataclass(frozen=True, slots=True)
class EventsDue(Fact):
    """Events of monitored variables are to be told now; core.monitoring.take gives them."""


@dataclass(frozen=True, slots=True)
class DisplayChanged(Fact):
    """The display shows something else, apart from the turns that messages take."""

    panel: Panel


@dataclass(frozen=True, slots=True)
class ClockCorrected(Fact):
    """The charger's own clock was set."""

    by_s: float
