"""Leading profiles, their changes, and composite schedules against a naive second reading of the rules."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from math import inf

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chargepoint_sim.core.smart_charging.composite import (
    composite as walked,
)
from chargepoint_sim.core.smart_charging.composite import (
    leading_limit,
    next_change,
    whole_seconds,
)
from chargepoint_sim.core.smart_charging.limits import effective_offer
from chargepoint_sim.core.smart_charging.profiles import (
    ChargingPeriod,
    ChargingProfile,
    ChargingSchedule,
    Kind,
    ProfileStore,
    Purpose,
    Recurrency,
    Unit,
)
from chargepoint_sim.core.spec import ConnectorSpec, EvseSpec

from .naive import DAY, WEEK, offered_w

NOON = 1_699_963_200
HORIZON_S = 240
EVSE = EvseSpec(1, (ConnectorSpec(1),))
ONE_PHASE = EvseSpec(1, (ConnectorSpec(1),), phases=1, max_power_w=7_360.0)


def profile(
    *periods: tuple[float, float],
    level: int = 0,
    purpose: Purpose = Purpose.TX_DEFAULT,
    kind: Kind = Kind.ABSOLUTE,
    evse_id: int = 1,
    start_at: float | None = NOON,
    duration_s: float | None = None,
    recurrency: Recurrency | None = None,
    profile_id: int = 1,
) -> ChargingProfile:
    schedule = ChargingSchedule(
        Unit.A, tuple(ChargingPeriod(start_s, limit) for start_s, limit in periods), start_at, duration_s
    )
    return ChargingProfile(profile_id, level, purpose, kind, schedule, evse_id, recurrency)


def composite(
    profiles: Sequence[ChargingProfile],
    evse: EvseSpec,
    from_t: float,
    duration_s: float,
    unit: Unit = Unit.W,
    started_at: float | None = None,
) -> tuple[ChargingPeriod, ...]:
    """The schedule of one EVSE with a transaction, on its own."""
    began = from_t if started_at is None else started_at
    return walked(
        lambda t: effective_offer(evse, profiles, None, None, t, began, in_transaction=True),
        lambda t: next_change(profiles, evse.evse_id, t, began),
        evse.current,
        from_t,
        duration_s,
        unit,
    )


def limit_at(profiles: list[ChargingProfile], t: float, started_at: float | None = None) -> float | None:
    leading = leading_limit(profiles, Purpose.TX_DEFAULT, 1, t, started_at)
    return None if leading is None else leading.limit


def test_periods_follow_each_other_and_the_last_one_lasts() -> None:
    profiles = [profile((0, 16), (60, 10), (120, 8))]
    asked = (-1, 0, 59, 60, 119.5, 120, 1e6)
    assert [limit_at(profiles, NOON + s) for s in asked] == [None, 16, 16, 10, 10, 8, 8]


def test_duration_uncovers_lower_levels() -> None:
    profiles = [profile((0, 16)), profile((0, 10), level=1, duration_s=60)]
    assert [limit_at(profiles, NOON + s) for s in (0, 59, 60)] == [10, 10, 16]


def test_validity_ends_exclusively() -> None:
    profiles = [replace(profile((0, 16)), valid_from=NOON + 10, valid_to=NOON + 20)]
    assert [limit_at(profiles, NOON + s) for s in (9, 10, 19, 20)] == [None, 16, 16, None]


def test_relative_schedules_count_from_the_transaction() -> None:
    profiles = [profile((0, 16), (60, 10), kind=Kind.RELATIVE, start_at=None)]
    assert [limit_at(profiles, NOON + s, NOON + 30) for s in (0, 30, 89, 90)] == [None, 16, 16, 10]
    assert limit_at(profiles, NOON) == 16  # as if a transaction started at this instant
    assert next_change(profiles, 1, NOON + 30, NOON + 30) == NOON + 90


def test_an_absolute_schedule_without_start_counts_from_the_transaction() -> None:
    profiles = [profile((0, 16), (60, 10), start_at=None)]
    assert [limit_at(profiles, NOON + s, NOON) for s in (0, 60)] == [16, 10]


@pytest.mark.parametrize(("recurrency", "every_s"), [(Recurrency.DAILY, DAY), (Recurrency.WEEKLY, WEEK)])
def test_recurring_schedules_come_back(recurrency: Recurrency, every_s: int) -> None:
    profiles = [
        profile((0, 16), (3_600, 10), kind=Kind.RECURRING, recurrency=recurrency, duration_s=7_200, level=1),
        profile((0, 20)),
    ]
    later = NOON + 3 * every_s
    assert [limit_at(profiles, later + s) for s in (-1, 0, 3_600, 7_200)] == [20, 16, 10, 20]
    assert limit_at(profiles, NOON - 1) is None
    assert next_change(profiles, 1, later + 3_600) == later + 7_200
    assert next_change(profiles, 1, later + 7_200) == later + every_s


def test_what_lies_beyond_the_recurrence_is_not_executed() -> None:
    profiles = [profile((0, 16), (DAY + 60, 10), kind=Kind.RECURRING, recurrency=Recurrency.DAILY)]
    assert limit_at(profiles, NOON + DAY + 120) == 16


def test_an_evses_own_default_replaces_the_stations_of_the_same_level_only() -> None:
    own = profile((0, 10), level=1, duration_s=60)
    station = [profile((0, 13), level=1, evse_id=0, profile_id=2), profile((0, 20), evse_id=0, profile_id=3)]
    asked = (0, 60)
    assert [limit_at([own, *station], NOON + s) for s in asked] == [10, 20]
    assert [limit_at(station, NOON + s) for s in asked] == [13, 13]
    elsewhere = leading_limit([own, *station], Purpose.TX_DEFAULT, 2, NOON)
    assert elsewhere is not None
    assert elsewhere.limit == 13


def test_a_tx_profile_that_is_silent_falls_back_to_the_default() -> None:
    profiles = [
        profile((0, 10), purpose=Purpose.TX, duration_s=60),
        profile((0, 16), evse_id=0, profile_id=2),
    ]
    assert [(p.start_s, p.limit) for p in composite(profiles, EVSE, NOON, 120, Unit.A)] == [(0, 10), (60, 16)]


def test_no_profiles_give_the_hardware_limit_once() -> None:
    assert composite([], EVSE, NOON, 3_600) == (ChargingPeriod(0.0, 22_080.0, 3),)
    assert composite([], EVSE, NOON, 3_600, Unit.A) == (ChargingPeriod(0.0, 32.0, 3),)
    assert next_change([], 1, NOON) == inf


def test_equal_neighbours_are_merged() -> None:
    profiles = [profile((0, 16), (60, 16), (120, 10))]
    assert [(p.start_s, p.limit) for p in composite(profiles, EVSE, NOON, 600, Unit.A)] == [(0, 16), (120, 10)]


def test_whole_seconds_bound_what_changes_within_a_second() -> None:
    periods = [ChargingPeriod(s, limit, 3) for s, limit in ((0, 10.0), (4.5, 16.0), (9.5, 8.0), (9.7, 12.0))]
    got = [(p.start_s, p.limit) for p in whole_seconds(periods)]
    assert got == [(0, 10.0), (4, 16.0), (10, 12.0)]
    assert whole_seconds(()) == ()


@given(start_at=st.floats(1e9, 2e9), steps=st.lists(st.floats(0.01, 5_000.0), min_size=1, max_size=6))
def test_a_change_is_in_force_at_the_instant_it_is_announced_for(start_at: float, steps: list[float]) -> None:
    starts = [0.0]
    for step in steps:
        starts.append(starts[-1] + step)
    profiles = [profile(*((start_s, float(n)) for n, start_s in enumerate(starts)), start_at=start_at)]
    t, seen = start_at, [limit_at(profiles, start_at)]
    while (t := next_change(profiles, 1, t)) < inf:
        seen.append(limit_at(profiles, t))
    assert seen == [float(n) for n in range(len(starts))]


@st.composite
def profile_sets(draw: st.DrawFn) -> list[ChargingProfile]:
    found = []
    for number in range(draw(st.integers(0, 6))):
        purpose = draw(st.sampled_from(list(Purpose)))
        kind = draw(st.sampled_from([k for k in Kind if k is not Kind.RELATIVE or purpose is not Purpose.STATION_MAX]))
        recurrency = draw(st.sampled_from(list(Recurrency))) if kind is Kind.RECURRING else None
        rounds = draw(st.integers(0, 2)) * (WEEK if recurrency is Recurrency.WEEKLY else DAY)
        starts = sorted({0, *draw(st.lists(st.integers(1, 300), max_size=4))})
        periods = tuple(
            ChargingPeriod(float(s), draw(st.integers(-50, 320)) / 10, draw(st.sampled_from([None, None, 3])))
            for s in starts
        )
        unit = draw(st.sampled_from(list(Unit)))
        if unit is Unit.W:
            periods = tuple(replace(period, limit=period.limit * 700) for period in periods)
        validity = sorted(draw(st.lists(st.integers(-100, 400), min_size=2, max_size=2, unique=True)))
        start_at = NOON + draw(st.integers(-200, 200)) - rounds
        found.append(
            ChargingProfile(
                number,
                draw(st.integers(0, 4)) * 10 + number,  # levels differ, as both versions demand
                purpose,
                kind,
                ChargingSchedule(
                    unit,
                    periods,
                    None if kind is Kind.RELATIVE else float(start_at),
                    draw(st.one_of(st.none(), st.integers(1, 400).map(float))),
                ),
                {Purpose.STATION_MAX: 0, Purpose.TX: 1}.get(purpose, draw(st.integers(0, 2))),
                recurrency,
                draw(st.sampled_from([None, float(NOON + validity[0])])),
                draw(st.sampled_from([None, float(NOON + validity[1])])),
            )
        )
    return found


@settings(deadline=None, max_examples=150)
@given(profile_sets(), st.integers(-150, 100), st.sampled_from([EVSE, ONE_PHASE]))
def test_composite_equals_the_naive_evaluation_of_every_second(
    profiles: list[ChargingProfile], started: int, evse: EvseSpec
) -> None:
    periods = composite(profiles, evse, NOON, HORIZON_S, Unit.W, float(NOON + started))
    plain = ProfileStore(profiles).to_data()
    assert periods[0].start_s == 0
    assert all(left.start_s < right.start_s for left, right in pairwise(periods))
    for second in range(HORIZON_S):
        expected = offered_w(
            plain,
            evse_id=1,
            hardware_w=evse.max_power_w,
            voltage_v=230.0,
            supply_phases=evse.phases,
            t=NOON + second,
            transaction_started_at=NOON + started,
        )
        got = next(period.limit for period in reversed(periods) if period.start_s <= second)
        assert got == pytest.approx(expected, rel=1e-9, abs=1e-6), second
