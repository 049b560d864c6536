"""2.0.1 GetCertificateStatus: what vehicles are told of the revocation of the station's V2G chain (use case M06).

The answers are opaque: they are kept as they come, per certificate, and asked for again before a week is over.
"""

from chargepoint_sim.clock import Now
from chargepoint_sim.core.certificates import ChainStatuses
from chargepoint_sim.core.facts import VehicleChainChanged
from chargepoint_sim.core.jobs import JobResult
from chargepoint_sim.core.plug_and_charge import QueryStatus
from chargepoint_sim.protocol.certificates import name_chain
from chargepoint_sim.protocol.frames import Payload
from chargepoint_sim.protocol.outbox import Entry
from chargepoint_sim.protocol.registry import BlockContext, after, on_result, sends, tells, wakes
from chargepoint_sim.protocol.v201.contracts import query

REFRESH_S = 6 * 86400.0
"""Before a week is over (M06.FR.10)."""


@tells(VehicleChainChanged)
def chain_changed(context: BlockContext, fact: VehicleChainChanged, now: Now) -> None:
    """Ask for the new certificate, and for those above it (M06.FR.07)."""
    tell_owed(context, now)


def tell_owed(context: BlockContext, now: Now) -> None:
    """Ask where no answer is kept, or an old one; otherwise when it will be old."""
    store = context.station.access.certificates
    if store.v2g is None:
        return
    due_at = store.statuses.asked_at + REFRESH_S if store.statuses is not None and store.statuses.results else now.sim
    if due_at <= now.sim:
        job = name_chain(context.station, store.v2g)
        context.start_job(QueryStatus(job.chain_pem, job.roots), "chain_queried", store.v2g)
        due_at = now.sim + REFRESH_S
    context.wake("statuses_due", due_at)


@wakes("statuses_due")
def refresh(context: BlockContext, place: int, now: Now) -> None:
    """The answers are old (M06.FR.10); without a link they are asked for when it is back."""
    if context.station.online:
        tell_owed(context, now)


@after("chain_queried")
@sends("GetCertificateStatus")
def chain_queried(context: BlockContext, chain: object, result: JobResult, now: Now) -> None:
    """One question for each certificate of the chain (M06.FR.06, M06.FR.07)."""
    store = context.station.access.certificates
    if not isinstance(result, tuple) or store.v2g is not chain:
        return
    store.statuses = ChainStatuses(now.sim)
    for one in result:
        context.call("GetCertificateStatus", {"ocspRequestData": query(one)}, note=(one.name, store.statuses))


@on_result("GetCertificateStatus")
def answered(context: BlockContext, entry: Entry, answer: Payload, now: Now) -> None:
    """Keep the answer for vehicles; after Failed there is none (M06.FR.04)."""
    name, statuses = entry.note
    if answer.get("status") == "Accepted" and "ocspResult" in answer:
        statuses.results[name] = answer["ocspResult"]
    else:
        context.problem("GetCertificateStatus has failed: vehicles are shown a chain without its status")
