"""Reservations by themselves: what one deadline serves, and how many places stay free under any mix of them."""

from math import inf

from hypothesis import given
from hypothesis import strategies as st

from chargepoint_sim.core import reservation
from chargepoint_sim.core.commands import IdToken
from chargepoint_sim.core.reservation import Reserved
from chargepoint_sim.core.settings import DEFAULTS, Settings
from chargepoint_sim.core.spec import ConnectorSpec, EvseSpec, StationSpec
from chargepoint_sim.core.state import Reservation
from chargepoint_sim.core.station import Station

A, B = IdToken("A"), IdToken("B")


def station(evses: int = 3) -> Station:
    spec = StationSpec("t", "V", "M", "1", tuple(EvseSpec(n, (ConnectorSpec(1),)) for n in range(1, evses + 1)))
    return Station(spec, Settings(DEFAULTS), charger_id="c")


def test_a_station_without_reservations_has_none_and_no_deadline() -> None:
    state = station()
    assert reservation.reserve(state, Reservation(1, 1, 50.0, A), 0.0) is Reserved.ACCEPTED
    assert reservation.cancel(state, 1, 0.0)
    assert state.reservations is None
    assert state.next_deadline() == inf


def test_one_deadline_serves_all_expiries_in_order() -> None:
    state = station()
    for number, expires_at in ((1, 50.0), (2, 20.0), (3, 30.0)):
        assert reservation.reserve(state, Reservation(number, number, expires_at, A), 0.0) is Reserved.ACCEPTED
    held = []
    while (due := state.next_deadline()) < inf:
        state.advance(due)
        held.append((due, sorted(state.reservations or {})))
    assert held == [(20.0, [1, 3]), (30.0, [1]), (50.0, [])]


def test_the_reservation_of_the_evse_is_used_before_that_of_any() -> None:
    state = station()
    reservation.reserve(state, Reservation(1, None, 50.0, A), 0.0)
    reservation.reserve(state, Reservation(2, 1, 50.0, A), 0.0)
    assert reservation.use(state, state.evses[0], A, None, 0.0) == 2
    assert reservation.use(state, state.evses[0], A, None, 0.0) == 1
    assert reservation.use(state, state.evses[0], A, None, 0.0) is None


@given(st.lists(st.tuples(st.integers(1, 5), st.none() | st.integers(1, 3)), max_size=12))
def test_every_reservation_has_a_place_of_its_own(wishes: list[tuple[int, int | None]]) -> None:
    state = station(3)
    for number, evse_id in wishes:
        reservation.reserve(state, Reservation(number, evse_id, 50.0, A), 0.0)
    held = list((state.reservations or {}).values())
    named = [one.evse_id for one in held if one.evse_id is not None]
    assert len(set(named)) == len(named)
    assert len(held) <= 3
    open_to_b = [evse for evse in state.evses if not reservation.keeps_out(state, evse, B)]
    assert bool(open_to_b) == (len(held) < 3)
    assert {evse.evse_id for evse in open_to_b}.isdisjoint(named)
