"""1.6 connector statuses: a projection of the core's state, and the transitions that the standard allows (section 4.9).

Rules for editing: `LEGAL` is the table of section 4.9 with the errata; nothing else knows it. A change that the
table does not have is told by way of the shortest legal detour.
"""

from collections.abc import Mapping
from functools import cache

from chargepoint_sim.core.facts import ChargingState
from chargepoint_sim.core.station import Station

AVAILABLE, PREPARING, CHARGING = "Available", "Preparing", "Charging"
SUSPENDED_EV, SUSPENDED_EVSE, FINISHING = "SuspendedEV", "SuspendedEVSE", "Finishing"
RESERVED, UNAVAILABLE, FAULTED = "Reserved", "Unavailable", "Faulted"

LEGAL: Mapping[str, tuple[str, ...]] = {
    AVAILABLE: (PREPARING, CHARGING, SUSPENDED_EV, SUSPENDED_EVSE, RESERVED, UNAVAILABLE, FAULTED),
    PREPARING: (AVAILABLE, CHARGING, SUSPENDED_EV, SUSPENDED_EVSE, FINISHING, FAULTED),
    CHARGING: (AVAILABLE, SUSPENDED_EV, SUSPENDED_EVSE, FINISHING, UNAVAILABLE, FAULTED),
    SUSPENDED_EV: (AVAILABLE, CHARGING, SUSPENDED_EVSE, FINISHING, UNAVAILABLE, FAULTED),
    SUSPENDED_EVSE: (AVAILABLE, CHARGING, SUSPENDED_EV, FINISHING, UNAVAILABLE, FAULTED),
    FINISHING: (AVAILABLE, PREPARING, UNAVAILABLE, FAULTED),
    RESERVED: (AVAILABLE, PREPARING, UNAVAILABLE, FAULTED),
    UNAVAILABLE: (AVAILABLE, PREPARING, CHARGING, SUSPENDED_EV, SUSPENDED_EVSE, FAULTED),
    FAULTED: (
        AVAILABLE,
        PREPARING,
        CHARGING,
        SUSPENDED_EV,
        SUSPENDED_EVSE,
        FINISHING,
        RESERVED,
        UNAVAILABLE,
    ),
}
"""From -> to."""

_IN_TRANSACTION: Mapping[ChargingState, str] = {
    ChargingState.IDLE: PREPARING,
    ChargingState.EV_CONNECTED: PREPARING,
    ChargingState.CHARGING: CHARGING,
    ChargingState.SUSPENDED_EV: SUSPENDED_EV,
    ChargingState.SUSPENDED_EVSE: SUSPENDED_EVSE,
}


def status_of(station: Station, evse_id: int) -> str:
    """ChargePointStatus of a connector; connector 0 is the station."""
    if evse_id == 0:
        return AVAILABLE if station.operative else UNAVAILABLE
    evse = station.evses[evse_id - 1]
    if evse.faulted:
        return FAULTED
    if evse.authorized is not None:
        return _IN_TRANSACTION[evse.charging_state]
    if evse.transaction is not None and evse.charging_state is ChargingState.SUSPENDED_EV:
        return SUSPENDED_EV
    if not (station.operative and evse.operative):
        return UNAVAILABLE
    if evse.plugged is not None:
        return FINISHING if evse.session_over or evse.timed_out else PREPARING
    return AVAILABLE


def error_of(station: Station, evse_id: int) -> str:
    """ChargePointErrorCode of a connector."""
    if evse_id == 0:
        return "NoError"
    codes = (connector.error_code for connector in station.evses[evse_id - 1].connectors)
    return next((code for code in codes if code), "NoError")


@cache
def path(old: str, new: str) -> tuple[str, ...]:
    """The statuses to tell on the way from `old` to `new`: the shortest way of legal transitions, `new` last."""
    reached: dict[str, tuple[str, ...]] = {old: ()}
    waiting = [old]
    for status in waiting:
        for following in LEGAL[status]:
            if (following not in reached and following != FAULTED) or following == new:
                reached.setdefault(following, (*reached[status], following))
                waiting.append(following)
                if following == new:
                    return reached[new]
    return (new,)
