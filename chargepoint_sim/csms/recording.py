"""The frames that crossed one link, as the central system saw them: the evidence of end-to-end tests.

Owns the record and its bound; never interprets a payload.
"""

import enum
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import orjson


class FrameKind(enum.StrEnum):
    """What a frame is."""

    CALL = "CALL"
    CALLRESULT = "CALLRESULT"
    CALLERROR = "CALLERROR"
    MALFORMED = "malformed"
    """Not an OCPP-J message."""


@dataclass(frozen=True, slots=True)
class SeenFrame:
    """One frame."""

    number: int
    """Counts the frames of one charger from 1, over all its connections."""
    at: float
    """Simulated UTC seconds at the central system."""
    from_charger: bool
    kind: FrameKind
    action: str
    """The action; for answers that of the request they answer; empty where it is not known."""
    message_id: str
    text: str

    @property
    def payload(self) -> dict[str, Any]:
        """The payload of a CALL or CALLRESULT, the details of a CALLERROR; decoded at each access."""
        if self.kind is FrameKind.MALFORMED:
            return {}
        last = orjson.loads(self.text)[-1]
        return last if isinstance(last, dict) else {}

    def is_call(self, action: str, **fields: object) -> bool:
        """Whether this is the charger's CALL of `action` with these top-level payload values."""
        if not self.from_charger or self.kind is not FrameKind.CALL or self.action != action:
            return False
        payload = self.payload if fields else {}
        return all(payload.get(name) == value for name, value in fields.items())


class Recording:
    """The last frames of one charger, oldest first."""

    __slots__ = ("_frames", "last_number")

    def __init__(self, kept: int) -> None:
        self._frames: deque[SeenFrame] = deque(maxlen=kept)
        self.last_number = 0

    def add(
        self, at: float, *, from_charger: bool, kind: FrameKind, action: str, message_id: str, text: bytes | str
    ) -> SeenFrame:
        """Record one frame; the oldest falls out where the bound is reached."""
        self.last_number += 1
        readable = text if isinstance(text, str) else text.decode("utf-8", "replace")
        frame = SeenFrame(self.last_number, at, from_charger, kind, action, message_id, readable)
        self._frames.append(frame)
        return frame

    def __iter__(self) -> Iterator[SeenFrame]:
        return iter(self._frames)

    def __len__(self) -> int:
        return len(self._frames)
