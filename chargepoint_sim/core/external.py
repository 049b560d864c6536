"""The external limit of an EVSE: what power-update sets (2.0.1 K11-K13, architecture D4).

Held as a charging profile in the same store and composition as those of a central system; it lasts until it is
replaced or released, across sessions and reboots.
"""

from chargepoint_sim.core import metering, power
from chargepoint_sim.core.facts import ExternalLimitChanged, TransactionPhase, Trigger
from chargepoint_sim.core.smart_charging.profiles import ProfileStore, external_limit, is_external
from chargepoint_sim.core.state import Evse, StationState

EVER = 0.0
"""Start of the schedule: long ago, so that no correction of the clock ever puts it into the future."""


def set_limit(state: StationState, evse: Evse, power_w: float | None, at: float) -> None:
    """Hold `power_w` (W in total) on the EVSE's offer from now on, or release it with None."""
    if power_w is None and limit_w(state, evse) is None:
        return  # nothing to release, nothing to tell (K13)
    before = power.offer_of(state, evse, at).power_w
    if state.profiles is None:
        state.profiles = ProfileStore()
    state.profiles.remove(lambda profile: is_external(profile) and profile.evse_id == evse.evse_id)
    if power_w is not None:
        state.profiles.install(external_limit(evse.evse_id, power_w, EVER))
    power.refresh(state, at)
    after = power.offer_of(state, evse, at).power_w
    significance = state.settings.decimal("SmartChargingCtrlr.LimitChangeSignificance") / 100
    significant = abs(after - before) > significance * max(before, 1.0)
    state.emit(ExternalLimitChanged(at, evse.evse_id, power_w, significant))
    transaction = evse.transaction
    if significant and transaction is not None and transaction.state_told is evse.charging_state:
        # A change of state is the more specific news and tells itself (K12.FR.03, TriggerReasonEnumType).
        metering.tell(state, evse, at, TransactionPhase.UPDATED, Trigger.CHARGING_RATE_CHANGED)


def limit_w(state: StationState, evse: Evse) -> float | None:
    """The limit held, W, or None."""
    if state.profiles is None:
        return None
    for profile in state.profiles.for_evse(evse.evse_id):
        if is_external(profile) and profile.evse_id == evse.evse_id:
            return profile.schedule.periods[0].limit
    return None
