"""Heartbeat, alike in both versions (1.6 section 4.6, 2.0.1 G02). When one is due the charger knows."""

from chargepoint_sim.clock import Now
from chargepoint_sim.protocol.frames import Payload
from chargepoint_sim.protocol.outbox import Entry
from chargepoint_sim.protocol.registry import BlockContext, on_result, sends


@sends("Heartbeat")
def heartbeat(context: BlockContext, now: Now, *, solicited: bool = False) -> None:
    """Show life and ask for the time."""
    context.call("Heartbeat", {}, solicited=solicited)


@on_result("Heartbeat")
def heartbeat_answered(context: BlockContext, entry: Entry, answer: Payload, now: Now) -> None:
    """Set the clock."""
    context.synchronise(str(answer.get("currentTime", "")), now)
