"""The chargers of a location, many at a time: listed, made by a job, changed, taken away.

A charger that cannot be made, changed or taken away stands in the answer and stops no other. What is wrong with a
request as a whole, a model that the catalog does not have among it, is a 422: this API declares no 400 here.
"""

import asyncio
import secrets
from collections.abc import Callable, Iterator, Sequence
from typing import Annotated

from pydantic import BaseModel, Field, RootModel, model_validator
from pydantic_core import PydanticCustomError

from chargepoint_sim.api.errors import unprocessable
from chargepoint_sim.api.ocpplab.chargers import (
    Charger,
    ChargerKind,
    ChargerList,
    ChargerUpdate,
    ProvisioningError,
    changes_of,
    charger,
    in_fields,
    new_charger,
    provisioning_error,
)
from chargepoint_sim.api.ocpplab.pages import PageQuery, figures, page_of
from chargepoint_sim.api.ocpplab.rows import NO_ROOM, WRITE_ERRORS, row
from chargepoint_sim.api.ocpplab.words import instant
from chargepoint_sim.api.parsing import Nothing, Shape
from chargepoint_sim.api.routes import Call, Scope
from chargepoint_sim.api.targets import find_location
from chargepoint_sim.errors import LocalError, UnknownModel, UnknownTarget
from chargepoint_sim.fleet.catalog import Catalog
from chargepoint_sim.fleet.roster import MOST_AT_ONCE, BulkJob, Failure, NewCharger, Stage
from chargepoint_sim.fleet.service import FleetService
from chargepoint_sim.fleet.views import ChargerView, LocationView

SUFFIX_BYTES = 4
"""Random suffixes have twice as many hexadecimal digits."""

JOB_TYPE = "location_chargers_create"


class LocationChargerQuery(PageQuery):
    """Which chargers of a location."""

    charger_ids: list[str] = Field([], description="Repeat the key for each charger; none means all.")


class DeletionQuery(BaseModel):
    """Which chargers to take away."""

    charger_ids: list[str] = Field(min_length=1, description="Repeat the key for each charger.")


class GroupTemplate(ChargerKind):
    """What the chargers of a group have in common."""

    identity_prefix: str | None = Field(None, description="Beginning of each identity.")
    template_name: str | None = Field(None, description="Beginning of each name.")


class Group(Shape):
    """Chargers of one kind: those with these suffixes, so many with random ones, or both."""

    template: GroupTemplate
    charger_ids: list[Annotated[str, Field(min_length=1)]] | None = Field(None, description="Suffixes of identities.")
    chargers_number: int | None = Field(
        None, strict=True, ge=1, le=MOST_AT_ONCE, description="Pads with random suffixes, or cuts."
    )

    @model_validator(mode="after")
    def _some(self) -> "Group":
        if not self.charger_ids and self.chargers_number is None:
            raise PydanticCustomError("group", "Provide charger_ids, chargers_number, or both")
        return self


class Groups(RootModel[list[Group]]):
    """Groups of chargers to be made."""

    root: list[Group] = Field(min_length=1)


class ItemUpdate(ChargerUpdate):
    """What to change of one charger."""

    charger_id: str


class ChargersUpdate(Shape):
    """What to change of many chargers."""

    chargers: list[ItemUpdate] = Field(min_length=1, max_length=MOST_AT_ONCE)


class ItemFailure(BaseModel):
    """A charger that was not changed or taken away, and why."""

    charger_id: str | None
    error: str


class ChargersUpdated(BaseModel):
    """What became of the changes."""

    updated_count: int
    failed_count: int
    updated: list[Charger]
    failed: list[ItemFailure]


class ChargersDeleted(BaseModel):
    """Which chargers are gone."""

    deleted_count: int
    failed_count: int
    deleted: list[str]
    failed: list[ItemFailure]


class JobAccepted(BaseModel):
    """A job that has begun."""

    job_id: str
    status: str = Field(description="PENDING, PROVISIONING, READY or FAILED")
    workflow_run_id: str | None
    status_url: str


class NotCreated(BaseModel):
    """A charger that was not made, and why."""

    identity: str | None
    error: str


class JobResults(BaseModel):
    """What a job has come to."""

    created_count: int
    failed_count: int
    created: list[Charger]
    failed: list[NotCreated]


class JobStatus(BaseModel):
    """How far a job has come."""

    job_id: str
    job_type: str
    status: str = Field(description="PENDING, PROVISIONING, READY or FAILED")
    workflow_run_id: str | None
    error: ProvisioningError | None = Field(description="Why not a single charger could be made.")
    results: JobResults | None = Field(description="When the job has ended.")
    provisioned_at: str | None


def suffixes(group: Group, fresh: Callable[[], str]) -> list[str]:
    """The suffixes of a group's identities: those that are given, cut or padded with `fresh` ones to the number."""
    given = list(group.charger_ids or ())
    number = len(given) if group.chargers_number is None else group.chargers_number
    padding = [fresh() for _ in range(number - len(given))]
    return [*given[:number], *padding]


def expanded(catalog: Catalog, group: Group) -> Iterator[NewCharger]:
    """The chargers of a group. Raises UnknownModel."""
    kind = group.template
    for suffix in suffixes(group, lambda: secrets.token_hex(SUFFIX_BYTES)):
        name = f"{kind.template_name} {suffix}" if kind.template_name else None
        yield new_charger(catalog, kind, (kind.identity_prefix or "") + suffix, name=name, location_id=None)


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


async def create_location_chargers(call: Call[Nothing, Groups]) -> JobAccepted:
    """Begin to make the chargers of some groups."""
    place = await find_location(call.fleet, call.path["location_id"])
    catalog = call.roster.catalog()
    chargers: list[NewCharger] = []
    for n, group in enumerate(call.body.root):
        try:
            chargers += expanded(catalog, group)
        except UnknownModel as error:
            found = group.template.model_dump(include={"brand_slug", "model_slug"})
            raise unprocessable(["body", n, "template"], str(error), "unknown_model", found) from None
    if len(chargers) > MOST_AT_ONCE:
        words = f"{len(chargers)} chargers are too many for one request; at most {MOST_AT_ONCE}"
        raise unprocessable(["body"], words, "too_long", len(chargers))
    job = await call.roster.add_many(chargers, location_id=place.location_id, tenant=call.principal.tenant)
    return JobAccepted(
        job_id=job.job_id,
        status=job.stage,
        workflow_run_id=None,
        status_url=f"/ocpp/locations/{place.location_id}/chargers/jobs/{job.job_id}",
    )


async def show_job(call: Call[Nothing, Nothing]) -> JobStatus:
    """How far a job has come."""
    place = await find_location(call.fleet, call.path["location_id"])
    job = await call.roster.job(call.path["job_id"])
    if job.location_id != place.location_id:
        raise UnknownTarget(f"There is no job {job.job_id} at the location {place.location_id}.")
    ended = job.ended_at is not None
    error = Failure("no_charger_created", job.failed[0].error.message) if job.stage is Stage.FAILED else None
    return JobStatus(
        job_id=job.job_id,
        job_type=JOB_TYPE,
        status=job.stage,
        workflow_run_id=None,
        error=provisioning_error(error),
        results=await _results(call.fleet, job) if ended else None,
        provisioned_at=instant(job.ended_at) if job.stage is Stage.READY else None,
    )


async def _results(fleet: FleetService, job: BulkJob) -> JobResults:
    """Those among the chargers made that are still there, and those that were not made."""
    made = set(job.created)
    views, _ = await fleet.list(location_id=job.location_id)
    created = [charger(view) for view in views if view.charger_id in made]
    failed = [NotCreated(identity=one.identity, error=in_fields(one.error.message)) for one in job.failed]
    return JobResults(created_count=len(created), failed_count=len(failed), created=created, failed=failed)


async def update_location_chargers(call: Call[Nothing, ChargersUpdate]) -> ChargersUpdated:
    """Change chargers of a location, all at once."""
    there = await _present(call.fleet, await find_location(call.fleet, call.path["location_id"]))
    roster = call.roster

    async def update(item: ItemUpdate) -> Charger | ItemFailure:
        try:
            view = _member(there, item.charger_id)
            return charger(await roster.update(view.charger_id, changes_of(item, view)))
        except LocalError as error:
            return ItemFailure(charger_id=item.charger_id, error=in_fields(str(error)))

    done = await asyncio.gather(*map(update, call.body.chargers))
    updated = [one for one in done if isinstance(one, Charger)]
    failed = [one for one in done if isinstance(one, ItemFailure)]
    return ChargersUpdated(updated_count=len(updated), failed_count=len(failed), updated=updated, failed=failed)


async def delete_location_chargers(call: Call[DeletionQuery, Nothing]) -> ChargersDeleted:
    """Take chargers of a location away, all at once."""
    there = await _present(call.fleet, await find_location(call.fleet, call.path["location_id"]))
    roster = call.roster

    async def delete(name: str) -> str | ItemFailure:
        try:
            view = _member(there, name)
            await roster.remove(view.charger_id)
            return view.charger_id
        except LocalError as error:
            return ItemFailure(charger_id=name, error=str(error))

    done = await asyncio.gather(*map(delete, dict.fromkeys(call.query.charger_ids)))
    deleted = [one for one in done if isinstance(one, str)]
    failed = [one for one in done if isinstance(one, ItemFailure)]
    return ChargersDeleted(deleted_count=len(deleted), failed_count=len(failed), deleted=deleted, failed=failed)


async def _present(fleet: FleetService, place: LocationView) -> Sequence[ChargerView]:
    views, _ = await fleet.list(location_id=place.location_id)
    return views


def _member(there: Sequence[ChargerView], name: str) -> ChargerView:
    """The charger of the location with that id or identity. Raises UnknownTarget."""
    for view in there:
        if name in (view.charger_id, view.identity):
            return view
    raise UnknownTarget(f"There is no charger {name} at this location.")


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
    row(
        f"POST {THERE}",
        "create-location-chargers",
        "Begin to make chargers at a location",
        (Nothing, Groups),
        create_location_chargers,
        {202: JobAccepted},
        Scope.ADMIN,
        {**WRITE_ERRORS, **NO_ROOM},
    ),
    row(
        f"PUT {THERE}",
        "update-location-chargers",
        "Change chargers of a location",
        (Nothing, ChargersUpdate),
        update_location_chargers,
        {200: ChargersUpdated},
        Scope.ADMIN,
        WRITE_ERRORS,
    ),
    row(
        f"DELETE {THERE}",
        "delete-location-chargers",
        "Take chargers of a location away",
        (DeletionQuery, Nothing),
        delete_location_chargers,
        {200: ChargersDeleted},
        Scope.ADMIN,
        WRITE_ERRORS,
    ),
    row(
        f"GET {THERE}/jobs/{{job_id}}",
        "get-location-charger-job",
        "How far a job has come",
        (Nothing, Nothing),
        show_job,
        {200: JobStatus},
    ),
)
"""Chargers of a location."""
