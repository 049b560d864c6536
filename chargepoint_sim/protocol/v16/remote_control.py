"""1.6 remote start and stop, unlock and trigger (sections 5.11, 5.12, 5.17, 5.18)."""

from collections.abc import Callable, Mapping, Sequence

from chargepoint_sim.clock import Now
from chargepoint_sim.core import authorization, locks
from chargepoint_sim.core import transaction as transactions
from chargepoint_sim.core.commands import IdToken
from chargepoint_sim.core.facts import StopReason, Trigger
from chargepoint_sim.protocol import heartbeat
from chargepoint_sim.protocol.frames import Payload
from chargepoint_sim.protocol.registry import BlockContext, handles
from chargepoint_sim.protocol.v16 import (
    availability,
    diagnostics,
    features,
    firmware,
    metering,
    provisioning,
    smart_charging,
)

ACCEPTED, REJECTED = {"status": "Accepted"}, {"status": "Rejected"}


@handles("RemoteStartTransaction")
def remote_start(context: BlockContext, request: Payload, now: Now) -> Payload:
    """Start for a tag; without connectorId the charge point picks one, first one with a cable in.

    Accepted says that the start will be tried: where a connector is kept for a parent tag and the tag's is not known,
    Authorize tells whether it fits (section 5.13).
    """
    station = context.station
    if not context.registration.accepted:
        return REJECTED  # not allowed before acceptance (section 4.2)
    tag = IdToken(request["idTag"])
    evse = authorization.remote_evse(station, tag, request.get("connectorId"), now.sim)
    if evse is None or not smart_charging.keep_for_start(context, request, evse, now):
        return REJECTED
    known = authorization.known_info(station, tag, now.sim)
    authorization.begin_remotely(station, evse, tag, None, now.sim, known.group_id if known is not None else None)
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
    """Release the lock; a transaction is stopped. No such connector, or no lock: NotSupported."""
    evse = context.station.evse(request["connectorId"])
    if evse is None or evse.spec.connectors[0].cable_attached:
        return {"status": "NotSupported"}
    if not locks.release(context.station, evse, evse.connectors[0], now.sim):
        return {"status": "UnlockFailed"}
    if evse.authorized is not None:
        transactions.deauthorise_all(context.station, evse, now.sim, Trigger.UNLOCK_COMMAND, StopReason.OTHER)
    return {"status": "Unlocked"}


@handles("TriggerMessage")
def trigger(context: BlockContext, request: Payload, now: Now) -> Payload:
    """Send a message now; it follows the answer. Without connectorId it is sent for every connector that has it."""
    wanted: str = request["requestedMessage"]
    if wanted in features.TRIGGERED and not features.has(context.station.settings, features.TRIGGERED[wanted]):
        return {"status": "NotImplemented"}
    return TRIGGERS[wanted](context, request.get("connectorId"), now)


def _boot(context: BlockContext, connector_id: int | None, now: Now) -> Payload:
    """Once accepted, no other answer than Accepted would make sense (errata 3.35)."""
    if context.registration.accepted:
        return REJECTED
    provisioning.announce(context, now)
    return ACCEPTED


def _diagnostics(context: BlockContext, connector_id: int | None, now: Now) -> Payload:
    diagnostics.tell_triggered(context)
    return ACCEPTED


def _firmware(context: BlockContext, connector_id: int | None, now: Now) -> Payload:
    firmware.tell_triggered(context)
    return ACCEPTED


def _heartbeat(context: BlockContext, connector_id: int | None, now: Now) -> Payload:
    heartbeat.heartbeat(context, now, solicited=True)
    return ACCEPTED


def _status(context: BlockContext, connector_id: int | None, now: Now) -> Payload:
    places = _places(context, connector_id)
    for evse_id in places:
        availability.notify(context, evse_id, now.sim, solicited=True)
    return ACCEPTED if places else REJECTED


def _meter_values(context: BlockContext, connector_id: int | None, now: Now) -> Payload:
    sent = [metering.triggered(context, evse_id, now) for evse_id in _places(context, connector_id)]
    return ACCEPTED if any(sent) else REJECTED


def _places(context: BlockContext, connector_id: int | None) -> Sequence[int]:
    """The connectors that a request means, 0 among them; none where the one that it names is unknown."""
    everywhere = range(len(context.station.evses) + 1)
    if connector_id is None:
        return everywhere
    return (connector_id,) if connector_id in everywhere else ()


Triggered = Callable[[BlockContext, int | None, Now], Payload]
"""Queues the requested message for one connector, or for all, and says what to answer."""

TRIGGERS: Mapping[str, Triggered] = {
    "BootNotification": _boot,
    "DiagnosticsStatusNotification": _diagnostics,
    "FirmwareStatusNotification": _firmware,
    "Heartbeat": _heartbeat,
    "MeterValues": _meter_values,
    "StatusNotification": _status,
}
"""requestedMessage -> what sends it."""
