"""Controller variables that are no settings: what is fixed, counted or read (2.0.1 part 2 appendices 3.1).

Every setting of the core is a variable by itself (core.settings); a row here, or in the table of another chapter,
takes the place of the setting of the same name.
"""

from collections.abc import Mapping

from chargepoint_sim.clock import format_utc
from chargepoint_sim.core.device_model.model import Variable, fixed, of_setting, shown
from chargepoint_sim.core.settings import SETTINGS, Kind

ITEMS_PER_MESSAGE: Mapping[str, int] = {"GetReport": 100, "GetVariables": 100, "SetVariables": 100}
BYTES_PER_MESSAGE: Mapping[str, int] = {"GetReport": 65536, "GetVariables": 65536, "SetVariables": 65536}

CONFIGURATION_VALUE_SIZE = 1000
"""Characters of a value that SetVariables may bring."""

REPORTING_VALUE_SIZE = 2500
"""Characters of a value that is reported."""

CLOCK = (shown("ClockCtrlr.DateTime", Kind.DATE_TIME, lambda state, at: format_utc(state.utc(at)), varies=True),)

DEVICE_DATA = (
    *(
        fixed(f"DeviceDataCtrlr.{limit}[{action}]", Kind.INTEGER, str(most))
        for limit, values in (("BytesPerMessage", BYTES_PER_MESSAGE), ("ItemsPerMessage", ITEMS_PER_MESSAGE))
        for action, most in values.items()
    ),
    fixed("DeviceDataCtrlr.ConfigurationValueSize", Kind.INTEGER, str(CONFIGURATION_VALUE_SIZE)),
    fixed("DeviceDataCtrlr.ReportingValueSize", Kind.INTEGER, str(REPORTING_VALUE_SIZE)),
)

COMMUNICATION = (
    of_setting(SETTINGS["OCPPCommCtrlr.MessageTimeout[Default]"], writable=False),
    fixed(
        "OCPPCommCtrlr.FileTransferProtocols",
        Kind.MEMBERS,
        "FTP,FTPS,HTTP,HTTPS",
        choices=("FTP", "FTPS", "HTTP", "HTTPS"),
    ),
)

NO_LOCK = fixed("OCPPCommCtrlr.UnlockOnEVSideDisconnect", Kind.BOOLEAN, "false")
"""Of a station that has fixed cables only (2.0.1 part 2 chapter 2.1.12)."""

TOTALS_ONLY = fixed("SampledDataCtrlr.RegisterValuesWithoutPhases", Kind.BOOLEAN, "true")
"""The meter has one register for all phases (2.0.1 part 2 chapter 2.7)."""

AVAILABLE = (
    fixed("AlignedDataCtrlr.Available", Kind.BOOLEAN, "true"),
    fixed("SampledDataCtrlr.Available", Kind.BOOLEAN, "true"),
)

VARIABLES: tuple[Variable, ...] = (
    *CLOCK,
    *DEVICE_DATA,
    *COMMUNICATION,
    *AVAILABLE,
    TOTALS_ONLY,
)
