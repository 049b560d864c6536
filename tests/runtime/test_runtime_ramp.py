"""The ramp: ten thousand chargers do not dial in one second."""

import itertools

import pytest

from chargepoint_sim.fleet.spec import RampSpec
from chargepoint_sim.runtime.ramp import power_up_at


def schedule(ramp: RampSpec, count: int, seed: int = 1) -> list[float]:
    return [power_up_at(ramp, n, seed, f"CP-{n}") for n in range(count)]


@pytest.mark.parametrize("rate_per_s", [0.5, 50.0, 200.0])
def test_the_rate_is_kept_in_every_second(rate_per_s: float) -> None:
    instants = schedule(RampSpec(rate_per_s, jitter=0.0), 1000)
    assert instants[0] == 0.0
    assert instants[-1] == pytest.approx(999 / rate_per_s)
    gaps = [later - earlier for earlier, later in itertools.pairwise(instants)]
    assert min(gaps) == pytest.approx(1 / rate_per_s)


def test_jitter_is_seeded_stays_within_its_step_and_keeps_the_order() -> None:
    ramp = RampSpec(100.0, jitter=1.0)
    instants = schedule(ramp, 500)
    assert instants == schedule(ramp, 500)
    assert instants != schedule(ramp, 500, seed=2)
    assert instants == sorted(instants)
    assert all(0 <= instant - n / 100 < 1 / 100 for n, instant in enumerate(instants))
