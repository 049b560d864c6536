"""SetChargingProfile of the built-in central system to the samples that it records: real sockets, scaled time."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from chargepoint_sim.clock import format_utc
from chargepoint_sim.core.commands import IdToken, StartSession
from chargepoint_sim.csms.server import CsmsServer
from chargepoint_sim.daemon import Daemon
from tests.e2e.evidence import Sample, check_samples, samples
from tests.fleets import do, fleet

SCALE = 120
SETTLED_S = 10.0
"""Simulated seconds in which the vehicle (5 s) has followed."""
HARDWARE_W = 22080.0
W_PER_A = 690.0
IDENTITY = "P1"


@pytest.fixture
async def daemon(tmp_path: Path) -> AsyncIterator[Daemon]:
    """One charger with a truck that takes all it is offered."""
    spec = fleet(tmp_path, [{"template": "ac16", "id": IDENTITY}], clock={"mode": "scaled", "scale": SCALE})
    async with Daemon(spec) as daemon:
        csms = csms_of(daemon)
        await csms.wait_frame(IDENTITY, lambda frame: frame.is_call("StatusNotification"))
        await do(daemon, IDENTITY, StartSession(id_token=IdToken("TAG-1"), vehicle="truck", soc=0.1))
        since = csms.now().sim + SETTLED_S
        check_samples(await taken(csms, since), since, offered_w=HARDWARE_W, drawn_w=HARDWARE_W)
        yield daemon
        assert list(csms.central.violations) == []


def csms_of(daemon: Daemon) -> CsmsServer:
    assert daemon.csms is not None
    return daemon.csms


def recorded(csms: CsmsServer) -> list[Sample]:
    return samples(frame.text for frame in csms.central.frames(IDENTITY) if frame.from_charger and frame.kind == "CALL")


async def taken(csms: CsmsServer, since: float, count: int = 3) -> list[Sample]:
    """All samples once `count` taken after `since` have arrived."""
    await csms.wait_frame(IDENTITY, lambda _: sum(one.at >= since for one in recorded(csms)) >= count)
    return recorded(csms)


def profile(start: float, *limits: tuple[int, float]) -> dict[str, Any]:
    return {
        "chargingProfileId": 1,
        "stackLevel": 0,
        "chargingProfilePurpose": "TxDefaultProfile",
        "chargingProfileKind": "Absolute",
        "chargingSchedule": {
            "startSchedule": format_utc(start),
            "chargingRateUnit": "A",
            "chargingSchedulePeriod": [{"startPeriod": second, "limit": limit} for second, limit in limits],
        },
    }


async def test_a_profile_reaches_the_meter_values_step_by_step(daemon: Daemon) -> None:
    csms = csms_of(daemon)
    start = float(int(csms.now().sim))
    given = profile(start, (0, 16.3), (900, 8.1))
    answer = await csms.call(IDENTITY, "SetChargingProfile", {"connectorId": 1, "csChargingProfiles": given})
    assert answer == {"status": "Accepted"}
    since = csms.now().sim + SETTLED_S
    schedule = await csms.call(IDENTITY, "GetCompositeSchedule", {"connectorId": 1, "duration": 3900})
    periods = schedule["chargingSchedule"]["chargingSchedulePeriod"]
    assert [one["limit"] for one in periods] == [16.3, 8.1]
    first = [one for one in await taken(csms, since) if one.at < start + 900]
    check_samples(first, since, offered_w=16.3 * W_PER_A, drawn_w=16.3 * W_PER_A)
    since = start + 900 + SETTLED_S
    check_samples(await taken(csms, since), since, offered_w=8.1 * W_PER_A, drawn_w=8.1 * W_PER_A)

    assert await csms.call(IDENTITY, "ClearChargingProfile", {"id": 1}) == {"status": "Accepted"}
    since = csms.now().sim + SETTLED_S
    check_samples(await taken(csms, since), since, offered_w=HARDWARE_W, drawn_w=HARDWARE_W)


async def test_a_profile_of_zero_suspends_on_the_wire(daemon: Daemon) -> None:
    csms = csms_of(daemon)
    mark = csms.mark(IDENTITY)
    given = profile(csms.now().sim, (0, 0.0))
    await csms.call(IDENTITY, "SetChargingProfile", {"connectorId": 0, "csChargingProfiles": given})
    await csms.wait_frame(
        IDENTITY, lambda frame: frame.is_call("StatusNotification", status="SuspendedEVSE"), after=mark
    )
    since = csms.now().sim
    check_samples(await taken(csms, since), since, offered_w=0.0, drawn_w=0.0)
