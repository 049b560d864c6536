"""What the central system knows of reservations and local lists at its chargers, in both versions."""

from typing import Any

import orjson
import pytest

from chargepoint_sim.csms.views import charger_detail
from chargepoint_sim.protocol.frames import Version
from tests.csms.wire import IDENTITY, Wire, at

T = "2030-01-01T00:00:00Z"
TOKEN = {"idToken": "A", "type": "Central"}
RESERVE: dict[Version, dict[str, Any]] = {
    Version.V16: {"connectorId": 1, "expiryDate": T, "idTag": "A", "reservationId": 7},
    Version.V201: {"id": 7, "evseId": 1, "expiryDateTime": T, "idToken": TOKEN},
}
LIST: dict[Version, dict[str, Any]] = {
    Version.V16: {"listVersion": 4, "updateType": "Full"},
    Version.V201: {"versionNumber": 4, "updateType": "Full"},
}
USED = {
    Version.V16: f'[2,"u","StartTransaction",{{"connectorId":1,"idTag":"A","meterStart":0,"reservationId":7,'
    f'"timestamp":"{T}"}}]',
    Version.V201: f'[2,"u","TransactionEvent",{{"eventType":"Started","timestamp":"{T}","triggerReason":"Authorized",'
    '"seqNo":0,"transactionInfo":{"transactionId":"t"},"reservationId":7}]',
}
BOTH = pytest.mark.parametrize("version", list(Version))


def call(wire: Wire, action: str, payload: dict[str, Any], answer: dict[str, Any]) -> None:
    """The central system asks, and the charger answers."""
    message_id = wire.central.call(IDENTITY, action, payload, at(1.0))
    wire.central.take(IDENTITY)
    wire.send(orjson.dumps([3, message_id, answer]).decode())


def reservations(wire: Wire) -> dict[int, str]:
    """How each stands, as `GET /chargers/{identity}` shows it."""
    view = charger_detail(wire.central.peer(IDENTITY), [])
    return {one["reservation_id"]: one["status"] for one in view.get("reservations", ())}


@BOTH
def test_what_was_not_accepted_is_not_kept(version: Version) -> None:
    wire = Wire(version)
    call(wire, "ReserveNow", RESERVE[version], {"status": "Occupied"})
    call(wire, "SendLocalList", LIST[version], {"status": "Failed"})
    view = charger_detail(wire.central.peer(IDENTITY), [])
    assert "reservations" not in view
    assert "local_list_version" not in view


@BOTH
def test_a_reservation_is_accepted_then_cancelled(version: Version) -> None:
    wire = Wire(version)
    call(wire, "ReserveNow", RESERVE[version], {"status": "Accepted"})
    assert reservations(wire) == {7: "Accepted"}
    call(wire, "CancelReservation", {"reservationId": 7}, {"status": "Rejected"})
    assert reservations(wire) == {7: "Accepted"}
    call(wire, "CancelReservation", {"reservationId": 7}, {"status": "Accepted"})
    assert reservations(wire) == {7: "Cancelled"}


@BOTH
def test_h01_fr_15_a_transaction_uses_it(version: Version) -> None:
    wire = Wire(version)
    call(wire, "ReserveNow", RESERVE[version], {"status": "Accepted"})
    assert wire.ask(USED[version])[0] == 3
    assert reservations(wire) == {7: "Used"}


def test_h04_the_charger_tells_its_end() -> None:
    wire = Wire(Version.V201)
    call(wire, "ReserveNow", RESERVE[Version.V201], {"status": "Accepted"})
    update = '[2,"r","ReservationStatusUpdate",{"reservationId":7,"reservationUpdateStatus":"Expired"}]'
    assert wire.ask(update) == [3, "r", {}]
    assert reservations(wire) == {7: "Expired"}


@BOTH
def test_d02_the_version_of_the_list(version: Version) -> None:
    wire = Wire(version)
    call(wire, "SendLocalList", LIST[version], {"status": "Accepted"})
    assert charger_detail(wire.central.peer(IDENTITY), [])["local_list_version"] == 4
    number = "listVersion" if version is Version.V16 else "versionNumber"
    call(wire, "GetLocalListVersion", {}, {number: 9})
    assert charger_detail(wire.central.peer(IDENTITY), [])["local_list_version"] == 9
