"""Answers that are the same in both versions: boot, heartbeat, data transfer, plain acknowledgement."""

from chargepoint_sim.clock import format_utc
from chargepoint_sim.csms.peer import Books, Handler, Peer
from chargepoint_sim.protocol.frames import Payload


def boot_notification(books: Books, peer: Peer, request: Payload, at: float) -> Payload:
    """1.6 section 4.2, 2.0.1 B01 to B03: the configured decision."""
    peer.boot = request
    peer.boots += 1
    peer.registration = books.decision_for(peer.identity)
    return {
        "currentTime": format_utc(at),
        "interval": books.settings.boot.interval_s,
        "status": peer.registration,
    }


def heartbeat(books: Books, peer: Peer, request: Payload, at: float) -> Payload:
    """1.6 section 4.6, 2.0.1 G02."""
    return {"currentTime": format_utc(at)}


def data_transfer(books: Books, peer: Peer, request: Payload, at: float) -> Payload:
    """1.6 section 4.3, 2.0.1 P02: known vendors and message ids are accepted, and nothing is done with them."""
    known = books.settings.vendors.get(request["vendorId"])
    peer.last["DataTransfer"] = request
    if known is None:
        return {"status": "UnknownVendorId"}
    if known and request.get("messageId") not in known:
        return {"status": "UnknownMessageId"}
    return {"status": "Accepted"}


def sign_certificate(books: Books, peer: Peer, request: Payload, at: float) -> Payload:
    """White paper section 5.10, 2.0.1 A02, A03: the configured answer; an authority then sends CertificateSigned."""
    peer.last["SignCertificate"] = request
    status = books.settings.answers.sign_certificate
    if status == "Accepted" and books.sign is not None:
        try:
            chain = books.sign(request["csr"], at)
        except ValueError:
            return {"status": "Rejected"}
        kind = {"certificateType": request["certificateType"]} if "certificateType" in request else {}
        peer.follow_ups.append(("CertificateSigned", {"certificateChain": chain, **kind}))
    return {"status": status}


def acknowledge(action: str) -> Handler:
    """The handler of a message that only informs: its last payload is kept, the answer is empty."""

    def handler(books: Books, peer: Peer, request: Payload, at: float, /) -> Payload:
        peer.last[action] = request
        return {}

    return handler
