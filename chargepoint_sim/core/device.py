"""What whoever owns the station sets at the device itself, past any central system: a ceiling, a pause, a new start.

The ceiling is a limit on what all EVSEs draw together, shared like ChargePointMaxProfile; the pause lets no energy
flow and leaves sessions open. Both outlast sessions, resets and power cuts, until they are set anew or a factory reset
comes. No standard knows them: a central system sees the offered power and the charging state that follow.
"""

from chargepoint_sim.core import external, power
from chargepoint_sim.core.access import PASSWORD, PROFILE
from chargepoint_sim.core.smart_charging.profiles import STATION
from chargepoint_sim.core.state import StationState

CONNECTION = frozenset({PASSWORD, PROFILE})
"""Settings that a factory reset leaves alone: without them the station could not connect any more."""


def set_limit(state: StationState, power_w: float | None, at: float) -> None:
    """Hold what all EVSEs draw together at `power_w` (W), or with None as high as the hardware allows."""
    before = external.offered(state, STATION, at)
    state.device_limit_w = power_w
    power.refresh(state, at)
    external.tell_rates(state, before, at)


def pause(state: StationState, at: float) -> None:
    """Offer nothing at any EVSE; transactions stay open, suspended by the EVSE."""
    state.paused = True
    power.refresh(state, at)


def resume(state: StationState, at: float) -> None:
    """Offer again what the other limits allow."""
    state.paused = False
    power.refresh(state, at)


def forget(state: StationState, at: float) -> None:
    """Go back to how the station was made, but for registers, waiting messages and how it connects.

    What follows from it comes with the restart that must follow.
    """
    external.release(state, at)  # a central system that was told of a limit is told of its end
    state.device_limit_w, state.paused = None, False
    state.profiles = state.cache = state.contracts = state.local_list = state.reservations = None
    state.monitoring = state.display = None
    state.settings.overlay = {
        name: value for name, value in (state.settings.overlay or {}).items() if name in CONNECTION
    } or None
    power.refresh(state, at)
