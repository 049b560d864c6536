"""Locations with their chargers in one request, in the words of the later dialects, under /ocpp and /evcharger."""

from collections.abc import Iterator

from pydantic import BaseModel, Field

from chargepoint_sim.api.ocpplab.deployments import PREFIXES, Deployment, deployment, well_described
from chargepoint_sim.api.ocpplab.locations import Country, LocationPlace, forget_location, new_location
from chargepoint_sim.api.ocpplab.rows import WRITE_ERRORS, row
from chargepoint_sim.api.parsing import Nothing
from chargepoint_sim.api.routes import AnyRoute, Call, Scope
from chargepoint_sim.fleet.roster import MOST_AT_ONCE, NewCharger


class Point(BaseModel):
    """Degrees (WGS 84)."""

    lat: float = Field(strict=True, ge=-90, le=90)
    lng: float = Field(strict=True, ge=-180, le=180)


class SiteCreation(LocationPlace):
    """A location to be made, and its chargers."""

    country: Country
    coordinates: Point
    chargers: list[Deployment] = Field(default_factory=list, max_length=MOST_AT_ONCE)


class SiteAccepted(BaseModel):
    """A location that has been made, whose chargers are on their way."""

    status: str
    detail: str
    location_id: str
    job_id: str | None = Field(description="Under which its chargers are made.")


class WhichSite(BaseModel):
    """Which location."""

    location_id: str


async def create_site(call: Call[Nothing, SiteCreation]) -> SiteAccepted:
    """Make a location, and begin to make its chargers. Nothing is made where one of them is of no known model."""
    body, roster = call.body, call.roster
    catalog = roster.catalog()
    chargers: list[NewCharger] = []
    for n, one in enumerate(body.chargers):
        with well_described("chargers", n):
            chargers.append(deployment(catalog, one, None))
    described = body.model_dump(exclude={"name", "coordinates", "chargers"})
    place = await roster.add_location(
        new_location(body.name, (body.coordinates.lat, body.coordinates.lng), **described)
    )
    job_id = None
    if chargers:
        made_by = await roster.add_many(chargers, location_id=place.location_id, tenant=call.principal.tenant)
        job_id = made_by.job_id
    detail = f"Location {place.location_id} is there; {len(chargers)} chargers are being made."
    return SiteAccepted(status="accepted", detail=detail, location_id=place.location_id, job_id=job_id)


async def delete_site(call: Call[WhichSite, Nothing]) -> Nothing:
    """Take a location away at which no charger stands."""
    return await forget_location(call, call.query.location_id)


def _routes(prefix: str, named: str) -> Iterator[AnyRoute]:
    yield row(
        f"POST {prefix}/location",
        f"{named}create-site",
        "Make a location and its chargers",
        (Nothing, SiteCreation),
        create_site,
        {202: SiteAccepted},
        Scope.ADMIN,
        WRITE_ERRORS,
    )
    yield row(
        f"DELETE {prefix}/location",
        f"{named}delete-site",
        "Take away a location at which no charger stands",
        (WhichSite, Nothing),
        delete_site,
        {204: Nothing},
        Scope.ADMIN,
        WRITE_ERRORS,
    )


SITE_ROUTES = tuple(route for place in PREFIXES.items() for route in _routes(*place))
"""Locations of the later dialects."""
