"""The record of a simulation: every frame as the charger wrote or read it, and every event, in order.

Owns the text form that two runs are compared by: no object ids, no wall clock, keys sorted where a mapping has no
order of its own. A run that is too long to be kept has its digest alone.
"""

import enum
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import orjson

from chargepoint_sim.clock import format_utc
from chargepoint_sim.fleet.views import FleetEvent, FrameRecord


class Mark(enum.StrEnum):
    """What a line tells."""

    SENT = ">"
    """Charger to central system."""
    RECEIVED = "<"
    EVENT = "*"


@dataclass(frozen=True, slots=True)
class Line:
    """One frame or event."""

    at: float
    """Simulated UTC seconds."""
    charger_id: str
    mark: Mark
    name: str
    """The action of a frame, the kind of an event."""
    text: bytes
    """The frame as it was on the wire, the event's data as JSON."""

    def encoded(self) -> bytes:
        """Instant, charger, mark, text: one line without its end."""
        head = f"{format_utc(self.at)} {self.charger_id} {self.mark} "
        return head.encode() + (b"%s %s" % (self.name.encode(), self.text) if self.mark is Mark.EVENT else self.text)

    @property
    def content(self) -> Any:
        """The frame, or the event's data, decoded at each access."""
        return orjson.loads(self.text)


class Record(Protocol):
    """What a simulation tells of what happens, as it happens."""

    def frame(self, at: float, charger_id: str, *, sent: bool, action: str, text: bytes) -> None:
        """A charger wrote a frame, or read one, at simulated UTC second `at`."""
        ...

    def event(self, at: float, charger_id: str, kind: str, data: Mapping[str, Any]) -> None:
        """Something happened that observers may want to know."""
        ...


class Digest:
    """The SHA-256 of the transcript, without the transcript."""

    __slots__ = ("_hash", "lines")

    def __init__(self) -> None:
        self._hash = hashlib.sha256()
        self.lines = 0

    def frame(self, at: float, charger_id: str, *, sent: bool, action: str, text: bytes) -> None:
        """Take one frame in."""
        self._add(_frame_line(at, charger_id, sent, action, text))

    def event(self, at: float, charger_id: str, kind: str, data: Mapping[str, Any]) -> None:
        """Take one event in."""
        self._add(_event_line(at, charger_id, kind, data))

    def hexdigest(self) -> str:
        """What `sha256(simulation.transcript())` would give."""
        return self._hash.hexdigest()

    def _add(self, line: Line) -> None:
        self._hash.update(line.encoded() + b"\n")
        self.lines += 1


class Transcript:
    """All lines, oldest first."""

    __slots__ = ("_lines",)

    def __init__(self) -> None:
        self._lines: list[Line] = []

    def frame(self, at: float, charger_id: str, *, sent: bool, action: str, text: bytes) -> None:
        """Record one frame."""
        self._lines.append(_frame_line(at, charger_id, sent, action, text))

    def event(self, at: float, charger_id: str, kind: str, data: Mapping[str, Any]) -> None:
        """Record one event."""
        self._lines.append(_event_line(at, charger_id, kind, data))

    def __iter__(self) -> Iterator[Line]:
        return iter(self._lines)

    def __len__(self) -> int:
        return len(self._lines)

    def frames(self, charger_id: str | None = None) -> list[FrameRecord]:
        """The frames of one charger, or all."""
        return [
            FrameRecord(line.at, line.charger_id, line.mark is Mark.SENT, line.name, line.text.decode(errors="replace"))
            for line in self._lines
            if line.mark is not Mark.EVENT and charger_id in (None, line.charger_id)
        ]

    def events(self, charger_id: str | None = None) -> list[FleetEvent]:
        """The events of one charger, or all."""
        return [
            FleetEvent(line.at, line.charger_id, line.name, line.content)
            for line in self._lines
            if line.mark is Mark.EVENT and charger_id in (None, line.charger_id)
        ]

    def to_bytes(self) -> bytes:
        """The whole record, one line each."""
        return b"".join(line.encoded() + b"\n" for line in self._lines)


def _frame_line(at: float, charger_id: str, sent: bool, action: str, text: bytes) -> Line:
    return Line(at, charger_id, Mark.SENT if sent else Mark.RECEIVED, action, text)


def _event_line(at: float, charger_id: str, kind: str, data: Mapping[str, Any]) -> Line:
    return Line(at, charger_id, Mark.EVENT, kind, orjson.dumps(data, option=orjson.OPT_SORT_KEYS))
