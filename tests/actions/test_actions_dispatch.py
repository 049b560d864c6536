"""Submitted commands from their order to their end, with real chargers and the built-in central system."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from chargepoint_sim import telemetry
from chargepoint_sim.actions.action import Action, Order, State
from chargepoint_sim.actions.dispatch import Dispatch
from chargepoint_sim.actions.ledger import MemoryLedger
from chargepoint_sim.clock import Timeline
from chargepoint_sim.core.commands import (
    ACCEPTED,
    AuthorizeToken,
    Command,
    EndTransaction,
    IdToken,
    LoseLink,
    Outcome,
    PlugIn,
    SetPowerLimit,
    StartSession,
    TransferData,
    Unplug,
)
from chargepoint_sim.daemon import Daemon
from chargepoint_sim.errors import ActionEnded, UnknownAction, UnknownTarget
from chargepoint_sim.fleet.views import ChargerView
from tests.api.fake_fleet import FakeFleet, charger_view
from tests.background import running
from tests.fleets import VERSIONS, ac, do, fleet

CP = "CP-1"
TAG = IdToken("TAG-1")
BLOCKED = IdToken("BAD-1")
PATIENCE_S = 30
SCALE = 120
"""Simulated seconds in a real one."""


class Desk:
    """A daemon with a dispatch, and what it has told."""

    def __init__(self, daemon: Daemon, **how: Any) -> None:
        self.daemon = daemon
        self.dispatch = Dispatch(daemon.fleet, MemoryLedger(), daemon.fleet.timeline, **how)
        self.told: list[Action] = []
        self.dispatch.on_change(self.told.append)

    def states(self, action: Action) -> list[State]:
        """The states that an action has passed through."""
        return [one.state for one in self.told if one.action_id == action.action_id]

    async def submit(self, command: Command, **how: Any) -> Action:
        return await self.dispatch.submit(CP, Order(command, **how))

    async def end_of(self, action: Action) -> Action:
        async with asyncio.timeout(PATIENCE_S):
            return await self.dispatch.ended(action.action_id)

    async def until(self, holds: Callable[[ChargerView], bool]) -> None:
        """Wait until the charger's view passes; looked at after each of its events."""
        events = self.daemon.fleet.events([CP])
        async with asyncio.timeout(PATIENCE_S):
            while not holds(await self.daemon.fleet.view(CP)):
                await anext(events)

    async def cut(self, duration_s: float) -> None:
        """Cut the network of the charger for so many real seconds."""
        await do(self.daemon, CP, LoseLink(duration_s=duration_s))
        await self.until(lambda view: view.connection != "connected")

    async def call_count(self, action: str) -> int:
        """How many CALLs of this action the charger has sent."""
        frames = await self.daemon.fleet.frames(CP)
        return sum(frame.sent and frame.action == action for frame in frames)


@contextlib.asynccontextmanager
async def at_work(folder: Path, chargers: list[dict[str, Any]], **how: Any) -> AsyncIterator[Desk]:
    """Booted chargers, of which the first is CP-1, and a dispatch that has started."""
    spec = fleet(
        folder,
        chargers,
        clock={"mode": "scaled", "scale": SCALE},
        csms={
            "url": "builtin",
            "builtin": {"port": 0, "id_tags": [{"id_tag": "BAD-1", "status": "Blocked"}], "vendors": {"Known": []}},
        },
    )
    async with Daemon(spec) as daemon:
        desk = Desk(daemon, **how)
        desk.dispatch.start()
        try:
            await desk.until(lambda view: view.connection == "connected" and view.registration == "Accepted")
            yield desk
        finally:
            await desk.dispatch.stop()


@pytest.fixture(params=VERSIONS)
async def desk(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Desk]:
    async with at_work(tmp_path, [{"template": ac(request.param), "id": CP}]) as desk:
        yield desk


def seen(actions: Iterable[Action | UnknownTarget]) -> list[State | None]:
    return [one.state if isinstance(one, Action) else None for one in actions]


async def test_what_acts_on_the_charger_is_applied_at_once(desk: Desk) -> None:
    action = await desk.submit(PlugIn())
    assert action.state is State.APPLIED
    assert desk.states(action) == ["queued", "applied"]
    assert (await desk.daemon.fleet.view(CP)).evses[0].plugged


async def test_what_the_charger_refuses_is_rejected_with_its_reason(desk: Desk) -> None:
    action = await desk.submit(Unplug())
    assert action.state is State.REJECTED
    assert "no cable" in action.reason


async def test_a_place_that_does_not_exist_is_told_in_the_info(desk: Desk) -> None:
    action = await desk.submit(PlugIn(evse_id=9, connector_id=9))
    assert action.state is State.REJECTED
    assert action.info == {"unknown_place": True}


async def test_what_acts_on_the_charger_does_not_wait_for_a_link(desk: Desk) -> None:
    await desk.cut(60)
    assert (await desk.submit(PlugIn())).state is State.APPLIED
    capped = await desk.submit(SetPowerLimit(power_w=1_000_000))
    assert capped.state is State.APPLIED
    assert capped.info == {"applied_power_w": 22080}


async def test_a_token_that_the_central_system_accepts_is_applied(desk: Desk) -> None:
    action = await desk.submit(AuthorizeToken(TAG))
    assert action.state is State.QUEUED
    ended = await desk.end_of(action)
    assert (ended.state, ended.reason) == (State.APPLIED, "")
    assert ended.result is not None
    assert (ended.result["action"], ended.result["status"]) == ("Authorize", "Accepted")
    assert desk.states(action) == ["queued", "sent", "applied"]


async def test_a_token_that_the_central_system_refuses_is_rejected(desk: Desk) -> None:
    ended = await desk.end_of(await desk.submit(AuthorizeToken(BLOCKED)))
    assert ended.state is State.REJECTED
    assert ended.reason == "the central system answered Authorize with Blocked"
    assert ended.result is not None
    assert ended.result["status"] == "Blocked"


async def test_a_session_is_applied_when_the_transaction_was_answered(desk: Desk) -> None:
    ended = await desk.end_of(await desk.submit(StartSession(id_token=TAG)))
    assert ended.state is State.APPLIED
    assert ended.result is not None
    assert ended.result["action"] in ("StartTransaction", "TransactionEvent")
    assert (await desk.daemon.fleet.view(CP)).evses[0].transaction_id is not None
    stopped = await desk.end_of(await desk.submit(EndTransaction()))
    assert stopped.state is State.APPLIED


async def test_a_session_with_a_blocked_token_is_rejected(desk: Desk) -> None:
    ended = await desk.end_of(await desk.submit(StartSession(id_token=BLOCKED)))
    assert ended.state is State.REJECTED
    assert (await desk.daemon.fleet.view(CP)).evses[0].id_token is None


async def test_an_unknown_vendor_is_rejected(desk: Desk) -> None:
    ended = await desk.end_of(await desk.submit(TransferData(vendor_id="Nobody")))
    assert ended.state is State.REJECTED
    assert ended.reason.endswith("UnknownVendorId")
    assert (await desk.end_of(await desk.submit(TransferData(vendor_id="Known")))).state is State.APPLIED


async def test_a_message_waits_while_the_charger_is_offline(desk: Desk) -> None:
    await desk.cut(0.5)
    first, second = [await desk.submit(AuthorizeToken(TAG)) for _ in range(2)]
    assert first.state is State.DEFERRED
    assert first.expires_at is not None
    ended = await desk.end_of(first)
    assert (ended.state, ended.reason) == (State.APPLIED, "")
    assert (await desk.end_of(second)).state is State.APPLIED
    assert desk.states(first) == ["queued", "deferred", "queued", "sent", "applied"]
    assert await desk.call_count("Authorize") == 2


async def test_the_end_of_a_transaction_is_deferred_with_its_messages(desk: Desk) -> None:
    await desk.end_of(await desk.submit(StartSession(id_token=TAG)))
    await desk.cut(0.5)
    action = await desk.submit(EndTransaction())
    assert action.state is State.DEFERRED
    assert (await desk.daemon.fleet.view(CP)).evses[0].id_token is None, "it has ended on the spot"
    assert (await desk.end_of(action)).state is State.APPLIED


async def test_what_waits_too_long_for_a_link_expires(tmp_path: Path) -> None:
    async with at_work(tmp_path, [{"template": "ac16", "id": CP}], deferred_for_s=10) as desk:
        await desk.cut(1)
        action = await desk.submit(AuthorizeToken(TAG))
        ended = await desk.end_of(action)
        assert (ended.state, ended.updated_at - action.created_at >= 10) == (State.EXPIRED, True)
        await desk.until(lambda view: view.connection == "connected")
        assert (await desk.end_of(await desk.submit(AuthorizeToken(TAG)))).state is State.APPLIED
        assert await desk.call_count("Authorize") == 1, "the one that expired was never sent"


async def test_the_expiry_of_an_order_counts_where_it_is_earlier(desk: Desk) -> None:
    await desk.cut(60)
    expires_at = desk.dispatch.now() + 10
    ended = await desk.end_of(await desk.submit(AuthorizeToken(TAG), expires_at=expires_at))
    assert (ended.state, ended.expires_at) == (State.EXPIRED, expires_at)


async def test_a_scheduled_command_runs_at_its_time(desk: Desk) -> None:
    start_at = desk.dispatch.now() + 60
    action = await desk.submit(PlugIn(), start_at=start_at)
    assert (action.state, action.begun_at) == (State.SCHEDULED, None)
    assert not (await desk.daemon.fleet.view(CP)).evses[0].plugged
    ended = await desk.end_of(action)
    assert ended.state is State.APPLIED
    assert ended.begun_at is not None
    assert ended.begun_at >= start_at
    assert desk.states(action) == ["scheduled", "queued", "applied"]


async def test_scheduled_commands_run_in_the_order_of_their_times(desk: Desk) -> None:
    now = desk.dispatch.now()
    late = await desk.submit(Unplug(), start_at=now + 90)
    early = await desk.submit(PlugIn(), start_at=now + 45)
    assert (await desk.end_of(late)).state is State.APPLIED
    assert (await desk.end_of(early)).updated_at <= (await desk.end_of(late)).updated_at


async def test_a_window_ends_with_its_command(desk: Desk) -> None:
    now = desk.dispatch.now()
    await desk.submit(PlugIn(), start_at=now + 30, end_at=now + 90, end_command=Unplug())
    await desk.until(lambda view: view.evses[0].plugged)
    await desk.until(lambda view: not view.evses[0].plugged)
    assert desk.dispatch.now() >= now + 90


async def test_a_window_that_something_else_governs_is_not_ended(desk: Desk) -> None:
    now = desk.dispatch.now()
    await desk.submit(PlugIn(), end_at=now + 30, end_command=Unplug())
    desk.dispatch.forget_end(CP)
    await desk.end_of(await desk.submit(SetPowerLimit(power_w=5000), start_at=now + 60))
    assert (await desk.daemon.fleet.view(CP)).evses[0].plugged


async def test_a_scheduled_command_can_be_cancelled(desk: Desk) -> None:
    action = await desk.submit(PlugIn(), start_at=desk.dispatch.now() + 60)
    cancelled = await desk.dispatch.cancel(action.action_id, "replaced")
    assert (cancelled.state, cancelled.reason, cancelled.begun_at) == (State.CANCELLED, "replaced", None)
    after = await desk.submit(SetPowerLimit(power_w=5000), start_at=desk.dispatch.now() + 90)
    await desk.end_of(after)
    assert not (await desk.daemon.fleet.view(CP)).evses[0].plugged
    with pytest.raises(ActionEnded, match="is cancelled already"):
        await desk.dispatch.cancel(action.action_id)


async def test_a_deferred_command_that_is_cancelled_is_never_sent(desk: Desk) -> None:
    await desk.cut(0.5)
    gone, kept = [await desk.submit(AuthorizeToken(TAG)) for _ in range(2)]
    assert (await desk.dispatch.cancel(gone.action_id)).state is State.CANCELLED
    assert (await desk.end_of(kept)).state is State.APPLIED
    assert await desk.call_count("Authorize") == 1


async def test_a_bug_over_one_action_stops_no_other(desk: Desk) -> None:
    def stumble(action: Action) -> None:
        if action.state is State.APPLIED and isinstance(action.command, Unplug):
            raise RuntimeError("a listener that raises")

    errors = telemetry.tally["action_errors",]
    desk.dispatch.on_change(stumble)
    now = desk.dispatch.now()
    await desk.submit(PlugIn())
    await desk.submit(Unplug(), start_at=now + 30)
    after = await desk.end_of(await desk.submit(PlugIn(), start_at=now + 60))
    assert after.state is State.APPLIED, "the cable was out again"
    assert telemetry.tally["action_errors",] == errors + 1


async def test_the_same_key_is_carried_out_once(desk: Desk) -> None:
    first = await desk.submit(PlugIn(), key="k")
    assert await desk.submit(PlugIn(), key="k") == first
    assert (await desk.submit(PlugIn())).state is State.REJECTED, "the cable is in"


async def test_what_is_unknown_is_said_to_be(desk: Desk) -> None:
    with pytest.raises(UnknownTarget):
        await desk.dispatch.submit("nobody", Order(PlugIn()))
    with pytest.raises(UnknownAction):
        await desk.dispatch.cancel("nothing")
    with pytest.raises(UnknownAction):
        await desk.dispatch.ended("nothing")


async def test_what_is_under_way_at_a_charger_that_goes_fails(desk: Desk) -> None:
    await desk.cut(60)
    now = desk.dispatch.now()
    held = await desk.submit(AuthorizeToken(TAG))
    later = await desk.submit(PlugIn(), start_at=now + 60)
    await desk.submit(PlugIn(), end_at=now + 30, end_command=Unplug())
    desk.dispatch.forget_charger(CP)
    for action in (held, later):
        ended = await desk.end_of(action)
        assert (ended.state, ended.reason) == (State.FAILED, "the charger was taken out of the fleet")
    assert desk.dispatch.saved() == {"open": [], "settling": [], "windows": []}


async def test_a_fan_out_lets_others_work_in_between() -> None:
    class Busy(FakeFleet):
        """Each command takes a millisecond of the loop."""

        async def command(self, charger_id: str, command: Command) -> Outcome:
            until = time.monotonic() + 0.001
            while time.monotonic() < until:
                pass
            return ACCEPTED

    turns = 0

    async def others() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    fleet = Busy([charger_view(f"c{n}", f"c{n}") for n in range(200)], [])
    dispatch = Dispatch(fleet, MemoryLedger(), Timeline(0.0, 0.0))
    async with running(others()):
        results = await dispatch.submit_many(list(fleet.views), Order(PlugIn()))
    assert set(seen(results)) == {State.APPLIED}
    assert turns >= 20, "a slice is 5 ms"


async def test_many_chargers_answer_in_the_order_given(tmp_path: Path) -> None:
    groups = [{"template": "ac16", "id": CP}, {"template": "ac16", "count": 20, "id": "N-{n:02d}"}]
    async with at_work(tmp_path, groups) as desk:
        async with asyncio.timeout(PATIENCE_S):
            await desk.daemon.fleet.ramped()
        ids = [f"N-{n:02d}" for n in range(20, 0, -1)]
        results = await desk.dispatch.submit_many(["nobody", *ids], Order(PlugIn(), key="k"))
        assert isinstance(results[0], UnknownTarget)
        assert seen(results) == [None, *[State.APPLIED] * 20]
        assert [one.charger_id for one in results[1:] if isinstance(one, Action)] == ids
        again = await desk.dispatch.submit_many(ids, Order(PlugIn(), key="k"))
        assert list(again) == list(results[1:])
