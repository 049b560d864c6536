"""The device model of 2.0.1: which components and variables this station shows (part 1 chapter 4, appendix 3).

Owns names, places, mutability and characteristics, and how a value is read; setting values belongs to the block
`reporting`. Controller variables are the core's settings; physical components follow from what the station is made of
and how it stands. Only what is built is listed.
"""

import enum
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from chargepoint_sim.clock import format_utc
from chargepoint_sim.core import availability, wiring
from chargepoint_sim.core.availability import ConnectorStatus
from chargepoint_sim.core.settings import SETTINGS, Kind, Setting, format_value
from chargepoint_sim.core.spec import Current, EvseSpec
from chargepoint_sim.core.state import Connector, Evse
from chargepoint_sim.core.station import Station


class Mutability(enum.StrEnum):
    """MutabilityEnumType, without the write-only ones: this station has none."""

    READ_ONLY = "ReadOnly"
    READ_WRITE = "ReadWrite"


class Component(NamedTuple):
    """A component and where it sits; an EVSE of None is the station."""

    name: str
    evse_id: int | None = None
    connector_id: int | None = None


Read = Callable[[Station, float], str]


@dataclass(frozen=True, slots=True)
class Variable:
    """One component-variable with its attribute Actual; no other attribute type is in use."""

    component: Component
    name: str
    kind: Kind
    read: Read
    """The value at a simulated instant, as it stands on the wire."""
    instance: str | None = None
    setting: str | None = None
    """The setting behind it, where it can be set."""
    unit: str | None = None
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[str, ...] = ()
    persistent: bool = False
    constant: bool = False

    @property
    def mutability(self) -> Mutability:
        """What the central system may do with it."""
        return Mutability.READ_ONLY if self.setting is None else Mutability.READ_WRITE


ITEMS_PER_MESSAGE: Mapping[str, int] = {"GetReport": 100, "GetVariables": 100, "SetVariables": 100}
BYTES_PER_MESSAGE: Mapping[str, int] = {"GetReport": 65536, "GetVariables": 65536, "SetVariables": 65536}

NOT_SHOWN = frozenset(
    {
        wiring.SETTING,
        "LocalAuthListCtrlr.Enabled",
        "LocalAuthListCtrlr.Entries",
        "LocalAuthListCtrlr.ItemsPerMessage",
        "OCPPCommCtrlr.QueueAllMessages",
        "ReservationCtrlr.NonEvseSpecific",
        "SecurityCtrlr.BasicAuthPassword",
        "SmartChargingCtrlr.Entries[ChargingProfiles]",
        "SmartChargingCtrlr.PeriodsPerSchedule",
        "SmartChargingCtrlr.Phases3to1",
        "SmartChargingCtrlr.ProfileStackLevel",
    }
)
"""Settings of the core whose behaviour 2.0.1 would describe is not built, or that it shows in another place."""

READ_ONLY = frozenset({"OCPPCommCtrlr.MessageTimeout[Default]"})
"""Settings that 1.6 lets a central system change and 2.0.1 does not."""

_STATES = tuple(status.value for status in ConnectorStatus)

Key = tuple[str, str]
"""Name and instance, in the form in which they are compared: without regard to case."""


def find_component(station: Station, name: str, evse_id: int | None, connector_id: int | None) -> Component | None:
    """The component of that name at that place, or None."""
    place = Component(name.casefold(), evse_id, connector_id)
    return place if place in _components(station.spec.evses) else None


def find_variable(station: Station, component: Component, name: str, instance: str) -> Variable | None:
    """The variable of a component that `find_component` gave, or None."""
    return _components(station.spec.evses)[component].get((name.casefold(), instance.casefold()))


def variables(station: Station) -> Iterator[Variable]:
    """Every variable, in the order in which reports list them."""
    for component in _components(station.spec.evses).values():
        yield from component.values()


@lru_cache(maxsize=64)
def _components(evses: tuple[EvseSpec, ...]) -> Mapping[Component, Mapping[Key, Variable]]:
    """Every component of stations with such EVSEs: the table is shared by all of them."""
    found: dict[Component, dict[Key, Variable]] = {}
    for variable in (*_physical(evses), *_controllers()):
        place = variable.component._replace(name=variable.component.name.casefold())
        key = (variable.name.casefold(), (variable.instance or "").casefold())
        found.setdefault(place, {})[key] = variable
    return found


def _physical(evses: tuple[EvseSpec, ...]) -> Iterator[Variable]:
    yield from _station(evses)
    for evse in evses:
        yield from _evse(evse)
        for connector in evse.connectors:
            yield from _connector(evse, connector.connector_id, connector.connector_type)


def _station(evses: tuple[EvseSpec, ...]) -> Iterator[Variable]:
    place = Component("ChargingStation")
    yield _fixed(place, "Available", Kind.BOOLEAN, "true")
    yield Variable(place, "AvailabilityState", Kind.OPTION, _station_state, choices=_STATES)
    yield Variable(place, "Model", Kind.STRING, lambda station, _: station.spec.model, constant=True)
    yield Variable(place, "SerialNumber", Kind.STRING, lambda station, _: station.serial_number, constant=True)
    yield _fixed(place, "SupplyPhases", Kind.INTEGER, str(max(_phases(evse) for evse in evses)))
    yield Variable(place, "VendorName", Kind.STRING, lambda station, _: station.spec.vendor, constant=True)


def _evse(spec: EvseSpec) -> Iterator[Variable]:
    place = Component("EVSE", spec.evse_id)
    index = spec.evse_id - 1
    yield _fixed(place, "AllowReset", Kind.BOOLEAN, "true")
    yield _fixed(place, "Available", Kind.BOOLEAN, "true")
    yield Variable(
        place,
        "AvailabilityState",
        Kind.OPTION,
        lambda station, _: _evse_state(station, station.evses[index]),
        choices=_STATES,
    )
    yield Variable(
        place,
        "Power",
        Kind.DECIMAL,
        lambda station, at: f"{station.evses[index].meter.power_at(at):.1f}",
        unit="W",
        maximum=spec.max_power_w,
    )
    yield _fixed(place, "SupplyPhases", Kind.INTEGER, str(_phases(spec)))


def _connector(spec: EvseSpec, connector_id: int, connector_type: str) -> Iterator[Variable]:
    place = Component("Connector", spec.evse_id, connector_id)

    def found(station: Station) -> tuple[Evse, Connector]:
        evse = station.evses[spec.evse_id - 1]
        return evse, evse.connectors[connector_id - 1]

    def state(station: Station, _: float) -> str:
        return availability.connector_status(station, *found(station)).value

    def problem(station: Station, _: float) -> str:
        return format_value(found(station)[1].error_code is not None)

    def rotation(station: Station, _: float) -> str:
        """Empty where it does not apply or is not known (2.13.5)."""
        found = wiring.rotations(station.settings.text(wiring.SETTING), station.spec)[spec.evse_id]
        return "" if found in (wiring.NOT_APPLICABLE, wiring.UNKNOWN) else found

    yield _fixed(place, "Available", Kind.BOOLEAN, "true")
    yield Variable(place, "AvailabilityState", Kind.OPTION, state, choices=_STATES)
    yield _fixed(place, "ConnectorType", Kind.STRING, connector_type)
    if spec.current is Current.AC:
        yield Variable(place, "PhaseRotation", Kind.STRING, rotation)
    yield Variable(place, "Problem", Kind.BOOLEAN, problem)
    yield _fixed(place, "SupplyPhases", Kind.INTEGER, str(_phases(spec)))


def _phases(evse: EvseSpec) -> int:
    """AC supply phases; 0 is DC."""
    return 0 if evse.current is Current.DC else evse.phases


def _station_state(station: Station, _: float) -> str:
    """The best that any EVSE is in, in the order of the states: one that is Available makes the station so."""
    states = {_evse_state(station, evse) for evse in station.evses}
    return next(state for state in _STATES if state in states)


def _evse_state(station: Station, evse: Evse) -> str:
    """Occupied and Faulted count for the whole EVSE; otherwise one connector that can be used is enough."""
    states = [availability.connector_status(station, evse, connector).value for connector in evse.connectors]
    for state in (ConnectorStatus.FAULTED.value, ConnectorStatus.OCCUPIED.value):
        if state in states:
            return state
    return next(state for state in _STATES if state in states)


def _controllers() -> Iterator[Variable]:
    for name, setting in SETTINGS.items():
        if not name.startswith("Ocpp16.") and name not in NOT_SHOWN:
            yield _of_setting(setting)
    for title, kind, value in _FIXED:
        component, _, name = title.partition(".")
        yield _fixed(Component(component), name, kind, value)
    for limit, values in (("BytesPerMessage", BYTES_PER_MESSAGE), ("ItemsPerMessage", ITEMS_PER_MESSAGE)):
        for instance, most in values.items():
            yield _fixed(Component("DeviceDataCtrlr"), limit, Kind.INTEGER, str(most), instance=instance)
    yield Variable(Component("ClockCtrlr"), "DateTime", Kind.DATE_TIME, lambda station, at: format_utc(station.utc(at)))
    yield _fixed(Component("ClockCtrlr"), "TimeSource", Kind.SEQUENCE, "Heartbeat", choices=("Heartbeat",))


_FIXED: tuple[tuple[str, Kind, str], ...] = (
    ("AlignedDataCtrlr.Available", Kind.BOOLEAN, "true"),
    ("AuthCacheCtrlr.Available", Kind.BOOLEAN, "true"),
    ("DeviceDataCtrlr.ConfigurationValueSize", Kind.INTEGER, "1000"),
    ("DeviceDataCtrlr.ReportingValueSize", Kind.INTEGER, "2500"),
    ("OCPPCommCtrlr.FileTransferProtocols", Kind.MEMBERS, ""),
    ("OCPPCommCtrlr.NetworkConfigurationPriority", Kind.STRING, "1"),
    ("OCPPCommCtrlr.NetworkProfileConnectionAttempts", Kind.INTEGER, "1"),
    ("SampledDataCtrlr.Available", Kind.BOOLEAN, "true"),
    ("SecurityCtrlr.CertificateEntries", Kind.INTEGER, "0"),
    ("SecurityCtrlr.OrganizationName", Kind.STRING, ""),
    # External limits are obeyed and told (K11-K13); profiles of the central system are not taken.
    ("SmartChargingCtrlr.Available", Kind.BOOLEAN, "false"),
    ("SmartChargingCtrlr.Enabled", Kind.BOOLEAN, "false"),
    ("SmartChargingCtrlr.ExternalControlSignalsEnabled", Kind.BOOLEAN, "true"),
)
"""Controller variables that never change: component.variable, type, value."""


def _of_setting(setting: Setting) -> Variable:
    component, _, title = setting.name.partition(".")
    name, _, instance = title.removesuffix("]").partition("[")
    counted = setting.kind in (Kind.INTEGER, Kind.DECIMAL)
    return Variable(
        Component(component),
        name,
        setting.kind,
        lambda station, _: station.settings.text(setting.name),
        instance=instance or None,
        setting=setting.name if setting.writable and setting.name not in READ_ONLY else None,
        unit=setting.unit,
        minimum=setting.minimum if counted else None,
        maximum=setting.maximum,
        choices=setting.choices,
        persistent=True,
    )


def _fixed(
    component: Component,
    name: str,
    kind: Kind,
    value: str,
    *,
    instance: str | None = None,
    choices: tuple[str, ...] = (),
) -> Variable:
    """A variable that never changes."""
    return Variable(component, name, kind, lambda _, __: value, instance=instance, choices=choices, constant=True)
