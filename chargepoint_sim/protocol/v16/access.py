"""1.6 keys that change how the charger connects: AuthorizationKey and SecurityProfile (white paper A01, A05, 7.2, 7.6).

They follow rules of their own in ChangeConfiguration; the charger answers, closes the link and dials with what is new.
"""

import re
from collections.abc import Callable, Mapping

from chargepoint_sim.clock import Now
from chargepoint_sim.core.access import PASSWORD, PROFILE
from chargepoint_sim.protocol import security_events
from chargepoint_sim.protocol.redial import reconnect
from chargepoint_sim.protocol.registry import BlockContext

ACCEPTED, REJECTED = "Accepted", "Rejected"

_HEX_KEY = re.compile(r"(?:[0-9A-Fa-f]{2}){16,20}")


def authorization_key(context: BlockContext, text: str, now: Now) -> str:
    """The Basic password as 32 to 40 hexadecimal digits; never reported (A01)."""
    if _HEX_KEY.fullmatch(text) is None:
        return REJECTED
    settings = context.station.settings
    settings.set(PASSWORD, text)
    security_events.note(context, "ReconfigurationOfSecurityParameters", now, "AuthorizationKey")
    if settings.integer(PROFILE) in (1, 2):
        reconnect(context, now)
    return ACCEPTED


def security_profile(context: BlockContext, text: str, now: Now) -> str:
    """A higher profile whose prerequisites hold (A05.FR.01 to 07)."""
    settings, access = context.station.settings, context.station.access
    current = settings.integer(PROFILE)
    if not text.isdecimal() or not current < int(text) <= 3:
        return REJECTED
    at = context.station.utc(now.sim)
    missing = access.missing_for(int(text), at, password_set=bool(settings.text(PASSWORD)))
    if missing is not None:
        context.problem(f"security profile {text} refused: {missing}")
        return REJECTED
    access.previous_profile, access.failed_dials = current, 0
    settings.set(PROFILE, int(text))
    security_events.note(context, "ReconfigurationOfSecurityParameters", now, f"SecurityProfile {text}")
    reconnect(context, now)
    return ACCEPTED


RULES: Mapping[str, Callable[[BlockContext, str, Now], str]] = {
    "AuthorizationKey": authorization_key,
    "SecurityProfile": security_profile,
}
"""Key -> what ChangeConfiguration does with it: the status of the answer."""

WRITE_ONLY = frozenset({"AuthorizationKey"})
"""Keys that GetConfiguration does not know."""
