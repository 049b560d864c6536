"""Battery curves and segments: closed form, progress, coherence with the curve."""

from itertools import pairwise
from math import inf, isclose

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chargepoint_sim.core.battery import (
    MIN_PIECE,
    TOLERANCE,
    Curve,
    Segment,
    accepted_power,
    curve_flaw,
    lower_envelope,
    plan_segment,
    reached,
    two_stage,
)

AT = 1_700_000_000.0


@st.composite
def curves(draw: st.DrawFn) -> Curve:
    """Curves with at least MIN_PIECE between corners and positive power except at the last."""
    steps = draw(st.lists(st.integers(0, 10_000), min_size=1, max_size=8, unique=True))
    socs = [step / 10_000 for step in sorted(steps)]
    powers = [draw(st.floats(1.0, 400_000.0)) for _ in socs]
    if len(socs) > 1 and draw(st.booleans()):
        powers[-1] = 0.0
    return tuple(zip(socs, powers, strict=True))


def numeric_energy(segment: Segment, t: float, steps: int = 2_000) -> float:
    """Wh by the midpoint rule."""
    end = min(t, segment.until)
    width_s = (end - segment.started_at) / steps
    return sum(segment.power_at(segment.started_at + (n + 0.5) * width_s) for n in range(steps)) * width_s / 3600.0


@given(
    power_w=st.floats(1.0, 400_000.0),
    growth_per_s=st.one_of(st.just(0.0), st.floats(-1e-3, 1e-3), st.floats(-1e-15, 1e-15)),
    duration_s=st.floats(0.001, 7_200.0),
)
def test_closed_form_energy_equals_numeric_integration(power_w: float, growth_per_s: float, duration_s: float) -> None:
    segment = Segment(0.0, power_w, growth_per_s, duration_s)
    assert isclose(segment.energy_wh(duration_s), numeric_energy(segment, duration_s), rel_tol=1e-5)
    assert segment.energy_wh(duration_s * 2) == segment.energy_wh(duration_s)
    assert segment.energy_wh(-1.0) == 0.0


def test_a_segment_has_no_power_outside_itself() -> None:
    segment = Segment(10.0, 5_000.0, 0.0, 20.0)
    assert [segment.power_at(t) for t in (9.9, 10.0, 20.0, 20.1)] == [0.0, 5_000.0, 5_000.0, 0.0]
    assert Segment(10.0).power_at(1e12) == 0.0
    assert Segment(10.0).energy_wh(inf) == 0.0


@settings(deadline=None, max_examples=300)
@given(
    curve=curves(),
    capacity_wh=st.floats(1_000.0, 600_000.0),
    soc=st.floats(0.0, 1.0),
    limit_w=st.floats(1.0, 500_000.0),
    target_soc=st.floats(0.0, 1.0),
    cutoff_w=st.floats(0.0, 5_000.0),
)
def test_a_chain_of_plans_ends_and_keeps_to_limit_and_curve(
    curve: Curve, capacity_wh: float, soc: float, limit_w: float, target_soc: float, cutoff_w: float
) -> None:
    at, efficiency, plans = AT, 0.9, 0
    while (segment := plan_segment(curve, capacity_wh, efficiency, soc, limit_w, target_soc, cutoff_w, at)).power_w:
        plans += 1
        assert plans < 40
        assert segment.started_at == at < segment.until
        for share in (0.0, 0.3, 1.0):
            t = at + share * (segment.until - at)
            soc_then = soc + segment.energy_wh(t) * efficiency / capacity_wh
            steepness = max(abs(b[1] - a[1]) / (b[0] - a[0]) for a, b in [*pairwise(curve), ((0, 0), (1, 0))])
            assert segment.power_at(t) <= limit_w * (1 + 1e-9)
            accepted = accepted_power(curve, min(soc_then, 1.0))
            assert segment.power_at(t) <= accepted + 3 * TOLERANCE * steepness + 1e-5 * accepted + 1e-6
        soc += segment.energy_wh(segment.until) * efficiency / capacity_wh
        assert soc <= max(target_soc, TOLERANCE) + 1e-9
        at = segment.until
    assert segment.until == inf


@settings(deadline=None)
@given(capacity_wh=st.floats(5_000.0, 500_000.0), power_w=st.floats(2_000.0, 350_000.0), soc=st.floats(0.0, 0.79))
def test_two_stage_is_flat_and_then_falls_to_the_cut_off(capacity_wh: float, power_w: float, soc: float) -> None:
    curve = two_stage(power_w)
    flat = plan_segment(curve, capacity_wh, 0.9, soc, 1e9, 1.0, 200.0, AT)
    assert (flat.power_w, flat.growth_per_s) == (power_w, 0.0)
    assert flat.energy_wh(flat.until) * 0.9 / capacity_wh == pytest.approx(0.8 - soc, abs=2e-6)

    taper = plan_segment(curve, capacity_wh, 0.9, 0.8, 1e9, 1.0, 200.0, flat.until)
    assert taper.power_w == pytest.approx(power_w, rel=1e-5)
    assert taper.growth_per_s < 0.0
    assert taper.power_at(taper.until) == pytest.approx(200.0, rel=1e-2)
    full = 0.8 + taper.energy_wh(taper.until) * 0.9 / capacity_wh
    assert plan_segment(curve, capacity_wh, 0.9, full, 1e9, 1.0, 200.0, taper.until) == Segment(taper.until)


def test_a_lower_limit_moves_the_knee_up() -> None:
    curve = two_stage(10_000.0)
    soc, at = 0.5, AT
    while not (segment := plan_segment(curve, 50_000.0, 1.0, soc, 5_000.0, 1.0, 0.0, at)).growth_per_s:
        assert segment.power_w == 5_000.0
        soc, at = soc + segment.energy_wh(segment.until) / 50_000.0, segment.until
    assert at - AT == pytest.approx((0.9 - 0.5) * 50_000.0 / 5_000.0 * 3600.0, rel=1e-5)
    assert segment.power_w == pytest.approx(5_000.0)


def test_the_target_ends_the_plan() -> None:
    segment = plan_segment(two_stage(10_000.0), 50_000.0, 0.9, 0.2, 7_200.0, 0.5, 0.0, AT)
    soc = 0.2 + segment.energy_wh(segment.until) * 0.9 / 50_000.0
    assert soc == pytest.approx(0.5, abs=1e-6)
    assert reached(soc, 0.5)
    assert plan_segment(two_stage(10_000.0), 50_000.0, 0.9, soc, 7_200.0, 0.5, 0.0, AT) == Segment(AT)


@pytest.mark.parametrize("soc", [0.0, 0.1, 0.1 - TOLERANCE, 0.1 + TOLERANCE, 0.4, 0.8 - 1e-12, 0.8])
def test_a_plan_that_starts_at_a_corner_progresses(soc: float) -> None:
    curve = ((0.0, 20_000.0), (0.1, 50_000.0), (0.4, 50_000.0), (0.8, 10_000.0), (1.0, 0.0))
    segment = plan_segment(curve, 60_000.0, 0.94, soc, 40_000.0, 1.0, 500.0, AT)
    assert segment.power_w > 0.0
    assert segment.until - AT > 0.01


@pytest.mark.parametrize("limit_w", [0.0, 1e-300, -5_000.0])
def test_no_offer_no_power(limit_w: float) -> None:
    assert plan_segment(two_stage(10_000.0), 50_000.0, 0.9, 0.2, limit_w, 1.0, 0.0, AT) == Segment(AT)


@given(first=curves(), second=curves(), soc=st.floats(0.0, 1.0))
def test_the_lower_envelope_is_below_both_and_touches_one(first: Curve, second: Curve, soc: float) -> None:
    envelope = lower_envelope(first, second)
    lesser = min(accepted_power(first, soc), accepted_power(second, soc))
    assert accepted_power(envelope, soc) <= lesser + 1e-6 * max(lesser, 1.0)
    steepest = max(abs(b[1] - a[1]) / (b[0] - a[0]) for a, b in [*pairwise(first), *pairwise(second), ((0, 0), (1, 0))])
    assert accepted_power(envelope, soc) >= lesser - 4 * MIN_PIECE * steepest - 1e-5 * max(lesser, 1.0)


@pytest.mark.parametrize(
    "curve",
    [
        (),
        ((0.5, 100.0), (0.5, 50.0)),
        ((0.6, 100.0), (0.5, 50.0)),
        ((-0.1, 100.0),),
        ((0.0, 100.0), (1.1, 50.0)),
        ((0.0, 0.0), (1.0, 50.0)),
        ((0.0, 10.0), (1.0, -1.0)),
    ],
)
def test_unusable_curves_are_named(curve: Curve) -> None:
    assert curve_flaw(curve)


def test_usable_curves_pass() -> None:
    assert curve_flaw(two_stage(7_000.0)) is None
    assert curve_flaw(((0.0, 7_000.0),)) is None
