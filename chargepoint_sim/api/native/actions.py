"""Submitted commands as /v1/actions shows them: list, read, wait, take back; and many different ones at once.

Actions of every surface are there. Who has a tenant sees those at his own chargers.
"""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, RootModel, ValidationError

from chargepoint_sim.actions.action import Action, State
from chargepoint_sim.actions.ledger import Query
from chargepoint_sim.api.errors import HttpErrorResponse, HttpRefusal
from chargepoint_sim.api.native.commands import COMMANDS, MODELS, as_command
from chargepoint_sim.api.native.shapes import Outcomes, Submission
from chargepoint_sim.api.native.submission import HEADERS, outcomes, submit
from chargepoint_sim.api.parsing import Nothing, Patience
from chargepoint_sim.api.routes import COMMAND_ERRORS, FIND_ERRORS, AnyRoute, Call, Route, Scope, Surface
from chargepoint_sim.core.commands import ChangeSettings, Command, IdToken, command_name
from chargepoint_sim.errors import ActionEnded, LocalError, UnknownAction, UnknownTarget

MOST_AT_ONCE = 1000
HIDDEN = "(hidden)"
"""Items of one bulk request."""

_BY_NAME: Mapping[str, type[Command]] = {command_name(command): command for command in COMMANDS}


class ActionView(BaseModel):
    """One submitted command for one charger. Instants are simulated UTC seconds."""

    action_id: str
    charger_id: str
    surface: str = Field(description="The API through which it came: native, ocpplab or amps.")
    name: str = Field(description="What that API calls it.")
    command: str = Field(description="The command of this API that it comes down to.")
    arguments: dict[str, Any]
    state: State
    reason: str = Field(description="A sentence where it was rejected, failed, expired or cancelled.")
    info: dict[str, Any]
    result: dict[str, Any] | None = Field(description="What the central system answered: action, status and answer.")
    created_at: float
    updated_at: float
    begun_at: float | None
    start_at: float | None
    end_at: float | None
    expires_at: float | None
    key: str | None = Field(description="Its Idempotency-Key.")

    @classmethod
    def of(cls, action: Action) -> "ActionView":
        """What an action looks like from outside; key codes are told to nobody."""
        order = action.order
        return cls(
            action_id=action.action_id,
            charger_id=action.charger_id,
            surface=order.surface,
            name=action.name,
            command=command_name(type(action.command)),
            arguments=_arguments(action.command),
            state=action.state,
            reason=action.reason,
            info=dict(action.info or {}),
            result=None if action.result is None else dict(action.result),
            created_at=action.created_at,
            updated_at=action.updated_at,
            begun_at=action.begun_at,
            start_at=order.start_at,
            end_at=order.end_at,
            expires_at=action.expires_at,
            key=order.key,
        )


class ActionPage(BaseModel):
    """Some submitted commands, newest first."""

    data: list[ActionView]
    total: int = Field(description="How many match and are still known.")
    offset: int
    limit: int


class ActionQuery(BaseModel):
    """Which submitted commands; repeat a key for each value."""

    charger: list[str] = Field([], description="Selectors; none means the whole fleet.")
    state: list[State] = Field([], description="None means all.")
    name: list[str] = Field([], description="Names of commands, as their API calls them; none means all.")
    surface: str | None = Field(None, description="native, ocpplab or amps.")
    offset: int = Field(0, ge=0)
    limit: int = Field(100, ge=1, le=1000)


class BulkItem(BaseModel):
    """One command for the chargers of one selector."""

    model_config = ConfigDict(extra="forbid")

    selector: str = Field(description="Id, OCPP identity, location id or glob.", examples=["dep-*"])
    command: str = Field(description="The last part of the command's path.", examples=["set-power-limit"])
    arguments: dict[str, Any] = Field({}, description="The command's body.", examples=[{"power_w": 7000}])


class Bulk(RootModel[list[BulkItem]]):
    """Commands, carried out in the order given."""

    root: list[BulkItem] = Field(max_length=MOST_AT_ONCE)


class BulkResult(BaseModel):
    """What became of one item."""

    selector: str
    command: str
    error: str | None = Field(None, description="Why nothing of the item was carried out.")
    outcomes: Outcomes


class BulkResults(BaseModel):
    """What became of each item, in the order given."""

    failed: int = Field(description="Items of which nothing was carried out.")
    results: list[BulkResult]


async def list_actions(call: Call[ActionQuery, Nothing]) -> ActionPage:
    """Some submitted commands, newest first. Raises UnknownTarget for a selector that nothing matches."""
    query = call.query
    wanted = Query(
        charger_ids=await _within(call, query.charger),
        surface=query.surface,
        states=frozenset(query.state) or None,
        names=frozenset(query.name) or None,
    )
    page, total = await call.dispatch.ledger.list(wanted, offset=query.offset, limit=query.limit)
    return ActionPage(data=[ActionView.of(one) for one in page], total=total, offset=query.offset, limit=query.limit)


async def show_action(call: Call[Patience, Nothing]) -> ActionView:
    """One submitted command, when it has ended or the time is over. Raises UnknownAction."""
    action = await _find(call)
    if call.query.wait_s and not action.ended:
        with suppress(TimeoutError):
            async with asyncio.timeout(call.query.wait_s):
                action = await call.dispatch.ended(action.action_id)
    return ActionView.of(await call.dispatch.ledger.get(action.action_id) or action)


async def cancel_action(call: Call[Nothing, Nothing]) -> ActionView:
    """Take a submitted command back. Raises UnknownAction; HttpRefusal with 409 for one that has ended."""
    action = await _find(call)
    try:
        return ActionView.of(await call.dispatch.cancel(action.action_id))
    except ActionEnded as error:
        raise HttpRefusal(409, str(error)) from None


async def carry_out_bulk(call: Call[Submission, Bulk]) -> BulkResults:
    """Carry many commands out, one after the other; an item that is wrong stops no other."""
    results = [await _carry_out(call, item) for item in call.body.root]
    return BulkResults(failed=sum(one.error is not None for one in results), results=results)


async def _carry_out(call: Call[Submission, Bulk], item: BulkItem) -> BulkResult:
    done, error = outcomes([]), None
    try:
        done = await submit(call, item.selector, _command(item))
    except HttpRefusal:
        raise  # the request as a whole is wrong
    except LocalError as refusal:
        error = str(refusal)
    return BulkResult(selector=item.selector, command=item.command, error=error, outcomes=done)


def _command(item: BulkItem) -> Command:
    """The command of an item. Raises LocalError."""
    kind = _BY_NAME.get(item.command)
    if kind is None:
        raise LocalError(f"command: there is no {item.command!r}; there are {', '.join(_BY_NAME)}")
    try:
        return as_command(kind, MODELS[kind].model_validate(item.arguments))
    except ValidationError as error:
        flaws = (f"{'.'.join(map(str, ('arguments', *one['loc'])))}: {one['msg']}" for one in error.errors())
        raise LocalError("; ".join(flaws)) from None


async def _find(call: Call[Any, Any]) -> Action:
    action_id = call.path["action_id"]
    action = await call.dispatch.ledger.get(action_id)
    if action is not None and call.principal.tenant is not None:
        try:
            await call.fleet.view(action.charger_id)
        except UnknownTarget:
            action = None
    if action is None:
        raise UnknownAction(f"There is no action {action_id}; of those that have ended the last are kept.")
    return action


async def _within(call: Call[Any, Any], selectors: list[str]) -> frozenset[str] | None:
    """The chargers whose actions are meant; None: all, those that are gone too."""
    if not selectors and call.principal.tenant is None:
        return None
    return frozenset([charger_id for one in selectors or ["*"] for charger_id in await call.fleet.ids(one)])


def _arguments(command: Command) -> dict[str, Any]:
    given = asdict(command)
    if isinstance(command, ChangeSettings):  # a password may be among them, and whoever reads need not have set it
        return given | {"values": dict.fromkeys(command.values, HIDDEN)}
    token = getattr(command, "id_token", None)
    return given | {"id_token": {"id_token": token.shown, "type": token.type}} if isinstance(token, IdToken) else given


ACTION_ROUTES: tuple[AnyRoute, ...] = (
    Route(
        method="GET",
        path="/v1/actions",
        scope=Scope.READ,
        query=ActionQuery,
        request=Nothing,
        responses={200: ActionPage, **FIND_ERRORS},
        handler=list_actions,
        surface=Surface.NATIVE,
        name="list-actions",
        summary="Submitted commands, newest first",
        description="All that are under way, and the last that have ended, of every API.",
    ),
    Route(
        method="GET",
        path="/v1/actions/{action_id}",
        scope=Scope.READ,
        query=Patience,
        request=Nothing,
        responses={200: ActionView, **FIND_ERRORS},
        handler=show_action,
        surface=Surface.NATIVE,
        name="show-action",
        summary="One submitted command, at once or when it has ended",
    ),
    Route(
        method="POST",
        path="/v1/actions/{action_id}/cancel",
        scope=Scope.COMMAND,
        query=Nothing,
        request=Nothing,
        responses={200: ActionView, **FIND_ERRORS, 409: HttpErrorResponse},
        handler=cancel_action,
        surface=Surface.NATIVE,
        name="cancel-action",
        summary="Take a submitted command back",
        description="What the charger has done stays done; 409 where the command has ended.",
    ),
    Route(
        method="POST",
        path="/v1/bulk",
        scope=Scope.COMMAND,
        query=Submission,
        request=Bulk,
        responses={200: BulkResults, **COMMAND_ERRORS},
        handler=carry_out_bulk,
        surface=Surface.NATIVE,
        name="bulk",
        summary="Many commands in one request",
        description="In the order given; an item that is wrong stops no other. The options count for each of them.",
        headers=HEADERS,
    ),
)
