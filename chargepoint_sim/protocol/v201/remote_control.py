"""2.0.1 remote start and stop, unlock and trigger (use cases F01-F03, F05, F06)."""

from collections.abc import Callable, Mapping

from chargepoint_sim.clock import Now
from chargepoint_sim.core import authorization, locks, metering
from chargepoint_sim.core import transaction as transactions
from chargepoint_sim.core.certificates import Purpose
from chargepoint_sim.core.facts import MeterSampled, StopReason, TransactionPhase, Trigger
from chargepoint_sim.core.state import Evse
from chargepoint_sim.protocol import certificates, heartbeat
from chargepoint_sim.protocol.frames import Payload
from chargepoint_sim.protocol.registry import BlockContext, handles
from chargepoint_sim.protocol.v201 import (
    availability,
    diagnostics,
    firmware,
    installed,
    provisioning,
    publishing,
    smart_charging,
)
from chargepoint_sim.protocol.v201.authorization import group_of, token_of, too_many_additions
from chargepoint_sim.protocol.v201.verdicts import Reason, accepted, rejected, status_info

V2G_INSTALLATION = "ISO15118Ctrlr.V2GCertificateInstallationEnabled"


@handles("RequestStartTransaction")
def request_start(context: BlockContext, request: Payload, now: Now) -> Payload:
    """Start for a token; without evseId the station picks an EVSE (F01, F02, K05)."""
    station = context.station
    if not context.registration.accepted:
        return rejected(Reason.CS_NOT_ACCEPTED)  # B02.FR.05
    evse_id, token = request.get("evseId"), token_of(request["idToken"])
    if too_many_additions(context, token):
        return rejected(Reason.TOO_MANY_ELEMENTS)
    group_id = group_of(request) or authorization.known_group(station, token, now.sim)
    evse = authorization.free_evse(station, token, group_id) if evse_id is None else station.evse(evse_id)
    if evse is None:
        return rejected(Reason.NOT_FOUND if evse_id is None else Reason.UNKNOWN_EVSE)
    obstacle = authorization.cannot_start(station, evse, token, group_id)  # F01.FR.21, F01.FR.22
    if obstacle:
        return rejected(Reason.TX_IN_PROGRESS if evse.authorized is not None else Reason.NOT_ENABLED, obstacle)
    flaw = smart_charging.keep_for_start(context, request, evse)
    if flaw is not None:
        return rejected(Reason(flaw.code), flaw.text)  # K05.FR.05
    running = evse.transaction
    authorization.begin_remotely(station, evse, token, request["remoteStartId"], now.sim, group_id)
    answer = accepted()
    if running is not None:
        answer["transactionId"] = running.transaction_id  # F01.FR.13
    return answer


@handles("RequestStopTransaction")
def request_stop(context: BlockContext, request: Payload, now: Now) -> Payload:
    """Stop a running transaction (F03)."""
    if not context.registration.accepted:
        return rejected(Reason.CS_NOT_ACCEPTED)  # B02.FR.05
    for evse in context.station.running_transactions():
        if evse.transaction is not None and evse.transaction.transaction_id == request["transactionId"]:
            transactions.deauthorise(context.station, evse, now.sim, Trigger.REMOTE_STOP, StopReason.REMOTE)
            return accepted()
    return rejected(Reason.TX_NOT_FOUND)


@handles("UnlockConnector")
def unlock(context: BlockContext, request: Payload, now: Now) -> Payload:
    """Release the lock of a connector; an authorised transaction is left alone (F05.FR.02)."""
    evse = context.station.evse(request["evseId"])
    connector = evse.connector(request["connectorId"]) if evse is not None else None
    if evse is None or connector is None:
        return {"status": "UnknownConnector"}
    if evse.authorized is not None and evse.plugged in (None, connector.connector_id):
        return {"status": "OngoingAuthorizedTransaction"}
    if evse.spec.connectors[connector.connector_id - 1].cable_attached:
        return {"status": "UnlockFailed", "statusInfo": status_info(Reason.FIXED_CABLE)}
    released = locks.release(context.station, evse, connector, now.sim)
    return {"status": "Unlocked" if released else "UnlockFailed"}


@handles("TriggerMessage")
def trigger(context: BlockContext, request: Payload, now: Now) -> Payload:
    """Send a message now; it follows the answer (F06)."""
    rule = _TRIGGERS.get(request["requestedMessage"])
    if rule is None:
        return {"status": "NotImplemented"}
    return rule(context, request.get("evse", {}), now)


def _boot(context: BlockContext, place: Payload, now: Now) -> Payload:
    if context.registration.accepted:
        return rejected(Reason.UNSUPPORTED_REQUEST, "the station is accepted already")  # F06.FR.17
    provisioning.announce(context, now, "Triggered")
    return accepted()


def _heartbeat(context: BlockContext, place: Payload, now: Now) -> Payload:
    heartbeat.heartbeat(context, now, solicited=True)
    return accepted()


def _status(context: BlockContext, place: Payload, now: Now) -> Payload:
    """Only a connector has a status (F06.FR.12)."""
    if "connectorId" not in place:
        return rejected(Reason.MISSING_PARAM, "evse.connectorId is needed")
    evse = context.station.evse(place["id"])
    connector = evse.connector(place["connectorId"]) if evse is not None else None
    if evse is None or connector is None:
        return rejected(Reason.UNKNOWN_EVSE if evse is None else Reason.UNKNOWN_CONNECTOR)
    availability.notify(context, evse, connector, now.sim, solicited=True)
    return accepted()


def _meter_values(context: BlockContext, place: Payload, now: Now) -> Payload:
    """A reading of one EVSE, or of each (F06.FR.06, F06.FR.11)."""
    evses = _evses(context, place)
    for evse in evses:
        sample = metering.triggered_sample(context.station, evse, now.sim)
        context.station.emit(MeterSampled(now.sim, evse.evse_id, sample))
    return accepted() if evses else rejected(Reason.UNKNOWN_EVSE)


def _transaction_event(context: BlockContext, place: Payload, now: Now) -> Payload:
    """How the transaction at one EVSE, or each, stands (F06.FR.07)."""
    station = context.station
    running = [evse for evse in _evses(context, place) if evse.transaction is not None]
    for evse in running:
        sample = metering.triggered_sample(station, evse, now.sim)
        metering.tell(station, evse, now.sim, TransactionPhase.UPDATED, Trigger.TRIGGER, (sample,))
    return accepted() if running else rejected(Reason.TX_NOT_FOUND)


def _log_status(context: BlockContext, place: Payload, now: Now) -> Payload:
    """Where the upload of a log stands (F06.FR.14, F06.FR.15)."""
    diagnostics.tell_triggered(context)
    return accepted()


def _firmware_status(context: BlockContext, place: Payload, now: Now) -> Payload:
    """Where the update stands; an EVSE that is named means nothing (F06.FR.03, F06.FR.16)."""
    firmware.tell_triggered(context)
    return accepted()


def _publish_status(context: BlockContext, place: Payload, now: Now) -> Payload:
    """Where the publication of a file stands; only a local controller has one (F06.FR.08)."""
    return accepted() if publishing.tell_triggered(context) else {"status": "NotImplemented"}


def _evses(context: BlockContext, place: Payload) -> list[Evse]:
    if not place.get("id"):
        return list(context.station.evses)
    evse = context.station.evse(place["id"])
    return [] if evse is None else [evse]


def _sign(purpose: Purpose) -> Callable[[BlockContext, Payload, Now], Payload]:
    """Have a certificate signed (A02.FR.02); one that vehicles are shown only where that is enabled."""

    def rule(context: BlockContext, place: Payload, now: Now) -> Payload:
        if purpose is not Purpose.STATION and not context.station.settings.boolean(V2G_INSTALLATION):
            return rejected(Reason.NOT_ENABLED)
        certificates.sign(context, purpose)
        return accepted()

    return rule


_TRIGGERS: Mapping[str, Callable[[BlockContext, Payload, Now], Payload]] = {
    "BootNotification": _boot,
    "FirmwareStatusNotification": _firmware_status,
    "Heartbeat": _heartbeat,
    "LogStatusNotification": _log_status,
    "MeterValues": _meter_values,
    "PublishFirmwareStatusNotification": _publish_status,
    "StatusNotification": _status,
    "TransactionEvent": _transaction_event,
    **{message: _sign(purpose) for message, purpose in installed.TRIGGERS.items()},
}
