"""SecurityCtrlr: what is no setting (2.0.1 part 2 appendix 3.1, block A)."""

from chargepoint_sim.core.device_model.model import Variable, fixed
from chargepoint_sim.core.settings import Kind

VARIABLES: tuple[Variable, ...] = (
    fixed("SecurityCtrlr.CertificateEntries", Kind.INTEGER, "0"),
    fixed("SecurityCtrlr.OrganizationName", Kind.STRING, ""),
)
