"""Chargers of the OCPPLAB surface: made from the catalog, shown, changed, taken away.

A charger that is made dials at once; its status tells how far it has come. What is wrong with a described charger,
a taken identity and an unknown location among it, is a 400.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from pydantic import BaseModel, Field

from chargepoint_sim.api.errors import HttpRefusal
from chargepoint_sim.api.ocpplab.pages import PageQuery, figures
from chargepoint_sim.api.ocpplab.rows import CREATE_ERRORS, DESCRIBE_ERRORS, NO_ROOM, WRITE_ERRORS, row
from chargepoint_sim.api.ocpplab.words import ResourceVersion, bare_version, connector_word, endpoint, instant
from chargepoint_sim.api.parsing import Nothing, Shape
from chargepoint_sim.api.routes import READ_ERRORS, Call, Scope
from chargepoint_sim.api.targets import find_charger
from chargepoint_sim.errors import InvalidCharger, UnknownTarget
from chargepoint_sim.fleet.catalog import Catalog
from chargepoint_sim.fleet.roster import ChargerChanges, Failure, NewCharger
from chargepoint_sim.fleet.views import ChargerView


class Charger(BaseModel):
    """A charger."""

    id: str
    identity: str
    name: str | None
    vendor_name: str | None
    model: str | None
    image_url: str | None
    ocpp_version: str | None = Field(description="OCPP1.6 or OCPP2.0.1")
    number_of_connectors: int | None
    max_charging_power: int | None = Field(description="W")
    connector_type: str | None
    location_id: str | None
    created_at: str | None
    updated_at: str | None


class ChargerList(BaseModel):
    """A page of chargers."""

    data: list[Charger]
    total: int
    page: int
    limit: int


class ChargerQuery(PageQuery):
    """Which chargers."""

    location_id: str | None = None


class ChargerKind(Shape):
    """What a charger is, and where it dials."""

    brand_slug: str
    model_slug: str
    connector_type: str = Field(description="Type2, CCS2 and the like, or a ConnectorEnumType of OCPP 2.0.1.")
    ws_url: str = Field(description="ws:// or wss://; the identity is added as the last part of the path.")
    ocpp_version: ResourceVersion | None = Field(None, description="1.6 where the model speaks it.")


class ChargerCreation(ChargerKind):
    """A charger to be made."""

    identity: str = Field(description="Charge point id.")
    charge_point_name: str | None = None
    location_id: str | None = None
    location_name: str | None = Field(None, description="Passed over.")


class ChargerUpdate(Shape):
    """What to change; what is absent or null stays."""

    name: str | None = None
    charge_point_name: str | None = Field(None, description="Counts where name is not given.")
    connector_type: str | None = None
    ocpp_version: ResourceVersion | None = None
    ws_url: str | None = None
    location_id: str | None = Field(None, description="Empty: it stands nowhere.")
    location_name: str | None = Field(None, description="Passed over.")


class ProvisioningError(BaseModel):
    """Why a charger is not in service, or was not made."""

    code: str
    message: str
    step: str | None
    param: str | None
    doc_url: str | None
    retryable: bool | None


class ChargerAccepted(BaseModel):
    """A charger that has been made."""

    charger_id: str
    identity: str
    status: str = Field(description="PENDING, PROVISIONING, READY or FAILED")
    workflow_run_id: str | None
    status_url: str


class ChargerStatus(BaseModel):
    """How far a charger has come."""

    charger_id: str
    status: str = Field(description="PENDING, PROVISIONING, READY or FAILED")
    workflow_run_id: str | None
    error: ProvisioningError | None
    provisioned_at: str | None


def charger(view: ChargerView) -> Charger:
    """A charger as this API shows it."""
    return Charger(
        id=view.charger_id,
        identity=view.identity,
        name=view.name or None,
        vendor_name=view.vendor,
        model=view.model,
        image_url=None,
        ocpp_version=f"OCPP{view.version}",
        number_of_connectors=sum(len(evse.connector_ids) for evse in view.evses),
        max_charging_power=int(view.max_power_w),
        connector_type=connector_word(view.connector_type),
        location_id=view.location_id,
        created_at=instant(view.created_at),
        updated_at=instant(view.created_at if view.updated_at is None else view.updated_at),
    )


def provisioning_error(failure: Failure | None) -> ProvisioningError | None:
    """A failure as this API shows it."""
    if failure is None:
        return None
    message = in_fields(failure.message) if failure.step == "validate" else failure.message
    param, colon, _ = message.partition(":")
    return ProvisioningError(
        code=failure.code,
        message=message,
        step=failure.step,
        param=param if colon and failure.step == "validate" else None,
        doc_url=None,
        retryable=failure.retryable,
    )


def new_charger(
    catalog: Catalog, kind: ChargerKind, identity: str, *, name: str | None, location_id: str | None
) -> NewCharger:
    """The charger that is asked for. Raises UnknownModel."""
    versions = catalog.model(kind.brand_slug, kind.model_slug).versions
    usual = "1.6" if "1.6" in versions else None
    return NewCharger(
        identity=identity,
        csms_url=endpoint(kind.ws_url, identity),
        brand_slug=kind.brand_slug,
        model_slug=kind.model_slug,
        connector_type=kind.connector_type,
        version=bare_version(kind.ocpp_version) or usual,
        name=name or identity,
        location_id=location_id or None,
    )


def changes_of(update: ChargerUpdate, view: ChargerView) -> ChargerChanges:
    """What is to change of the charger `view`."""
    return ChargerChanges(
        name=update.charge_point_name if update.name is None else update.name,
        connector_type=update.connector_type,
        version=bare_version(update.ocpp_version),
        csms_url=None if update.ws_url is None else endpoint(update.ws_url, view.identity),
        location_id=update.location_id,
    )


FIELDS: Mapping[str, str] = {"csms_url": "ws_url", "version": "ocpp_version"}
"""Our names of fields -> those of this API, where they differ."""


def in_fields(message: str) -> str:
    """A refusal under the name that its field has in this API."""
    name, colon, rest = message.partition(":")
    return FIELDS.get(name, name) + colon + rest


@contextmanager
def described() -> Iterator[None]:
    """Where everything that is wrong, an unknown location too, is a mistake in what the client describes: a 400."""
    try:
        yield
    except UnknownTarget as error:
        raise HttpRefusal(400, f"location_id: {error}") from None
    except InvalidCharger as error:
        raise HttpRefusal(400, in_fields(str(error))) from None


async def list_chargers(call: Call[ChargerQuery, Nothing]) -> ChargerList:
    """A page of the fleet, or of a location; an unknown location has no chargers."""
    query = call.query
    views, total = await call.fleet.list(location_id=query.location_id, offset=query.offset, limit=query.limit)
    return ChargerList(data=[charger(view) for view in views], **figures(query, total))


async def create_charger(call: Call[Nothing, ChargerCreation]) -> ChargerAccepted:
    """Make a charger and switch it on."""
    body = call.body
    roster = call.roster
    new = new_charger(roster.catalog(), body, body.identity, name=body.charge_point_name, location_id=body.location_id)
    with described():
        view = await roster.add(new)
    reached = await roster.provisioning(view.charger_id)
    return ChargerAccepted(
        charger_id=view.charger_id,
        identity=view.identity,
        status=reached.stage,
        workflow_run_id=None,
        status_url=f"/ocpp/chargers/{view.charger_id}/status",
    )


async def show_status(call: Call[Nothing, Nothing]) -> ChargerStatus:
    """How far a charger has come on its way to service."""
    view = await find_charger(call.fleet, call.path["charger_id"])
    reached = await call.roster.provisioning(view.charger_id)
    return ChargerStatus(
        charger_id=view.charger_id,
        status=reached.stage,
        workflow_run_id=None,
        error=provisioning_error(reached.error),
        provisioned_at=instant(reached.provisioned_at),
    )


async def get_charger(call: Call[Nothing, Nothing]) -> Charger:
    """One charger."""
    return charger(await find_charger(call.fleet, call.path["charger_id"]))


async def update_charger(call: Call[Nothing, ChargerUpdate]) -> Charger:
    """Change a charger."""
    view = await find_charger(call.fleet, call.path["charger_id"])
    with described():
        return charger(await call.roster.update(view.charger_id, changes_of(call.body, view)))


async def delete_charger(call: Call[Nothing, Nothing]) -> Nothing:
    """Switch a charger off and forget it."""
    view = await find_charger(call.fleet, call.path["charger_id"])
    await call.roster.remove(view.charger_id)
    return Nothing()


ALL, ONE = "/ocpp/chargers", "/ocpp/chargers/{charger_id}"

CHARGER_ROUTES = (
    row(
        f"GET {ALL}",
        "list-chargers",
        "Chargers, page by page",
        (ChargerQuery, Nothing),
        list_chargers,
        {200: ChargerList},
        errors=READ_ERRORS,
    ),
    row(
        f"POST {ALL}",
        "create-charger",
        "Make a charger and switch it on",
        (Nothing, ChargerCreation),
        create_charger,
        {202: ChargerAccepted},
        Scope.ADMIN,
        {**CREATE_ERRORS, **NO_ROOM},
    ),
    row(
        f"GET {ONE}/status",
        "get-charger-status",
        "How far a charger has come on its way to service",
        (Nothing, Nothing),
        show_status,
        {200: ChargerStatus},
    ),
    row(f"GET {ONE}", "get-charger", "One charger", (Nothing, Nothing), get_charger, {200: Charger}),
    row(
        f"PUT {ONE}",
        "update-charger",
        "Change a charger",
        (Nothing, ChargerUpdate),
        update_charger,
        {200: Charger},
        Scope.ADMIN,
        DESCRIBE_ERRORS,
    ),
    row(
        f"DELETE {ONE}",
        "delete-charger",
        "Switch a charger off and forget it",
        (Nothing, Nothing),
        delete_charger,
        {204: Nothing},
        Scope.ADMIN,
        WRITE_ERRORS,
    ),
)
"""The chargers themselves."""
