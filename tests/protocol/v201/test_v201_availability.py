"""2.0.1 statuses and availability on three levels (use cases G01, G03, G04)."""

from typing import Any

import pytest

from chargepoint_sim.core.commands import ClearFault, InjectFault, PlugIn, PresentToken
from chargepoint_sim.core.spec import ConnectorSpec, EvseSpec
from chargepoint_sim.snapshot import restore, take
from tests.protocol.harness import two_sockets
from tests.protocol.v201.bench import TOKEN, Bench201

ACCEPTED, SCHEDULED = {"status": "Accepted"}, {"status": "Scheduled"}


def change(bench: Bench201, status: str, *place: int) -> dict[str, Any]:
    evse = {"evse": dict(zip(("id", "connectorId"), place, strict=False))} if place else {}
    return bench.answer("ChangeAvailability", {"operationalStatus": status, **evse})


def told(bench: Bench201) -> list[tuple[int, int, str]]:
    return [(one["evseId"], one["connectorId"], one["connectorStatus"]) for one in bench.payloads("StatusNotification")]


def two_outlets() -> Any:
    return two_sockets(evses=(EvseSpec(1, (ConnectorSpec(1), ConnectorSpec(2))),))


def test_g01_charging_is_no_status_but_observers_see_it() -> None:
    bench = Bench201.charging()
    assert told(bench) == []
    assert bench.status() == "Charging"
    seen = Bench201.booted()
    seen.plug().swipe().wait(10)
    seen.swipe().wait(1)
    seen.unplug()
    words = [event.data["status"] for event in seen.seen("connector_status_changed")]
    assert words == ["Preparing", "Charging", "Finishing", "Available"]
    assert seen.seen("connector_status_changed")[0].data == {"evse_id": 1, "connector_id": 1, "status": "Preparing"}


def test_g01_fault_and_back() -> None:
    bench = Bench201.booted()
    bench.command(InjectFault(1, 1, "GroundFailure"))
    bench.command(ClearFault(1, 1))
    assert told(bench) == [(1, 1, "Faulted"), (1, 1, "Available")]


def test_g01_fr_08_the_other_connector_of_the_evse_stays_silent() -> None:
    bench = Bench201.booted(spec=two_outlets())
    bench.command(PlugIn(1, 2, vehicle="suv"))
    assert told(bench) == [(1, 2, "Occupied")]


@pytest.mark.shows("ChangeAvailability")
@pytest.mark.parametrize("place", [(1,), (1, 1)])
def test_g03_an_evse_or_its_only_connector(place: tuple[int, ...]) -> None:
    bench = Bench201.booted()
    assert change(bench, "Inoperative", *place) == ACCEPTED
    assert not bench.command(PresentToken(1, id_token=TOKEN)).accepted
    assert change(bench, "Operative", *place) == ACCEPTED
    assert told(bench) == [(1, 1, "Unavailable"), (1, 1, "Available")]


def test_g03_one_of_two_connectors() -> None:
    bench = Bench201.booted(spec=two_outlets())
    assert change(bench, "Inoperative", 1, 2) == ACCEPTED
    assert told(bench) == [(1, 2, "Unavailable")]


def test_g03_fr_03_the_state_it_is_in() -> None:
    bench = Bench201.booted()
    assert change(bench, "Operative", 1) == ACCEPTED
    assert told(bench) == []


@pytest.mark.parametrize("place", [(), (1,), (1, 1)])
def test_g03_fr_05_g04_fr_06_scheduled_after_the_transaction(place: tuple[int, ...]) -> None:
    bench = Bench201.charging()
    assert change(bench, "Inoperative", *place) == SCHEDULED
    assert bench.wait(10).status() == "Charging"
    bench.forget()
    bench.unplug()
    assert [one for one in told(bench) if one[0] == 1][-1] == (1, 1, "Unavailable")
    assert bench.status() == "Unavailable"


@pytest.mark.parametrize("place", [(), (1,), (1, 1)])
def test_g03_fr_03_g04_fr_04_it_is_inoperative_already_although_a_transaction_began(place: tuple[int, ...]) -> None:
    bench = Bench201.booted()
    assert change(bench, "Inoperative", *place) == ACCEPTED
    bench.plug()
    assert [event["eventType"] for event in bench.transaction_events()] == ["Started"]
    assert change(bench, "Inoperative", *place) == ACCEPTED
    bench.forget().unplug()
    assert told(bench) == [(1, 1, "Unavailable")]


@pytest.mark.parametrize("place", [(), (1,), (1, 1)])
def test_g03_fr_05_what_still_has_to_wait_is_scheduled_again_and_can_be_called_off(place: tuple[int, ...]) -> None:
    bench = Bench201.charging()
    assert change(bench, "Inoperative", *place) == SCHEDULED
    assert change(bench, "Inoperative", *place) == SCHEDULED
    assert change(bench, "Operative", *place) == ACCEPTED
    bench.forget().unplug()
    assert told(bench)[-1] == (1, 1, "Available")
    assert bench.station.operative


def test_g03_fr_05_the_connector_that_nobody_uses_waits_for_nothing() -> None:
    bench = Bench201.charging(spec=two_outlets())
    assert change(bench, "Inoperative", 1, 2) == ACCEPTED
    assert told(bench) == [(1, 2, "Unavailable")]
    assert change(bench, "Inoperative", 1, 1) == SCHEDULED


@pytest.mark.parametrize("place", [(), (1,)])
def test_g04_fr_09_what_is_scheduled_survives_a_restart_of_the_program(place: tuple[int, ...]) -> None:
    bench = Bench201.charging()
    change(bench, "Inoperative", *place)
    other = Bench201()
    restore(other.charger, take(bench.charger, bench.now.sim))
    other.power_up()
    other.wait(5).unplug()
    assert told(other)[-1] == (1, 1, "Unavailable")


def test_g04_the_whole_station() -> None:
    bench = Bench201.booted()
    assert change(bench, "Inoperative") == ACCEPTED
    assert change(bench, "Operative") == ACCEPTED
    assert told(bench) == [
        (1, 1, "Unavailable"),
        (2, 1, "Unavailable"),
        (1, 1, "Available"),
        (2, 1, "Available"),
    ]


def test_g04_fr_08_evses_come_back_to_their_own_state() -> None:
    bench = Bench201.booted()
    change(bench, "Inoperative", 2)
    change(bench, "Inoperative")
    bench.forget()
    change(bench, "Operative")
    assert told(bench) == [(1, 1, "Available")]


def test_b01_fr_07_unavailable_survives_a_reboot() -> None:
    bench = Bench201.booted()
    change(bench, "Inoperative", 2)
    bench.answer("Reset", {"type": "Immediate"})
    bench.forget().wait(20)
    assert told(bench) == [(1, 1, "Available"), (2, 1, "Unavailable")]


def test_unknown_places_and_bad_input() -> None:
    bench = Bench201.booted()
    assert change(bench, "Inoperative", 9) == {"status": "Rejected", "statusInfo": {"reasonCode": "UnknownEvse"}}
    assert change(bench, "Inoperative", 1, 9)["statusInfo"] == {"reasonCode": "UnknownConnectorId"}
    assert bench.error("ChangeAvailability", {"operationalStatus": "Off"}) == "PropertyConstraintViolation"
    assert bench.calls() == []
