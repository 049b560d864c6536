"""A loop with a clock that a test turns, and stand-ins for what surrounds a charger's task."""

import asyncio
import heapq
import itertools
from collections import deque
from collections.abc import Callable
from typing import Any

import pytest

from chargepoint_sim.runtime import fairness, task, timers


class Clock:
    """Stands for the module `time` where the runtime reads the monotonic clock."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now

    def install(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Have the runtime read this clock."""
        for module in (fairness, timers, task):
            monkeypatch.setattr(module, "time", self)


class Handle:
    """What call_later and call_soon return."""

    def __init__(self, callback: Callable[..., None], arguments: tuple[Any, ...]) -> None:
        self.callback: Callable[..., None] | None = callback
        self.arguments = arguments

    def cancel(self) -> None:
        self.callback = None

    def run(self) -> None:
        if self.callback is not None:
            self.callback(*self.arguments)


class TurnedLoop:
    """As much of an event loop as timers and fairness use."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.wakes = 0
        """How often a timer of the loop has fired."""
        self._soon: deque[Handle] = deque()
        self._later: list[tuple[float, int, Handle]] = []
        self._order = itertools.count()

    def call_soon(self, callback: Callable[..., None], *arguments: Any) -> Handle:
        handle = Handle(callback, arguments)
        self._soon.append(handle)
        return handle

    def call_later(self, delay: float, callback: Callable[..., None], *arguments: Any) -> Handle:
        handle = Handle(callback, arguments)
        heapq.heappush(self._later, (self.clock.now + delay, next(self._order), handle))
        return handle

    @property
    def timers_armed(self) -> int:
        """Timers of the loop that are going to fire."""
        return sum(handle.callback is not None for _, _, handle in self._later)

    def turn(self) -> None:
        """Run what is ready at this moment, once."""
        while self._later and self._later[0][0] <= self.clock.now:
            handle = heapq.heappop(self._later)[2]
            self.wakes += handle.callback is not None
            self._soon.append(handle)
        for _ in range(len(self._soon)):
            self._soon.popleft().run()

    def run_until(self, instant: float) -> None:
        """Turn until nothing is left to do before `instant`, jumping from timer to timer."""
        while True:
            self.turn()
            if self._soon:
                continue
            while self._later and self._later[0][2].callback is None:
                heapq.heappop(self._later)
            if not self._later or self._later[0][0] > instant:
                self.clock.now = max(self.clock.now, instant)
                return
            self.clock.now = max(self.clock.now, self._later[0][0])


def as_loop(loop: TurnedLoop) -> asyncio.AbstractEventLoop:
    """The turned loop where a loop is asked for."""
    return loop  # type: ignore[return-value]  # it has the methods that are used
