"""The roster of a running fleet: chargers and locations added, changed, removed, switched off and on while it runs.

Does in order what `fleet.roster` promises; one charger is changed by one caller at a time. Knows no URL rules and no
templates (the mint), no link and no timer (the charger's task).
"""

import asyncio
import math
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Collection, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, fields, replace
from typing import Any, TypeVar
from weakref import WeakValueDictionary

from chargepoint_sim import snapshot
from chargepoint_sim.config.host import HostLimits, read_limits
from chargepoint_sim.config.plan import FIXED_FILES
from chargepoint_sim.errors import (
    DuplicateCharger,
    DuplicateLocation,
    HostFull,
    InvalidCharger,
    LocalError,
    LocationInUse,
    UnknownModel,
    UnknownTarget,
)
from chargepoint_sim.fleet.catalog import Catalog
from chargepoint_sim.fleet.changes import Changes, Mint
from chargepoint_sim.fleet.roster import (
    MOST_AT_ONCE,
    BulkJob,
    ChargerChanges,
    FailedItem,
    Failure,
    LocationChanges,
    NewCharger,
    Provisioning,
    Stage,
    provisioning_of,
)
from chargepoint_sim.fleet.spec import ChargerSpec, LocationSpec
from chargepoint_sim.fleet.views import ChargerView, LocationView
from chargepoint_sim.ids import opaque_id
from chargepoint_sim.runtime.clocks import read
from chargepoint_sim.runtime.fleet import RunningFleet
from chargepoint_sim.runtime.ramp import power_up_at

T = TypeVar("T")

JOBS_KEPT = 100

_RESTARTS = frozenset({"connector_type", "version", "csms_url", "security_profile", "username", "password"})
"""Changes that a charger takes up by a restart."""

_CODES: Mapping[type[LocalError], str] = {
    DuplicateCharger: "duplicate_charger",
    InvalidCharger: "invalid_charger",
    UnknownModel: "unknown_model",
    UnknownTarget: "unknown_location",
    HostFull: "host_full",
}


@dataclass(slots=True)
class _Job:
    """A job under way."""

    job_id: str
    chargers: Sequence[NewCharger]
    location_id: str | None
    tenant: str | None
    created_at: float
    created: list[str] = field(default_factory=list)
    failed: list[FailedItem] = field(default_factory=list)
    ended_at: float | None = None
    task: asyncio.Task[None] | None = None


class RunningRoster:
    """Changes one running fleet."""

    def __init__(
        self, fleet: RunningFleet, mint: Mint, changes: Changes, limits: Callable[[], HostLimits] = read_limits
    ) -> None:
        self._fleet = fleet
        self._limits = limits
        self._mint = mint
        self._changes = changes
        self._jobs: OrderedDict[str, _Job] = OrderedDict()
        self._under_way: set[asyncio.Task[Any]] = set()
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def changes(self) -> Changes:
        """What is different from the fleet file."""
        self._changes.switched_off = self._fleet.switched_off
        return self._changes

    async def close(self) -> None:
        """Make nothing more; jobs that are not done stay as they are, changes under way come to their end."""
        tasks = [job.task for job in self._jobs.values() if job.task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, *self._under_way, return_exceptions=True)

    def catalog(self) -> Catalog:
        """What chargers can be made by name, and the gallery of usual sites."""
        return self._mint.catalog

    async def add(self, new: NewCharger) -> ChargerView:
        """Make a charger and switch it on.

        Raises UnknownModel, UnknownTarget, InvalidCharger, DuplicateCharger, HostFull.
        """
        spec = self._put(new)
        self._fleet.switch_on(spec.charger_id)
        return await self._fleet.view(spec.charger_id)

    async def add_many(
        self, chargers: Sequence[NewCharger], *, location_id: str | None = None, tenant: str | None = None
    ) -> BulkJob:
        """Begin to make many chargers. Raises InvalidCharger for more than 1,000, UnknownTarget for the
        location, HostFull where this host has no room for them.
        """
        if len(chargers) > MOST_AT_ONCE:
            raise InvalidCharger(f"chargers: {len(chargers)} are too many for one call; at most {MOST_AT_ONCE}")
        if location_id is not None:
            self._fleet.place(location_id)
            chargers = [replace(one, location_id=location_id) for one in chargers]
        self._check_host(len(chargers))
        job = _Job(opaque_id(), tuple(chargers), location_id, tenant, self._now())
        self._jobs[job.job_id] = job
        ended = [one.job_id for one in self._jobs.values() if one.ended_at is not None]
        for job_id in ended[: max(len(self._jobs) - JOBS_KEPT, 0)]:
            del self._jobs[job_id]
        job.task = asyncio.create_task(self._make(job), name=f"roster job {job.job_id}")
        return _view(job)

    async def job(self, job_id: str) -> BulkJob:
        """A job of add_many. Raises UnknownTarget."""
        if job_id not in self._jobs:
            raise UnknownTarget(f"there is no job {job_id!r}; the last {JOBS_KEPT} are kept while the daemon runs")
        return _view(self._jobs[job_id])

    async def provisioning(self, charger_id: str) -> Provisioning:
        """Where a charger stands on its way to service. Raises UnknownTarget."""
        view = await self._fleet.view(charger_id)
        return provisioning_of(view, self._fleet.watched.get(view.charger_id))

    async def update(self, charger_id: str, changes: ChargerChanges) -> ChargerView:
        """Change a charger. Raises UnknownTarget, InvalidCharger and DuplicateCharger, and then nothing is changed."""
        return await self._to_the_end(self._update(charger_id, changes))

    async def _update(self, charger_id: str, changes: ChargerChanges) -> ChargerView:
        async with self._alone(charger_id) as spec:
            given = {one.name for one in fields(changes) if getattr(changes, one.name) is not None}
            changed = replace(self._mint.changed(spec, changes), updated_at=self._now())
            if changed.location_id is not None and changed.location_id != spec.location_id:
                self._check_place(changed)
            if changed.csms.url != spec.csms.url:
                self._check_identity(changed)
            if given & _RESTARTS and _works_otherwise(spec, changed):
                was_on = spec.charger_id not in self._fleet.switched_off
                await self._fleet.switch_off(spec.charger_id)
                saved = self._fleet.saved_of(spec.charger_id)
                self._fleet.put(
                    changed,
                    snapshot.moved(
                        saved,
                        to_version=changed.version != spec.version,
                        to_csms=(changed.csms, changed.credentials) != (spec.csms, spec.credentials),
                    ),
                )
                self._fleet.watched[spec.charger_id] = None
                if was_on:
                    self._fleet.switch_on(spec.charger_id)
            else:
                self._fleet.respecify(changed)
            self._changes.change(spec.charger_id, changes)
            self._changes.instants[spec.charger_id] = (changed.created_at, changed.updated_at)
        return await self._fleet.view(spec.charger_id)

    async def remove(self, charger_id: str) -> None:
        """Switch a charger off in order and forget it. Raises UnknownTarget."""
        await self._to_the_end(self._remove(charger_id))

    async def _remove(self, charger_id: str) -> None:
        async with self._alone(charger_id) as spec:
            await self._fleet.switch_off(spec.charger_id)
            self._fleet.forget(spec.charger_id)
            self._changes.remove(spec.charger_id)

    async def start(self, charger_id: str) -> ChargerView:
        """Switch a charger on; nothing happens to one that is on. Raises UnknownTarget."""
        async with self._alone(charger_id) as spec:
            self._fleet.switch_on(spec.charger_id)
        return await self._fleet.view(charger_id)

    async def stop(self, charger_id: str) -> ChargerView:
        """Switch a charger off in order. Raises UnknownTarget."""
        async with self._alone(charger_id) as spec:
            await self._fleet.switch_off(spec.charger_id)
        return await self._fleet.view(charger_id)

    async def reset(self, charger_id: str) -> ChargerView:
        """Switch a charger off in order, and on again. Raises UnknownTarget."""
        return await self._to_the_end(self._reset(charger_id))

    async def _reset(self, charger_id: str) -> ChargerView:
        async with self._alone(charger_id) as spec:
            await self._fleet.switch_off(spec.charger_id)
            self._fleet.switch_on(spec.charger_id)
        return await self._fleet.view(charger_id)

    async def forget_frames(
        self, charger_id: str, since: float = -math.inf, until: float = math.inf, actions: Collection[str] = ()
    ) -> int:
        """Forget kept frames of a charger. Raises UnknownTarget."""
        return self._fleet.forget_frames(
            charger_id, lambda at, action: since <= at <= until and (not actions or action in actions)
        )

    async def add_location(self, new: LocationSpec) -> LocationView:
        """Add a location; with an empty id an opaque one is made. Raises DuplicateLocation."""
        place = replace(new, location_id=new.location_id or opaque_id(), created_at=self._now())
        location_id = place.location_id
        if self._fleet.has_place(location_id) or self._fleet.has_charger(location_id):
            raise DuplicateLocation(f"location_id: {location_id!r} is taken; leave it out to have one made")
        self._put_place(place)
        return await self._location(location_id)

    async def update_location(self, location_id: str, changes: LocationChanges) -> LocationView:
        """Change a location. Raises UnknownTarget."""
        given = {one.name: getattr(changes, one.name) for one in fields(changes)}
        changed = {name: value for name, value in given.items() if value is not None}
        self._put_place(replace(self._fleet.place(location_id), **changed, updated_at=self._now()))
        return await self._location(location_id)

    async def remove_location(self, location_id: str) -> None:
        """Remove a location without chargers. Raises UnknownTarget and LocationInUse."""
        count = len((await self._location(location_id)).charger_ids)
        if count:
            raise LocationInUse(f"{count} chargers stand at the location {location_id!r}; remove or move them first")
        self._fleet.forget_place(location_id)
        self._changes.remove_place(location_id)

    async def _to_the_end(self, change: Coroutine[Any, Any, T]) -> T:
        """Carry a change out even if who asked for it goes away meanwhile: no charger stays half changed."""
        task = asyncio.create_task(change)
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        return await asyncio.shield(task)

    async def _make(self, job: _Job) -> None:
        ramp, seed, began = self._fleet.spec.ramp, self._fleet.spec.seed, time.monotonic()
        for n, new in enumerate(job.chargers):
            try:
                spec = self._put(new)
            except LocalError as error:
                code = _CODES.get(type(error), "invalid_charger")
                job.failed.append(FailedItem(new.identity, Failure(code, str(error), "validate")))
                continue
            job.created.append(spec.charger_id)
            wait_s = began + power_up_at(ramp, n, seed, spec.charger_id) - time.monotonic()
            await asyncio.sleep(max(wait_s, 0.0))
            if self._fleet.has_charger(spec.charger_id):  # not removed meanwhile
                self._fleet.switch_on(spec.charger_id)
        job.ended_at = self._now()

    def _put(self, new: NewCharger) -> ChargerSpec:
        """A new charger, switched off."""
        self._check_host(1)
        charger_id = new.charger_id or opaque_id()
        spec = replace(self._mint.charger(new, charger_id), created_at=self._now())
        if self._fleet.has_charger(charger_id) or self._fleet.has_place(charger_id):
            raise DuplicateCharger(f"charger_id: {charger_id!r} is taken; leave it out to have one made")
        if spec.location_id is not None:
            spec = replace(spec, tenant=self._check_place(spec))
        self._check_identity(spec)
        self._fleet.put(spec)
        self._fleet.watched[charger_id] = None
        self._changes.added[charger_id] = replace(new, charger_id=charger_id, tenant=spec.tenant)
        self._changes.instants[charger_id] = (spec.created_at, None)
        return spec

    def _check_host(self, more: int) -> None:
        """Raise HostFull where the process could not keep so many more links open."""
        allowed = self._limits().open_files
        needed = FIXED_FILES + len(self._fleet) + more
        if allowed is not None and needed > allowed:
            raise HostFull(
                f"{needed} open files would be needed and this host allows {allowed}: "
                "remove chargers, or raise nofile (LimitNOFILE of a unit, --ulimit of a container) and restart"
            )

    def _check_place(self, spec: ChargerSpec) -> str | None:
        """Whose a charger at its location is."""
        place = self._fleet.place(spec.location_id or "")
        if spec.tenant is not None and place.tenant is not None and spec.tenant != place.tenant:
            raise InvalidCharger(f"location_id: {place.location_id!r} belongs to another tenant than the charger")
        return spec.tenant or place.tenant

    def _check_identity(self, spec: ChargerSpec) -> None:
        other = self._fleet.who_is(spec.identity, spec.csms.url)
        if other is not None and other != spec.charger_id:
            raise DuplicateCharger(
                f"identity: {spec.identity!r} is taken at {spec.csms.url.partition('?')[0]} by charger {other!r}; "
                "choose another"
            )

    @asynccontextmanager
    async def _alone(self, charger_id: str) -> AsyncIterator[ChargerSpec]:
        """The charger, changed by nobody else meanwhile. Raises UnknownTarget."""
        name = self._fleet.spec_of(charger_id).charger_id
        lock = self._locks.setdefault(name, asyncio.Lock())
        async with lock:
            yield self._fleet.spec_of(name)

    def _put_place(self, place: LocationSpec) -> None:
        self._fleet.put_place(place)
        self._changes.places[place.location_id] = place
        self._changes.removed_places.discard(place.location_id)

    async def _location(self, location_id: str) -> LocationView:
        self._fleet.place(location_id)
        return next(one for one in await self._fleet.locations() if one.location_id == location_id)

    def _now(self) -> float:
        return read(self._fleet.timeline).sim


def _works_otherwise(before: ChargerSpec, after: ChargerSpec) -> bool:
    return (before.version, before.station, before.csms, before.credentials) != (
        after.version,
        after.station,
        after.csms,
        after.credentials,
    )


def _view(job: _Job) -> BulkJob:
    stage = Stage.PROVISIONING
    if job.ended_at is not None:
        stage = Stage.READY if job.created or not job.chargers else Stage.FAILED
    return BulkJob(
        job_id=job.job_id,
        stage=stage,
        total=len(job.chargers),
        created=tuple(job.created),
        failed=tuple(job.failed),
        location_id=job.location_id,
        tenant=job.tenant,
        created_at=job.created_at,
        ended_at=job.ended_at,
    )
