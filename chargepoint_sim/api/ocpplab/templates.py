"""The gallery of usual sites: which chargers stand at a street, a depot, a motorway."""

from typing import Literal

from pydantic import BaseModel, Field

from chargepoint_sim.api.ocpplab.rows import row
from chargepoint_sim.api.ocpplab.words import ResourceVersion, bare_version, connector_word
from chargepoint_sim.api.parsing import Nothing
from chargepoint_sim.api.routes import READ_ERRORS, Call
from chargepoint_sim.fleet.catalog import LocationTemplate


class TemplateQuery(BaseModel):
    """Which entries of the gallery."""

    type: Literal["AC", "DC", "AC-DC"] | None = None
    ocpp_version: ResourceVersion | None = Field(None, description="Sites with a group that speaks it.")


class TemplateGroup(BaseModel):
    """Chargers of one model at a site."""

    brand_slug: str
    model_slug: str
    connector_type: str
    ocpp_version: str
    count: int
    power_kw: float


class SiteTemplate(BaseModel):
    """A usual kind of site."""

    slug: str
    name: str
    country: str
    parking_type: str
    type: str
    chargers: list[TemplateGroup]


class Gallery(BaseModel):
    """All entries that the query selects."""

    data: list[SiteTemplate]
    total: int


def site(found: LocationTemplate) -> SiteTemplate:
    """An entry as this API shows it."""
    return SiteTemplate(
        slug=found.slug,
        name=found.name,
        country=found.country,
        parking_type=found.parking_type,
        type=found.kind,
        chargers=[
            TemplateGroup(
                brand_slug=group.brand_slug,
                model_slug=group.model_slug,
                connector_type=connector_word(group.connector_type),
                ocpp_version=f"OCPP{group.version}",
                count=group.count,
                power_kw=group.power_kw,
            )
            for group in found.groups
        ],
    )


async def list_templates(call: Call[TemplateQuery, Nothing]) -> Gallery:
    """The gallery."""
    kind, version = call.query.type, bare_version(call.query.ocpp_version)
    chosen = [
        site(one)
        for one in call.roster.catalog().locations
        if kind in (None, one.kind) and (version is None or any(group.version == version for group in one.groups))
    ]
    return Gallery(data=chosen, total=len(chosen))


TEMPLATE_ROUTES = (
    row(
        "GET /ocpp/templates/locations",
        "list-location-templates",
        "Usual kinds of site",
        (TemplateQuery, Nothing),
        list_templates,
        {200: Gallery},
        errors=READ_ERRORS,
    ),
)
"""The gallery."""
