"""Which messages are in front, as a pure function (2.0.1 block O)."""

from dataclasses import replace

import pytest

from chargepoint_sim.core.display_messages import (
    CYCLE_S,
    DisplayMessage,
    Format,
    MessageState,
    Panel,
    Priority,
    Text,
    message_of,
    rotation,
)

PLAIN = DisplayMessage(1, Priority.NORMAL_CYCLE, Text("Welcome"))


def shown(*messages: DisplayMessage, at: float = 0.0, languages: tuple[str, ...] = ()) -> list[int]:
    found = rotation(messages, at, lambda one: True, lambda one: languages)
    return [one.message_id for one in found]


def test_o01_fr_12_13_15_the_highest_priority_alone_is_shown() -> None:
    in_front = replace(PLAIN, message_id=2, priority=Priority.IN_FRONT)
    always = replace(PLAIN, message_id=3, priority=Priority.ALWAYS_FRONT)
    assert shown(PLAIN) == [1]
    assert shown(PLAIN, in_front) == [2]
    assert shown(PLAIN, in_front, always) == [3]


def test_o01_fr_14_messages_of_one_priority_take_turns() -> None:
    panel = Panel((PLAIN, replace(PLAIN, message_id=2)))
    fronts = [front.message_id for n in range(4) if (front := panel.front(n * CYCLE_S)) is not None]
    assert fronts == [1, 2, 1, 2]
    assert Panel().front(0.0) is None


@pytest.mark.parametrize(("at", "expected"), [(9.9, []), (10.0, [1]), (19.9, [1]), (20.0, [])])
def test_o01_fr_06_07_between_start_and_end(at: float, expected: list[int]) -> None:
    assert shown(replace(PLAIN, start_at=10.0, end_at=20.0), at=at) == expected


def tongues(*tags: str | None) -> list[DisplayMessage]:
    return [replace(PLAIN, message_id=n, text=Text("x", language=tag)) for n, tag in enumerate(tags, start=1)]


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ((), [1, 2, 3, 4]),
        (("de",), [1, 4]),
        (("de-AT",), [1, 4]),
        (("fr", "nl"), [3, 4]),
        (("it",), [2, 4]),
    ],
)
def test_o01_fr_08_09_the_preferred_language_then_english(wanted: tuple[str, ...], expected: list[int]) -> None:
    assert shown(*tongues("de", "en-GB", "nl", None), languages=wanted) == expected


def test_o01_fr_08_the_very_tag_before_one_of_the_same_language() -> None:
    assert shown(*tongues("en-GB", "en-US"), languages=("en-US",)) == [2]


def test_o01_fr_08_what_differs_in_more_than_its_language_is_another_message() -> None:
    german, english = tongues("de", "en")
    later = replace(english, end_at=50.0)
    assert shown(german, later, languages=("de",)) == [1, 2]


def test_a_message_survives_a_snapshot() -> None:
    full = DisplayMessage(
        7, Priority.IN_FRONT, Text("Hi", Format.ASCII, "en"), MessageState.IDLE, 1.0, 2.0, transaction_id="T"
    )
    assert message_of(full.to_data()) == full
    assert message_of(PLAIN.to_data()) == PLAIN


def test_ascii_is_printable_ascii() -> None:
    assert Text("abc 1", Format.ASCII).printable
    assert not Text("grüß", Format.ASCII).printable
    assert not Text("a\nb", Format.ASCII).printable
    assert Text("grüß", Format.UTF8).printable
