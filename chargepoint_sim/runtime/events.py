"""Who listens to what happens: bounded queues, so that a slow listener never holds up a charger."""

import asyncio
from collections.abc import AsyncIterator, Sequence

from chargepoint_sim.fleet.views import FleetEvent

QUEUE_LENGTH = 10_000


class Events:
    """Publishes to any number of listeners; costs nothing while there is none."""

    def __init__(self) -> None:
        self._listeners: list[tuple[frozenset[str] | None, asyncio.Queue[FleetEvent]]] = []

    @property
    def wanted(self) -> bool:
        """Somebody listens."""
        return bool(self._listeners)

    def publish(self, event: FleetEvent) -> None:
        """Tell those who want to know; who is 10,000 events behind loses the oldest."""
        for wanted, queue in self._listeners:
            if wanted is None or event.charger_id in wanted:
                if queue.full():
                    queue.get_nowait()
                queue.put_nowait(event)

    def subscribe(self, charger_ids: Sequence[str] | None = None) -> AsyncIterator[FleetEvent]:
        """What happens from this call on."""
        wanted = frozenset(charger_ids) if charger_ids is not None else None
        queue: asyncio.Queue[FleetEvent] = asyncio.Queue(QUEUE_LENGTH)
        listener = (wanted, queue)
        self._listeners.append(listener)
        return self._listen(listener)

    async def _listen(
        self, listener: tuple[frozenset[str] | None, asyncio.Queue[FleetEvent]]
    ) -> AsyncIterator[FleetEvent]:
        try:
            while True:
                yield await listener[1].get()
        finally:
            self._listeners.remove(listener)
