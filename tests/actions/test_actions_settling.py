"""Answers of chargers that are kept back for a while, refusals on request, and work that surfaces do by the clock."""

import asyncio
import time
from collections.abc import AsyncIterator

import pytest

from chargepoint_sim.actions.action import Order, State
from chargepoint_sim.actions.dispatch import Dispatch
from chargepoint_sim.actions.ledger import MemoryLedger
from chargepoint_sim.clock import Timeline
from chargepoint_sim.core.commands import IdToken, PauseCharging, ResumeCharging
from chargepoint_sim.errors import ActionEnded
from tests.api.fake_fleet import FakeFleet, charger_view

CP = "CP-1"
ORIGIN = 1_780_000_000.0
PATIENCE_S = 30


def fleet() -> FakeFleet:
    return FakeFleet([charger_view(CP, CP)], [])


def dispatch_of(fleet: FakeFleet, scale: float, origin: float = ORIGIN) -> Dispatch:
    return Dispatch(fleet, MemoryLedger(), Timeline(origin, time.monotonic(), scale))


@pytest.fixture
async def dispatch() -> AsyncIterator[Dispatch]:
    """A minute in a hundredth of a second."""
    dispatch = dispatch_of(fleet(), 6000)
    dispatch.start()
    yield dispatch
    await dispatch.stop()


async def test_the_answer_is_kept_back_until_it_has_settled(dispatch: Dispatch) -> None:
    action = await dispatch.submit(CP, Order(PauseCharging(), settle_s=600))
    assert action.state is State.QUEUED
    async with asyncio.timeout(PATIENCE_S):
        ended = await dispatch.ended(action.action_id)
    assert ended.state is State.APPLIED
    assert ended.updated_at - action.created_at >= 600


async def test_the_word_of_the_charger_decides_whatever_the_central_system_thinks(dispatch: Dispatch) -> None:
    action = await dispatch.submit(CP, Order(ResumeCharging(IdToken("TAG")), settle_s=0))
    async with asyncio.timeout(PATIENCE_S):
        ended = await dispatch.ended(action.action_id)
    assert (ended.state, ended.result) == (State.APPLIED, None)


async def test_a_command_that_settles_can_be_cancelled() -> None:
    dispatch = dispatch_of(fleet(), 1)
    action = await dispatch.submit(CP, Order(PauseCharging(), settle_s=600))
    assert (await dispatch.cancel(action.action_id)).state is State.CANCELLED
    assert dispatch.saved() == {"open": [], "settling": [], "windows": []}
    with pytest.raises(ActionEnded):
        await dispatch.cancel(action.action_id)


async def test_a_window_ends_after_its_command_has_settled(dispatch: Dispatch) -> None:
    now, done = dispatch.now(), dispatch._fleet
    assert isinstance(done, FakeFleet)
    order = Order(ResumeCharging(), start_at=now + 60, end_at=now + 600, end_command=PauseCharging(), settle_s=60)
    action = await dispatch.submit(CP, order)
    await done.carried_out(2)
    assert [command for _, command in done.done] == [ResumeCharging(), PauseCharging()]
    assert (await dispatch.ended(action.action_id)).state is State.APPLIED


async def test_a_refusal_on_request_leaves_the_charger_alone(dispatch: Dispatch) -> None:
    action = await dispatch.submit(CP, Order(PauseCharging(), refusal="not today"))
    assert (action.state, action.reason) == (State.REJECTED, "not today")
    assert isinstance(dispatch._fleet, FakeFleet)
    assert dispatch._fleet.done == []


async def test_what_settles_survives_a_restart() -> None:
    first, chargers = dispatch_of(fleet(), 1), fleet()
    chargers.refusals[CP] = "broken"
    accepted = await first.submit(CP, Order(PauseCharging(), settle_s=600))
    saved = first.saved()
    second = dispatch_of(chargers, 1, ORIGIN + 601)
    await second.restore(saved)
    second.start()
    async with asyncio.timeout(PATIENCE_S):
        ended = await second.ended(accepted.action_id)
    assert ended.state is State.APPLIED, "the charger is not asked again"
    await second.stop()


async def test_work_by_the_clock_is_done_once_and_can_be_called_off(dispatch: Dispatch) -> None:
    done: asyncio.Queue[str] = asyncio.Queue()

    def work(name: str) -> None:
        async def note() -> None:
            done.put_nowait(name)

        dispatch.call_at(name, dispatch.now() + 60, note)

    work("off")
    dispatch.call_off("off")
    dispatch.call_off("never asked for")
    work("on")
    async with asyncio.timeout(PATIENCE_S):
        assert await done.get() == "on"
    dispatch.call_at("on", dispatch.now() + 60, lambda: done.put("again"))
    async with asyncio.timeout(PATIENCE_S):
        assert await done.get() == "again"
    assert done.empty()
