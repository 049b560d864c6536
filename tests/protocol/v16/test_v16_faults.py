"""1.6 faults and warnings of connectors and of the station: told, acted on, cleared (sections 4.9, 7.6)."""

import ocpp.v16.enums
import pytest

from chargepoint_sim import snapshot
from chargepoint_sim.core.commands import (
    ClearFault,
    InjectFault,
    Outcome,
    PlugIn,
    RequestEnergy,
    SetPowerLimit,
    StopEnergy,
)
from chargepoint_sim.core.faults import ERROR_CODES, WARNINGS
from tests.protocol.harness import one_socket, two_sockets
from tests.protocol.v16.bench import Bench16

STATION = 0
FAULTS = sorted(ERROR_CODES.keys() - WARNINGS)


def inject(bench: Bench16, code: str, connector: int = 1, **more: str | bool) -> Outcome:
    return bench.command(InjectFault(connector_id=connector, error_code=code, **more))  # type: ignore[arg-type]  # by name


def clear(bench: Bench16, connector: int = 1) -> Outcome:
    return bench.command(ClearFault(connector_id=connector))


def told(bench: Bench16, connector: int = 1) -> list[tuple[str, str]]:
    notifications = bench.payloads("StatusNotification")
    return [(one["status"], one["errorCode"]) for one in notifications if one["connectorId"] == connector]


def test_the_codes_are_those_of_the_standard() -> None:
    assert {*ERROR_CODES, "NoError"} == {code.value for code in ocpp.v16.enums.ChargePointErrorCode}


@pytest.mark.parametrize("code", FAULTS)
def test_a_fault_of_a_connector_stops_it_and_is_gone_when_cleared(code: str) -> None:
    bench = Bench16.charging()
    bench.forget()
    assert inject(bench, code).accepted
    assert told(bench) == [("Faulted", code)]
    assert told(bench, STATION) == told(bench, 2) == []
    assert bench.stop()["reason"] == "Other"
    bench.swipe()
    assert len(bench.calls("StartTransaction")) == 0
    assert clear(bench).accepted
    assert told(bench) == [("Faulted", code), ("Finishing", "NoError")]
    bench.swipe().wait(10)
    assert bench.status() == "Charging"


@pytest.mark.parametrize("code", FAULTS)
def test_a_fault_of_the_station_stops_every_connector(code: str) -> None:
    bench = Bench16.charging(2)
    bench.forget()
    assert inject(bench, code, STATION).accepted
    assert told(bench, STATION) == told(bench, 1) == told(bench, 2) == [("Faulted", code)]
    assert bench.stop()["reason"] == "Other"
    answer = bench.ask("RemoteStartTransaction", {"idTag": "A", "connectorId": 1})
    assert answer is not None
    assert answer[2] == {"status": "Rejected"}
    bench.forget()
    assert clear(bench, STATION).accepted
    assert told(bench, STATION) == told(bench, 1) == [("Available", "NoError")]
    assert told(bench, 2) == [("Finishing", "NoError")]


def test_a_fault_of_a_connector_outlives_one_of_the_station() -> None:
    bench = Bench16.booted()
    inject(bench, "GroundFailure", 1)
    inject(bench, "PowerMeterFailure", STATION)
    clear(bench, STATION)
    assert told(bench, 1) == [("Faulted", "GroundFailure")]
    assert told(bench, 2) == [("Faulted", "PowerMeterFailure"), ("Available", "NoError")]


def test_another_fault_of_a_faulted_connector_is_told() -> None:
    bench = Bench16.booted()
    inject(bench, "GroundFailure")
    inject(bench, "OverVoltage")
    assert told(bench) == [("Faulted", "GroundFailure"), ("Faulted", "OverVoltage")]


@pytest.mark.parametrize("code", [*sorted(WARNINGS - {"EVCommunicationError"}), "HighTemperature", "OtherError"])
@pytest.mark.parametrize("connector", [STATION, 1])
def test_a_warning_is_told_and_changes_nothing(code: str, connector: int) -> None:
    bench = Bench16.charging()
    bench.forget()
    status = bench.status(connector)
    assert inject(bench, code, connector, warning=True).accepted
    assert told(bench, connector) == [(status, code)]
    assert clear(bench, connector).accepted
    assert told(bench, connector) == [(status, code), (status, "NoError")]
    assert bench.calls("StopTransaction") == []
    assert bench.status() == "Charging"


@pytest.mark.parametrize("code", sorted(WARNINGS))
def test_some_codes_are_always_warnings(code: str) -> None:
    bench = Bench16.booted()
    assert inject(bench, code).accepted
    assert bench.status() == "Available"


def test_ev_communication_error_is_told_only_with_the_statuses_that_can_carry_it() -> None:
    bench = Bench16.booted()
    inject(bench, "EVCommunicationError")
    assert told(bench) == []
    bench.command(PlugIn(vehicle="suv", soc=0.3))
    bench.swipe().wait(5)
    bench.command(StopEnergy())
    bench.command(SetPowerLimit(power_w=0))
    bench.command(SetPowerLimit(power_w=None))
    bench.command(RequestEnergy())
    bench.wait(30)
    inject(bench, "GroundFailure")
    bench.command(ClearFault())
    bench.unplug()
    assert told(bench) == [
        ("Preparing", "EVCommunicationError"),
        ("Charging", "NoError"),
        ("SuspendedEV", "EVCommunicationError"),
        ("SuspendedEVSE", "EVCommunicationError"),
        ("SuspendedEV", "EVCommunicationError"),
        ("Charging", "NoError"),
        ("Faulted", "GroundFailure"),
        ("Finishing", "NoError"),
        ("Available", "NoError"),
    ]


def test_info_and_vendor_error_code_are_told_with_the_error_alone() -> None:
    bench = Bench16.booted(spec=one_socket())
    inject(bench, "OtherError", info="coolant low", vendor_error_code="E-17")
    clear(bench)
    assert [one.text.decode() for one in bench.calls("StatusNotification")] == [
        (
            '[2,"b1-4","StatusNotification",{"connectorId":1,"errorCode":"OtherError","status":"Faulted",'
            '"timestamp":"2023-11-15T12:00:00.000Z","info":"coolant low","vendorErrorCode":"E-17"}]'
        ),
        (
            '[2,"b1-5","StatusNotification",{"connectorId":1,"errorCode":"NoError","status":"Available",'
            '"timestamp":"2023-11-15T12:00:00.000Z"}]'
        ),
    ]


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (InjectFault(error_code="NoError"), "there is no error 'NoError'"),
        (InjectFault(error_code="Gremlins"), "there is no error 'Gremlins'"),
        (InjectFault(info="i" * 51), "at most 50 characters"),
        (InjectFault(vendor_error_code="i" * 51), "at most 50 characters"),
        (InjectFault(connector_id=3), "there is no connector 3; this charger has 1 to 2"),
        (ClearFault(connector_id=1), "EVSE 1 has no fault"),
        (ClearFault(connector_id=STATION), "the station has no fault"),
    ],
)
def test_what_cannot_be_is_refused_with_the_reason(fault: InjectFault | ClearFault, reason: str) -> None:
    bench = Bench16.booted()
    outcome = bench.command(fault)
    assert not outcome.accepted
    assert reason in outcome.reason
    assert bench.sent == []


def test_a_fault_offline_is_told_as_it_stands_on_return() -> None:
    bench = Bench16.booted()
    bench.cut()
    inject(bench, "GroundFailure", 1)
    inject(bench, "OverVoltage", 2)
    clear(bench, 2)
    bench.come_back()
    assert told(bench, 1) == [("Faulted", "GroundFailure")]
    assert told(bench, 2) == []


def test_faults_and_warnings_survive_a_reboot_and_a_restart_of_the_program() -> None:
    bench = Bench16.booted()
    inject(bench, "GroundFailure", 2, info="RCD tripped")
    inject(bench, "WeakSignal", STATION)
    bench.power_down().forget().power_up()
    before = [(one["connectorId"], one["status"], one["errorCode"]) for one in bench.payloads("StatusNotification")]
    assert before == [(0, "Available", "WeakSignal"), (1, "Available", "NoError"), (2, "Faulted", "GroundFailure")]
    other = Bench16()
    snapshot.restore(other.charger, snapshot.take(bench.charger, bench.now.sim))
    other.power_up()
    after = [(one["connectorId"], one["status"], one["errorCode"]) for one in other.payloads("StatusNotification")]
    assert after == before
    assert other.payloads("StatusNotification")[2]["info"] == "RCD tripped"


def test_a_faulted_station_is_restored_faulted() -> None:
    bench = Bench16.booted()
    inject(bench, "InternalError", STATION)
    other = Bench16()
    snapshot.restore(other.charger, snapshot.take(bench.charger, bench.now.sim))
    other.power_up()
    assert told(other, 0) == told(other, 1) == [("Faulted", "InternalError")]
    assert clear(other, STATION).accepted
    assert told(other, 1)[-1] == ("Available", "NoError")


def test_a_reset_that_fails_is_tried_again_and_works_once_the_failure_is_cleared() -> None:
    bench = Bench16.charging()
    inject(bench, "ResetFailure", STATION)
    bench.configure("ResetRetries", "3")
    bench.forget()
    answer = bench.ask("Reset", {"type": "Soft"})
    assert answer is not None
    assert answer[2] == {"status": "Accepted"}
    assert bench.stop()["reason"] == "SoftReset"
    bench.wait(25)
    assert bench.calls("BootNotification") == []
    clear(bench, STATION)
    bench.wait(25)
    assert len(bench.calls("BootNotification")) == 1


@pytest.mark.parametrize(("failures", "retries", "orders"), [(1, "1", 1), (2, "1", 2), (3, "1", 2), (3, "3", 1)])
def test_a_template_has_tries_of_a_reset_fail(failures: int, retries: str, orders: int) -> None:
    bench = Bench16.booted(spec=two_sockets(reset_failures=failures))
    bench.configure("ResetRetries", retries)
    for cycle in range(2):  # each restart counts anew
        bench.forget()
        for order in range(1, orders + 1):
            assert bench.calls("BootNotification") == []
            bench.ask("Reset", {"type": "Soft"})
            bench.wait(60)
            assert len([one for one in told(bench, STATION) if one[1] == "ResetFailure"]) == min(order, orders - 1)
        assert len(bench.calls("BootNotification")) == 1, cycle
        assert bench.station.warning is None


def test_without_retries_a_failing_reset_is_given_up_at_once() -> None:
    bench = Bench16.booted()
    inject(bench, "ResetFailure", STATION)
    bench.configure("ResetRetries", "0")
    bench.forget()
    bench.ask("Reset", {"type": "Hard"})
    assert told(bench, STATION) == [("Available", "ResetFailure")]
    bench.wait(100)
    assert bench.calls("BootNotification") == []
    bench.charge()
