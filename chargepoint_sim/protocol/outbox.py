"""What waits to be sent: one queue for transaction messages, one for all others, and the boot message before both.

Owns the order of sending, the attempts rule of transaction messages (1.6 errata 3.18, 2.0.1 E13) and the list of
what was given up. Knows no socket and no clock: I/O time is an argument.
"""

import enum
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from math import inf
from typing import TYPE_CHECKING, Any

from chargepoint_sim.protocol.effects import Event
from chargepoint_sim.protocol.frames import Payload

if TYPE_CHECKING:
    from chargepoint_sim.protocol.following import Following

NEVER_KEPT = frozenset({"Authorize", "Heartbeat"})
"""Volatile messages that would tell nothing later on."""

MOST_KEPT = 1000
"""Volatile messages that are kept without a link."""


class Lane(enum.Enum):
    """Which queue a message belongs to."""

    BOOT = "boot"
    """Goes before everything; needs no acceptance."""
    NORMAL = "normal"
    """Forgotten when the link goes; may overtake transaction messages."""
    TRANSACTION = "transaction"
    """Kept in order until delivered or given up."""


@dataclass(slots=True)
class Entry:
    """One CALL that waits or is under way."""

    message_id: str
    action: str
    payload: Payload
    lane: Lane
    number: int
    """Order of making."""
    note: Any = None
    """What the block that made it needs when the answer comes; plain data."""
    transaction: str | None = None
    """Station's id of the transaction that the message belongs to."""
    solicited: bool = False
    """The central system asked for it; may go out while Pending (B02.FR.02)."""
    raw: bool = False
    """Somebody wants it sent as it is, right or wrong; what is answered concerns him alone."""
    offline: bool = False
    """Made, or kept, while there was no link."""
    sends: int = 0
    written: bool = False
    """It has been on the wire: from then on its payload stays as it is."""
    not_before: float = -inf
    """I/O instant before which it is not sent again."""


@dataclass(frozen=True, slots=True)
class GivenUp:
    """A transaction message that the attempts rule dropped."""

    message_id: str
    action: str
    payload: Payload
    reason: str


@dataclass(slots=True)
class Outbox:
    """The queues of one charger."""

    boot: Entry | None = None
    normal: deque[Entry] | None = None
    transactions: deque[Entry] | None = None
    given_up: list[GivenUp] = field(default_factory=list)
    next_number: int = 0
    transaction_ids: dict[str, int] | None = None
    """1.6: the station's transaction id -> the central system's, from StartTransaction's answer to
    StopTransaction's; -1 where StartTransaction was given up (1.6 errata 3.18)."""
    following: "Following | None" = None
    """Which messages somebody wants to hear of; None while there are none."""

    def learn_id(self, transaction: str, csms_id: int) -> None:
        """Note what the central system calls a transaction."""
        if self.transaction_ids is None:
            self.transaction_ids = {}
        self.transaction_ids[transaction] = csms_id

    def forget_id(self, transaction: str | None) -> None:
        """The transaction is over and told."""
        if self.transaction_ids is not None and transaction is not None:
            self.transaction_ids.pop(transaction, None)

    def csms_id(self, transaction: str) -> int | None:
        """What the central system calls a transaction, or None while it is not known."""
        return self.transaction_ids.get(transaction) if self.transaction_ids else None

    def station_id(self, text: str) -> str:
        """The station's id of a transaction that somebody names by either id."""
        for transaction, csms_id in (self.transaction_ids or {}).items():
            if str(csms_id) == text:
                return transaction
        return text

    def add(self, entry: Entry) -> None:
        """Queue a message."""
        if entry.lane is Lane.BOOT:
            self.boot = entry
        elif entry.lane is Lane.NORMAL:
            if self.normal is None:
                self.normal = deque()
            self.normal.append(entry)
        else:
            if self.transactions is None:
                self.transactions = deque()
            self.transactions.append(entry)
        if self.following is not None:
            self.following.made(entry)

    def number(self) -> int:
        """The order number of the next message."""
        self.next_number += 1
        return self.next_number

    def ready(self, io: float, *, accepted: bool, pending: bool) -> Entry | None:
        """The message to send now, or None.

        Boot first. Until the charger is accepted only solicited messages may follow (1.6 section 4.2, B02, B03).
        Then the older of both heads, but a backlog from an offline spell is overtaken by what is current.
        """
        if self.boot is not None and self.boot.not_before <= io:
            return self.boot
        if not accepted:
            return next((one for one in self.normal or () if one.solicited), None) if pending else None
        normal = self.normal[0] if self.normal else None
        if normal is not None and normal.not_before > io:
            normal = None
        transaction = self.transactions[0] if self.transactions else None
        if transaction is None or transaction.not_before > io:
            return normal
        if normal is None or (not transaction.offline and transaction.number < normal.number):
            return transaction
        return normal

    def next_at(self, *, accepted: bool) -> float:
        """I/O instant at which a message that waits for its retry may be sent; infinity when none waits."""
        if self.boot is None and self.normal is None and self.transactions is None:
            return inf
        heads = [self.boot]
        if accepted:
            heads += [self.normal[0] if self.normal else None, self.transactions[0] if self.transactions else None]
        return min((head.not_before for head in heads if head is not None), default=inf)

    def remove(self, entry: Entry) -> None:
        """Forget a message that was answered."""
        if entry.lane is Lane.BOOT:
            if self.boot is entry:
                self.boot = None
        elif entry.lane is Lane.NORMAL:
            if self.normal and entry in self.normal:
                self.normal.remove(entry)
                self.normal = self.normal or None  # an empty deque costs 0.7 KiB
        elif self.transactions and self.transactions[0] is entry:
            self.transactions.popleft()
            self.transactions = self.transactions or None

    def drop(self, entry: Entry, reason: str) -> None:
        """Forget a message that was refused or not answered."""
        self.remove(entry)
        if self.following is not None:
            self.following.given_up((entry,), reason)

    def tell_followed(self) -> "list[Event]":
        """What has become of followed messages in the step that is over."""
        if self.following is None:
            return []
        news = self.following.news()
        self.following = self.following if self.following.causes else None
        return news

    def failed(self, entry: Entry, io: float, *, attempts: int, interval_s: float, reason: str) -> bool:
        """A transaction message was refused or not answered: wait, or give it up. True when given up."""
        if entry.sends >= attempts:
            self.drop(entry, reason)
            self.given_up.append(GivenUp(entry.message_id, entry.action, entry.payload, reason))
            return True
        entry.not_before = io + interval_s * entry.sends
        return False

    def keep(self, entry: Entry) -> None:
        """Queue a volatile message although there is no link (QueueAllMessages); the oldest gives way."""
        self.add(entry)
        if self.normal is not None and len(self.normal) > MOST_KEPT:
            oldest = self.normal.popleft()
            if self.following is not None:
                self.following.given_up((oldest,), "too many messages wait")

    def make_room(self, most: int, may_be_dropped: Callable[[Entry], bool]) -> None:
        """Of more transaction messages than `most`, drop every second that may be (E04.FR.08)."""
        waiting = self.transactions
        if waiting is None or len(waiting) <= most:
            return
        candidates = [entry for entry in list(waiting)[1:-1] if not entry.written and may_be_dropped(entry)]
        dropped = {entry.number for entry in candidates[::2]}
        self.transactions = deque(entry for entry in waiting if entry.number not in dropped)
        if self.following is not None:
            self.following.given_up(candidates[::2], "too many messages wait")

    def link_lost(self, *, keep: bool = False) -> list[Entry]:
        """The link is gone: the backlog is from now on an offline one.

        Volatile messages are forgotten and returned, but for those to `keep`.
        """
        waiting = list(self.normal or ())
        kept = [entry for entry in waiting if keep and entry.action not in NEVER_KEPT]
        forgotten = [entry for entry in waiting if entry not in kept] if kept else waiting
        if self.following is not None:
            self.following.given_up(forgotten, "the link went")
        self.boot = None
        self.normal = deque(kept) if kept else None
        for entry in self.transactions or ():
            entry.offline = True
            entry.not_before = -inf
        return forgotten

    def __len__(self) -> int:
        return len(self.normal or ()) + len(self.transactions or ()) + (self.boot is not None)
