"""1.6 UpdateFirmware and SignedUpdateFirmware with their status notifications (sections 4.5, 5.19; white paper L01).

An update is told by the notification that belongs to its order.
"""

from functools import partial

from chargepoint_sim.clock import Now
from chargepoint_sim.core import firmware
from chargepoint_sim.core.facts import FirmwareStatusChanged
from chargepoint_sim.core.orders import FirmwareStatus, FirmwareUpdate
from chargepoint_sim.protocol import delivery
from chargepoint_sim.protocol.frames import Payload
from chargepoint_sim.protocol.instants import read_instant
from chargepoint_sim.protocol.outbox import Entry
from chargepoint_sim.protocol.registry import BlockContext, handles, on_result, sends, tells
from chargepoint_sim.protocol.updates import answer_when_checked, ordered


@handles("UpdateFirmware")
def update(context: BlockContext, request: Payload, now: Now) -> Payload:
    """Fetch and install a file, not before retrieveDate; without retries one attempt is made."""
    wanted = FirmwareUpdate(
        url=request["location"],
        retrieve_at=read_instant(context.station, "retrieveDate", request["retrieveDate"]),
        tries_left=max(request.get("retries", 1), 1),
        retry_interval_s=max(request.get("retryInterval", 0), 0),
    )
    if not firmware.order(context.station, wanted, now.sim):
        context.problem("UpdateFirmware ignored: an installation is under way")
    return {}


@handles("SignedUpdateFirmware")
def update_signed(context: BlockContext, request: Payload, now: Now) -> Payload:
    """Answer when the signing certificate has been checked against the manufacturer's roots (L01.FR.02)."""
    context.station.access.speaks_extension = True
    return answer_when_checked(context, ordered(context, request, max(request.get("retries", 1), 1)), now)


@tells(FirmwareStatusChanged)
def status_changed(context: BlockContext, fact: FirmwareStatusChanged, now: Now) -> None:
    """Tell the status; without a link the one that stands then is told after the link is back."""
    say = partial(_tell, context, fact.status, fact.request_id)
    delivery.changed(context, "firmware_status_changed", fact.status, say)


def tell_owed(context: BlockContext) -> None:
    """What the central system has not heard of the last update."""
    delivery.tell_owed(context.station.orders.firmware, lambda one: _tell(context, one.status, one.request_id))


def tell_triggered(context: BlockContext) -> None:
    """For TriggerMessage: the present status, Idle unless an unsigned update is under way (section 7.25)."""
    current = _under_way(context)
    unsigned = current is not None and current.request_id is None
    _tell_unsigned(context, current.status if current and unsigned else FirmwareStatus.IDLE, solicited=True)


def tell_signed_triggered(context: BlockContext) -> None:
    """For ExtendedTriggerMessage: the same for signed updates; Idle has no requestId (white paper 4.11)."""
    current = _under_way(context)
    if current is not None and current.request_id is not None:
        _tell_signed(context, current.status, current.request_id, solicited=True)
    else:
        _tell_signed(context, FirmwareStatus.IDLE, None, solicited=True)


def _under_way(context: BlockContext) -> FirmwareUpdate | None:
    orders = context.station.orders
    return orders.firmware if orders.firmware_busy else None


def _tell(context: BlockContext, status: FirmwareStatus, request_id: int | None) -> None:
    if request_id is None:
        _tell_unsigned(context, status)
    else:
        _tell_signed(context, status, request_id)


@sends("FirmwareStatusNotification")
def _tell_unsigned(context: BlockContext, status: FirmwareStatus, *, solicited: bool = False) -> None:
    delivery.tell(context, "FirmwareStatusNotification", status, None, solicited=solicited)


@sends("SignedFirmwareStatusNotification")
def _tell_signed(
    context: BlockContext, status: FirmwareStatus, request_id: int | None, *, solicited: bool = False
) -> None:
    delivery.tell(context, "SignedFirmwareStatusNotification", status, request_id, solicited=solicited)


@on_result("FirmwareStatusNotification")
@on_result("SignedFirmwareStatusNotification")
def told(context: BlockContext, entry: Entry, answer: Payload, now: Now) -> None:
    """The central system knows it."""
    delivery.acknowledged(context.station.orders.firmware, entry)
