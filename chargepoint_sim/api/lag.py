"""How late this process's own event loop is, so that nobody blames the central system for our slowness.

One timer per application (architecture D11).
"""

import asyncio
from collections import deque

_INTERVAL_S = 0.5
_WINDOW_S = 60.0


class LoopLag:
    """Measures by how much a timer of the running loop fires late, twice a second."""

    __slots__ = ("_due_at", "_handle", "_recent")

    def __init__(self) -> None:
        self._recent: deque[float] = deque([0.0], maxlen=round(_WINDOW_S / _INTERVAL_S))
        self._handle: asyncio.TimerHandle | None = None
        self._due_at = 0.0

    @property
    def last_s(self) -> float:
        """Lag at the last measurement, seconds."""
        return self._recent[-1]

    @property
    def worst_s(self) -> float:
        """Greatest lag of the last minute, seconds."""
        return max(self._recent)

    def start(self) -> None:
        """Measure from now on; needs a running loop."""
        self._schedule(asyncio.get_running_loop())

    def stop(self) -> None:
        """Measure no more."""
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None

    def _schedule(self, loop: asyncio.AbstractEventLoop) -> None:
        self._due_at = loop.time() + _INTERVAL_S
        self._handle = loop.call_at(self._due_at, self._measure, loop)

    def _measure(self, loop: asyncio.AbstractEventLoop) -> None:
        self._recent.append(max(0.0, loop.time() - self._due_at))
        self._schedule(loop)
