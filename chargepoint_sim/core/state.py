"""The state of one charging station: plain slots, no behaviour beyond bookkeeping.

The rules live in the modules named after their subject (power, transaction, authorization, metering,
availability); they all take this state. Version-free: 1.6 and 2.0.1 are told apart only by settings.
"""

from collections import OrderedDict
from dataclasses import dataclass, replace
from math import inf

from chargepoint_sim.core.access import Access
from chargepoint_sim.core.behaviour import Behaviour
from chargepoint_sim.core.certificates import HashData
from chargepoint_sim.core.commands import IdToken
from chargepoint_sim.core.deadlines import Deadlines
from chargepoint_sim.core.display_messages import Display
from chargepoint_sim.core.facts import ChargingState, ConnectorChanged, Fact, Sample, StopReason
from chargepoint_sim.core.meter import Meter
from chargepoint_sim.core.monitors import Monitoring
from chargepoint_sim.core.orders import Orders, TransferFault
from chargepoint_sim.core.settings import Settings
from chargepoint_sim.core.smart_charging.limits import Offer
from chargepoint_sim.core.smart_charging.profiles import ChargingProfile, ProfileStore
from chargepoint_sim.core.spec import EvseSpec, StationSpec
from chargepoint_sim.core.vehicle import Vehicle
from chargepoint_sim.ids import transaction_id

MONITORS = "monitors"
"""The deadline at which monitors look at what they watch."""

DISPLAY = "display"
"""The deadline at which the display looks at what it shows."""

NO_OFFER = Offer(0.0, 0.0, "none", 0)


@dataclass(frozen=True, slots=True)
class IdTokenInfo:
    """What is known of a token: the central system's verdict, in 2.x words."""

    status: str
    expires_at: float | None = None
    """UTC seconds on the charger's own clock."""
    group_id: str | None = None
    evse_ids: tuple[int, ...] = ()
    """The EVSEs where it may charge; empty allows all (C01.FR.19, C01.FR.20)."""
    priority: int | None = None
    """chargingPriority, -9 to 9: who comes first where power is short; None says nothing (K03.FR.06)."""

    def at_evse(self, evse_id: int | None) -> "IdTokenInfo":
        """The verdict as it counts at one EVSE (C01.FR.21); None stands for no EVSE in particular."""
        if evse_id is None or not self.evse_ids or evse_id in self.evse_ids or self.status != "Accepted":
            return self
        return replace(self, status="NotAllowedTypeEVSE")


@dataclass(slots=True)
class CachedToken:
    """An entry of the authorization cache (C10)."""

    info: IdTokenInfo
    used_at: float
    """When it was last stored or presented, UTC seconds on the charger's own clock (C10.FR.08)."""
    uses: int = 0
    """How often it was presented."""


@dataclass(slots=True)
class LocalList:
    """The local authorization list: verdicts by token key (1.6 section 3.5.2, 2.0.1 block D)."""

    version: int
    entries: dict[str, IdTokenInfo]


@dataclass(frozen=True, slots=True)
class Reservation:
    """A place kept for somebody (1.6 section 5.13, 2.0.1 block H)."""

    reservation_id: int
    evse_id: int | None
    """None keeps any one EVSE."""
    expires_at: float
    """UTC seconds on the central system's clock."""
    id_token: IdToken
    group_id: str | None = None
    connector_type: str | None = None
    """Keeps an EVSE that has a connector of this type; None keeps one of any."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a connector or the station, in 1.6 words: ChargePointErrorCode and its details."""

    error_code: str
    info: str | None = None
    vendor_error_code: str | None = None


@dataclass(frozen=True, slots=True)
class Authorized:
    """Somebody may charge at an EVSE."""

    id_token: IdToken
    group_id: str | None = None
    remote_start_id: int | None = None
    reservation_id: int | None = None
    """The reservation that was used up."""
    priority: int = 0
    """Who comes first where power is short, -9 to 9 (K03.FR.04, K03.FR.06)."""


class Transaction:
    """A running transaction."""

    __slots__ = (
        "begin_owed",
        "connector_told",
        "ended_samples",
        "energy_limit_wh",
        "invalid",
        "meter_start_wh",
        "phases_told",
        "remote_start_id",
        "reservation_id",
        "seq_no",
        "started_at",
        "state_told",
        "stop_reason",
        "tag",
        "token_told",
        "transaction_id",
    )

    def __init__(self, transaction_id: str, started_at: float, meter_start_wh: float) -> None:
        self.transaction_id = transaction_id
        self.started_at = started_at
        self.meter_start_wh = meter_start_wh
        self.seq_no = 0
        self.tag: IdToken | None = None
        self.token_told = False
        self.connector_told = False
        self.begin_owed = False
        """The reading of the start is told when charging starts: the EVSE was not known yet (E02.FR.21)."""
        self.phases_told: int | None = None
        self.state_told: ChargingState | None = None
        self.remote_start_id: int | None = None
        self.reservation_id: int | None = None
        """The reservation that the transaction has used up."""
        self.stop_reason: StopReason | None = None
        self.ended_samples: list[Sample] | None = None
        self.energy_limit_wh = inf
        """Energy after which the session stops by itself, counted from meter_start_wh."""
        self.invalid = False
        """The central system refused the token, and the energy still allowed has been delivered."""


class Connector:
    """One outlet."""

    __slots__ = ("connector_id", "fault", "operative", "warning")

    def __init__(self, connector_id: int) -> None:
        self.connector_id = connector_id
        self.operative = True
        self.fault: Fault | None = None
        """What keeps it from working."""
        self.warning: Fault | None = None
        """What is wrong although it works."""

    @property
    def error_code(self) -> str | None:
        """ChargePointErrorCode while the connector is faulted."""
        return self.fault.error_code if self.fault is not None else None


class Evse:
    """One place to charge."""

    __slots__ = (
        "authorized",
        "bay_occupied",
        "cable_of",
        "charging_state",
        "connectors",
        "followed",
        "meter",
        "offer",
        "operative",
        "path_closed_at",
        "plugged",
        "released",
        "reset_scheduled",
        "resetting",
        "scheduled_operative",
        "session_limits",
        "session_over",
        "session_profile",
        "spec",
        "station_faulted",
        "timed_out",
        "transaction",
        "vehicle",
        "visit_n",
    )

    def __init__(self, spec: EvseSpec) -> None:
        self.spec = spec
        self.connectors = tuple(Connector(connector.connector_id) for connector in spec.connectors)
        self.operative = True
        self.scheduled_operative: bool | None = None
        """An availability change that waits for the transaction to end."""
        self.reset_scheduled = False
        """A reset of this EVSE alone waits for the transaction to end (B12)."""
        self.resetting = False
        """This EVSE alone restarts (B11.FR.08)."""
        self.meter = Meter()
        self.bay_occupied = False
        """The sensor of the bay detects a vehicle; always false without a sensor."""
        self.cable_of: IdToken | None = None
        """Who alone can have the cable that was pulled out at the vehicle and is still locked here (E09.FR.03)."""
        self.plugged: int | None = None
        """The connector with a cable in, or None."""
        self.vehicle: Vehicle | None = None
        """The vehicle at the other end of the cable; None while plugged: pulled out on the vehicle's side."""
        self.released = False
        """The lock was made to let the plug go, although the session or its transaction goes on."""
        self.authorized: Authorized | None = None
        self.transaction: Transaction | None = None
        self.offer = NO_OFFER
        self.followed = NO_OFFER
        """The part of the offer that the vehicle follows already."""
        self.path_closed_at: float | None = None
        """Since when the contactor is closed."""
        self.charging_state = ChargingState.IDLE
        self.session_over = False
        """A session ended on the cable that is still in."""
        self.timed_out = False
        """Nobody authorised in time on the cable that is in."""
        self.session_limits: tuple[float | None, float | None] | None = None
        """Seconds and Wh after which the session now beginning stops by itself."""
        self.session_profile: ChargingProfile | None = None
        """The TxProfile that came with the remote start of the session now beginning."""
        self.visit_n = 0
        self.station_faulted = False
        """The station as a whole has failed, and this EVSE with it."""

    @property
    def evse_id(self) -> int:
        """1 to n."""
        return self.spec.evse_id

    @property
    def faulted(self) -> bool:
        """True while any of its connectors, or the whole station, has failed."""
        return self.station_faulted or any(connector.fault is not None for connector in self.connectors)

    def connector(self, connector_id: int) -> Connector | None:
        """The connector with that id, or None."""
        return self.connectors[connector_id - 1] if 1 <= connector_id <= len(self.connectors) else None


class StationState:
    """One charging station."""

    __slots__ = (
        "accepted",
        "access",
        "behaviour",
        "boot_id",
        "cache",
        "charger_id",
        "contracts",
        "csms_offset_s",
        "deadlines",
        "device_limit_w",
        "display",
        "evses",
        "facts",
        "fault",
        "firmware",
        "local_list",
        "mains",
        "master_pass",
        "monitoring",
        "next_ref",
        "online",
        "operative",
        "orders",
        "paused",
        "pending",
        "profiles",
        "reservations",
        "reset_failures",
        "reset_scheduled",
        "reset_tries",
        "scheduled_inoperative",
        "seed",
        "serial_number",
        "settings",
        "spec",
        "transactions_n",
        "utc_offset_s",
        "warning",
        "wrong_codes",
    )

    def __init__(
        self,
        spec: StationSpec,
        settings: Settings,
        *,
        charger_id: str,
        seed: int = 0,
        serial_number: str = "",
        behaviour: Behaviour | None = None,
        boot_id: str = "0",
    ) -> None:
        self.spec = spec
        self.settings = settings
        self.charger_id = charger_id
        self.seed = seed
        self.serial_number = serial_number
        self.behaviour = behaviour
        self.boot_id = boot_id
        self.evses = tuple(Evse(evse) for evse in spec.evses)
        self.deadlines = Deadlines()
        self.facts: list[Fact] = []
        self.firmware = spec.firmware
        """The version that runs; an update changes it."""
        self.orders = Orders(faults=dict.fromkeys(map(TransferFault, spec.transfer_faults)) or None)
        self.accepted = False
        """The central system has accepted the charger since it was switched on."""
        self.online = False
        """The central system has accepted the charger and the link is up."""
        self.operative = True
        self.scheduled_inoperative = False
        """The station is to become inoperative when its last transaction ends."""
        self.mains = False
        """The station has power."""
        self.profiles: ProfileStore | None = None
        self.device_limit_w: float | None = None
        """The ceiling on what all EVSEs draw together that is set at the device (core.device)."""
        self.paused = False
        """Energy is held back at the device, while sessions stay open."""
        self.fault: Fault | None = None
        """What keeps the whole station from working."""
        self.warning: Fault | None = None
        """What is wrong with the station although it works."""
        self.cache: OrderedDict[str, CachedToken] | None = None
        self.contracts: dict[str, HashData] | None = None
        """Keys of tokens -> the names of the contract certificates that they came with (2.0.1 C07, N09)."""
        self.local_list: LocalList | None = None
        self.reservations: dict[int, Reservation] | None = None
        """By reservation id."""
        self.pending: dict[int, tuple[int | None, IdToken, str]] | None = None
        """Tokens that the central system is asked about: ref -> (EVSE, token, purpose)."""
        self.master_pass: IdToken | None = None
        """A master pass was presented, and its holder has not said yet which sessions to end (2.0.1 C16.FR.01)."""
        self.next_ref = 0
        self.transactions_n = 0
        self.reset_scheduled: tuple[str, bool] | None = None
        """A reset that waits for the last transaction: boot reason, hard."""
        self.reset_tries: tuple[str, bool, int] | None = None
        """A reset that has failed and is tried again: boot reason, hard, tries left."""
        self.reset_failures = spec.reset_failures
        """Tries of a reset that are still to fail."""
        self.monitoring: Monitoring | None = None
        """Monitors and events; None as long as there have been none."""
        self.display: Display | None = None
        """Messages and drivers' lines; None for a station without a display."""
        self.wrong_codes: tuple[int, float] | None = None
        """Wrong key codes in a row, and the simulated instant at which the key pad takes the next (C04.FR.06)."""
        self.access = Access()
        self.utc_offset_s = spec.quirks.clock_offset_s
        """Charger's own clock minus simulated time; corrected by currentTime in real time."""
        self.csms_offset_s = spec.quirks.clock_offset_s
        """The central system's clock minus simulated time; instants that it sends are read with it."""

    def evse(self, evse_id: int) -> Evse | None:
        """The EVSE with that id, or None."""
        return self.evses[evse_id - 1] if 1 <= evse_id <= len(self.evses) else None

    def utc(self, at: float) -> float:
        """What the charger's own clock shows at simulated time `at`."""
        return at + self.utc_offset_s

    def emit(self, fact: Fact) -> None:
        """Tell the adapter."""
        self.facts.append(fact)
        if self.monitoring is not None:
            self.deadlines.set(MONITORS, fact.at)
        if self.display is not None:
            self.deadlines.set(DISPLAY, fact.at)

    def look_again(self, at: float) -> None:
        """Something has changed that monitors may watch and the display may show."""
        if self.monitoring is not None:
            self.deadlines.set(MONITORS, at)
        if self.display is not None:
            self.deadlines.set(DISPLAY, at)

    @property
    def queues_all(self) -> bool:
        """Not only transaction messages wait for the link (OCPPCommCtrlr.QueueAllMessages)."""
        return self.settings.boolean("OCPPCommCtrlr.QueueAllMessages")

    @property
    def in_service(self) -> bool:
        """The station is operative, and no new firmware keeps it from taking anybody."""
        return self.operative and not self.closed_for_update

    @property
    def closed_for_update(self) -> bool:
        """New firmware is being installed, or waits for it and nobody may come in between (L01.FR.07)."""
        orders = self.orders
        return orders.installing or (
            orders.firmware_waits and not self.settings.boolean("ChargingStation.AllowNewSessionsPendingFirmwareUpdate")
        )

    def connector_changed(self, evse: Evse, at: float) -> None:
        """Tell the adapter that a status of the EVSE may have changed."""
        if self.orders.firmware_waits:
            self.deadlines.set("firmware", at)  # the station may be free for it by this change
        # With fewer places left, others may be kept for reservations that name none (H01.FR.20, H01.FR.24).
        for one in self.evses if self.reservations is not None else (evse,):
            for connector in one.connectors:
                self.emit(ConnectorChanged(at, one.evse_id, connector.connector_id))

    def new_transaction_id(self, evse_id: int) -> str:
        """An id that never comes back."""
        self.transactions_n += 1
        return transaction_id(self.boot_id, evse_id, self.transactions_n)

    def with_transaction(self, transaction_id: str) -> Evse | None:
        """The EVSE where that transaction runs, or None."""
        for evse in self.evses:
            if evse.transaction is not None and evse.transaction.transaction_id == transaction_id:
                return evse
        return None

    def running_transactions(self) -> list[Evse]:
        """The EVSEs with a transaction."""
        return [evse for evse in self.evses if evse.transaction is not None]
