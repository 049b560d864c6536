"""Meters: the register never falls, and every figure of a reading coheres."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chargepoint_sim.core.battery import Segment
from chargepoint_sim.core.facts import Reading
from chargepoint_sim.core.meter import GRID_SWELL, Meter, grid_voltages
from chargepoint_sim.core.smart_charging.limits import Offer
from chargepoint_sim.core.spec import ConnectorSpec, Current, EvseSpec
from chargepoint_sim.core.vehicle import PRESETS, Vehicle

AT = 1_700_000_000.0
AC22 = EvseSpec(1, (ConnectorSpec(1),))
DC150 = EvseSpec(1, (ConnectorSpec(1),), Current.DC, 150_000.0, 1, 400.0, 500.0, 0.0)
FULL = Offer(22_080.0, 32.0, "hardware", 3)


def reading(meter: Meter, evse: EvseSpec, offer: Offer, vehicle: Vehicle | None, at: float) -> Reading:
    return meter.reading(evse, vehicle, offer, at, seed=42, charger_id="AC-1")


steps = st.tuples(
    st.floats(0.0, 400_000.0),
    st.floats(-1e-3, 1e-3),
    st.floats(1e-3, 3_600.0),
    st.lists(st.floats(0.0, 7_200.0), max_size=4),
)


@given(st.floats(0.0, 1e7), st.lists(steps, max_size=12))
def test_the_register_never_falls(start_wh: float, course: list[tuple[float, float, float, list[float]]]) -> None:
    meter, at, last_wh = Meter(start_wh), AT, start_wh
    for power_w, growth_per_s, duration_s, samples in course:
        meter.set_segment(Segment(at, power_w, growth_per_s, at + duration_s), at)
        for elapsed_s in sorted(samples):
            register_wh = meter.register_at(at + elapsed_s)
            assert register_wh >= last_wh
            last_wh = register_wh
        at += max(samples, default=duration_s)
        assert meter.register_at(at) >= last_wh
        last_wh = meter.register_at(at)


@given(st.floats(1.0, 400_000.0), st.floats(-1e-3, 1e-3), st.floats(1.0, 3_600.0), st.floats(0.0, 1.0))
def test_settling_in_between_changes_nothing(
    power_w: float, growth_per_s: float, duration_s: float, share: float
) -> None:
    segment = Segment(AT, power_w, growth_per_s, AT + duration_s)
    whole, halved = Meter(0.0, segment), Meter(0.0, segment)
    settled_wh = halved.settle(AT + share * duration_s)
    assert settled_wh == halved.register_wh
    end = AT + duration_s
    assert halved.register_at(end) == pytest.approx(whole.register_at(end), rel=1e-6, abs=1e-6)
    if share < 0.99:
        assert halved.power_at(end) == pytest.approx(whole.power_at(end), rel=1e-5)


def test_a_new_segment_keeps_what_the_old_one_gave() -> None:
    meter = Meter(1_000.0)
    meter.set_segment(Segment(AT, 7_200.0), AT)
    assert meter.set_segment(Segment(AT + 1_800.0), AT + 1_800.0) == pytest.approx(3_600.0)
    assert meter.register_at(AT + 1e6) == pytest.approx(4_600.0)
    assert meter.power_at(AT + 1e6) == 0.0


@pytest.mark.parametrize("name", ["phev", "two_phase", "suv", "van"])
def test_ac_power_is_the_sum_of_voltage_current_and_power_factor(name: str) -> None:
    vehicle, meter = Vehicle(PRESETS[name], 0.4), Meter()
    meter.set_segment(vehicle.draw(AC22, FULL, AT), AT)
    shown = reading(meter, AC22, FULL, vehicle, AT + 60.0)
    products = [u * i * shown.power_factor for u, i in zip(shown.voltage_v, shown.current_a, strict=True)]
    assert sum(products) == pytest.approx(shown.power_w)
    used = vehicle.phases_used(AC22, FULL)
    assert [current_a > 0.0 for current_a in shown.current_a] == [phase < used for phase in range(3)]
    assert shown.soc is None
    assert (shown.offered_power_w, shown.offered_current_a) == (22_080.0, 32.0)
    assert shown.register_wh == pytest.approx(shown.power_w / 60.0)


def test_a_split_phase_is_one_voltage_and_one_current() -> None:
    split = EvseSpec(1, (ConnectorSpec(1, "cType1"),), Current.AC, 9_600.0, 1, 240.0, 40.0, split_phase=True)
    vehicle, meter = Vehicle(PRESETS["us_240"], 0.4), Meter()
    offer = Offer(9_600.0, 40.0, "hardware", 1)
    meter.set_segment(vehicle.draw(split, offer, AT), AT)
    shown = reading(meter, split, offer, vehicle, AT + 60.0)
    (voltage_v,), (current_a,) = shown.voltage_v, shown.current_a
    assert shown.split_phase
    assert 240.0 <= voltage_v <= 240.0 * (1 + GRID_SWELL)
    assert voltage_v * current_a * shown.power_factor == pytest.approx(shown.power_w)


@given(current_a=st.floats(6.0, 32.0), elapsed_s=st.floats(0.0, 3_600.0))
def test_currents_never_exceed_the_offered_current(current_a: float, elapsed_s: float) -> None:
    offer = Offer(current_a * 690.0, current_a, "tx_profile", 3)
    vehicle, meter = Vehicle(PRESETS["van"], 0.1), Meter()
    meter.set_segment(vehicle.draw(AC22, offer, AT), AT)
    shown = reading(meter, AC22, offer, vehicle, AT + elapsed_s)
    assert max(shown.current_a) <= current_a * (1 + 1e-12)
    assert all(230.0 <= voltage_v <= 230.0 * (1 + GRID_SWELL) for voltage_v in shown.voltage_v)


def test_dc_power_is_voltage_times_current_and_soc_rises() -> None:
    offer = Offer(60_000.0, 500.0, "external_limit", 1)
    vehicle, meter = Vehicle(PRESETS["sedan"], 0.4), Meter()
    meter.set_segment(vehicle.draw(DC150, offer, AT), AT)
    early, late = (reading(meter, DC150, offer, vehicle, AT + elapsed_s) for elapsed_s in (0.0, 300.0))
    for shown in (early, late):
        assert shown.dc
        assert shown.voltage_v[0] * shown.current_a[0] == pytest.approx(shown.power_w)
    assert (early.soc, late.power_w) == (0.4, 60_000.0)
    assert late.soc == pytest.approx(0.4 + 5_000.0 * 0.94 / 75_000.0)
    assert late.voltage_v[0] > early.voltage_v[0]


def test_an_empty_place_shows_the_grid_on_ac_and_nothing_on_dc() -> None:
    ac, dc = reading(Meter(5.0), AC22, FULL, None, AT), reading(Meter(5.0), DC150, FULL, None, AT)
    assert (ac.current_a, ac.power_w, ac.power_factor) == ((0.0, 0.0, 0.0), 0.0, 1.0)
    assert min(ac.voltage_v) >= 230.0
    assert (dc.current_a, dc.voltage_v, dc.soc) == ((0.0,), (0.0,), None)


def test_the_grid_is_the_same_for_everybody_who_asks_and_moves_with_time() -> None:
    first = grid_voltages(AC22, AT, 42, "AC-1")
    assert grid_voltages(AC22, AT, 42, "AC-1") == first
    assert len(set(first)) == 3
    others = [
        grid_voltages(AC22, AT + 1, 42, "AC-1"),
        grid_voltages(AC22, AT, 43, "AC-1"),
        grid_voltages(AC22, AT, 42, "AC-2"),
    ]
    assert first not in others
