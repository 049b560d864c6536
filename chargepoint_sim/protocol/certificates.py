"""Certificates in both versions: install and delete roots, have the charger's own signed (A02, A03, M04, M05).

Cryptography is done by jobs: answers that need it come when the job is done. What 1.6 calls otherwise stands in a
table; numbers of requirements are those of 2.0.1. Which certificates are there is told by a block of each version.
"""

from collections.abc import Mapping

from chargepoint_sim.clock import Now
from chargepoint_sim.core.access import PROFILE
from chargepoint_sim.core.certificates import (
    ENTRIES,
    REPEAT_TIMES,
    ROOT_OF,
    WAIT_MINIMUM,
    Certificate,
    CheckSigned,
    HashData,
    KeyKind,
    NameChain,
    NamedChain,
    Own,
    Purpose,
    Read,
    RequestSigning,
    SigningRequest,
    Use,
    signing_wait_s,
)
from chargepoint_sim.core.facts import CameOnline, VehicleChainChanged
from chargepoint_sim.core.jobs import JobFailed, JobResult
from chargepoint_sim.core.orders import TransferFault
from chargepoint_sim.core.state import StationState
from chargepoint_sim.protocol import redial, security_events
from chargepoint_sim.protocol.frames import CallError, Payload, Version
from chargepoint_sim.protocol.outbox import Entry
from chargepoint_sim.protocol.registry import BlockContext, after, handles, on_failure, on_result, sends, tells, wakes

ACCEPTED = {"status": "Accepted"}

MOST_CHARACTERS = "SecurityCtrlr.MaxCertificateChainSize"
ROOT_CHECK = "SecurityCtrlr.AdditionalRootCertificateCheck"
OPERATOR = "SecurityCtrlr.OrganizationName"
SECC_ID = "ISO15118Ctrlr.SeccId"
SECC_OPERATOR = "ISO15118Ctrlr.OrganizationName"
SECC_COUNTRY = "ISO15118Ctrlr.CountryName"
"""The subject of the certificate that vehicles are shown; where one is empty, the station's own name stands for it."""

USES: Mapping[Version, Mapping[str, Use]] = {
    Version.V16: {
        "CentralSystemRootCertificate": Use.CENTRAL_SYSTEM_ROOT,
        "ManufacturerRootCertificate": Use.MANUFACTURER_ROOT,
    },
    Version.V201: {use.value: use for use in Use},
}
"""certificateType of a root -> what it is for."""

PURPOSES = tuple(Purpose)

RENEW_BEFORE_S = 30 * 86400.0
"""How long before its end a certificate is renewed (A03)."""

RENEW_AGAIN_S = 86400.0
"""Wait before a renewal is tried again."""

TLS_PROFILES = (2, 3)


@handles("InstallCertificate")
def install(context: BlockContext, request: Payload, now: Now) -> Payload:
    """Read the root beside the event loop (M05)."""
    station = context.station
    station.access.speaks_extension = True
    use = USES[context.version][request["certificateType"]]
    signed_by = tuple(one.pem for one in station.access.certificates.of(use)) if _replaces(station, use) else None
    return context.answer_later(Read(request["certificate"], station.utc(now.sim), signed_by or None), "root_read", use)


@after("root_read")
def root_read(context: BlockContext, use: Use, result: JobResult, now: Now) -> Payload:
    """Install what was read (M05.FR.02), or refuse it (M05.FR.06, M05.FR.07, M05.FR.11)."""
    station = context.station
    if isinstance(result, JobFailed):
        context.problem(f"InstallCertificate refused: {result.reason}")
        if use is Use.CENTRAL_SYSTEM_ROOT:
            security_events.note(context, "InvalidCsmsCertificate", now, result.reason)
        return refusal(context, "Rejected", "InvalidCertificate", result.reason)
    assert isinstance(result, Certificate)
    store = station.access.certificates
    if station.orders.strikes(TransferFault.STORE):
        return refusal(context, "Failed", "InternalError", "injected fault")  # M05.FR.03
    if _replaces(station, use):
        store.replace(result)
    elif store.holds(use, result) or store.count() < station.settings.integer(ENTRIES):  # M05.FR.17
        store.install(use, result)
    else:
        return refusal(context, "Rejected", "OutOfStorage", "as many roots are installed as there is room for")
    security_events.note(context, "ReconfigurationOfSecurityParameters", now, f"{_word(context, use)} installed")
    return ACCEPTED


@handles("DeleteCertificate")
def delete(context: BlockContext, request: Payload, now: Now) -> Payload:
    """Forget a root (M04); the last one that a TLS connection can be checked against stays (M04.FR.03)."""
    station = context.station
    station.access.speaks_extension = True
    store = station.access.certificates
    named: Payload = request["certificateHashData"]
    wanted = name_of(named)
    found = store.find(wanted)
    if found is None:
        return _delete_own(context, wanted)
    use, certificate = found
    last = use is Use.CENTRAL_SYSTEM_ROOT and len(store.of(use)) == 1
    if last and station.settings.integer(PROFILE) in TLS_PROFILES:
        return refusal(context, "Failed", "UnsupportedRequest", "the last root of the central system stays")
    store.remove(use, certificate)
    security_events.note(context, "ReconfigurationOfSecurityParameters", now, f"{_word(context, use)} deleted")
    return ACCEPTED


def _delete_own(context: BlockContext, wanted: HashData) -> Payload:
    """2.0.1 can name a chain of the station's own: find out beside the event loop."""
    store = context.station.access.certificates
    if context.version is Version.V16 or (store.own is None and store.v2g is None):
        return refusal(context, "NotFound", "NotFound")
    own = store.own if store.own is not None else store.v2g
    assert own is not None
    return context.answer_later(name_chain(context.station, own), "chain_to_delete", (wanted, own))


@after("chain_to_delete")
def chain_to_delete(context: BlockContext, note: tuple[HashData, Own], result: JobResult, now: Now) -> Payload:
    """The certificate of the station stays (M04.FR.06); the chain for vehicles goes as a whole (M04.FR.08)."""
    (wanted, named), store = note, context.station.access.certificates
    if isinstance(result, NamedChain) and result.holds(wanted):
        if named is store.own:
            return refusal(context, "Failed", "UnsupportedRequest", "the certificate of the station stays")
        store.v2g = store.statuses = None
        security_events.note(context, "ReconfigurationOfSecurityParameters", now, "V2GCertificateChain deleted")
        return ACCEPTED
    if store.v2g is None or named is store.v2g:
        return refusal(context, "NotFound", "NotFound")
    return context.answer_later(name_chain(context.station, store.v2g), "chain_to_delete", (wanted, store.v2g))


def name_chain(station: StationState, own: Own) -> NameChain:
    """The job that names the certificates of a chain."""
    return NameChain(
        own.chain_pem, tuple(one.pem for roots in station.access.certificates.roots.values() for one in roots)
    )


def sign(context: BlockContext, purpose: Purpose = Purpose.STATION) -> None:
    """Make a key pair and ask for a certificate for it (A02.FR.02); vehicles take elliptic curves alone."""
    station = context.station
    kind = station.spec.own_keys if purpose is Purpose.STATION else KeyKind.EC
    name, operator, country = _subject(station, purpose)
    context.start_job(RequestSigning(name, operator, kind, country), "request_made", purpose)


def _subject(station: StationState, purpose: Purpose) -> tuple[str, str, str]:
    """Common name, organisation and country of a certificate; vehicles know the station by names of its own."""
    settings = station.settings
    name, operator = station.serial_number or station.charger_id, settings.text(OPERATOR)
    if purpose is not Purpose.V2G:
        return name, operator, ""
    return settings.text(SECC_ID) or name, settings.text(SECC_OPERATOR) or operator, settings.text(SECC_COUNTRY)


@after("request_made")
def request_made(context: BlockContext, purpose: Purpose, result: JobResult, now: Now) -> None:
    """The key pair is there: send the request (A02.FR.03)."""
    if isinstance(result, JobFailed):
        context.problem(f"no certificate signing request: {result.reason}")
        return
    assert isinstance(result, SigningRequest)
    context.station.access.certificates.ask(purpose, result)
    send_request(context, purpose, result)


@sends("SignCertificate")
def send_request(context: BlockContext, purpose: Purpose, request: SigningRequest) -> None:
    """Without a type the certificate is for both connections; 1.6 knows one alone (A02.FR.13)."""
    payload: Payload = {"csr": request.csr_pem}
    if context.version is not Version.V16 and purpose is not Purpose.COMBINED:
        payload["certificateType"] = purpose.value
    context.call("SignCertificate", payload, note=purpose, solicited=True)


@on_result("SignCertificate")
def request_answered(context: BlockContext, entry: Entry, answer: Payload, now: Now) -> None:
    """Accepted: a CertificateSigned will follow. Rejected: the key pair is of no use."""
    store, purpose = context.station.access.certificates, Purpose(entry.note)
    if answer.get("status") != "Accepted":
        _forget_request(context, entry)
        context.problem("SignCertificate was rejected")
    elif context.version is not Version.V16 and purpose in store.asked:
        store.wait(purpose, store.awaited.get(purpose, 0))
        _await(context, purpose, now)


def _await(context: BlockContext, purpose: Purpose, now: Now) -> None:
    """Look again when the signed certificate should have come (A02.FR.17): a rule of the 2.0.1 rooms."""
    settings, store = context.station.settings, context.station.access.certificates
    minimum_s, repeat_times = settings.integer(WAIT_MINIMUM), settings.integer(REPEAT_TIMES)
    wait_s = signing_wait_s(minimum_s, repeat_times, store.awaited[purpose])
    if wait_s is None:
        store.forget_wait(purpose)
        context.problem("no signed certificate has come: asked for no more")
    else:
        context.wake("certificate_awaited", now.sim + wait_s, PURPOSES.index(purpose))


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
    purpose = _meant(store.asked, request.get("certificateType"))
    if len(chain) > station.settings.integer(MOST_CHARACTERS):
        return _refuse(context, now, purpose, "TooLargeElement", "the chain is longer than is taken")  # A02.FR.16
    if purpose is None:
        return _refuse(context, now, None, "InvalidMessageSeq", "no certificate was asked for")
    roots = tuple(one.pem for one in store.of(ROOT_OF[purpose]))
    job = CheckSigned(chain, store.asked[purpose], roots, station.utc(now.sim))
    return context.answer_later(job, "chain_checked", purpose)


def _meant(asked: Mapping[Purpose, SigningRequest], kind: str | None) -> Purpose | None:
    """Which request a CertificateSigned answers; without a type the one for both, or else the only one (A02.FR.14)."""
    if kind is not None:
        return Purpose(kind) if kind in asked else None
    return Purpose.COMBINED if Purpose.COMBINED in asked else next(iter(asked), None)


@after("chain_checked")
def chain_checked(context: BlockContext, purpose: Purpose, result: JobResult, now: Now) -> Payload:
    """Switch to the new certificate, and on profile 3 connect with it (A02.FR.08); or discard it (A02.FR.07)."""
    if isinstance(result, JobFailed):
        return _refuse(context, now, purpose, "InvalidCertificate", result.reason)
    assert isinstance(result, Own)
    context.station.access.certificates.take_over(purpose, result)
    security_events.note(context, "ReconfigurationOfSecurityParameters", now, "new certificate of its own")
    if purpose is not Purpose.STATION:
        context.station.emit(VehicleChainChanged(now.sim))
    if purpose is not Purpose.V2G:
        schedule_renewal(context, now)
        if context.station.settings.integer(PROFILE) == 3:
            redial.reconnect(context, now)
    return ACCEPTED


@tells(CameOnline)
def came_online(context: BlockContext, fact: CameOnline, now: Now) -> None:
    """What the charger connects with is proven, and events that are owed can be told."""
    context.station.access.proven(context.station.settings)
    security_events.push(context)
    schedule_renewal(context, now)
    if context.version is not Version.V16:
        for purpose in context.station.access.certificates.awaited:
            _await(context, purpose, now)


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


def _refuse(context: BlockContext, now: Now, purpose: Purpose | None, code: str, reason: str) -> Payload:
    """Nothing is asked for again by itself after that (A02.FR.20)."""
    if purpose is not None:
        context.station.access.certificates.forget_wait(purpose)
    context.problem(f"CertificateSigned refused: {reason}")
    security_events.note(context, "InvalidChargingStationCertificate", now, reason)
    return refusal(context, "Rejected", code, reason)


def refusal(context: BlockContext, status: str, code: str, text: str = "") -> Payload:
    """A status with its reason, which 1.6 has no place for."""
    if context.version is Version.V16:
        return {"status": status}
    info: Payload = {"reasonCode": code, "additionalInfo": text[:512]} if text else {"reasonCode": code}
    return {"status": status, "statusInfo": info}


def _forget_request(context: BlockContext, entry: Entry) -> None:
    """Forget the key pair of that very request."""
    store, purpose = context.station.access.certificates, Purpose(entry.note)
    asked = store.asked.get(purpose)
    if asked is not None and asked.csr_pem == entry.payload["csr"]:
        store.forget(purpose)


def _word(context: BlockContext, use: Use) -> str:
    return next(word for word, meant in USES[context.version].items() if meant is use)


def named(one: HashData) -> Payload:
    """A CertificateHashDataType element."""
    return {
        "hashAlgorithm": one.algorithm,
        "issuerNameHash": one.issuer_name_hash,
        "issuerKeyHash": one.issuer_key_hash,
        "serialNumber": one.serial_number,
    }


def name_of(element: Payload) -> HashData:
    """The core's name of a CertificateHashDataType element."""
    return HashData(*(element[part] for part in ("hashAlgorithm", "issuerNameHash", "issuerKeyHash", "serialNumber")))
