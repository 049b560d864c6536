"""1.6 Authorize and ClearCache (sections 4.1, 5.4)."""

from chargepoint_sim.clock import Now, parse_utc
from chargepoint_sim.core import authorization, cache
from chargepoint_sim.core.facts import AuthorizationRequested
from chargepoint_sim.core.state import IdTokenInfo
from chargepoint_sim.protocol.frames import Payload
from chargepoint_sim.protocol.outbox import Entry
from chargepoint_sim.protocol.registry import BlockContext, handles, on_result, sends, tells


@tells(AuthorizationRequested)
@sends("Authorize")
def ask(context: BlockContext, fact: AuthorizationRequested, now: Now) -> None:
    """Have a tag judged."""
    context.call("Authorize", {"idTag": fact.id_token.id_token}, note=fact.ref)


@on_result("Authorize")
def answered(context: BlockContext, entry: Entry, answer: Payload, now: Now) -> None:
    """Pass the verdict on."""
    authorization.answered(context.station, entry.note, info_of(answer), now.sim)


@handles("ClearCache")
def clear_cache(context: BlockContext, request: Payload, now: Now) -> Payload:
    """Empty the cache; Rejected where none is in use (errata 3.23)."""
    cleared = cache.clear(context.station)
    return {"status": "Accepted" if cleared else "Rejected"}


def info_of(answer: Payload) -> IdTokenInfo:
    """The idTagInfo of an answer in the core's words; what cannot be read counts as Invalid."""
    info = answer.get("idTagInfo")
    if not isinstance(info, dict):
        return IdTokenInfo("Invalid")
    expires_at = None
    try:
        expires_at = parse_utc(info["expiryDate"]) if "expiryDate" in info else None
    except (AttributeError, TypeError, ValueError):
        expires_at = None
    parent = info.get("parentIdTag")
    group = parent.casefold() if isinstance(parent, str) and parent else None
    return IdTokenInfo(str(info.get("status", "Invalid")), expires_at, group)
