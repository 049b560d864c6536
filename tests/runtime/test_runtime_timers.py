"""The one timer structure: instants replaced, gathered, cut into slices."""

from math import inf

import pytest

from chargepoint_sim.runtime.fairness import SLICE_S, Fairness
from chargepoint_sim.runtime.timers import COALESCE_S, Timers
from tests.runtime.fakes import Clock, TurnedLoop, as_loop


class Item:
    """Remembers when it ran; each run costs `work_s`."""

    def __init__(self, clock: Clock, work_s: float = 0.0) -> None:
        self.timer_at = inf
        self.ran_at: list[float] = []
        self._clock = clock
        self._work_s = work_s

    def time_has_come(self) -> None:
        self.ran_at.append(self._clock.now)
        self._clock.now += self._work_s


class Rig:
    """Timers on a turned loop."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.loop = TurnedLoop(clock)
        self.fairness = Fairness(as_loop(self.loop))
        self.timers = Timers(as_loop(self.loop), self.fairness)

    def item(self, in_s: float, work_s: float = 0.0) -> Item:
        """An item that is due in so many seconds."""
        item = Item(self.clock, work_s)
        self.timers.schedule(item, self.clock.now + in_s)
        return item


@pytest.fixture
def rig(monkeypatch: pytest.MonkeyPatch) -> Rig:
    clock = Clock()
    clock.install(monkeypatch)
    return Rig(clock)


def test_an_item_runs_once_at_its_instant(rig: Rig) -> None:
    began = rig.clock.now
    item = rig.item(2.0)
    rig.loop.run_until(began + 1.99)
    assert item.ran_at == []
    rig.loop.run_until(began + 100)
    assert item.ran_at == [began + 2.0]
    assert item.timer_at == inf


def test_a_later_instant_replaces_an_earlier_one_and_the_other_way_round(rig: Rig) -> None:
    began = rig.clock.now
    put_off, put_on, gone = rig.item(1.0), rig.item(9.0), rig.item(1.0)
    rig.timers.schedule(put_off, began + 5.0)
    rig.timers.schedule(put_on, began + 2.0)
    rig.timers.schedule(gone, inf)
    rig.loop.run_until(began + 100)
    assert (put_off.ran_at, put_on.ran_at, gone.ran_at) == ([began + 5.0], [began + 2.0], [])


def test_overtaken_entries_neither_wake_nor_pile_up_timers_of_the_loop(rig: Rig) -> None:
    began = rig.clock.now
    item = rig.item(1.0)
    for n in range(1, 50):
        rig.timers.schedule(item, began + 1.0 + n)
    rig.loop.run_until(began + 49.0)
    assert item.ran_at == []
    assert rig.loop.timers_armed == 1
    assert rig.loop.wakes <= 2
    rig.loop.run_until(began + 60.0)
    assert item.ran_at == [began + 50.0]
    assert rig.loop.timers_armed == 0


def test_neighbouring_instants_share_a_wake_up_and_none_is_early(rig: Rig) -> None:
    began = rig.clock.now
    items = [rig.item(n * 0.001) for n in range(1000)]
    rig.loop.run_until(began + 2.0)
    assert rig.loop.wakes <= 1.0 / COALESCE_S + 2
    for n, item in enumerate(items):
        (ran_at,) = item.ran_at
        assert began + n * 0.001 <= ran_at <= began + n * 0.001 + COALESCE_S + 1e-9


def test_ten_thousand_items_at_once_go_in_slices(rig: Rig) -> None:
    began = rig.clock.now
    items = [rig.item(1.0, work_s=0.0001) for _ in range(10_000)]
    longest, turns = 0.0, 0
    rig.clock.now = began + 1.0
    while not items[-1].ran_at:
        before = rig.clock.now
        rig.loop.turn()
        longest = max(longest, rig.clock.now - before)
        turns += 1
    assert all(len(item.ran_at) == 1 for item in items)
    assert longest <= SLICE_S + 2 * 0.0001
    assert turns >= 10_000 * 0.0001 / SLICE_S * 0.9


def test_an_item_may_schedule_itself_and_others_while_it_runs(rig: Rig) -> None:
    began = rig.clock.now
    other = rig.item(50.0)

    class Beat(Item):
        def time_has_come(self) -> None:
            super().time_has_come()
            rig.timers.schedule(self, self._clock.now + 1.0)
            rig.timers.schedule(other, self._clock.now + 0.5)

    beat = Beat(rig.clock)
    rig.timers.schedule(beat, began + 1.0)
    rig.loop.run_until(began + 3.2)
    assert beat.ran_at == [began + 1.0, began + 2.0, began + 3.0]
    assert other.ran_at == [began + 1.5, began + 2.5]


def test_an_item_that_raises_does_not_stop_the_others(rig: Rig) -> None:
    class Bad(Item):
        def time_has_come(self) -> None:
            raise RuntimeError("a bug")

    began = rig.clock.now
    bad = Bad(rig.clock)
    rig.timers.schedule(bad, began + 1.0)
    soon, late = rig.item(1.0), rig.item(3.0)
    with pytest.raises(RuntimeError):
        rig.loop.run_until(began + 5.0)
    rig.loop.run_until(began + 5.0)
    assert (len(soon.ran_at), late.ran_at) == (1, [began + 3.0])


def test_nothing_fires_after_close(rig: Rig) -> None:
    item = rig.item(1.0)
    rig.timers.close()
    rig.loop.run_until(rig.clock.now + 10)
    assert item.ran_at == []
    assert rig.loop.timers_armed == 0
