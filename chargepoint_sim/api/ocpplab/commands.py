"""The fan-out commands: from a target and an event to a FleetService broadcast, and back to the 202 answer.

Owns the target rules. A single unknown charger or an unknown location is a 404; an unknown member of
`charger_ids` fails on its own, with a null identity. A place that a single charger does not have is a 422; inside
a location it fails on its own. Every other refusal is a `failed` entry, so a client never repeats what was done.
"""

import asyncio
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from chargepoint_sim.api.errors import unprocessable
from chargepoint_sim.api.ocpplab import shapes
from chargepoint_sim.api.parsing import Nothing
from chargepoint_sim.api.routes import COMMAND_ERRORS, AnyRoute, Call, Route, Scope, Surface
from chargepoint_sim.api.targets import find_charger, find_location
from chargepoint_sim.core import commands as core
from chargepoint_sim.errors import UnknownTarget
from chargepoint_sim.fleet.service import FleetService
from chargepoint_sim.fleet.views import ChargerView

Request = TypeVar("Request", bound=shapes.CommandRequest)

_SLICE = 1000
"""Answers made in one turn of the loop: a few milliseconds."""


@dataclass(frozen=True, slots=True)
class Verb(Generic[Request]):
    """One command: the last segment of its path, its request, and what it asks of a charger."""

    name: str
    request: type[Request]
    command: Callable[[Request], core.Command]
    summary: str

    @property
    def event_type(self) -> str:
        """The name as it stands in answers."""
        return self.name.replace("-", "_")


def _placed(kind: type[core.Placed]) -> Callable[[shapes.ConnectorRequest], core.Command]:
    return lambda request: kind(request.event.evse_id, request.event.connector_id)


def _start_session(request: shapes.StartSessionRequest) -> core.Command:
    event = request.event
    return core.StartSession(
        connector_id=event.connector_id,
        id_token=core.IdToken(event.id_tag),
        duration_s=event.duration_seconds,
        target_energy_wh=None if event.target_energy_kwh is None else event.target_energy_kwh * 1000,
    )


def _start_transaction(request: shapes.StartTransactionRequest) -> core.Command:
    event = request.event
    return core.BeginTransaction(event.evse_id, event.connector_id, core.IdToken(event.id_tag))


def _power_update(request: shapes.PowerUpdateRequest) -> core.Command:
    event = request.event
    return core.SetPowerLimit(event.evse_id, event.connector_id, event.power_w)


def _stop_transaction(request: shapes.StopTransactionRequest) -> core.Command:
    return core.EndTransaction(request.event.transaction_id)


def _stop_session(request: shapes.StopSessionRequest) -> core.Command:
    return core.StopSession(connector_id=request.event.connector_id)


def _authorize(request: shapes.AuthorizeRequest) -> core.Command:
    return core.AuthorizeToken(core.IdToken(request.event.id_tag))


async def carry_out(verb: Verb[Request], call: Call[Nothing, Request]) -> shapes.CommandResponse:
    """Broadcast the command to its targets."""
    request = call.body
    named = await _targets(call.fleet, request.target)
    outcomes = await call.fleet.broadcast([view.charger_id for view in named.views], verb.command(request))
    if request.target.charger_id is not None and outcomes[0].info.get("unknown_place"):
        raise unprocessable(["body", "event"], outcomes[0].reason, "unknown_place", request.event.model_dump())
    payload = request.event.model_dump(exclude_none=True)
    results = []
    failed = [*named.failed]
    for n, (view, outcome) in enumerate(zip(named.views, outcomes, strict=True), 1):
        if n % _SLICE == 0:
            await asyncio.sleep(0)
        if outcome.accepted:
            command = _queued(verb, view, payload, outcome)
            results.append(shapes.CommandResult(charger_id=view.charger_id, identity=view.identity, command=command))
        else:
            failed.append(shapes.CommandFailure(identity=view.identity, error=outcome.reason))
    return shapes.CommandResponse(
        targeted_count=len(results) + len(failed),
        queued_count=len(results),
        failed_count=len(failed),
        results=results,
        failed=failed,
    )


def _queued(
    verb: Verb[Request], view: ChargerView, payload: Mapping[str, Any], outcome: core.Outcome
) -> shapes.QueuedCommand:
    applied_w = outcome.info.get("applied_power_w", payload.get("power_w"))
    capped = applied_w != payload.get("power_w")
    return shapes.QueuedCommand(
        id=secrets.token_hex(6),
        event_type=verb.event_type,
        ocpp_version=f"ocpp{view.version}",
        payload={**payload, "applied_power_w": int(applied_w)} if capped else {**payload},
    )


@dataclass(frozen=True, slots=True)
class _Targets:
    """The chargers that a target names, and the names that stand for none."""

    views: Sequence[ChargerView]
    failed: Sequence[shapes.CommandFailure] = ()


async def _targets(fleet: FleetService, target: shapes.CommandTarget) -> _Targets:
    if target.charger_id is not None:
        return _Targets([await find_charger(fleet, target.charger_id)])
    assert target.location_id is not None  # the shape has seen to it
    location = await find_location(fleet, target.location_id)
    views, _ = await fleet.list(location_id=location.location_id)
    if target.charger_ids is None:
        return _Targets(views)
    present = {view.identity: view for view in views} | {view.charger_id: view for view in views}
    chosen: dict[str, ChargerView] = {}
    failed = []
    for name in dict.fromkeys(target.charger_ids):
        if name in present:
            chosen[present[name].charger_id] = present[name]
        else:
            failed.append(await _absent(fleet, name, location.location_id))
    return _Targets(tuple(chosen.values()), failed)


async def _absent(fleet: FleetService, name: str, location_id: str) -> shapes.CommandFailure:
    try:
        view = await find_charger(fleet, name)
    except UnknownTarget as error:
        return shapes.CommandFailure(identity=None, error=str(error))
    return shapes.CommandFailure(
        identity=view.identity, error=f"Charger {name} does not belong to location {location_id}."
    )


def _route(verb: Verb[Request]) -> AnyRoute:
    async def handler(call: Call[Nothing, Request]) -> shapes.CommandResponse:
        return await carry_out(verb, call)

    return Route(
        method="POST",
        path=f"/ocpp/commands/{verb.name}",
        scope=Scope.COMMAND,
        query=Nothing,
        request=verb.request,
        responses={202: shapes.CommandResponse, **COMMAND_ERRORS},
        handler=handler,
        surface=Surface.OCPPLAB,
        name=verb.name,
        summary=verb.summary,
        description="Targets one charger, all chargers of a location, or some of them.",
    )


COMMAND_ROUTES: tuple[AnyRoute, ...] = (
    _route(Verb("plug-connector", shapes.ConnectorRequest, _placed(core.PlugIn), "Plug a vehicle in")),
    _route(Verb("unplug-connector", shapes.ConnectorRequest, _placed(core.Unplug), "Take the cable out")),
    _route(Verb("unlock-connector", shapes.ConnectorRequest, _placed(core.UnlockConnector), "Release the lock")),
    _route(
        Verb(
            "start-transaction", shapes.StartTransactionRequest, _start_transaction, "Authorise and begin a transaction"
        )
    ),
    _route(Verb("stop-transaction", shapes.StopTransactionRequest, _stop_transaction, "End a transaction")),
    _route(Verb("start-session", shapes.StartSessionRequest, _start_session, "Plug in, authorise and charge")),
    _route(Verb("stop-session", shapes.StopSessionRequest, _stop_session, "End the transaction and unplug")),
    _route(Verb("authorize-id-tag", shapes.AuthorizeRequest, _authorize, "Ask the central system about a tag")),
    _route(
        Verb("ev-requests-energy", shapes.ConnectorRequest, _placed(core.RequestEnergy), "The vehicle asks for energy")
    ),
    _route(Verb("ev-stops-energy", shapes.ConnectorRequest, _placed(core.StopEnergy), "The vehicle has enough")),
    _route(Verb("power-update", shapes.PowerUpdateRequest, _power_update, "Set the offered power of a connector")),
)
