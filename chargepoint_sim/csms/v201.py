"""The central system's side of OCPP 2.0.1: what each message of a charging station is answered (2.0.1 part 2).

Requests are already valid by schema. The order of the table is that of the standard's functional blocks.
"""

from collections.abc import Mapping
from types import MappingProxyType

from chargepoint_sim.clock import format_utc
from chargepoint_sim.csms import pricing
from chargepoint_sim.csms.answers import acknowledge, boot_notification, data_transfer, heartbeat, sign_certificate
from chargepoint_sim.csms.meter import REGISTER, MeterSample, read_samples, read_time
from chargepoint_sim.csms.peer import Books, ConnectorStatus, Handler, Peer
from chargepoint_sim.csms.schedules import exceeds
from chargepoint_sim.csms.sessions import Session
from chargepoint_sim.protocol.frames import Payload

_FIRST_EV_PROFILE = 15118
"""Profiles made for vehicles have this id, plus the number of the EVSE."""

_REFUSED_CONTRACTS = frozenset({"Blocked", "Expired", "Invalid", "Unknown"})
"""Token statuses that make a valid certificate useless (C07.FR.13)."""

_STATUS_OF_BAD_CERTIFICATE = {
    "CertificateExpired": "Expired",
    "CertificateRevoked": "Invalid",
    "CertChainError": "Invalid",
}
"""What is said of the token of a certificate that is not valid (C07.FR.15 to C07.FR.17)."""


def authorize(books: Books, peer: Peer, request: Payload, at: float) -> Payload:
    """C01 to C09."""
    info = books.tags.id_token_info(request["idToken"], at, starting=False)
    info |= pricing.for_driver(books.settings.tariff, info)
    if "certificate" not in request and "iso15118CertificateHashData" not in request:
        return {"idTokenInfo": info}
    verdict = books.contracts.get(peer.identity, books.settings.answers.contract_certificate)
    if verdict == "Accepted":
        certificate_status = "ContractCancelled" if info["status"] in _REFUSED_CONTRACTS else "Accepted"
        return {"idTokenInfo": info, "certificateStatus": certificate_status}
    return {"idTokenInfo": {"status": _STATUS_OF_BAD_CERTIFICATE[verdict]}, "certificateStatus": verdict}


def transaction_event(books: Books, peer: Peer, request: Payload, at: float) -> Payload:
    """E01 to E15: never refused. An event that arrived before changes nothing and gets the same answer again."""
    stamp = read_time(request["timestamp"])
    samples = list(read_samples(request.get("meterValue", ())))
    session = books.sessions.transaction_201(peer.identity, request["transactionInfo"]["transactionId"])
    newest = session.last_seq_no
    if not session.is_repeat(request["seqNo"]):
        session.changed_at = at
        _place(session, request)
        session.read(samples)
        _book(session, request, stamp, samples, is_newest=newest is None or request["seqNo"] > newest)
    peer.kept.ended(request.get("reservationId"), "Used")
    cost = pricing.answer(books.settings.tariff, session, request["eventType"], stamp)
    id_token = request.get("idToken")
    if id_token is None:
        return cost
    info = books.tags.id_token_info(id_token, at, starting=request["eventType"] == "Started")
    if session.id_tag is None:
        session.id_tag = id_token["idToken"]
    if session.id_tag == id_token["idToken"]:
        session.tag_status = info["status"]
    return {"idTokenInfo": info | pricing.for_driver(books.settings.tariff, info)} | cost


def _place(session: Session, request: Payload) -> None:
    evse: Payload = request.get("evse", {})
    session.evse_id = evse.get("id", session.evse_id)
    session.connector_id = evse.get("connectorId", session.connector_id)


def _book(session: Session, request: Payload, stamp: float, samples: list[MeterSample], *, is_newest: bool) -> None:
    info: Payload = request["transactionInfo"]
    registers = [sample for sample in samples if sample.key == REGISTER]
    begin = next((sample for sample in registers if sample.context == "Transaction.Begin"), None)
    if begin is not None:
        session.meter_start_wh = begin.value
    elif registers and session.meter_start_wh is None:
        session.meter_start_wh = registers[0].value
    if is_newest:
        session.charging_state = info.get("chargingState", session.charging_state)
    if request["eventType"] == "Started":
        session.started_at = stamp
    elif request["eventType"] == "Ended":
        session.stopped_at = stamp
        session.stop_reason = info.get("stoppedReason", "Local")
        session.stop_tag = request.get("idToken", {}).get("idToken")
        session.meter_stop_wh = registers[-1].value if registers else None
    elif not session.is_open and is_newest:
        session.note("an event came after the transaction had ended")


def status_notification(books: Books, peer: Peer, request: Payload, at: float) -> Payload:
    """G01."""
    peer.statuses[request["evseId"], request["connectorId"]] = ConnectorStatus(
        status=request["connectorStatus"], at=read_time(request["timestamp"])
    )
    return {}


def notify_event(books: Books, peer: Peer, request: Payload, at: float) -> Payload:
    """N07, G05; an AvailabilityState of a connector is a status too (G01)."""
    peer.last["NotifyEvent"] = request
    peer.reports.events.extend(request["eventData"])
    for event in request["eventData"]:
        evse: Payload = event["component"].get("evse", {})
        names = event["component"]["name"].casefold(), event["variable"]["name"].casefold()
        if names == ("connector", "availabilitystate") and "connectorId" in evse:
            peer.statuses[evse["id"], evse["connectorId"]] = ConnectorStatus(
                status=event["actualValue"], at=read_time(event["timestamp"])
            )
    return {}


def notify_report(books: Books, peer: Peer, request: Payload, at: float) -> Payload:
    """B07, B08: one part of a report."""
    peer.last["NotifyReport"] = request
    peer.reports.take("NotifyReport", request)
    return {}


def notify_monitoring_report(books: Books, peer: Peer, request: Payload, at: float) -> Payload:
    """N02: one part of a report."""
    peer.last["NotifyMonitoringReport"] = request
    peer.reports.take("NotifyMonitoringReport", request)
    return {}


def meter_values(books: Books, peer: Peer, request: Payload, at: float) -> Payload:
    """J01: outside transactions."""
    samples = list(read_samples(request["meterValue"]))
    peer.readings.setdefault(request["evseId"], {}).update((sample.key, sample) for sample in samples)
    return {}


def reservation_status_update(books: Books, peer: Peer, request: Payload, at: float) -> Payload:
    """H01, H04."""
    peer.last["ReservationStatusUpdate"] = request
    peer.kept.ended(request["reservationId"], request["reservationUpdateStatus"])
    return {}


def notify_ev_charging_needs(books: Books, peer: Peer, request: Payload, at: float) -> Payload:
    """K15, K17: the configured answer, and the schedules that it promises.

    Without an open transaction at the EVSE there is nothing to make a schedule for.
    """
    peer.last["NotifyEVChargingNeeds"] = request
    answers = books.settings.answers
    powers_w = answers.ev_charging_power_w
    if answers.ev_charging_needs == "Rejected" or not powers_w:
        return {"status": answers.ev_charging_needs}
    session = books.sessions.open_at(peer.identity, request["evseId"])
    if session is None:
        return {"status": "Rejected"}
    profile = {
        "id": _FIRST_EV_PROFILE + request["evseId"],
        "stackLevel": 0,
        "chargingProfilePurpose": "TxProfile",
        "chargingProfileKind": "Absolute",
        "transactionId": session.transaction_id,
        "chargingSchedule": [
            {
                "id": number,
                "startSchedule": format_utc(at),
                "chargingRateUnit": "W",
                "chargingSchedulePeriod": [{"startPeriod": 0, "limit": power_w}],
            }
            for number, power_w in enumerate(powers_w, 1)
        ],
    }
    peer.follow_ups.append(("SetChargingProfile", {"evseId": request["evseId"], "chargingProfile": profile}))
    return {"status": answers.ev_charging_needs}


def notify_ev_charging_schedule(books: Books, peer: Peer, request: Payload, at: float) -> Payload:
    """K15, K16: a schedule beyond the profile of the transaction is refused, and the profile sent once more
    (K15.FR.12, K15.FR.13); otherwise the configured answer.
    """
    peer.last["NotifyEVChargingSchedule"] = request
    sent = peer.kept.tx_profiles.get(request["evseId"])
    if sent is not None and exceeds(request, sent["chargingProfile"]):
        peer.follow_ups.append(("SetChargingProfile", sent))
        return {"status": "Rejected"}
    return {"status": books.settings.answers.ev_charging_schedule}


def get_15118_ev_certificate(books: Books, peer: Peer, request: Payload, at: float) -> Payload:
    """M01, M02: the configured answer; no certificate provisioning service stands behind this central system."""
    peer.last["Get15118EVCertificate"] = request
    response = books.settings.answers.ev_certificate
    return {"status": "Accepted" if response else "Failed", "exiResponse": response}


def get_certificate_status(books: Books, peer: Peer, request: Payload, at: float) -> Payload:
    """M06: the configured answer; no OCSP responder is asked."""
    peer.last["GetCertificateStatus"] = request
    result = books.settings.answers.ocsp_result
    return {"status": "Accepted", "ocspResult": result} if result else {"status": "Failed"}


def notify_customer_information(books: Books, peer: Peer, request: Payload, at: float) -> Payload:
    """N09, N10: one part of what a station knows of a customer."""
    peer.last["NotifyCustomerInformation"] = request
    peer.reports.take("NotifyCustomerInformation", request)
    return {}


_INFORMING = (
    "SecurityEventNotification",
    "NotifyChargingLimit",
    "ClearedChargingLimit",
    "ReportChargingProfiles",
    "FirmwareStatusNotification",
    "PublishFirmwareStatusNotification",
    "LogStatusNotification",
    "NotifyDisplayMessages",
)

HANDLERS: Mapping[str, Handler] = MappingProxyType(
    {
        "SignCertificate": sign_certificate,
        "BootNotification": boot_notification,
        "Authorize": authorize,
        "TransactionEvent": transaction_event,
        "StatusNotification": status_notification,
        "Heartbeat": heartbeat,
        "MeterValues": meter_values,
        "ReservationStatusUpdate": reservation_status_update,
        "NotifyEVChargingNeeds": notify_ev_charging_needs,
        "NotifyEVChargingSchedule": notify_ev_charging_schedule,
        "Get15118EVCertificate": get_15118_ev_certificate,
        "GetCertificateStatus": get_certificate_status,
        "NotifyCustomerInformation": notify_customer_information,
        "NotifyReport": notify_report,
        "NotifyMonitoringReport": notify_monitoring_report,
        "NotifyEvent": notify_event,
        "DataTransfer": data_transfer,
        **{action: acknowledge(action) for action in _INFORMING},
    }
)
"""Every message that a charging station can send."""
