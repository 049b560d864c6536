"""For each case of 2.0.1 alone the defect of the central system that the case must find."""

from collections.abc import Mapping

from tests.conformance.defective import Defect, Outgoing
from tests.conformance.defects import answers, obliges, refuses, sends


def judges(action: str, status: str | None) -> Defect:
    """Answers `action` with another status of the token; None leaves out what is known of it."""
    return answers(action, idTokenInfo=None if status is None else {"status": status})


def refuses_event(event_type: str) -> Defect:
    """Refuses the events of a transaction that have this type."""

    def spoil(frame: Outgoing) -> None:
        if frame.kind == "result" and frame.request.get("eventType") == event_type:
            frame.kind = "error"

    return Defect(spoil)


V201: Mapping[str, Defect] = {
    "TC_A_01_CSMS": answers("BootNotification", status="Rejected"),
    "TC_A_02_CSMS": Defect(upgrade="open_door"),
    "TC_A_03_CSMS": Defect(upgrade="open_door"),
    "TC_A_04_CSMS": Defect(tls="few"),
    "TC_A_06_CSMS": Defect(tls="old"),
    "TC_A_07_CSMS": answers("BootNotification", status="Rejected"),
    "TC_A_08_CSMS": Defect(tls="trusting"),
    "TC_B_01_CSMS": answers("BootNotification", interval=0),
    "TC_B_02_CSMS": answers("BootNotification", status="Pending"),
    "TC_B_30_CSMS": obliges("StatusNotification"),
    "TC_B_31_CSMS": sends("TriggerMessage", requestedMessage="Heartbeat"),
    "TC_B_58_CSMS": Defect(upgrade="own_subprotocol"),
    "TC_C_02_CSMS": judges("Authorize", "Accepted"),
    "TC_C_06_CSMS": judges("Authorize", "Accepted"),
    "TC_C_07_CSMS": judges("Authorize", "Blocked"),
    "TC_C_08_CSMS": judges("TransactionEvent", "Invalid"),
    "TC_C_20_CSMS": judges("TransactionEvent", "Accepted"),
    "TC_C_39_CSMS": answers("TransactionEvent", idTokenInfo={"groupIdToken": None}),
    "TC_E_01_CSMS": judges("Authorize", "Invalid"),
    "TC_E_02_CSMS": judges("TransactionEvent", "Invalid"),
    "TC_E_03_CSMS": answers("TransactionEvent", idTokenInfo={"status": "Accepted"}),
    "TC_E_04_CSMS": judges("TransactionEvent", None),
    "TC_E_07_CSMS": refuses_event("Ended"),
    "TC_E_08_CSMS": refuses_event("Ended"),
    "TC_E_09_CSMS": answers("TransactionEvent", idTokenInfo={"status": "Accepted"}),
    "TC_E_10_CSMS": judges("TransactionEvent", "Blocked"),
    "TC_E_11_CSMS": judges("TransactionEvent", "Unknown"),
    "TC_E_12_CSMS": refuses_event("Started"),
    "TC_E_14_CSMS": refuses_event("Ended"),
    "TC_E_15_CSMS": refuses_event("Ended"),
    "TC_E_16_CSMS": judges("TransactionEvent", "Blocked"),
    "TC_E_17_CSMS": refuses_event("Ended"),
    "TC_E_19_CSMS": judges("TransactionEvent", "Accepted"),
    "TC_E_20_CSMS": refuses_event("Ended"),
    "TC_E_22_CSMS": refuses_event("Ended"),
    "TC_E_26_CSMS": refuses_event("Updated"),
    "TC_E_38_CSMS": refuses_event("Updated"),
    "TC_E_39_CSMS": refuses_event("Ended"),
    "TC_E_53_CSMS": refuses_event("Started"),
    "TC_G_20_CSMS": refuses("NotifyEvent"),
    "TC_J_01_CSMS": refuses("MeterValues"),
    "TC_J_02_CSMS": refuses_event("Updated"),
    "TC_J_03_CSMS": refuses_event("Ended"),
    "TC_J_04_CSMS": refuses_event("Updated"),
    "TC_J_07_CSMS": refuses_event("Started"),
    "TC_J_08_CSMS": refuses_event("Updated"),
    "TC_J_09_CSMS": refuses_event("Updated"),
    "TC_J_10_CSMS": refuses_event("Ended"),
    "TC_J_11_CSMS": Defect(deaf_to="signedMeterData"),
    "TC_P_02_CSMS": answers("DataTransfer", status="Accepted"),
    "TC_P_03_CSMS": Defect(breaks_at='"customData"'),
    "CP201_A01": refuses_event("Ended"),
    "CP201_A02": refuses_event("Updated"),
    "CP201_A03": Defect(deaf_to="Sample.Periodic"),
    "CP201_A04": Defect(upgrade="plain"),
    "CP201_A05": answers("NotifyEvent", status="Accepted"),
    "RB_07": obliges("TransactionEvent"),
    "RB_12": Defect(deaf_to='"twice-at-once"'),
    "RB_16": Defect(settings={"call_timeout_s": 0.05}),
    "RB_21": refuses("TransactionEvent"),
    "RB_23": refuses("TransactionEvent"),
    "RB_24": refuses("MeterValues"),
    "RB_27": Defect(breaks_at='"id":77'),
    "RB_32": refuses("TransactionEvent"),
}
"""Case -> what is broken."""
