"""High-level communication with a vehicle, as far as a central system sees it (2.0.1 K15-K17; ISO 15118-2).

Owns what the vehicle asks for, how long the station waits for an answer, and which schedule the vehicle takes. No
power-line and no EXI stack stands behind it: what passes between vehicle and station is a function call here.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from math import inf
from typing import NamedTuple

from chargepoint_sim.core import charging_profiles, external, metering, power
from chargepoint_sim.core.facts import ChargingNeedsKnown, ScheduleChosen, TransactionPhase, Trigger
from chargepoint_sim.core.smart_charging.leading import PeriodLimit
from chargepoint_sim.core.smart_charging.limits import limit_w
from chargepoint_sim.core.smart_charging.profiles import ChargingProfile, Unit
from chargepoint_sim.core.spec import Current
from chargepoint_sim.core.state import Evse, StationState
from chargepoint_sim.core.vehicle import Conversation

ENABLED = "ISO15118Ctrlr.Enabled"
MAX_ENTRIES = "ISO15118Ctrlr.MaxScheduleEntries"

MOST_SCHEDULES = 3
"""Schedules that one profile may offer to the vehicle (K15.FR.07)."""

LONGEST_WAIT_S = 60.0
"""How long a vehicle waits for schedules, ChargeParameterDiscoveryReq (K15.FR.08)."""

HORIZON_S = 86_400.0
"""How far a vehicle plans that does not say when it leaves."""


class Needs(NamedTuple):
    """What a vehicle tells when charging is about to begin (ChargingNeedsType)."""

    dc: bool
    phases: int
    """AC: as many as the vehicle uses here."""
    energy_wh: float
    min_current_a: float
    max_current_a: float
    max_voltage_v: float
    max_power_w: float
    soc: float
    capacity_wh: float
    departs_at: float | None
    """Simulated instant."""


def conversation(state: StationState, evse: Evse) -> Conversation | None:
    """What station and vehicle talk about; None where one of them does not speak ISO 15118."""
    vehicle = evse.vehicle
    if vehicle is None or vehicle.talk is None or not state.settings.boolean(ENABLED):
        return None
    return vehicle.talk


def needs(evse: Evse, at: float) -> Needs:
    """What the vehicle at an EVSE wants from `at` on."""
    vehicle = evse.vehicle
    assert vehicle is not None
    assert vehicle.talk is not None
    spec, dc = vehicle.spec, evse.spec.current is Current.DC
    soc = vehicle.soc_after(evse.meter.segment.energy_wh(at), evse.spec.current)
    missing_wh = max(vehicle.target_soc - soc, 0.0) * spec.battery_wh / spec.efficiency(evse.spec.current)
    return Needs(
        dc,
        vehicle.phases_used(evse.spec),
        missing_wh if vehicle.talk.energy_wh is None else vehicle.talk.energy_wh,
        0.0 if dc else vehicle.ac_floor_a,
        spec.dc_max_current_a if dc else spec.ac_max_current_a,
        spec.dc_voltage_full_v if dc else evse.spec.voltage_v,
        spec.greatest_power_w(evse.spec),
        soc,
        spec.battery_wh,
        vehicle.talk.departs_at,
    )


def negotiate_due(state: StationState, evse: Evse, at: float) -> None:
    """Charging is about to begin, or the vehicle wants to renegotiate: have the central system told (K15, K17).

    Off line the schedule is made of the profiles that are here, which bind anyway (K15.FR.15).
    """
    talk = conversation(state, evse)
    if talk is None or evse.transaction is None or not state.online or not power.path_closed(evse):
        return
    talk.asked = True
    state.emit(ChargingNeedsKnown(at, evse.evse_id, evse.transaction.transaction_id))


def wait(state: StationState, evse: Evse, at: float) -> None:
    """Keep the contactor open until schedules are here, but not for ever."""
    if state.deadlines.get(power.CONTACTOR, evse.evse_id) is not None:
        state.deadlines.set(power.CONTACTOR, at + LONGEST_WAIT_S, evse.evse_id)


def go_on(state: StationState, evse: Evse, at: float) -> None:
    """There is nothing to wait for any more: energy may flow with the limits that are here."""
    if state.deadlines.get(power.CONTACTOR, evse.evse_id) is not None:
        state.deadlines.set(power.CONTACTOR, at + state.spec.timing.contactor_delay_s, evse.evse_id)


def offer(state: StationState, evse: Evse, offers: Sequence[ChargingProfile], at: float) -> bool:
    """Offer the schedules of a TxProfile to the vehicle, and keep the profile; False where there is no room for it.

    `offers` is the profile once with each of its schedules. The vehicle takes one, and charges by it at once
    (K15.FR.19, K16.FR.02, K16.FR.11).
    """
    assert evse.transaction is not None
    chosen = choose(state, evse, offers, at)
    if len(offers) > 1:
        chosen = replace(chosen, alternatives=tuple(one.schedule for one in offers))
    before_w = evse.offer.power_w
    if not charging_profiles.install(state, chosen, at, displaces=False):
        return False
    assert evse.vehicle is not None
    assert evse.vehicle.talk is not None
    evse.vehicle.talk.scheduled = True
    state.emit(ScheduleChosen(at, evse.evse_id, chosen.schedule.schedule_id or 0, chosen.schedule.unit))
    go_on(state, evse, at)
    same_state = evse.transaction.state_told is evse.charging_state
    if evse.path_closed_at is not None and same_state and external.differ(state, before_w, evse.offer.power_w):
        metering.tell(state, evse, at, TransactionPhase.UPDATED, Trigger.CHARGING_RATE_CHANGED)
    return True


def choose(state: StationState, evse: Evse, offered: Sequence[ChargingProfile], at: float) -> ChargingProfile:
    """The one of several schedules with which the vehicle gets most of what it wants before it leaves."""
    wanted = needs(evse, at)
    until = at + HORIZON_S if wanted.departs_at is None else wanted.departs_at
    return max(offered, key=lambda one: min(_energy_wh(state, evse, one, at, until), wanted.energy_wh))


def most(evse: Evse, unit: Unit) -> float:
    """The most that the vehicle takes here, in `unit`: its own schedule never shows more."""
    assert evse.vehicle is not None
    spec = evse.vehicle.spec
    if unit is Unit.W:
        return spec.greatest_power_w(evse.spec)
    return spec.dc_max_current_a if evse.spec.current is Current.DC else spec.ac_max_current_a


def _energy_wh(state: StationState, evse: Evse, profile: ChargingProfile, at: float, until: float) -> float:
    """What the schedule lets the vehicle take from `at` to `until`; beyond the schedule nothing is counted."""
    assert evse.vehicle is not None
    assert evse.transaction is not None
    schedule = profile.schedule
    start = state.utc(evse.transaction.started_at) if schedule.start_at is None else schedule.start_at
    first, last = state.utc(at), min(state.utc(until), start + (schedule.duration_s or inf))
    bounds = (*(start + period.start_s for period in schedule.periods), inf)
    most_w = evse.vehicle.spec.greatest_power_w(evse.spec)
    total_ws = 0.0
    for period, (begins, ends) in zip(schedule.periods, pairwise(bounds), strict=True):
        seconds = min(ends, last) - max(begins, first)
        if seconds > 0.0:
            limit = PeriodLimit(period.limit, schedule.unit, period.phases, profile)
            total_ws += min(limit_w(evse.spec, limit), most_w) * seconds
    return total_ws / 3600.0
