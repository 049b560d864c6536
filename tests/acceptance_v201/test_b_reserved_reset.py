"""Block B, case 24: a reset while something is reserved."""

from tests.acceptance_v201.bench import StationUnderTest
from tests.acceptance_v201.memory import reserved, told


def test_tc_b_24_cs() -> None:
    """Reset Charging Station - Reserved.

    Precondition: the configured EVSE is reserved, no transaction runs.
    Requirements: B11.FR.01, B11.FR.03, B11.FR.04, B11.FR.05, B01.FR.03
    Validates: the reset is accepted, the boot gives its reason, and after it every connector tells its status: the
    reserved one is Reserved again, the other Available.
    """
    station = StationUnderTest.in_state_booted()
    reserved(station)
    assert station.answer("Reset", {"type": "OnIdle"})["status"] == "Accepted"
    station.forget().wait(60)
    assert station.payloads("BootNotification")[0]["reason"] == "RemoteReset"
    assert (told(station, 1), told(station, 2)) == (["Reserved"], ["Available"])
