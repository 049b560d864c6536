"""Offers: layers, units, exactness, sufficiency, and the sharing of a station limit."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chargepoint_sim.core.smart_charging.limits import (
    Demand,
    Layer,
    Offer,
    effective_offer,
    is_sufficient,
    layers,
    least_w,
    share,
    station_limit,
)
from chargepoint_sim.core.smart_charging.profiles import (
    ChargingPeriod,
    ChargingProfile,
    ChargingSchedule,
    Kind,
    Purpose,
    Unit,
    external_limit,
)
from chargepoint_sim.core.spec import ConnectorSpec, Current, EvseSpec

AT = 1_700_000_000.0
AC22 = EvseSpec(1, (ConnectorSpec(1),))
AC7 = EvseSpec(1, (ConnectorSpec(1),), phases=1, max_power_w=7_360.0)
DC150 = EvseSpec(1, (ConnectorSpec(1),), Current.DC, 150_000.0, 1, 400.0, 500.0, 0.0)


def profile(
    limit: float,
    unit: Unit = Unit.A,
    purpose: Purpose = Purpose.TX_DEFAULT,
    phases: int | None = None,
    min_rate: float | None = None,
) -> ChargingProfile:
    schedule = ChargingSchedule(unit, (ChargingPeriod(0.0, limit, phases),), AT - 60.0, None, min_rate)
    evse_id = 0 if purpose is Purpose.STATION_MAX else 1
    return ChargingProfile(7, 0, purpose, Kind.ABSOLUTE, schedule, evse_id)


def offer(
    evse: EvseSpec,
    *profiles: ChargingProfile,
    share_w: float | None = None,
    device_w: float | None = None,
    in_transaction: bool = True,
    connector_id: int | None = None,
) -> Offer:
    return effective_offer(evse, profiles, share_w, device_w, AT, AT - 30.0, in_transaction, connector_id)


def test_without_anything_else_the_hardware_binds() -> None:
    assert offer(AC22) == Offer(22_080.0, 32.0, "hardware", 3)
    assert offer(AC7) == Offer(7_360.0, 32.0, "hardware", 1)
    assert offer(DC150) == Offer(150_000.0, 500.0, "hardware", 1)


@given(st.one_of(st.integers(1, 22_079), st.floats(0.1, 22_079.0)), st.sampled_from([AC22, DC150]))
def test_a_limit_in_watts_comes_back_as_exactly_that(limit_w: float, evse: EvseSpec) -> None:
    got = offer(evse, external_limit(1, limit_w, AT))
    assert (got.power_w, got.bound_by) == (limit_w, Layer.EXTERNAL_LIMIT)
    assert type(got.power_w) is float


def test_a_limit_in_watts_means_a_current_on_ac_only() -> None:
    assert offer(AC22, external_limit(1, 5_589, AT)).current_a == pytest.approx(8.1)
    assert offer(AC22, external_limit(1, 11_000, AT)).current_a == pytest.approx(15.942, abs=1e-3)
    assert offer(AC7, external_limit(1, 3_680, AT)).current_a == 16.0
    assert offer(DC150, external_limit(1, 50_000, AT)).current_a == 500.0


@pytest.mark.parametrize("limit_a", [6.0, 8.1, 13.3, 16.0])
def test_a_limit_in_amperes_comes_back_as_exactly_that(limit_a: float) -> None:
    got = offer(AC22, profile(limit_a))
    assert (got.current_a, got.bound_by) == (limit_a, Layer.TX_DEFAULT_PROFILE)
    assert got.power_w == pytest.approx(limit_a * 690.0)


def test_a_limit_in_amperes_on_dc_counts_at_nominal_voltage() -> None:
    assert offer(DC150, profile(100.0)) == Offer(40_000.0, 100.0, "tx_default_profile", 1)


@pytest.mark.parametrize(("phases", "power_w", "offered"), [(None, 11_040.0, 3), (3, 11_040.0, 3), (1, 3_680.0, 1)])
def test_number_of_phases_counts_for_amperes(phases: int | None, power_w: float, offered: int) -> None:
    got = offer(AC22, profile(16.0, phases=phases))
    assert (got.power_w, got.phases) == (power_w, offered)


def test_number_of_phases_above_the_supply_counts_as_the_supply() -> None:
    assert offer(AC7, profile(16.0, phases=3)) == Offer(3_680.0, 16.0, "tx_default_profile", 1)


def test_power_never_exceeds_what_current_and_phases_carry() -> None:
    got = offer(AC22, profile(16.0, phases=1), external_limit(1, 11_000, AT))
    assert got.phases == 1
    assert got.power_w == pytest.approx(got.current_a * 230.0)


@pytest.mark.parametrize(
    ("evse", "given_layers", "bound_by", "power_w"),
    [
        (AC22, {"share_w": 9_000.0}, Layer.STATION_SHARE, 9_000.0),
        (AC22, {"device_w": 8_000.0, "share_w": 9_000.0}, Layer.DEVICE_SETTING, 8_000.0),
        (EvseSpec(1, (ConnectorSpec(1, cable_max_current_a=20.0),)), {}, Layer.CABLE, 13_800.0),
    ],
)
def test_each_layer_can_bind(evse: EvseSpec, given_layers: dict[str, float], bound_by: Layer, power_w: float) -> None:
    got = offer(evse, **given_layers)
    assert (got.bound_by, got.power_w) == (bound_by, power_w)


def test_only_the_cable_in_use_binds() -> None:
    evse = EvseSpec(1, (ConnectorSpec(1, cable_max_current_a=20.0), ConnectorSpec(2, "sType3")))
    assert offer(evse, connector_id=1).current_a == 20.0
    assert offer(evse, connector_id=2).current_a == 32.0
    assert offer(evse).current_a == 32.0


def test_transaction_profiles_bind_in_a_transaction_only_and_tx_beats_default() -> None:
    both = (profile(10.0, purpose=Purpose.TX), profile(8.0))
    assert offer(AC22, *both).bound_by == Layer.TX_PROFILE
    assert offer(AC22, *both).current_a == 10.0
    assert offer(AC22, *both, in_transaction=False).bound_by == Layer.HARDWARE


def test_layers_names_the_watts_of_everything_in_force() -> None:
    profiles = (external_limit(1, 11_000, AT), profile(16.0), profile(20_000.0, Unit.W, Purpose.STATION_MAX))
    assert layers(AC22, profiles, 15_000.0, None, AT, None, True) == {
        "hardware": 22_080.0,
        "station_share": 15_000.0,
        "external_limit": 11_000.0,
        "station_max_profile": 20_000.0,
        "tx_default_profile": 11_040.0,
    }


def test_negative_limits_are_clamped() -> None:
    got = offer(AC22, profile(-16.0))
    assert (got.power_w, got.current_a) == (0.0, 0.0)
    assert not is_sufficient(AC22, got)


@pytest.mark.parametrize(
    ("evse", "limit_w", "enough"),
    [
        (AC22, 4_140, True),
        (AC22, 4_139, False),
        (AC22, 0, False),
        (AC7, 1_380, True),
        (AC7, 1_379, False),
        (DC150, 1, True),
        (DC150, 0, False),
    ],
)
def test_six_amperes_are_needed_on_ac_and_anything_on_dc(evse: EvseSpec, limit_w: float, enough: bool) -> None:
    assert is_sufficient(evse, offer(evse, external_limit(1, limit_w, AT))) is enough


def test_min_charging_rate_raises_what_is_needed() -> None:
    assert not is_sufficient(AC22, offer(AC22, profile(8.0, min_rate=10.0)))
    assert is_sufficient(AC22, offer(AC22, profile(10.0, min_rate=10.0)))
    assert not is_sufficient(AC22, offer(AC22, profile(5_000.0, Unit.W, min_rate=6_900.0)))
    assert not is_sufficient(AC22, offer(AC22), min_charging_rate=33.0)


def test_a_station_limit_is_the_least_of_what_bounds_the_station() -> None:
    profiles = [profile(100.0, Unit.A, Purpose.STATION_MAX), external_limit(0, 60_000, AT)]
    assert station_limit(AC22, profiles, 80_000.0, None, AT) == 60_000.0
    assert station_limit(AC22, profiles[:1], 80_000.0, 70_000.0, AT) == 69_000.0
    assert station_limit(AC22, [], None, None, AT) is None


def demand(evse: EvseSpec, wanted_w: float, useful_w: float | None = None) -> Demand:
    return Demand(wanted_w, wanted_w if useful_w is None else useful_w, least_w(evse, offer(evse)))


def test_shares_are_equal_and_what_one_leaves_goes_to_the_others() -> None:
    full, little = demand(AC22, 22_080.0), demand(AC22, 5_000.0)
    assert share(22_080.0, {1: full, 2: full}) == {1: 11_040.0, 2: 11_040.0}
    assert share(30_000.0, {1: full, 2: little}) == {1: 22_080.0, 2: 5_000.0}
    assert share(0.0, {1: demand(DC150, 50_000.0)}) == {1: 0.0}
    assert share(10_000.0, {}) == {}


def test_what_a_vehicle_cannot_take_goes_to_the_others_first() -> None:
    full, small_vehicle = demand(AC22, 22_080.0), demand(AC22, 22_080.0, 11_040.0)
    assert share(30_000.0, {1: full, 2: small_vehicle}) == {1: 18_960.0, 2: 11_040.0}
    assert share(40_000.0, {1: full, 2: small_vehicle}) == {1: 22_080.0, 2: 17_920.0}
    assert share(40_000.0, {1: small_vehicle}) == {1: 22_080.0}


def test_the_least_share_counts_phases_and_min_charging_rate() -> None:
    assert least_w(AC22, offer(AC22)) == 4_140.0
    assert least_w(AC22, offer(AC22, profile(16.0, phases=1))) == 1_380.0
    assert least_w(AC22, offer(AC22, profile(16.0, min_rate=10.0))) == 6_900.0
    assert least_w(DC150, offer(DC150)) == 0.0


def test_a_share_is_carried_by_the_phases_that_a_profile_leaves() -> None:
    got = offer(AC22, profile(32.0, phases=1), share_w=3_680.0)
    assert (got.power_w, got.current_a, got.phases) == (3_680.0, 16.0, 1)


def test_below_the_minimum_the_newcomer_is_paused() -> None:
    demands = dict.fromkeys((1, 2, 3), demand(AC22, 22_080.0))
    assert share(9_000.0, demands) == {1: 4_500.0, 2: 4_500.0, 3: 0.0}
    assert share(3 * 4_140.0, demands) == dict.fromkeys((1, 2, 3), 4_140.0)
    assert share(4_000.0, demands) == dict.fromkeys((1, 2, 3), 0.0)


@given(
    st.floats(-1_000.0, 500_000.0),
    st.lists(
        st.tuples(st.sampled_from([AC22, AC7, DC150]), st.floats(0.0, 150_000.0), st.floats(0.0, 1.0)), max_size=6
    ),
)
def test_shares_keep_to_the_limit_the_wish_and_the_minimum(
    limit_w: float, wishes: list[tuple[EvseSpec, float, float]]
) -> None:
    demands = {n: demand(evse, wanted, wanted * part) for n, (evse, wanted, part) in enumerate(wishes, 1)}
    shares = share(limit_w, demands)
    assert shares.keys() == demands.keys()
    assert sum(shares.values()) <= max(limit_w, 0.0) * (1 + 1e-9)
    for key, (evse, wanted_w, _) in enumerate(wishes, 1):
        assert 0.0 <= shares[key] <= wanted_w
        if evse.current is Current.AC and shares[key]:
            assert shares[key] >= 6.0 * 230.0 * evse.phases * (1 - 1e-9)
    if all(evse.current is Current.DC for evse, *_ in wishes):
        offered_w = min(sum(wanted_w for _, wanted_w, _ in wishes), max(limit_w, 0.0))
        assert sum(shares.values()) == pytest.approx(offered_w)
