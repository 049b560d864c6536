"""Every 1.6 message once, as the very text that stands on the wire."""

import pytest

from chargepoint_sim.core.commands import InjectFault, PlugIn, TransferData
from tests.protocol.harness import one_socket
from tests.protocol.v16.bench import Bench16


def texts(bench: Bench16, action: str) -> list[str]:
    return [one.text.decode() for one in bench.calls(action)]


def answer(bench: Bench16, text: str) -> str:
    before = len(bench.sent)
    bench.say(text)
    return bench.sent[before].text.decode()


def sampled(context: str, measurand: str, unit: str, value: str) -> str:
    return f'{{"context":"{context}","measurand":"{measurand}","unit":"{unit}","value":"{value}"}}'


def test_boot_notification() -> None:
    bench = Bench16(spec=one_socket(meter_type="Meter-3"))
    bench.power_up()
    assert texts(bench, "BootNotification") == [
        (
            '[2,"b1-1","BootNotification",{"chargePointVendor":"Vendor","chargePointModel":"Model",'
            '"firmwareVersion":"1.0","chargePointSerialNumber":"SN1","meterType":"Meter-3"}]'
        )
    ]


def test_status_notification() -> None:
    bench = Bench16.booted(spec=one_socket())
    bench.command(InjectFault(error_code="GroundFailure"))
    assert texts(bench, "StatusNotification") == [
        (
            '[2,"b1-4","StatusNotification",{"connectorId":1,"errorCode":"GroundFailure","status":"Faulted",'
            '"timestamp":"2023-11-15T12:00:00.000Z"}]'
        )
    ]


def test_heartbeat() -> None:
    bench = Bench16.booted(spec=one_socket())
    bench.wait(300)
    assert texts(bench, "Heartbeat") == ['[2,"b1-4","Heartbeat",{}]']


def test_authorize_start_meter_values_stop() -> None:
    bench = Bench16.booted(
        spec=one_socket(),
        settings={
            "SampledDataCtrlr.TxUpdatedMeasurands": "Energy.Active.Import.Register,Power.Active.Import,Power.Offered",
            "SampledDataCtrlr.TxEndedMeasurands": "Energy.Active.Import.Register",
        },
    )
    bench.command(PlugIn(vehicle="suv", soc=0.3))
    bench.wait(1.5).swipe().wait(60)
    bench.ask("RemoteStopTransaction", {"transactionId": 1})
    assert texts(bench, "Authorize") == ['[2,"b1-5","Authorize",{"idTag":"04A1B2C3"}]']
    assert texts(bench, "StartTransaction") == [
        (
            '[2,"b1-6","StartTransaction",{"connectorId":1,"idTag":"04A1B2C3","meterStart":0,'
            '"timestamp":"2023-11-15T12:00:01.500Z"}]'
        )
    ]
    assert texts(bench, "MeterValues") == [
        (
            '[2,"b1-8","MeterValues",{"connectorId":1,"meterValue":[{"timestamp":"2023-11-15T12:01:01.500Z",'
            f'"sampledValue":[{sampled("Sample.Periodic", "Energy.Active.Import.Register", "Wh", "176")},'
            f"{sampled('Sample.Periodic', 'Power.Active.Import', 'W', '10929.6')},"
            f'{sampled("Sample.Periodic", "Power.Offered", "W", "22080")}]}}],"transactionId":1}}]'
        )
    ]
    begin, periodic, end = (
        f'{{"timestamp":"2023-11-15T{time}.500Z",'
        f'"sampledValue":[{sampled(context, "Energy.Active.Import.Register", "Wh", register)}]}}'
        for time, context, register in (
            ("12:00:01", "Transaction.Begin", "0"),
            ("12:01:01", "Sample.Periodic", "176"),
            ("12:01:01", "Transaction.End", "176"),
        )
    )
    assert texts(bench, "StopTransaction") == [
        (
            '[2,"b1-9","StopTransaction",{"meterStop":176,"timestamp":"2023-11-15T12:01:01.500Z","reason":"Remote",'
            f'"transactionData":[{begin},{periodic},{end}],"transactionId":1}}]'
        )
    ]


def test_data_transfer_both_ways() -> None:
    bench = Bench16.booted(spec=one_socket())
    bench.command(TransferData("com.example", "M", '{"a":"ü"}'))
    assert texts(bench, "DataTransfer") == [
        '[2,"b1-4","DataTransfer",{"vendorId":"com.example","messageId":"M","data":"{\\"a\\":\\"ü\\"}"}]'
    ]
    assert answer(bench, '[2,"x","DataTransfer",{"vendorId":"com.example"}]') == '[3,"x",{"status":"UnknownVendorId"}]'


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        ({"vendorId": "com.example", "messageId": "hello"}, {"status": "Accepted", "data": "world"}),
        ({"vendorId": "com.example", "messageId": "ping", "data": "x"}, {"status": "Accepted"}),
        ({"vendorId": "com.example", "messageId": "other"}, {"status": "UnknownMessageId"}),
        ({"vendorId": "com.example"}, {"status": "UnknownMessageId"}),
        ({"vendorId": "org.example", "messageId": "any"}, {"status": "Accepted"}),
        ({"vendorId": "net.example"}, {"status": "UnknownVendorId"}),
    ],
)
def test_data_of_the_central_system_is_taken_as_the_template_says(
    request_: dict[str, str], expected: dict[str, str]
) -> None:
    known = {"com.example": {"hello": "world", "ping": None}, "org.example": {}}
    bench = Bench16.booted(spec=one_socket(data_transfers=known))
    reply = bench.ask("DataTransfer", request_)
    assert reply is not None
    assert reply[2] == expected
    assert len(bench.seen("data_transfer_received")) == (1 if expected["status"] == "Accepted" else 0)


def test_answers_to_the_central_system() -> None:
    bench = Bench16.booted(spec=one_socket())
    talk = {
        '[2,"1","ChangeAvailability",{"connectorId":1,"type":"Operative"}]': '[3,"1",{"status":"Accepted"}]',
        '[2,"2","ChangeConfiguration",{"key":"HeartbeatInterval","value":"10"}]': '[3,"2",{"status":"Accepted"}]',
        '[2,"3","ClearCache",{}]': '[3,"3",{"status":"Accepted"}]',
        '[2,"4","GetConfiguration",{"key":["HeartbeatInterval","X"]}]': '[3,"4",{"configurationKey":'
        '[{"key":"HeartbeatInterval","readonly":false,"value":"10"}],"unknownKey":["X"]}]',
        '[2,"5","RemoteStopTransaction",{"transactionId":1}]': '[3,"5",{"status":"Rejected"}]',
        '[2,"6","UnlockConnector",{"connectorId":1}]': '[3,"6",{"status":"Unlocked"}]',
        '[2,"7","RemoteStartTransaction",{"idTag":"A"}]': '[3,"7",{"status":"Accepted"}]',
        '[2,"8","Reset",{"type":"Hard"}]': '[3,"8",{"status":"Accepted"}]',
    }
    for question, expected in talk.items():
        assert answer(bench, question) == expected


def test_answers_of_the_optional_profiles() -> None:
    bench = Bench16.booted(spec=one_socket())
    talk = {
        '[2,"1","GetLocalListVersion",{}]': '[3,"1",{"listVersion":0}]',
        '[2,"2","SendLocalList",{"listVersion":4,"updateType":"Full","localAuthorizationList":['
        '{"idTag":"A","idTagInfo":{"status":"Accepted","expiryDate":"2030-01-01T00:00:00Z","parentIdTag":"P"}}]}]': (
            '[3,"2",{"status":"Accepted"}]'
        ),
        '[2,"3","GetLocalListVersion",{}]': '[3,"3",{"listVersion":4}]',
        '[2,"4","ReserveNow",{"connectorId":1,"expiryDate":"2030-01-01T00:00:00Z","idTag":"A","parentIdTag":"P",'
        '"reservationId":5}]': '[3,"4",{"status":"Accepted"}]',
        '[2,"5","CancelReservation",{"reservationId":6}]': '[3,"5",{"status":"Rejected"}]',
        '[2,"6","TriggerMessage",{"requestedMessage":"StatusNotification","connectorId":1}]': (
            '[3,"6",{"status":"Accepted"}]'
        ),
    }
    for question, expected in talk.items():
        assert answer(bench, question) == expected
    assert texts(bench, "StatusNotification")[-1] == (
        '[2,"b1-5","StatusNotification",{"connectorId":1,"errorCode":"NoError","status":"Reserved",'
        '"timestamp":"2023-11-15T12:00:00.000Z"}]'
    )


def test_charging_profiles() -> None:
    bench = Bench16.booted(spec=one_socket())
    schedule = '"chargingRateUnit":"A","chargingSchedulePeriod":[{"startPeriod":0,"limit":8.1,"numberPhases":3}]'
    talk = {
        '[2,"1","SetChargingProfile",{"connectorId":1,"csChargingProfiles":{"chargingProfileId":1,"stackLevel":0,'
        '"chargingProfilePurpose":"TxDefaultProfile","chargingProfileKind":"Absolute","chargingSchedule":{'
        f'"startSchedule":"2023-11-15T12:00:00Z",{schedule}}}}}}}]': '[3,"1",{"status":"Accepted"}]',
        '[2,"2","GetCompositeSchedule",{"connectorId":1,"duration":60,"chargingRateUnit":"A"}]': (
            '[3,"2",{"status":"Accepted","connectorId":1,"scheduleStart":"2023-11-15T12:00:00.000Z",'
            f'"chargingSchedule":{{"duration":60,{schedule}}}}}]'
        ),
        '[2,"3","ClearChargingProfile",{"id":1}]': '[3,"3",{"status":"Accepted"}]',
        '[2,"4","ClearChargingProfile",{"id":1}]': '[3,"4",{"status":"Unknown"}]',
    }
    for question, expected in talk.items():
        assert answer(bench, question) == expected


def test_refusals() -> None:
    bench = Bench16.booted(spec=one_socket())
    assert answer(bench, '[2,"1","FlyToTheMoon",{}]') == ('[4,"1","NotImplemented","unknown action FlyToTheMoon",{}]')
    assert answer(bench, '[2,"2","Heartbeat",{}]') == '[4,"2","NotSupported","not a message to a charger",{}]'
