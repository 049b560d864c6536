"""When readings are taken, and the running commentary on a transaction (2.0.1 blocks E and J, 1.6 section 3.16).

Owns sampling (periodic, clock-aligned, begin, end) and the emission of TransactionEvent facts with their once-only
fields. Knows no measurands: a reading holds everything, the adapter picks.
"""

from collections.abc import Iterable
from itertools import zip_longest
from math import ceil, floor, inf

from chargepoint_sim.core.commands import IdToken
from chargepoint_sim.core.facts import (
    ChargingState,
    Context,
    MeterSampled,
    Reading,
    Sample,
    TransactionEvent,
    TransactionPhase,
    Trigger,
)
from chargepoint_sim.core.state import NO_OFFER, Evse, StationState

DAY_S = 86400.0
ONE_EVENT = (None,)


def reading(state: StationState, evse: Evse, at: float) -> Reading:
    """What the meter of `evse` shows at `at`."""
    return evse.meter.reading(
        evse.spec,
        evse.vehicle,
        evse.offer if evse.path_closed_at is not None else NO_OFFER,
        at,
        seed=state.seed,
        charger_id=state.charger_id,
    )


def tell(
    state: StationState,
    evse: Evse,
    at: float,
    phase: TransactionPhase,
    trigger: Trigger,
    samples: tuple[Sample, ...] = (),
    *,
    id_token: IdToken | None = None,
    part: int | None = None,
) -> None:
    """Emit one TransactionEvent; what is said once per transaction is added here (2.0.1 part 2 chapter E).

    `id_token` is the token that the event is about: the one that ends the authorization (E07.FR.02).
    """
    transaction = evse.transaction
    assert transaction is not None
    if id_token is None and evse.authorized is not None and not transaction.token_told:
        id_token = evse.authorized.id_token
    if id_token is not None:
        transaction.token_told = True
    if transaction.begin_owed and evse.charging_state is ChargingState.CHARGING:
        transaction.begin_owed = False
        samples = (Sample(Context.TRANSACTION_BEGIN, reading(state, evse, at)), *samples)
    connector_id = None
    if evse.plugged is not None and not transaction.connector_told:
        connector_id = evse.plugged
        transaction.connector_told = True
    remote_start_id, transaction.remote_start_id = transaction.remote_start_id, None
    reservation_id, transaction.reservation_id = transaction.reservation_id, None
    transaction.state_told = evse.charging_state
    state.emit(
        TransactionEvent(
            at,
            evse.evse_id,
            phase,
            trigger,
            transaction.transaction_id,
            transaction.seq_no,
            evse.charging_state,
            offline=not state.online,
            connector_id=connector_id,
            id_token=id_token,
            remote_start_id=remote_start_id,
            reservation_id=reservation_id,
            stopped_reason=transaction.stop_reason if phase is TransactionPhase.ENDED else None,
            samples=samples,
            meter_start_wh=transaction.meter_start_wh,
            register_wh=evse.meter.register_at(at),
            tag=transaction.tag,
            part=part,
            phases_used=_new_phases(evse),
        )
    )
    transaction.seq_no += 1


def _new_phases(evse: Evse) -> int | None:
    """The number of AC phases in use while energy flows, if it has not been told yet (E02, numberOfPhasesUsed)."""
    transaction, vehicle = evse.transaction, evse.vehicle
    assert transaction is not None
    if vehicle is None or evse.charging_state is not ChargingState.CHARGING:
        return None
    phases = vehicle.phases_used(evse.spec, evse.followed)
    if phases == 0 or phases == transaction.phases_told:
        return None
    transaction.phases_told = phases
    return phases


def charging_state_may_change(state: StationState, evse: Evse, at: float, new: ChargingState) -> None:
    """Note the EVSE's charging state; a change within a transaction is told at once (E02.FR.13)."""
    if new is evse.charging_state:
        return
    evse.charging_state = new
    state.deadlines.set("state", at, evse.evse_id)
    if evse.authorized is not None:
        # Whoever ends a session tells the connector's change after the end of the transaction.
        state.connector_changed(evse, at)


def tell_state(state: StationState, evse: Evse, at: float) -> None:
    """Tell a charging state that no other event has told meanwhile."""
    if evse.transaction is not None and evse.transaction.state_told is not evse.charging_state:
        tell(state, evse, at, TransactionPhase.UPDATED, Trigger.CHARGING_STATE_CHANGED)


def begin_samples(state: StationState, evse: Evse, at: float) -> tuple[Sample, ...]:
    """The reading at the start of a transaction, and the deadlines of the next ones.

    A remote start names its EVSE, or the station has picked one (E02.FR.09, F02.FR.02). With a token that comes before
    the cable the EVSE is not known yet, and the reading is owed until charging starts (E02.FR.21).
    """
    transaction = evse.transaction
    assert transaction is not None
    first = Sample(Context.TRANSACTION_BEGIN, reading(state, evse, at))
    if _gathers(state):
        transaction.ended_samples = [first]
    _set_interval(state, evse, "sample", "SampledDataCtrlr.TxUpdatedInterval", at)
    _set_interval(state, evse, "ended_sample", "SampledDataCtrlr.TxEndedInterval", at)
    transaction.begin_owed = evse.plugged is None and transaction.remote_start_id is None
    return () if transaction.begin_owed else (first,)


def end_samples(state: StationState, evse: Evse, at: float) -> tuple[Sample, ...]:
    """All readings that belong into the end of a transaction: first, gathered, last."""
    transaction = evse.transaction
    assert transaction is not None
    for name in ("sample", "ended_sample", "power", "state"):
        state.deadlines.cancel(name, evse.evse_id)
    last = Sample(Context.TRANSACTION_END, reading(state, evse, at))
    return (*(transaction.ended_samples or ()), last)


def sampling_changed(state: StationState, at: float) -> None:
    """An interval was set: running transactions count from now on with the new one."""
    for evse in state.running_transactions():
        _set_interval(state, evse, "sample", "SampledDataCtrlr.TxUpdatedInterval", at)
        _set_interval(state, evse, "ended_sample", "SampledDataCtrlr.TxEndedInterval", at)
    schedule_aligned(state, at)


def sample_due(state: StationState, evse: Evse, at: float) -> None:
    """Take a periodic reading (J02)."""
    if evse.transaction is None:
        return
    _set_interval(state, evse, "sample", "SampledDataCtrlr.TxUpdatedInterval", at)
    if state.settings.boolean("SampledDataCtrlr.Enabled"):
        sample = Sample(Context.SAMPLE_PERIODIC, reading(state, evse, at))
        for part in _parts(state):
            tell(state, evse, at, TransactionPhase.UPDATED, Trigger.METER_VALUE_PERIODIC, (sample,), part=part)


def _parts(state: StationState) -> Iterable[int | None]:
    """The events that a periodic reading takes: one, or as many as its measurands need (E02.FR.11)."""
    most = state.spec.measurands_per_event
    if most is None:
        return ONE_EVENT
    return range(max(1, ceil(len(state.settings.members("SampledDataCtrlr.TxUpdatedMeasurands")) / most)))


def ended_sample_due(state: StationState, evse: Evse, at: float) -> None:
    """Gather a periodic reading for the end of the transaction."""
    if evse.transaction is None:
        return
    _set_interval(state, evse, "ended_sample", "SampledDataCtrlr.TxEndedInterval", at)
    if state.settings.members("SampledDataCtrlr.TxEndedMeasurands"):
        _gather(evse, Sample(Context.SAMPLE_PERIODIC, reading(state, evse, at)))


def schedule_aligned(state: StationState, at: float) -> None:
    """Set the next clock-aligned instants, from which the series go on by themselves."""
    for name in _ALIGNED_INTERVAL:
        _schedule(state, name, at)


def _schedule(state: StationState, name: str, at: float) -> None:
    """Set the next instant of one series: a multiple of its interval counted from midnight."""
    interval_s = state.settings.integer(_ALIGNED_INTERVAL[name])
    if interval_s <= 0:
        state.deadlines.cancel(name)
        return
    clock = state.utc(at)
    midnight = floor(clock / DAY_S) * DAY_S
    due = midnight + (floor((clock - midnight) / interval_s + 1e-9) + 1) * interval_s
    state.deadlines.set(name, min(due, midnight + DAY_S) - state.utc_offset_s)


_ALIGNED_INTERVAL = {
    "aligned": "AlignedDataCtrlr.Interval",
    "aligned_ended": "AlignedDataCtrlr.TxEndedInterval",
}


def aligned_due(state: StationState, at: float) -> None:
    """Take clock-aligned readings: the main meter and every EVSE, in a transaction or not (J01, J02)."""
    _schedule(state, "aligned", at)
    if not state.settings.boolean("AlignedDataCtrlr.Enabled"):
        return
    if state.settings.boolean("AlignedDataCtrlr.SendDuringIdle") and state.running_transactions():
        return
    state.emit(MeterSampled(at, 0, Sample(Context.SAMPLE_CLOCK, main_reading(state, at))))
    for evse in state.evses:
        sample = Sample(Context.SAMPLE_CLOCK, reading(state, evse, at))
        if evse.transaction is not None:
            tell(state, evse, at, TransactionPhase.UPDATED, Trigger.METER_VALUE_CLOCK, (sample,))
        else:
            state.emit(MeterSampled(at, evse.evse_id, sample))


def aligned_ended_due(state: StationState, at: float) -> None:
    """Gather clock-aligned readings for the end of running transactions."""
    _schedule(state, "aligned_ended", at)
    if state.settings.members("AlignedDataCtrlr.TxEndedMeasurands"):
        for evse in state.running_transactions():
            _gather(evse, Sample(Context.SAMPLE_CLOCK, reading(state, evse, at)))


def triggered_sample(state: StationState, evse: Evse, at: float) -> Sample:
    """A reading that the central system asked for (F06, 1.6 TriggerMessage)."""
    return Sample(Context.TRIGGER, reading(state, evse, at))


def main_reading(state: StationState, at: float) -> Reading:
    """The main meter: the sum of all EVSEs, on every phase that any of them has.

    Beside AC outlets it is an AC meter, and what DC outlets draw burdens its phases alike.
    """
    readings = [reading(state, evse, at) for evse in state.evses]
    direct = [one for one in readings if one.dc]
    summed = [one for one in readings if not one.dc] or direct
    widest = max(summed, key=lambda one: len(one.voltage_v))
    shared_v = 0.0 if widest.dc else widest.power_factor * sum(widest.voltage_v)
    shared_a = sum(one.power_w for one in direct) / shared_v if shared_v else 0.0
    offered_a = sum(one.offered_power_w for one in direct) / shared_v if shared_v else 0.0
    phases_a = zip_longest(*(one.current_a for one in summed), fillvalue=0.0)
    return Reading(
        at=at,
        register_wh=sum(one.register_wh for one in readings),
        power_w=sum(one.power_w for one in readings),
        offered_power_w=sum(one.offered_power_w for one in readings),
        offered_current_a=sum(one.offered_current_a for one in summed) + offered_a,
        current_a=tuple(sum(phase) + shared_a for phase in phases_a),
        voltage_v=widest.voltage_v,
        soc=None,
        dc=widest.dc,
        power_factor=widest.power_factor,
        frequency_hz=widest.frequency_hz,
        split_phase=widest.split_phase,
    )


def _gathers(state: StationState) -> bool:
    settings = state.settings
    return bool(
        settings.members("SampledDataCtrlr.TxEndedMeasurands") or settings.members("AlignedDataCtrlr.TxEndedMeasurands")
    )


def _gather(evse: Evse, sample: Sample) -> None:
    assert evse.transaction is not None
    if evse.transaction.ended_samples is not None:
        evse.transaction.ended_samples.append(sample)


def _set_interval(state: StationState, evse: Evse, name: str, setting: str, at: float) -> None:
    interval_s = state.settings.integer(setting)
    state.deadlines.set(name, at + interval_s if interval_s > 0 else inf, evse.evse_id)
