"""What the chargers really did, taken where the core tells it, to be held against what the central system booked."""

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from chargepoint_sim.core.facts import Fact, TransactionEvent, TransactionPhase
from chargepoint_sim.core.station import Station


@dataclass
class Truth:
    """One transaction as the core told it."""

    charger_id: str
    transaction_id: str
    evse_id: int
    started_at: float
    meter_start_wh: float
    told: list[float] = field(default_factory=list)
    """Instants of its events, in order of telling."""
    seq_nos: list[int] = field(default_factory=list)
    ended_at: float | None = None
    meter_stop_wh: float | None = None


class Ledger:
    """All transactions by charger and station's id."""

    def __init__(self) -> None:
        self.transactions: dict[tuple[str, str], Truth] = {}

    def note(self, charger_id: str, fact: TransactionEvent) -> None:
        """Book one event."""
        key = (charger_id, fact.transaction_id)
        if fact.phase is TransactionPhase.STARTED:
            assert key not in self.transactions, f"{key} started twice"
            self.transactions[key] = Truth(charger_id, fact.transaction_id, fact.evse_id, fact.at, fact.meter_start_wh)
        truth = self.transactions[key]
        assert truth.ended_at is None, f"{key} goes on after its end"
        truth.told.append(fact.at)
        truth.seq_nos.append(fact.seq_no)
        if fact.phase is TransactionPhase.ENDED:
            truth.ended_at, truth.meter_stop_wh = fact.at, fact.register_wh

    def of(self, charger_id: str, evse_id: int | None = None) -> list[Truth]:
        """The transactions of one charger, or of one EVSE, in order."""
        return [
            one for one in self.transactions.values() if one.charger_id == charger_id and evse_id in (None, one.evse_id)
        ]


def keep(monkeypatch: pytest.MonkeyPatch) -> Ledger:
    """A ledger that listens to every station until the test ends."""
    ledger = Ledger()
    taken: Callable[[Station], list[Fact]] = Station.take_facts

    def listening(station: Station) -> list[Fact]:
        facts = taken(station)
        for fact in facts:
            if isinstance(fact, TransactionEvent):
                ledger.note(station.charger_id, fact)
        return facts

    monkeypatch.setattr(Station, "take_facts", listening)
    return ledger
