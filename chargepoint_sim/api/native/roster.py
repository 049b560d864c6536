"""What the fleet consists of, over /v1: what chargers can be made of, chargers and locations that come, change and go.

Owns bodies and status codes; what a change does, and what survives a restart, is `fleet.roster`'s business. Files with
certificates are named in the fleet file alone: a path in a request would have the daemon read any file of its machine.
"""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, RootModel, StrictBool
from pydantic.config import JsonDict

from chargepoint_sim.api.errors import HttpErrorResponse, HttpRefusal, unprocessable
from chargepoint_sim.api.native.shapes import OneCharger
from chargepoint_sim.api.parsing import Nothing
from chargepoint_sim.api.routes import (
    COMMAND_ERRORS,
    FIND_ERRORS,
    READ_ERRORS,
    AnyRoute,
    Call,
    Response,
    Route,
    Scope,
    Surface,
)
from chargepoint_sim.api.targets import find_charger, find_location
from chargepoint_sim.errors import DuplicateCharger, DuplicateLocation, InvalidCharger, LocationInUse, UnknownModel
from chargepoint_sim.fleet.catalog import Brand, LocationTemplate, Model
from chargepoint_sim.fleet.roster import (
    MOST_AT_ONCE,
    BulkJob,
    ChargerChanges,
    LocationChanges,
    NewCharger,
    Provisioning,
)
from chargepoint_sim.fleet.spec import LocationSpec
from chargepoint_sim.fleet.views import ChargerView, LocationView

_Name = Annotated[str, Field(min_length=1, max_length=255)]
_Degrees = Annotated[float, Field(strict=True, allow_inf_nan=False)]


class CatalogView(BaseModel):
    """What chargers can be made by name, and the usual kinds of site."""

    brands: list[Brand]
    models: list[Model]
    locations: list[LocationTemplate]


class Templates(BaseModel):
    """The templates that chargers can be made of, with what each is by default."""

    data: list[Model]


class Given(BaseModel):
    """An object with known members alone."""

    model_config = ConfigDict(extra="forbid")


_EXAMPLE: JsonDict = {"identity": "CP-42", "csms_url": "builtin", "template": "public-ac-22"}


class ChargerBody(Given):
    """A charger to be made: of a template, or of a brand's model. It dials at once."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    identity: str = Field(min_length=1, max_length=48, description="Charge point id.", examples=["CP-42"])
    csms_url: _Name = Field(description="ws:// or wss://, without the identity; `builtin` is the daemon's own.")
    template: str | None = Field(None, examples=["public-ac-22"])
    brand_slug: str | None = None
    model_slug: str | None = None
    charger_id: _Name | None = Field(None, description="None has one made.")
    connector_type: str | None = Field(None, description="ConnectorEnumType of 2.0.1, or Type2, CCS2 and the like.")
    version: Literal["1.6", "2.0.1"] | None = None
    name: str = ""
    location_id: str | None = None
    tenant: str | None = Field(None, description="A token of a tenant makes chargers of that tenant alone.")
    serial_number: str | None = None
    security_profile: int = Field(0, strict=True, ge=0, le=2)
    username: str | None = None
    password: str | None = None


class ManyChargers(Given):
    """Chargers to be made one after the other, as the ramp says."""

    chargers: list[ChargerBody] = Field(min_length=1, max_length=MOST_AT_ONCE)
    location_id: str | None = Field(None, description="All of them stand there.")


class ChargerPatch(Given):
    """What to change; what is absent or null stays. All but name and location restarts the charger."""

    name: str | None = None
    connector_type: str | None = None
    version: Literal["1.6", "2.0.1"] | None = None
    csms_url: _Name | None = None
    location_id: str | None = Field(None, description="Empty: it stands nowhere.")
    security_profile: int | None = Field(None, strict=True, ge=0, le=2)
    username: str | None = None
    password: str | None = None


class LocationPatch(Given):
    """What to change; what is absent or null stays."""

    name: str | None = None
    slug: str | None = None
    address: str | None = None
    city: str | None = None
    country: str | None = None
    latitude: _Degrees | None = Field(None, ge=-90, le=90)
    longitude: _Degrees | None = Field(None, ge=-180, le=180)
    timezone: str | None = None
    owner_name: str | None = None
    public: StrictBool | None = None
    status: Literal["active", "inactive"] | None = None


class LocationBody(LocationPatch):
    """A location to be made."""

    location_id: str = Field("", max_length=255, description="Empty has one made.")
    tenant: str | None = Field(None, description="A token of a tenant makes locations of that tenant alone.")


class Job(RootModel[BulkJob]):
    """A job that makes many chargers."""


class ProvisioningView(RootModel[Provisioning]):
    """How far a charger has come on its way to service."""


class OneLocation(RootModel[LocationView]):
    """One location."""


class Locations(BaseModel):
    """All locations, in the fleet's order."""

    data: list[LocationView]


async def show_catalog(call: Call[Nothing, Nothing]) -> CatalogView:
    """What can be made by name."""
    catalog = call.roster.catalog()
    models = list((catalog.models or {}).values())
    return CatalogView(brands=list(catalog.brands), models=models, locations=list(catalog.locations))


async def list_templates(call: Call[Nothing, Nothing]) -> Templates:
    """One model for each template that has one, by the template's name."""
    found: dict[str, Model] = {}
    for model in (call.roster.catalog().models or {}).values():
        found.setdefault(model.template, model)
    return Templates(data=[found[name] for name in sorted(found)])


async def add_charger(call: Call[Nothing, ChargerBody]) -> OneCharger:
    """Make a charger. Raises UnknownTarget for its location, HttpRefusal with 409 and 422."""
    with _told():
        return OneCharger(await call.roster.add(_new(call.body)))


async def add_chargers(call: Call[Nothing, ManyChargers]) -> Job:
    """Begin to make many chargers. Raises UnknownTarget for the location."""
    with _told():
        chargers = [_new(one) for one in call.body.chargers]
        job = await call.roster.add_many(chargers, location_id=call.body.location_id, tenant=call.principal.tenant)
    return Job(job)


async def show_job(call: Call[Nothing, Nothing]) -> Job:
    """How far a job is. Raises UnknownTarget."""
    return Job(await call.roster.job(call.path["job_id"]))


async def change_charger(call: Call[Nothing, ChargerPatch]) -> OneCharger:
    """Change a charger. Raises UnknownTarget, HttpRefusal with 409 and 422."""
    view = await find_charger(call.fleet, call.path["charger_id"])
    with _told():
        return OneCharger(await call.roster.update(view.charger_id, ChargerChanges(**call.body.model_dump())))


async def remove_charger(call: Call[Nothing, Nothing]) -> Nothing:
    """Switch a charger off in order and forget it. Raises UnknownTarget."""
    view = await find_charger(call.fleet, call.path["charger_id"])
    await call.roster.remove(view.charger_id)
    call.dispatch.forget_charger(view.charger_id)
    return Nothing()


async def show_provisioning(call: Call[Nothing, Nothing]) -> ProvisioningView:
    """How far a charger has come. Raises UnknownTarget."""
    view = await find_charger(call.fleet, call.path["charger_id"])
    return ProvisioningView(await call.roster.provisioning(view.charger_id))


async def list_locations(call: Call[Nothing, Nothing]) -> Locations:
    """All locations."""
    return Locations(data=list(await call.fleet.locations()))


async def show_location(call: Call[Nothing, Nothing]) -> OneLocation:
    """One location. Raises UnknownTarget."""
    return OneLocation(await find_location(call.fleet, call.path["location_id"]))


async def add_location(call: Call[Nothing, LocationBody]) -> OneLocation:
    """Make a location. Raises HttpRefusal with 409."""
    given = {name: value for name, value in call.body.model_dump().items() if value is not None}
    with _told():
        return OneLocation(await call.roster.add_location(LocationSpec(**given)))


async def change_location(call: Call[Nothing, LocationPatch]) -> OneLocation:
    """Change a location. Raises UnknownTarget."""
    place = await find_location(call.fleet, call.path["location_id"])
    return OneLocation(await call.roster.update_location(place.location_id, LocationChanges(**call.body.model_dump())))


async def remove_location(call: Call[Nothing, Nothing]) -> Nothing:
    """Remove a location without chargers. Raises UnknownTarget, HttpRefusal with 409."""
    place = await find_location(call.fleet, call.path["location_id"])
    with _told():
        await call.roster.remove_location(place.location_id)
    return Nothing()


def _new(body: ChargerBody) -> NewCharger:
    return NewCharger(**body.model_dump())


@contextmanager
def _told() -> Iterator[None]:
    """What the roster refuses, as an answer: what is taken is a 409, what is described wrongly a 422."""
    try:
        yield
    except (DuplicateCharger, DuplicateLocation, LocationInUse) as error:
        raise HttpRefusal(409, str(error)) from None
    except (InvalidCharger, UnknownModel) as error:
        field, colon, _ = str(error).partition(":")
        raise unprocessable(["body", *([field] if colon and field.isidentifier() else [])], str(error)) from None


def _switching(how: str) -> Callable[[Call[Nothing, Nothing]], Awaitable[OneCharger]]:
    async def switch(call: Call[Nothing, Nothing]) -> OneCharger:
        view = await find_charger(call.fleet, call.path["charger_id"])
        switched: ChargerView = await getattr(call.roster, how)(view.charger_id)
        return OneCharger(switched)

    return switch


_WRITE: dict[int, Response] = {**COMMAND_ERRORS, 400: HttpErrorResponse, 409: HttpErrorResponse}
_CREATE: dict[int, Response] = {**_WRITE, 503: HttpErrorResponse}
_READ: dict[int, Response] = {**READ_ERRORS, 400: HttpErrorResponse}
_FIND: dict[int, Response] = {**FIND_ERRORS, 400: HttpErrorResponse}
_SWITCH: dict[int, Response] = {**FIND_ERRORS, 400: HttpErrorResponse}

_ROWS: tuple[tuple[str, str, Scope, Any, int, Any, dict[int, Response], Any, str, str], ...] = (
    ("GET", "/v1/catalog", Scope.READ, Nothing, 200, CatalogView, _READ, show_catalog, "show-catalog",
     "Brands, models and usual sites"),
    ("GET", "/v1/templates", Scope.READ, Nothing, 200, Templates, _READ, list_templates, "list-templates",
     "What chargers can be made of"),
    ("POST", "/v1/chargers", Scope.ADMIN, ChargerBody, 201, OneCharger, _CREATE, add_charger, "add-charger",
     "Make a charger; it dials at once"),
    ("POST", "/v1/jobs", Scope.ADMIN, ManyChargers, 202, Job, _CREATE, add_chargers, "add-chargers",
     "Make many chargers, as the ramp says"),
    ("GET", "/v1/jobs/{job_id}", Scope.READ, Nothing, 200, Job, _FIND, show_job, "show-job",
     "How far the making of many chargers is"),
    ("PATCH", "/v1/chargers/{charger_id}", Scope.ADMIN, ChargerPatch, 200, OneCharger, _WRITE, change_charger,
     "change-charger", "Change a charger"),
    ("DELETE", "/v1/chargers/{charger_id}", Scope.ADMIN, Nothing, 204, Nothing, _SWITCH, remove_charger,
     "remove-charger", "Switch a charger off in order and forget it"),
    ("GET", "/v1/chargers/{charger_id}/provisioning", Scope.READ, Nothing, 200, ProvisioningView, _FIND,
     show_provisioning, "show-provisioning", "How far a charger has come on its way to service"),
    ("POST", "/v1/chargers/{charger_id}/power-on", Scope.COMMAND, Nothing, 200, OneCharger, _SWITCH,
     _switching("start"), "power-on-charger", "Switch a charger on"),
    ("POST", "/v1/chargers/{charger_id}/power-off", Scope.COMMAND, Nothing, 200, OneCharger, _SWITCH,
     _switching("stop"), "power-off-charger", "Switch a charger off in order"),
    ("POST", "/v1/chargers/{charger_id}/restart", Scope.COMMAND, Nothing, 200, OneCharger, _SWITCH,
     _switching("reset"), "restart-charger", "Switch a charger off in order, and on again"),
    ("GET", "/v1/locations", Scope.READ, Nothing, 200, Locations, dict(READ_ERRORS), list_locations,
     "list-all-locations", "All locations"),
    ("GET", "/v1/locations/{location_id}", Scope.READ, Nothing, 200, OneLocation, dict(FIND_ERRORS), show_location,
     "show-location", "One location"),
    ("POST", "/v1/locations", Scope.ADMIN, LocationBody, 201, OneLocation, _WRITE, add_location, "add-location",
     "Make a location"),
    ("PATCH", "/v1/locations/{location_id}", Scope.ADMIN, LocationPatch, 200, OneLocation, _WRITE, change_location,
     "change-location", "Change a location"),
    ("DELETE", "/v1/locations/{location_id}", Scope.ADMIN, Nothing, 204, Nothing, _WRITE, remove_location,
     "remove-location", "Remove a location without chargers"),
)  # fmt: skip
"""Method, path, scope, body, status of success, answer, errors, handler, name, summary."""

ROSTER_ROUTES: tuple[AnyRoute, ...] = tuple(
    Route(
        method=method,
        path=path,
        scope=scope,
        query=Nothing,
        request=body,
        responses={success: answer, **errors},
        handler=handler,
        surface=Surface.NATIVE,
        name=name,
        summary=summary,
    )
    for method, path, scope, body, success, answer, errors, handler, name, summary in _ROWS
)
