"""power-update from the HTTP request to the frames recorded at the central system: two locations, two versions,
AC and DC, real sockets, scaled time."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from chargepoint_sim.core.commands import IdToken, Reboot, StartSession, StopSession
from chargepoint_sim.csms.recording import SeenFrame
from chargepoint_sim.csms.server import CsmsServer
from chargepoint_sim.daemon import Daemon
from tests.e2e.evidence import Sample, check_samples, samples
from tests.fleets import do, fleet

SCALE = 120
SETTLED_S = 10.0
"""Simulated seconds in which the contactor and the vehicle (5 s) have followed."""
INTERVAL_S = 60.0

DEPOT = {"D-AC16": 22080.0, "D-AC201": 22080.0, "D-DC16": 50000.0, "D-DC201": 50000.0}
"""Charger of the commanded location -> its hardware, W."""
PLAZA = {"P-AC16": 22080.0, "P-AC201": 22080.0, "P-DC16": 50000.0, "P-DC201": 50000.0}
AC_MINIMUM_W = 6 * 230 * 3
TEMPLATES = {"AC16": "ac16", "AC201": "ac201", "DC16": "dc16", "DC201": "dc201"}


@dataclass
class Site:
    """The running fleet and the central system that all evidence is taken from."""

    daemon: Daemon
    http: aiohttp.ClientSession

    @property
    def csms(self) -> CsmsServer:
        assert self.daemon.csms is not None
        return self.daemon.csms

    async def power_update(self, power_w: int, target: dict[str, Any] | None = None) -> float:
        """Command the depot; returns the simulated instant after which the command holds."""
        body = {"target": target or {"location_id": "depot"}, "event": {"power_w": power_w}}
        async with self.http.post("/ocpp/commands/power-update", json=body) as reply:
            content = await reply.json()
            assert reply.status == 202, content
            assert (content["queued_count"], content["failed_count"]) == (len(DEPOT), 0), content
        return self.csms.now().sim

    async def release(self) -> float:
        """Release every limit of the depot by the native route."""
        async with self.http.delete("/v1/chargers/depot/power-limit") as reply:
            assert reply.status == 200, await reply.text()
        return self.csms.now().sim

    async def wait_samples(self, identity: str, since: float, count: int = 2) -> list[Sample]:
        """All samples of a charger once `count` taken after `since` have arrived."""
        await self.csms.wait_frame(identity, lambda _: sum(one.at >= since for one in self.taken(identity)) >= count)
        return self.taken(identity)

    def taken(self, identity: str) -> list[Sample]:
        """The samples that the central system has recorded."""
        return samples(frame.text for frame in self.calls(identity))

    def calls(self, identity: str, after: int = 0) -> list[SeenFrame]:
        """The charger's CALLs as recorded."""
        return [
            frame
            for frame in self.csms.central.frames(identity)
            if frame.from_charger and frame.kind == "CALL" and frame.number > after
        ]

    def marks(self) -> dict[str, int]:
        """How far each charger's record reaches."""
        return {identity: self.csms.mark(identity) for identity in (*DEPOT, *PLAZA)}


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    """Eight chargers, each with a truck that takes all it is offered."""
    groups = [
        {"template": TEMPLATES[identity[2:]], "id": identity, "location": "depot" if identity in DEPOT else "plaza"}
        for identity in (*DEPOT, *PLAZA)
    ]
    spec = fleet(
        tmp_path,
        groups,
        clock={"mode": "scaled", "scale": SCALE},
        locations=[{"id": "depot"}, {"id": "plaza"}],
        api={"listen": "127.0.0.1:0"},
    )
    async with Daemon(spec) as daemon, aiohttp.ClientSession(base_url=daemon.api_url) as http:
        site = Site(daemon, http)
        for identity in (*DEPOT, *PLAZA):
            await site.csms.wait_frame(identity, lambda frame: frame.is_call("StatusNotification"))
            await do(daemon, identity, StartSession(id_token=IdToken("TAG-1"), vehicle="truck", soc=0.1))
        began = site.csms.now().sim + SETTLED_S
        for identity, hardware_w in (DEPOT | PLAZA).items():
            check_samples(await site.wait_samples(identity, began), began, offered_w=hardware_w, drawn_w=hardware_w)
        yield site
        assert list(site.csms.central.violations) == []


def payloads(frames: Sequence[SeenFrame], action: str) -> list[dict[str, Any]]:
    return [frame.payload for frame in frames if frame.kind == "CALL" and frame.action == action]


def statuses(frames: Sequence[SeenFrame]) -> list[str]:
    """The connector's statuses in the messages."""
    told = payloads([frame for frame in frames if frame.from_charger], "StatusNotification")
    return [one.get("status") or one.get("connectorStatus", "") for one in told]


def events(frames: Sequence[SeenFrame]) -> list[tuple[str, str]]:
    """Trigger and state of the transaction events that are no periodic samples."""
    return [
        (one["triggerReason"], one["transactionInfo"].get("chargingState", ""))
        for one in payloads(frames, "TransactionEvent")
        if one["triggerReason"] != "MeterValuePeriodic"
    ]


def check_told(site: Site, marks: dict[str, int], *, states: Sequence[str] = (), released: bool = False) -> None:
    """Judge what was sent since `marks` besides samples: 1.6 tells statuses, 2.0.1 limits and transaction events.

    `states` are the charging states that followed; without any, only the rate has changed.
    """
    for identity in DEPOT:
        frames = site.calls(identity, marks[identity])
        if identity.endswith("16"):
            assert statuses(frames) == [*states]
            continue
        if released:
            assert payloads(frames, "ClearedChargingLimit") == [{"chargingLimitSource": "EMS", "evseId": 1}]
            assert payloads(frames, "NotifyChargingLimit") == []
        else:
            (notice,) = payloads(frames, "NotifyChargingLimit")
            assert (notice["evseId"], notice["chargingLimit"]["chargingLimitSource"]) == (1, "EMS")
            assert payloads(frames, "ClearedChargingLimit") == []
        changes = [("ChargingStateChanged", state) for state in states]
        assert events(frames) == (changes or [("ChargingRateChanged", "Charging")])


async def check_plaza(site: Site, marks: dict[str, int], since: float) -> None:
    """The other location goes on as it was, and was told nothing."""
    for identity, hardware_w in PLAZA.items():
        taken = await site.wait_samples(identity, since)
        check_samples(taken, since, offered_w=hardware_w, drawn_w=hardware_w)
        periodic = {"MeterValues", "TransactionEvent"}
        others = [frame.action for frame in site.calls(identity, marks[identity]) if frame.action not in periodic]
        assert set(others) <= {"Heartbeat"}
        assert events(site.calls(identity, marks[identity])) == []


async def check_depot(site: Site, since: float, command_w: float) -> None:
    """Offer, draw and register follow the command, hardware permitting."""
    for identity, hardware_w in DEPOT.items():
        offered_w = min(command_w, hardware_w)
        taken = await site.wait_samples(identity, since)
        check_samples(taken, since, offered_w=offered_w, drawn_w=offered_w)


async def test_a_location_follows_power_update_and_the_other_does_not(site: Site) -> None:
    marks = site.marks()
    since = await site.power_update(9000) + SETTLED_S
    await check_depot(site, since, 9000)
    check_told(site, marks)
    await check_plaza(site, marks, since)

    # Above every hardware: as much as the hardware gives.
    marks = site.marks()
    since = await site.power_update(400_000) + SETTLED_S
    await check_depot(site, since, 400_000)
    check_told(site, marks)
    await check_plaza(site, marks, since)


async def test_zero_suspends_and_release_resumes(site: Site) -> None:
    marks = site.marks()
    since = await site.power_update(0) + SETTLED_S
    await check_depot(site, since, 0)
    check_told(site, marks, states=["SuspendedEVSE"])
    await check_plaza(site, marks, since)

    marks = site.marks()
    since = await site.release() + SETTLED_S
    await check_depot(site, since, 400_000)
    # From the moment on that power is offered it is the vehicle that does not take it yet (reaction time).
    check_told(site, marks, states=["SuspendedEV", "Charging"], released=True)
    await check_plaza(site, marks, since)


async def test_below_the_minimum_ac_suspends_and_dc_goes_on(site: Site) -> None:
    marks = site.marks()
    since = await site.power_update(AC_MINIMUM_W - 140) + SETTLED_S
    for identity in DEPOT:
        drawn_w = 0 if "AC" in identity else AC_MINIMUM_W - 140
        taken = await site.wait_samples(identity, since)
        check_samples(taken, since, offered_w=AC_MINIMUM_W - 140, drawn_w=drawn_w)
    sent = {identity: site.calls(identity, marks[identity]) for identity in DEPOT}
    assert statuses(sent["D-AC16"]) == ["SuspendedEVSE"]
    assert statuses(sent["D-DC16"]) == []
    assert events(sent["D-AC201"]) == [("ChargingStateChanged", "SuspendedEVSE")]
    assert events(sent["D-DC201"]) == [("ChargingRateChanged", "Charging")]
    await check_plaza(site, marks, since)


@pytest.mark.parametrize("version", ["16", "201"])
async def test_a_limit_without_a_transaction_is_kept_for_the_next_one(site: Site, version: str) -> None:
    """It changes no status; 2.0.1 still notifies it; the next session, and one after a reboot, charge under it."""
    identity = f"D-AC{version}"
    start = site.csms.mark(identity)
    await do(site.daemon, identity, StopSession())
    await site.csms.wait_frame(identity, lambda frame: statuses([frame]) == ["Available"], after=start)
    await site.csms.wait_frame(identity, ended)
    mark = site.csms.mark(identity)
    await site.power_update(5000)
    await do(site.daemon, identity, Reboot(hard=True))
    boot = await site.csms.wait_frame(identity, lambda frame: frame.is_call("BootNotification"), after=mark)
    told = [frame.action for frame in site.calls(identity, mark) if frame.number < boot.number]
    assert told == ([] if version == "16" else ["NotifyChargingLimit"])
    await site.csms.wait_frame(identity, lambda frame: frame.is_call("StatusNotification"), after=boot.number)
    await do(site.daemon, identity, StartSession(id_token=IdToken("TAG-1"), vehicle="truck", soc=0.1))
    since = site.csms.now().sim + SETTLED_S
    check_samples(await site.wait_samples(identity, since), since, offered_w=5000, drawn_w=5000)


async def test_a_vehicle_on_one_phase_draws_less_than_it_is_offered(site: Site) -> None:
    """W stands for all phases of the supply: a third of it reaches a vehicle that uses one (architecture D4)."""
    identity = "D-AC16"
    await do(site.daemon, identity, StopSession())
    await site.csms.wait_frame(identity, ended)
    await do(site.daemon, identity, StartSession(id_token=IdToken("TAG-1"), vehicle="compact", soc=0.1))
    since = await site.power_update(9000) + SETTLED_S
    check_samples(await site.wait_samples(identity, since), since, offered_w=9000, drawn_w=3000)


def ended(frame: SeenFrame) -> bool:
    return frame.is_call("StopTransaction") or frame.is_call("TransactionEvent", eventType="Ended")
