"""2.0.1 ReserveNow, CancelReservation and ReservationStatusUpdate (use cases H01 to H04).

That a reservation was used stands in TransactionEvent (H01.FR.15).
"""

from collections.abc import Iterator

from chargepoint_sim.clock import Now, parse_utc
from chargepoint_sim.core import reservation
from chargepoint_sim.core.facts import ReservationEnded
from chargepoint_sim.core.reservation import Reserved
from chargepoint_sim.core.spec import StationSpec
from chargepoint_sim.core.state import Reservation
from chargepoint_sim.errors import CallRefused
from chargepoint_sim.protocol.frames import ErrorCode, Payload
from chargepoint_sim.protocol.registry import BlockContext, handles, sends, tells
from chargepoint_sim.protocol.v201.authorization import group_of, token_of, too_many_additions
from chargepoint_sim.protocol.v201.verdicts import Reason, accepted, rejected, status_info


@handles("ReserveNow")
def reserve_now(context: BlockContext, request: Payload, now: Now) -> Payload:
    """Keep an EVSE, one with a type of connector, or any one, for a token or its group until the expiry (H01)."""
    station, token = context.station, token_of(request["idToken"])
    try:
        expires_at = parse_utc(request["expiryDateTime"])
    except ValueError as error:
        raise CallRefused(ErrorCode.PROPERTY_CONSTRAINT_VIOLATION, f"expiryDateTime: {error}") from None
    evse_id, connector_type = request.get("evseId"), request.get("connectorType")
    if not station.settings.boolean("ReservationCtrlr.Enabled"):
        return rejected(Reason.NOT_ENABLED)  # H01.FR.01
    if evse_id is not None and station.evse(evse_id) is None:
        return rejected(Reason.UNKNOWN_EVSE)
    if connector_type is not None and connector_type not in _types(station.spec, evse_id):
        return rejected(Reason.UNKNOWN_CONNECTOR_TYPE)
    if too_many_additions(context, token):
        return rejected(Reason.TOO_MANY_ELEMENTS)
    wanted = Reservation(request["id"], evse_id, expires_at, token, group_of(request), connector_type)
    status = reservation.reserve(station, wanted, now.sim)
    if status is not Reserved.REJECTED:
        return {"status": status.value}
    unspecific = evse_id is None and not station.settings.boolean("ReservationCtrlr.NonEvseSpecific")
    reason = Reason.UNSUPPORTED_REQUEST if unspecific else Reason.INVALID_VALUE
    return {"status": status.value, "statusInfo": status_info(reason)}


@handles("CancelReservation")
def cancel(context: BlockContext, request: Payload, now: Now) -> Payload:
    """Give the place free; Rejected for an unknown reservation (H02)."""
    cancelled = reservation.cancel(context.station, request["reservationId"], now.sim)
    return accepted() if cancelled else rejected(Reason.NOT_FOUND)


@tells(ReservationEnded)
@sends("ReservationStatusUpdate")
def ended(context: BlockContext, fact: ReservationEnded, now: Now) -> None:
    """Tell that a reservation has expired, or has gone with its place (H01.FR.16, H01.FR.17, H04.FR.01)."""
    status = "Expired" if fact.expired else "Removed"
    context.call("ReservationStatusUpdate", {"reservationId": fact.reservation_id, "reservationUpdateStatus": status})


def _types(spec: StationSpec, evse_id: int | None) -> Iterator[str]:
    """The types of connectors that the station, or one EVSE, has."""
    for evse in spec.evses:
        if evse_id in (None, evse.evse_id):
            yield from (connector.connector_type for connector in evse.connectors)
