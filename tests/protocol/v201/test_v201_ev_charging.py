"""2.0.1 charging by a schedule that a vehicle negotiates over ISO 15118 (use cases K15-K17)."""

from dataclasses import replace
from typing import Any

import orjson
import pytest

from chargepoint_sim.clock import format_utc
from chargepoint_sim.core.commands import PlugIn, RequestEnergy
from chargepoint_sim.core.spec import Current
from chargepoint_sim.snapshot import restore, take
from tests.protocol.harness import SILENCE, Refusal, one_socket, two_sockets
from tests.protocol.v201.bench import Bench201
from tests.protocol.v201.test_v201_smart_charging import ACCEPTED, W_PER_A, ask_to_set, reported

HLC = {"ISO15118Ctrlr.Enabled": "true"}
VEHICLE = "sedan_15118"
NEEDS, SCHEDULE = "NotifyEVChargingNeeds", "NotifyEVChargingSchedule"


def arrived(status: Any = "Accepted", *, authorised: bool = True, **more: Any) -> Bench201:
    """A vehicle that speaks ISO 15118 is plugged in and authorised; NotifyEVChargingNeeds is answered like that."""
    answer = {"status": status} if isinstance(status, str) else status
    bench = Bench201.booted(
        settings=HLC | more.pop("settings", {}), answers={NEEDS: answer}, spec=more.pop("spec", None)
    )
    assert bench.command(PlugIn(1, vehicle=VEHICLE, soc=0.5, **more)).accepted
    if authorised:
        bench.swipe()
    return bench


def schedule(number: int, *periods: tuple[int, float], unit: str = "A", start: str | None = None) -> dict[str, Any]:
    return {
        "id": number,
        "startSchedule": start or "2023-11-15T12:00:00.000Z",
        "chargingRateUnit": unit,
        "chargingSchedulePeriod": [{"startPeriod": at, "limit": limit} for at, limit in periods],
    }


def tx_profile(bench: Bench201, *schedules: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {
        "id": 7,
        "stackLevel": 0,
        "chargingProfilePurpose": "TxProfile",
        "chargingProfileKind": "Absolute",
        "transactionId": bench.transaction_id(),
        "chargingSchedule": list(schedules),
    } | changes


def power_w(bench: Bench201) -> float:
    return bench.station.evses[0].meter.power_at(bench.now.sim)


def test_k15_fr_01_06_needs_of_an_ac_vehicle_on_the_wire() -> None:
    bench = arrived(energy_wh=20000.0, departs_in_s=7200.0)
    assert bench.payloads(NEEDS) == [
        {
            "evseId": 1,
            "maxScheduleTuples": 12,
            "chargingNeeds": {
                "requestedEnergyTransfer": "AC_three_phase",
                "departureTime": "2023-11-15T14:00:00.000Z",
                "acChargingParameters": {
                    "energyAmount": 20000,
                    "evMinCurrent": 6,
                    "evMaxCurrent": 16,
                    "evMaxVoltage": 230,
                },
            },
        }
    ]


def test_k15_fr_06_needs_of_a_dc_vehicle_on_the_wire() -> None:
    evse = replace(
        one_socket().evses[0], current=Current.DC, max_power_w=150000.0, voltage_v=400.0, max_current_a=375.0
    )
    bench = arrived(spec=two_sockets(evses=(evse,)))
    (told,) = bench.payloads(NEEDS)
    assert told["chargingNeeds"] == {
        "requestedEnergyTransfer": "DC",
        "dcChargingParameters": {
            "evMaxCurrent": 400,
            "evMaxVoltage": 420,
            "energyAmount": 40957,
            "evMaxPower": 135000,
            "stateOfCharge": 50,
            "evEnergyCapacity": 77000,
        },
    }


def test_k15_fr_16_needs_follow_the_event_that_names_the_driver() -> None:
    bench = arrived()
    actions = [one.action for one in bench.calls()]
    assert actions[-1] == NEEDS
    assert any("idToken" in one for one in bench.transaction_events())


def test_k15_fr_07_10_energy_waits_for_the_schedule_and_follows_it() -> None:
    bench = arrived()
    bench.wait(20)
    assert bench.status() == "Preparing"
    bench.forget()
    assert ask_to_set(bench, tx_profile(bench, schedule(4, (0, 10), (3600, 8)))) == ACCEPTED
    bench.wait(5)
    assert bench.story()[-1] == ("Updated", "ChargingStateChanged", "Charging")
    assert 0.95 * 10 * W_PER_A < power_w(bench) <= 10 * W_PER_A
    (told,) = bench.payloads(SCHEDULE)
    assert (told["evseId"], told["timeBase"]) == (1, format_utc(bench.now.sim - 5))
    assert (told["chargingSchedule"]["id"], told["chargingSchedule"]["chargingRateUnit"]) == (4, "A")
    assert told["chargingSchedule"]["chargingSchedulePeriod"] == [
        {"startPeriod": 0, "limit": 10.0, "numberPhases": 3},
        {"startPeriod": 3580, "limit": 8.0, "numberPhases": 3},
    ]


def composite_of(bench: Bench201, unit: str) -> list[tuple[int, float]]:
    """The periods of a composite schedule of two hours: begin and limit."""
    asked = {"evseId": 1, "duration": 7200, "chargingRateUnit": unit}
    answer = bench.answer("GetCompositeSchedule", asked)
    return [(one["startPeriod"], one["limit"]) for one in answer["schedule"]["chargingSchedulePeriod"]]


@pytest.mark.parametrize(("unit", "socket_most", "vehicle_most"), [("A", 32.0, 16.0), ("W", 22080.0, 10929.6)])
def test_k15_fr_14_k16_fr_10_what_the_vehicle_has_announced_binds_the_composite_schedule(
    unit: str, socket_most: float, vehicle_most: float
) -> None:
    bench = arrived()
    assert composite_of(bench, unit) == [(0, socket_most)]
    assert ask_to_set(bench, tx_profile(bench, schedule(4, (0, 32), (3600, 10)))) == ACCEPTED
    assert composite_of(bench, unit) == [(0, vehicle_most), (3600, socket_most * 10 / 32)]
    assert ask_to_set(bench, tx_profile(bench, schedule(5, (0, 12), (3600, 32)))) == ACCEPTED
    assert composite_of(bench, unit) == [(0, socket_most * 12 / 32), (3600, vehicle_most)]
    bench.wait(5).unplug()
    assert composite_of(bench, unit) == [(0, socket_most)]


def test_k15_fr_09_the_schedule_of_the_vehicle_keeps_all_limits_and_its_own() -> None:
    bench = arrived(departs_in_s=1000.0)
    limit = {**tx_profile(bench, schedule(1, (0, 9))), "id": 8, "chargingProfilePurpose": "ChargingStationMaxProfile"}
    del limit["transactionId"]
    assert ask_to_set(bench, limit, 0) == ACCEPTED
    assert ask_to_set(bench, tx_profile(bench, schedule(2, (0, 30)))) == ACCEPTED
    assert bench.payloads(SCHEDULE)[-1]["chargingSchedule"]["chargingSchedulePeriod"][0]["limit"] == 9
    bench.answer("ClearChargingProfile", {"chargingProfileId": 8})
    assert ask_to_set(bench, tx_profile(bench, schedule(2, (0, 30)))) == ACCEPTED
    told = bench.payloads(SCHEDULE)[-1]["chargingSchedule"]
    assert (told["duration"], told["chargingSchedulePeriod"][0]["limit"]) == (1000, 16)


@pytest.mark.parametrize(
    ("departs_in_s", "chosen"),
    [(1800.0, 2), (40000.0, 1)],
)
def test_k15_fr_07_the_vehicle_takes_the_schedule_that_gives_it_most_in_time(departs_in_s: float, chosen: int) -> None:
    bench = arrived(energy_wh=60000.0, departs_in_s=departs_in_s)
    late, soon = schedule(1, (0, 0), (3600, 16)), schedule(2, (0, 12), (1800, 6))
    profile = tx_profile(bench, late, soon)
    assert ask_to_set(bench, profile) == ACCEPTED
    assert bench.payloads(SCHEDULE)[0]["chargingSchedule"]["id"] == chosen
    bench.wait(10)
    assert (power_w(bench) > 0) is (chosen == 2)
    restarted = Bench201(settings=HLC)
    restore(restarted.charger, take(bench.charger, bench.now.sim))
    (found,) = reported(bench)[0]["chargingProfile"]
    assert found == profile, "all schedules are reported"
    assert [one.alternatives for one in restarted.station.profiles or ()] == [
        one.alternatives for one in bench.station.profiles or ()
    ]


def test_k15_fr_07_three_schedules_with_ids_of_their_own() -> None:
    bench = arrived()
    assert ask_to_set(bench, tx_profile(bench, *(schedule(n, (0, 6 + n)) for n in (1, 2, 3)))) == ACCEPTED
    twins = tx_profile(bench, schedule(1, (0, 6)), schedule(1, (0, 8)))
    assert ask_to_set(bench, twins)["statusInfo"]["reasonCode"] == "InvalidSchedule"


def test_k01_fr_34_one_schedule_for_a_vehicle_that_does_not_negotiate() -> None:
    bench = Bench201.charging(settings=HLC)
    assert bench.calls(NEEDS) == []
    given = tx_profile(bench, schedule(1, (0, 6)), schedule(2, (0, 8)))
    assert ask_to_set(bench, given)["statusInfo"]["reasonCode"] == "InvalidSchedule"


def test_k15_fr_17_a_profile_that_comes_before_the_needs_is_rejected() -> None:
    bench = arrived(authorised=False)
    answer = ask_to_set(bench, tx_profile(bench, schedule(1, (0, 6))))
    assert (answer["status"], answer["statusInfo"]["reasonCode"]) == ("Rejected", "InvalidMessageSeq")


@pytest.mark.shows("NotifyEVChargingNeeds")
@pytest.mark.parametrize("answer", ["Rejected", "Processing", Refusal("NotImplemented")])
def test_k15_fr_04_05_without_a_schedule_now_charging_begins(answer: Any) -> None:
    waiting, charging = arrived("Accepted").wait(10), arrived(answer).wait(10)
    assert (waiting.status(), charging.status()) == ("Preparing", "Charging")
    assert charging.transaction_events()[-1]["transactionInfo"]["chargingState"] == "Charging"
    assert power_w(waiting) == 0 < power_w(charging)
    assert charging.calls(SCHEDULE) == []


def test_k15_fr_05_what_comes_after_processing_is_a_renegotiation() -> None:
    bench = arrived("Processing")
    bench.wait(30)
    bench.forget()
    assert ask_to_set(bench, tx_profile(bench, schedule(3, (0, 8)))) == ACCEPTED
    assert sorted(bench.story()) == [(SCHEDULE,), ("Updated", "ChargingRateChanged", "Charging")]
    assert power_w(bench) <= 8 * W_PER_A


@pytest.mark.parametrize(("answer", "at_least_s"), [("Accepted", 59), (SILENCE, 30)])
def test_k15_fr_08_a_vehicle_does_not_wait_for_ever(answer: Any, at_least_s: float) -> None:
    bench = arrived(answer)
    bench.wait(at_least_s)
    assert power_w(bench) == 0
    bench.until(65)
    assert power_w(bench) > 0


def test_k15_fr_15_off_line_the_profiles_that_are_here_bind() -> None:
    bench = Bench201.booted(settings=HLC | {"AuthCtrlr.OfflineTxForUnknownIdEnabled": "true"})
    default = tx_profile_default(schedule(1, (0, 6)))
    assert ask_to_set(bench, default) == ACCEPTED
    bench.cut()
    bench.plug(vehicle=VEHICLE).swipe().wait(20)
    assert 0 < power_w(bench) <= 6 * W_PER_A
    bench.come_back()
    assert bench.calls(NEEDS, SCHEDULE) == []


def tx_profile_default(*schedules: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": 2,
        "stackLevel": 0,
        "chargingProfilePurpose": "TxDefaultProfile",
        "chargingProfileKind": "Absolute",
        "chargingSchedule": list(schedules),
    }


def test_what_a_vehicle_has_said_outlives_a_restart_of_the_program() -> None:
    bench = arrived(energy_wh=20000.0, departs_in_s=7200.0)
    ask_to_set(bench, tx_profile(bench, schedule(1, (0, 10))))
    bench.wait(10)
    later = Bench201(settings=HLC, boot_id="b2")
    later.t = bench.t
    restore(later.charger, orjson.loads(orjson.dumps(take(bench.charger, bench.now.sim))))
    before, after = (one.station.evses[0].vehicle for one in (bench, later))
    assert before is not None
    assert after is not None
    assert before.talk == after.talk is not None
    later.power_up()
    later.swipe().wait(5)
    assert later.payloads(NEEDS) == bench.payloads(NEEDS)


def test_k16_fr_02_05_09_11_the_central_system_renegotiates() -> None:
    bench = arrived()
    assert ask_to_set(bench, tx_profile(bench, schedule(1, (0, 16)))) == ACCEPTED
    bench.wait(20)
    bench.forget()
    assert ask_to_set(bench, tx_profile(bench, schedule(2, (0, 8)))) == ACCEPTED
    assert power_w(bench) <= 8 * W_PER_A, "at once"
    assert bench.payloads(SCHEDULE)[0]["chargingSchedule"]["id"] == 2
    assert bench.transaction_events()[-1]["triggerReason"] == "ChargingRateChanged"
    assert bench.calls(NEEDS) == []


def test_k17_fr_01_10_the_vehicle_renegotiates() -> None:
    bench = arrived()
    assert ask_to_set(bench, tx_profile(bench, schedule(1, (0, 8)))) == ACCEPTED
    bench.wait(20)
    bench.forget()
    assert bench.command(RequestEnergy(1, energy_wh=5000.0, departs_in_s=600.0)).accepted
    (told,) = bench.payloads(NEEDS)
    assert told["chargingNeeds"]["acChargingParameters"]["energyAmount"] == 5000
    assert told["chargingNeeds"]["departureTime"] == format_utc(bench.now.sim + 600)
    assert bench.status() == "Charging", "it charges on meanwhile"
    assert ask_to_set(bench, tx_profile(bench, schedule(2, (0, 15)))) == ACCEPTED
    bench.wait(10)
    assert power_w(bench) > 14 * W_PER_A
    assert bench.payloads(SCHEDULE)[0]["chargingSchedule"]["duration"] == 600


@pytest.mark.parametrize("how", ["another vehicle", "switched off"])
def test_k17_nothing_to_renegotiate(how: str) -> None:
    vehicle = "suv" if how == "another vehicle" else VEHICLE
    bench = Bench201.booted(settings={} if how == "switched off" else HLC)
    bench.plug(vehicle=vehicle)
    assert not bench.command(RequestEnergy(1, energy_wh=5000.0)).accepted
    assert bench.calls(NEEDS) == []


def test_switched_off_the_vehicle_charges_as_any_other() -> None:
    bench = Bench201.booted()
    bench.plug(vehicle=VEHICLE).swipe().wait(10)
    assert (bench.status(), bench.calls(NEEDS)) == ("Charging", [])


def test_the_connected_vehicle_shows_the_protocol() -> None:
    bench = arrived()
    asked = {"component": {"name": "ConnectedEV", "evse": {"id": 1}}, "variable": {"name": "ProtocolAgreed"}}
    (found,) = bench.answer("GetVariables", {"getVariableData": [asked]})["getVariableResult"]
    assert found["attributeValue"] == "urn:iso:15118:2:2013:MsgDef,2,0"
