"""Names of faults that clients use, and the ChargePointErrorCode of OCPP 1.6 that each stands for.

Names are compared without regard to case, spaces, hyphens and underscores. A name that is not in the table is told as
the vendorErrorCode of an OtherError.
"""

import re
from collections.abc import Mapping

_NAMES: Mapping[str, tuple[str, ...]] = {
    "ConnectorLockFailure": ("LockFailure", "ConnectorLock"),
    "EVCommunicationError": ("EVCommunication", "CommunicationError", "CommunicationFailure"),
    "GroundFailure": ("GroundFault", "EarthFault", "EarthFailure", "ResidualCurrent", "GroundFaultInterrupt"),
    "HighTemperature": ("OverTemperature", "OverHeating", "TemperatureHigh"),
    "InternalError": ("InternalFailure", "InternalFault"),
    "LocalListConflict": (),
    "OtherError": ("Other", "OtherFault"),
    "OverCurrentFailure": ("OverCurrent", "OverCurrentFault", "ShortCircuit"),
    "OverVoltage": ("OverVoltageFailure", "OverVoltageFault"),
    "PowerMeterFailure": ("MeterFailure", "PowerMeterFault", "MeterFault"),
    "PowerSwitchFailure": ("PowerSwitchFault", "ContactorFailure", "ContactorFault", "RelayFailure"),
    "ReaderFailure": ("RFIDReaderFailure", "RFIDFailure", "CardReaderFailure"),
    "ResetFailure": (),
    "UnderVoltage": ("UnderVoltageFailure", "UnderVoltageFault"),
    "WeakSignal": ("LowSignal",),
}
"""Code -> what else it is called."""

OTHER = "OtherError"


def _folded(name: str) -> str:
    return re.sub(r"[\s_-]", "", name).casefold()


_CODES: Mapping[str, str] = {_folded(name): code for code, names in _NAMES.items() for name in (code, *names)}


def fault_of(name: str) -> tuple[str, str | None]:
    """The error code, and the vendor's code for a name that no error code stands for."""
    code = _CODES.get(_folded(name))
    return (OTHER, name) if code is None else (code, None)
