"""What became of submitted commands, as the newest dialect reads it: one command, or the last ones of a charger.

Commands that came through another surface are not among them. A command is known as long as the ledger keeps it.
"""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, Field, model_validator
from pydantic_core import PydanticCustomError

from chargepoint_sim.actions.action import Action, State
from chargepoint_sim.actions.ledger import Query
from chargepoint_sim.api.ocpplab.commands.fan_out import SURFACE
from chargepoint_sim.api.parsing import Nothing
from chargepoint_sim.api.routes import FIND_ERRORS, READ_ERRORS, AnyRoute, Call, Route, Scope, Surface
from chargepoint_sim.api.targets import find_charger
from chargepoint_sim.clock import format_utc
from chargepoint_sim.errors import UnknownAction, UnknownTarget
from chargepoint_sim.fleet.views import ChargerView

Status = Literal["received", "deferred", "applied", "rejected", "expired", "failed"]

STATUSES: Mapping[State, Status] = {
    State.SCHEDULED: "received",
    State.QUEUED: "received",
    State.DEFERRED: "deferred",
    State.SENT: "received",
    State.APPLIED: "applied",
    State.REJECTED: "rejected",
    State.EXPIRED: "expired",
    State.FAILED: "failed",
    State.CANCELLED: "failed",
}
"""State of an action -> what this API calls it."""


class ResultQuery(BaseModel):
    """Whose commands: exactly one of the two says it."""

    deployment_id: str | None = None
    identity: str | None = None
    limit: int = Field(50, ge=1, le=500)

    @model_validator(mode="after")
    def _exactly_one(self) -> "ResultQuery":
        if (self.deployment_id is None) == (self.identity is None):
            raise PydanticCustomError("target", "Provide exactly one of deployment_id and identity")
        return self


class CommandOutcome(BaseModel):
    """What became of one command."""

    command_id: str
    status: Status
    detail: str | None = Field(description="Why it was rejected, expired or failed.")
    result: dict[str, Any] | None = Field(description="What the central system, or the charger, answered.")
    event_type: str
    identity: str
    deployment_id: str
    enqueued_at: str
    received_at: str
    updated_at: str


class CommandOutcomes(BaseModel):
    """The last commands of one charger, newest first."""

    data: list[CommandOutcome]


async def read_result(call: Call[Nothing, Nothing]) -> CommandOutcome:
    """One command. Raises UnknownAction."""
    action_id = call.path["command_id"]
    action = await call.dispatch.ledger.get(action_id)
    if action is not None and action.order.surface == SURFACE:
        try:
            return _outcome(action, await call.fleet.view(action.charger_id))
        except UnknownTarget:  # the charger of another tenant, or one that is gone
            pass
    raise UnknownAction(f"There is no command {action_id}.")


async def list_results(call: Call[ResultQuery, Nothing]) -> CommandOutcomes:
    """The last commands of a charger; one that is not known has none."""
    query = call.query
    try:
        view = await find_charger(call.fleet, query.deployment_id or query.identity or "")
    except UnknownTarget:
        return CommandOutcomes(data=[])
    wanted = Query(charger_ids=frozenset({view.charger_id}), surface=SURFACE)
    actions, _ = await call.dispatch.ledger.list(wanted, limit=query.limit)
    return CommandOutcomes(data=[_outcome(action, view) for action in actions])


def _outcome(action: Action, view: ChargerView) -> CommandOutcome:
    created_at = format_utc(action.created_at)
    answer = action.result if action.result is not None else action.info
    return CommandOutcome(
        command_id=action.action_id,
        status=STATUSES[action.state],
        detail=action.reason or None,
        result=None if answer is None else dict(answer),
        event_type=action.name,
        identity=view.identity,
        deployment_id=view.charger_id,
        enqueued_at=created_at,
        received_at=created_at,
        updated_at=format_utc(action.updated_at),
    )


RESULT_ROUTES: tuple[AnyRoute, ...] = (
    Route(
        method="GET",
        path="/evcharger/commands",
        scope=Scope.READ,
        query=ResultQuery,
        request=Nothing,
        responses={200: CommandOutcomes, **READ_ERRORS},
        handler=list_results,
        surface=Surface.OCPPLAB,
        name="evcharger-list-results",
        summary="What became of the last commands of a charger",
    ),
    Route(
        method="GET",
        path="/evcharger/commands/{command_id}",
        scope=Scope.READ,
        query=Nothing,
        request=Nothing,
        responses={200: CommandOutcome, **FIND_ERRORS},
        handler=read_result,
        surface=Surface.OCPPLAB,
        name="evcharger-read-result",
        summary="What became of a command",
    ),
)
