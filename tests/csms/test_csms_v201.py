"""What each 2.0.1 message is answered, literally as on the wire."""

from typing import Any

import orjson
import pytest

from chargepoint_sim.csms.reports import REPORTS_KEPT
from chargepoint_sim.csms.v201 import HANDLERS
from chargepoint_sim.errors import LocalError
from chargepoint_sim.protocol.frames import Version
from tests.csms.wire import BOOT, IDENTITY, Wire

T = "2023-11-14T22:13:00Z"
HASH = (
    '{"hashAlgorithm":"SHA256","issuerNameHash":"aa","issuerKeyHash":"bb","serialNumber":"1",'
    '"responderURL":"http://127.0.0.1/ocsp"}'
)
SCHEDULE = '{"id":1,"chargingRateUnit":"W","chargingSchedulePeriod":[{"startPeriod":0,"limit":7400.0}]}'
PROFILE = (
    '{"id":1,"stackLevel":0,"chargingProfilePurpose":"TxDefaultProfile","chargingProfileKind":"Relative",'
    f'"chargingSchedule":[{SCHEDULE}]}}'
)
VARIABLE = {"component": {"name": "OCPPCommCtrlr"}, "variable": {"name": "HeartbeatInterval"}}
METER = f'[{{"timestamp":"{T}","sampledValue":[{{"value":1250.0}}]}}]'

ANSWERS = {
    "BootNotification": (
        '{"reason":"PowerUp","chargingStation":{"vendorName":"Example","model":"DC-150"}}',
        '{"currentTime":"2023-11-14T22:13:20.000Z","interval":300,"status":"Accepted"}',
    ),
    "Heartbeat": ("{}", '{"currentTime":"2023-11-14T22:13:20.000Z"}'),
    "StatusNotification": (
        f'{{"timestamp":"{T}","connectorStatus":"Available","evseId":1,"connectorId":1}}',
        "{}",
    ),
    "Authorize": (
        '{"idToken":{"idToken":"04A1B2C3","type":"ISO14443"}}',
        '{"idTokenInfo":{"status":"Accepted"}}',
    ),
    "TransactionEvent": (
        (
            f'{{"eventType":"Started","timestamp":"{T}","triggerReason":"Authorized","seqNo":0,'
            '"transactionInfo":{"transactionId":"t-1"},"idToken":{"idToken":"04A1B2C3","type":"ISO14443"}}'
        ),
        '{"idTokenInfo":{"status":"Accepted"}}',
    ),
    "MeterValues": (f'{{"evseId":1,"meterValue":{METER}}}', "{}"),
    "NotifyReport": (f'{{"requestId":1,"generatedAt":"{T}","seqNo":0}}', "{}"),
    "NotifyEvent": (
        (
            f'{{"generatedAt":"{T}","seqNo":0,"eventData":[{{"eventId":1,"timestamp":"{T}","trigger":"Delta",'
            '"actualValue":"Occupied","eventNotificationType":"HardWiredNotification","component":{"name":"Connector",'
            '"evse":{"id":1,"connectorId":2}},"variable":{"name":"AvailabilityState"}}]}'
        ),
        "{}",
    ),
    "NotifyMonitoringReport": (f'{{"requestId":1,"generatedAt":"{T}","seqNo":0}}', "{}"),
    "NotifyCustomerInformation": (f'{{"data":"none","seqNo":0,"generatedAt":"{T}","requestId":1}}', "{}"),
    "NotifyDisplayMessages": ('{"requestId":1}', "{}"),
    "NotifyChargingLimit": (
        f'{{"evseId":1,"chargingLimit":{{"chargingLimitSource":"EMS"}},"chargingSchedule":[{SCHEDULE}]}}',
        "{}",
    ),
    "ClearedChargingLimit": ('{"chargingLimitSource":"EMS","evseId":1}', "{}"),
    "ReportChargingProfiles": (
        f'{{"requestId":1,"chargingLimitSource":"CSO","evseId":1,"chargingProfile":[{PROFILE}]}}',
        "{}",
    ),
    "NotifyEVChargingNeeds": (
        '{"evseId":1,"chargingNeeds":{"requestedEnergyTransfer":"AC_three_phase"}}',
        '{"status":"Rejected"}',
    ),
    "NotifyEVChargingSchedule": (
        f'{{"timeBase":"{T}","evseId":1,"chargingSchedule":{SCHEDULE}}}',
        '{"status":"Accepted"}',
    ),
    "ReservationStatusUpdate": ('{"reservationId":1,"reservationUpdateStatus":"Expired"}', "{}"),
    "SecurityEventNotification": (f'{{"type":"StartupOfTheDevice","timestamp":"{T}"}}', "{}"),
    "SignCertificate": ('{"csr":"-----BEGIN CERTIFICATE REQUEST-----"}', '{"status":"Rejected"}'),
    "Get15118EVCertificate": (
        '{"iso15118SchemaVersion":"urn:iso:15118:2:2013:MsgDef","action":"Install","exiRequest":"AA=="}',
        '{"status":"Failed","exiResponse":""}',
    ),
    "GetCertificateStatus": (f'{{"ocspRequestData":{HASH}}}', '{"status":"Failed"}'),
    "FirmwareStatusNotification": ('{"status":"Downloading","requestId":1}', "{}"),
    "PublishFirmwareStatusNotification": ('{"status":"Idle"}', "{}"),
    "LogStatusNotification": ('{"status":"Uploading","requestId":1}', "{}"),
    "DataTransfer": ('{"vendorId":"org.example","data":{"any":1}}', '{"status":"UnknownVendorId"}'),
}


def test_every_message_of_a_charging_station_is_covered() -> None:
    assert ANSWERS.keys() == HANDLERS.keys()


@pytest.mark.parametrize("action", ANSWERS)
def test_answer_on_the_wire(action: str) -> None:
    request, answer = ANSWERS[action]
    wire = Wire(Version.V201)
    assert wire.send(f'[2,"m1","{action}",{request}]') == [f'[3,"m1",{answer}]']
    assert not wire.central.violations


def event(wire: Wire, kind: str, seq_no: int, second: int, **fields: Any) -> dict[str, Any]:
    """Send a TransactionEvent of transaction t-1; returns the payload of the answer."""
    info = {"transactionId": "t-1", **fields.pop("info", {})}
    payload = {
        "eventType": kind,
        "timestamp": f"2023-11-14T22:13:{second:02d}Z",
        "triggerReason": fields.pop("reason", "ChargingStateChanged"),
        "seqNo": seq_no,
        "transactionInfo": info,
        **fields,
    }
    message_id = f"{kind}-{seq_no}-{len(wire.central.frames(IDENTITY))}"
    answer = wire.ask(orjson.dumps([2, message_id, "TransactionEvent", payload]).decode())
    assert answer[:2] == [3, message_id]
    body: dict[str, Any] = answer[2]
    return body


def register(value: float, context: str, **more: Any) -> list[dict[str, Any]]:
    return [{"timestamp": T, "sampledValue": [{"value": value, "context": context, **more}]}]


def test_e_a_session_from_start_to_end() -> None:
    wire = Wire(Version.V201)
    token = {"idToken": "04A1B2C3", "type": "ISO14443"}
    assert event(wire, "Started", 0, 1, evse={"id": 2, "connectorId": 1}, info={"chargingState": "EVConnected"}) == {}
    assert event(wire, "Updated", 1, 2, idToken=token) == {"idTokenInfo": {"status": "Accepted"}}
    event(wire, "Updated", 2, 3, info={"chargingState": "Charging"}, meterValue=register(1000.0, "Transaction.Begin"))
    kwh = {"unitOfMeasure": {"unit": "kWh", "multiplier": 0}}
    event(wire, "Updated", 3, 4, meterValue=register(1.5, "Sample.Periodic", **kwh))
    (session,) = wire.central.sessions(IDENTITY)
    assert (session.evse_id, session.connector_id, session.id_tag) == (2, 1, "04A1B2C3")
    assert (session.charging_state, session.energy_wh, session.is_open) == ("Charging", 500.0, True)
    event(wire, "Ended", 4, 9, meterValue=register(1700.0, "Transaction.End"), info={"stoppedReason": "Remote"})
    assert not session.is_open
    assert (session.energy_wh, session.stop_reason, session.oddities) == (700.0, "Remote", [])
    assert session.missing_seq_nos == set()


def test_repeated_event_with_a_fresh_message_id_is_booked_once() -> None:
    wire = Wire(Version.V201)
    token = {"idToken": "A", "type": "Central"}
    first = event(wire, "Started", 0, 1, idToken=token, meterValue=register(5.0, "Transaction.Begin"))
    again = event(wire, "Started", 0, 1, idToken=token, meterValue=register(5.0, "Transaction.Begin"))
    assert first == again == {"idTokenInfo": {"status": "Accepted"}}
    (session,) = wire.central.sessions()
    assert session.samples == 1


def test_missing_and_late_events_are_told_by_seq_no() -> None:
    wire = Wire(Version.V201)
    event(wire, "Updated", 1, 2, info={"chargingState": "Charging"})
    event(wire, "Updated", 4, 5, info={"chargingState": "SuspendedEV"})
    (session,) = wire.central.sessions()
    assert session.missing_seq_nos == {2, 3}
    event(wire, "Updated", 2, 3, info={"chargingState": "EVConnected"})
    event(wire, "Started", 0, 1)
    assert session.missing_seq_nos == {3}
    assert session.charging_state == "SuspendedEV"
    assert session.started_at is not None


def test_a_huge_seq_no_is_noted_and_not_listed() -> None:
    wire = Wire(Version.V201)
    event(wire, "Started", 0, 1)
    event(wire, "Updated", 2_000_000_000, 2)
    (session,) = wire.central.sessions()
    assert session.missing_seq_nos == set()
    assert session.oddities == ["seqNo 1 to 1999999999 never arrived"]


def test_c09_group_token_is_told() -> None:
    tag = {"id_tag": "A", "group": "FAMILY", "expires": "2023-11-14T23:13:20Z"}
    wire = Wire(Version.V201, id_tags=[tag])
    assert wire.ask('[2,"a","Authorize",{"idToken":{"idToken":"a","type":"ISO14443"}}]')[2] == {
        "idTokenInfo": {
            "status": "Accepted",
            "cacheExpiryDateTime": "2023-11-14T23:13:20.000Z",
            "groupIdToken": {"idToken": "FAMILY", "type": "Central"},
        }
    }


@pytest.mark.parametrize("status", ["Blocked", "Expired", "Invalid", "NoCredit", "NotAtThisTime", "Unknown"])
def test_listed_status_is_answered_in_both_messages(status: str) -> None:
    wire = Wire(Version.V201, id_tags=[{"id_tag": "A", "status": status}])
    token = {"idToken": "A", "type": "ISO14443"}
    assert wire.ask('[2,"a","Authorize",{"idToken":{"idToken":"A","type":"ISO14443"}}]')[2] == {
        "idTokenInfo": {"status": status}
    }
    assert event(wire, "Started", 0, 1, idToken=token) == {"idTokenInfo": {"status": status}}
    assert wire.central.sessions()[0].tag_status == status


def test_concurrent_tx_is_said_at_the_start_only() -> None:
    wire = Wire(Version.V201, id_tags=[{"id_tag": "A", "status": "ConcurrentTx"}])
    token = {"idToken": "A", "type": "ISO14443"}
    assert wire.ask('[2,"a","Authorize",{"idToken":{"idToken":"A","type":"ISO14443"}}]')[2] == {
        "idTokenInfo": {"status": "Accepted"}
    }
    assert event(wire, "Started", 0, 1, idToken=token) == {"idTokenInfo": {"status": "ConcurrentTx"}}


def test_c02_no_authorization_is_always_accepted() -> None:
    wire = Wire(Version.V201, unlisted_tags="Invalid")
    assert event(wire, "Started", 0, 1, idToken={"idToken": "", "type": "NoAuthorization"}) == {
        "idTokenInfo": {"status": "Accepted"}
    }


@pytest.mark.parametrize(
    ("verdict", "listed", "token_status", "certificate_status"),
    [
        pytest.param("Accepted", "Blocked", "Blocked", "ContractCancelled", id="c07_fr_13"),
        pytest.param("Accepted", "NotAtThisTime", "NotAtThisTime", "Accepted", id="c07_fr_14"),
        pytest.param("CertificateExpired", "Accepted", "Expired", "CertificateExpired", id="c07_fr_15"),
        pytest.param("CertificateRevoked", "Accepted", "Invalid", "CertificateRevoked", id="c07_fr_16"),
        pytest.param("CertChainError", "Accepted", "Invalid", "CertChainError", id="c07_fr_17"),
    ],
)
def test_c07_certificate_data_get_the_configured_verdict(
    verdict: str, listed: str, token_status: str, certificate_status: str
) -> None:
    wire = Wire(
        Version.V201,
        answers={"contract_certificate": verdict},
        id_tags=[{"id_tag": "A", "status": listed}],
    )
    answer = wire.ask(
        f'[2,"a","Authorize",{{"idToken":{{"idToken":"A","type":"eMAID"}},"iso15118CertificateHashData":[{HASH}]}}]'
    )
    assert answer[2] == {"idTokenInfo": {"status": token_status}, "certificateStatus": certificate_status}


def test_g01_availability_state_events_are_a_status() -> None:
    wire = Wire(Version.V201)
    wire.send(f'[2,"a","NotifyEvent",{ANSWERS["NotifyEvent"][0]}]')
    assert wire.central.peer(IDENTITY).statuses[1, 2].status == "Occupied"


def test_b02_pending_serves_only_what_was_asked_for() -> None:
    wire = Wire(Version.V201, boot={"status": "Pending"})
    heartbeat = '[2,"%s","Heartbeat",{}]'
    assert wire.ask(heartbeat % "a")[:3] == [4, "a", "SecurityError"]
    message_id, _ = wire.call("TriggerMessage", {"requestedMessage": "Heartbeat"})
    wire.send(f'[3,"{message_id}",{{"status":"Accepted"}}]')
    assert wire.ask(heartbeat % "b")[0] == 3
    report = f'[2,"%s","NotifyReport",{ANSWERS["NotifyReport"][0]}]'
    assert wire.ask(report % "c")[:3] == [4, "c", "SecurityError"]
    wire.call("GetBaseReport", {"requestId": 1, "reportBase": "FullInventory"})
    assert wire.ask(report % "d")[0] == 3


def test_b02_fr_05_no_remote_start_while_pending_unless_forced() -> None:
    wire = Wire(Version.V201, boot={"status": "Pending"})
    start_request = {"idToken": {"idToken": "A", "type": "Central"}, "remoteStartId": 1}
    with pytest.raises(LocalError, match="Pending"):
        wire.call("RequestStartTransaction", start_request)
    assert wire.call("GetVariables", {"getVariableData": [VARIABLE]})[1]
    _, written = wire.call("RequestStartTransaction", start_request, force=True)
    assert written == []  # it waits behind GetVariables


def test_b03_fr_03_nothing_is_sent_to_a_rejected_charger_unless_forced() -> None:
    wire = Wire(Version.V201, boot={"status": "Rejected"})
    with pytest.raises(LocalError, match="Rejected"):
        wire.call("ClearCache", {})
    assert wire.call("ClearCache", {}, force=True)[1]


def test_b03_rejected_then_accepted() -> None:
    wire = Wire(Version.V201, booted=False, boot={"status": "Rejected", "interval_s": 5})
    assert wire.ask(BOOT[Version.V201])[2]["status"] == "Rejected"
    assert wire.ask('[2,"a","Heartbeat",{}]')[:3] == [4, "a", "SecurityError"]
    wire.central.decide_boot(IDENTITY, "Accepted")
    assert wire.ask(BOOT[Version.V201].replace('"boot"', '"boot2"'))[2]["status"] == "Accepted"
    assert wire.ask('[2,"a","Heartbeat",{}]')[0] == 3


def part(action: str, seq_no: int, rows: str, *, tbc: bool = False, request_id: int = 7) -> str:
    key = "reportData" if action == "NotifyReport" else "monitor"
    more = ',"tbc":true' if tbc else ""
    head = f'"requestId":{request_id},"generatedAt":"{T}","seqNo":{seq_no}'
    return f'[2,"{action}{seq_no}{request_id}{tbc}","{action}",{{{head}{more},"{key}":[{rows}]}}]'


ROW = '{"component":{"name":"EVSE","evse":{"id":%d}},"variable":{"name":"Power"},%s}'
VALUE = '"variableAttribute":[{"value":"1"}]'
MONITOR = '"variableMonitoring":[{"id":1,"transaction":false,"value":1,"type":"Delta","severity":5}]'


def test_b07_n02_reports_are_put_together_from_their_parts() -> None:
    wire = Wire(Version.V201)
    for action, cells in (("NotifyReport", VALUE), ("NotifyMonitoringReport", MONITOR)):
        wire.send(part(action, 0, ROW % (1, cells), tbc=True))
        assert not wire.central.peer(IDENTITY).reports.by_request[action, 7].complete
        wire.send(part(action, 1, ROW % (2, cells)))
        report = wire.central.peer(IDENTITY).reports.by_request[action, 7]
        assert report.complete
        assert [row["component"]["evse"]["id"] for row in report.rows] == [1, 2]


def test_a_report_with_a_part_missing_is_not_complete() -> None:
    wire = Wire(Version.V201)
    wire.send(part("NotifyReport", 0, ROW % (1, VALUE), tbc=True))
    wire.send(part("NotifyReport", 2, ROW % (2, VALUE)))
    (report,) = wire.central.peer(IDENTITY).reports.view()["reports"]
    assert (report["complete"], len(report["rows"])) == (False, 2)
    wire.send(part("NotifyReport", 0, ROW % (1, VALUE)))  # asked for once more under the same id
    assert wire.central.peer(IDENTITY).reports.by_request["NotifyReport", 7].complete


def test_the_last_reports_are_kept() -> None:
    wire = Wire(Version.V201)
    for request_id in range(REPORTS_KEPT + 3):
        wire.send(part("NotifyReport", 0, ROW % (1, VALUE), request_id=request_id))
    assert [key[1] for key in wire.central.peer(IDENTITY).reports.by_request] == list(range(3, REPORTS_KEPT + 3))


def test_n07_events_are_kept() -> None:
    wire = Wire(Version.V201)
    wire.send(f'[2,"a","NotifyEvent",{ANSWERS["NotifyEvent"][0]}]')
    assert [event["eventId"] for event in wire.central.peer(IDENTITY).reports.view()["events"]] == [1]


NEEDS = (
    '{"evseId":1,"chargingNeeds":{"requestedEnergyTransfer":"AC_three_phase","acChargingParameters":'
    '{"energyAmount":20000,"evMinCurrent":6,"evMaxCurrent":16,"evMaxVoltage":230}}}'
)
"""What a vehicle says to NotifyEVChargingNeeds."""


def test_k15_fr_07_a_profile_with_the_configured_schedules_follows_the_needs() -> None:
    wire = Wire(Version.V201, answers={"ev_charging_needs": "Accepted", "ev_charging_power_w": [7000, 11000]})
    needs = f'[2,"n","NotifyEVChargingNeeds",{NEEDS}]'
    assert wire.send(needs) == ['[3,"n",{"status":"Rejected"}]'], "there is no transaction"
    event(wire, "Started", 0, 0, evse={"id": 1, "connectorId": 1})
    answer, call = (orjson.loads(text) for text in wire.send(needs.replace('"n"', '"m"', 1)))
    assert (answer, call[2]) == ([3, "m", {"status": "Accepted"}], "SetChargingProfile")
    profile = call[3]["chargingProfile"]
    assert (call[3]["evseId"], profile["chargingProfilePurpose"], profile["transactionId"]) == (1, "TxProfile", "t-1")
    assert [
        (one["id"], one["chargingRateUnit"], one["chargingSchedulePeriod"][0]["limit"])
        for one in profile["chargingSchedule"]
    ] == [(1, "W", 7000), (2, "W", 11000)]


def test_m01_m06_certificates_and_their_status_are_what_is_configured() -> None:
    wire = Wire(Version.V201, answers={"ev_certificate": "RVhJ", "ocsp_result": "T0NTUA=="})
    wanted = '{"iso15118SchemaVersion":"urn:iso:15118:2:2013:MsgDef","action":"Install","exiRequest":"RVhJ"}'
    given = wire.ask(f'[2,"c","Get15118EVCertificate",{wanted}]')
    assert given == [3, "c", {"status": "Accepted", "exiResponse": "RVhJ"}]
    status = wire.ask(f'[2,"s","GetCertificateStatus",{{"ocspRequestData":{HASH}}}]')
    assert status == [3, "s", {"status": "Accepted", "ocspResult": "T0NTUA=="}]
