"""2.0.1 Authorize and ClearCache (use cases C01, C09-C12, C16)."""

from chargepoint_sim.clock import Now, parse_utc
from chargepoint_sim.core import authorization, cache, customers, plug_and_charge
from chargepoint_sim.core.commands import IdToken
from chargepoint_sim.core.facts import AuthorizationRequested
from chargepoint_sim.core.jobs import JobResult
from chargepoint_sim.core.plug_and_charge import Contract
from chargepoint_sim.core.state import IdTokenInfo
from chargepoint_sim.protocol.frames import Payload
from chargepoint_sim.protocol.outbox import Entry
from chargepoint_sim.protocol.registry import BlockContext, after, handles, on_result, sends, tells
from chargepoint_sim.protocol.v201 import contracts, tariff
from chargepoint_sim.protocol.v201.verdicts import Reason, accepted, rejected


@tells(AuthorizationRequested)
@sends("Authorize")
def ask(context: BlockContext, fact: AuthorizationRequested, now: Now) -> None:
    """Have a token judged (C01); a contract that a vehicle shows is read first (C07)."""
    if contracts.shown(context.station, fact):
        contracts.read(context, fact, now)
        return
    context.call("Authorize", {"idToken": id_token(fact.id_token)}, note=fact.ref)


@after("contract_read")
def contract_read(context: BlockContext, fact: AuthorizationRequested, result: JobResult, now: Now) -> None:
    """Have a contract judged, unless the station can tell by itself (C07.FR.02, C07.FR.06)."""
    sound = isinstance(result, Contract) and result.sound
    if isinstance(result, Contract) and result.queries:
        customers.came_with(context.station, fact.id_token, result.queries[0].name)
    if plug_and_charge.read(context.station, fact.ref, sound, now.sim):
        payload = {"idToken": id_token(fact.id_token), **contracts.described(result)}
        context.call("Authorize", payload, note=fact.ref)


@on_result("Authorize")
def answered(context: BlockContext, entry: Entry, answer: Payload, now: Now) -> None:
    """Pass the verdict on."""
    tariff.authorized(context.station, entry.note, answer, now.sim)
    authorization.answered(context.station, entry.note, contracts.bound(answer, info_of(answer)), now.sim)


@handles("ClearCache")
def clear_cache(context: BlockContext, request: Payload, now: Now) -> Payload:
    """Empty the cache; Rejected where none is in use (C11)."""
    return accepted() if cache.clear(context.station) else rejected(Reason.NOT_ENABLED)


def id_token(token: IdToken) -> Payload:
    """An IdTokenType element."""
    element: Payload = {"idToken": token.id_token, "type": token.type}
    if token.additional_info:
        element["additionalInfo"] = [{"additionalIdToken": text, "type": kind} for text, kind in token.additional_info]
    return element


def token_of(element: Payload) -> IdToken:
    """The core's token of an IdTokenType element."""
    additions = element.get("additionalInfo", ())
    return IdToken(
        element["idToken"], element["type"], tuple((one["additionalIdToken"], one["type"]) for one in additions)
    )


def too_many_additions(context: BlockContext, token: IdToken) -> bool:
    """Whether a token brings more additionalInfo than AdditionalInfoItemsPerMessage allows."""
    return len(token.additional_info) > context.station.settings.integer("AuthCtrlr.AdditionalInfoItemsPerMessage")


def info_of(answer: Payload) -> IdTokenInfo:
    """The idTokenInfo of an answer in the core's words; what cannot be read counts as Invalid."""
    info = answer.get("idTokenInfo")
    if not isinstance(info, dict):
        return IdTokenInfo("Invalid")
    expires_at = None
    try:
        expires_at = parse_utc(info["cacheExpiryDateTime"]) if "cacheExpiryDateTime" in info else None
    except (AttributeError, TypeError, ValueError):
        expires_at = None
    evses = info.get("evseId")
    evse_ids = tuple(one for one in evses if isinstance(one, int)) if isinstance(evses, list) else ()
    return IdTokenInfo(str(info.get("status", "Invalid")), expires_at, group_of(info), evse_ids, priority_of(info))


def priority_of(element: Payload) -> int | None:
    """The chargingPriority of an idTokenInfo or an answer, if there is one that can be (-9 to 9)."""
    priority = element.get("chargingPriority")
    return priority if isinstance(priority, int) and -9 <= priority <= 9 else None


def group_of(element: Payload) -> str | None:
    """The group that an idTokenInfo or a request names, in the form in which groups are compared (C09)."""
    group = element.get("groupIdToken")
    text = group.get("idToken") if isinstance(group, dict) else None
    return text.casefold() if isinstance(text, str) and text else None
