"""Telling the status of an order: what is sent, what has been acknowledged (1.6 sections 4.4, 4.5; 2.0.1 L, N01).

Owns the shape that the status notifications of updates, publications and log uploads share. Which message belongs to an
order, and when it is sent, say the blocks.
"""

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

NOTHING_YET = (FirmwareStatus.IDLE, PublishStatus.IDLE, UploadStatus.IDLE)


def tell(
    context: BlockContext,
    action: str,
    status: FirmwareStatus | PublishStatus | UploadStatus,
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


def owed(order: FirmwareUpdate | Publication | LogUpload | None) -> bool:
    """The order has a status that the central system has not acknowledged."""
    return order is not None and order.status not in (*NOTHING_YET, order.told)


def acknowledged(order: FirmwareUpdate | Publication | LogUpload | None, entry: Entry) -> None:
    """The central system knows the status that this message told, if the order is still the same."""
    if order is None or entry.payload.get("requestId") != order.request_id:
        return
    if entry.note not in NOTHING_YET:
        order.told = entry.note
