"""Block H: reservations, all cases."""

from chargepoint_sim.clock import format_utc
from tests.acceptance_v201.bench import EVSE_ID, PLACE, StationUnderTest
from tests.acceptance_v201.memory import (
    BOTH_GROUPED,
    GROUP,
    element,
    flows,
    judging,
    reserve,
    reserved,
    told,
)
from tests.protocol.harness import one_socket
from tests.protocol.v201.bench import OTHER_TOKEN, TOKEN


def one_evse(**how: object) -> StationUnderTest:
    return StationUnderTest.in_state_booted(spec=one_socket(), **how)


def charges_with(station: StationUnderTest, reservation_id: int | None = 1) -> None:
    """The cable goes in, energy flows, and one event names the reservation."""
    station.ev_connected_pre_session().wait(10)
    assert flows(station)
    named = [event["reservationId"] for event in station.transaction_events() if "reservationId" in event]
    assert named == ([] if reservation_id is None else [reservation_id])


def test_tc_h_01_cs() -> None:
    """Reserve a specific EVSE - Accepted - Valid idToken.

    Precondition: ReservationCtrlr.Enabled is true.
    Requirements: H01.FR.15, H03.FR.01, H03.FR.09, H03.FR.10
    Validates: the connector says Reserved, then Available when the token is presented; the token charges, and a
    TransactionEvent names the reservation.
    """
    station = StationUnderTest.in_state_booted()
    reserved(station)
    station.authorised()
    assert told(station) == ["Available"]
    charges_with(station)


def test_tc_h_02_cs() -> None:
    """Reserve a specific EVSE - Accepted - Different idToken.

    Precondition: the EVSE is reserved, the cable is in.
    Requirements: H03.FR.01, F01.FR.22
    Validates: another token charges neither at the reader nor by a remote start, which is Rejected.
    """
    station = StationUnderTest.in_state_booted()
    reserved(station)
    station.ev_connected_pre_session().authorised(OTHER_TOKEN).wait(60)
    assert not flows(station)
    assert "Charging" not in {event["transactionInfo"]["chargingState"] for event in station.transaction_events()}
    request = {"idToken": element(OTHER_TOKEN), "evseId": EVSE_ID, "remoteStartId": 1}
    assert station.answer("RequestStartTransaction", request)["status"] == "Rejected"


def test_tc_h_03_cs() -> None:
    """Reserve a specific EVSE - Occupied - EVSE Reserved.

    Precondition: the EVSE is reserved.
    Requirements: H01.FR.11
    Validates: a second reservation of it is answered Occupied.
    """
    station = StationUnderTest.in_state_booted()
    reserved(station)
    assert reserve(station, id=2, idToken=element(OTHER_TOKEN)) == "Occupied"


def test_tc_h_04_cs() -> None:
    """Reserve a specific EVSE - Occupied - EVSE Occupied.

    Precondition: energy flows at the EVSE.
    Requirements: H01.FR.13
    Validates: a reservation of it is answered Occupied.
    """
    station = StationUnderTest.in_state_booted().energy_transfer_started()
    assert reserve(station, idToken=element(OTHER_TOKEN)) == "Occupied"


def test_tc_h_06_cs() -> None:
    """Reserve a specific EVSE - Unavailable.

    Precondition: the EVSE is inoperative.
    Requirements: H01.FR.14
    Validates: a reservation of it is answered Unavailable.
    """
    station = StationUnderTest.in_state_booted()
    station.answer("ChangeAvailability", {"operationalStatus": "Inoperative", "evse": PLACE})
    assert reserve(station, idToken=element(OTHER_TOKEN)) == "Unavailable"


def test_tc_h_07_cs() -> None:
    """Reserve a specific EVSE - Reservation Ended / not used.

    Precondition: the EVSE is reserved for the next 60 seconds.
    Requirements: H04.FR.01, H04.FR.02, H04.FR.03
    Validates: then the connector says Available and the reservation Expired, and any other token charges.
    """
    station = StationUnderTest.in_state_booted()
    assert reserve(station, expiryDateTime=format_utc(station.now.sim + 60)) == "Accepted"
    station.forget().wait(60)
    assert station.story() == [("StatusNotification", "Available"), ("ReservationStatusUpdate",)]
    assert station.payloads("ReservationStatusUpdate") == [{"reservationId": 1, "reservationUpdateStatus": "Expired"}]
    charges_with(station.authorised(OTHER_TOKEN), None)


def test_tc_h_08_cs() -> None:
    """Reserve an unspecified EVSE - Accepted.

    Precondition: ReservationCtrlr.NonEvseSpecific is true; the station has one EVSE.
    Requirements: H01.FR.04, H01.FR.07, H01.FR.15, H03.FR.03
    Validates: Accepted, the connector says Reserved, the token charges and a TransactionEvent names the reservation.
    """
    station = one_evse()
    assert reserve(station, None) == "Accepted"
    assert told(station) == ["Reserved"]
    charges_with(station.authorised())


def test_tc_h_09_cs() -> None:
    """Reserve an unspecified EVSE - Occupied - EVSE Reserved.

    Precondition: every EVSE is reserved.
    Requirements: H01.FR.11
    Validates: Occupied.
    """
    station = StationUnderTest.in_state_booted()
    reserved(station, 1)
    reserved(station, 2, OTHER_TOKEN, 2)
    assert reserve(station, None, id=3) == "Occupied"


def test_tc_h_10_cs() -> None:
    """Reserve an unspecified EVSE - Occupied - EVSE Occupied.

    Precondition: energy flows at every EVSE.
    Requirements: H01.FR.13
    Validates: Occupied.
    """
    station = one_evse().energy_transfer_started()
    assert reserve(station, None) == "Occupied"


def test_tc_h_12_cs() -> None:
    """Reserve an unspecified EVSE - Unavailable.

    Precondition: the station is inoperative.
    Requirements: H01.FR.14
    Validates: Unavailable.
    """
    station = StationUnderTest.in_state_booted()
    station.answer("ChangeAvailability", {"operationalStatus": "Inoperative"})
    assert reserve(station, None) == "Unavailable"


def test_tc_h_13_cs() -> None:
    """Reserve an unspecified EVSE - Rejected.

    Precondition: ReservationCtrlr.NonEvseSpecific is false.
    Requirements: H01.FR.19
    Validates: Rejected.
    """
    station = StationUnderTest.in_state_booted(settings={"ReservationCtrlr.NonEvseSpecific": "false"})
    assert reserve(station, None) == "Rejected"


def test_tc_h_14_cs() -> None:
    """Reserve an unspecified EVSE - Amount of EVSEs available equals the amount of reservations.

    Precondition: ReservationCtrlr.NonEvseSpecific is true.
    Requirements: H01.FR.20
    Validates: with as many reservations as EVSEs, every connector says Reserved.
    """
    station = StationUnderTest.in_state_booted()
    assert reserve(station, None, id=1) == "Accepted"
    assert reserve(station, None, id=2, idToken=element(OTHER_TOKEN)) == "Accepted"
    assert (told(station, 1), told(station, 2)) == (["Reserved"], ["Reserved"])


def test_tc_h_15_cs() -> None:
    """Reserve a connector with a specific type - Success.

    Precondition: one EVSE has the type of connector.
    Requirements: H01.FR.06, H01.FR.09, H01.FR.15, H03.FR.02
    Validates: Accepted, the connector says Reserved, the token charges and a TransactionEvent names the reservation.
    """
    station = one_evse()
    assert reserve(station, None, connectorType="cType2") == "Accepted"
    assert told(station) == ["Reserved"]
    charges_with(station.authorised())


def test_tc_h_16_cs() -> None:
    """Reserve a connector with a specific type - Amount of available connectors equals the amount of reservations.

    Precondition: every EVSE is reserved.
    Requirements: H01.FR.11
    Validates: Occupied.
    """
    station = StationUnderTest.in_state_booted()
    reserved(station, 1)
    reserved(station, 2, OTHER_TOKEN, 2)
    assert reserve(station, None, id=3, connectorType="cType2") == "Occupied"


def test_tc_h_17_cs() -> None:
    """Cancel reservation of an EVSE - Success.

    Precondition: the EVSE is reserved.
    Requirements: H02.FR.02
    Validates: Accepted, and the connector says Available.
    """
    station = StationUnderTest.in_state_booted()
    reserved(station)
    assert station.answer("CancelReservation", {"reservationId": 1})["status"] == "Accepted"
    assert told(station) == ["Available"]


def test_tc_h_18_cs() -> None:
    """Cancel reservation of an EVSE - Rejected.

    Precondition: nothing is reserved.
    Requirements: H02.FR.01
    Validates: Rejected.
    """
    station = StationUnderTest.in_state_booted()
    assert station.answer("CancelReservation", {"reservationId": 1})["status"] == "Rejected"


def test_tc_h_19_cs() -> None:
    """Reserve a specific EVSE - Use a reserved EVSE with GroupId.

    Precondition: ReservationCtrlr.Enabled is true.
    Requirements: H01.FR.15, H03.FR.04, H03.FR.08
    Validates: the connector says Reserved; the station asks about a second token and, as it has the group of the
    reservation, charges and names the reservation.
    """
    station = StationUnderTest.in_state_booted(answers=judging(BOTH_GROUPED))
    assert reserve(station, groupIdToken=GROUP) == "Accepted"
    assert told(station) == ["Reserved"]
    station.authorised(OTHER_TOKEN)
    assert station.payloads("Authorize")[0]["idToken"] == element(OTHER_TOKEN)
    charges_with(station)


def test_tc_h_21_cs() -> None:
    """Charging Station cancels reservation when Unavailable.

    Precondition: the EVSE is reserved.
    Requirements: H01.FR.17
    Validates: made inoperative, it says Unavailable and the reservation is Removed; operative again it says Available,
    and another token charges.
    """
    station = StationUnderTest.in_state_booted()
    reserved(station)
    station.answer("ChangeAvailability", {"operationalStatus": "Inoperative", "evse": PLACE})
    assert station.story() == [("StatusNotification", "Unavailable"), ("ReservationStatusUpdate",)]
    assert station.payloads("ReservationStatusUpdate") == [{"reservationId": 1, "reservationUpdateStatus": "Removed"}]
    station.answer("ChangeAvailability", {"operationalStatus": "Operative", "evse": PLACE})
    assert told(station) == ["Unavailable", "Available"]
    charges_with(station.authorised(OTHER_TOKEN), None)


def test_tc_h_22_cs() -> None:
    """Reserve a specific EVSE - Configured to Reject.

    Precondition: ReservationCtrlr.Enabled is false.
    Requirements: H01.FR.01
    Validates: Rejected.
    """
    station = StationUnderTest.in_state_booted(settings={"ReservationCtrlr.Enabled": "false"})
    assert reserve(station) == "Rejected"


def test_tc_h_23_cs() -> None:
    """Reserve a specific EVSE - Replace reservation.

    Precondition: the EVSE is reserved for the first token.
    Requirements: H01.FR.02
    Validates: the same id with a second token is Accepted, the connector goes on saying Reserved, and the second token
    charges and names the reservation.
    """
    station = StationUnderTest.in_state_booted()
    assert reserve(station) == "Accepted"
    assert reserve(station, idToken=element(OTHER_TOKEN)) == "Accepted"
    assert told(station) == ["Reserved"]
    station.authorised(TOKEN)
    assert station.transaction_events() == []
    charges_with(station.authorised(OTHER_TOKEN))


def test_tc_h_24_cs() -> None:
    """Reserve an unspecified EVSE - GroupIdToken.

    Precondition: ReservationCtrlr.NonEvseSpecific is true; the station has one EVSE.
    Requirements: H03.FR.06
    Validates: the connector says Reserved; a second token of the group charges.
    """
    station = one_evse(answers=judging(BOTH_GROUPED))
    assert reserve(station, None, groupIdToken=GROUP) == "Accepted"
    assert told(station) == ["Reserved"]
    charges_with(station.authorised(OTHER_TOKEN))
