"""CALLs of the central system to one charger: one outstanding, the others wait in order (2.0.1 part 4 chapter 4.1.1).

Owns the order and the outcomes; knows neither frames nor schemas.
"""

import enum
from collections import OrderedDict, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from chargepoint_sim.protocol.frames import Payload

_FINISHED_KEPT = 100


class OutcomeKind(enum.StrEnum):
    """How a CALL ended."""

    ANSWERED = "answered"
    """A CALLRESULT that its schema accepts."""
    INVALID = "invalid"
    """A CALLRESULT that its schema refuses."""
    REFUSED = "refused"
    """A CALLERROR."""
    TIMED_OUT = "timed_out"
    LINK_LOST = "link_lost"
    """The charger went away before it answered."""


@dataclass(frozen=True, slots=True)
class CallOutcome:
    """How a CALL ended, and with what."""

    kind: OutcomeKind
    payload: Payload = field(default_factory=dict)
    """Of the CALLRESULT, also of an invalid one."""
    code: str = ""
    """Of the CALLERROR, as it stood on the wire."""
    description: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class SentCall:
    """One CALL to a charger, from the moment it is asked for."""

    message_id: str
    action: str
    payload: Payload
    timeout_s: float
    """From the moment it is written, I/O seconds."""
    done: Callable[["SentCall"], None] | None = None
    """Called once, when `outcome` is known."""
    outcome: CallOutcome | None = None


class CallQueue:
    """The CALLs of one charger."""

    __slots__ = ("_finished", "_waiting", "outstanding")

    def __init__(self) -> None:
        self.outstanding: SentCall | None = None
        self._waiting: deque[SentCall] = deque()
        self._finished: OrderedDict[str, SentCall] = OrderedDict()

    def add(self, call: SentCall) -> None:
        """Put a CALL at the end of the queue."""
        self._waiting.append(call)

    def start_next(self) -> SentCall | None:
        """The CALL to write now, which becomes the outstanding one; None while one is or when none waits."""
        if self.outstanding is not None or not self._waiting:
            return None
        self.outstanding = self._waiting.popleft()
        return self.outstanding

    def finish(self, outcome: CallOutcome) -> None:
        """End the outstanding CALL."""
        call = self.outstanding
        assert call is not None
        self.outstanding = None
        self._settle(call, outcome)

    def lose_all(self) -> None:
        """The link is gone: the outstanding CALL and those that wait end with it."""
        outcome = CallOutcome(OutcomeKind.LINK_LOST, description="the charger disconnected before it answered")
        lost = [self.outstanding] if self.outstanding is not None else []
        lost.extend(self._waiting)
        self.outstanding = None
        self._waiting.clear()
        for call in lost:
            self._settle(call, outcome)

    def find(self, message_id: str) -> SentCall | None:
        """A CALL by its id: outstanding, waiting, or one of the last that ended."""
        if self.outstanding is not None and self.outstanding.message_id == message_id:
            return self.outstanding
        waiting = next((call for call in self._waiting if call.message_id == message_id), None)
        return waiting or self._finished.get(message_id)

    def _settle(self, call: SentCall, outcome: CallOutcome) -> None:
        call.outcome = outcome
        self._finished[call.message_id] = call
        if len(self._finished) > _FINISHED_KEPT:
            self._finished.popitem(last=False)
        if call.done is not None:
            call.done(call)
