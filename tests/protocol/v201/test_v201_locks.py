"""2.0.1 the lock of a socket: held by a session, kept after the vehicle's side is pulled, released (E09, F05)."""

import pytest

from chargepoint_sim.core.commands import InjectFault, UnlockConnector, Unplug
from tests.protocol.v201.bench import INVALID, Bench201

KEPT = {"OCPPCommCtrlr.UnlockOnEVSideDisconnect": "false"}
LOCK = {
    "component": {"name": "ConnectorPlugRetentionLock", "evse": {"id": 1, "connectorId": 1}},
    "variable": {"name": "Active"},
}
SOCKET = {"evseId": 1, "connectorId": 1}


def active(bench: Bench201) -> bool:
    """Whether the lock holds the plug, as the central system reads it."""
    (row,) = bench.answer("GetVariables", {"getVariableData": [LOCK]})["getVariableResult"]
    return bool(row["attributeValue"] == "true")


def kept_cable() -> Bench201:
    """A cable without a vehicle, kept in its socket; the record is empty."""
    bench = Bench201.charging(settings=KEPT)
    bench.unplug(at_vehicle=True).forget()
    assert active(bench)
    return bench


@pytest.mark.shows("UnlockConnector")
def test_f05_fr_04_a_kept_cable_is_released_and_the_station_tells_it() -> None:
    bench = kept_cable()
    monitor = {"type": "Delta", "value": 1, "severity": 5, **LOCK}
    bench.answer("SetVariableMonitoring", {"setMonitoringData": [monitor]})
    refused = bench.command(Unplug())
    assert (refused.accepted, bench.payloads("StatusNotification")) == (False, [])
    assert bench.answer("UnlockConnector", SOCKET) == {"status": "Unlocked"}
    assert not active(bench)
    (event,) = bench.payloads("NotifyEvent")[-1]["eventData"]
    assert (event["component"], event["variable"], event["actualValue"]) == (*LOCK.values(), "false")
    bench.unplug()
    assert [one["connectorStatus"] for one in bench.payloads("StatusNotification")] == ["Available"]


def test_e09_fr_02_a_cable_is_let_go_with_the_session() -> None:
    bench = Bench201.charging()
    assert active(bench)
    bench.unplug(at_vehicle=True)
    assert not active(bench)
    assert bench.status() == "Available"


def test_e09_fr_03_a_kept_cable_is_let_go_by_a_token_that_starts_nothing() -> None:
    bench = kept_cable()
    bench.swipe()
    assert not active(bench)
    assert [one["eventType"] for one in bench.transaction_events()].count("Started") == 0
    bench.unplug()
    assert bench.status() == "Available"


def test_e07_fr_07_who_ends_the_session_gets_the_cable_and_a_new_one_holds_it_again() -> None:
    bench = Bench201.charging(settings={"TxCtrlr.TxStopPoint": "EVConnected"})
    assert active(bench)
    bench.swipe()
    assert bench.station.evses[0].transaction is not None
    assert not active(bench)
    bench.swipe()
    assert active(bench)


def test_e05_fr_11_the_cable_of_a_token_that_was_refused_stays_locked() -> None:
    bench = Bench201.booted(
        settings={"TxCtrlr.TxStopPoint": "EVConnected", "TxCtrlr.StopTxOnInvalidId": "true"},
        answers={"TransactionEvent": lambda event, _: INVALID if "idToken" in event else {}},
    )
    bench.plug().swipe().wait(5)
    assert bench.station.evses[0].authorized is None
    assert bench.station.evses[0].transaction is not None
    assert active(bench)


def test_f05_fr_02_an_authorised_session_keeps_the_lock() -> None:
    bench = Bench201.charging()
    assert bench.answer("UnlockConnector", SOCKET) == {"status": "OngoingAuthorizedTransaction"}
    assert active(bench)


def test_f05_fr_04_a_plug_that_nobody_has_authorised_is_let_go_until_somebody_does() -> None:
    bench = Bench201.booted()
    bench.plug()
    assert active(bench)
    assert bench.answer("UnlockConnector", SOCKET) == {"status": "Unlocked"}
    assert not active(bench)
    bench.swipe()
    assert active(bench)


def test_f05_fr_05_a_lock_that_has_failed_keeps_what_was_asked_undone() -> None:
    bench = kept_cable()
    bench.command(InjectFault(1, 1, "ConnectorLockFailure"))
    assert bench.answer("UnlockConnector", SOCKET) == {"status": "UnlockFailed"}
    assert "has failed" in bench.command(UnlockConnector(1, 1)).reason


def test_f05_fr_06_an_empty_socket_is_unlocked_too() -> None:
    bench = Bench201.booted()
    assert bench.answer("UnlockConnector", SOCKET) == {"status": "Unlocked"}
    bench.plug().swipe()
    assert active(bench)


def test_unlocking_on_the_spot_is_the_same() -> None:
    bench = kept_cable()
    assert bench.command(UnlockConnector(1, 1)).accepted
    assert not active(bench)
    assert bench.command(Unplug()).accepted
