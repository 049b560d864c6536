"""What each command needs of the central system before it counts as applied: one table.

A command that is not in the table acts on the physical charger: it is carried out at once, link or not, and is applied
when the charger accepts it. What it makes the charger tell the central system does not decide.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from chargepoint_sim.core.commands import (
    AuthorizeToken,
    BeginTransaction,
    Command,
    EndTransaction,
    PresentToken,
    ResumeCharging,
    SendRaw,
    StartSession,
    StopSession,
    TransferData,
)


@dataclass(frozen=True, slots=True)
class Reach:
    """How far a command goes."""

    decided_by: frozenset[str] = frozenset()
    """Actions of OCPP whose answers decide; empty: every message that the command causes."""
    needs_link: bool = False
    """It does nothing but send a message: it waits until the charger is online."""
    judged: bool = True
    """A verdict other than Accepted means rejected."""


_STARTS = Reach(frozenset({"Authorize", "StartTransaction", "TransactionEvent"}))
_STOPS = Reach(frozenset({"StopTransaction", "TransactionEvent"}), judged=False)

REACH: Mapping[type[Command], Reach] = {
    AuthorizeToken: Reach(frozenset({"Authorize"}), needs_link=True),
    BeginTransaction: _STARTS,
    EndTransaction: _STOPS,
    PresentToken: _STARTS,
    SendRaw: Reach(needs_link=True),
    StartSession: _STARTS,
    StopSession: _STOPS,
    TransferData: Reach(frozenset({"DataTransfer"}), needs_link=True),
}
"""A stop is a fact once the central system has taken note of it, whatever it thinks of the token."""


def reach_of(command: Command) -> Reach | None:
    """How far a command goes; None for one that acts on the physical charger alone."""
    if isinstance(command, ResumeCharging) and command.id_token is not None:
        return _STARTS
    return REACH.get(type(command))
