"""Which events a stream is sent: by charger, location, kind and action, as far as its principal may see them."""

from collections.abc import Sequence

from chargepoint_sim.api.native.journal import Journal, Journals
from chargepoint_sim.api.targets import find_location
from chargepoint_sim.errors import UnknownTarget
from chargepoint_sim.fleet.service import FleetService
from chargepoint_sim.fleet.views import FRAME, FleetEvent


class EventChoice:
    """The events of the selected chargers, those that come later included."""

    def __init__(
        self,
        fleet: FleetService,
        *,
        tenant: str | None = None,
        chargers: Sequence[str] = (),
        locations: Sequence[str] = (),
        kinds: Sequence[str] = (),
        actions: Sequence[str] = (),
    ) -> None:
        """`fleet` is the part that the principal may see; of `chargers` and `locations` both have to fit."""
        self._fleet = fleet
        self._everybody = tenant is None and not chargers and not locations
        self._chargers = chargers or ("*",)
        self._locations = locations
        self._kinds = frozenset(kinds)
        self._actions = frozenset(actions)
        self._known: dict[str, bool] = {}

    def journal(self, journals: Journals) -> Journal:
        """The journal that has all of them."""
        frames = not self._kinds or FRAME in self._kinds
        return journals.everything if frames else journals.events

    async def check(self) -> None:
        """Raises UnknownTarget for a selector that nothing matches and for a location that is not there."""
        if not self._everybody:
            await self._members()

    async def wants(self, event: FleetEvent) -> bool:
        """The event is one of them."""
        if self._kinds and event.kind not in self._kinds:
            return False
        if self._actions and event.kind == FRAME and event.data["action"] not in self._actions:
            return False
        if self._everybody:
            return True
        if event.charger_id not in self._known:
            try:
                self._known[event.charger_id] = event.charger_id in await self._members()
            except UnknownTarget:  # all that the selector meant have gone
                self._known[event.charger_id] = False
        return self._known[event.charger_id]

    async def _members(self) -> set[str]:
        found = {charger_id for one in self._chargers for charger_id in await self._fleet.ids(one)}
        if self._locations:
            found &= {one for name in self._locations for one in (await find_location(self._fleet, name)).charger_ids}
        return found
