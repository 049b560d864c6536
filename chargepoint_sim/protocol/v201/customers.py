"""2.0.1 CustomerInformation and NotifyCustomerInformation (use cases N09, N10).

Owns the parts of the report, and what of a customer waits in the queues of messages.
"""

from collections.abc import Iterator
from typing import Any

from chargepoint_sim.clock import Now
from chargepoint_sim.core import customers
from chargepoint_sim.core.commands import IdToken
from chargepoint_sim.core.customers import Customer
from chargepoint_sim.protocol.certificates import name_of
from chargepoint_sim.protocol.frames import Payload
from chargepoint_sim.protocol.registry import BlockContext, handles, sends
from chargepoint_sim.protocol.v201.authorization import token_of
from chargepoint_sim.protocol.v201.verdicts import Reason, accepted, rejected, status_info

LONGEST_PART = 512
"""Characters of `data`."""

CLEARED = "The data of the customer was cleared."

_REFERENCES = ("idToken", "customerIdentifier", "customerCertificate")


@handles("CustomerInformation")
def customer_information(context: BlockContext, request: Payload, now: Now) -> Payload:
    """Report what is known of a customer, forget it, or both; the report follows the answer."""
    report, clear = request["report"], request["clear"]
    if sum(name in request for name in _REFERENCES) != 1:
        explanation = f"exactly one of {', '.join(_REFERENCES)} is needed"
        return {"status": "Invalid", "statusInfo": status_info(Reason.INVALID_VALUE, explanation)}  # N09.FR.09
    if not (report or clear):
        return rejected(Reason.UNSUPPORTED_REQUEST, "neither a report nor a clearance is asked for")  # N09.FR.07
    customer = _meant(context, request)
    waiting = list(_waiting(context, customer))
    if clear:
        kept = [*customers.open_business(context.station, customer), *waiting]
        if kept:
            return rejected(Reason.TX_IN_PROGRESS, f"still open: {'; '.join(kept)}")  # N10.FR.05
    lines = [*customers.known(context.station, customer, now.sim), *waiting, *_given_up(context, customer)]
    if clear:
        customers.forget(context.station, customer, now.sim)
        outbox = context.outbox
        outbox.given_up = [one for one in outbox.given_up if not _names(one.payload, customer)]
    _notify(context, request["requestId"], "\n".join(lines) if report else CLEARED, now)
    return accepted()


def _meant(context: BlockContext, request: Payload) -> Customer:
    """A contract certificate means the customer whose token came with it (N09.FR.08, N10.FR.09)."""
    if "customerCertificate" in request:
        return Customer(customers.holder(context.station, name_of(request["customerCertificate"])))
    return Customer(token_of(request["idToken"]) if "idToken" in request else None, request.get("customerIdentifier"))


@sends("NotifyCustomerInformation")
def _notify(context: BlockContext, request_id: int, text: str, now: Now) -> None:
    """Send a text in as many parts as it takes; an empty one says that nothing is known (N09.FR.05, N09.FR.06)."""
    parts = [text[at : at + LONGEST_PART] for at in range(0, len(text), LONGEST_PART)] or [""]
    for seq_no, part in enumerate(parts):
        payload: Payload = {
            "data": part,
            "seqNo": seq_no,
            "generatedAt": context.stamp(now.sim),
            "requestId": request_id,
        }
        if seq_no < len(parts) - 1:
            payload["tbc"] = True
        context.call("NotifyCustomerInformation", payload, solicited=True)


def _waiting(context: BlockContext, customer: Customer) -> Iterator[str]:
    """Messages about the customer that the central system has still to get."""
    for entry in context.outbox.transactions or ():
        if _names(entry.payload, customer):
            yield f"{entry.action} of transaction {entry.transaction} that waits to be delivered"


def _given_up(context: BlockContext, customer: Customer) -> Iterator[str]:
    """Messages about the customer that were given up, and are kept for people to see."""
    for one in context.outbox.given_up:
        if _names(one.payload, customer):
            yield f"{one.action} that could not be delivered"


def _names(payload: dict[str, Any], customer: Customer) -> bool:
    """Whether a message names a token of the customer."""
    element = payload.get("idToken")
    return isinstance(element, dict) and customer.means(IdToken(element["idToken"], element["type"]), None)
