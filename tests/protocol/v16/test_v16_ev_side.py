"""The cable pulled on the vehicle's side: both keys, both ways (1.6 section 4.9, StopTransactionOnEVSideDisconnect)."""

import pytest

from chargepoint_sim import snapshot
from chargepoint_sim.core.commands import PlugIn, Unplug
from chargepoint_sim.core.spec import ConnectorSpec, EvseSpec, StationSpec
from tests.protocol.harness import two_sockets
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
    assert not bench.command(Unplug(1)).accepted
    bench.swipe().unplug()
    assert bench.told() == ["Finishing", "Available"]


def test_a_kept_cable_is_released_by_unlock() -> None:
    bench = Bench16.charging(settings=LOCKED)
    bench.unplug(at_vehicle=True).forget()
    assert not bench.command(Unplug()).accepted
    answer = bench.ask("UnlockConnector", {"connectorId": 1})
    assert answer is not None
    assert answer[2] == {"status": "Unlocked"}
    bench.unplug()
    assert bench.told() == ["Available"]


def test_a_kept_cable_survives_a_restart_of_the_program() -> None:
    bench = Bench16.charging(settings=LOCKED)
    bench.unplug(at_vehicle=True)
    other = Bench16(settings=LOCKED)
    snapshot.restore(other.charger, snapshot.take(bench.charger, bench.now.sim))
    other.power_up()
    assert not other.command(Unplug()).accepted


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


KEY = "UnlockConnectorOnEVSideDisconnect"


def station(*attached: bool) -> StationSpec:
    """A station with one connector for each: a fixed cable where true, otherwise a socket."""
    evses = (EvseSpec(n, (ConnectorSpec(1, cable_attached=fixed),)) for n, fixed in enumerate(attached, 1))
    return two_sockets(evses=tuple(evses))


def reported(bench: Bench16, key: str) -> dict[str, object]:
    answer = bench.ask("GetConfiguration", {"key": [key]})
    assert answer is not None
    (found,) = answer[2]["configurationKey"]
    return dict(found)


def test_fixed_cables_have_no_lock_and_the_key_says_so() -> None:
    bench = Bench16.charging(spec=station(True, True))
    assert reported(bench, KEY) == {"key": KEY, "readonly": True, "value": "false"}
    assert bench.configure(KEY.lower(), "true") == "Rejected"
    bench.forget().unplug(at_vehicle=True)
    assert bench.stop()["reason"] == "EVDisconnected"
    assert bench.told() == ["Available"]


@pytest.mark.parametrize(("connector", "status"), [(1, "Available"), (2, "Finishing")])
def test_beside_a_socket_the_key_is_that_of_the_socket(connector: int, status: str) -> None:
    bench = Bench16.booted(spec=station(True, False))
    assert bench.configure(KEY, "false") == "Accepted"
    assert reported(bench, KEY) == {"key": KEY, "readonly": False, "value": "false"}
    bench.charge(connector).unplug(connector, at_vehicle=True)
    assert bench.status(connector) == status
