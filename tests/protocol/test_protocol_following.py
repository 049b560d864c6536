"""What a charger tells of the messages that a command has caused."""

from typing import Any

import pytest

from chargepoint_sim.core.commands import (
    AuthorizeToken,
    Command,
    EndTransaction,
    Outcome,
    PlugIn,
    PresentToken,
    StartSession,
)
from chargepoint_sim.protocol.following import follow, follow_again
from tests.protocol.harness import SILENCE, Bench, Refusal
from tests.protocol.v16.bench import TAG, Bench16
from tests.protocol.v201.bench import Bench201

BENCHES = (Bench16, Bench201)
KINDS = ("message_sent", "message_answered", "message_given_up")


def followed(bench: Bench, command: Command, *, needs_link: bool = False) -> Outcome:
    """Give a command, follow it as "why", and let what follows at once happen."""
    outcome = follow(bench.charger, command, bench.now, "why", needs_link=needs_link)
    bench.wait(0)
    return outcome


def told(bench: Bench) -> list[tuple[str, str]]:
    """Kind and action of the events about followed messages, which must all be of "why"."""
    events = [event for _, event in bench.events if event.kind in KINDS]
    assert {event.data["cause"] for event in events} <= {"why"}
    return [(event.kind.removeprefix("message_"), event.data["action"]) for event in events]


def last(bench: Bench) -> dict[str, Any]:
    """What the last event about a followed message says."""
    return dict(next(event.data for _, event in reversed(bench.events) if event.kind in KINDS))


@pytest.mark.parametrize("kind", BENCHES)
def test_an_answered_message_tells_that_it_was_sent_and_the_verdict(kind: Any) -> None:
    bench = kind.booted()
    outcome = followed(bench, AuthorizeToken(TAG), needs_link=True)
    assert list(outcome.info["messages"].values()) == ["Authorize"]
    assert outcome.info["online"]
    assert told(bench) == [("sent", "Authorize"), ("answered", "Authorize")]
    assert last(bench)["status"] == "Accepted"
    assert last(bench)["then"] == {}
    assert last(bench)["message_id"] in outcome.info["messages"]
    assert bench.charger.outbox.following is None, "nothing is left to follow"


@pytest.mark.parametrize("kind", BENCHES)
def test_what_nobody_follows_is_not_told(kind: Any) -> None:
    bench = kind.booted()
    bench.command(AuthorizeToken(TAG))
    bench.command(PlugIn())
    assert told(bench) == []


def test_a_refused_token_tells_the_verdict() -> None:
    bench = Bench16.booted(answers={"Authorize": {"idTagInfo": {"status": "Blocked"}}})
    followed(bench, AuthorizeToken(TAG))
    assert last(bench)["status"] == "Blocked"
    assert last(bench)["answer"] == {"idTagInfo": {"status": "Blocked"}}


def test_messages_that_an_answer_causes_are_followed_too() -> None:
    bench = Bench16.booted(answers={"StartTransaction": {"transactionId": 7, "idTagInfo": {"status": "ConcurrentTx"}}})
    outcome = followed(bench, StartSession(id_token=TAG))
    assert list(outcome.info["messages"].values()) == ["StatusNotification", "Authorize"]
    answers = [event.data for event in bench.seen("message_answered")]
    authorized = next(data for data in answers if data["action"] == "Authorize")
    assert "StartTransaction" in authorized["then"].values()
    started = next(data for data in answers if data["action"] == "StartTransaction")
    assert started["status"] == "ConcurrentTx"
    assert started["message_id"] in authorized["then"]


def test_later_messages_of_the_same_session_are_not_followed() -> None:
    bench = Bench16.booted()
    followed(bench, StartSession(id_token=TAG))
    bench.forget().wait(3600)
    assert "MeterValues" in {one.action for one in bench.calls()}
    assert told(bench) == []


@pytest.mark.parametrize("kind", BENCHES)
def test_without_a_link_a_command_that_needs_one_does_nothing(kind: Any) -> None:
    bench = kind.booted().cut()
    outcome = followed(bench, AuthorizeToken(TAG), needs_link=True)
    assert not outcome.accepted
    assert outcome.info == {"waits_for_link": True}
    bench.come_back()
    assert bench.calls("Authorize") == []


def test_volatile_messages_that_are_forgotten_at_once_are_not_promised() -> None:
    bench = Bench16.booted().cut()
    outcome = followed(bench, PlugIn())
    assert outcome.accepted
    assert outcome.info["messages"] == {}
    assert not outcome.info["online"]


def test_a_transaction_message_is_followed_through_an_offline_spell() -> None:
    bench = Bench16.charging().cut()
    bench.forget()
    outcome = followed(bench, EndTransaction())
    assert list(outcome.info["messages"].values()) == ["StopTransaction"]
    assert told(bench) == []
    bench.come_back().wait(10)
    assert told(bench) == [("sent", "StopTransaction"), ("answered", "StopTransaction")]


@pytest.mark.parametrize(
    ("answer", "reason"), [(Refusal("InternalError"), "CALLERROR InternalError"), (SILENCE, "not")]
)
def test_a_message_without_a_proper_answer_is_given_up(answer: Any, reason: str) -> None:
    bench = Bench16.booted(answers={"Authorize": answer})
    followed(bench, AuthorizeToken(TAG))
    bench.wait(60)
    assert told(bench) == [("sent", "Authorize"), ("given_up", "Authorize")]
    assert last(bench)["reason"].startswith(reason)
    assert last(bench)["written"]


def test_what_was_not_written_when_the_link_went_is_given_up_unwritten() -> None:
    bench = Bench16.booted(answers={"StatusNotification": SILENCE})
    bench.command(PlugIn())
    followed(bench, AuthorizeToken(TAG))
    assert told(bench) == []
    bench.cut()
    assert told(bench) == [("given_up", "Authorize")]
    assert not last(bench)["written"]


def test_a_transaction_message_is_given_up_after_its_attempts() -> None:
    settings = {"TransactionMessageAttempts": "2", "TransactionMessageRetryInterval": "1"}
    bench = Bench16.charging(answers={"StopTransaction": Refusal()})
    for key, value in settings.items():
        assert bench.configure(key, value) == "Accepted"
    bench.forget()
    followed(bench, EndTransaction())
    bench.wait(10)
    kinds = [kind for kind, action in told(bench) if action == "StopTransaction"]
    assert kinds == ["sent", "sent", "given_up"]


def test_messages_that_still_wait_can_be_followed_again() -> None:
    bench = Bench16.charging().cut()
    outcome = bench.charger.command(EndTransaction(), bench.now)
    assert outcome.accepted
    waiting = bench.charger.outbox.transactions
    assert waiting
    message_id = waiting[-1].message_id
    assert follow_again(bench.charger, "why", [message_id, "long-gone"]) == [message_id]
    bench.come_back().wait(10)
    assert told(bench) == [("sent", "StopTransaction"), ("answered", "StopTransaction")]


def test_a_swipe_that_stops_is_told_by_its_stop_message() -> None:
    bench = Bench16.charging()
    bench.forget()
    outcome = followed(bench, PresentToken(id_token=TAG))
    assert "StopTransaction" in outcome.info["messages"].values()
    assert ("answered", "StopTransaction") in told(bench)
