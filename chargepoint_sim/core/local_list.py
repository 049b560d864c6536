"""The local authorization list: verdicts sent in advance by the central system (1.6 section 3.5.2, 2.0.1 block D).

Owns its versions and limits, and the conflict with a later verdict. Only the central system changes the list: nothing
that it says about a single token does, and no entry is ever copied into the cache. Costs nothing where none was sent.
"""

import enum
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from chargepoint_sim.core.commands import IdToken, Outcome
from chargepoint_sim.core.facts import LocalListConflict
from chargepoint_sim.core.state import IdTokenInfo, LocalList, StationState

Entry = tuple[IdToken, IdTokenInfo | None]
"""A token and its verdict; None takes the token off the list."""

_VALID = frozenset({"Accepted", "ConcurrentTx"})
"""Who is elsewhere in a transaction is valid all the same (1.6 section 3.5.2)."""


class Update(enum.StrEnum):
    """SendLocalListStatusEnumType of 2.0.1; 1.6 has the same words."""

    ACCEPTED = "Accepted"
    FAILED = "Failed"
    VERSION_MISMATCH = "VersionMismatch"


NOT_SUPPORTED = "NotSupported"
"""UpdateStatus of 1.6 where there is no list."""


def supported(state: StationState) -> bool:
    """A station whose list can hold no entry has none."""
    return state.settings.integer("LocalAuthListCtrlr.Entries") > 0


def version(state: StationState) -> int:
    """The version of the list, also of an empty one that was sent; 0 while there is none (D01.FR.04, D02.FR.02)."""
    return state.local_list.version if state.local_list is not None else 0


def count(state: StationState) -> int:
    """How many tokens are listed."""
    return len(state.local_list.entries) if state.local_list is not None else 0


def listed(state: StationState, token: IdToken, at: float, evse_id: int | None = None) -> IdTokenInfo | None:
    """What the list says, as it counts at an EVSE; what has run out is Expired. None when off or not listed."""
    if state.local_list is None or not state.settings.boolean("LocalAuthListCtrlr.Enabled"):
        return None
    info = state.local_list.entries.get(token.key)
    if info is not None and info.expires_at is not None and info.expires_at <= state.utc(at):
        return replace(info, status="Expired")
    return info.at_evse(evse_id) if info is not None else None


def replace_all(state: StationState, new_version: int, entries: Sequence[Entry]) -> Update:
    """Put a full list in the place of the present one; a list that cannot be taken changes nothing (D01)."""
    if any(info is None for _, info in entries):
        return Update.FAILED
    return _install(state, new_version, entries, {})


def change(state: StationState, new_version: int, entries: Sequence[Entry]) -> Update:
    """Add, replace and take off entries; only a newer version counts (D01, 1.6 UpdateStatus)."""
    present = state.local_list
    if present is not None and new_version <= present.version:
        return Update.VERSION_MISMATCH
    return _install(state, new_version, entries, present.entries if present is not None else {})


def push(state: StationState, new_version: int, update: Callable[[], str]) -> Outcome:
    """Carry out the update that somebody on the spot asks for: also a full list must be newer than the present one.

    The Outcome's info has the `status` of SendLocalList.
    """
    if not supported(state):
        return Outcome(False, "this station has no local authorization list", {"status": NOT_SUPPORTED})
    present = version(state)
    if new_version <= present:
        why = f"the list has version {present}; a new one must be greater"
        return Outcome(False, why, {"status": Update.VERSION_MISMATCH.value})
    status = update()
    taken = status == Update.ACCEPTED
    return Outcome(taken, "" if taken else f"the station answered the new list with {status}", {"status": status})


def forget(state: StationState) -> int:
    """Take the list away, its version too; how many tokens were on it."""
    forgotten, state.local_list = count(state), None
    return forgotten


def too_many(state: StationState, entries: Sequence[Entry]) -> bool:
    """Whether one message brings more entries than it may (D01.FR.11)."""
    return len(entries) > state.settings.integer("LocalAuthListCtrlr.ItemsPerMessage")


def judged(state: StationState, token: IdToken, info: IdTokenInfo, at: float) -> bool:
    """Compare a verdict of the central system with the list; True where the list has the token."""
    known = listed(state, token, at)
    if known is None:
        return False
    if (known.status in _VALID) != (info.status in _VALID):
        state.emit(LocalListConflict(at, token))
    return True


def _install(
    state: StationState, new_version: int, entries: Sequence[Entry], before: Mapping[str, IdTokenInfo]
) -> Update:
    keys = [token.key for token, _ in entries]
    if new_version < 1 or too_many(state, entries) or len(set(keys)) < len(keys):
        return Update.FAILED
    after = dict(before)
    for token, info in entries:
        if info is None:
            after.pop(token.key, None)
        else:
            after[token.key] = info
    if len(after) > state.settings.integer("LocalAuthListCtrlr.Entries"):
        return Update.FAILED
    state.local_list = LocalList(new_version, after)
    return Update.ACCEPTED
