"""No callback works longer than its slice: who has used it up goes on after everybody else (architecture chapter 4).

Owns the slice and the queue of those who wait for their next one.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable

SLICE_S = 0.010


class Fairness:
    """Measures the work of one turn of the event loop, shared by all chargers of the process."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._began: float | None = None
        self._waiting: deque[Callable[[], None]] = deque()

    def used_up(self) -> bool:
        """True when the chargers have worked for a whole slice in this turn of the loop."""
        now = time.monotonic()
        if self._began is None:
            self._began = now
            self._loop.call_soon(self._next_turn)
            return False
        return now - self._began > SLICE_S

    def later(self, work: Callable[[], None]) -> None:
        """Have `work` go on in a later turn, behind all who wait already; alone, each would starve who comes next."""
        self._waiting.append(work)
        self.used_up()  # so that a next turn comes

    def _next_turn(self) -> None:
        self._began = None
        while self._waiting and not self.used_up():
            self._waiting.popleft()()
