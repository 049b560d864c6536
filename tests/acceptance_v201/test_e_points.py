"""Block E, where transactions start and stop: cases 01 to 27, 35 to 39 and 54."""

from typing import Any

from chargepoint_sim.core.commands import ArriveAtBay, LeaveBay, StopEnergy
from chargepoint_sim.core.spec import ConnectorSpec, EvseSpec
from tests.acceptance_v201.bench import EVSE_ID, OUTLET, StationUnderTest
from tests.protocol.harness import two_sockets
from tests.protocol.v201.bench import INVALID, TOKEN

START, STOP = "TxCtrlr.TxStartPoint", "TxCtrlr.TxStopPoint"
WITH_SENSOR = two_sockets(evses=(EvseSpec(1, (ConnectorSpec(1),), bay_sensor=True),))
FIXED_CABLE = two_sockets(evses=(EvseSpec(1, (ConnectorSpec(1, "cType2", cable_attached=True),)),))
STAYS = {
    "OCPPCommCtrlr.UnlockOnEVSideDisconnect": "false",
    "SampledDataCtrlr.TxUpdatedInterval": "0",
    "TxCtrlr.StopTxOnEVSideDisconnect": "false",
}
ID_TOKEN = {"idToken": TOKEN.id_token, "type": TOKEN.type}
REMOTE_START = {"idToken": ID_TOKEN, "remoteStartId": 12, "evseId": EVSE_ID}
OCCUPIED, AVAILABLE = ("StatusNotification", "Occupied"), ("StatusNotification", "Available")
CHARGING = ("Updated", "ChargingStateChanged", "Charging")


def booted(spec: Any = None, **settings: str) -> StationUnderTest:
    """A station with TxStartPoint `start` and TxStopPoint `stop`; other settings by their names."""
    points = {name: settings.pop(key) for key, name in (("start", START), ("stop", STOP)) if key in settings}
    return StationUnderTest.in_state_booted(spec=spec or two_sockets(), settings={**points, **settings})


def charging(spec: Any = None, **settings: str) -> StationUnderTest:
    """EnergyTransferStarted; the record is empty."""
    station = booted(spec, **settings).energy_transfer_started()
    station.forget()
    return station


def suspended(spec: Any = None, **settings: str) -> StationUnderTest:
    """EnergyTransferSuspended by the vehicle; the record is empty."""
    station = charging(spec, **settings)
    station.command(StopEnergy(EVSE_ID))
    station.forget()
    return station


def remote_stop(station: StationUnderTest) -> None:
    request = {"transactionId": station.transaction_id()}
    assert station.answer("RequestStopTransaction", request) == {"status": "Accepted"}


def last(station: StationUnderTest) -> tuple[str, str, str, str | None]:
    """Type, trigger, state and reason of the last event."""
    event = station.transaction_events()[-1]
    info = event["transactionInfo"]
    return event["eventType"], event["triggerReason"], info["chargingState"], info.get("stoppedReason")


def test_tc_e_01_cs() -> None:
    """Start transaction options - PowerPathClosed.

    Precondition: TxStartPoint is PowerPathClosed, the driver is authorised.
    Requirements: E01.FR.05, E01.FR.07, E01.FR.10, E01.FR.15, E01.FR.16
    Validates: the transaction starts when the cable comes in, with token and outlet.
    """
    station = booted(start="PowerPathClosed").authorised()
    assert station.transaction_events() == []
    station.ev_connected_pre_session()
    assert station.story()[-2:] == [OCCUPIED, ("Started", "CablePluggedIn", "EVConnected")]
    (started,) = station.transaction_events()
    assert (started["seqNo"], started["idToken"], started["evse"]) == (0, ID_TOKEN, OUTLET)


def test_tc_e_02_cs() -> None:
    """Start transaction options - EnergyTransfer.

    Precondition: TxStartPoint is EnergyTransfer, the driver is authorised.
    Requirements: E01.FR.06, E01.FR.07, E01.FR.10, E01.FR.15, E01.FR.16
    Validates: the transaction starts with the energy.
    """
    station = booted(start="EnergyTransfer").authorised()
    station.ev_connected_pre_session().wait(5)
    assert station.story()[-2:] == [OCCUPIED, ("Started", "ChargingStateChanged", "Charging")]
    (started,) = station.transaction_events()
    assert (started["seqNo"], started["idToken"], started["evse"]) == (0, ID_TOKEN, OUTLET)


def test_tc_e_03_cs() -> None:
    """Local start transaction - cable plugin first - success.

    Precondition: the cable is in.
    Requirements: E02.FR.01, E02.FR.05, E02.FR.06, E02.FR.07, E02.FR.13, E02.FR.15, E02.FR.16, E02.FR.17,
    C01.FR.02
    Validates: the driver is authorised and energy flows, event by event.
    """
    station = booted().ev_connected_pre_session().energy_transfer_started()
    assert station.story() == [
        OCCUPIED,
        ("Started", "CablePluggedIn", "EVConnected"),
        ("Authorize",),
        ("Updated", "Authorized", "EVConnected"),
        CHARGING,
    ]
    assert station.transaction_events()[1]["idToken"] == ID_TOKEN


def test_tc_e_04_cs() -> None:
    """Local start transaction - authorization first - success.

    Precondition: none.
    Requirements: E03.FR.01, E03.FR.06, E03.FR.12, E01.FR.16, C01.FR.02
    Validates: authorization starts the transaction, the cable comes after it.
    """
    station = booted().authorised()
    station.ev_connected_pre_session().wait(10)
    assert station.story() == [
        ("Authorize",),
        ("Started", "Authorized", "Idle"),
        OCCUPIED,
        ("Updated", "CablePluggedIn", "EVConnected"),
        CHARGING,
    ]
    assert [event.get("evse") for event in station.transaction_events()] == [None, OUTLET, None]


def test_tc_e_05_cs() -> None:
    """Local start transaction - authorization first - cable plugin timeout.

    Precondition: EVConnectionTimeOut is 30 s, TxStopPoint has Authorized, the driver is authorised.
    Requirements: E03.FR.01, E03.FR.05, E03.FR.06, E03.FR.12, C01.FR.02
    Validates: the transaction ends with the time-out, and the next one can start.
    """
    station = booted(**{"TxCtrlr.EVConnectionTimeOut": "30"}, stop="Authorized,EVConnected").authorised()
    station.wait(31)
    assert last(station) == ("Ended", "EVConnectTimeout", "Idle", "Timeout")
    station.energy_transfer_started()
    assert station.story()[-1] == CHARGING


def test_tc_e_06_cs() -> None:
    """Local stop transaction - success.

    Precondition: energy flows.
    Requirements: E07.FR.04, E06.FR.15, C01.FR.03
    Validates: token, cable and bay end it in the order of the baseline.
    """
    station = charging()
    station.stop_authorised().ev_disconnected()
    assert station.story() == [
        ("Updated", "StopAuthorized", "Charging"),
        ("Updated", "ChargingStateChanged", "EVConnected"),
        AVAILABLE,
        ("Ended", "EVCommunicationLost", "Idle"),
    ]
    assert last(station)[3] in (None, "Local", "EVDisconnected")


def test_tc_e_07_cs() -> None:
    """Stop transaction options - PowerPathClosed - local stop.

    Precondition: TxStopPoint is PowerPathClosed, energy flows.
    Requirements: E06.FR.06, E06.FR.15
    Validates: the token that stops ends the transaction.
    """
    station = charging(stop="PowerPathClosed").stop_authorised()
    assert last(station) == ("Ended", "StopAuthorized", "EVConnected", None)


def test_tc_e_08_cs() -> None:
    """Stop transaction options - EnergyTransfer stopped - StopAuthorized.

    Precondition: TxStopPoint is EnergyTransfer, energy flows.
    Requirements: E06.FR.07, E06.FR.15
    Validates: the token that stops ends the energy and the transaction.
    """
    station = charging(stop="EnergyTransfer").stop_authorised()
    assert last(station) == ("Ended", "StopAuthorized", "EVConnected", None)


def test_tc_e_09_cs() -> None:
    """Start transaction options - EVConnected.

    Precondition: TxStartPoint is EVConnected.
    Requirements: E01.FR.02, E01.FR.07, E01.FR.10, E01.FR.15, E01.FR.16
    Validates: the cable starts the transaction.
    """
    station = booted(start="EVConnected").ev_connected_pre_session()
    assert station.story() == [OCCUPIED, ("Started", "CablePluggedIn", "EVConnected")]
    assert station.transaction_events()[0]["evse"] == OUTLET


def test_tc_e_10_cs() -> None:
    """Start transaction options - Authorized - local.

    Precondition: TxStartPoint is Authorized.
    Requirements: E01.FR.03, E01.FR.07, E01.FR.10, E01.FR.15, E01.FR.16, C01.FR.02
    Validates: the token starts the transaction.
    """
    station = booted(start="Authorized").authorised()
    assert station.story() == [("Authorize",), ("Started", "Authorized", "Idle")]
    assert station.transaction_events()[0]["idToken"] == ID_TOKEN


def test_tc_e_11_cs() -> None:
    """Start transaction options - DataSigned.

    Precondition: TxStartPoint is DataSigned, SignReadings is true, the driver is authorised.
    Requirements: E01.FR.04, E01.FR.07, E01.FR.10, E01.FR.15, E01.FR.16
    Validates: the first signed value starts the transaction and stands in it.
    """
    station = booted(start="DataSigned", **{"SampledDataCtrlr.SignReadings": "true"}).authorised()
    station.ev_connected_pre_session().wait(5)
    assert station.story()[-3:] == [OCCUPIED, ("Started", "SignedDataReceived", "EVConnected"), CHARGING]
    started = station.transaction_events()[0]
    assert (started["idToken"], started["evse"]) == (ID_TOKEN, OUTLET)
    (value,) = started["meterValue"][0]["sampledValue"]
    assert value["context"] == "Transaction.Begin"
    assert set(value["signedMeterValue"]) == {"signedMeterData", "signingMethod", "encodingMethod", "publicKey"}


def test_tc_e_12_cs() -> None:
    """Start transaction options - ParkingBayOccupied.

    Precondition: TxStartPoint is ParkingBayOccupancy.
    Requirements: E01.FR.01, E01.FR.07, E01.FR.10, E01.FR.15, E01.FR.16
    Validates: the vehicle in the bay starts the transaction.
    """
    station = booted(WITH_SENSOR, start="ParkingBayOccupancy")
    assert station.command(ArriveAtBay(EVSE_ID)).accepted
    assert station.story() == [("Started", "EVDetected", "Idle")]


def test_tc_e_13_cs() -> None:
    """Start transaction options - Authorized - remote.

    Precondition: TxStartPoint is Authorized.
    Requirements: E01.FR.03, F01.FR.03, F01.FR.04, F01.FR.06, F01.FR.19, F02.FR.01
    Validates: the remote start starts the transaction with its id and token.
    """
    station = booted(start="Authorized")
    assert station.answer("RequestStartTransaction", REMOTE_START) == {"status": "Accepted"}
    (started,) = station.transaction_events()
    assert (started["eventType"], started["triggerReason"]) == ("Started", "RemoteStart")
    assert (started["idToken"], started["transactionInfo"]["remoteStartId"]) == (ID_TOKEN, 12)


def test_tc_e_14_cs() -> None:
    """Stop transaction options - EVDisconnected - Charging Station side.

    Precondition: TxStopPoint is EVConnected, the driver has stopped.
    Requirements: E06.FR.02, E06.FR.15
    Validates: the cable ends the transaction.
    """
    station = charging().stop_authorised()
    station.forget()
    station.ev_disconnected()
    assert station.story() == [AVAILABLE, ("Ended", "EVCommunicationLost", "Idle")]
    assert last(station)[3] in (None, "Local", "EVDisconnected")


def test_tc_e_15_cs() -> None:
    """Stop transaction options - StopAuthorized - local.

    Precondition: TxStopPoint is Authorized, energy flows.
    Requirements: E06.FR.03, E06.FR.15
    Validates: the token that stops ends the transaction.
    """
    station = charging(stop="Authorized").stop_authorised()
    assert station.story() == [("Ended", "StopAuthorized", "EVConnected")]


def test_tc_e_16_cs() -> None:
    """Stop transaction options - deauthorized - invalid token.

    Precondition: TxStopPoint is Authorized, StopTxOnInvalidId and OfflineTxForUnknownIdEnabled are true, a
    transaction was started offline.
    Requirements: E06.FR.04, E06.FR.15, C15.FR.04
    Validates: the queue is delivered as offline, and the verdict in an answer ends the transaction.
    """
    station = booted(stop="Authorized", **{"AuthCtrlr.OfflineTxForUnknownIdEnabled": "true"})
    station.cut()
    station.energy_transfer_started()
    station.answers["TransactionEvent"] = lambda event, _: INVALID if "idToken" in event else {}
    station.come_back()
    *queued, ended = station.transaction_events()
    assert all(event["offline"] for event in queued)
    assert last(station)[:2] == ("Ended", "Deauthorized")
    assert ended["transactionInfo"]["stoppedReason"] == "DeAuthorized"


def test_tc_e_17_cs() -> None:
    """Stop transaction options - deauthorized - EV side disconnect.

    Precondition: TxStopPoint is Authorized, StopTxOnEVSideDisconnect is true, UnlockOnEVSideDisconnect is
    false, energy flows.
    Requirements: E06.FR.04, E06.FR.15
    Validates: the cable pulled at the vehicle ends the transaction and stays locked for its driver.
    """
    station = charging(stop="Authorized", **{"OCPPCommCtrlr.UnlockOnEVSideDisconnect": "false"})
    station.unplug(EVSE_ID, at_vehicle=True)
    assert last(station) == ("Ended", "EVCommunicationLost", "Idle", "EVDisconnected")
    station.authorised().ev_disconnected()
    assert station.story()[-1] == AVAILABLE


def test_tc_e_19_cs() -> None:
    """Stop transaction options - ParkingBayUnoccupied.

    Precondition: TxStopPoint is ParkingBayOccupancy, the driver has stopped, the cable is out.
    Requirements: E06.FR.01, E06.FR.15
    Validates: the vehicle that leaves the bay ends the transaction.
    """
    station = charging(WITH_SENSOR, stop="ParkingBayOccupancy").stop_authorised().ev_disconnected()
    assert station.command(LeaveBay(EVSE_ID)).accepted
    assert last(station) == ("Ended", "EVDeparted", "Idle", None)


def test_tc_e_20_cs() -> None:
    """Stop transaction options - EVDisconnected - EV side.

    Precondition: TxStopPoint is EVConnected, StopTxOnEVSideDisconnect is false, the vehicle has suspended.
    Requirements: E06.FR.02, E06.FR.15
    Validates: the cable pulled at the vehicle ends the transaction.
    """
    station = suspended(**STAYS)
    station.unplug(EVSE_ID, at_vehicle=True)
    assert last(station) == ("Ended", "EVCommunicationLost", "Idle", "EVDisconnected")


def test_tc_e_21_cs() -> None:
    """Stop transaction options - StopAuthorized - remote.

    Precondition: TxStopPoint is Authorized, energy flows.
    Requirements: E06.FR.03, E06.FR.15, F03.FR.09
    Validates: the remote stop ends the transaction.
    """
    station = charging(stop="Authorized")
    remote_stop(station)
    assert last(station) == ("Ended", "RemoteStop", "EVConnected", "Remote")


def test_tc_e_22_cs() -> None:
    """Stop transaction options - EnergyTransfer stopped - SuspendedEV.

    Precondition: TxStopPoint is EnergyTransfer, energy flows.
    Requirements: E06.FR.07, E06.FR.15
    Validates: the vehicle that has enough ends the transaction.
    """
    station = charging(stop="EnergyTransfer")
    station.command(StopEnergy(EVSE_ID))
    assert last(station) == ("Ended", "ChargingStateChanged", "SuspendedEV", "StoppedByEV")


def test_tc_e_24_cs() -> None:
    """Disconnect cable on EV side - deauthorize - UnlockOnEVSideDisconnect is true.

    Precondition: StopTxOnEVSideDisconnect and UnlockOnEVSideDisconnect are true, the vehicle has suspended.
    Requirements: E09.FR.01, E09.FR.02, E09.FR.04
    Validates: the transaction ends and the connector is free.
    """
    station = suspended()
    station.unplug(EVSE_ID, at_vehicle=True)
    assert last(station)[1:3] == ("EVCommunicationLost", "Idle")
    assert AVAILABLE in station.story()


def test_tc_e_25_cs() -> None:
    """Disconnect cable on EV side - deauthorize - UnlockOnEVSideDisconnect is false.

    Precondition: StopTxOnEVSideDisconnect is true, UnlockOnEVSideDisconnect is false, the vehicle has
    suspended.
    Requirements: E09.FR.01, E09.FR.03, E09.FR.04
    Validates: the cable is released to the token that started.
    """
    station = suspended(**{"OCPPCommCtrlr.UnlockOnEVSideDisconnect": "false"})
    station.unplug(EVSE_ID, at_vehicle=True)
    assert station.story() == [("Ended", "EVCommunicationLost", "Idle")]
    station.authorised().ev_disconnected()
    assert station.story()[1:] == [AVAILABLE]


def test_tc_e_26_cs() -> None:
    """Disconnect cable on EV side - suspend transaction.

    Precondition: TxStopPoint is Authorized, nothing stops or unlocks on the EV side, energy flows.
    Requirements: E10.FR.01, E10.FR.03
    Validates: the transaction waits for the cable and goes on with it.
    """
    station = charging(stop="Authorized", **STAYS)
    station.unplug(EVSE_ID, at_vehicle=True).wait(5)
    station.plug(EVSE_ID).wait(5)
    assert station.story() == [
        ("Updated", "EVCommunicationLost", "Idle"),
        ("Updated", "CablePluggedIn", "EVConnected"),
        CHARGING,
    ]


def test_tc_e_27_cs() -> None:
    """Disconnect cable on EV side - suspend transaction - fixed cable connection timeout.

    Precondition: the cable is attached, TxStopPoint is Authorized, the vehicle has suspended.
    Requirements: E10.FR.02, E10.FR.03
    Validates: the connector is told free, and the time-out ends the transaction.
    """
    settings = {name: value for name, value in STAYS.items() if not name.startswith("OCPPCommCtrlr")}
    station = suspended(FIXED_CABLE, stop="Authorized", **settings)
    station.unplug(EVSE_ID, at_vehicle=True)
    assert ("Updated", "EVCommunicationLost", "Idle") in station.story()
    assert AVAILABLE in station.story()
    station.wait(61)
    assert last(station) == ("Ended", "EVConnectTimeout", "Idle", "Timeout")


def test_tc_e_35_cs() -> None:
    """Stop transaction options - PowerPathClosed - remote stop.

    Precondition: TxStopPoint is PowerPathClosed, energy flows.
    Requirements: E06.FR.06, E06.FR.15
    Validates: the remote stop ends the transaction.
    """
    station = charging(stop="PowerPathClosed")
    remote_stop(station)
    assert last(station) == ("Ended", "RemoteStop", "EVConnected", "Remote")


def test_tc_e_37_cs() -> None:
    """Stop transaction options - PowerPathClosed - EV side disconnect.

    Precondition: TxStopPoint is PowerPathClosed, StopTxOnEVSideDisconnect is false, the vehicle has suspended.
    Requirements: E06.FR.06, E06.FR.15
    Validates: the cable pulled at the vehicle ends the transaction.
    """
    station = suspended(stop="PowerPathClosed", **STAYS)
    station.unplug(EVSE_ID, at_vehicle=True)
    assert last(station) == ("Ended", "EVCommunicationLost", "Idle", "EVDisconnected")


def test_tc_e_38_cs() -> None:
    """Local start transaction - EV not ready.

    Precondition: the driver is authorised, the vehicle wants nothing.
    Requirements: E03.FR.12
    Validates: the vehicle that is not ready suspends.
    """
    station = booted().authorised()
    station.plug(EVSE_ID, soc=1.0).wait(10)
    assert last(station)[:3] == ("Updated", "ChargingStateChanged", "SuspendedEV")


def test_tc_e_39_cs() -> None:
    """Stop transaction options - deauthorized - timeout.

    Precondition: TxStopPoint is Authorized, EVConnectionTimeOut is 30 s, the driver is authorised.
    Requirements: E06.FR.04, E06.FR.15
    Validates: the time-out ends the transaction, and a cable that comes later charges nothing.
    """
    station = booted(**{"TxCtrlr.EVConnectionTimeOut": "30"}, stop="Authorized").authorised()
    station.wait(31)
    assert last(station) == ("Ended", "EVConnectTimeout", "Idle", "Timeout")
    station.ev_connected_pre_session().wait(30)
    assert station.transaction_events()[-1]["triggerReason"] == "CablePluggedIn"
    assert station.station.evses[0].meter.power_at(station.now.sim) == 0


def test_tc_e_54_cs() -> None:
    """Stop transaction options - EVDisconnected - EV side, ISO 15118 or IEC 61851.

    Precondition: TxStopPoint is EVConnected, StopTxOnEVSideDisconnect is false, the vehicle has suspended.
    Requirements: E06.FR.02, E06.FR.15
    Validates: the cable pulled at the vehicle ends the transaction.
    """
    station = suspended(**STAYS)
    station.unplug(EVSE_ID, at_vehicle=True)
    assert last(station) in {("Ended", "EVCommunicationLost", "Idle", why) for why in ("EVDisconnected", "StoppedByEV")}
