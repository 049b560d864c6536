"""The chargers of a location, many at a time: listed, made by a job, changed, taken away.

A charger that cannot be made, changed or taken away stands in the answer and stops no other.
"""

from pydantic import Field

from chargepoint_sim.api.ocpplab.chargers import ChargerList, charger
from chargepoint_sim.api.ocpplab.pages import PageQuery, figures, page_of
from chargepoint_sim.api.ocpplab.rows import row
from chargepoint_sim.api.parsing import Nothing
from chargepoint_sim.api.routes import Call
from chargepoint_sim.api.targets import find_location


class LocationChargerQuery(PageQuery):
    """Which chargers of a location."""

    charger_ids: list[str] = Field([], description="Repeat the key for each charger; none means all.")


async def list_location_chargers(call: Call[LocationChargerQuery, Nothing]) -> ChargerList:
    """A page of the chargers of a location; ids that do not belong to it select nothing."""
    query = call.query
    place = await find_location(call.fleet, call.path["location_id"])
    if not query.charger_ids:
        views, total = await call.fleet.list(location_id=place.location_id, offset=query.offset, limit=query.limit)
        return ChargerList(data=[charger(view) for view in views], **figures(query, total))
    wanted = set(query.charger_ids)
    there, _ = await call.fleet.list(location_id=place.location_id)
    chosen = [view for view in there if wanted & {view.charger_id, view.identity}]
    return ChargerList(data=[charger(view) for view in page_of(query, chosen)], **figures(query, len(chosen)))


THERE = "/ocpp/locations/{location_id}/chargers"

BULK_ROUTES = (
    row(
        f"GET {THERE}",
        "list-location-chargers",
        "Chargers of a location, page by page",
        (LocationChargerQuery, Nothing),
        list_location_chargers,
        {200: ChargerList},
    ),
)
"""Chargers of a location."""
