"""Messages that somebody wants sent as they are, alike in both versions: the charger puts them into the envelope alone.

They need not fit the official schemas, nor what the charger is doing: so the rules of a central system can be tried
out. The answer is told to whoever follows the message, and changes nothing in the charger.
"""

from typing import Any

from chargepoint_sim.clock import Now
from chargepoint_sim.core.commands import ACCEPTED, DEEPEST_RAW, Outcome, SendRaw, refused, too_deep
from chargepoint_sim.protocol.registry import BlockContext, obeys

LONGEST_ACTION = 50

VERBATIM = frozenset({"customData", "data"})
"""What stands under these keys is a vendor's, and its keys stay as they are."""

ODD_NAMES = {"bulk_soc": "bulkSoC", "full_soc": "fullSoC", "responder_url": "responderURL"}
"""Names whose capital letters their parts do not tell."""


@obeys(SendRaw)
def send(context: BlockContext, command: SendRaw, now: Now) -> Outcome:
    """Queue the message."""
    action = action_name(command.action)
    if not action.isascii() or not action.isalnum() or len(action) > LONGEST_ACTION:
        return refused(f"the name of a message has 1 to {LONGEST_ACTION} letters and digits")
    if too_deep(command.payload):
        return refused(f"a raw message is at most {DEEPEST_RAW} levels deep")
    if not context.station.online:
        return refused("the charger is offline; a raw message is not queued")
    context.call(action, camel(dict(command.payload))).raw = True
    return ACCEPTED


def action_name(name: str) -> str:
    """`boot_notification` is BootNotification; CamelCase stays as it is."""
    return "".join(word[:1].upper() + word[1:] for word in name.split("_"))


def camel(value: Any) -> Any:
    """The value with its keys in camelCase, at every depth."""
    if isinstance(value, dict):
        named = {key_name(key): content for key, content in value.items()}
        return {key: content if key in VERBATIM else camel(content) for key, content in named.items()}
    return [camel(one) for one in value] if isinstance(value, list | tuple) else value


def key_name(name: str) -> str:
    """`charge_point_vendor` is chargePointVendor; what has no underscore stays as it is."""
    first, *rest = name.split("_")
    return ODD_NAMES.get(name) or first + "".join(word[:1].upper() + word[1:] for word in rest)
