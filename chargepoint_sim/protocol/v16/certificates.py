"""1.6 certificates: install, delete and list roots, have the charger's own signed (white paper A02, A03, M03 to M05).

Cryptography is done by jobs: answers that need it come when the job is done.
"""

from typing import Any

from chargepoint_sim.clock import Now
from chargepoint_sim.core.access import PROFILE
from chargepoint_sim.core.certificates import (
    Certificate,
    CheckSigned,
    HashData,
    Own,
    Read,
    RequestSigning,
    SigningRequest,
    Use,
)
from chargepoint_sim.core.facts import CameOnline
from chargepoint_sim.core.jobs import JobFailed, JobResult
from chargepoint_sim.core.state import StationState
from chargepoint_sim.protocol.frames import CallError, Payload
from chargepoint_sim.protocol.outbox import Entry
from chargepoint_sim.protocol.registry import BlockContext, after, handles, on_failure, on_result, sends, tells, wakes
from chargepoint_sim.protocol.v16 import access, security

ACCEPTED, REJECTED, FAILED, NOT_FOUND = (
    {"status": status} for status in ("Accepted", "Rejected", "Failed", "NotFound")
)

MOST_ROOTS = "Ocpp16.CertificateStoreMaxLength"
MOST_CHARACTERS = "Ocpp16.CertificateSignedMaxChainSize"
ROOT_CHECK = "Ocpp16.AdditionalRootCertificateCheck"
OPERATOR = "Ocpp16.CpoName"

RENEW_BEFORE_S = 30 * 86400.0
"""How long before its end a certificate is renewed (A03)."""

RENEW_AGAIN_S = 86400.0
"""Wait before a renewal is tried again."""

TLS_PROFILES = (2, 3)


@handles("InstallCertificate")
def install(context: BlockContext, request: Payload, now: Now) -> Payload:
    """Read the root beside the event loop; a full store refuses at once (M05.FR.03)."""
    station = context.station
    station.access.speaks_extension = True
    use = Use(request["certificateType"])
    if not _has_room(station, use):
        return REJECTED
    signed_by = tuple(one.pem for one in station.access.certificates.of(use)) if _replaces(station, use) else None
    return context.answer_later(Read(request["certificate"], station.utc(now.sim), signed_by or None), "root_read", use)


@after("root_read")
def root_read(context: BlockContext, use: Use, result: JobResult, now: Now) -> Payload:
    """Install what was read (M05.FR.02), or refuse it (M05.FR.06, M05.FR.10)."""
    station = context.station
    if isinstance(result, JobFailed):
        context.problem(f"InstallCertificate refused: {result.reason}")
        if use is Use.CENTRAL_SYSTEM_ROOT:
            security.note(context, "InvalidCentralSystemCertificate", now, result.reason)
        return REJECTED
    assert isinstance(result, Certificate)
    store = station.access.certificates
    if _replaces(station, use):
        store.replace(result)
    elif _has_room(station, use):
        store.install(use, result)
    else:  # others were installed meanwhile
        return REJECTED
    security.note(context, "ReconfigurationOfSecurityParameters", now, f"{use} installed")
    return ACCEPTED


@handles("DeleteCertificate")
def delete(context: BlockContext, request: Payload, now: Now) -> Payload:
    """Forget a root (M04). The last one that a TLS connection can be checked against stays (M04.FR.06)."""
    station = context.station
    station.access.speaks_extension = True
    store = station.access.certificates
    named: Payload = request["certificateHashData"]
    found = store.find(
        HashData(named["hashAlgorithm"], named["issuerNameHash"], named["issuerKeyHash"], named["serialNumber"])
    )
    if found is None:
        return NOT_FOUND
    use, certificate = found
    last = use is Use.CENTRAL_SYSTEM_ROOT and len(store.of(use)) == 1
    if last and station.settings.integer(PROFILE) in TLS_PROFILES:
        return FAILED
    store.remove(use, certificate)
    security.note(context, "ReconfigurationOfSecurityParameters", now, f"{use} deleted")
    return ACCEPTED


@handles("GetInstalledCertificateIds")
def list_installed(context: BlockContext, request: Payload, now: Now) -> Payload:
    """The roots of one type (M03)."""
    context.station.access.speaks_extension = True
    installed = context.station.access.certificates.of(Use(request["certificateType"]))
    if not installed:
        return NOT_FOUND
    return {**ACCEPTED, "certificateHashData": [_named(one.hashes[0]) for one in installed]}


def sign(context: BlockContext) -> None:
    """Make a key pair and ask for a certificate for it (A02.FR.02, A02.FR.13)."""
    station = context.station
    name = station.serial_number or station.charger_id
    asked = RequestSigning(name, station.settings.text(OPERATOR), station.spec.own_keys)
    context.start_job(asked, "request_made")


@after("request_made")
@sends("SignCertificate")
def request_made(context: BlockContext, note: Any, result: JobResult, now: Now) -> None:
    """The key pair is there: send the request (A02.FR.03)."""
    if isinstance(result, JobFailed):
        context.problem(f"no certificate signing request: {result.reason}")
        return
    assert isinstance(result, SigningRequest)
    context.station.access.certificates.asked = result
    context.call("SignCertificate", {"csr": result.csr_pem}, solicited=True)


@on_result("SignCertificate")
def request_answered(context: BlockContext, entry: Entry, answer: Payload, now: Now) -> None:
    """Accepted: a CertificateSigned will follow. Rejected: the key pair is of no use."""
    if answer.get("status") != "Accepted":
        _forget_request(context, entry)
        context.problem("SignCertificate was rejected")


@on_failure("SignCertificate")
def request_failed(context: BlockContext, entry: Entry, error: CallError | None, now: Now) -> None:
    """Refused or not answered."""
    _forget_request(context, entry)


@handles("CertificateSigned")
def signed(context: BlockContext, request: Payload, now: Now) -> Payload:
    """Check the chain beside the event loop (A02.FR.06); without a request of ours there is nothing it could fit."""
    station = context.station
    station.access.speaks_extension = True
    store = station.access.certificates
    chain: str = request["certificateChain"]
    if len(chain) > station.settings.integer(MOST_CHARACTERS):
        return _refused(context, now, "the chain is longer than CertificateSignedMaxChainSize")
    if store.asked is None:
        return _refused(context, now, "no certificate was asked for")
    roots = tuple(one.pem for one in store.of(Use.CENTRAL_SYSTEM_ROOT))
    job = CheckSigned(chain, store.asked, roots, station.utc(now.sim))
    return context.answer_later(job, "chain_checked")


@after("chain_checked")
def chain_checked(context: BlockContext, note: Any, result: JobResult, now: Now) -> Payload:
    """Switch to the new certificate, and on profile 3 connect with it (A02.FR.08); or discard it (A02.FR.07)."""
    if isinstance(result, JobFailed):
        return _refused(context, now, result.reason)
    assert isinstance(result, Own)
    store = context.station.access.certificates
    store.previous, store.own, store.asked = store.own, result, None
    security.note(context, "ReconfigurationOfSecurityParameters", now, "new certificate of its own")
    schedule_renewal(context, now)
    if context.station.settings.integer(PROFILE) == 3:
        access.reconnect(context, now)
    return ACCEPTED


@tells(CameOnline)
def came_online(context: BlockContext, fact: CameOnline, now: Now) -> None:
    """What the charger connects with is proven, and events that are owed can be told."""
    context.station.access.proven()
    security.push(context)
    schedule_renewal(context, now)


def schedule_renewal(context: BlockContext, now: Now) -> None:
    """Ask for a new certificate in time before the one in use ends."""
    own = context.station.access.certificates.own
    if own is not None and context.station.settings.integer(PROFILE) == 3:
        left_s = own.valid_until - RENEW_BEFORE_S - context.station.utc(now.sim)
        context.wake("renew_certificate", now.sim + max(left_s, 0.0))


@wakes("renew_certificate")
def renew(context: BlockContext, place: int, now: Now) -> None:
    """The certificate in use ends soon (A03)."""
    if context.station.online:
        sign(context)
    context.wake("renew_certificate", now.sim + RENEW_AGAIN_S)


def _replaces(station: StationState, use: Use) -> bool:
    """AdditionalRootCertificateCheck: a new central system root takes the place of the old one (M05.FR.08)."""
    return use is Use.CENTRAL_SYSTEM_ROOT and station.settings.boolean(ROOT_CHECK)


def _has_room(station: StationState, use: Use) -> bool:
    store = station.access.certificates
    replaced = _replaces(station, use) and bool(store.of(use))
    return replaced or store.count() < station.settings.integer(MOST_ROOTS)


def _refused(context: BlockContext, now: Now, reason: str) -> Payload:
    context.problem(f"CertificateSigned refused: {reason}")
    security.note(context, "InvalidChargePointCertificate", now, reason)
    return REJECTED


def _forget_request(context: BlockContext, entry: Entry) -> None:
    """Forget the key pair of that very request."""
    store = context.station.access.certificates
    if store.asked is not None and store.asked.csr_pem == entry.payload["csr"]:
        store.asked = None


def _named(one: HashData) -> Payload:
    return {
        "hashAlgorithm": one.algorithm,
        "issuerNameHash": one.issuer_name_hash,
        "issuerKeyHash": one.issuer_key_hash,
        "serialNumber": one.serial_number,
    }
