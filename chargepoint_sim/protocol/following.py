"""What becomes of the messages that a command causes, for whoever asks to follow it.

An outbox has a `Following` only while such messages wait or are under way; without one nothing here is called. It tells
by events, at the end of a step: `message_sent` (written), `message_answered` (with the verdict, and the messages that
the answer has caused, which are followed too) and `message_given_up` (refused, not answered, or forgotten).
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Protocol

from chargepoint_sim.clock import Now
from chargepoint_sim.core.commands import Command, Outcome
from chargepoint_sim.core.station import Station
from chargepoint_sim.protocol.effects import Event
from chargepoint_sim.protocol.frames import Payload
from chargepoint_sim.protocol.outbox import Entry, Outbox

WAITS_FOR_LINK = "waits_for_link"
"""In the info of an Outcome: nothing was done, the charger is not online."""

SENT, ANSWERED, GIVEN_UP = "message_sent", "message_answered", "message_given_up"


class Commanded(Protocol):
    """As much of a charger as following a command takes."""

    station: Station
    outbox: Outbox

    def advance(self, now: Now) -> None:
        """Run what is due."""
        ...

    def command(self, command: Command, now: Now) -> Outcome:
        """Carry out a command."""
        ...


class Following:
    """The followed messages of one charger: message id -> who follows it, and why."""

    __slots__ = ("_answer", "_cause", "_made", "_news", "causes")

    def __init__(self) -> None:
        self.causes: dict[str, str] = {}
        self._cause: str | None = None
        self._made: dict[str, str] = {}
        self._answer: dict[str, Any] | None = None
        self._news: list[Event] = []

    def begin(self, cause: str) -> None:
        """Follow what is queued from now until the end of this step."""
        self._cause, self._made = cause, {}

    def end(self) -> dict[str, str]:
        """Follow nothing more. Message id -> action of what was queued since `begin`."""
        made, self._cause, self._made = self._made, None, {}
        return made

    def made(self, entry: Entry) -> None:
        """A message was queued."""
        if self._cause is not None:
            self.causes[entry.message_id] = self._cause
            self._made[entry.message_id] = entry.action

    def sent(self, entry: Entry) -> None:
        """A message was written."""
        cause = self.causes.get(entry.message_id)
        if cause is not None:
            self._tell(SENT, entry, cause)

    def answered(self, entry: Entry, answer: Payload) -> None:
        """A message was answered; what the answer causes is followed until the end of this step."""
        cause = self.causes.pop(entry.message_id, None)
        if cause is not None:
            self.begin(cause)
            self._answer = {"status": verdict(answer), "answer": answer}
            self._tell(ANSWERED, entry, cause, self._answer)

    def given_up(self, entries: Iterable[Entry], reason: str) -> None:
        """Messages were refused, not answered, or forgotten."""
        for entry in entries:
            cause = self.causes.pop(entry.message_id, None)
            if cause is not None:
                self._tell(GIVEN_UP, entry, cause, {"reason": reason, "written": entry.written})

    def news(self) -> list[Event]:
        """The step is over: what it has made of followed messages, answers with the messages that they caused."""
        caused = self.end()
        if self._answer is not None:
            self._answer["then"] = caused
            self._answer = None
        news, self._news = self._news, []
        return news

    def _tell(self, kind: str, entry: Entry, cause: str, more: dict[str, Any] | None = None) -> None:
        data = more if more is not None else {}
        data.update(cause=cause, message_id=entry.message_id, action=entry.action)
        self._news.append(Event(kind, data))


def verdict(answer: Payload) -> str | None:
    """The status that an answer gives to a token or to the request; None where it gives none."""
    for name in ("idTagInfo", "idTokenInfo"):
        info = answer.get(name)
        if isinstance(info, dict):
            return str(info.get("status", "Invalid"))
    status = answer.get("status")
    return str(status) if status is not None else None


def follow(charger: Commanded, command: Command, now: Now, cause: str, *, needs_link: bool) -> Outcome:
    """Carry out a command and follow the messages that it causes.

    The Outcome's info says which they are (`messages`: id -> action) and whether the charger is online. With
    `needs_link` nothing is done while it is not, and the info has `waits_for_link`.
    """
    if needs_link and not charger.station.online:
        return Outcome(False, "the charger is not online", {WAITS_FOR_LINK: True})
    charger.advance(now)  # what was due before is not caused by the command
    outbox = charger.outbox
    following = outbox.following = outbox.following or Following()
    following.begin(cause)
    outcome = charger.command(command, now)
    messages = following.end()
    return replace(outcome, info={**outcome.info, "messages": messages, "online": charger.station.online})


def follow_again(charger: Commanded, cause: str, message_ids: Iterable[str]) -> list[str]:
    """Follow messages that were followed before a restart; those that still wait are returned."""
    outbox = charger.outbox
    waiting = {entry.message_id for lane in (outbox.normal, outbox.transactions) for entry in lane or ()}
    found = [message_id for message_id in message_ids if message_id in waiting]
    if found:
        outbox.following = outbox.following or Following()
        outbox.following.causes.update(dict.fromkeys(found, cause))
    return found
