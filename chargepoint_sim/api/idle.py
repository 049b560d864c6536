"""Connections on which nothing is asked: closed after a while, also where a request line or header never ends.

aiohttp waits without end for the head of the first request of a connection; whoever holds many such connections open
would use up the open files of the daemon.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web


@dataclass(slots=True)
class IdleConnections:
    """Since when which connection has been without a request that is carried out."""

    timeout_s: float
    server: web.Server | None = None
    """Set as soon as there is one."""
    _busy: set[object] = field(default_factory=set)
    _since: dict[object, float] = field(default_factory=dict)

    def watch(self, app: web.Application) -> None:
        """Take part in the life of an application and in each of its requests."""

        @web.middleware
        async def note(
            request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
        ) -> web.StreamResponse:
            self._busy.add(request.protocol)
            self._since.pop(request.protocol, None)
            try:
                return await handler(request)
            finally:
                self._busy.discard(request.protocol)

        async def sweeping(_: web.Application) -> AsyncIterator[None]:
            task = asyncio.create_task(self._sweep_for_ever())
            yield
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

        app.middlewares.append(note)
        app.cleanup_ctx.append(sweeping)

    def sweep(self, connections: Iterable[Any], at: float) -> None:
        """Close those that have been idle for too long at monotonic second `at`."""
        idle = {one: self._since.get(one, at) for one in connections if one not in self._busy}
        self._since = {one: since for one, since in idle.items() if at - since < self.timeout_s}
        for one in idle.keys() - self._since.keys():
            one.force_close()

    async def _sweep_for_ever(self) -> None:
        while True:
            await asyncio.sleep(self.timeout_s / 4)
            if self.server is not None:
                self.sweep(self.server.connections, time.monotonic())
