"""2.0.1 registration, heartbeat, clock and reset (use cases B01-B04, B11, B12, G02)."""

from typing import Any

import pytest

from chargepoint_sim.clock import format_utc
from chargepoint_sim.core.commands import PlugIn, PresentToken, Reboot
from tests.protocol.harness import NOON, SILENCE, two_sockets
from tests.protocol.v201.bench import TOKEN, Bench201


def answer(status: str, interval: int = 0) -> dict[str, Any]:
    return {"status": status, "interval": interval, "currentTime": format_utc(NOON)}


def pending(**how: Any) -> Bench201:
    bench = Bench201(answers={"BootNotification": answer("Pending", 90)}, **how)
    bench.power_up()
    bench.forget()
    return bench


def test_b01_on_the_wire() -> None:
    bench = Bench201()
    bench.power_up()
    assert [one.frame for one in bench.calls()] == [
        [
            2,
            "b1-1",
            "BootNotification",
            {
                "reason": "PowerUp",
                "chargingStation": {
                    "model": "Model",
                    "vendorName": "Vendor",
                    "firmwareVersion": "1.0",
                    "serialNumber": "SN1",
                },
            },
        ],
        [
            2,
            "b1-2",
            "StatusNotification",
            {
                "timestamp": "2023-11-15T12:00:00.000Z",
                "connectorStatus": "Available",
                "evseId": 1,
                "connectorId": 1,
            },
        ],
        [
            2,
            "b1-3",
            "StatusNotification",
            {
                "timestamp": "2023-11-15T12:00:00.000Z",
                "connectorStatus": "Available",
                "evseId": 2,
                "connectorId": 1,
            },
        ],
        [
            2,
            "b1-4",
            "SecurityEventNotification",
            {"type": "StartupOfTheDevice", "timestamp": "2023-11-15T12:00:00.000Z", "techInfo": "PowerUp"},
        ],
    ]


def test_b01_long_names_are_cut_to_the_length_of_their_fields() -> None:
    bench = Bench201(spec=two_sockets(model="m" * 30, vendor="v" * 60, firmware="f" * 60))
    bench.power_up()
    station = bench.payloads("BootNotification")[0]["chargingStation"]
    assert (len(station["model"]), len(station["vendorName"]), len(station["firmwareVersion"])) == (20, 50, 50)


@pytest.mark.shows("BootNotification")
def test_b01_fr_04_interval_becomes_the_heartbeat_interval() -> None:
    bench = Bench201(answers={"BootNotification": answer("Accepted", 120)})
    bench.power_up().wait(121)
    assert [one.at for one in bench.calls("Heartbeat")] == [120]
    assert bench.payloads("Heartbeat") == [{}]


def test_b01_fr_06_the_clock_is_set() -> None:
    late = {"status": "Accepted", "interval": 300, "currentTime": format_utc(NOON + 3600)}
    bench = Bench201(answers={"BootNotification": late})
    bench.power_up()
    assert bench.payloads("StatusNotification")[0]["timestamp"] == "2023-11-15T13:00:00.000Z"


@pytest.mark.shows("Heartbeat")
def test_g02_the_answer_to_a_heartbeat_corrects_the_clock() -> None:
    bench = Bench201.booted()
    bench.answers["Heartbeat"] = lambda _, at: {"currentTime": format_utc(at.now.sim - 3600)}
    bench.wait(300).forget()
    bench.command(PlugIn(vehicle="suv"))
    assert bench.payloads("StatusNotification")[0]["timestamp"] == "2023-11-15T11:05:00.000Z"


@pytest.mark.parametrize(("sources", "clock"), [("RealTimeClock", "12:05"), ("Heartbeat,RealTimeClock", "11:05")])
def test_g02_the_clock_inside_goes_on_by_itself_where_it_comes_first(sources: str, clock: str) -> None:
    bench = Bench201.booted()
    bench.answers["Heartbeat"] = lambda _, at: {"currentTime": format_utc(at.now.sim - 3600)}
    element = {"component": {"name": "ClockCtrlr"}, "variable": {"name": "TimeSource"}, "attributeValue": sources}
    (result,) = bench.answer("SetVariables", {"setVariableData": [element]})["setVariableResult"]
    assert result["attributeStatus"] == "Accepted"
    bench.wait(300).forget()
    bench.command(PlugIn(vehicle="suv"))
    assert bench.payloads("StatusNotification")[0]["timestamp"] == f"2023-11-15T{clock}:00.000Z"


@pytest.mark.parametrize(
    ("status", "interval", "wait_s"), [("Pending", 90, 90), ("Rejected", 90, 90), ("Pending", 0, 30)]
)
def test_b02_b03_boot_comes_again_after_the_interval_and_nothing_else(status: str, interval: int, wait_s: int) -> None:
    bench = Bench201(answers={"BootNotification": answer(status, interval)})
    bench.power_up()
    bench.command(PlugIn(vehicle="suv"))
    bench.command(PresentToken(id_token=TOKEN))
    bench.until(2 * wait_s)
    assert [(one.action, one.at) for one in bench.calls()] == [("BootNotification", n * wait_s) for n in range(3)]


def test_b02_fr_05_pending_rejects_remote_start_and_stop() -> None:
    bench = pending()
    refusal = {"status": "Rejected", "statusInfo": {"reasonCode": "CSNotAccepted"}}
    start = {"remoteStartId": 1, "idToken": {"idToken": "A", "type": "Central"}}
    assert bench.answer("RequestStartTransaction", start) == refusal
    assert bench.answer("RequestStopTransaction", {"transactionId": "t"}) == refusal
    assert bench.calls() == []


def test_b02_fr_02_pending_sends_what_it_is_asked_for() -> None:
    bench = pending()
    assert bench.answer("GetBaseReport", {"requestId": 7, "reportBase": "SummaryInventory"}) == {"status": "Accepted"}
    assert bench.answer("TriggerMessage", {"requestedMessage": "Heartbeat"}) == {"status": "Accepted"}
    place = {"id": 2, "connectorId": 1}
    asked = {"requestedMessage": "StatusNotification", "evse": place}
    assert bench.answer("TriggerMessage", asked) == {"status": "Accepted"}
    assert (
        bench.answer("TriggerMessage", {"requestedMessage": "MeterValues", "evse": {"id": 1}})["status"] == "Accepted"
    )
    assert bench.story() == [
        ("NotifyReport",),
        ("Heartbeat",),
        ("StatusNotification", "Available"),
        ("MeterValues",),
    ]
    variable = {"component": {"name": "OCPPCommCtrlr"}, "variable": {"name": "OfflineThreshold"}}
    element = {**variable, "attributeValue": "90"}
    result = bench.answer("SetVariables", {"setVariableData": [element]})["setVariableResult"][0]
    assert result["attributeStatus"] == "Accepted"


def test_b02_fr_04_a_trigger_boots_before_the_interval_and_acceptance_ends_the_waiting() -> None:
    bench = pending()
    bench.answers["BootNotification"] = answer("Accepted", 300)
    bench.wait(10)
    assert bench.answer("TriggerMessage", {"requestedMessage": "BootNotification"}) == {"status": "Accepted"}
    assert bench.payloads("BootNotification")[0]["reason"] == "Triggered"
    bench.forget().wait(200)
    assert bench.calls() == []


def test_a_triggered_boot_does_not_change_the_reason_of_the_next() -> None:
    bench = pending()
    bench.answer("TriggerMessage", {"requestedMessage": "BootNotification"})
    bench.wait(100)
    assert [one["reason"] for one in bench.payloads("BootNotification")] == ["Triggered", "PowerUp"]


def test_b03_fr_08_rejected_answers_security_error() -> None:
    bench = Bench201(answers={"BootNotification": answer("Rejected", 90)})
    bench.power_up().wait(1)
    assert bench.error("GetVariables", {"getVariableData": []}) == "SecurityError"
    assert bench.error("TriggerMessage", {"requestedMessage": "BootNotification"}) == "SecurityError"


def test_what_happened_before_acceptance_is_told_after_it() -> None:
    bench = pending(
        settings={"AuthCtrlr.OfflineTxForUnknownIdEnabled": "true", "TxCtrlr.TxBeforeAcceptedEnabled": "true"}
    )
    bench.plug().swipe()
    bench.answers["BootNotification"] = answer("Accepted", 300)
    bench.until(91)
    assert bench.story()[0] == ("BootNotification",)
    assert ("Started", "CablePluggedIn", "EVConnected") in bench.story()
    assert bench.transaction_events()[0]["offline"] is True


def test_b02_no_transaction_before_acceptance_where_none_may_be() -> None:
    bench = pending(settings={"AuthCtrlr.OfflineTxForUnknownIdEnabled": "true"})
    bench.plug()
    assert bench.command(PresentToken(id_token=TOKEN)).reason == "the central system has not accepted the charger yet"
    bench.answers["BootNotification"] = answer("Accepted", 300)
    bench.until(91)
    assert bench.transaction_events() == []
    bench.swipe()
    assert bench.story()[-1] == ("Started", "Authorized", "EVConnected")
    assert "evse" in bench.transaction_events()[0]


@pytest.mark.parametrize(("away_s", "told"), [(40, [1]), (300, [1, 2])])
def test_b04_statuses_after_an_offline_spell(away_s: float, told: list[int]) -> None:
    bench = Bench201.booted()
    bench.cut().wait(away_s / 2)
    bench.plug(1).wait(away_s / 2)
    bench.come_back()
    assert [one["evseId"] for one in bench.payloads("StatusNotification")] == told
    assert bench.calls("BootNotification") == []


def test_b04_fr_02_nothing_changed_nothing_told() -> None:
    bench = Bench201.booted()
    bench.cut().wait(20)
    bench.come_back()
    assert bench.calls() == []


def test_boot_without_an_answer_is_sent_again() -> None:
    bench = Bench201(answers={"BootNotification": SILENCE})
    bench.power_up().wait(70)
    assert [one.at for one in bench.calls("BootNotification")] == [0, 65]


@pytest.mark.parametrize("kind", ["Immediate", "OnIdle"])
def test_b11_reset_of_an_idle_station(kind: str) -> None:
    bench = Bench201.booted()
    assert bench.answer("Reset", {"type": kind}) == {"status": "Accepted"}
    assert [(close.code, close.reason) for _, close in bench.closes] == [(1001, "reboot")]
    bench.wait(20)
    assert bench.payloads("BootNotification")[0]["reason"] == "RemoteReset"
    assert len(bench.calls("StatusNotification")) == 2


def test_b12_fr_04_immediate_ends_the_transaction_first() -> None:
    bench = Bench201.charging()
    assert bench.answer("Reset", {"type": "Immediate"}) == {"status": "Accepted"}
    (ended,) = bench.transaction_events()
    assert (ended["eventType"], ended["triggerReason"]) == ("Ended", "ResetCommand")
    assert ended["transactionInfo"]["stoppedReason"] == "ImmediateReset"
    assert "offline" not in ended
    bench.wait(20)
    assert bench.payloads("BootNotification")[0]["reason"] == "RemoteReset"


def test_b12_fr_05_unanswered_end_is_sent_again_after_the_reboot() -> None:
    bench = Bench201.charging()
    bench.answers["TransactionEvent"] = SILENCE
    bench.ask("Reset", {"type": "Immediate"})
    bench.wait(15)
    bench.answers["TransactionEvent"] = {}
    bench.wait(30)
    first, second = bench.calls("TransactionEvent")
    assert first.frame == second.frame
    assert [one.action for one in bench.calls()].index("BootNotification") == 1


@pytest.mark.shows("Reset")
def test_b12_fr_01_on_idle_waits_for_the_transaction() -> None:
    bench = Bench201.charging()
    assert bench.answer("Reset", {"type": "OnIdle"}) == {"status": "Scheduled"}
    bench.wait(100)
    assert bench.calls("BootNotification") == []
    bench.unplug().wait(20)
    assert bench.transaction_events()[-1]["transactionInfo"]["stoppedReason"] == "EVDisconnected"
    assert bench.payloads("BootNotification")[0]["reason"] == "ScheduledReset"


def test_b11_fr_08_reset_of_one_evse_leaves_the_others_and_the_link_alone() -> None:
    bench = Bench201.charging(2)
    bench.plug(1).wait(1)
    bench.forget()
    assert bench.answer("Reset", {"type": "Immediate", "evseId": 2}) == {"status": "Accepted"}
    assert sorted(bench.story()) == [
        ("Ended", "ResetCommand", "EVConnected"),
        ("StatusNotification", "Unavailable"),
    ]
    assert not bench.command(PresentToken(2, id_token=TOKEN)).accepted
    bench.forget().wait(11)
    assert bench.story() == [("StatusNotification", "Occupied")]
    assert bench.closes == []
    assert bench.station.evses[0].transaction is not None


def test_b12_fr_07_reset_of_one_evse_on_idle() -> None:
    bench = Bench201.charging(2)
    assert bench.answer("Reset", {"type": "OnIdle", "evseId": 2}) == {"status": "Scheduled"}
    assert bench.answer("Reset", {"type": "OnIdle", "evseId": 1}) == {"status": "Accepted"}
    bench.wait(20)
    bench.forget()
    bench.unplug(2).wait(11)
    told = [(one["evseId"], one["connectorStatus"]) for one in bench.payloads("StatusNotification")]
    assert told == [(2, "Unavailable"), (2, "Available")]


def test_reset_of_an_unknown_evse() -> None:
    bench = Bench201.booted()
    assert bench.answer("Reset", {"type": "Immediate", "evseId": 9}) == {
        "status": "Rejected",
        "statusInfo": {"reasonCode": "UnknownEvse"},
    }
    assert bench.error("Reset", {"type": "Soft"}) == "PropertyConstraintViolation"


def test_a_reboot_on_site_gives_its_own_reason() -> None:
    bench = Bench201.booted()
    bench.command(Reboot())
    bench.wait(20)
    assert bench.payloads("BootNotification")[0]["reason"] == "LocalReset"
