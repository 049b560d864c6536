"""No vehicle draws more than the composite of all limits: hardware, cabinet, power-update and charging profiles.

Profiles are judged by the naive evaluator, which shares nothing with the rooms that it is held against.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from tests.month.checks.profiles import Profile
from tests.naive_profiles import VOLTAGE_V, Supply, offers, station_w

ROUNDING = 1e-6
"""Share by which floating point may miss a limit."""
MARGIN_S = 1.0
"""A change of a schedule at this very second counts as before it and after it."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """One EVSE with a transaction."""

    evse_id: int
    power_w: float
    started_at: float


@dataclass(frozen=True, slots=True)
class Hardware:
    """What the station itself can give."""

    supply: Supply
    ac: bool
    evse_w: float
    cabinet_w: float | None


def hardware(max_power_w: float, max_current_a: float, phases: int, cabinet_w: float | None, *, ac: bool) -> Hardware:
    """From the figures of a template. On DC, profiles are in W alone and no pilot asks for a least current."""
    phases = phases if ac else 3
    supply = Supply(max_current_a, phases) if ac else Supply(max_power_w / VOLTAGE_V / phases, phases, 0.0)
    return Hardware(supply, ac, max_power_w, cabinet_w)


def exceeded(
    hard: Hardware,
    installed: Sequence[tuple[int, Profile]],
    external_w: Mapping[int, float],
    drawing: Sequence[Drawing],
    t: float,
) -> Iterator[str]:
    """What is drawn beyond a limit at UTC second `t`, in words."""
    for one in drawing:
        bound_w = min(hard.evse_w, external_w.get(one.evse_id, hard.evse_w))
        if _over(one.power_w, bound_w):
            yield f"EVSE {one.evse_id} draws {one.power_w:.1f} W of {bound_w:.1f} W"
        elif installed and all(_over(one.power_w, bound) for bound in _by_profiles(hard, installed, one, t)):
            yield f"EVSE {one.evse_id} draws {one.power_w:.1f} W, which no profile allows"
    total_w = sum(one.power_w for one in drawing)
    if hard.cabinet_w is not None and _over(total_w, hard.cabinet_w):
        yield f"all EVSEs draw {total_w:.1f} W of {hard.cabinet_w:.1f} W"
    bounds = [station_w(list(installed), t + margin, hard.supply) for margin in (-MARGIN_S, 0.0, MARGIN_S)]
    if all(bound is not None and _over(total_w, bound) for bound in bounds):
        yield f"all EVSEs draw {total_w:.1f} W of a station maximum of {bounds}"


def _by_profiles(hard: Hardware, installed: Sequence[tuple[int, Profile]], one: Drawing, t: float) -> Iterator[float]:
    for margin in (0.0, -MARGIN_S, MARGIN_S):
        offer = offers(list(installed), {one.evse_id: one.started_at}, t + margin, hard.supply)[one.evse_id]
        yield offer.draw_w if hard.ac else offer.power_w


def _over(power_w: float, bound_w: float) -> bool:
    return power_w > bound_w * (1 + ROUNDING) + ROUNDING
