"""1.6 Reset, reboots and power cuts (sections 5.14, 4.10, 4.2)."""

from typing import Any

import pytest

from chargepoint_sim.core.commands import LoseLink, PlugIn, PresentToken, Reboot
from chargepoint_sim.protocol.effects import CloseLink
from tests.protocol.harness import NOON, SILENCE
from tests.protocol.v16.bench import TAG, Bench16


def reset(bench: Bench16, kind: str) -> Any:
    return bench.ask("Reset", {"type": kind})


def order(bench: Bench16) -> list[str]:
    return [one.action if one.is_call else "answer" for one in bench.sent]


@pytest.mark.parametrize("kind", ["Soft", "Hard"])
def test_an_idle_charge_point_answers_closes_and_boots_again(kind: str) -> None:
    bench = Bench16.booted()
    bench.wait(5)
    assert reset(bench, kind) == [3, "csms-1", {"status": "Accepted"}]
    assert bench.closes == [(5, CloseLink(1001, "reboot"))]
    assert not bench.linked
    assert not bench.charger.wants_link()
    bench.forget().wait(9)
    assert bench.dials == []
    bench.wait(1)
    assert bench.dials == [15]
    assert order(bench) == ["BootNotification"] + ["StatusNotification"] * 3


@pytest.mark.parametrize(("close_takes_s", "dials"), [(0, [15]), (4, [15]), (9.99, [15]), (10.01, [15.01]), (25, [30])])
def test_it_dials_as_soon_as_the_reboot_is_over_and_the_old_link_closed(
    close_takes_s: float, dials: list[float]
) -> None:
    bench = Bench16.booted()
    bench.close_takes_s = close_takes_s
    bench.wait(5)
    reset(bench, "Hard")
    bench.forget().wait(60)
    assert bench.dials == pytest.approx(dials)
    assert order(bench)[0] == "BootNotification"
    assert bench.charger.refusal is None
    assert bench.seen("charger_refused") == []


def test_a_failed_dial_after_a_reboot_backs_off_as_ever() -> None:
    bench = Bench16.booted()
    bench.close_takes_s = 12
    bench.wait(5)
    reset(bench, "Hard")
    bench.network = False
    bench.forget().wait(30)
    assert bench.dials[0] == pytest.approx(17)
    assert bench.dials[1] - bench.dials[0] >= bench.station.settings.integer("OCPPCommCtrlr.RetryBackOffWaitMinimum")


@pytest.mark.shows("Reset")
def test_soft_stops_and_delivers_before_the_link_closes() -> None:
    bench = Bench16.charging()
    bench.wait(60).forget()
    reset(bench, "Soft")
    assert order(bench)[:2] == ["answer", "StopTransaction"]
    assert bench.stop()["reason"] == "SoftReset"
    assert bench.closes
    bench.forget().wait(11)
    assert order(bench)[0] == "BootNotification"
    assert bench.told(1) == ["Finishing"]
    assert bench.calls("StopTransaction") == []


def test_hard_closes_at_once_and_delivers_after_the_next_boot() -> None:
    bench = Bench16.charging()
    bench.wait(60).forget()
    at = bench.t
    reset(bench, "Hard")
    assert order(bench) == ["answer"]
    bench.forget().wait(11)
    assert order(bench)[0] == "BootNotification"
    stop = bench.stop()
    assert stop["reason"] == "HardReset"
    assert stop["timestamp"].startswith("2023-11-15T12:01:10")
    assert at == 70
    assert bench.told(1) == ["Finishing"]


def test_soft_with_a_central_system_that_does_not_answer_reboots_after_10_s_and_delivers_later() -> None:
    bench = Bench16.charging()
    bench.answers["StopTransaction"] = SILENCE
    bench.forget()
    reset(bench, "Soft")
    bench.wait(9)
    assert bench.closes == []
    bench.wait(1)
    assert len(bench.closes) == 1
    bench.answers["StopTransaction"] = {}
    bench.wait(20)
    stops = bench.calls("StopTransaction")
    assert len(stops) == 2
    assert stops[0].text == stops[1].text


def test_soft_reboots_even_when_the_link_goes_while_it_delivers() -> None:
    bench = Bench16.charging()
    bench.answers["StopTransaction"] = SILENCE
    reset(bench, "Soft")
    bench.cut()
    bench.answers["StopTransaction"] = {}
    bench.forget().restore().wait(60)
    assert bench.calls("BootNotification")
    assert bench.stop()["reason"] == "SoftReset"


def test_reset_while_pending_works() -> None:
    pending = {"status": "Pending", "interval": 600, "currentTime": "2023-11-15T12:00:00Z"}
    bench = Bench16(answers={"BootNotification": pending})
    bench.power_up()
    assert reset(bench, "Soft") == [3, "csms-1", {"status": "Accepted"}]
    bench.wait(11)
    assert len(bench.calls("BootNotification")) == 2


@pytest.mark.parametrize("hard", [False, True])
def test_a_local_reboot_stops_with_reboot(hard: bool) -> None:
    bench = Bench16.charging()
    assert bench.command(Reboot(hard=hard)).accepted
    bench.wait(11)
    assert bench.stop()["reason"] == "Reboot"
    assert bench.charger.registration.reason == "LocalReset"


def test_a_reboot_offline_comes_back_and_delivers() -> None:
    bench = Bench16.charging()
    bench.cut().forget()
    assert bench.command(Reboot()).accepted
    bench.wait(30).come_back()
    assert order(bench)[0] == "BootNotification"
    assert bench.stop()["reason"] == "Reboot"


def test_nothing_works_in_the_dark_but_the_power_limit() -> None:
    bench = Bench16.booted()
    bench.command(Reboot(hard=True))
    outcome = bench.command(PlugIn(vehicle="suv"))
    assert not outcome.accepted
    assert "no power" in outcome.reason
    assert not bench.command(PresentToken(id_token=TAG)).accepted


def test_lose_link_in_the_dark_does_no_harm() -> None:
    bench = Bench16.booted()
    bench.command(Reboot(hard=True))
    bench.command(LoseLink(duration_s=1))
    bench.wait(20)
    assert bench.linked
    assert bench.charger.registration.accepted


# Power cuts


def test_a_power_cut_closes_the_transaction_with_power_loss() -> None:
    bench = Bench16.charging()
    bench.wait(600).forget()
    register = bench.station.evses[0].meter.register_at(bench.now.sim)
    bench.power_down().wait(3600).power_up()
    stop = bench.stop()
    assert (stop["reason"], stop["transactionId"], stop["meterStop"]) == ("PowerLoss", 1, int(register))
    assert bench.told(1) == ["Finishing"]
    assert order(bench)[0] == "BootNotification"


def test_no_energy_flows_in_the_dark_and_none_afterwards_without_a_tag() -> None:
    bench = Bench16.charging()
    bench.power_down()
    register = bench.station.evses[0].meter.register_at(bench.now.sim)
    bench.wait(3600).power_up().wait(600)
    assert bench.station.evses[0].meter.register_at(bench.now.sim) == register


def test_a_power_cut_before_the_answer_to_start_keeps_the_pair_together() -> None:
    bench = Bench16.booted()
    bench.answers["StartTransaction"] = SILENCE
    bench.command(PlugIn(vehicle="suv"))
    bench.swipe().wait(20)
    bench.power_down()
    bench.answers["StartTransaction"] = {"transactionId": 55, "idTagInfo": {"status": "Accepted"}}
    bench.forget().wait(10).power_up().wait(1)
    assert [one.action for one in bench.of_transactions()] == ["StartTransaction", "StopTransaction"]
    assert bench.stop()["transactionId"] == 55
    assert bench.start()["timestamp"] < bench.stop()["timestamp"]


def test_a_cable_left_in_over_a_power_cut_is_finishing_and_can_start_anew() -> None:
    bench = Bench16.charging()
    bench.power_down().wait(5).power_up().forget()
    bench.swipe().wait(5)
    assert bench.told(1) == ["Preparing", "Charging"]
    assert len(bench.calls("StartTransaction")) == 1


def test_a_cable_taken_away_before_the_cut_leaves_available() -> None:
    bench = Bench16.charging()
    bench.swipe().unplug().power_down().forget().wait(5).power_up()
    assert bench.told(1) == ["Available"]


def test_registers_never_fall_over_reboots() -> None:
    bench = Bench16.booted()
    starts = []
    for _ in range(4):
        bench.forget().charge().wait(120)
        starts.append(bench.start()["meterStart"])
        bench.power_down().wait(7).power_up().unplug()
    assert starts == sorted(starts)
    assert len(set(starts)) == 4
    assert bench.timeline.sim_origin == NOON
