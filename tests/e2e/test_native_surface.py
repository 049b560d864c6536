"""The native surface against a running fleet with real sockets: submitted commands and streams."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import aiohttp
import orjson
import pytest

from chargepoint_sim.cli.operate import goal
from chargepoint_sim.cli.orders import Until
from chargepoint_sim.core.commands import LoseLink
from chargepoint_sim.daemon import Daemon
from chargepoint_sim.fleet.spec import ApiSpec, ClockSpec
from tests.fleets import do, fleet

PATIENCE_S = 60
SCALE = 60


@dataclass
class Site:
    daemon: Daemon
    http: aiohttp.ClientSession

    async def send(self, method: str, path: str, body: Any = None, **query: Any) -> Any:
        async with self.http.request(method, path, json=body, params=query) as reply:
            content = await reply.json()
            assert reply.status == 200, content
            return content

    async def command(self, selector: str, name: str, body: Any = None, **query: Any) -> dict[str, Any]:
        """The first outcome of a command."""
        answer = await self.send("POST", f"/v1/chargers/{selector}/commands/{name}", body or {}, **query)
        outcome: dict[str, Any] = answer["results"][0]
        return outcome

    async def status(self, charger_id: str) -> str:
        view = await self.daemon.fleet.view(charger_id)
        return view.evses[0].status


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    """One charger of each version, booted, in sixtyfold time."""
    spec = fleet(tmp_path, [{"template": "ac16", "id": "one"}, {"template": "ac201", "id": "two"}])
    spec = replace(spec, api=ApiSpec(port=0), clock=ClockSpec(mode="scaled", scale=SCALE))
    async with Daemon(spec) as daemon, aiohttp.ClientSession(base_url=daemon.api_url) as http:
        async with asyncio.timeout(PATIENCE_S):
            await goal(daemon.fleet, Until.BOOTED)
        yield Site(daemon, http)


async def test_a_session_is_waited_for_until_the_central_system_has_answered(site: Site) -> None:
    started = await site.command("*", "start-session", {"id_token": "04A1B2C3"}, wait_s=PATIENCE_S)
    assert (started["accepted"], started["state"]) == (True, "applied")
    action = await site.send("GET", f"/v1/actions/{started['action_id']}")
    assert (action["result"]["action"], action["result"]["status"]) == ("StartTransaction", "Accepted")
    listed = await site.send("GET", "/v1/actions", state="applied", name="start-session")
    assert {one["charger_id"] for one in listed["data"]} == {"one", "two"}


async def test_a_dry_run_says_what_the_command_then_does(site: Site) -> None:
    told = await site.command("two", "start-session", {"id_token": "04A1B2C3"}, dry_run="true")
    assert told["accepted"]
    assert told["info"]["messages"][-1] == "Authorize"
    assert await site.status("two") == "Available"
    assert not (await site.command("two", "unplug", dry_run="true"))["accepted"]
    assert (await site.command("two", "start-session", {"id_token": "04A1B2C3"}))["accepted"]
    again = await site.command("two", "start-session", {"id_token": "04A1B2C3"}, dry_run="true")
    assert (again["accepted"], again["action_id"]) == (False, None)


async def test_a_scheduled_command_is_carried_out_at_its_simulated_time(site: Site) -> None:
    at = site.daemon.dispatch.now() + 5 * SCALE
    planned = await site.command("one", "plug-in", start_at=at)
    assert planned["state"] == "scheduled"
    assert await site.status("one") == "Available"
    action = await site.send("GET", f"/v1/actions/{planned['action_id']}", wait_s=PATIENCE_S)
    assert action["state"] == "applied"
    assert action["begun_at"] >= at
    assert await site.status("one") == "Preparing"


async def test_what_needs_the_link_waits_for_it_and_expires(site: Site) -> None:
    await do(site.daemon, "one", LoseLink(3600.0))
    rehearsed = await site.command("one", "authorize-token", {"id_token": "04A1"}, dry_run="true")
    assert (rehearsed["accepted"], rehearsed["state"]) == (True, "deferred")
    expires_at = site.daemon.dispatch.now() + 3 * SCALE
    held = await site.command("one", "authorize-token", {"id_token": "04A1"}, expires_at=expires_at)
    assert held["state"] == "deferred"
    action = await site.send("GET", f"/v1/actions/{held['action_id']}", wait_s=PATIENCE_S)
    assert action["state"] == "expired"


async def block(stream: aiohttp.ClientResponse) -> dict[str, str]:
    """The next event of a stream, field by field."""
    async with asyncio.timeout(PATIENCE_S):
        text = (await stream.content.readuntil(b"\n\n")).decode()
    return dict(line.split(": ", 1) for line in text.strip().split("\n"))


async def test_frames_are_streamed_and_a_cut_stream_goes_on(site: Site) -> None:
    path = "/v1/frames/stream?charger=two&action=Authorize"
    async with site.http.get(path) as stream:
        assert await block(stream) == {"": "open"}
        await site.command("*", "authorize-token", {"id_token": "04A1"}, wait_s=PATIENCE_S)
        question = await block(stream)
    assert orjson.loads(question["data"])["charger_id"] == "two"
    async with site.http.get(path, headers={"Last-Event-ID": question["id"]}) as stream:
        assert await block(stream) == {"": "open"}
        answer = orjson.loads((await block(stream))["data"])
    assert (answer["data"]["sent"], answer["data"]["action"]) == (False, "Authorize")


async def test_the_socket_follows_a_session_and_ends_with_the_daemon(site: Site) -> None:
    async with site.http.ws_connect("/v1/events/ws") as ws:
        await ws.send_json({"op": "subscribe", "charger": ["one"], "kind": ["connector_status_changed"]})
        assert (await ws.receive_json(timeout=PATIENCE_S))["op"] == "subscribed"
        await site.command("*", "plug-in")
        event = await ws.receive_json(timeout=PATIENCE_S)
        assert event["event"]["charger_id"] == "one"
        stopping = asyncio.create_task(site.daemon.stop())
        message = await ws.receive(timeout=PATIENCE_S)
        assert message.type is aiohttp.WSMsgType.CLOSE
        assert message.data == aiohttp.WSCloseCode.GOING_AWAY
        await stopping


async def test_time_goes_on_at_another_scale_without_a_jump(site: Site) -> None:
    before = await site.send("GET", "/v1/clock")
    assert (before["mode"], before["scale"]) == ("scaled", SCALE)
    await site.command("one", "start-session", {"id_token": "04A1B2C3"}, wait_s=PATIENCE_S)
    planned = await site.command("two", "plug-in", start_at=site.daemon.dispatch.now() + 86_400)
    after = await site.send("PATCH", "/v1/clock", {"scale": 6000})
    assert after["scale"] == 6000
    assert 0 <= after["now"] - before["now"] < 3600
    action = await site.send("GET", f"/v1/actions/{planned['action_id']}", wait_s=PATIENCE_S)
    assert action["state"] == "applied"
    slow = await site.send("PATCH", "/v1/clock", {"scale": 1})
    assert slow["now"] >= action["begun_at"] >= planned_at(action)
    stamps = [frame.at for frame in await site.daemon.fleet.frames("one")]
    assert stamps == sorted(stamps)


def planned_at(action: dict[str, Any]) -> float:
    return float(action["start_at"])


async def test_real_time_has_no_pace(tmp_path: Path) -> None:
    spec = replace(fleet(tmp_path, [{"template": "ac16", "id": "one"}]), api=ApiSpec(port=0))
    async with Daemon(spec) as daemon, aiohttp.ClientSession(base_url=daemon.api_url) as http:
        async with http.patch("/v1/clock", json={"scale": 2}) as reply:
            assert reply.status == 409
            assert "clock.mode scaled" in (await reply.json())["detail"]
        async with http.get("/v1/clock") as reply:
            assert (await reply.json())["mode"] == "real"
