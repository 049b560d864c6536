"""One piece of the month: some chargers, their central system and the script, watched from the first frame on.

Pieces are independent of each other and of how many there are at a time, so that they can run side by side.
"""

from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from chargepoint_sim.clock import format_utc
from chargepoint_sim.config.loader import load_fleet
from chargepoint_sim.csms.central import Central
from chargepoint_sim.csms.config import BootSettings, CsmsSettings, IdTagSettings
from chargepoint_sim.fleet.spec import FleetSpec
from chargepoint_sim.simulation import Simulation
from tests.month.deeds import DAY_S
from tests.month.script import Script
from tests.month.watch import BOOKS, EXTERNAL, GIVEN_UP, PROFILES, VIOLATIONS, Played, Watch, Watched

FLEET_FILE = Path(__file__).with_name("fleet.yaml")
SETTLING_DAYS = 3
"""How long after the end a charger may take to come back and deliver."""
RECONCILED_AT_S = 437.0
"""When on each day books and meters are compared: nothing is aligned with that."""


@dataclass(frozen=True, slots=True)
class Piece:
    """What to play."""

    seed: int
    number: int
    """Counts the pieces of a month from 0."""
    chargers: tuple[int, ...]
    """The chargers' numbers in the whole fleet."""
    days: int
    versions: tuple[str, ...] = ("1.6", "2.0.1")


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


def play(piece: Piece) -> Played:
    """Play a piece to its end, let every charger come back and deliver, and say what was found."""
    played = Played()
    watch = Watch(played)
    simulation = Simulation(fleet_of(piece), central=central_of(piece), record=watch, watch=watch.look)
    for spec in simulation.fleet.chargers:
        watch.chargers[spec.charger_id] = Watched(spec, simulation.charger(spec.charger_id), played)
    script = Script(simulation, watch, played)
    start = simulation.now.sim
    for day in range(1, piece.days + 1):
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
