"""Chargers, their frames, and locations, in the shapes of the OCPPLAB surface."""

import re
from collections.abc import Mapping

from chargepoint_sim.api.ocpplab import shapes
from chargepoint_sim.api.parsing import Nothing
from chargepoint_sim.api.routes import Call
from chargepoint_sim.api.targets import find_charger, find_location
from chargepoint_sim.clock import format_utc
from chargepoint_sim.fleet.views import ChargerView, FrameRecord, LocationView

_CONNECTOR_TYPES: Mapping[str, str] = {
    "cCCS1": "CCS1",
    "cCCS2": "CCS2",
    "cG105": "CHAdeMO",
    "cTesla": "Tesla",
    "cType1": "Type1",
    "cType2": "Type2",
    "sType2": "Type2",
    "sType3": "Type3",
}
"""ConnectorEnumType of OCPP 2.0.1 to the words of this API; any other word stays as it is."""


def charger(view: ChargerView) -> shapes.Charger:
    """A charger as this API shows it."""
    created_at = format_utc(view.created_at)
    return shapes.Charger(
        id=view.charger_id,
        identity=view.identity,
        name=view.name or None,
        vendor_name=view.vendor,
        model=view.model,
        image_url=None,
        ocpp_version=f"OCPP{view.version}",
        number_of_connectors=sum(len(evse.connector_ids) for evse in view.evses),
        max_charging_power=int(view.max_power_w),
        connector_type=_CONNECTOR_TYPES.get(view.connector_type, view.connector_type),
        location_id=view.location_id,
        created_at=created_at,
        updated_at=created_at,
    )


def location(view: LocationView) -> shapes.Location:
    """A location as this API shows it."""
    created_at = format_utc(view.created_at)
    placed = view.latitude is not None and view.longitude is not None
    return shapes.Location(
        id=view.location_id,
        slug=re.sub(r"[^a-z0-9]+", "-", (view.name or view.location_id).lower()).strip("-"),
        name=view.name or None,
        address=view.address or None,
        city=view.city or None,
        country=view.country or None,
        coordinates=shapes.Coordinates.model_validate(view, from_attributes=True) if placed else None,
        timezone=view.timezone,
        owner_name=None,
        public=None,
        status="active",
        created_at=created_at,
        updated_at=created_at,
    )


def log_entry(frame: FrameRecord) -> shapes.LogEntry:
    """A frame as this API shows it."""
    return shapes.LogEntry(
        direction="cp_to_csms" if frame.sent else "csms_to_cp",
        action=frame.action,
        message=frame.text,
        timestamp=format_utc(frame.at),
    )


async def list_chargers(call: Call[shapes.ChargerQuery, Nothing]) -> shapes.ChargerList:
    """A page of the fleet, or of a location; an unknown location has no chargers."""
    return await _charger_page(call, call.query.location_id)


async def get_charger(call: Call[Nothing, Nothing]) -> shapes.Charger:
    """One charger."""
    return charger(await find_charger(call.fleet, call.path["charger_id"]))


async def list_logs(call: Call[shapes.LogQuery, Nothing]) -> shapes.LogList:
    """The kept frames of a charger that the query selects, oldest first."""
    query = call.query
    view = await find_charger(call.fleet, call.path["charger_id"])
    earliest = query.start_date.timestamp() if query.start_date else float("-inf")
    latest = query.end_date.timestamp() if query.end_date else float("inf")
    frames = [
        frame
        for frame in await call.fleet.frames(view.charger_id)
        if earliest <= frame.at <= latest and query.event in (None, frame.action)
    ]
    return shapes.LogList(
        data=[log_entry(frame) for frame in frames[query.offset : query.offset + query.limit]],
        total=len(frames),
        limit=query.limit,
        offset=query.offset,
    )


async def list_locations(call: Call[shapes.PageQuery, Nothing]) -> shapes.LocationList:
    """A page of the locations."""
    query = call.query
    locations = await call.fleet.locations()
    offset = (query.page - 1) * query.limit
    return shapes.LocationList(
        data=[location(view) for view in locations[offset : offset + query.limit]],
        total=len(locations),
        page=query.page,
        limit=query.limit,
    )


async def get_location(call: Call[Nothing, Nothing]) -> shapes.Location:
    """One location."""
    return location(await find_location(call.fleet, call.path["location_id"]))


async def list_location_chargers(call: Call[shapes.LocationChargerQuery, Nothing]) -> shapes.ChargerList:
    """A page of the chargers of a location; ids that do not belong to it select nothing."""
    query = call.query
    place = await find_location(call.fleet, call.path["location_id"])
    if not query.charger_ids:
        return await _charger_page(call, place.location_id)
    wanted = set(query.charger_ids)
    views, _ = await call.fleet.list(location_id=place.location_id)
    chosen = [view for view in views if wanted & {view.charger_id, view.identity}]
    offset = (query.page - 1) * query.limit
    return shapes.ChargerList(
        data=[charger(view) for view in chosen[offset : offset + query.limit]],
        total=len(chosen),
        page=query.page,
        limit=query.limit,
    )


async def _charger_page(
    call: Call[shapes.ChargerQuery, Nothing] | Call[shapes.LocationChargerQuery, Nothing], location_id: str | None
) -> shapes.ChargerList:
    query = call.query
    views, total = await call.fleet.list(
        location_id=location_id, offset=(query.page - 1) * query.limit, limit=query.limit
    )
    return shapes.ChargerList(data=[charger(view) for view in views], total=total, page=query.page, limit=query.limit)
