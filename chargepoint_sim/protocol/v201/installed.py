"""2.0.1 GetInstalledCertificateIds (use case M03); what has certificates signed, and asks for them again (A02, F06)."""

from collections.abc import Mapping
from typing import Any

from chargepoint_sim.clock import Now
from chargepoint_sim.core.certificates import NamedChain, Own, Purpose, Use
from chargepoint_sim.core.jobs import JobResult
from chargepoint_sim.protocol.certificates import PURPOSES, name_chain, named, refusal, send_request
from chargepoint_sim.protocol.frames import Payload
from chargepoint_sim.protocol.registry import BlockContext, after, handles, wakes

V2G_CHAIN = "V2GCertificateChain"

MOST_CHILDREN = 4
"""Sub-authorities that a row has room for."""

TRIGGERS: Mapping[str, Purpose] = {
    "SignChargingStationCertificate": Purpose.STATION,
    "SignCombinedCertificate": Purpose.COMBINED,
    "SignV2GCertificate": Purpose.V2G,
}
"""requestedMessage -> what the certificate is for."""


@handles("GetInstalledCertificateIds")
def list_installed(context: BlockContext, request: Payload, now: Now) -> Payload:
    """The names of what is installed, of the types asked for or of all (M03.FR.01 to 05)."""
    store = context.station.access.certificates
    wanted = request.get("certificateType", [*(use.value for use in Use), V2G_CHAIN])
    rows: list[Payload] = [
        {"certificateType": use.value, "certificateHashData": named(root.hashes[0])}
        for use in Use
        if use.value in wanted
        for root in store.of(use)
    ]
    if Use.CENTRAL_SYSTEM_ROOT.value in wanted and store.fallback is not None:
        row = {"certificateType": Use.CENTRAL_SYSTEM_ROOT.value, "certificateHashData": named(store.fallback.hashes[0])}
        rows.append(row)  # until the new root is proven (M05.FR.12, M05.FR.13)
    if V2G_CHAIN in wanted and store.v2g is not None:
        return _with_chain(context, rows, store.v2g)
    return _listed(context, rows)


def _with_chain(context: BlockContext, rows: list[Payload], chain: Own) -> Payload:
    """The chain for vehicles is named beside the event loop."""
    return context.answer_later(name_chain(context.station, chain), "chain_named", rows)


@after("chain_named")
def chain_named(context: BlockContext, rows: list[Payload], result: JobResult, now: Now) -> Payload:
    """The leaf has a row, the sub-authorities stand under it (M03.FR.05)."""
    if isinstance(result, NamedChain) and result.names:
        leaf, *others = (named(names[0]) for names in result.names)
        row: dict[str, Any] = {"certificateType": V2G_CHAIN, "certificateHashData": leaf}
        if others:
            row["childCertificateHashData"] = others[:MOST_CHILDREN]
        rows = [*rows, row]
    return _listed(context, rows)


def _listed(context: BlockContext, rows: list[Payload]) -> Payload:
    if not rows:
        return refusal(context, "NotFound", "NotFound")
    return {"status": "Accepted", "certificateHashDataChain": rows}


@wakes("certificate_awaited")
def ask_again(context: BlockContext, place: int, now: Now) -> None:
    """No signed certificate has come: send the same request again (A02.FR.17); offline, that is for later."""
    store, purpose = context.station.access.certificates, PURPOSES[place]
    if purpose in store.awaited and context.station.online:
        store.wait(purpose, store.awaited[purpose] + 1)
        send_request(context, purpose, store.asked[purpose])
