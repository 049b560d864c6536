"""2.0.1 monitors of variables: set, clear, report, base and level (N02 to N06). `events` tells what they see."""

from collections.abc import Iterable, Mapping

from chargepoint_sim.clock import Now
from chargepoint_sim.core import monitoring
from chargepoint_sim.core.device_model.lookup import device_model
from chargepoint_sim.core.device_model.model import Variable
from chargepoint_sim.core.device_model.monitoring import BYTES_PER_MESSAGE, ITEMS_PER_MESSAGE
from chargepoint_sim.core.monitors import (
    LEAST_SEVERE,
    PERIODIC,
    SHORTEST_PERIOD_S,
    THRESHOLDS,
    Monitor,
    MonitorType,
    Origin,
    fits,
)
from chargepoint_sim.core.station import Station
from chargepoint_sim.protocol.frames import Payload
from chargepoint_sim.protocol.registry import BlockContext, handles, sends
from chargepoint_sim.protocol.v201.naming import component_type, find, variable_type
from chargepoint_sim.protocol.v201.reporting import MOST_BYTES, MOST_ITEMS, names
from chargepoint_sim.protocol.v201.splitting import parts, refuse_too_much
from chargepoint_sim.protocol.v201.verdicts import Reason, accepted, rejected, status_info

_TYPES: Mapping[str, frozenset[MonitorType]] = {
    "ThresholdMonitoring": THRESHOLDS,
    "DeltaMonitoring": frozenset({MonitorType.DELTA}),
    "PeriodicMonitoring": PERIODIC,
}
"""MonitoringCriterionEnumType (N02.FR.12 to FR.14)."""


@handles("SetVariableMonitoring")
def set_variable_monitoring(context: BlockContext, request: Payload, now: Now) -> Payload:
    """Set each monitor that can be set; it watches from now on (N04)."""
    elements = request["setMonitoringData"]
    _refuse_too_much("SetVariableMonitoring", request, elements)
    return {"setMonitoringResult": [_set(context, element, now) for element in elements]}


def _set(context: BlockContext, element: Payload, now: Now) -> Payload:
    result: Payload = {
        "status": "Accepted",
        "type": element["type"],
        "severity": element["severity"],
        "component": element["component"],
        "variable": element["variable"],
    }
    found = find(context.station, element)
    if isinstance(found, str):
        return {**result, "status": found}
    refusal = _refusal(context, found, element)
    if refusal is not None:
        return {**result, **refusal}
    monitor_id = element.get("id")
    if monitor_id is None:
        monitor_id = monitoring.state_of(context.station).next_monitor_id
    monitor = Monitor(
        monitor_id,
        found.key,
        MonitorType(element["type"]),
        float(element["value"]),
        element["severity"],
        transaction=element.get("transaction", False),
    )
    monitoring.put(context.station, monitor, now.sim)
    return {"id": monitor_id, **result}


def _refusal(context: BlockContext, variable: Variable, element: Payload) -> Payload | None:
    """Status and reason where a monitor cannot be set, or None."""
    station, kind, value = context.station, MonitorType(element["type"]), element["value"]
    if not station.settings.boolean(monitoring.ENABLED):
        return rejected(Reason.NOT_ENABLED)
    if variable.actual.constant or not fits(variable.kind, kind):
        return {"status": "UnsupportedMonitorType"}
    if not 0 <= element["severity"] <= LEAST_SEVERE:
        return rejected(Reason.VALUE_OUT_OF_RANGE, f"a severity lies between 0 and {LEAST_SEVERE}")
    if kind is MonitorType.DELTA and value < 0:
        return rejected(Reason.VALUE_POSITIVE_ONLY)  # N04.FR.14
    if kind in PERIODIC and value < SHORTEST_PERIOD_S:
        return rejected(Reason.VALUE_OUT_OF_RANGE, f"a period has at least {SHORTEST_PERIOD_S:g} s")
    if kind in THRESHOLDS and not _in_limits(station, variable, value):
        return rejected(Reason.VALUE_OUT_OF_RANGE, "the threshold lies outside of what the variable can be")
    return _refused_id(context, variable, element.get("id"), kind, element["severity"])


def _refused_id(
    context: BlockContext, variable: Variable, monitor_id: int | None, kind: MonitorType, severity: int
) -> Payload | None:
    in_force = list(monitoring.active(context.station))
    if monitor_id is not None:
        replaced = next((one for one in in_force if one.monitor_id == monitor_id), None)
        if replaced is None:
            return rejected(Reason.NOT_FOUND)  # N04.FR.13
        if replaced.variable != variable.key:
            return rejected(Reason.INVALID_VALUE, "a monitor stays with its variable")  # N04.FR.16
        if replaced.origin is Origin.HARD_WIRED:
            return rejected(Reason.READ_ONLY, "the monitor is built in")  # N04.FR.18
    like_it = (variable.key, kind, severity)
    if any((one.variable, one.type, one.severity) == like_it and one.monitor_id != monitor_id for one in in_force):
        return {"status": "Duplicate"}  # N04.FR.10
    return None


def _in_limits(station: Station, variable: Variable, value: float) -> bool:
    greatest = variable.greatest(station)
    return (variable.minimum is None or value >= variable.minimum) and (greatest is None or value <= greatest)


@handles("ClearVariableMonitoring")
def clear_variable_monitoring(context: BlockContext, request: Payload, now: Now) -> Payload:
    """Remove monitors by their ids (N06)."""
    _refuse_too_much("ClearVariableMonitoring", request, request["id"])
    results = [{"id": monitor_id, **_clear(context, monitor_id)} for monitor_id in request["id"]]
    context.station.look_again(now.sim)
    return {"clearMonitoringResult": results}


def _clear(context: BlockContext, monitor_id: int) -> Payload:
    try:
        return accepted() if monitoring.clear(context.station, monitor_id) else rejected(Reason.READ_ONLY)
    except KeyError:
        return {"status": "NotFound", "statusInfo": status_info(Reason.NOT_FOUND)}


@handles("SetMonitoringBase")
def set_monitoring_base(context: BlockContext, request: Payload, now: Now) -> Payload:
    """Put a set of monitors in force (N03)."""
    if not context.station.settings.boolean(monitoring.ENABLED):
        return rejected(Reason.NOT_ENABLED)
    monitoring.set_base(context.station, request["monitoringBase"], now.sim)
    return accepted()


@handles("SetMonitoringLevel")
def set_monitoring_level(context: BlockContext, request: Payload, now: Now) -> Payload:
    """Hear only of what is at least so severe (N05)."""
    if not context.station.settings.boolean(monitoring.ENABLED):
        return rejected(Reason.NOT_ENABLED)
    if not 0 <= request["severity"] <= LEAST_SEVERE:
        return rejected(Reason.VALUE_OUT_OF_RANGE, f"a severity lies between 0 and {LEAST_SEVERE}")  # N05.FR.02
    monitoring.set_level(context.station, request["severity"], now.sim)
    return accepted()


@handles("GetMonitoringReport")
def get_monitoring_report(context: BlockContext, request: Payload, now: Now) -> Payload:
    """Report the monitors in force that match the criteria and the list; the report follows the answer (N02)."""
    wanted: list[Payload] | None = request.get("componentVariable")
    refuse_too_much("GetMonitoringReport", request, len(wanted or ()), MOST_ITEMS, MOST_BYTES)
    criteria: list[str] | None = request.get("monitoringCriteria")
    types = None if criteria is None else frozenset().union(*(_TYPES[criterion] for criterion in criteria))
    variables = device_model(context.station.spec).variables
    found: dict[str, list[Monitor]] = {}
    for monitor in monitoring.active(context.station):
        variable = variables.get(monitor.variable)
        if variable is None or (types is not None and monitor.type not in types):
            continue
        if wanted is None or any(names(element, variable) for element in wanted):
            found.setdefault(monitor.variable, []).append(monitor)
    if not found:
        return {"status": "EmptyResultSet", "statusInfo": status_info(Reason.NOT_FOUND)}  # N02.FR.10
    _notify(context, request["requestId"], (_row(variables[key], monitors) for key, monitors in found.items()), now)
    return accepted()


@sends("NotifyMonitoringReport")
def _notify(context: BlockContext, request_id: int, rows: Iterable[Payload], now: Now) -> None:
    split = list(parts(rows, MOST_ITEMS, MOST_BYTES))
    for seq_no, part in enumerate(split):
        payload: Payload = {
            "requestId": request_id,
            "generatedAt": context.stamp(now.sim),
            "seqNo": seq_no,
            "monitor": part,
        }
        if seq_no < len(split) - 1:
            payload["tbc"] = True
        context.call("NotifyMonitoringReport", payload, solicited=True)


def _row(variable: Variable, monitors: Iterable[Monitor]) -> Payload:
    """A MonitoringDataType element."""
    return {
        "component": component_type(variable.component),
        "variable": variable_type(variable),
        "variableMonitoring": [
            {
                "id": monitor.monitor_id,
                "transaction": monitor.transaction,
                "value": monitor.value,
                "type": monitor.type.value,
                "severity": monitor.severity,
            }
            for monitor in monitors
        ],
    }


def _refuse_too_much(action: str, request: Payload, elements: list[Payload]) -> None:
    refuse_too_much(action, request, len(elements), ITEMS_PER_MESSAGE[action], BYTES_PER_MESSAGE[action])
