"""1.6 GetDiagnostics and GetLog with their status notifications (sections 4.4, 5.9; security white paper chapter 5).

Owns what stands in an archive. Frames are not the charger's to keep: the upload's job has them added.
"""

from collections.abc import Mapping
from typing import Any

import orjson

from chargepoint_sim.clock import Now
from chargepoint_sim.core import diagnostics
from chargepoint_sim.core.facts import UploadDue, UploadStatusChanged
from chargepoint_sim.core.jobs import JobFailed, JobResult, UploadArchive
from chargepoint_sim.core.orders import LogKind, LogUpload, UploadStatus
from chargepoint_sim.protocol import delivery
from chargepoint_sim.protocol.frames import Payload
from chargepoint_sim.protocol.instants import read_instant
from chargepoint_sim.protocol.outbox import Entry
from chargepoint_sim.protocol.registry import BlockContext, after, handles, on_result, sends, tells
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
    since, until = _instant(context, request, "startTime"), _instant(context, request, "stopTime")
    if _empty(since, until, now):
        return {}
    upload = LogUpload(
        url=request["location"],
        file_name=_file_name(context, "diagnostics", now),
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
    wanted: Payload = request["log"]
    since, until = _instant(context, wanted, "oldestTimestamp"), _instant(context, wanted, "latestTimestamp")
    if _empty(since, until, now):
        return {"status": "Rejected"}
    kind = LogKind(request["logType"])
    upload = LogUpload(
        url=wanted["remoteLocation"],
        file_name=_file_name(context, "security" if kind is LogKind.SECURITY else "diagnostics", now),
        kind=kind,
        since=since,
        until=until,
        tries_left=max(request.get("retries", 1), 1),
        retry_interval_s=max(request.get("retryInterval", 0), 0),
        request_id=request["requestId"],
    )
    replaced = diagnostics.order(context.station, upload, now.sim)
    return {"status": "AcceptedCanceled" if replaced else "Accepted", "filename": upload.file_name}


@tells(UploadDue)
def deliver(context: BlockContext, fact: UploadDue, now: Now) -> None:
    """Pack what there is now and have it delivered."""
    upload = context.station.orders.upload
    assert upload is not None
    job = UploadArchive(
        upload.url,
        upload.file_name,
        _FILES[upload.kind](context, upload, now),
        with_frames=upload.kind is LogKind.DIAGNOSTICS,
        frames_since=upload.since,
        frames_until=upload.until,
    )
    context.start_job(job, "upload", upload)


@after("upload")
def delivered(context: BlockContext, note: LogUpload, result: JobResult, now: Now) -> None:
    """The archive has arrived, or could not be delivered."""
    if isinstance(result, JobFailed):
        context.problem(f"log not uploaded: {result.reason}")
    diagnostics.uploaded(context.station, note, result, now.sim)


@tells(UploadStatusChanged)
def status_changed(context: BlockContext, fact: UploadStatusChanged, now: Now) -> None:
    """Tell the status; without a link the one that stands then is told after the link is back."""
    context.event("upload_status_changed", status=fact.status.value)
    if context.station.online:
        _tell(context, fact.status, fact.request_id)


def tell_owed(context: BlockContext) -> None:
    """After boot and after an offline spell: tell the status if it is another one than the last acknowledged."""
    current = context.station.orders.upload
    if current is not None and current.status is not current.told:
        _tell(context, current.status, current.request_id)


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


def _instant(context: BlockContext, request: Payload, name: str) -> float | None:
    return read_instant(context.station, name, request[name]) if name in request else None


def _empty(since: float | None, until: float | None, now: Now) -> bool:
    """Nothing can lie in the range: it has no length, or lies in the future."""
    return since is not None and (since > now.sim or (until is not None and until <= since))


def _file_name(context: BlockContext, kind: str, now: Now) -> str:
    name = "".join(c if c.isascii() and (c.isalnum() or c in "-_.") else "_" for c in context.station.charger_id)
    return f"{kind}-{name[:100]}-{context.stamp(now.sim).replace(':', '').replace('.', '')}.zip"


def _diagnostics(context: BlockContext, upload: LogUpload, now: Now) -> dict[str, bytes]:
    """The configuration as it is reported, without secrets, and the state of the station."""
    station = context.station
    state: dict[str, Any] = {
        "at": context.stamp(now.sim),
        "charger_id": station.charger_id,
        "vendor": station.spec.vendor,
        "model": station.spec.model,
        "serial_number": station.serial_number,
        "firmware": station.firmware,
        "operative": station.operative,
        "connectors": [
            {
                "connector": evse.evse_id,
                "state": evse.charging_state.value,
                "plugged": evse.plugged is not None,
                "register_wh": round(evse.meter.register_at(now.sim)),
                "errors": [one.error_code for one in evse.connectors if one.error_code],
            }
            for evse in station.evses
        ],
        "messages_waiting": len(context.outbox),
        "messages_given_up": [[one.message_id, one.action, one.reason] for one in context.outbox.given_up],
    }
    configuration = get_configuration(context, {}, now)["configurationKey"]
    return {"configuration.json": _json(configuration), "station.json": _json(state)}


def _security(context: BlockContext, upload: LogUpload, now: Now) -> dict[str, bytes]:
    """The security events of the time range, one a line."""
    lines = [
        orjson.dumps({"timestamp": context.stamp(event.at), "type": event.type, "techInfo": event.tech})
        for event in context.station.access.log.events
        if (upload.since is None or event.at >= upload.since) and (upload.until is None or event.at <= upload.until)
    ]
    return {"security-events.jsonl": b"".join(line + b"\n" for line in lines)}


_FILES = {LogKind.DIAGNOSTICS: _diagnostics, LogKind.SECURITY: _security}


def _json(tree: Any) -> bytes:
    return orjson.dumps(tree, option=orjson.OPT_INDENT_2)
