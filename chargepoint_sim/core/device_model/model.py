"""The words of the device model: component, variable, attribute, and how a table writes them (2.0.1 part 1 chapter 4).

Everything here is made once per template and shared by its chargers. What differs from charger to charger lies in
the overlay of its settings: a variable that can be set names the setting that takes its value.
"""

import enum
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import NamedTuple

from chargepoint_sim.core.settings import Kind, Setting
from chargepoint_sim.core.state import StationState

Read = Callable[[StationState, float], str]
"""The value at a simulated instant, as it stands on the wire."""


class Mutability(enum.StrEnum):
    """MutabilityEnumType: what the central system may do with an attribute."""

    READ_ONLY = "ReadOnly"
    WRITE_ONLY = "WriteOnly"
    READ_WRITE = "ReadWrite"


class AttributeType(enum.StrEnum):
    """AttributeEnumType: which value of a variable is meant."""

    ACTUAL = "Actual"
    TARGET = "Target"
    MIN_SET = "MinSet"
    MAX_SET = "MaxSet"


class Component(NamedTuple):
    """A component and where it sits; an EVSE of None is the station."""

    name: str
    evse_id: int | None = None
    connector_id: int | None = None
    instance: str | None = None


@dataclass(frozen=True, slots=True)
class Attribute:
    """One value of a variable. With a `setting` it can be set, without one it can only be read."""

    read: Read
    setting: Setting | None = None
    mutability: Mutability = Mutability.READ_ONLY
    persistent: bool = False
    constant: bool = False


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable of one component: VariableType, VariableCharacteristicsType and its attributes."""

    component: Component
    name: str
    kind: Kind
    attributes: Mapping[AttributeType, Attribute]
    instance: str | None = None
    unit: str | None = None
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[str, ...] = ()
    varies: bool = False
    """Its actual value moves with time alone, between two things that happen."""
    reboot: bool = False
    """What is set acts after the next restart (SetVariableStatusEnumType RebootRequired)."""
    capacity: str | None = None
    """The setting whose value is the maximum of what is counted here; then `maximum` says nothing."""
    each: int = 1
    """What one of those that `capacity` counts is worth here."""
    key: str = field(init=False)
    """Names it among all variables of the station; without regard to case."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "key", f"{place_key(self.component)}.{name_key(self.name, self.instance)}")

    @property
    def actual(self) -> Attribute:
        """Its attribute Actual; every variable has it."""
        return self.attributes[AttributeType.ACTUAL]

    @property
    def numeric(self) -> bool:
        """It counts or measures something."""
        return self.kind in (Kind.INTEGER, Kind.DECIMAL)

    def greatest(self, state: StationState) -> float | None:
        """Its maxLimit at a station; None without one."""
        return self.maximum if self.capacity is None else self.each * state.settings.integer(self.capacity)


def name_key(name: str, instance: str | None) -> str:
    """A name with its instance, in the form in which they are compared."""
    return f"{name}[{instance}]".casefold() if instance else name.casefold()


def place_key(component: Component) -> str:
    """A component with its place, in the form in which they are compared."""
    place = "" if component.evse_id is None else f"@{component.evse_id}"
    place += "" if component.connector_id is None else f"/{component.connector_id}"
    return name_key(component.name, component.instance) + place


def fixed(
    title: str, kind: Kind, value: str, *, at: Component | None = None, choices: tuple[str, ...] = ()
) -> Variable:
    """A variable that never changes. `title` is Component.Variable[Instance], or without a component where `at` is."""
    return shown(title, kind, lambda _, __: value, at=at, choices=choices, constant=True)


def shown(
    title: str,
    kind: Kind,
    read: Read,
    *,
    at: Component | None = None,
    unit: str | None = None,
    minimum: float | None = None,
    maximum: float | None = None,
    choices: tuple[str, ...] = (),
    constant: bool = False,
    persistent: bool = False,
    varies: bool = False,
    capacity: str | None = None,
    each: int = 1,
) -> Variable:
    """A variable that can only be read."""
    component, name, instance = _split(title, at)
    return Variable(
        component,
        name,
        kind,
        MappingProxyType({AttributeType.ACTUAL: Attribute(read, constant=constant, persistent=persistent or constant)}),
        instance,
        unit,
        minimum,
        maximum,
        choices,
        varies,
        capacity=capacity,
        each=each,
    )


def of_setting(setting: Setting, *, writable: bool | None = None, at: Component | None = None) -> Variable:
    """The variable that shows a setting; `writable` where 2.x and the setting differ on who may change it."""
    component, name, instance = _split(setting.name, at)
    counted = setting.kind in (Kind.INTEGER, Kind.DECIMAL)
    can_be_set = setting.writable if writable is None else writable
    mutability = Mutability.READ_WRITE if can_be_set else Mutability.READ_ONLY
    attribute = Attribute(
        lambda state, _: state.settings.text(setting.name),
        setting if can_be_set else None,
        Mutability.WRITE_ONLY if setting.secret else mutability,
        persistent=True,
    )
    return Variable(
        component,
        name,
        setting.kind,
        MappingProxyType({AttributeType.ACTUAL: attribute}),
        instance,
        setting.unit,
        setting.minimum if counted else None,
        setting.maximum,
        setting.choices,
        reboot=setting.reboot,
    )


def _split(title: str, at: Component | None) -> tuple[Component, str, str | None]:
    if at is None:
        component, _, title = title.partition(".")
        at = Component(component)
    name, _, instance = title.removesuffix("]").partition("[")
    return at, name, instance or None
