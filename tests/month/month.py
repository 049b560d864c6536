"""One piece of the month: some chargers, their central system and the script, watched from the first frame on.

Pieces are independent of each other and of how many there are at a time, so that they can run side by side.
"""

import heapq
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

from chargepoint_sim.charger import Charger
from chargepoint_sim.clock import Now, format_utc
from chargepoint_sim.config.loader import load_fleet
from chargepoint_sim.core.commands import ClearFault, SetPowerLimit
from chargepoint_sim.core.spec import Current
from chargepoint_sim.csms.central import Central
from chargepoint_sim.csms.config import BootSettings, CsmsSettings, IdTagSettings
from chargepoint_sim.errors import LocalError
from chargepoint_sim.fleet.spec import ChargerSpec, FleetSpec
from chargepoint_sim.simulation import Digest, Simulation
from tests.month.checks.books import compare
from tests.month.checks.profiles import Installed
from tests.month.checks.statuses import LegalChargingStates, LegalStatuses16, LegalStatuses201
from tests.month.checks.transactions import RegistersNeverFall, Sequence16, Sequence201
from tests.month.checks.wire import OneMessageForAnId, OneOutstanding, SchemaValid
from tests.month.deeds import DAY_S, Call, Deed, Outage, Place, PowerCut, next_plan
from tests.month.frames import CALL, Check, read
from tests.month.meters import Meters

FLEET_FILE = Path(__file__).with_name("fleet.yaml")
DEEDS_PER_DAY = 10.0
RETRY_S = 1800.0
"""What could not be sent because the charger was away, and must be, is tried again after so long."""
SETTLING_DAYS = 3
RECONCILED_AT_S = 437.0
"""When on each day books and meters are compared: nothing is aligned with that."""
BREACHES_KEPT = 20

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
CHECKS: Mapping[str, Mapping[str, Any]] = {
    "1.6": {STATUSES: LegalStatuses16, ORDER_16: Sequence16},
    "2.0.1": {STATUSES: LegalStatuses201, STATES: LegalChargingStates, ORDER_201: Sequence201},
}


@dataclass(frozen=True, slots=True)
class Piece:
    """What to play."""

    seed: int
    number: int
    """Counts the pieces of a month from 0."""
    chargers: tuple[int, ...]
    """The chargers' numbers in the whole fleet."""
    days: float
    versions: tuple[str, ...] = ("1.6", "2.0.1")


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


@cache
def kinds(versions: tuple[str, ...]) -> FleetSpec:
    """One charger of each kind."""
    fleet = load_fleet(FLEET_FILE, {})
    return replace(fleet, chargers=tuple(one for one in fleet.chargers if one.version in versions))


def fleet_of(piece: Piece) -> FleetSpec:
    """The chargers of a piece: the kinds in turn."""
    fleet = kinds(piece.versions)
    chargers = []
    for number in piece.chargers:
        kind = fleet.chargers[number % len(fleet.chargers)]
        name = f"{kind.charger_id}-{number:03d}"
        chargers.append(replace(kind, charger_id=name, identity=name, serial_number=name))
    return replace(fleet, seed=piece.seed, chargers=tuple(chargers))


def central_of(piece: Piece) -> Central:
    """The central system of a piece: knows two tags that may not charge, and wants to hear of a charger daily."""
    settings = CsmsSettings(
        boot=BootSettings(interval_s=43200),
        id_tags=(
            IdTagSettings(id_tag="BLOCKED1", status="Blocked"),
            IdTagSettings(id_tag="EXPIRED1", status="Expired"),
            IdTagSettings(id_tag="TAG00001", group="FAMILY"),
            IdTagSettings(id_tag="TAG00002", group="FAMILY"),
        ),
        frames_kept=1,
        sessions_kept=1_000_000,
    )
    return Central(settings, boot_id=f"month-{piece.number}", first_transaction_id=1 + 100_000 * piece.number)


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


class Script:
    """Carries the deeds out, each at its instant."""

    def __init__(self, simulation: Simulation, watch: Watch, played: Played) -> None:
        self._simulation = simulation
        self._watch = watch
        self._played = played
        self._numbers = count()
        self._due: list[tuple[float, int, str, Deed | None]] = []
        for charger_id in watch.chargers:
            self._plan(charger_id, simulation.now.sim)

    def play(self, until: float) -> None:
        """Let time run up to `until`, deeds included."""
        while self._due[0][0] <= until:
            at, _, charger_id, deed = heapq.heappop(self._due)
            self._simulation.run(at)
            if deed is not None:
                self._do(charger_id, deed)
                continue
            watched = self._watch.chargers[charger_id]
            plan = next_plan(watched.place, self._running(watched.charger), at)
            self._do(charger_id, plan.deed)
            for delay_s, following in plan.then:
                self._add(at + delay_s, charger_id, following)
            self._plan(charger_id, at)
        self._simulation.run(until)

    def _plan(self, charger_id: str, at: float) -> None:
        chance = self._watch.chargers[charger_id].place.chance
        self._add(at + chance.expovariate(DEEDS_PER_DAY / DAY_S), charger_id, None)

    def _add(self, at: float, charger_id: str, deed: Deed | None) -> None:
        heapq.heappush(self._due, (at, next(self._numbers), charger_id, deed))

    def _running(self, charger: Charger) -> dict[int, str]:
        """The transactions of a charger by EVSE, under the ids that the central system knows."""
        found = {}
        for evse in charger.station.evses:
            if evse.transaction is not None:
                own = evse.transaction.transaction_id
                given = charger.outbox.csms_id(own)
                found[evse.evse_id] = own if given is None else str(given)
        return found

    def _do(self, charger_id: str, deed: Deed) -> None:
        simulation, done = self._simulation, self._played.happened
        if isinstance(deed, Call):
            try:
                simulation.call(charger_id, deed.action, deed.payload)
            except LocalError:
                self._played.answered[deed.action, "not sent, the charger is away"] += 1
                if deed.payload.get("type", deed.payload.get("operationalStatus")) == "Operative":
                    self._add(simulation.now.sim + RETRY_S, charger_id, deed)
        elif isinstance(deed, Outage):
            done["network outages"] += 1
            simulation.drop_link(charger_id, deed.outage_s)
        elif isinstance(deed, PowerCut):
            done["power cuts"] += 1
            simulation.cut_power(charger_id, deed.dark_s)
        elif isinstance(deed, SetPowerLimit):
            self._limit(charger_id, deed)
        else:
            outcome = simulation.command(charger_id, deed)
            done[f"{type(deed).__name__} {'accepted' if outcome.accepted else 'refused'}"] += 1
            if isinstance(deed, ClearFault) and not simulation.charger(charger_id).station.mains:
                self._add(simulation.now.sim + RETRY_S, charger_id, deed)

    def _limit(self, charger_id: str, deed: SetPowerLimit) -> None:
        """A power-update; the meters are told of a higher limit before it can act, of a lower one afterwards."""
        held = self._watch.chargers[charger_id].meters.external_w
        assert deed.evse_id is not None
        before = held.pop(deed.evse_id, None)
        outcome = self._simulation.command(charger_id, deed)
        self._played.happened[f"SetPowerLimit {'accepted' if outcome.accepted else 'refused'}"] += 1
        now_w = deed.power_w if outcome.accepted else before
        if now_w is not None:
            held[deed.evse_id] = now_w


def play(piece: Piece) -> Played:
    """Play a piece to its end, let every charger come back and deliver, and say what was found."""
    played = Played()
    watch = Watch(played)
    simulation = Simulation(fleet_of(piece), central=central_of(piece), record=watch, watch=watch.look)
    for spec in simulation.fleet.chargers:
        watch.chargers[spec.charger_id] = Watched(spec, simulation.charger(spec.charger_id), played)
    script = Script(simulation, watch, played)
    start = simulation.now.sim
    for day in range(1, int(piece.days) + 1):
        script.play(start + (day - 1) * DAY_S + RECONCILED_AT_S)
        for watched in watch.chargers.values():
            if watched.delivered():
                watched.reconcile(simulation.central, simulation.now.sim)
    script.play(start + piece.days * DAY_S)
    _settle(simulation, watch, played)
    _close(simulation, watch, played)
    played.digest, played.lines = watch.digest.hexdigest(), watch.digest.lines
    return played


def _settle(simulation: Simulation, watch: Watch, played: Played) -> None:
    """Wait for each charger to deliver, and reconcile it then for the last time."""
    waiting = dict(watch.chargers)
    end = simulation.now.sim + SETTLING_DAYS * DAY_S
    while waiting and simulation.now.sim < end:
        for charger_id, watched in list(waiting.items()):
            if watched.delivered():
                watched.reconcile(simulation.central, simulation.now.sim)
                del waiting[charger_id]
        simulation.run_for(60.0)
    for charger_id in waiting:
        played.breach(BOOKS, f"{charger_id} has not delivered {SETTLING_DAYS} days after the end")


def _close(simulation: Simulation, watch: Watch, played: Played) -> None:
    central = simulation.central
    for watched in watch.chargers.values():
        played.checked[PROFILES] += watched.meters.looks_under_profiles
        played.checked[EXTERNAL] += watched.meters.looks_under_external_limits
    played.checked[VIOLATIONS] += sum(central.counts.values())
    for violation in central.violations:
        words = f"{format_utc(violation.at)} {violation.identity} {violation.action}: {violation.description}"
        played.breach(VIOLATIONS, words)
    sessions = central.sessions()
    played.happened["sessions booked"] += len(sessions)
    played.happened["kWh booked"] += round(sum(one.energy_wh or 0.0 for one in sessions) / 1000)
    for charger_id in simulation.charger_ids:
        charger = simulation.charger(charger_id)
        played.checked[GIVEN_UP] += 1
        for given_up in charger.outbox.given_up:
            played.breach(GIVEN_UP, f"{charger_id}: {given_up}")
