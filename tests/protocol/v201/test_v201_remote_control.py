"""2.0.1 remote start and stop, unlock and trigger (use cases F01-F06)."""

from typing import Any

import orjson
import pytest

from chargepoint_sim import snapshot
from chargepoint_sim.core import locks
from chargepoint_sim.core.commands import InjectFault
from chargepoint_sim.core.spec import ConnectorSpec, EvseSpec
from tests.protocol.harness import two_sockets
from tests.protocol.v201.bench import GROUPED, INVALID, OTHER_TOKEN, Bench201

MEASURANDS = "Energy.Active.Import.Register,Power.Active.Import"
CENTRAL = {"idToken": "app-1", "type": "Central"}
CARD = {"idToken": "04A1B2C3D4E5F6", "type": "ISO14443"}
ACCEPTED = {"status": "Accepted"}


def start(evse_id: int | None = 1, **more: Any) -> dict[str, Any]:
    place = {} if evse_id is None else {"evseId": evse_id}
    return {"idToken": CENTRAL, "remoteStartId": 42, **place, **more}


def rejected(reason: str) -> dict[str, Any]:
    return {"status": "Rejected", "statusInfo": {"reasonCode": reason}}


def test_f01_cable_first_answers_with_the_transaction_that_runs() -> None:
    bench = Bench201.booted()
    bench.plug()
    bench.forget()
    assert bench.answer("RequestStartTransaction", start()) == {"status": "Accepted", "transactionId": "b1-1-1"}
    (event,) = bench.transaction_events()
    assert event["triggerReason"] == "RemoteStart"
    assert event["transactionInfo"]["remoteStartId"] == 42
    assert event["idToken"] == CENTRAL
    bench.wait(70)
    assert [("remoteStartId" in one["transactionInfo"]) for one in bench.transaction_events()] == [True, False, False]


@pytest.mark.shows("RequestStartTransaction")
def test_f02_remote_start_first() -> None:
    bench = Bench201.booted()
    assert bench.answer("RequestStartTransaction", start()) == ACCEPTED
    bench.plug().wait(5)
    assert bench.story() == [
        ("Started", "RemoteStart", "Idle"),
        ("StatusNotification", "Occupied"),
        ("Updated", "CablePluggedIn", "EVConnected"),
        ("Updated", "ChargingStateChanged", "Charging"),
    ]


@pytest.mark.parametrize("evse_id", [1, None], ids=["named", "picked"])
@pytest.mark.parametrize("authorize", ["true", "false"])
def test_e02_fr_09_f02_fr_02_the_first_reading_is_in_started_where_the_evse_is_known(
    evse_id: int | None, authorize: str
) -> None:
    bench = Bench201.booted(settings={"AuthCtrlr.AuthorizeRemoteStart": authorize})
    bench.answer("RequestStartTransaction", start(evse_id))
    bench.wait(5).plug().wait(10)
    events = bench.transaction_events()
    assert [event["eventType"] for event in events] == ["Started", "Updated", "Updated"]
    contexts = [
        [value["context"] for element in event.get("meterValue", ()) for value in element["sampledValue"]]
        for event in events
    ]
    assert contexts == [["Transaction.Begin"], [], []]
    assert events[0]["meterValue"][0]["timestamp"] == events[0]["timestamp"]


def test_e01_fr_16_the_evse_of_a_remote_start_is_told_with_its_cable() -> None:
    bench = Bench201.booted()
    bench.answer("RequestStartTransaction", start())
    bench.wait(5).plug()
    assert [event.get("evse") for event in bench.transaction_events()] == [None, {"id": 1, "connectorId": 1}]


def test_f02_fr_01_a_remote_start_survives_a_restart_of_the_program() -> None:
    settings = {"TxCtrlr.TxStartPoint": "EVConnected"}
    bench = Bench201.booted(settings=settings)
    assert bench.answer("RequestStartTransaction", start()) == ACCEPTED
    later = Bench201(settings=settings)
    snapshot.restore(later.charger, orjson.loads(orjson.dumps(snapshot.take(bench.charger, bench.now.sim))))
    later.power_up().wait(10)
    later.plug()
    started = later.transaction_events()[0]
    assert (started["triggerReason"], started["transactionInfo"]["remoteStartId"]) == ("RemoteStart", 42)
    assert started["idToken"] == CENTRAL


@pytest.mark.parametrize("point", ["EVConnected", "PowerPathClosed", "EnergyTransfer"])
def test_f02_fr_21_the_first_event_says_remote_start_whatever_starts_it(point: str) -> None:
    bench = Bench201.booted(settings={"TxCtrlr.TxStartPoint": point})
    assert bench.answer("RequestStartTransaction", start()) == ACCEPTED
    bench.plug().wait(5)
    started = bench.transaction_events()[0]
    assert (started["eventType"], started["triggerReason"]) == ("Started", "RemoteStart")
    assert started["transactionInfo"]["remoteStartId"] == 42
    assert started["idToken"] == CENTRAL


def test_f02_fr_07_no_cable_in_time() -> None:
    bench = Bench201.booted()
    bench.answer("RequestStartTransaction", start())
    bench.wait(61)
    assert bench.story()[-1] == ("Ended", "EVConnectTimeout", "Idle")


def test_f01_fr_20_without_evse_a_place_with_a_cable_is_preferred() -> None:
    bench = Bench201.booted()
    bench.plug(2)
    assert bench.answer("RequestStartTransaction", start(None))["transactionId"] == "b1-2-1"
    assert bench.answer("RequestStartTransaction", start(None)) == ACCEPTED
    assert bench.station.evses[0].authorized is not None
    assert bench.answer("RequestStartTransaction", start(None)) == rejected("NotFound")


def test_f01_fr_24_an_authorised_transaction_runs() -> None:
    bench = Bench201.charging()
    answer = bench.answer("RequestStartTransaction", start())
    assert answer["status"] == "Rejected"
    assert answer["statusInfo"] == {"reasonCode": "TxInProgress", "additionalInfo": "EVSE 1 is in use"}


@pytest.mark.parametrize("obstacle", ["faulted", "unavailable"])
def test_f01_fr_23_unavailable_or_faulted(obstacle: str) -> None:
    bench = Bench201.booted()
    if obstacle == "faulted":
        bench.command(InjectFault(1, 1, "GroundFailure"))
    else:
        bench.answer("ChangeAvailability", {"operationalStatus": "Inoperative", "evse": {"id": 1}})
    assert bench.answer("RequestStartTransaction", start())["status"] == "Rejected"


def test_f01_fr_01_authorize_first_where_the_station_must() -> None:
    bench = Bench201.booted(settings={"AuthCtrlr.AuthorizeRemoteStart": "true"})
    assert bench.answer("RequestStartTransaction", start(idToken=CARD)) == ACCEPTED
    assert bench.story() == [("Authorize",), ("Started", "RemoteStart", "Idle")]


def test_c03_fr_01_c05_fr_01_a_central_token_is_never_asked_about() -> None:
    bench = Bench201.booted(settings={"AuthCtrlr.AuthorizeRemoteStart": "true"})
    assert bench.answer("RequestStartTransaction", start()) == ACCEPTED
    assert bench.story() == [("Started", "RemoteStart", "Idle")]
    assert bench.station.cache is None


def test_f01_fr_01_refused_there_nothing_starts() -> None:
    bench = Bench201.booted(settings={"AuthCtrlr.AuthorizeRemoteStart": "true"}, answers={"Authorize": INVALID})
    assert bench.answer("RequestStartTransaction", start(idToken=CARD)) == ACCEPTED
    assert bench.story() == [("Authorize",)]


def test_a_group_of_the_request_may_stop() -> None:
    bench = Bench201.booted(answers={"Authorize": GROUPED})
    bench.plug()
    bench.answer("RequestStartTransaction", start(groupIdToken={"idToken": "FAMILY", "type": "Central"}))
    bench.wait(5).forget()
    bench.swipe(token=OTHER_TOKEN)
    assert bench.story()[1] == ("Updated", "StopAuthorized", "Charging")


def test_unknown_evse() -> None:
    bench = Bench201.booted()
    assert bench.answer("RequestStartTransaction", start(9)) == rejected("UnknownEvse")


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        ({}, "OccurrenceConstraintViolation"),
        ({"idToken": CENTRAL, "remoteStartId": "1"}, "TypeConstraintViolation"),
        ({"idToken": {"idToken": "x", "type": "Card"}, "remoteStartId": 1}, "PropertyConstraintViolation"),
        ({"idToken": CENTRAL, "remoteStartId": 1, "connectorId": 1}, "FormatViolation"),
    ],
)
def test_bad_remote_start(request_: dict[str, Any], code: str) -> None:
    bench = Bench201.booted()
    assert bench.error("RequestStartTransaction", request_) == code
    assert bench.calls() == []


def test_f03_fr_02_remote_stop_where_the_cable_is_the_stop_point() -> None:
    bench = Bench201.charging()
    assert bench.answer("RequestStopTransaction", {"transactionId": bench.transaction_id()}) == ACCEPTED
    bench.wait(1)
    bench.unplug()
    assert bench.story() == [
        ("Updated", "RemoteStop", "Charging"),
        ("Updated", "ChargingStateChanged", "EVConnected"),
        ("StatusNotification", "Available"),
        ("Ended", "EVCommunicationLost", "Idle"),
    ]
    assert bench.transaction_events()[-1]["transactionInfo"]["stoppedReason"] == "Remote"


@pytest.mark.parametrize(("attached", "held"), [(False, True), (True, False)])
def test_f04_fr_02_fr_03_a_remote_stop_ends_the_energy_and_the_cable_the_transaction(
    attached: bool, held: bool
) -> None:
    outlet = EvseSpec(1, (ConnectorSpec(1, "cType2", cable_attached=attached),))
    bench = Bench201.charging(
        spec=two_sockets(evses=(outlet,)),
        settings={"TxCtrlr.TxStopPoint": "EVConnected", "SampledDataCtrlr.TxEndedMeasurands": MEASURANDS},
    )
    evse = bench.station.evses[0]
    assert locks.locked(evse, 1) is held, "only a socket holds a plug"
    assert bench.answer("RequestStopTransaction", {"transactionId": bench.transaction_id()}) == ACCEPTED
    bench.wait(5)
    told = [(event["eventType"], event["triggerReason"]) for event in bench.transaction_events()]
    assert told[0] == ("Updated", "RemoteStop")
    assert {event_type for event_type, _ in told} == {"Updated"}, "the transaction ends with the cable"
    assert evse.meter.power_at(bench.now.sim) == 0
    assert not locks.locked(evse, 1)
    bench.forget().unplug()
    (ended,) = bench.transaction_events()
    assert (ended["eventType"], ended["transactionInfo"]["stoppedReason"]) == ("Ended", "Remote")
    last = ended["meterValue"][-1]["sampledValue"]
    assert {value["measurand"] for value in last} == set(MEASURANDS.split(","))  # F04.FR.04


@pytest.mark.shows("RequestStopTransaction")
def test_f03_fr_03_remote_stop_where_authorization_is_a_stop_point() -> None:
    bench = Bench201.charging(settings={"TxCtrlr.TxStopPoint": "Authorized"})
    assert bench.answer("RequestStopTransaction", {"transactionId": bench.transaction_id()}) == ACCEPTED
    assert bench.story() == [("Ended", "RemoteStop", "EVConnected")]
    assert bench.transaction_events()[0]["transactionInfo"]["stoppedReason"] == "Remote"


def test_f03_fr_07_a_transaction_without_authorization_is_active_too() -> None:
    bench = Bench201.booted()
    bench.plug()
    assert bench.answer("RequestStopTransaction", {"transactionId": bench.transaction_id()}) == ACCEPTED
    assert bench.story()[-1] == ("Updated", "RemoteStop", "EVConnected")


def test_f03_fr_08_no_such_transaction() -> None:
    bench = Bench201.charging()
    assert bench.answer("RequestStopTransaction", {"transactionId": "other"}) == rejected("TxNotFound")
    assert bench.error("RequestStopTransaction", {"transactionId": 7}) == "TypeConstraintViolation"


def test_f05_unlock() -> None:
    bench = Bench201.booted()
    assert bench.answer("UnlockConnector", {"evseId": 1, "connectorId": 1}) == {"status": "Unlocked"}
    bench.plug()
    assert bench.answer("UnlockConnector", {"evseId": 1, "connectorId": 1}) == {"status": "Unlocked"}


def test_f05_fr_02_authorised_transaction() -> None:
    bench = Bench201.charging()
    answer = bench.answer("UnlockConnector", {"evseId": 1, "connectorId": 1})
    assert answer == {"status": "OngoingAuthorizedTransaction"}
    assert bench.calls() == []


def test_f05_fr_03_unknown_connector() -> None:
    bench = Bench201.booted()
    assert bench.answer("UnlockConnector", {"evseId": 1, "connectorId": 2}) == {"status": "UnknownConnector"}
    assert bench.answer("UnlockConnector", {"evseId": 7, "connectorId": 1}) == {"status": "UnknownConnector"}
    assert bench.error("UnlockConnector", {"evseId": 1}) == "OccurrenceConstraintViolation"


def test_f05_fr_05_lock_failure_and_fixed_cable() -> None:
    bench = Bench201.booted()
    bench.command(InjectFault(1, 1, "ConnectorLockFailure"))
    assert bench.answer("UnlockConnector", {"evseId": 1, "connectorId": 1}) == {"status": "UnlockFailed"}
    fixed = Bench201.booted(spec=two_sockets(evses=(EvseSpec(1, (ConnectorSpec(1, cable_attached=True),)),)))
    answer = fixed.answer("UnlockConnector", {"evseId": 1, "connectorId": 1})
    assert answer == {"status": "UnlockFailed", "statusInfo": {"reasonCode": "FixedCable"}}


def trigger(bench: Bench201, message: str, **place: int) -> dict[str, Any]:
    evse = {"evse": {"id": place["evse_id"]}} if place else {}
    if "connector_id" in place:
        evse["evse"]["connectorId"] = place["connector_id"]
    return bench.answer("TriggerMessage", {"requestedMessage": message, **evse})


@pytest.mark.shows("TriggerMessage")
def test_f06_heartbeat_follows_the_answer() -> None:
    bench = Bench201.booted()
    assert trigger(bench, "Heartbeat") == ACCEPTED
    assert [one.frame[0] for one in bench.sent] == [3, 2]
    assert bench.story() == [("Heartbeat",)]


def test_f06_fr_17_boot_of_an_accepted_station_is_rejected() -> None:
    bench = Bench201.booted()
    assert trigger(bench, "BootNotification")["status"] == "Rejected"


def test_f06_fr_12_status_only_of_a_connector() -> None:
    bench = Bench201.booted()
    assert trigger(bench, "StatusNotification")["statusInfo"]["reasonCode"] == "MissingParam"
    assert trigger(bench, "StatusNotification", evse_id=1)["status"] == "Rejected"
    assert trigger(bench, "StatusNotification", evse_id=5, connector_id=1) == rejected("UnknownEvse")
    assert trigger(bench, "StatusNotification", evse_id=1, connector_id=5) == rejected("UnknownConnectorId")
    assert trigger(bench, "StatusNotification", evse_id=2, connector_id=1) == ACCEPTED
    (told,) = bench.payloads("StatusNotification")
    assert (told["evseId"], told["connectorStatus"]) == (2, "Available")


def test_f06_fr_06_meter_values_of_one_evse_or_all() -> None:
    bench = Bench201.booted(settings={"AlignedDataCtrlr.Measurands": "Voltage"})
    assert trigger(bench, "MeterValues", evse_id=2) == ACCEPTED
    assert trigger(bench, "MeterValues") == ACCEPTED
    assert [one["evseId"] for one in bench.payloads("MeterValues")] == [2, 1, 2]
    first = bench.payloads("MeterValues")[0]["meterValue"][0]["sampledValue"][0]
    assert (first["measurand"], first["context"], first["phase"]) == ("Voltage", "Trigger", "L1-N")
    assert trigger(bench, "MeterValues", evse_id=7) == rejected("UnknownEvse")


def test_f06_fr_07_transaction_event() -> None:
    bench = Bench201.charging()
    assert trigger(bench, "TransactionEvent", evse_id=1) == ACCEPTED
    assert trigger(bench, "TransactionEvent") == ACCEPTED
    assert bench.story() == [("Updated", "Trigger", "Charging")] * 2
    values = bench.transaction_events()[0]["meterValue"][0]["sampledValue"]
    assert {value["context"] for value in values} == {"Trigger"}
    assert "Power.Offered" in {value["measurand"] for value in values}
    assert trigger(bench, "TransactionEvent", evse_id=2) == rejected("TxNotFound")


@pytest.mark.parametrize("message", ["PublishFirmwareStatusNotification"])
def test_f06_fr_08_what_is_not_built(message: str) -> None:
    assert trigger(Bench201.booted(), message) == {"status": "NotImplemented"}


def test_f06_bad_trigger() -> None:
    assert Bench201.booted().error("TriggerMessage", {"requestedMessage": "Dance"}) == "PropertyConstraintViolation"
