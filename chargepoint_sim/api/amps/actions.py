"""Pushes as Amps clients read them: names, states and results of the shared records, and the routes that show them.

Owns the projection of `actions/action.py`. What a push may be is decided in `pushes.py`.
"""

from collections.abc import Mapping
from typing import Any

from chargepoint_sim.actions.action import Action, State
from chargepoint_sim.actions.ledger import Query
from chargepoint_sim.api.amps import shapes
from chargepoint_sim.api.amps.envelope import Page, page
from chargepoint_sim.api.amps.errors import AmpsRefusal
from chargepoint_sim.api.amps.users import user_of
from chargepoint_sim.api.parsing import Nothing
from chargepoint_sim.api.routes import Call, Surface
from chargepoint_sim.clock import format_utc
from chargepoint_sim.errors import ActionEnded, UnknownAction, UnknownTarget

SURFACE = str(Surface.AMPS)
_PREFIX = "act_"

STATES: Mapping[State, shapes.ActionState] = {
    State.SCHEDULED: shapes.ActionState.SCHEDULED,
    State.QUEUED: shapes.ActionState.ACKNOWLEDGED,
    State.DEFERRED: shapes.ActionState.ACKNOWLEDGED,
    State.SENT: shapes.ActionState.ACKNOWLEDGED,
    State.APPLIED: shapes.ActionState.COMPLETED,
    State.REJECTED: shapes.ActionState.FAILED,
    State.EXPIRED: shapes.ActionState.FAILED,
    State.FAILED: shapes.ActionState.FAILED,
    State.CANCELLED: shapes.ActionState.CANCELLED,
}

_TOLD_AT_END = frozenset({shapes.ActionState.COMPLETED, shapes.ActionState.FAILED})


def public_id(action_id: str) -> str:
    """The id of an action as clients know it."""
    return _PREFIX + action_id


def accepted_push(action: Action) -> shapes.PushAccepted:
    """The answer to a push: at first every immediate one is acknowledged, however quickly it ends."""
    deferred = action.order.start_at is not None
    return shapes.PushAccepted(
        id=public_id(action.action_id),
        deviceId=action.charger_id,
        command=action.name,
        parameters=_extra(action).get("parameters"),
        state=shapes.ActionState.SCHEDULED if deferred else shapes.ActionState.ACKNOWLEDGED,
        createdAt=format_utc(action.created_at),
        start=_instant(action.order.start_at),
        links=_links(action),
    )


def whole_action(action: Action) -> shapes.Action:
    """An action in full."""
    state = STATES[action.state]
    told = state in _TOLD_AT_END
    code, message = error_of(action)
    return shapes.Action(
        id=public_id(action.action_id),
        deviceId=action.charger_id,
        command=action.name,
        parameters=_extra(action).get("parameters"),
        state=state,
        result=result_of(action),
        errorCode=code,
        errorMessage=message,
        createdAt=format_utc(action.created_at),
        updatedAt=format_utc(action.updated_at),
        acknowledgedAt=_instant(action.begun_at),
        completedAt=format_utc(action.updated_at) if told else None,
        start=_instant(action.order.start_at),
        end=_instant(action.order.end_at),
        links=_links(action),
    )


def last_action(action: Action) -> shapes.LastAction:
    """An action in short."""
    code, message = error_of(action)
    return shapes.LastAction(
        id=public_id(action.action_id),
        command=action.name,
        state=STATES[action.state],
        createdAt=format_utc(action.created_at),
        updatedAt=format_utc(action.updated_at),
        errorCode=code,
        errorMessage=message,
        links=_links(action),
    )


def result_of(action: Action) -> shapes.ActionResult | None:
    """What the charger said; None until the action has ended, and where it was cancelled."""
    state = STATES[action.state]
    if state not in _TOLD_AT_END:
        return None
    if state is shapes.ActionState.COMPLETED:
        return shapes.ActionResult(success=True, message="The charger has accepted the command.")
    return shapes.ActionResult(success=False, message=_message(action))


def error_of(action: Action) -> tuple[str | None, str | None]:
    """Code and words of a failure; None and None where there is none."""
    if STATES[action.state] is not shapes.ActionState.FAILED:
        return None, None
    return _extra(action).get("errorCode") or _code(action), _message(action)


def schedule_of(action: Action) -> str | None:
    """The schedule that has pushed it, if one has."""
    schedule_id: str | None = _extra(action).get("scheduleId")
    return schedule_id


async def read_action(call: Call[Nothing, Nothing]) -> shapes.Action:
    """One action. Raises UnknownAction, also for one of somebody else."""
    return whole_action(await _own(call))


async def list_actions(call: Call[shapes.ActionQuery, Nothing]) -> Page[shapes.Action]:
    """Actions on the devices of the key, newest first."""
    query = call.query
    user = user_of(call, query.userId)
    wanted = Query(
        charger_ids=None if user is None and query.deviceId is None else await _chargers(call, user, query.deviceId),
        tenant=call.principal.tenant,
        surface=SURFACE,
        states=None if query.state is None else frozenset(one for one, name in STATES.items() if name == query.state),
    )
    found, total = await call.dispatch.ledger.list(wanted, offset=query.offset, limit=query.limit)
    return page([whole_action(one) for one in found], total, query.limit, query.offset)


async def cancel_action(call: Call[Nothing, Nothing]) -> shapes.Action:
    """Take back a push that has not begun. Raises UnknownAction."""
    action = await _own(call)
    if action.state is State.SCHEDULED:
        try:
            return whole_action(await call.dispatch.cancel(action.action_id, "cancelled before its start"))
        except ActionEnded:  # it has ended since it was read
            action = await _own(call)
    state = STATES[action.state]
    raise AmpsRefusal(409, "ACTION_NOT_CANCELLABLE", f"The action is {state}; only a scheduled one can be cancelled.")


async def _own(call: Call[Nothing, Nothing]) -> Action:
    """The action that the path names, if the key may see it."""
    named = call.path["action_id"]
    action = await call.dispatch.ledger.get(named.removeprefix(_PREFIX)) if named.startswith(_PREFIX) else None
    if action is None or action.order.surface != SURFACE:
        raise UnknownAction(f"There is no action {named}.")
    if call.principal.tenant not in (None, action.order.tenant):
        raise UnknownAction(f"There is no action {named}.")
    user = user_of(call, None)
    if user is not None and not await _chargers(call, user, action.charger_id):
        raise UnknownAction(f"There is no action {named}.")
    return action


async def _chargers(call: Call[Any, Any], user: str | None, device_id: str | None) -> frozenset[str]:
    """The chargers of one end user, or the one that is named; what is not there has no actions."""
    if device_id is None:
        views, _ = await call.fleet.list(location_id=user)
        return frozenset(view.charger_id for view in views)
    try:
        view = await call.fleet.view(device_id)
    except UnknownTarget:
        return frozenset()
    return frozenset({view.charger_id}) if user in (None, view.location_id) else frozenset()


def _extra(action: Action) -> Mapping[str, Any]:
    return action.order.extra or {}


def _message(action: Action) -> str:
    return action.reason or "The device did not take the command."


def _code(action: Action) -> str:
    """OEMs tell little: either the device is out of reach, or it does not want to."""
    return "DEVICE_OFFLINE" if action.state is not State.REJECTED or _no_power(action) else "UNKNOWN_ERROR"


def _no_power(action: Action) -> bool:
    return bool((action.info or {}).get("no_power"))


def _instant(at: float | None) -> str | None:
    return None if at is None else format_utc(at)


def _links(action: Action) -> shapes.Links:
    return shapes.Links(self=f"/actions/{public_id(action.action_id)}")
