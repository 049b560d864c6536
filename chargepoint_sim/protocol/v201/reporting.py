"""2.0.1 variables and reports: SetVariables, GetVariables, GetBaseReport, NotifyReport (use cases B05-B07).

Every element is judged by itself. What the station shows is listed in `variables`.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping

from chargepoint_sim.clock import Now
from chargepoint_sim.core.settings import Kind, parse_setting
from chargepoint_sim.core.station import Station
from chargepoint_sim.errors import CallRefused
from chargepoint_sim.protocol.frames import ErrorCode, Payload, length
from chargepoint_sim.protocol.registry import BlockContext, handles, sends
from chargepoint_sim.protocol.v201.variables import (
    BYTES_PER_MESSAGE,
    ITEMS_PER_MESSAGE,
    Mutability,
    Variable,
    find_component,
    find_variable,
    variables,
)
from chargepoint_sim.protocol.v201.verdicts import Reason, accepted, status_info

ACTUAL = "Actual"
ENVELOPE_BYTES = 256
"""What a message is longer than its rows, at most: message id, action and the fields around them."""


@handles("SetVariables")
def set_variables(context: BlockContext, request: Payload, now: Now) -> Payload:
    """Set each element that can be set; the new values act at once (B05)."""
    _refuse_too_much("SetVariables", request, request["setVariableData"])
    return {"setVariableResult": [_set(context, element, now) for element in request["setVariableData"]]}


def _set(context: BlockContext, element: Payload, now: Now) -> Payload:
    found = _find(context.station, element)
    if not isinstance(found, Variable):
        return _result(element, found)
    if found.setting is None:
        return _result(element, "Rejected", status_info(Reason.READ_ONLY))
    try:
        value = parse_setting(found.setting, element["attributeValue"])
    except ValueError as error:
        reason = _why_not(found, element["attributeValue"])
        return _result(element, "Rejected", status_info(reason, str(error)))
    context.station.settings.set(found.setting, value)
    context.setting_changed(found.setting, now)
    return _result(element, "Accepted")


def _why_not(variable: Variable, text: str) -> Reason:
    """A number that cannot be set is out of range (B05.FR.08), anything else is badly formed (B05.FR.07)."""
    if variable.kind not in (Kind.INTEGER, Kind.DECIMAL):
        return Reason.INVALID_VALUE
    try:
        number = int(text) if variable.kind is Kind.INTEGER else float(text)
    except ValueError:
        return Reason.INVALID_VALUE
    return Reason.VALUE_OUT_OF_RANGE if math.isfinite(number) else Reason.INVALID_VALUE


@handles("GetVariables")
def get_variables(context: BlockContext, request: Payload, now: Now) -> Payload:
    """Read each element (B06)."""
    _refuse_too_much("GetVariables", request, request["getVariableData"])
    return {"getVariableResult": [_get(context.station, element, now) for element in request["getVariableData"]]}


def _get(station: Station, element: Payload, now: Now) -> Payload:
    found = _find(station, element)
    if not isinstance(found, Variable):
        return _result(element, found)
    return {**_result(element, "Accepted"), "attributeValue": found.read(station, now.sim)}


def _find(station: Station, element: Payload) -> Variable | str:
    """The variable that an element names, or the status that says what of it is not known."""
    component, variable = element["component"], element["variable"]
    evse: Payload = component.get("evse", {})
    # No component of this station comes in instances; an empty text is none (B06.FR.15).
    place = find_component(station, component["name"], evse.get("id"), evse.get("connectorId"))
    if place is None or component.get("instance"):
        return "UnknownComponent"
    found = find_variable(station, place, variable["name"], variable.get("instance", ""))
    if found is None:
        return "UnknownVariable"
    return found if element.get("attributeType", ACTUAL) == ACTUAL else "NotSupportedAttributeType"


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
    """Raise CallRefused where a request is greater than DeviceDataCtrlr allows (B06.FR.16, B06.FR.17)."""
    if len(elements) > ITEMS_PER_MESSAGE[action]:
        raise CallRefused(
            ErrorCode.OCCURRENCE_CONSTRAINT_VIOLATION, f"at most {ITEMS_PER_MESSAGE[action]} elements in one {action}"
        )
    if length(request) + ENVELOPE_BYTES > BYTES_PER_MESSAGE[action]:
        raise CallRefused(ErrorCode.FORMAT_VIOLATION, f"at most {BYTES_PER_MESSAGE[action]} bytes in one {action}")


@handles("GetBaseReport")
def get_base_report(context: BlockContext, request: Payload, now: Now) -> Payload:
    """Report on a part of the device model; the report follows the answer (B07)."""
    wanted = _INVENTORIES[request["reportBase"]]
    station = context.station
    rows = [_row(station, variable, now.sim) for variable in variables(station) if wanted(variable, station, now.sim)]
    _notify(context, request["requestId"], rows, now)
    return accepted()


@sends("NotifyReport")
def _notify(context: BlockContext, request_id: int, rows: list[Payload], now: Now) -> None:
    """Send the rows in as many parts as the limits ask for; all but the last say that more comes (B07.FR.10)."""
    generated_at = context.stamp(now.sim)
    parts = list(_parts(rows))
    for seq_no, part in enumerate(parts):
        payload: Payload = {
            "requestId": request_id,
            "generatedAt": generated_at,
            "seqNo": seq_no,
            "reportData": part,
        }
        if seq_no < len(parts) - 1:
            payload["tbc"] = True
        context.call("NotifyReport", payload, solicited=True)


def _parts(rows: Iterable[Payload]) -> Iterator[list[Payload]]:
    most_items, most_bytes = ITEMS_PER_MESSAGE["GetReport"], BYTES_PER_MESSAGE["GetReport"] - ENVELOPE_BYTES
    part: list[Payload] = []
    size = 0
    for row in rows:
        row_bytes = length(row) + 1  # and a comma
        if part and (len(part) == most_items or size + row_bytes > most_bytes):
            yield part
            part, size = [], 0
        part.append(row)
        size += row_bytes
    yield part


def _row(station: Station, variable: Variable, at: float) -> Payload:
    """A ReportDataType element."""
    component = variable.component
    named: Payload = {"name": component.name}
    if component.evse_id is not None:
        named["evse"] = {"id": component.evse_id}
        if component.connector_id is not None:
            named["evse"]["connectorId"] = component.connector_id
    called: Payload = {"name": variable.name}
    if variable.instance is not None:
        called["instance"] = variable.instance
    attribute: Payload = {
        "type": ACTUAL,
        "value": variable.read(station, at),
        "mutability": variable.mutability.value,
        "persistent": variable.persistent,
        "constant": variable.constant,
    }
    return {
        "component": named,
        "variable": called,
        "variableAttribute": [attribute],
        "variableCharacteristics": _characteristics(variable),
    }


def _characteristics(variable: Variable) -> Payload:
    """A VariableCharacteristicsType element; nothing of this station can be monitored."""
    characteristics: Payload = {"dataType": variable.kind.value, "supportsMonitoring": False}
    if variable.unit is not None:
        characteristics["unit"] = variable.unit
    if variable.minimum is not None:
        characteristics["minLimit"] = variable.minimum
    if variable.maximum is not None:
        characteristics["maxLimit"] = variable.maximum
    if variable.choices:
        characteristics["valuesList"] = ",".join(variable.choices)
    return characteristics


def _is_condition(variable: Variable, station: Station, at: float) -> bool:
    """What tells whether somebody can charge, and what is wrong (B07.FR.09)."""
    return variable.name == "AvailabilityState" or (variable.name == "Problem" and variable.read(station, at) == "true")


_INVENTORIES: Mapping[str, Callable[[Variable, Station, float], bool]] = {
    "ConfigurationInventory": lambda variable, _, __: variable.mutability is Mutability.READ_WRITE,
    "FullInventory": lambda _, __, ___: True,
    "SummaryInventory": _is_condition,
}
