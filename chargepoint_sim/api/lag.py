"""How late this process's own event loop is, so that nobody blames the central system for our slowness.

One timer per application (architecture D11). Whatever fell due while the loop was busy counts with the time that it
had to wait: a stall of a second is not one late timer but all that a second should have had.
"""

import asyncio
from bisect import bisect_left
from collections import deque
from collections.abc import Iterator

INTERVAL_S = 0.05
WINDOW_S = 60.0
BOUNDS_S = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
"""Upper ends of the histogram's buckets; the last one is followed by infinity."""


class LoopLag:
    """Measures by how much a timer of the running loop fires late, twenty times a second."""

    __slots__ = ("_counts", "_due_at", "_handle", "_recent", "sum_s")

    def __init__(self) -> None:
        self._recent: deque[float] = deque([0.0], maxlen=round(WINDOW_S / INTERVAL_S))
        self._counts = [0] * (len(BOUNDS_S) + 1)
        self._handle: asyncio.TimerHandle | None = None
        self._due_at = 0.0
        self.sum_s = 0.0
        """All lags since the start, added up."""

    @property
    def last_s(self) -> float:
        """Lag at the last measurement, seconds."""
        return self._recent[-1]

    @property
    def worst_s(self) -> float:
        """Greatest lag of the last minute, seconds."""
        return max(self._recent)

    def quantile_s(self, share: float) -> float:
        """The lag that `share` of the last minute's measurements do not exceed, seconds."""
        ordered = sorted(self._recent)
        return ordered[min(int(share * len(ordered)), len(ordered) - 1)]

    def buckets(self) -> Iterator[tuple[float, int]]:
        """Measurements since the start: upper end of each bucket, and how many lie at or below it."""
        below = 0
        for bound, count in zip((*BOUNDS_S, float("inf")), self._counts, strict=True):
            below += count
            yield bound, below

    def start(self) -> None:
        """Measure from now on; needs a running loop."""
        loop = asyncio.get_running_loop()
        self._due_at = loop.time() + INTERVAL_S
        self._handle = loop.call_at(self._due_at, self._measure, loop)

    def stop(self) -> None:
        """Measure no more."""
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None

    def _measure(self, loop: asyncio.AbstractEventLoop) -> None:
        now = loop.time()
        while self._due_at <= now:
            self._note(now - self._due_at)
            self._due_at += INTERVAL_S
        self._handle = loop.call_at(self._due_at, self._measure, loop)

    def _note(self, lag_s: float) -> None:
        self._recent.append(lag_s)
        self._counts[bisect_left(BOUNDS_S, lag_s)] += 1
        self.sum_s += lag_s
