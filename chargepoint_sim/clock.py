"""Instants: simulated time (UTC seconds since 1970) and I/O time (monotonic seconds), and how they relate.

Owns the two-axis instant `Now`, the affine map between the axes, and the wire format of instants. Nothing here
reads a clock: the runtime does, and hands the result in (architecture D6).
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import NamedTuple


class Now(NamedTuple):
    """One instant on both axes."""

    sim: float
    """Simulated time: UTC seconds since 1970; physics, sampling and timestamps live here."""
    io: float
    """Monotonic seconds; call time-outs, back-off, heartbeats and pings live here."""


@dataclass(slots=True)
class Timeline:
    """The map between the axes: `sim = sim_origin + scale * (io - io_origin)`, shared by all who need it.

    After a change of scale the origin is where it changed; what lies before keeps the scale that held then.
    """

    sim_origin: float
    io_origin: float
    scale: float = 1.0
    scale_before: float | None = None
    """The scale before the origin; None: the same."""

    def rescale(self, scale: float, io: float) -> None:
        """Let simulated time go on from `io` at another scale; it neither jumps nor goes back."""
        self.sim_origin = self.at_io(io).sim
        self.io_origin = io
        self.scale_before, self.scale = self.scale, scale

    def at_io(self, io: float) -> Now:
        """The instant at which the monotonic clock shows `io`."""
        scale = self.scale if io >= self.io_origin or self.scale_before is None else self.scale_before
        return Now(self.sim_origin + scale * (io - self.io_origin), io)

    def at_sim(self, sim: float) -> Now:
        """The instant at which simulated time is `sim`."""
        return Now(sim, self.io_at(sim))

    def io_at(self, sim: float) -> float:
        """What the monotonic clock shows when simulated time is `sim`."""
        scale = self.scale if sim >= self.sim_origin or self.scale_before is None else self.scale_before
        return self.io_origin + (sim - self.sim_origin) / scale


def format_utc(at: float) -> str:
    """`at` (UTC seconds) as RFC 3339 with milliseconds and `Z`, the form every strict back end takes."""
    milliseconds = round(at * 1000)
    return f"{_second(milliseconds // 1000)}.{milliseconds % 1000:03d}Z"


@lru_cache(maxsize=256)
def _second(whole: int) -> str:
    """A whole second as text; a fleet stamps many messages within the same one."""
    return f"{datetime.fromtimestamp(whole, UTC):%Y-%m-%dT%H:%M:%S}"


def parse_utc(text: str) -> float:
    """RFC 3339 text to UTC seconds; any offset and any fraction are read, no zone means UTC.

    Raises ValueError where the text is no date and time.
    """
    instant = datetime.fromisoformat(text.strip().upper())  # RFC 3339 has t and z too
    if instant.tzinfo is None:
        instant = instant.replace(tzinfo=UTC)
    return instant.timestamp()
