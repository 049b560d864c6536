"""The fleet as one tenant sees it: the chargers and locations that belong to it, and no others.

`TenantFleet` stands for a FleetService and asks the whole one. What belongs to somebody else is answered as what does
not exist, in the same words; nothing that names it comes through, not in lists, counts, events nor hints.
"""

from collections.abc import AsyncGenerator, AsyncIterator, Collection, Sequence
from dataclasses import dataclass, replace

from chargepoint_sim.core.commands import Command, Outcome
from chargepoint_sim.core.smart_charging.profiles import Unit
from chargepoint_sim.errors import LocalError, UnknownTarget
from chargepoint_sim.fleet.causes import summarise
from chargepoint_sim.fleet.detail import ChargerDetail, ScheduleView, Section
from chargepoint_sim.fleet.service import FleetService
from chargepoint_sim.fleet.views import (
    ChargerName,
    ChargerView,
    ClockView,
    FleetEvent,
    FleetSummary,
    FrameRecord,
    LocationView,
)


@dataclass(frozen=True, slots=True)
class TenantFleet:
    """What `tenant` has of `whole`."""

    whole: FleetService
    tenant: str

    async def command(self, charger_id: str, command: Command) -> Outcome:
        """Carry `command` out. Raises UnknownTarget."""
        await self.view(charger_id)
        return await self.whole.command(charger_id, command)

    async def follow(self, charger_id: str, command: Command, cause: str, *, needs_link: bool = False) -> Outcome:
        """Carry `command` out and tell what becomes of its messages. Raises UnknownTarget."""
        await self.view(charger_id)
        return await self.whole.follow(charger_id, command, cause, needs_link=needs_link)

    async def follow_again(self, charger_id: str, cause: str, message_ids: Sequence[str]) -> Sequence[str]:
        """Follow those of the messages that still wait. Raises UnknownTarget."""
        await self.view(charger_id)
        return await self.whole.follow_again(charger_id, cause, message_ids)

    async def rehearse(self, charger_id: str, command: Command, *, needs_link: bool = False) -> Outcome:
        """What `command` would come to; nothing changes. Raises UnknownTarget."""
        await self.view(charger_id)
        return await self.whole.rehearse(charger_id, command, needs_link=needs_link)

    async def broadcast(self, charger_ids: Sequence[str], command: Command) -> Sequence[Outcome]:
        """Carry `command` out on each charger. Raises UnknownTarget before anything is done."""
        own = frozenset(await self._own())
        for charger_id in charger_ids:
            if charger_id not in own:
                raise _unknown(charger_id)
        return await self.whole.broadcast(charger_ids, command)

    async def view(self, charger_id: str) -> ChargerView:
        """One charger now. Raises UnknownTarget."""
        try:
            view = await self.whole.view(charger_id)
        except UnknownTarget:
            raise _unknown(charger_id) from None
        if view.tenant != self.tenant:
            raise _unknown(charger_id)
        return view

    async def inspect(self, charger_id: str, sections: Sequence[Section] = tuple(Section)) -> ChargerDetail:
        """What one charger keeps. Raises UnknownTarget."""
        await self.view(charger_id)
        return await self.whole.inspect(charger_id, sections)

    async def composite_schedule(self, charger_id: str, evse_id: int, duration_s: int, unit: Unit) -> ScheduleView:
        """What an EVSE offers at most from now on. Raises UnknownTarget."""
        await self.view(charger_id)
        return await self.whole.composite_schedule(charger_id, evse_id, duration_s, unit)

    async def list(
        self, *, location_id: str | None = None, offset: int = 0, limit: int | None = None
    ) -> tuple[Sequence[ChargerView], int]:
        """A page of the tenant's chargers in the fleet's order, and how many there are in all."""
        own = await self._own()
        if location_id is not None:
            places = [place for place in await self.locations() if place.location_id == location_id]
            there = {charger_id for place in places for charger_id in place.charger_ids}
            own = [charger_id for charger_id in own if charger_id in there]
        page = own[offset : None if limit is None else offset + limit]
        return [await self.whole.view(charger_id) for charger_id in page], len(own)

    async def names(self, location_id: str) -> Sequence[ChargerName]:
        """The tenant's chargers at a location, in the fleet's order."""
        own = frozenset(await self._own())
        return [one for one in await self.whole.names(location_id) if one.charger_id in own]

    async def ids(self, selector: str = "*") -> Sequence[str]:
        """The tenant's charger ids among those that the selector means. Raises UnknownTarget when there are none."""
        try:
            found = await self.whole.ids(selector)
        except UnknownTarget:
            # Its words may name what is nearly meant, which may be somebody else's.
            raise _unknown(selector) from None
        # One charger is looked at; going through all would be dear for a command to one of many.
        own = found if len(found) == 1 and await self._is_own(found[0]) else frozenset(await self._own())
        mine = [charger_id for charger_id in found if charger_id in own]
        if not mine and selector != "*" and selector not in {one.location_id for one in await self.locations()}:
            raise _unknown(selector)
        return mine

    async def owned_by(self, tenant: str) -> Sequence[str]:
        """The ids of the chargers of `tenant`, who can only be this one."""
        return await self._own() if tenant == self.tenant else ()

    async def locations(self) -> Sequence[LocationView]:
        """The tenant's locations, each with its own chargers alone."""
        own = frozenset(await self._own())
        return [
            replace(one, charger_ids=tuple(charger_id for charger_id in one.charger_ids if charger_id in own))
            for one in await self.whole.locations()
            if one.tenant == self.tenant
        ]

    async def frames(self, charger_id: str) -> Sequence[FrameRecord]:
        """The last frames of a charger, oldest first. Raises UnknownTarget."""
        await self.view(charger_id)
        return await self.whole.frames(charger_id)

    async def events(
        self, charger_ids: Sequence[str] | None = None, kinds: Collection[str] | None = None, *, frames: bool = True
    ) -> AsyncIterator[FleetEvent]:
        """What happens to the tenant's chargers from now on, those among them that come later included."""
        own: dict[str, bool] = {}
        events = self.whole.events(charger_ids, kinds, frames=frames)
        try:
            async for event in events:
                if event.charger_id not in own:
                    own[event.charger_id] = await self._is_own(event.charger_id)
                if own[event.charger_id]:
                    yield event
        finally:
            if isinstance(events, AsyncGenerator):
                await events.aclose()

    async def clock(self) -> ClockView:
        """Which time the fleet lives in."""
        return await self.whole.clock()

    async def set_scale(self, scale: float) -> ClockView:
        """The time is everybody's. Raises LocalError."""
        raise LocalError("All tenants live in the same time: a token without a tenant changes it.")

    async def summary(self) -> FleetSummary:
        """Counts of the tenant's chargers, and which are not charging and why."""
        return summarise([await self.whole.view(charger_id) for charger_id in await self._own()])

    async def _own(self) -> Sequence[str]:
        return await self.whole.owned_by(self.tenant)

    async def _is_own(self, charger_id: str) -> bool:
        try:
            await self.view(charger_id)
        except UnknownTarget:
            return False
        return True


def _unknown(name: str) -> UnknownTarget:
    return UnknownTarget(f"There is no charger or location {name}.")
