"""Deadlines behave as a plain dict of instants would."""

from math import inf

from hypothesis import given
from hypothesis import strategies as st

from chargepoint_sim.core.deadlines import Deadlines

NAMES = st.sampled_from(["a", "b", "c"])
PLACES = st.sampled_from([0, 1])
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("set"), NAMES, PLACES, st.floats(0, 100) | st.just(inf)),
        st.tuples(st.just("cancel"), NAMES, PLACES, st.just(0.0)),
        st.tuples(st.just("pop"), NAMES, PLACES, st.floats(0, 100)),
        st.tuples(st.just("clear"), NAMES, PLACES, st.just(0.0)),
    ),
    max_size=40,
)


@given(STEPS)
def test_as_a_dict(steps: list[tuple[str, str, int, float]]) -> None:
    deadlines, model = Deadlines(), dict[tuple[str, int], float]()
    for what, name, place, at in steps:
        if what == "set":
            deadlines.set(name, at, place)
            model[name, place] = at
            if at == inf:
                del model[name, place]
        elif what == "cancel":
            deadlines.cancel(name, place)
            model.pop((name, place), None)
        elif what == "clear":
            deadlines.clear()
            model.clear()
        else:
            due = deadlines.pop_due(at)
            if due is None:
                assert min(model.values(), default=inf) > at
            else:
                assert due[0] == min(model.values()) <= at
                assert model.pop((due[1], due[2])) == due[0]
        assert deadlines.earliest() == min(model.values(), default=inf)
        assert deadlines.get(name, place) == model.get((name, place))
        assert {(one, where): when for one, where, when in deadlines.items()} == model


def test_due_deadlines_come_in_order() -> None:
    deadlines = Deadlines()
    for name, at in (("late", 3.0), ("early", 1.0), ("never", 9.0), ("middle", 2.0)):
        deadlines.set(name, at)
    popped = []
    while (due := deadlines.pop_due(5.0)) is not None:
        popped.append(due[1])
    assert popped == ["early", "middle", "late"]
