"""The machinery behind a conformance case: one charger of its own on real sockets, whose plug can be pulled."""

import asyncio
import contextlib
from collections.abc import Mapping
from typing import Any

from chargepoint_sim.conformance.site import CHARGER, Witness
from chargepoint_sim.fleet.service import FleetService
from chargepoint_sim.fleet.spec import FleetSpec
from chargepoint_sim.runtime.clocks import start_timeline
from chargepoint_sim.runtime.fleet import RunningFleet
from chargepoint_sim.runtime.task import Frame

FLUSH_S = 1.0
"""At the end of a case nobody waits long for a central system that does not answer."""


class OneCharger:
    """A fleet of one, started anew after each power cut with what it had stored."""

    def __init__(self, spec: FleetSpec, witness: Witness) -> None:
        self._spec = spec
        self._witness = witness
        self._running: RunningFleet | None = None
        self._listening: asyncio.Task[None] | None = None
        self._saved: dict[str, Any] | None = None

    @property
    def fleet(self) -> FleetService:
        """The fleet of that one charger."""
        assert self._running is not None, "the charger is switched off"
        return self._running

    async def power_up(self) -> None:
        """Switch on."""
        self._running = RunningFleet(self._spec, start_timeline(self._spec.clock), self._saved, self._frame_seen)
        self._listening = asyncio.create_task(self._listen(self._running))
        await asyncio.sleep(0)  # it listens before anything happens
        self._running.start()
        await self._running.ramped()

    async def cut_power(self) -> None:
        """Pull the plug; what a charger stores is kept."""
        assert self._running is not None, "the charger is switched off"
        self._saved = self._running.saved_state()
        await self._running.cut_power()
        self._witness.event("charger_disconnected", "power cut")
        await self._end_listening()
        self._running = None

    async def stop(self) -> None:
        """End sessions and close the link in order."""
        if self._running is not None:
            await self._running.stop(FLUSH_S)
            self._running = None
        await self._end_listening()

    async def _listen(self, fleet: RunningFleet) -> None:
        async for event in fleet.events([CHARGER]):
            if event.kind in ("charger_connected", "charger_disconnected", "charger_refused"):
                self._witness.event(event.kind, _words(event.data))

    async def _end_listening(self) -> None:
        if self._listening is not None:
            self._listening.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._listening
            self._listening = None

    def _frame_seen(self, _charger_id: str, frame: Frame) -> None:
        at, sent, _, text = frame
        self._witness.frame(at, sent, text)


def _words(data: Mapping[str, Any]) -> str:
    """How a link ended, or with what it was made."""
    return str(data.get("end") or f"security profile {data.get('security_profile', 'unknown')}")
