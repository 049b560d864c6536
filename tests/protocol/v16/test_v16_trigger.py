"""1.6 TriggerMessage: every requested message, before and after acceptance (section 5.17, errata 3.35 and 3.46)."""

from typing import Any

import pytest

from chargepoint_sim.core.commands import InjectFault, PlugIn
from tests.protocol.harness import NOON, SILENCE, one_socket
from tests.protocol.v16.bench import Bench16

FIRST = {
    "DiagnosticsStatusNotification": {"status": "Idle"},
    "FirmwareStatusNotification": {"status": "Idle"},
    "Heartbeat": {},
}
"""Messages that belong to no connector."""


def trigger(bench: Bench16, message: str, connector: int | None = None) -> str:
    request: dict[str, Any] = {"requestedMessage": message}
    answer = bench.ask("TriggerMessage", request if connector is None else request | {"connectorId": connector})
    assert answer is not None
    return str(answer[2]["status"])


def pending(**how: Any) -> Bench16:
    """A charge point that was told to wait."""
    wait = {"status": "Pending", "interval": 300, "currentTime": "2023-11-15T12:00:00Z"}
    bench = Bench16(answers={"BootNotification": wait}, **how)
    bench.power_up()
    bench.forget()
    return bench


@pytest.mark.shows("TriggerMessage")
@pytest.mark.parametrize("message", FIRST)
@pytest.mark.parametrize("connector", [None, 1, 99])
def test_the_answer_goes_first_then_the_message_whatever_the_connector(message: str, connector: int | None) -> None:
    bench = Bench16.booted()
    assert trigger(bench, message, connector) == "Accepted"
    assert [(one.is_call, one.action) for one in bench.sent] == [(False, "TriggerMessage"), (True, message)]
    assert bench.payloads(message) == [FIRST[message]]


@pytest.mark.parametrize("message", FIRST)
def test_while_pending_what_is_asked_for_goes_out_and_nothing_else(message: str) -> None:
    bench = pending()
    assert trigger(bench, message) == "Accepted"
    bench.wait(100)
    assert [one.action for one in bench.calls()] == [message]


def test_boot_notification_is_rejected_once_accepted() -> None:
    """Errata 3.35."""
    bench = Bench16.booted()
    assert trigger(bench, "BootNotification") == "Rejected"
    assert bench.calls() == []


def test_boot_notification_goes_out_while_pending() -> None:
    bench = pending()
    bench.answers["BootNotification"] = {"status": "Accepted", "interval": 60, "currentTime": bench.stamp}
    assert trigger(bench, "BootNotification") == "Accepted"
    assert [one.action for one in bench.calls()] == ["BootNotification", *["StatusNotification"] * 3]
    assert bench.charger.registration.accepted


def test_the_status_of_one_connector() -> None:
    bench = Bench16.booted()
    bench.command(PlugIn(connector_id=2, vehicle="suv"))
    bench.forget()
    assert trigger(bench, "StatusNotification", 2) == "Accepted"
    assert [(one["connectorId"], one["status"], one["errorCode"]) for one in bench.payloads()] == [
        (2, "Preparing", "NoError")
    ]


def test_the_status_without_a_connector_is_that_of_all_and_the_station() -> None:
    bench = Bench16.booted()
    bench.command(InjectFault(connector_id=2, error_code="GroundFailure", info="RCD tripped"))
    bench.forget()
    assert trigger(bench, "StatusNotification") == "Accepted"
    assert [(one["connectorId"], one["status"], one["errorCode"]) for one in bench.payloads()] == [
        (0, "Available", "NoError"),
        (1, "Available", "NoError"),
        (2, "Faulted", "GroundFailure"),
    ]


def test_the_status_of_the_station_alone() -> None:
    bench = Bench16.booted()
    assert trigger(bench, "StatusNotification", 0) == "Accepted"
    assert bench.told(0) == ["Available"]
    assert bench.told(1) == []


def test_statuses_told_while_pending_are_told_again_once_accepted() -> None:
    bench = pending()
    assert trigger(bench, "StatusNotification") == "Accepted"
    assert len(bench.calls("StatusNotification")) == 3
    bench.answers["BootNotification"] = {"status": "Accepted", "interval": 60, "currentTime": bench.stamp}
    bench.forget().wait(400)
    assert len(bench.calls("StatusNotification")) == 3


def test_a_status_that_is_held_back_is_told_by_a_legal_way() -> None:
    bench = Bench16.charging()
    bench.configure("MinimumStatusDuration", "600")
    bench.swipe().unplug().command(PlugIn(vehicle="suv"))
    bench.forget()
    trigger(bench, "StatusNotification", 1)
    assert bench.told() == ["Available", "Preparing"]
    bench.wait(700)
    assert bench.told() == ["Available", "Preparing", "Finishing"]


@pytest.mark.parametrize("message", ["StatusNotification", "MeterValues"])
def test_a_connector_that_does_not_exist_is_rejected(message: str) -> None:
    bench = Bench16.booted()
    assert trigger(bench, message, 3) == "Rejected"
    assert bench.calls() == []


def test_meter_values_show_now_and_name_the_transaction() -> None:
    bench = Bench16.charging(settings={"SampledDataCtrlr.TxUpdatedMeasurands": "Energy.Active.Import.Register"})
    bench.wait(7).forget()
    assert trigger(bench, "MeterValues", 1) == "Accepted"
    (payload,) = bench.payloads("MeterValues")
    register = int(bench.station.evses[0].meter.register_at(bench.now.sim))
    assert register > 0
    assert payload == {
        "connectorId": 1,
        "transactionId": 1,
        "meterValue": [
            {
                "timestamp": bench.stamp,
                "sampledValue": [
                    {
                        "context": "Trigger",
                        "measurand": "Energy.Active.Import.Register",
                        "unit": "Wh",
                        "value": str(register),
                    }
                ],
            }
        ],
    }


def test_meter_values_without_a_connector_are_those_of_all_and_the_main_meter() -> None:
    bench = Bench16.charging()
    bench.forget()
    assert trigger(bench, "MeterValues") == "Accepted"
    assert [(one["connectorId"], one.get("transactionId")) for one in bench.payloads("MeterValues")] == [
        (0, None),
        (1, 1),
        (2, None),
    ]


def test_meter_values_name_no_transaction_whose_id_is_not_known_yet() -> None:
    bench = Bench16.booted(answers={"StartTransaction": SILENCE})
    bench.command(PlugIn(vehicle="suv"))
    bench.swipe().wait(5)
    trigger(bench, "MeterValues", 1)
    bench.reply(bench.unanswered[0], {"transactionId": 9, "idTagInfo": {"status": "Accepted"}})
    assert "transactionId" not in bench.payloads("MeterValues")[0]


def test_meter_values_are_rejected_where_nothing_asked_for_can_be_measured() -> None:
    bench = Bench16.booted(settings={"SampledDataCtrlr.TxUpdatedMeasurands": "SoC"})
    assert trigger(bench, "MeterValues") == "Rejected"
    assert bench.calls() == []


def test_meter_values_while_pending() -> None:
    bench = pending(spec=one_socket())
    assert trigger(bench, "MeterValues") == "Accepted"
    assert len(bench.calls("MeterValues")) == 2


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        ({}, "OccurenceConstraintViolation"),
        ({"requestedMessage": "StartTransaction"}, "PropertyConstraintViolation"),
        ({"requestedMessage": "Heartbeat", "connectorId": "1"}, "TypeConstraintViolation"),
    ],
)
def test_bad_requests_are_refused_by_schema(payload: dict[str, Any], code: str) -> None:
    bench = Bench16.booted()
    answer = bench.ask("TriggerMessage", payload)
    assert answer is not None
    assert answer[2] == code


def test_time_is_not_asked_for_twice() -> None:
    bench = Bench16.booted()
    bench.wait(200)
    trigger(bench, "Heartbeat")
    bench.forget().wait(299)
    assert bench.now.sim < NOON + 500
    assert bench.calls("Heartbeat") == []
