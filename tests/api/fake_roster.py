"""A Roster over the fake fleet: chargers and locations come and go in memory, nothing dials."""

import math
from collections.abc import Collection, Sequence
from dataclasses import replace

from chargepoint_sim.errors import DuplicateCharger, UnknownTarget
from chargepoint_sim.fleet.catalog import Brand, Catalog, ChargerGroup, LocationTemplate, Model
from chargepoint_sim.fleet.roster import (
    BulkJob,
    ChargerChanges,
    LocationChanges,
    NewCharger,
    Provisioning,
    Roster,
    Stage,
    provisioning_of,
)
from chargepoint_sim.fleet.spec import LocationSpec
from chargepoint_sim.fleet.views import ChargerView, LocationView
from tests.api.fake_fleet import BOOTED_AT, FakeFleet, charger_view, location_view

WALL = Model(
    brand_slug="acme",
    slug="wall",
    name="Wall",
    template="wall",
    connector_count=1,
    current="ac",
    powers_kw=(7.4, 22.0),
    connector_types=("cType2",),
    versions=("1.6", "2.0.1"),
)
PILLAR = replace(WALL, slug="pillar", name="Pillar", template="pillar", current="dc", versions=("2.0.1",))
STREET = LocationTemplate(
    slug="street",
    name="Street",
    country="NL",
    parking_type="ON_STREET",
    kind="AC",
    groups=(ChargerGroup("acme", "wall", "cType2", "1.6", 2, 22.0),),
)
CATALOG = Catalog(
    (Brand("acme", "Acme"), Brand("zap", "Zap")),
    {(one.brand_slug, one.slug): one for one in (WALL, PILLAR)},
    (STREET,),
)


class FakeRoster:
    """Changes `fleet`; ids of chargers are made-1, made-2 and so on."""

    def __init__(self, fleet: FakeFleet) -> None:
        self.fleet = fleet
        self.added: list[NewCharger] = []
        self.changed: list[ChargerChanges] = []
        self.jobs: dict[str, BulkJob] = {"job-1": BulkJob("job-1", Stage.READY, 0, location_id="loc-456")}
        self.switched: list[tuple[str, str]] = []
        """What was switched, and how."""

    def catalog(self) -> Catalog:
        if self.fleet.crash is not None:
            raise self.fleet.crash
        return CATALOG

    async def add(self, new: NewCharger) -> ChargerView:
        await self.fleet.list()
        if any(view.identity == new.identity for view in self.fleet.views.values()):
            raise DuplicateCharger(f"identity: {new.identity!r} is taken")
        if new.location_id is not None:
            await self._place(new.location_id)
        self.added.append(new)
        charger_id = new.charger_id or f"made-{len(self.added)}"
        view = charger_view(charger_id, new.identity, version=new.version or "1.6", location_id=new.location_id)
        self.fleet.views[charger_id] = replace(view, tenant=new.tenant, registration="none")
        return self.fleet.views[charger_id]

    async def add_many(
        self, chargers: Sequence[NewCharger], *, location_id: str | None = None, tenant: str | None = None
    ) -> BulkJob:
        created = [(await self.add(replace(one, location_id=location_id))).charger_id for one in chargers]
        job_id = f"job-{len(self.jobs) + 1}"
        self.jobs[job_id] = BulkJob(
            job_id, Stage.READY, len(chargers), tuple(created), (), location_id, tenant, BOOTED_AT, BOOTED_AT
        )
        return self.jobs[job_id]

    async def job(self, job_id: str) -> BulkJob:
        await self.fleet.list()
        if job_id not in self.jobs:
            raise UnknownTarget(f"There is no job {job_id}.")
        return self.jobs[job_id]

    async def provisioning(self, charger_id: str) -> Provisioning:
        return provisioning_of(await self.fleet.view(charger_id), None)

    async def update(self, charger_id: str, changes: ChargerChanges) -> ChargerView:
        view = await self.fleet.view(charger_id)
        self.changed.append(changes)
        self.fleet.views[charger_id] = replace(view, name=changes.name or view.name, updated_at=BOOTED_AT + 1)
        return self.fleet.views[charger_id]

    async def remove(self, charger_id: str) -> None:
        await self.fleet.view(charger_id)
        del self.fleet.views[charger_id]

    async def start(self, charger_id: str) -> ChargerView:
        return await self._switch(charger_id, "start")

    async def stop(self, charger_id: str) -> ChargerView:
        return await self._switch(charger_id, "stop")

    async def reset(self, charger_id: str) -> ChargerView:
        return await self._switch(charger_id, "reset")

    async def forget_frames(
        self, charger_id: str, since: float = -math.inf, until: float = math.inf, actions: Collection[str] = ()
    ) -> int:
        frames = await self.fleet.frames(charger_id)
        self.fleet.kept_frames[charger_id] = [
            one for one in frames if not since <= one.at <= until or (actions and one.action not in actions)
        ]
        return len(frames) - len(self.fleet.kept_frames[charger_id])

    async def add_location(self, new: LocationSpec) -> LocationView:
        await self.fleet.list()
        place = replace(
            location_view(new.location_id, ()), name=new.name, slug=new.slug, country=new.country, tenant=new.tenant
        )
        self.fleet.places.append(place)
        return place

    async def update_location(self, location_id: str, changes: LocationChanges) -> LocationView:
        place = await self._place(location_id)
        changed = replace(place, name=changes.name or place.name, status=changes.status or place.status)
        self.fleet.places[self.fleet.places.index(place)] = changed
        return changed

    async def remove_location(self, location_id: str) -> None:
        self.fleet.places.remove(await self._place(location_id))

    async def _place(self, location_id: str) -> LocationView:
        for place in await self.fleet.locations():
            if place.location_id == location_id:
                return place
        raise UnknownTarget(f"There is no location {location_id}.")

    async def _switch(self, charger_id: str, how: str) -> ChargerView:
        view = await self.fleet.view(charger_id)
        self.switched.append((charger_id, how))
        return view


def as_roster(fake: FakeRoster) -> Roster:
    """The fake as what it stands for; a type checker proves that it fits."""
    return fake
