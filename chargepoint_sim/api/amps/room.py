"""What the Amps surface keeps while the daemon runs: one action at a time per device, schedules, and who is told.

One object per application. Records of actions are kept by `actions/ledger.py`, not here.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from aiohttp import web

from chargepoint_sim.actions.action import Action, Order, State
from chargepoint_sim.actions.dispatch import Dispatch
from chargepoint_sim.api.amps.actions import SURFACE, public_id, schedule_of
from chargepoint_sim.api.amps.errors import AmpsRefusal
from chargepoint_sim.api.amps.hooks import Hooks
from chargepoint_sim.api.amps.offers import STRATEGIES
from chargepoint_sim.api.amps.orders import order_for
from chargepoint_sim.api.amps.schedules import Schedules
from chargepoint_sim.api.amps.timetable import Schedule, Slot, seconds_of
from chargepoint_sim.api.amps.timing import Window
from chargepoint_sim.api.routes import DISPATCH
from chargepoint_sim.api.webhooks import WEBHOOKS
from chargepoint_sim.errors import UnknownTarget
from chargepoint_sim.fleet.service import FleetService
from chargepoint_sim.fleet.spec import AmpsSpec

REPLACED = "replaced by another push"


class Room:
    """The Amps surface of one application."""

    def __init__(self, spec: AmpsSpec, dispatch: Dispatch, hooks: Hooks) -> None:
        self.spec = spec
        self.schedules = Schedules(dispatch, self._fire, hooks.schedule_changed)
        self._dispatch = dispatch
        self._hooks = hooks
        self._one_by_one = asyncio.Lock()
        """So that two pushes at once do not both find a device free."""
        dispatch.on_change(self._changed)

    def saved(self) -> Mapping[str, Any]:
        """What survives a restart; actions are saved with all others."""
        return {"schedules": self.schedules.saved()}

    def restore(self, saved: Mapping[str, Any]) -> None:
        """Take up what `saved` has told."""
        self.schedules.restore(saved.get("schedules", ()))

    async def place(self, charger_id: str, order: Order, *, replace: bool) -> Action:
        """Submit an order to a device that is free, or freed by `replace`. Raises AmpsRefusal with CONFLICT."""
        async with self._one_by_one:
            active = self._active(charger_id)
            if active and not replace:
                raise AmpsRefusal(
                    409,
                    "CONFLICT",
                    "Another action is pending on this device: cancel it, or send onConflict.",
                    {
                        "reason": "no_strategy_supplied",
                        "conflictingActionIds": [public_id(action.action_id) for action in active],
                        "strategies": list(STRATEGIES),
                    },
                )
            for action in active:
                await self._dispatch.cancel(action.action_id, REPLACED)
            return await self._dispatch.submit(charger_id, order)

    def _active(self, charger_id: str) -> Sequence[Action]:
        """The actions of a device that have not ended; at most one."""
        return [action for action in self._dispatch.ledger.open(charger_id) if action.order.surface == SURFACE]

    async def _fire(self, schedule: Schedule, slot: Slot, at: float) -> None:
        """Push what a slot says; where another action is pending it is skipped, and a device that is gone has none."""
        when = Window(None, None if slot.duration is None else at + seconds_of(slot.duration))
        order = order_for(
            self.spec, schedule.tenant, slot.command, slot.parameters, when, schedule_id=schedule.schedule_id
        )
        try:
            await self.place(schedule.charger_id, order, replace=False)
        except AmpsRefusal:
            self._hooks.schedule_changed("schedule.slot_skipped", schedule)
        except UnknownTarget:
            self.schedules.cancel(schedule.charger_id)

    def _changed(self, action: Action) -> None:
        """Follow an action of this surface."""
        if action.order.surface != SURFACE:
            return
        if action.state is State.QUEUED:  # it governs the device now: the end of an earlier window means nothing more
            self._dispatch.forget_end(action.charger_id)
        self._hooks.action_changed(action)
        schedule = self.schedules.of(action.charger_id)
        failed = action.state in (State.REJECTED, State.FAILED)
        if failed and schedule is not None and schedule.schedule_id == schedule_of(action):
            self._hooks.schedule_changed("schedule.slot_failed", schedule)


AMPS: web.AppKey[Room] = web.AppKey("amps", Room)


def add_amps(app: web.Application, fleet: FleetService, spec: AmpsSpec) -> None:
    """Give the application its Amps surface, which tells receivers of devices as long as it runs."""
    webhooks = app[WEBHOOKS]
    hooks = Hooks(fleet, webhooks)
    app[AMPS] = Room(spec, app[DISPATCH], hooks)

    async def tell(_: web.Application) -> AsyncIterator[None]:
        task = asyncio.create_task(hooks.watch(), name="amps: devices") if webhooks.endpoints else None
        yield
        if task is not None:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    app.cleanup_ctx.append(tell)
