"""What is set at the device itself: a ceiling, a pause and a factory reset, and what a central system sees of it."""

from typing import Any

import pytest

from chargepoint_sim import snapshot
from chargepoint_sim.core.commands import (
    FactoryReset,
    IdToken,
    PauseCharging,
    PlugIn,
    Reboot,
    ResumeCharging,
    SetDeviceLimit,
    SetPowerLimit,
)
from chargepoint_sim.core.smart_charging.limits import Layer
from tests.protocol.harness import Bench, two_sockets
from tests.protocol.v16.bench import Bench16
from tests.protocol.v201.bench import Bench201

TOKEN = IdToken("04A1B2C3")


@pytest.fixture(params=[Bench16, Bench201], ids=["1.6", "2.0.1"])
def bench(request: pytest.FixtureRequest) -> Any:
    return request.param.charging()


def accept(bench: Bench, command: Any) -> None:
    outcome = bench.command(command)
    assert outcome.accepted, outcome.reason


def offer(bench: Bench, evse_id: int = 1) -> tuple[float, str]:
    found = bench.station.evses[evse_id - 1].offer
    return round(found.power_w), str(found.bound_by)


def drawn_w(bench: Bench, evse_id: int = 1) -> float:
    return bench.station.evses[evse_id - 1].meter.power_at(bench.now.sim)


def test_a_ceiling_binds_at_once_and_the_vehicle_follows(bench: Any) -> None:
    accept(bench, SetDeviceLimit(7400))
    assert offer(bench) == (7400, Layer.DEVICE_SETTING)
    bench.wait(60)
    assert drawn_w(bench) == pytest.approx(7400, rel=0.02)


def test_the_lower_of_ceiling_and_power_update_binds(bench: Any) -> None:
    accept(bench, SetDeviceLimit(7400))
    accept(bench, SetPowerLimit(1, 1, 6000))
    assert offer(bench) == (6000, Layer.EXTERNAL_LIMIT)
    accept(bench, SetDeviceLimit(5000))
    assert offer(bench) == (5000, Layer.DEVICE_SETTING)
    accept(bench, SetDeviceLimit(None))
    assert offer(bench) == (6000, Layer.EXTERNAL_LIMIT)


def test_the_connectors_share_the_ceiling() -> None:
    bench = Bench16.charging(spec=two_sockets())
    accept(bench, PlugIn(connector_id=2))
    accept(bench, ResumeCharging(TOKEN))
    bench.wait(60)
    accept(bench, SetDeviceLimit(10_000))
    bench.wait(60)
    assert drawn_w(bench, 1) + drawn_w(bench, 2) == pytest.approx(10_000, rel=0.02)
    assert offer(bench, 1) == (5000, Layer.STATION_SHARE)


@pytest.mark.parametrize("hard", [False, True])
def test_a_ceiling_and_a_pause_outlast_resets_and_power_cuts(bench: Any, hard: bool) -> None:
    accept(bench, SetDeviceLimit(7400))
    accept(bench, PauseCharging())
    accept(bench, Reboot(hard))
    bench.wait(300)
    saved = snapshot.take(bench.charger, bench.now.sim)
    bench.power_down().power_up()
    bench.station.device_limit_w, bench.station.paused = None, False
    snapshot.restore(bench.charger, saved)
    assert (bench.station.device_limit_w, bench.station.paused) == (7400, True)


def test_a_ceiling_is_taken_without_power_and_without_a_session() -> None:
    bench = Bench16.booted()
    bench.power_down()
    accept(bench, SetDeviceLimit(7400))
    bench.power_up().wait(60)
    assert offer(bench) == (7400, Layer.DEVICE_SETTING)


def test_a_negative_ceiling_is_refused(bench: Any) -> None:
    assert not bench.command(SetDeviceLimit(-1)).accepted
    assert bench.station.device_limit_w is None


def test_a_pause_suspends_and_resuming_goes_on_with_the_same_transaction(bench: Any) -> None:
    transaction = bench.station.evses[0].transaction
    accept(bench, PauseCharging())
    assert offer(bench) == (0, Layer.DEVICE_PAUSE)
    assert bench.station.evses[0].charging_state == "SuspendedEVSE"
    bench.wait(60)
    assert drawn_w(bench) == 0
    accept(bench, ResumeCharging())
    bench.wait(60)
    assert drawn_w(bench) > 10_000
    assert bench.station.evses[0].transaction is transaction


def test_a_central_system_of_1_6_sees_the_pause_as_suspended_by_the_evse() -> None:
    bench = Bench16.charging().forget()
    accept(bench, PauseCharging())
    accept(bench, ResumeCharging())
    bench.wait(60)
    told = bench.told()
    assert (told[0], told[-1]) == ("SuspendedEVSE", "Charging")


def test_resuming_begins_a_transaction_where_a_vehicle_waits() -> None:
    bench = Bench16.booted()
    assert bench.command(ResumeCharging(TOKEN)).reason == "no vehicle is connected"
    accept(bench, PlugIn(connector_id=1))
    assert not bench.command(ResumeCharging()).accepted
    accept(bench, ResumeCharging(TOKEN))
    bench.wait(60)
    assert bench.calls("StartTransaction")[0].payload["idTag"] == TOKEN.id_token
    assert drawn_w(bench) > 10_000


def test_a_factory_reset_forgets_what_was_set_and_restarts(bench: Any) -> None:
    accept(bench, SetDeviceLimit(7400))
    accept(bench, SetPowerLimit(1, 1, 6000))
    bench.station.settings.set("SecurityCtrlr.BasicAuthPassword", "0123456789abcdef")
    bench.station.settings.set("OCPPCommCtrlr.HeartbeatInterval", 17)
    register_wh = bench.station.evses[0].meter.register_at(bench.now.sim)
    bench.forget()
    accept(bench, FactoryReset())
    bench.wait(300)
    assert bench.payloads("BootNotification")
    assert bench.station.evses[0].transaction is None
    assert (bench.station.device_limit_w, bench.station.paused, bench.station.profiles) == (None, False, None)
    assert bench.station.settings.is_own("SecurityCtrlr.BasicAuthPassword")
    assert bench.station.settings.integer("OCPPCommCtrlr.HeartbeatInterval") != 17
    assert bench.station.evses[0].meter.register_at(bench.now.sim) >= register_wh


def test_a_factory_reset_tells_the_end_of_an_external_limit() -> None:
    bench = Bench201.charging()
    accept(bench, SetPowerLimit(1, 1, 6000))
    bench.forget()
    accept(bench, FactoryReset())
    bench.wait(1)
    assert bench.payloads("ClearedChargingLimit")[0]["chargingLimitSource"] == "EMS"
