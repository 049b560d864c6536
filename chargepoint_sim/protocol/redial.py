"""Connecting anew with what has changed: password, certificate, security profile (A01, A02, A05)."""

from chargepoint_sim.clock import Now
from chargepoint_sim.protocol.link import NORMAL_CLOSURE
from chargepoint_sim.protocol.registry import BlockContext, wakes

REDIAL_S = 1.0
"""From the close of the link to the next dial, I/O seconds: the other side closes first."""

PAUSE_S = 1.0
"""From the answer to the close of the link, simulated seconds: what the change makes the charger tell goes out."""


def reconnect(context: BlockContext, now: Now) -> None:
    """Connect anew with what has changed, once the answer is out."""
    context.station.access.failed_dials = 0
    context.wake("reconnect", now.sim + PAUSE_S)


@wakes("reconnect")
def close(context: BlockContext, place: int, now: Now) -> None:
    """The answer is out, and what came of it."""
    context.close_link(now, REDIAL_S, NORMAL_CLOSURE)
