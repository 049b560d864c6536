"""One timer structure for all chargers of a process: a heap, and one timer of the event loop.

Each item has one earliest instant. Entries that were overtaken stay in the heap until their instant and are passed
over then. Firings are gathered to every `COALESCE_S`: chargers run their deadlines at the deadlines' own instants,
so nothing that they tell is shifted.
"""

import asyncio
import time
from heapq import heapify, heappop, heappush
from math import inf
from typing import Protocol

from chargepoint_sim.runtime.fairness import Fairness

COALESCE_S = 0.1


class Timed(Protocol):
    """Something with one next instant."""

    timer_at: float
    """I/O instant for which it is in the heap; infinity when it is not. Owned by Timers."""

    def time_has_come(self) -> None:
        """Run what is due."""
        ...


class Timers:
    """The shared structure."""

    def __init__(self, loop: asyncio.AbstractEventLoop, fairness: Fairness) -> None:
        self._loop = loop
        self._fairness = fairness
        self._heap: list[tuple[float, int, Timed]] = []
        self._order = 0
        self._handle: asyncio.TimerHandle | asyncio.Handle | None = None
        self._armed_for = inf

    def schedule(self, item: Timed, at: float) -> None:
        """Have `item` run at I/O instant `at` or a little later; replaces its earlier instant."""
        if at == item.timer_at:
            return
        item.timer_at = at
        if at == inf:
            return
        self._order += 1
        heappush(self._heap, (at, self._order, item))
        if at < self._armed_for:
            self._arm(at)

    def forget(self, item: Timed) -> None:
        """Fire nothing more for `item`, and keep nothing of it."""
        item.timer_at = inf
        self._heap[:] = [entry for entry in self._heap if entry[2] is not item]
        heapify(self._heap)

    def close(self) -> None:
        """Fire nothing more."""
        if self._handle is not None:
            self._handle.cancel()
        self._handle = None
        self._heap.clear()

    def _arm(self, at: float) -> None:
        if self._handle is not None:
            self._handle.cancel()
        self._armed_for = at
        self._handle = self._loop.call_later(max(at - time.monotonic(), 0.0), self._fire)

    def _fire(self) -> None:
        self._handle = None
        self._armed_for = -inf  # whoever schedules meanwhile need not arm
        now = time.monotonic()
        heap = self._heap
        try:
            while heap and heap[0][0] <= now:
                if self._fairness.used_up():
                    break
                at, _, item = heappop(heap)
                if item.timer_at == at:
                    item.timer_at = inf
                    item.time_has_come()
        finally:  # a bug in one item must not stop the clock of all
            self._pass_over_stale()
            if not heap:
                self._armed_for = inf
            elif heap[0][0] <= now:
                self._fairness.later(self._fire)
            else:
                self._arm(max(heap[0][0], now + COALESCE_S))

    def _pass_over_stale(self) -> None:
        """Do not wake up for instants that were overtaken."""
        heap = self._heap
        while heap and heap[0][2].timer_at != heap[0][0]:
            heappop(heap)
