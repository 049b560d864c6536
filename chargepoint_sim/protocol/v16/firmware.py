"""1.6 UpdateFirmware and FirmwareStatusNotification (sections 4.5, 5.19)."""

from chargepoint_sim.clock import Now
from chargepoint_sim.core import firmware
from chargepoint_sim.core.facts import DownloadDue, FirmwareStatusChanged
from chargepoint_sim.core.jobs import Download, JobFailed, JobResult
from chargepoint_sim.core.orders import FirmwareStatus, FirmwareUpdate
from chargepoint_sim.protocol.frames import Payload
from chargepoint_sim.protocol.instants import read_instant
from chargepoint_sim.protocol.outbox import Entry
from chargepoint_sim.protocol.registry import BlockContext, after, handles, on_result, sends, tells


@handles("UpdateFirmware")
def update(context: BlockContext, request: Payload, now: Now) -> Payload:
    """Fetch and install a file, not before retrieveDate; without retries one attempt is made."""
    ordered = FirmwareUpdate(
        url=request["location"],
        retrieve_at=read_instant(context.station, "retrieveDate", request["retrieveDate"]),
        tries_left=max(request.get("retries", 1), 1),
        retry_interval_s=max(request.get("retryInterval", 0), 0),
    )
    if not firmware.order(context.station, ordered, now.sim):
        context.problem("UpdateFirmware ignored: an installation is under way")
    return {}


@tells(DownloadDue)
def download(context: BlockContext, fact: DownloadDue, now: Now) -> None:
    """Have the file fetched."""
    context.start_job(Download(fact.url), "firmware", context.station.orders.firmware)


@after("firmware")
def downloaded(context: BlockContext, note: FirmwareUpdate, result: JobResult, now: Now) -> None:
    """The file is here, or could not be had."""
    if isinstance(result, JobFailed):
        context.problem(f"firmware not downloaded: {result.reason}")
    firmware.downloaded(context.station, note, result, now.sim)
    if note.status is FirmwareStatus.INSTALLATION_FAILED:
        context.problem("firmware not installed: the file does not begin with 'chargepoint-sim-firmware <version>'")


@tells(FirmwareStatusChanged)
def status_changed(context: BlockContext, fact: FirmwareStatusChanged, now: Now) -> None:
    """Tell the status; without a link the one that stands then is told after the link is back."""
    context.event("firmware_status_changed", status=fact.status.value)
    if context.station.online:
        tell(context, fact.status)


def tell_owed(context: BlockContext) -> None:
    """After boot and after an offline spell: tell the status if it is another one than the last acknowledged."""
    current = context.station.orders.firmware
    if current is not None and current.status not in (FirmwareStatus.IDLE, current.told):
        tell(context, current.status)


@sends("FirmwareStatusNotification")
def tell(context: BlockContext, status: FirmwareStatus, *, solicited: bool = False) -> None:
    """Send a status."""
    context.call("FirmwareStatusNotification", {"status": status.value}, note=status, solicited=solicited)


def tell_triggered(context: BlockContext) -> None:
    """For TriggerMessage: the present status, Idle unless an update is under way (section 7.25)."""
    orders = context.station.orders
    busy = orders.firmware is not None and orders.firmware_busy
    tell(context, orders.firmware.status if busy and orders.firmware else FirmwareStatus.IDLE, solicited=True)


@on_result("FirmwareStatusNotification")
def told(context: BlockContext, entry: Entry, answer: Payload, now: Now) -> None:
    """The central system knows it."""
    current = context.station.orders.firmware
    if current is not None and entry.note is not FirmwareStatus.IDLE:
        current.told = entry.note
