"""1.6 ReserveNow and CancelReservation (sections 5.4, 5.13); StartTransaction tells which reservation it used."""

from chargepoint_sim.clock import Now, parse_utc
from chargepoint_sim.core import reservation
from chargepoint_sim.core.commands import IdToken
from chargepoint_sim.core.state import Reservation
from chargepoint_sim.errors import CallRefused
from chargepoint_sim.protocol.frames import ErrorCode, Payload
from chargepoint_sim.protocol.registry import BlockContext, handles


@handles("ReserveNow")
def reserve_now(context: BlockContext, request: Payload, now: Now) -> Payload:
    """Keep a connector, or with 0 any one, for a tag or its parent until the expiry."""
    connector_id = request["connectorId"]
    if connector_id != 0 and context.station.evse(connector_id) is None:
        raise CallRefused(ErrorCode.PROPERTY_CONSTRAINT_VIOLATION, f"connectorId: there is no connector {connector_id}")
    try:
        expires_at = parse_utc(request["expiryDate"])
    except ValueError as error:
        raise CallRefused(ErrorCode.PROPERTY_CONSTRAINT_VIOLATION, f"expiryDate: {error}") from None
    parent = request.get("parentIdTag")
    wanted = Reservation(
        request["reservationId"],
        connector_id or None,
        expires_at,
        IdToken(request["idTag"]),
        parent.casefold() if parent else None,
    )
    return {"status": reservation.reserve(context.station, wanted, now.sim).value}


@handles("CancelReservation")
def cancel(context: BlockContext, request: Payload, now: Now) -> Payload:
    """Give the connector free; Rejected for an unknown reservation."""
    cancelled = reservation.cancel(context.station, request["reservationId"], now.sim)
    return {"status": "Accepted" if cancelled else "Rejected"}
