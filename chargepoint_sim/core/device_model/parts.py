"""What a station is built of besides its tiers: lock, contactor, meter, sensors, pilot, vehicle (appendices 3.2).

Owns which part fails with which fault. A part that a station does not have is not shown; its fault is then one of the
connector alone.
"""

from collections.abc import Callable, Iterator, Mapping

from chargepoint_sim.core import locks
from chargepoint_sim.core.availability import ConnectorStatus
from chargepoint_sim.core.device_model.model import Component, Read, Variable, fixed, shown
from chargepoint_sim.core.device_model.tiers import PROBLEM, evse_state, phases, total_power
from chargepoint_sim.core.facts import ChargingState
from chargepoint_sim.core.meter import grid_voltages
from chargepoint_sim.core.settings import Kind, format_value
from chargepoint_sim.core.spec import ConnectorSpec, Current, EvseSpec
from chargepoint_sim.core.state import Evse, StationState
from chargepoint_sim.core.vehicle import ISO15118_SCHEMA

LOCK = "ConnectorPlugRetentionLock"
METER = "FiscalMetering"
VEHICLE = "ConnectedEV"
FEED = "ElectricalFeed"
TEMPERATURE = "TemperatureSensor"

AMBIENT_CELSIUS, HEATING_CELSIUS = 20.0, 40.0
"""What the sensor of an idle EVSE shows, and by how much more it shows at full power."""

PARTS_OF_FAULT: Mapping[str, tuple[str, ...]] = {
    locks.FAILURE: (LOCK,),
    "GroundFailure": ("RCD", "GroundIsolationProtection"),
    "HighTemperature": (TEMPERATURE,),
    "OverCurrentFailure": ("OverCurrentProtection",),
    "PowerMeterFailure": (METER,),
    "PowerSwitchFailure": ("PowerContactor",),
    "ReaderFailure": ("TokenReader",),
}
"""Fault of a connector -> the parts that can have it."""

FAULT_OF_PART = {part: code for code, parts in PARTS_OF_FAULT.items() for part in parts}

EvseText = Callable[[StationState, Evse, float], str]


def of_station(evses: tuple[EvseSpec, ...], max_power_w: float | None) -> Iterator[Variable]:
    """Parts that the station has once."""
    reader, feed, first = Component("TokenReader"), Component(FEED), evses[0]
    yield fixed("Available", Kind.BOOLEAN, "true", at=reader)
    yield shown(PROBLEM, Kind.BOOLEAN, _reader_failed, at=reader)
    yield fixed("Available", Kind.BOOLEAN, "true", at=feed)
    yield shown("Power", Kind.DECIMAL, total_power, at=feed, unit="W", minimum=0, maximum=max_power_w, varies=True)
    # What feeds a DC outlet is the grid, with all its phases.
    yield fixed("SupplyPhases", Kind.INTEGER, str(max(phases(evse) or 3 for evse in evses)), at=feed)
    if first.current is Current.AC:
        for phase in range(first.phases):
            yield shown(f"ACVoltage[L{phase + 1}]", Kind.DECIMAL, _voltage(phase), at=feed, unit="V", minimum=0)


def of_evse(spec: EvseSpec) -> Iterator[Variable]:
    """Parts that each EVSE has."""
    evse_id, dc = spec.evse_id, spec.current is Current.DC

    def read(text: EvseText) -> Read:
        return lambda state, at: text(state, state.evses[evse_id - 1], at)

    for name in ("PowerContactor", METER, TEMPERATURE, "OverCurrentProtection"):
        yield _problem(Component(name, evse_id))
    yield shown("Active", Kind.BOOLEAN, read(_contactor_closed), at=Component("PowerContactor", evse_id))
    meter = Component(METER, evse_id)
    yield shown("EnergyImport", Kind.DECIMAL, read(_session_energy), at=meter, unit="Wh", minimum=0, varies=True)
    yield shown(
        "EnergyImportRegister",
        Kind.DECIMAL,
        read(_register),
        at=meter,
        unit="Wh",
        minimum=0,
        varies=True,
        persistent=True,
    )
    sensor = Component(TEMPERATURE, evse_id)
    yield shown("Temperature", Kind.DECIMAL, read(_temperature), at=sensor, unit="Celsius", varies=True)
    protection = Component("GroundIsolationProtection" if dc else "RCD", evse_id)
    yield _problem(protection)
    yield _problem(protection, "Tripped")
    yield shown("State", Kind.STRING, read(_pilot), at=Component("CPPWMController", evse_id))
    if spec.bay_sensor:
        bay = Component("BayOccupancySensor", evse_id)
        yield fixed("Available", Kind.BOOLEAN, "true", at=bay)
        yield shown("Active", Kind.BOOLEAN, read(_bay_occupied), at=bay)
    vehicle = Component(VEHICLE, evse_id)
    yield shown("Available", Kind.BOOLEAN, read(_vehicle_there), at=vehicle)
    yield shown("ProtocolAgreed", Kind.STRING, read(_protocol), at=vehicle)
    if dc:
        yield shown(
            "StateOfCharge",
            Kind.DECIMAL,
            read(_soc),
            at=vehicle,
            unit="Percent",
            minimum=0,
            maximum=100,
            varies=True,
        )


def of_connector(spec: EvseSpec, connector: ConnectorSpec) -> Iterator[Variable]:
    """Parts of one connector: a socket locks the plug in, an attached cable has nothing to lock here."""
    if connector.cable_attached:
        return
    evse_id, connector_id = spec.evse_id, connector.connector_id
    lock = Component(LOCK, evse_id, connector_id)

    def locked(state: StationState, _: float) -> str:
        return format_value(locks.locked(state.evses[evse_id - 1], connector_id))

    yield shown("Active", Kind.BOOLEAN, locked, at=lock)
    yield _problem(lock)


def _problem(at: Component, name: str = PROBLEM) -> Variable:
    """Whether a part has the fault that the table gives it."""
    code = FAULT_OF_PART[at.name]
    assert at.evse_id is not None
    index = at.evse_id - 1
    return shown(
        name, Kind.BOOLEAN, lambda state, _: format_value(_failed(state.evses[index], code, at.connector_id)), at=at
    )


def _failed(evse: Evse, code: str, connector_id: int | None = None) -> bool:
    return any(one.error_code == code for one in evse.connectors if connector_id in (None, one.connector_id))


def _reader_failed(state: StationState, _: float) -> str:
    return format_value(any(_failed(evse, "ReaderFailure") for evse in state.evses))


def _voltage(phase: int) -> Read:
    return lambda state, at: f"{grid_voltages(state.spec.evses[0], at, state.seed, state.charger_id)[phase]:.1f}"


def _contactor_closed(_: StationState, evse: Evse, __: float) -> str:
    return format_value(evse.path_closed_at is not None)


def _vehicle_there(_: StationState, evse: Evse, __: float) -> str:
    return format_value(evse.vehicle is not None)


def _bay_occupied(_: StationState, evse: Evse, __: float) -> str:
    return format_value(evse.bay_occupied)


def _register(_: StationState, evse: Evse, at: float) -> str:
    return f"{evse.meter.register_at(at):.1f}"


def _session_energy(_: StationState, evse: Evse, at: float) -> str:
    """Of the running transaction; 0 without one."""
    transaction = evse.transaction
    return "0.0" if transaction is None else f"{evse.meter.register_at(at) - transaction.meter_start_wh:.1f}"


def _temperature(_: StationState, evse: Evse, at: float) -> str:
    share = evse.meter.power_at(at) / evse.spec.max_power_w
    return f"{AMBIENT_CELSIUS + HEATING_CELSIUS * share:.1f}"


def _pilot(state: StationState, evse: Evse, _: float) -> str:
    """IEC 61851-1: A no vehicle, B vehicle without energy, C energy, F no service; 2 offers a current, 1 does not."""
    if evse.vehicle is None or evse.plugged is None:
        out = evse_state(state, evse) in (ConnectorStatus.FAULTED, ConnectorStatus.UNAVAILABLE)
        return "F" if out else "A"
    if evse.faulted:
        return "F"
    if evse.charging_state is ChargingState.CHARGING:
        return "C2"
    return "B2" if evse.charging_state is ChargingState.SUSPENDED_EV else "B1"


def _protocol(state: StationState, evse: Evse, __: float) -> str:
    """What station and vehicle speak to each other; empty without a vehicle."""
    if evse.vehicle is None:
        return ""
    if evse.vehicle.talk is not None and state.settings.boolean("ISO15118Ctrlr.Enabled"):
        return ISO15118_SCHEMA
    return "DIN70121" if evse.spec.current is Current.DC else "IEC61851-1"


def _soc(_: StationState, evse: Evse, at: float) -> str:
    """Percent; empty without a vehicle."""
    if evse.vehicle is None:
        return ""
    return f"{100.0 * evse.vehicle.soc_after(evse.meter.segment.energy_wh(at), Current.DC):.1f}"
