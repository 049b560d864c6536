"""The roster as one tenant may use it: what it makes belongs to it, and it changes nothing that belongs to others.

`TenantRoster` stands for a Roster and asks the whole one. What belongs to somebody else is refused as what does not
exist, and no refusal names it.
"""

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from chargepoint_sim.errors import DuplicateCharger, UnknownTarget
from chargepoint_sim.fleet.catalog import Catalog
from chargepoint_sim.fleet.roster import (
    BulkJob,
    ChargerChanges,
    FailedItem,
    LocationChanges,
    NewCharger,
    Provisioning,
    Roster,
)
from chargepoint_sim.fleet.service import FleetService
from chargepoint_sim.fleet.spec import LocationSpec
from chargepoint_sim.fleet.views import ChargerView, LocationView

_TAKEN = "identity: {!r} is taken at that central system; choose another"


@dataclass(frozen=True, slots=True)
class TenantRoster:
    """What `tenant` may change through `whole`."""

    whole: Roster
    seen: FleetService
    """The fleet as the tenant sees it."""
    tenant: str

    def catalog(self) -> Catalog:
        """What chargers can be made by name, and the gallery of usual sites."""
        return self.whole.catalog()

    async def add(self, new: NewCharger) -> ChargerView:
        """Make a charger of the tenant. Raises UnknownModel, UnknownTarget, InvalidCharger and DuplicateCharger."""
        await self._check_place(new.location_id)
        try:
            return await self.whole.add(replace(new, tenant=self.tenant))
        except DuplicateCharger:
            raise DuplicateCharger(_TAKEN.format(new.identity)) from None

    async def add_many(
        self, chargers: Sequence[NewCharger], *, location_id: str | None = None, tenant: str | None = None
    ) -> BulkJob:
        """Begin to make many chargers of the tenant. Raises InvalidCharger and UnknownTarget."""
        for place in {location_id, *(one.location_id for one in chargers)}:
            await self._check_place(place)
        theirs = [replace(one, tenant=self.tenant) for one in chargers]
        return await self.whole.add_many(theirs, location_id=location_id, tenant=self.tenant)

    async def job(self, job_id: str) -> BulkJob:
        """A job of the tenant. Raises UnknownTarget."""
        job = await self.whole.job(job_id)
        if job.tenant != self.tenant:
            raise UnknownTarget(f"There is no job {job_id}.")
        return replace(job, failed=tuple(map(_discreet, job.failed)))

    async def provisioning(self, charger_id: str) -> Provisioning:
        """Where a charger stands on its way to service. Raises UnknownTarget."""
        await self.seen.view(charger_id)
        return await self.whole.provisioning(charger_id)

    async def update(self, charger_id: str, changes: ChargerChanges) -> ChargerView:
        """Change a charger. Raises UnknownTarget, InvalidCharger and DuplicateCharger."""
        view = await self.seen.view(charger_id)
        await self._check_place(changes.location_id)
        try:
            return await self.whole.update(charger_id, changes)
        except DuplicateCharger:
            raise DuplicateCharger(_TAKEN.format(view.identity)) from None

    async def remove(self, charger_id: str) -> None:
        """Switch a charger off in order and forget it. Raises UnknownTarget."""
        await self.seen.view(charger_id)
        await self.whole.remove(charger_id)

    async def start(self, charger_id: str) -> ChargerView:
        """Switch a charger on. Raises UnknownTarget."""
        await self.seen.view(charger_id)
        return await self.whole.start(charger_id)

    async def stop(self, charger_id: str) -> ChargerView:
        """Switch a charger off in order. Raises UnknownTarget."""
        await self.seen.view(charger_id)
        return await self.whole.stop(charger_id)

    async def reset(self, charger_id: str) -> ChargerView:
        """Switch a charger off in order, and on again. Raises UnknownTarget."""
        await self.seen.view(charger_id)
        return await self.whole.reset(charger_id)

    async def forget_frames(
        self, charger_id: str, since: float = -math.inf, until: float = math.inf, actions: Collection[str] = ()
    ) -> int:
        """Forget kept frames of a charger. Raises UnknownTarget."""
        await self.seen.view(charger_id)
        return await self.whole.forget_frames(charger_id, since, until, actions)

    async def add_location(self, new: LocationSpec) -> LocationView:
        """Add a location of the tenant. Raises DuplicateLocation."""
        return await self.whole.add_location(replace(new, tenant=self.tenant))

    async def update_location(self, location_id: str, changes: LocationChanges) -> LocationView:
        """Change a location. Raises UnknownTarget."""
        await self._check_place(location_id)
        return await self.whole.update_location(location_id, changes)

    async def remove_location(self, location_id: str) -> None:
        """Remove a location without chargers. Raises UnknownTarget and LocationInUse."""
        await self._check_place(location_id)
        await self.whole.remove_location(location_id)

    async def _check_place(self, location_id: str | None) -> None:
        """Raise UnknownTarget where a location is named that the tenant does not have."""
        if location_id and all(one.location_id != location_id for one in await self.seen.locations()):
            raise UnknownTarget(f"There is no location {location_id}.")


def _discreet(item: FailedItem) -> FailedItem:
    """The item without the name of somebody else's charger."""
    if item.error.code != "duplicate_charger":
        return item
    return replace(item, error=replace(item.error, message=_TAKEN.format(item.identity)))
