"""Components and variables as they stand on the wire: ComponentType, VariableType, and what a request means by them."""

from chargepoint_sim.core.device_model.lookup import device_model
from chargepoint_sim.core.device_model.model import Component, Variable, name_key
from chargepoint_sim.core.station import Station
from chargepoint_sim.protocol.frames import Payload


def component_type(component: Component) -> Payload:
    """A ComponentType element."""
    named: Payload = {"name": component.name}
    if component.instance is not None:
        named["instance"] = component.instance
    if component.evse_id is not None:
        named["evse"] = {"id": component.evse_id}
        if component.connector_id is not None:
            named["evse"]["connectorId"] = component.connector_id
    return named


def variable_type(variable: Variable) -> Payload:
    """A VariableType element."""
    called: Payload = {"name": variable.name}
    if variable.instance is not None:
        called["instance"] = variable.instance
    return called


def place_of(component: Payload) -> Component:
    """The place that a ComponentType element names; an empty instance is none (B06.FR.15)."""
    evse: Payload = component.get("evse", {})
    return Component(component["name"], evse.get("id"), evse.get("connectorId"), component.get("instance") or None)


def named(station: Station, name: str) -> Variable | None:
    """The variable that people call `Component.Variable[Instance]`, or without a component where one alone has it."""
    model, key = device_model(station.spec), name.casefold()
    if key in model.variables:
        return model.variables[key]
    called = [one for one in model if name_key(one.name, one.instance) == key]
    return called[0] if len(called) == 1 else None


def find(station: Station, element: Payload) -> Variable | str:
    """The variable that an element names, or the status that says what of it is not known."""
    model, place, called = device_model(station.spec), place_of(element["component"]), element["variable"]
    if model.component(place) is None:
        return "UnknownComponent"
    found = model.find(place, called["name"], called.get("instance"))
    return "UnknownVariable" if found is None else found
