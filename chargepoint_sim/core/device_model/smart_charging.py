"""SmartChargingCtrlr: what is no setting (2.0.1 part 2 appendix 3.1, block K)."""

from chargepoint_sim.core.device_model.model import Variable, fixed, shown
from chargepoint_sim.core.settings import Kind
from chargepoint_sim.core.smart_charging.profiles import is_external
from chargepoint_sim.core.state import StationState


def _installed(state: StationState, _: float) -> str:
    """How many profiles of the central system are kept."""
    return str(sum(not is_external(profile) for profile in state.profiles or ()))


ENTRIES = "SmartChargingCtrlr.Entries[ChargingProfiles]"

VARIABLES: tuple[Variable, ...] = (
    fixed("SmartChargingCtrlr.ACPhaseSwitchingSupported", Kind.BOOLEAN, "false"),
    fixed("SmartChargingCtrlr.Available", Kind.BOOLEAN, "true"),
    shown(ENTRIES, Kind.INTEGER, _installed, persistent=True, capacity=ENTRIES),
)
