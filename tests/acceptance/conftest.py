"""The daemon that the acceptance tests talk to: the real one, on configs/seed.yaml, with free ports."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from chargepoint_sim.config.loader import load_fleet
from chargepoint_sim.daemon import Daemon
from chargepoint_sim.fleet.access import TokenSpec
from chargepoint_sim.fleet.spec import ApiSpec, RampSpec

SEED = Path(__file__).resolve().parents[2] / "configs" / "seed.yaml"

StartDaemon = Callable[..., Awaitable[str]]


@pytest.fixture
async def start_daemon() -> AsyncIterator[StartDaemon]:
    """`await start_daemon(*tokens)` starts a daemon with the seed's fleet and answers its base URL."""
    async with AsyncExitStack() as running:

        async def start(*tokens: str) -> str:
            spec = load_fleet(SEED, {})
            api = replace(spec.api or ApiSpec(), port=0, tokens=tuple(map(TokenSpec.of, tokens)))
            daemon = await running.enter_async_context(Daemon(replace(spec, api=api, ramp=RampSpec(rate_per_s=1000))))
            assert daemon.csms is not None
            for charger in spec.chargers:
                await daemon.csms.wait_connected(charger.identity)
            assert daemon.api_url is not None
            return daemon.api_url

        yield start


@pytest.fixture
async def daemon_url(start_daemon: StartDaemon) -> str:
    """The base URL of a daemon with the seed's fleet and no token."""
    return await start_daemon()


@dataclass(frozen=True, slots=True)
class Finished:
    """A program that has ended."""

    status: int
    output: str
    errors: str


async def run_program(*command: str, timeout_s: float = 60.0) -> Finished:
    """Run a program while the event loop goes on; no proxy stands between it and the loopback."""
    process = await asyncio.create_subprocess_exec(
        *command,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"},
    )
    try:
        async with asyncio.timeout(timeout_s):
            output, errors = await process.communicate()
    except TimeoutError:
        process.kill()
        output, errors = await process.communicate()
        raise AssertionError(f"{command[0]} did not end within {timeout_s} s: {errors.decode()}") from None
    assert process.returncode is not None
    return Finished(process.returncode, output.decode(), errors.decode())


async def run_python(*arguments: str) -> Finished:
    """Run this interpreter."""
    return await run_program(sys.executable, *arguments)
