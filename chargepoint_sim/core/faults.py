"""Faults and warnings of connectors and of the whole station (1.6 section 4.9, ChargePointErrorCode; 2.0.1 G05).

A fault keeps its place from working: transactions end, nobody can start, until it is cleared. A fault of the station is
one of each of its EVSEs. A warning is told and changes nothing, except that a station with a ResetFailure cannot
restart (core.resets).
"""

from collections.abc import Mapping

from chargepoint_sim.core import power, reservation
from chargepoint_sim.core import transaction as transactions
from chargepoint_sim.core.commands import ACCEPTED, ClearFault, InjectFault, Outcome, refused
from chargepoint_sim.core.facts import FaultChanged, StationChanged, StopReason, Trigger
from chargepoint_sim.core.state import Connector, Evse, Fault, StationState

ERROR_CODES: Mapping[str, str] = {
    "ConnectorLockFailure": "the connector cannot be locked or unlocked",
    "EVCommunicationError": "the vehicle does not talk as it should",
    "GroundFailure": "the protection against ground faults has tripped",
    "HighTemperature": "something inside is too hot",
    "InternalError": "something inside has failed, in hardware or software",
    "LocalListConflict": "the local list and the central system judge a token differently",
    "OtherError": "anything else",
    "OverCurrentFailure": "the protection against overcurrent has tripped",
    "OverVoltage": "the voltage has risen too high",
    "PowerMeterFailure": "the meter cannot be read",
    "PowerSwitchFailure": "the power switch does not obey",
    "ReaderFailure": "the card reader has failed",
    "ResetFailure": "the station cannot restart",
    "UnderVoltage": "the voltage has fallen too low",
    "WeakSignal": "the radio link is weak",
}
"""ChargePointErrorCode without NoError -> what is wrong (1.6 section 7.6)."""

WARNINGS = frozenset({"EVCommunicationError", "LocalListConflict", "ResetFailure", "WeakSignal"})
"""Codes that never make anything Faulted; the others do unless they are injected as warnings."""

LONGEST_DETAIL = 50
"""Characters of `info` and `vendorErrorCode`."""

_REASONS = {
    "GroundFailure": StopReason.GROUND_FAULT,
    "OverCurrentFailure": StopReason.OVERCURRENT_FAULT,
    "OverVoltage": StopReason.POWER_QUALITY,
    "UnderVoltage": StopReason.POWER_QUALITY,
}


def inject(
    state: StationState, evse: Evse | None, connector: Connector | None, command: InjectFault, at: float
) -> Outcome:
    """Fail, or warn, at a connector, or without one at the whole station."""
    if command.error_code not in ERROR_CODES:
        return refused(f"there is no error {command.error_code!r}; known are {', '.join(sorted(ERROR_CODES))}")
    if max(len(command.info or ""), len(command.vendor_error_code or "")) > LONGEST_DETAIL:
        return refused(f"info and vendor_error_code have at most {LONGEST_DETAIL} characters")
    fault = Fault(command.error_code, command.info or None, command.vendor_error_code or None)
    warns = command.warning or command.error_code in WARNINGS
    place: StationState | Connector = state if connector is None else connector
    if warns:
        place.warning = fault
    else:
        place.fault = fault
        state.emit(_changed(evse, connector, fault, at, failed=True))
        _stop(state, evse, fault, at)
    _tell(state, evse, at)
    return ACCEPTED


def clear(
    state: StationState, evse: Evse | None, connector: Connector | None, command: ClearFault, at: float
) -> Outcome:
    """Work again: whatever is wrong at the place ends (1.6 transitions I1-I8)."""
    place: StationState | Connector = state if connector is None else connector
    if place.fault is None and place.warning is None:
        return refused(f"EVSE {evse.evse_id} has no fault there" if evse is not None else "the station has no fault")
    fault, place.fault, place.warning = place.fault, None, None
    if fault is not None:
        state.emit(_changed(evse, connector, fault, at, failed=False))
    if evse is None:
        for one in state.evses:
            one.station_faulted = False
    power.refresh(state, at)
    _tell(state, evse, at)
    return ACCEPTED


def _changed(evse: Evse | None, connector: Connector | None, fault: Fault, at: float, *, failed: bool) -> FaultChanged:
    evse_id = None if evse is None else evse.evse_id
    connector_id = None if connector is None else connector.connector_id
    return FaultChanged(at, evse_id, connector_id, fault.error_code, failed, fault.info, fault.vendor_error_code)


def _stop(state: StationState, evse: Evse | None, fault: Fault, at: float) -> None:
    """Energy stops at once, running transactions end, reservations too (1.6 transitions A9-H9)."""
    failed = state.evses if evse is None else (evse,)
    for one in failed:
        one.station_faulted = one.station_faulted or evse is None
        if one.transaction is not None or one.authorized is not None:
            reason = _REASONS.get(fault.error_code, StopReason.OTHER)
            transactions.deauthorise_all(state, one, at, Trigger.ABNORMAL_CONDITION, reason)
    reservation.places_changed(state, at)
    power.refresh(state, at)


def _tell(state: StationState, evse: Evse | None, at: float) -> None:
    if evse is None:
        state.emit(StationChanged(at))
    for one in state.evses if evse is None else (evse,):
        state.connector_changed(one, at)
