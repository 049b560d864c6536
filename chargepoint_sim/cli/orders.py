"""How a run is to look and end: what the options of `run` and `demo` come to."""

from dataclasses import dataclass
from enum import StrEnum

from chargepoint_sim.fleet.spec import FleetSpec

BOOT_PATIENCE_S = 60.0
"""How long after the ramp a fleet may take to boot where `--for` does not say."""


class Until(StrEnum):
    """What a run waits for."""

    BOOTED = "booted"
    """The central system has accepted every charger."""
    IDLE = "idle"
    """That, and no transaction runs and no message waits."""


@dataclass(frozen=True, slots=True)
class Orders:
    """How a run is to look and end."""

    until: Until | None = None
    for_s: float | None = None
    """With `until` the longest wait for it, without it the length of the run; I/O seconds."""
    watching: bool = False

    def deadline_s(self, spec: FleetSpec) -> float | None:
        """After how many seconds the run ends whatever happens; None: never."""
        if self.for_s is None and self.until is Until.BOOTED:
            return len(spec.chargers) / spec.ramp.rate_per_s + BOOT_PATIENCE_S
        return self.for_s
