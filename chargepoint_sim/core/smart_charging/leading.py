"""Which profile of a purpose leads at an instant, and when that may change next.

The leading profile is the one with the highest stack level that is valid and has a period at that instant
(1.6 section 3.13.2, 2.0.1 part 2 K01 and K08). At one EVSE its own TxDefaultProfile replaces the station's of
the same stack level altogether. Other purposes never mix the station's profiles with an EVSE's.
Pure functions of the profiles and the instant; unit conversion is in `limits`.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import floor, inf

from chargepoint_sim.core.smart_charging.profiles import (
    RECURRENCE_S,
    ChargingPeriod,
    ChargingProfile,
    Kind,
    Purpose,
    Unit,
)

INSTANT_S = 1e-5
"""Instants closer than this are the same: a boundary `start + period` computed in floating point is reached at
the instant that `next_change` names."""


@dataclass(frozen=True, slots=True)
class PeriodLimit:
    """The limit in force of one purpose, and where it comes from."""

    limit: float
    unit: Unit
    phases: int | None
    profile: ChargingProfile


def leading_limit(
    profiles: Iterable[ChargingProfile],
    purpose: Purpose,
    evse_id: int,
    t: float,
    transaction_started_at: float | None = None,
) -> PeriodLimit | None:
    """The limit of `purpose` at `evse_id` (0: the station) at `t`; None where no profile is active.

    Relative schedules count from `transaction_started_at`; None counts as a transaction that starts at `t`.
    """
    found = candidates(profiles, purpose, evse_id)
    if len(found) > 1:
        found.sort(key=lambda each: -each.stack_level)
    for profile in found:
        period = active_period(profile, t, transaction_started_at)
        if period is not None:
            return PeriodLimit(period.limit, profile.schedule.unit, period.phases, profile)
    return None


def candidates(profiles: Iterable[ChargingProfile], purpose: Purpose, evse_id: int) -> list[ChargingProfile]:
    """The profiles of `purpose` that can lead at `evse_id`."""
    found = [profile for profile in profiles if profile.purpose is purpose]
    own = [profile for profile in found if profile.evse_id == evse_id]
    if purpose is not Purpose.TX_DEFAULT or evse_id == 0:
        return own
    taken = {profile.stack_level for profile in own}
    return own + [profile for profile in found if profile.evse_id == 0 and profile.stack_level not in taken]


def active_period(profile: ChargingProfile, t: float, transaction_started_at: float | None) -> ChargingPeriod | None:
    """The period of `profile` in force at `t`, or None."""
    if not _is_valid(profile, t + INSTANT_S):
        return None
    schedule = profile.schedule
    elapsed_s = t - _cycle_start(profile, t, transaction_started_at) + INSTANT_S
    if elapsed_s < 0.0 or (schedule.duration_s is not None and elapsed_s >= schedule.duration_s):
        return None
    return next((period for period in reversed(schedule.periods) if period.start_s <= elapsed_s), None)


def next_change(
    profiles: Iterable[ChargingProfile], evse_id: int, t: float, transaction_started_at: float | None = None
) -> float:
    """The first instant after `t` at which a limit at `evse_id` may change; inf if none ever does."""
    concerned = (profile for profile in profiles if profile.evse_id in (0, evse_id))
    boundaries = (boundary for profile in concerned for boundary in _boundaries(profile, t, transaction_started_at))
    return min((boundary for boundary in boundaries if boundary > t + INSTANT_S), default=inf)


def _is_valid(profile: ChargingProfile, t: float) -> bool:
    """validFrom <= t < validTo."""
    return (profile.valid_from is None or profile.valid_from <= t) and (
        profile.valid_to is None or t < profile.valid_to
    )


def _cycle_start(profile: ChargingProfile, t: float, transaction_started_at: float | None) -> float:
    """The instant that periods count from: of the present round where the schedule recurs."""
    start_at = profile.schedule.start_at
    if profile.kind is Kind.RELATIVE or start_at is None:
        return t if transaction_started_at is None else transaction_started_at
    if profile.recurrency is None:
        return start_at
    every_s = RECURRENCE_S[profile.recurrency]
    return start_at + max(floor((t - start_at + INSTANT_S) / every_s), 0) * every_s


def _boundaries(profile: ChargingProfile, t: float, transaction_started_at: float | None) -> Iterator[float]:
    """Instants at which `profile` may begin, change or end, from the round of `t` to the start of the next."""
    if profile.valid_from is not None:
        yield profile.valid_from
    if profile.valid_to is not None:
        yield profile.valid_to
    schedule = profile.schedule
    relative = profile.kind is Kind.RELATIVE or schedule.start_at is None
    if relative and transaction_started_at is None:
        return
    start_at = _cycle_start(profile, t, transaction_started_at)
    for period in schedule.periods:
        yield start_at + period.start_s
    if schedule.duration_s is not None:
        yield start_at + schedule.duration_s
    if profile.recurrency is not None and not relative:
        yield start_at + RECURRENCE_S[profile.recurrency]
