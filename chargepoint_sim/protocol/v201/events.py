"""2.0.1 NotifyEvent: what monitors see, failures of parts, and states told as events (use cases N07, N08, G05).

An event is kept until the central system has confirmed it; what it refuses is not told again.
"""

from collections.abc import Iterator

from chargepoint_sim.clock import Now
from chargepoint_sim.core import monitoring
from chargepoint_sim.core.device_model.lookup import device_model
from chargepoint_sim.core.device_model.model import Component, Variable
from chargepoint_sim.core.device_model.parts import PARTS_OF_FAULT
from chargepoint_sim.core.device_model.tiers import AVAILABILITY, PROBLEM
from chargepoint_sim.core.facts import EventsDue, FaultChanged
from chargepoint_sim.core.monitors import MonitorEvent
from chargepoint_sim.core.settings import format_value
from chargepoint_sim.core.state import Connector, Evse
from chargepoint_sim.protocol.frames import CallError, Payload
from chargepoint_sim.protocol.outbox import Entry
from chargepoint_sim.protocol.registry import BlockContext, on_failure, on_result, sends, tells, wakes
from chargepoint_sim.protocol.v201.naming import component_type, variable_type
from chargepoint_sim.protocol.v201.reporting import MOST_BYTES, MOST_ITEMS
from chargepoint_sim.protocol.v201.splitting import parts

HARDWARE_FAILURE = 1
"""Severity of a part that fails (part 2, severity levels of EventDataType)."""

TRY_AGAIN_S = 60.0
"""Wait before events that were not answered are sent again, simulated seconds."""

TRY_AGAIN = "events_again"


@tells(FaultChanged)
def fault_changed(context: BlockContext, fact: FaultChanged, now: Now) -> None:
    """The part that has failed, or works again, tells its Problem; no monitor is needed for it (G05.FR.02)."""
    variable = _problem(context, fact)
    monitoring.note(
        context.station,
        variable.key,
        format_value(fact.failed),
        fact.at,
        severity=HARDWARE_FAILURE,
        cleared=not fact.failed,
        evse=None if fact.evse_id is None else context.station.evse(fact.evse_id),
        problem=fact.failed,
        tech_code=fact.vendor_error_code,
        tech_info=fact.info,
    )


def _problem(context: BlockContext, fact: FaultChanged) -> Variable:
    """The variable Problem of the part that has the fault, else of the connector or the station."""
    model = device_model(context.station.spec)
    for place in _places(fact):
        found = model.find(place, PROBLEM, None)
        if found is not None:
            return found
    raise AssertionError("every connector and the station have a Problem")


def _places(fact: FaultChanged) -> Iterator[Component]:
    if fact.evse_id is None:
        yield Component("ChargingStation")
        return
    for name in PARTS_OF_FAULT.get(fact.error_code, ()):
        yield Component(name, fact.evse_id, fact.connector_id)
        yield Component(name, fact.evse_id)
        yield Component(name)
    yield Component("Connector", fact.evse_id, fact.connector_id)


def tell_state(context: BlockContext, evse: Evse, connector: Connector, status: str, at: float) -> None:
    """Tell the state of a connector as an event, in the place of StatusNotification (G01)."""
    place = Component("Connector", evse.evse_id, connector.connector_id)
    variable = device_model(context.station.spec).find(place, AVAILABILITY, None)
    assert variable is not None
    monitoring.note(context.station, variable.key, status, at, evse=evse)


@tells(EventsDue)
def events_due(context: BlockContext, fact: EventsDue, now: Now) -> None:
    """Send what waits."""
    events = monitoring.take(context.station)
    if events:
        _notify(context, events, fact.at)


@sends("NotifyEvent")
def _notify(context: BlockContext, events: list[MonitorEvent], at: float) -> None:
    """Send events in as many parts as the limits ask for; parts of one message count from 0 (N07.FR.07, N08.FR.04)."""
    rows = [_row(context, event) for event in events]
    split = list(parts(rows, MOST_ITEMS, MOST_BYTES))
    for seq_no, part in enumerate(split):
        payload: Payload = {"generatedAt": context.stamp(at), "seqNo": seq_no, "eventData": part}
        if seq_no < len(split) - 1:
            payload["tbc"] = True
        context.call("NotifyEvent", payload, note=tuple(row["eventId"] for row in part))


def _row(context: BlockContext, event: MonitorEvent) -> Payload:
    """An EventDataType element."""
    variable = device_model(context.station.spec).variables[event.variable]
    row: Payload = {
        "eventId": event.event_id,
        "timestamp": context.stamp(event.at),
        "trigger": event.trigger,
        "actualValue": event.actual,
        "eventNotificationType": event.origin.value,
        "component": component_type(variable.component),
        "variable": variable_type(variable),
    }
    optional = {
        "cause": event.cause,
        "transactionId": event.transaction_id,
        "variableMonitoringId": event.monitor_id,
        "techCode": event.tech_code,
        "techInfo": event.tech_info,
    }
    row.update({name: value for name, value in optional.items() if value is not None})
    if event.cleared:
        row["cleared"] = True
    return row


@on_result("NotifyEvent")
def answered(context: BlockContext, entry: Entry, answer: Payload, now: Now) -> None:
    """The central system has the events."""
    monitoring.confirmed(context.station, entry.note)


@on_failure("NotifyEvent")
def failed(context: BlockContext, entry: Entry, error: CallError | None, now: Now) -> None:
    """Refused: it is not told again. Not answered: it is."""
    if error is not None:
        monitoring.confirmed(context.station, entry.note)
    else:
        monitoring.unanswered(context.station, entry.note)
        context.wake(TRY_AGAIN, now.sim + TRY_AGAIN_S)


@wakes(TRY_AGAIN)
def try_again(context: BlockContext, place: int, now: Now) -> None:
    """Events were not answered."""
    context.station.emit(EventsDue(now.sim))
