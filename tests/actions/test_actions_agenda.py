"""What is due when."""

from math import inf

from chargepoint_sim.actions.agenda import STALE_KEPT, Agenda


def test_names_come_up_in_the_order_of_their_instants() -> None:
    agenda = Agenda()
    for name, at in (("b", 2.0), ("a", 1.0), ("c", 3.0)):
        agenda.set(name, at)
    assert agenda.earliest() == 1.0
    assert [agenda.pop_due(2.5) for _ in range(3)] == ["a", "b", None]
    assert agenda.earliest() == 3.0


def test_a_later_instant_replaces_the_earlier_one() -> None:
    agenda = Agenda()
    agenda.set("a", 1.0)
    agenda.set("a", 5.0)
    agenda.set("a", 1.0)
    assert agenda.pop_due(1.0) == "a"
    assert agenda.pop_due(9.0) is None
    assert agenda.earliest() == inf


def test_what_was_dropped_comes_up_no_more() -> None:
    agenda = Agenda()
    agenda.set("a", 1.0)
    agenda.drop("a")
    agenda.drop("unknown")
    assert agenda.pop_due(2.0) is None
    assert len(agenda) == 0


def test_overtaken_entries_do_not_pile_up() -> None:
    agenda = Agenda()
    agenda.set("far", 1e9)
    for n in range(10 * STALE_KEPT):
        agenda.set("a", float(n))
        agenda.drop("a")
    assert len(agenda._heap) <= STALE_KEPT + 2  # the bound is what is tested
    assert agenda.earliest() == 1e9
