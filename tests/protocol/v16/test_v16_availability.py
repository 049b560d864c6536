"""1.6 ChangeAvailability, UnlockConnector, DataTransfer and faults (sections 4.3, 5.2, 5.6, 5.18)."""

from typing import Any

import pytest

from chargepoint_sim import telemetry
from chargepoint_sim.core.commands import InjectFault, PlugIn, PresentToken, TransferData, UnlockConnector
from chargepoint_sim.core.spec import ConnectorSpec, EvseSpec
from tests.protocol.harness import two_sockets
from tests.protocol.v16.bench import TAG, Bench16

FIXED_CABLE = two_sockets(evses=(EvseSpec(1, (ConnectorSpec(1, cable_attached=True),)),))


def status_of(bench: Bench16, action: str, payload: dict[str, Any]) -> str:
    answer = bench.ask(action, payload)
    assert answer is not None
    return str(answer[2]["status"])


def change(bench: Bench16, connector: int, kind: str) -> str:
    return status_of(bench, "ChangeAvailability", {"connectorId": connector, "type": kind})


def test_idle_connector_changes_at_once_and_tells_once() -> None:
    bench = Bench16.booted()
    assert change(bench, 1, "Inoperative") == "Accepted"
    assert change(bench, 1, "Inoperative") == "Accepted"
    assert bench.told(1) == ["Unavailable"]
    assert bench.told(2) == []
    assert change(bench, 1, "Operative") == "Accepted"
    assert change(bench, 1, "Operative") == "Accepted"
    assert bench.told(1) == ["Unavailable", "Available"]


def test_the_answer_comes_before_the_status() -> None:
    bench = Bench16.booted()
    change(bench, 1, "Inoperative")
    assert [one.is_call for one in bench.sent] == [False, True]


def test_a_transaction_comes_first() -> None:
    bench = Bench16.charging()
    assert change(bench, 1, "Inoperative") == "Scheduled"
    bench.forget().wait(100)
    assert bench.told() == []
    assert bench.status() == "Charging"
    bench.swipe()
    assert bench.told() == ["Unavailable"]


def test_a_scheduled_change_can_be_taken_back() -> None:
    bench = Bench16.charging()
    assert change(bench, 1, "Inoperative") == "Scheduled"
    assert change(bench, 1, "Operative") == "Accepted"
    bench.forget().swipe()
    assert bench.told() == ["Finishing"]


def test_connector_0_changes_the_whole_charge_point() -> None:
    bench = Bench16.booted()
    assert change(bench, 0, "Inoperative") == "Accepted"
    assert [bench.told(n) for n in (0, 1, 2)] == [["Unavailable"]] * 3
    assert change(bench, 0, "Operative") == "Accepted"
    assert [bench.told(n) for n in (0, 1, 2)] == [["Unavailable", "Available"]] * 3


def test_connector_0_waits_for_the_last_transaction() -> None:
    bench = Bench16.charging(1)
    bench.forget()
    assert change(bench, 0, "Inoperative") == "Scheduled"
    assert bench.told(2) == ["Unavailable"]
    assert bench.told(1) == []
    assert bench.told(0) == []
    bench.swipe()
    assert bench.told(1) == ["Unavailable"]
    assert bench.told(0) == ["Unavailable"]
    assert change(bench, 0, "Operative") == "Accepted"
    assert bench.told(1)[-1] == "Finishing"
    assert bench.told(0)[-1] == "Available"


def test_unavailable_survives_a_reboot() -> None:
    bench = Bench16.booted()
    change(bench, 2, "Inoperative")
    bench.power_down().forget().wait(5).power_up()
    assert [bench.told(n) for n in (0, 1, 2)] == [["Available"], ["Available"], ["Unavailable"]]


def test_a_scheduled_change_survives_a_power_cut_and_ends_with_the_transaction() -> None:
    bench = Bench16.charging(1)
    assert change(bench, 1, "Inoperative") == "Scheduled"
    bench.power_down().forget().wait(5).power_up()
    assert bench.stop()["reason"] == "PowerLoss"
    assert bench.told(1)[-1] == "Unavailable"


@pytest.mark.shows("ChangeAvailability")
def test_nobody_starts_at_an_unavailable_connector() -> None:
    bench = Bench16.booted()
    change(bench, 1, "Inoperative")
    bench.command(PlugIn(vehicle="suv"))
    outcome = bench.command(PresentToken(id_token=TAG))
    assert not outcome.accepted
    assert "inoperative" in outcome.reason
    assert bench.told() == ["Unavailable"]


def test_availability_of_a_connector_that_is_not_there() -> None:
    bench = Bench16.booted()
    answer = bench.ask("ChangeAvailability", {"connectorId": 3, "type": "Inoperative"})
    assert answer is not None
    assert answer[2] == "PropertyConstraintViolation"
    assert "3" in answer[3]


# Unlock


def unlock(bench: Bench16, connector: int = 1) -> str:
    return status_of(bench, "UnlockConnector", {"connectorId": connector})


@pytest.mark.shows("UnlockConnector")
def test_unlock_stops_the_transaction_first() -> None:
    bench = Bench16.charging()
    assert unlock(bench) == "Unlocked"
    assert bench.stop()["reason"] == "UnlockCommand"
    assert bench.told()[-1] == "Finishing"


def test_unlock_without_a_transaction() -> None:
    bench = Bench16.booted()
    assert unlock(bench) == "Unlocked"
    assert bench.calls() == []


@pytest.mark.parametrize("connector", [0, 3, -1])
def test_unlock_of_no_connector_is_not_supported(connector: int) -> None:
    assert unlock(Bench16.booted(), connector) == "NotSupported"


def test_unlock_of_a_fixed_cable_is_not_supported_and_does_not_stop() -> None:
    bench = Bench16.charging(spec=FIXED_CABLE)
    assert unlock(bench) == "NotSupported"
    assert bench.calls("StopTransaction") == []
    assert not bench.command(UnlockConnector()).accepted


def test_unlock_fails_with_the_lock() -> None:
    bench = Bench16.booted()
    bench.command(InjectFault(error_code="ConnectorLockFailure"))
    assert unlock(bench) == "UnlockFailed"


def test_unlock_on_the_spot() -> None:
    bench = Bench16.charging()
    assert bench.command(UnlockConnector()).accepted
    assert bench.stop()["reason"] == "UnlockCommand"


# Data transfer


def test_data_transfer_from_the_central_system_is_for_an_unknown_vendor() -> None:
    bench = Bench16.booted()
    assert status_of(bench, "DataTransfer", {"vendorId": "com.example", "data": "x" * 5000}) == "UnknownVendorId"


def test_data_transfer_to_the_central_system() -> None:
    bench = Bench16.booted(answers={"DataTransfer": {"status": "UnknownMessageId", "data": "?"}})
    assert bench.command(TransferData(vendor_id="v", message_id="m", data="d")).accepted
    assert bench.payloads("DataTransfer") == [{"vendorId": "v", "messageId": "m", "data": "d"}]
    (event,) = bench.seen("data_transfer_answered")
    assert event.data == {"vendor_id": "v", "status": "UnknownMessageId"}


def test_data_transfer_offline_is_refused_in_words() -> None:
    bench = Bench16.booted()
    bench.cut()
    outcome = bench.command(TransferData(vendor_id="v"))
    assert not outcome.accepted
    assert "offline" in outcome.reason


def test_data_transfer_that_no_frame_can_carry_is_refused_in_words() -> None:
    bench = Bench16.booted()
    for command in (TransferData("v" * 256), TransferData(""), TransferData("v", "m" * 51)):
        outcome = bench.command(command)
        assert not outcome.accepted
        assert "255" in outcome.reason
    assert bench.calls() == []


def test_a_payload_that_breaks_the_schema_never_leaves_and_holds_nothing_up() -> None:
    bench = Bench16.booted()
    bench.charger.call("DataTransfer", {"vendorId": 7})
    bench.command(TransferData("v"))
    assert bench.payloads("DataTransfer") == [{"vendorId": "v"}]
    assert any(cause.startswith("DataTransfer not sent") for cause in bench.problems)
    del telemetry.tally["outgoing_violations", "DataTransfer"]  # this one was on purpose
