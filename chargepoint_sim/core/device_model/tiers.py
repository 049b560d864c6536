"""The three tiers of a station: ChargingStation, EVSE and Connector (2.0.1 part 1 chapter 4.1, appendices 3.2)."""

from collections.abc import Iterator

from chargepoint_sim.core import availability, wiring
from chargepoint_sim.core.availability import ConnectorStatus
from chargepoint_sim.core.device_model.model import Component, Variable, fixed, shown
from chargepoint_sim.core.settings import Kind, format_value
from chargepoint_sim.core.spec import Current, EvseSpec
from chargepoint_sim.core.state import Connector, Evse, StationState

STATES = tuple(status.value for status in ConnectorStatus)
AVAILABILITY = "AvailabilityState"
PROBLEM = "Problem"


def station(evses: tuple[EvseSpec, ...], max_power_w: float | None) -> Iterator[Variable]:
    """The station as a whole."""
    at = Component("ChargingStation")
    yield fixed("Available", Kind.BOOLEAN, "true", at=at)
    yield shown(AVAILABILITY, Kind.OPTION, _station_state, at=at, choices=STATES)
    yield shown("FirmwareVersion", Kind.STRING, lambda state, _: state.firmware, at=at, persistent=True)
    yield shown("Model", Kind.STRING, lambda state, _: state.spec.model, at=at, constant=True)
    yield shown("Power", Kind.DECIMAL, total_power, at=at, unit="W", minimum=0, maximum=max_power_w, varies=True)
    yield shown(PROBLEM, Kind.BOOLEAN, lambda state, _: format_value(state.fault is not None), at=at)
    yield shown("SerialNumber", Kind.STRING, lambda state, _: state.serial_number, at=at, constant=True)
    yield fixed("SupplyPhases", Kind.INTEGER, str(max(phases(evse) for evse in evses)), at=at)
    yield shown("VendorName", Kind.STRING, lambda state, _: state.spec.vendor, at=at, constant=True)


def evse(spec: EvseSpec) -> Iterator[Variable]:
    """One EVSE."""
    at, index = Component("EVSE", spec.evse_id), spec.evse_id - 1
    yield fixed("AllowReset", Kind.BOOLEAN, "true", at=at)
    yield fixed("Available", Kind.BOOLEAN, "true", at=at)
    yield shown(
        AVAILABILITY, Kind.OPTION, lambda state, _: evse_state(state, state.evses[index]), at=at, choices=STATES
    )
    yield shown(
        "Power",
        Kind.DECIMAL,
        lambda state, instant: f"{state.evses[index].meter.power_at(instant):.1f}",
        at=at,
        unit="W",
        minimum=0,
        maximum=spec.max_power_w,
        varies=True,
    )
    yield fixed("SupplyPhases", Kind.INTEGER, str(phases(spec)), at=at)


def connector(spec: EvseSpec, connector_id: int, connector_type: str) -> Iterator[Variable]:
    """One connector of an EVSE."""
    at = Component("Connector", spec.evse_id, connector_id)

    def found(state: StationState) -> tuple[Evse, Connector]:
        evse = state.evses[spec.evse_id - 1]
        return evse, evse.connectors[connector_id - 1]

    def status(state: StationState, _: float) -> str:
        return availability.connector_status(state, *found(state)).value

    def problem(state: StationState, _: float) -> str:
        return format_value(found(state)[1].fault is not None)

    def rotation(state: StationState, _: float) -> str:
        """Empty where it does not apply or is not known (2.13.5)."""
        word = wiring.rotations(state.settings.text(wiring.SETTING), state.spec)[spec.evse_id]
        return "" if word in (wiring.NOT_APPLICABLE, wiring.UNKNOWN) else word

    yield fixed("Available", Kind.BOOLEAN, "true", at=at)
    yield shown(AVAILABILITY, Kind.OPTION, status, at=at, choices=STATES)
    yield fixed("ConnectorType", Kind.STRING, connector_type, at=at)
    if spec.current is Current.AC:
        yield shown("PhaseRotation", Kind.STRING, rotation, at=at)
    yield shown(PROBLEM, Kind.BOOLEAN, problem, at=at)
    yield fixed("SupplyPhases", Kind.INTEGER, str(phases(spec)), at=at)


def phases(spec: EvseSpec) -> int:
    """AC supply phases; 0 is DC."""
    return 0 if spec.current is Current.DC else spec.phases


def total_power(state: StationState, at: float) -> str:
    """W that all EVSEs deliver together."""
    return f"{sum(evse.meter.power_at(at) for evse in state.evses):.1f}"


def _station_state(state: StationState, _: float) -> str:
    """The best that any EVSE is in, in the order of the states: one that is Available makes the station so."""
    states = {evse_state(state, one) for one in state.evses}
    return next(word for word in STATES if word in states)


def evse_state(state: StationState, evse: Evse) -> str:
    """Occupied and Faulted count for the whole EVSE; otherwise one connector that can be used is enough."""
    states = [availability.connector_status(state, evse, one).value for one in evse.connectors]
    for word in (ConnectorStatus.FAULTED.value, ConnectorStatus.OCCUPIED.value):
        if word in states:
            return word
    return next(word for word in STATES if word in states)
