"""The catalog of a fleet: shipped products, shipped templates and the fleet file's own, under brand and model slugs.

Owns the look-up from a slug to its template. A template that is no product stands under the slug of its vendor, with
its own name as the slug of the model.
"""

import functools
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from chargepoint_sim.config.document import read_document
from chargepoint_sim.config.findings import Findings
from chargepoint_sim.config.kinds import Kinds, shipped
from chargepoint_sim.config.schema import FleetFile, TemplateSection
from chargepoint_sim.errors import ConfigError
from chargepoint_sim.fleet.catalog import Brand, Catalog, ChargerGroup, LocationTemplate, Model, slug_of
from chargepoint_sim.fleet.spec import Template

PRODUCTS = Path(__file__).parent / "catalog.yaml"

VERSIONS = ("1.6", "2.0.1")


def versions_of(template: Template) -> tuple[str, ...]:
    """The versions that a charger of `template` can speak, its own first.

    1.6 numbers connectors only, so that a station with several connectors at one EVSE speaks 2.0.1 alone.
    """
    if any(len(evse.connectors) > 1 for evse in template.station.evses):
        return (template.version,)
    return (template.version, *(one for one in VERSIONS if one != template.version))


@functools.cache
def products() -> Mapping[str, Any]:
    """The shipped list of products and sites. Raises ConfigError where the package itself is broken."""
    document, problems = read_document(PRODUCTS, {})
    if document is None or problems:
        raise ConfigError(tuple(problems))
    plain = document.plain()
    assert isinstance(plain, dict)
    return plain


@functools.cache
def shipped_templates() -> Mapping[str, Template]:
    """Every shipped template, the products' among them, compiled. ConfigError as above."""
    document, _ = read_document(PRODUCTS, {})
    assert document is not None
    findings = Findings(document)
    sections: dict[str, TemplateSection] = {
        name: findings.validate(TemplateSection, ("templates", name)) for name in products()["templates"]
    }
    kinds = Kinds(FleetFile(templates=sections), findings)
    made = dict(kinds.sound())
    for name in shipped():
        kind = kinds.find(name, ())
        assert kind.version is not None
        assert kind.station is not None
        made[name] = Template(kind.version, kind.station)
    if findings.found:
        raise ConfigError(findings.sorted())
    return made


def catalog_of(own: Mapping[str, Template]) -> Catalog:
    """The catalog of a fleet whose file has the templates `own`."""
    listed = products()
    templates = {**shipped_templates(), **own}
    brands = {slug: Brand(slug, name) for slug, name in listed["brands"].items()}
    models = {(one["brand"], one["slug"]): _product(one, templates[one["slug"]]) for one in listed["models"]}
    for name, template in templates.items():
        if name in listed["templates"] and name not in own:
            continue
        brand = Brand(slug_of(template.station.vendor) or "unnamed", template.station.vendor)
        brands.setdefault(brand.slug, brand)
        model = _model(brand.slug, slug_of(name) or name, template.station.model, name, template)
        models.setdefault((model.brand_slug, model.slug), model)
    return Catalog(tuple(brands.values()), models, tuple(_locations(listed["locations"], models)))


def _product(listed: Mapping[str, Any], template: Template) -> Model:
    powers_kw = tuple(map(float, listed["powers_kw"]))
    return _model(listed["brand"], listed["slug"], listed["name"], listed["slug"], template, powers_kw)


def _model(
    brand_slug: str, slug: str, name: str, template_name: str, template: Template, powers_kw: tuple[float, ...] = ()
) -> Model:
    evses = template.station.evses
    outlets = [connector.connector_type for evse in evses for connector in evse.connectors]
    return Model(
        brand_slug=brand_slug,
        slug=slug,
        name=name,
        template=template_name,
        connector_count=len(outlets),
        current=evses[0].current.value,
        powers_kw=powers_kw or tuple(sorted({round(evse.max_power_w / 1000, 1) for evse in evses})),
        connector_types=tuple(dict.fromkeys(outlets)),
        versions=versions_of(template),
    )


def _locations(listed: Any, models: Mapping[tuple[str, str], Model]) -> Iterator[LocationTemplate]:
    for one in listed:
        groups = tuple(
            ChargerGroup(
                brand_slug=group["brand"],
                model_slug=group["model"],
                connector_type=group["connector_type"],
                version=group["version"],
                count=group["count"],
                power_kw=models[group["brand"], group["model"]].powers_kw[-1],
            )
            for group in one["groups"]
        )
        yield LocationTemplate(one["slug"], one["name"], one["country"], one["parking_type"], one["kind"], groups)
