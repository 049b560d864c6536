"""Components and variables that only one kind of station has, as its template gives them (2.0.1 part 1 chapter 4.3).

A variable with a target keeps its actual value there: what is set as Target is Actual from then on. MinSet and MaxSet
bound the target; neither binds the actual value of anything else.
"""

from types import MappingProxyType

from chargepoint_sim.core.device_model.model import (
    Attribute,
    AttributeType,
    Component,
    Mutability,
    Read,
    Variable,
    name_key,
    place_key,
)
from chargepoint_sim.core.settings import Setting, Value, format_value, parse_value
from chargepoint_sim.core.spec import CustomVariable
from chargepoint_sim.core.state import StationState

ACTUAL, TARGET = AttributeType.ACTUAL, AttributeType.TARGET
MIN_SET, MAX_SET = AttributeType.MIN_SET, AttributeType.MAX_SET


def variable(custom: CustomVariable) -> Variable:
    """The variable that a template describes. ValueError where its value does not fit its own characteristics."""
    component = Component(custom.component, custom.evse_id, custom.connector_id, custom.component_instance)
    actual = _setting(custom, component, ACTUAL, custom.value)
    target = _setting(custom, component, TARGET, custom.value)
    attributes = {ACTUAL: _attribute(custom, target if custom.target else actual)}
    if custom.target:
        attributes[ACTUAL] = Attribute(_read(target), persistent=True)
        attributes[TARGET] = Attribute(_read(target), target, Mutability.READ_WRITE, persistent=True)
    for kind, value in ((MIN_SET, custom.min_set), (MAX_SET, custom.max_set)):
        if value is not None:
            setting = _setting(custom, component, kind, value)
            attributes[kind] = Attribute(_read(setting), setting, Mutability.READ_WRITE, persistent=True)
    return Variable(
        component,
        custom.name,
        custom.kind,
        MappingProxyType(attributes),
        custom.instance,
        custom.unit,
        custom.minimum,
        custom.maximum,
        custom.choices,
        reboot=custom.reboot,
    )


def misfit(state: StationState, variable: Variable, kind: AttributeType, value: Value) -> str | None:
    """Why a value does not fit the other attributes of its variable, as a sentence; None where it does."""
    if not variable.numeric or not isinstance(value, int | float):
        return None
    low, high, target = (_number(state, variable, other) for other in (MIN_SET, MAX_SET, TARGET))
    if kind is TARGET:
        low_of, high_of = low, high
    else:
        low_of = max((one for one in (low, target) if one is not None), default=None) if kind is MAX_SET else None
        high_of = min((one for one in (high, target) if one is not None), default=None) if kind is MIN_SET else None
    if low_of is not None and value < low_of:
        return f"{kind.value} is at least {low_of:g} here, not {value:g}"
    if high_of is not None and value > high_of:
        return f"{kind.value} is at most {high_of:g} here, not {value:g}"
    return None


def _number(state: StationState, variable: Variable, kind: AttributeType) -> float | None:
    attribute = variable.attributes.get(kind)
    if attribute is None or attribute.setting is None:
        return None
    value = state.settings.own(attribute.setting)
    return float(value) if isinstance(value, int | float) else None


def _attribute(custom: CustomVariable, setting: Setting) -> Attribute:
    mutability = Mutability(custom.mutability)
    return Attribute(
        _read(setting),
        None if mutability is Mutability.READ_ONLY else setting,
        mutability,
        persistent=custom.constant or mutability is not Mutability.READ_ONLY,
        constant=custom.constant,
    )


def _setting(custom: CustomVariable, component: Component, kind: AttributeType, text: str) -> Setting:
    """The setting, outside the table of the core, that takes one attribute of the variable."""
    shape = Setting(
        f"{place_key(component)}.{name_key(custom.name, custom.instance)}#{kind.value}",
        custom.kind,
        "",
        custom.unit,
        custom.minimum,
        custom.maximum,
        custom.choices,
    )
    return Setting(
        shape.name,
        shape.kind,
        parse_value(shape, text) if text else "",
        shape.unit,
        shape.minimum,
        shape.maximum,
        shape.choices,
    )


def _read(setting: Setting) -> Read:
    return lambda state, _: format_value(state.settings.own(setting))
