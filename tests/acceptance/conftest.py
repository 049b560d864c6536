"""The daemon that the acceptance tests talk to: one fixture, used by all of them.

`start_daemon` runs the control API over a fleet in memory that holds the chargers and the location of the seed.
"""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass

import pytest

from chargepoint_sim.api.app import create_app, start_api
from tests.api.fake_fleet import seed_fleet

StartDaemon = Callable[..., Awaitable[str]]


@pytest.fixture
async def start_daemon() -> AsyncIterator[StartDaemon]:
    """`await start_daemon(*tokens)` starts a daemon with the seed's fleet and answers its base URL."""
    async with AsyncExitStack() as running:

        async def start(*tokens: str) -> str:
            runner, port = await start_api(create_app(seed_fleet(), tokens), "127.0.0.1", 0)
            running.push_async_callback(runner.cleanup)
            return f"http://127.0.0.1:{port}"

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
