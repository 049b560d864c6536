"""The way from a command line to a running daemon: its address, one connection, and the end of both."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from chargepoint_sim.client import FleetClient

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Door:
    """Where a daemon listens, and the token that it asks for."""

    api: str
    token: str | None = field(default=None, repr=False)

    def use(self, work: Callable[["FleetClient"], Awaitable[T]]) -> T:
        """Do something with a connected client. Raises LocalError."""
        from chargepoint_sim.client import FleetClient

        async def connected() -> T:
            async with FleetClient(self.api, self.token) as client:
                return await work(client)

        return asyncio.run(connected())
