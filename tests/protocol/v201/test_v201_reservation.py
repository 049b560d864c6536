"""2.0.1 reservations of an EVSE, of any EVSE and of a connector type (use cases H01 to H04, F01, B11, G03)."""

from typing import Any

import pytest

from chargepoint_sim.clock import format_utc
from chargepoint_sim.core.commands import ClearFault, IdToken, InjectFault
from chargepoint_sim.core.spec import ConnectorSpec, EvseSpec, StationSpec
from chargepoint_sim.snapshot import restore, take
from tests.protocol.harness import two_sockets
from tests.protocol.v201.bench import GROUPED, OTHER_TOKEN, TOKEN, Bench201

ACCEPTED = {"status": "Accepted"}
FAMILY = {"idToken": "FAMILY", "type": "Central"}
STRANGER = IdToken("04000000000000")


def mixed() -> StationSpec:
    """One EVSE with a socket, one with a CCS cable and a socket."""
    return two_sockets(
        evses=(
            EvseSpec(1, (ConnectorSpec(1),)),
            EvseSpec(2, (ConnectorSpec(1, "cCCS2", cable_attached=True), ConnectorSpec(2))),
        )
    )


def reserve(
    bench: Bench201,
    evse_id: int | None = 1,
    number: int = 7,
    token: IdToken = TOKEN,
    for_s: float = 3600,
    **more: Any,
) -> dict[str, Any]:
    place = {} if evse_id is None else {"evseId": evse_id}
    request = {
        "id": number,
        "expiryDateTime": format_utc(bench.now.sim + for_s),
        "idToken": {"idToken": token.id_token, "type": token.type},
    }
    return bench.answer("ReserveNow", request | place | more)


def status_of(bench: Bench201, evse_id: int, connector_id: int = 1) -> str:
    """What the station has last told of a connector."""
    told = [
        one["connectorStatus"]
        for one in bench.payloads("StatusNotification")
        if (one["evseId"], one["connectorId"]) == (evse_id, connector_id)
    ]
    return told[-1] if told else "nothing"


def put(bench: Bench201, component: str, name: str, value: str) -> None:
    element = {"component": {"name": component}, "variable": {"name": name}, "attributeValue": value}
    result = bench.answer("SetVariables", {"setVariableData": [element]})["setVariableResult"]
    assert result[0]["attributeStatus"] == "Accepted"


def remote_start(bench: Bench201, token: IdToken, **more: Any) -> str:
    request = {"idToken": {"idToken": token.id_token, "type": token.type}, "remoteStartId": 1, **more}
    status: str = bench.answer("RequestStartTransaction", request)["status"]
    return status


@pytest.mark.shows("ReserveNow")
def test_h01_fr_23_the_connectors_of_the_evse_say_reserved() -> None:
    bench = Bench201.booted(spec=mixed())
    assert reserve(bench, 2) == ACCEPTED
    assert [status_of(bench, 2, n) for n in (1, 2)] == ["Reserved", "Reserved"]
    assert status_of(bench, 1) == "nothing"


def test_h01_fr_01_reservations_switched_off() -> None:
    bench = Bench201.booted(settings={"ReservationCtrlr.Enabled": "false"})
    assert reserve(bench)["statusInfo"]["reasonCode"] == "NotEnabled"
    put(bench, "ReservationCtrlr", "Enabled", "true")
    assert reserve(bench) == ACCEPTED


def test_h01_fr_02_the_same_id_replaces() -> None:
    bench = Bench201.booted()
    reserve(bench, 1)
    assert reserve(bench, 2, token=OTHER_TOKEN) == ACCEPTED
    assert (status_of(bench, 1), status_of(bench, 2)) == ("Available", "Reserved")
    assert bench.payloads("ReservationStatusUpdate") == []


def test_h01_fr_11_fr_12_fr_14_what_is_taken_failed_or_out_of_service() -> None:
    bench = Bench201.booted()
    bench.plug(1)
    assert reserve(bench, 1) == {"status": "Occupied"}
    reserve(bench, 2)
    assert reserve(bench, 2, 8) == {"status": "Occupied"}
    assert reserve(bench, None, 8) == {"status": "Occupied"}
    bench.command(InjectFault(1, 1))
    bench.answer("ChangeAvailability", {"operationalStatus": "Inoperative", "evse": {"id": 2}})
    assert reserve(bench, 1) == {"status": "Faulted"}
    assert reserve(bench, 2) == {"status": "Unavailable"}
    assert reserve(bench, None) == {"status": "Unavailable"}


@pytest.mark.parametrize(
    ("request_", "reason"),
    [
        ({"evse_id": 3}, "UnknownEvse"),
        ({"connectorType": "cCCS2"}, "UnknownConnectorType"),
        ({"for_s": -1}, "InvalidValue"),
    ],
)
def test_what_cannot_be_kept_is_rejected(request_: dict[str, Any], reason: str) -> None:
    bench = Bench201.booted()
    assert reserve(bench, **request_) == {"status": "Rejected", "statusInfo": {"reasonCode": reason}}
    assert bench.station.reservations is None


def test_too_much_additional_info_is_rejected() -> None:
    bench = Bench201.booted()
    many = [{"additionalIdToken": str(n), "type": "Vendor"} for n in range(5)]
    token = {"idToken": "A", "type": "Central", "additionalInfo": many}
    assert reserve(bench, idToken=token)["statusInfo"] == {"reasonCode": "TooManyElements"}


def test_an_instant_that_no_clock_shows_is_an_error() -> None:
    request = {"id": 1, "idToken": FAMILY, "expiryDateTime": "tomorrow"}
    assert Bench201.booted().error("ReserveNow", request) == "PropertyConstraintViolation"


def test_h01_fr_19_only_named_evses() -> None:
    bench = Bench201.booted(settings={"ReservationCtrlr.NonEvseSpecific": "false"})
    assert reserve(bench, None) == {"status": "Rejected", "statusInfo": {"reasonCode": "UnsupportedRequest"}}
    assert reserve(bench, 1) == ACCEPTED


def test_h01_fr_07_fr_20_the_last_evse_for_a_reservation_of_any_says_reserved() -> None:
    bench = Bench201.booted()
    assert reserve(bench, None) == ACCEPTED
    assert [status_of(bench, n) for n in (1, 2)] == ["nothing", "nothing"]
    bench.plug(1).swipe(1, STRANGER)
    assert status_of(bench, 2) == "Reserved"
    bench.swipe(2, STRANGER)
    assert bench.station.evses[1].authorized is None
    bench.swipe(1, STRANGER).unplug(1)
    assert [status_of(bench, n) for n in (1, 2)] == ["Available", "Available"]


def test_h01_fr_20_as_many_reservations_as_evses() -> None:
    bench = Bench201.booted()
    assert reserve(bench, None, 1) == ACCEPTED
    assert reserve(bench, None, 2, OTHER_TOKEN) == ACCEPTED
    assert [status_of(bench, n) for n in (1, 2)] == ["Reserved", "Reserved"]
    assert reserve(bench, None, 3, STRANGER) == {"status": "Occupied"}


def test_h01_fr_06_fr_09_fr_24_a_connector_type() -> None:
    bench = Bench201.booted(spec=mixed())
    assert reserve(bench, None, connectorType="cCCS2") == ACCEPTED
    assert [status_of(bench, 2, n) for n in (1, 2)] == ["Reserved", "Reserved"]
    assert status_of(bench, 1) == "nothing"
    assert reserve(bench, None, 8, OTHER_TOKEN, connectorType="cCCS2") == {"status": "Occupied"}
    assert reserve(bench, None, 8, OTHER_TOKEN, connectorType="cType2") == ACCEPTED
    assert status_of(bench, 1) == "Reserved"
    bench.swipe(2)
    assert bench.station.evses[1].authorized is not None
    assert bench.transaction_events()[0]["reservationId"] == 7


def test_h01_fr_16_fr_17_a_place_that_fails_or_goes_out_of_service_loses_its_reservation() -> None:
    bench = Bench201.booted()
    reserve(bench, 1, 7)
    reserve(bench, 2, 8, OTHER_TOKEN)
    bench.forget().command(InjectFault(1, 1))
    told = [one for one in bench.story() if one != ("NotifyEvent",)]
    assert told == [("StatusNotification", "Faulted"), ("ReservationStatusUpdate",)]
    bench.answer("ChangeAvailability", {"operationalStatus": "Inoperative", "evse": {"id": 2}})
    assert bench.payloads("ReservationStatusUpdate") == [
        {"reservationId": 7, "reservationUpdateStatus": "Removed"},
        {"reservationId": 8, "reservationUpdateStatus": "Removed"},
    ]
    bench.command(ClearFault(1, 1))
    assert status_of(bench, 1) == "Available"


@pytest.mark.shows("CancelReservation")
def test_h02_fr_02_a_cancelled_reservation_keeps_nobody_out() -> None:
    bench = Bench201.booted()
    reserve(bench)
    bench.plug().swipe(token=STRANGER)
    assert bench.station.evses[0].authorized is None
    assert bench.answer("CancelReservation", {"reservationId": 7}) == ACCEPTED
    assert status_of(bench, 1) == "Occupied"
    bench.swipe(token=STRANGER).wait(10)
    assert bench.status() == "Charging"
    assert bench.payloads("ReservationStatusUpdate") == []


def test_h02_fr_01_an_unknown_reservation() -> None:
    bench = Bench201.booted()
    answer = bench.answer("CancelReservation", {"reservationId": 1})
    assert answer == {"status": "Rejected", "statusInfo": {"reasonCode": "NotFound"}}


def test_h03_fr_01_fr_09_fr_10_h01_fr_15_its_token_uses_it_up() -> None:
    bench = Bench201.booted()
    reserve(bench)
    bench.swipe()
    assert status_of(bench, 1) == "Available"
    assert [event.get("reservationId") for event in bench.transaction_events()] == [7]
    bench.plug().wait(10)
    assert status_of(bench, 1) == "Occupied"
    assert bench.station.reservations is None


def test_h03_fr_10_used_up_at_a_transaction_that_the_cable_has_started() -> None:
    bench = Bench201.booted()
    reserve(bench)
    bench.plug()
    assert status_of(bench, 1) == "Reserved"  # G03.FR.09
    bench.swipe()
    assert status_of(bench, 1) == "Occupied"
    assert [event.get("reservationId") for event in bench.transaction_events()] == [None, 7]


def test_h03_used_up_where_the_cable_comes_later() -> None:
    bench = Bench201.booted(settings={"TxCtrlr.TxStartPoint": "EVConnected"})
    reserve(bench)
    bench.swipe()
    assert bench.transaction_events() == []
    bench.plug()
    assert bench.transaction_events()[0]["reservationId"] == 7


def test_h03_fr_04_fr_08_a_token_of_the_group_is_asked_about() -> None:
    bench = Bench201.booted(answers={"Authorize": GROUPED})
    reserve(bench, groupIdToken=FAMILY)
    bench.swipe(token=OTHER_TOKEN)
    assert bench.story()[-1][0] != "ReservationStatusUpdate"
    assert bench.transaction_events()[0]["reservationId"] == 7


def test_h03_fr_06_the_group_of_a_reservation_of_any() -> None:
    bench = Bench201.booted(answers={"Authorize": GROUPED})
    reserve(bench, None, groupIdToken=FAMILY)
    reserve(bench, None, 8, STRANGER)
    bench.swipe(2, OTHER_TOKEN)
    assert bench.transaction_events()[0]["reservationId"] == 7


def test_a_token_of_another_group_stays_out() -> None:
    bench = Bench201.booted()
    reserve(bench, groupIdToken=FAMILY)
    bench.swipe(token=STRANGER)
    assert bench.story()[-1] == ("Authorize",)
    assert bench.transaction_events() == []


def test_h04_fr_01_fr_02_fr_03_it_expires() -> None:
    bench = Bench201.booted()
    reserve(bench, for_s=60)
    bench.forget().wait(60)
    assert bench.story() == [("StatusNotification", "Available"), ("ReservationStatusUpdate",)]
    assert bench.payloads("ReservationStatusUpdate") == [{"reservationId": 7, "reservationUpdateStatus": "Expired"}]
    bench.swipe(token=STRANGER)
    assert bench.station.evses[0].authorized is not None


def test_f01_fr_21_fr_22_a_remote_start_needs_the_token_or_the_group() -> None:
    bench = Bench201.booted()
    reserve(bench, 1)
    reserve(bench, 2, 8, groupIdToken=FAMILY)
    assert remote_start(bench, STRANGER, evseId=1) == "Rejected"
    assert remote_start(bench, STRANGER, evseId=2, groupIdToken={"idToken": "X", "type": "Central"}) == "Rejected"
    assert remote_start(bench, STRANGER) == "Rejected"
    assert remote_start(bench, STRANGER, groupIdToken=FAMILY) == "Accepted"
    assert bench.transaction_events()[0]["reservationId"] == 8
    assert remote_start(bench, TOKEN, evseId=1) == "Accepted"
    assert bench.transaction_events()[-1]["reservationId"] == 7


def test_b11_fr_05_a_reset_of_station_or_evse_comes_back_to_reserved() -> None:
    bench = Bench201.booted()
    reserve(bench, 1)
    bench.answer("Reset", {"type": "OnIdle"})
    bench.forget().wait(60)
    assert (status_of(bench, 1), status_of(bench, 2)) == ("Reserved", "Available")
    bench.answer("Reset", {"type": "Immediate", "evseId": 1})
    assert status_of(bench, 1) == "Unavailable"
    bench.wait(60)
    assert status_of(bench, 1) == "Reserved"
    assert bench.payloads("ReservationStatusUpdate") == []


def test_reservations_of_every_kind_survive_the_program() -> None:
    bench = Bench201.booted(spec=mixed())
    reserve(bench, None, 1, connectorType="cCCS2", groupIdToken=FAMILY)
    reserve(bench, 1, 2)
    other = Bench201(spec=mixed())
    restore(other.charger, take(bench.charger, bench.now.sim))
    assert other.station.reservations == bench.station.reservations
    other.power_up()
    assert (status_of(other, 1), status_of(other, 2)) == ("Reserved", "Reserved")
