"""Reservations: a place kept for a token or its group until an instant (1.6 section 5.13, 2.0.1 block H).

Owns when one can be made, whom it keeps out, and all its ends: used up by a transaction, cancelled, expired, or its
place has failed or gone out of service. A reservation names an EVSE, or none: then one EVSE of the station stays free.
Costs nothing where there is none.
"""

import enum
from collections.abc import Iterable
from math import inf

from chargepoint_sim.core.commands import IdToken
from chargepoint_sim.core.state import Evse, Reservation, StationState

DEADLINE = "reservation"
ROUNDING_S = 1e-6
"""What the way between the clocks of charger and central system may cost."""


class Reserved(enum.StrEnum):
    """ReserveNowStatusEnumType of 2.0.1; 1.6 has the same words."""

    ACCEPTED = "Accepted"
    FAULTED = "Faulted"
    OCCUPIED = "Occupied"
    REJECTED = "Rejected"
    UNAVAILABLE = "Unavailable"


def reserve(state: StationState, wanted: Reservation, at: float) -> Reserved:
    """Keep a place, or replace the reservation of the same id; where that cannot be, the old one stays (H01)."""
    held = dict(state.reservations or {})
    old = held.pop(wanted.reservation_id, None)
    status = _verdict(state, wanted, held.values(), at)
    if status is Reserved.ACCEPTED:
        _hold(state, {**held, wanted.reservation_id: wanted}, at)
        _show(state, (one for one in (old, wanted) if one is not None), at)
    return status


def cancel(state: StationState, reservation_id: int, at: float) -> bool:
    """Give the place free; False where no reservation has that id (H02)."""
    if reservation_id not in (state.reservations or {}):
        return False
    _end(state, (reservation_id,), at)
    return True


def keeps_out(state: StationState, evse: Evse, token: IdToken | None, group_id: str | None = None) -> str:
    """Why a reservation keeps this token from the EVSE, in words; empty when none does. None stands for a stranger."""
    if state.reservations is None:
        return ""
    others = [one for one in state.reservations.values() if not _is_for(one, token, group_id)]
    if any(one.evse_id == evse.evse_id for one in others):
        return f"EVSE {evse.evse_id} is reserved"
    to_keep = sum(one.evse_id is None for one in others)
    mine = {one.evse_id for one in state.reservations.values()} - {one.evse_id for one in others}
    if to_keep == 0 or evse.evse_id in mine:
        return ""
    left = sum(_is_free(state, other) and not reserved(state, other) for other in state.evses if other is not evse)
    return "" if left >= to_keep else "the last free EVSE is reserved"


def asks_for_group(state: StationState, evse: Evse) -> bool:
    """Whether a token's group may open what is kept at this EVSE."""
    return any(
        one.group_id is not None and one.evse_id in (None, evse.evse_id) for one in (state.reservations or {}).values()
    )


def reserved(state: StationState, evse: Evse) -> bool:
    """Whether this very EVSE is kept for somebody."""
    return state.reservations is not None and any(one.evse_id == evse.evse_id for one in state.reservations.values())


def use(state: StationState, evse: Evse, token: IdToken, group_id: str | None) -> int | None:
    """A transaction starts: use up the reservation for its token, that of the EVSE first; its id, or None (H03)."""
    fitting = [
        one
        for one in (state.reservations or {}).values()
        if one.evse_id in (None, evse.evse_id) and _is_for(one, token, group_id)
    ]
    if not fitting:
        return None
    used = next((one for one in fitting if one.evse_id is not None), fitting[0])
    assert state.reservations is not None
    state.reservations.pop(used.reservation_id)
    if not state.reservations:
        state.reservations = None
    return used.reservation_id


def places_changed(state: StationState, at: float) -> None:
    """A place has failed or gone out of service: its reservation ends (H04)."""
    if state.reservations is None:
        return
    whole = _out_of_use(state, state.evses[0]) if len(state.evses) == 1 else not state.in_service or state.fault
    lost = []
    for one in state.reservations.values():
        evse = state.evse(one.evse_id) if one.evse_id is not None else None
        if whole or (evse is not None and _out_of_use(state, evse)):
            lost.append(one.reservation_id)
    _end(state, lost, at)


def schedule(state: StationState, at: float) -> None:
    """Set the instant of the next expiry, after power-up and when a clock was set."""
    nearest = min((one.expires_at for one in (state.reservations or {}).values()), default=inf)
    state.deadlines.set(DEADLINE, max(nearest - state.csms_offset_s, at))


def expiry_due(state: StationState, at: float) -> None:
    """End what has run out."""
    until = at + state.csms_offset_s + ROUNDING_S
    held = (state.reservations or {}).values()
    _end(state, [one.reservation_id for one in held if one.expires_at <= until], at)


def _verdict(state: StationState, wanted: Reservation, held: Iterable[Reservation], at: float) -> Reserved:
    """Whether a place can be kept beside the reservations already held."""
    held = list(held)
    if wanted.expires_at <= at + state.csms_offset_s:
        return Reserved.REJECTED
    if wanted.evse_id is None and not state.settings.boolean("ReservationCtrlr.NonEvseSpecific"):
        return Reserved.REJECTED
    taken = {one.evse_id for one in held}
    candidates = [evse for evse in state.evses if wanted.evse_id in (None, evse.evse_id)]
    if all(evse.faulted for evse in candidates):
        return Reserved.FAULTED
    if all(_out_of_use(state, evse) for evse in candidates):
        return Reserved.UNAVAILABLE
    free = [evse.evse_id for evse in state.evses if _is_free(state, evse) and evse.evse_id not in taken]
    to_keep = sum(one.evse_id is None for one in held)
    fits = len(free) > to_keep and wanted.evse_id in (None, *free)
    return Reserved.ACCEPTED if fits else Reserved.OCCUPIED


def _is_for(one: Reservation, token: IdToken | None, group_id: str | None) -> bool:
    same_token = token is not None and token.key == one.id_token.key
    return same_token or (one.group_id is not None and one.group_id == group_id)


def _is_free(state: StationState, evse: Evse) -> bool:
    asked_for = any(evse_id == evse.evse_id for evse_id, _, _ in (state.pending or {}).values())
    taken = evse.plugged is not None or evse.authorized is not None or evse.transaction is not None
    return not (taken or asked_for or _out_of_use(state, evse))


def _out_of_use(state: StationState, evse: Evse) -> bool:
    operative = state.in_service and evse.operative and any(connector.operative for connector in evse.connectors)
    return evse.faulted or evse.resetting or not operative


def _end(state: StationState, ids: Iterable[int], at: float) -> None:
    held = dict(state.reservations or {})
    ended = [held.pop(reservation_id) for reservation_id in ids]
    _hold(state, held, at)
    _show(state, ended, at)


def _hold(state: StationState, reservations: dict[int, Reservation], at: float) -> None:
    state.reservations = reservations or None
    schedule(state, at)


def _show(state: StationState, reservations: Iterable[Reservation], at: float) -> None:
    """Let the status of the EVSEs that were or are kept be told."""
    for one in reservations:
        evse = state.evse(one.evse_id) if one.evse_id is not None else None
        if evse is not None:
            state.connector_changed(evse, at)
