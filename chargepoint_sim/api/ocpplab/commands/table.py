"""The commands of the OCPPLAB surface as a table, and the routes that it makes in each dialect."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from chargepoint_sim.api.ocpplab.commands import events
from chargepoint_sim.api.ocpplab.commands.dialects import either, event_request, payload_request
from chargepoint_sim.api.ocpplab.commands.fan_out import fan_out
from chargepoint_sim.api.ocpplab.commands.replies import CommandResponse
from chargepoint_sim.api.ocpplab.commands.targets import CommandTarget
from chargepoint_sim.api.parsing import Nothing
from chargepoint_sim.api.routes import COMMAND_ERRORS, AnyRoute, Call, Route, Scope, Surface


@dataclass(frozen=True, slots=True)
class Verb:
    """One command."""

    name: str
    """Its path below `commands`."""
    event: type[events.Event]
    summary: str


VERBS: tuple[Verb, ...] = (
    Verb("plug-connector", events.PlugEvent, "Plug a vehicle in"),
    Verb("unplug-connector", events.UnplugEvent, "Take the cable out"),
    Verb("unlock-connector", events.UnlockEvent, "Release the lock"),
    Verb("start-transaction", events.StartTransactionEvent, "Authorise and begin a transaction"),
    Verb("stop-transaction", events.StopTransactionEvent, "End a transaction"),
    Verb("start-session", events.StartSessionEvent, "Plug in, authorise and charge"),
    Verb("stop-session", events.StopSessionEvent, "End the transaction and unplug"),
    Verb("authorize-id-tag", events.AuthorizeEvent, "Ask the central system about a tag"),
    Verb("ev-requests-energy", events.RequestEnergyEvent, "The vehicle asks for energy"),
    Verb("ev-stops-energy", events.StopEnergyEvent, "The vehicle has enough"),
    Verb("power-update", events.PowerUpdateEvent, "Set the offered power of a connector"),
)

PREFIXES: Mapping[str, str] = {"/ocpp/commands": "", "/commands": "plain-", "/evcharger/commands": "evcharger-"}
"""Where commands are served -> what the names of the routes begin with there."""


def _routes(verb: Verb) -> list[AnyRoute]:
    title = "".join(word.capitalize() for word in verb.name.replace("/", "-").split("-"))
    with_event = event_request(title, CommandTarget, verb.event)
    with_payload = payload_request(title, verb.event)
    bodies: Mapping[str, type[BaseModel]] = {
        "/ocpp/commands": either(title, CommandTarget, with_event, with_payload),
        "/commands": with_event,
        "/evcharger/commands": with_payload,
    }

    async def handler(call: Call[Nothing, Any]) -> CommandResponse:
        return await fan_out(call, verb.name, getattr(call.body, "root", call.body))

    return [
        Route(
            method="POST",
            path=f"{prefix}/{verb.name}",
            scope=Scope.COMMAND,
            query=Nothing,
            request=body,
            responses={202: CommandResponse, **COMMAND_ERRORS},
            handler=handler,
            surface=Surface.OCPPLAB,
            name=PREFIXES[prefix] + verb.name.replace("/", "-"),
            summary=verb.summary,
            description="Targets one charger, all chargers of a location, or some of them.",
        )
        for prefix, body in bodies.items()
    ]


COMMAND_ROUTES: tuple[AnyRoute, ...] = tuple(route for verb in VERBS for route in _routes(verb))
