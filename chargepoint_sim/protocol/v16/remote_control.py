"""1.6 RemoteStartTransaction, RemoteStopTransaction and UnlockConnector (sections 5.11, 5.12, 5.18)."""

from chargepoint_sim.clock import Now
from chargepoint_sim.core import authorization
from chargepoint_sim.core import transaction as transactions
from chargepoint_sim.core.commands import IdToken
from chargepoint_sim.core.facts import StopReason, Trigger
from chargepoint_sim.core.state import Evse, StationState
from chargepoint_sim.protocol.frames import Payload
from chargepoint_sim.protocol.registry import BlockContext, handles
from chargepoint_sim.protocol.v16 import smart_charging

ACCEPTED, REJECTED = {"status": "Accepted"}, {"status": "Rejected"}


@handles("RemoteStartTransaction")
def remote_start(context: BlockContext, request: Payload, now: Now) -> Payload:
    """Start for a tag; without connectorId the charge point picks one, first one with a cable in."""
    station = context.station
    if not context.registration.accepted:
        return REJECTED  # not allowed before acceptance (section 4.2)
    evse = _pick(station, request.get("connectorId"))
    if evse is None or authorization.cannot_start(station, evse):
        return REJECTED
    if not smart_charging.keep_for_start(context, request, evse, now):
        return REJECTED
    authorization.begin_remotely(station, evse, IdToken(request["idTag"]), None, now.sim)
    return ACCEPTED


@handles("RemoteStopTransaction")
def remote_stop(context: BlockContext, request: Payload, now: Now) -> Payload:
    """Stop a running transaction by the central system's id."""
    wanted = context.outbox.station_id(str(request["transactionId"]))
    for evse in context.station.running_transactions():
        if evse.transaction is not None and evse.transaction.transaction_id == wanted and evse.authorized is not None:
            transactions.deauthorise(context.station, evse, now.sim, Trigger.REMOTE_STOP, StopReason.REMOTE)
            return ACCEPTED
    return REJECTED


@handles("UnlockConnector")
def unlock(context: BlockContext, request: Payload, now: Now) -> Payload:
    """Release the lock; a transaction is stopped first. No such connector, or no lock: NotSupported."""
    evse = context.station.evse(request["connectorId"])
    if evse is None or evse.spec.connectors[0].cable_attached:
        return {"status": "NotSupported"}
    if any(connector.error_code == "ConnectorLockFailure" for connector in evse.connectors):
        return {"status": "UnlockFailed"}
    if evse.authorized is not None:
        transactions.deauthorise_all(context.station, evse, now.sim, Trigger.UNLOCK_COMMAND, StopReason.OTHER)
    return {"status": "Unlocked"}


def _pick(station: StationState, connector_id: int | None) -> Evse | None:
    return authorization.free_evse(station) if connector_id is None else station.evse(connector_id)
