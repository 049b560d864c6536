"""Block L, firmware: cases in which no security event is asked for."""

from chargepoint_sim.core.jobs import Downloaded, JobFailed
from tests.acceptance_v201.firmware import in_state_booted, order
from tests.protocol.v201.firmware import UP_TO_CHECK, boots, told, unsigned, update


def test_tc_l_07_cs() -> None:
    """Secure Firmware Update - DownloadFailed.

    Precondition: the location names a file that does not exist.
    Requirements: L01.FR.01, L01.FR.10, L01.FR.20
    Validates: the order is accepted; Downloading and DownloadFailed are told with its request id.
    """
    station = in_state_booted()
    assert order(station, 7, location="https://files.example/2.1.0.bin_does_not_exist") == "Accepted"
    station.finish(JobFailed("files.example:443: HTTP 404")).wait(3600)
    assert told(station, 7) == ["Downloading", "DownloadFailed"]
    assert boots(station) == []


def test_tc_l_08_cs() -> None:
    """Secure Firmware Update - InstallVerificationFailed or InstallationFailed.

    Precondition: the location names a file that is signed, and no firmware.
    Requirements: L01.FR.01, L01.FR.10, L01.FR.12, L01.FR.20
    Validates: the signature is found right, the verification fails, the station goes on with what it has.
    """
    station = in_state_booted()
    assert order(station, 8, b"<html></html>") == "Accepted"
    station.finish(Downloaded(b"<html></html>")).wait(3600)
    assert told(station, 8) == [*UP_TO_CHECK, "SignatureVerified", "InstallVerificationFailed"]
    assert boots(station) == []
    assert station.status() == "Available"


def test_tc_l_18_cs() -> None:
    """Secure Firmware Update - Missing firmware signing certificate and signature.

    Precondition: none.
    Requirements: L01.FR.09
    Validates: an order without certificate and signature is Rejected, and nothing is fetched.
    """
    station = in_state_booted()
    assert update(station, unsigned(station, in_s=-7200)) == "Rejected"
    assert station.jobs == []
