"""The Amps surface on loopback over a fake fleet, in a time that begins at noon UTC and runs as fast as wanted."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

import aiohttp
import pytest

from chargepoint_sim.actions.action import Action
from chargepoint_sim.actions.dispatch import Dispatch
from chargepoint_sim.actions.ledger import MemoryLedger
from chargepoint_sim.actions.webhooks import Webhooks
from chargepoint_sim.api.app import create_app, start_api
from chargepoint_sim.api.webhooks import WEBHOOKS
from chargepoint_sim.clock import Timeline, parse_utc
from chargepoint_sim.fleet.access import TokenSpec
from chargepoint_sim.fleet.spec import AmpsSpec, ApiSpec
from tests.api.conftest import Answer, Api
from tests.api.fake_fleet import FakeFleet, charger_view, location_view
from tests.api.fake_roster import FakeRoster

NOON = "2026-06-01T12:00:00.000Z"
EV = "ev-1"
"""A 22 kW charger in Amsterdam, where it is two in the afternoon."""
OTHER = "ev-2"
FIELD = "ev-3"
"""A charger of no location, of 150 kW."""
SANDBOX, LIVE, READER = "sk_test_1", "sk_live_1", "sk_test_reader"
NEVER_S = 1e9
"""A settle time that no test lives to see."""


@dataclass(frozen=True, slots=True)
class Bench:
    """The surface and everything behind it."""

    api: Api
    dispatch: Dispatch
    webhooks: Webhooks

    @property
    def fleet(self) -> FakeFleet:
        return self.api.fleet

    async def get(self, path: str, **query: Any) -> Answer:
        return await self.api.get(path, **query)

    async def read(self, charger_id: str = EV) -> Any:
        return data(await self.get(f"/ev-charger/{charger_id}"))

    async def push(
        self, command: str, charger_id: str = EV, *, on_conflict: str | None = None, **action: Any
    ) -> Answer:
        body: dict[str, Any] = {"action": {"command": command, **action}}
        if on_conflict is not None:
            body["onConflict"] = on_conflict
        return await self.push_body(body, charger_id)

    async def push_body(self, body: Any, charger_id: str = EV) -> Answer:
        return await self.api.post(f"/ev-charger/{charger_id}", body)

    async def set(self, settings: Any, charger_id: str = EV) -> Answer:
        return await self.api.post(f"/ev-charger/{charger_id}/settings", settings)

    async def action(self, pushed: Answer) -> Any:
        """The action of a push, as it stands now."""
        return data(await self.get(f"/actions/{data(pushed, 202)['id']}"))

    async def ended(self, pushed: Answer) -> Action:
        """The record behind a push, when it has ended."""
        return await self.dispatch.ended(data(pushed, 202)["id"].removeprefix("act_"))


def data(answer: Answer, status: int = 200) -> Any:
    """What stands in the envelope of an answer that says yes."""
    assert answer.status == status, answer.text
    assert answer.json["success"] is True
    return answer.json["data"]


def error(answer: Answer, status: int, code: str) -> Any:
    """The details of an answer that says no."""
    assert (answer.status, answer.json["success"]) == (status, False), answer.text
    assert answer.json["error"]["code"] == code, answer.text
    assert answer.json["error"]["message"]
    return answer.json["error"]["details"]


def amps_fleet(owner: str | None) -> FakeFleet:
    """Three chargers of one owner, two of them in Amsterdam."""
    views = (
        charger_view(EV, "CP-EV-1", location_id="home"),
        charger_view(OTHER, "CP-EV-2", location_id="home", version="2.0.1", evses=2),
        charger_view(FIELD, "CP-EV-3", max_power_w=150_000.0),
    )
    home = replace(location_view("home", (EV, OTHER)), tenant=owner)
    return FakeFleet([replace(view, tenant=owner) for view in views], [home])


@asynccontextmanager
async def serve(
    *,
    scale: float = 1.0,
    settle_s: float = NEVER_S,
    tokens: tuple[TokenSpec, ...] = (),
    owner: str | None = None,
    **api: Any,
) -> AsyncIterator[Bench]:
    """The surface at noon; with a `scale` time runs faster. Further settings are those of the API."""
    fleet = amps_fleet(owner)
    dispatch = Dispatch(fleet, MemoryLedger(), Timeline(parse_utc(NOON), time.monotonic(), scale))
    spec = ApiSpec(tokens=tokens, amps=AmpsSpec(settle_s=settle_s), **api)
    app = create_app(fleet, spec, dispatch, tenants=owner is not None or any(one.tenant for one in tokens))
    dispatch.start()
    runner, port = await start_api(app, "127.0.0.1", 0)
    try:
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=30)) as session:
            yield Bench(Api(f"http://127.0.0.1:{port}", fleet, FakeRoster(fleet), session), dispatch, app[WEBHOOKS])
    finally:
        await runner.cleanup()
        await dispatch.stop()


@pytest.fixture
async def amps() -> AsyncIterator[Bench]:
    """Actions that nobody lives to see the end of, without tokens."""
    async with serve() as bench:
        yield bench


@pytest.fixture
async def settled() -> AsyncIterator[Bench]:
    """Actions that end at once."""
    async with serve(settle_s=0) as bench:
        yield bench


@pytest.fixture
async def hurried() -> AsyncIterator[Bench]:
    """An hour in half a second; actions that end at once."""
    async with serve(scale=7200, settle_s=0) as bench:
        yield bench


@pytest.fixture
async def guarded() -> AsyncIterator[Bench]:
    """A sandbox key, a live key and a key that may only read."""
    keys = (TokenSpec.of(SANDBOX), TokenSpec.of(LIVE), TokenSpec.of(READER, "read"))
    async with serve(tokens=keys) as bench:
        yield bench
