"""What is watched while a month is played: every frame by every check, every meter after every step.

Owns the names of the invariants and what was found of them; judges nothing itself.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

from chargepoint_sim.charger import Charger
from chargepoint_sim.clock import Now, format_utc
from chargepoint_sim.core.spec import Current
from chargepoint_sim.csms.central import Central
from chargepoint_sim.fleet.spec import ChargerSpec
from chargepoint_sim.simulation import Digest
from tests.month.checks.books import compare
from tests.month.checks.profiles import Installed
from tests.month.checks.statuses import LegalChargingStates, LegalStatuses16, LegalStatuses201
from tests.month.checks.transactions import RegistersNeverFall, Sequence16, Sequence201
from tests.month.checks.wire import OneMessageForAnId, OneOutstanding, SchemaValid
from tests.month.deeds import Place
from tests.month.frames import CALL, Check, read
from tests.month.meters import Meters

BREACHES_KEPT = 20
"""Examples of each invariant; the others are counted."""

BOOKS = "energy booked = energy metered, nothing lost or doubled"
METER = "registers never fall, draw within all limits"
PROFILES = "  of these: a draw under charging profiles"
EXTERNAL = "  of these: a draw under a power-update limit"
VIOLATIONS = "no frame that the central system refuses"
GIVEN_UP = "no message given up"
SCHEMA, IN_FLIGHT, IDS = "every frame valid by schema", "one CALL in flight a side", "one message for one id"
TOLD_REGISTERS = "registers told never fall"
STATUSES, STATES = "legal status transitions", "legal chargingState transitions"
ORDER_16, ORDER_201 = "transactions started and stopped once", "seqNo without gaps, Started to Ended"
INVARIANTS = (
    BOOKS,
    ORDER_16,
    ORDER_201,
    GIVEN_UP,
    STATUSES,
    STATES,
    TOLD_REGISTERS,
    METER,
    PROFILES,
    EXTERNAL,
    IN_FLIGHT,
    IDS,
    SCHEMA,
    VIOLATIONS,
)
"""In the order of the report."""
CHECKS: Mapping[str, Mapping[str, Any]] = {
    "1.6": {STATUSES: LegalStatuses16, ORDER_16: Sequence16},
    "2.0.1": {STATUSES: LegalStatuses201, STATES: LegalChargingStates, ORDER_201: Sequence201},
}


@dataclass(slots=True)
class Played:
    """What a piece left behind; picklable."""

    digest: str = ""
    lines: int = 0
    happened: Counter[str] = field(default_factory=Counter)
    told: Counter[str] = field(default_factory=Counter)
    """CALLs of the chargers by action."""
    answered: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Answers of the chargers by action and status, or error code."""
    checked: Counter[str] = field(default_factory=Counter)
    """How often each invariant was looked at."""
    breaches: Counter[str] = field(default_factory=Counter)
    examples: list[str] = field(default_factory=list)

    def breach(self, invariant: str, words: str) -> None:
        """Note one breach."""
        self.breaches[invariant] += 1
        if self.breaches[invariant] <= BREACHES_KEPT:
            self.examples.append(f"{invariant}: {words}")


class Watched:
    """Everything that is watched of one charger."""

    def __init__(self, spec: ChargerSpec, charger: Charger, played: Played) -> None:
        self.place = Place(
            Random(f"{charger.station.seed}/{spec.charger_id}"),
            spec.version,
            spec.station.evses[0].current is Current.DC,
            tuple(one.evse_id for one in spec.station.evses),
        )
        self.charger = charger
        self._name = spec.charger_id
        self._played = played
        installed = Installed()
        timeout_s = charger.station.settings.integer("OCPPCommCtrlr.MessageTimeout[Default]")
        self._checks: list[tuple[str, Check]] = [
            (SCHEMA, SchemaValid(charger.version)),
            (IN_FLIGHT, OneOutstanding(timeout_s)),
            (IDS, OneMessageForAnId()),
            (TOLD_REGISTERS, RegistersNeverFall()),
            *((name, check()) for name, check in CHECKS[spec.version].items()),
        ]
        self._installed = installed
        self.meters = Meters(charger, installed)

    def frame(self, at: float, action: str, text: bytes, *, sent: bool) -> None:
        """A frame has crossed the link."""
        frame = read(at, action, text, sent=sent)
        if frame.kind == CALL and sent:
            self._played.told[action] += 1
        elif frame.kind != CALL and sent and action:
            self._played.answered[action, frame.code or frame.payload.get("status", "an answer")] += 1
        self._installed.see(frame)
        for name, check in self._checks:
            self._note(name, check.see(frame), at)

    def linked(self) -> None:
        """The link is up anew."""
        self._installed.linked()
        for _, check in self._checks:
            check.linked()

    def look(self, at: float) -> None:
        """Read the meters."""
        self._note(METER, self.meters.look(self.charger, at), at)

    def delivered(self) -> bool:
        """The charger has told all it had to tell."""
        return self.charger.station.online and not len(self.charger.outbox) and not self.charger.session.outstanding

    def reconcile(self, central: Central, at: float) -> None:
        """Hold the books against the meters; the charger must have delivered."""
        self.look(at)
        sessions = central.sessions(self._name)
        own_ids = self.place.version != "1.6"
        self._note(BOOKS, compare(self.meters.transactions, sessions, self.meters.registers_wh(), own_ids=own_ids), at)

    def _note(self, invariant: str, found: Iterator[str], at: float) -> None:
        self._played.checked[invariant] += 1
        for words in found:
            self._played.breach(invariant, f"{format_utc(at)} {self._name}: {words}")


class Watch:
    """The record of the simulation and the watcher of its chargers in one."""

    def __init__(self, played: Played) -> None:
        self.digest = Digest()
        self.chargers: dict[str, Watched] = {}
        self._played = played

    def frame(self, at: float, charger_id: str, *, sent: bool, action: str, text: bytes) -> None:
        """Take a frame into the digest and show it to the checks."""
        self.digest.frame(at, charger_id, sent=sent, action=action, text=text)
        self.chargers[charger_id].frame(at, action, text, sent=sent)

    def event(self, at: float, charger_id: str, kind: str, data: Mapping[str, Any]) -> None:
        """Take an event into the digest; a new link concerns the checks."""
        self.digest.event(at, charger_id, kind, data)
        if kind == "charger_connected":
            self.chargers[charger_id].linked()
        if kind != "connector_status_changed":
            self._played.happened[kind] += 1

    def look(self, charger: Charger, now: Now) -> None:
        """A charger has done a step."""
        watched = self.chargers.get(charger.station.charger_id)
        if watched is not None:
            watched.look(now.sim)
