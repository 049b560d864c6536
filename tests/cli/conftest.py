"""A daemon in this process whose control API the commands talk to."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from chargepoint_sim.cli.app import app
from chargepoint_sim.cli.operate import goal
from chargepoint_sim.cli.orders import Until
from chargepoint_sim.config.loader import load_fleet
from chargepoint_sim.daemon import Daemon
from chargepoint_sim.logs import set_up
from tests.cli.fleets import fleet_file

Invoke = Callable[..., Awaitable[tuple[int, str, str]]]


@pytest.fixture
async def daemon(tmp_path: Path) -> AsyncIterator[Daemon]:
    """Two chargers that have booted at the built-in central system; their log goes where that of a daemon goes."""
    set_up()
    async with Daemon(load_fleet(fleet_file(tmp_path), {})) as daemon:
        async with asyncio.timeout(20):
            await goal(daemon.fleet, Until.BOOTED)
        yield daemon


@pytest.fixture
def invoke(daemon: Daemon) -> Invoke:
    """Run a command against the daemon: exit status, stdout, stderr. One at a time, since stdout is redirected."""

    async def invoked(*arguments: str) -> tuple[int, str, str]:
        runner = CliRunner(env={"CHARGEPOINT_SIM_API": daemon.api_url, "COLUMNS": "200"})
        result = await asyncio.to_thread(runner.invoke, app, list(arguments))
        return result.exit_code, result.stdout, result.stderr

    return invoked
