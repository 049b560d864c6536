"""For each case of 1.6 alone the defect of the central system that the case must find."""

import itertools
from collections.abc import Mapping

from chargepoint_sim.conformance.verdicts import Verdict
from tests.conformance.defective import Defect, Outgoing
from tests.conformance.defects import answers, change, frames, obliges, refuses, sends


def fresh_transactions() -> Defect:
    """Gives every StartTransaction, also a repeated one, a transactionId of its own."""
    numbers = itertools.count(1)

    def spoil(frame: Outgoing) -> None:
        if frame.kind == "result" and frame.action == "StartTransaction":
            frame.payload["transactionId"] = next(numbers)

    return Defect(spoil, verdict=Verdict.WARN)


INVALID = {"idTagInfo": {"status": "Invalid"}}
ACCEPTED = {"idTagInfo": {"status": "Accepted"}}

V16: Mapping[str, Defect] = {
    "TC_001_CSMS": answers("BootNotification", interval=0),
    "TC_003_CSMS": answers("Authorize", **INVALID),
    "TC_004_1_CSMS": answers("StartTransaction", transactionId=None),
    "TC_004_2_CSMS": refuses("StatusNotification"),
    "TC_005_1_CSMS": refuses("StopTransaction"),
    "TC_007_CSMS": answers("StartTransaction", **INVALID),
    "TC_010_CSMS": sends("RemoteStartTransaction", connectorId=2),
    "TC_011_1_CSMS": answers("Authorize", **INVALID),
    "TC_011_2_CSMS": sends("RemoteStartTransaction", connectorId=None),
    "TC_012_CSMS": sends("RemoteStopTransaction", transactionId=1),
    "TC_013_CSMS": sends("Reset", type="Soft"),
    "TC_014_CSMS": sends("Reset", type="Hard"),
    "TC_017_1_CSMS": sends("UnlockConnector", connectorId=0),
    "TC_017_2_CSMS": sends("UnlockConnector", connectorId="1"),
    "TC_018_1_CSMS": refuses("StopTransaction"),
    "TC_019_1_CSMS": sends("GetConfiguration", key=["HeartbeatInterval"]),
    "TC_019_2_CSMS": sends("GetConfiguration", key=[]),
    "TC_021_CSMS": sends("ChangeConfiguration", value="61"),
    "TC_026_CSMS": sends("RemoteStartTransaction", idTag=""),
    "TC_028_CSMS": refuses("StopTransaction"),
    "TC_030_CSMS": sends("UnlockConnector", connectorId=2),
    "TC_031_CSMS": sends("UnlockConnector", connectorId=1),
    "TC_040_1_CSMS": sends("ChangeConfiguration", value=None),
    "TC_040_2_CSMS": sends("ChangeConfiguration", value="300"),
    "TC_042_1_CSMS": sends("GetLocalListVersion", version=1),
    "TC_042_2_CSMS": sends("GetLocalListVersion", list="all"),
    "TC_043_1_CSMS": sends("SendLocalList", updateType="Differential"),
    "TC_043_3_CSMS": sends("SendLocalList", listVersion=0),
    "TC_043_4_CSMS": sends("SendLocalList", localAuthorizationList=[{"idTag": "SIM-VALID"}]),
    "TC_043_5_CSMS": sends("SendLocalList", listVersion=1),
    "TC_044_1_CSMS": refuses("FirmwareStatusNotification"),
    "TC_044_2_CSMS": sends("UpdateFirmware", location=""),
    "TC_044_3_CSMS": refuses("FirmwareStatusNotification"),
    "TC_045_1_CSMS": refuses("DiagnosticsStatusNotification"),
    "TC_045_2_CSMS": answers("DiagnosticsStatusNotification", status="Accepted"),
    "TC_046_CSMS": sends("ReserveNow", idTag="SOMEBODY-ELSE"),
    "TC_047_CSMS": sends("ReserveNow", expiryDate="2001-01-01T00:00:00Z"),
    "TC_048_1_CSMS": sends("ReserveNow", connectorId=2),
    "TC_048_2_CSMS": sends("ReserveNow", connectorId=2),
    "TC_048_3_CSMS": sends("ChangeAvailability", type="Operative"),
    "TC_048_4_CSMS": sends("ReserveNow", connectorId=1),
    "TC_049_CSMS": sends("ReserveNow", connectorId=1),
    "TC_051_CSMS": sends("CancelReservation", reservationId=77),
    "TC_052_CSMS": sends("CancelReservation", reservationId="999"),
    "TC_053_CSMS": sends("ReserveNow", parentIdTag=None),
    "TC_054_CSMS": sends("TriggerMessage", connectorId=2),
    "TC_055_CSMS": sends("TriggerMessage", connectorId=1),
    "TC_056_CSMS": sends("SetChargingProfile", csChargingProfiles={"validTo": None}),
    "TC_057_CSMS": sends("SetChargingProfile", csChargingProfiles={"transactionId": 1}),
    "TC_059_CSMS": sends("RemoteStartTransaction", chargingProfile={"transactionId": 1}),
    "TC_066_CSMS": sends("GetCompositeSchedule", chargingRateUnit=None),
    "TC_067_CSMS": sends("ClearChargingProfile", id=4711),
    "CP16_A12": sends("SetChargingProfile", csChargingProfiles={"stackLevel": 0}),
    "TC_073_CSMS": sends("ChangeConfiguration", value="too-short"),
    "TC_074_CSMS": sends("CertificateSigned", certificateChain="-----BEGIN CERTIFICATE-----"),
    "TC_074_RSA_CSMS": refuses("SignCertificate"),
    "TC_083_CSMS": Defect(keeps_profiles=True),
    "TC_086_CSMS": Defect(tls="old"),
    "TC_087_CSMS": Defect(tls="trusting"),
    "TC_075_1_CSMS": sends("InstallCertificate", certificateType="CentralSystemRootCertificate"),
    "TC_075_2_CSMS": sends("InstallCertificate", certificate="MIIB"),
    "TC_076_CSMS": sends("DeleteCertificate", certificateHashData={"serialNumber": "01"}),
    "TC_077_CSMS": refuses("SecurityEventNotification"),
    "TC_078_CSMS": answers("SecurityEventNotification", status="Accepted"),
    "TC_079_CSMS": sends("GetLog", logType="DiagnosticsLog"),
    "TC_080_CSMS": sends("SignedUpdateFirmware", firmware={"signature": "-"}),
    "TC_081_CSMS": refuses("SignedFirmwareStatusNotification"),
    "RB_16": Defect(settings={"call_timeout_s": 0.05}, verdict=Verdict.WARN),
    "RB_12": fresh_transactions(),
    "RB_21": refuses("StopTransaction"),
    "RB_22": fresh_transactions(),
    "RB_24": refuses("MeterValues"),
    "RB_27": Defect(breaks_at='"connectorId":77'),
    "TC_061_CSMS": sends("ClearCache", all=True),
    "CP16_A01": refuses("MeterValues"),
    "CP16_A02": refuses("StopTransaction"),
    "CP16_A03": answers("StartTransaction", transactionId=7),
    "CP16_A04": frames(
        lambda frame: (
            change(frame.payload, {"idTagInfo": {"parentIdTag": f"P{frame.message_id}"[-20:]}})
            if frame.kind == "result" and frame.action == "Authorize"
            else None
        )
    ),
    "CP16_A05": sends("ChangeAvailability", type="Inoperative"),
    "CP16_A06": answers("BootNotification", interval=-1),
    "CP16_A07": answers("BootNotification", status="Accepted"),
    "CP16_A08": refuses("BootNotification"),
    "CP16_A09": answers("Heartbeat", currentTime="2001-01-01T00:00:00Z"),
    "CP16_A10": refuses("StopTransaction"),
    "CP16_A11": answers("StopTransaction", status="Accepted"),
    "TC_023_1_CSMS": answers("Authorize", **ACCEPTED),
    "TC_023_2_CSMS": answers("Authorize", **INVALID),
    "TC_023_3_CSMS": answers("Authorize", **INVALID),
    "TC_024_CSMS": answers("StatusNotification", status="Accepted"),
    "TC_032_1_CSMS": refuses("StopTransaction"),
    "TC_037_1_CSMS": answers("StartTransaction", idTagInfo={"status": "Expired"}),
    "TC_037_3_CSMS": answers("StartTransaction", transactionId=None),
    "TC_039_CSMS": refuses("StopTransaction"),
    "TC_064_CSMS": refuses("DataTransfer"),
    "TC_085_CSMS": Defect(upgrade="open_door"),
    "TC_088_CSMS": Defect(upgrade="own_subprotocol"),
    "RB_07": obliges("StartTransaction", transactionId=1, idTagInfo={"status": "Accepted"}),
    "RB_32": refuses("StopTransaction"),
}
"""Case -> what is broken."""
