"""Firmware updates: wait, download, check, wait for the vehicles, install, restart (2.0.1 L01, L02; 1.6 section 4.5).

Owns the legal ways from status to status, what a firmware file is, and when connectors are out of service. The
download, and the check of a signature, are jobs that the adapter starts for DownloadDue and VerificationDue; what
came of them comes back by `downloaded` and `verified`.

A firmware file is any file whose first line is `chargepoint-sim-firmware <version>`; the version has 1 to 50
printable characters and no space. One line makes one: `echo "chargepoint-sim-firmware 2.1.0" > firmware.bin`.
"""

import re
from collections.abc import Callable, Mapping

from chargepoint_sim.core import reservation
from chargepoint_sim.core.facts import (
    DownloadDue,
    FirmwareStatusChanged,
    ResetDue,
    SecurityEventRaised,
    VerificationDue,
)
from chargepoint_sim.core.jobs import Cause, Downloaded, JobFailed, JobResult
from chargepoint_sim.core.orders import ENDS, FirmwareStatus, FirmwareUpdate, TransferFault
from chargepoint_sim.core.state import StationState

DEADLINE = "firmware"
MAGIC = b"chargepoint-sim-firmware "
BOOT_REASON = "FirmwareUpdate"
NEW_SESSIONS = "ChargingStation.AllowNewSessionsPendingFirmwareUpdate"
PAUSE_S = 30.0
"""How long a download that pauses stands still, simulated seconds."""
_VERSION = re.compile(rb"[!-~]{1,50}")

LEGAL: Mapping[FirmwareStatus, tuple[FirmwareStatus, ...]] = {
    FirmwareStatus.IDLE: (FirmwareStatus.DOWNLOAD_SCHEDULED, FirmwareStatus.DOWNLOADING),
    FirmwareStatus.DOWNLOAD_SCHEDULED: (FirmwareStatus.DOWNLOADING,),
    FirmwareStatus.DOWNLOADING: (
        FirmwareStatus.DOWNLOADED,
        FirmwareStatus.DOWNLOAD_FAILED,
        FirmwareStatus.DOWNLOAD_PAUSED,
    ),
    FirmwareStatus.DOWNLOAD_PAUSED: (FirmwareStatus.DOWNLOADING,),
    FirmwareStatus.DOWNLOADED: (
        FirmwareStatus.INSTALLING,
        FirmwareStatus.INSTALLATION_FAILED,
        FirmwareStatus.INSTALL_SCHEDULED,
        FirmwareStatus.SIGNATURE_VERIFIED,
        FirmwareStatus.INVALID_SIGNATURE,
    ),
    FirmwareStatus.SIGNATURE_VERIFIED: (
        FirmwareStatus.INSTALL_SCHEDULED,
        FirmwareStatus.INSTALLING,
        FirmwareStatus.INSTALL_VERIFICATION_FAILED,
    ),
    FirmwareStatus.INSTALL_SCHEDULED: (FirmwareStatus.INSTALLING,),
    FirmwareStatus.INSTALLING: (
        FirmwareStatus.INSTALL_REBOOTING,
        FirmwareStatus.INSTALLED,
        FirmwareStatus.INSTALLATION_FAILED,
    ),
    FirmwareStatus.INSTALL_REBOOTING: (FirmwareStatus.INSTALLED,),
    **dict.fromkeys(ENDS, ()),
}
"""From -> to, for one update. A power cut leaves the status as it is."""


def version_of(data: bytes) -> str | None:
    """The version of a firmware file; None where the file is none."""
    line = data.split(b"\n", 1)[0].removesuffix(b"\r")
    version = line.removeprefix(MAGIC)
    return version.decode() if line.startswith(MAGIC) and _VERSION.fullmatch(version) else None


def order(state: StationState, update: FirmwareUpdate, at: float) -> bool:
    """Take an update; it replaces one that is not being installed yet. False while an installation is under way."""
    if state.orders.installing:
        return False
    was_in_service = state.in_service
    state.orders.firmware = update
    if state.in_service != was_in_service:
        _connectors_changed(state, at)
    if update.detailed and update.retrieve_at > at:
        _become(state, update, FirmwareStatus.DOWNLOAD_SCHEDULED, at)
    state.deadlines.set(DEADLINE, max(at, update.retrieve_at))
    return True


def due(state: StationState, at: float) -> None:
    """The instant has come that the update waited for, whichever that was."""
    update = state.orders.firmware
    step = _NEXT.get(update.status) if update is not None else None
    if update is not None and step is not None:
        step(state, update, at)


def downloaded(state: StationState, update: FirmwareUpdate, result: JobResult, at: float) -> None:
    """The download is over, for good or bad; nobody waits for it when another update has taken its place."""
    if state.orders.firmware is not update or update.status not in (
        FirmwareStatus.DOWNLOADING,
        FirmwareStatus.DOWNLOADED,  # fetched once more after a power cut, for its signature to be checked
    ):
        return
    if state.orders.strikes(TransferFault.DOWNLOAD):
        result = JobFailed("injected fault")
    if not isinstance(result, Downloaded):
        _not_downloaded(state, update, result, at)
        return
    update.version = None if state.orders.strikes(TransferFault.FILE) else version_of(result.data)
    if update.status is FirmwareStatus.DOWNLOADING:
        _become(state, update, FirmwareStatus.DOWNLOADED, at)
    if update.signed:
        state.emit(VerificationDue(at, result.data))
    elif update.version is None:
        _become(state, update, FirmwareStatus.INSTALLATION_FAILED, at)
    else:
        _install_in_time(state, update, at)


def verified(state: StationState, update: FirmwareUpdate, sound: bool, at: float) -> None:
    """The signature of the file was checked (L01)."""
    if state.orders.firmware is not update or update.status is not FirmwareStatus.DOWNLOADED:
        return
    if not sound:
        _become(state, update, FirmwareStatus.INVALID_SIGNATURE, at)
        return
    _become(state, update, FirmwareStatus.SIGNATURE_VERIFIED, at)
    if update.version is None:
        _become(state, update, FirmwareStatus.INSTALL_VERIFICATION_FAILED, at)
    else:
        _install_in_time(state, update, at)


def sessions_allowed_changed(state: StationState, at: float) -> None:
    """AllowNewSessionsPendingFirmwareUpdate was set: what waits opens or closes the free EVSEs (L01.FR.07)."""
    if state.orders.firmware_waits:
        _connectors_changed(state, at)


def power_up(state: StationState, at: float) -> None:
    """Go on where the power cut or the restart came (the order survives both)."""
    update = state.orders.firmware
    if update is None:
        return
    if update.rebooting:
        update.rebooting = False
        _become(state, update, FirmwareStatus.INSTALLED, at)
    elif update.status is FirmwareStatus.INSTALLING:
        state.deadlines.set(DEADLINE, at + state.spec.timing.firmware_install_s)
    elif update.status is FirmwareStatus.INSTALL_SCHEDULED:
        state.deadlines.set(DEADLINE, max(at, update.install_at or at))
    elif update.status in _NEXT:
        state.deadlines.set(DEADLINE, max(at, update.retrieve_at))


def _download(state: StationState, update: FirmwareUpdate, at: float) -> None:
    """The first attempt, a further one, or one that a power cut has broken off."""
    if FirmwareStatus.DOWNLOADING in LEGAL[update.status]:
        _become(state, update, FirmwareStatus.DOWNLOADING, at)
    if update.detailed and update.status is FirmwareStatus.DOWNLOADING and state.orders.strikes(TransferFault.PAUSE):
        _become(state, update, FirmwareStatus.DOWNLOAD_PAUSED, at)
        state.deadlines.set(DEADLINE, at + PAUSE_S)
    else:
        state.emit(DownloadDue(at, update.url))


def _not_downloaded(state: StationState, update: FirmwareUpdate, result: JobResult, at: float) -> None:
    """An attempt has failed: wait for the next one, or give up."""
    update.tries_left -= 1
    hopeless = isinstance(result, JobFailed) and result.cause is Cause.UNSUPPORTED
    if update.tries_left > 0 and not hopeless:
        state.deadlines.set(DEADLINE, at + update.retry_interval_s)
        return
    end = FirmwareStatus.DOWNLOAD_FAILED
    _become(state, update, end if end in LEGAL[update.status] else FirmwareStatus.INVALID_SIGNATURE, at)


def _install_in_time(state: StationState, update: FirmwareUpdate, at: float) -> None:
    """The file is what it should be: install it, not before the instant that was given (L01.FR.16, L02.FR.10)."""
    if update.install_at is not None and update.install_at > at:
        _become(state, update, FirmwareStatus.INSTALL_SCHEDULED, at)
        state.deadlines.set(DEADLINE, update.install_at)
    else:
        _install_when_free(state, update, at)


def _install_when_free(state: StationState, update: FirmwareUpdate, at: float) -> None:
    """Install as soon as nobody uses the station; until then whoever is done leaves a connector out of service."""
    if any(evse.authorized is not None or evse.transaction is not None for evse in state.evses):
        if not update.waits:
            if update.detailed and FirmwareStatus.INSTALL_SCHEDULED in LEGAL[update.status]:
                _become(state, update, FirmwareStatus.INSTALL_SCHEDULED, at)  # L01.FR.34, L02.FR.23
            update.waits = True
            _connectors_changed(state, at)
        return
    _become(state, update, FirmwareStatus.INSTALLING, at)
    state.deadlines.set(DEADLINE, at + state.spec.timing.firmware_install_s)


def _after_download(state: StationState, update: FirmwareUpdate, at: float) -> None:
    """The file is here; a signed one that nobody has checked went with the power, and is fetched once more."""
    (_download if update.signed else _install_in_time)(state, update, at)


def _installed(state: StationState, update: FirmwareUpdate, at: float) -> None:
    """The installation is over: restart with the new version, or stay with the old one."""
    if update.rebooting:
        return
    if state.orders.strikes(TransferFault.INSTALL):
        _become(state, update, FirmwareStatus.INSTALLATION_FAILED, at)
        return
    assert update.version is not None, "only a file with a version is installed"
    if update.detailed:
        _become(state, update, FirmwareStatus.INSTALL_REBOOTING, at)
    update.rebooting = True
    state.firmware = update.version
    state.emit(ResetDue(at, BOOT_REASON))


_NEXT: Mapping[FirmwareStatus, Callable[[StationState, FirmwareUpdate, float], None]] = {
    FirmwareStatus.IDLE: _download,
    FirmwareStatus.DOWNLOAD_SCHEDULED: _download,
    FirmwareStatus.DOWNLOADING: _download,
    FirmwareStatus.DOWNLOAD_PAUSED: _download,
    FirmwareStatus.DOWNLOADED: _after_download,
    FirmwareStatus.SIGNATURE_VERIFIED: _install_when_free,
    FirmwareStatus.INSTALL_SCHEDULED: _install_when_free,
    FirmwareStatus.INSTALLING: _installed,
}
"""What an update in this status does when its instant has come."""


def _become(state: StationState, update: FirmwareUpdate, status: FirmwareStatus, at: float) -> None:
    assert status in LEGAL[update.status], f"{update.status} -> {status}"
    was_in_service = state.in_service
    update.status = status
    update.waits = False
    state.emit(FirmwareStatusChanged(at, status, update.request_id))
    if status is FirmwareStatus.INSTALLED:
        state.emit(SecurityEventRaised(at, "FirmwareUpdated", f"version {state.firmware}"))
    if state.in_service != was_in_service:
        _connectors_changed(state, at)


def _connectors_changed(state: StationState, at: float) -> None:
    for evse in state.evses:
        state.connector_changed(evse, at)
    reservation.places_changed(state, at)
