"""Conversions and rounding for the wire."""

from math import copysign

import pytest

from chargepoint_sim.units import amperes, one_decimal, percent, watts, whole_wh


def test_watts_are_the_total_and_amperes_per_phase() -> None:
    assert watts(16.0, 230.0, 3) == 11_040.0
    assert amperes(11_040.0, 230.0, 3) == 16.0
    assert watts(125.0, 400.0) == 50_000.0


@pytest.mark.parametrize(("value", "wire"), [(8.1, 8.1), (15.942, 15.9), (15.96, 16.0), (11_000, 11_000.0)])
def test_figures_have_one_decimal_on_the_wire(value: float, wire: float) -> None:
    assert one_decimal(value) == wire


def test_there_is_no_minus_zero_on_the_wire() -> None:
    assert copysign(1.0, one_decimal(-0.01)) == 1.0


def test_registers_are_rounded_down_and_shares_become_percent() -> None:
    assert whole_wh(12_345.99) == 12_345
    assert percent(0.4567) == 45.7
