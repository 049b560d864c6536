"""Operative or not, on three levels (2.0.1 block G, 1.6 ChangeAvailability and section 4.9).

Owns what a connector's 2.x status is: a pure projection of cable, availability, reservation and fault.
"""

import enum

from chargepoint_sim.core import reservation
from chargepoint_sim.core.facts import StationChanged
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
    if connector.fault is not None or state.fault is not None:
        return ConnectorStatus.FAULTED
    if evse.resetting:
        return ConnectorStatus.UNAVAILABLE
    works = state.in_service and evse.operative and connector.operative
    if works and reservation.reserved(state, evse):
        return ConnectorStatus.RESERVED  # a cable alone changes nothing (G03.FR.09)
    if evse.plugged == connector.connector_id and (evse.vehicle is not None or not _attached(evse, connector)):
        return ConnectorStatus.OCCUPIED
    return ConnectorStatus.AVAILABLE if works else ConnectorStatus.UNAVAILABLE


def _attached(evse: Evse, connector: Connector) -> bool:
    """Its cable belongs to the station: pulled out of the vehicle it hangs there and occupies nothing (E10)."""
    return evse.spec.connectors[connector.connector_id - 1].cable_attached


def change_station_level(state: StationState, operative: bool, at: float) -> Change:
    """Change the station's own level; EVSEs and connectors keep theirs and come back to it (G04.FR.08).

    A transaction goes on; its EVSE follows when it ends (G04.FR.06). One that began at a station that was inoperative
    already has nothing to wait for (G04.FR.04).
    """
    waits = not operative and (state.operative or state.scheduled_inoperative) and bool(state.running_transactions())
    state.operative, state.scheduled_inoperative = operative, waits
    for evse in state.evses:
        state.connector_changed(evse, at)
    reservation.places_changed(state, at)
    state.emit(StationChanged(at))
    return Change.SCHEDULED if waits else Change.ACCEPTED


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
    reservation.places_changed(state, at)
    state.emit(StationChanged(at))
    return Change.ACCEPTED


def change_evse(state: StationState, evse: Evse, operative: bool, at: float) -> Change:
    """Change one EVSE; one that is operative and in a transaction waits for its end (G03.FR.03, G03.FR.05)."""
    return _set_evse(state, evse, operative, at)


def change_connector(state: StationState, evse: Evse, connector: Connector, operative: bool, at: float) -> Change:
    """Change one connector of an EVSE (G03); only the one in use has to wait for its transaction."""
    if len(evse.connectors) == 1:
        return _set_evse(state, evse, operative, at)
    connector.operative = operative
    reservation.places_changed(state, at)
    state.connector_changed(evse, at)
    in_use = evse.transaction is not None and evse.plugged == connector.connector_id
    return Change.SCHEDULED if in_use and not operative else Change.ACCEPTED


def _set_evse(state: StationState, evse: Evse, operative: bool, at: float) -> Change:
    if evse.transaction is not None and evse.operative and not operative:
        evse.scheduled_operative = False
        return Change.SCHEDULED
    evse.scheduled_operative = None
    evse.operative = operative
    reservation.places_changed(state, at)
    state.connector_changed(evse, at)
    return Change.ACCEPTED
