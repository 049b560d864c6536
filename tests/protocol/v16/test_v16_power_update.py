"""What a power-update does to a 1.6 charger and what of it reaches the central system (architecture D4)."""

from typing import Any

import pytest

from chargepoint_sim.core.commands import RequestEnergy, SetPowerLimit, StopEnergy
from chargepoint_sim.core.spec import ConnectorSpec, Current, EvseSpec
from chargepoint_sim.core.vehicle import PRESETS
from tests.protocol.harness import two_sockets
from tests.protocol.v16.bench import Bench16

REACTION_S = PRESETS["suv"].reaction_s


def limit(bench: Bench16, power_w: float | None, connector: int = 1) -> Any:
    outcome = bench.command(SetPowerLimit(connector_id=connector, power_w=power_w))
    assert outcome.accepted
    return outcome


def offered_w(bench: Bench16, connector: int = 1) -> float:
    return bench.station.evses[connector - 1].offer.power_w


def drawn_w(bench: Bench16, connector: int = 1) -> float:
    return bench.station.evses[connector - 1].meter.power_at(bench.now.sim)


def last_sample(bench: Bench16, connector: int = 1) -> dict[str, float]:
    element = [one for one in bench.payloads("MeterValues") if one["connectorId"] == connector][-1]["meterValue"][0]
    return {sample["measurand"]: float(sample["value"]) for sample in element["sampledValue"] if "phase" not in sample}


def test_the_offer_changes_at_once_and_the_draw_never_exceeds_it() -> None:
    bench = Bench16.charging()
    before = drawn_w(bench)
    limit(bench, 6000)
    assert offered_w(bench) == pytest.approx(6000)
    assert before > 10000
    assert drawn_w(bench) <= 6000


def test_a_rising_offer_is_followed_within_the_reaction_time() -> None:
    bench = Bench16.charging()
    limit(bench, 5000)
    bench.wait(60)
    low = drawn_w(bench)
    limit(bench, 9000)
    assert offered_w(bench) == pytest.approx(9000)
    assert drawn_w(bench) == pytest.approx(low)
    bench.wait(REACTION_S)
    assert drawn_w(bench) == pytest.approx(9000, rel=0.02)


def test_the_sample_after_the_reaction_time_shows_the_command() -> None:
    bench = Bench16.charging()
    bench.wait(60)
    limit(bench, 6000)
    bench.forget().wait(60)
    sample = last_sample(bench)
    assert sample["Power.Offered"] == pytest.approx(6000)
    assert sample["Power.Active.Import"] <= 6000
    assert sample["Power.Active.Import"] == pytest.approx(6000, rel=0.02)
    assert sample["Current.Offered"] == pytest.approx(6000 / 690, abs=0.1)


def test_no_status_changes_while_charging_goes_on() -> None:
    bench = Bench16.charging()
    bench.forget()
    for power_w in (5000, 7000, 22000, 4500):
        limit(bench, power_w)
        bench.wait(30)
    assert bench.calls("StatusNotification") == []


@pytest.mark.parametrize("power_w", [0, 1, 1379, 4139])
def test_zero_and_below_the_minimum_suspend_and_release_resumes(power_w: float) -> None:
    bench = Bench16.charging()
    bench.forget()
    limit(bench, power_w)
    assert bench.told() == ["SuspendedEVSE"]
    assert drawn_w(bench) == 0
    bench.wait(61)
    assert last_sample(bench)["Power.Active.Import"] == 0
    limit(bench, None)
    bench.wait(REACTION_S)
    assert bench.told()[-1] == "Charging"
    assert bench.calls("StopTransaction") == []


def test_just_the_minimum_charges() -> None:
    bench = Bench16.charging()
    limit(bench, 4140)
    bench.wait(30)
    assert bench.status() == "Charging"
    assert drawn_w(bench) == pytest.approx(4140, rel=0.02)


def test_above_the_hardware_is_capped_and_told() -> None:
    bench = Bench16.charging()
    assert limit(bench, 50000).info == {"applied_power_w": 22080}
    assert offered_w(bench) == pytest.approx(22080)
    assert limit(bench, 22080).info == {}


def test_without_a_transaction_nothing_is_told_and_the_limit_is_kept() -> None:
    bench = Bench16.booted()
    limit(bench, 0)
    bench.wait(100)
    assert bench.calls() == []
    bench.command(SetPowerLimit(power_w=6900))
    bench.charge()
    assert drawn_w(bench) == pytest.approx(6900, rel=0.02)


def test_the_limit_lasts_across_sessions_and_reboots() -> None:
    bench = Bench16.charging()
    limit(bench, 5000)
    bench.wait(60).swipe().unplug().charge()
    assert offered_w(bench) == pytest.approx(5000)
    bench.power_down().wait(30).power_up().unplug().charge()
    assert offered_w(bench) == pytest.approx(5000)
    limit(bench, None)
    assert offered_w(bench) == pytest.approx(22080)


def test_the_limit_can_be_set_in_the_dark() -> None:
    bench = Bench16.booted()
    bench.power_down()
    limit(bench, 4200)
    bench.wait(10).power_up().charge()
    assert offered_w(bench) == pytest.approx(4200)


def test_the_other_connector_is_untouched() -> None:
    bench = Bench16.charging(1)
    bench.charge(2)
    before = drawn_w(bench, 2)
    limit(bench, 0, connector=1)
    bench.wait(300)
    assert drawn_w(bench, 2) == pytest.approx(before)
    assert bench.told(2)[-1] == "Charging"


def test_the_energy_follows_the_limit() -> None:
    bench = Bench16.charging()
    limit(bench, 6000)
    bench.wait(60)
    before = bench.station.evses[0].meter.register_at(bench.now.sim)
    bench.wait(1800)
    assert bench.station.evses[0].meter.register_at(bench.now.sim) - before == pytest.approx(3000, rel=0.02)


def test_both_suspensions_tell_the_station_s_and_then_the_vehicle_s() -> None:
    bench = Bench16.charging()
    bench.command(StopEnergy())
    limit(bench, 0)
    limit(bench, None)
    bench.wait(30)
    bench.command(RequestEnergy())
    bench.wait(30)
    assert bench.told() == ["Preparing", "Charging", "SuspendedEV", "SuspendedEVSE", "SuspendedEV", "Charging"]


def test_offline_the_limit_acts_at_once() -> None:
    bench = Bench16.charging()
    bench.cut()
    limit(bench, 0)
    assert bench.status() == "SuspendedEVSE"
    bench.forget().come_back()
    assert bench.told() == ["SuspendedEVSE"]


def test_two_limits_within_the_reaction_time_leave_the_last() -> None:
    bench = Bench16.charging()
    limit(bench, 5000)
    bench.wait(60)
    limit(bench, 11000)
    bench.wait(REACTION_S / 2)
    limit(bench, 8000)
    assert drawn_w(bench) <= 8000
    bench.wait(2 * REACTION_S)
    assert drawn_w(bench) == pytest.approx(8000, rel=0.02)


def test_dc_suspends_only_at_zero() -> None:
    evse = EvseSpec(
        1,
        (ConnectorSpec(1, "cCCS2", cable_attached=True),),
        Current.DC,
        150000,
        max_current_a=500,
        voltage_v=400,
        min_current_a=0,
    )
    bench = Bench16.charging(spec=two_sockets(evses=(evse,)))
    limit(bench, 1000)
    bench.wait(30)
    assert bench.status() == "Charging"
    assert drawn_w(bench) == pytest.approx(1000, rel=0.02)
    limit(bench, 0)
    assert bench.status() == "SuspendedEVSE"


def test_a_negative_limit_is_refused() -> None:
    bench = Bench16.charging()
    assert not bench.command(SetPowerLimit(power_w=-1)).accepted
    assert offered_w(bench) == pytest.approx(22080)
