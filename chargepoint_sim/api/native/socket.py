"""The events of the fleet over a websocket (RFC 6455): the same as the Server-Sent Events, with a choice that changes.

A client sends `{"op": "subscribe", "charger": [...], "location": [...], "kind": [...], "action": [...], "after": ID}`,
each member optional; a later one takes the place of the one before. The daemon sends `subscribed` with the place where
it goes on, `event` with id and event, `gap` where something before it is missing, and `error` with what is wrong.
"""

import asyncio
from collections.abc import Mapping
from typing import Any, Literal

import orjson
from aiohttp import WSCloseCode, WSMsgType, web
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from chargepoint_sim.api.errors import HttpErrorResponse, record_crash
from chargepoint_sim.api.native.choice import EventChoice
from chargepoint_sim.api.native.events import CLOSING, KEEP_ALIVE_S, following
from chargepoint_sim.api.native.journal import JOURNALS
from chargepoint_sim.api.parsing import Nothing
from chargepoint_sim.api.routes import READ_ERRORS, AnyRoute, Call, Route, Scope, Surface
from chargepoint_sim.errors import UnknownTarget

MAX_MESSAGE_BYTES = 2**16


class Subscribe(BaseModel):
    """Which events a client wants from now on."""

    model_config = ConfigDict(extra="forbid")

    op: Literal["subscribe"]
    charger: list[str] = Field([], description="Selectors; none means the whole fleet.")
    location: list[str] = Field([], description="Ids of locations; with `charger`, both have to fit.")
    kind: list[str] = Field([], description="Kinds of event; none means all.")
    action: list[str] = Field([], description="OCPP actions, for frames; none means all.")
    after: str | None = Field(None, description="The id of the last event that was seen; none begins with now.")


async def stream_socket(call: Call[Nothing, Nothing]) -> web.StreamResponse:
    """Send what the client subscribes to, until it leaves or the daemon stops."""
    socket = web.WebSocketResponse(heartbeat=KEEP_ALIVE_S, max_msg_size=MAX_MESSAGE_BYTES)
    await socket.prepare(call.request)
    closing = asyncio.create_task(_close_at_the_end(call.request.app[CLOSING], socket))
    sending: asyncio.Task[None] | None = None
    try:
        async for message in socket:
            if message.type is not WSMsgType.TEXT:
                await _tell(socket, {"op": "error", "detail": "Send text messages."})
                continue
            try:
                wanted = Subscribe.model_validate(orjson.loads(message.data))
                choice = _choice(call, wanted)
                await choice.check()
            except (orjson.JSONDecodeError, ValidationError, UnknownTarget) as error:
                await _tell(socket, {"op": "error", "detail": _words(error)})
                continue
            await _cancel(sending)
            sending = asyncio.create_task(_send(call, socket, choice, wanted.after))
    finally:
        await _cancel(sending)
        await _cancel(closing)
    return socket


def _choice(call: Call[Nothing, Nothing], wanted: Subscribe) -> EventChoice:
    return EventChoice(
        call.fleet,
        tenant=call.principal.tenant,
        chargers=wanted.charger,
        locations=wanted.location,
        kinds=wanted.kind,
        actions=wanted.action,
    )


async def _send(
    call: Call[Nothing, Nothing], socket: web.WebSocketResponse, choice: EventChoice, after: str | None
) -> None:
    app = call.request.app
    journal = choice.journal(app[JOURNALS])
    try:
        async with journal.reader(after) as reader:
            await _tell(socket, {"op": "subscribed", "id": reader.place})
            async with following(app[CLOSING], reader) as batches:
                async for batch in batches:
                    if batch is not None and batch.gap:
                        await _tell(socket, {"op": "gap", "at": call.dispatch.now()})
                    for number, event in batch.entries if batch is not None else ():
                        if await choice.wants(event):
                            await _tell(socket, {"op": "event", "id": journal.id_of(number), "event": event})
    except ConnectionError:
        pass  # the client has left
    except Exception as error:  # the boundary: only a cut tells the client that its stream has broken
        record_crash(call.request, error)
        await socket.close(code=WSCloseCode.INTERNAL_ERROR)


async def _close_at_the_end(closing: asyncio.Event, socket: web.WebSocketResponse) -> None:
    await closing.wait()
    await socket.close(code=WSCloseCode.GOING_AWAY, message=b"the daemon stops")


async def _tell(socket: web.WebSocketResponse, message: Mapping[str, Any]) -> None:
    await socket.send_str(orjson.dumps(message).decode())


async def _cancel(task: asyncio.Task[None] | None) -> None:
    if task is not None:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def _words(error: Exception) -> str:
    if isinstance(error, ValidationError):
        return "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
    return str(error)


SOCKET_ROUTES: tuple[AnyRoute, ...] = (
    Route(
        method="GET",
        path="/v1/events/ws",
        scope=Scope.READ,
        query=Nothing,
        request=Nothing,
        responses={101: "application/json", **READ_ERRORS, 400: HttpErrorResponse},
        handler=stream_socket,
        surface=Surface.NATIVE,
        name="events-socket",
        summary="What happens in the fleet, live, over a websocket",
        description=__doc__.partition("\n\n")[2],
    ),
)
