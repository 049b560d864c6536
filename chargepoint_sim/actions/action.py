"""The record of one submitted command, and the states that it may pass through.

Pure. All instants are simulated UTC seconds. Knows no API: names and parameters of a surface travel along in `name` and
`extra`, and are not looked at.
"""

import enum
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from chargepoint_sim.core.commands import Command


class State(enum.StrEnum):
    """Where a submitted command stands."""

    SCHEDULED = "scheduled"
    """Waits for its `start_at`."""
    QUEUED = "queued"
    """Handed to the charger; what it causes is not on the wire yet."""
    DEFERRED = "deferred"
    """Waits for the charger to come online: the command itself, or the messages that it caused."""
    SENT = "sent"
    """A message that it caused has been written; the answer is still to come."""
    APPLIED = "applied"
    """Done; where the central system is asked, it has answered and does not refuse."""
    REJECTED = "rejected"
    """The charger or the central system refused."""
    EXPIRED = "expired"
    """Its time ran out before it could be carried out."""
    FAILED = "failed"
    """It could not be brought to an end: CALLERROR, no answer, given up, or the charger is gone."""
    CANCELLED = "cancelled"
    """Taken back, or replaced by another command."""


_ENDINGS = frozenset({State.APPLIED, State.REJECTED, State.EXPIRED, State.FAILED, State.CANCELLED})

NEXT: Mapping[State, frozenset[State]] = {
    State.SCHEDULED: frozenset({State.QUEUED, State.EXPIRED, State.FAILED, State.CANCELLED}),
    State.QUEUED: frozenset({State.DEFERRED, State.SENT}) | _ENDINGS,
    State.DEFERRED: frozenset({State.QUEUED, State.SENT}) | _ENDINGS,
    State.SENT: _ENDINGS - {State.EXPIRED},
    State.APPLIED: frozenset(),
    State.REJECTED: frozenset(),
    State.EXPIRED: frozenset(),
    State.FAILED: frozenset(),
    State.CANCELLED: frozenset(),
}
"""State -> the states that may follow it; a state that nothing follows is an end."""

ENDS = frozenset(state for state, following in NEXT.items() if not following)


@dataclass(frozen=True, slots=True)
class Order:
    """What somebody submits: a command for one charger or many, and when it is to be carried out."""

    command: Command
    surface: str = "native"
    """The API through which it came: native, ocpplab or amps."""
    tenant: str | None = None
    name: str = ""
    """What the surface calls the command; empty: the command's own name."""
    start_at: float | None = None
    """None: at once."""
    end_at: float | None = None
    """When `end_command` is carried out, if this one was applied; needs an `end_command`."""
    end_command: Command | None = None
    expires_at: float | None = None
    """After this instant it is not begun any more; None: as long as deferred commands are kept."""
    key: str | None = None
    """Who submits again with the same key, within tenant and surface, gets the action that is there."""
    settle_s: float | None = None
    """How long after the charger's answer the action ends by it, simulated seconds, whatever the central system thinks
    of it; None: as soon as charger and central system have answered."""
    refusal: str = ""
    """The charger is not asked, and the action is rejected with these words: so that clients can try that out."""
    extra: Mapping[str, Any] | None = None
    """Plain data that the surface wants to find again."""


@dataclass(frozen=True, slots=True)
class Action:
    """One submitted command for one charger. Never changed: each transition makes a new record."""

    action_id: str
    charger_id: str
    order: Order
    """Shared by all actions of one fan-out."""
    state: State
    created_at: float
    updated_at: float
    """Of the last transition."""
    key: str | None = None
    expires_at: float | None = None
    begun_at: float | None = None
    """When it was first handed to the charger, or held for it; None while it is scheduled."""
    reason: str = ""
    """A sentence for people where it was rejected, failed, expired or cancelled."""
    info: Mapping[str, Any] | None = None
    """What the charger's Outcome says beside its reason, e.g. applied_power_w or unknown_place."""
    result: Mapping[str, Any] | None = None
    """What the central system answered: action, status (its verdict, or None) and answer (the payload)."""

    @property
    def command(self) -> Command:
        """What is to be done."""
        return self.order.command

    @property
    def name(self) -> str:
        """What its surface calls the command."""
        return self.order.name or type(self.order.command).__name__

    @property
    def ended(self) -> bool:
        """Nothing more happens to it."""
        return self.state in ENDS


def new_action(charger_id: str, order: Order, at: float, *, key: str | None = None) -> Action:
    """A fresh record; its id is twelve random hexadecimal digits."""
    state = State.QUEUED if order.start_at is None else State.SCHEDULED
    begun_at = at if order.start_at is None else None
    return Action(secrets.token_hex(6), charger_id, order, state, at, at, key, order.expires_at, begun_at)


def moved(action: Action, state: State, at: float, **changes: Any) -> Action:
    """The record after a transition. ValueError for one that the table does not have."""
    if state not in NEXT[action.state]:
        raise ValueError(f"an action that is {action.state} cannot become {state}")
    return replace(action, state=state, updated_at=max(at, action.updated_at), **changes)
