"""Archives of logs as both versions deliver them (1.6 section 5.9; white paper GetLog, 2.0.1 N01).

Owns what stands in an archive, but for the configuration, which each version reports in its own words. Frames are
not the charger's to keep: the upload's job has them added.
"""

from collections.abc import Callable, Mapping
from typing import Any

import orjson

from chargepoint_sim.clock import Now
from chargepoint_sim.core import diagnostics
from chargepoint_sim.core.jobs import JobFailed, JobResult, UploadArchive
from chargepoint_sim.core.orders import LogKind, LogUpload
from chargepoint_sim.core.security_log import SecurityEvent
from chargepoint_sim.protocol.frames import Payload
from chargepoint_sim.protocol.instants import read_instant
from chargepoint_sim.protocol.registry import BlockContext, after

_PREFIXES: Mapping[LogKind, str] = {LogKind.DIAGNOSTICS: "diagnostics", LogKind.SECURITY: "security"}


def ordered(context: BlockContext, request: Payload, tries: int, now: Now) -> LogUpload | None:
    """The upload that a GetLog asks for; None where its time range holds nothing. CallRefused for a bad instant."""
    wanted: Payload = request["log"]
    since, until = (instant(context, wanted, name) for name in ("oldestTimestamp", "latestTimestamp"))
    if empty(since, until, now):
        return None
    kind = LogKind(request["logType"])
    return LogUpload(
        url=wanted["remoteLocation"],
        file_name=file_name(context, kind, now),
        kind=kind,
        since=since,
        until=until,
        tries_left=tries,
        retry_interval_s=max(request.get("retryInterval", 0), 0),
        request_id=request["requestId"],
    )


def take(context: BlockContext, upload: LogUpload, now: Now) -> Payload:
    """Begin an upload; AcceptedCanceled where another one loses its place (N01.FR.12)."""
    replaced = diagnostics.order(context.station, upload, now.sim)
    return {"status": "AcceptedCanceled" if replaced else "Accepted", "filename": upload.file_name}


def deliver(context: BlockContext, configuration: Callable[[], Any], now: Now) -> None:
    """Pack what there is now and have it delivered; `configuration` is asked for where the archive has it."""
    upload = context.station.orders.upload
    assert upload is not None
    about_all = upload.kind is LogKind.DIAGNOSTICS
    files = (
        {"configuration.json": _json(configuration()), "station.json": _json(_state(context, now))}
        if about_all
        else {"security-events.jsonl": _lines(context, upload)}
    )
    job = UploadArchive(
        upload.url,
        upload.file_name,
        files,
        with_frames=about_all,
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


def instant(context: BlockContext, request: Payload, name: str) -> float | None:
    """An instant of a request, simulated UTC seconds; None where it is left out."""
    return read_instant(context.station, name, request[name]) if name in request else None


def empty(since: float | None, until: float | None, now: Now) -> bool:
    """Nothing can lie in the range: it has no length, or lies in the future."""
    return since is not None and (since > now.sim or (until is not None and until <= since))


def file_name(context: BlockContext, kind: LogKind, now: Now) -> str:
    """The name of an archive that is made now."""
    name = "".join(c if c.isascii() and (c.isalnum() or c in "-_.") else "_" for c in context.station.charger_id)
    return f"{_PREFIXES[kind]}-{name[:100]}-{context.stamp(now.sim).replace(':', '').replace('.', '')}.zip"


def security_events(context: BlockContext, upload: LogUpload) -> list[SecurityEvent]:
    """The security events of the time range, oldest first."""
    return [
        event
        for event in context.station.access.log.events
        if (upload.since is None or event.at >= upload.since) and (upload.until is None or event.at <= upload.until)
    ]


def _state(context: BlockContext, now: Now) -> dict[str, Any]:
    """The state of the station."""
    station = context.station
    return {
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


def _lines(context: BlockContext, upload: LogUpload) -> bytes:
    """The security events, one a line."""
    return b"".join(
        orjson.dumps({"timestamp": context.stamp(event.at), "type": event.type, "techInfo": event.tech}) + b"\n"
        for event in security_events(context, upload)
    )


def _json(tree: Any) -> bytes:
    return orjson.dumps(tree, option=orjson.OPT_INDENT_2)
