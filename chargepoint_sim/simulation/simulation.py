"""A fleet in virtual time: discrete events, no event loop, the same transcript for the same seed, byte for byte.

    simulation = Simulation(fleet)
    simulation.run_for(86400)
    simulation.summary().charging

Time stands still between calls and jumps from event to event inside `run`. Every charger talks to one built-in
central system through memory pipes, whatever URL the fleet file gives; a network connection profile that names another
host finds nobody there. TLS and passwords belong to sockets and play no part here. Not thread-safe, and never driven
from a callback of its own.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from math import inf

from chargepoint_sim.charger import Charger
from chargepoint_sim.clock import Now, Timeline, format_utc
from chargepoint_sim.core.commands import Command, Outcome
from chargepoint_sim.csms.calls import CallOutcome
from chargepoint_sim.csms.central import Central
from chargepoint_sim.csms.config import settings_from
from chargepoint_sim.errors import LocalError, UnknownTarget
from chargepoint_sim.fleet.build import Builder
from chargepoint_sim.fleet.causes import summarise
from chargepoint_sim.fleet.describe import charger_view
from chargepoint_sim.fleet.spec import FleetSpec
from chargepoint_sim.fleet.views import ChargerView, FleetEvent, FleetSummary, FrameRecord
from chargepoint_sim.protocol.frames import Payload
from chargepoint_sim.rng import draw_bits
from chargepoint_sim.runtime.ramp import power_up_at
from chargepoint_sim.simulation.agenda import Agenda
from chargepoint_sim.simulation.mishaps import NOTHING_GOES_WRONG, Luck, Mishaps
from chargepoint_sim.simulation.site import Site
from chargepoint_sim.simulation.transcript import Record, Transcript
from chargepoint_sim.simulation.world import World, place

DEFAULT_START = 1_767_571_200.0
"""2026-01-05T00:00:00Z, a Monday: where virtual time begins unless the fleet file's `clock.start` says otherwise. A
fixed date, because two runs of one file must not differ."""

_CENTRAL_RANK = -1
"""The central system's own deadlines come before the chargers' at the same instant."""


class Simulation:
    """A fleet and its central system in virtual time."""

    def __init__(
        self,
        fleet: FleetSpec,
        *,
        central: Central | None = None,
        latency_s: tuple[float, float] = (0.02, 0.08),
        mishaps: Mishaps = NOTHING_GOES_WRONG,
        recording: bool = True,
        record: Record | None = None,
        watch: Callable[[Charger, Now], None] | None = None,
        addresses: Iterable[str] = (),
    ) -> None:
        """Build the fleet, switched off; the ramp powers it up once time runs.

        The fleet's clock mode and scale are not used: virtual time has none. Without `central` one is made from the
        fleet's `csms.builtin` section. `latency_s` is the least and longest way of a frame in one direction. Without
        `recording` there are no frames and no transcript, and long runs of big fleets need little memory; `record`
        takes the transcript's place and is told of everything as it happens. `watch` is shown each charger after each
        of its steps; it must not change it. `addresses` are URLs at which the central system can be reached besides
        those of the fleet file, for chargers that migrate to them (2.0.1 B10).

        Raises ConfigError for a wrong `csms.builtin` section, LocalError for a negative or reversed latency.
        """
        low, high = latency_s
        if not 0 <= low <= high < inf:
            raise LocalError(f"latency_s is the least and the longest way of a frame in seconds, not {latency_s}")
        start = fleet.clock.start if fleet.clock.start is not None else DEFAULT_START
        if central is None:
            settings = settings_from(fleet.builtin_csms or {})
            central = Central(settings, boot_id=_boot_id(fleet.seed, ""))
        self.fleet = fleet
        self.central = central
        """The central system: its sessions, peers, violations and decisions. Change it only between runs."""
        self._world = World(
            # Both origins are the same figure, so that simulated and I/O instants are equal to the last bit.
            Timeline(sim_origin=start, io_origin=start),
            Agenda(),
            central,
            record if record is not None else Transcript() if recording else None,
            latency_s,
            io=start,
            hosts=frozenset(map(place, (*_targets(fleet), *addresses))),
            watch=watch,
        )
        self._start = start
        self._central_wake_at = inf
        self._sites: dict[str, Site] = {}
        self._by_identity: dict[str, Site] = {}
        self._build(mishaps)

    @property
    def now(self) -> Now:
        """The present instant; both axes show UTC seconds."""
        return self._world.now

    def run(self, until: float | Callable[[], bool], *, within_s: float = inf) -> bool:
        """Let time run up to an instant (UTC seconds), or until a condition holds, asked after every event.

        True when it got there; False when `within_s` seconds were over first, or nothing is left to happen.
        Raises LocalError for an instant that is past.
        """
        if not callable(until):
            if until < self._world.io:
                raise LocalError(f"it is {format_utc(self._world.io)} already; time does not run backwards")
            self._run_up_to(min(until, self._world.io + within_s))
            return self._world.io >= until
        end = self._world.io + within_s
        while not until():
            if self._world.agenda.next_at() > end or not self.step():
                self._world.io = end if end < inf else self._world.io
                return False
        return True

    def run_for(self, seconds: float) -> None:
        """Let so much time run."""
        self.run(self._world.io + seconds)

    def step(self) -> bool:
        """Let the next event happen, whenever that is. False when none is left."""
        world = self._world
        if not world.agenda:
            return False
        at, action = world.agenda.pop()
        world.io = max(world.io, at)
        action()
        self._plan_central()
        return True

    def command(self, charger_id: str, command: Command) -> Outcome:
        """Carry a command out now. Raises UnknownTarget."""
        site = self._site(charger_id)
        return site.drive(lambda now: site.charger.command(command, now))

    def call(self, charger_id: str, action: str, payload: Payload) -> str:
        """Have the central system send a CALL, or queue it behind the outstanding one; returns its message id.

        Raises UnknownTarget, and LocalError as Central.call does.
        """
        site = self._site(charger_id)
        identity = site.spec.identity
        message_id = self.central.call(identity, action, payload, self.now)
        site.write_down(self.central.take(identity))
        self._plan_central()
        return message_id

    def outcome(self, charger_id: str, message_id: str) -> CallOutcome | None:
        """How a CALL ended; None while it has not. Raises UnknownTarget."""
        return self.central.outcome(self._site(charger_id).spec.identity, message_id)

    def ask(self, charger_id: str, action: str, payload: Payload) -> CallOutcome:
        """Have the central system send a CALL and let time run until it has ended. Raises as `call` does."""
        message_id = self.call(charger_id, action, payload)
        self.run(until=lambda: self.outcome(charger_id, message_id) is not None)
        outcome = self.outcome(charger_id, message_id)
        assert outcome is not None, "every CALL ends: answered, refused, timed out or with its link"
        return outcome

    def drop_link(self, charger_id: str, outage_s: float = 0.0) -> None:
        """Break a charger's network; it stays away for so many seconds. Raises UnknownTarget."""
        self._site(charger_id).drop_link(outage_s)

    def cut_power(self, charger_id: str, dark_s: float = 60.0) -> None:
        """Take a charger's power for so many seconds. Raises UnknownTarget."""
        self._site(charger_id).cut_power(dark_s)

    @property
    def charger_ids(self) -> Sequence[str]:
        """Every charger, in the fleet's order."""
        return [spec.charger_id for spec in self.fleet.chargers]

    def charger(self, charger_id: str) -> Charger:
        """The pure charger, to look at. Raises UnknownTarget."""
        return self._site(charger_id).charger

    def view(self, charger_id: str) -> ChargerView:
        """One charger now. Raises UnknownTarget."""
        site = self._site(charger_id)
        return charger_view(site.spec, site.charger, self.now.sim, connection=site.connection, created_at=self._start)

    def views(self) -> list[ChargerView]:
        """All chargers now, in the fleet's order."""
        return [self.view(charger_id) for charger_id in self.charger_ids]

    def summary(self) -> FleetSummary:
        """Counts of the fleet, and who is not charging and why."""
        return summarise(self.views())

    @property
    def record(self) -> Transcript:
        """Every frame and event so far. Raises LocalError where no transcript is kept."""
        if not isinstance(self._world.record, Transcript):
            raise LocalError("this simulation was made with recording=False or with a record of its own")
        return self._world.record

    def frames(self, charger_id: str | None = None) -> list[FrameRecord]:
        """The frames of one charger, or all, as the chargers wrote and read them."""
        return self.record.frames(charger_id and self._site(charger_id).spec.charger_id)

    def events(self, charger_id: str | None = None) -> list[FleetEvent]:
        """The events of one charger, or all."""
        return self.record.events(charger_id and self._site(charger_id).spec.charger_id)

    def transcript(self) -> bytes:
        """One line per frame and event, in order: what two runs with one seed agree on byte for byte."""
        return self.record.to_bytes()

    def _build(self, mishaps: Mishaps) -> None:
        fleet, builder = self.fleet, Builder(self._world.timeline, self.fleet.seed)
        for rank, spec in enumerate(sorted(fleet.chargers, key=lambda one: one.charger_id)):
            charger = builder.charger(spec, _boot_id(fleet.seed, spec.charger_id))
            luck = Luck(mishaps, fleet.seed, spec.charger_id)
            site = Site(spec, charger, rank, luck, self._world)
            self._sites[spec.charger_id] = self._by_identity[spec.identity] = site
            site.begin(power_up_at(fleet.ramp, rank, fleet.seed, spec.charger_id))

    def _run_up_to(self, end: float) -> None:
        while self._world.agenda.next_at() <= end:
            self.step()
        self._world.io = max(self._world.io, end)

    def _plan_central(self) -> None:
        at = self.central.next_deadline()
        if at is not None and at < self._central_wake_at:
            self._central_wake_at = at
            self._world.at(at, _CENTRAL_RANK, self._central_wakes, at)

    def _central_wakes(self, planned_at: float) -> None:
        if planned_at == self._central_wake_at:
            self._central_wake_at = inf
            for identity, text in self.central.advance(self.now):
                self._by_identity[identity].write_down([text])

    def _site(self, charger_id: str) -> Site:
        site = self._sites.get(charger_id)
        if site is None:
            raise UnknownTarget(f"there is no charger {charger_id!r}")
        return site


def _targets(fleet: FleetSpec) -> Iterator[str]:
    for target in {id(spec.csms): spec.csms for spec in fleet.chargers}.values():
        yield target.url
        if target.secure_url is not None:
            yield target.secure_url


def _boot_id(seed: int, charger_id: str) -> str:
    """The part of all message ids that is new at every start; here derived from the seed."""
    return f"{draw_bits(seed, charger_id, 'boot-id'):016x}"
