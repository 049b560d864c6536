"""What the central system might ask for, asked for on the spot: the handler of the message decides, and acts.

Alike in both versions: whether a request fits its schema, and what an Outcome makes of the answers.
"""

from collections.abc import Mapping

from chargepoint_sim.clock import Now
from chargepoint_sim.core.commands import Outcome
from chargepoint_sim.errors import CallRefused
from chargepoint_sim.protocol.frames import Payload
from chargepoint_sim.protocol.registry import BlockContext, Handler
from chargepoint_sim.protocol.schemas import schemas

TAKEN = frozenset({"Accepted", "RebootRequired"})
"""Verdicts on a new value after which it is kept."""


def ask(context: BlockContext, action: str, handler: Handler, request: Payload, now: Now) -> Payload | None:
    """The answer of the handler; None where the request breaks its schema or is refused by CALLERROR."""
    if schemas(context.version).check_request(action, request) is not None:
        return None
    try:
        return handler(context, request, now)
    except CallRefused:
        return None


def settings_outcome(verdicts: Mapping[str, str]) -> Outcome:
    """What became of new values; accepted where all were taken."""
    refused = [f"{name}: {verdict}" for name, verdict in verdicts.items() if verdict not in TAKEN]
    return Outcome(not refused, "; ".join(refused), {"verdicts": verdicts})
