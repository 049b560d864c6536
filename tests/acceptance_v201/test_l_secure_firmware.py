"""Block L, firmware: cases in which a security event is asked for."""

from typing import Any

from chargepoint_sim.clock import format_utc
from chargepoint_sim.core.jobs import Downloaded
from tests.acceptance_v201.bench import StationUnderTest
from tests.acceptance_v201.firmware import connector_statuses, in_state_booted, order, security_events
from tests.protocol.v201.firmware import FILE, INSTALLED, UP_TO_CHECK, boots, signer, told, trust_maker

SCHEDULED = [*INSTALLED[:3], "InstallScheduled", *INSTALLED[3:]]
NEW_SESSIONS = "ChargingStation.AllowNewSessionsPendingFirmwareUpdate"


def installed(station: StationUnderTest, request_id: int, statuses: list[str]) -> None:
    """The update has told these statuses, the station runs it, and its connectors are in service."""
    assert told(station, request_id) == statuses
    assert boots(station) == [("FirmwareUpdate", "2.1.0")]
    assert connector_statuses(station, 1)[-1] == "Available"
    assert security_events(station) == ["FirmwareUpdated"]


def test_tc_l_01_cs() -> None:
    """Secure Firmware Update - Installation successful.

    Precondition: the file is signed by the manufacturer; both dates are past.
    Requirements: L01.FR.01, L01.FR.04, L01.FR.05, L01.FR.09, L01.FR.10, L01.FR.12, L01.FR.20, L01.FR.21
    Validates: every status with the request id, Unavailable while installing, the new version, FirmwareUpdated.
    """
    station = in_state_booted()
    assert order(station, 1) == "Accepted"
    station.finish(Downloaded(FILE))
    assert connector_statuses(station, 1) == ["Unavailable"]
    station.wait(120)
    installed(station, 1, INSTALLED)


def test_tc_l_02_cs() -> None:
    """Secure Firmware Update - InstallScheduled.

    Precondition: installDateTime lies ahead.
    Requirements: L01.FR.01, L01.FR.04, L01.FR.05, L01.FR.09, L01.FR.10, L01.FR.12, L01.FR.16, L01.FR.20, L01.FR.21
    Validates: InstallScheduled at once, Installing not before the date.
    """
    station = in_state_booted()
    assert order(station, 2, installDateTime=format_utc(station.now.sim + 600)) == "Accepted"
    station.finish(Downloaded(FILE)).wait(590)
    assert told(station, 2)[-1] == "InstallScheduled"
    station.wait(120)
    installed(station, 2, SCHEDULED)


def test_tc_l_03_cs() -> None:
    """Secure Firmware Update - DownloadScheduled.

    Precondition: retrieveDateTime lies ahead.
    Requirements: L01.FR.01, L01.FR.04, L01.FR.05, L01.FR.09, L01.FR.10, L01.FR.12, L01.FR.13, L01.FR.20, L01.FR.21
    Validates: DownloadScheduled at once, Downloading not before the date.
    """
    station = in_state_booted()
    assert order(station, 3, retrieveDateTime=format_utc(station.now.sim + 600)) == "Accepted"
    station.wait(590)
    assert told(station, 3) == ["DownloadScheduled"]
    station.wait(20).finish(Downloaded(FILE)).wait(120)
    installed(station, 3, ["DownloadScheduled", *INSTALLED])


def test_tc_l_05_cs() -> None:
    """Secure Firmware Update - InvalidCertificate.

    Precondition: the signing certificate is not the manufacturer's.
    Requirements: L01.FR.02, L01.FR.21, L01.FR.22
    Validates: InvalidCertificate is answered, the security event told, nothing fetched.
    """
    station = in_state_booted()
    assert order(station, 5, signingCertificate=signer("Stranger").certificate_pem) == "InvalidCertificate"
    assert security_events(station) == ["InvalidFirmwareSigningCertificate"]
    assert station.jobs == []


def test_tc_l_06_cs() -> None:
    """Secure Firmware Update - InvalidSignature.

    Precondition: the signature is that of another file.
    Requirements: L01.FR.01, L01.FR.03, L01.FR.04, L01.FR.10, L01.FR.20
    Validates: InvalidSignature after Downloaded, the security event, the old firmware.
    """
    station = in_state_booted()
    assert order(station, 6, b"another file") == "Accepted"
    station.finish(Downloaded(FILE)).wait(3600)
    assert told(station, 6) == [*UP_TO_CHECK, "InvalidSignature"]
    assert security_events(station) == ["InvalidFirmwareSignature"]
    assert boots(station) == []


def test_tc_l_10_cs() -> None:
    """Secure Firmware Update - AcceptedCanceled.

    Precondition: an update is being downloaded.
    Requirements: L01.FR.01, L01.FR.10, L01.FR.20, L01.FR.24
    Validates: a second order is AcceptedCanceled; from then on only its request id is told.
    """
    station = in_state_booted()
    assert order(station, 10) == "Accepted"
    assert told(station, 10) == ["Downloading"]
    assert order(station, 11) == "AcceptedCanceled"
    station.finish(Downloaded(FILE)).finish(Downloaded(FILE)).wait(120)
    assert told(station, 10) == ["Downloading"]
    installed(station, 11, INSTALLED)


def charging(**how: Any) -> StationUnderTest:
    """A station that trusts the manufacturer, in state EnergyTransferStarted."""
    station = StationUnderTest.in_state_booted(**how).energy_transfer_started()
    trust_maker(station)
    station.forget()
    return station


def test_tc_l_14_cs() -> None:
    """Secure Firmware Update - Unable to install with ongoing transaction - new sessions are allowed.

    Precondition: AllowNewSessionsPendingFirmwareUpdate is true; energy flows at the configured EVSE.
    Requirements: L01.FR.01, L01.FR.06, L01.FR.07, L01.FR.10, L01.FR.20, L01.FR.34
    Validates: InstallScheduled; a second transaction starts; the installation begins when both have ended.
    """
    station = charging(settings={NEW_SESSIONS: "true"})
    assert order(station, 14) == "Accepted"
    station.finish(Downloaded(FILE))
    assert told(station, 14) == SCHEDULED[:4]
    assert connector_statuses(station, 2) == []
    station.plug(2).swipe(2).wait(10)
    assert station.station.evses[1].meter.power_at(station.now.sim) > 0
    station.stop_authorised().ev_disconnected().wait(60)
    assert told(station, 14) == SCHEDULED[:4]
    station.swipe(2).wait(5).unplug(2).wait(120)
    installed(station, 14, SCHEDULED)


def test_tc_l_15_cs() -> None:
    """Secure Firmware Update - Unable to install with ongoing transaction - new sessions are not allowed.

    Precondition: AllowNewSessionsPendingFirmwareUpdate is false; energy flows at the configured EVSE.
    Requirements: L01.FR.01, L01.FR.06, L01.FR.07, L01.FR.10, L01.FR.20, L01.FR.34
    Validates: InstallScheduled; the free connector becomes Unavailable; the transaction's end lets it be installed.
    """
    station = charging(settings={NEW_SESSIONS: "false"})
    assert order(station, 15) == "Accepted"
    station.finish(Downloaded(FILE))
    assert told(station, 15) == SCHEDULED[:4]
    assert connector_statuses(station, 2) == ["Unavailable"]
    station.wait(60).stop_authorised().ev_disconnected().wait(120)
    installed(station, 15, SCHEDULED)
    assert connector_statuses(station, 2)[-1] == "Available"
