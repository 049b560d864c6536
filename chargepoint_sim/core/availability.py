"""Operative or not, on three levels, and faults (2.0.1 block G, 1.6 ChangeAvailability and section 4.9).

Owns what a connector's 2.x status is: a pure projection of cable, availability and fault.
"""

import enum

from chargepoint_sim.core import power
from chargepoint_sim.core import transaction as transactions
from chargepoint_sim.core.facts import StationChanged, StopReason, Trigger
from chargepoint_sim.core.state import Connector, Evse, StationState


class ConnectorStatus(enum.StrEnum):
    """ConnectorStatusEnumType of 2.0.1."""

    AVAILABLE = "Available"
    OCCUPIED = "Occupied"
    RESERVED = "Reserved"
    UNAVAILABLE = "Unavailable"
    FAULTED = "Faulted"


class Change(enum.StrEnum):
    """ChangeAvailabilityStatusEnumType of 2.0.1; the same words in 1.6."""

    ACCEPTED = "Accepted"
    SCHEDULED = "Scheduled"


def connector_status(state: StationState, evse: Evse, connector: Connector) -> ConnectorStatus:
    """The 2.x status of a connector (G01)."""
    if connector.error_code is not None:
        return ConnectorStatus.FAULTED
    if evse.resetting:
        return ConnectorStatus.UNAVAILABLE
    if evse.plugged == connector.connector_id:
        return ConnectorStatus.OCCUPIED
    if not (state.operative and evse.operative and connector.operative):
        return ConnectorStatus.UNAVAILABLE
    return ConnectorStatus.AVAILABLE


def change_station_level(state: StationState, operative: bool, at: float) -> Change:
    """Change the station's own level; EVSEs and connectors keep theirs and come back to it (G04.FR.08).

    A transaction goes on; its EVSE follows when it ends.
    """
    state.operative = operative
    for evse in state.evses:
        state.connector_changed(evse, at)
    state.emit(StationChanged(at))
    return Change.SCHEDULED if not operative and state.running_transactions() else Change.ACCEPTED


def change_station(state: StationState, operative: bool, at: float) -> Change:
    """Change the station and all its EVSEs; those in a transaction follow when it ends (1.6 section 5.2)."""
    busy = state.running_transactions() if not operative else []
    if busy:
        for evse in state.evses:
            _set_evse(state, evse, operative, at)
        state.scheduled_inoperative = True
        return Change.SCHEDULED
    state.scheduled_inoperative = False
    state.operative = operative
    for evse in state.evses:
        evse.scheduled_operative = None
        evse.operative = operative
        for connector in evse.connectors:
            connector.operative = operative
        state.connector_changed(evse, at)
    state.emit(StationChanged(at))
    return Change.ACCEPTED


def change_evse(state: StationState, evse: Evse, operative: bool, at: float) -> Change:
    """Change one EVSE; with a transaction the change waits for its end (G03)."""
    return _set_evse(state, evse, operative, at)


def change_connector(state: StationState, evse: Evse, connector: Connector, operative: bool, at: float) -> Change:
    """Change one connector of an EVSE (G03)."""
    if len(evse.connectors) == 1:
        return _set_evse(state, evse, operative, at)
    connector.operative = operative
    state.connector_changed(evse, at)
    return Change.SCHEDULED if evse.transaction is not None and not operative else Change.ACCEPTED


def inject_fault(state: StationState, evse: Evse, connector: Connector, error_code: str, at: float) -> None:
    """Fail: energy stops at once, a running transaction ends (1.6 transitions A9-H9)."""
    connector.error_code = error_code
    if evse.transaction is not None:
        reason = _FAULT_REASONS.get(error_code, StopReason.OTHER)
        transactions.deauthorise_all(state, evse, at, Trigger.ABNORMAL_CONDITION, reason)
    power.refresh(state, at)
    state.connector_changed(evse, at)


def clear_fault(state: StationState, evse: Evse, connector: Connector, at: float) -> None:
    """Work again (1.6 transitions I1-I8)."""
    connector.error_code = None
    power.refresh(state, at)
    state.connector_changed(evse, at)


_FAULT_REASONS = {
    "GroundFailure": StopReason.GROUND_FAULT,
    "OverCurrentFailure": StopReason.OVERCURRENT_FAULT,
    "OverVoltage": StopReason.POWER_QUALITY,
    "UnderVoltage": StopReason.POWER_QUALITY,
}


def _set_evse(state: StationState, evse: Evse, operative: bool, at: float) -> Change:
    if evse.transaction is not None and not operative:
        evse.scheduled_operative = False
        return Change.SCHEDULED
    evse.scheduled_operative = None
    evse.operative = operative
    state.connector_changed(evse, at)
    return Change.ACCEPTED
