"""1.6 registration, heartbeat and clock (sections 4.2 and 4.6)."""

from typing import Any

import pytest

from chargepoint_sim.clock import format_utc, parse_utc
from chargepoint_sim.core.commands import PlugIn, PresentToken, TransferData
from tests.protocol.harness import NOON, SILENCE, Bench, Refusal
from tests.protocol.v16.bench import TAG, Bench16


def answer(status: str, interval: int = 0, **more: Any) -> dict[str, Any]:
    return {"status": status, "interval": interval, "currentTime": format_utc(NOON), **more}


def boots(bench: Bench) -> list[float]:
    return [one.at for one in bench.calls("BootNotification")]


def test_accepted_tells_every_connector_once() -> None:
    bench = Bench16()
    bench.power_up()
    assert [one.action for one in bench.calls()] == ["BootNotification"] + ["StatusNotification"] * 3
    assert [(one["connectorId"], one["status"]) for one in bench.payloads("StatusNotification")] == [
        (0, "Available"),
        (1, "Available"),
        (2, "Available"),
    ]
    bench.wait(100)
    assert len(bench.calls()) == 4


@pytest.mark.parametrize("status", ["Pending", "Rejected"])
def test_boot_is_repeated_after_the_interval_and_nothing_else_is_sent(status: str) -> None:
    bench = Bench16(answers={"BootNotification": answer(status, 90)})
    bench.power_up()
    bench.command(PlugIn(vehicle="suv"))
    bench.command(PresentToken(id_token=TAG))
    bench.wait(200)
    assert boots(bench) == [0, 90, 180]
    assert len(bench.sent) == 3
    assert bench.problems[f"BootNotification: {status}"] == 3


@pytest.mark.parametrize("status", ["Pending", "Rejected"])
def test_interval_0_lets_the_charger_choose_without_flooding(status: str) -> None:
    bench = Bench16(answers={"BootNotification": answer(status, 0)})
    bench.power_up().wait(95)
    assert boots(bench) == [0, 30, 60, 90]


def test_interval_0_when_accepted_keeps_the_charger_s_own_heartbeat() -> None:
    bench = Bench16(answers={"BootNotification": answer("Accepted", 0)})
    bench.power_up().wait(301)
    assert [one.at for one in bench.calls("Heartbeat")] == [300]


@pytest.mark.shows("BootNotification")
def test_interval_becomes_the_heartbeat_interval() -> None:
    bench = Bench16(answers={"BootNotification": answer("Accepted", 120)})
    bench.power_up().wait(250)
    assert [one.at for one in bench.calls("Heartbeat")] == [120, 240]
    assert bench.station.settings.integer("OCPPCommCtrlr.HeartbeatInterval") == 120


@pytest.mark.parametrize(
    "wrong",
    [
        answer("Accepted", 60, vendorSays="hello"),
        {"status": "Accepted", "interval": 60},
        {"status": "Accepted", "currentTime": format_utc(NOON), "interval": 60.0},
        answer("Accepted", 60) | {"currentTime": "yesterday"},
    ],
    ids=["extra key", "no currentTime", "interval as number", "unreadable currentTime"],
)
def test_a_wrong_answer_that_can_be_read_still_boots(wrong: dict[str, Any]) -> None:
    bench = Bench16(answers={"BootNotification": wrong})
    bench.power_up()
    assert bench.charger.registration.accepted
    bench.wait(60)
    assert len(bench.calls("Heartbeat")) == 1


@pytest.mark.parametrize(
    "wrong",
    [{}, answer("accepted", 60), answer("Accepted", -5) | {"status": 7}, {"status": None}],
    ids=["empty", "misspelt", "number", "null"],
)
def test_an_answer_that_cannot_be_read_counts_as_rejected_and_is_noted(wrong: dict[str, Any]) -> None:
    bench = Bench16(answers={"BootNotification": wrong})
    bench.power_up()
    assert not bench.charger.registration.accepted
    assert any(cause.startswith("bad answer to BootNotification") for cause in bench.problems)
    bench.answers["BootNotification"] = answer("Accepted", 60)
    bench.wait(61)
    assert bench.charger.registration.accepted


@pytest.mark.parametrize("status", ["Accepted", "Pending", "Rejected"])
def test_no_wait_is_ever_negative_or_zero(status: str) -> None:
    bench = Bench16(answers={"BootNotification": answer(status, -1)})
    bench.power_up().wait(29)
    assert boots(bench) == [0]


def test_boot_is_repeated_after_a_callerror() -> None:
    bench = Bench16(answers={"BootNotification": Refusal("InternalError")})
    bench.power_up().wait(65)
    assert boots(bench) == [0, 30, 60]
    ids = {one.frame[1] for one in bench.calls("BootNotification")}
    assert len(ids) == 3


def test_boot_is_repeated_after_a_time_out() -> None:
    bench = Bench16(answers={"BootNotification": SILENCE})
    bench.power_up().wait(140)
    assert boots(bench) == [0, 65, 130]
    assert bench.problems["BootNotification: no answer in time"] == 2


def test_a_late_answer_to_boot_is_ignored() -> None:
    bench = Bench16(answers={"BootNotification": SILENCE})
    bench.power_up().wait(40)
    bench.reply(bench.unanswered[0], answer("Accepted", 60))
    assert not bench.charger.registration.accepted


def test_pending_answers_the_central_system_and_refuses_remote_start() -> None:
    bench = Bench16(answers={"BootNotification": answer("Pending", 600)})
    bench.power_up()
    reply = bench.ask("GetConfiguration", {"key": ["NumberOfConnectors"]})
    assert reply is not None
    assert reply[2]["configurationKey"][0]["value"] == "2"
    assert bench.configure("HeartbeatInterval", "77") == "Accepted"
    assert bench.ask("RemoteStartTransaction", {"idTag": "A", "connectorId": 1}) == [
        3,
        f"csms-{bench.ids}",
        {"status": "Rejected"},
    ]
    assert [one.action for one in bench.calls()] == ["BootNotification"]


def test_rejected_keeps_silent_even_when_asked() -> None:
    bench = Bench16(answers={"BootNotification": answer("Rejected", 600)})
    bench.power_up()
    assert bench.ask("GetConfiguration") is None
    assert bench.ask("Reset", {"type": "Hard"}) is None
    assert len(bench.sent) == 1


def test_nothing_volatile_is_kept_for_the_time_after_acceptance() -> None:
    bench = Bench16(answers={"BootNotification": answer("Pending", 60)})
    bench.power_up()
    outcome = bench.command(TransferData(vendor_id="v", data="d"))
    assert not outcome.accepted
    bench.answers["BootNotification"] = answer("Accepted", 60)
    bench.wait(61)
    assert bench.calls("DataTransfer") == []


def test_a_reconnect_does_not_boot_again() -> None:
    bench = Bench16.booted()
    bench.wait(10).cut().wait(20).come_back()
    assert bench.calls("BootNotification") == []
    assert bench.charger.registration.accepted


def test_a_reconnect_while_pending_waits_for_the_rest_of_the_interval() -> None:
    bench = Bench16(answers={"BootNotification": answer("Pending", 100)})
    bench.power_up().wait(10).cut().come_back().wait(100)
    assert boots(bench) == [0, 100]


def test_a_reconnect_after_the_interval_has_passed_boots_at_once() -> None:
    bench = Bench16(answers={"BootNotification": answer("Rejected", 30)})
    bench.power_up().wait(10).cut().wait(60).come_back()
    assert boots(bench) == [0, bench.t]


def test_a_boot_under_way_when_the_link_goes_is_sent_anew() -> None:
    bench = Bench16(answers={"BootNotification": SILENCE})
    bench.power_up().wait(1).cut()
    bench.answers["BootNotification"] = answer("Accepted", 60)
    bench.come_back()
    assert boots(bench) == [0, bench.t]
    assert bench.charger.registration.accepted


def test_heartbeat_follows_silence_only() -> None:
    bench = Bench16.booted()
    bench.wait(200).command(TransferData(vendor_id="v"))
    bench.wait(299)
    assert bench.calls("Heartbeat") == []
    bench.wait(1)
    assert [one.at for one in bench.calls("Heartbeat")] == [500]


@pytest.mark.parametrize(
    ("interval", "chatter"), [("300", "120"), ("200000", "0")], ids=["never silent", "long interval"]
)
def test_a_heartbeat_asks_for_the_time_once_a_day(interval: str, chatter: str) -> None:
    bench = Bench16.booted()
    bench.configure("ClockAlignedDataInterval", chatter)
    bench.configure("HeartbeatInterval", interval)
    bench.wait(2 * 86400 + 1)
    assert [one.at for one in bench.calls("Heartbeat")] == [86400, 172800]


def test_heartbeats_follow_one_another() -> None:
    bench = Bench16.booted()
    bench.wait(1000)
    assert [one.at for one in bench.calls("Heartbeat")] == [300, 600, 900]


@pytest.mark.parametrize("ahead_s", [-3600.0, 7.0, 86400.0])
def test_the_clock_follows_the_central_system_by_an_offset(ahead_s: float) -> None:
    bench = Bench16(
        answers={
            "BootNotification": lambda _, at: {
                "status": "Accepted",
                "interval": 300,
                "currentTime": format_utc(at.now.sim + ahead_s),
            }
        }
    )
    bench.power_up().wait(100)
    bench.command(PlugIn(vehicle="suv"))
    told = bench.payloads("StatusNotification")[-1]
    assert parse_utc(told["timestamp"]) == pytest.approx(NOON + 100 + ahead_s, abs=0.01)


@pytest.mark.shows("Heartbeat")
def test_heartbeat_corrects_the_clock() -> None:
    bench = Bench16.booted()
    bench.answers["Heartbeat"] = lambda _, at: {"currentTime": format_utc(at.now.sim - 42)}
    bench.wait(310).command(PlugIn(vehicle="suv"))
    assert parse_utc(bench.payloads("StatusNotification")[-1]["timestamp"]) == pytest.approx(NOON + 310 - 42, abs=0.01)


def test_whole_seconds_of_the_central_system_do_not_move_the_clock() -> None:
    bench = Bench16.booted()
    bench.answers["Heartbeat"] = lambda _, at: {"currentTime": format_utc(at.now.sim - 0.9)}
    bench.wait(310)
    assert bench.station.utc_offset_s == 0


@pytest.mark.parametrize(
    "text",
    ["2023-11-15T14:00:30+02:00", "2023-11-15T12:00:30.123456789Z", "2023-11-15T12:00:30", "2023-11-15t12:00:30z"],
)
def test_any_rfc_3339_form_of_current_time_is_read(text: str) -> None:
    bench = Bench16(answers={"BootNotification": answer("Accepted", 300) | {"currentTime": text}})
    bench.power_up()
    assert bench.station.utc_offset_s == pytest.approx(30, abs=0.2)


def test_scaled_time_notes_the_clock_and_does_not_follow_it() -> None:
    bench = Bench16(
        scale=60.0, answers={"BootNotification": answer("Accepted", 300) | {"currentTime": "2020-01-01T00:00:00Z"}}
    )
    bench.power_up()
    assert bench.station.utc_offset_s == 0
    assert bench.station.csms_offset_s < -1e8


def test_every_boot_has_fresh_message_ids() -> None:
    ids = set()
    for boot_id in ("b1", "b2"):
        bench = Bench16(boot_id=boot_id)
        bench.power_up()
        ids |= {one.frame[1] for one in bench.calls()}
    assert len(ids) == 8
    assert all(len(message_id) <= 36 for message_id in ids)
