"""Block B, the cold boot: cases 01 to 03."""

from collections.abc import Mapping
from typing import Any

from chargepoint_sim.clock import format_utc
from tests.acceptance_v201.bench import EVSE_ID, StationUnderTest, named, report_rows
from tests.protocol.harness import Bench

INTERVAL_S = 90
REQUEST = 77
EVERY_CONNECTOR = {(1, 1, "Available"), (2, 1, "Available")}
THRESHOLD = named("OCPPCommCtrlr", "OfflineThreshold")


def station_answered(first: str) -> StationUnderTest:
    """A station that has booted and was answered so; every later boot is accepted."""
    statuses = iter([first])

    def boot(_: dict[str, Any], bench: Bench) -> Mapping[str, Any]:
        status = next(statuses, "Accepted")
        return {"status": status, "interval": INTERVAL_S, "currentTime": format_utc(bench.now.sim)}

    station = StationUnderTest(answers={"BootNotification": boot})
    station.power_up()
    return station


def told(station: StationUnderTest) -> set[tuple[int, int, str]]:
    """EVSE, connector and status of every StatusNotification."""
    return {
        (one["evseId"], one["connectorId"], one["connectorStatus"]) for one in station.payloads("StatusNotification")
    }


def test_tc_b_01_cs() -> None:
    """Cold Boot Charging Station - Accepted.

    Precondition: none.
    Requirements: B01.FR.01, B01.FR.05, B01.FR.09
    Validates: BootNotification is the first message, then the status of every connector is told.
    """
    station = station_answered("Accepted")
    boot = station.calls()[0]
    assert boot.action == "BootNotification"
    assert boot.payload["reason"] == "PowerUp"
    assert told(station) == EVERY_CONNECTOR


def test_tc_b_02_cs() -> None:
    """Cold Boot Charging Station - Pending.

    Precondition: the cases of setting and getting variables and of reports pass.
    Requirements: B02.FR.01, B02.FR.02, B02.FR.04, B02.FR.05, B02.FR.06, B02.FR.08, F06.FR.17
    Validates: while Pending variables can be set, read and reported, a remote start is Rejected and nothing else is
    sent; a triggered BootNotification comes before the interval is over, and once it is accepted the connectors follow.
    """
    station = station_answered("Pending")
    station.forget()
    results = station.answer("SetVariables", {"setVariableData": [THRESHOLD | {"attributeValue": "300"}]})
    assert results["setVariableResult"][0]["attributeStatus"] == "Accepted"
    results = station.answer("GetVariables", {"getVariableData": [THRESHOLD]})
    assert results["getVariableResult"][0]["attributeValue"] == "300"
    request = {"requestId": REQUEST, "reportBase": "FullInventory"}
    assert station.answer("GetBaseReport", request) == {"status": "Accepted"}
    assert report_rows(station, "NotifyReport", "reportData", REQUEST)
    start = {"evseId": EVSE_ID, "remoteStartId": 1, "idToken": {"idToken": "04A1B2C3", "type": "ISO14443"}}
    assert station.answer("RequestStartTransaction", start)["status"] == "Rejected"
    assert {one.action for one in station.calls()} == {"NotifyReport"}
    assert station.answer("TriggerMessage", {"requestedMessage": "BootNotification"}) == {"status": "Accepted"}
    assert station.t < INTERVAL_S
    assert [one["reason"] for one in station.payloads("BootNotification")] == ["Triggered"]
    assert told(station) == EVERY_CONNECTOR


def test_tc_b_03_cs() -> None:
    """Cold Boot Charging Station - Rejected.

    Precondition: none.
    Requirements: B03.FR.02, B03.FR.04, B03.FR.06
    Validates: nothing is sent until the interval is over, then BootNotification again; accepted, the connectors follow.
    """
    station = station_answered("Rejected")
    station.forget().until(INTERVAL_S - 1)
    assert station.calls() == []
    station.until(INTERVAL_S + 1)
    assert len(station.payloads("BootNotification")) == 1
    assert told(station) == EVERY_CONNECTOR
