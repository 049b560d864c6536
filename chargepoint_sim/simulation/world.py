"""What all chargers of a simulation share: the clock that jumps, the agenda, the central system, the record."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from math import inf
from typing import Any
from urllib.parse import urlsplit

from chargepoint_sim.charger import Charger
from chargepoint_sim.clock import Now, Timeline
from chargepoint_sim.csms.central import Central
from chargepoint_sim.simulation.agenda import Agenda
from chargepoint_sim.simulation.transcript import Record


def place(url: str) -> str:
    """Host and port of a URL, in the form in which they are compared."""
    return urlsplit(url).netloc.lower()


@dataclass(slots=True)
class World:
    """One virtual world. Both axes of its time show the same figure, so that no instant is ever rounded."""

    timeline: Timeline
    agenda: Agenda
    central: Central
    record: Record | None
    latency_s: tuple[float, float]
    io: float
    """The present instant."""
    hosts: frozenset[str] = frozenset()
    """Where the central system listens: host:port, as `place` has it; a target of the fleet file always reaches it."""
    watch: Callable[[Charger, Now], None] | None = None
    """Told of a charger after each of its steps."""

    @property
    def now(self) -> Now:
        """The present instant on both axes."""
        return self.timeline.at_io(self.io)

    def at(self, io: float, rank: int, action: Callable[..., None], *what: Any) -> None:
        """Let an action happen at I/O instant `io`; infinity: never. `rank` settles ties (see agenda)."""
        if io < inf:
            self.agenda.add(io, rank, partial(action, *what))

    def after(self, delay_s: float, rank: int, action: Callable[..., None], *what: Any) -> None:
        """Let an action happen in so many seconds."""
        self.at(self.io + delay_s, rank, action, *what)
