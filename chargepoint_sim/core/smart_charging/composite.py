"""Composite schedules: what an EVSE will offer from one instant on, as periods (GetCompositeSchedule).

Walks from change to change; between two of them nothing can move, so the result is exact (1.6 section 5.7,
2.0.1 part 2 K08). Shares of a station limit depend on what the vehicles will do and are not foretold: the limit
of the station itself counts instead. `leading_limit` and `next_change` are offered here for the station.
"""

from collections.abc import Iterable

from chargepoint_sim.core.smart_charging.leading import PeriodLimit, leading_limit, next_change
from chargepoint_sim.core.smart_charging.limits import Offer, effective_offer
from chargepoint_sim.core.smart_charging.profiles import ChargingPeriod, ChargingProfile, Unit
from chargepoint_sim.core.spec import Current, EvseSpec

__all__ = ["PeriodLimit", "composite", "leading_limit", "next_change"]


def composite(
    profiles: Iterable[ChargingProfile],
    evse: EvseSpec,
    from_t: float,
    duration_s: float,
    unit: Unit = Unit.W,
    transaction_started_at: float | None = None,
    station_limit_w: float | None = None,
    device_limit_w: float | None = None,
) -> tuple[ChargingPeriod, ...]:
    """The limits of `evse` from `from_t` for `duration_s`, relative to `from_t`, equal neighbours merged.

    Without a transaction the schedule is that of one which starts at `from_t`. Figures are not rounded.
    """
    profiles = tuple(profile for profile in profiles if profile.evse_id in (0, evse.evse_id))
    started_at = from_t if transaction_started_at is None else transaction_started_at
    end = from_t + duration_s
    periods: list[ChargingPeriod] = []
    t = from_t
    while t < end:
        offer = effective_offer(evse, profiles, station_limit_w, device_limit_w, t, started_at, in_transaction=True)
        limit, phases = _in_unit(evse, offer, unit)
        last = periods[-1] if periods else None
        if last is None or (last.limit, last.phases) != (limit, phases):
            periods.append(ChargingPeriod(t - from_t, limit, phases))
        t = min(next_change(profiles, evse.evse_id, t, started_at), end)
    return tuple(periods)


def _in_unit(evse: EvseSpec, offer: Offer, unit: Unit) -> tuple[float, int | None]:
    """Limit and phases of an offer as a period states them; DC has no phases."""
    limit = offer.power_w if unit is Unit.W else offer.current_a
    return (limit, None) if evse.current is Current.DC else (limit, offer.phases)
