"""When a transaction starts and ends: TxStartPoint and TxStopPoint (2.0.1 part 2 chapter 2.6.6, use cases E01-E15).

Rules for editing: a transaction starts only here (`_start`) and ends only here (`_end`). What happens at an EVSE
is told through the four functions `plugged_in`, `authorised`, `deauthorise` and `unplugged`, plus `energy_may_change`;
each compares the conditions before and after. Starting needs a condition that has just become true; ending
needs one that has just become false. A 1.6 transaction has both points at PowerPathClosed.
"""

from dataclasses import replace
from math import inf

from chargepoint_sim.core import charging_profiles, metering, power, reservation, resets
from chargepoint_sim.core.battery import reached
from chargepoint_sim.core.commands import IdToken
from chargepoint_sim.core.facts import (
    ChargingState,
    StationChanged,
    StopReason,
    TransactionPhase,
    Trigger,
)
from chargepoint_sim.core.settings import BAY_OCCUPANCY
from chargepoint_sim.core.state import Authorized, Evse, IdTokenInfo, StationState, Transaction
from chargepoint_sim.core.vehicle import Vehicle

EV_CONNECTED, AUTHORIZED, PATH_CLOSED, ENERGY = "EVConnected", "Authorized", "PowerPathClosed", "EnergyTransfer"
SIGNED = "DataSigned"
SIGN = "SampledDataCtrlr.SignReadings"
START_POINT, STOP_POINT = "TxCtrlr.TxStartPoint", "TxCtrlr.TxStopPoint"
OUTLIVES_CABLE = frozenset({BAY_OCCUPANCY, AUTHORIZED})
"""Stop points that the cable, pulled at the vehicle, does not take away by itself (E10)."""


def vehicle_arrived(state: StationState, evse: Evse, at: float) -> None:
    """The sensor of the bay detects a vehicle (E01.FR.01)."""
    evse.bay_occupied = True
    state.look_again(at)
    _gained(state, evse, at, Trigger.EV_DETECTED, tell_running=True)


def vehicle_left(state: StationState, evse: Evse, at: float) -> None:
    """The bay is empty (E06.FR.01): its driver has gone, and with them what was authorised here."""
    before = _conditions(state, evse)
    evse.bay_occupied = False
    state.look_again(at)
    transaction = evse.transaction
    if transaction is None:
        return
    if _stops(state, evse, before):
        if transaction.stop_reason is None:
            transaction.stop_reason = StopReason.LOCAL
        evse.authorized = evse.session_profile = None
        power.refresh(state, at)
        _end(state, evse, at, Trigger.EV_DEPARTED, None)
    else:
        metering.tell(state, evse, at, TransactionPhase.UPDATED, Trigger.EV_DEPARTED)


def plugged_in(state: StationState, evse: Evse, connector_id: int, vehicle: Vehicle, at: float) -> None:
    """The cable is in on both ends (E02)."""
    if evse.spec.bay_sensor and not evse.bay_occupied:
        vehicle_arrived(state, evse, at)
    evse.plugged = connector_id
    evse.cable_of = None
    evse.vehicle = vehicle
    evse.session_over = evse.timed_out = False
    state.deadlines.cancel("connect_timeout", evse.evse_id)
    power.refresh(state, at)
    state.connector_changed(evse, at)
    if evse.authorized is None:
        state.deadlines.set("plug_timeout", at + state.settings.integer("TxCtrlr.EVConnectionTimeOut"), evse.evse_id)
    _gained(state, evse, at, Trigger.CABLE_PLUGGED_IN, tell_running=True)


def authorised(state: StationState, evse: Evse, authorized: Authorized, at: float) -> None:
    """Somebody may charge here (E03, F01, F02); that uses up a reservation (H03.FR.09)."""
    evse.released = False
    if not state.settings.boolean(reservation.RULES_16):
        used = reservation.use(state, evse, authorized.id_token, authorized.group_id, at)
        authorized = replace(authorized, reservation_id=used)
    evse.authorized = authorized
    evse.session_over = evse.timed_out = False
    state.deadlines.cancel("plug_timeout", evse.evse_id)
    transaction = evse.transaction
    if transaction is not None:
        transaction.tag = authorized.id_token
        transaction.token_told = False
        transaction.reservation_id = authorized.reservation_id
        transaction.stop_reason = None
    if evse.plugged is None:
        _await_cable(state, evse, at)
    state.connector_changed(evse, at)
    trigger = Trigger.AUTHORIZED if authorized.remote_start_id is None else Trigger.REMOTE_START
    if transaction is not None and authorized.remote_start_id is not None:
        transaction.remote_start_id = authorized.remote_start_id
        charging_profiles.transaction_began(state, evse)
    _gained(state, evse, at, trigger, tell_running=True)
    _take_session_limits(state, evse, at)
    power.refresh(state, at)


def deauthorise(
    state: StationState,
    evse: Evse,
    at: float,
    trigger: Trigger,
    reason: StopReason,
    *,
    id_token: IdToken | None = None,
) -> None:
    """The authorisation ends: by a token, remotely, by a limit or a reset (E06, E07, F03, B12)."""
    before = _conditions(state, evse)
    transaction = evse.transaction
    if transaction is not None and transaction.stop_reason is None:
        transaction.stop_reason = reason
    stays = before & {BAY_OCCUPANCY, EV_CONNECTED}
    stops = transaction is not None and _lost(state, before, stays)
    if transaction is not None and not stops:
        metering.tell(state, evse, at, TransactionPhase.UPDATED, trigger, id_token=id_token)
    evse.authorized = evse.session_profile = None
    evse.session_over = evse.plugged is not None
    if reason is not StopReason.DE_AUTHORIZED:  # that cable stays locked while the transaction lasts (E05.FR.11)
        evse.released = evse.plugged is not None  # E06.FR.10, E07.FR.07, F04.FR.02
    state.deadlines.cancel("connect_timeout", evse.evse_id)
    state.deadlines.cancel("time_limit", evse.evse_id)
    power.refresh(state, at)
    if stops:
        _end(state, evse, at, trigger, id_token)
    state.connector_changed(evse, at)


def unplugged(state: StationState, evse: Evse, at: float, *, at_vehicle: bool) -> None:
    """The cable is out, or pulled at the vehicle while the station's side stays locked (E09, E10)."""
    before = _conditions(state, evse)
    transaction = evse.transaction
    stays = (
        transaction is not None
        and evse.authorized is not None
        and not state.settings.boolean("TxCtrlr.StopTxOnEVSideDisconnect")
        and _points(state, STOP_POINT) <= OUTLIVES_CABLE
    )
    evse.vehicle = None
    fixed = evse.plugged is not None and evse.spec.connectors[evse.plugged - 1].cable_attached
    if stays:
        power.refresh(state, at)
        metering.tell(state, evse, at, TransactionPhase.UPDATED, Trigger.EV_COMMUNICATION_LOST)
        if fixed:
            _await_cable(state, evse, at)  # a socket keeps the cable locked for its driver (E10.FR.01, E10.FR.02)
        return
    if transaction is not None and transaction.stop_reason is None:
        transaction.stop_reason = StopReason.EV_DISCONNECTED
    unlocked = not at_vehicle or fixed or state.settings.boolean("OCPPCommCtrlr.UnlockOnEVSideDisconnect")
    evse.cable_of = None
    if unlocked:
        evse.plugged = None
        evse.released = False
    elif evse.authorized is not None:
        evse.cable_of = evse.authorized.id_token
    evse.session_over = not unlocked
    evse.timed_out = False
    for name in ("plug_timeout", "connect_timeout", "time_limit"):
        state.deadlines.cancel(name, evse.evse_id)
    state.connector_changed(evse, at)
    evse.authorized = evse.session_profile = None
    power.refresh(state, at)
    if transaction is None:
        return
    if _stops(state, evse, before):
        _end(state, evse, at, Trigger.EV_COMMUNICATION_LOST, None)
    else:
        metering.tell(state, evse, at, TransactionPhase.UPDATED, Trigger.EV_COMMUNICATION_LOST)


def energy_may_change(state: StationState, evse: Evse, at: float) -> None:
    """Energy has begun or ceased to flow, which matters where a point says EnergyTransfer."""
    flows = evse.charging_state is ChargingState.CHARGING
    transaction = evse.transaction
    if flows and transaction is None and ENERGY in _points(state, START_POINT) and evse.authorized:
        _start(state, evse, at, Trigger.CHARGING_STATE_CHANGED)
    elif not flows and transaction is not None and ENERGY in _points(state, STOP_POINT):
        had_energy = power.energy_wh(evse, at) > power.ENERGY_TOLERANCE_WH
        if had_energy and evse.charging_state in (ChargingState.SUSPENDED_EV, ChargingState.SUSPENDED_EVSE):
            transaction.stop_reason = _why_energy_ceased(evse)
            _end(state, evse, at, Trigger.CHARGING_STATE_CHANGED, None)
            evse.authorized = None
            evse.session_over = True
            power.refresh(state, at)
            state.connector_changed(evse, at)


def _why_energy_ceased(evse: Evse) -> StopReason:
    """The station suspends, or the vehicle has what it was to have at most, or wants no more for another reason."""
    vehicle = evse.vehicle
    if evse.charging_state is not ChargingState.SUSPENDED_EV or vehicle is None:
        return StopReason.OTHER
    at_limit = vehicle.target_soc < 1.0 and reached(vehicle.soc, vehicle.target_soc)
    return StopReason.SOC_LIMIT_REACHED if at_limit else StopReason.STOPPED_BY_EV


def contactor_closes(state: StationState, evse: Evse, at: float) -> None:
    """The meter gives the first signed value before energy flows (E01.FR.04), then power takes its course."""
    if evse.transaction is None and SIGNED in _points(state, START_POINT) and state.settings.boolean(SIGN):
        evse.path_closed_at = at
        _start(state, evse, at, Trigger.SIGNED_DATA_RECEIVED)
    power.contactor_closes(state, evse, at)


def signing_changed(state: StationState, at: float) -> None:
    """Where the meter signs no more, what needs its signed values ends (E06.FR.05)."""
    if state.settings.boolean(SIGN) or SIGNED not in _points(state, STOP_POINT):
        return
    for evse in state.running_transactions():
        if power.path_closed(evse):
            deauthorise_all(state, evse, at, Trigger.ABNORMAL_CONDITION, StopReason.OTHER)


def power_up(state: StationState, at: float) -> None:
    """What was open before is closed with PowerLoss; who may still start has the whole time to plug in."""
    for evse in state.evses:
        if evse.transaction is not None:
            deauthorise_all(state, evse, at, Trigger.ABNORMAL_CONDITION, StopReason.POWER_LOSS)
        elif evse.authorized is not None and evse.plugged is None:
            _await_cable(state, evse, at)


def _await_cable(state: StationState, evse: Evse, at: float) -> None:
    state.deadlines.set("connect_timeout", at + state.settings.integer("TxCtrlr.EVConnectionTimeOut"), evse.evse_id)


def connect_timed_out(state: StationState, evse: Evse, at: float) -> None:
    """Authorised, but no vehicle came, or came back, in time (E03.FR.05, E10.FR.02; 1.6 ConnectionTimeOut)."""
    if evse.vehicle is None and evse.authorized is not None:
        deauthorise(state, evse, at, Trigger.EV_CONNECT_TIMEOUT, StopReason.TIMEOUT)


def plug_timed_out(state: StationState, evse: Evse, at: float) -> None:
    """Plugged in, but nobody authorised in time: the cable belongs to no session (1.6 transition B6)."""
    if evse.plugged is not None and evse.authorized is None:
        evse.timed_out = True
        state.connector_changed(evse, at)


def deauthorise_all(state: StationState, evse: Evse, at: float, trigger: Trigger, reason: StopReason) -> None:
    """End authorisation and, whatever the stop points say, the transaction: reset, power loss, unlock, time-out."""
    transaction = evse.transaction
    if transaction is not None and transaction.stop_reason is None:
        transaction.stop_reason = reason
    evse.authorized = evse.session_profile = None
    evse.session_over = evse.plugged is not None
    for name in ("connect_timeout", "plug_timeout", "time_limit"):
        state.deadlines.cancel(name, evse.evse_id)
    power.refresh(state, at)
    if transaction is not None:
        _end(state, evse, at, trigger, None)
    state.connector_changed(evse, at)


def judged(state: StationState, transaction_id: str, info: IdTokenInfo, at: float) -> None:
    """The central system's verdict on the token of a running transaction (E05, 1.6 errata 3.17)."""
    for evse in state.running_transactions():
        transaction = evse.transaction
        assert transaction is not None
        if transaction.transaction_id != transaction_id or evse.authorized is None:
            continue
        if info.at_evse(evse.evse_id).status == "Accepted":
            if info.group_id is not None:
                evse.authorized = replace(evse.authorized, group_id=info.group_id)
            if info.priority is not None:
                prioritised(state, transaction_id, info.priority, at)
        elif state.settings.boolean("TxCtrlr.StopTxOnInvalidId"):
            deauthorise(state, evse, at, Trigger.DEAUTHORIZED, StopReason.DE_AUTHORIZED)
        else:
            _allow_rest(state, evse, at)


def prioritised(state: StationState, transaction_id: str, priority: int, at: float) -> None:
    """Who comes first where power is short has another place in the row from now on (K03.FR.04, K03.FR.05)."""
    evse = state.with_transaction(transaction_id)
    if evse is not None and evse.authorized is not None and evse.authorized.priority != priority:
        evse.authorized = replace(evse.authorized, priority=priority)
        power.refresh(state, at)


def energy_limit_due(state: StationState, evse: Evse, at: float) -> None:
    """The energy that the session, or an invalid token, may still have has been delivered."""
    transaction = evse.transaction
    if transaction is None or power.energy_wh(evse, at) < transaction.energy_limit_wh - 1e-3:
        return
    if evse.authorized is not None and transaction.stop_reason is StopReason.DE_AUTHORIZED:
        transaction.invalid = True
        transaction.energy_limit_wh = inf
        transaction.stop_reason = None
        power.refresh(state, at)
        return
    transaction.energy_limit_wh = inf
    _session_over(state, evse, at, Trigger.ENERGY_LIMIT_REACHED, StopReason.ENERGY_LIMIT_REACHED)


def time_limit_due(state: StationState, evse: Evse, at: float) -> None:
    """The session's own time is over."""
    if evse.authorized is not None:
        _session_over(state, evse, at, Trigger.TIME_LIMIT_REACHED, StopReason.TIME_LIMIT_REACHED)


def _session_over(state: StationState, evse: Evse, at: float, trigger: Trigger, reason: StopReason) -> None:
    """A session ends by its own limit as if its driver stopped it; where only the cable ends the transaction, the
    driver takes it out (E06.FR.02)."""
    deauthorise(state, evse, at, trigger, reason)
    if evse.transaction is not None:
        metering.tell_state(state, evse, at)
        unplugged(state, evse, at, at_vehicle=False)


def _take_session_limits(state: StationState, evse: Evse, at: float) -> None:
    """Let the session stop by itself after a time or an energy, where it was started so."""
    if evse.session_limits is None:
        return
    duration_s, energy_limit_wh = evse.session_limits
    if duration_s is not None:
        state.deadlines.set("time_limit", at + duration_s, evse.evse_id)
    if energy_limit_wh is None:
        evse.session_limits = None
    elif evse.transaction is not None:
        evse.session_limits = None
        evse.transaction.energy_limit_wh = power.energy_wh(evse, at) + energy_limit_wh
    else:
        evse.session_limits = (None, energy_limit_wh)  # counted once there is a transaction


def _allow_rest(state: StationState, evse: Evse, at: float) -> None:
    """Deliver MaxEnergyOnInvalidId more, then suspend."""
    transaction = evse.transaction
    assert transaction is not None
    rest_wh = state.settings.integer("TxCtrlr.MaxEnergyOnInvalidId")
    if rest_wh > 0:
        transaction.energy_limit_wh = power.energy_wh(evse, at) + rest_wh
        transaction.stop_reason = StopReason.DE_AUTHORIZED
    else:
        transaction.invalid = True
    power.refresh(state, at)


def _conditions(state: StationState, evse: Evse) -> set[str]:
    """Which points hold at an EVSE."""
    held = set()
    if evse.bay_occupied:
        held.add(BAY_OCCUPANCY)
    if evse.plugged is not None and evse.vehicle is not None:
        held.add(EV_CONNECTED)
    if evse.authorized is not None:
        held.add(AUTHORIZED)
    if power.path_closed(evse):
        held.add(PATH_CLOSED)
        if evse.path_closed_at is not None and state.settings.boolean(SIGN):
            held.add(SIGNED)
    if evse.charging_state is ChargingState.CHARGING:
        held.add(ENERGY)
    return held


def _stops(state: StationState, evse: Evse, before: set[str]) -> bool:
    """Whether what has been lost since `before` ends a transaction at the EVSE."""
    return _lost(state, before, _conditions(state, evse))


def _lost(state: StationState, before: set[str], held: set[str]) -> bool:
    """A stop point is lost, or none is left that could be: nothing else would ever end the transaction."""
    points = _points(state, STOP_POINT)
    return bool((before - held) & points) or not held & points


def allowed_yet(state: StationState) -> bool:
    """Whether transactions may start: once the central system has accepted the station, or before (B02.FR.03)."""
    return state.accepted or state.settings.boolean("TxCtrlr.TxBeforeAcceptedEnabled")


def _points(state: StationState, setting: str) -> frozenset[str]:
    return frozenset(state.settings.members(setting))


def _gained(state: StationState, evse: Evse, at: float, trigger: Trigger, *, tell_running: bool) -> None:
    """Start a transaction where a start point holds, or tell the running one.

    Not only a point that has just been reached counts: on a cable that is still in, a new authorization must not
    charge without a transaction (E01.FR.02).
    """
    if evse.transaction is not None:
        if tell_running:
            metering.tell(state, evse, at, TransactionPhase.UPDATED, trigger)
    elif allowed_yet(state) and _conditions(state, evse) & _points(state, START_POINT):
        _start(state, evse, at, trigger)


def _start(state: StationState, evse: Evse, at: float, trigger: Trigger) -> None:
    transaction = Transaction(state.new_transaction_id(evse.evse_id), at, evse.meter.register_at(at))
    evse.transaction = transaction
    charging_profiles.transaction_began(state, evse)
    if evse.authorized is not None:
        transaction.tag = evse.authorized.id_token
        transaction.remote_start_id = evse.authorized.remote_start_id
        transaction.reservation_id = evse.authorized.reservation_id
        if state.settings.boolean(reservation.RULES_16):
            transaction.reservation_id = reservation.use(state, evse, transaction.tag, evse.authorized.group_id, at)
    if transaction.remote_start_id is not None:
        trigger = Trigger.REMOTE_START  # the first event after a remote start, whatever starts it (F02.FR.21)
    _take_session_limits(state, evse, at)
    samples = metering.begin_samples(state, evse, at)
    metering.tell(state, evse, at, TransactionPhase.STARTED, trigger, samples)


def _end(state: StationState, evse: Evse, at: float, trigger: Trigger, id_token: IdToken | None) -> None:
    transaction = evse.transaction
    assert transaction is not None
    samples = metering.end_samples(state, evse, at)
    metering.tell(state, evse, at, TransactionPhase.ENDED, trigger, samples, id_token=id_token)
    evse.transaction = None
    charging_profiles.transaction_ended(state, evse)
    _transaction_over(state, evse, at)


def _transaction_over(state: StationState, evse: Evse, at: float) -> None:
    """Do what had to wait: an availability change of the EVSE, a reset of it or of the station."""
    if evse.scheduled_operative is not None:
        evse.operative, evse.scheduled_operative = evse.scheduled_operative, None
        state.connector_changed(evse, at)
    if state.scheduled_inoperative and not state.running_transactions():
        state.operative = state.scheduled_inoperative = False
        reservation.places_changed(state, at)
        state.emit(StationChanged(at))
    if evse.reset_scheduled:
        reset_begins(state, evse, at)
    if state.reset_scheduled is not None and not state.running_transactions():
        reason, hard = state.reset_scheduled
        state.reset_scheduled = None
        resets.restart(state, reason, hard, at)


def reset_begins(state: StationState, evse: Evse, at: float) -> None:
    """One EVSE restarts; its transaction has ended. It cannot be used until `reset_ends` (B11.FR.08)."""
    evse.reset_scheduled = False
    evse.resetting = True
    state.deadlines.set("evse_reset", at + state.spec.timing.reboot_s, evse.evse_id)
    state.connector_changed(evse, at)


def reset_ends(state: StationState, evse: Evse, at: float) -> None:
    """The EVSE works again."""
    evse.resetting = False
    state.connector_changed(evse, at)
