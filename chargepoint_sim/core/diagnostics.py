"""Uploads of logs: when to try, when to try again, when to give up (2.0.1 N01, 1.6 section 5.9, white paper GetLog).

Owns the one upload that a station has at a time. What goes into the archive is for the adapter to say; the delivery
is a job that it starts for UploadDue, and whose result comes back by `uploaded`.
"""

from collections.abc import Mapping

from chargepoint_sim.core.facts import UploadDue, UploadStatusChanged
from chargepoint_sim.core.jobs import Cause, JobFailed, JobResult
from chargepoint_sim.core.orders import LogUpload, TransferFault, UploadStatus
from chargepoint_sim.core.state import StationState

DEADLINE = "upload"

_FAILURES: Mapping[Cause, UploadStatus] = {
    Cause.OTHER: UploadStatus.UPLOAD_FAILURE,
    Cause.DENIED: UploadStatus.PERMISSION_DENIED,
    Cause.UNSUPPORTED: UploadStatus.NOT_SUPPORTED_OPERATION,
}


def order(state: StationState, upload: LogUpload, at: float) -> bool:
    """Begin an upload; True when another one that was under way loses its place, and ends with that (N01.FR.20)."""
    before, replaces = state.orders.upload, state.orders.uploading
    if before is not None and replaces:
        before.status = UploadStatus.ACCEPTED_CANCELED
        state.emit(UploadStatusChanged(at, before.status, before.request_id))
    state.orders.upload = upload
    state.deadlines.cancel(DEADLINE)
    state.emit(UploadStatusChanged(at, UploadStatus.UPLOADING, upload.request_id))
    state.emit(UploadDue(at))
    return replaces


def due(state: StationState, at: float) -> None:
    """Try again."""
    if state.orders.uploading:
        state.emit(UploadDue(at))


def uploaded(state: StationState, upload: LogUpload, result: JobResult, at: float) -> None:
    """An attempt is over, for good or bad; nobody waits for it when another upload has taken its place."""
    if state.orders.upload is not upload or not state.orders.uploading:
        return
    if state.orders.strikes(TransferFault.UPLOAD):
        result = JobFailed("injected fault")
    if not isinstance(result, JobFailed):
        upload.status = UploadStatus.UPLOADED
    else:
        upload.tries_left -= 1
        if upload.tries_left > 0 and result.cause is not Cause.UNSUPPORTED:
            state.deadlines.set(DEADLINE, at + upload.retry_interval_s)
            return
        upload.status = _FAILURES[result.cause]
    state.emit(UploadStatusChanged(at, upload.status, upload.request_id))


def power_up(state: StationState, at: float) -> None:
    """An upload that a power cut has broken off begins again."""
    if state.orders.uploading:
        state.deadlines.set(DEADLINE, at)
