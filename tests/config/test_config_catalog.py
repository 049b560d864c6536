"""The catalog: products with the figures of their hardware, templates under their vendor, and usual sites."""

import pytest

from chargepoint_sim.config.catalog import catalog_of, shipped_templates
from chargepoint_sim.config.mint import Mint
from chargepoint_sim.errors import UnknownModel
from chargepoint_sim.fleet.catalog import Model
from chargepoint_sim.fleet.roster import NewCharger
from chargepoint_sim.fleet.spec import Template

PRODUCTS = [
    ("wallbox", "wallbox-pulsar-plus", 1, "ac", (7.4, 22.0), "cType2", 22_000),
    ("schneider", "evlink-pro-ac-22kw", 1, "ac", (22.0,), "sType2", 22_000),
    ("abb", "terra-184", 2, "dc", (180.0,), "cCCS2", 180_000),
]


@pytest.mark.parametrize(("brand", "slug", "connectors", "current", "powers_kw", "kind", "power_w"), PRODUCTS)
def test_a_product_has_the_figures_of_its_hardware(
    brand: str, slug: str, connectors: int, current: str, powers_kw: tuple[float, ...], kind: str, power_w: float
) -> None:
    model = catalog_of({}).model(brand, slug)
    assert (model.connector_count, model.current, model.powers_kw) == (connectors, current, powers_kw)
    assert model.connector_types == (kind,)
    assert model.versions == ("1.6", "2.0.1")
    station = Mint().charger(NewCharger("A-1", "ws://h/x", brand_slug=brand, model_slug=slug), "a").station
    assert [evse.max_power_w for evse in station.evses] == [power_w] * connectors


def test_every_model_makes_a_charger_of_each_version_that_it_lists() -> None:
    mint = Mint()
    for model in (mint.catalog.models or {}).values():
        for version in model.versions:
            new = NewCharger("A-1", "ws://h/x", brand_slug=model.brand_slug, model_slug=model.slug, version=version)
            assert mint.charger(new, "a").version == version


def test_templates_of_the_file_stand_under_their_vendor() -> None:
    own = {"Yard 11": Template("1.6", shipped_templates()["home-ac-11"].station)}
    model: Model = catalog_of(own).model("example", "yard-11")
    assert (model.template, model.versions) == ("Yard 11", ("1.6", "2.0.1"))


def test_what_the_catalog_lacks_is_told_with_what_it_has() -> None:
    with pytest.raises(UnknownModel, match="no brand 'acme'; it has wallbox, schneider, abb, example"):
        catalog_of({}).of_brand("acme")


def test_usual_sites_name_models_of_the_catalog() -> None:
    catalog = catalog_of({})
    assert [one.slug for one in catalog.locations] == ["urban-ac-hub", "highway-dc-station", "residential-ac-single"]
    for site in catalog.locations:
        for group in site.groups:
            model = catalog.model(group.brand_slug, group.model_slug)
            assert group.version in model.versions
            assert group.connector_type in model.connector_types
            assert group.power_kw == model.powers_kw[-1]


def test_chargers_of_one_variant_share_one_station() -> None:
    mint = Mint()
    first, second = (mint.charger(NewCharger(f"A-{n}", "ws://h/x", template="dc-50"), f"a{n}") for n in (1, 2))
    assert first.station is second.station
    assert first.csms is second.csms
