"""Reservations: a place kept for a token or its group until an instant (1.6 section 5.13, 2.0.1 block H).

Owns when one can be made, whom it keeps out, and all its ends: used up, cancelled, expired, or its place has failed or
gone out of service. A reservation names an EVSE, a type of connector, or nothing: then one of the EVSEs that would do
stays free. One question decides everywhere: how many reservations can each be given a free EVSE of their own?
Costs nothing where there is none.
"""

import enum
from collections.abc import Collection, Iterable, Sequence
from math import inf

from chargepoint_sim.core.commands import IdToken
from chargepoint_sim.core.facts import ReservationEnded
from chargepoint_sim.core.state import Evse, Reservation, StationState

DEADLINE = "reservation"
RULES_16 = "Ocpp16.ReservationRules"
"""Set where 1.6 rules: a reservation lasts until a transaction starts, and only a named connector shows it (section
5.13). In 2.0.1 it lasts until its token is presented, and every place that it needs shows it."""

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
    held.pop(wanted.reservation_id, None)
    status = _verdict(state, wanted, held.values(), at)
    if status is Reserved.ACCEPTED:
        _hold(state, {**held, wanted.reservation_id: wanted}, at)
    return status


def cancel(state: StationState, reservation_id: int, at: float) -> bool:
    """Give the place free; False where no reservation has that id (H02)."""
    held = dict(state.reservations or {})
    if held.pop(reservation_id, None) is None:
        return False
    _hold(state, held, at)
    return True


def keeps_out(state: StationState, evse: Evse, token: IdToken | None, group_id: str | None = None) -> str:
    """Why a reservation keeps this token from the EVSE, in words; empty when none does. None stands for a stranger."""
    if state.reservations is None:
        return ""
    others = [one for one in state.reservations.values() if not _is_for(one, token, group_id)]
    if any(one.evse_id == evse.evse_id for one in others):
        return f"EVSE {evse.evse_id} is reserved"
    mine = {one.evse_id for one in state.reservations.values() if _is_for(one, token, group_id)}
    if evse.evse_id in mine or not any(_would_do(one, evse) for one in others):
        return ""
    rest = _free(state, evse)
    return "the last free EVSE is reserved" if _served(others, [evse, *rest]) > _served(others, rest) else ""


def asks_for_group(state: StationState, evse: Evse) -> bool:
    """Whether a token's group may open what is kept at this EVSE."""
    return any(one.group_id is not None and _would_do(one, evse) for one in (state.reservations or {}).values())


def reserved(state: StationState, evse: Evse) -> bool:
    """Whether the EVSE is kept for somebody: it was named, or no other is left (H01.FR.20, H01.FR.23, H01.FR.24).

    A cable changes nothing: it stays reserved until somebody is authorised there (G03.FR.09).
    """
    if state.reservations is None:
        return False
    if state.settings.boolean(RULES_16):
        return named(state, evse)
    return evse.authorized is None and bool(keeps_out(state, evse, None))


def named(state: StationState, evse: Evse) -> bool:
    """Whether a reservation names this very EVSE."""
    return state.reservations is not None and any(one.evse_id == evse.evse_id for one in state.reservations.values())


def use(state: StationState, evse: Evse, token: IdToken, group_id: str | None, at: float) -> int | None:
    """Use up the reservation for a token, that of the EVSE first; its id, or None (H03.FR.09)."""
    fitting = [
        one for one in (state.reservations or {}).values() if _would_do(one, evse) and _is_for(one, token, group_id)
    ]
    if not fitting:
        return None
    used = min(fitting, key=lambda one: (one.evse_id is None, one.connector_type is None))
    cancel(state, used.reservation_id, at)
    return used.reservation_id


def places_changed(state: StationState, at: float) -> None:
    """A place has failed or gone out of service: what only it could serve ends (H01.FR.16, H01.FR.17)."""
    if state.reservations is None:
        return
    lost = [
        one.reservation_id
        for one in state.reservations.values()
        if all(_out_of_use(state, evse) for evse in state.evses if _would_do(one, evse))
    ]
    _end(state, lost, at, expired=False)


def schedule(state: StationState, at: float) -> None:
    """Set the instant of the next expiry, after power-up and when a clock was set."""
    nearest = min((one.expires_at for one in (state.reservations or {}).values()), default=inf)
    state.deadlines.set(DEADLINE, max(nearest - state.csms_offset_s, at))


def expiry_due(state: StationState, at: float) -> None:
    """End what has run out."""
    until = at + state.csms_offset_s + ROUNDING_S
    held = (state.reservations or {}).values()
    _end(state, [one.reservation_id for one in held if one.expires_at <= until], at, expired=True)


def _verdict(state: StationState, wanted: Reservation, held: Iterable[Reservation], at: float) -> Reserved:
    """Whether a place can be kept beside the reservations already held."""
    settings = state.settings
    targets = [evse for evse in state.evses if _would_do(wanted, evse)]
    if wanted.expires_at <= at + state.csms_offset_s or not targets or not settings.boolean("ReservationCtrlr.Enabled"):
        return Reserved.REJECTED
    if wanted.evse_id is None and not settings.boolean("ReservationCtrlr.NonEvseSpecific"):
        return Reserved.REJECTED
    if all(evse.faulted for evse in targets):
        return Reserved.FAULTED
    if all(_out_of_use(state, evse) or evse.resetting for evse in targets):
        return Reserved.UNAVAILABLE
    free = _free(state)
    held = list(held)
    return Reserved.ACCEPTED if _served([*held, wanted], free) > _served(held, free) else Reserved.OCCUPIED


def _would_do(one: Reservation, evse: Evse) -> bool:
    """Whether the EVSE is what a reservation asks for."""
    return one.evse_id in (None, evse.evse_id) and (
        one.connector_type is None
        or any(connector.connector_type == one.connector_type for connector in evse.spec.connectors)
    )


def _served(reservations: Sequence[Reservation], free: Sequence[Evse]) -> int:
    """How many reservations can each be given an EVSE of their own: a bipartite matching by augmenting paths."""
    given: dict[int, Reservation] = {}

    def give(one: Reservation, tried: set[int]) -> bool:
        for evse in free:
            if evse.evse_id in tried or not _would_do(one, evse):
                continue
            tried.add(evse.evse_id)
            holder = given.get(evse.evse_id)
            if holder is None or give(holder, tried):
                given[evse.evse_id] = one
                return True
        return False

    return sum(give(one, set()) for one in reservations)


def _is_for(one: Reservation, token: IdToken | None, group_id: str | None) -> bool:
    same_token = token is not None and token.key == one.id_token.key
    return same_token or (one.group_id is not None and one.group_id == group_id)


def _free(state: StationState, but: Evse | None = None) -> list[Evse]:
    """The EVSEs where somebody could begin now, reservations apart."""
    return [evse for evse in state.evses if evse is not but and _is_free(state, evse)]


def _is_free(state: StationState, evse: Evse) -> bool:
    asked_for = any(evse_id == evse.evse_id for evse_id, _, _ in (state.pending or {}).values())
    taken = evse.plugged is not None or evse.authorized is not None or evse.transaction is not None
    return not (taken or asked_for or evse.resetting or _out_of_use(state, evse))


def _out_of_use(state: StationState, evse: Evse) -> bool:
    """Faulted or not in service; a restart is neither, for it ends by itself (B11.FR.05)."""
    operative = state.in_service and evse.operative and any(connector.operative for connector in evse.connectors)
    return evse.faulted or not operative


def _end(state: StationState, ids: Collection[int], at: float, *, expired: bool) -> None:
    """End reservations and tell so, after the statuses that follow from it (H04.FR.01)."""
    held = {number: one for number, one in (state.reservations or {}).items() if number not in ids}
    _hold(state, held, at)
    for reservation_id in ids:
        state.emit(ReservationEnded(at, reservation_id, expired))


def _hold(state: StationState, reservations: dict[int, Reservation], at: float) -> None:
    """Change what is kept, and let the status of every place that it touches be told."""
    state.reservations = reservations or None
    schedule(state, at)
    for evse in state.evses:
        state.connector_changed(evse, at)
