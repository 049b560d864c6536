"""The Amps device API over real chargers: `max_charge_rate`, `charge` and `idle` as the central system sees them.

Both versions, real sockets, scaled time. The ceiling is judged by the meter values that the central system records,
before and after everything that must not take it away.
"""

import asyncio
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from chargepoint_sim.core.commands import FactoryReset, PlugIn
from chargepoint_sim.csms.server import CsmsServer
from chargepoint_sim.daemon import Daemon
from chargepoint_sim.fleet.spec import FleetSpec
from tests.e2e.evidence import Sample, check_samples, samples
from tests.fleets import VERSIONS, ac, do, fleet

CP = "EV-1"
SCALE = 120
SETTLED_S = 15.0
"""Simulated seconds in which the vehicle (5 s) has followed."""
HARDWARE_KW, CEILING_KW = 22.08, 7.4
RESETS = {"1.6": {"type": "Hard"}, "2.0.1": {"type": "Immediate"}}
PATIENCE_S = 30


@dataclass(frozen=True)
class Device:
    """One charger, as an Amps client and as the central system see it."""

    daemon: Daemon
    http: aiohttp.ClientSession

    @property
    def csms(self) -> CsmsServer:
        assert self.daemon.csms is not None
        return self.daemon.csms

    async def booted(self, after: int = 0) -> None:
        boot = await self.csms.wait_frame(CP, lambda one: one.is_call("BootNotification"), PATIENCE_S, after=after)
        await self.csms.wait_frame(CP, lambda one: one.is_call("StatusNotification"), PATIENCE_S, after=boot.number)

    async def ask(self, method: str, path: str, body: Any = None) -> Any:
        async with self.http.request(method, path, json=body) as answer:
            content = await answer.json()
            assert answer.status in (200, 202), content
            return content["data"]

    async def read(self) -> Any:
        return await self.ask("GET", f"/ev-charger/{CP}")

    async def push(self, command: str, **action: Any) -> Any:
        """Push a command; its action when it has ended."""
        pushed = await self.ask("POST", f"/ev-charger/{CP}", {"action": {"command": command, **action}})
        async with asyncio.timeout(PATIENCE_S):
            await self.daemon.dispatch.ended(pushed["id"].removeprefix("act_"))
        return await self.ask("GET", pushed["links"]["self"])

    async def set_ceiling(self, ceiling_kw: float) -> None:
        body = {"max_charge_rate": {"value": ceiling_kw, "unit": "kw"}}
        assert await self.ask("POST", f"/ev-charger/{CP}/settings", body) == {
            "deviceId": CP,
            "updated": ["max_charge_rate"],
        }

    async def becomes(self, status: str) -> Any:
        """The device's state, once it has this status."""
        events = self.daemon.fleet.events([CP])
        async with asyncio.timeout(PATIENCE_S):
            while (state := (await self.read())["state"])["status"] != status:
                await anext(events)
        return state

    async def settled(self, count: int = 3) -> list[Sample]:
        """Samples of the central system from when the vehicle will have followed, once there are so many."""
        since = self.csms.now().sim + SETTLED_S

        def taken() -> list[Sample]:
            frames = self.csms.central.frames(CP)
            found = samples(frame.text for frame in frames if frame.from_charger and frame.kind == "CALL")
            return [sample for sample in found if sample.at >= since]

        await self.csms.wait_frame(CP, lambda _: len(taken()) >= count, PATIENCE_S)
        return taken()

    async def draws(self, power_kw: float) -> None:
        """Charging settles at this power: metered, offered, and shown to the client."""
        taken = await self.settled()
        check_samples(taken, 0.0, offered_w=power_kw * 1000, drawn_w=power_kw * 1000)
        state = (await self.read())["state"]
        assert (state["status"], state["isCharging"], state["isConnected"]) == ("charging", True, True)
        assert state["currentPower"] * 1000 == pytest.approx(taken[-1].drawn_w, rel=0.02)

    async def check_setting(self, value_kw: float) -> None:
        setting = (await self.read())["settings"]["max_charge_rate"]
        assert setting == {"value": value_kw, "unit": "kw", "min": 0, "max": 50}


@pytest.fixture(params=VERSIONS)
def version(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def spec(tmp_path: Path, version: str) -> FleetSpec:
    return fleet(
        tmp_path,
        [{"template": ac(version), "id": CP}],
        clock={"mode": "scaled", "scale": SCALE},
        api={"listen": "127.0.0.1:0", "amps": {"settle_s": 1}},
        store={"state_file": "state.json"},
    )


async def test_a_ceiling_holds_through_everything_but_a_factory_reset(spec: FleetSpec, version: str) -> None:
    async with Daemon(spec, power_cut=True) as daemon, aiohttp.ClientSession(daemon.api_url) as http:
        device = Device(daemon, http)
        await device.booted()
        failed = await device.push("charge")
        assert (failed["state"], failed["errorMessage"]) == ("failed", "no vehicle is connected")
        await do(daemon, CP, PlugIn(vehicle="truck", soc=0.05))
        assert (await device.becomes("connected"))["isConnected"] is True
        await device.check_setting(HARDWARE_KW)
        assert (await device.push("charge"))["state"] == "completed"
        await device.becomes("charging")
        await device.draws(HARDWARE_KW)
        transaction_id = (await daemon.fleet.view(CP)).evses[0].transaction_id
        assert (await device.push("charge"))["state"] == "completed"

        await device.set_ceiling(CEILING_KW)
        await device.check_setting(CEILING_KW)
        await device.draws(CEILING_KW)

        assert (await device.push("idle"))["state"] == "completed"
        state = await device.becomes("idle")
        assert (state["isConnected"], state["isCharging"], state["currentPower"]) == (True, False, 0)
        assert {sample.drawn_w for sample in await device.settled()} == {0.0}, "the transaction stays open"
        assert (await device.push("idle"))["state"] == "completed"
        await device.push("charge")
        await device.draws(CEILING_KW)
        assert (await daemon.fleet.view(CP)).evses[0].transaction_id == transaction_id

        mark = device.csms.mark(CP)
        assert (await device.csms.call(CP, "Reset", RESETS[version]))["status"] == "Accepted"
        await device.booted(after=mark)
        assert (await device.push("charge"))["state"] == "completed"
        await device.draws(CEILING_KW)

    async with Daemon(spec) as daemon, aiohttp.ClientSession(daemon.api_url) as http:
        device = Device(daemon, http)
        await device.booted()
        await device.check_setting(CEILING_KW)
        await device.push("charge")
        await device.draws(CEILING_KW)

        mark = device.csms.mark(CP)
        await do(daemon, CP, FactoryReset())
        await device.booted(after=mark)
        await device.check_setting(HARDWARE_KW)
        assert (await device.push("charge"))["state"] == "completed"
        await device.draws(HARDWARE_KW)
        assert list(device.csms.central.violations) == []


async def test_a_ceiling_of_nothing_keeps_the_session_connected(spec: FleetSpec) -> None:
    async with Daemon(spec) as daemon, aiohttp.ClientSession(daemon.api_url) as http:
        device = Device(daemon, http)
        await device.booted()
        await do(daemon, CP, PlugIn(vehicle="truck", soc=0.05))
        await device.push("charge")
        await device.becomes("charging")
        await device.set_ceiling(0)
        state = await device.becomes("idle")
        assert (state["isConnected"], state["currentPower"]) == (True, 0)
        await device.set_ceiling(30)  # above the hardware: kept, and the hardware binds
        await device.becomes("charging")
        await device.check_setting(30)
        await device.draws(HARDWARE_KW)


async def test_connectors_share_the_ceiling_and_are_one_device(tmp_path: Path) -> None:
    groups = [{"template": "street-ac-22-dual", "id": CP}]
    clock = {"mode": "scaled", "scale": SCALE}
    spec = fleet(tmp_path, groups, clock=clock, api={"listen": "127.0.0.1:0", "amps": {"settle_s": 0}})
    async with Daemon(spec) as daemon, aiohttp.ClientSession(daemon.api_url) as http:
        device = Device(daemon, http)
        await device.booted()
        await device.set_ceiling(12)
        for place in (1, 2):
            await do(daemon, CP, PlugIn(evse_id=place, connector_id=None, vehicle="truck", soc=0.05))
        assert (await device.push("charge"))["state"] == "completed"
        events = daemon.fleet.events([CP])
        async with asyncio.timeout(PATIENCE_S):
            while (await device.read())["state"]["currentPower"] < 11.5:
                await anext(events)
        evses = (await daemon.fleet.view(CP)).evses
        assert [evse.power_w for evse in evses] == [pytest.approx(6000, rel=0.02)] * 2
        assert (await device.read())["state"]["currentPower"] == pytest.approx(12, rel=0.02)
        await device.push("idle")
        assert (await device.becomes("idle"))["currentPower"] == 0


async def test_a_window_charges_and_falls_back_to_idle(spec: FleetSpec) -> None:
    async with Daemon(spec) as daemon, aiohttp.ClientSession(daemon.api_url) as http:
        device = Device(daemon, http)
        await device.booted()
        await do(daemon, CP, PlugIn(vehicle="truck", soc=0.05))
        action = await device.push("charge", start="2m", end="6m")
        assert (action["state"], action["command"]) == ("completed", "charge")
        await device.becomes("charging")
        await device.becomes("idle")
        assert (await device.read())["lastAction"]["id"] == action["id"]


async def test_schedules_and_what_is_scheduled_survive_a_restart(spec: FleetSpec) -> None:
    schedule = {"timezone": "UTC", "recurrence": {"rule": "daily"}, "slots": [{"time": "00:00", "command": "idle"}]}
    async with Daemon(spec) as daemon, aiohttp.ClientSession(daemon.api_url) as http:
        device = Device(daemon, http)
        was = await device.ask("PUT", f"/ev-charger/{CP}/schedule", schedule)
        pushed = await device.ask("POST", f"/ev-charger/{CP}", {"action": {"command": "charge", "start": "29d"}})
    async with Daemon(spec) as daemon, aiohttp.ClientSession(daemon.api_url) as http:
        device = Device(daemon, http)
        assert await device.ask("GET", f"/schedules/{was['id']}") == was
        action = await device.ask("GET", pushed["links"]["self"])
        assert (action["state"], action["start"]) == ("scheduled", pushed["start"])


async def test_a_push_that_is_settling_survives_a_restart(spec: FleetSpec) -> None:
    assert spec.api is not None
    slow = replace(spec, api=replace(spec.api, amps=replace(spec.api.amps, settle_s=1800)))
    async with Daemon(slow) as daemon, aiohttp.ClientSession(daemon.api_url) as http:
        pushed = await Device(daemon, http).ask("POST", f"/ev-charger/{CP}", {"action": {"command": "idle"}})
    async with Daemon(slow) as daemon, aiohttp.ClientSession(daemon.api_url) as http:
        async with asyncio.timeout(PATIENCE_S):
            await daemon.dispatch.ended(pushed["id"].removeprefix("act_"))
        assert (await Device(daemon, http).ask("GET", pushed["links"]["self"]))["state"] == "completed"
