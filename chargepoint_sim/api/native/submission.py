"""How a command of the native surface is submitted: at once, later, once only, waited for, or only rehearsed.

Owns the way from a selector and a command to one outcome per charger. What a command means, and when it has ended, is
no business of this room: `actions.dispatch` keeps track of it.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from chargepoint_sim.actions.action import Action, Order, State
from chargepoint_sim.actions.reach import reach_of
from chargepoint_sim.api.errors import unprocessable
from chargepoint_sim.api.native.shapes import ChargerOutcome, Outcomes, Submission
from chargepoint_sim.api.routes import Call
from chargepoint_sim.core.commands import Command, command_name
from chargepoint_sim.errors import UnknownTarget

SURFACE = "native"
IDEMPOTENCY = "Idempotency-Key"
HEADERS = {IDEMPOTENCY: "Who submits the same command again under the same key gets the actions that are there."}
LONGEST_KEY = 255

NOT_ACCEPTED = frozenset({State.REJECTED, State.EXPIRED, State.FAILED, State.CANCELLED})


async def submit(call: Call[Any, Any], selector: str, command: Command) -> Outcomes:
    """Carry a command out on the selected chargers as the request says. Raises UnknownTarget, HttpRefusal with 422."""
    options: Submission = call.query
    charger_ids = await call.fleet.ids(selector)
    if options.dry_run:
        return outcomes([await _rehearsed(call, charger_id, command) for charger_id in charger_ids])
    order = _order(call, command)
    submitted = await call.dispatch.submit_many(charger_ids, order)
    if options.wait_s:
        submitted = await _waited_for(call, submitted, options.wait_s)
    pairs = zip(charger_ids, submitted, strict=True)
    return outcomes([_outcome(charger_id, one, command) for charger_id, one in pairs])


def outcomes(results: Sequence[ChargerOutcome]) -> Outcomes:
    """The results, counted."""
    accepted = sum(result.accepted for result in results)
    return Outcomes(accepted=accepted, refused=len(results) - accepted, results=list(results))


def _order(call: Call[Any, Any], command: Command) -> Order:
    options: Submission = call.query
    key = call.request.headers.get(IDEMPOTENCY)
    if key is not None and not 0 < len(key) <= LONGEST_KEY:
        raise unprocessable(["header", IDEMPOTENCY], f"Give 1 to {LONGEST_KEY} characters", found=key)
    start_at = None if options.start_at is None else options.start_at.timestamp()
    expires_at = None if options.expires_at is None else options.expires_at.timestamp()
    if expires_at is not None and expires_at <= max(start_at or 0.0, call.dispatch.now()):
        words = "It has to lie ahead, and after start_at; the fleet's time counts"
        raise unprocessable(["query", "expires_at"], words, found=expires_at)
    return Order(
        command,
        SURFACE,
        call.principal.tenant,
        name=command_name(type(command)),
        start_at=start_at,
        expires_at=expires_at,
        key=key,
    )


async def _rehearsed(call: Call[Any, Any], charger_id: str, command: Command) -> ChargerOutcome:
    reach = reach_of(command)
    try:
        outcome = await call.fleet.rehearse(
            charger_id, command, needs_link=reach is not None and reach.needs_link and call.query.start_at is None
        )
    except UnknownTarget as error:
        return ChargerOutcome(charger_id, False, str(error), {})
    info = {name: value for name, value in outcome.info.items() if name not in ("online", "waits_for_link")}
    if outcome.info.get("waits_for_link"):
        return ChargerOutcome(charger_id, True, "it would wait until the charger is online", info, None, State.DEFERRED)
    return ChargerOutcome(charger_id, outcome.accepted, outcome.reason, info)


async def _waited_for(
    call: Call[Any, Any], submitted: Sequence[Action | UnknownTarget], wait_s: float
) -> list[Action | UnknownTarget]:
    """The actions as they stand when all have ended, or when the time is over."""
    dispatch = call.dispatch
    waiting = [one.action_id for one in submitted if isinstance(one, Action) and not one.ended]
    with suppress(TimeoutError):
        async with asyncio.timeout(wait_s):
            await asyncio.gather(*(dispatch.ended(action_id) for action_id in waiting), return_exceptions=True)
    found = []
    for one in submitted:
        known = await dispatch.ledger.get(one.action_id) if isinstance(one, Action) else None
        found.append(known or one)
    return found


def _outcome(charger_id: str, submitted: Action | UnknownTarget, command: Command) -> ChargerOutcome:
    if isinstance(submitted, UnknownTarget):
        return ChargerOutcome(charger_id, False, str(submitted), {})
    if submitted.command != command:
        words = f"the key was used before, for the action {submitted.action_id}: {submitted.name}"
        return ChargerOutcome(charger_id, False, words, {"key_used_for": submitted.action_id})
    accepted = submitted.state not in NOT_ACCEPTED
    info = dict(submitted.info or {})
    return ChargerOutcome(charger_id, accepted, submitted.reason, info, submitted.action_id, submitted.state)
