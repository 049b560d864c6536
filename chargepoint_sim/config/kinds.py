"""Templates -> StationSpecs: what is shipped, what a file adds, and what extends what.

Owns the merging along `extends` and the derivation of a station's electrical figures. One StationSpec per template,
shared by all its chargers.
"""

import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from chargepoint_sim.config.device_model import with_device_model
from chargepoint_sim.config.document import KeyPath, read_document
from chargepoint_sim.config.findings import Findings, guess, listed
from chargepoint_sim.config.quirks import check_keys, quirks_of
from chargepoint_sim.config.schema import (
    DeviceModelSection,
    DisplaySection,
    EvsesSection,
    FleetFile,
    TemplateSection,
    TimingSection,
    VendorKeySection,
)
from chargepoint_sim.config.settings import core_settings, text_of
from chargepoint_sim.core.display_messages import DisplaySpec, Format, MessageState, Priority
from chargepoint_sim.core.settings import Kind as SettingKind
from chargepoint_sim.core.settings import Setting, vendor_key
from chargepoint_sim.core.spec import ConnectorSpec, Current, EvseSpec, StationSpec, Timing
from chargepoint_sim.errors import ConfigError
from chargepoint_sim.fleet.spec import Template
from chargepoint_sim.protocol.v16.keys import KEYS

SHIPPED = Path(__file__).parent / "templates"

_CABLE_PREFIX = "c"
_ATTACHED = frozenset({"OppCharge", "Pan", "wInductive", "wResonant"})
"""Besides the types with an attached cable: outlets that have no plug to lock."""

_NAME_PLATE_LIMITS = {"1.6": {"vendor": 20, "model": 20}, "2.0.1": {"vendor": 50, "model": 20}}
"""Characters that BootNotification takes (1.6 section 6.3, 2.0.1 ChargingStationType)."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A template, compiled as far as its mistakes let it be."""

    version: str | None = None
    station: StationSpec | None = None

    @property
    def evse_count(self) -> int:
        """EVSEs of a station; 0 where a mistake keeps them from being known."""
        return len(self.station.evses) if self.station is not None else 0


@dataclass(slots=True)
class _Layers:
    """A template with all that it extends, merged from the bottom up."""

    version: str | None = None
    paths: tuple[KeyPath, ...] = ()
    """The templates of the file that it consists of, itself first."""
    complete: bool = True
    """False where a mistake keeps from being known what it extends."""
    sections: dict[str, Any] = field(default_factory=dict)
    settings: dict[str, str] = field(default_factory=dict)
    vendor_keys: dict[str, Setting] = field(default_factory=dict)


class Kinds:
    """All templates that a file may name."""

    def __init__(self, file: FleetFile, findings: Findings) -> None:
        self._own = file.templates
        self._findings = findings
        self._layers: dict[str, _Layers] = {}
        self._kinds: dict[str, Kind] = {}
        for name in file.templates:
            if name in shipped():
                findings.add(
                    ("templates", name),
                    f"choose another name and write extends: {name}",
                    "the name of a shipped template",
                )
        extended = {section.extends for section in file.templates.values()}
        for name in file.templates:
            # What others extend may be incomplete; it still may not be wrong.
            self._layered(name, ()) if name in extended else self._kind(name)

    @property
    def names(self) -> tuple[str, ...]:
        """The file's own templates, then the shipped ones."""
        return tuple(dict.fromkeys((*self._own, *shipped())))

    def sound(self) -> Mapping[str, Template]:
        """The file's own templates that have no mistake and lack nothing."""
        kinds = {name: self._kinds.get(name, Kind()) for name in self._own}
        return {
            name: Template(kind.version, kind.station)
            for name, kind in kinds.items()
            if kind.version is not None and kind.station is not None
        }

    def find(self, name: str, path: KeyPath) -> Kind:
        """The kind that stands at `path` by its name; where there is none, the mistake is added."""
        return self._kind(name) if self._known(name, path) else Kind()

    def _known(self, name: str, path: KeyPath) -> bool:
        if name in self.names:
            return True
        if not (self._findings.spoiled(path) or self._findings.spoiled(("templates",))):
            allowed = f"{guess(name, self.names)}{listed('known templates', self.names)}"
            self._findings.add(path, allowed, f"the unknown template '{name}'")
        return False

    def _kind(self, name: str) -> Kind:
        if name not in self._kinds:
            self._kinds[name] = self._build(name, self._layered(name, ()))
        return self._kinds[name]

    def _layered(self, name: str, above: tuple[str, ...]) -> _Layers:
        if name not in self._layers:
            self._layers[name] = self._merge(name, (*above, name))
        return self._layers[name]

    def _merge(self, name: str, chain: tuple[str, ...]) -> _Layers:
        section, findings, path = self._section(name)
        below = _Layers()
        if section.extends is not None:
            below = self._extended(section.extends, (*path, "extends"), chain)
        elif findings.spoiled((*path, "extends")):
            below = _Layers(complete=False)
        version = section.ocpp or below.version
        paths = (path, *below.paths) if name in self._own else ()
        layers = _Layers(version, paths, below.complete)
        layers.sections = _merged(below.sections, section.model_dump(exclude_unset=True))
        layers.settings = dict(below.settings)
        if version is None and section.settings and not self._spoiled(layers, "ocpp"):
            allowed = "ocpp is needed beside them: each version has names of its own"
            findings.add((*path, "settings"), allowed, "settings of no version")
        layers.settings |= core_settings(version, section.settings, findings, (*path, "settings"))
        if version == "1.6":
            if section.display is not None:
                allowed = "display messages exist in 2.0.1 only"
                findings.add((*path, "display"), allowed, "a display in a 1.6 template")
            layers.vendor_keys = dict(below.vendor_keys)
        layers.vendor_keys |= _vendor_keys(version, section.vendor_keys, findings, (*path, "vendor_keys"))
        check_keys(section.quirks, layers.vendor_keys, findings, (*path, "quirks"))
        return layers

    def _section(self, name: str) -> tuple[TemplateSection, Findings, KeyPath]:
        if name in self._own:
            return self._own[name], self._findings, ("templates", name)
        section, findings = shipped()[name]
        return section, findings, ()

    def _extended(self, name: str, path: KeyPath, chain: tuple[str, ...]) -> _Layers:
        if name in chain:
            circle = " -> ".join((*chain[chain.index(name) :], name))
            self._findings.add(path, "a template cannot extend itself", f"a circle: {circle}")
        elif self._known(name, path):
            return self._layered(name, chain)
        return _Layers(complete=False)

    def _spoiled(self, layers: _Layers, *key: str | int) -> bool:
        """Whether a mistake keeps from being known what a template says under `key`."""
        return not layers.complete or any(self._findings.spoiled((*path, *key)) for path in layers.paths)

    def _place(self, layers: _Layers, key: KeyPath) -> KeyPath:
        """Where the value under `key` stands: in the template, or in what it extends."""
        places = [(*path, *key) for path in layers.paths]
        return next((place for place in places if self._findings.stands(place)), places[0])

    def _build(self, name: str, layers: _Layers) -> Kind:
        section = TemplateSection.model_validate(layers.sections)
        needed: tuple[tuple[KeyPath, object], ...] = (
            (("ocpp",), layers.version),
            (("hardware", "vendor"), section.hardware.vendor),
            (("hardware", "model"), section.hardware.model),
            (("evses",), section.evses),
        )
        missing = [key for key, given in needed if not given]
        for key in missing:
            if not self._spoiled(layers, *key):
                where = (*layers.paths[0], *key)
                self._findings.add(where, "this key is needed, here or in what the template extends", "nothing")
        flaws = list(self._flaws(section, layers))
        for key, found, allowed in flaws:
            self._findings.add(self._place(layers, key), allowed, found)
        if missing or flaws:
            return Kind(layers.version)
        station = _station(name, section, layers)
        added, version = section.device_model, layers.version
        if added != DeviceModelSection():
            where = self._place(layers, ("device_model",))
            station = with_device_model(station, added, version, self._findings, where)
        return Kind(version, station)

    def _flaws(self, section: TemplateSection, layers: _Layers) -> Iterator[tuple[KeyPath, str, str]]:
        """(key, found, allowed) of what the merged sections and the version do not allow together."""
        # Of a template whose version is not known, what no version takes.
        version = layers.version or "2.0.1"
        for key, limit in _NAME_PLATE_LIMITS[version].items():
            length = len(getattr(section.hardware, key) or "")
            if length > limit:
                yield ("hardware", key), f"{length} characters", f"OCPP {version} takes at most {limit}"
        for n, evses in enumerate(section.evses):
            where: KeyPath = ("evses", n)
            for key, other in (("connector", "connectors"), ("max_power_w", "max_current_a")):
                first, second = getattr(evses, key) is not None, getattr(evses, other) is not None
                if any(self._spoiled(layers, *where, one) for one in (key, other)):
                    continue
                if key == "connector" and first == second:
                    yield where, "none or both of connector and connectors", "one of the two is needed"
                elif key == "max_power_w" and not first and not second:
                    yield where, "neither max_power_w nor max_current_a", "one of the two is needed"
            if evses.split_phase and (evses.current == "dc" or evses.phases != 1):
                found = "direct current" if evses.current == "dc" else f"{evses.phases} phases"
                yield (*where, "split_phase"), found, "a split phase is one phase of alternating current: phases: 1"
            if version == "1.6" and len(evses.connectors or ()) > 1:
                found = f"{len(evses.connectors or ())} connectors on one EVSE"
                yield where, found, "1.6 numbers connectors only: give each its own entry in evses"


@functools.cache
def shipped() -> Mapping[str, tuple[TemplateSection, Findings]]:
    """Shipped templates by name. Raises ConfigError where the package itself is broken."""
    templates: dict[str, tuple[TemplateSection, Findings]] = {}
    for path in sorted(SHIPPED.glob("*.yaml")):
        document, problems = read_document(path, {})
        if document is None or problems:
            raise ConfigError(tuple(problems))
        findings = Findings(document)
        section = findings.validate(TemplateSection, ())
        if findings.found:
            raise ConfigError(findings.sorted())
        templates[path.stem] = (section, findings)
    return templates


def _merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """`above` over `below`, key by key; lists are replaced, except that one kind of EVSE merges with one other."""
    merged = dict(below)
    for key, value in above.items():
        under = merged.get(key)
        if isinstance(value, dict) and isinstance(under, dict):
            merged[key] = _merged(under, value)
        elif key == "evses" and isinstance(under, list) and len(under) == len(value) == 1:
            merged[key] = [_merged_evses(under[0], value[0])]
        else:
            merged[key] = value
    for key in ("extends", "ocpp", "settings", "vendor_keys"):
        merged.pop(key, None)
    return merged


_INSTEAD_OF = {
    "max_power_w": ("max_current_a",),
    "max_current_a": ("max_power_w",),
    "connector": ("connectors",),
    "connectors": ("connector", "cable_max_current_a"),
    "current": ("voltage_v", "min_current_a"),
}
"""A key that is given anew replaces what was said below in other words, unless that is given anew too."""


def _merged_evses(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    outdated = {other for key in above for other in _INSTEAD_OF.get(key, ())}
    return {key: value for key, value in below.items() if key not in outdated} | dict(above)


_KINDS = {
    "text": SettingKind.STRING,
    "boolean": SettingKind.BOOLEAN,
    "integer": SettingKind.INTEGER,
    "decimal": SettingKind.DECIMAL,
    "list": SettingKind.MEMBERS,
}


def _vendor_keys(
    version: str | None, written: Mapping[str, VendorKeySection], findings: Findings, path: KeyPath
) -> dict[str, Setting]:
    keys: dict[str, Setting] = {}
    if written and version == "2.0.1":
        findings.add(path, "configuration keys exist in 1.6 only", "vendor_keys in a 2.0.1 template")
        return keys
    for name, section in written.items():
        if name in KEYS or len(name) > 50:
            findings.add(
                (*path, name), "a name of at most 50 characters that no standard key has; those go under settings"
            )
            continue
        try:
            keys[name] = _vendor_key(name, section)
        except ValueError as error:
            findings.add((*path, name), str(error))
    return keys


def _vendor_key(name: str, section: VendorKeySection) -> Setting:
    bounds = {"minimum": section.minimum, "maximum": section.maximum}
    return vendor_key(
        name,
        text_of(section.value),
        _KINDS[section.type],
        choices=tuple(section.choices),
        writable="W" in section.access,
        secret="R" not in section.access,
        reboot=section.reboot,
        pattern=section.pattern,
        **{bound: value for bound, value in bounds.items() if value is not None},
    )


def _station(name: str, section: TemplateSection, layers: _Layers) -> StationSpec:
    hardware = section.hardware
    kinds = [evses for evses in section.evses for _ in range(evses.count)]
    assert hardware.vendor is not None
    assert hardware.model is not None
    return StationSpec(
        template=name,
        vendor=hardware.vendor,
        model=hardware.model,
        firmware=hardware.firmware,
        evses=tuple(_evse(n, evses) for n, evses in enumerate(kinds, start=1)),
        max_power_w=hardware.max_power_w,
        settings=layers.settings,
        timing=_timing(section.timing),
        vendor_keys=layers.vendor_keys,
        meter_type=hardware.meter_type,
        transfer_faults=tuple(section.transfer_faults),
        local_controller=section.local_controller,
        quirks=quirks_of(section.quirks),
        data_transfers=section.data_transfers,
        reset_failures=section.reset_failures,
        display=_display(section.display) if layers.version != "1.6" else None,
        measurands_per_event=section.measurands_per_event if layers.version != "1.6" else None,
        transaction_queue=section.transaction_queue,
        own_keys=section.own_keys,
    )


def _display(section: DisplaySection | None) -> DisplaySpec | None:
    if section is None:
        return None
    return DisplaySpec(
        messages=section.messages,
        formats=tuple(map(Format, section.formats)),
        priorities=tuple(map(Priority, section.priorities)),
        states=tuple(map(MessageState, section.states)),
        personal_message_size=section.personal_message_size,
    )


def _timing(section: TimingSection) -> Timing:
    return Timing(
        contactor_delay_s=section.contactor_delay_s,
        reboot_s=section.reboot_s,
        firmware_install_s=section.firmware_install_s,
    )


def _evse(evse_id: int, evses: EvsesSection) -> EvseSpec:
    """Of power and current, the one that is not given follows from the other: P = V * I * phases."""
    current = Current(evses.current)
    dc = current is Current.DC
    voltage_v = evses.voltage_v or (400.0 if dc else 230.0)
    volts = voltage_v * (1 if dc else evses.phases)
    max_power_w = evses.max_power_w or volts * (evses.max_current_a or 0.0)
    return EvseSpec(
        evse_id=evse_id,
        connectors=_connectors(evses),
        current=current,
        max_power_w=max_power_w,
        phases=evses.phases,
        split_phase=evses.split_phase,
        voltage_v=voltage_v,
        max_current_a=evses.max_current_a or max_power_w / volts,
        bay_sensor=evses.bay_sensor,
        min_current_a=evses.min_current_a if evses.min_current_a is not None else (0.0 if dc else 6.0),
    )


def has_cable(connector_type: str) -> bool:
    """Whether an outlet of that type has no plug to lock."""
    return connector_type.startswith(_CABLE_PREFIX) or connector_type in _ATTACHED


def _connectors(evses: EvsesSection) -> tuple[ConnectorSpec, ...]:
    outlets = [(outlet.type, outlet.cable_max_current_a) for outlet in evses.connectors or ()]
    if evses.connector is not None:
        outlets = [(evses.connector, evses.cable_max_current_a)]
    return tuple(ConnectorSpec(n, kind, has_cable(kind), cable_a) for n, (kind, cable_a) in enumerate(outlets, start=1))
