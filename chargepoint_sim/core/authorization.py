"""Who may charge: the decision over a token, the authorization cache, and what follows from the answer.

2.0.1 part 2 block C (C01, C09-C12, C15, C16) and F01-F03; 1.6 sections 3.5 and 4.1. The central system is asked
through a fact; its answer comes back by reference.
"""

import enum

from chargepoint_sim.core import cache, key_codes, local_list, reservation
from chargepoint_sim.core import transaction as transactions
from chargepoint_sim.core.commands import (
    ACCEPTED,
    NO_AUTHORIZATION,
    START_BUTTON,
    IdToken,
    Outcome,
    no_such_place,
    refused,
)
from chargepoint_sim.core.facts import AuthorizationRequested, StopReason, TokenRefused, Trigger
from chargepoint_sim.core.state import Authorized, Evse, IdTokenInfo, StationState

ACCEPTED_STATUS = "Accepted"
UNKNOWN = "Unknown"
"""What stands for a verdict where nobody has one."""

ENABLED = "AuthCtrlr.Enabled"
NEVER_ASK = "AuthCtrlr.DisableRemoteAuthorization"


class Purpose(enum.StrEnum):
    """Why the central system is asked about a token."""

    START = "start"
    STOP = "stop"
    CHECK = "check"


_IN_PERSON = frozenset(Purpose)
"""Somebody stands at the charger; any other purpose is the id of a remote start."""


class Decision(enum.Enum):
    """What the station makes of a token by itself."""

    ACCEPT = enum.auto()
    ASK = enum.auto()
    REFUSE = enum.auto()


def decide(
    state: StationState, token: IdToken, at: float, evse_id: int | None = None
) -> tuple[Decision, IdTokenInfo | None]:
    """Judge a token with what the station knows (1.6 section 4.1; 2.0.1 C10-C15)."""
    settings = state.settings
    if not settings.boolean(ENABLED) or token.type == NO_AUTHORIZATION:
        return Decision.ACCEPT, None
    if not state.online:
        return _decide_alone(state, token, at, evse_id)
    known = known_info(state, token, at, evse_id)
    may_start = known is not None and known.status == ACCEPTED_STATUS and not _is_master(state, known)
    if settings.boolean(NEVER_ASK):
        return (Decision.ACCEPT if may_start else Decision.REFUSE), known
    if may_start and settings.boolean("AuthCtrlr.LocalPreAuthorize"):
        return Decision.ACCEPT, known
    if known is not None and known.status != ACCEPTED_STATUS and _is_final(state, token, at):
        return Decision.REFUSE, known
    return Decision.ASK, known


def may_ask(state: StationState) -> bool:
    """Whether the central system can be asked about a token now (AuthCtrlr.DisableRemoteAuthorization)."""
    return state.online and not state.settings.boolean(NEVER_ASK)


def _is_final(state: StationState, token: IdToken, at: float) -> bool:
    """Whether a bad verdict of the list or the cache is not to be asked about again (DisablePostAuthorize)."""
    source = "AuthCacheCtrlr" if local_list.listed(state, token, at) is None else "LocalAuthListCtrlr"
    return state.settings.boolean(f"{source}.DisablePostAuthorize")


def _decide_alone(
    state: StationState, token: IdToken, at: float, evse_id: int | None
) -> tuple[Decision, IdTokenInfo | None]:
    """Judge a token without the central system (1.6 section 3.5, 2.0.1 C13, C15)."""
    settings = state.settings
    known = known_info(state, token, at, evse_id)
    if _unproven(state, token, evse_id):
        return Decision.REFUSE, known
    if known is not None:
        valid = known.status == ACCEPTED_STATUS and not _is_master(state, known)
        usable = valid and settings.boolean("AuthCtrlr.LocalAuthorizeOffline")
        return (Decision.ACCEPT if usable else Decision.REFUSE), known
    unknown_allowed = settings.boolean("AuthCtrlr.OfflineTxForUnknownIdEnabled")
    return (Decision.ACCEPT if unknown_allowed else Decision.REFUSE), None


def _unproven(state: StationState, token: IdToken, evse_id: int | None) -> bool:
    """Whether it is a contract that a vehicle has shown, and the station may not go by it alone (C07.FR.07)."""
    evse = state.evse(evse_id) if evse_id is not None else None
    talk = evse.vehicle.talk if evse is not None and evse.vehicle is not None else None
    return talk is not None and token.type == "eMAID" and token.id_token == talk.emaid and not talk.proven


def known_info(state: StationState, token: IdToken, at: float, evse_id: int | None = None) -> IdTokenInfo | None:
    """What the station knows of a token by itself: the local list wins over the cache (C13.FR.01, C14.FR.01)."""
    return local_list.listed(state, token, at, evse_id) or cache.cached(state, token, at, evse_id)


def known_group(state: StationState, token: IdToken, at: float) -> str | None:
    """The group of a token as the station knows it (H03.FR.07)."""
    known = known_info(state, token, at)
    return known.group_id if known is not None else None


def remember(state: StationState, token: IdToken, info: IdTokenInfo, at: float) -> None:
    """Keep the central system's verdict, good or bad, unless the list has the token (C10, 1.6 section 3.5.3)."""
    if not local_list.judged(state, token, info, at):
        cache.store(state, token, info, at)


def present(state: StationState, evse: Evse, token: IdToken, at: float) -> Outcome:
    """A card at the reader of an EVSE, or a code at its key pad: start, or stop (C01, E07, 1.6 section 4.1)."""
    locked = key_codes.hindrance(state, token, at)
    if locked:
        return refused(locked)
    if evse.authorized is not None:
        return _present_to_stop(state, evse, token, at)
    if evse.cable_of is not None:
        if token.key != evse.cable_of.key:
            key_codes.judged(state, token, UNKNOWN, at)
            return refused(f"the cable at EVSE {evse.evse_id} is locked for another token")
        evse.cable_of = None  # E09.FR.03
        state.look_again(at)
        return ACCEPTED
    hindrance = obstacle(state, evse) or _belongs_to_another(evse, token)
    if hindrance:
        return refused(hindrance)
    decision, info = decide(state, token, at, evse.evse_id)
    cache.used(state, token, at)
    if decision is Decision.REFUSE or (decision is Decision.ACCEPT and info is not None):
        key_codes.judged(state, token, info.status if info else UNKNOWN, at)
    kept_out = reservation.keeps_out(state, evse, token, info.group_id if info else None)
    if kept_out:
        if not _group_decides(state, evse, info):
            _drop_limits(evse)
            return refused(kept_out)
        decision = Decision.ASK
    if decision is Decision.ACCEPT:
        transactions.authorised(state, evse, _admitted(token, info), at)
        return ACCEPTED
    if decision is Decision.ASK:
        ask(state, evse, token, Purpose.START, at)
        return ACCEPTED
    status = info.status if info else UNKNOWN
    _turn_away(state, evse, token, status, at)
    why = "may not ask" if state.online else "is offline"
    return refused(f"the charger {why} and does not accept the token {token.shown} by itself ({status})")


def _admitted(token: IdToken, info: IdTokenInfo | None, remote_start_id: int | None = None) -> Authorized:
    """A token as it may charge, with what is known of it."""
    group_id, priority = (info.group_id, info.priority) if info is not None else (None, None)
    return Authorized(token, group_id, remote_start_id, priority=priority or 0)


def by_cable(state: StationState, evse: Evse, at: float) -> None:
    """A cable is all it takes where nobody is asked who he is (AuthCtrlr.Enabled)."""
    if not state.settings.boolean(ENABLED) and not cannot_start(state, evse):
        transactions.authorised(state, evse, Authorized(START_BUTTON), at)


def begin_remotely(
    state: StationState,
    evse: Evse,
    token: IdToken,
    remote_start_id: int | None,
    at: float,
    group_id: str | None = None,
) -> None:
    """A remote start that the station has accepted (F01, F02; 1.6 RemoteStartTransaction).

    The token is judged first where the settings say so, and where only its group could open what is reserved.
    """
    kept_out = reservation.keeps_out(state, evse, token, group_id)
    asks = state.settings.boolean("AuthCtrlr.AuthorizeRemoteStart") and token.type != "Central"  # C03.FR.01, C05.FR.01
    if kept_out or asks:
        decision, info = decide(state, token, at, evse.evse_id)
        if decision is Decision.ASK:
            ask(state, evse, token, Purpose.START, at, remote_start_id)
            return
        if decision is Decision.REFUSE:
            _turn_away(state, evse, token, info.status if info else UNKNOWN, at)
            return
    transactions.authorised(state, evse, Authorized(token, group_id, remote_start_id), at)


def free_evse(state: StationState, token: IdToken | None = None, group_id: str | None = None) -> Evse | None:
    """The EVSE for a remote start that names none: a free one, first one kept for the token or with a cable in."""
    free = [evse for evse in state.evses if not cannot_start(state, evse, token, group_id)]
    kept = next((evse for evse in free if reservation.named(state, evse)), None)
    if kept is not None:
        return kept
    return next((evse for evse in free if evse.plugged is not None), free[0] if free else None)


def remote_evse(state: StationState, token: IdToken, evse_id: int | None, at: float) -> Evse | None:
    """The EVSE where a remote start may be tried, the named one or any; None where it must be rejected.

    One that is reserved for a group is tried too while the token's group is not known (1.6 section 5.13).
    """
    known = known_info(state, token, at)
    group_id = known.group_id if known is not None else None
    if evse_id is None and (free := free_evse(state, token, group_id)) is not None:
        return free
    usable = (evse for evse in state.evses if evse_id in (None, evse.evse_id) and not obstacle(state, evse))
    return next(
        (
            evse
            for evse in usable
            if not reservation.keeps_out(state, evse, token, group_id) or _group_decides(state, evse, known)
        ),
        None,
    )


def _group_decides(state: StationState, evse: Evse, known: IdTokenInfo | None) -> bool:
    """Whether a reservation may be for the token's group, and only the central system can say whose that is."""
    return known is None and may_ask(state) and reservation.asks_for_group(state, evse)


def cannot_start(state: StationState, evse: Evse, token: IdToken | None = None, group_id: str | None = None) -> str:
    """Why this token, or without one a stranger's, cannot start at this EVSE now, in words; empty when it can."""
    return obstacle(state, evse) or reservation.keeps_out(state, evse, token, group_id)


def obstacle(state: StationState, evse: Evse) -> str:
    """Why nobody can start at this EVSE now, reservations apart, in words; empty when somebody can."""
    if not state.mains:
        return "the charger has no power"
    if not transactions.allowed_yet(state):
        return "the central system has not accepted the charger yet"
    if evse.faulted:
        return f"EVSE {evse.evse_id} is faulted"
    if not (state.operative and evse.operative and any(connector.operative for connector in evse.connectors)):
        return f"EVSE {evse.evse_id} is inoperative"
    if state.closed_for_update:
        return "new firmware is about to be installed"
    if evse.resetting:
        return f"EVSE {evse.evse_id} is restarting"
    if evse.authorized is not None:
        return f"EVSE {evse.evse_id} is in use"
    if any(evse_id == evse.evse_id for evse_id, _, _ in (state.pending or {}).values()):
        return f"EVSE {evse.evse_id} waits for the verdict on another token"
    return ""


def _belongs_to_another(evse: Evse, token: IdToken) -> str:
    """Why a token cannot take over what another one began, in words (C01.FR.23); empty when it began nothing."""
    owner = evse.transaction.tag if evse.transaction is not None else None
    taken = owner is not None and owner.key != token.key
    return f"the transaction at EVSE {evse.evse_id} belongs to another token" if taken else ""


def ask(
    state: StationState,
    evse: Evse | None,
    token: IdToken,
    purpose: Purpose,
    at: float,
    remote_start_id: int | None = None,
) -> None:
    """Have the central system asked; answered by `answered` or `unanswered` with the same reference."""
    if state.pending is None:
        state.pending = {}
    state.next_ref += 1
    evse_id = evse.evse_id if evse is not None else None
    state.pending[state.next_ref] = (evse_id, token, purpose if remote_start_id is None else str(remote_start_id))
    state.emit(AuthorizationRequested(at, state.next_ref, evse_id, token))


def answered(state: StationState, ref: int, info: IdTokenInfo, at: float) -> None:
    """The central system has judged a token."""
    waiting = _take(state, ref)
    if waiting is None:
        return
    evse_id, token, purpose = waiting
    remember(state, token, info, at)
    if purpose in _IN_PERSON:
        key_codes.judged(state, token, info.status, at)
    info = info.at_evse(evse_id)
    evse = state.evse(evse_id) if evse_id is not None else None
    if info.status != ACCEPTED_STATUS:
        _turn_away(state, evse, token, info.status, at)
        return
    if evse is None or purpose == Purpose.CHECK:
        return
    if purpose == Purpose.STOP:
        _stop_if_same_group(state, evse, token, info, at)
    elif _is_master(state, info):
        _master_presented(state, token, at)
    elif cannot_start(state, evse, token, info.group_id):
        _drop_limits(evse)
    else:
        remote_start_id = None if purpose == Purpose.START else int(purpose)
        transactions.authorised(state, evse, _admitted(token, info, remote_start_id), at)


def unanswered(state: StationState, ref: int, at: float) -> None:
    """No verdict came: the station decides as if it were offline (1.6 section 4.1, 2.0.1 C12.FR.02)."""
    waiting = _take(state, ref)
    if waiting is None:
        return
    evse_id, token, purpose = waiting
    evse = state.evse(evse_id) if evse_id is not None else None
    decision, known = _decide_alone(state, token, at, evse_id)
    if purpose in _IN_PERSON and decision is not Decision.ACCEPT:
        key_codes.judged(state, token, known.status if known else UNKNOWN, at)
    if purpose == Purpose.STOP and evse is not None and known is not None and known.status == ACCEPTED_STATUS:
        _stop_if_same_group(state, evse, token, known, at)
    elif purpose == Purpose.STOP or decision is not Decision.ACCEPT:
        _turn_away(state, evse, token, known.status if known else UNKNOWN, at)
    elif evse is not None and not cannot_start(state, evse, token, known.group_id if known else None):
        remote_start_id = None if purpose == Purpose.START else int(purpose)
        transactions.authorised(state, evse, _admitted(token, known, remote_start_id), at)


def withdrawn(state: StationState, ref: int, status: str, at: float) -> None:
    """The station itself has found that the central system need not be asked: the token is of no use."""
    waiting = _take(state, ref)
    if waiting is not None:
        evse_id, token, _ = waiting
        _turn_away(state, state.evse(evse_id) if evse_id is not None else None, token, status, at)


def _turn_away(state: StationState, evse: Evse | None, token: IdToken, status: str, at: float) -> None:
    """Nobody starts or stops with this token; limits of the session that it was to begin die with it."""
    if evse is not None:
        _drop_limits(evse)
    state.emit(TokenRefused(at, token, status))


def _drop_limits(evse: Evse) -> None:
    """Forget what a session was to begin with that does not begin."""
    if evse.authorized is None:
        evse.session_limits = evse.session_profile = None


def forget(state: StationState, evse: Evse) -> None:
    """The driver leaves before the verdict: when it comes, it starts nothing any more."""
    waiting = [ref for ref, (evse_id, _, _) in (state.pending or {}).items() if evse_id == evse.evse_id]
    for ref in waiting:
        _take(state, ref)


def _present_to_stop(state: StationState, evse: Evse, token: IdToken, at: float) -> Outcome:
    assert evse.authorized is not None
    cache.used(state, token, at)
    if token.key == evse.authorized.id_token.key or not state.settings.boolean(ENABLED):
        transactions.deauthorise(state, evse, at, Trigger.STOP_AUTHORIZED, StopReason.LOCAL, id_token=token)
        return ACCEPTED
    known = known_info(state, token, at)
    if known is not None and known.status == ACCEPTED_STATUS and _may_stop(state, evse, known):
        _stop_if_same_group(state, evse, token, known, at)
        return ACCEPTED
    if may_ask(state) and (known is None or known.status == ACCEPTED_STATUS or not _is_final(state, token, at)):
        ask(state, evse, token, Purpose.STOP, at)
        return ACCEPTED
    key_codes.judged(state, token, known.status if known else UNKNOWN, at)
    return refused(f"EVSE {evse.evse_id} is in use by another token")


def _may_stop(state: StationState, evse: Evse, info: IdTokenInfo) -> bool:
    assert evse.authorized is not None
    same_group = info.group_id is not None and info.group_id == evse.authorized.group_id
    return same_group or _is_master(state, info)


def _stop_if_same_group(state: StationState, evse: Evse, token: IdToken, info: IdTokenInfo, at: float) -> None:
    """Another token stops only with the same group, or as master pass (C09, C16, 1.6 parentIdTag)."""
    if evse.authorized is None or not _may_stop(state, evse, info):
        return
    if _is_master(state, info):
        _master_presented(state, token, at)
    else:
        transactions.deauthorise(state, evse, at, Trigger.STOP_AUTHORIZED, StopReason.LOCAL, id_token=token)


def _master_presented(state: StationState, token: IdToken, at: float) -> None:
    """Ask its holder which sessions to end (C16.FR.01); where nobody can be asked, end all (C16.FR.02)."""
    state.master_pass = token
    if not state.spec.user_interface:
        use_master_pass(state, None, at)


def use_master_pass(state: StationState, evse_id: int | None, at: float) -> Outcome:
    """End the session at one EVSE, or all, for the holder of the master pass that was presented last."""
    if evse_id is not None and state.evse(evse_id) is None:
        return no_such_place(f"there is no EVSE {evse_id}; this charger has 1 to {len(state.evses)}")
    token, state.master_pass = state.master_pass, None
    if token is None:
        return refused("no master pass was presented")
    for evse in state.evses:
        if evse.authorized is not None and evse_id in (None, evse.evse_id):
            transactions.deauthorise(state, evse, at, Trigger.STOP_AUTHORIZED, StopReason.MASTER_PASS, id_token=token)
    return ACCEPTED


def _is_master(state: StationState, info: IdTokenInfo) -> bool:
    master = state.settings.text("AuthCtrlr.MasterPassGroupId")
    return bool(master) and info.group_id == master.casefold()


def _take(state: StationState, ref: int) -> tuple[int | None, IdToken, str] | None:
    if state.pending is None:
        return None
    waiting = state.pending.pop(ref, None)
    if not state.pending:
        state.pending = None
    return waiting
