"""Who listens to what happens: bounded queues, so that a slow listener never holds up a charger."""

import asyncio
from collections.abc import AsyncIterator, Collection, Sequence
from typing import NamedTuple

from chargepoint_sim.fleet.views import FRAME, FleetEvent

QUEUE_LENGTH = 10_000


class _Listener(NamedTuple):
    """One who listens; None filters nothing."""

    charger_ids: frozenset[str] | None
    kinds: frozenset[str] | None
    queue: asyncio.Queue[FleetEvent]
    frames: bool = True
    """Without it, frames are told to who names their kind alone."""

    def wants(self, kind: str) -> bool:
        """It listens for events of this kind."""
        return (self.frames or kind != FRAME) if self.kinds is None else kind in self.kinds


class Events:
    """Publishes to any number of listeners; costs nothing while nobody wants the kind."""

    def __init__(self) -> None:
        self._listeners: list[_Listener] = []
        self._named: frozenset[str] = frozenset()
        """The kinds that somebody wants by name, and frames where somebody wants all."""
        self._all = False
        """Somebody wants all kinds, but for frames."""

    def wants(self, kind: str) -> bool:
        """Somebody listens for events of this kind."""
        return kind in self._named or (self._all and kind != FRAME)

    def publish(self, event: FleetEvent) -> None:
        """Tell those who want to know; who is 10,000 events behind loses the oldest."""
        for one in self._listeners:
            if (one.charger_ids is None or event.charger_id in one.charger_ids) and one.wants(event.kind):
                if one.queue.full():
                    one.queue.get_nowait()
                one.queue.put_nowait(event)

    def subscribe(
        self, charger_ids: Sequence[str] | None = None, kinds: Collection[str] | None = None, *, frames: bool = True
    ) -> AsyncIterator[FleetEvent]:
        """What happens from this call on, to these chargers or to all, of these kinds or of all; all but frames."""
        listener = _Listener(
            None if charger_ids is None else frozenset(charger_ids),
            None if kinds is None else frozenset(kinds),
            asyncio.Queue(QUEUE_LENGTH),
            frames,
        )
        self._listeners.append(listener)
        self._note_kinds()
        return self._listen(listener)

    async def _listen(self, listener: _Listener) -> AsyncIterator[FleetEvent]:
        try:
            while True:
                yield await listener.queue.get()
        finally:
            self._listeners.remove(listener)
            self._note_kinds()

    def _note_kinds(self) -> None:
        named: set[str] = set()
        for one in self._listeners:
            named.update(one.kinds if one.kinds is not None else (FRAME,) if one.frames else ())
        self._named = frozenset(named)
        self._all = any(one.kinds is None for one in self._listeners)
