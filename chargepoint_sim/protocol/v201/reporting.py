"""2.0.1 reports on the device model: GetBaseReport, GetReport, NotifyReport (use cases B07, B08)."""

from collections.abc import Callable, Iterable, Mapping

from chargepoint_sim.clock import Now
from chargepoint_sim.core.device_model.controllers import BYTES_PER_MESSAGE, ITEMS_PER_MESSAGE
from chargepoint_sim.core.device_model.lookup import device_model
from chargepoint_sim.core.device_model.model import AttributeType, Mutability, Variable
from chargepoint_sim.core.device_model.tiers import AVAILABILITY, PROBLEM
from chargepoint_sim.core.station import Station
from chargepoint_sim.protocol.frames import Payload
from chargepoint_sim.protocol.registry import BlockContext, handles, sends
from chargepoint_sim.protocol.v201.naming import component_type, place_of, variable_type
from chargepoint_sim.protocol.v201.splitting import parts, refuse_too_much
from chargepoint_sim.protocol.v201.verdicts import Reason, accepted, status_info

MOST_ITEMS, MOST_BYTES = ITEMS_PER_MESSAGE["GetReport"], BYTES_PER_MESSAGE["GetReport"]
TRUE = "true"


@handles("GetBaseReport")
def get_base_report(context: BlockContext, request: Payload, now: Now) -> Payload:
    """Report a base; the report follows the answer (B07)."""
    wanted = _BASES[request["reportBase"]]
    station = context.station
    found = [variable for variable in device_model(station.spec) if wanted(variable, station, now.sim)]
    _notify(context, request["requestId"], found, now)
    return accepted()


@handles("GetReport")
def get_report(context: BlockContext, request: Payload, now: Now) -> Payload:
    """Report what matches the criteria and the list of components and variables (B08)."""
    wanted: list[Payload] | None = request.get("componentVariable")
    refuse_too_much("GetReport", request, len(wanted or ()), MOST_ITEMS, MOST_BYTES)
    criteria: list[str] | None = request.get("componentCriteria")
    station = context.station
    found = [
        variable
        for variables in device_model(station.spec).components.values()
        if criteria is None or any(_has(variables, criterion, station, now.sim) for criterion in criteria)
        for variable in variables.values()
        if wanted is None or any(names(element, variable) for element in wanted)
    ]
    if not found:
        return {"status": "EmptyResultSet", "statusInfo": status_info(Reason.NOT_FOUND)}
    _notify(context, request["requestId"], found, now)
    return accepted()


def names(element: Payload, variable: Variable) -> bool:
    """Whether a ComponentVariableType element means a variable; what it leaves out means all (B08.FR.20 to 25)."""
    wanted, component = place_of(element["component"]), variable.component
    if wanted.name.casefold() != component.name.casefold():
        return False
    for given, actual in zip(wanted[1:], component[1:], strict=True):
        if given is not None and _folded(given) != _folded(actual):
            return False
    called: Payload | None = element.get("variable")
    if called is None:
        return True
    instance = called.get("instance")
    return called["name"].casefold() == variable.name.casefold() and (
        not instance or _folded(instance) == _folded(variable.instance)
    )


def _folded(name: str | int | None) -> str | int | None:
    return name.casefold() if isinstance(name, str) else name


def _has(variables: Mapping[str, Variable], criterion: str, station: Station, at: float) -> bool:
    """Whether a component meets a criterion; what it does not show it counts as, except a problem (B08.FR.07 to 10)."""
    shown = [variable for variable in variables.values() if variable.name == criterion]
    if not shown:
        return criterion != PROBLEM
    return any(variable.actual.read(station, at) == TRUE for variable in shown)


@sends("NotifyReport")
def _notify(context: BlockContext, request_id: int, found: Iterable[Variable], now: Now) -> None:
    """Send the rows in as many parts as the limits ask for; all but the last say that more comes (B07.FR.10)."""
    generated_at = context.stamp(now.sim)
    rows = (row(context.station, variable, now.sim) for variable in found)
    split = list(parts(rows, MOST_ITEMS, MOST_BYTES))
    for seq_no, part in enumerate(split):
        payload: Payload = {
            "requestId": request_id,
            "generatedAt": generated_at,
            "seqNo": seq_no,
            "reportData": part,
        }
        if seq_no < len(split) - 1:
            payload["tbc"] = True
        context.call("NotifyReport", payload, solicited=True)


def row(station: Station, variable: Variable, at: float) -> Payload:
    """A ReportDataType element; attributes without a value are reported too (B07.FR.11)."""
    return {
        "component": component_type(variable.component),
        "variable": variable_type(variable),
        "variableAttribute": [_attribute(station, variable, kind, at) for kind in variable.attributes],
        "variableCharacteristics": _characteristics(station, variable),
    }


def _attribute(station: Station, variable: Variable, kind: AttributeType, at: float) -> Payload:
    attribute = variable.attributes[kind]
    element: Payload = {
        "type": kind.value,
        "mutability": attribute.mutability.value,
        "persistent": attribute.persistent,
        "constant": attribute.constant,
    }
    if attribute.mutability is not Mutability.WRITE_ONLY:
        element["value"] = attribute.read(station, at)
    return element


def _characteristics(station: Station, variable: Variable) -> Payload:
    """A VariableCharacteristicsType element."""
    characteristics: Payload = {"dataType": variable.kind.value, "supportsMonitoring": not variable.actual.constant}
    if variable.unit is not None:
        characteristics["unit"] = variable.unit
    if variable.minimum is not None:
        characteristics["minLimit"] = variable.minimum
    greatest = variable.greatest(station)
    if greatest is not None:
        characteristics["maxLimit"] = greatest
    if variable.choices:
        characteristics["valuesList"] = ",".join(variable.choices)
    return characteristics


def _can_be_set(variable: Variable, station: Station, at: float) -> bool:
    """What an operator can set (B07.FR.07)."""
    return any(attribute.setting is not None for attribute in variable.attributes.values())


def _is_condition(variable: Variable, station: Station, at: float) -> bool:
    """What tells whether somebody can charge, and what is wrong (B07.FR.09)."""
    if variable.name == AVAILABILITY:
        return True
    return variable.name in (PROBLEM, "Tripped") and variable.actual.read(station, at) == TRUE


_BASES: Mapping[str, Callable[[Variable, Station, float], bool]] = {
    "ConfigurationInventory": _can_be_set,
    "FullInventory": lambda _, __, ___: True,
    "SummaryInventory": _is_condition,
}
