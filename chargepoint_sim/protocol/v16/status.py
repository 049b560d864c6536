"""1.6 connector statuses: error codes, and the transitions that the standard allows (section 4.9).

Rules for editing: `LEGAL` is the table of section 4.9 with the errata; nothing else knows it. A change that the
table does not have is told by way of the shortest legal detour.
"""

from collections.abc import Mapping
from functools import cache

from chargepoint_sim.core.state import Fault
from chargepoint_sim.core.station import Station
from chargepoint_sim.protocol.status import (
    AVAILABLE,
    CHARGING,
    FAULTED,
    FINISHING,
    PREPARING,
    RESERVED,
    SUSPENDED_EV,
    SUSPENDED_EVSE,
    UNAVAILABLE,
)

LEGAL: Mapping[str, tuple[str, ...]] = {
    AVAILABLE: (PREPARING, CHARGING, SUSPENDED_EV, SUSPENDED_EVSE, RESERVED, UNAVAILABLE, FAULTED),
    PREPARING: (AVAILABLE, CHARGING, SUSPENDED_EV, SUSPENDED_EVSE, FINISHING, FAULTED),
    CHARGING: (AVAILABLE, SUSPENDED_EV, SUSPENDED_EVSE, FINISHING, UNAVAILABLE, FAULTED),
    SUSPENDED_EV: (AVAILABLE, CHARGING, SUSPENDED_EVSE, FINISHING, UNAVAILABLE, FAULTED),
    SUSPENDED_EVSE: (AVAILABLE, CHARGING, SUSPENDED_EV, FINISHING, UNAVAILABLE, FAULTED),
    FINISHING: (PREPARING, AVAILABLE, UNAVAILABLE, FAULTED),
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


NO_ERROR = Fault("NoError")

ONLY_WITH: Mapping[str, frozenset[str]] = {
    "EVCommunicationError": frozenset({PREPARING, SUSPENDED_EV, SUSPENDED_EVSE, FINISHING}),
}
"""Warnings that only some statuses can carry (section 7.6)."""


def error_of(station: Station, evse_id: int, status: str) -> Fault:
    """What is told with a status of a connector: its fault, else that of the station, else a warning, else NoError."""
    connectors = station.evses[evse_id - 1].connectors if evse_id else ()
    faults = (*(connector.fault for connector in connectors), station.fault)
    warnings = [connector.warning for connector in connectors] if evse_id else [station.warning]
    for fault in (*faults, *warnings) if status == FAULTED else warnings:
        if fault is not None and status in ONLY_WITH.get(fault.error_code, (status,)):
            return fault
    return NO_ERROR


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
