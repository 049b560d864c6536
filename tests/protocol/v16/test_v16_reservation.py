"""1.6 ReserveNow and CancelReservation with what they do to status, starts and transactions (sections 5.4, 5.13)."""

from typing import Any

import pytest

from chargepoint_sim import snapshot
from chargepoint_sim.clock import format_utc
from chargepoint_sim.core.commands import ClearFault, IdToken, InjectFault, PlugIn, StartSession, Unplug
from chargepoint_sim.core.jobs import Downloaded
from tests.protocol.harness import NOON, one_socket
from tests.protocol.v16.bench import OTHER_TAG, TAG, Bench16

STATION = 0


def reserve(bench: Bench16, connector: int = 1, number: int = 7, for_s: float = 3600, **more: Any) -> str:
    request = {
        "connectorId": connector,
        "expiryDate": format_utc(bench.now.sim + for_s),
        "idTag": TAG.id_token,
        "reservationId": number,
        **more,
    }
    answer = bench.ask("ReserveNow", request)
    assert answer is not None
    return str(answer[2]["status"])


def cancel(bench: Bench16, number: int = 7) -> str:
    answer = bench.ask("CancelReservation", {"reservationId": number})
    assert answer is not None
    return str(answer[2]["status"])


def available(bench: Bench16, kind: str, connector: int = 1) -> None:
    bench.ask("ChangeAvailability", {"connectorId": connector, "type": kind})


def plug(bench: Bench16, connector: int = 1) -> None:
    assert bench.command(PlugIn(connector_id=connector, vehicle="suv", soc=0.3)).accepted


def remote_start(bench: Bench16, tag: IdToken, **more: Any) -> str:
    answer = bench.ask("RemoteStartTransaction", {"idTag": tag.id_token, **more})
    assert answer is not None
    return str(answer[2]["status"])


# Made, replaced, ended


def test_a_reserved_connector_says_so_after_the_answer() -> None:
    bench = Bench16.booted()
    assert reserve(bench) == "Accepted"
    assert [one.action for one in bench.sent] == ["ReserveNow", "StatusNotification"]
    assert bench.told() == ["Reserved"]
    assert bench.told(2) == []


@pytest.mark.shows("CancelReservation")
def test_a_cancelled_one_is_available_again() -> None:
    bench = Bench16.booted()
    reserve(bench)
    assert cancel(bench) == "Accepted"
    assert bench.told() == ["Reserved", "Available"]


def test_what_is_not_reserved_cannot_be_cancelled() -> None:
    bench = Bench16.booted()
    assert cancel(bench) == "Rejected"
    reserve(bench)
    assert cancel(bench, 8) == "Rejected"
    assert bench.status() == "Reserved"


def test_a_reservation_expires_at_its_instant() -> None:
    bench = Bench16.booted()
    reserve(bench, for_s=600)
    bench.wait(599)
    assert bench.status() == "Reserved"
    bench.wait(1)
    assert bench.told() == ["Reserved", "Available"]
    assert bench.payloads("StatusNotification")[-1]["timestamp"] == "2023-11-15T12:10:00.000Z"
    assert cancel(bench) == "Rejected"


def test_an_expiry_in_the_past_is_rejected() -> None:
    bench = Bench16.booted()
    assert reserve(bench, for_s=-1) == "Rejected"
    assert bench.told() == []


def test_an_expiry_counts_on_the_central_system_s_clock() -> None:
    ahead = {"status": "Accepted", "interval": 300, "currentTime": format_utc(NOON + 1000)}
    bench = Bench16.booted(answers={"BootNotification": ahead})
    assert reserve(bench, for_s=999) == "Rejected"
    assert reserve(bench, for_s=1060) == "Accepted"
    bench.wait(61)
    assert bench.told() == ["Reserved", "Available"]


def test_the_same_id_replaces() -> None:
    bench = Bench16.booted()
    reserve(bench, for_s=600)
    assert reserve(bench, for_s=1200, idTag=OTHER_TAG.id_token) == "Accepted"
    bench.wait(601)
    assert bench.status() == "Reserved"
    assert bench.told() == ["Reserved"]
    bench.swipe(tag=TAG)
    assert bench.status() == "Reserved"
    bench.swipe(tag=OTHER_TAG)
    assert bench.status() == "Preparing"


def test_the_same_id_moves_to_another_connector() -> None:
    bench = Bench16.booted()
    reserve(bench, 1)
    assert reserve(bench, 2) == "Accepted"
    assert bench.told(1) == ["Reserved", "Available"]
    assert bench.told(2) == ["Reserved"]


def test_a_replacement_that_cannot_be_leaves_the_old_one() -> None:
    bench = Bench16.booted()
    plug(bench, 2)
    reserve(bench, 1)
    assert reserve(bench, 2) == "Occupied"
    assert bench.status(1) == "Reserved"


# Refused


def test_occupied_by_a_cable_a_session_or_another_reservation() -> None:
    bench = Bench16.booted()
    plug(bench)
    assert reserve(bench) == "Occupied"
    bench.swipe().wait(5)
    assert reserve(bench) == "Occupied"
    assert reserve(bench, 2, 8) == "Accepted"
    assert reserve(bench, 2, 9) == "Occupied"


def test_faulted_and_unavailable_connectors_cannot_be_reserved() -> None:
    bench = Bench16.booted()
    bench.command(InjectFault(connector_id=1, error_code="GroundFailure"))
    available(bench, "Inoperative", 2)
    assert reserve(bench, 1) == "Faulted"
    assert reserve(bench, 2) == "Unavailable"
    assert reserve(bench, STATION) == "Unavailable"


def test_a_faulted_station_takes_no_reservation() -> None:
    bench = Bench16.booted()
    bench.command(InjectFault(connector_id=STATION, error_code="PowerMeterFailure"))
    assert reserve(bench, STATION) == "Faulted"
    assert reserve(bench, 1) == "Faulted"


def test_a_connector_that_does_not_exist() -> None:
    bench = Bench16.booted()
    answer = bench.ask(
        "ReserveNow", {"connectorId": 3, "expiryDate": "2030-01-01T00:00:00Z", "idTag": "A", "reservationId": 1}
    )
    assert answer is not None
    assert answer[0] == 4
    assert answer[2] == "PropertyConstraintViolation"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"expiryDate": "tomorrow"}, "PropertyConstraintViolation"),
        ({"connectorId": "1"}, "TypeConstraintViolation"),
        ({"idTag": "T" * 21}, "PropertyConstraintViolation"),
        ({"surprise": 1}, "FormationViolation"),
    ],
)
def test_bad_requests_reserve_nothing(change: dict[str, Any], code: str) -> None:
    bench = Bench16.booted()
    request = {"connectorId": 1, "expiryDate": "2030-01-01T00:00:00Z", "idTag": "A", "reservationId": 1}
    answer = bench.ask("ReserveNow", request | change)
    assert answer is not None
    assert answer[2] == code
    assert bench.status() == "Available"


# Who may use it


def test_its_tag_uses_it_up() -> None:
    bench = Bench16.booted()
    reserve(bench)
    bench.charge()
    assert bench.start()["reservationId"] == 7
    assert bench.told() == ["Reserved", "Preparing", "Charging"]
    assert cancel(bench) == "Rejected"
    bench.swipe().unplug()
    assert bench.told()[-2:] == ["Finishing", "Available"]


def test_start_without_a_reservation_names_none() -> None:
    bench = Bench16.booted()
    reserve(bench, 2)
    bench.charge(1)
    assert "reservationId" not in bench.start()
    assert bench.status(2) == "Reserved"


@pytest.mark.shows("ReserveNow")
def test_another_tag_is_kept_out_without_being_asked_for() -> None:
    bench = Bench16.booted()
    reserve(bench)
    plug(bench)
    bench.swipe(tag=OTHER_TAG).wait(10)
    assert bench.calls("Authorize", "StartTransaction") == []
    assert bench.told() == ["Reserved"]
    bench.swipe(2, tag=OTHER_TAG)
    assert len(bench.calls("Authorize")) == 1


def test_a_session_of_another_tag_is_refused_with_the_reason() -> None:
    bench = Bench16.booted()
    reserve(bench)
    outcome = bench.command(StartSession(connector_id=1, id_token=OTHER_TAG))
    assert not outcome.accepted
    assert outcome.reason == "EVSE 1 is reserved"


def test_the_parent_from_authorize_opens_it() -> None:
    bench = Bench16.booted(answers={"Authorize": {"idTagInfo": {"status": "Accepted", "parentIdTag": "FAMILY"}}})
    reserve(bench, parentIdTag="family")
    plug(bench)
    bench.swipe(tag=OTHER_TAG).wait(5)
    assert bench.start()["reservationId"] == 7


def test_another_parent_from_authorize_does_not() -> None:
    bench = Bench16.booted(answers={"Authorize": {"idTagInfo": {"status": "Accepted", "parentIdTag": "STRANGERS"}}})
    reserve(bench, parentIdTag="FAMILY")
    plug(bench)
    bench.swipe(tag=OTHER_TAG).wait(5)
    assert len(bench.calls("Authorize")) == 1
    assert bench.calls("StartTransaction") == []
    assert bench.status() == "Reserved"


def test_the_parent_from_the_local_list_opens_it_offline() -> None:
    bench = Bench16.booted()
    entry = {"idTag": OTHER_TAG.id_token, "idTagInfo": {"status": "Accepted", "parentIdTag": "FAMILY"}}
    bench.ask("SendLocalList", {"listVersion": 1, "updateType": "Full", "localAuthorizationList": [entry]})
    reserve(bench, parentIdTag="FAMILY")
    bench.cut()
    plug(bench)
    bench.swipe(tag=OTHER_TAG).wait(5)
    bench.come_back()
    assert bench.start()["reservationId"] == 7


def test_who_does_not_plug_in_leaves_it_reserved() -> None:
    bench = Bench16.booted()
    reserve(bench)
    bench.swipe().wait(60)
    assert bench.told() == ["Reserved", "Preparing", "Available", "Reserved"]


def test_a_remote_start_needs_the_tag_of_the_reservation() -> None:
    bench = Bench16.booted()
    reserve(bench)
    assert remote_start(bench, OTHER_TAG, connectorId=1) == "Rejected"
    assert remote_start(bench, TAG, connectorId=1) == "Accepted"
    assert bench.status() == "Preparing"


def test_5_13_a_remote_start_asks_for_a_parent_that_it_does_not_know() -> None:
    bench = Bench16.booted(answers={"Authorize": {"idTagInfo": {"status": "Accepted", "parentIdTag": "FAMILY"}}})
    assert bench.configure("AuthorizeRemoteTxRequests", "false") == "Accepted"
    reserve(bench, parentIdTag="family")
    plug(bench)
    assert remote_start(bench, OTHER_TAG, connectorId=1) == "Accepted"
    bench.wait(5)
    assert bench.payloads("Authorize") == [{"idTag": OTHER_TAG.id_token}]
    assert bench.start()["reservationId"] == 7
    assert bench.status() == "Charging"


def test_5_13_a_remote_start_without_connector_asks_for_a_parent_where_nothing_else_is_free() -> None:
    bench = Bench16.booted(answers={"Authorize": {"idTagInfo": {"status": "Accepted", "parentIdTag": "FAMILY"}}})
    reserve(bench, 1, parentIdTag="FAMILY")
    plug(bench, 2)
    assert remote_start(bench, IdToken("SOMEBODY")) == "Accepted"
    assert bench.wait(5).calls("Authorize") == []
    assert remote_start(bench, OTHER_TAG) == "Accepted"
    plug(bench, 1)
    bench.wait(5)
    assert [one.get("reservationId") for one in bench.payloads("StartTransaction")] == [None, 7]


@pytest.mark.parametrize(
    "verdict", [{"status": "Accepted", "parentIdTag": "STRANGERS"}, {"status": "Accepted"}, {"status": "Blocked"}]
)
def test_5_13_a_remote_start_for_another_parent_comes_to_nothing(verdict: dict[str, str]) -> None:
    bench = Bench16.booted(answers={"Authorize": {"idTagInfo": verdict}})
    reserve(bench, parentIdTag="FAMILY")
    plug(bench)
    profile = {
        "chargingProfileId": 1,
        "stackLevel": 0,
        "chargingProfilePurpose": "TxProfile",
        "chargingProfileKind": "Relative",
        "chargingSchedule": {"chargingRateUnit": "A", "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 6.0}]},
    }
    assert remote_start(bench, OTHER_TAG, connectorId=1, chargingProfile=profile) == "Accepted"
    assert bench.wait(5).status() == "Reserved"
    assert bench.station.evses[0].session_profile is None
    assert bench.calls("StartTransaction") == []
    assert len(bench.calls("Authorize")) == 1
    # What it has learnt answers the next one.
    assert remote_start(bench, OTHER_TAG, connectorId=1) == "Rejected"


def test_a_remote_start_for_a_known_parent_asks_nobody() -> None:
    bench = Bench16.booted()
    entry = {"idTag": OTHER_TAG.id_token, "idTagInfo": {"status": "Accepted", "parentIdTag": "FAMILY"}}
    bench.ask("SendLocalList", {"listVersion": 1, "updateType": "Full", "localAuthorizationList": [entry]})
    reserve(bench, parentIdTag="FAMILY")
    plug(bench)
    assert remote_start(bench, OTHER_TAG, connectorId=1) == "Accepted"
    bench.wait(5)
    assert bench.calls("Authorize") == []
    assert bench.start()["reservationId"] == 7


def test_a_remote_start_without_connector_goes_around_and_to_reservations() -> None:
    bench = Bench16.booted()
    reserve(bench, 1)
    reserve(bench, 2, 8, idTag="SOMEBODY")
    assert remote_start(bench, OTHER_TAG) == "Rejected"
    assert remote_start(bench, IdToken("SOMEBODY")) == "Accepted"
    assert (bench.status(1), bench.status(2)) == ("Reserved", "Preparing")


# Connector 0


def test_connector_0_keeps_the_last_free_connector() -> None:
    bench = Bench16.booted()
    assert reserve(bench, STATION) == "Accepted"
    assert bench.told(0) == bench.told(1) == bench.told(2) == []
    plug(bench, 1)
    bench.swipe(1, tag=OTHER_TAG).wait(5)
    assert bench.status(1) == "Charging"
    plug(bench, 2)
    bench.swipe(2, tag=OTHER_TAG).wait(5)
    assert bench.status(2) == "Preparing"
    assert remote_start(bench, OTHER_TAG, connectorId=2) == "Rejected"
    bench.swipe(2, tag=TAG).wait(5)
    assert [one.get("reservationId") for one in bench.payloads("StartTransaction")] == [None, 7]


def test_connector_0_counts_against_further_reservations() -> None:
    bench = Bench16.booted()
    assert reserve(bench, STATION, 1) == "Accepted"
    assert reserve(bench, 1, 2) == "Accepted"
    assert reserve(bench, 2, 3) == "Occupied"
    assert reserve(bench, STATION, 4) == "Occupied"
    assert cancel(bench, 1) == "Accepted"
    assert reserve(bench, 2, 3) == "Accepted"


def test_connector_0_is_rejected_where_it_is_not_supported() -> None:
    bench = Bench16.booted(settings={"ReservationCtrlr.NonEvseSpecific": "false"})
    answer = bench.ask("GetConfiguration", {"key": ["ReserveConnectorZeroSupported"]})
    assert answer is not None
    assert answer[2]["configurationKey"] == [
        {"key": "ReserveConnectorZeroSupported", "readonly": True, "value": "false"}
    ]
    assert reserve(bench, STATION) == "Rejected"
    assert reserve(bench, 1) == "Accepted"


def test_with_one_connector_connector_0_keeps_that_one() -> None:
    bench = Bench16.booted(spec=one_socket())
    reserve(bench, STATION)
    assert remote_start(bench, OTHER_TAG) == "Rejected"
    assert remote_start(bench, TAG) == "Accepted"


# Other ends


def test_g8_an_inoperative_connector_loses_its_reservation() -> None:
    bench = Bench16.booted()
    reserve(bench)
    available(bench, "Inoperative")
    available(bench, "Operative")
    assert bench.told() == ["Reserved", "Unavailable", "Available"]
    assert cancel(bench) == "Rejected"


def test_g9_a_faulted_connector_loses_its_reservation() -> None:
    bench = Bench16.booted()
    reserve(bench)
    reserve(bench, 2, 8)
    bench.command(InjectFault(connector_id=1, error_code="GroundFailure"))
    bench.command(ClearFault(connector_id=1))
    assert bench.told(1) == ["Reserved", "Faulted", "Available"]
    assert cancel(bench, 7) == "Rejected"
    assert cancel(bench, 8) == "Accepted"


def test_an_inoperative_station_loses_all_reservations() -> None:
    bench = Bench16.booted()
    reserve(bench, STATION, 1)
    reserve(bench, 1, 2)
    available(bench, "Inoperative", STATION)
    available(bench, "Operative", STATION)
    assert (cancel(bench, 1), cancel(bench, 2)) == ("Rejected", "Rejected")
    assert bench.told(1) == ["Reserved", "Unavailable", "Available"]


def test_new_firmware_takes_every_connector_out_of_service_and_reservations_with_it() -> None:
    bench = Bench16.booted()
    reserve(bench)
    bench.ask("UpdateFirmware", {"location": "http://files.example/f", "retrieveDate": bench.stamp})
    bench.finish(Downloaded(b"chargepoint-sim-firmware 2.1.0\n"))
    assert bench.told() == ["Reserved", "Unavailable"]
    assert cancel(bench) == "Rejected"


def test_a_warning_leaves_it() -> None:
    bench = Bench16.booted()
    reserve(bench)
    bench.command(InjectFault(connector_id=1, error_code="HighTemperature", warning=True))
    assert bench.status() == "Reserved"
    assert cancel(bench) == "Accepted"


def test_a_cable_on_a_reserved_connector_prepares_when_it_expires() -> None:
    bench = Bench16.booted()
    reserve(bench, for_s=30)
    plug(bench)
    bench.wait(30)
    assert bench.told() == ["Reserved", "Preparing"]
    bench.command(Unplug())
    assert bench.status() == "Available"


# What it survives


def test_it_survives_a_reboot_and_still_expires() -> None:
    bench = Bench16.booted()
    reserve(bench, for_s=600)
    bench.ask("Reset", {"type": "Hard"})
    bench.forget().wait(30)
    assert bench.told() == ["Reserved"]
    bench.wait(600)
    assert bench.told() == ["Reserved", "Available"]


def test_what_expires_while_the_power_is_off_is_gone_afterwards() -> None:
    bench = Bench16.booted()
    reserve(bench, for_s=60)
    bench.power_down().wait(100).forget().power_up()
    assert bench.told() == ["Available"]
    assert cancel(bench) == "Rejected"


def test_it_survives_a_restart_of_the_program() -> None:
    bench = Bench16.booted()
    reserve(bench, for_s=600, parentIdTag="FAMILY")
    reserve(bench, STATION, 8)
    other = Bench16()
    snapshot.restore(other.charger, snapshot.take(bench.charger, bench.now.sim))
    assert other.station.reservations == bench.station.reservations
    other.power_up()
    assert other.told() == ["Reserved"]
    other.charge()
    assert other.start()["reservationId"] == 7


def test_it_expires_offline_and_the_status_follows() -> None:
    bench = Bench16.booted()
    reserve(bench, for_s=60)
    bench.cut().wait(100).come_back()
    assert bench.told() == ["Reserved", "Available"]
