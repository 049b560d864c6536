"""What a kind of charging station is made of: frozen, compiled once per template, shared by every charger of it."""

import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from chargepoint_sim.core.certificates import KeyKind
from chargepoint_sim.core.display_messages import DisplaySpec
from chargepoint_sim.core.monitors import Monitor
from chargepoint_sim.core.quirks import NO_QUIRKS, Quirks
from chargepoint_sim.core.settings import Kind, Setting


class Current(enum.StrEnum):
    """What leaves the outlet."""

    AC = "ac"
    DC = "dc"


@dataclass(frozen=True, slots=True)
class ConnectorSpec:
    """One outlet of an EVSE."""

    connector_id: int
    connector_type: str = "cType2"
    """ConnectorEnumType of 2.0.1: cType2, sType2, cCCS2, cG105, cType1 ..."""
    cable_attached: bool = False
    """A fixed cable has no lock on the station's side."""
    cable_max_current_a: float | None = None
    """What the attached cable carries, A per phase; None where the socket's own rating decides."""


@dataclass(frozen=True, slots=True)
class EvseSpec:
    """One place to charge one vehicle at a time."""

    evse_id: int
    connectors: tuple[ConnectorSpec, ...]
    current: Current = Current.AC
    max_power_w: float = 22080.0
    phases: int = 3
    """Supply phases: 1 or 3; for DC the figure is not used."""
    voltage_v: float = 230.0
    """AC: nominal voltage between phase and neutral, or between the two lines of a split phase.
    DC: nominal voltage for converting A limits."""
    max_current_a: float = 32.0
    """AC: A per phase. DC: A at the outlet."""
    min_current_a: float = 6.0
    """Least current that the pilot can signal (IEC 61851-1); 0 for DC."""
    split_phase: bool = False
    """The one phase of this supply lies between two lines, as in North America: L1 and L2, 240 V apart."""
    bay_sensor: bool = False
    """A sensor tells whether a vehicle stands in the bay (TxStartPoint ParkingBayOccupancy)."""


def only_fixed_cables(evses: Iterable[EvseSpec]) -> bool:
    """Whether a station with these EVSEs has no socket, and so no lock that could be released."""
    return all(connector.cable_attached for evse in evses for connector in evse.connectors)


@dataclass(frozen=True, slots=True)
class CustomVariable:
    """A variable that only stations of one template have (2.0.1 part 1 chapter 4.5)."""

    component: str
    name: str
    kind: Kind
    value: str = ""
    """Its actual value, as text; also its target where it has one."""
    evse_id: int | None = None
    connector_id: int | None = None
    component_instance: str | None = None
    instance: str | None = None
    unit: str | None = None
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[str, ...] = ()
    mutability: str = "ReadOnly"
    """MutabilityEnumType of the actual value."""
    constant: bool = False
    reboot: bool = False
    """What is set acts after the next restart."""
    target: bool = False
    """The central system sets a target, and the actual value follows it."""
    min_set: str | None = None
    """Least target; None where the attribute does not exist."""
    max_set: str | None = None
    """Greatest target; None where the attribute does not exist."""


@dataclass(frozen=True, slots=True)
class Timing:
    """How long the hardware takes, in seconds of simulated time unless said otherwise."""

    contactor_delay_s: float = 2.0
    """From plugged and authorised to the first energy."""
    reboot_s: float = 10.0
    """From power-down to the first dial, in I/O seconds."""
    firmware_install_s: float = 30.0
    """From the beginning of an installation to its end, before the restart."""


@dataclass(frozen=True, slots=True)
class StationSpec:
    """A kind of charging station."""

    template: str
    vendor: str
    model: str
    firmware: str
    evses: tuple[EvseSpec, ...]
    max_power_w: float | None = None
    """Power that all EVSEs share (cabinet or grid connection); None where each may have its maximum."""
    settings: Mapping[str, str] = field(default_factory=dict)
    """Values that differ from the defaults of core.settings, by setting name, as text."""
    timing: Timing = Timing()
    vendor_keys: Mapping[str, Setting] = field(default_factory=dict)
    """Further 1.6 configuration keys, by name; nothing but themselves is driven by them."""
    meter_type: str = ""
    transfer_faults: tuple[str, ...] = ()
    """What always goes wrong with firmware updates and log uploads: words of core.orders.TransferFault."""
    quirks: Quirks = NO_QUIRKS
    """Where it departs from the standard."""
    data_transfers: Mapping[str, Mapping[str, str | None]] = field(default_factory=dict)
    """What DataTransfer is taken: vendorId -> messageId -> data of the answer; a vendor without any takes all."""
    reset_failures: int = 0
    """How many tries of a reset fail after each restart before one succeeds."""
    components: tuple[CustomVariable, ...] = ()
    """What the template adds to the device model of 2.x."""
    monitors: tuple[Monitor, ...] = ()
    """Built-in and preconfigured monitors; their ids run from 1 without gaps."""
    status_by_event: bool = False
    """2.x connectors tell their state by NotifyEvent in the place of StatusNotification (2.0.1 G01)."""
    user_interface: bool = False
    """Who presents a master pass is asked which sessions to end (2.0.1 C16.FR.01)."""
    local_controller: bool = False
    """It offers firmware to other stations (2.0.1 L03, L04)."""
    display: DisplaySpec | None = None
    """None where drivers have nothing to read from."""
    measurands_per_event: int | None = None
    """Measurands that one TransactionEvent takes; more are told in several at the same instant (2.0.1 E02.FR.11)."""
    transaction_queue: int = 1000
    """Transaction messages that fit into memory; of more, periodic ones are dropped (2.0.1 E04.FR.07)."""
    own_keys: KeyKind = KeyKind.EC
    """What the charger asks certificates for (A00.FR.318)."""

    def evse(self, evse_id: int) -> EvseSpec | None:
        """The EVSE with that id, or None. Ids run from 1 without gaps (2.0.1 part 1 chapter 7.2)."""
        return self.evses[evse_id - 1] if 1 <= evse_id <= len(self.evses) else None
