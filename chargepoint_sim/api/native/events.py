"""What happens in the fleet, live, as Server-Sent Events (the WHATWG HTML standard, chapter 9.2).

Each event carries its kind as `event` and the whole FleetEvent as JSON in `data`. The comment `: open` comes first,
once the subscription holds: everything after it is delivered. A comment every 15 s finds clients that left.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any

from aiohttp import web
from pydantic import TypeAdapter

from chargepoint_sim.api.errors import record_crash
from chargepoint_sim.api.native.shapes import EventQuery
from chargepoint_sim.api.parsing import Nothing
from chargepoint_sim.api.routes import Call
from chargepoint_sim.fleet.views import FleetEvent

KEEP_ALIVE_S = 15.0
CLOSING = web.AppKey("closing", asyncio.Event)
"""Set when the daemon goes down; open streams end then."""
_EVENT = TypeAdapter(FleetEvent)


async def stream_events(call: Call[EventQuery, Nothing]) -> web.StreamResponse:
    """Send the selected events until the client leaves or the daemon stops. Raises UnknownTarget."""
    charger_ids: list[str] | None = None
    if call.query.charger:
        found = [await call.fleet.ids(selector) for selector in call.query.charger]
        charger_ids = list(dict.fromkeys(charger_id for ids in found for charger_id in ids))
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
    events = call.fleet.events(charger_ids)
    try:
        await _send(call.request, response, events, frozenset(call.query.kind))
    except ConnectionError:
        pass  # the client has left
    except Exception as error:  # the status is out, so a crash can only be logged and the stream cut
        record_crash(call.request, error)
        if call.request.transport is not None:
            call.request.transport.abort()
    return response


async def _send(
    request: web.Request, response: web.StreamResponse, events: AsyncIterator[FleetEvent], kinds: frozenset[str]
) -> None:
    closing = asyncio.ensure_future(request.app[CLOSING].wait())
    following = asyncio.ensure_future(anext(events))
    try:
        # One turn of the loop, so that the iterator has begun to listen before the client is told so.
        await asyncio.sleep(0)
        await response.prepare(request)
        await response.write(b": open\n\n")
        while True:
            await asyncio.wait({closing, following}, timeout=KEEP_ALIVE_S, return_when=asyncio.FIRST_COMPLETED)
            if closing.done():
                return
            if not following.done():
                await response.write(b": alive\n\n")
                continue
            try:
                event = following.result()
            except StopAsyncIteration:
                return
            following = asyncio.ensure_future(anext(events))
            if not kinds or event.kind in kinds:
                await response.write(encode(event))
    finally:
        await _cancel(closing, following)
        if isinstance(events, AsyncGenerator):
            await events.aclose()


async def _cancel(*futures: asyncio.Future[Any]) -> None:
    for future in futures:
        future.cancel()
    await asyncio.gather(*futures, return_exceptions=True)


def encode(event: FleetEvent) -> bytes:
    """One event on the wire. JSON has no raw line breaks, so one `data` line is enough."""
    return b"event: %s\ndata: %s\n\n" % (event.kind.encode(), _EVENT.dump_json(event))
