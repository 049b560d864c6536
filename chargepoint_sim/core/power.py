"""Offer and draw of every EVSE, kept up to date (architecture D4).

Owns when power changes: at events, and at deadlines that physics gives (knee of the battery's curve, reaction of
the vehicle, boundary of a charging profile). Between them power follows a closed form and nothing runs.
"""

from collections.abc import Callable, Mapping
from math import inf, log1p
from types import MappingProxyType

from chargepoint_sim.core import metering
from chargepoint_sim.core.battery import Segment
from chargepoint_sim.core.facts import ChargingState
from chargepoint_sim.core.smart_charging import limits
from chargepoint_sim.core.smart_charging.composite import next_change
from chargepoint_sim.core.smart_charging.limits import Demand, Offer
from chargepoint_sim.core.state import NO_OFFER, Evse, StationState

ENERGY_TOLERANCE_WH = 1e-6
CONTACTOR, NEGOTIATE = "contactor", "negotiate"
"""Deadlines: the contactor closes; a vehicle that speaks ISO 15118 says what it needs."""

OfferAt = Callable[[float], Offer]
NONE_ASSUMED: Mapping[int, float] = MappingProxyType({})


def path_closed(evse: Evse) -> bool:
    """Plugged in, authorised and sound: the contactor may close."""
    return evse.plugged is not None and evse.authorized is not None and not evse.faulted


def refresh(state: StationState, at: float) -> None:
    """Compute offers and draws of all EVSEs at `at`, and set the deadlines at which they change by themselves."""
    for evse in state.evses:
        _fold_energy(evse, at)
    granted_w = shares(state, at)
    for evse in state.evses:
        _refresh_evse(state, evse, at, granted_w.get(evse.evse_id))


def offer_of(
    state: StationState, evse: Evse, at: float, share_w: float | None = None, began_at: float | None = None
) -> Offer:
    """What the EVSE side allows at `at`: the least of all layers, whether or not anybody charges.

    `began_at` stands for the start of the transaction where there is none: what one would be offered.
    """
    transaction = evse.transaction
    started_at = began_at if transaction is None else transaction.started_at
    return limits.effective_offer(
        evse.spec,
        state.profiles.for_evse(evse.evse_id) if state.profiles is not None else (),
        share_w,
        state.device_limit_w,
        state.utc(at),
        None if started_at is None else state.utc(started_at),
        started_at is not None,
        evse.plugged,
        state.paused,
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


def shares(state: StationState, at: float, assumed: Mapping[int, float] = NONE_ASSUMED) -> dict[int, float]:
    """W that each drawing EVSE may have of the power that the station shares; empty without sharing.

    Shared are the cabinet's maximum, the ceiling set at the device and the profiles of the station; a transaction of a
    higher priority gets what it can use before the others, and the one that came last is the first to be paused
    (K03.FR.04). `assumed` are EVSEs that count as drawing although they do not, and when
    that began.
    """
    total_w = station_limit_w(state, at)
    if total_w is None:
        return {}
    demands = {}
    for evse in sorted(state.evses, key=_rank):
        demand = _demand(state, evse, at, assumed.get(evse.evse_id))
        if demand is not None:
            demands[evse.evse_id] = demand
    parts = limits.share(total_w, demands)
    # Who gets all it could use is bound by something else, and is told so.
    return {evse_id: part_w for evse_id, part_w in parts.items() if part_w < demands[evse_id].offered_w}


def station_limit_w(state: StationState, at: float) -> float | None:
    """W that all EVSEs together may have at `at`; None where nothing bounds the station as a whole."""
    profiles = state.profiles if state.profiles is not None else ()
    return limits.station_limit(
        state.spec.evses[0], profiles, state.spec.max_power_w, state.device_limit_w, state.utc(at)
    )


def _rank(evse: Evse) -> tuple[int, float, int]:
    """Who comes first: the highest priority, then the oldest transaction."""
    return -_priority(evse), (inf if evse.transaction is None else evse.transaction.started_at), evse.evse_id


def _priority(evse: Evse) -> int:
    return evse.authorized.priority if evse.authorized is not None else 0


def _demand(state: StationState, evse: Evse, at: float, began_at: float | None) -> Demand | None:
    """What the EVSE could do with a share; None where it needs none."""
    offer = offer_of(state, evse, at, began_at=began_at)
    if not sufficient(evse, offer):
        return None
    vehicle = evse.vehicle
    if path_closed(evse) and vehicle is not None and vehicle.draw(evse.spec, offer, at).power_w > 0.0:
        useful_w = vehicle.useful_w(evse.spec, offer)
    elif began_at is not None:
        useful_w = offer.power_w
    else:
        return None
    return Demand(offer.power_w, useful_w, limits.least_w(evse.spec, offer), _priority(evse))


def _refresh_evse(state: StationState, evse: Evse, at: float, share_w: float | None) -> None:
    evse.offer = offer_of(state, evse, at, share_w)
    closed = path_closed(evse)
    if not closed or evse.vehicle is None:
        evse.path_closed_at = None
        evse.followed = NO_OFFER
        state.deadlines.cancel("react", evse.evse_id)
        state.deadlines.cancel(CONTACTOR, evse.evse_id)
        _follow(state, evse, at, Segment(at))
    elif evse.path_closed_at is None:
        if state.deadlines.get(CONTACTOR, evse.evse_id) is None:
            state.deadlines.set(CONTACTOR, at + state.spec.timing.contactor_delay_s, evse.evse_id)
            if evse.vehicle.talk is not None:
                evse.vehicle.talk.asked = evse.vehicle.talk.scheduled = False
                state.deadlines.set(NEGOTIATE, at, evse.evse_id)
        _follow(state, evse, at, Segment(at))
    else:
        _approach(state, evse, at)
        _follow(state, evse, at, _draw(state, evse, at))
    if state.profiles is not None:
        state.deadlines.set("profile", next_change_at(state, evse, at), evse.evse_id)
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
    state.look_again(at)
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


def next_change_at(state: StationState, evse: Evse, at: float, began_at: float | None = None) -> float:
    """Simulated time after `at` at which a profile may change the offer of `evse`; infinity when never."""
    if state.profiles is None:
        return inf
    started_at = began_at if evse.transaction is None else evse.transaction.started_at
    change = next_change(
        state.profiles.for_evse(evse.evse_id),
        evse.evse_id,
        state.utc(at),
        None if started_at is None else state.utc(started_at),
    )
    return change - state.utc_offset_s


def _charging_state(evse: Evse, at: float) -> ChargingState:
    """ChargingStateEnumType of the EVSE; with both suspensions the EVSE's wins (1.6 section 4.9)."""
    if evse.plugged is None or evse.vehicle is None:
        return ChargingState.IDLE
    transaction = evse.transaction
    if evse.path_closed_at is None:
        return ChargingState.EV_CONNECTED
    if not sufficient(evse, evse.offer) or (transaction is not None and transaction.invalid):
        return ChargingState.SUSPENDED_EVSE
    return ChargingState.CHARGING if evse.meter.power_at(at) > 0 else ChargingState.SUSPENDED_EV
