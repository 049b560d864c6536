"""Firmware updates as both versions have them: the download, the check of signer and signature (L01; 1.6 section 4.5).

Owns what happens between the order and its statuses. The words of the order and of the notifications are the
versions' own. The signing certificate is checked before the answer, the signature when the file is here.
"""

from chargepoint_sim.clock import Now
from chargepoint_sim.core import firmware
from chargepoint_sim.core.certificates import CheckSignature, CheckSigner, Use
from chargepoint_sim.core.facts import DownloadDue, SecurityEventRaised, VerificationDue
from chargepoint_sim.core.jobs import Download, Downloaded, JobFailed, JobResult
from chargepoint_sim.core.orders import FirmwareUpdate, TransferFault
from chargepoint_sim.protocol.frames import Payload
from chargepoint_sim.protocol.instants import read_instant
from chargepoint_sim.protocol.registry import BlockContext, after, tells


def ordered(context: BlockContext, request: Payload, tries: int) -> FirmwareUpdate:
    """The update that a FirmwareType element describes. Raises CallRefused for an instant that is none."""
    wanted: Payload = request["firmware"]
    install_at = wanted.get("installDateTime")
    return FirmwareUpdate(
        url=wanted["location"],
        retrieve_at=read_instant(context.station, "retrieveDateTime", wanted["retrieveDateTime"]),
        tries_left=tries,
        retry_interval_s=max(request.get("retryInterval", 0), 0),
        request_id=request["requestId"],
        signing_certificate=wanted.get("signingCertificate", ""),
        signature=wanted.get("signature", ""),
        install_at=None if install_at is None else read_instant(context.station, "installDateTime", install_at),
    )


def answer_when_checked(context: BlockContext, update: FirmwareUpdate, now: Now) -> Payload:
    """Have the signer checked against the manufacturer's roots; the answer follows (L01.FR.21)."""
    roots = tuple(one.pem for one in context.station.access.certificates.of(Use.MANUFACTURER_ROOT))
    check = CheckSigner(update.signing_certificate, roots, context.station.utc(now.sim))
    return context.answer_later(check, "firmware signer", update)


@after("firmware signer")
def signer_checked(context: BlockContext, note: FirmwareUpdate, result: JobResult, now: Now) -> Payload:
    """The answer to the order of a signed update (L01.FR.02, L01.FR.22)."""
    if isinstance(result, JobFailed):
        return refuse_signer(context, "InvalidCertificate", result.reason, now)
    if context.station.orders.strikes(TransferFault.REVOKED):
        return refuse_signer(context, "RevokedCertificate", "the certificate was revoked", now)
    return take(context, note, now)


def refuse_signer(context: BlockContext, status: str, reason: str, now: Now) -> Payload:
    """The answer where the signing certificate is of no use, which is a security event (L01.FR.02)."""
    context.station.emit(SecurityEventRaised(now.sim, "InvalidFirmwareSigningCertificate", reason))
    return {"status": status}


def take(context: BlockContext, update: FirmwareUpdate, now: Now) -> Payload:
    """Begin an update; AcceptedCanceled where another one loses its place, Rejected where it cannot (L01.FR.24, 27)."""
    replaces = context.station.orders.firmware_open
    if not firmware.order(context.station, update, now.sim):
        return {"status": "Rejected"}
    return {"status": "AcceptedCanceled" if replaces else "Accepted"}


@tells(DownloadDue)
def download(context: BlockContext, fact: DownloadDue, now: Now) -> None:
    """Have the file fetched."""
    context.start_job(Download(fact.url), "firmware", context.station.orders.firmware)


@after("firmware")
def downloaded(context: BlockContext, note: FirmwareUpdate, result: JobResult, now: Now) -> None:
    """The file is here, or could not be had."""
    if isinstance(result, JobFailed):
        context.problem(f"firmware not downloaded: {result.reason}")
    firmware.downloaded(context.station, note, result, now.sim)
    if note.version is None and isinstance(result, Downloaded):
        context.problem("firmware refused: the file does not begin with 'chargepoint-sim-firmware <version>'")


@tells(VerificationDue)
def verify(context: BlockContext, fact: VerificationDue, now: Now) -> None:
    """Have the signature checked (L01.FR.04)."""
    current = context.station.orders.firmware
    assert current is not None
    check = CheckSignature(fact.data, current.signature, current.signing_certificate)
    context.start_job(check, "firmware signature", current)


@after("firmware signature")
def signature_checked(context: BlockContext, note: FirmwareUpdate, result: JobResult, now: Now) -> None:
    """The file is the manufacturer's, or is not, which is a security event (L01.FR.03)."""
    if isinstance(result, JobFailed):
        context.station.emit(SecurityEventRaised(now.sim, "InvalidFirmwareSignature", result.reason))
    firmware.verified(context.station, note, not isinstance(result, JobFailed), now.sim)
