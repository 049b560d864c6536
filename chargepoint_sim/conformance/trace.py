"""What crossed the link of one case's charger, with somebody waiting for it.

Owns the order of the frames, which answer belongs to which CALL, and the waiting; judges nothing.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import orjson

from chargepoint_sim.errors import FrameError
from chargepoint_sim.protocol.frames import Call, CallError, CallResult, Version, decode

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class TraceFrame:
    """One frame."""

    number: int
    """From 0, in the order of the wire."""
    at: float
    """UTC seconds."""
    io: float
    """Monotonic seconds."""
    sent: bool
    """True: from the charger to the central system."""
    kind: str
    """CALL, CALLRESULT, CALLERROR or malformed."""
    action: str
    message_id: str
    payload: dict[str, Any]
    text: str
    code: str = ""
    """Of a CALLERROR."""


@dataclass(frozen=True, slots=True)
class LinkEvent:
    """The link came up, went down, or was refused."""

    io: float
    kind: str
    """charger_connected, charger_disconnected or charger_refused."""
    end: str
    frames_before: int


class Trace:
    """Frames and link events of one charger."""

    def __init__(self, version: Version) -> None:
        self.version = version
        self.frames: list[TraceFrame] = []
        self.link: list[LinkEvent] = []
        self._calls: dict[tuple[bool, str], TraceFrame] = {}
        self._waiting: list[asyncio.Event] = []

    def frame(self, at: float, sent: bool, text: bytes) -> TraceFrame:
        """Take a frame down."""
        readable = text.decode(errors="replace")
        kind, action, message_id, payload, code = "malformed", "", "", {}, ""
        try:
            read = decode(text, self.version)
        except FrameError as error:
            message_id = error.message_id or ""
            if sent:
                action, message_id = _odd_call(readable) or ("", message_id)
        else:
            message_id = read.message_id
            if isinstance(read, Call):
                kind, action, payload = "CALL", read.action, read.payload
            else:
                asked = self._calls.get((not sent, read.message_id))
                action = asked.action if asked is not None else ""
                if isinstance(read, CallResult):
                    kind, payload = "CALLRESULT", read.payload
                elif isinstance(read, CallError):
                    kind, payload, code = "CALLERROR", dict(read.details), read.code
        seen = TraceFrame(
            len(self.frames), at, time.monotonic(), sent, kind, action, message_id, payload, readable, code
        )
        self.frames.append(seen)
        if kind == "CALL" or (sent and action):
            self._calls[sent, message_id] = seen
        self._wake()
        return seen

    def event(self, kind: str, end: str) -> None:
        """Take a link event down."""
        self.link.append(LinkEvent(time.monotonic(), kind, end, len(self.frames)))
        self._wake()

    def answer_to(self, call: TraceFrame) -> TraceFrame | None:
        """The first answer to a CALL, or None."""
        for frame in self.frames[call.number + 1 :]:
            if frame.sent != call.sent and frame.kind != "CALL" and frame.message_id == call.message_id:
                return frame
        return None

    async def wait(self, look: Callable[[], T | None], timeout_s: float) -> T | None:
        """What `look` finds, asked again after each frame and event; None where it found nothing in time."""
        changed = asyncio.Event()
        self._waiting.append(changed)
        try:
            async with asyncio.timeout(timeout_s):
                while (found := look()) is None:
                    changed.clear()
                    await changed.wait()
                return found
        except TimeoutError:
            return None
        finally:
            self._waiting.remove(changed)

    def _wake(self) -> None:
        for changed in self._waiting:
            changed.set()


def _odd_call(text: str) -> tuple[str, str] | None:
    """Action and id of a CALL that a case has bent on purpose, so that its answer finds it."""
    try:
        raw = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    if isinstance(raw, list) and len(raw) == 4 and raw[0] == 2 and isinstance(raw[1], str) and isinstance(raw[2], str):
        return raw[2], raw[1]
    return None
