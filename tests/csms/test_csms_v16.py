"""What each 1.6 message is answered, literally as on the wire."""

import orjson
import pytest

from chargepoint_sim.csms.v16 import HANDLERS
from chargepoint_sim.protocol.frames import Version
from tests.csms.wire import BOOT, IDENTITY, Wire

T = "2023-11-14T22:13:00Z"

ANSWERS = {
    "BootNotification": (
        '{"chargePointVendor":"Example","chargePointModel":"AC-22"}',
        '{"currentTime":"2023-11-14T22:13:20.000Z","interval":300,"status":"Accepted"}',
    ),
    "Heartbeat": ("{}", '{"currentTime":"2023-11-14T22:13:20.000Z"}'),
    "Authorize": ('{"idTag":"04A1B2C3"}', '{"idTagInfo":{"status":"Accepted"}}'),
    "StatusNotification": ('{"connectorId":1,"errorCode":"NoError","status":"Available"}', "{}"),
    "StartTransaction": (
        '{"connectorId":1,"idTag":"04A1B2C3","meterStart":1200,"timestamp":"2023-11-14T22:13:00Z"}',
        '{"transactionId":1,"idTagInfo":{"status":"Accepted"}}',
    ),
    "StopTransaction": (
        '{"transactionId":77,"idTag":"04A1B2C3","meterStop":1300,"timestamp":"2023-11-14T22:13:00Z"}',
        '{"idTagInfo":{"status":"Accepted"}}',
    ),
    "MeterValues": (
        '{"connectorId":1,"meterValue":[{"timestamp":"2023-11-14T22:13:00Z","sampledValue":[{"value":"1250"}]}]}',
        "{}",
    ),
    "DataTransfer": ('{"vendorId":"org.example"}', '{"status":"UnknownVendorId"}'),
    "DiagnosticsStatusNotification": ('{"status":"Uploading"}', "{}"),
    "FirmwareStatusNotification": ('{"status":"Downloading"}', "{}"),
    "SecurityEventNotification": ('{"type":"StartupOfTheDevice","timestamp":"2023-11-14T22:13:00Z"}', "{}"),
    "SignCertificate": ('{"csr":"-----BEGIN CERTIFICATE REQUEST-----"}', '{"status":"Rejected"}'),
    "LogStatusNotification": ('{"status":"Uploaded","requestId":4}', "{}"),
    "SignedFirmwareStatusNotification": ('{"status":"SignatureVerified","requestId":5}', "{}"),
}


def test_every_message_of_a_charge_point_is_covered() -> None:
    assert ANSWERS.keys() == HANDLERS.keys()


@pytest.mark.parametrize("action", ANSWERS)
def test_answer_on_the_wire(action: str) -> None:
    request, answer = ANSWERS[action]
    wire = Wire(Version.V16)
    assert wire.send(f'[2,"m1","{action}",{request}]') == [f'[3,"m1",{answer}]']
    assert not wire.central.violations


def start(wire: Wire, message_id: str = "s1", tag: str = "04A1B2C3", connector: int = 1, register: int = 1200) -> int:
    answer = wire.ask(
        f'[2,"{message_id}","StartTransaction",{{"connectorId":{connector},"idTag":"{tag}",'
        f'"meterStart":{register},"timestamp":"{T}"}}]'
    )
    transaction_id: int = answer[2]["transactionId"]
    return transaction_id


def test_repeated_start_transaction_opens_one_session() -> None:
    wire = Wire(Version.V16)
    first = start(wire, "s1")
    again = start(wire, "s2")
    other = start(wire, "s3", connector=2)
    assert first == again
    assert other != first
    assert [session.transaction_id for session in wire.central.sessions(IDENTITY)] == [str(first), str(other)]


def test_repeated_message_id_is_answered_as_before_with_one_effect() -> None:
    wire = Wire(Version.V16)
    text = f'[2,"s1","StartTransaction",{{"connectorId":1,"idTag":"A","meterStart":5,"timestamp":"{T}"}}]'
    assert wire.send(text) == wire.send(text, 5) == ['[3,"s1",{"transactionId":1,"idTagInfo":{"status":"Accepted"}}]']
    assert len(wire.central.sessions()) == 1


def test_message_id_used_for_another_request_is_refused() -> None:
    wire = Wire(Version.V16)
    wire.send('[2,"h1","Heartbeat",{}]')
    assert wire.ask('[2,"h1","Authorize",{"idTag":"A"}]')[:3] == [4, "h1", "ProtocolError"]


def test_a_session_from_start_to_stop() -> None:
    wire = Wire(Version.V16)
    assert start(wire) == 1
    wire.send(
        '[2,"m1","MeterValues",{"connectorId":1,"transactionId":1,"meterValue":[{"timestamp":"2023-11-14T22:14:00Z",'
        '"sampledValue":[{"value":"1.25","unit":"kWh"},{"value":"7.4","measurand":"Power.Active.Import","unit":"kW"},'
        '{"value":"230.1","measurand":"Voltage","phase":"L1-N","unit":"V"},'
        '{"value":"0badc0de","format":"SignedData"}]}]}]'
    )
    (session,) = wire.central.sessions(IDENTITY)
    assert session.is_open
    assert session.energy_wh == 50.0
    assert {key: reading.value for key, reading in session.readings.items()} == {
        "Energy.Active.Import.Register": 1250.0,
        "Power.Active.Import": 7400.0,
        "Voltage/L1-N": 230.1,
    }
    wire.send(
        '[2,"m2","StopTransaction",{"transactionId":1,"idTag":"04A1B2C3","meterStop":1300,'
        '"timestamp":"2023-11-14T22:15:00Z","reason":"Remote"}]'
    )
    assert not session.is_open
    assert (session.energy_wh, session.stop_reason, session.stop_tag) == (100.0, "Remote", "04A1B2C3")
    assert session.stopped_at is not None
    assert session.started_at is not None
    assert session.stopped_at - session.started_at == 120.0


def test_second_stop_changes_nothing() -> None:
    wire = Wire(Version.V16)
    transaction_id = start(wire)
    for message_id, register in (("a", 1300), ("b", 9999)):
        answer = wire.ask(
            f'[2,"{message_id}","StopTransaction",{{"transactionId":{transaction_id},"meterStop":{register},'
            f'"timestamp":"{T}"}}]'
        )
        assert answer == [3, message_id, {}]
    assert wire.central.sessions()[0].meter_stop_wh == 1300.0


def test_stop_for_a_start_that_never_came_is_accepted() -> None:
    wire = Wire(Version.V16)
    text = f'[2,"a","StopTransaction",{{"transactionId":-1,"meterStop":1,"timestamp":"{T}"}}]'
    assert wire.send(text) == ['[3,"a",{}]']
    assert wire.central.sessions() == ()


def test_meter_stop_below_meter_start_is_noted() -> None:
    wire = Wire(Version.V16)
    transaction_id = start(wire, register=1000)
    wire.send(f'[2,"a","StopTransaction",{{"transactionId":{transaction_id},"meterStop":900,"timestamp":"{T}"}}]')
    assert wire.central.sessions()[0].oddities == ["meterStop is below meterStart"]


@pytest.mark.parametrize(
    ("listed", "authorize", "started"),
    [
        ("Accepted", "Accepted", "Accepted"),
        ("Blocked", "Blocked", "Blocked"),
        ("Expired", "Expired", "Expired"),
        ("Invalid", "Invalid", "Invalid"),
        ("ConcurrentTx", "Accepted", "ConcurrentTx"),
        ("NoCredit", "Blocked", "Blocked"),
    ],
)
def test_listed_tags_are_answered_regardless_of_case(listed: str, authorize: str, started: str) -> None:
    wire = Wire(Version.V16, id_tags=[{"id_tag": "abc", "status": listed}])
    assert wire.ask('[2,"a","Authorize",{"idTag":"ABC"}]')[2] == {"idTagInfo": {"status": authorize}}
    answer = wire.ask(f'[2,"b","StartTransaction",{{"connectorId":1,"idTag":"Abc","meterStart":0,"timestamp":"{T}"}}]')
    assert answer[2] == {"transactionId": 1, "idTagInfo": {"status": started}}


def test_parent_tag_and_expiry_are_told() -> None:
    tag = {"id_tag": "A", "group": "FAMILY", "expires": "2023-11-14T23:13:20Z"}
    wire = Wire(Version.V16, id_tags=[tag])
    info = {"status": "Accepted", "expiryDate": "2023-11-14T23:13:20.000Z", "parentIdTag": "FAMILY"}
    assert wire.ask('[2,"a","Authorize",{"idTag":"A"}]')[2]["idTagInfo"] == info
    assert wire.ask('[2,"b","Authorize",{"idTag":"A"}]', 3600)[2]["idTagInfo"] == {**info, "status": "Expired"}


def test_unlisted_tags_may_be_refused() -> None:
    wire = Wire(Version.V16, unlisted_tags="Unknown", id_tags=[{"id_tag": "A"}])
    assert wire.ask('[2,"a","Authorize",{"idTag":"B"}]')[2] == {"idTagInfo": {"status": "Invalid"}}
    assert wire.ask('[2,"b","Authorize",{"idTag":"A"}]')[2] == {"idTagInfo": {"status": "Accepted"}}


@pytest.mark.parametrize(
    ("request_json", "status"),
    [
        ('{"vendorId":"org.example","messageId":"a"}', "Accepted"),
        ('{"vendorId":"org.example","messageId":"b"}', "UnknownMessageId"),
        ('{"vendorId":"org.any","messageId":"b"}', "Accepted"),
        ('{"vendorId":"org.other"}', "UnknownVendorId"),
    ],
)
def test_data_transfer_knows_the_configured_vendors(request_json: str, status: str) -> None:
    wire = Wire(Version.V16, vendors={"org.example": ["a"], "org.any": []})
    assert wire.send(f'[2,"d","DataTransfer",{request_json}]') == [f'[3,"d",{{"status":"{status}"}}]']


def test_status_and_idle_readings_are_kept() -> None:
    wire = Wire(Version.V16)
    wire.send(
        f'[2,"a","StatusNotification",{{"connectorId":2,"errorCode":"GroundFailure","status":"Faulted","info":"x",'
        f'"timestamp":"{T}"}}]'
    )
    wire.send(
        f'[2,"b","MeterValues",{{"connectorId":0,"meterValue":[{{"timestamp":"{T}","sampledValue":[{{"value":"9"}}]}}]}}]'
    )
    peer = wire.central.peer(IDENTITY)
    status = peer.statuses[2, None]
    assert (status.status, status.error_code, status.details) == ("Faulted", "GroundFailure", "x")
    assert peer.readings[0]["Energy.Active.Import.Register"].value == 9.0


@pytest.mark.parametrize("status", ["Pending", "Rejected"])
def test_boot_answer_is_configured(status: str) -> None:
    wire = Wire(Version.V16, booted=False, boot={"status": status, "interval_s": 17})
    assert wire.ask(BOOT[Version.V16])[2] == {
        "currentTime": "2023-11-14T22:13:20.000Z",
        "interval": 17,
        "status": status,
    }


def test_informing_messages_are_kept() -> None:
    wire = Wire(Version.V16)
    wire.send('[2,"a","FirmwareStatusNotification",{"status":"Installed"}]')
    assert wire.central.peer(IDENTITY).last["FirmwareStatusNotification"] == {"status": "Installed"}


def test_a_leap_second_is_a_property_violation_and_books_nothing() -> None:
    wire = Wire(Version.V16)
    answer = wire.ask(
        '[2,"a","StartTransaction",{"connectorId":1,"idTag":"A","meterStart":0,"timestamp":"2016-12-31T23:59:60Z"}]'
    )
    assert answer[:3] == [4, "a", "PropertyConstraintViolation"]
    assert orjson.loads(wire.central.frames(IDENTITY)[-1].text) == answer
    assert wire.central.sessions() == ()
