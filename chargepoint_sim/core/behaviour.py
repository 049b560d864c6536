"""Who plugs in when: a seeded sequence of sessions for each EVSE, so that a fleet lives by itself.

Owns the draw of arrivals, vehicles, tokens and stays. Every figure is a hash of seed, charger, EVSE and session
number (architecture D7), so that neither placement nor restarts change who comes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import log
from typing import Any, Self

from chargepoint_sim.rng import draw

DAY_S = 86400.0


@dataclass(frozen=True, slots=True)
class Behaviour:
    """How busy the EVSEs of a charger are. Zero sessions: nobody comes."""

    sessions_per_evse_per_day: float = 0.0
    vehicles: Mapping[str, float] = field(default_factory=dict)
    """Vehicle preset -> share."""
    id_tokens: tuple[str, ...] = ()
    dwell_s: tuple[float, float] = (1800.0, 14400.0)
    """Least and longest stay."""
    soc: tuple[float, float] = (0.1, 0.6)
    """Least and highest state of charge on arrival."""
    first_arrival_s: tuple[float, float] | None = None
    """Earliest and latest first arrival after power-up; None spreads it over one mean interval."""
    token_delay_s: tuple[float, float] = (5.0, 20.0)
    """From plugging in to holding the card to the reader."""
    on_the_spot: bool = False
    """A command has changed it since the fleet was made."""

    def to_data(self) -> dict[str, Any]:
        """What a command may have changed, as plain data."""
        return {
            "sessions_per_evse_per_day": self.sessions_per_evse_per_day,
            "id_tokens": list(self.id_tokens),
            "dwell_s": list(self.dwell_s),
        }

    def changed(self, data: Mapping[str, Any]) -> Self:
        """This behaviour with what such data says laid over it."""
        known: dict[str, Any] = {
            name: tuple(value) if isinstance(value, Sequence) else value for name, value in data.items()
        }
        return replace(self, **known, on_the_spot=True)


NOBODY = Behaviour()


@dataclass(frozen=True, slots=True)
class Visit:
    """One session to come."""

    wait_s: float
    """From the end of the previous visit, or from power-up, to the arrival."""
    vehicle: str | None
    soc: float
    id_token: str
    token_delay_s: float
    dwell_s: float


def visit(behaviour: Behaviour, seed: int, charger_id: str, evse_id: int, n: int) -> Visit | None:
    """The n-th visit to an EVSE, counted from 0; None when nobody comes."""
    if behaviour.sessions_per_evse_per_day <= 0 or not behaviour.id_tokens:
        return None

    def uniform(purpose: str, low: float, high: float) -> float:
        return low + (high - low) * draw(seed, charger_id, f"visit.{evse_id}.{purpose}", n)

    dwell_s = uniform("dwell", *behaviour.dwell_s)
    mean_gap_s = max(DAY_S / behaviour.sessions_per_evse_per_day - sum(behaviour.dwell_s) / 2, 1.0)
    if n == 0:
        wait_s = uniform("first", *(behaviour.first_arrival_s or (0.0, mean_gap_s)))
    else:
        wait_s = -mean_gap_s * log(1.0 - uniform("gap", 0.0, 1.0))
    tokens = behaviour.id_tokens
    return Visit(
        wait_s=wait_s,
        vehicle=_pick(behaviour.vehicles, uniform("vehicle", 0.0, 1.0)),
        soc=uniform("soc", *behaviour.soc),
        id_token=tokens[int(uniform("token", 0.0, len(tokens)))],
        token_delay_s=uniform("delay", *behaviour.token_delay_s),
        dwell_s=dwell_s,
    )


def _pick(shares: Mapping[str, float], at: float) -> str | None:
    """The entry of a table of shares in which `at`, 0 to 1 of the whole, falls."""
    rest = at * sum(shares.values())
    for name, share in shares.items():
        rest -= share
        if rest < 0:
            return name
    return list(shares)[-1] if shares else None
