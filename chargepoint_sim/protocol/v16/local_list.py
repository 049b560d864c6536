"""1.6 SendLocalList and GetLocalListVersion, and the conflict with a verdict (sections 3.5.2, 5.10, 5.15)."""

from chargepoint_sim.clock import Now
from chargepoint_sim.core import local_list
from chargepoint_sim.core.commands import IdToken
from chargepoint_sim.core.facts import LocalListConflict
from chargepoint_sim.core.state import Fault
from chargepoint_sim.protocol.frames import Payload
from chargepoint_sim.protocol.registry import BlockContext, handles, tells
from chargepoint_sim.protocol.v16.authorization import info_of
from chargepoint_sim.protocol.v16.availability import STATION, notify

NOT_SUPPORTED_VERSION = -1
"""Stands for the version where there is no list (section 5.10)."""


@handles("SendLocalList")
def send(context: BlockContext, request: Payload, now: Now) -> Payload:
    """Replace or change the list; without idTagInfo a differential entry takes its tag off (section 5.15)."""
    if not local_list.supported(context.station):
        return {"status": "NotSupported"}
    entries = [
        (IdToken(entry["idTag"]), info_of(entry) if "idTagInfo" in entry else None)
        for entry in request.get("localAuthorizationList", ())
    ]
    update = local_list.replace_all if request["updateType"] == "Full" else local_list.change
    return {"status": update(context.station, request["listVersion"], entries).value}


@handles("GetLocalListVersion")
def version(context: BlockContext, request: Payload, now: Now) -> Payload:
    """The version of the list: 0 when it is empty, -1 where there is none (section 5.10)."""
    station = context.station
    if not local_list.supported(station):
        return {"listVersion": NOT_SUPPORTED_VERSION}
    return {"listVersion": local_list.version(station) if local_list.count(station) else 0}


@tells(LocalListConflict)
def conflict(context: BlockContext, fact: LocalListConflict, now: Now) -> None:
    """Tell it as a warning of connector 0."""
    context.problem(f"token {fact.id_token.id_token}: the local list and the central system contradict each other")
    notify(context, STATION, fact.at, Fault("LocalListConflict"))
