"""The 1.6 transaction queue: order, retries, lost starts, offline spells (section 3.7, errata 3.14-3.18, 3.78)."""

from typing import Any

import pytest

from chargepoint_sim.clock import parse_utc
from chargepoint_sim.core.commands import PlugIn
from tests.protocol.harness import NOON, SILENCE, Refusal, Sent
from tests.protocol.v16.bench import Bench16
from tests.protocol.v16.test_v16_authorization import knows


def names(calls: list[Sent]) -> list[str]:
    return [one.action for one in calls]


def offline_session(bench: Bench16, seconds: float = 200) -> Bench16:
    """A whole session without a link."""
    knows(bench).cut()
    bench.command(PlugIn(vehicle="suv", soc=0.3))
    bench.swipe().wait(seconds).swipe().unplug()
    return bench.forget()


def test_an_offline_session_is_delivered_whole_and_in_order() -> None:
    bench = offline_session(Bench16.booted())
    bench.come_back()
    assert names(bench.of_transactions()) == ["StartTransaction", *["MeterValues"] * 3, "StopTransaction"]
    assert {one["transactionId"] for one in bench.payloads("MeterValues", "StopTransaction")} == {1}
    assert parse_utc(bench.start()["timestamp"]) == NOON
    assert parse_utc(bench.stop()["timestamp"]) == NOON + 200


def test_what_is_current_overtakes_a_backlog() -> None:
    bench = offline_session(Bench16.booted())
    bench.command(PlugIn(connector_id=2, vehicle="suv"))
    bench.come_back()
    assert names(bench.calls())[0] == "StatusNotification"


def test_new_transaction_messages_wait_behind_the_queue() -> None:
    bench = offline_session(Bench16.booted(settings={"AuthCtrlr.LocalPreAuthorize": "true"}))
    bench.answers["StartTransaction"] = SILENCE
    bench.come_back()
    bench.charge(2)
    assert names(bench.of_transactions()) == ["StartTransaction"]
    bench.answers["StartTransaction"] = {"transactionId": 9, "idTagInfo": {"status": "Accepted"}}
    bench.wait(200)
    delivered = bench.of_transactions()
    assert names(delivered)[:6] == ["StartTransaction"] * 2 + ["MeterValues"] * 3 + ["StopTransaction"]
    assert names(delivered)[6] == "StartTransaction"


@pytest.mark.parametrize(
    ("answer", "sends"),
    [(Refusal("InternalError"), [0, 60, 180]), (SILENCE, [0, 95, 250])],
    ids=["CALLERROR", "no answer"],
)
def test_a_start_is_sent_three_times_then_given_up(answer: Any, sends: list[float]) -> None:
    bench = Bench16.booted(answers={"StartTransaction": answer})
    bench.command(PlugIn(vehicle="suv", soc=0.3))
    bench.swipe().wait(400)
    calls = bench.calls("StartTransaction")
    assert [one.at for one in calls] == sends
    assert len({one.text for one in calls}) == 1
    (given_up,) = bench.charger.outbox.given_up
    assert given_up.action == "StartTransaction"
    assert given_up.message_id == calls[0].frame[1]


def test_after_a_lost_start_the_rest_carries_minus_1() -> None:
    bench = Bench16.booted(answers={"StartTransaction": Refusal()})
    bench.command(PlugIn(vehicle="suv", soc=0.3))
    bench.swipe().wait(300).swipe()
    assert {one["transactionId"] for one in bench.payloads("MeterValues", "StopTransaction")} == {-1}
    assert len(bench.calls("MeterValues")) == 5
    assert len(bench.calls("StopTransaction")) == 1


def test_after_a_lost_start_the_transaction_is_known_as_minus_1() -> None:
    bench = Bench16.booted(answers={"StartTransaction": Refusal()})
    bench.command(PlugIn(vehicle="suv", soc=0.3))
    bench.swipe().wait(300).forget()
    bench.ask("TriggerMessage", {"requestedMessage": "MeterValues", "connectorId": 1})
    assert [one.get("transactionId") for one in bench.payloads("MeterValues")] == [-1]
    bench.ask("RemoteStopTransaction", {"transactionId": -1})
    assert bench.stop()["reason"] == "Remote"


def test_the_next_transaction_after_a_lost_start_has_its_own_id() -> None:
    bench = Bench16.booted(answers={"StartTransaction": Refusal()})
    bench.command(PlugIn(vehicle="suv", soc=0.3))
    bench.swipe().wait(300).swipe().unplug()
    bench.answers["StartTransaction"] = {"transactionId": 31, "idTagInfo": {"status": "Accepted"}}
    bench.forget().charge().swipe()
    assert bench.stop()["transactionId"] == 31
    assert bench.charger.outbox.transaction_ids == {}


def test_a_stop_that_is_given_up_does_not_hold_up_the_next() -> None:
    bench = Bench16.booted(answers={"StopTransaction": Refusal()})
    bench.charge().swipe().unplug()
    bench.charge().wait(300)
    assert [one["transactionId"] for one in bench.payloads("StopTransaction")] == [1, 1, 1]
    assert list((bench.charger.outbox.transaction_ids or {}).values()) == [2]
    assert len(bench.calls("StartTransaction")) == 2
    assert names(bench.of_transactions())[-1] == "MeterValues"


def test_waiting_transactions_do_not_hold_up_status_and_heartbeat() -> None:
    bench = Bench16.booted(answers={"StartTransaction": Refusal()})
    bench.command(PlugIn(vehicle="suv"))
    bench.swipe().wait(10)
    assert bench.told() == ["Preparing", "Charging"]
    assert bench.ask("GetConfiguration", {"key": ["HeartbeatInterval"]})


def test_an_offline_spell_consumes_no_attempt() -> None:
    bench = Bench16.booted(answers={"StartTransaction": SILENCE})
    bench.command(PlugIn(vehicle="suv", soc=0.3))
    bench.swipe()
    for _ in range(6):
        bench.cut().come_back()
    calls = bench.calls("StartTransaction")
    assert len(calls) == 7
    assert len({one.text for one in calls}) == 1
    assert bench.charger.outbox.given_up == []
    bench.answers["StartTransaction"] = {"transactionId": 4, "idTagInfo": {"status": "Accepted"}}
    bench.wait(100).swipe()
    assert bench.stop()["transactionId"] == 4


def test_failed_attempts_count_across_an_offline_spell() -> None:
    bench = Bench16.booted(answers={"StartTransaction": Refusal()})
    bench.command(PlugIn(vehicle="suv", soc=0.3))
    bench.swipe().wait(61)
    assert len(bench.calls("StartTransaction")) == 2
    bench.cut().come_back()
    assert len(bench.calls("StartTransaction")) == 3
    assert len(bench.charger.outbox.given_up) == 1


def test_the_id_is_filled_in_when_sent_and_stays_when_sent_again() -> None:
    bench = Bench16.booted(answers={"StartTransaction": SILENCE, "StopTransaction": SILENCE})
    bench.command(PlugIn(vehicle="suv", soc=0.3))
    bench.swipe().wait(5).swipe()
    bench.reply(bench.unanswered[0], {"transactionId": 99, "idTagInfo": {"status": "Accepted"}})
    assert bench.stop()["transactionId"] == 99
    bench.cut().come_back()
    first, second = bench.calls("StopTransaction")
    assert first.text == second.text


@pytest.mark.parametrize("code", ["RpcFrameworkError", "SecurityError", "NotSupported", "GenericError", "Whatever"])
def test_every_callerror_counts_as_not_processed(code: str) -> None:
    bench = Bench16.booted(answers={"StopTransaction": Refusal(code)})
    bench.charge().swipe().wait(200)
    assert len(bench.calls("StopTransaction")) == 3


def test_clock_aligned_values_outside_transactions_are_kept_offline() -> None:
    bench = Bench16.booted(settings={"AlignedDataCtrlr.Interval": "900"})
    bench.cut().wait(2000).come_back()
    times = {one["meterValue"][0]["timestamp"] for one in bench.payloads("MeterValues")}
    assert {"2023-11-15T12:15:00.000Z", "2023-11-15T12:30:00.000Z"} <= times


def test_the_queue_survives_a_reboot() -> None:
    bench = offline_session(Bench16.booted())
    bench.power_down().wait(30).restore().power_up().wait(1)
    delivered = names(bench.calls())
    assert delivered[0] == "BootNotification"
    assert [name for name in delivered if name in ("StartTransaction", "StopTransaction")] == [
        "StartTransaction",
        "StopTransaction",
    ]


def test_nothing_of_a_queue_leaves_before_acceptance() -> None:
    bench = offline_session(Bench16.booted())
    bench.answers["BootNotification"] = {"status": "Pending", "interval": 40, "currentTime": "2023-11-15T12:05:00Z"}
    bench.power_down().wait(30).restore().power_up().wait(100)
    assert bench.of_transactions() == []


@pytest.mark.shows("StartTransaction")
def test_two_offline_sessions_on_two_connectors_keep_their_ids_apart() -> None:
    bench = knows(Bench16.booted())
    bench.cut()
    for connector in (1, 2):
        bench.command(PlugIn(connector_id=connector, vehicle="suv", soc=0.3))
        bench.swipe(connector).wait(30)
    bench.swipe(2).wait(10).swipe(1)
    bench.forget().come_back()
    connector_of = {}
    for sent in bench.calls("StartTransaction"):
        connector_of[sent.payload["connectorId"]] = sent.payload["timestamp"]
    assert sorted(connector_of) == [1, 2]
    stops = bench.payloads("StopTransaction")
    assert [one["transactionId"] for one in stops] == [2, 1]


def test_late_answers_are_ignored() -> None:
    bench = Bench16.booted(answers={"StartTransaction": SILENCE})
    bench.command(PlugIn(vehicle="suv", soc=0.3))
    bench.swipe().wait(36)
    bench.reply(bench.unanswered[0], {"transactionId": 77, "idTagInfo": {"status": "Invalid"}})
    assert bench.status() == "Charging"
    assert bench.charger.outbox.transaction_ids is None


def test_never_two_calls_at_once() -> None:
    bench = Bench16.booted()
    bench.answers["StatusNotification"] = SILENCE
    for connector in (1, 2):
        bench.command(PlugIn(connector_id=connector, vehicle="suv"))
    bench.wait(34)
    assert bench.told(1) == ["Preparing"]
    assert bench.told(2) == []
    bench.reply(bench.unanswered[0], {})
    assert bench.told(2) == ["Preparing"]
