"""2.0.1 GetVariables and SetVariables (use cases B05, B06): every element is judged by itself.

What the station shows is the core's device model; a variable that needs more than its characteristics say has a row
in `CHECKS` or in `THEN`.
"""

import math
from collections.abc import Callable, Mapping

from chargepoint_sim.clock import Now
from chargepoint_sim.core.access import PASSWORD
from chargepoint_sim.core.commands import ChangeSettings, Outcome
from chargepoint_sim.core.device_model import custom
from chargepoint_sim.core.device_model.controllers import BYTES_PER_MESSAGE, ITEMS_PER_MESSAGE
from chargepoint_sim.core.device_model.model import Attribute, AttributeType, Mutability, Variable
from chargepoint_sim.core.network import PRIORITY
from chargepoint_sim.core.settings import Kind, Setting, Value, parse_value
from chargepoint_sim.core.station import Station
from chargepoint_sim.protocol.frames import Payload
from chargepoint_sim.protocol.on_the_spot import ask, settings_outcome
from chargepoint_sim.protocol.registry import BlockContext, handles, obeys
from chargepoint_sim.protocol.v201 import network
from chargepoint_sim.protocol.v201.naming import component_type, find, named, variable_type
from chargepoint_sim.protocol.v201.splitting import refuse_too_much
from chargepoint_sim.protocol.v201.verdicts import Reason, status_info

ACTUAL = AttributeType.ACTUAL.value

CHECKS: Mapping[str, Callable[[BlockContext, Value, Now], Payload | None]] = {
    PASSWORD: network.check_password,
    PRIORITY: network.check_priority,
}
"""Setting -> why a value that fits its characteristics is refused all the same, or None."""

THEN: Mapping[str, Callable[[BlockContext, Value, Now], None]] = {PASSWORD: network.password_set}
"""Setting -> what the protocol does about a new value, besides what the core does; it is given the old one."""


@handles("SetVariables")
def set_variables(context: BlockContext, request: Payload, now: Now) -> Payload:
    """Set each element that can be set; the new values act at once (B05)."""
    elements = request["setVariableData"]
    _refuse_too_much("SetVariables", request, elements)
    return {"setVariableResult": [_set(context, element, now) for element in elements]}


def _set(context: BlockContext, element: Payload, now: Now) -> Payload:
    found = _attribute(context.station, element)
    if isinstance(found, str):
        return _result(element, found)
    variable, kind, attribute = found
    setting = attribute.setting
    if setting is None:
        return _result(element, "Rejected", status_info(Reason.READ_ONLY))
    try:
        value = parse_value(setting, element["attributeValue"])
    except ValueError as error:
        reason = _why_not(setting, element["attributeValue"])
        return _result(element, "Rejected", status_info(reason, str(error)))
    misfit = custom.misfit(context.station, variable, kind, value)
    if misfit is not None:
        return _result(element, "Rejected", status_info(Reason.VALUE_OUT_OF_RANGE, misfit))
    check = CHECKS.get(setting.name)
    objection = check(context, value, now) if check is not None else None
    if objection is not None:
        return _result(element, "Rejected", objection)
    if variable.reboot:
        context.station.settings.set_after_restart(setting.name, value)
        return _result(element, "RebootRequired")
    before = context.station.settings.own(setting)
    context.station.settings.set(setting.name, value)
    context.setting_changed(setting.name, now)
    if setting.name in THEN:
        THEN[setting.name](context, before, now)
    return _result(element, "Accepted")


@obeys(ChangeSettings)
def change_settings(context: BlockContext, command: ChangeSettings, now: Now) -> Outcome:
    """Set variables one after the other, as SetVariables does."""
    return settings_outcome({name: _verdict(context, name, value, now) for name, value in command.values.items()})


def _verdict(context: BlockContext, name: str, value: str, now: Now) -> str:
    variable = named(context.station, name)
    if variable is None:
        return "UnknownVariable"
    element = {
        "component": component_type(variable.component),
        "variable": variable_type(variable),
        "attributeValue": value,
    }
    answer = ask(context, "SetVariables", set_variables, {"setVariableData": [element]}, now)
    return "Rejected" if answer is None else str(answer["setVariableResult"][0]["attributeStatus"])


def _why_not(setting: Setting, text: str) -> Reason:
    """A number that cannot be set is out of range (B05.FR.08), anything else is badly formed (B05.FR.07)."""
    if setting.kind not in (Kind.INTEGER, Kind.DECIMAL):
        return Reason.INVALID_VALUE
    try:
        number = int(text) if setting.kind is Kind.INTEGER else float(text)
    except ValueError:
        return Reason.INVALID_VALUE
    return Reason.VALUE_OUT_OF_RANGE if math.isfinite(number) else Reason.INVALID_VALUE


@handles("GetVariables")
def get_variables(context: BlockContext, request: Payload, now: Now) -> Payload:
    """Read each element (B06)."""
    elements = request["getVariableData"]
    _refuse_too_much("GetVariables", request, elements)
    return {"getVariableResult": [_get(context.station, element, now) for element in elements]}


def _get(station: Station, element: Payload, now: Now) -> Payload:
    found = _attribute(station, element)
    if isinstance(found, str):
        return _result(element, found)
    _, _, attribute = found
    if attribute.mutability is Mutability.WRITE_ONLY:
        return _result(element, "Rejected", status_info(Reason.WRITE_ONLY))
    return {**_result(element, "Accepted"), "attributeValue": attribute.read(station, now.sim)}


def _attribute(station: Station, element: Payload) -> tuple[Variable, AttributeType, Attribute] | str:
    """What an element names, or the status that says what of it is not known."""
    found = find(station, element)
    if isinstance(found, str):
        return found
    kind = AttributeType(element.get("attributeType", ACTUAL))
    attribute = found.attributes.get(kind)
    return "NotSupportedAttributeType" if attribute is None else (found, kind, attribute)


def _result(element: Payload, status: str, info: Payload | None = None) -> Payload:
    """A result names what its element named, and always the attribute type (B05.FR.12, B06.FR.11)."""
    result: Payload = {
        "attributeStatus": status,
        "attributeType": element.get("attributeType", ACTUAL),
        "component": element["component"],
        "variable": element["variable"],
    }
    if info is not None:
        result["attributeStatusInfo"] = info
    return result


def _refuse_too_much(action: str, request: Payload, elements: list[Payload]) -> None:
    refuse_too_much(action, request, len(elements), ITEMS_PER_MESSAGE[action], BYTES_PER_MESSAGE[action])
