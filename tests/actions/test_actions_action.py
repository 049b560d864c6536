"""The record of a submitted command and the table of its states."""

import pytest

from chargepoint_sim.actions.action import ENDS, NEXT, Order, State, moved, new_action
from chargepoint_sim.core.commands import PlugIn

NOON = 1_700_049_600.0


def test_the_table_has_every_state_and_five_ends() -> None:
    assert set(NEXT) == set(State)
    assert {state.value for state in ENDS} == {"applied", "rejected", "expired", "failed", "cancelled"}


def test_every_state_can_come_to_an_end() -> None:
    for state in set(State) - ENDS:
        assert NEXT[state] & ENDS, state


def test_an_immediate_action_begins_queued_and_a_scheduled_one_waits() -> None:
    now = new_action("c1", Order(PlugIn()), NOON)
    later = new_action("c1", Order(PlugIn(), start_at=NOON + 60, name="plug-connector"), NOON)
    assert (now.state, now.begun_at, now.name) == (State.QUEUED, NOON, "PlugIn")
    assert (later.state, later.begun_at, later.name) == (State.SCHEDULED, None, "plug-connector")
    assert now.action_id != later.action_id
    assert len(now.action_id) == 12


def test_a_transition_makes_a_new_record() -> None:
    before = new_action("c1", Order(PlugIn()), NOON)
    after = moved(before, State.REJECTED, NOON + 1, reason="no")
    assert (after.state, after.updated_at, after.reason, after.created_at) == (State.REJECTED, NOON + 1, "no", NOON)
    assert after.ended
    assert before.state is State.QUEUED


@pytest.mark.parametrize("end", sorted(ENDS))
def test_nothing_follows_an_end(end: State) -> None:
    action = moved(new_action("c1", Order(PlugIn()), NOON), end, NOON)
    for state in State:
        with pytest.raises(ValueError, match="cannot become"):
            moved(action, state, NOON)


def test_what_was_sent_cannot_expire() -> None:
    sent = moved(new_action("c1", Order(PlugIn()), NOON), State.SENT, NOON)
    with pytest.raises(ValueError, match="is sent cannot become expired"):
        moved(sent, State.EXPIRED, NOON)


def test_a_clock_that_is_set_back_does_not_turn_a_record_back() -> None:
    action = new_action("c1", Order(PlugIn()), NOON)
    assert moved(action, State.APPLIED, NOON - 60).updated_at == NOON
