"""Frames as a check sees them: one charger's, in the order in which it wrote and read them, decoded once."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import orjson

CALL, CALLRESULT, CALLERROR = 2, 3, 4


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame on the link of one charger."""

    at: float
    """Simulated UTC seconds, at the charger's end."""
    sent: bool
    """True: from the charger to the central system."""
    kind: int
    """MessageTypeId."""
    action: str
    """For answers that of the CALL; empty for an answer to nothing."""
    message_id: str
    payload: dict[str, Any]
    """Of a CALLERROR its details."""
    text: bytes
    code: str = ""
    """Of a CALLERROR."""

    def is_call(self, *actions: str) -> bool:
        """Whether the charger says this, be it for the first time or again."""
        return self.sent and self.kind == CALL and self.action in actions


def read(at: float, action: str, text: bytes, *, sent: bool) -> Frame:
    """A frame from its text."""
    parts = orjson.loads(text)
    code = parts[2] if parts[0] == CALLERROR else ""
    return Frame(at, sent, parts[0], action, parts[1], parts[-1], text, code)


class Check(Protocol):
    """Watches one charger for one thing; yields, in words, what must not be."""

    def linked(self) -> None:
        """The link has come up anew; what was under way on the old one is lost."""
        ...

    def see(self, frame: Frame) -> Iterator[str]:
        """One frame has crossed the link."""
        ...


def breaches(check: Check, frames: Iterable[Frame | None]) -> list[str]:
    """All that a check finds in frames; None stands for a new link."""
    found: list[str] = []
    for frame in frames:
        if frame is None:
            check.linked()
        else:
            found.extend(check.see(frame))
    return found
