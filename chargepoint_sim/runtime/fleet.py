"""A running fleet in this process: FleetService over charger tasks in real or scaled time."""

import asyncio
import contextlib
import gc
import time
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import structlog

from chargepoint_sim import snapshot
from chargepoint_sim.charger import Charger
from chargepoint_sim.clock import Timeline
from chargepoint_sim.core.commands import Command, Outcome
from chargepoint_sim.core.smart_charging.profiles import Unit
from chargepoint_sim.errors import LocalError, UnknownTarget
from chargepoint_sim.fleet import inspection
from chargepoint_sim.fleet.build import Builder
from chargepoint_sim.fleet.causes import summarise
from chargepoint_sim.fleet.describe import charger_view, is_charging, location_view
from chargepoint_sim.fleet.detail import ChargerDetail, ScheduleView, Section
from chargepoint_sim.fleet.rehearsal import rehearse
from chargepoint_sim.fleet.select import select
from chargepoint_sim.fleet.spec import ChargerSpec, CsmsTarget, FleetSpec, LocationSpec
from chargepoint_sim.fleet.views import (
    ChargerName,
    ChargerView,
    ClockView,
    FleetEvent,
    FleetSummary,
    FrameRecord,
    LocationView,
)
from chargepoint_sim.ids import new_boot_id
from chargepoint_sim.logs import get_logger, mask, mask_tree
from chargepoint_sim.runtime.clocks import read
from chargepoint_sim.runtime.events import Events
from chargepoint_sim.runtime.fairness import Fairness
from chargepoint_sim.runtime.jobs import JobPool
from chargepoint_sim.runtime.ramp import power_up_at
from chargepoint_sim.runtime.task import ChargerTask, Frame
from chargepoint_sim.runtime.timers import Timers
from chargepoint_sim.runtime.workers import workers
from chargepoint_sim.transport.shelf import Shelf

log = get_logger("runtime")

MANY = 100
BOOTED = "charger_booted"
FRAMES_OF_FEW, FRAMES_OF_MANY = 200, 20
DIALS_AT_ONCE = 200
"""Dials under way to one URL at the same time; more would only wait for each other and time out."""

YOUNG_OBJECTS = 20_000
"""New objects after which the collector looks for circles, of which chargers make none: at the usual 700 it took 5 % of
the CPU of a busy fleet (py-spy, 1,600 messages a second)."""

Tracer = Callable[[str, Frame], None]


@dataclass(slots=True)
class Counts:
    """How far a fleet is, counted without making views: cheap enough to be asked every second."""

    total: int
    powered: int = 0
    connected: int = 0
    booted: int = 0
    """Connected and accepted by the central system."""
    charging: int = 0
    transactions: int = 0
    queued: int = 0
    """Messages that wait to be sent or answered."""
    power_w: float = 0.0


class RunningFleet:
    """All chargers of one fleet."""

    def __init__(
        self,
        spec: FleetSpec,
        timeline: Timeline,
        saved: Mapping[str, Any] | None = None,
        tracer: Tracer | None = None,
    ) -> None:
        loop = asyncio.get_running_loop()
        self.spec = spec
        self.timeline = timeline
        self.fairness = Fairness(loop)
        self.timers = Timers(loop, self.fairness)
        self._dialling: dict[str, asyncio.Semaphore] = {}
        usual = FRAMES_OF_FEW if len(spec.chargers) <= MANY else FRAMES_OF_MANY
        self.frames_kept = usual if spec.frames_kept is None else spec.frames_kept
        self._shelf = Shelf()
        self.jobs = JobPool(workers(self._shelf))
        self._events = Events()
        self._gc_thresholds = gc.get_threshold()
        self._logging = structlog.is_configured()  # whoever embeds a fleet without a log gets none
        self._tracer = tracer
        self._builder = Builder(self.timeline, spec.seed)
        self._created_at = read(self.timeline).sim
        self._ramp: asyncio.Task[None] | None = None
        self._tasks: dict[str, ChargerTask] = {}
        self._identities: dict[str, str] = {}
        self._places = {place.location_id: place for place in spec.locations}
        self._kept_off = set(spec.switched_off)
        self.watched: dict[str, float | None] = {}
        """Chargers whose first boot matters -> when it was, None while it is awaited."""
        for charger in spec.chargers:
            self.put(charger, (saved or {}).get(charger.charger_id))

    def start(self) -> None:
        """Power the chargers up, one after the other as the ramp says."""
        self._ramp = asyncio.create_task(self._power_up(), name="ramp")

    @property
    def ramping(self) -> bool:
        """Some chargers are still to be powered up."""
        return self._ramp is not None and not self._ramp.done()

    async def ramped(self) -> None:
        """Return when all chargers are powered up, or the ramp was ended."""
        if self._ramp is not None:
            await asyncio.wait({self._ramp})

    def counts(self) -> Counts:
        """Where the chargers of this process are now."""
        at = read(self.timeline).sim
        counts = Counts(total=len(self._tasks))
        for task in self._tasks.values():
            charger = task.charger
            counts.powered += task.connection != "off"
            counts.connected += charger.link_is_up
            counts.booted += charger.link_is_up and charger.registration.accepted
            counts.charging += is_charging(charger)
            counts.queued += len(charger.outbox)
            for evse in charger.station.evses:
                counts.transactions += evse.transaction is not None
                counts.power_w += evse.meter.power_at(at)
        return counts

    async def stop(self, flush_s: float = 5.0) -> None:
        """End sessions, deliver what waits for at most `flush_s`, close every link with 1000."""
        await self._end_ramp()
        tasks = list(self._tasks.values())
        for task in tasks:
            task.drive(task.charger.shut_down)
            await self._breathe()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(flush_s):
                await asyncio.gather(*(task.drain() for task in tasks))
        await asyncio.gather(*(task.stop() for task in tasks))
        await self._close()

    async def cut_power(self) -> None:
        """Pull the plug on everything: nothing is ended, nothing is told."""
        await self._end_ramp()
        await asyncio.gather(*(task.cut_power() for task in self._tasks.values()))
        await self._close()

    async def _close(self) -> None:
        await self.jobs.stop()
        await self._shelf.stop()
        self.timers.close()
        gc.set_threshold(*self._gc_thresholds)
        gc.unfreeze()  # whoever starts one fleet after the other gets the memory back

    def saved_state(self) -> dict[str, Any]:
        """What survives a restart of the program, by charger id."""
        at = read(self.timeline).sim
        return {charger_id: snapshot.take(task.charger, at) for charger_id, task in self._tasks.items()}

    async def _power_up(self) -> None:
        if len(self._tasks) > MANY:
            gc.set_threshold(YOUNG_OBJECTS)
        began = time.monotonic()
        everyone = [task for charger_id, task in self._tasks.items() if charger_id not in self._kept_off]
        for n, task in enumerate(everyone):
            wait_s = began + power_up_at(self.spec.ramp, n, self.spec.seed, task.spec.charger_id) - time.monotonic()
            if wait_s > 0:
                await asyncio.sleep(wait_s)
            self._switch_on(task)
            await self._breathe()
        if len(self._tasks) > MANY:
            # A full collection over a big fleet stops everything for a tenth of a second and more (decision D5).
            gc.collect()
            gc.freeze()

    async def _end_ramp(self) -> None:
        if self._ramp is not None:
            self._ramp.cancel()
            await asyncio.gather(self._ramp, return_exceptions=True)

    async def _breathe(self) -> None:
        if self.fairness.used_up():
            await asyncio.sleep(0)

    async def command(self, charger_id: str, command: Command) -> Outcome:
        """Carry `command` out. Raises UnknownTarget."""
        return self._task(charger_id).command(command)

    async def follow(self, charger_id: str, command: Command, cause: str, *, needs_link: bool = False) -> Outcome:
        """Carry `command` out and tell by events what becomes of its messages. Raises UnknownTarget."""
        return self._task(charger_id).follow(command, cause, needs_link=needs_link)

    async def follow_again(self, charger_id: str, cause: str, message_ids: Sequence[str]) -> Sequence[str]:
        """Follow those of the messages that still wait; they are returned. Raises UnknownTarget."""
        return self._task(charger_id).follow_again(cause, message_ids)

    async def rehearse(self, charger_id: str, command: Command, *, needs_link: bool = False) -> Outcome:
        """What `command` would come to; nothing changes. Raises UnknownTarget."""
        await self._breathe()
        return rehearse(self._task(charger_id).charger, command, read(self.timeline), needs_link=needs_link)

    async def broadcast(self, charger_ids: Sequence[str], command: Command) -> Sequence[Outcome]:
        """Carry `command` out on each charger, in the order given. Raises UnknownTarget before anything is done."""
        tasks = [self._task(charger_id) for charger_id in charger_ids]
        outcomes = []
        for task in tasks:
            outcomes.append(task.command(command))
            await self._breathe()
        return outcomes

    async def view(self, charger_id: str) -> ChargerView:
        """One charger now. Raises UnknownTarget."""
        return self._view(self._task(charger_id))

    async def inspect(self, charger_id: str, sections: Sequence[Section] = tuple(Section)) -> ChargerDetail:
        """What one charger keeps, as far as it is asked for. Raises UnknownTarget."""
        task = self._task(charger_id)
        return inspection.inspect(task.spec, task.charger, read(self.timeline), mask_tree, sections)

    async def composite_schedule(self, charger_id: str, evse_id: int, duration_s: int, unit: Unit) -> ScheduleView:
        """What an EVSE, or as 0 the station, offers at most from now on. Raises UnknownTarget, of EVSEs too."""
        task = self._task(charger_id)
        return inspection.composite_schedule(task.spec, task.charger, read(self.timeline), evse_id, duration_s, unit)

    async def list(
        self, *, location_id: str | None = None, offset: int = 0, limit: int | None = None
    ) -> tuple[Sequence[ChargerView], int]:
        """A page of chargers in the fleet's order, and how many there are in all."""
        tasks = [t for t in self._tasks.values() if location_id is None or t.spec.location_id == location_id]
        page = tasks[offset : None if limit is None else offset + limit]
        views = []
        for task in page:
            views.append(self._view(task))
            await self._breathe()
        return views, len(tasks)

    async def names(self, location_id: str) -> Sequence[ChargerName]:
        """The chargers of a location, in the fleet's order."""
        specs = (task.spec for task in self._tasks.values() if task.spec.location_id == location_id)
        return [ChargerName(spec.charger_id, spec.identity, spec.version) for spec in specs]

    async def ids(self, selector: str = "*") -> Sequence[str]:
        """Charger ids by id, OCPP identity, location id or glob. Raises UnknownTarget when nothing matches."""
        if selector not in self._tasks and selector in self._identities:
            return (self._identities[selector],)
        places = {task_id: task.spec.location_id for task_id, task in self._tasks.items()}
        return select(selector, places, list(self._places))

    async def owned_by(self, tenant: str) -> Sequence[str]:
        """The ids of the tenant's chargers, in the fleet's order."""
        return [charger_id for charger_id, task in self._tasks.items() if task.spec.tenant == tenant]

    async def locations(self) -> Sequence[LocationView]:
        """All locations, in the fleet's order."""
        members: dict[str | None, list[str]] = {}
        for charger_id, task in self._tasks.items():
            members.setdefault(task.spec.location_id, []).append(charger_id)
        return [
            location_view(one, members.get(one.location_id, ()), created_at=self._created_at)
            for one in self._places.values()
        ]

    async def frames(self, charger_id: str) -> Sequence[FrameRecord]:
        """The last frames of a charger, oldest first. Raises UnknownTarget."""
        return [
            FrameRecord(at, charger_id, sent, action, mask(text.decode(errors="replace")))
            for at, sent, action, text in self._task(charger_id).frames
        ]

    def forget_frames(self, charger_id: str, which: Callable[[float, str], bool]) -> int:
        """Forget the kept frames of a charger that `which` takes by instant and action. Raises UnknownTarget."""
        frames = self._task(charger_id).frames
        kept = [frame for frame in frames if not which(frame[0], frame[2])]
        forgotten = len(frames) - len(kept)
        frames[:] = kept
        return forgotten

    def events(
        self, charger_ids: Sequence[str] | None = None, kinds: Collection[str] | None = None, *, frames: bool = True
    ) -> AsyncIterator[FleetEvent]:
        """What happens from now on, to these chargers or to all, of these kinds or of all, or of all but frames."""
        return self._events.subscribe(charger_ids, kinds, frames=frames)

    async def clock(self) -> ClockView:
        """Which time the fleet lives in."""
        return ClockView(self.spec.clock.mode, self.timeline.scale, read(self.timeline).sim)

    async def set_scale(self, scale: float) -> ClockView:
        """Let simulated time go on at another scale, without a jump. Raises LocalError where the time is real."""
        if self.spec.clock.mode != "scaled":
            raise LocalError("this fleet lives in real time; only a fleet file with clock.mode scaled can change it")
        self.timeline.rescale(scale, time.monotonic())
        for task in self._tasks.values():
            if task.is_on:
                self.timers.schedule(task, task.charger.next_deadline())
        return await self.clock()

    async def summary(self) -> FleetSummary:
        """Counts of the fleet, and who is not charging and why."""
        views = []
        for task in list(self._tasks.values()):
            views.append(self._view(task, limits=False))
            await self._breathe()
        return summarise(views, ramping=self.ramping)

    def rebuild(self, spec: ChargerSpec) -> Charger:
        """A charger that is switched off, with the certificates that its fleet file names."""
        charger = self._builder.charger(spec, new_boot_id())
        if spec.csms.ca_file is not None or spec.credentials.certificate_file is not None:
            from chargepoint_sim.pki.provision import provision  # most fleets need no cryptography

            provision(charger.station.access.certificates, spec)
        return charger

    def dialling(self, target: CsmsTarget) -> asyncio.Semaphore:
        """Who may dial `target` at the same time."""
        if target.url not in self._dialling:
            self._dialling[target.url] = asyncio.Semaphore(DIALS_AT_ONCE)
        return self._dialling[target.url]

    def publish(self, charger_id: str, at: float, kind: str, data: Mapping[str, Any]) -> None:
        """Tell observers of an event, and the log at level debug."""
        if self._logging:
            log.debug(kind, charger_id=charger_id, **data)
        if kind == BOOTED and charger_id in self.watched and self.watched[charger_id] is None:
            self.watched[charger_id] = at
        if self._events.wants(kind):
            self._events.publish(FleetEvent(at, charger_id, kind, data))

    def frame_seen(self, charger_id: str, frame: Frame) -> None:
        """Tell observers of a frame."""
        if self._tracer is not None:
            self._tracer(charger_id, frame)
        if self._events.wants("frame"):
            at, sent, action, text = frame
            data = {"sent": sent, "action": action, "text": mask(text.decode(errors="replace"))}
            self._events.publish(FleetEvent(at, charger_id, "frame", data))

    def put(self, spec: ChargerSpec, saved: Mapping[str, Any] | None = None) -> None:
        """Have a charger, switched off, in the place of the one with its id; one at work must be taken out before."""
        charger = self.rebuild(spec)
        if saved is not None:
            snapshot.restore(charger, saved)
        self._tasks[spec.charger_id] = ChargerTask(spec, charger, self)
        self._identities[spec.identity] = spec.charger_id

    def spec_of(self, charger_id: str) -> ChargerSpec:
        """What a charger is. Raises UnknownTarget."""
        return self._task(charger_id).spec

    def respecify(self, spec: ChargerSpec) -> None:
        """Change what shows in views only: name, location, instants."""
        self._task(spec.charger_id).spec = spec

    def __len__(self) -> int:
        """How many chargers it has."""
        return len(self._tasks)

    def has_charger(self, charger_id: str) -> bool:
        """There is a charger with that id; identities do not count."""
        return charger_id in self._tasks

    def who_is(self, identity: str, url: str) -> str | None:
        """The id of the charger that the central system at `url` knows by `identity`."""
        if identity not in self._identities:
            return None
        everyone = self._tasks.items()
        return next((n for n, task in everyone if (task.spec.identity, task.spec.csms.url) == (identity, url)), None)

    def switch_on(self, charger_id: str) -> None:
        """Power a charger up at once; nothing happens to one that is on. Raises UnknownTarget."""
        self._kept_off.discard(charger_id)
        self._switch_on(self._task(charger_id))

    async def switch_off(self, charger_id: str, flush_s: float = 5.0) -> None:
        """Switch a charger off in order; nothing happens to one that is off. Raises UnknownTarget."""
        self._kept_off.add(charger_id)
        await self._task(charger_id).switch_off(flush_s)

    def saved_of(self, charger_id: str) -> dict[str, Any]:
        """What one charger keeps over a restart. Raises UnknownTarget."""
        return snapshot.take(self._task(charger_id).charger, read(self.timeline).sim)

    def forget(self, charger_id: str) -> None:
        """Keep nothing of a charger that is switched off. Raises UnknownTarget."""
        task = self._task(charger_id)
        self.timers.forget(task)
        self._kept_off.discard(charger_id)
        self.watched.pop(charger_id, None)
        del self._tasks[charger_id]
        identity = task.spec.identity
        if self._identities.get(identity) == charger_id:
            del self._identities[identity]
            # Another central system may know another charger by the same identity.
            self._identities |= {
                one.spec.identity: n for n, one in self._tasks.items() if one.spec.identity == identity
            }

    def has_place(self, location_id: str) -> bool:
        """There is a location with that id."""
        return location_id in self._places

    def place(self, location_id: str) -> LocationSpec:
        """What a location is. Raises UnknownTarget."""
        if location_id not in self._places:
            raise UnknownTarget(f"there is no location {location_id!r}")
        return self._places[location_id]

    def put_place(self, place: LocationSpec) -> None:
        """Have a location, in the place of the one with its id."""
        self._places[place.location_id] = place

    def forget_place(self, location_id: str) -> None:
        """Have a location no longer. Raises UnknownTarget."""
        self.place(location_id)
        del self._places[location_id]

    @property
    def switched_off(self) -> frozenset[str]:
        """Ids of the chargers that somebody has switched off."""
        return frozenset(self._kept_off)

    def _switch_on(self, task: ChargerTask) -> None:
        """Start what is there and not kept off; the ramp may meet a charger that has gone or been started since."""
        charger_id = task.spec.charger_id
        if not task.is_on and charger_id not in self._kept_off and self._tasks.get(charger_id) is task:
            task.start()

    def _task(self, charger_id: str) -> ChargerTask:
        task = self._tasks.get(charger_id) or self._tasks.get(self._identities.get(charger_id, ""))
        if task is None:
            raise UnknownTarget(f"there is no charger {charger_id!r}")
        return task

    def _view(self, task: ChargerTask, *, limits: bool = True) -> ChargerView:
        at = read(self.timeline).sim
        return charger_view(
            task.spec, task.charger, at, connection=task.connection, created_at=self._created_at, limits=limits
        )
