"""Messages for a station's display, as plain data, and which of them are in front (2.0.1 part 2 block O).

Owns the words of messages and the order among them; core.display keeps them and knows when they hold.
"""

import enum
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

FALLBACK_LANGUAGE = "en"
"""What is shown to a driver for whom there is nothing in a preferred language (O01.FR.09)."""

CYCLE_S = 5.0
"""How long one of several messages stands before the next takes its place."""

LONGEST_MESSAGE = 512
"""Characters of a MessageContentType."""


class Priority(enum.StrEnum):
    """MessagePriorityEnumType, the highest first."""

    ALWAYS_FRONT = "AlwaysFront"
    IN_FRONT = "InFront"
    NORMAL_CYCLE = "NormalCycle"


class MessageState(enum.StrEnum):
    """MessageStateEnumType: what the station does while a message is to be seen."""

    CHARGING = "Charging"
    FAULTED = "Faulted"
    IDLE = "Idle"
    UNAVAILABLE = "Unavailable"


class Format(enum.StrEnum):
    """MessageFormatEnumType."""

    ASCII = "ASCII"
    HTML = "HTML"
    URI = "URI"
    UTF8 = "UTF8"


@dataclass(frozen=True, slots=True)
class DisplaySpec:
    """What the display of a kind of station can do."""

    messages: int = 10
    """How many messages it keeps."""
    formats: tuple[Format, ...] = (Format.ASCII, Format.UTF8)
    priorities: tuple[Priority, ...] = tuple(Priority)
    states: tuple[MessageState, ...] = tuple(MessageState)
    personal_message_size: int = LONGEST_MESSAGE
    """Characters that a driver's own message may have; what is longer is cut."""


@dataclass(frozen=True, slots=True)
class Text:
    """MessageContentType."""

    content: str
    format: Format = Format.UTF8
    language: str | None = None
    """RFC 5646 tag, such as en-US (O01.FR.17)."""

    @property
    def printable(self) -> bool:
        """Whether the content is what its format says."""
        return self.format is not Format.ASCII or (self.content.isascii() and self.content.isprintable())


@dataclass(frozen=True, slots=True)
class DisplayMessage:
    """MessageInfoType: a message of the central system. Instants are UTC seconds on the central system's clock."""

    message_id: int
    priority: Priority
    text: Text
    state: MessageState | None = None
    """None is shown in any state."""
    start_at: float | None = None
    end_at: float | None = None
    transaction_id: str | None = None
    """It is shown during this transaction and goes with it (O02.FR.02)."""

    def to_data(self) -> list[Any]:
        """What a snapshot keeps."""
        text = self.text
        return [
            self.message_id,
            self.priority.value,
            [text.content, text.format.value, text.language],
            self.state and self.state.value,
            self.start_at,
            self.end_at,
            self.transaction_id,
        ]


def message_of(data: list[Any]) -> DisplayMessage:
    """A message out of a snapshot."""
    message_id, priority, (content, kind, language), state, *rest = data
    text = Text(content, Format(kind), language)
    return DisplayMessage(message_id, Priority(priority), text, state and MessageState(state), *rest)


@dataclass(slots=True)
class Driver:
    """What the display tells the driver at one EVSE of tariff and cost (block I)."""

    tariff: Text | None = None
    languages: tuple[str, ...] = ()
    """Preferred languages, the most preferred first."""
    transaction_id: str | None = None
    cost: float | None = None
    """Running cost in the station's currency."""
    ended_at: float | None = None
    """When the transaction ended, simulated seconds."""
    total: float | None = None
    total_known: bool = False
    """The central system has told the total or has said that it knows none, or nothing can be heard of it."""


@dataclass(frozen=True, slots=True)
class Lines:
    """What stands on the display for one EVSE; empty texts stand for nothing."""

    evse_id: int
    tariff: str = ""
    cost: str = ""


@dataclass(frozen=True, slots=True)
class Panel:
    """All that a display shows."""

    rotation: tuple[DisplayMessage, ...] = ()
    """The messages that take turns, each for CYCLE_S."""
    lines: tuple[Lines, ...] = ()

    def front(self, at: float) -> DisplayMessage | None:
        """The message that stands there at simulated time `at`."""
        return self.rotation[int(at // CYCLE_S) % len(self.rotation)] if self.rotation else None


EMPTY = Panel()


@dataclass(slots=True)
class Display:
    """The display of one station; a station without one has no such state."""

    messages: dict[int, DisplayMessage] = field(default_factory=dict)
    drivers: dict[int, Driver] = field(default_factory=dict)
    """By EVSE; the one who came last stands last."""
    panel: Panel = EMPTY
    """What observers were told last."""


def rotation(
    messages: Iterable[DisplayMessage],
    theirs: float,
    holds: Callable[[DisplayMessage], bool],
    languages: Callable[[DisplayMessage], tuple[str, ...]],
) -> tuple[DisplayMessage, ...]:
    """The messages in front at `theirs`, UTC seconds on the central system's clock (O01.FR.12 to O01.FR.15).

    `holds` says whether a message fits what the station does now, `languages` what its reader prefers.
    """
    due = [one for one in messages if _in_time(one, theirs) and holds(one)]
    for priority in Priority:
        found = tuple(_in_language([one for one in due if one.priority is priority], languages))
        if found:
            return found
    return ()


def _in_time(message: DisplayMessage, theirs: float) -> bool:
    begun = message.start_at is None or message.start_at <= theirs
    return begun and (message.end_at is None or theirs < message.end_at)


def _in_language(
    messages: list[DisplayMessage], languages: Callable[[DisplayMessage], tuple[str, ...]]
) -> Iterator[DisplayMessage]:
    """Of messages that differ in language alone, those that the reader knows best (O01.FR.08, O01.FR.09).

    A message has one text: what is alike in state, times and transaction and stands in several languages is taken
    for translations of one message. A text without a language is for everybody.
    """
    for message in messages:
        wanted = languages(message)
        spoken = [one.text.language for one in messages if _occasion(one) == _occasion(message) and one.text.language]
        best = next((found for word in (*wanted, FALLBACK_LANGUAGE) for found in _matching(word, spoken)), None)
        if not wanted or best is None or message.text.language in (None, best):
            yield message


def _occasion(message: DisplayMessage) -> tuple[object, ...]:
    return message.state, message.start_at, message.end_at, message.transaction_id


def _matching(wanted: str, spoken: Iterable[str]) -> list[str]:
    """The tags that serve somebody who asks for `wanted`: the same first, then those of the same language."""
    asked = wanted.casefold()
    alike = [tag for tag in spoken if tag.casefold().partition("-")[0] == asked.partition("-")[0]]
    return sorted(alike, key=lambda tag: tag.casefold() != asked)
