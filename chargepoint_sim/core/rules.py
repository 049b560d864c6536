"""What each command does to the station: one rule per command, one table.

Rules answer an Outcome with a sentence for people where nothing was changed; they never raise for what a user
sends.
"""

from collections.abc import Callable, Mapping
from typing import Any

from chargepoint_sim.core import (
    authorization,
    cache,
    device,
    external,
    faults,
    iso15118,
    key_codes,
    local_list,
    locks,
    metering,
    plug_and_charge,
    power,
    resets,
    visits,
)
from chargepoint_sim.core import transaction as transactions
from chargepoint_sim.core.commands import (
    ACCEPTED,
    ArriveAtBay,
    AuthorizeToken,
    BeginTransaction,
    ClearCache,
    ClearFault,
    ClearLocalList,
    ClearTransferFault,
    Command,
    EndTransaction,
    FactoryReset,
    InjectFault,
    InjectTransferFault,
    LeaveBay,
    Outcome,
    PauseCharging,
    Placed,
    PlugIn,
    PresentToken,
    RaiseSecurityEvent,
    Reboot,
    RequestEnergy,
    ResumeCharging,
    SetBehaviour,
    SetDeviceLimit,
    SetPowerLimit,
    StartSession,
    StopEnergy,
    StopSession,
    TransferData,
    UnlockConnector,
    Unplug,
    UseMasterPass,
    no_such_place,
    refused,
)
from chargepoint_sim.core.facts import DataTransferRequested, SecurityEventRaised, StopReason, Trigger
from chargepoint_sim.core.orders import TransferFault
from chargepoint_sim.core.security_log import CLEARED, RAISED
from chargepoint_sim.core.smart_charging.profiles import STATION, LimitSource
from chargepoint_sim.core.state import Connector, Evse, StationState
from chargepoint_sim.core.vehicle import PRESETS

LONGEST_VENDOR_ID = 255
LONGEST_MESSAGE_ID = 50
"""Characters in a DataTransfer, alike in both versions."""


def reset(
    state: StationState,
    at: float,
    boot_reason: str,
    *,
    hard: bool,
    stop_reason: StopReason,
    trigger: Trigger = Trigger.RESET_COMMAND,
) -> None:
    """End all transactions, then restart (B11, B12, 1.6 Reset)."""
    for evse in state.running_transactions():
        transactions.deauthorise_all(state, evse, at, trigger, stop_reason)
    state.reset_scheduled = None
    resets.restart(state, boot_reason, hard, at)


def reset_evse(state: StationState, evse: Evse, at: float) -> None:
    """End the transaction of one EVSE, then restart it alone (B11.FR.08, B12.FR.08)."""
    if evse.transaction is not None or evse.authorized is not None:
        transactions.deauthorise_all(state, evse, at, Trigger.RESET_COMMAND, StopReason.IMMEDIATE_RESET)
    if not evse.resetting:
        transactions.reset_begins(state, evse, at)


def _place(state: StationState, command: Placed) -> tuple[Evse, Connector] | Outcome:
    """The EVSE and connector that a command names; None stands for the first."""
    evse_id, connector_id = command.evse_id or 1, command.connector_id or 1
    evse = state.evse(evse_id)
    if evse is None:
        return no_such_place(f"there is no EVSE {evse_id}; this charger has 1 to {len(state.evses)}")
    connector = evse.connector(connector_id)
    if connector is None:
        return no_such_place(f"EVSE {evse_id} has no connector {connector_id}; it has 1 to {len(evse.connectors)}")
    return evse, connector


Rule = Callable[[StationState, Command, float], Outcome]


def _placed(rule: Callable[[StationState, Evse, Connector, Any, float], Outcome]) -> Rule:
    """Make a rule for a connector into one that finds the connector first."""

    def resolved(state: StationState, command: Command, at: float) -> Outcome:
        assert isinstance(command, Placed)
        found = _place(state, command)
        if isinstance(found, Outcome):
            return found
        return rule(state, *found, command, at)

    return resolved


def _placed_or_station(
    rule: Callable[[StationState, Evse | None, Connector | None, Any, float], Outcome],
) -> Rule:
    """Like `_placed`, but EVSE 0 stands for the station as a whole."""
    at_place = _placed(rule)

    def resolved(state: StationState, command: Command, at: float) -> Outcome:
        assert isinstance(command, Placed)
        return rule(state, None, None, command, at) if command.evse_id == 0 else at_place(state, command, at)

    return resolved


def _plug_in(state: StationState, evse: Evse, connector: Connector, command: PlugIn, at: float) -> Outcome:
    if evse.plugged is not None and evse.vehicle is not None:
        return refused(f"connector {connector.connector_id} of EVSE {evse.evse_id} has a cable in already")
    if command.vehicle is not None and command.vehicle not in PRESETS:
        return refused(f"there is no vehicle {command.vehicle!r}; known are {', '.join(PRESETS)}")
    vehicle = visits.make_vehicle(state, evse, command.vehicle, command.soc, command.target_soc)
    transactions.plugged_in(state, evse, connector.connector_id, vehicle, at)
    _say(evse, command, at)
    authorization.by_cable(state, evse, at)
    plug_and_charge.plugged_in(state, evse, at)
    return ACCEPTED


def _unplug(state: StationState, evse: Evse, connector: Connector, command: Unplug, at: float) -> Outcome:
    if evse.plugged != connector.connector_id:
        return refused(f"connector {connector.connector_id} of EVSE {evse.evse_id} has no cable in")
    if evse.cable_of is not None:
        return refused("the cable is locked until the token of its session is presented")
    transactions.unplugged(state, evse, at, at_vehicle=command.at_vehicle)
    return ACCEPTED


def _arrive(state: StationState, evse: Evse, _: Connector, command: ArriveAtBay, at: float) -> Outcome:
    if not evse.spec.bay_sensor:
        return refused(f"EVSE {evse.evse_id} has no sensor in its bay")
    if evse.bay_occupied:
        return refused(f"the bay of EVSE {evse.evse_id} is occupied")
    transactions.vehicle_arrived(state, evse, at)
    return ACCEPTED


def _leave(state: StationState, evse: Evse, _: Connector, command: LeaveBay, at: float) -> Outcome:
    if not evse.bay_occupied:
        return refused(f"no vehicle is detected in the bay of EVSE {evse.evse_id}")
    if evse.vehicle is not None:
        return refused(f"the vehicle at EVSE {evse.evse_id} has the cable in")
    transactions.vehicle_left(state, evse, at)
    return ACCEPTED


def _present(state: StationState, evse: Evse, _: Connector, command: PresentToken, at: float) -> Outcome:
    return authorization.present(state, evse, command.id_token, at)


def _begin(state: StationState, evse: Evse, _: Connector, command: BeginTransaction, at: float) -> Outcome:
    if evse.authorized is not None:
        return refused(f"EVSE {evse.evse_id} has a transaction already")
    return authorization.present(state, evse, command.id_token, at)


def _end(state: StationState, command: Command, at: float) -> Outcome:
    assert isinstance(command, EndTransaction)
    running = [evse for evse in state.evses if evse.transaction is not None or evse.authorized is not None]
    if command.transaction_id is not None:
        wanted = command.transaction_id
        running = [evse for evse in running if evse.transaction and evse.transaction.transaction_id == wanted]
    if not running:
        return refused("no such transaction is running" if command.transaction_id else "no transaction is running")
    if len(running) > 1:
        return refused("several transactions are running: name one by its transaction_id")
    end = _LOCAL_ENDS.get(command.reason)
    if end is None:
        return refused(f"a transaction ends on the spot with {', '.join(_LOCAL_ENDS)}; not with {command.reason!r}")
    return end(state, running[0], at)


def _stop(state: StationState, evse: Evse, at: float) -> Outcome:
    if evse.authorized is None:
        return refused(f"nobody charges at EVSE {evse.evse_id}")
    transactions.deauthorise(
        state, evse, at, Trigger.STOP_AUTHORIZED, StopReason.LOCAL, id_token=evse.authorized.id_token
    )
    return ACCEPTED


def _out_of_credit(state: StationState, evse: Evse, at: float) -> Outcome:
    if evse.authorized is None:
        return refused(f"nobody charges at EVSE {evse.evse_id}")
    transactions.deauthorise(state, evse, at, Trigger.ENERGY_LIMIT_REACHED, StopReason.LOCAL_OUT_OF_CREDIT)
    return ACCEPTED


def _emergency_stop(state: StationState, evse: Evse, at: float) -> Outcome:
    transactions.deauthorise_all(state, evse, at, Trigger.ABNORMAL_CONDITION, StopReason.EMERGENCY_STOP)
    return ACCEPTED


_LOCAL_ENDS: Mapping[str, Callable[[StationState, Evse, float], Outcome]] = {
    StopReason.LOCAL.value: _stop,
    StopReason.LOCAL_OUT_OF_CREDIT.value: _out_of_credit,
    StopReason.EMERGENCY_STOP.value: _emergency_stop,
}
"""Why a transaction is ended on the spot -> how."""


def _start_session(state: StationState, evse: Evse, connector: Connector, command: StartSession, at: float) -> Outcome:
    obstacle = authorization.obstacle(state, evse) or key_codes.hindrance(state, command.id_token, at)
    if obstacle:
        return refused(obstacle)
    decision, _ = authorization.decide(state, command.id_token, at, evse.evse_id)
    if decision is authorization.Decision.REFUSE:
        return authorization.present(state, evse, command.id_token, at)  # says why, before any cable is in
    if evse.vehicle is None:
        plugged = _plug_in(
            state,
            evse,
            connector,
            PlugIn(evse.evse_id, connector.connector_id, command.vehicle, command.soc),
            at,
        )
        if not plugged.accepted:
            return plugged
    evse.session_limits = (command.duration_s, command.target_energy_wh)
    return authorization.present(state, evse, command.id_token, at)


def _stop_session(state: StationState, evse: Evse, connector: Connector, command: StopSession, at: float) -> Outcome:
    if evse.authorized is None and evse.plugged is None:
        return refused(f"EVSE {evse.evse_id} has no session")
    authorization.forget(state, evse)
    if evse.authorized is not None:
        _stop(state, evse, at)
        metering.tell_state(state, evse, at)
    if evse.plugged is not None:
        transactions.unplugged(state, evse, at, at_vehicle=False)
    return ACCEPTED


def _request_energy(state: StationState, evse: Evse, _: Connector, command: RequestEnergy, at: float) -> Outcome:
    if evse.vehicle is None:
        return refused(f"EVSE {evse.evse_id} has no vehicle")
    tells = command.energy_wh is not None or command.departs_in_s is not None
    if tells and iso15118.conversation(state, evse) is None:
        return refused(f"the vehicle at EVSE {evse.evse_id}, or the station, does not speak ISO 15118")
    evse.vehicle.wants_energy = True
    power.refresh(state, at)
    if tells:
        _say(evse, command, at)
        iso15118.negotiate_due(state, evse, at)
    return ACCEPTED


def _stop_energy(state: StationState, evse: Evse, _: Connector, command: StopEnergy, at: float) -> Outcome:
    if evse.vehicle is None:
        return refused(f"EVSE {evse.evse_id} has no vehicle")
    evse.vehicle.wants_energy = False
    if command.terminate and evse.authorized is not None:
        transactions.deauthorise(state, evse, at, Trigger.STOP_AUTHORIZED, StopReason.STOPPED_BY_EV)
    power.refresh(state, at)
    return ACCEPTED


def _say(evse: Evse, command: PlugIn | RequestEnergy, at: float) -> None:
    """Note what a vehicle that speaks ISO 15118 asks for."""
    assert evse.vehicle is not None
    if evse.vehicle.talk is not None:
        evse.vehicle.talk.energy_wh = command.energy_wh
        evse.vehicle.talk.departs_at = None if command.departs_in_s is None else at + command.departs_in_s


def _set_power_limit(state: StationState, evse: Evse, _: Connector, command: SetPowerLimit, at: float) -> Outcome:
    if command.power_w is not None and command.power_w < 0:
        return refused("a power limit is not negative")
    if command.source is LimitSource.CSO:
        return refused("limits of the operator come from the central system, as charging profiles")
    if command.power_w is not None and not state.settings.boolean(external.SIGNALS):
        return refused(f"this station obeys no signals from outside: see {external.SIGNALS}")
    place = STATION if command.whole_station else evse.evse_id
    external.set_limit(state, place, command.power_w, at, command.source)
    if command.whole_station:
        return ACCEPTED
    if command.power_w is not None and command.power_w > evse.spec.max_power_w:
        return Outcome(True, info={"applied_power_w": evse.spec.max_power_w})
    return ACCEPTED


def _set_device_limit(state: StationState, command: Command, at: float) -> Outcome:
    assert isinstance(command, SetDeviceLimit)
    if command.power_w is not None and command.power_w < 0:
        return refused("a ceiling is not negative")
    device.set_limit(state, command.power_w, at)
    return ACCEPTED


def _pause_charging(state: StationState, _: Command, at: float) -> Outcome:
    device.pause(state, at)
    return ACCEPTED


def _resume_charging(state: StationState, command: Command, at: float) -> Outcome:
    assert isinstance(command, ResumeCharging)
    plugged = [evse for evse in state.evses if evse.vehicle is not None]
    if not plugged:
        return refused("no vehicle is connected")
    device.resume(state, at)
    waiting = [evse for evse in plugged if evse.authorized is None]
    if command.id_token is None:
        charging = len(waiting) < len(plugged)
        return ACCEPTED if charging else refused("nobody charges, and there is no token to begin with")
    outcomes = [authorization.present(state, evse, command.id_token, at) for evse in waiting]
    return next((one for one in outcomes if not one.accepted), ACCEPTED)


def _factory_reset(state: StationState, _: Command, at: float) -> Outcome:
    for evse in state.running_transactions():
        transactions.deauthorise_all(state, evse, at, Trigger.ABNORMAL_CONDITION, StopReason.REBOOT)
    device.forget(state, at)
    return _reboot(state, Reboot(), at)


def _unlock(state: StationState, evse: Evse, connector: Connector, command: UnlockConnector, at: float) -> Outcome:
    if evse.spec.connectors[connector.connector_id - 1].cable_attached:
        return refused(f"connector {connector.connector_id} of EVSE {evse.evse_id} has a fixed cable and no lock")
    if not locks.release(state, evse, connector, at):
        return refused(f"the lock of connector {connector.connector_id} of EVSE {evse.evse_id} has failed")
    if evse.authorized is not None:
        transactions.deauthorise_all(state, evse, at, Trigger.UNLOCK_COMMAND, StopReason.OTHER)
    return ACCEPTED


def _authorize(state: StationState, command: Command, at: float) -> Outcome:
    assert isinstance(command, AuthorizeToken)
    locked = key_codes.hindrance(state, command.id_token, at)
    if locked:
        return refused(locked)
    if authorization.may_ask(state):
        authorization.ask(state, None, command.id_token, authorization.Purpose.CHECK, at)
        return ACCEPTED
    decision, info = authorization.decide(state, command.id_token, at)
    status = info.status if info else ("Accepted" if decision is authorization.Decision.ACCEPT else "Unknown")
    if decision is authorization.Decision.ACCEPT:
        return Outcome(True, info={"status": status})
    why = "may not ask" if state.online else "is offline"
    return refused(f"the charger {why} and does not know the token {command.id_token.shown} ({status})")


def _clear_cache(state: StationState, _: Command, at: float) -> Outcome:
    cleared = cache.forget(state)
    if cleared is None:
        return refused("the authorization cache is switched off")
    return Outcome(True, info={"cleared": cleared})


def _clear_local_list(state: StationState, _: Command, at: float) -> Outcome:
    return Outcome(True, info={"deleted": local_list.forget(state)})


def _use_master_pass(state: StationState, command: Command, at: float) -> Outcome:
    assert isinstance(command, UseMasterPass)
    return authorization.use_master_pass(state, command.evse_id, at)


def _reboot(state: StationState, command: Command, at: float) -> Outcome:
    assert isinstance(command, Reboot)
    reset(
        state,
        at,
        "LocalReset",
        hard=command.hard,
        stop_reason=StopReason.REBOOT,
        trigger=Trigger.ABNORMAL_CONDITION,
    )
    return ACCEPTED


def _transfer(state: StationState, command: Command, at: float) -> Outcome:
    assert isinstance(command, TransferData)
    if not (state.online or state.queues_all):
        return refused("the charger is offline; a DataTransfer is not queued")
    if not 0 < len(command.vendor_id) <= LONGEST_VENDOR_ID or len(command.message_id or "") > LONGEST_MESSAGE_ID:
        return refused(
            f"a vendor id has 1 to {LONGEST_VENDOR_ID} characters, a message id at most {LONGEST_MESSAGE_ID}"
        )
    state.emit(DataTransferRequested(at, command.vendor_id, command.message_id, command.data))
    return ACCEPTED


def _inject_transfer(state: StationState, command: Command, at: float) -> Outcome:
    assert isinstance(command, InjectTransferFault)
    if command.fault not in set(TransferFault):
        return refused(f"there is no transfer fault {command.fault!r}; known are {', '.join(TransferFault)}")
    if command.times is not None and command.times < 1:
        return refused("a fault strikes at least once")
    state.orders.faults = {**(state.orders.faults or {}), TransferFault(command.fault): command.times}
    return ACCEPTED


def _clear_transfer(state: StationState, command: Command, at: float) -> Outcome:
    assert isinstance(command, ClearTransferFault)
    faults = state.orders.faults or {}
    if command.fault not in faults:
        return refused(f"there is no transfer fault {command.fault!r} in force")
    state.orders.faults = {fault: times for fault, times in faults.items() if fault != command.fault}
    return ACCEPTED


def _raise_security_event(state: StationState, command: Command, at: float) -> Outcome:
    assert isinstance(command, RaiseSecurityEvent)
    if command.event not in RAISED:
        return refused(f"there is no event {command.event!r} to raise; known are {', '.join(RAISED)}")
    if command.event == CLEARED:
        state.access.log.clear()
    state.emit(SecurityEventRaised(at, command.event, command.details or "on the spot"))
    return ACCEPTED


def _set_behaviour(state: StationState, command: Command, at: float) -> Outcome:
    assert isinstance(command, SetBehaviour)
    return visits.change(state, command, at)


COMMANDS: Mapping[type[Command], Rule] = {
    PlugIn: _placed(_plug_in),
    Unplug: _placed(_unplug),
    ArriveAtBay: _placed(_arrive),
    LeaveBay: _placed(_leave),
    PresentToken: _placed(_present),
    BeginTransaction: _placed(_begin),
    EndTransaction: _end,
    StartSession: _placed(_start_session),
    StopSession: _placed(_stop_session),
    RequestEnergy: _placed(_request_energy),
    StopEnergy: _placed(_stop_energy),
    SetPowerLimit: _placed(_set_power_limit),
    SetBehaviour: _set_behaviour,
    SetDeviceLimit: _set_device_limit,
    PauseCharging: _pause_charging,
    ResumeCharging: _resume_charging,
    FactoryReset: _factory_reset,
    UnlockConnector: _placed(_unlock),
    InjectFault: _placed_or_station(faults.inject),
    ClearFault: _placed_or_station(faults.clear),
    AuthorizeToken: _authorize,
    ClearCache: _clear_cache,
    ClearLocalList: _clear_local_list,
    InjectTransferFault: _inject_transfer,
    ClearTransferFault: _clear_transfer,
    RaiseSecurityEvent: _raise_security_event,
    Reboot: _reboot,
    TransferData: _transfer,
    UseMasterPass: _use_master_pass,
}
