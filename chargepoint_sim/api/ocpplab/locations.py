"""Locations of the OCPPLAB surface: made, shown, changed, and taken away when nobody stands there any more."""

import secrets
import uuid
from typing import Annotated, Any

from pydantic import BaseModel, Field, StrictBool, StringConstraints

from chargepoint_sim.api.errors import unprocessable
from chargepoint_sim.api.ocpplab.pages import PageQuery, figures, page_of
from chargepoint_sim.api.ocpplab.rows import CREATE_ERRORS, WRITE_ERRORS, row
from chargepoint_sim.api.ocpplab.words import instant
from chargepoint_sim.api.parsing import Nothing, Shape
from chargepoint_sim.api.routes import READ_ERRORS, Call, Scope
from chargepoint_sim.api.targets import find_location
from chargepoint_sim.errors import LocationInUse
from chargepoint_sim.fleet.catalog import slug_of
from chargepoint_sim.fleet.roster import LocationChanges
from chargepoint_sim.fleet.spec import LocationSpec
from chargepoint_sim.fleet.views import LocationView

SUFFIX_BYTES = 3
"""Random part of a slug."""

Country = Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{2}$", to_upper=True)]
"""ISO 3166-1 alpha-2."""


class Coordinates(BaseModel):
    """Where a location is, degrees (WGS 84)."""

    latitude: float = Field(strict=True, ge=-90, le=90)
    longitude: float = Field(strict=True, ge=-180, le=180)


class Location(BaseModel):
    """A location."""

    id: str
    slug: str | None
    name: str | None
    address: str | None
    city: str | None
    country: str | None
    coordinates: Coordinates | None
    timezone: str | None
    owner_name: str | None
    public: bool | None
    status: str | None
    created_at: str | None
    updated_at: str | None


class LocationList(BaseModel):
    """A page of locations."""

    data: list[Location]
    total: int
    page: int
    limit: int


class LocationPlace(Shape):
    """What every location has, but for where it is on the globe."""

    name: str = Field(min_length=1)
    address: str
    city: str
    country: Country
    timezone: str | None = None
    owner_name: str | None = None
    public: StrictBool | None = None


class LocationCreation(LocationPlace):
    """A location to be made."""

    coordinates: Coordinates


class LocationUpdate(Shape):
    """What to change; what is absent or null stays."""

    slug: str | None = Field(None, pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")
    name: str | None = Field(None, min_length=1)
    address: str | None = None
    city: str | None = None
    country: Country | None = None
    coordinates: Coordinates | None = None
    timezone: str | None = None
    owner_name: str | None = None
    public: StrictBool | None = None
    status: str | None = None


def location(view: LocationView) -> Location:
    """A location as this API shows it."""
    placed = view.latitude is not None and view.longitude is not None
    return Location(
        id=view.location_id,
        slug=view.slug or slug_of(view.name or view.location_id),
        name=view.name or None,
        address=view.address or None,
        city=view.city or None,
        country=view.country or None,
        coordinates=Coordinates.model_validate(view, from_attributes=True) if placed else None,
        timezone=view.timezone,
        owner_name=view.owner_name,
        public=view.public,
        status=view.status,
        created_at=instant(view.created_at),
        updated_at=instant(view.created_at if view.updated_at is None else view.updated_at),
    )


def new_location(name: str, at: tuple[float, float], **described: Any) -> LocationSpec:
    """The location that is asked for, at this latitude and longitude, under a slug that no other has."""
    slug = "-".join(filter(None, (slug_of(name), secrets.token_hex(SUFFIX_BYTES))))
    return LocationSpec(str(uuid.uuid4()), name=name, slug=slug, latitude=at[0], longitude=at[1], **described)


async def list_locations(call: Call[PageQuery, Nothing]) -> LocationList:
    """A page of the locations."""
    locations = await call.fleet.locations()
    data = [location(view) for view in page_of(call.query, locations)]
    return LocationList(data=data, **figures(call.query, len(locations)))


async def create_location(call: Call[Nothing, LocationCreation]) -> Location:
    """Make a location."""
    body = call.body
    described = body.model_dump(exclude={"name", "coordinates"})
    at = (body.coordinates.latitude, body.coordinates.longitude)
    return location(await call.roster.add_location(new_location(body.name, at, **described)))


async def get_location(call: Call[Nothing, Nothing]) -> Location:
    """One location."""
    return location(await find_location(call.fleet, call.path["location_id"]))


async def update_location(call: Call[Nothing, LocationUpdate]) -> Location:
    """Change a location."""
    view = await find_location(call.fleet, call.path["location_id"])
    given = call.body.model_dump(exclude={"coordinates"})
    at = call.body.coordinates
    placed = {} if at is None else at.model_dump()
    return location(await call.roster.update_location(view.location_id, LocationChanges(**given, **placed)))


async def delete_location(call: Call[Nothing, Nothing]) -> Nothing:
    """Take a location away at which no charger stands."""
    return await forget_location(call, call.path["location_id"])


async def forget_location(call: Call[Any, Nothing], location_id: str) -> Nothing:
    """Take a location away. Chargers there are not taken away with it: that is a 422."""
    view = await find_location(call.fleet, location_id)
    try:
        await call.roster.remove_location(view.location_id)
    except LocationInUse as error:
        raise unprocessable(["location_id"], str(error), "location_in_use", view.location_id) from None
    return Nothing()


ALL, ONE = "/ocpp/locations", "/ocpp/locations/{location_id}"

LOCATION_ROUTES = (
    row(
        f"GET {ALL}",
        "list-locations",
        "Locations, page by page",
        (PageQuery, Nothing),
        list_locations,
        {200: LocationList},
        errors=READ_ERRORS,
    ),
    row(
        f"POST {ALL}",
        "create-location",
        "Make a location",
        (Nothing, LocationCreation),
        create_location,
        {201: Location},
        Scope.ADMIN,
        CREATE_ERRORS,
    ),
    row(f"GET {ONE}", "get-location", "One location", (Nothing, Nothing), get_location, {200: Location}),
    row(
        f"PUT {ONE}",
        "update-location",
        "Change a location",
        (Nothing, LocationUpdate),
        update_location,
        {200: Location},
        Scope.ADMIN,
        WRITE_ERRORS,
    ),
    row(
        f"DELETE {ONE}",
        "delete-location",
        "Take away a location at which no charger stands",
        (Nothing, Nothing),
        delete_location,
        {204: Nothing},
        Scope.ADMIN,
        WRITE_ERRORS,
    ),
)
"""Locations."""
