"""Block F, the triggers of the statuses of logs and firmware: cases 15 to 19."""

from chargepoint_sim.core.jobs import Downloaded
from tests.acceptance_v201.bench import PLACE, StationUnderTest
from tests.acceptance_v201.firmware import in_state_booted, order
from tests.acceptance_v201.test_n_logs import get_log, triggered
from tests.protocol.v201.firmware import FILE


def test_tc_f_15_cs() -> None:
    """Trigger message - LogStatusNotification - Idle.

    Precondition: no log is being uploaded.
    Requirements: F06.FR.04, F06.FR.05, F06.FR.10, F06.FR.15
    Validates: Accepted, then Idle.
    """
    assert triggered(StationUnderTest.in_state_booted(), "LogStatusNotification") == {"status": "Idle"}


def test_tc_f_16_cs() -> None:
    """Trigger message - LogStatusNotification - Uploading.

    Precondition: a log is being uploaded.
    Requirements: F06.FR.04, F06.FR.05, F06.FR.10, F06.FR.14
    Validates: Accepted, then Uploading.
    """
    station = StationUnderTest.in_state_booted()
    assert get_log(station, 16)["status"] == "Accepted"
    assert triggered(station, "LogStatusNotification")["status"] == "Uploading"


def test_tc_f_17_cs() -> None:
    """Trigger message - FirmwareStatusNotification - Specific EVSE not relevant.

    Precondition: no firmware is being updated.
    Requirements: F06.FR.03, F06.FR.04, F06.FR.05, F06.FR.10
    Validates: the EVSE that is named changes nothing: Accepted, then Idle.
    """
    station = StationUnderTest.in_state_booted()
    assert triggered(station, "FirmwareStatusNotification", evse=PLACE) == {"status": "Idle"}


def test_tc_f_18_cs() -> None:
    """Trigger message - FirmwareStatusNotification - Idle.

    Precondition: no firmware is being updated, also after an installation.
    Requirements: F06.FR.04, F06.FR.05, F06.FR.10, F06.FR.16, L01.FR.25
    Validates: Accepted, then Idle.
    """
    station = in_state_booted()
    assert triggered(station, "FirmwareStatusNotification") == {"status": "Idle"}
    order(station)
    station.finish(Downloaded(FILE)).wait(120)
    assert triggered(station, "FirmwareStatusNotification") == {"status": "Idle"}


def test_tc_f_19_cs() -> None:
    """Trigger message - FirmwareStatusNotification - Downloading.

    Precondition: firmware is being downloaded.
    Requirements: F06.FR.04, F06.FR.05, F06.FR.10, L01.FR.26
    Validates: Accepted, then Downloading.
    """
    station = in_state_booted()
    assert order(station, 19) == "Accepted"
    assert triggered(station, "FirmwareStatusNotification") == {"status": "Downloading", "requestId": 19}
