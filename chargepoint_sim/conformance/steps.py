"""First word of a step -> how it is carried out."""

from collections.abc import Awaitable, Callable, Mapping

from chargepoint_sim.conformance import bare_steps, charger_steps, load_steps
from chargepoint_sim.conformance.cases import Step
from chargepoint_sim.conformance.run import Checks, Run

STEPS: Mapping[str, Callable[[Run, Step], Awaitable[Checks]]] = {
    "do": charger_steps.do,
    "expect": charger_steps.expect,
    "trigger": charger_steps.trigger,
    "power_cut_s": charger_steps.power_cut,
    "set_up": charger_steps.set_up,
    "closes": charger_steps.closes,
    "silent_s": charger_steps.silent,
    "dial": bare_steps.dial,
    "call": bare_steps.call,
    "text": bare_steps.text,
    "wire": bare_steps.wire,
    "burst": bare_steps.burst,
    "one_served": bare_steps.one_served,
    "abandon": bare_steps.abandon,
    "idle_s": bare_steps.idle,
    "hang_up": bare_steps.hang_up,
    "storm": load_steps.storm,
    "flap": load_steps.flap,
    "flood": load_steps.flood,
}
"""The same words as `cases.STEP_WORDS`."""
