"""2.0.1 offline operation, the queue and its retries (use cases E04, E08, E12-E14)."""

import pytest

from tests.protocol.harness import SILENCE, Refusal
from tests.protocol.v201.bench import OTHER_TOKEN, Bench201

NO_ANSWER_S = 35


def test_e04_e12_a_transaction_offline_is_told_in_order_and_marked() -> None:
    bench = Bench201.booted(settings={"AuthCtrlr.OfflineTxForUnknownIdEnabled": "true"})
    bench.cut()
    bench.plug().swipe().wait(70)
    bench.swipe().wait(5)
    bench.unplug().wait(5)
    assert bench.calls() == []
    bench.come_back().wait(1)
    events = bench.transaction_events()
    assert [event["seqNo"] for event in events] == list(range(len(events)))
    assert all(event["offline"] is True for event in events)
    assert events[-1]["eventType"] == "Ended"
    assert bench.story()[0] == ("StatusNotification", "Available")  # what is current comes first


def test_e11_an_event_under_way_when_the_link_goes_keeps_its_id_and_payload() -> None:
    bench = Bench201.charging(answers={"TransactionEvent": {}})
    bench.answers["TransactionEvent"] = SILENCE
    bench.swipe()  # StopAuthorized under way, ChargingStateChanged behind it
    bench.cut().wait(5)
    bench.answers["TransactionEvent"] = {}
    bench.come_back().wait(1)
    first, again, behind, *_ = bench.calls("TransactionEvent")
    assert first.frame == again.frame
    assert "offline" not in again.payload
    assert behind.payload["triggerReason"] == "ChargingStateChanged"
    assert behind.payload["offline"] is True


def test_a_second_break_does_not_mark_what_was_sent_before_the_first() -> None:
    bench = Bench201.charging()
    bench.answers["TransactionEvent"] = SILENCE
    bench.swipe()
    bench.cut().wait(5)
    bench.come_back()
    bench.cut().wait(5)
    bench.answers["TransactionEvent"] = {}
    bench.come_back().wait(1)
    frames = [one.text for one in bench.calls("TransactionEvent") if one.payload["triggerReason"] == "StopAuthorized"]
    assert len(frames) == 3
    assert len(set(frames)) == 1


def test_e13_a_refused_event_is_sent_again_and_given_up() -> None:
    bench = Bench201.booted(answers={"TransactionEvent": Refusal()})
    bench.plug().wait(200)
    tries = [one for one in bench.calls("TransactionEvent") if one.payload["seqNo"] == 0]
    assert [one.at for one in tries] == [0, 60, 180]
    assert len({one.text for one in tries}) == 1
    assert bench.charger.problems is not None
    assert bench.charger.problems["TransactionEvent given up after 3 sends: CALLERROR InternalError"] == 1


def test_e13_an_unanswered_event_is_sent_again() -> None:
    bench = Bench201.booted(answers={"TransactionEvent": SILENCE})
    bench.plug().wait(200)
    tries = [one for one in bench.calls("TransactionEvent") if one.payload["seqNo"] == 0]
    assert [one.at for one in tries][:2] == [0, NO_ANSWER_S + 60]
    assert tries[0].frame == tries[1].frame


@pytest.mark.shows("GetTransactionStatus")
def test_e14_status_of_a_running_transaction() -> None:
    bench = Bench201.charging()
    running = {"transactionId": bench.transaction_id()}
    assert bench.answer("GetTransactionStatus", running) == {"ongoingIndicator": True, "messagesInQueue": False}
    assert bench.answer("GetTransactionStatus", {}) == {"messagesInQueue": False}


def test_e14_status_of_an_ended_transaction_with_messages_waiting() -> None:
    bench = Bench201.charging()
    ended = {"transactionId": bench.transaction_id()}
    bench.answers["TransactionEvent"] = SILENCE
    bench.unplug()
    assert bench.answer("GetTransactionStatus", ended) == {"ongoingIndicator": False, "messagesInQueue": True}
    assert bench.answer("GetTransactionStatus", {}) == {"messagesInQueue": True}


def test_e14_fr_01_an_unknown_transaction() -> None:
    bench = Bench201.booted()
    unknown = {"transactionId": "nobody"}
    assert bench.answer("GetTransactionStatus", unknown) == {"ongoingIndicator": False, "messagesInQueue": False}
    assert bench.error("GetTransactionStatus", {"transactionId": "x" * 37}) == "PropertyConstraintViolation"


def test_a_known_token_starts_offline_and_an_unknown_one_does_not() -> None:
    bench = Bench201.charging()
    bench.swipe().wait(1)
    bench.unplug().wait(1)
    bench.cut()
    bench.plug().swipe().wait(10)
    assert bench.status() == "Charging"
    bench.plug(2)
    bench.swipe(2, OTHER_TOKEN).wait(10)
    assert bench.status(2) == "Preparing"
