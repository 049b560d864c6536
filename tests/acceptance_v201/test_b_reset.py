"""Block B, resets: cases 20 to 30 and 41."""

from typing import Any

from tests.acceptance_v201.bench import EVSE_ID, StationUnderTest

AVAILABLE = [(1, "Available"), (2, "Available")]


def booted() -> StationUnderTest:
    return StationUnderTest.in_state_booted()


def charging(*evse_ids: int) -> StationUnderTest:
    """EnergyTransferStarted at those EVSEs; the record is empty."""
    station = booted()
    for evse_id in evse_ids:
        station.plug(evse_id).swipe(evse_id)
    station.wait(10)
    station.forget()
    return station


def reset(station: StationUnderTest, **request: Any) -> str:
    return str(station.answer("Reset", request)["status"])


def boot_reasons(station: StationUnderTest) -> list[str]:
    return [payload["reason"] for payload in station.payloads("BootNotification")]


def statuses(station: StationUnderTest) -> list[tuple[int, str]]:
    return [(one["evseId"], one["connectorStatus"]) for one in station.payloads("StatusNotification")]


def test_tc_b_20_cs() -> None:
    """Reset Charging Station - without transaction - OnIdle.

    Precondition: none.
    Requirements: B11.FR.01, B11.FR.03, B11.FR.04, B01.FR.03
    Validates: accepted; the station restarts at once and tells its connectors.
    """
    station = booted()
    assert reset(station, type="OnIdle") == "Accepted"
    station.wait(60)
    assert boot_reasons(station) == ["RemoteReset"]
    assert statuses(station) == AVAILABLE


def test_tc_b_21_cs() -> None:
    """Reset Charging Station - with ongoing transaction - OnIdle.

    Precondition: energy flows.
    Requirements: B12.FR.01, B12.FR.03
    Validates: scheduled; the station restarts when the transaction is over.
    """
    station = charging(1)
    assert reset(station, type="OnIdle") == "Scheduled"
    station.wait(60)
    assert boot_reasons(station) == []
    station.stop_authorised().ev_disconnected().wait(60)
    assert boot_reasons(station) == ["ScheduledReset"]


def test_tc_b_22_cs() -> None:
    """Reset Charging Station - with ongoing transaction - Immediate.

    Precondition: energy flows.
    Requirements: B12.FR.02, B12.FR.04, E07.FR.03, B01.FR.03
    Validates: the transaction ends by the reset, then the station restarts.
    """
    station = charging(1)
    assert reset(station, type="Immediate") == "Accepted"
    station.wait(60)
    (ended,) = station.transaction_events()
    assert (ended["eventType"], ended["triggerReason"]) == ("Ended", "ResetCommand")
    assert ended["transactionInfo"]["stoppedReason"] == "ImmediateReset"
    assert boot_reasons(station) == ["RemoteReset"]


def test_tc_b_23_cs() -> None:
    """Reset Charging Station - Unavailable persists reset.

    Precondition: a connector is unavailable.
    Requirements: B11.FR.01, B11.FR.02, B11.FR.03, B11.FR.04, B01.FR.03
    Validates: the connector is still unavailable after the restart.
    """
    station = booted()
    place = {"id": EVSE_ID, "connectorId": 1}
    station.answer("ChangeAvailability", {"operationalStatus": "Inoperative", "evse": place})
    station.forget()
    assert reset(station, type="OnIdle") == "Accepted"
    station.wait(60)
    assert statuses(station) == [(1, "Unavailable"), (2, "Available")]


def test_tc_b_25_cs() -> None:
    """Reset EVSE - without transaction.

    Precondition: none.
    Requirements: B11.FR.01, B11.FR.08, B11.FR.10
    Validates: accepted; the EVSE alone restarts.
    """
    station = booted()
    assert reset(station, type="OnIdle", evseId=EVSE_ID) == "Accepted"
    station.wait(60)
    assert boot_reasons(station) == []
    assert statuses(station) == [(1, "Unavailable"), (1, "Available")]


def test_tc_b_26_cs() -> None:
    """Reset EVSE - with ongoing transaction - OnIdle.

    Precondition: energy flows.
    Requirements: B12.FR.01, B12.FR.07
    Validates: scheduled; the EVSE restarts when its transaction is over.
    """
    station = charging(1)
    assert reset(station, type="OnIdle", evseId=EVSE_ID) == "Scheduled"
    station.stop_authorised().ev_disconnected().wait(60)
    assert boot_reasons(station) == []
    assert (1, "Unavailable") in statuses(station)
    assert statuses(station)[-1] == (1, "Available")


def test_tc_b_27_cs() -> None:
    """Reset EVSE - with ongoing transaction - Immediate.

    Precondition: energy flows.
    Requirements: B12.FR.02, B12.FR.08, E07.FR.03
    Validates: the transaction of the EVSE ends by the reset.
    """
    station = charging(1, 2)
    assert reset(station, type="Immediate", evseId=EVSE_ID) == "Accepted"
    (ended,) = station.transaction_events()
    assert (ended["eventType"], ended["triggerReason"]) == ("Ended", "ResetCommand")
    assert ended["transactionInfo"]["chargingState"] == "EVConnected"
    assert ended["transactionInfo"]["stoppedReason"] == "ImmediateReset"
    assert station.status(2) == "Charging"


def test_tc_b_30_cs() -> None:
    """Cold boot - Rejected - SecurityError.

    Precondition: BootNotification is answered Rejected.
    Requirements: B03.FR.08
    Validates: a request is answered with the error SecurityError.
    """
    rejected = {"status": "Rejected", "interval": 300, "currentTime": "2023-11-15T12:00:00.000Z"}
    station = StationUnderTest(answers={"BootNotification": rejected})
    station.power_up()
    assert station.error("GetBaseReport", {"requestId": 1, "reportBase": "FullInventory"}) == "SecurityError"


def test_tc_b_41_cs() -> None:
    """Reset Charging Station - with multiple ongoing transactions - OnIdle.

    Precondition: energy flows at both EVSEs.
    Requirements: B12.FR.01, B12.FR.03, E07.FR.03
    Validates: scheduled; the station restarts when the last transaction is over.
    """
    station = charging(1, 2)
    assert reset(station, type="OnIdle") == "Scheduled"
    station.swipe(1).wait(5)
    station.unplug(1).wait(60)
    assert boot_reasons(station) == []
    station.swipe(2).wait(5)
    station.unplug(2).wait(60)
    assert boot_reasons(station) == ["ScheduledReset"]
