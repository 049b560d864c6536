"""When a run has reached what it waits for, and who failed when it has not."""

import asyncio
from pathlib import Path

import pytest

from chargepoint_sim.cli import report
from chargepoint_sim.cli.operate import goal
from chargepoint_sim.cli.orders import BOOT_PATIENCE_S, Orders, Until
from chargepoint_sim.config.loader import load_fleet
from chargepoint_sim.core.commands import IdToken, StartSession, StopSession
from chargepoint_sim.daemon import Daemon
from tests.background import running
from tests.cli.fleets import TOKEN, fleet_file


async def test_idle_waits_for_the_end_of_the_last_transaction(daemon: Daemon) -> None:
    fleet = daemon.fleet
    async with asyncio.timeout(20):
        await goal(fleet, Until.IDLE)
    assert (await fleet.command("A-16", StartSession(id_token=IdToken(TOKEN)))).accepted
    assert daemon.csms is not None
    await daemon.csms.wait_frame("A-16", lambda frame: frame.is_call("StartTransaction"))
    async with running(goal(fleet, Until.IDLE)) as reached:
        await daemon.csms.wait_frame("A-16", lambda frame: frame.is_call("MeterValues"))
        assert not reached.done()
        assert [(one.cause, one.charger_ids) for one in report.busy(await report.all_views(fleet))] == [
            ("a transaction is running", ("A-16",))
        ]
        await fleet.command("A-16", StopSession())
        async with asyncio.timeout(20):
            await reached


async def test_counts_agree_with_the_views(daemon: Daemon) -> None:
    fleet = daemon.fleet
    await fleet.command("A-201", StartSession(id_token=IdToken(TOKEN), soc=0.1))
    assert daemon.csms is not None
    await daemon.csms.wait_for(lambda central: any(one.charging_state == "Charging" for one in central.sessions()), 20)
    counts, summary = fleet.counts(), await fleet.summary()
    assert (counts.total, counts.connected, counts.booted, counts.charging) == (
        summary.total,
        summary.connected,
        summary.booted,
        summary.charging,
    )
    assert (counts.powered, counts.transactions, counts.charging) == (2, 1, 1)
    view = await fleet.view("A-201")
    assert counts.power_w == pytest.approx(view.evses[0].power_w, rel=0.01)
    assert list(report.summary_lines(await report.all_views(fleet)))[:2] == [
        "2 chargers: 2 connected, 2 accepted by the central system, 1 charging",
        "1 not charging, by cause:",
    ]


def test_only_booted_has_a_limit_of_its_own(tmp_path: Path) -> None:
    spec = load_fleet(fleet_file(tmp_path, ramp={"rate_per_s": 0.5}), {})
    assert Orders(Until.BOOTED).deadline_s(spec) == 2 / 0.5 + BOOT_PATIENCE_S
    assert Orders(Until.BOOTED, for_s=3.0).deadline_s(spec) == 3.0
    assert Orders(Until.IDLE).deadline_s(spec) is None
    assert Orders().deadline_s(spec) is None
