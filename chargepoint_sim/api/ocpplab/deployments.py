"""Deployments: chargers in the words of the later dialects of the OCPPLAB API, under /ocpp and /evcharger.

A deployment is a charger; its deployment_id is the charger's id. These dialects declare no 400 here, so what is wrong
with a description is a 422.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

from pydantic import BaseModel, Field, model_validator
from pydantic_core import PydanticCustomError

from chargepoint_sim.api.errors import unprocessable
from chargepoint_sim.api.ocpplab.chargers import in_fields
from chargepoint_sim.api.ocpplab.rows import WRITE_ERRORS, row
from chargepoint_sim.api.ocpplab.words import ResourceVersion, bare_version, endpoint
from chargepoint_sim.api.parsing import Nothing, Shape
from chargepoint_sim.api.routes import AnyRoute, Call, Scope
from chargepoint_sim.api.targets import find_charger, find_location
from chargepoint_sim.errors import LocalError, UnknownModel, UnknownTarget
from chargepoint_sim.fleet.catalog import Catalog, Model, slug_of
from chargepoint_sim.fleet.roster import NewCharger, Roster
from chargepoint_sim.fleet.service import FleetService
from chargepoint_sim.fleet.views import ChargerView

PREFIXES = {"/ocpp": "", "/evcharger": "evcharger-"}
"""Where these dialects are served -> what the names of the routes begin with there."""


class Deployment(Shape):
    """A charger to be made. A model is named by brand_slug and model_slug, or by its slug alone."""

    identity: str
    ws_url: str
    brand_slug: str | None = None
    model_slug: str | None = None
    model: str | None = Field(None, description="Slug of a model; counts where model_slug is not given.")
    connector_type: str | None = None
    ocpp_version: ResourceVersion | None = None
    security_profile: int | None = Field(None, strict=True, ge=0, le=3)
    authorization_key: str | None = Field(None, description="Password of Basic authentication.")
    charge_point_name: str | None = None
    charger_name: str | None = Field(None, description="Counts where charge_point_name is not given.")

    @model_validator(mode="after")
    def _some_model(self) -> "Deployment":
        if self.model_slug is None and self.model is None:
            raise PydanticCustomError("model", "Provide model_slug or model")
        return self


class DeploymentCreation(Deployment):
    """A charger to be made, and where it stands."""

    location_id: str | None = None
    location_name: str | None = Field(None, description="Passed over.")
    power_kwh: float | None = Field(None, strict=True, description="Passed over: a model has its power.")


class Deployed(BaseModel):
    """A charger that has been made."""

    id: str
    deployment_id: str
    identity: str
    ocpp_version: str
    provisioning_state: str = Field(description="PENDING, PROVISIONING, READY or FAILED")


class WhichDeployment(BaseModel):
    """A charger: exactly one of the two says which."""

    deployment_id: str | None = None
    identity: str | None = None

    @model_validator(mode="after")
    def _exactly_one(self) -> "WhichDeployment":
        if (self.deployment_id is None) == (self.identity is None):
            raise PydanticCustomError("target", "Provide exactly one of deployment_id and identity")
        return self

    @property
    def charger(self) -> str:
        """Its id or identity."""
        return self.deployment_id or self.identity or ""


class Operation(Shape):
    """What to do with one charger, or with all of a location."""

    action: Literal["stop", "restart", "delete"]
    deployment_id: str | None = None
    location_id: str | None = None

    @model_validator(mode="after")
    def _exactly_one(self) -> "Operation":
        if (self.deployment_id is None) == (self.location_id is None):
            raise PydanticCustomError("target", "Provide exactly one of deployment_id and location_id")
        return self


class OperationResult(BaseModel):
    """What became of one charger."""

    deployment_id: str
    status: Literal["accepted", "failed"]
    response: dict[str, str] | None
    error: str | None


class OperationResults(BaseModel):
    """What became of all."""

    action: str
    target_type: Literal["deployment", "location"]
    deployment_id: str | None
    location_id: str | None
    accepted_count: int
    failed_count: int
    results: list[OperationResult]


def model_named(catalog: Catalog, one: Deployment) -> Model:
    """The model of a deployment; underscores and capitals in a slug do not matter. Raises UnknownModel."""
    wanted = slug_of(one.model_slug or one.model or "")
    if one.brand_slug is not None:
        return catalog.model(one.brand_slug, wanted)
    found = [model for model in (catalog.models or {}).values() if model.slug == wanted]
    if not found:
        raise UnknownModel(f"model: the catalog has no model {wanted!r}")
    return found[0]


def deployment(catalog: Catalog, one: Deployment, location_id: str | None) -> NewCharger:
    """The charger that is asked for. Raises UnknownModel."""
    model = model_named(catalog, one)
    return NewCharger(
        identity=one.identity,
        csms_url=endpoint(one.ws_url, one.identity),
        brand_slug=model.brand_slug,
        model_slug=model.slug,
        connector_type=one.connector_type,
        version=bare_version(one.ocpp_version) or ("1.6" if "1.6" in model.versions else None),
        name=one.charge_point_name or one.charger_name or one.identity,
        location_id=location_id or None,
        security_profile=one.security_profile or 0,
        password=one.authorization_key,
    )


@contextmanager
def well_described(*loc: str | int) -> Iterator[None]:
    """Where what cannot be made as it is described is a 422."""
    try:
        yield
    except LocalError as error:
        kind = "unknown_location" if isinstance(error, UnknownTarget) else "value_error"
        raise unprocessable(["body", *loc], in_fields(str(error)), kind) from None


async def deploy(call: Call[Nothing, DeploymentCreation]) -> Deployed:
    """Make a charger and switch it on."""
    roster = call.roster
    with well_described():
        view = await roster.add(deployment(roster.catalog(), call.body, call.body.location_id))
    reached = await roster.provisioning(view.charger_id)
    return Deployed(
        id=view.charger_id,
        deployment_id=view.charger_id,
        identity=view.identity,
        ocpp_version=f"ocpp{view.version}",
        provisioning_state=reached.stage,
    )


async def undeploy(call: Call[WhichDeployment, Nothing]) -> Nothing:
    """Switch a charger off and forget it."""
    view = await find_charger(call.fleet, call.query.charger)
    await call.roster.remove(view.charger_id)
    return Nothing()


async def operate(call: Call[Nothing, Operation]) -> OperationResults:
    """Stop, restart or delete one charger, or those of a location one after the other."""
    asked = call.body
    results = [await _operated(call.roster, asked.action, view) for view in await _targets(call.fleet, asked)]
    accepted = sum(one.status == "accepted" for one in results)
    return OperationResults(
        action=asked.action,
        target_type="location" if asked.deployment_id is None else "deployment",
        deployment_id=asked.deployment_id,
        location_id=asked.location_id,
        accepted_count=accepted,
        failed_count=len(results) - accepted,
        results=results,
    )


async def _targets(fleet: FleetService, asked: Operation) -> list[ChargerView]:
    if asked.deployment_id is not None:
        return [await find_charger(fleet, asked.deployment_id)]
    place = await find_location(fleet, asked.location_id or "")
    return list((await fleet.list(location_id=place.location_id))[0])


async def _operated(roster: Roster, action: str, view: ChargerView) -> OperationResult:
    doing = {"stop": roster.stop, "restart": roster.reset, "delete": roster.remove}[action]
    try:
        await doing(view.charger_id)
    except LocalError as error:  # gone meanwhile
        return OperationResult(deployment_id=view.charger_id, status="failed", response=None, error=str(error))
    told = {"identity": view.identity}
    return OperationResult(deployment_id=view.charger_id, status="accepted", response=told, error=None)


def _routes(prefix: str, named: str) -> Iterator[AnyRoute]:
    yield row(
        f"POST {prefix}/deployment",
        f"{named}deploy",
        "Make a charger and switch it on",
        (Nothing, DeploymentCreation),
        deploy,
        {202: Deployed},
        Scope.ADMIN,
        WRITE_ERRORS,
    )
    yield row(
        f"DELETE {prefix}/deployment",
        f"{named}undeploy",
        "Switch a charger off and forget it",
        (WhichDeployment, Nothing),
        undeploy,
        {204: Nothing},
        Scope.ADMIN,
        WRITE_ERRORS,
    )
    yield row(
        f"POST {prefix}/deployment-runtime-ops",
        f"{named}operate-deployments",
        "Stop, restart or delete chargers",
        (Nothing, Operation),
        operate,
        {202: OperationResults},
        Scope.ADMIN,
        WRITE_ERRORS,
    )


DEPLOYMENT_ROUTES = tuple(route for place in PREFIXES.items() for route in _routes(*place))
"""Deployments."""
