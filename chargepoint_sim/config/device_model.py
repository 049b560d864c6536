"""What a template adds to the device model of 2.0.1: components, variables and monitors, checked against the model.

Owns what the models of the sections cannot know: which places, components and variables the station has.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from chargepoint_sim.config.document import KeyPath
from chargepoint_sim.config.findings import Findings
from chargepoint_sim.config.schema import ComponentSection, DeviceModelSection, MonitorSection, VariableSection
from chargepoint_sim.config.settings import text_of
from chargepoint_sim.core.device_model import custom
from chargepoint_sim.core.device_model.lookup import device_model
from chargepoint_sim.core.device_model.model import Component, Variable
from chargepoint_sim.core.monitors import PERIODIC, SHORTEST_PERIOD_S, THRESHOLDS, Monitor, MonitorType, Origin, fits
from chargepoint_sim.core.settings import Kind
from chargepoint_sim.core.spec import CustomVariable, StationSpec

_MUTABILITY: Mapping[str, str] = {"R": "ReadOnly", "W": "WriteOnly", "RW": "ReadWrite"}
_LISTS = frozenset({Kind.OPTION, Kind.MEMBERS, Kind.SEQUENCE})


def with_device_model(
    station: StationSpec, section: DeviceModelSection, version: str | None, findings: Findings, path: KeyPath
) -> StationSpec:
    """The station with what its template adds; mistakes are added at `path`."""
    if version == "1.6":
        findings.add(path, "a device model exists in 2.0.1 only", "device_model in a 1.6 template")
        return station
    variables = list(_variables(station, section, findings, path))
    station = replace(
        station,
        components=tuple(variables),
        status_by_event=section.status_by_event,
        user_interface=section.user_interface,
    )
    return replace(station, monitors=tuple(_monitors(station, section, findings, path)))


def _variables(
    station: StationSpec, section: DeviceModelSection, findings: Findings, path: KeyPath
) -> Iterator[CustomVariable]:
    model = device_model(station)
    known = set(model.variables)
    for n, component in enumerate(section.components):
        where = (*path, "components", n)
        place = Component(component.name, component.evse, component.connector, component.instance)
        if not _exists(station, place):
            findings.add(where, _places(station), f"EVSE {component.evse}, connector {component.connector}")
            continue
        for name, written in component.variables.items():
            at = (*where, "variables", name)
            try:
                described = _variable(component, name, written)
                made = custom.variable(described)
            except ValueError as error:
                findings.add(at, str(error))
                continue
            if made.key in known:
                findings.add(at, "a name that the component does not have yet", f"a second {name}")
            else:
                known.add(made.key)
                yield described


def _variable(component: ComponentSection, title: str, section: VariableSection) -> CustomVariable:
    """What a section describes. Raises ValueError where its parts do not go together."""
    name, bracket, instance = title.removesuffix("]").partition("[")
    kind = Kind(section.type)
    if not name or bool(bracket) != title.endswith("]"):
        raise ValueError("a name, or a name and an instance in brackets, is needed")
    if kind in _LISTS and not section.choices:
        raise ValueError(f"a {kind} needs choices")
    numeric = kind in (Kind.INTEGER, Kind.DECIMAL)
    if not numeric and (section.target or section.min_set is not None or section.max_set is not None):
        raise ValueError("target, min_set and max_set are for numbers")
    if not section.target and (section.min_set is not None or section.max_set is not None):
        raise ValueError("min_set and max_set bound a target: target is needed beside them")
    if section.constant and (section.target or section.access != "R"):
        raise ValueError("what is constant cannot be set")
    return CustomVariable(
        component=component.name,
        name=name,
        kind=kind,
        value=text_of(section.value),
        evse_id=component.evse,
        connector_id=component.connector,
        component_instance=component.instance,
        instance=instance or None,
        unit=section.unit,
        minimum=section.minimum,
        maximum=section.maximum,
        choices=tuple(section.choices),
        mutability=_MUTABILITY[section.access],
        constant=section.constant,
        reboot=section.reboot,
        target=section.target,
        min_set=None if section.min_set is None else f"{section.min_set:.15g}",
        max_set=None if section.max_set is None else f"{section.max_set:.15g}",
    )


def _monitors(
    station: StationSpec, section: DeviceModelSection, findings: Findings, path: KeyPath
) -> Iterator[Monitor]:
    model = device_model(station)
    for n, written in enumerate(section.monitors):
        where = (*path, "monitors", n)
        place = Component(written.component, written.evse, written.connector, written.component_instance)
        variable = model.find(place, written.variable, written.instance)
        if variable is None:
            findings.add(where, "a variable of the station is needed", f"{written.component}.{written.variable}")
            continue
        flaw = _flaw(variable, written)
        if flaw is not None:
            findings.add(where, flaw)
            continue
        yield Monitor(
            n + 1,
            variable.key,
            MonitorType(written.type),
            written.value,
            written.severity,
            Origin.HARD_WIRED if written.built_in else Origin.PRECONFIGURED,
            transaction=written.transaction,
            factory_default=not written.only_in_base_all,
        )


def _flaw(variable: Variable, written: MonitorSection) -> str | None:
    kind = MonitorType(written.type)
    if variable.actual.constant or not fits(variable.kind, kind):
        return f"a {variable.kind} that is {'constant' if variable.actual.constant else 'watched'} cannot have a {kind}"
    low, high = variable.minimum, variable.maximum
    outside = (low is not None and written.value < low) or (high is not None and written.value > high)
    if kind in THRESHOLDS and outside:
        return f"the threshold lies outside of what the variable can be: {low} to {high}"
    if kind in PERIODIC and written.value < SHORTEST_PERIOD_S:
        return f"a period has at least {SHORTEST_PERIOD_S:g} s"
    if kind is MonitorType.DELTA and written.value < 0:
        return "a difference is not negative"
    return None


def _exists(station: StationSpec, place: Component) -> bool:
    if place.evse_id is None:
        return place.connector_id is None
    evse = station.evse(place.evse_id)
    return evse is not None and (place.connector_id is None or place.connector_id <= len(evse.connectors))


def _places(station: StationSpec) -> str:
    return f"the station has EVSEs 1 to {len(station.evses)}; a connector is one of an EVSE"
