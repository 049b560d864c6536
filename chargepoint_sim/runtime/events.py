"""Who listens to what happens: bounded queues, so that a slow listener never holds up a charger."""

import asyncio
from collections.abc import AsyncIterator, Collection, Sequence
from typing import NamedTuple

from chargepoint_sim.fleet.views import FleetEvent

QUEUE_LENGTH = 10_000


class _Listener(NamedTuple):
    """One who listens; None filters nothing."""

    charger_ids: frozenset[str] | None
    kinds: frozenset[str] | None
    queue: asyncio.Queue[FleetEvent]


class Events:
    """Publishes to any number of listeners; costs nothing while nobody wants the kind."""

    def __init__(self) -> None:
        self._listeners: list[_Listener] = []
        self._kinds: frozenset[str] | None = frozenset()
        """The kinds that somebody wants; None: all."""

    def wants(self, kind: str) -> bool:
        """Somebody listens for events of this kind."""
        return self._kinds is None or kind in self._kinds

    def publish(self, event: FleetEvent) -> None:
        """Tell those who want to know; who is 10,000 events behind loses the oldest."""
        for charger_ids, kinds, queue in self._listeners:
            if (charger_ids is None or event.charger_id in charger_ids) and (kinds is None or event.kind in kinds):
                if queue.full():
                    queue.get_nowait()
                queue.put_nowait(event)

    def subscribe(
        self, charger_ids: Sequence[str] | None = None, kinds: Collection[str] | None = None
    ) -> AsyncIterator[FleetEvent]:
        """What happens from this call on, to these chargers or to all, of these kinds or of all."""
        listener = _Listener(
            None if charger_ids is None else frozenset(charger_ids),
            None if kinds is None else frozenset(kinds),
            asyncio.Queue(QUEUE_LENGTH),
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
        kinds: frozenset[str] = frozenset()
        for listener in self._listeners:
            if listener.kinds is None:
                self._kinds = None
                return
            kinds |= listener.kinds
        self._kinds = kinds
