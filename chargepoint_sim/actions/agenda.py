"""What is due when: one heap for all actions, entries that were overtaken are passed over. Pure."""

from heapq import heapify, heappop, heappush
from math import inf

STALE_KEPT = 1000
"""Overtaken entries that may lie in the heap before it is cleared of them, if they are the greater part."""


class Agenda:
    """One next instant per name."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, str]] = []
        self._at: dict[str, float] = {}

    def __len__(self) -> int:
        return len(self._at)

    def set(self, name: str, at: float) -> None:
        """Have `name` come up at `at`; replaces its earlier instant."""
        if self._at.get(name) == at:
            return
        self._at[name] = at
        heappush(self._heap, (at, name))
        self._clear_stale()

    def at(self, name: str) -> float | None:
        """When `name` comes up; None when it does not."""
        return self._at.get(name)

    def drop(self, name: str) -> None:
        """Have `name` come up no more."""
        if self._at.pop(name, None) is not None:
            self._clear_stale()

    def earliest(self) -> float:
        """The instant at which something comes up; infinity when never."""
        self._pass_over()
        return self._heap[0][0] if self._heap else inf

    def pop_due(self, at: float) -> str | None:
        """The next name that is due at `at`, in the order of the instants; None when nothing is."""
        self._pass_over()
        if not self._heap or self._heap[0][0] > at:
            return None
        _, name = heappop(self._heap)
        del self._at[name]
        return name

    def _pass_over(self) -> None:
        while self._heap and self._at.get(self._heap[0][1]) != self._heap[0][0]:
            heappop(self._heap)

    def _clear_stale(self) -> None:
        stale = len(self._heap) - len(self._at)
        if stale > STALE_KEPT and stale > len(self._at):
            self._heap = [(at, name) for name, at in self._at.items()]
            heapify(self._heap)
