"""SmartChargingCtrlr: what is no setting (2.0.1 part 2 appendix 3.1, block K)."""

from chargepoint_sim.core.device_model.model import Variable, fixed
from chargepoint_sim.core.settings import Kind

VARIABLES: tuple[Variable, ...] = (
    # External limits are obeyed and told (K11-K13); profiles of the central system are not taken.
    fixed("SmartChargingCtrlr.Available", Kind.BOOLEAN, "false"),
    fixed("SmartChargingCtrlr.Enabled", Kind.BOOLEAN, "false"),
    fixed("SmartChargingCtrlr.ExternalControlSignalsEnabled", Kind.BOOLEAN, "true"),
)
