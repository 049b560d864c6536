"""The charging profiles of a station: installed, cleared, bound to a transaction and gone with it.

Rules that both versions share; which profile may be sent for what, and how it is refused, is for the adapters
(1.6 section 5.16, 2.0.1 part 2 K01, K10). Every change acts on the offers at once.
"""

from collections.abc import Callable
from dataclasses import replace

from chargepoint_sim.core import power
from chargepoint_sim.core.smart_charging.profiles import ChargingProfile, ProfileStore, Purpose, is_external
from chargepoint_sim.core.state import Evse, StationState


def install(state: StationState, profile: ChargingProfile, at: float, *, displaces: bool) -> bool:
    """Keep `profile` in place of the one with its id; False where there is no room for it.

    In 1.6 it `displaces` its rivals too; 2.0.1 refuses duplicates and lets the rest stand side by side.
    """
    if not room_for(state, profile, displaces=displaces):
        return False
    _keep(state, profile, displaces=displaces)
    power.refresh(state, at)
    return True


def room_for(state: StationState, profile: ChargingProfile, *, displaces: bool) -> bool:
    """Whether the station can hold `profile` besides those that it would not replace."""
    if state.profiles is None:
        return True
    rivals = state.profiles.rivals(profile) if displaces else ()
    replaced = {other.profile_id for other in rivals} | {profile.profile_id}
    kept = sum(not is_external(other) and other.profile_id not in replaced for other in state.profiles)
    return kept < state.settings.integer("SmartChargingCtrlr.Entries[ChargingProfiles]")


def clear(state: StationState, chosen: Callable[[ChargingProfile], bool], at: float) -> int:
    """Forget the central system's profiles for which `chosen` holds; how many they were."""
    if state.profiles is None:
        return 0
    removed = state.profiles.remove(lambda profile: not is_external(profile) and chosen(profile))
    if removed:
        power.refresh(state, at)
    return len(removed)


def is_duplicate(state: StationState, profile: ChargingProfile) -> bool:
    """Whether another profile stands where 2.0.1 lets only one stand (reasonCode DuplicateProfile)."""
    return state.profiles is not None and bool(state.profiles.duplicates(profile))


def transaction_began(state: StationState, evse: Evse) -> None:
    """Bind the profile that came with a remote start to the transaction that it was meant for (1.6 5.16.2, K05)."""
    profile, evse.session_profile = evse.session_profile, None
    if profile is not None and evse.transaction is not None:
        bound = replace(profile, evse_id=evse.evse_id, transaction_id=evse.transaction.transaction_id)
        if room_for(state, bound, displaces=True):
            _keep(state, bound, displaces=True)


def transaction_ended(state: StationState, evse: Evse) -> None:
    """TxProfiles do not outlive their transaction."""
    if state.profiles is not None:
        state.profiles.remove(lambda profile: profile.purpose is Purpose.TX and profile.evse_id == evse.evse_id)


def _keep(state: StationState, profile: ChargingProfile, *, displaces: bool) -> None:
    if state.profiles is None:
        state.profiles = ProfileStore()
    rivals = state.profiles.rivals(profile) if displaces else ()
    state.profiles.remove(lambda other: other in rivals)
    state.profiles.install(profile)
