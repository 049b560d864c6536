"""What the central system has booked against what was metered: nothing lost, nothing doubled, every Wh accounted for.

Holds at any moment at which the charger has delivered all it had to tell.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from chargepoint_sim.clock import format_utc
from chargepoint_sim.csms.sessions import Session

ROUNDING_WH = 1.0
"""Registers are told in whole Wh."""


@dataclass(slots=True)
class Metered:
    """One transaction as it was seen at the meter."""

    transaction_id: str
    """The charger's own."""
    evse_id: int
    started_at: float
    meter_start_wh: float
    meter_stop_wh: float | None = None
    """None while it runs."""


def compare(
    metered: Sequence[Metered], sessions: Sequence[Session], registers_wh: Mapping[int, float], *, own_ids: bool
) -> Iterator[str]:
    """Every breach, in words. `own_ids`: the central system knows transactions by the charger's ids (2.0.1)."""
    booked: dict[tuple[object, ...], list[Session]] = {}
    for session in sessions:
        booked.setdefault(_key_booked(session, own_ids), []).append(session)
        yield from (f"session {session.transaction_id}: {oddity}" for oddity in session.oddities)
        if session.missing_seq_nos:
            yield f"session {session.transaction_id}: seqNo {sorted(session.missing_seq_nos)} never arrived"
    accounted_wh = dict.fromkeys(registers_wh, 0.0)
    counts = dict.fromkeys(registers_wh, 1)
    for truth in metered:
        found = booked.pop(_key_metered(truth, own_ids), [])
        if len(found) != 1:
            yield f"transaction {truth.transaction_id} is booked {len(found)} times"
            continue
        yield from _same(truth, found[0])
        counts[truth.evse_id] += 1
        if truth.meter_stop_wh is None:
            accounted_wh[truth.evse_id] += registers_wh[truth.evse_id] - truth.meter_start_wh
        else:
            accounted_wh[truth.evse_id] += found[0].energy_wh or 0.0
    for left in booked.values():
        yield from (f"session {one.transaction_id} is booked and was never metered" for one in left)
    for evse_id, register_wh in registers_wh.items():
        if abs(accounted_wh[evse_id] - register_wh) > ROUNDING_WH * counts[evse_id]:
            yield f"EVSE {evse_id}: sessions of {accounted_wh[evse_id]:.1f} Wh, register {register_wh:.1f} Wh"


def _same(truth: Metered, session: Session) -> Iterator[str]:
    name = f"transaction {truth.transaction_id}"
    if session.is_open != (truth.meter_stop_wh is None):
        yield f"{name} is {'open' if session.is_open else 'closed'} at the central system alone"
    elif truth.meter_stop_wh is not None:
        metered_wh, booked_wh = truth.meter_stop_wh - truth.meter_start_wh, session.energy_wh
        if booked_wh is None or abs(booked_wh - metered_wh) > ROUNDING_WH:
            yield f"{name}: {metered_wh:.1f} Wh metered, {booked_wh} Wh booked"


def _key_metered(truth: Metered, own_ids: bool) -> tuple[object, ...]:
    if own_ids:
        return (truth.transaction_id,)
    return truth.evse_id, format_utc(truth.started_at)


def _key_booked(session: Session, own_ids: bool) -> tuple[object, ...]:
    if own_ids:
        return (session.transaction_id,)
    return session.evse_id, format_utc(session.started_at or 0.0)
