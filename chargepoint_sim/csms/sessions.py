"""Charging sessions as the central system books them: one per transaction, whatever is repeated or reordered.

Owns the merging of repeats: in 1.6 a StartTransaction with the same connector, tag, time and register is the same
transaction; in 2.0.1 a TransactionEvent is known by transactionId and seqNo (2.0.1 part 2 chapter E, errata 2025-09).
"""

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from chargepoint_sim.csms.meter import REGISTER, MeterSample

_GAP_LIMIT = 1000
"""A jump of seqNo beyond this is noted, not listed number by number."""


@dataclass(slots=True)
class Session:
    """One transaction of one charger."""

    identity: str
    transaction_id: str
    """1.6: the number that this central system gave out, as text."""
    evse_id: int | None
    """1.6: the connectorId. None until the charger has told."""
    connector_id: int | None = None
    """2.0.1 only: a connector of the EVSE."""
    id_tag: str | None = None
    tag_status: str | None = None
    """What the charger was last told about the tag."""
    started_at: float | None = None
    """UTC seconds by the charger's stamp; None where the start was never reported."""
    meter_start_wh: float | None = None
    stopped_at: float | None = None
    meter_stop_wh: float | None = None
    stop_reason: str | None = None
    stop_tag: str | None = None
    charging_state: str | None = None
    """2.0.1 only."""
    readings: dict[str, MeterSample] = field(default_factory=dict)
    """The latest sample of each quantity, by MeterSample.key."""
    samples: int = 0
    """How many samples were received."""
    oddities: list[str] = field(default_factory=list)
    """What a billing back end would have to ask about, in words."""
    first_seq_no: int | None = None
    last_seq_no: int | None = None
    missing_seq_nos: set[int] = field(default_factory=set)
    """2.0.1: numbers between the first and the last one that have not arrived."""
    changed_at: float = 0.0
    """When this central system last booked something, UTC seconds."""

    @property
    def is_open(self) -> bool:
        """Whether the transaction still runs as far as this central system has been told."""
        return self.stopped_at is None

    @property
    def register_wh(self) -> float | None:
        """The newest known value of the energy register."""
        if self.meter_stop_wh is not None:
            return self.meter_stop_wh
        latest = self.readings.get(REGISTER)
        return latest.value if latest is not None else self.meter_start_wh

    @property
    def energy_wh(self) -> float | None:
        """Energy delivered so far; None until two figures are known."""
        register = self.register_wh
        return None if register is None or self.meter_start_wh is None else register - self.meter_start_wh

    def note(self, oddity: str) -> None:
        """Remember something strange, once."""
        if oddity not in self.oddities:
            self.oddities.append(oddity)

    def read(self, samples: Iterable[MeterSample]) -> None:
        """Book samples; a late one never replaces a newer one of the same quantity."""
        for sample in samples:
            self.samples += 1
            known = self.readings.get(sample.key)
            if known is None or sample.at >= known.at:
                if known is not None and sample.key == REGISTER and sample.value < known.value:
                    self.note(f"register fell from {known.value:g} to {sample.value:g} Wh")
                self.readings[sample.key] = sample

    def is_repeat(self, seq_no: int) -> bool:
        """Book the arrival of a seqNo; True where it has arrived before (2.0.1 section E)."""
        first, last = self.first_seq_no, self.last_seq_no
        if first is None or last is None:
            self.first_seq_no = self.last_seq_no = seq_no
        elif seq_no > last:
            self._miss(last + 1, seq_no)
            self.last_seq_no = seq_no
        elif seq_no < first:
            self._miss(seq_no + 1, first)
            self.first_seq_no = seq_no
        elif seq_no in self.missing_seq_nos:
            self.missing_seq_nos.discard(seq_no)
        else:
            return True
        return False

    def _miss(self, begin: int, end: int) -> None:
        if end - begin <= _GAP_LIMIT:
            self.missing_seq_nos.update(range(begin, end))
        else:
            self.note(f"seqNo {begin} to {end - 1} never arrived")


StartKey = tuple[str, int, str, float, float]
"""Identity, connector, tag, time and register: what makes two StartTransactions the same one."""


class SessionBook:
    """All sessions, oldest first; bounded by forgetting the oldest closed ones."""

    __slots__ = ("_by_key", "_kept", "_next_id", "_starts")

    def __init__(self, kept: int, first_transaction_id: int) -> None:
        self._by_key: OrderedDict[tuple[str, str], Session] = OrderedDict()
        self._starts: dict[StartKey, str] = {}
        self._kept = kept
        self._next_id = first_transaction_id

    def __iter__(self) -> Iterator[Session]:
        return iter(tuple(self._by_key.values()))

    def find(self, identity: str, transaction_id: str) -> Session | None:
        """The session of that charger's transaction, or None."""
        return self._by_key.get((identity, transaction_id))

    def of(self, identity: str) -> Sequence[Session]:
        """The sessions of one charger, oldest first."""
        return [session for session in self._by_key.values() if session.identity == identity]

    def open_at(self, identity: str, evse_id: int) -> Session | None:
        """The newest session of an EVSE, if it is not over."""
        found = (one for one in reversed(self._by_key.values()) if (one.identity, one.evse_id) == (identity, evse_id))
        session = next(found, None)
        return session if session is not None and session.is_open else None

    def started_16(self, key: StartKey) -> tuple[Session, bool]:
        """The session of a StartTransaction, and whether it is new; gives out the transactionId."""
        identity, connector_id, id_tag, at, meter_start = key
        start_key = (identity, connector_id, id_tag.casefold(), at, meter_start)
        known = self._starts.get(start_key)
        if known is not None:
            session = self.find(identity, known)
            if session is not None:
                return session, False
        transaction_id = str(self._next_id)
        self._next_id += 1
        self._starts[start_key] = transaction_id
        session = Session(
            identity, transaction_id, connector_id, id_tag=id_tag, started_at=at, meter_start_wh=meter_start
        )
        self._add(session)
        return session, True

    def transaction_201(self, identity: str, transaction_id: str) -> Session:
        """The session of a station-made transactionId, opened at its first event."""
        session = self.find(identity, transaction_id)
        if session is None:
            session = Session(identity, transaction_id, evse_id=None)
            self._add(session)
        return session

    def _add(self, session: Session) -> None:
        self._by_key[session.identity, session.transaction_id] = session
        if len(self._by_key) <= self._kept:
            return
        oldest = next((key for key, known in self._by_key.items() if not known.is_open), None)
        if oldest is not None:
            del self._by_key[oldest]
            if len(self._starts) > 2 * self._kept:
                self._starts = {key: known for key, known in self._starts.items() if (key[0], known) in self._by_key}
