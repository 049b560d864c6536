"""1.6 GetDiagnostics and GetLog with their status notifications (sections 4.4, 5.9; security white paper chapter 5)."""

from collections.abc import Mapping
from functools import partial

from chargepoint_sim.clock import Now
from chargepoint_sim.core import diagnostics
from chargepoint_sim.core.facts import UploadDue, UploadStatusChanged
from chargepoint_sim.core.orders import LogKind, LogUpload, UploadStatus
from chargepoint_sim.protocol import archives, delivery
from chargepoint_sim.protocol.frames import Payload
from chargepoint_sim.protocol.outbox import Entry
from chargepoint_sim.protocol.registry import BlockContext, handles, on_result, sends, tells
from chargepoint_sim.protocol.v16.provisioning import get_configuration

_DIAGNOSTICS_WORDS: Mapping[UploadStatus, str] = {
    UploadStatus.IDLE: "Idle",
    UploadStatus.UPLOADING: "Uploading",
    UploadStatus.UPLOADED: "Uploaded",
}
"""Status -> DiagnosticsStatus; every kind of failure is UploadFailed."""


@handles("GetDiagnostics")
def get_diagnostics(context: BlockContext, request: Payload, now: Now) -> Payload:
    """Upload an archive; no fileName where the time range holds nothing."""
    since, until = archives.instant(context, request, "startTime"), archives.instant(context, request, "stopTime")
    if archives.empty(since, until, now):
        return {}
    upload = LogUpload(
        url=request["location"],
        file_name=archives.file_name(context, LogKind.DIAGNOSTICS, now),
        since=since,
        until=until,
        tries_left=max(request.get("retries", 1), 1),
        retry_interval_s=max(request.get("retryInterval", 0), 0),
    )
    diagnostics.order(context.station, upload, now.sim)
    return {"fileName": upload.file_name}


@handles("GetLog")
def get_log(context: BlockContext, request: Payload, now: Now) -> Payload:
    """Upload the diagnostics or the security log; a second order takes the place of the first."""
    upload = archives.ordered(context, request, max(request.get("retries", 1), 1), now)
    return {"status": "Rejected"} if upload is None else archives.take(context, upload, now)


@tells(UploadDue)
def deliver(context: BlockContext, fact: UploadDue, now: Now) -> None:
    """Pack what there is now, with the configuration as it is reported, without secrets, and have it delivered."""
    archives.deliver(context, lambda: get_configuration(context, {}, now)["configurationKey"], now)


@tells(UploadStatusChanged)
def status_changed(context: BlockContext, fact: UploadStatusChanged, now: Now) -> None:
    """Tell the status; without a link the one that stands then is told after the link is back."""
    say = partial(_tell, context, fact.status, fact.request_id)
    delivery.changed(context, "upload_status_changed", fact.status, say)


def tell_owed(context: BlockContext) -> None:
    """What the central system has not heard of the last upload."""
    delivery.tell_owed(context.station.orders.upload, lambda one: _tell(context, one.status, one.request_id))


def tell_triggered(context: BlockContext) -> None:
    """For TriggerMessage with DiagnosticsStatusNotification: Idle unless an upload is under way (section 7.24)."""
    busy = context.station.orders.uploading
    _tell_diagnostics(context, UploadStatus.UPLOADING if busy else UploadStatus.IDLE, solicited=True)


def tell_log_triggered(context: BlockContext) -> None:
    """For ExtendedTriggerMessage with LogStatusNotification: Idle, without requestId, unless a GetLog is under way."""
    upload = context.station.orders.upload
    if upload is not None and upload.request_id is not None and context.station.orders.uploading:
        _tell_log(context, upload.status, upload.request_id, solicited=True)
    else:
        _tell_log(context, UploadStatus.IDLE, None, solicited=True)


def _tell(context: BlockContext, status: UploadStatus, request_id: int | None) -> None:
    """An upload that has lost its place is heard of no more: 1.6 has no word for that."""
    if status is UploadStatus.ACCEPTED_CANCELED:
        return
    if request_id is None:
        _tell_diagnostics(context, status)
    else:
        _tell_log(context, status, request_id)


@sends("DiagnosticsStatusNotification")
def _tell_diagnostics(context: BlockContext, status: UploadStatus, *, solicited: bool = False) -> None:
    word = _DIAGNOSTICS_WORDS.get(status, "UploadFailed")
    delivery.tell(context, "DiagnosticsStatusNotification", status, None, word=word, solicited=solicited)


@sends("LogStatusNotification")
def _tell_log(context: BlockContext, status: UploadStatus, request_id: int | None, *, solicited: bool = False) -> None:
    delivery.tell(context, "LogStatusNotification", status, request_id, solicited=solicited)


@on_result("DiagnosticsStatusNotification")
@on_result("LogStatusNotification")
def told(context: BlockContext, entry: Entry, answer: Payload, now: Now) -> None:
    """The central system knows it."""
    delivery.acknowledged(context.station.orders.upload, entry)
