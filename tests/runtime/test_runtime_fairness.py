"""Slices: a flood to one charger leaves the others their turn (architecture chapter 4)."""

import pytest

from chargepoint_sim.runtime.fairness import SLICE_S, Fairness
from tests.runtime.fakes import Clock, TurnedLoop, as_loop

STEP_S = 0.001


class Work:
    """Something with many steps of 1 ms that goes on as long as the slice lasts."""

    def __init__(self, fairness: Fairness, clock: Clock, name: str, steps: int, diary: list[str]) -> None:
        self._fairness, self._clock, self._diary = fairness, clock, diary
        self.name, self.steps = name, steps

    def go_on(self) -> None:
        while self.steps:
            if self._fairness.used_up():
                self._fairness.later(self.go_on)
                return
            self.steps -= 1
            self._clock.now += STEP_S
            self._diary.append(self.name)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    clock.install(monkeypatch)
    return clock


def test_long_work_takes_turns_with_everybody_who_waits(clock: Clock) -> None:
    loop = TurnedLoop(clock)
    fairness = Fairness(as_loop(loop))
    diary: list[str] = []
    flood = Work(fairness, clock, "flood", 1000, diary)
    small = [Work(fairness, clock, f"small {n}", 1, diary) for n in range(3)]
    loop.call_soon(flood.go_on)
    for work in small:
        loop.call_soon(work.go_on)
    loop.run_until(clock.now + 10)
    assert len(diary) == 1003
    slice_steps = round(SLICE_S / STEP_S) + 1
    for work in small:
        assert diary.index(work.name) <= 2 * slice_steps + len(small), "waits for one slice of the flood, not for all"


def test_two_floods_get_equal_shares(clock: Clock) -> None:
    loop = TurnedLoop(clock)
    fairness = Fairness(as_loop(loop))
    diary: list[str] = []
    for name in ("a", "b"):
        loop.call_soon(Work(fairness, clock, name, 500, diary).go_on)
    loop.run_until(clock.now + 10)
    half = diary[:500]
    assert abs(half.count("a") - half.count("b")) <= 2 * SLICE_S / STEP_S + 2


def test_no_turn_of_the_loop_is_longer_than_a_slice_and_a_step(clock: Clock) -> None:
    loop = TurnedLoop(clock)
    fairness = Fairness(as_loop(loop))
    diary: list[str] = []
    for n in range(5):
        loop.call_soon(Work(fairness, clock, f"{n}", 100, diary).go_on)
    while len(diary) < 500:
        before = clock.now
        loop.turn()
        assert clock.now - before <= SLICE_S + 2 * STEP_S


def test_the_slice_is_whole_again_after_a_pause(clock: Clock) -> None:
    loop = TurnedLoop(clock)
    fairness = Fairness(as_loop(loop))
    assert not fairness.used_up()
    clock.now += 2 * SLICE_S
    assert fairness.used_up()
    loop.turn()
    assert not fairness.used_up()
