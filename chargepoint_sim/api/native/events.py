"""What happens in the fleet, live, as Server-Sent Events (the WHATWG HTML standard, chapter 9.2).

Each event carries its kind as `event`, its place as `id`, and the whole FleetEvent as JSON in `data`. The comment
`: open` comes first, once the subscription holds: everything after it is delivered. A client that comes back with
`Last-Event-ID`, or `after`, goes on behind that place; an event of kind `gap` tells that something before it is
missing. A comment every 15 s finds clients that left.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web
from pydantic import TypeAdapter

from chargepoint_sim.api.errors import record_crash
from chargepoint_sim.api.native.choice import EventChoice
from chargepoint_sim.api.native.journal import JOURNALS, Batch, Reader
from chargepoint_sim.api.native.shapes import EventQuery, FrameStreamQuery
from chargepoint_sim.api.parsing import Nothing
from chargepoint_sim.api.routes import FIND_ERRORS, AnyRoute, Call, Route, Scope, Surface
from chargepoint_sim.fleet.views import FRAME, FleetEvent

KEEP_ALIVE_S = 15.0
CLOSING = web.AppKey("closing", asyncio.Event)
"""Set when the daemon goes down; open streams end then."""
LAST_EVENT = "Last-Event-ID"
HEADERS: Mapping[str, str] = {LAST_EVENT: "Go on behind the event with this id; counts more than `after`."}
GAP = "gap"
_EVENT = TypeAdapter(FleetEvent)


async def stream_events(call: Call[EventQuery, Nothing]) -> web.StreamResponse:
    """Send the selected events until the client leaves or the daemon stops. Raises UnknownTarget."""
    query = call.query
    choice = EventChoice(
        call.fleet,
        tenant=call.principal.tenant,
        chargers=query.charger,
        locations=query.location,
        kinds=query.kind,
    )
    return await _stream(call, choice)


async def stream_frames(call: Call[FrameStreamQuery, Nothing]) -> web.StreamResponse:
    """Send the selected frames until the client leaves or the daemon stops. Raises UnknownTarget."""
    query = call.query
    choice = EventChoice(
        call.fleet,
        tenant=call.principal.tenant,
        chargers=query.charger,
        locations=query.location,
        kinds=(FRAME,),
        actions=query.action,
    )
    return await _stream(call, choice)


def gap_event(at: float) -> FleetEvent:
    """Tells a stream that something before this place is missing."""
    return FleetEvent(at, "", GAP, {"reason": "Events before this one are not kept any more, or were never seen."})


async def _stream(call: Call[Any, Nothing], choice: EventChoice) -> web.StreamResponse:
    await choice.check()
    after = call.request.headers.get(LAST_EVENT) or call.query.after
    journal = choice.journal(call.request.app[JOURNALS])
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
    try:
        async with journal.reader(after) as reader:
            await _send(call, response, reader, choice)
    except ConnectionError:
        pass  # the client has left
    except Exception as error:  # the status is out, so a crash can only be logged and the stream cut
        record_crash(call.request, error)
        if call.request.transport is not None:
            call.request.transport.abort()
    return response


async def _send(call: Call[Any, Nothing], response: web.StreamResponse, reader: Reader, choice: EventChoice) -> None:
    journal = reader.journal
    await response.prepare(call.request)
    await response.write(b": open\n\n")
    async with following(call.request.app[CLOSING], reader) as batches:
        async for batch in batches:
            if batch is None:
                await response.write(b": alive\n\n")
                continue
            lines = [encode(gap_event(call.dispatch.now()))] if batch.gap else []
            lines += [
                encode(event, journal.id_of(number)) for number, event in batch.entries if await choice.wants(event)
            ]
            if lines:
                await response.write(b"".join(lines))


@asynccontextmanager
async def following(closing: asyncio.Event, reader: Reader) -> AsyncIterator[AsyncIterator[Batch | None]]:
    """What a reader finds, one batch after the other, None after 15 s of nothing; ends with the fleet or the daemon."""
    end = asyncio.ensure_future(closing.wait())
    coming = asyncio.ensure_future(reader.next())

    async def batches() -> AsyncIterator[Batch | None]:
        nonlocal coming
        while True:
            await asyncio.wait({end, coming}, timeout=KEEP_ALIVE_S, return_when=asyncio.FIRST_COMPLETED)
            if end.done():
                return
            if not coming.done():
                yield None
                continue
            batch = coming.result()
            if batch is None:
                return
            coming = asyncio.ensure_future(reader.next())
            yield batch

    try:
        yield batches()
    finally:
        end.cancel()
        coming.cancel()
        await asyncio.gather(end, coming, return_exceptions=True)


def encode(event: FleetEvent, event_id: str | None = None) -> bytes:
    """One event on the wire. JSON has no raw line breaks, so one `data` line is enough."""
    place = b"" if event_id is None else b"id: %s\n" % event_id.encode()
    return b"%sevent: %s\ndata: %s\n\n" % (place, event.kind.encode(), _EVENT.dump_json(event))


EVENT_ROUTES: tuple[AnyRoute, ...] = (
    Route(
        method="GET",
        path="/v1/events",
        scope=Scope.READ,
        query=EventQuery,
        request=Nothing,
        responses={200: "text/event-stream", **FIND_ERRORS},
        handler=stream_events,
        surface=Surface.NATIVE,
        name="stream-events",
        summary="What happens in the fleet, live",
        description="Server-Sent Events; `data` is JSON with at, charger_id, kind and data. An event of kind `gap` says"
        " that something before it is missing.",
        headers=HEADERS,
    ),
    Route(
        method="GET",
        path="/v1/frames/stream",
        scope=Scope.READ,
        query=FrameStreamQuery,
        request=Nothing,
        responses={200: "text/event-stream", **FIND_ERRORS},
        handler=stream_frames,
        surface=Surface.NATIVE,
        name="stream-frames",
        summary="The OCPP frames of chargers, live",
        description="Server-Sent Events of kind `frame`; `data.data` has sent, action and text. Secrets are masked.",
        headers=HEADERS,
    ),
)
