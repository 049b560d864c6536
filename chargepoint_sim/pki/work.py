"""Which function does which job of a charger that needs cryptography; refusals come back as JobFailed."""

from collections.abc import Callable, Mapping
from typing import Any

from chargepoint_sim.core.certificates import (
    CheckSignature,
    CheckSigned,
    CheckSigner,
    NameChain,
    NamedChain,
    Read,
    RequestSigning,
)
from chargepoint_sim.core.jobs import Job, JobFailed, JobResult
from chargepoint_sim.core.plug_and_charge import QueryStatus, ReadContract
from chargepoint_sim.pki import contracts, x509


def do(job: Job, secret: int | None = None) -> JobResult:
    """Do a job now; it takes up to some milliseconds of processor time. KeyError for a job that is none of these.

    `secret` is what a new key is derived from in virtual time; None takes the system's randomness.
    """
    try:
        return JOBS[type(job)](job, secret)
    except ValueError as refusal:
        return JobFailed(str(refusal))


def _signer(job: CheckSigner, _: int | None) -> JobResult:
    x509.check_signer(job.pem, job.roots, job.at)
    return True


def _signature(job: CheckSignature, _: int | None) -> JobResult:
    x509.check_signature(job.data, job.signature, job.certificate_pem)
    return True


JOBS: Mapping[type[Job], Callable[[Any, int | None], JobResult]] = {
    CheckSignature: _signature,
    CheckSigned: lambda job, _: x509.check_signed(job.chain_pem, job.request, job.roots, job.at),
    CheckSigner: _signer,
    NameChain: lambda job, _: NamedChain(x509.name_chain(job.chain_pem, job.roots)),
    QueryStatus: lambda job, _: x509.status_queries(job.chain_pem, job.roots),
    ReadContract: lambda job, _: contracts.read(job.emaid, job.roots, job.at),
    Read: lambda job, _: x509.read_root(job.pem, job.at, job.signed_by),
    RequestSigning: lambda job, secret: x509.request_signing(
        job.common_name, job.organization, secret, job.kind, job.country
    ),
}
