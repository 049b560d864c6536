"""2.0.1 SendLocalList and GetLocalListVersion (use cases D01, D02)."""

from chargepoint_sim.clock import Now, format_utc
from chargepoint_sim.core import local_list
from chargepoint_sim.core.commands import IdToken, ListedToken, Outcome, UpdateLocalList
from chargepoint_sim.core.device_model.authorization import LIST_BYTES_PER_MESSAGE
from chargepoint_sim.core.facts import LocalListConflict
from chargepoint_sim.core.local_list import Update
from chargepoint_sim.errors import CallRefused
from chargepoint_sim.protocol.frames import ErrorCode, Payload
from chargepoint_sim.protocol.on_the_spot import ask
from chargepoint_sim.protocol.registry import BlockContext, handles, obeys, tells
from chargepoint_sim.protocol.v201.authorization import id_token, info_of, token_of, too_many_additions
from chargepoint_sim.protocol.v201.splitting import too_long
from chargepoint_sim.protocol.v201.verdicts import Reason, status_info

ENABLED = "LocalAuthListCtrlr.Enabled"


@handles("SendLocalList")
def send(context: BlockContext, request: Payload, now: Now) -> Payload:
    """Replace or change the list; without idTokenInfo a differential entry takes its token off (D01)."""
    station = context.station
    _only_where_supported(context)
    if not station.settings.boolean(ENABLED):
        return _failed(Reason.NOT_ENABLED)
    elements = request.get("localAuthorizationList", ())
    entries = [
        (token_of(element["idToken"]), info_of(element) if "idTokenInfo" in element else None) for element in elements
    ]
    full = request["updateType"] == "Full"
    if local_list.too_many(station, entries) or any(too_many_additions(context, token) for token, _ in entries):
        return _failed(Reason.TOO_MANY_ELEMENTS)
    if too_long(request, LIST_BYTES_PER_MESSAGE):
        return _failed(Reason.TOO_LARGE, f"at most {LIST_BYTES_PER_MESSAGE} bytes in one SendLocalList")  # D01.FR.11
    if full and any(info is None for _, info in entries):
        return _failed(Reason.MISSING_PARAM, "a full list needs idTokenInfo with each token")
    update = local_list.replace_all if full else local_list.change
    status = update(station, request["versionNumber"], entries)
    return _failed(Reason.INVALID_VALUE) if status is Update.FAILED else {"status": status.value}


@obeys(UpdateLocalList)
def update(context: BlockContext, command: UpdateLocalList, now: Now) -> Outcome:
    """Do as SendLocalList does."""
    request: Payload = {
        "versionNumber": command.list_version,
        "updateType": "Differential" if command.differential else "Full",
    }
    if command.entries:
        request["localAuthorizationList"] = [_entry(listed) for listed in command.entries]

    def sent() -> str:
        answer = ask(context, "SendLocalList", send, request, now)
        return Update.FAILED.value if answer is None else str(answer["status"])

    return local_list.push(context.station, command.list_version, sent)


def _entry(listed: ListedToken) -> Payload:
    info: Payload = {"status": "Accepted"}
    if listed.expires_at is not None:
        info["cacheExpiryDateTime"] = format_utc(listed.expires_at)
    if listed.group_id is not None:
        info["groupIdToken"] = id_token(IdToken(listed.group_id))
    return {"idToken": id_token(IdToken(listed.id_token)), "idTokenInfo": info}


@handles("GetLocalListVersion")
def version(context: BlockContext, request: Payload, now: Now) -> Payload:
    """The version of the list; 0 while none was sent, and where it is disabled (D02.FR.01 to D02.FR.03)."""
    station = context.station
    _only_where_supported(context)
    return {"versionNumber": local_list.version(station) if station.settings.boolean(ENABLED) else 0}


@tells(LocalListConflict)
def conflict(context: BlockContext, fact: LocalListConflict, now: Now) -> None:
    """Keep it for the summary: 2.0.1 has no message for it."""
    context.problem(f"token {fact.id_token.shown}: the local list and the central system contradict each other")


def _only_where_supported(context: BlockContext) -> None:
    """Raise CallRefused at a station whose list can hold nothing."""
    if not local_list.supported(context.station):
        raise CallRefused(ErrorCode.NOT_SUPPORTED, "this station has no local authorization list")


def _failed(reason: Reason, explanation: str = "") -> Payload:
    return {"status": Update.FAILED.value, "statusInfo": status_info(reason, explanation)}
