"""No callback works longer than its slice: who has used it up goes on after everybody else (architecture chapter 4)."""

import asyncio
import time

SLICE_S = 0.010


class Fairness:
    """Measures the work of one turn of the event loop, shared by all chargers of the process."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._began: float | None = None

    def used_up(self) -> bool:
        """True when the chargers have worked for a whole slice in this turn of the loop."""
        now = time.monotonic()
        if self._began is None:
            self._began = now
            self._loop.call_soon(self._next_turn)
            return False
        return now - self._began > SLICE_S

    def _next_turn(self) -> None:
        self._began = None
