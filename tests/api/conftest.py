"""A real server on loopback over a fake fleet, and a client for it."""

import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest

from chargepoint_sim.api.app import create_app, start_api
from chargepoint_sim.fleet.access import TokenSpec
from chargepoint_sim.fleet.spec import ApiSpec
from tests.api.fake_fleet import FakeFleet, mixed_fleet
from tests.api.fake_roster import FakeRoster

TOKEN = "correct-horse"


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)


@dataclass(frozen=True, slots=True)
class Api:
    """A running API and the fleet behind it."""

    url: str
    fleet: FakeFleet
    roster: FakeRoster
    session: aiohttp.ClientSession

    async def send(self, method: str, path: str, **options: Any) -> Answer:
        async with self.session.request(method, self.url + path, **options) as response:
            return Answer(response.status, dict(response.headers), await response.text())

    async def get(self, path: str, **query: Any) -> Answer:
        return await self.send("GET", path, params=query)

    async def post(self, path: str, body: Any) -> Answer:
        return await self.send("POST", path, json=body)


async def _serve(tokens: tuple[str, ...]) -> AsyncIterator[Api]:
    fleet = mixed_fleet()
    roster = FakeRoster(fleet)
    app = create_app(fleet, ApiSpec(tokens=tuple(map(TokenSpec.of, tokens))), roster=roster)
    runner, port = await start_api(app, "127.0.0.1", 0)
    timeout = aiohttp.ClientTimeout(total=20)
    try:
        async with aiohttp.ClientSession(timeout=timeout) as session:
            yield Api(f"http://127.0.0.1:{port}", fleet, roster, session)
    finally:
        await runner.cleanup()


@pytest.fixture
async def api() -> AsyncIterator[Api]:
    """Without tokens."""
    async for running in _serve(()):
        yield running


@pytest.fixture
async def guarded() -> AsyncIterator[Api]:
    """With TOKEN, and another."""
    async for running in _serve(("another", TOKEN)):
        yield running
