"""The RPC session of one link: one CALL under way, its time-out, and calls that came twice (OCPP-J chapter 4.1)."""

from dataclasses import dataclass
from math import inf

from chargepoint_sim.protocol.outbox import Entry

REPLIES_KEPT = 2


@dataclass(slots=True)
class Session:
    """What is under way on the link. Never two CALLs from this side at once."""

    outstanding: Entry | None = None
    expires_at: float = inf
    """I/O instant at which the outstanding CALL counts as unanswered."""
    replies: tuple[tuple[str, bytes], ...] = ()
    """The last answers given, so that a CALL that comes twice is carried out once."""

    def sent(self, entry: Entry, expires_at: float) -> None:
        """A CALL has gone out."""
        assert self.outstanding is None, "never two CALLs in flight"
        self.outstanding = entry
        self.expires_at = expires_at

    def take(self, message_id: str) -> Entry | None:
        """The outstanding CALL that an answer belongs to; None for a late or foreign answer."""
        entry = self.outstanding
        if entry is None or entry.message_id != message_id:
            return None
        self.outstanding = None
        self.expires_at = inf
        return entry

    def drop(self) -> Entry | None:
        """Stop waiting: the time-out has passed, or the link is gone."""
        entry, self.outstanding, self.expires_at = self.outstanding, None, inf
        return entry

    def reply_to(self, message_id: str) -> bytes | None:
        """The answer given to a CALL with this id before, or None."""
        return next((text for known, text in self.replies if known == message_id), None)

    def replied(self, message_id: str, text: bytes) -> None:
        """Keep an answer for a repetition of its CALL."""
        self.replies = (*self.replies[1 - REPLIES_KEPT :], (message_id, text))
