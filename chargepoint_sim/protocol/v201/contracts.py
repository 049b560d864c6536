"""2.0.1 contract certificates of vehicles: what Authorize tells of them, and Get15118EVCertificate (C07, M01, M02).

What stands in a Get15118EVCertificate for the vehicle is opaque: no EXI is coded or read here.
"""

import base64

from chargepoint_sim.clock import Now
from chargepoint_sim.core import iso15118, plug_and_charge
from chargepoint_sim.core.certificates import Use
from chargepoint_sim.core.facts import AuthorizationRequested, ContractWanted
from chargepoint_sim.core.jobs import JobResult
from chargepoint_sim.core.plug_and_charge import Contract, ReadContract, StatusQuery
from chargepoint_sim.core.state import IdTokenInfo, StationState
from chargepoint_sim.core.vehicle import ISO15118_SCHEMA
from chargepoint_sim.protocol.certificates import named
from chargepoint_sim.protocol.frames import Payload
from chargepoint_sim.protocol.outbox import Entry
from chargepoint_sim.protocol.registry import BlockContext, on_result, sends, tells

ROOTS = (Use.MOBILITY_OPERATOR_ROOT, Use.V2G_ROOT)
"""What a contract may lead to."""

MOST_NAMED = 4
"""Certificates of a chain that an Authorize has room for."""


def shown(station: StationState, fact: AuthorizationRequested) -> bool:
    """Whether the token is the contract of the vehicle at that EVSE."""
    evse = station.evse(fact.evse_id) if fact.evse_id is not None else None
    talk = iso15118.conversation(station, evse) if evse is not None else None
    return talk is not None and fact.id_token.type == plug_and_charge.EMAID and fact.id_token.id_token == talk.emaid


def read(context: BlockContext, fact: AuthorizationRequested, now: Now) -> None:
    """Have the chain judged beside the event loop, on line and off (C07.FR.02, C07.FR.08)."""
    store = context.station.access.certificates
    roots = tuple(root.pem for use in ROOTS for root in store.of(use))
    job = ReadContract(fact.id_token.id_token, roots, context.station.utc(now.sim))
    context.start_job(job, "contract_read", fact)


def described(result: JobResult) -> Payload:
    """The part of Authorize for a contract: what an OCSP request needs, or the chain that could not be judged here."""
    found: Payload = {}
    if isinstance(result, Contract):
        if result.queries:
            found["iso15118CertificateHashData"] = [query(one) for one in result.queries[:MOST_NAMED]]
        if not result.sound:
            found["certificate"] = result.chain_pem
    return found


def bound(answer: Payload, info: IdTokenInfo) -> IdTokenInfo:
    """The verdict on a token, which is worth nothing where its certificate is refused (C07.FR.13 to C07.FR.17)."""
    refused = answer.get("certificateStatus", "Accepted") != "Accepted" and info.status == "Accepted"
    return IdTokenInfo(plug_and_charge.NOT_VALID) if refused else info


def query(one: StatusQuery) -> Payload:
    """An OCSPRequestDataType element."""
    return {**named(one.name), "responderURL": one.responder_url}


@tells(ContractWanted)
@sends("Get15118EVCertificate")
def wanted(context: BlockContext, fact: ContractWanted, now: Now) -> None:
    """Pass on what the vehicle asks for (M01.FR.01, M02.FR.01)."""
    evse = context.station.evse(fact.evse_id)
    talk = iso15118.conversation(context.station, evse) if evse is not None else None
    if talk is None:
        return
    message = base64.b64encode(f"Certificate{fact.wish.value} for {talk.emaid}".encode()).decode()
    payload = {"iso15118SchemaVersion": ISO15118_SCHEMA, "action": fact.wish.value, "exiRequest": message}
    context.call("Get15118EVCertificate", payload, note=(fact.evse_id, talk))


@on_result("Get15118EVCertificate")
def brought(context: BlockContext, entry: Entry, answer: Payload, now: Now) -> None:
    """Hand the answer to the vehicle, if it is still there; without a certificate it needs a card."""
    evse_id, talk = entry.note
    evse = context.station.evse(evse_id)
    if answer.get("status") != "Accepted":
        context.problem("Get15118EVCertificate has failed: the vehicle has no contract to show")
    elif evse is not None and evse.vehicle is not None and evse.vehicle.talk is talk:
        plug_and_charge.installed(context.station, evse, now.sim)
