"""What goes wrong in a simulated fleet, and when: networks that break and power that fails.

Every figure is drawn from the fleet's seed, the charger's id and a count (architecture D7), so that a mishap of one
charger never moves those of another.
"""

from dataclasses import dataclass
from math import inf, log

from chargepoint_sim.rng import draw

DAY_S = 86400.0


@dataclass(frozen=True, slots=True)
class Mishaps:
    """How often, per charger, and how long. Zero a day: never."""

    link_drop_per_day: float = 0.0
    outage_s: tuple[float, float] = (0.0, 600.0)
    """How long a broken network stays away, I/O seconds; dials fail meanwhile."""
    power_cut_per_day: float = 0.0
    dark_s: tuple[float, float] = (2.0, 1800.0)
    """How long a charger is without power, I/O seconds."""


NOTHING_GOES_WRONG = Mishaps()


class Luck:
    """The mishaps of one charger, drawn one after the other."""

    __slots__ = ("_charger_id", "_drawn", "_mishaps", "_seed")

    def __init__(self, mishaps: Mishaps, seed: int, charger_id: str) -> None:
        self._mishaps = mishaps
        self._seed = seed
        self._charger_id = charger_id
        self._drawn: dict[str, int] = {}

    def next_link_drop_s(self) -> float:
        """Seconds to the next break of the network; infinity for never."""
        return self._gap_s("link-drop", self._mishaps.link_drop_per_day)

    def outage_s(self) -> float:
        """How long this one lasts."""
        return self.between("outage", *self._mishaps.outage_s)

    def next_power_cut_s(self) -> float:
        """Seconds to the next power cut; infinity for never."""
        return self._gap_s("power-cut", self._mishaps.power_cut_per_day)

    def dark_s(self) -> float:
        """How long this one lasts."""
        return self.between("dark", *self._mishaps.dark_s)

    def between(self, purpose: str, low: float, high: float) -> float:
        """The next number for `purpose`, evenly from `low` to `high`."""
        n = self._drawn.get(purpose, 0)
        self._drawn[purpose] = n + 1
        return low + (high - low) * draw(self._seed, self._charger_id, f"simulation.{purpose}", n)

    def _gap_s(self, purpose: str, per_day: float) -> float:
        return -DAY_S / per_day * log(1.0 - self.between(purpose, 0.0, 1.0)) if per_day > 0 else inf
