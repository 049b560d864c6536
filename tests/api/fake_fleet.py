"""A FleetService over a few charger views in memory: it keeps the commands it was given and has no physics.

It resolves places as docs/compatibility.md says, caps power limits at the hardware, and refuses what a test tells
it to refuse.
"""

import asyncio
from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import Any

from chargepoint_sim.core.commands import (
    ACCEPTED,
    ChangeSettings,
    ClearCache,
    ClearLocalList,
    Command,
    Outcome,
    Placed,
    SetPowerLimit,
    UpdateLocalList,
    no_such_place,
    refused,
)
from chargepoint_sim.core.smart_charging.profiles import ChargingPeriod, Unit
from chargepoint_sim.errors import UnknownTarget
from chargepoint_sim.fleet.detail import ChargerDetail, ScheduleView, Section
from chargepoint_sim.fleet.service import FleetService
from chargepoint_sim.fleet.views import (
    Cause,
    ChargerName,
    ChargerView,
    ClockView,
    EvseView,
    FleetEvent,
    FleetSummary,
    FrameRecord,
    GroupCounts,
    LocationView,
)

BOOTED_AT = 1_767_225_600.0  # 2026-01-01T00:00:00Z


def evse_view(evse_id: int, max_power_w: float) -> EvseView:
    return EvseView(
        evse_id=evse_id,
        connector_id=None,
        connector_ids=(1,),
        status="Available",
        charging_state="Idle",
        plugged=False,
        vehicle=None,
        soc=None,
        id_token=None,
        transaction_id=None,
        offered_power_w=max_power_w,
        offered_by="hardware",
        power_w=0.0,
        drawn_by="vehicle",
        register_wh=0.0,
        external_limit_w=None,
    )


def charger_view(
    charger_id: str,
    identity: str,
    *,
    version: str = "1.6",
    location_id: str | None = None,
    evses: int = 1,
    max_power_w: float = 22_000.0,
) -> ChargerView:
    return ChargerView(
        charger_id=charger_id,
        identity=identity,
        name=f"Charger {charger_id}",
        version=version,
        template="ac22",
        vendor="Example",
        model="AC-22",
        firmware="1.4.0",
        serial_number=f"SN-{charger_id}",
        location_id=location_id,
        connection="connected",
        registration="Accepted",
        refusal=None,
        connector_type="cType2",
        max_power_w=max_power_w,
        current="ac",
        queued_messages=0,
        evses=tuple(evse_view(n, max_power_w) for n in range(1, evses + 1)),
        created_at=BOOTED_AT,
        rated_power_w=evses * max_power_w,
        max_current_a=32.0,
    )


def location_view(location_id: str, charger_ids: tuple[str, ...]) -> LocationView:
    return LocationView(
        location_id=location_id,
        name="Depot North",
        address="Havenweg 1",
        city="Utrecht",
        country="NL",
        latitude=52.09,
        longitude=5.12,
        timezone="Europe/Amsterdam",
        charger_ids=charger_ids,
        created_at=BOOTED_AT,
    )


class FakeFleet:
    """A fleet of `views`; `done` holds every command that was carried out, in order."""

    def __init__(self, views: Sequence[ChargerView], locations: Sequence[LocationView]) -> None:
        self.views = {view.charger_id: view for view in views}
        self.places = list(locations)
        self.kept_frames: dict[str, list[FrameRecord]] = {}
        self.kept: dict[Section, Any] = {}
        """What every charger keeps."""
        self.done: list[tuple[str, Command]] = []
        self.refusals: dict[str, str] = {}
        """Charger id -> why it refuses every command."""
        self.answers: dict[type[Command], dict[str, Any]] = {
            ChangeSettings: {"verdicts": {"HeartbeatInterval": "Accepted"}},
            ClearCache: {"cleared": 3},
            ClearLocalList: {"deleted": 2},
            UpdateLocalList: {"status": "Accepted"},
        }
        """Command -> what its Outcome says."""
        self.scale = 1.0
        self.waiting = 0
        """How many the central system has neither accepted nor refused."""
        self.crash: Exception | None = None
        """Raised by every method while it is set."""
        self.subscribers: set[asyncio.Queue[FleetEvent]] = set()
        self.worked = asyncio.Event()
        """Set at every command that was carried out."""
        self.unsubscribed = asyncio.Event()
        """Set when a subscriber has gone."""

    def _check(self) -> None:
        if self.crash is not None:
            raise self.crash

    async def command(self, charger_id: str, command: Command) -> Outcome:
        return (await self.broadcast([charger_id], command))[0]

    async def follow(self, charger_id: str, command: Command, cause: str, *, needs_link: bool = False) -> Outcome:
        outcome = await self.command(charger_id, command)
        return replace(outcome, info={**outcome.info, "messages": {}, "online": True})

    async def follow_again(self, charger_id: str, cause: str, message_ids: Sequence[str]) -> Sequence[str]:
        await self.view(charger_id)
        return ()

    async def rehearse(self, charger_id: str, command: Command, *, needs_link: bool = False) -> Outcome:
        await self.view(charger_id)
        views, done = dict(self.views), list(self.done)
        outcome = self._carry_out(charger_id, command)
        self.views, self.done = views, done
        return replace(outcome, info={**outcome.info, "messages": ["Heartbeat"], "online": True})

    async def broadcast(self, charger_ids: Sequence[str], command: Command) -> Sequence[Outcome]:
        self._check()
        for charger_id in charger_ids:
            await self.view(charger_id)
        return [self._carry_out(charger_id, command) for charger_id in charger_ids]

    async def view(self, charger_id: str) -> ChargerView:
        self._check()
        if charger_id not in self.views:
            raise UnknownTarget(f"There is no charger {charger_id}.")
        return self.views[charger_id]

    async def inspect(self, charger_id: str, sections: Sequence[Section] = tuple(Section)) -> ChargerDetail:
        await self.view(charger_id)
        found = {section.member: self.kept[section] for section in sections if section in self.kept}
        return ChargerDetail(charger_id, BOOTED_AT, tuple(sections), **found)

    async def composite_schedule(self, charger_id: str, evse_id: int, duration_s: int, unit: Unit) -> ScheduleView:
        view = await self.view(charger_id)
        if evse_id > len(view.evses):
            raise UnknownTarget(f"There is no EVSE {evse_id}.")
        limit = ChargingPeriod(0.0, view.max_power_w, 3)
        return ScheduleView(charger_id, evse_id, unit, BOOTED_AT, duration_s, (limit,))

    async def list(
        self, *, location_id: str | None = None, offset: int = 0, limit: int | None = None
    ) -> tuple[Sequence[ChargerView], int]:
        self._check()
        views = [view for view in self.views.values() if location_id in (None, view.location_id)]
        return views[offset : None if limit is None else offset + limit], len(views)

    async def names(self, location_id: str) -> Sequence[ChargerName]:
        self._check()
        there = [view for view in self.views.values() if view.location_id == location_id]
        return [ChargerName(view.charger_id, view.identity, view.version) for view in there]

    async def ids(self, selector: str = "*") -> Sequence[str]:
        self._check()
        views = self.views.values()
        readings = (
            [view for view in views if view.charger_id == selector],
            [view for view in views if view.identity == selector],
            [view for view in views if view.location_id == selector],
            [view for view in views if fnmatchcase(view.charger_id, selector)],
        )
        for matches in readings:
            if matches:
                return [view.charger_id for view in matches]
        raise UnknownTarget(f"Nothing matches {selector}.")

    async def owned_by(self, tenant: str) -> Sequence[str]:
        self._check()
        return [view.charger_id for view in self.views.values() if view.tenant == tenant]

    async def locations(self) -> Sequence[LocationView]:
        self._check()
        return self.places

    async def frames(self, charger_id: str) -> Sequence[FrameRecord]:
        await self.view(charger_id)
        return self.kept_frames.get(charger_id, [])

    async def events(
        self, charger_ids: Sequence[str] | None = None, kinds: Collection[str] | None = None, *, frames: bool = True
    ) -> AsyncIterator[FleetEvent]:
        self._check()
        queue: asyncio.Queue[FleetEvent] = asyncio.Queue()
        self.subscribers.add(queue)
        try:
            while True:
                event = await queue.get()
                wanted = kinds or ((event.kind,) if frames or event.kind != "frame" else ())
                if event.charger_id in (charger_ids or (event.charger_id,)) and event.kind in wanted:
                    yield event
        finally:
            self.subscribers.remove(queue)
            self.unsubscribed.set()

    async def clock(self) -> ClockView:
        self._check()
        return ClockView("scaled", self.scale, BOOTED_AT)

    async def set_scale(self, scale: float) -> ClockView:
        self._check()
        self.scale = scale
        return await self.clock()

    async def summary(self) -> FleetSummary:
        self._check()
        total = len(self.views)
        idle = Cause("nobody has plugged in", "plug a vehicle in", tuple(self.views))
        group = GroupCounts("ac22", "1.6", total, total, total, 0)
        return FleetSummary(total, total, total, 0, (idle,), waiting=self.waiting, groups=(group,))

    async def carried_out(self, count: int) -> None:
        """Wait until so many commands were carried out in all."""
        async with asyncio.timeout(30):
            while len(self.done) < count:
                self.worked.clear()
                await self.worked.wait()

    def emit(self, event: FleetEvent) -> None:
        """Let every subscriber know."""
        for queue in self.subscribers:
            queue.put_nowait(event)

    def _carry_out(self, charger_id: str, command: Command) -> Outcome:
        if charger_id in self.refusals:
            return refused(self.refusals[charger_id])
        view = self.views[charger_id]
        evse_id = self._evse_id(view, command)
        if evse_id is None:
            return no_such_place("There is no such connector.")
        self.done.append((charger_id, command))
        self.worked.set()
        if not isinstance(command, SetPowerLimit):
            return Outcome(True, info=self.answers.get(type(command), {}))
        limit_w = command.power_w
        offered_w = view.max_power_w if limit_w is None else min(limit_w, view.max_power_w)
        self.views[charger_id] = replace(
            view,
            evses=tuple(
                replace(evse, external_limit_w=limit_w, offered_power_w=offered_w) if evse.evse_id == evse_id else evse
                for evse in view.evses
            ),
        )
        return ACCEPTED if offered_w == limit_w else Outcome(True, info={"applied_power_w": offered_w})

    def _evse_id(self, view: ChargerView, command: Command) -> int | None:
        """The EVSE that a command names, or None where the charger has no such place."""
        if not isinstance(command, Placed):
            return 1
        if view.version == "1.6":
            number = command.connector_id or command.evse_id or 1
        elif command.connector_id in (None, 1):
            number = command.evse_id or 1
        else:
            return None
        return number if number <= len(view.evses) else None


def seed_fleet() -> FakeFleet:
    """dep-789 at no location, dep-1 and dep-2 at loc-456; all 1.6 with one connector of 22 kW."""
    return FakeFleet(
        [
            charger_view("dep-789", "CP-CHARGER-789"),
            charger_view("dep-1", "CP-CHARGER-1", location_id="loc-456"),
            charger_view("dep-2", "CP-CHARGER-2", location_id="loc-456"),
        ],
        [location_view("loc-456", ("dep-1", "dep-2"))],
    )


def mixed_fleet() -> FakeFleet:
    """The seed's fleet, and at loc-201 a 2.0.1 charger with two EVSEs and one of 11 kW."""
    fleet = seed_fleet()
    for view in (
        charger_view("dc-1", "CP-DC-1", version="2.0.1", location_id="loc-201", evses=2, max_power_w=50_000.0),
        charger_view("ac-1", "CP-AC-1", location_id="loc-201", max_power_w=11_000.0),
    ):
        fleet.views[view.charger_id] = view
    fleet.places.append(location_view("loc-201", ("dc-1", "ac-1")))
    return fleet


def as_service(fleet: FakeFleet) -> FleetService:
    """The fake as what it stands for; a type checker proves that it fits."""
    return fleet
