"""The daemon that the acceptance tests talk to: the real one, on configs/seed.yaml, with free ports."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from chargepoint_sim.config.loader import load_fleet
from chargepoint_sim.daemon import Daemon
from chargepoint_sim.fleet.access import TokenSpec
from chargepoint_sim.fleet.spec import ApiSpec, RampSpec

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
SEED = ROOT / "configs" / "seed.yaml"

StartFleet = Callable[..., Awaitable[Daemon]]
StartDaemon = Callable[..., Awaitable[str]]


@pytest.fixture
async def start_fleet() -> AsyncIterator[StartFleet]:
    """`await start_fleet(*tokens)` starts a daemon with the seed's fleet; it ends with the test."""
    async with AsyncExitStack() as running:

        async def start(*tokens: TokenSpec) -> Daemon:
            spec = load_fleet(SEED, {})
            api = replace(spec.api or ApiSpec(), port=0, tokens=tokens)
            daemon = await running.enter_async_context(Daemon(replace(spec, api=api, ramp=RampSpec(rate_per_s=1000))))
            assert daemon.csms is not None
            for charger in spec.chargers:
                await daemon.csms.wait_connected(charger.identity)
            return daemon

        yield start


@pytest.fixture
def start_daemon(start_fleet: StartFleet) -> StartDaemon:
    """`await start_daemon(*tokens)` starts a daemon with the seed's fleet and answers its base URL."""

    async def start(*tokens: str) -> str:
        daemon = await start_fleet(*map(TokenSpec.of, tokens))
        assert daemon.api_url is not None
        return daemon.api_url

    return start


@pytest.fixture
async def daemon_url(start_daemon: StartDaemon) -> str:
    """The base URL of a daemon with the seed's fleet and no token."""
    return await start_daemon()


def _interpreter(release: str) -> str:
    """The Python that has this release of the vendor's client; its environment is made once and used again."""
    command = [sys.executable, str(ROOT / "scripts" / "ocpplab_env"), release]
    made = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    if made.returncode != 0:
        pytest.fail(f"The environment of the vendor's client cannot be made:\n{made.stderr}", pytrace=False)
    return made.stdout.strip()


@pytest.fixture(scope="session")
def vendor_python() -> str:
    """The interpreter of ocpplab 0.2.2."""
    return _interpreter("0.2.2")


@pytest.fixture(scope="session")
def newest_python() -> str:
    """The interpreter of ocpplab 0.3.2."""
    return _interpreter("0.3.2")


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


async def called(python: str, program: str, *arguments: str) -> dict[str, Any]:
    """What every call of a program of the vendor's client came to, by name."""
    done = await run_program(python, str(HERE / program), *arguments, timeout_s=120.0)
    assert done.status == 0, done.errors
    return dict(json.loads(line) for line in done.output.splitlines())
