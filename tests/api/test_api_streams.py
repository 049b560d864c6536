"""Streams of the native surface: resume, gaps, filters, frames, and the websocket."""

import asyncio
from dataclasses import replace
from typing import Any

import aiohttp
import orjson
import pytest

from chargepoint_sim.api.native import journal
from chargepoint_sim.api.native.journal import Batch, Journal, Reader
from chargepoint_sim.fleet.views import FleetEvent
from tests.api.conftest import TOKEN, Api
from tests.api.fake_fleet import BOOTED_AT, seed_fleet

PATIENCE_S = 30


def happened(n: int, charger_id: str = "dep-1", kind: str = "connector_changed", **data: Any) -> FleetEvent:
    return FleetEvent(BOOTED_AT + n, charger_id, kind, data)


async def told(reader: Reader) -> Batch:
    async with asyncio.timeout(PATIENCE_S):
        batch = await reader.next()
    assert batch is not None
    return batch


def instants(batch: Batch) -> list[float]:
    return [event.at - BOOTED_AT for _, event in batch.entries]


async def test_a_reader_gets_what_comes_in_batches_and_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "BATCH", 2)
    fleet = seed_fleet()
    async with Journal(fleet, frames=True).reader() as reader:
        for n in range(3):
            fleet.emit(happened(n, kind="frame" if n == 1 else "charger_lost"))
        batches = [await told(reader), await told(reader)]
    assert [instants(one) for one in batches] == [[0, 1], [2]]
    assert not any(one.gap for one in batches)


async def test_without_frames_they_are_not_even_asked_for() -> None:
    fleet = seed_fleet()
    async with Journal(fleet, frames=False).reader() as reader:
        fleet.emit(happened(0, kind="frame"))
        fleet.emit(happened(1))
        assert instants(await told(reader)) == [1]


async def test_who_comes_back_goes_on_where_he_was() -> None:
    fleet = seed_fleet()
    kept = Journal(fleet, frames=False)
    async with kept.reader() as reader:
        fleet.emit(happened(0))
        batch = await told(reader)
    async with kept.reader() as other:  # keeps the feed from being idle; what it reads is its own affair
        fleet.emit(happened(1))
        await told(other)
    async with kept.reader(kept.id_of(batch.entries[0].number)) as again:
        missed = await told(again)
    assert (missed.gap, instants(missed)) == (False, [1])
    await kept.close()


async def test_what_is_not_kept_any_more_is_a_gap_that_is_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "KEPT", 2)
    fleet = seed_fleet()
    kept = Journal(fleet, frames=False)
    async with kept.reader() as slow, kept.reader() as quick:
        for n in range(4):
            fleet.emit(happened(n))
            await told(quick)
        late = await told(slow)
        assert (late.gap, instants(late)) == (True, [2, 3])
        fleet.emit(happened(4))
        assert await told(slow) == await told(quick)
    await kept.close()


@pytest.mark.parametrize("after", ["", "7", "00000000-1", "{run}-99999999", "{run}-x", "{run}--1"])
async def test_a_place_of_another_run_is_a_gap(after: str) -> None:
    fleet = seed_fleet()
    kept = Journal(fleet, frames=False)
    run = kept.id_of(0).rpartition("-")[0]
    async with kept.reader(after.format(run=run)) as reader:
        assert await told(reader) == Batch(True, [])
        fleet.emit(happened(0))
        assert not (await told(reader)).gap
    await kept.close()


async def test_after_a_pause_of_the_feed_there_is_a_gap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "LINGER_S", 0.0)
    fleet = seed_fleet()
    kept = Journal(fleet, frames=False)
    async with kept.reader() as reader:
        place = reader.place
    async with asyncio.timeout(PATIENCE_S):
        await fleet.unsubscribed.wait()
    async with kept.reader(place) as reader:
        assert (await told(reader)).gap
    await kept.close()


async def test_a_feed_that_breaks_breaks_its_readers() -> None:
    fleet = seed_fleet()
    fleet.crash = RuntimeError("broken")
    async with Journal(fleet, frames=False).reader() as reader:
        with pytest.raises(RuntimeError, match="broken"):
            await reader.next()


async def line(response: aiohttp.ClientResponse) -> str:
    async with asyncio.timeout(PATIENCE_S):
        return (await response.content.readline()).decode().rstrip("\n")


async def block(response: aiohttp.ClientResponse) -> dict[str, str]:
    """The next event of a stream, field by field."""
    fields = {}
    while text := await line(response):
        name, _, value = text.partition(": ")
        fields[name] = value
    return fields


async def test_sse_resumes_behind_the_last_event_id(api: Api) -> None:
    url = f"{api.url}/v1/events?kind=connector_changed"
    async with api.session.get(url) as first, api.session.get(url) as second:
        for stream in (first, second):
            assert await block(stream) == {"": "open"}
        for n in range(3):
            api.fleet.emit(happened(n))
        seen = [await block(first) for _ in range(3)]
        assert [one["id"] for one in seen] == [(await block(second))["id"] for _ in range(3)]
    async with api.session.get(url, headers={"Last-Event-ID": seen[0]["id"]}) as again:
        assert await block(again) == {"": "open"}
        assert [await block(again) for _ in range(2)] == seen[1:]
    async with api.session.get(url, params={"after": seen[1]["id"]}) as again:
        assert await block(again) == {"": "open"}
        assert await block(again) == seen[2]


async def test_sse_tells_a_gap(api: Api) -> None:
    async with api.session.get(f"{api.url}/v1/events", headers={"Last-Event-ID": "0123abcd-5"}) as stream:
        assert await block(stream) == {"": "open"}
        gap = await block(stream)
    assert gap["event"] == "gap"
    assert "id" not in gap
    assert orjson.loads(gap["data"])["charger_id"] == ""


async def test_a_location_narrows_a_selector_down(api: Api) -> None:
    async with api.session.get(f"{api.url}/v1/events?charger=dep-*&location=loc-456&kind=charger_lost") as stream:
        assert await block(stream) == {"": "open"}
        for charger_id in ("dep-789", "dc-1", "dep-2"):
            api.fleet.emit(happened(0, charger_id, "charger_lost"))
        assert orjson.loads((await block(stream))["data"])["charger_id"] == "dep-2"
    assert (await api.get("/v1/events", location="loc-0")).status == 404


async def test_chargers_that_come_later_are_heard_too(api: Api) -> None:
    async with api.session.get(f"{api.url}/v1/events?charger=dep-*&kind=charger_lost") as stream:
        assert await block(stream) == {"": "open"}
        api.fleet.views["dep-9"] = replace(api.fleet.views["dep-1"], charger_id="dep-9")
        api.fleet.emit(happened(0, "ac-1", "charger_lost"))
        api.fleet.emit(happened(0, "dep-9", "charger_lost"))
        assert orjson.loads((await block(stream))["data"])["charger_id"] == "dep-9"


async def test_frames_as_a_stream_by_action(api: Api) -> None:
    async with api.session.get(f"{api.url}/v1/frames/stream?charger=dep-1&action=Heartbeat") as stream:
        assert await block(stream) == {"": "open"}
        api.fleet.emit(happened(0))
        for action in ("MeterValues", "Heartbeat"):
            api.fleet.emit(happened(1, kind="frame", sent=True, action=action, text="[]"))
        frame = await block(stream)
    assert frame["event"] == "frame"
    assert orjson.loads(frame["data"])["data"] == {"sent": True, "action": "Heartbeat", "text": "[]"}


class Socket:
    """A client of the websocket."""

    def __init__(self, ws: aiohttp.ClientWebSocketResponse) -> None:
        self.ws = ws

    async def ask(self, **message: Any) -> dict[str, Any]:
        await self.ws.send_json(message)
        return await self.next()

    async def next(self) -> dict[str, Any]:
        found: dict[str, Any] = await self.ws.receive_json(timeout=PATIENCE_S)
        return found


async def test_the_socket_tells_what_is_subscribed_to(api: Api) -> None:
    async with api.session.ws_connect(f"{api.url}/v1/events/ws") as ws:
        socket = Socket(ws)
        first = await socket.ask(op="subscribe", charger=["loc-456"], kind=["charger_lost"])
        assert first["op"] == "subscribed"
        for charger_id, kind in [("dep-1", "frame"), ("dc-1", "charger_lost"), ("dep-2", "charger_lost")]:
            api.fleet.emit(happened(1, charger_id, kind))
        event = await socket.next()
        assert event["op"] == "event"
        assert event["event"] == {"at": BOOTED_AT + 1, "charger_id": "dep-2", "kind": "charger_lost", "data": {}}
        # Another choice takes the place of the first, and may go on anywhere.
        assert (await socket.ask(op="subscribe", kind=["charger_lost"], after=first["id"]))["op"] == "subscribed"
        assert [(await socket.next())["event"]["charger_id"] for _ in range(2)] == ["dc-1", "dep-2"]
        assert (await socket.ask(op="subscribe", after="ffff0000-1"))["op"] == "subscribed"
        assert (await socket.next())["op"] == "gap"


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ("{", "unexpected end"),
        ("[]", "valid dictionary"),
        ('{"op": "publish"}', "op: Input should be 'subscribe'"),
        ('{"op": "subscribe", "chargers": []}', "chargers: Extra inputs"),
        ('{"op": "subscribe", "charger": ["nobody"]}', "Nothing matches nobody"),
    ],
)
async def test_the_socket_says_what_is_wrong_and_goes_on(api: Api, message: str, words: str) -> None:
    async with api.session.ws_connect(f"{api.url}/v1/events/ws") as ws:
        await ws.send_str(message)
        answer = await Socket(ws).next()
        assert answer["op"] == "error"
        assert words in answer["detail"]
        assert (await Socket(ws).ask(op="subscribe"))["op"] == "subscribed"


async def test_the_socket_takes_text_alone_and_needs_an_upgrade(api: Api) -> None:
    async with api.session.ws_connect(f"{api.url}/v1/events/ws") as ws:
        await ws.send_bytes(b"{}")
        assert (await Socket(ws).next())["detail"] == "Send text messages."
    assert (await api.get("/v1/events/ws")).status == 400


async def test_the_socket_asks_for_a_token(guarded: Api) -> None:
    with pytest.raises(aiohttp.WSServerHandshakeError, match="401"):
        await guarded.session.ws_connect(f"{guarded.url}/v1/events/ws")
    headers = {"Authorization": f"Bearer {TOKEN}"}
    async with guarded.session.ws_connect(f"{guarded.url}/v1/events/ws", headers=headers) as ws:
        assert (await Socket(ws).ask(op="subscribe"))["op"] == "subscribed"


async def test_a_crash_behind_the_socket_closes_it(api: Api) -> None:
    async with api.session.ws_connect(f"{api.url}/v1/events/ws") as ws:
        api.fleet.crash = RuntimeError("broken")
        await Socket(ws).ask(op="subscribe")
        message = await ws.receive(timeout=PATIENCE_S)
    assert (message.type, message.data) == (aiohttp.WSMsgType.CLOSE, aiohttp.WSCloseCode.INTERNAL_ERROR)
