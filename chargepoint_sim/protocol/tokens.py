"""Tokens that are not accepted, alike in both versions; each version asks for verdicts in its `authorization.py`."""

from chargepoint_sim.clock import Now
from chargepoint_sim.core import authorization
from chargepoint_sim.core.facts import TokenRefused
from chargepoint_sim.protocol.frames import CallError
from chargepoint_sim.protocol.outbox import Entry
from chargepoint_sim.protocol.registry import BlockContext, on_failure, tells


@on_failure("Authorize")
def unanswered(context: BlockContext, entry: Entry, error: CallError | None, now: Now) -> None:
    """No verdict: the charger decides as it does without a link (1.6 section 4.1, C12.FR.02)."""
    authorization.unanswered(context.station, entry.note, now.sim)


@tells(TokenRefused)
def refused(context: BlockContext, fact: TokenRefused, now: Now) -> None:
    """Keep for the summary which token was refused."""
    context.problem(f"token {fact.id_token.shown}: {fact.status}")
