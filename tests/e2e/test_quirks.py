"""Quirks from a fleet file to the frames at the built-in central system, over real sockets."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from chargepoint_sim.core.commands import LoseLink
from chargepoint_sim.csms.server import CsmsServer
from chargepoint_sim.daemon import Daemon
from tests.fleets import do, fleet, template

SLOW_S = 0.3

QUIRKS: dict[str, dict[str, Any]] = {
    "deaf": {"accepts_and_ignores": ["Reset"]},
    "announcer": {"boot_notification": "every-link", "status_first": "Faulted"},
    "slow": {"answers_after_s": [SLOW_S, SLOW_S]},
    "forgetful": {"unknown_keys": ["MeterValuesSampledData"], "clock_offset_s": -63072000},
}


@pytest.fixture
async def daemon(tmp_path: Path) -> AsyncIterator[Daemon]:
    """One 1.6 charger for each of QUIRKS, named after it, and one without quirks."""
    spec = fleet(
        tmp_path,
        [{"template": name, "id": name} for name in (*QUIRKS, "plain")],
        templates={name: template("1.6", quirks=quirks) for name, quirks in {**QUIRKS, "plain": {}}.items()},
    )
    async with Daemon(spec) as daemon:
        for name in (*QUIRKS, "plain"):
            await csms_of(daemon).wait_frame(
                name, lambda frame: frame.is_call("StatusNotification", connectorId=1, status="Available")
            )
        yield daemon


def csms_of(daemon: Daemon) -> CsmsServer:
    assert daemon.csms is not None
    return daemon.csms


def boots(daemon: Daemon, identity: str) -> int:
    return sum(frame.is_call("BootNotification") for frame in csms_of(daemon).central.frames(identity))


async def test_an_accepted_reset_restarts_all_but_the_charger_that_ignores_it(daemon: Daemon) -> None:
    csms = csms_of(daemon)
    marks = {name: csms.mark(name) for name in ("deaf", "plain")}
    for name in marks:
        assert await csms.call(name, "Reset", {"type": "Hard"}) == {"status": "Accepted"}
    await csms.wait_frame("plain", lambda frame: frame.is_call("BootNotification"), after=marks["plain"])
    assert (boots(daemon, "deaf"), boots(daemon, "plain")) == (1, 2)
    view = await daemon.fleet.view("deaf")
    assert view.problems == {"quirk: Reset accepted and ignored": 1}


async def test_boots_at_every_reconnect_and_tells_a_wrong_status_first(daemon: Daemon) -> None:
    csms = csms_of(daemon)
    mark = csms.mark("announcer")
    await do(daemon, "announcer", LoseLink(duration_s=0.05))
    await csms.wait_frame(
        "announcer", lambda frame: frame.is_call("StatusNotification", status="Available"), after=mark
    )
    assert boots(daemon, "announcer") == 2
    told = [
        frame.payload["status"]
        for frame in csms.central.frames("announcer")
        if frame.is_call("StatusNotification", connectorId=1)
    ]
    assert told[:2] == ["Faulted", "Available"]


async def test_a_slow_answer_comes_when_its_time_is_over(daemon: Daemon) -> None:
    csms, loop = csms_of(daemon), asyncio.get_running_loop()
    begun = loop.time()
    answer = await csms.call("slow", "GetConfiguration", {"key": ["HeartbeatInterval"]})
    assert [one["key"] for one in answer["configurationKey"]] == ["HeartbeatInterval"]
    assert loop.time() - begun >= SLOW_S * 0.9


async def test_a_key_that_is_not_known_and_a_clock_two_years_behind(daemon: Daemon) -> None:
    csms = csms_of(daemon)
    answer = await csms.call("forgetful", "GetConfiguration", {"key": ["MeterValuesSampledData"]})
    assert answer == {"configurationKey": [], "unknownKey": ["MeterValuesSampledData"]}
    change = {"key": "MeterValuesSampledData", "value": "Voltage"}
    assert await csms.call("forgetful", "ChangeConfiguration", change) == {"status": "NotSupported"}
    told, plain = (
        next(frame.payload["timestamp"] for frame in csms.central.frames(name) if frame.is_call("StatusNotification"))
        for name in ("forgetful", "plain")
    )
    assert int(plain[:4]) - int(told[:4]) == 2
