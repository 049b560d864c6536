"""Memory pipes: what carries frames where there are no sockets. Pure: instants are arguments, nothing waits.

Owns the order of what is under way and when it arrives; knows neither frames nor who is at the ends. A pipe keeps the
order of writing, as TCP does: what is written later never arrives earlier (RFC 6455 chapter 5.2 relies on it).
"""

import enum
from collections import deque

from chargepoint_sim.protocol.link import EndKind, LinkEnd


class Signal(enum.Enum):
    """What carries no text."""

    UPGRADE = "upgrade"
    """The request for the upgrade on the way up, its 101 on the way down (RFC 6455 chapter 4)."""
    PING = "ping"
    PONG = "pong"


Item = bytes | Signal | LinkEnd
"""A text message, a signal, or the end: a close frame, or the refusal of the upgrade."""


class Pipe:
    """One direction of a link."""

    __slots__ = ("_last_at", "_under_way")

    def __init__(self) -> None:
        self._under_way: deque[tuple[float, Item]] = deque()
        self._last_at = float("-inf")

    def write(self, item: Item, at: float, delay_s: float) -> float:
        """Put an item in at I/O instant `at`; returns the instant at which it comes out."""
        self._last_at = max(self._last_at, at + delay_s)
        self._under_way.append((self._last_at, item))
        return self._last_at

    def read(self, at: float) -> Item | None:
        """Take the oldest item that has arrived by I/O instant `at`, or None."""
        if not self._under_way or self._under_way[0][0] > at:
            return None
        return self._under_way.popleft()[1]

    def clear(self) -> None:
        """Lose what is under way."""
        self._under_way.clear()

    def __len__(self) -> int:
        return len(self._under_way)


class MemoryLink:
    """Both directions between one charger and its central system, from the upgrade to the end."""

    __slots__ = ("closing", "down", "up")

    def __init__(self) -> None:
        self.up = Pipe()
        """Charger to central system."""
        self.down = Pipe()
        """Central system to charger."""
        self.closing = False
        """The charger has begun the close: it writes nothing more and hears only the end."""

    def close(self, code: int, reason: str, at: float, delay_s: float) -> float:
        """Begin an orderly close behind what is written; returns when the other side sees it."""
        self.closing = True
        return self.up.write(LinkEnd(EndKind.CLOSED, code, reason, by_us=True), at, delay_s)

    def break_down(self) -> None:
        """Break as a cable does: what is under way in either direction is lost."""
        self.closing = True
        self.up.clear()
        self.down.clear()
