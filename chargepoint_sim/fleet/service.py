"""FleetService: all that the API, the command line, scenarios and conformance may ask of a fleet.

Asynchronous and location-transparent; plain, picklable data in and out (architecture chapter 4).
"""

from collections.abc import AsyncIterator, Collection, Sequence
from typing import Protocol

from chargepoint_sim.core.commands import Command, Outcome
from chargepoint_sim.core.smart_charging.profiles import Unit
from chargepoint_sim.fleet.detail import ChargerDetail, ScheduleView, Section
from chargepoint_sim.fleet.views import (
    ChargerName,
    ChargerView,
    ClockView,
    FleetEvent,
    FleetSummary,
    FrameRecord,
    LocationView,
)


class FleetService(Protocol):
    """A running fleet."""

    async def command(self, charger_id: str, command: Command) -> Outcome:
        """Carry `command` out. Raises UnknownTarget."""
        ...

    async def follow(self, charger_id: str, command: Command, cause: str, *, needs_link: bool = False) -> Outcome:
        """Carry `command` out, and tell what becomes of the messages that it causes. Raises UnknownTarget.

        The Outcome's info has `messages` (id -> action) and `online`. Events follow, after the Outcome, each with
        `cause`, `message_id` and `action`: message_sent; message_answered (`status`: the verdict or None, `answer`,
        `then`: messages that the answer has caused, followed too); message_given_up (`reason`, `written`). With
        `needs_link` nothing is done while the charger is not online: then info has `waits_for_link`.
        """
        ...

    async def follow_again(self, charger_id: str, cause: str, message_ids: Sequence[str]) -> Sequence[str]:
        """After a restart: follow those of the messages that still wait; they are returned. Raises UnknownTarget."""
        ...

    async def rehearse(self, charger_id: str, command: Command, *, needs_link: bool = False) -> Outcome:
        """What `command` would come to if it were given now; nothing changes. Raises UnknownTarget.

        The Outcome's info has `messages`, the actions of OCPP that it would cause, and `online`; with `needs_link`,
        `waits_for_link` where it would wait. What the central system would answer is not known.
        """
        ...

    async def broadcast(self, charger_ids: Sequence[str], command: Command) -> Sequence[Outcome]:
        """Carry `command` out on each charger, in the order given. Raises UnknownTarget before anything is done."""
        ...

    async def view(self, charger_id: str) -> ChargerView:
        """One charger now. Raises UnknownTarget."""
        ...

    async def inspect(self, charger_id: str, sections: Sequence[Section] = tuple(Section)) -> ChargerDetail:
        """What one charger keeps, as far as it is asked for. Raises UnknownTarget."""
        ...

    async def composite_schedule(self, charger_id: str, evse_id: int, duration_s: int, unit: Unit) -> ScheduleView:
        """What an EVSE, or as 0 the station, offers at most from now on. Raises UnknownTarget, of EVSEs too."""
        ...

    async def list(
        self, *, location_id: str | None = None, offset: int = 0, limit: int | None = None
    ) -> tuple[Sequence[ChargerView], int]:
        """A page of chargers in the fleet's order, and how many there are in all."""
        ...

    async def names(self, location_id: str) -> Sequence[ChargerName]:
        """The chargers of a location, in the fleet's order; quick however many there are."""
        ...

    async def ids(self, selector: str = "*") -> Sequence[str]:
        """Charger ids by id, OCPP identity, location id or glob; the first of these that matches decides.

        Raises UnknownTarget when nothing matches.
        """
        ...

    async def owned_by(self, tenant: str) -> Sequence[str]:
        """The ids of the tenant's chargers, in the fleet's order."""
        ...

    async def locations(self) -> Sequence[LocationView]:
        """All locations, in the fleet's order."""
        ...

    async def frames(self, charger_id: str) -> Sequence[FrameRecord]:
        """The last frames of a charger, oldest first. Raises UnknownTarget."""
        ...

    def events(
        self, charger_ids: Sequence[str] | None = None, kinds: Collection[str] | None = None, *, frames: bool = True
    ) -> AsyncIterator[FleetEvent]:
        """What happens from now on, to these chargers or to all, of these kinds or of all.

        Frames come as kind "frame" (data: sent, action, text); without `frames` they are told only where `kinds`
        names them.
        """
        ...

    async def clock(self) -> ClockView:
        """Which time the fleet lives in."""
        ...

    async def set_scale(self, scale: float) -> ClockView:
        """Let simulated time go on at another scale, without a jump. Raises LocalError where the time is real."""
        ...

    async def summary(self) -> FleetSummary:
        """Counts of the fleet, and who is not charging and why."""
        ...
