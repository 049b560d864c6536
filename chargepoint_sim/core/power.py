"""Offer and draw of every EVSE, kept up to date (architecture D4).

Owns when power changes: at events, and at deadlines that physics gives (knee of the battery's curve, reaction of
the vehicle, boundary of a charging profile). Between them power follows a closed form and nothing runs.
"""

from math import inf, log1p

from chargepoint_sim.core import metering
from chargepoint_sim.core.battery import Segment
from chargepoint_sim.core.facts import ChargingState
from chargepoint_sim.core.smart_charging import limits
from chargepoint_sim.core.smart_charging.composite import next_change
from chargepoint_sim.core.smart_charging.limits import Offer
from chargepoint_sim.core.state import NO_OFFER, Evse, StationState

ENERGY_TOLERANCE_WH = 1e-6


def path_closed(evse: Evse) -> bool:
    """Plugged in, authorised and sound: the contactor may close."""
    return evse.plugged is not None and evse.authorized is not None and not evse.faulted


def refresh(state: StationState, at: float) -> None:
    """Compute offers and draws of all EVSEs at `at`, and set the deadlines at which they change by themselves."""
    granted_w = shares(state, at)
    for evse in state.evses:
        _refresh_evse(state, evse, at, granted_w.get(evse.evse_id))


def offer_of(state: StationState, evse: Evse, at: float, share_w: float | None = None) -> Offer:
    """What the EVSE side allows at `at`: the least of all layers, whether or not anybody charges."""
    transaction = evse.transaction
    return limits.effective_offer(
        evse.spec,
        state.profiles.for_evse(evse.evse_id) if state.profiles is not None else (),
        share_w,
        None,
        state.utc(at),
        None if transaction is None else state.utc(transaction.started_at),
        transaction is not None,
        evse.plugged,
    )


def sufficient(evse: Evse, offer: Offer) -> bool:
    """The offer reaches the least that can be signalled: 6 A on AC, more than nothing on DC."""
    return limits.is_sufficient(evse.spec, offer)


def vehicle_reacts(state: StationState, evse: Evse, at: float) -> None:
    """The vehicle has noticed the present offer, and follows it from now on."""
    evse.followed = evse.offer
    refresh(state, at)


def energy_wh(evse: Evse, at: float) -> float:
    """Energy of the running transaction up to `at`."""
    assert evse.transaction is not None
    return evse.meter.register_at(at) - evse.transaction.meter_start_wh


def shares(state: StationState, at: float) -> dict[int, float]:
    """W that each EVSE with a closed path may have of the power that the station shares; empty without sharing."""
    total = state.spec.max_power_w
    if total is None:
        return {}
    demands = {}
    for evse in state.evses:
        if path_closed(evse) and evse.vehicle is not None and evse.vehicle.wants_energy:
            demands[evse.evse_id] = (evse.spec, offer_of(state, evse, at).power_w)
    return limits.share(total, demands)


def _refresh_evse(state: StationState, evse: Evse, at: float, share_w: float | None) -> None:
    _fold_energy(evse, at)
    evse.offer = offer_of(state, evse, at, share_w)
    closed = path_closed(evse)
    if not closed or evse.vehicle is None:
        evse.path_closed_at = None
        evse.followed = NO_OFFER
        state.deadlines.cancel("react", evse.evse_id)
        state.deadlines.cancel("contactor", evse.evse_id)
        _follow(state, evse, at, Segment(at))
    elif evse.path_closed_at is None:
        if state.deadlines.get("contactor", evse.evse_id) is None:
            state.deadlines.set("contactor", at + state.spec.timing.contactor_delay_s, evse.evse_id)
        _follow(state, evse, at, Segment(at))
    else:
        _approach(state, evse, at)
        _follow(state, evse, at, _draw(state, evse, at))
    _set_profile_deadline(state, evse, at)
    metering.charging_state_may_change(state, evse, at, _charging_state(evse, at))


def contactor_closes(state: StationState, evse: Evse, at: float) -> None:
    """Energy may flow from now on; the vehicle has had the contactor's delay to see the offer."""
    evse.path_closed_at = at
    evse.followed = evse.offer
    refresh(state, at)


def _approach(state: StationState, evse: Evse, at: float) -> None:
    """Follow a falling offer at once, so that the draw never exceeds it, and a rising one after the reaction time."""
    assert evse.vehicle is not None
    followed, offer = evse.followed, evse.offer
    lower = Offer(
        min(followed.power_w, offer.power_w),
        min(followed.current_a, offer.current_a),
        offer.bound_by,
        offer.phases,
        offer.min_current_a,
    )
    if (lower.power_w, lower.current_a) == (offer.power_w, offer.current_a):
        evse.followed = offer
        state.deadlines.cancel("react", evse.evse_id)
        return
    evse.followed = lower
    if state.deadlines.get("react", evse.evse_id) is None:
        state.deadlines.set("react", at + evse.vehicle.spec.reaction_s, evse.evse_id)


def _draw(state: StationState, evse: Evse, at: float) -> Segment:
    """The power course of the vehicle under the offer that it follows."""
    vehicle, transaction = evse.vehicle, evse.transaction
    assert vehicle is not None
    if not vehicle.wants_energy or not sufficient(evse, evse.followed) or (transaction and transaction.invalid):
        return Segment(at)
    return vehicle.draw(evse.spec, evse.followed, at)


def _follow(state: StationState, evse: Evse, at: float, segment: Segment) -> None:
    """Let power take the course of `segment`, and wake up when it ends or a session's energy limit is reached."""
    evse.meter.set_segment(segment, at)
    until = segment.until
    transaction = evse.transaction
    if transaction is not None and transaction.energy_limit_wh < inf and segment.power_w > 0:
        left_wh = transaction.energy_limit_wh - energy_wh(evse, at)
        until = min(until, at + _seconds_for(segment, max(left_wh, 0.0)))
    state.deadlines.set("power", until, evse.evse_id)


def _seconds_for(segment: Segment, energy_wh: float) -> float:
    """How long the segment's law takes to deliver so much energy; infinity when it never does."""
    flat_s = energy_wh * 3600.0 / segment.power_w
    grown = segment.growth_per_s * flat_s
    if segment.growth_per_s == 0.0:
        return flat_s
    return log1p(grown) / segment.growth_per_s if grown > -1.0 else inf


def _fold_energy(evse: Evse, at: float) -> None:
    """Move what flowed since the last change into register and battery."""
    energy_wh = evse.meter.settle(at)
    if evse.vehicle is not None:
        evse.vehicle.advance(energy_wh, evse.spec.current)


def _set_profile_deadline(state: StationState, evse: Evse, at: float) -> None:
    if state.profiles is None:
        return
    transaction = evse.transaction
    change = next_change(
        state.profiles.for_evse(evse.evse_id),
        evse.evse_id,
        state.utc(at),
        None if transaction is None else state.utc(transaction.started_at),
    )
    state.deadlines.set("profile", change - state.utc_offset_s, evse.evse_id)


def _charging_state(evse: Evse, at: float) -> ChargingState:
    """ChargingStateEnumType of the EVSE; with both suspensions the EVSE's wins (1.6 section 4.9)."""
    if evse.plugged is None:
        return ChargingState.IDLE
    transaction = evse.transaction
    if evse.vehicle is None and transaction is not None:
        return ChargingState.SUSPENDED_EV  # pulled out on the vehicle's side, the transaction goes on (E10)
    if evse.path_closed_at is None:
        return ChargingState.EV_CONNECTED
    if not sufficient(evse, evse.offer) or (transaction is not None and transaction.invalid):
        return ChargingState.SUSPENDED_EVSE
    return ChargingState.CHARGING if evse.meter.power_at(at) > 0 else ChargingState.SUSPENDED_EV
