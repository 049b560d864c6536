"""What is to happen when: one heap for the whole simulation (architecture D6).

At one instant the order is that of the chargers' ids, then that of making: neither the order in which chargers were
built nor the interpreter's hash seed shows (architecture D7).
"""

import heapq
from collections.abc import Callable
from math import inf

Action = Callable[[], None]


class Agenda:
    """Actions by I/O instant."""

    __slots__ = ("_made", "_waiting")

    def __init__(self) -> None:
        self._waiting: list[tuple[float, int, int, Action]] = []
        self._made = 0

    def add(self, at: float, rank: int, action: Action) -> None:
        """Let `action` happen at I/O instant `at`; `rank` settles ties with others."""
        self._made += 1
        heapq.heappush(self._waiting, (at, rank, self._made, action))

    def next_at(self) -> float:
        """When the next action is due; infinity when none waits."""
        return self._waiting[0][0] if self._waiting else inf

    def pop(self) -> tuple[float, Action]:
        """Take the next action out. IndexError when none waits."""
        at, _, _, action = heapq.heappop(self._waiting)
        return at, action

    def __len__(self) -> int:
        return len(self._waiting)
