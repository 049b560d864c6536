"""Reading the clock: real and scaled time as instants on both axes (architecture D6)."""

import time

from chargepoint_sim.clock import Now, Timeline
from chargepoint_sim.fleet.spec import ClockSpec


def start_timeline(spec: ClockSpec, not_before: float | None = None) -> Timeline:
    """Tie simulated time to the monotonic clock as of now. A given start is the origin of simulated time.

    Scaled time goes on at `not_before`, where the last run ended, rather than go back behind what was told.
    """
    origin = spec.start if spec.start is not None else time.time()
    if spec.mode == "scaled" and not_before is not None:
        origin = max(origin, not_before)
    return Timeline(sim_origin=origin, io_origin=time.monotonic(), scale=spec.scale if spec.mode == "scaled" else 1.0)


def read(timeline: Timeline) -> Now:
    """The present instant."""
    return timeline.at_io(time.monotonic())
