"""Watching variables: which monitors are in force, when they look, what events they make (2.0.1 N02 to N08).

Nothing ticks. Monitors look when something has happened to the station, at the instant at which the closed form of a
metered value says that their threshold is crossed, and when their period is over. A station without monitors has no
state for them and does nothing.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from math import floor, inf

from chargepoint_sim.clock import parse_utc
from chargepoint_sim.core.device_model.lookup import device_model
from chargepoint_sim.core.device_model.model import Component, Mutability, Variable
from chargepoint_sim.core.facts import EventsDue
from chargepoint_sim.core.monitors import EVENTS_KEPT, Monitor, MonitorEvent, Monitoring, MonitorType, Origin, Watch
from chargepoint_sim.core.settings import Kind
from chargepoint_sim.core.state import MONITORS, Evse, StationState

DEADLINE = MONITORS
ENABLED = "MonitoringCtrlr.Enabled"
BASE = "MonitoringCtrlr.ActiveMonitoringBase"
LEVEL = "MonitoringCtrlr.ActiveMonitoringLevel"
OFFLINE_SEVERITY = "MonitoringCtrlr.OfflineQueuingSeverity"

ALERTING, DELTA, PERIODIC = "Alerting", "Delta", "Periodic"
"""EventTriggerEnumType."""

UNCONDITIONAL = -1
"""Severity of what is told at any level: it stands for another message."""

INSTANT_S = 0.001
"""How exactly the instant of a crossing is found."""

PAUSE_S = 1.0
"""How soon after one event a Delta of a metered value looks again: however small its step, it does not flood."""

PIECES = 8
"""Into how many pieces the time up to the next change is cut to look for a crossing in each."""

DAY_S = 86400.0


def state_of(state: StationState) -> Monitoring:
    """The monitoring state of a station, made when it is first needed."""
    if state.monitoring is None:
        state.monitoring = Monitoring(next_monitor_id=len(state.spec.monitors) + 1, was_online=state.online)
    return state.monitoring


def active(state: StationState) -> Iterator[Monitor]:
    """The monitors in force: built in, then preconfigured, then those of the central system."""
    own, base = state.monitoring, state.settings.get(BASE)
    custom: Mapping[int, Monitor] = own.custom if own is not None else {}
    for monitor in state.spec.monitors:
        if monitor.origin is Origin.HARD_WIRED:
            yield monitor
        elif monitor.monitor_id in custom or base == "HardWiredOnly":
            continue
        elif (base == "All" or monitor.factory_default) and (own is None or monitor.monitor_id not in own.cleared):
            yield monitor
    yield from custom.values()


def find(state: StationState, monitor_id: int) -> Monitor | None:
    """The monitor in force with that id, or None."""
    return next((monitor for monitor in active(state) if monitor.monitor_id == monitor_id), None)


def put(state: StationState, monitor: Monitor, at: float) -> None:
    """Set a monitor of the central system, in the place of the one with its id if there is one (N04)."""
    own = state_of(state)
    own.next_monitor_id = max(own.next_monitor_id, monitor.monitor_id + 1)
    own.custom[monitor.monitor_id] = monitor
    watch = own.watches.get(monitor.monitor_id)
    if watch is not None:
        watch.reference = watch.next_at = None  # a threshold that was exceeded is compared with the new one (N07.FR.11)
    check(state, at)


def clear(state: StationState, monitor_id: int) -> bool:
    """Remove a monitor; False where it is built in. KeyError where there is none (N06)."""
    monitor = find(state, monitor_id)
    if monitor is None:
        raise KeyError(monitor_id)
    if monitor.origin is Origin.HARD_WIRED:
        return False
    own = state_of(state)
    own.custom.pop(monitor_id, None)
    if any(one.monitor_id == monitor_id for one in state.spec.monitors):
        own.cleared.add(monitor_id)
    own.watches.pop(monitor_id, None)  # without a word that the threshold is kept again (N07.FR.12)
    return True


def set_base(state: StationState, base: str, at: float) -> None:
    """Put a set of monitors in force; all but All removes those of the central system (N03)."""
    state.settings.set(BASE, base)
    own = state.monitoring
    if own is None:
        return
    if base != "All":
        own.custom.clear()
    own.cleared.clear()
    kept = {monitor.monitor_id for monitor in active(state)}
    own.watches = {monitor_id: watch for monitor_id, watch in own.watches.items() if monitor_id in kept}
    check(state, at)


def set_level(state: StationState, severity: int, at: float) -> None:
    """Tell only of what is at least so severe from now on (N05)."""
    state.settings.set(LEVEL, severity)
    state.look_again(at)


def power_up(state: StationState, at: float) -> None:
    """After a restart differences and periods count anew; a threshold that was exceeded still is (N07.FR.13, FR.14)."""
    if state.monitoring is None and state.spec.monitors:
        state_of(state)
    if state.monitoring is not None:
        for watch in state.monitoring.watches.values():
            watch.reference = watch.next_at = None
        state.look_again(at)


def note(
    state: StationState,
    variable: str,
    actual: str,
    at: float,
    *,
    severity: int = UNCONDITIONAL,
    cleared: bool = False,
    evse: Evse | None = None,
    problem: bool = False,
    tech_code: str | None = None,
    tech_info: str | None = None,
) -> None:
    """Tell, without any monitor, that a variable has changed: a notification that is built in (N07).

    A `problem` is the cause of what else changes at its EVSE at the same instant (N07.FR.05).
    """
    own = state_of(state)
    if severity > _least(state):
        return
    event = MonitorEvent(
        own.next_event_id,
        at,
        DELTA,
        actual,
        variable,
        Origin.NOTIFICATION,
        severity,
        cleared=cleared,
        transaction_id=_transaction_id(evse),
        tech_code=tech_code,
        tech_info=tech_info,
    )
    if problem and evse is not None:
        own.problems[evse.evse_id] = (at, event.event_id)
    _keep(state, own, [event], at)


def confirmed(state: StationState, event_ids: tuple[int, ...]) -> None:
    """The central system has these events, or will never take them."""
    if state.monitoring is not None:
        for event_id in event_ids:
            state.monitoring.events.pop(event_id, None)
            state.monitoring.under_way.discard(event_id)


def unanswered(state: StationState, event_ids: tuple[int, ...]) -> None:
    """A message with these events was not answered: they are told again when next something is told."""
    if state.monitoring is not None:
        state.monitoring.under_way.difference_update(event_ids)


def take(state: StationState) -> list[MonitorEvent]:
    """The events to be told now, which are under way from now on."""
    own = state.monitoring
    if own is None or not state.online:
        return []
    waiting = [_with_cause(state, own, event) for event in own.events.values() if event.event_id not in own.under_way]
    own.under_way.update(event.event_id for event in waiting)
    return waiting


def check(state: StationState, at: float) -> None:
    """Let every monitor in force look at its variable, and plan when to look again."""
    own = state.monitoring
    if own is None:
        return
    _follow_link(state, own, at)
    made: list[MonitorEvent] = []
    next_at = inf
    if state.settings.boolean(ENABLED):
        variables = device_model(state.spec).variables
        least = _least(state)
        for monitor in active(state):
            variable = variables.get(monitor.variable)
            if variable is None or monitor.severity > least:
                continue
            evse = _evse(state, variable.component)
            if monitor.transaction and not _in_transaction(state, evse):
                own.watches.pop(monitor.monitor_id, None)
                continue
            watch = own.watches.setdefault(monitor.monitor_id, Watch())
            found, due = _RULES[monitor.type](state, monitor, variable, watch, at)
            if found is not None:
                made.append(_event(own, len(made), monitor, variable, evse, found, at))
            next_at = min(next_at, due)
    state.deadlines.set(DEADLINE, next_at)
    _keep(state, own, made, at)


Found = tuple[str, str, bool]
"""Trigger, actual value, and whether something is as it should be again."""

Rule = Callable[[StationState, Monitor, Variable, Watch, float], tuple[Found | None, float]]
"""What a monitor sees now, and when it is to look again at the latest."""


def _threshold(
    state: StationState, monitor: Monitor, variable: Variable, watch: Watch, at: float
) -> tuple[Found | None, float]:
    def exceeds(text: str) -> bool:
        value = _number(text)
        if value is None:
            return False
        return value > monitor.value if monitor.type is MonitorType.UPPER else value < monitor.value

    text = variable.actual.read(state, at)
    exceeded = exceeds(text)
    found = None if exceeded == watch.exceeded else (ALERTING, text, not exceeded)
    watch.exceeded = exceeded
    return found, _next_change(state, variable, exceeds, at)


def _delta(
    state: StationState, monitor: Monitor, variable: Variable, watch: Watch, at: float
) -> tuple[Found | None, float]:
    text = variable.actual.read(state, at)
    found: Found | None = None
    if watch.reference is None:
        watch.reference = text
    elif _differs(variable, monitor, watch.reference, text):
        watch.reference = text
        found = (DELTA, text, False)
    reference = watch.reference
    due = _next_change(state, variable, lambda text: _differs(variable, monitor, reference, text), at)
    return found, due if found is None else max(due, at + PAUSE_S)


def _differs(variable: Variable, monitor: Monitor, reference: str, text: str) -> bool:
    """Numbers by more than the monitor's value, dates by more than so many seconds, anything else at all."""
    if reference == text:
        return False
    if variable.kind is Kind.DATE_TIME:
        return abs(parse_utc(text) - parse_utc(reference)) > monitor.value
    if not variable.numeric:
        return True
    before, now = _number(reference), _number(text)
    if before is None or now is None:
        return True
    return abs(now - before) > monitor.value


def _periodic(
    state: StationState, monitor: Monitor, variable: Variable, watch: Watch, at: float
) -> tuple[Found | None, float]:
    found: Found | None = None
    if watch.next_at is None:
        watch.next_at = _period_end(state, monitor, at)
    elif at >= watch.next_at - INSTANT_S:
        if at - watch.next_at < monitor.value:  # not what went by while the monitor was not heard
            found = (PERIODIC, variable.actual.read(state, at), False)
        watch.next_at = _period_end(state, monitor, max(at, watch.next_at))
    elif monitor.type is MonitorType.CLOCK_ALIGNED:
        watch.next_at = _period_end(state, monitor, at)  # the clock may have been set
    return found, watch.next_at


def _period_end(state: StationState, monitor: Monitor, at: float) -> float:
    """So many seconds from now, or the next whole number of them since midnight."""
    if monitor.type is MonitorType.PERIODIC:
        return at + monitor.value
    clock = state.utc(at)
    midnight = floor(clock / DAY_S) * DAY_S
    due = midnight + (floor((clock - midnight + INSTANT_S) / monitor.value) + 1) * monitor.value
    return min(due, midnight + DAY_S) - state.utc_offset_s


_RULES: Mapping[MonitorType, Rule] = {
    MonitorType.UPPER: _threshold,
    MonitorType.LOWER: _threshold,
    MonitorType.DELTA: _delta,
    MonitorType.PERIODIC: _periodic,
    MonitorType.CLOCK_ALIGNED: _periodic,
}


def _next_change(state: StationState, variable: Variable, holds: Callable[[str], bool], at: float) -> float:
    """The first instant after `at` at which a condition on a value that moves with time turns; the latest to look."""
    if not variable.varies:
        return inf
    ends = [evse.meter.segment.until for evse in state.evses if evse.meter.segment.until > at]
    if not any(evse.meter.power_at(at) for evse in state.evses) and variable.kind is not Kind.DATE_TIME:
        return inf  # no energy flows anywhere: nothing that is metered moves
    horizon = min([at + DAY_S, *ends])
    read, before = variable.actual.read, holds(variable.actual.read(state, at))
    low = at
    for piece in range(1, PIECES + 1):
        high = at + (horizon - at) * piece / PIECES
        if holds(read(state, high)) != before:
            return _bisected(lambda t: holds(read(state, t)) != before, low, high)
        low = high
    return horizon


def _bisected(turned: Callable[[float], bool], low: float, high: float) -> float:
    """The instant at which something turns that has not at `low` and has at `high`."""
    while high - low > INSTANT_S:
        middle = (low + high) / 2
        low, high = (low, middle) if turned(middle) else (middle, high)
    return high


def _follow_link(state: StationState, own: Monitoring, at: float) -> None:
    """Back on line, what waited is told; what was under way when the link went waits only if it is severe enough."""
    if state.online == own.was_online:
        return
    own.was_online = state.online
    least = state.settings.integer(OFFLINE_SEVERITY)
    for event_id in [one for one in own.under_way if own.events[one].severity > least]:
        del own.events[event_id]
    own.under_way.clear()
    if state.online and own.events:
        state.facts.append(EventsDue(at))


def _keep(state: StationState, own: Monitoring, made: list[MonitorEvent], at: float) -> None:
    for event in made:
        own.events[event.event_id] = event
        own.next_event_id = event.event_id + 1
    while len(own.events) > EVENTS_KEPT:
        oldest = next(iter(own.events))
        own.under_way.discard(oldest)
        del own.events[oldest]
    if made and state.online:
        state.facts.append(EventsDue(at))  # past `emit`, which would have the monitors look once more


def _least(state: StationState) -> int:
    """The least severe that is told or kept now (N05, N07.FR.04, N07.FR.15)."""
    level = state.settings.integer(LEVEL)
    return level if state.online else min(level, state.settings.integer(OFFLINE_SEVERITY))


def _event(
    own: Monitoring, n: int, monitor: Monitor, variable: Variable, evse: Evse | None, found: Found, at: float
) -> MonitorEvent:
    trigger, actual, cleared = found
    return MonitorEvent(
        own.next_event_id + n,
        at,
        trigger,
        "" if variable.actual.mutability is Mutability.WRITE_ONLY else actual,  # N07.FR.10
        monitor.variable,
        monitor.origin,
        monitor.severity,
        monitor.monitor_id,
        cleared,
        transaction_id=_transaction_id(evse),
    )


def _with_cause(state: StationState, own: Monitoring, event: MonitorEvent) -> MonitorEvent:
    """The problem that began at the same EVSE at the same instant is what caused an event (N07.FR.05)."""
    evse_id = device_model(state.spec).variables[event.variable].component.evse_id
    if evse_id not in own.problems or event.trigger == PERIODIC:
        return event
    since, problem_id = own.problems[evse_id]
    return replace(event, cause=problem_id) if since == event.at and problem_id != event.event_id else event


def _transaction_id(evse: Evse | None) -> str | None:
    return evse.transaction.transaction_id if evse is not None and evse.transaction is not None else None


def _evse(state: StationState, component: Component) -> Evse | None:
    return None if component.evse_id is None else state.evse(component.evse_id)


def _in_transaction(state: StationState, evse: Evse | None) -> bool:
    return evse.transaction is not None if evse is not None else bool(state.running_transactions())


def _number(text: str) -> float | None:
    """A value as a number; None where there is none at present."""
    return float(text) if text else None
