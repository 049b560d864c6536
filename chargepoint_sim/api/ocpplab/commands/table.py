"""The commands of the OCPPLAB surface as a table, and the routes that it makes in each dialect.

Every command can be given to many chargers by the later dialects; with `event`, some are for one charger and answer at
once in words of their own.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import web
from pydantic import BaseModel

from chargepoint_sim.api.errors import HttpErrorResponse
from chargepoint_sim.api.ocpplab.commands import events, single
from chargepoint_sim.api.ocpplab.commands import station_events as station
from chargepoint_sim.api.ocpplab.commands.dialects import CommandRequest, either, event_request, payload_request
from chargepoint_sim.api.ocpplab.commands.fan_out import IDEMPOTENCY, fan_out
from chargepoint_sim.api.ocpplab.commands.replies import AnyQueued, CommandResponse
from chargepoint_sim.api.ocpplab.commands.targets import ChargerTarget, CommandTarget
from chargepoint_sim.api.parsing import Nothing
from chargepoint_sim.api.routes import COMMAND_ERRORS, Answer, AnyRoute, Call, Response, Route, Scope, Surface

ACCEPTED = 202


@dataclass(frozen=True, slots=True)
class Verb:
    """One command."""

    name: str
    """Its path below `commands`."""
    event: type[events.Event]
    summary: str
    payload: type[events.Event] | None = None
    """What the later dialects say instead; None: the same."""
    reply: single.Single | None = None
    """The reply to `event`, which is then for one charger."""


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
    Verb("proxy-message", station.RawEvent, "Send a message as it is", station.RawPayload, single.RAW),
    Verb(
        "configuration",
        station.ConfigurationEvent,
        "Change settings as the central system would",
        station.ConfigurationPayload,
        single.CONFIGURATION,
    ),
    Verb("cache/reset", station.CacheEvent, "Clear the authorization cache", reply=single.CACHE),
    Verb(
        "local-auth-list",
        station.LocalListEvent,
        "Set the local authorization list",
        station.LocalListPayload,
        single.LOCAL_LIST,
    ),
    Verb(
        "clear-local-auth-list",
        station.ClearListEvent,
        "Take the local authorization list away",
        reply=single.CLEAR_LIST,
    ),
    Verb("inject-fault", station.InjectFaultEvent, "Let a connector fail", reply=single.FAULT),
    Verb("clear-fault", station.ClearFaultEvent, "End the fault of a connector", reply=single.CLEAR_FAULT),
)

_DESCRIPTIONS = {
    True: "Targets one charger; in the later dialects also all chargers of a location, or some of them.",
    False: "Targets one charger, all chargers of a location, or some of them.",
}
"""By whether the command is for one charger."""

HEADERS = {IDEMPOTENCY: "Any text. A repetition with the same key gets what became of the first request."}

ERRORS: Mapping[int, Response] = {400: HttpErrorResponse, **COMMAND_ERRORS}

Handler = Callable[[Call[Nothing, Any]], Awaitable[Answer]]


def _handler(verb: Verb) -> Handler:
    async def handler(call: Call[Nothing, Any]) -> Answer:
        request = getattr(call.body, "root", call.body)
        if verb.reply is not None and isinstance(request, CommandRequest):
            return await single.single(call, verb.name, request, verb.reply)
        reply = await fan_out(call, verb.name, request)
        return web.Response(status=ACCEPTED, body=reply.model_dump_json().encode(), content_type="application/json")

    return handler


def _shared_replies(verb: Verb) -> Mapping[int, Response]:
    """The replies to both dialects."""
    if verb.reply is None:
        return {ACCEPTED: CommandResponse}
    if verb.reply.status == ACCEPTED:
        return {ACCEPTED: AnyQueued}
    return {verb.reply.status: verb.reply.model, ACCEPTED: CommandResponse}


def _routes(verb: Verb) -> list[AnyRoute]:
    """The command in each dialect: shared paths, those of the oldest clients, those of the newest."""
    title = "".join(word.capitalize() for word in verb.name.replace("/", "-").split("-"))
    target = CommandTarget if verb.reply is None else ChargerTarget
    with_event = event_request(title, target, verb.event)
    with_payload = payload_request(title, verb.payload or verb.event)
    to_many: Mapping[int, Response] = {ACCEPTED: CommandResponse}
    to_event = to_many if verb.reply is None else {verb.reply.status: verb.reply.model}
    return [
        _route(verb, "/ocpp", "", either(title, target, with_event, with_payload), _shared_replies(verb)),
        _route(verb, "", "plain-", with_event, to_event),
        _route(verb, "/evcharger", "evcharger-", with_payload, to_many),
    ]


def _route(verb: Verb, prefix: str, called: str, body: type[BaseModel], responses: Mapping[int, Response]) -> AnyRoute:
    return Route(
        method="POST",
        path=f"{prefix}/commands/{verb.name}",
        scope=Scope.COMMAND,
        query=Nothing,
        request=body,
        responses={**responses, **(COMMAND_ERRORS if verb.reply is None else ERRORS)},
        handler=_handler(verb),
        surface=Surface.OCPPLAB,
        name=called + verb.name.replace("/", "-"),
        summary=verb.summary,
        description=_DESCRIPTIONS[verb.reply is not None],
        headers=HEADERS,
    )


COMMAND_ROUTES: tuple[AnyRoute, ...] = tuple(route for verb in VERBS for route in _routes(verb))
