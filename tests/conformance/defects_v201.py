"""For each case of 2.0.1 alone the defect of the central system that the case must find."""

from collections.abc import Mapping
from typing import Any

from tests.conformance.defective import Defect, Outgoing
from tests.conformance.defects import answers, frames, obliges, refuses, sends


def judges(action: str, status: str | None) -> Defect:
    """Answers `action` with another status of the token; None leaves out what is known of it."""
    return answers(action, idTokenInfo=None if status is None else {"status": status})


def variable(component: str, name: str, value: str | None = None) -> dict[str, Any]:
    """A variable to read, or with a value one to set."""
    place: dict[str, Any] = {"component": {"name": component}, "variable": {"name": name}}
    return place if value is None else {**place, "attributeValue": value}


def profile(**fields: Any) -> Defect:
    """Sends charging profiles with these fields changed."""
    return sends("SetChargingProfile", chargingProfile=fields)


def numbers_profiles(frame: Outgoing) -> None:
    """Gives every charging profile an id of its own."""
    if frame.kind == "call" and frame.action == "SetChargingProfile":
        frame.payload["chargingProfile"]["id"] = int(frame.message_id.rsplit("-", 1)[-1], 16) + 100


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
    "TC_B_06_CSMS": sends("GetVariables", getVariableData=[variable("OCPPCommCtrlr", "HeartbeatInterval")]),
    "TC_B_07_CSMS": sends("GetVariables", getVariableData=[variable("OCPPCommCtrlr", "OfflineThreshold")]),
    "TC_B_08_CSMS": sends("GetVariables", getVariableData=[variable("AuthCtrlr", "Enabled")] * 5),
    "TC_B_09_CSMS": sends("SetVariables", setVariableData=[variable("OCPPCommCtrlr", "OfflineThreshold", "124")]),
    "TC_B_10_CSMS": sends("SetVariables", setVariableData=[variable("OCPPCommCtrlr", "OfflineThreshold", "123")]),
    "TC_B_12_CSMS": sends("GetBaseReport", reportBase="FullInventory"),
    "TC_B_13_CSMS": refuses("NotifyReport"),
    "TC_B_14_CSMS": sends("GetBaseReport", requestId=-1),
    "TC_B_18_CSMS": sends("GetReport", componentCriteria=["Enabled"]),
    "TC_B_20_CSMS": sends("Reset", type="Immediate"),
    "TC_B_21_CSMS": refuses_event("Ended"),
    "TC_B_22_CSMS": sends("Reset", type="OnIdle"),
    "TC_B_25_CSMS": sends("Reset", evseId=None),
    "TC_B_26_CSMS": sends("Reset", evseId=2),
    "TC_B_27_CSMS": refuses_event("Ended"),
    "TC_B_42_CSMS": sends("SetNetworkProfile", connectionData={"ocppTransport": "SOAP"}),
    "TC_B_44_CSMS": sends("SetNetworkProfile", connectionData={"ocppInterface": None}),
    "TC_A_09_CSMS": Defect(keeps_passwords=True),
    "TC_A_10_CSMS": sends("SetVariables", setVariableData=[variable("SecurityCtrlr", "BasicAuthPassword", "short")]),
    "TC_A_19_CSMS": Defect(keeps_profiles=True),
    "TC_F_01_CSMS": sends("RequestStartTransaction", evseId=2),
    "TC_F_02_CSMS": judges("Authorize", "Blocked"),
    "TC_F_03_CSMS": refuses_event("Started"),
    "TC_F_04_CSMS": refuses_event("Ended"),
    "TC_E_21_CSMS": sends("RequestStopTransaction", transactionId="another"),
    "TC_F_06_CSMS": sends("UnlockConnector", connectorId=None),
    "TC_F_11_CSMS": sends("TriggerMessage", evse=None),
    "TC_F_12_CSMS": sends("TriggerMessage", evse={"id": 1}),
    "TC_F_13_CSMS": sends("TriggerMessage", evse=None),
    "TC_F_14_CSMS": sends("TriggerMessage", evse={"id": 1}),
    "TC_F_15_CSMS": refuses("LogStatusNotification"),
    "TC_F_18_CSMS": refuses("FirmwareStatusNotification"),
    "TC_F_20_CSMS": answers("Heartbeat", currentTime="2001-01-01T00:00:00Z"),
    "TC_F_23_CSMS": sends("TriggerMessage", evse={"connectorId": None}),
    "TC_F_24_CSMS": sends("TriggerMessage", requestedMessage="Heartbeat"),
    "TC_F_27_CSMS": sends("TriggerMessage", requestedMessage="Anything"),
    "TC_C_37_CSMS": sends("ClearCache", all=True),
    "TC_C_38_CSMS": sends("ClearCache", all=True),
    "TC_E_29_CSMS": sends("GetTransactionStatus", transactionId=None),
    "TC_E_30_CSMS": sends("GetTransactionStatus", transactionId="another"),
    "TC_E_31_CSMS": refuses_event("Ended"),
    "TC_E_33_CSMS": sends("GetTransactionStatus", transactionId="any"),
    "TC_E_34_CSMS": sends("GetTransactionStatus", transactionId="any"),
    "TC_C_47_CSMS": answers("Authorize", idTokenInfo={"groupIdToken": None}),
    "TC_C_48_CSMS": refuses_event("Ended"),
    "TC_C_49_CSMS": answers("Authorize", idTokenInfo={"status": "Invalid"}),
    "TC_G_03_CSMS": sends("ChangeAvailability", evse={"connectorId": 1}),
    "TC_G_04_CSMS": sends("ChangeAvailability", operationalStatus="Inoperative"),
    "TC_G_05_CSMS": sends("ChangeAvailability", evse={"id": 1}),
    "TC_G_06_CSMS": sends("ChangeAvailability", operationalStatus="Operative"),
    "TC_G_07_CSMS": sends("ChangeAvailability", evse={"id": 1, "connectorId": None}),
    "TC_G_08_CSMS": refuses("StatusNotification"),
    "TC_G_11_CSMS": sends("ChangeAvailability", evse=None),
    "TC_G_14_CSMS": refuses_event("Ended"),
    "TC_G_17_CSMS": sends("ChangeAvailability", evse={"id": 2}),
    "TC_K_01_CSMS": profile(validTo=None),
    "TC_K_10_CSMS": sends("SetChargingProfile", evseId=1),
    "TC_K_03_CSMS": profile(chargingProfilePurpose="TxDefaultProfile"),
    "TC_K_60_CSMS": profile(transactionId="another"),
    "TC_K_04_CSMS": frames(numbers_profiles),
    "TC_K_70_CSMS": profile(stackLevel=0),
    "TC_K_15_CSMS": profile(chargingProfileKind="Relative"),
    "TC_K_19_CSMS": profile(recurrencyKind=None),
    "TC_K_05_CSMS": sends("ClearChargingProfile", chargingProfileId=4711),
    "TC_K_06_CSMS": sends("ClearChargingProfile", chargingProfileCriteria={"stackLevel": None}),
    "TC_K_08_CSMS": sends("ClearChargingProfile", chargingProfileId=4711),
    "TC_K_29_CSMS": refuses("ReportChargingProfiles"),
    "TC_K_30_CSMS": sends("GetChargingProfiles", evseId=0),
    "TC_K_31_CSMS": sends("GetChargingProfiles", evseId=1),
    "TC_K_32_CSMS": sends("GetChargingProfiles", chargingProfile={"chargingProfileId": [4711]}),
    "TC_K_33_CSMS": sends("GetChargingProfiles", chargingProfile={"stackLevel": None}),
    "TC_K_34_CSMS": sends("GetChargingProfiles", chargingProfile={"chargingLimitSource": []}),
    "TC_K_35_CSMS": sends("GetChargingProfiles", chargingProfile={"chargingProfilePurpose": "TxProfile"}),
    "TC_K_36_CSMS": refuses("ReportChargingProfiles"),
    "TC_K_37_CSMS": sends("RequestStartTransaction", chargingProfile={"transactionId": "another"}),
    "TC_K_43_CSMS": sends("GetCompositeSchedule", chargingRateUnit=None),
    "TC_K_44_CSMS": sends("GetCompositeSchedule", evseId=1),
    "TC_K_48_CSMS": refuses("NotifyChargingLimit"),
    "TC_K_50_CSMS": refuses("ClearedChargingLimit"),
    "TC_K_51_CSMS": answers("ClearedChargingLimit", status="Accepted"),
    "TC_K_52_CSMS": refuses("ReportChargingProfiles"),
    "TC_D_01_CSMS": sends("SendLocalList", versionNumber=0),
    "TC_D_02_CSMS": sends("SendLocalList", versionNumber=5),
    "TC_D_03_CSMS": sends("SendLocalList", updateType="Full"),
    "TC_D_04_CSMS": sends("SendLocalList", updateType="Differential"),
    "TC_D_08_CSMS": sends("GetLocalListVersion", version=1),
    "TC_D_09_CSMS": sends("GetLocalListVersion", list="all"),
    "TC_H_01_CSMS": sends("ReserveNow", evseId=2),
    "TC_H_07_CSMS": refuses("ReservationStatusUpdate"),
    "TC_H_08_CSMS": sends("ReserveNow", evseId=1),
    "TC_H_14_CSMS": sends("ReserveNow", id=8),
    "TC_H_15_CSMS": sends("ReserveNow", connectorType="cCCS1"),
    "TC_H_17_CSMS": sends("CancelReservation", reservationId=77),
    "TC_H_19_CSMS": sends("ReserveNow", groupIdToken=None),
    "TC_H_20_CSMS": refuses("ReservationStatusUpdate"),
    "TC_H_22_CSMS": sends("ReserveNow", idToken={"idToken": "SOMEBODY-ELSE"}),
    "TC_N_25_CSMS": refuses("LogStatusNotification"),
    "TC_N_35_CSMS": sends("GetLog", logType="DiagnosticsLog"),
    "TC_N_34_CSMS": sends("GetLog", log={"remoteLocation": None}),
    "TC_N_36_CSMS": sends("GetLog", requestId=1),
    "TC_N_27_CSMS": refuses("NotifyCustomerInformation"),
    "TC_N_28_CSMS": sends("CustomerInformation", report=False),
    "TC_N_29_CSMS": sends("CustomerInformation", idToken=None),
    "TC_N_30_CSMS": sends("CustomerInformation", clear=False),
    "TC_N_31_CSMS": refuses("NotifyCustomerInformation"),
    "TC_N_32_CSMS": sends("CustomerInformation", report=True),
    "TC_N_62_CSMS": sends("CustomerInformation", customerIdentifier=None),
    "TC_N_46_CSMS": sends("SendLocalList", updateType="Full"),
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
