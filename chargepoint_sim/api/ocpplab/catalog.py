"""The catalog of the OCPPLAB surface: the brands and models that chargers can be made of. No tenant's own."""

from collections.abc import Iterator

from pydantic import BaseModel, Field

from chargepoint_sim.api.errors import HttpRefusal
from chargepoint_sim.api.ocpplab.pages import PageQuery, figures, page_of
from chargepoint_sim.api.ocpplab.rows import row
from chargepoint_sim.api.ocpplab.words import connector_word
from chargepoint_sim.api.parsing import Nothing
from chargepoint_sim.api.routes import READ_ERRORS, AnyRoute, Call
from chargepoint_sim.errors import UnknownModel
from chargepoint_sim.fleet import catalog


class Brand(BaseModel):
    """A maker of chargers."""

    id: str
    slug: str
    name: str
    image_url: str | None
    created_at: str | None


class BrandList(BaseModel):
    """A page of brands."""

    data: list[Brand]
    total: int
    page: int
    limit: int


class Model(BaseModel):
    """A kind of charger."""

    id: str
    slug: str
    name: str
    brand_slug: str | None
    brand_id: str | None
    image_url: str | None
    connector_count: int | None
    current_type: str | None = Field(description="ac or dc")
    supported_kwh: list[float] | None = Field(description="Rated powers, kW in spite of the name.")
    connector_types: list[str] | None
    created_at: str | None
    ocpp_versions: list[str] = Field(description="Versions that it can speak, its usual one first.")


class ModelList(BaseModel):
    """A page of models."""

    data: list[Model]
    total: int
    page: int
    limit: int


def brand(found: catalog.Brand) -> Brand:
    """A brand as this API shows it."""
    return Brand(id=found.slug, slug=found.slug, name=found.name, image_url=None, created_at=None)


def model(found: catalog.Model) -> Model:
    """A model as this API shows it."""
    return Model(
        id=f"{found.brand_slug}/{found.slug}",
        slug=found.slug,
        name=found.name,
        brand_slug=found.brand_slug,
        brand_id=found.brand_slug,
        image_url=None,
        connector_count=found.connector_count,
        current_type=found.current,
        supported_kwh=list(found.powers_kw),
        connector_types=list(dict.fromkeys(map(connector_word, found.connector_types))),
        created_at=None,
        ocpp_versions=[f"OCPP{version}" for version in found.versions],
    )


async def list_brands(call: Call[PageQuery, Nothing]) -> BrandList:
    """A page of the brands."""
    brands = call.roster.catalog().brands
    return BrandList(data=list(map(brand, page_of(call.query, brands))), **figures(call.query, len(brands)))


async def list_models(call: Call[PageQuery, Nothing]) -> ModelList:
    """A page of the models of a brand."""
    try:
        models = call.roster.catalog().of_brand(call.path["brand_slug"])
    except UnknownModel as error:
        raise HttpRefusal(404, str(error)) from None
    return ModelList(data=list(map(model, page_of(call.query, models))), **figures(call.query, len(models)))


async def get_model(call: Call[Nothing, Nothing]) -> Model:
    """One model."""
    try:
        return model(call.roster.catalog().model(call.path["brand_slug"], call.path["model_slug"]))
    except UnknownModel as error:
        raise HttpRefusal(404, str(error)) from None


def _routes(brands: str, models: str, named: str) -> Iterator[AnyRoute]:
    yield row(
        f"GET {brands}",
        f"{named}list-brands",
        "Brands, page by page",
        (PageQuery, Nothing),
        list_brands,
        {200: BrandList},
        errors=READ_ERRORS,
    )
    yield row(
        f"GET {models}", f"{named}list-models", "Models of a brand", (PageQuery, Nothing), list_models, {200: ModelList}
    )
    yield row(
        f"GET {models}/{{model_slug}}", f"{named}get-model", "One model", (Nothing, Nothing), get_model, {200: Model}
    )


PLACES = (
    ("/ocpp/catalog/brands", "/ocpp/catalog/brands/{brand_slug}/models", ""),
    ("/ocpp/catalog", "/ocpp/catalog/{brand_slug}/models", "deployment-"),
    ("/evcharger/catalog", "/evcharger/catalog/{brand_slug}/models", "evcharger-"),
)
"""Where each dialect has brands and models, and what the names of the routes begin with there."""

CATALOG_ROUTES = tuple(route for place in PLACES for route in _routes(*place))
"""Brands and models."""
