"""MonitoringCtrlr: what is no setting (2.0.1 part 2 appendix 3.1, block N)."""

from collections.abc import Mapping

from chargepoint_sim.core.device_model.model import Variable, fixed
from chargepoint_sim.core.settings import Kind

ITEMS_PER_MESSAGE: Mapping[str, int] = {"ClearVariableMonitoring": 20, "SetVariableMonitoring": 20}
BYTES_PER_MESSAGE: Mapping[str, int] = {"ClearVariableMonitoring": 65536, "SetVariableMonitoring": 65536}

VARIABLES: tuple[Variable, ...] = (
    fixed("MonitoringCtrlr.Available", Kind.BOOLEAN, "true"),
    *(
        fixed(f"MonitoringCtrlr.{limit}[{action}]", Kind.INTEGER, str(most))
        for limit, values in (("BytesPerMessage", BYTES_PER_MESSAGE), ("ItemsPerMessage", ITEMS_PER_MESSAGE))
        for action, most in values.items()
    ),
)
