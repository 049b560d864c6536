"""Commands for one charger or many: from a target to submitted actions, and back to the 202 answer.

A place that a single charger does not have is a 422; inside a location it fails on its own. Every other refusal is a
`failed` entry, so a client never repeats what was done. What waits for a charger to come online counts as queued.
"""

import asyncio
from collections.abc import Mapping
from typing import Any

from chargepoint_sim.actions.action import Action, Order, State
from chargepoint_sim.api.errors import unprocessable
from chargepoint_sim.api.ocpplab.commands.dialects import Request
from chargepoint_sim.api.ocpplab.commands.replies import CommandFailure, CommandResponse, CommandResult, QueuedCommand
from chargepoint_sim.api.ocpplab.commands.targets import resolve
from chargepoint_sim.api.routes import Call
from chargepoint_sim.fleet.views import ChargerName, ChargerView

SURFACE = "ocpplab"

IDEMPOTENCY = "Idempotency-Key"
LONGEST_KEY = 255
KEY_TAKEN = "The idempotency key was used before, for another request."

REFUSED = frozenset({State.REJECTED, State.FAILED, State.EXPIRED, State.CANCELLED})

_SLICE = 1000
"""Answers made in one turn of the loop: a few milliseconds."""


async def fan_out(call: Call[Any, Any], name: str, request: Request) -> CommandResponse:
    """Submit the command to its targets."""
    targets = await resolve(call.fleet, request.target)
    order = order_of(call, name, request)
    actions = await call.dispatch.submit_many([charger.charger_id for charger in targets.chargers], order)
    results, failed = [], [*targets.failed]
    for n, (charger, action) in enumerate(zip(targets.chargers, actions, strict=True), 1):
        if n % _SLICE == 0:
            await asyncio.sleep(0)
        if not isinstance(action, Action):
            failed.append(CommandFailure(identity=charger.identity, error=str(action)))
        elif action.command != order.command:
            failed.append(CommandFailure(identity=charger.identity, error=KEY_TAKEN))
        elif action.state not in REFUSED:
            command = queued(action, charger)
            results.append(CommandResult(charger_id=charger.charger_id, identity=charger.identity, command=command))
        else:
            if request.target.charger is not None:
                check_place(action, request)
            failed.append(CommandFailure(identity=charger.identity, error=action.reason))
    return CommandResponse(
        targeted_count=len(results) + len(failed),
        queued_count=len(results),
        failed_count=len(failed),
        results=results,
        failed=failed,
    )


def order_of(call: Call[Any, Any], name: str, request: Request) -> Order:
    """What is submitted; the payload travels along, to be echoed."""
    asked, given_key = request.asked, call.request.headers.get(IDEMPOTENCY)
    if given_key is not None and not 0 < len(given_key) <= LONGEST_KEY:
        raise unprocessable(["header", IDEMPOTENCY], f"Give 1 to {LONGEST_KEY} characters", found=given_key)
    return Order(
        asked.command(),
        SURFACE,
        call.principal.tenant,
        asked.event_type or name.replace("-", "_").replace("/", "_"),
        key=None if given_key is None else f"{name}/{given_key}",
        extra={"payload": asked.echo()},
    )


def check_place(action: Action, request: Request) -> None:
    """Raise HttpRefusal with 422 where the charger does not have the place that the request names."""
    if (action.info or {}).get("unknown_place"):
        where = "payload" if "payload" in type(request).model_fields else "event"
        raise unprocessable(["body", where], action.reason, "unknown_place", request.asked.model_dump(mode="json"))


def queued(action: Action, charger: ChargerName | ChargerView) -> QueuedCommand:
    """A submitted command as it stands in answers."""
    return QueuedCommand(
        id=action.action_id, event_type=action.name, ocpp_version=f"ocpp{charger.version}", payload=payload_of(action)
    )


def payload_of(action: Action) -> dict[str, Any]:
    """What was asked for, with the power that the hardware makes of it."""
    payload: Mapping[str, Any] = (action.order.extra or {}).get("payload", {})
    applied_w = (action.info or {}).get("applied_power_w")
    return {**payload} if applied_w is None else {**payload, "applied_power_w": int(applied_w)}
