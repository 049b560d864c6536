"""When each charger of a fleet powers up, so that ten thousand do not dial in one second."""

from chargepoint_sim.fleet.spec import RampSpec
from chargepoint_sim.rng import draw


def power_up_at(ramp: RampSpec, n: int, seed: int, charger_id: str) -> float:
    """Seconds after the start of the ramp at which the n-th charger powers up; jitter is a share of the step."""
    step_s = 1.0 / ramp.rate_per_s
    return step_s * (n + ramp.jitter * draw(seed, charger_id, "ramp"))
