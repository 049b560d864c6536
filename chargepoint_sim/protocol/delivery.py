"""Telling the status of an order: what is sent, what has been acknowledged (1.6 sections 4.4 and 4.5, 2.0.1 L01, N01).

Owns the shape that the status notifications of firmware updates and log uploads share. Which message belongs to an
order, and when it is sent, say the blocks.
"""

from chargepoint_sim.core.orders import FirmwareStatus, FirmwareUpdate, LogUpload, UploadStatus
from chargepoint_sim.protocol.frames import Payload
from chargepoint_sim.protocol.outbox import Entry
from chargepoint_sim.protocol.registry import BlockContext


def tell(
    context: BlockContext,
    action: str,
    status: FirmwareStatus | UploadStatus,
    request_id: int | None,
    *,
    word: str | None = None,
    solicited: bool = False,
) -> None:
    """Send the status of an order; `word` is what the message calls it, where that is not its own name."""
    payload: Payload = {"status": word or status.value}
    if request_id is not None:
        payload["requestId"] = request_id
    context.call(action, payload, note=status, solicited=solicited)


def acknowledged(order: FirmwareUpdate | LogUpload | None, entry: Entry) -> None:
    """The central system knows the status that this message told, if the order is still the same."""
    if order is None or entry.payload.get("requestId") != order.request_id:
        return
    if entry.note not in (FirmwareStatus.IDLE, UploadStatus.IDLE):
        order.told = entry.note
