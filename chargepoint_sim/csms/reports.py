"""Reports of 2.0.1 charging stations, put together from their parts (B07, B08, N02, N09), and events.

Owns the bounds of what is kept; knows what a part is, not what its rows mean.
"""

from collections import OrderedDict, deque
from dataclasses import dataclass, field
from typing import Any

from chargepoint_sim.protocol.frames import Payload

REPORTS_KEPT = 8
EVENTS_KEPT = 200

ROWS = {"NotifyCustomerInformation": "data", "NotifyMonitoringReport": "monitor", "NotifyReport": "reportData"}
"""Message -> the member with its rows, or with a piece of text."""


@dataclass(slots=True)
class Report:
    """One report that was asked for."""

    action: str
    request_id: int
    rows: list[Payload | str] = field(default_factory=list)
    next_seq_no: int = 0
    ended: bool = False
    """A part has come that says to be the last."""
    broken: bool = False
    """A part is missing, or came out of order."""

    @property
    def complete(self) -> bool:
        """Every part is here."""
        return self.ended and not self.broken

    def take(self, part: Payload) -> None:
        """Add a part."""
        self.broken = self.broken or part["seqNo"] != self.next_seq_no
        self.next_seq_no = part["seqNo"] + 1
        self.ended = not part.get("tbc", False)
        rows = part.get(ROWS[self.action], ())
        self.rows.extend((rows,) if isinstance(rows, str) else rows)


@dataclass(slots=True)
class Reports:
    """The last reports and events of one charger."""

    by_request: OrderedDict[tuple[str, int], Report] = field(default_factory=OrderedDict)
    events: deque[Payload] = field(default_factory=lambda: deque(maxlen=EVENTS_KEPT))

    def take(self, action: str, part: Payload) -> None:
        """Put a part where it belongs; a first part begins its report anew."""
        key = action, part["requestId"]
        if key not in self.by_request or part["seqNo"] == 0:
            self.by_request[key] = Report(*key)
            self.by_request.move_to_end(key)
        while len(self.by_request) > REPORTS_KEPT:
            self.by_request.popitem(last=False)
        self.by_request[key].take(part)

    def view(self) -> dict[str, Any]:
        """What is known, as plain data."""
        return {
            "reports": [
                {"action": one.action, "request_id": one.request_id, "complete": one.complete, "rows": one.rows}
                for one in self.by_request.values()
            ],
            "events": list(self.events),
        }
