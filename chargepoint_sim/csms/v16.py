"""The central system's side of OCPP 1.6: what each message of a charge point is answered (1.6 chapter 4).

Also the messages of the security white paper (edition 3, chapter 5). Requests are already valid by schema.
"""

from collections.abc import Mapping
from types import MappingProxyType

from chargepoint_sim.csms.answers import acknowledge, boot_notification, data_transfer, heartbeat, sign_certificate
from chargepoint_sim.csms.meter import read_samples, read_time
from chargepoint_sim.csms.peer import Books, ConnectorStatus, Handler, Peer
from chargepoint_sim.csms.sessions import Session
from chargepoint_sim.protocol.frames import Payload


def authorize(books: Books, peer: Peer, request: Payload, at: float) -> Payload:
    """Section 4.1."""
    return {"idTagInfo": books.tags.id_tag_info(request["idTag"], at, starting=False)}


def status_notification(books: Books, peer: Peer, request: Payload, at: float) -> Payload:
    """Section 4.9."""
    stamp = request.get("timestamp")
    peer.statuses[request["connectorId"], None] = ConnectorStatus(
        status=request["status"],
        at=read_time(stamp) if stamp else at,
        error_code=request["errorCode"],
        details=request.get("info", ""),
    )
    return {}


def start_transaction(books: Books, peer: Peer, request: Payload, at: float) -> Payload:
    """Section 4.8: a transactionId is given also where the tag is refused, for the charger has begun already."""
    key = (
        peer.identity,
        request["connectorId"],
        request["idTag"],
        read_time(request["timestamp"]),
        float(request["meterStart"]),
    )
    session, is_new = books.sessions.started_16(key)
    info = books.tags.id_tag_info(request["idTag"], at, starting=True)
    peer.kept.ended(request.get("reservationId"), "Used")
    if is_new:
        session.changed_at = at
        session.tag_status = info["status"]
    return {"transactionId": int(session.transaction_id), "idTagInfo": info}


def stop_transaction(books: Books, peer: Peer, request: Payload, at: float) -> Payload:
    """Section 4.10: never refused. What was delivered has been delivered, even for an unknown transactionId."""
    session = books.sessions.find(peer.identity, str(request["transactionId"]))
    if session is None:
        # -1 and the like: the charge point gave up its StartTransaction (errata 3.18).
        peer.last["StopTransaction"] = request
    elif session.is_open:
        _close(session, request, at)
    id_tag = request.get("idTag")
    return {"idTagInfo": books.tags.id_tag_info(id_tag, at, starting=False)} if id_tag else {}


def _close(session: Session, request: Payload, at: float) -> None:
    stopped_at = read_time(request["timestamp"])
    samples = list(read_samples(request.get("transactionData", ())))
    session.read(samples)
    session.stopped_at = stopped_at
    session.meter_stop_wh = float(request["meterStop"])
    session.stop_reason = request.get("reason", "Local")
    session.stop_tag = request.get("idTag")
    session.changed_at = at
    if session.meter_start_wh is not None and session.meter_stop_wh < session.meter_start_wh:
        session.note("meterStop is below meterStart")


def meter_values(books: Books, peer: Peer, request: Payload, at: float) -> Payload:
    """Section 4.7."""
    samples = list(read_samples(request["meterValue"]))
    transaction_id = request.get("transactionId")
    session = books.sessions.find(peer.identity, str(transaction_id)) if transaction_id is not None else None
    if session is None:
        peer.readings.setdefault(request["connectorId"], {}).update((sample.key, sample) for sample in samples)
    else:
        session.read(samples)
        session.changed_at = at
        if session.evse_id != request["connectorId"]:
            session.note(f"meter values came from connector {request['connectorId']}")
    return {}


_INFORMING = (
    "DiagnosticsStatusNotification",
    "FirmwareStatusNotification",
    "LogStatusNotification",
    "SecurityEventNotification",
    "SignedFirmwareStatusNotification",
)

HANDLERS: Mapping[str, Handler] = MappingProxyType(
    {
        "Authorize": authorize,
        "BootNotification": boot_notification,
        "DataTransfer": data_transfer,
        "Heartbeat": heartbeat,
        "MeterValues": meter_values,
        "SignCertificate": sign_certificate,
        "StartTransaction": start_transaction,
        "StatusNotification": status_notification,
        "StopTransaction": stop_transaction,
        **{action: acknowledge(action) for action in _INFORMING},
    }
)
"""Every message that a charge point can send."""
