"""Firmware updates: wait, download, wait for the vehicles, install, restart (2.0.1 L02, 1.6 sections 4.5 and 5.19).

Owns the legal ways from status to status, what a firmware file is, and when connectors are out of service. The
download itself is a job that the adapter starts for DownloadDue; its result comes back by `downloaded`.

A firmware file is any file whose first line is `chargepoint-sim-firmware <version>`; the version has 1 to 50
printable characters and no space. One line makes one: `echo "chargepoint-sim-firmware 2.1.0" > firmware.bin`.
"""

import re
from collections.abc import Callable, Mapping

from chargepoint_sim.core import reservation
from chargepoint_sim.core.facts import DownloadDue, FirmwareStatusChanged, ResetDue
from chargepoint_sim.core.jobs import Cause, Downloaded, JobFailed, JobResult
from chargepoint_sim.core.orders import FirmwareStatus, FirmwareUpdate, TransferFault
from chargepoint_sim.core.state import StationState

DEADLINE = "firmware"
MAGIC = b"chargepoint-sim-firmware "
BOOT_REASON = "FirmwareUpdate"
_VERSION = re.compile(rb"[!-~]{1,50}")

LEGAL: Mapping[FirmwareStatus, tuple[FirmwareStatus, ...]] = {
    FirmwareStatus.IDLE: (FirmwareStatus.DOWNLOADING,),
    FirmwareStatus.DOWNLOADING: (FirmwareStatus.DOWNLOADED, FirmwareStatus.DOWNLOAD_FAILED),
    FirmwareStatus.DOWNLOADED: (FirmwareStatus.INSTALLING, FirmwareStatus.INSTALLATION_FAILED),
    FirmwareStatus.DOWNLOAD_FAILED: (),
    FirmwareStatus.INSTALLING: (FirmwareStatus.INSTALLED, FirmwareStatus.INSTALLATION_FAILED),
    FirmwareStatus.INSTALLED: (),
    FirmwareStatus.INSTALLATION_FAILED: (),
}
"""From -> to, for one update. A power cut leaves the status as it is."""


def version_of(data: bytes) -> str | None:
    """The version of a firmware file; None where the file is none."""
    line = data.split(b"\n", 1)[0].removesuffix(b"\r")
    version = line.removeprefix(MAGIC)
    return version.decode() if line.startswith(MAGIC) and _VERSION.fullmatch(version) else None


def order(state: StationState, update: FirmwareUpdate, at: float) -> bool:
    """Take an update; it replaces one that is not being installed yet. False while an installation is under way."""
    before = state.orders.firmware
    if before is not None and before.status is FirmwareStatus.INSTALLING:
        return False
    state.orders.firmware = update
    if before is not None and before.status is FirmwareStatus.DOWNLOADED:
        _connectors_changed(state, at)
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
    if state.orders.firmware is not update or update.status is not FirmwareStatus.DOWNLOADING:
        return
    if state.orders.strikes(TransferFault.DOWNLOAD):
        result = JobFailed("injected fault")
    if not isinstance(result, Downloaded):
        update.tries_left -= 1
        hopeless = isinstance(result, JobFailed) and result.cause is Cause.UNSUPPORTED
        if update.tries_left > 0 and not hopeless:
            state.deadlines.set(DEADLINE, at + update.retry_interval_s)
        else:
            _become(state, update, FirmwareStatus.DOWNLOAD_FAILED, at)
        return
    update.version = None if state.orders.strikes(TransferFault.FILE) else version_of(result.data)
    _become(state, update, FirmwareStatus.DOWNLOADED, at)
    if update.version is None:
        _become(state, update, FirmwareStatus.INSTALLATION_FAILED, at)
    else:
        _install_when_free(state, update, at)


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
    elif update.status in _NEXT:
        state.deadlines.set(DEADLINE, max(at, update.retrieve_at))


def _download(state: StationState, update: FirmwareUpdate, at: float) -> None:
    """The first attempt, a further one, or one that a power cut has broken off."""
    if update.status is FirmwareStatus.IDLE:
        _become(state, update, FirmwareStatus.DOWNLOADING, at)
    state.emit(DownloadDue(at, update.url))


def _install_when_free(state: StationState, update: FirmwareUpdate, at: float) -> None:
    """Install as soon as nobody uses the station; until then whoever is done leaves a connector out of service."""
    if any(evse.authorized is not None or evse.transaction is not None for evse in state.evses):
        return
    _become(state, update, FirmwareStatus.INSTALLING, at)
    state.deadlines.set(DEADLINE, at + state.spec.timing.firmware_install_s)


def _installed(state: StationState, update: FirmwareUpdate, at: float) -> None:
    """The installation is over: restart with the new version, or stay with the old one."""
    if state.orders.strikes(TransferFault.INSTALL):
        _become(state, update, FirmwareStatus.INSTALLATION_FAILED, at)
        return
    assert update.version is not None, "only a file with a version is installed"
    update.rebooting = True
    state.firmware = update.version
    state.emit(ResetDue(at, BOOT_REASON))


_NEXT: Mapping[FirmwareStatus, Callable[[StationState, FirmwareUpdate, float], None]] = {
    FirmwareStatus.IDLE: _download,
    FirmwareStatus.DOWNLOADING: _download,
    FirmwareStatus.DOWNLOADED: _install_when_free,
    FirmwareStatus.INSTALLING: _installed,
}
"""What an update in this status does when its instant has come."""


def _become(state: StationState, update: FirmwareUpdate, status: FirmwareStatus, at: float) -> None:
    assert status in LEGAL[update.status], f"{update.status} -> {status}"
    in_service_before = not state.orders.out_of_service
    update.status = status
    state.emit(FirmwareStatusChanged(at, status, update.request_id))
    if in_service_before == state.orders.out_of_service:
        _connectors_changed(state, at)


def _connectors_changed(state: StationState, at: float) -> None:
    for evse in state.evses:
        state.connector_changed(evse, at)
    reservation.places_changed(state, at)
