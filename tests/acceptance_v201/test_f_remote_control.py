"""Block F, remote control: cases 01 to 14, 20 to 26."""

from tests.acceptance_v201.bench import EVSE_ID, OUTLET, PLACE, StationUnderTest
from tests.protocol.v201.bench import TOKEN

ID_TOKEN = {"idToken": TOKEN.id_token, "type": TOKEN.type}
REMOTE_START = {"idToken": ID_TOKEN, "remoteStartId": 12, "evseId": EVSE_ID}
CHARGING = ("Updated", "ChargingStateChanged", "Charging")
ACCEPTED = {"status": "Accepted"}


def booted(**settings: str) -> StationUnderTest:
    return StationUnderTest.in_state_booted(settings=settings)


def charging(**settings: str) -> StationUnderTest:
    """EnergyTransferStarted; the record is empty."""
    station = booted(**settings).energy_transfer_started()
    station.forget()
    return station


def trigger(station: StationUnderTest, message: str, **place: object) -> None:
    assert station.answer("TriggerMessage", {"requestedMessage": message, **place}) == ACCEPTED


def test_tc_f_01_cs() -> None:
    """Remote start transaction - cable plugin first.

    Precondition: the cable is in.
    Requirements: F01.FR.03, F01.FR.04, F01.FR.05, F01.FR.13, F01.FR.17, F01.FR.19, F02.FR.01
    Validates: the answer names the transaction of the cable, its next event the remote start, and energy flows.
    """
    station = booted().ev_connected_pre_session()
    answer = station.answer("RequestStartTransaction", REMOTE_START)
    assert answer == {**ACCEPTED, "transactionId": station.transaction_id()}
    station.wait(10)
    remote = station.transaction_events()[1]
    assert (remote["triggerReason"], remote["idToken"]) == ("RemoteStart", ID_TOKEN)
    assert remote["transactionInfo"]["remoteStartId"] == 12
    assert station.story()[-1] == CHARGING


def test_tc_f_02_cs() -> None:
    """Remote start transaction - remote start first - AuthorizeRemoteStart is true.

    Precondition: AuthorizeRemoteStart is true.
    Requirements: F02.FR.01, F01.FR.01
    Validates: the transaction starts after the token was judged, and energy flows when the cable is in.
    """
    station = booted(**{"AuthCtrlr.AuthorizeRemoteStart": "true"})
    assert station.answer("RequestStartTransaction", REMOTE_START) == ACCEPTED
    assert station.story() == [("Authorize",), ("Started", "RemoteStart", "Idle")]
    assert station.transaction_events()[0]["transactionInfo"]["remoteStartId"] == 12
    station.ev_connected_pre_session().wait(10)
    assert station.story()[-1] == CHARGING


def test_tc_f_03_cs() -> None:
    """Remote start transaction - remote start first - AuthorizeRemoteStart is false.

    Precondition: AuthorizeRemoteStart is false.
    Requirements: F02.FR.01, F01.FR.02
    Validates: the transaction starts at once, and energy flows when the cable is in.
    """
    station = booted(**{"AuthCtrlr.AuthorizeRemoteStart": "false"})
    assert station.answer("RequestStartTransaction", REMOTE_START) == ACCEPTED
    assert station.story() == [("Started", "RemoteStart", "Idle")]
    assert station.transaction_events()[0]["transactionInfo"]["remoteStartId"] == 12
    station.ev_connected_pre_session().wait(10)
    assert station.story()[-1] == CHARGING


def test_tc_f_04_cs() -> None:
    """Remote start transaction - remote start first - cable plugin timeout.

    Precondition: EVConnectionTimeOut is 30 s, TxStartPoint has Authorized.
    Requirements: F02.FR.01, E03.FR.01, E03.FR.05
    Validates: the transaction ends with the time-out, and the next one can start.
    """
    station = booted(**{"TxCtrlr.EVConnectionTimeOut": "30"})
    assert station.answer("RequestStartTransaction", REMOTE_START) == ACCEPTED
    station.wait(31)
    assert station.story()[-1] == ("Ended", "EVConnectTimeout", "Idle")
    assert station.transaction_events()[-1]["transactionInfo"]["stoppedReason"] == "Timeout"
    station.energy_transfer_started()
    assert station.story()[-1] == CHARGING


def test_tc_f_05_cs() -> None:
    """Remote unlock connector - with ongoing transaction.

    Precondition: energy flows.
    Requirements: F05.FR.01, F05.FR.02
    Validates: the connector stays locked and energy flows on.
    """
    station = charging()
    assert station.answer("UnlockConnector", {"evseId": 1, "connectorId": 1}) == {
        "status": "OngoingAuthorizedTransaction"
    }
    assert station.story() == []
    assert station.station.evses[0].meter.power_at(station.now.sim) > 0


def test_tc_f_07_cs() -> None:
    """Remote unlock connector - without ongoing transaction - no cable connected.

    Precondition: no cable is in.
    Requirements: F05.FR.01, F05.FR.06
    Validates: the connector is unlocked.
    """
    assert booted().answer("UnlockConnector", {"evseId": 1, "connectorId": 1}) == {"status": "Unlocked"}


def test_tc_f_08_cs() -> None:
    """Remote stop transaction - success.

    Precondition: energy flows.
    Requirements: F03.FR.02, F03.FR.03, F03.FR.07, F03.FR.09
    Validates: energy stops, and the cable ends the transaction as remotely stopped.
    """
    station = charging()
    assert station.answer("RequestStopTransaction", {"transactionId": station.transaction_id()}) == ACCEPTED
    station.wait(5)
    assert station.story() == [
        ("Updated", "RemoteStop", "Charging"),
        ("Updated", "ChargingStateChanged", "EVConnected"),
    ]
    station.ev_disconnected()
    assert station.transaction_events()[-1]["transactionInfo"]["stoppedReason"] == "Remote"


def test_tc_f_09_cs() -> None:
    """Remote stop transaction - rejected.

    Precondition: energy flows.
    Requirements: F03.FR.08
    Validates: a transaction that is not running cannot be stopped, the running one goes on.
    """
    station = charging()
    assert station.answer("RequestStopTransaction", {"transactionId": "never-was"})["status"] == "Rejected"
    assert station.story() == []


def test_tc_f_10_cs() -> None:
    """Remote unlock connector - unknown connector.

    Precondition: none.
    Requirements: F05.FR.03
    Validates: a connector that does not exist is unknown.
    """
    assert booted().answer("UnlockConnector", {"evseId": 1, "connectorId": 999}) == {"status": "UnknownConnector"}


def test_tc_f_11_cs() -> None:
    """Trigger message - MeterValues - specific EVSE.

    Precondition: none.
    Requirements: F06.FR.02, F06.FR.04, F06.FR.05, F06.FR.06, F06.FR.10
    Validates: one reading of that EVSE, taken for the trigger.
    """
    station = booted()
    trigger(station, "MeterValues", evse=PLACE)
    (payload,) = station.payloads("MeterValues")
    assert payload["evseId"] == EVSE_ID
    assert payload["meterValue"][0]["sampledValue"][0]["context"] == "Trigger"


def test_tc_f_12_cs() -> None:
    """Trigger message - MeterValues - all EVSE.

    Precondition: none.
    Requirements: F06.FR.04, F06.FR.05, F06.FR.06, F06.FR.10, F06.FR.11
    Validates: one reading of each EVSE, taken for the trigger.
    """
    station = booted()
    trigger(station, "MeterValues")
    assert [payload["evseId"] for payload in station.payloads("MeterValues")] == [1, 2]
    for payload in station.payloads("MeterValues"):
        assert payload["meterValue"][0]["sampledValue"][0]["context"] == "Trigger"


def test_tc_f_13_cs() -> None:
    """Trigger message - TransactionEvent - specific EVSE.

    Precondition: energy flows.
    Requirements: F06.FR.02, F06.FR.04, F06.FR.05, F06.FR.07, F06.FR.10
    Validates: one event with a reading for the trigger.
    """
    station = charging()
    trigger(station, "TransactionEvent", evse=PLACE)
    assert station.story() == [("Updated", "Trigger", "Charging")]
    value = station.transaction_events()[0]["meterValue"][0]["sampledValue"][0]
    assert value["context"] == "Trigger"


def test_tc_f_14_cs() -> None:
    """Trigger message - TransactionEvent - all EVSE.

    Precondition: energy flows at all EVSEs.
    Requirements: F06.FR.04, F06.FR.05, F06.FR.07, F06.FR.10, F06.FR.11
    Validates: one event for each transaction.
    """
    station = charging()
    station.plug(2).swipe(2).wait(10)
    station.forget()
    trigger(station, "TransactionEvent")
    assert station.story() == [("Updated", "Trigger", "Charging")] * 2
    ids = {event["transactionInfo"]["transactionId"] for event in station.transaction_events()}
    assert ids == {station.transaction_id(1), station.transaction_id(2)}


def test_tc_f_20_cs() -> None:
    """Trigger message - Heartbeat.

    Precondition: none.
    Requirements: F06.FR.04, F06.FR.05, F06.FR.10
    Validates: a heartbeat follows the answer.
    """
    station = booted()
    trigger(station, "Heartbeat")
    assert station.story() == [("Heartbeat",)]


def test_tc_f_23_cs() -> None:
    """Trigger message - StatusNotification - specific available connector.

    Precondition: none.
    Requirements: F06.FR.02, F06.FR.04, F06.FR.05, F06.FR.10
    Validates: the status of that connector.
    """
    station = booted()
    station.forget()
    trigger(station, "StatusNotification", evse=OUTLET)
    assert station.story() == [("StatusNotification", "Available")]


def test_tc_f_24_cs() -> None:
    """Trigger message - StatusNotification - specific occupied connector.

    Precondition: the cable is in.
    Requirements: F06.FR.02, F06.FR.04, F06.FR.05, F06.FR.10
    Validates: the status of that connector.
    """
    station = booted().ev_connected_pre_session()
    station.forget()
    trigger(station, "StatusNotification", evse=OUTLET)
    assert station.story() == [("StatusNotification", "Occupied")]


def test_tc_f_26_cs() -> None:
    """Trigger message - BootNotification - rejected.

    Precondition: none.
    Requirements: F06.FR.04, F06.FR.05, F06.FR.17
    Validates: a station that was accepted does not announce itself again.
    """
    station = booted()
    assert station.answer("TriggerMessage", {"requestedMessage": "BootNotification"})["status"] == "Rejected"
    assert station.story() == []
