"""ISO15118Ctrlr: what is no setting (2.0.1 part 2 appendix 3.1)."""

from chargepoint_sim.core.device_model.model import Variable, fixed
from chargepoint_sim.core.settings import Kind

VARIABLES: tuple[Variable, ...] = (
    # No contract certificate is validated here, and off line nobody else does it.
    fixed("ISO15118Ctrlr.ContractValidationOffline", Kind.BOOLEAN, "false"),
)
