"""Two limits at once, one test a pair: the lower one is reported as binding and shows in the meter values.

Four sources: power-update over HTTP, the ceiling set at the device over HTTP, SetChargingProfile from the central
system, and what the vehicle itself can take. Both versions, each source as the lower one; real sockets, scaled time.
"""

import itertools
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from chargepoint_sim.core.commands import IdToken, StartSession
from chargepoint_sim.core.vehicle import PRESETS
from chargepoint_sim.csms.server import CsmsServer
from chargepoint_sim.daemon import Daemon
from tests.e2e.evidence import check_samples, samples
from tests.fleets import VERSIONS, ac, do, fleet

SCALE = 120
SETTLED_S = 15.0
"""Simulated seconds in which the vehicle (5 s) has followed."""
HARDWARE_W = 22080.0
LOW_W, HIGH_W = 6000.0, 15000.0
MODEST, GREEDY = "sedan", "truck"
MODEST_W = 3 * 230 * PRESETS[MODEST].ac_max_current_a
"""Between the low and the high limit, at the nominal voltage."""
VEHICLE = "vehicle"


@dataclass(frozen=True)
class Place:
    """One charger of the test, with the ways to it."""

    charger_id: str
    version: str
    api: aiohttp.ClientSession
    csms: CsmsServer


async def power_update(place: Place, power_w: float) -> None:
    body = {"target": {"charger_id": place.charger_id}, "event": {"power_w": int(power_w)}}
    async with place.api.post("/ocpp/commands/power-update", json=body) as answer:
        assert answer.status == 202
        assert (await answer.json())["failed"] == []


async def device_ceiling(place: Place, power_w: float) -> None:
    path = f"/v1/chargers/{place.charger_id}/commands/set-device-limit"
    async with place.api.post(path, json={"power_w": power_w}) as answer:
        assert (answer.status, (await answer.json())["refused"]) == (200, 0)


async def charging_profile(place: Place, power_w: float) -> None:
    schedule: dict[str, Any] = {
        "chargingRateUnit": "W",
        "chargingSchedulePeriod": [{"startPeriod": 0, "limit": power_w}],
    }
    profile: dict[str, Any] = {
        "stackLevel": 0,
        "chargingProfilePurpose": "TxDefaultProfile",
        "chargingProfileKind": "Relative",
    }
    if place.version == "1.6":
        profile |= {"chargingProfileId": 1, "chargingSchedule": schedule}
        given = {"connectorId": 1, "csChargingProfiles": profile}
    else:
        profile |= {"id": 1, "chargingSchedule": [{"id": 1} | schedule]}
        given = {"evseId": 1, "chargingProfile": profile}
    assert (await place.csms.call(place.charger_id, "SetChargingProfile", given))["status"] == "Accepted"


SOURCES: Mapping[str, Callable[[Place, float], Awaitable[None]]] = {
    "external_limit": power_update,
    "device_setting": device_ceiling,
    "tx_default_profile": charging_profile,
}
"""The layer that is reported -> how its limit is set. The vehicle's own limit comes with the vehicle."""


@pytest.mark.parametrize("pair", list(itertools.combinations([*SOURCES, VEHICLE], 2)), ids="-".join)
async def test_the_lower_of_two_limits_binds(tmp_path: Path, pair: tuple[str, str]) -> None:
    cases = {
        f"CP-{n}": (version, lower, upper)
        for n, (version, (lower, upper)) in enumerate(itertools.product(VERSIONS, (pair, pair[::-1])))
    }
    groups = [{"template": ac(version), "id": charger_id} for charger_id, (version, *_) in cases.items()]
    spec = fleet(tmp_path, groups, clock={"mode": "scaled", "scale": SCALE}, api={"listen": "127.0.0.1:0"})
    async with Daemon(spec) as daemon, aiohttp.ClientSession(daemon.api_url) as api:
        csms = daemon.csms
        assert csms is not None
        for charger_id, (version, lower, upper) in cases.items():
            await csms.wait_frame(charger_id, lambda frame: frame.is_call("StatusNotification"))
            place = Place(charger_id, version, api, csms)
            for source, power_w in ((lower, LOW_W), (upper, HIGH_W)):
                if source in SOURCES:
                    await SOURCES[source](place, power_w)
            vehicle = MODEST if VEHICLE in (lower, upper) else GREEDY
            await do(daemon, charger_id, StartSession(id_token=IdToken("TAG-1"), vehicle=vehicle, soc=0.1))
        since = csms.now().sim + SETTLED_S
        for charger_id, (_, lower, upper) in cases.items():
            await _judge(daemon, csms, charger_id, lower, upper, since)
        assert list(csms.central.violations) == []


async def _judge(daemon: Daemon, csms: CsmsServer, charger_id: str, lower: str, upper: str, since: float) -> None:
    def taken() -> list[Any]:
        frames = csms.central.frames(charger_id)
        return samples(frame.text for frame in frames if frame.from_charger and frame.kind == "CALL")

    await csms.wait_frame(charger_id, lambda _: sum(one.at >= since for one in taken()) >= 3)
    evse = (await daemon.fleet.view(charger_id)).evses[0]
    if lower == VEHICLE:
        check_samples(taken(), since, offered_w=HIGH_W, drawn_w=MODEST_W)
        assert (evse.offered_by, evse.drawn_by) == (upper, VEHICLE)
    else:
        check_samples(taken(), since, offered_w=LOW_W, drawn_w=LOW_W)
        assert (evse.offered_by, evse.drawn_by) == (lower, "offer")
    assert {name: evse.limits[name] for name in (lower, upper) if name != VEHICLE} == {
        name: power_w for name, power_w in ((lower, LOW_W), (upper, HIGH_W)) if name != VEHICLE
    }
