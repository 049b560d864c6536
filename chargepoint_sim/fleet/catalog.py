"""The catalog: which brands and models of charger can be made by name, and which kinds of site are usual.

Pure data and look-ups; `config/catalog.py` fills it from templates and from the list of products.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from chargepoint_sim.errors import UnknownModel


@dataclass(frozen=True, slots=True)
class Brand:
    """A maker."""

    slug: str
    name: str


@dataclass(frozen=True, slots=True)
class Model:
    """A product of a brand, or a template under the name of its vendor."""

    brand_slug: str
    slug: str
    name: str
    template: str
    """The template that a charger of this model is made from."""
    connector_count: int
    current: str
    """ac | dc"""
    powers_kw: tuple[float, ...]
    """Rated powers that the product is sold with, the greatest last: that is what a charger of it has."""
    connector_types: tuple[str, ...]
    """ConnectorEnumType of OCPP 2.0.1."""
    versions: tuple[str, ...]
    """OCPP versions that it can speak, its usual one first."""


@dataclass(frozen=True, slots=True)
class ChargerGroup:
    """Some chargers of one model at a usual site."""

    brand_slug: str
    model_slug: str
    connector_type: str
    version: str
    count: int
    power_kw: float


@dataclass(frozen=True, slots=True)
class LocationTemplate:
    """A usual kind of site."""

    slug: str
    name: str
    country: str
    parking_type: str
    """ParkingType of OCPI 2.2.1, such as ON_STREET."""
    kind: str
    """AC | DC | AC-DC"""
    groups: tuple[ChargerGroup, ...]


@dataclass(frozen=True, slots=True)
class Catalog:
    """All that can be made by name."""

    brands: tuple[Brand, ...] = ()
    models: Mapping[tuple[str, str], Model] | None = None
    """By brand slug and model slug."""
    locations: tuple[LocationTemplate, ...] = ()

    def brand(self, slug: str) -> Brand:
        """The brand. Raises UnknownModel."""
        for one in self.brands:
            if one.slug == slug:
                return one
        known = ", ".join(one.slug for one in self.brands)
        raise UnknownModel(f"brand_slug: the catalog has no brand {slug!r}; it has {known}")

    def of_brand(self, slug: str) -> Sequence[Model]:
        """The models of a brand. Raises UnknownModel."""
        self.brand(slug)
        return [one for one in (self.models or {}).values() if one.brand_slug == slug]

    def model(self, brand_slug: str, slug: str) -> Model:
        """One model. Raises UnknownModel."""
        found = (self.models or {}).get((brand_slug, slug))
        if found is None:
            known = ", ".join(one.slug for one in self.of_brand(brand_slug))
            raise UnknownModel(f"model_slug: the brand {brand_slug!r} has no model {slug!r}; it has {known}")
        return found


def slug_of(name: str) -> str:
    """A name as part of an address: lower case, words joined by hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
