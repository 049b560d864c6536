"""The mint: from a described charger to its specification, for chargers that are added while a fleet runs.

The same rules as for those of a fleet file: names, URL, what the security profile demands. Owns the variants of a
template by version and connector type, so that all chargers of one variant share one station.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import get_args

from pydantic import ValidationError

from chargepoint_sim.config.catalog import catalog_of, shipped_templates, versions_of
from chargepoint_sim.config.groups import SERIAL_LENGTH, flaws
from chargepoint_sim.config.kinds import has_cable
from chargepoint_sim.config.schema import BUILTIN, ConnectorType, CsmsSection
from chargepoint_sim.core.spec import EvseSpec, StationSpec
from chargepoint_sim.errors import InvalidCharger, UnknownModel
from chargepoint_sim.fleet.catalog import Catalog
from chargepoint_sim.fleet.roster import ChargerChanges, NewCharger
from chargepoint_sim.fleet.spec import ChargerSpec, Credentials, CsmsTarget, Template
from chargepoint_sim.transport.security import check_profile

CONNECTOR_TYPES: tuple[str, ...] = get_args(ConnectorType)

USUAL_WORDS: Mapping[str, tuple[str, ...]] = {
    "type1": ("cType1",),
    "type2": ("sType2", "cType2"),
    "type3": ("sType3",),
    "ccs1": ("cCCS1",),
    "ccs2": ("cCCS2",),
    "chademo": ("cG105",),
    "tesla": ("cTesla",),
}
"""What people call a connector -> ConnectorEnumType of 2.0.1; where two fit, the one that the model has."""

_WORD = re.compile(r"[^a-z0-9]")


@dataclass(slots=True)
class Mint:
    """Makes the chargers that are added to one fleet."""

    own: Mapping[str, Template] = field(default_factory=dict)
    """The templates of the fleet file."""
    builtin_url: str | None = None
    """Where the built-in central system of the daemon listens, if it runs one."""
    _catalog: Catalog | None = None
    _variants: dict[tuple[str, str, str | None], StationSpec] = field(default_factory=dict)

    @property
    def catalog(self) -> Catalog:
        """Brands and models."""
        if self._catalog is None:
            self._catalog = catalog_of(self.own)
        return self._catalog

    def charger(self, new: NewCharger, charger_id: str) -> ChargerSpec:
        """The charger that `new` describes. Raises UnknownModel and InvalidCharger."""
        name = self._template_name(new)
        template = self._template(name)
        version = new.version or template.version
        serial_number = new.identity[:SERIAL_LENGTH] if new.serial_number is None else new.serial_number
        station = self._station(name, template, version, new.connector_type)
        for key, allowed in flaws(version, charger_id, new.identity, serial_number):
            raise InvalidCharger(f"{key}: {allowed}")
        target = _shared_target(*self._url(new.csms_url), new.security_profile, new.ca_file)
        credentials = Credentials(new.username, new.password, new.certificate_file, new.key_file)
        for problem in check_profile(target, credentials):
            raise InvalidCharger(f"security_profile: {problem}")
        return ChargerSpec(
            charger_id=charger_id,
            identity=new.identity,
            version=version,
            station=station,
            csms=target,
            credentials=credentials,
            serial_number=serial_number,
            location_id=new.location_id or None,
            name=new.name,
            tenant=new.tenant,
        )

    def changed(self, spec: ChargerSpec, changes: ChargerChanges) -> ChargerSpec:
        """`spec` with `changes`. Raises InvalidCharger, and UnknownModel where its template is not there any more."""
        version, station, csms = changes.version or spec.version, spec.station, spec.csms
        if version != spec.version or changes.connector_type is not None:
            template = self._template(station.template)
            kept = station.evses[0].connectors[0].connector_type
            station = self._station(station.template, template, version, changes.connector_type or kept)
        for key, allowed in flaws(version, spec.charger_id, spec.identity, spec.serial_number):
            raise InvalidCharger(f"{key}: {allowed}")
        profile = csms.security_profile if changes.security_profile is None else changes.security_profile
        if changes.csms_url is not None:
            url, builtin = self._url(changes.csms_url)
            # Headers are meant for the old central system and may be secret.
            csms = replace(csms, url=url, builtin=builtin, security_profile=profile, secure_url=None, headers={})
        elif profile != csms.security_profile:
            csms = replace(csms, security_profile=profile)
        shown = spec.credentials
        if changes.username is not None or changes.password is not None:
            shown = replace(
                shown, username=changes.username or shown.username, password=changes.password or shown.password
            )
        for problem in check_profile(csms, shown):
            raise InvalidCharger(f"security_profile: {problem}")
        return replace(
            spec,
            version=version,
            station=station,
            csms=csms,
            credentials=shown,
            name=spec.name if changes.name is None else changes.name,
            location_id=spec.location_id if changes.location_id is None else changes.location_id or None,
        )

    def _template_name(self, new: NewCharger) -> str:
        if new.template is not None:
            if new.brand_slug is not None or new.model_slug is not None:
                raise InvalidCharger("template: give a template, or brand_slug and model_slug, and not both")
            return new.template
        if new.brand_slug is None or new.model_slug is None:
            raise InvalidCharger("template: give a template, or brand_slug and model_slug")
        return self.catalog.model(new.brand_slug, new.model_slug).template

    def _template(self, name: str) -> Template:
        found = self.own.get(name) or shipped_templates().get(name)
        if found is None:
            known = ", ".join(dict.fromkeys((*self.own, *shipped_templates())))
            raise UnknownModel(f"template: there is no template {name!r}; there are {known}")
        return found

    def _url(self, url: str) -> tuple[str, bool]:
        """The URL itself, and whether it is the built-in central system's. Raises InvalidCharger."""
        if url == BUILTIN:
            if self.builtin_url is None:
                raise InvalidCharger(
                    "csms_url: this daemon runs no central system of its own; give a ws:// or wss:// URL"
                )
            return self.builtin_url, True
        try:
            CsmsSection(url=url)
        except ValidationError as error:
            words = error.errors()[0]["msg"].removeprefix("Value error, ")
            raise InvalidCharger(f"csms_url: {words}") from None
        return url, url == self.builtin_url

    def _station(self, name: str, template: Template, version: str, connector: str | None) -> StationSpec:
        if version not in versions_of(template):
            allowed = " or ".join(versions_of(template))
            raise InvalidCharger(f"version: {name} speaks {allowed}, not {version!r}")
        kind = None if connector is None else _connector_type(connector, template.station)
        key = (name, version, kind)
        if key not in self._variants:
            self._variants[key] = _variant(template, version, kind)
        return self._variants[key]


@lru_cache(maxsize=256)
def _shared_target(url: str, builtin: bool, profile: int, ca_file: str | None) -> CsmsTarget:
    return CsmsTarget(url=url, security_profile=profile, ca_file=ca_file, builtin=builtin)


def _connector_type(word: str, station: StationSpec) -> str:
    """The type that `word` means at this station. Raises InvalidCharger."""
    if word in CONNECTOR_TYPES:
        return word
    meant = USUAL_WORDS.get(_WORD.sub("", word.lower()), ())
    if not meant:
        known = "Type1, Type2, Type3, CCS1, CCS2, CHAdeMO, Tesla"
        raise InvalidCharger(f"connector_type: {word!r} is not known; use {known} or a ConnectorEnumType of OCPP 2.0.1")
    has = {connector.connector_type for evse in station.evses for connector in evse.connectors}
    return next((kind for kind in meant if kind in has), meant[0])


def _variant(template: Template, version: str, connector_type: str | None) -> StationSpec:
    station = template.station
    if version != template.version:
        # Configuration keys of the vendor exist in 1.6 alone, displays and what a device model adds in 2.0.1 alone.
        station = replace(
            station,
            vendor=station.vendor[:20],
            vendor_keys={},
            components=(),
            monitors=(),
            display=None,
            measurands_per_event=None,
        )
    has = {connector.connector_type for evse in station.evses for connector in evse.connectors}
    if connector_type is not None and connector_type not in has:
        station = replace(station, evses=tuple(_with_connector(evse, connector_type) for evse in station.evses))
    return station


def _with_connector(evse: EvseSpec, kind: str) -> EvseSpec:
    outlets = tuple(
        replace(one, connector_type=kind, cable_attached=has_cable(kind), cable_max_current_a=None)
        for one in evse.connectors
    )
    return replace(evse, connectors=outlets)
