"""Profiles: validation rules of both versions, and the store."""

from dataclasses import replace

import orjson
import pytest

from chargepoint_sim.core.smart_charging.profiles import (
    Capabilities,
    ChargingPeriod,
    ChargingProfile,
    ChargingSchedule,
    Kind,
    ProfileStore,
    Purpose,
    Recurrency,
    Unit,
    external_limit,
    is_external,
    validate,
)

AT = 1_700_000_000.0
SCHEDULE = ChargingSchedule(Unit.A, (ChargingPeriod(0, 16.0), ChargingPeriod(60, 10.0, 1)), AT, 3_600.0, 6.0)
PROFILE = ChargingProfile(1, 0, Purpose.TX_DEFAULT, Kind.ABSOLUTE, SCHEDULE, 1)
RECURRING = replace(PROFILE, profile_id=2, stack_level=1, kind=Kind.RECURRING, recurrency=Recurrency.DAILY)


def with_schedule(**changes: object) -> ChargingProfile:
    return replace(PROFILE, schedule=replace(SCHEDULE, **changes))


@pytest.mark.parametrize(
    "accepted",
    [
        PROFILE,
        RECURRING,
        replace(PROFILE, purpose=Purpose.STATION_MAX, evse_id=0),
        replace(PROFILE, purpose=Purpose.TX, transaction_id="5"),
        with_schedule(periods=(ChargingPeriod(0, -16.0),)),
        external_limit(1, 6_000, AT),
    ],
)
def test_profiles_that_both_versions_accept(accepted: ChargingProfile) -> None:
    assert validate(accepted, Capabilities()) is None


@pytest.mark.parametrize(
    ("refused", "code"),
    [
        (replace(PROFILE, stack_level=11), "InvalidStackLevel"),
        (replace(PROFILE, stack_level=-1), "InvalidStackLevel"),
        (with_schedule(unit=Unit.W), "UnsupportedRateUnit"),
        (with_schedule(periods=()), "InvalidSchedule"),
        (with_schedule(periods=tuple(ChargingPeriod(n, 6.0) for n in range(25))), "InvalidSchedule"),
        (with_schedule(periods=(ChargingPeriod(1, 6.0),)), "InvalidSchedule"),
        (with_schedule(periods=(ChargingPeriod(0, 6.0), ChargingPeriod(0, 7.0))), "InvalidSchedule"),
        (with_schedule(periods=(ChargingPeriod(0, float("inf")),)), "InvalidSchedule"),
        (with_schedule(periods=(ChargingPeriod(0, 6.0, 4),)), "InvalidSchedule"),
        (with_schedule(duration_s=0.0), "InvalidSchedule"),
        (replace(RECURRING, recurrency=None), "InvalidProfile"),
        (replace(PROFILE, recurrency=Recurrency.DAILY), "InvalidProfile"),
        (replace(RECURRING, schedule=replace(SCHEDULE, start_at=None)), "InvalidSchedule"),
        (replace(PROFILE, valid_from=AT, valid_to=AT), "InvalidProfile"),
        (replace(PROFILE, purpose=Purpose.TX, evse_id=0), "InvalidProfile"),
        (replace(PROFILE, purpose=Purpose.STATION_MAX), "InvalidProfile"),
        (replace(PROFILE, purpose=Purpose.STATION_MAX, evse_id=0, kind=Kind.RELATIVE), "InvalidProfile"),
        (replace(PROFILE, transaction_id="5"), "InvalidProfile"),
    ],
)
def test_k01_profiles_that_break_a_rule_are_refused(refused: ChargingProfile, code: str) -> None:
    flaw = validate(refused, Capabilities(units=frozenset({Unit.A})))
    assert flaw is not None
    assert flaw.code == code
    assert flaw.text


def test_the_same_id_replaces() -> None:
    store = ProfileStore()
    assert store.install(PROFILE) == ()
    newer = replace(PROFILE, stack_level=3)
    assert store.install(newer) == (PROFILE,)
    assert list(store) == [newer]


def test_an_external_limit_and_a_profile_with_its_id_live_side_by_side() -> None:
    store = ProfileStore([external_limit(1, 6_000, AT)])
    store.install(replace(PROFILE, profile_id=-1))
    assert len(store) == 2
    store.install(external_limit(1, 7_000, AT + 1))
    assert [profile.schedule.periods[0].limit for profile in store if is_external(profile)] == [7_000.0]
    assert len(store.remove(is_external)) == 1
    assert len(store) == 1


def test_rivals_share_purpose_level_and_evse() -> None:
    store = ProfileStore([PROFILE, RECURRING])
    assert store.rivals(replace(PROFILE, profile_id=9)) == (PROFILE,)
    assert store.rivals(PROFILE) == ()
    assert store.rivals(replace(PROFILE, profile_id=9, evse_id=2)) == ()


def test_an_evse_sees_its_own_and_the_stations() -> None:
    station = replace(PROFILE, profile_id=3, evse_id=0)
    other = replace(PROFILE, profile_id=4, evse_id=2)
    assert ProfileStore([PROFILE, station, other]).for_evse(1) == (PROFILE, station)


def test_the_store_survives_a_snapshot() -> None:
    store = ProfileStore([PROFILE, RECURRING, external_limit(1, 6_000, AT)])
    data = orjson.loads(orjson.dumps(store.to_data()))
    restored = ProfileStore.from_data(data)
    assert list(restored) == list(store)
    assert all(isinstance(profile.schedule.unit, Unit) for profile in restored)
    assert restored.to_data() == store.to_data()


def test_the_words_are_the_standards() -> None:
    from ocpp.v201 import enums

    assert {member.value for member in Purpose} == {member.value for member in enums.ChargingProfilePurposeEnumType}
    assert {member.value for member in Kind} == {member.value for member in enums.ChargingProfileKindEnumType}
    assert {member.value for member in Recurrency} == {member.value for member in enums.RecurrencyKindEnumType}
    assert {member.value for member in Unit} == {member.value for member in enums.ChargingRateUnitEnumType}


def test_what_an_earlier_program_has_saved_has_the_usual_source() -> None:
    store = ProfileStore([external_limit(1, 5000.0, 0.0)])
    (entry,) = store.to_data()
    earlier = {name: value for name, value in entry.items() if name not in ("source", "alternatives")}
    assert list(ProfileStore.from_data([earlier])) == list(store)
