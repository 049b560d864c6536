"""The sans-I/O charger: bad frames, repeated and crossing calls, deadlines at their own instant, determinism."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chargepoint_sim.clock import Timeline
from chargepoint_sim.core.behaviour import Behaviour
from chargepoint_sim.core.commands import PlugIn, PresentToken, SetPowerLimit
from tests.protocol.harness import NOON, SILENCE, Refusal
from tests.protocol.v16.bench import TAG, Bench16


def refused(text: str) -> list[Any]:
    """The CALLERROR that a text meets, without its description."""
    bench = Bench16.booted()
    bench.say(text)
    (sent,) = bench.sent
    assert sent.frame[0] == 4
    assert sent.frame[3]
    return [sent.frame[1], sent.frame[2]]


BAD_CALLS = {
    "unknown action": ('[2,"1","Nonsense",{}]', "NotImplemented"),
    "action in other letters": ('[2,"1","reset",{"type":"Soft"}]', "NotImplemented"),
    "a message of ours": ('[2,"1","Heartbeat",{}]', "NotSupported"),
    "payload no object": ('[2,"1","ClearCache",[]]', "FormationViolation"),
    "payload null": ('[2,"1","ClearCache",null]', "FormationViolation"),
    "payload missing": ('[2,"1","ClearCache"]', "ProtocolError"),
    "too many elements": ('[2,"1","ClearCache",{},{}]', "ProtocolError"),
    "action no text": ('[2,"1",7,{}]', "ProtocolError"),
    "extra key": ('[2,"1","Reset",{"type":"Soft","really":true}]', "FormationViolation"),
    "missing key": ('[2,"1","Reset",{}]', "OccurenceConstraintViolation"),
    "wrong type": ('[2,"1","UnlockConnector",{"connectorId":"1"}]', "TypeConstraintViolation"),
    "wrong enum": ('[2,"1","Reset",{"type":"Medium"}]', "PropertyConstraintViolation"),
    "too long": (f'[2,"1","RemoteStartTransaction",{{"idTag":"{"x" * 21}"}}]', "PropertyConstraintViolation"),
    "no such connector": (
        '[2,"1","ChangeAvailability",{"connectorId":9,"type":"Operative"}]',
        "PropertyConstraintViolation",
    ),
    "worst of several": ('[2,"1","Reset",{"typ":5}]', "FormationViolation"),
}


@pytest.mark.parametrize(("text", "code"), BAD_CALLS.values(), ids=BAD_CALLS)
def test_a_bad_call_gets_its_callerror(text: str, code: str) -> None:
    assert refused(text) == ["1", code]


SILENT = {
    "garbage": "garbage",
    "nothing": "",
    "an object": '{"2":"x"}',
    "too short": '[2,"1"]',
    "empty array": "[]",
    "not UTF-8": b'[2,"1","Reset",{"type":"\xff"}]',
    "NaN": '[2,"1","Reset",{"type":NaN}]',
    "lone surrogate": '[2,"1","DataTransfer",{"vendorId":"\\ud800"}]',
    "deep": "[" * 5000 + "]" * 5000,
    "unknown message type": '[9,"1","Reset",{}]',
    "message type as text": '["2","1","Reset",{}]',
    "message type true": '[true,"1","Reset",{}]',
    "id a number": '[2,17,"ClearCache",{}]',
    "id empty": '[2,"","ClearCache",{}]',
    "id too long": f'[2,"{"i" * 37}","ClearCache",{{}}]',
    "foreign result": '[3,"nobody",{}]',
    "foreign error": '[4,"nobody","InternalError","",{}]',
    "result no object": '[3,"b1-1",[]]',
    "error of two": '[4,"b1-1"]',
}


@pytest.mark.parametrize("text", SILENT.values(), ids=SILENT)
def test_what_cannot_be_answered_is_passed_over_and_the_charger_goes_on(text: str | bytes) -> None:
    bench = Bench16.booted()
    bench.say(text)
    assert bench.sent == []
    assert bench.linked
    assert bench.ask("ClearCache") == [3, "csms-1", {"status": "Accepted"}]


@pytest.mark.parametrize("error", ['[4,"{}","X"]', '[4,"{}",null,null,null]', '[4,"{}","X","y"]', '[4,"{}",5,5,5]'])
def test_a_maimed_callerror_is_still_an_error(error: str) -> None:
    bench = Bench16.booted()
    bench.answers["Heartbeat"] = SILENCE
    bench.wait(301)
    bench.say(error.format(bench.unanswered[0].frame[1]))
    assert bench.charger.session.outstanding is None
    assert any(cause.startswith("Heartbeat: CALLERROR") for cause in bench.problems)


def test_a_maimed_result_leaves_the_call_to_its_time_out() -> None:
    bench = Bench16.booted()
    bench.answers["Heartbeat"] = SILENCE
    bench.wait(301)
    bench.say(f'[3,"{bench.unanswered[0].frame[1]}",[]]')
    assert bench.charger.session.outstanding is not None
    bench.wait(35)
    assert bench.problems["Heartbeat: no answer in time"] == 1


def test_a_call_that_comes_twice_is_carried_out_once_and_answered_twice() -> None:
    bench = Bench16.booted()
    bench.command(PlugIn(vehicle="suv"))
    bench.forget()
    call = '[2,"same","RemoteStartTransaction",{"idTag":"R","connectorId":1}]'
    bench.say(call).say(call)
    answers = [one.text for one in bench.sent if not one.is_call]
    assert answers == [b'[3,"same",{"status":"Accepted"}]'] * 2
    assert len(bench.calls("StartTransaction")) == 1


def test_our_call_under_way_does_not_keep_the_central_system_waiting() -> None:
    bench = Bench16.booted()
    bench.answers["Heartbeat"] = SILENCE
    bench.wait(300)
    assert bench.charger.session.outstanding is not None
    assert bench.ask("ClearCache") == [3, "csms-1", {"status": "Accepted"}]
    bench.reply(bench.unanswered[0], {"currentTime": bench.stamp})
    assert bench.charger.session.outstanding is None


def test_calls_time_out_after_35_s_and_the_next_goes_out() -> None:
    bench = Bench16.booted()
    bench.answers["StatusNotification"] = SILENCE
    bench.command(PlugIn(connector_id=1, vehicle="suv"))
    bench.command(PlugIn(connector_id=2, vehicle="suv"))
    bench.wait(34.9)
    assert len(bench.calls()) == 1
    bench.wait(0.2)
    assert [one.at for one in bench.calls()] == [0, 35]
    assert bench.problems["StatusNotification: no answer in time"] == 1


def test_answers_with_flaws_are_used_and_noted() -> None:
    bench = Bench16.booted(
        answers={"StartTransaction": {"transactionId": 12, "idTagInfo": {"status": "Accepted", "mood": "fine"}}}
    )
    bench.charge().swipe()
    assert bench.stop()["transactionId"] == 12
    assert any(cause.startswith("bad answer to StartTransaction") for cause in bench.problems)


@pytest.mark.parametrize("answer", [{}, {"idTagInfo": None}, {"idTagInfo": {"status": 5}}, {"idTagInfo": []}])
def test_an_authorize_answer_that_cannot_be_read_is_a_refusal(answer: dict[str, Any]) -> None:
    bench = Bench16.booted(answers={"Authorize": answer})
    bench.command(PlugIn(vehicle="suv"))
    bench.command(PresentToken(id_token=TAG))
    bench.wait(10)
    assert bench.calls("StartTransaction") == []


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
@settings(max_examples=200, deadline=None)
def test_no_text_ever_breaks_the_charger(text: bytes) -> None:
    bench = Bench16.booted()
    bench.say(text)
    assert bench.ask("ClearCache") is not None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**6), 10**6) | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)


@given(
    st.sampled_from(["Reset", "ChangeConfiguration", "GetConfiguration", "RemoteStartTransaction", "UnlockConnector"]),
    JSON,
)
@settings(max_examples=200, deadline=None)
def test_every_call_gets_exactly_one_answer(action: str, payload: Any) -> None:
    bench = Bench16.booted()
    bench.say(json.dumps([2, "id", action, payload]))
    assert len([one for one in bench.sent if not one.is_call]) == 1


# Time

QUIET = {
    "OCPPCommCtrlr.HeartbeatInterval": "0",
    "OCPPCommCtrlr.WebSocketPingInterval": "0",
    "AlignedDataCtrlr.Interval": "900",
    "SampledDataCtrlr.TxEndedMeasurands": "Energy.Active.Import.Register,SoC",
}
BUSY = Behaviour(
    sessions_per_evse_per_day=30,
    vehicles={"suv": 0.5, "compact": 0.5},
    id_tokens=("A", "B"),
    dwell_s=(300, 3000),
    first_arrival_s=(0, 600),
)
OPEN = QUIET | {"AuthCtrlr.OfflineTxForUnknownIdEnabled": "true"}


def life(pass_time: Callable[[Bench16], None]) -> Bench16:
    """Two busy hours without a link."""
    zero = {"status": "Accepted", "interval": 0, "currentTime": "2023-11-15T12:00:00Z"}
    bench = Bench16.booted(settings=OPEN, behaviour=BUSY, answers={"BootNotification": zero})
    bench.cut()
    pass_time(bench)
    assert bench.t == pytest.approx(7200)
    return bench


@given(st.lists(st.floats(0.01, 3000), max_size=12))
@settings(max_examples=25, deadline=None)
def test_deadlines_run_at_their_own_instant_however_late_the_process_is(steps: list[float]) -> None:
    def in_leaps(bench: Bench16) -> None:
        for step in steps:
            bench.leap(min(step, 7200 - bench.t))
        bench.leap(7200 - bench.t)

    def punctually(bench: Bench16) -> None:
        bench.until(7200)

    punctual, late = queued(life(punctually)), queued(life(in_leaps))
    assert len(punctual) > 20
    assert late == punctual


def queued(bench: Bench16) -> list[Any]:
    """What waits to be told; its timestamps show when things really happened."""
    return [[one.action, one.payload] for one in bench.charger.outbox.transactions or ()]


@given(st.floats(0.01, 0.5))
@settings(max_examples=10, deadline=None)
def test_a_command_that_comes_late_finds_what_was_due_done(lag_s: float) -> None:
    def run(lag: float) -> Bench16:
        bench = Bench16.charging()
        bench.until(60)
        bench.t += lag
        bench.command(SetPowerLimit(power_w=0))
        return bench

    prompt, late = run(0), run(lag_s)
    assert late.payloads("MeterValues") == prompt.payloads("MeterValues")
    assert late.payloads("MeterValues")[0]["meterValue"][0]["timestamp"].startswith("2023-11-15T12:01:00")


def day(seed: int, charger_id: str = "c1") -> list[str]:
    bench = Bench16(behaviour=BUSY, seed=seed, charger_id=charger_id)
    return bench.power_up().wait(86400 / 4).texts()


def test_the_same_seed_gives_the_same_transcript_byte_for_byte() -> None:
    assert day(7) == day(7)
    assert len(day(7)) > 200


def test_another_seed_or_charger_gives_another_life() -> None:
    assert day(7) != day(8)
    assert day(7) != day(7, "c2")


def test_scaled_time_keeps_samples_on_simulated_and_heartbeats_on_real_time() -> None:
    bench = Bench16.booted(scale=60.0)
    bench.command(PlugIn(vehicle="suv", soc=0.3))
    bench.command(PresentToken(id_token=TAG))
    bench.wait(10.01)
    assert [one.at for one in bench.calls("MeterValues")] == pytest.approx(list(range(1, 11)), abs=0.01)
    stamps = [one["meterValue"][0]["timestamp"] for one in bench.payloads("MeterValues")]
    assert stamps[:2] == ["2023-11-15T12:01:00.000Z", "2023-11-15T12:02:00.000Z"]
    bench.forget().wait(300)
    assert bench.problems == {}


def test_the_next_deadline_is_never_in_the_past_after_advance() -> None:
    bench = Bench16(behaviour=BUSY)
    bench.power_up()
    for _ in range(300):
        due = bench.charger.next_deadline()
        assert due > bench.t
        bench.until(due)


def test_an_idle_charger_wakes_only_for_pings_and_heartbeats() -> None:
    bench = Bench16.booted(settings={"OCPPCommCtrlr.WebSocketPingInterval": "0"})
    assert bench.charger.next_deadline() == 300
    bench.answers["Heartbeat"] = Refusal()
    bench.wait(300)
    assert bench.charger.next_deadline() == 600
    assert Timeline(NOON, 0.0).at_io(300).sim == NOON + 300
