"""Which charger a text names: its id, or its OCPP identity."""

from chargepoint_sim.errors import UnknownTarget
from chargepoint_sim.fleet.service import FleetService
from chargepoint_sim.fleet.views import ChargerView, LocationView


async def find_charger(fleet: FleetService, name: str) -> ChargerView:
    """The charger with the id or OCPP identity `name`. Raises UnknownTarget; globs and locations do not count."""
    try:
        return await fleet.view(name)
    except UnknownTarget:
        matches = await _selected(fleet, name)
        if len(matches) == 1:
            view = await fleet.view(matches[0])
            if view.identity == name:
                return view
    raise UnknownTarget(f"There is no charger {name}.")


async def find_location(fleet: FleetService, location_id: str) -> LocationView:
    """The location with that id. Raises UnknownTarget."""
    for location in await fleet.locations():
        if location.location_id == location_id:
            return location
    raise UnknownTarget(f"There is no location {location_id}.")


async def _selected(fleet: FleetService, selector: str) -> tuple[str, ...]:
    try:
        return tuple(await fleet.ids(selector))
    except UnknownTarget:
        return ()
