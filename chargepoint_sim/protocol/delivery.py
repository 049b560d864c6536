"""Telling the status of an order: what is sent, what has been acknowledged (1.6 sections 4.4, 4.5; 2.0.1 L, N01).

Owns the shape that the status notifications of updates, publications and log uploads share. Which message belongs to an
order, and when it is sent, say the blocks.
"""

from collections.abc import Callable
from typing import TypeVar

from chargepoint_sim.core.orders import (
    FirmwareStatus,
    FirmwareUpdate,
    LogUpload,
    Publication,
    PublishStatus,
    UploadStatus,
)
from chargepoint_sim.protocol.frames import Payload
from chargepoint_sim.protocol.outbox import Entry
from chargepoint_sim.protocol.registry import BlockContext

Status = FirmwareStatus | PublishStatus | UploadStatus
Order = TypeVar("Order", FirmwareUpdate, LogUpload, Publication)

NOTHING_YET = (FirmwareStatus.IDLE, PublishStatus.IDLE, UploadStatus.IDLE)


def tell(
    context: BlockContext,
    action: str,
    status: Status,
    request_id: int | None,
    *,
    word: str | None = None,
    more: Payload | None = None,
    solicited: bool = False,
) -> None:
    """Send the status of an order, by its own name or as `word`, with `more` beside it."""
    payload: Payload = {"status": word or status.value, **(more or {})}
    if request_id is not None:
        payload["requestId"] = request_id
    context.call(action, payload, note=status, solicited=solicited)


def changed(context: BlockContext, kind: str, status: Status, say: Callable[[], None], **more: str) -> None:
    """Show observers a new status as an event of that kind, and `say` it where there is a link.

    Without one, the status that stands when the link is back is said then, by `tell_owed`.
    """
    context.event(kind, status=status.value, **more)
    if context.station.online:
        say()


def tell_owed(order: Order | None, say: Callable[[Order], None]) -> None:
    """After boot and after an offline spell: `say` the status if it is another one than the last acknowledged."""
    if order is not None and order.status not in (*NOTHING_YET, order.told):
        say(order)


def acknowledged(order: Order | None, entry: Entry) -> None:
    """The central system knows the status that this message told, if the order is still the same."""
    if order is None or entry.payload.get("requestId") != order.request_id:
        return
    if entry.note not in NOTHING_YET:
        order.told = entry.note
