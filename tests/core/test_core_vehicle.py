"""Vehicles: presets, draw within the offer, and what binds."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chargepoint_sim.core.battery import Segment
from chargepoint_sim.core.smart_charging.limits import Offer
from chargepoint_sim.core.spec import ConnectorSpec, Current, EvseSpec
from chargepoint_sim.core.vehicle import PRESETS, Bound, Vehicle, VehicleSpec

AT = 1_700_000_000.0
AC22 = EvseSpec(1, (ConnectorSpec(1),))
AC7 = EvseSpec(1, (ConnectorSpec(1),), phases=1, max_power_w=7_360.0)
US = EvseSpec(1, (ConnectorSpec(1),), phases=1, voltage_v=240.0, max_power_w=9_600.0, max_current_a=40.0)
DC150 = EvseSpec(1, (ConnectorSpec(1),), Current.DC, 150_000.0, 1, 400.0, 500.0, 0.0)


def offer_a(current_a: float, evse: EvseSpec = AC22, phases: int | None = None) -> Offer:
    phases = phases or evse.phases
    return Offer(current_a * evse.voltage_v * phases, current_a, "hardware", phases)


@pytest.mark.parametrize(
    ("name", "evse", "power_w"),
    [
        ("phev", AC22, 16 * 230 * 0.99),
        ("compact", AC22, 32 * 230 * 0.99),
        ("two_phase", AC22, 2 * 16 * 230 * 0.99),
        ("suv", AC22, 3 * 16 * 230 * 0.99),
        ("van", AC22, 3 * 32 * 230 * 0.99),
        ("van", AC7, 32 * 230 * 0.99),
        ("us_240", US, 40 * 240 * 0.99),
    ],
)
def test_ac_power_is_phases_times_current(name: str, evse: EvseSpec, power_w: float) -> None:
    vehicle = Vehicle(PRESETS[name], 0.3)
    assert vehicle.draw(evse, offer_a(evse.max_current_a, evse), AT).power_w == pytest.approx(power_w)
    assert vehicle.spec.greatest_power_w(evse) == pytest.approx(power_w)


@pytest.mark.parametrize(("current_a", "draws"), [(5.9, False), (6.0, True), (0.0, False)])
def test_below_six_amperes_nothing_is_drawn_on_ac(current_a: float, draws: bool) -> None:
    assert (Vehicle(PRESETS["suv"], 0.3).draw(AC22, offer_a(current_a), AT).power_w > 0.0) is draws


def test_a_vehicle_with_a_higher_minimum_waits_for_it() -> None:
    vehicle = Vehicle(VehicleSpec("picky", 40_000.0, ac_min_current_a=8.0), 0.3)
    assert vehicle.draw(AC22, offer_a(7.9), AT).power_w == 0.0
    assert vehicle.binding(AC22, offer_a(7.9)) is Bound.OFFER
    assert vehicle.draw(AC22, offer_a(8.0), AT).power_w == pytest.approx(8 * 690 * 0.99)


def test_an_offer_in_watts_is_used_but_for_the_power_factor() -> None:
    offer = Offer(6_000.0, 6_000.0 / 690.0, "external_limit", 3)
    assert Vehicle(PRESETS["suv"], 0.3).draw(AC22, offer, AT).power_w == pytest.approx(5_940.0)


def test_a_limit_counted_on_one_phase_leaves_one_phase() -> None:
    vehicle, offer = Vehicle(PRESETS["suv"], 0.3), offer_a(16.0, phases=1)
    assert vehicle.phases_used(AC22, offer) == 1
    assert vehicle.draw(AC22, offer, AT).power_w == pytest.approx(16 * 230 * 0.99)


def test_ac_charging_ends_where_the_battery_takes_less_than_six_amperes() -> None:
    vehicle = Vehicle(PRESETS["suv"], 0.98)
    segment = vehicle.draw(AC22, offer_a(16.0), AT)
    assert segment.power_at(segment.until) == pytest.approx(6 * 690 * 0.99, rel=1e-3)
    vehicle.advance(segment.energy_wh(segment.until), Current.AC)
    assert vehicle.draw(AC22, offer_a(16.0), segment.until) == Segment(segment.until)
    assert vehicle.binding(AC22, offer_a(16.0)) is Bound.BATTERY


def test_dc_current_limit_lets_power_rise_with_the_battery_voltage() -> None:
    vehicle = Vehicle(PRESETS["sedan"], 0.2)
    offer = Offer(150_000.0, 100.0, "tx_profile", 1)
    segment = vehicle.draw(DC150, offer, AT)
    assert segment.power_w == pytest.approx(100.0 * 340.0)
    assert segment.growth_per_s > 0.0


def test_a_vehicle_without_dc_draws_nothing_there() -> None:
    vehicle = Vehicle(PRESETS["phev"], 0.2)
    assert vehicle.draw(DC150, Offer(150_000.0, 500.0, "hardware", 1), AT) == Segment(AT)
    assert vehicle.binding(DC150, Offer(150_000.0, 500.0, "hardware", 1)) is Bound.VEHICLE
    assert vehicle.spec.greatest_power_w(DC150) == 0.0


def test_who_wants_nothing_draws_nothing() -> None:
    idle = Vehicle(PRESETS["suv"], 0.3, wants_energy=False)
    assert idle.draw(AC22, offer_a(16.0), AT) == Segment(AT)
    assert idle.binding(AC22, offer_a(16.0)) is Bound.NONE
    done = Vehicle(PRESETS["suv"], 0.8, target_soc=0.8)
    assert done.draw(AC22, offer_a(16.0), AT) == Segment(AT)
    assert done.binding(AC22, offer_a(16.0)) is Bound.BATTERY


@pytest.mark.parametrize(
    ("soc", "evse", "offer", "bound"),
    [
        (0.3, AC22, offer_a(10.0), Bound.OFFER),
        (0.3, AC22, offer_a(0.0), Bound.OFFER),
        (0.3, AC22, offer_a(32.0), Bound.VEHICLE),
        (0.985, AC22, offer_a(32.0), Bound.BATTERY),
        (0.3, DC150, Offer(50_000.0, 500.0, "x", 1), Bound.OFFER),
        (0.3, DC150, Offer(300_000.0, 500.0, "x", 1), Bound.VEHICLE),
        (0.9, DC150, Offer(150_000.0, 500.0, "x", 1), Bound.BATTERY),
    ],
)
def test_what_binds_the_draw(soc: float, evse: EvseSpec, offer: Offer, bound: Bound) -> None:
    spec = VehicleSpec("plain", 80_000.0, dc_max_power_w=140_000.0, dc_max_current_a=1_000.0)
    assert Vehicle(spec, soc).binding(evse, offer) is bound


@settings(deadline=None, max_examples=200)
@given(
    name=st.sampled_from(sorted(PRESETS)),
    evse=st.sampled_from([AC22, AC7, US, DC150]),
    power_w=st.floats(0.0, 400_000.0),
    current_a=st.floats(0.0, 600.0),
    soc=st.floats(0.0, 1.0),
    target_soc=st.floats(0.0, 1.0),
)
def test_draw_never_exceeds_the_offer_and_soc_stays_in_range(
    name: str, evse: EvseSpec, power_w: float, current_a: float, soc: float, target_soc: float
) -> None:
    vehicle = Vehicle(PRESETS[name], soc, target_soc)
    offer = Offer(power_w, current_a, "hardware", evse.phases)
    at, plans = AT, 0
    while (segment := vehicle.draw(evse, offer, at)).power_w:
        plans += 1
        assert plans < 40
        for share in (0.0, 0.5, 1.0):
            t = at + share * (segment.until - at)
            drawn_w = segment.power_at(t)
            assert drawn_w <= offer.power_w * (1 + 1e-9)
            if evse.current is Current.DC:
                voltage_v = vehicle.spec.battery_voltage(vehicle.soc_after(segment.energy_wh(t), evse.current))
            else:
                voltage_v = evse.voltage_v * vehicle.phases_used(evse, offer) * vehicle.spec.power_factor
            assert drawn_w / voltage_v <= offer.current_a * (1 + 1e-6)
        vehicle.advance(segment.energy_wh(segment.until), evse.current)
        assert 0.0 <= vehicle.soc <= 1.0
        at = segment.until


def test_every_preset_charges_to_its_target() -> None:
    for spec in PRESETS.values():
        evse = DC150 if spec.dc_max_power_w else AC22
        vehicle, at = Vehicle(spec, 0.1, 0.9), AT
        offer = Offer(evse.max_power_w, evse.max_current_a, "hardware", evse.phases)
        while (segment := vehicle.draw(evse, offer, at)).power_w:
            at = segment.until
            vehicle.advance(segment.energy_wh(at), evse.current)
        assert vehicle.soc == pytest.approx(0.9, abs=1e-6), spec.name


def test_a_curve_that_cannot_be_used_is_refused() -> None:
    with pytest.raises(ValueError, match="ascend"):
        VehicleSpec("odd", 40_000.0, dc_curve=((0.5, 1.0), (0.4, 0.5)))
