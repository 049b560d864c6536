"""DataTransfer in both directions, alike in both versions (1.6 sections 4.3 and 5.6, 2.0.1 P01 and P02).

Which vendors and messages are known is a matter of the template; what is known is answered, and shown to people.
"""

from chargepoint_sim.clock import Now
from chargepoint_sim.core.facts import DataTransferRequested
from chargepoint_sim.protocol.frames import Payload
from chargepoint_sim.protocol.outbox import Entry
from chargepoint_sim.protocol.registry import BlockContext, handles, on_result, sends, tells


@handles("DataTransfer")
def receive(context: BlockContext, request: Payload, now: Now) -> Payload:
    """Take what the template knows (P01)."""
    messages = context.station.spec.data_transfers.get(request["vendorId"])
    if messages is None:
        return {"status": "UnknownVendorId"}
    message_id = request.get("messageId")
    if messages and message_id not in messages:
        return {"status": "UnknownMessageId"}
    context.event("data_transfer_received", vendor_id=request["vendorId"], message_id=message_id or "")
    data = messages.get(message_id) if message_id is not None else None
    return {"status": "Accepted"} if data is None else {"status": "Accepted", "data": data}


@tells(DataTransferRequested)
@sends("DataTransfer")
def send(context: BlockContext, fact: DataTransferRequested, now: Now) -> None:
    """Pass data to the central system (P02)."""
    payload: Payload = {"vendorId": fact.vendor_id}
    if fact.message_id is not None:
        payload["messageId"] = fact.message_id
    if fact.data is not None:
        payload["data"] = fact.data
    context.call("DataTransfer", payload)


@on_result("DataTransfer")
def answered(context: BlockContext, entry: Entry, answer: Payload, now: Now) -> None:
    """Show what became of it."""
    context.event("data_transfer_answered", vendor_id=entry.payload["vendorId"], status=answer.get("status"))
