"""1.6 SendLocalList and GetLocalListVersion, and the conflict with a verdict (sections 3.5.2, 5.10, 5.15)."""

from chargepoint_sim.clock import Now, format_utc
from chargepoint_sim.core import local_list
from chargepoint_sim.core.commands import IdToken, ListedToken, Outcome, UpdateLocalList
from chargepoint_sim.core.facts import LocalListConflict
from chargepoint_sim.core.local_list import Update
from chargepoint_sim.core.state import Fault
from chargepoint_sim.protocol.frames import Payload
from chargepoint_sim.protocol.on_the_spot import ask
from chargepoint_sim.protocol.registry import BlockContext, handles, obeys, tells
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


@obeys(UpdateLocalList)
def update(context: BlockContext, command: UpdateLocalList, now: Now) -> Outcome:
    """Do as SendLocalList does."""
    request: Payload = {
        "listVersion": command.list_version,
        "localAuthorizationList": [_entry(listed) for listed in command.entries],
        "updateType": "Differential" if command.differential else "Full",
    }

    def sent() -> str:
        answer = ask(context, "SendLocalList", send, request, now)
        return Update.FAILED.value if answer is None else str(answer["status"])

    return local_list.push(context.station, command.list_version, sent)


def _entry(listed: ListedToken) -> Payload:
    info: Payload = {"status": "Accepted"}
    if listed.expires_at is not None:
        info["expiryDate"] = format_utc(listed.expires_at)
    if listed.group_id is not None:
        info["parentIdTag"] = listed.group_id
    return {"idTag": listed.id_token, "idTagInfo": info}


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
