"""The display of a station: which messages it keeps and what it shows at an instant (2.0.1 part 2 block O).

What is shown is a pure function of the state and the instant. Messages whose time is over or whose transaction has
ended are removed; observers are told of every change but the turns that messages take. Tariff and cost are those of
core.tariff.
"""

import enum
from collections.abc import Iterable
from math import inf

from chargepoint_sim.core import tariff
from chargepoint_sim.core.availability import ConnectorStatus, connector_status
from chargepoint_sim.core.display_messages import (
    EMPTY,
    Display,
    DisplayMessage,
    MessageState,
    Panel,
    Priority,
    rotation,
)
from chargepoint_sim.core.facts import ChargingState, DisplayChanged
from chargepoint_sim.core.state import DISPLAY, Evse, StationState

ENABLED = "DisplayMessageCtrlr.Enabled"

FULL = "the display keeps no more messages"

ROUNDING_S = 1e-6

_CHARGING = frozenset({ChargingState.CHARGING, ChargingState.SUSPENDED_EV, ChargingState.SUSPENDED_EVSE})


class Verdict(enum.StrEnum):
    """DisplayMessageStatusEnumType."""

    ACCEPTED = "Accepted"
    BAD_FORMAT = "NotSupportedMessageFormat"
    BAD_PRIORITY = "NotSupportedPriority"
    BAD_STATE = "NotSupportedState"
    REJECTED = "Rejected"
    UNKNOWN_TRANSACTION = "UnknownTransaction"


def enabled(state: StationState) -> bool:
    """Whether messages are shown at all."""
    return state.spec.display is not None and state.settings.boolean(ENABLED)


def put(state: StationState, message: DisplayMessage, at: float) -> tuple[Verdict, str]:
    """Keep a message, in the place of the one with its id (O01, O02, O06); the verdict, and why it is Rejected."""
    spec, display = state.spec.display, _display(state)
    assert spec is not None
    if message.priority not in spec.priorities:
        return Verdict.BAD_PRIORITY, ""
    if message.state is not None and message.state not in spec.states:
        return Verdict.BAD_STATE, ""
    if message.text.format not in spec.formats:
        return Verdict.BAD_FORMAT, ""
    if message.transaction_id is not None and _evse_of(state, message) is None:
        return Verdict.UNKNOWN_TRANSACTION, ""
    flaw = _flaw(message, at + state.csms_offset_s)
    if flaw:
        return Verdict.REJECTED, flaw
    kept = {one.message_id: one for one in display.messages.values() if not _displaces(message, one)}
    if len(kept) >= spec.messages:
        return Verdict.REJECTED, FULL  # O01.FR.11
    display.messages = {**kept, message.message_id: message}
    state.deadlines.set(DISPLAY, at)
    return Verdict.ACCEPTED, ""


def _displaces(new: DisplayMessage, old: DisplayMessage) -> bool:
    """The same id, or both always in front (O01.FR.16, O06.FR.01)."""
    return new.message_id == old.message_id or new.priority is old.priority is Priority.ALWAYS_FRONT


def _flaw(message: DisplayMessage, theirs: float) -> str:
    if not message.text.printable:
        return "ASCII takes printable ASCII characters alone"
    if message.end_at is not None and message.end_at <= max(theirs, message.start_at or -inf):
        return "the message would be over before it is shown"
    return ""


def clear(state: StationState, message_id: int, at: float) -> bool:
    """Forget a message (O05); False where there is none with that id."""
    found = _display(state).messages.pop(message_id, None) is not None
    state.deadlines.set(DISPLAY, at)
    return found


def messages(state: StationState) -> Iterable[DisplayMessage]:
    """Every message that is kept."""
    return state.display.messages.values() if state.display is not None else ()


def power_up(state: StationState, at: float) -> None:
    """A station with a display shows what it has kept; its drivers are gone (O01.FR.10)."""
    if state.spec.display is not None:
        _display(state).drivers.clear()
        state.deadlines.set(DISPLAY, at)


def look(state: StationState, at: float) -> None:
    """Bring the display up to what has happened, tell observers what is new, and plan when to look again."""
    display = state.display
    if display is None:
        return
    theirs = at + state.csms_offset_s + ROUNDING_S
    over = [one.message_id for one in display.messages.values() if _is_over(state, one, theirs)]
    for message_id in over:
        del display.messages[message_id]
    drivers_due = tariff.follow(state, display, at)
    instants = (instant for one in display.messages.values() for instant in (one.start_at, one.end_at))
    messages_due = min((instant for instant in instants if instant is not None and instant > theirs), default=inf)
    state.deadlines.set(DISPLAY, min(drivers_due, messages_due - state.csms_offset_s))
    shown = panel(state, at)
    if shown != display.panel:
        display.panel = shown
        state.facts.append(DisplayChanged(at, shown))  # past `emit`, which would have the display look once more


def _is_over(state: StationState, message: DisplayMessage, theirs: float) -> bool:
    """O01.FR.07, O02.FR.02."""
    timed_out = message.end_at is not None and message.end_at <= theirs
    return timed_out or (message.transaction_id is not None and _evse_of(state, message) is None)


def panel(state: StationState, at: float) -> Panel:
    """What stands on the display at simulated time `at`."""
    display = state.display
    if display is None or not state.mains:
        return EMPTY
    states: dict[int | None, MessageState] = {}

    def holds(message: DisplayMessage) -> bool:
        evse = _evse_of(state, message)
        if message.transaction_id is not None and evse is None:
            return False
        place = None if evse is None else evse.evse_id
        if place not in states:
            states[place] = message_state(state, state.evses if evse is None else (evse,))
        return message.state in (None, states[place])

    def languages(message: DisplayMessage) -> tuple[str, ...]:
        evse = _evse_of(state, message)
        return tariff.languages(display, evse.evse_id if evse is not None else None)

    kept = display.messages.values() if enabled(state) else ()
    theirs = at + state.csms_offset_s + ROUNDING_S
    return Panel(rotation(kept, theirs, holds, languages), tariff.lines(state, display))


def message_state(state: StationState, evses: Iterable[Evse]) -> MessageState:
    """What these EVSEs do together: one that charges makes it Charging; out of order are they only all of them."""
    places = list(evses)
    statuses = {connector_status(state, evse, connector) for evse in places for connector in evse.connectors}
    if statuses == {ConnectorStatus.FAULTED}:
        return MessageState.FAULTED
    if statuses <= {ConnectorStatus.FAULTED, ConnectorStatus.UNAVAILABLE}:
        return MessageState.UNAVAILABLE
    charging = any(evse.charging_state in _CHARGING for evse in places)
    return MessageState.CHARGING if charging else MessageState.IDLE


def _display(state: StationState) -> Display:
    if state.display is None:
        state.display = Display()
    return state.display


def _evse_of(state: StationState, message: DisplayMessage) -> Evse | None:
    """Where the transaction of a message runs."""
    return None if message.transaction_id is None else state.with_transaction(message.transaction_id)
