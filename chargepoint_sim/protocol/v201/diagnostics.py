"""2.0.1 GetLog and LogStatusNotification (use case N01)."""

from functools import partial

from chargepoint_sim.clock import Now
from chargepoint_sim.core.device_model.lookup import device_model
from chargepoint_sim.core.facts import UploadDue, UploadStatusChanged
from chargepoint_sim.core.orders import LogKind, UploadStatus
from chargepoint_sim.protocol import archives, delivery
from chargepoint_sim.protocol.frames import Payload
from chargepoint_sim.protocol.outbox import Entry
from chargepoint_sim.protocol.registry import BlockContext, handles, on_result, sends, tells
from chargepoint_sim.protocol.v201.reporting import row
from chargepoint_sim.protocol.v201.verdicts import Reason, rejected


@handles("GetLog")
def get_log(context: BlockContext, request: Payload, now: Now) -> Payload:
    """Upload a log; what holds nothing is Rejected (N01.FR.05), another upload loses its place (N01.FR.12)."""
    upload = archives.ordered(context, request, 1 + max(request.get("retries", 0), 0), now)
    if upload is None:
        return rejected(Reason.NOT_FOUND, "the time range holds nothing")
    if upload.kind is LogKind.SECURITY and not archives.security_events(context, upload):
        return rejected(Reason.NOT_FOUND, "there was no security event in the time range")
    return archives.take(context, upload, now)


@tells(UploadDue)
def deliver(context: BlockContext, fact: UploadDue, now: Now) -> None:
    """Pack what there is now, with every variable as a full report has it, and have it delivered."""
    station = context.station
    archives.deliver(context, lambda: [row(station, variable, now.sim) for variable in device_model(station.spec)], now)


@tells(UploadStatusChanged)
def status_changed(context: BlockContext, fact: UploadStatusChanged, now: Now) -> None:
    """Tell the status; without a link the one that stands then is told after the link is back (N01.FR.08 to 10, 20)."""
    say = partial(_tell, context, fact.status, fact.request_id)
    delivery.changed(context, "upload_status_changed", fact.status, say)


def tell_owed(context: BlockContext) -> None:
    """What the central system has not heard of the last upload."""
    delivery.tell_owed(context.station.orders.upload, lambda one: _tell(context, one.status, one.request_id))


def tell_triggered(context: BlockContext) -> None:
    """For TriggerMessage: Uploading, or Idle without requestId (F06.FR.14, F06.FR.15)."""
    current = context.station.orders.upload
    if current is not None and context.station.orders.uploading:
        _tell(context, current.status, current.request_id, solicited=True)
    else:
        _tell(context, UploadStatus.IDLE, None, solicited=True)


@sends("LogStatusNotification")
def _tell(context: BlockContext, status: UploadStatus, request_id: int | None, *, solicited: bool = False) -> None:
    delivery.tell(context, "LogStatusNotification", status, request_id, solicited=solicited)


@on_result("LogStatusNotification")
def told(context: BlockContext, entry: Entry, answer: Payload, now: Now) -> None:
    """The central system knows it."""
    delivery.acknowledged(context.station.orders.upload, entry)
