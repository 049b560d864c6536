"""What the Amps surface keeps while the daemon runs: its settings, and the rule of one action at a time per device.

One object per application. Records of actions are kept by `actions/ledger.py`, not here.
"""

import asyncio
from collections.abc import Sequence

from aiohttp import web

from chargepoint_sim.actions.action import Action, Order, State
from chargepoint_sim.actions.dispatch import Dispatch
from chargepoint_sim.api.amps.actions import SURFACE, public_id
from chargepoint_sim.api.amps.errors import AmpsRefusal
from chargepoint_sim.api.amps.shapes import Strategy
from chargepoint_sim.fleet.spec import AmpsSpec

REPLACED = "replaced by another push"


class Room:
    """The Amps surface of one application."""

    def __init__(self, spec: AmpsSpec, dispatch: Dispatch) -> None:
        self.spec = spec
        self._dispatch = dispatch
        self._one_by_one = asyncio.Lock()
        """So that two pushes at once do not both find a device free."""
        dispatch.on_change(self._changed)

    async def place(self, charger_id: str, order: Order, *, replace: bool) -> Action:
        """Submit an order to a device that is free, or freed by `replace`. Raises AmpsRefusal with CONFLICT."""
        async with self._one_by_one:
            active = self.active(charger_id)
            if active and not replace:
                raise AmpsRefusal(
                    409,
                    "CONFLICT",
                    "Another action is pending on this device: cancel it, or send onConflict.",
                    {
                        "reason": "no_strategy_supplied",
                        "conflictingActionIds": [public_id(action.action_id) for action in active],
                        "strategies": [Strategy.CANCEL_AND_REPLACE],
                    },
                )
            for action in active:
                await self._dispatch.cancel(action.action_id, REPLACED)
            return await self._dispatch.submit(charger_id, order)

    def active(self, charger_id: str) -> Sequence[Action]:
        """The actions of a device that have not ended; at most one."""
        return [action for action in self._dispatch.ledger.open(charger_id) if action.order.surface == SURFACE]

    def _changed(self, action: Action) -> None:
        """A push that begins governs the device: the end of an earlier window means nothing any more."""
        if action.order.surface == SURFACE and action.state is State.QUEUED:
            self._dispatch.forget_end(action.charger_id)


AMPS: web.AppKey[Room] = web.AppKey("amps", Room)
