"""The cable pulled on the vehicle's side: both keys, both ways (1.6 section 4.9, StopTransactionOnEVSideDisconnect)."""

from chargepoint_sim.core.commands import PlugIn
from tests.protocol.v16.bench import Bench16

STAYS = {"TxCtrlr.StopTxOnEVSideDisconnect": "false"}
LOCKED = {"OCPPCommCtrlr.UnlockOnEVSideDisconnect": "false"}


def infos(bench: Bench16) -> list[tuple[str, str | None]]:
    return [(one["status"], one.get("info")) for one in bench.payloads("StatusNotification")]


def test_stop_true_stops_and_unlocks() -> None:
    bench = Bench16.charging()
    bench.forget().unplug(at_vehicle=True)
    assert bench.stop()["reason"] == "EVDisconnected"
    assert bench.told() == ["Available"]


def test_stop_true_with_the_lock_kept_is_finishing_and_says_why() -> None:
    bench = Bench16.charging(settings=LOCKED)
    bench.forget().unplug(at_vehicle=True)
    assert bench.stop()["reason"] == "EVDisconnected"
    assert infos(bench) == [("Finishing", "EV side disconnected")]
    bench.unplug()
    assert bench.told() == ["Finishing", "Available"]


def test_stop_false_suspends_and_says_why() -> None:
    bench = Bench16.charging(settings=STAYS)
    bench.forget().unplug(at_vehicle=True)
    assert bench.calls("StopTransaction") == []
    assert infos(bench) == [("SuspendedEV", "EV side disconnected")]
    register = bench.station.evses[0].meter.register_at(bench.now.sim)
    bench.wait(1000)
    assert bench.station.evses[0].meter.register_at(bench.now.sim) == register


def test_stop_false_goes_on_when_the_vehicle_is_plugged_in_again() -> None:
    bench = Bench16.charging(settings=STAYS)
    bench.unplug(at_vehicle=True).wait(60)
    bench.forget()
    assert bench.command(PlugIn(vehicle="suv", soc=0.3)).accepted
    bench.wait(10)
    assert bench.told()[-1] == "Charging"
    assert bench.calls("StartTransaction") == []
    assert bench.status() == "Charging"


def test_stop_false_is_ended_by_the_tag() -> None:
    bench = Bench16.charging(settings=STAYS)
    bench.unplug(at_vehicle=True).swipe()
    assert "reason" not in bench.stop()
    assert bench.told()[-1] == "Finishing"
    bench.unplug()
    assert bench.told()[-1] == "Available"


def test_stop_false_is_ended_by_the_central_system() -> None:
    bench = Bench16.charging(settings=STAYS)
    bench.unplug(at_vehicle=True)
    bench.ask("RemoteStopTransaction", {"transactionId": 1})
    assert bench.stop()["reason"] == "Remote"


def test_pulled_out_while_already_suspended_stays_suspended() -> None:
    bench = Bench16.charging(settings=STAYS, soc=0.98)
    bench.wait(3600)
    assert bench.status() == "SuspendedEV"
    bench.unplug(at_vehicle=True)
    assert bench.status() == "SuspendedEV"
    assert bench.calls("StopTransaction") == []


def test_samples_go_on_while_the_vehicle_is_away() -> None:
    bench = Bench16.charging(settings=STAYS)
    bench.unplug(at_vehicle=True).forget().wait(130)
    powers = {
        sample["value"]
        for one in bench.payloads("MeterValues")
        for sample in one["meterValue"][0]["sampledValue"]
        if sample["measurand"] == "Power.Active.Import"
    }
    assert powers == {"0"}
    assert len(bench.calls("MeterValues")) == 2
