"""Defects of the central system in what is shown, what it costs and what is watched: blocks I, N and O of 2.0.1."""

from collections.abc import Mapping
from typing import Any

from tests.conformance.defective import Defect, Outgoing
from tests.conformance.defects import answers, refuses, sends


def message(**fields: Any) -> Defect:
    """Sends display messages with these fields changed."""
    return sends("SetDisplayMessage", message=fields)


def monitor(**fields: Any) -> Defect:
    """Sends a monitor on AvailabilityState of EVSE 1 with these fields changed, and no other."""
    place = {"component": {"name": "EVSE", "evse": {"id": 1}}, "variable": {"name": "AvailabilityState"}}
    watch = {"type": "Delta", "value": 1, "severity": 8}
    return sends("SetVariableMonitoring", setMonitoringData=[{**place, **watch, **fields}])


def refuses_cleared(frame: Outgoing) -> None:
    """Refuses the events of thresholds that are kept again."""
    if frame.kind == "result" and any(event.get("cleared") for event in frame.request.get("eventData", ())):
        frame.kind = "error"


def _report(**fields: Any) -> Defect:
    return sends("GetMonitoringReport", **fields)


DEVICE: Mapping[str, Defect] = {
    "TC_I_01_CSMS": sends("CostUpdated", transactionId="another"),
    "TC_I_02_CSMS": answers("TransactionEvent", totalCost=None),
    "TC_O_01_CSMS": message(state=None),
    "TC_O_02_CSMS": refuses("NotifyDisplayMessages"),
    "TC_O_03_CSMS": sends("GetDisplayMessages", priority="InFront"),
    "TC_O_04_CSMS": sends("ClearDisplayMessage", id=4711),
    "TC_O_05_CSMS": sends("ClearDisplayMessage", id=-1),
    "TC_O_06_CSMS": message(transactionId=None),
    "TC_O_07_CSMS": sends("GetDisplayMessages", id=None),
    "TC_O_08_CSMS": sends("GetDisplayMessages", state="Idle"),
    "TC_O_09_CSMS": sends("GetDisplayMessages", state=None),
    "TC_O_10_CSMS": message(transactionId=None),
    "TC_O_11_CSMS": sends("GetDisplayMessages", id=[1]),
    "TC_O_12_CSMS": message(priority="NormalCycle"),
    "TC_O_13_CSMS": message(startDateTime=None),
    "TC_O_14_CSMS": message(endDateTime=None),
    "TC_O_17_CSMS": message(priority="InFront"),
    "TC_O_18_CSMS": message(state="Idle"),
    "TC_O_19_CSMS": message(message={"format": "UTF8"}),
    "TC_O_25_CSMS": message(state="Idle"),
    "TC_O_26_CSMS": message(id=1),
    "TC_O_27_CSMS": message(startDateTime=None),
    "TC_O_28_CSMS": message(endDateTime=None),
    "TC_N_01_CSMS": _report(monitoringCriteria=["PeriodicMonitoring"]),
    "TC_N_02_CSMS": _report(componentVariable=None),
    "TC_N_03_CSMS": _report(monitoringCriteria=None),
    "TC_N_60_CSMS": refuses("NotifyMonitoringReport"),
    "TC_N_47_CSMS": _report(monitoringCriteria=["ThresholdMonitoring"]),
    "TC_N_05_CSMS": sends("SetMonitoringBase", monitoringBase="All"),
    "TC_N_08_CSMS": monitor(severity=7),
    "TC_N_09_CSMS": monitor(),
    "TC_N_16_CSMS": sends("SetMonitoringLevel", severity=5),
    "TC_N_17_CSMS": sends("SetMonitoringLevel", severity=5),
    "TC_N_18_CSMS": sends("ClearVariableMonitoring", id=list(range(1, 22))),
    "TC_N_44_CSMS": sends("ClearVariableMonitoring", id=[]),
    "TC_N_21_CSMS": refuses("NotifyEvent"),
    "TC_N_24_CSMS": answers("NotifyEvent", status="Accepted"),
    "TC_N_48_CSMS": refuses("NotifyEvent"),
    "TC_N_49_CSMS": Defect(refuses_cleared),
    "TC_N_50_CSMS": refuses("NotifyEvent"),
    "TC_N_63_CSMS": sends("CustomerInformation", customerCertificate=None),
}
