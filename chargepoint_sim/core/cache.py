"""The authorization cache: verdicts of the central system that the station has kept (1.6 section 3.5.1, 2.0.1 C10-C12).

Owns what goes in, how long it counts and what leaves when it is full. Switched off, it keeps its content and is not
asked. Costs nothing while it is empty.
"""

from collections import OrderedDict
from dataclasses import replace

from chargepoint_sim.core.commands import NO_AUTHORIZATION, IdToken
from chargepoint_sim.core.state import CachedToken, IdTokenInfo, StationState

CAPACITY = 500
BYTES_PER_TOKEN = 128
"""What a token takes up in the simulated memory, of the cache as of the local list."""

NEVER_STORED = frozenset({"Central", NO_AUTHORIZATION})
"""Types of tokens that are not kept (C02.FR.03, C03.FR.02, C05.FR.02)."""

ENABLED = "AuthCacheCtrlr.Enabled"


def cached(state: StationState, token: IdToken, at: float, evse_id: int | None = None) -> IdTokenInfo | None:
    """What the cache says, as it counts at an EVSE; an entry that has run out is Expired. None when off or unknown."""
    if state.cache is None or not state.settings.boolean(ENABLED):
        return None
    entry = state.cache.get(token.key)
    if entry is None:
        return None
    if _runs_out_at(state, entry) <= state.utc(at):
        return replace(entry.info, status="Expired")
    return entry.info.at_evse(evse_id)


def store(state: StationState, token: IdToken, info: IdTokenInfo, at: float) -> None:
    """Keep a verdict, good or bad, in the place of the one before (C10.FR.01, C10.FR.04, C10.FR.05)."""
    if not state.settings.boolean(ENABLED) or token.type in NEVER_STORED:
        return
    if state.cache is None:
        state.cache = OrderedDict()
    before = state.cache.get(token.key)
    if before is None and len(state.cache) >= CAPACITY:
        del state.cache[_victim(state, state.cache)]
    state.cache[token.key] = CachedToken(info, state.utc(at), before.uses if before is not None else 0)


def used(state: StationState, token: IdToken, at: float) -> None:
    """The token was presented: its life begins anew (C10.FR.08)."""
    entry = state.cache.get(token.key) if state.cache is not None else None
    if entry is not None and _runs_out_at(state, entry) > state.utc(at):
        entry.used_at = state.utc(at)
        entry.uses += 1


def clear(state: StationState) -> bool:
    """Forget every token; False, and nothing forgotten, where the cache is switched off (C11)."""
    if not state.settings.boolean(ENABLED):
        return False
    state.cache = None
    return True


def forget(state: StationState) -> int | None:
    """Like `clear`; how many tokens were forgotten, None where the cache is switched off."""
    known = len(state.cache or ())
    return known if clear(state) else None


def size_b(state: StationState) -> int:
    """Bytes in use."""
    return BYTES_PER_TOKEN * len(state.cache or ())


def _runs_out_at(state: StationState, entry: CachedToken) -> float:
    """UTC seconds: what the central system said, or a while after the last use (C10.FR.08, C10.FR.13)."""
    if entry.info.expires_at is not None:
        return entry.info.expires_at
    life_s = state.settings.integer("AuthCacheCtrlr.LifeTime")
    return entry.used_at + life_s if life_s > 0 else float("inf")


def _victim(state: StationState, entries: OrderedDict[str, CachedToken]) -> str:
    """The token that makes place: one that is not accepted, else what the policy says (C10.FR.07)."""
    policy = state.settings.text("AuthCacheCtrlr.Policy")

    def worth(key: str) -> tuple[bool, float, float]:
        entry = entries[key]
        used_at = 0.0 if policy == "FIFO" else entry.used_at
        return entry.info.status == "Accepted", entry.uses if policy == "LFU" else 0.0, used_at

    return min(entries, key=worth)
