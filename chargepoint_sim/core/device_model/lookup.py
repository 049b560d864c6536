"""All variables of a kind of station, found by name and place; the tables of all chapters meet here.

A model is made once for all stations that are built alike. Names are compared without regard to case.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from types import MappingProxyType

from chargepoint_sim.core import wiring
from chargepoint_sim.core.device_model import (
    authorization,
    controllers,
    custom,
    monitoring,
    parts,
    security,
    smart_charging,
    tiers,
)
from chargepoint_sim.core.device_model.display import DISPLAY_CONTROLLERS, display_variables
from chargepoint_sim.core.device_model.model import Component, Variable, name_key, of_setting, place_key
from chargepoint_sim.core.display_messages import DisplaySpec
from chargepoint_sim.core.settings import BAY_OCCUPANCY, SETTINGS, Setting
from chargepoint_sim.core.spec import CustomVariable, EvseSpec, StationSpec, only_fixed_cables

CHAPTERS: tuple[tuple[Variable, ...], ...] = (
    controllers.VARIABLES,
    authorization.VARIABLES,
    monitoring.VARIABLES,
    security.VARIABLES,
    smart_charging.VARIABLES,
)
"""The tables of controller variables, one per chapter: a component that is built adds its table here."""

NOT_SHOWN = frozenset(
    {
        wiring.SETTING,
    }
)
"""Settings of the core whose behaviour 2.x would describe is not built, or that it shows in another place."""

ONLY_16 = "Ocpp16."
"""Component of the settings that 2.x does not have."""


@dataclass(frozen=True, slots=True)
class DeviceModel:
    """Every variable of a kind of station."""

    components: Mapping[str, Mapping[str, Variable]]
    """By the keys of place and name; in the order of reports."""
    variables: Mapping[str, Variable]
    """By key."""

    def component(self, place: Component) -> Mapping[str, Variable] | None:
        """The variables of the component at that place, or None where there is none."""
        return self.components.get(place_key(place))

    def find(self, place: Component, name: str, instance: str | None) -> Variable | None:
        """One variable, or None. An empty instance is none (B06.FR.15)."""
        return self.components.get(place_key(place), {}).get(name_key(name, instance))

    def __iter__(self) -> Iterator[Variable]:
        return iter(self.variables.values())


def device_model(spec: StationSpec) -> DeviceModel:
    """The model of stations built like this one."""
    return _model(spec.evses, spec.max_power_w, spec.components, spec.display)


@lru_cache(maxsize=64)
def _model(
    evses: tuple[EvseSpec, ...],
    max_power_w: float | None,
    components: tuple[CustomVariable, ...],
    screen: DisplaySpec | None,
) -> DeviceModel:
    found: dict[str, dict[str, Variable]] = {}
    for variable in (*_physical(evses, max_power_w), *map(custom.variable, components), *_controllers(evses, screen)):
        name = name_key(variable.name, variable.instance)
        found.setdefault(place_key(variable.component), {})[name] = variable
    return DeviceModel(
        MappingProxyType({place: MappingProxyType(names) for place, names in found.items()}),
        MappingProxyType({variable.key: variable for names in found.values() for variable in names.values()}),
    )


def _physical(evses: tuple[EvseSpec, ...], max_power_w: float | None) -> Iterator[Variable]:
    yield from tiers.station(evses, max_power_w)
    yield from parts.of_station(evses, max_power_w)
    for evse in evses:
        yield from tiers.evse(evse)
        yield from parts.of_evse(evse)
        for connector in evse.connectors:
            yield from tiers.connector(evse, connector.connector_id, connector.connector_type)
            yield from parts.of_connector(evse, connector)


def _controllers(evses: tuple[EvseSpec, ...], screen: DisplaySpec | None) -> Iterator[Variable]:
    absent = (ONLY_16,) if screen is not None else (ONLY_16, *DISPLAY_CONTROLLERS)
    rows = {variable.key: variable for chapter in CHAPTERS for variable in chapter}
    if only_fixed_cables(evses):
        rows[controllers.NO_LOCK.key] = controllers.NO_LOCK
    senses_bay = any(evse.bay_sensor for evse in evses)
    for name, setting in SETTINGS.items():
        if not name.startswith(absent) and name not in NOT_SHOWN:
            variable = of_setting(setting if senses_bay else _without_bay(setting))
            yield rows.pop(variable.key, variable)
    yield from rows.values()
    if screen is not None:
        yield from display_variables(screen)


def _without_bay(setting: Setting) -> Setting:
    """The setting as a station has it that cannot tell whether a vehicle stands in a bay."""
    if BAY_OCCUPANCY not in setting.choices:
        return setting
    return replace(setting, choices=tuple(choice for choice in setting.choices if choice != BAY_OCCUPANCY))
