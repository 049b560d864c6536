"""Limits from outside the central system, of one EVSE (power-update) or of the whole station (2.0.1 K11-K13).

Held as charging profiles in the same store and composition as those of a central system, one per place; they last
until they are replaced or released, across sessions and reboots.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import inf

from chargepoint_sim.core import metering, power
from chargepoint_sim.core.facts import ExternalLimitChanged, TransactionPhase, Trigger
from chargepoint_sim.core.smart_charging.profiles import (
    STATION,
    ChargingProfile,
    LimitSource,
    ProfileStore,
    external_limit,
    is_external,
)
from chargepoint_sim.core.state import StationState

SIGNALS = "SmartChargingCtrlr.ExternalControlSignalsEnabled"
"""Whether limits from outside the central system are obeyed; those of the device itself (core.device) always are."""

EVER = 0.0
"""Start of the schedule: long ago, so that no correction of the clock ever puts it into the future."""


def set_limit(
    state: StationState, place: int, power_w: float | None, at: float, source: LimitSource = LimitSource.EMS
) -> None:
    """Hold `power_w` (W in total) at an EVSE, or with STATION on all together, or release what is held with None."""
    before = held(state, place)
    if before is None and power_w is None:
        return  # nothing to release, nothing to tell (K13)
    told_source = source if power_w is not None or before is None else before.source
    offered_w = offered(state, place, at)
    if state.profiles is None:
        state.profiles = ProfileStore()
    state.profiles.remove(lambda profile: profile is before)
    if power_w is not None:
        state.profiles.install(external_limit(place, power_w, EVER, source))
    power.refresh(state, at)
    significant = differ(state, offered_w.most, offered(state, place, at).most)
    state.emit(ExternalLimitChanged(at, place, power_w, significant, told_source))
    tell_rates(state, offered_w, at)


def release(state: StationState, at: float) -> None:
    """Release every limit that is held."""
    for profile in [one for one in state.profiles or () if is_external(one)]:
        set_limit(state, profile.evse_id, None, at)


def signals_changed(state: StationState, at: float) -> None:
    """Signals that are not obeyed any more have set no limit either."""
    if not state.settings.boolean(SIGNALS):
        release(state, at)


@dataclass(frozen=True, slots=True)
class Offered:
    """What a limit bounds, W at one instant."""

    by_evse: Mapping[int, float]
    most: float


def offered(state: StationState, place: int, at: float) -> Offered:
    """What a limit at that place is there to bound: the offers of its EVSEs, and what they may have together.

    The offer of an EVSE without a transaction is what the next one would get.
    """
    by_evse = {evse.evse_id: evse.offer.power_w for evse in state.evses if place in (STATION, evse.evse_id)}
    shared_w = power.station_limit_w(state, at) if place == STATION else None
    return Offered(by_evse, min(sum(by_evse.values()), inf if shared_w is None else shared_w))


def tell_rates(state: StationState, before: Offered, at: float) -> None:
    """Tell each transaction whose offer has changed significantly since `before`."""
    for evse_id, before_w in before.by_evse.items():
        evse = state.evses[evse_id - 1]
        transaction = evse.transaction
        if transaction is None or transaction.state_told is not evse.charging_state:
            continue  # a change of state is the more specific news and tells itself (K11.FR.04, TriggerReasonEnumType)
        if differ(state, before_w, evse.offer.power_w):
            metering.tell(state, evse, at, TransactionPhase.UPDATED, Trigger.CHARGING_RATE_CHANGED)


def held(state: StationState, place: int) -> ChargingProfile | None:
    """The profile that holds the limit of an EVSE, or of the STATION; None without one."""
    profiles = state.profiles or ()
    return next((profile for profile in profiles if is_external(profile) and profile.evse_id == place), None)


def limit_w(state: StationState, place: int) -> float | None:
    """The limit held at an EVSE, or of the STATION, W; None without one."""
    profile = held(state, place)
    return None if profile is None else profile.schedule.periods[0].limit


def differ(state: StationState, before_w: float, after_w: float) -> bool:
    """Whether they differ by more than LimitChangeSignificance (K11.FR.02, K11.FR.04)."""
    share = state.settings.decimal("SmartChargingCtrlr.LimitChangeSignificance") / 100
    return abs(after_w - before_w) > share * max(before_w, 1.0)
