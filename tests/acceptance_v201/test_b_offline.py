"""Block B, being offline and coming back: cases 51, 52 and 57."""

from tests.acceptance_v201.bench import StationUnderTest

THRESHOLD_S = 60


def plugged_while_offline(wait_minimum_s: int) -> set[tuple[int, int, str]]:
    """The statuses that are told after so long without a link, in which a cable was put in at EVSE 1."""
    station = StationUnderTest.in_state_booted(
        settings={
            "OCPPCommCtrlr.OfflineThreshold": str(THRESHOLD_S),
            "OCPPCommCtrlr.RetryBackOffRandomRange": "0",
            "OCPPCommCtrlr.RetryBackOffWaitMinimum": str(wait_minimum_s),
        }
    )
    station.cut().restore()
    began = station.t
    station.wait(1)
    station.ev_connected_pre_session().come_back().wait(5)
    assert station.dials == [began + wait_minimum_s]
    told = station.payloads("StatusNotification")
    return {(one["evseId"], one["connectorId"], one["connectorStatus"]) for one in told}


def test_tc_b_51_cs() -> None:
    """Status change during offline period - > Offline Threshold.

    Precondition: two EVSEs; RetryBackOffWaitMinimum is 2 s longer than OfflineThreshold.
    Requirements: B04.FR.01
    Validates: the status of every connector is told, also of the one at which nothing happened.
    """
    assert plugged_while_offline(THRESHOLD_S + 2) == {(1, 1, "Occupied"), (2, 1, "Available")}


def test_tc_b_52_cs() -> None:
    """Status change during offline period - < Offline Threshold.

    Precondition: two EVSEs; RetryBackOffWaitMinimum is 2 s shorter than OfflineThreshold.
    Requirements: B04.FR.02
    Validates: the status of the connector that got a cable is told, and no other.
    """
    assert plugged_while_offline(THRESHOLD_S - 2) == {(1, 1, "Occupied")}


def test_tc_b_57_cs() -> None:
    """Network Reconnection - After connection loss.

    Precondition: RetryBackOffRepeatTimes is 2, RetryBackOffRandomRange is 0, RetryBackOffWaitMinimum is 10.
    Requirements: part 4 section 5.3
    Validates: the first dial is after that wait, also after the next loss; the one after a failed dial waits twice as
    long.
    """
    station = StationUnderTest.in_state_booted(
        settings={
            "OCPPCommCtrlr.RetryBackOffRandomRange": "0",
            "OCPPCommCtrlr.RetryBackOffRepeatTimes": "2",
            "OCPPCommCtrlr.RetryBackOffWaitMinimum": "10",
        }
    )
    station.cut().come_back()
    first = station.t
    station.wait(30).cut()
    lost = station.t
    station.wait(15).come_back()
    assert first == 10
    assert station.dials == [first, lost + 10, lost + 30]
