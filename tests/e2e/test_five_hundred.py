"""power-update on half of 500 chargers of both versions, against a separately started central system."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp

from chargepoint_sim.daemon import Daemon
from chargepoint_sim.fleet.views import FleetEvent
from chargepoint_sim.runtime.clocks import read
from tests.e2e.csms_process import csms_process
from tests.e2e.evidence import check_samples, samples
from tests.fleets import fleet

COUNT = 500
SCALE = 40
SETTLED_S = 10.0
COMMAND_W = 9000
PATIENCE_S = 60.0
HARDWARE_W = {"AC": 22080.0, "DC": 50000.0}
KINDS = ("ac16", "ac201", "dc16", "dc201")


async def each(events: AsyncIterator[FleetEvent], done: Any, count: int) -> None:
    """Follow the events until `done` has been true for `count` chargers."""
    ready: set[str] = set()
    async with asyncio.timeout(PATIENCE_S):
        while len(ready) < count:
            event = await anext(events)
            if done(event):
                ready.add(event.charger_id)


def delivered(count: int, since: float) -> Any:
    """True of the event with which so many of a charger's samples after `since` have been answered."""
    taken: Counter[str] = Counter()

    def done(event: FleetEvent) -> bool:
        if event.kind != "frame":
            return False
        if event.data["sent"]:
            taken[event.charger_id] += sum(one.at >= since for one in samples([event.data["text"]]))
            return False
        return taken[event.charger_id] >= count

    return done


async def post(http: aiohttp.ClientSession, command: str, location: str, event: dict[str, Any]) -> None:
    body = {"target": {"location_id": location}, "event": event}
    async with http.post(f"/ocpp/commands/{command}", json=body) as reply:
        content = await reply.json()
        assert reply.status == 202, content
        assert (content["queued_count"], content["failed_count"]) == (COUNT // 2, 0), content["failed"][:3]


async def test_half_of_500_chargers_follow_and_the_others_do_not(tmp_path: Path) -> None:
    groups = [
        {"template": kind, "count": COUNT // 8, "id": f"{site}-{kind[:2].upper()}-{kind[2:]}-{{n}}", "location": site}
        for kind in KINDS
        for site in ("north", "south")
    ]
    groups += [{"template": "ac16", "count": COUNT // 2 - 4 * (COUNT // 8), "id": f"{site}-AC-rest-{{n}}",
                "location": site} for site in ("north", "south")]  # fmt: skip
    async with csms_process() as csms:
        spec = fleet(
            tmp_path,
            groups,
            csms={"url": csms.url},
            clock={"mode": "scaled", "scale": SCALE},
            locations=[{"id": "north"}, {"id": "south"}],
            ramp={"rate_per_s": 400},
            api={"listen": "127.0.0.1:0"},
        )
        daemon = Daemon(spec)
        await daemon.start()
        try:
            async with aiohttp.ClientSession(base_url=daemon.api_url) as http:
                await follow(daemon, http)
                since = await commanded(daemon, http)
            evidence = {one: await csms.calls(one) for one in await daemon.fleet.ids("*")}
        finally:
            await daemon.stop()
        for identity, texts in evidence.items():
            hardware_w = HARDWARE_W[identity.split("-")[1]]
            offered_w = COMMAND_W if identity.startswith("north") else hardware_w
            # What comes by itself takes all of this, except that a battery may take less than 50 kW.
            drawn_w = None if offered_w == HARDWARE_W["DC"] else offered_w
            check_samples(samples(texts), since, offered_w=offered_w, drawn_w=drawn_w)
        sessions = (await csms.get("/sessions"))["sessions"]
        assert len(sessions) == COUNT
        assert not any(session["open"] or session["oddities"] for session in sessions)


async def follow(daemon: Daemon, http: aiohttp.ClientSession) -> None:
    """Wait until everybody is online and start a session on each."""
    events = daemon.fleet.events()
    booted = {one.charger_id for one in (await daemon.fleet.list())[0] if one.registration == "Accepted"}
    await each(events, lambda event: event.kind == "charger_booted", COUNT - len(booted))
    for location in ("north", "south"):
        await post(http, "start-session", location, {"connector_id": 1, "id_tag": "TAG-1"})


async def commanded(daemon: Daemon, http: aiohttp.ClientSession) -> float:
    """Command the north once everybody charges; gives the instant after which all must have followed."""
    events = daemon.fleet.events()
    await each(events, delivered(1, 0.0), COUNT)
    await post(http, "power-update", "north", {"power_w": COMMAND_W})
    since = read(daemon.fleet.timeline).sim + SETTLED_S
    await each(events, delivered(2, since), COUNT)
    return since
