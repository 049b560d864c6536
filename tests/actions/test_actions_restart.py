"""What becomes of submitted commands when the program is restarted."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from chargepoint_sim.actions.action import Action, Order, State
from chargepoint_sim.core.commands import AuthorizeToken, EndTransaction, IdToken, LoseLink, PlugIn, StartSession
from chargepoint_sim.csms.config import settings_from
from chargepoint_sim.csms.server import CsmsServer
from chargepoint_sim.daemon import Daemon
from chargepoint_sim.fleet.hooks import Endpoint
from chargepoint_sim.fleet.spec import ApiSpec, FleetSpec
from tests.fleets import do, fleet

CP = "CP-1"
TAG = IdToken("TAG-1")
PATIENCE_S = 30


@pytest.fixture
async def spec(tmp_path: Path) -> AsyncIterator[FleetSpec]:
    """A charger that keeps its state, and a central system that outlives the daemon."""
    async with CsmsServer(settings_from({"port": 0})) as csms:
        yield fleet(
            tmp_path, [{"template": "ac16", "id": CP}], csms={"url": csms.url}, store={"state_file": "state.json"}
        )


async def booted(daemon: Daemon) -> None:
    events = daemon.fleet.events([CP])
    async with asyncio.timeout(PATIENCE_S):
        while not daemon.fleet.counts().booted:
            await anext(events)


async def offline(daemon: Daemon) -> None:
    """Cut the network, for longer than the test takes."""
    events = daemon.fleet.events([CP])
    await do(daemon, CP, LoseLink(duration_s=600))
    async with asyncio.timeout(PATIENCE_S):
        while daemon.fleet.counts().connected:
            await anext(events)


async def end_of(daemon: Daemon, action: Action) -> Action:
    async with asyncio.timeout(PATIENCE_S):
        return await daemon.dispatch.ended(action.action_id)


async def test_a_scheduled_command_survives_and_what_came_due_meanwhile_begins_at_once(spec: FleetSpec) -> None:
    async with Daemon(spec) as daemon:
        await booted(daemon)
        now = daemon.dispatch.now()
        soon = await daemon.dispatch.submit(CP, Order(PlugIn(), start_at=now + 3600))
    async with Daemon(spec) as daemon:
        assert daemon.dispatch.ledger.current(soon.action_id) == soon
        await daemon.dispatch.cancel(soon.action_id)


async def test_a_deferred_command_survives_and_is_sent_when_the_charger_comes_online(spec: FleetSpec) -> None:
    async with Daemon(spec) as daemon:
        await booted(daemon)
        await offline(daemon)
        action = await daemon.dispatch.submit(CP, Order(AuthorizeToken(TAG), key="k"))
        assert action.state is State.DEFERRED
    async with Daemon(spec) as daemon:
        ended = await end_of(daemon, action)
        assert (ended.state, ended.key) == (State.APPLIED, "k")
        assert await daemon.dispatch.submit(CP, Order(AuthorizeToken(TAG), key="k")) == ended


async def test_messages_that_the_charger_has_kept_are_followed_again(spec: FleetSpec) -> None:
    async with Daemon(spec) as daemon:
        await booted(daemon)
        assert (await end_of(daemon, await daemon.dispatch.submit(CP, Order(StartSession(id_token=TAG))))).ended
        await offline(daemon)
        action = await daemon.dispatch.submit(CP, Order(EndTransaction()))
        assert action.state is State.DEFERRED
    async with Daemon(spec) as daemon:
        ended = await end_of(daemon, action)
        assert ended.state is State.APPLIED
        assert ended.result is not None
        assert ended.result["action"] == "StopTransaction"


async def test_deliveries_of_webhooks_that_wait_survive(spec: FleetSpec) -> None:
    receiver = Endpoint.of("http://127.0.0.1:9/hook", ["whsec_c2VjcmV0"])
    spec = replace(spec, api=ApiSpec(port=0, webhooks=(receiver,)))
    async with Daemon(spec) as daemon:
        message_id = daemon.webhooks.publish("push.completed", {"actionId": "act_1"})
    async with Daemon(spec) as daemon:
        assert [one.message_id for one in daemon.webhooks.deliveries()] == [message_id]
