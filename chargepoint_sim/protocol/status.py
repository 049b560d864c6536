"""The richest one-word status of an EVSE, in the words of 1.6 (section 4.9): a pure projection of the core's state.

1.6 chargers tell it; for 2.0.1 chargers, whose own statuses know no charging, people and the control API see it.
"""

from collections.abc import Mapping

from chargepoint_sim.core import reservation
from chargepoint_sim.core.facts import ChargingState
from chargepoint_sim.core.station import Station

AVAILABLE, PREPARING, CHARGING = "Available", "Preparing", "Charging"
SUSPENDED_EV, SUSPENDED_EVSE, FINISHING = "SuspendedEV", "SuspendedEVSE", "Finishing"
RESERVED, UNAVAILABLE, FAULTED = "Reserved", "Unavailable", "Faulted"

_IN_TRANSACTION: Mapping[ChargingState, str] = {
    ChargingState.IDLE: PREPARING,
    ChargingState.EV_CONNECTED: PREPARING,
    ChargingState.CHARGING: CHARGING,
    ChargingState.SUSPENDED_EV: SUSPENDED_EV,
    ChargingState.SUSPENDED_EVSE: SUSPENDED_EVSE,
}


def status_of(station: Station, evse_id: int) -> str:
    """The status of an EVSE; 0 is the station."""
    if evse_id == 0:
        if station.fault is not None:
            return FAULTED
        return AVAILABLE if station.operative else UNAVAILABLE
    evse = station.evses[evse_id - 1]
    if evse.faulted:
        return FAULTED
    if evse.authorized is not None:
        cable_out = evse.plugged is not None and evse.vehicle is None
        return SUSPENDED_EV if cable_out else _IN_TRANSACTION[evse.charging_state]
    if evse.transaction is not None and evse.charging_state is ChargingState.SUSPENDED_EV:
        return SUSPENDED_EV
    if evse.resetting or not (station.in_service and evse.operative):
        return UNAVAILABLE
    if reservation.reserved(station, evse):
        return RESERVED
    if evse.plugged is not None:
        return FINISHING if evse.session_over or evse.timed_out else PREPARING
    return AVAILABLE
