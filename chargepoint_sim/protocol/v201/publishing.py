"""2.0.1 PublishFirmware, UnpublishFirmware and PublishFirmwareStatusNotification (use cases L03, L04).

Only a local controller offers files; any other station says that it does not know these messages.
"""

from functools import partial

from chargepoint_sim.clock import Now
from chargepoint_sim.core import publishing
from chargepoint_sim.core.facts import PublicationChanged, PublicationDue, PublicationWanted
from chargepoint_sim.core.jobs import Download, JobFailed, JobResult, Publish, Withdraw
from chargepoint_sim.core.orders import Publication, PublishStatus
from chargepoint_sim.errors import CallRefused
from chargepoint_sim.protocol import delivery
from chargepoint_sim.protocol.frames import ErrorCode, Payload
from chargepoint_sim.protocol.outbox import Entry
from chargepoint_sim.protocol.registry import BlockContext, after, handles, on_result, sends, tells
from chargepoint_sim.protocol.v201.verdicts import Reason, accepted, rejected


@handles("PublishFirmware")
def publish(context: BlockContext, request: Payload, now: Now) -> Payload:
    """Fetch a file and offer it to other stations; one at a time (L03.FR.05)."""
    _refuse_others(context)
    checksum = request["checksum"].lower()
    if publishing.CHECKSUM.fullmatch(checksum) is None:
        return rejected(Reason.INVALID_VALUE, "a checksum has 32 hexadecimal digits")
    if publishing.under_way(context.station) is not None:
        return rejected(Reason.NOT_ENABLED, "another publication is under way")
    publication = Publication(
        url=request["location"],
        checksum=checksum,
        request_id=request["requestId"],
        tries_left=1 + max(request.get("retries", 0), 0),
        retry_interval_s=max(request.get("retryInterval", 0), 0),
    )
    publishing.order(context.station, publication, now.sim)
    return accepted()


@handles("UnpublishFirmware")
def unpublish(context: BlockContext, request: Payload, now: Now) -> Payload:
    """Offer a file no more, unless somebody is fetching it (L04)."""
    _refuse_others(context)
    checksum = request["checksum"].lower()
    if publishing.offered(context.station, checksum) is None:
        return {"status": "NoFirmware"}
    return context.answer_later(Withdraw(_shelf(context), checksum), "withdrawn", checksum)


@after("withdrawn")
def withdrawn(context: BlockContext, note: str, result: JobResult, now: Now) -> Payload:
    """The answer to UnpublishFirmware (L04.FR.02, L04.FR.04)."""
    if isinstance(result, JobFailed):
        return {"status": "DownloadOngoing"}
    publishing.withdrawn(context.station, note)
    return {"status": "Unpublished"}


@tells(PublicationWanted)
def fetch(context: BlockContext, fact: PublicationWanted, now: Now) -> None:
    """Have the file fetched."""
    context.start_job(Download(fact.url), "publication", _of(context, fact.checksum))


@after("publication")
def fetched(context: BlockContext, note: Publication, result: JobResult, now: Now) -> None:
    """The file is here, or could not be had."""
    if isinstance(result, JobFailed):
        context.problem(f"firmware to publish not downloaded: {result.reason}")
    publishing.downloaded(context.station, note, result, now.sim)


@tells(PublicationDue)
def offer(context: BlockContext, fact: PublicationDue, now: Now) -> None:
    """Have the file put on the file server."""
    job = Publish(_shelf(context), fact.checksum, fact.data)
    context.start_job(job, "published", _of(context, fact.checksum))


@after("published")
def published(context: BlockContext, note: Publication, result: JobResult, now: Now) -> None:
    """The file can be fetched, or cannot."""
    if isinstance(result, JobFailed):
        context.problem(f"firmware not published: {result.reason}")
    publishing.published(context.station, note, result, now.sim)


@tells(PublicationChanged)
def status_changed(context: BlockContext, fact: PublicationChanged, now: Now) -> None:
    """Tell the status; without a link the one that stands then is told after the link is back (L03.FR.01)."""
    say = partial(_tell, context, _of(context, fact.checksum), fact.status)
    delivery.changed(context, "publication_status_changed", fact.status, say, checksum=fact.checksum)


def tell_owed(context: BlockContext) -> None:
    """What the central system has not heard of the last publication."""
    delivery.tell_owed(publishing.latest(context.station), lambda one: _tell(context, one, one.status))


def tell_triggered(context: BlockContext) -> bool:
    """For TriggerMessage: the last status, Idle where there was none or it was Published (L03.FR.10, L03.FR.11).

    False where the station is no local controller.
    """
    if not context.station.spec.local_controller:
        return False
    current = publishing.latest(context.station)
    if current is None or current.status in (PublishStatus.IDLE, PublishStatus.PUBLISHED):
        _tell(context, None, PublishStatus.IDLE, solicited=True)
    else:
        _tell(context, current, current.status, solicited=True)
    return True


@sends("PublishFirmwareStatusNotification")
def _tell(
    context: BlockContext, publication: Publication | None, status: PublishStatus, *, solicited: bool = False
) -> None:
    more = {"location": list(publication.locations)} if publication and status is PublishStatus.PUBLISHED else {}
    request_id = publication.request_id if publication is not None else None
    delivery.tell(context, "PublishFirmwareStatusNotification", status, request_id, more=more, solicited=solicited)


@on_result("PublishFirmwareStatusNotification")
def told(context: BlockContext, entry: Entry, answer: Payload, now: Now) -> None:
    """The central system knows it."""
    delivery.acknowledged(publishing.latest(context.station), entry)


def _refuse_others(context: BlockContext) -> None:
    """Raise CallRefused where the station is no local controller."""
    if not context.station.spec.local_controller:
        raise CallRefused(ErrorCode.NOT_SUPPORTED, "this station is no local controller")


def _of(context: BlockContext, checksum: str) -> Publication:
    assert context.station.orders.publications is not None
    return context.station.orders.publications[checksum]


def _shelf(context: BlockContext) -> str:
    """Where the file server keeps what this station offers."""
    return context.station.charger_id
