"""Composite schedules: what will be offered from one instant on, as periods (GetCompositeSchedule).

Walks from change to change; between two of them nothing can move, so the result is exact (1.6 section 5.7,
2.0.1 part 2 K08). What is offered at an instant is asked of the caller: see `core.forecast`.
`leading_limit` and `next_change` are offered here for the station.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise
from math import ceil, floor, inf

from chargepoint_sim.core.smart_charging.leading import INSTANT_S, PeriodLimit, leading_limit, next_change
from chargepoint_sim.core.smart_charging.limits import Offer
from chargepoint_sim.core.smart_charging.profiles import ChargingPeriod, Unit
from chargepoint_sim.core.spec import Current

__all__ = ["PeriodLimit", "composite", "leading_limit", "next_change", "whole_seconds"]


def composite(
    offer_at: Callable[[float], Offer],
    change_after: Callable[[float], float],
    current: Current,
    from_t: float,
    duration_s: float,
    unit: Unit = Unit.W,
) -> tuple[ChargingPeriod, ...]:
    """The offers from `from_t` for `duration_s`, relative to `from_t`, equal neighbours merged; not rounded."""
    end = from_t + duration_s
    periods: list[ChargingPeriod] = []
    t = from_t
    while t < end:
        limit, phases = _in_unit(offer_at(t), current, unit)
        last = periods[-1] if periods else None
        if last is None or (last.limit, last.phases) != (limit, phases):
            periods.append(ChargingPeriod(t - from_t, limit, phases))
        t = min(change_after(t), end)
    return tuple(periods)


def whole_seconds(periods: Sequence[ChargingPeriod]) -> tuple[ChargingPeriod, ...]:
    """The least bound of `periods` that changes at whole seconds only, equal neighbours merged.

    A limit that falls within a second holds until its end, one that rises holds from its beginning.
    """
    ends = [*(period.start_s for period in periods[1:]), inf]
    cuts = sorted({round_(_tidy(period.start_s)) for period in periods for round_ in (floor, ceil)})
    found: list[ChargingPeriod] = []
    for second in cuts:
        there = [
            period
            for period, end_s in zip(periods, ends, strict=True)
            if _tidy(period.start_s) < second + 1 and _tidy(end_s) > second
        ]
        highest = max(there, key=lambda period: period.limit)
        found.append(ChargingPeriod(float(second), highest.limit, highest.phases))
    return (
        *found[:1],
        *(right for left, right in pairwise(found) if (left.limit, left.phases) != (right.limit, right.phases)),
    )


def _tidy(second: float) -> float:
    """A second that is whole but for rounding, whole."""
    return float(round(second)) if second < inf and abs(second - round(second)) < INSTANT_S else second


def _in_unit(offer: Offer, current: Current, unit: Unit) -> tuple[float, int | None]:
    """Limit and phases of an offer as a period states them; DC has no phases."""
    limit = offer.power_w if unit is Unit.W else offer.current_a
    return (limit, None) if current is Current.DC else (limit, offer.phases)
