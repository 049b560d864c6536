"""2.0.1 external limits: what power-update tells the central system (use cases K11-K13)."""

from chargepoint_sim.core.commands import SetPowerLimit
from tests.protocol.v201.bench import Bench201


def limit(bench: Bench201, power_w: float | None, evse_id: int = 1) -> None:
    assert bench.command(SetPowerLimit(evse_id, power_w=power_w)).accepted


def test_k12_without_a_transaction_on_the_wire() -> None:
    bench = Bench201.booted()
    limit(bench, 4200, evse_id=2)
    assert [one.frame[2:] for one in bench.calls()] == [
        [
            "NotifyChargingLimit",
            {
                "evseId": 2,
                "chargingLimit": {"chargingLimitSource": "EMS"},
                "chargingSchedule": [
                    {
                        "id": 2,
                        "startSchedule": "2023-11-15T12:00:00.000Z",
                        "chargingRateUnit": "W",
                        "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 4200}],
                    }
                ],
            },
        ]
    ]
    assert bench.status(2) == "Available"


def test_k11_in_a_transaction() -> None:
    bench = Bench201.charging()
    limit(bench, 6000)
    assert bench.story() == [("NotifyChargingLimit",), ("Updated", "ChargingRateChanged", "Charging")]
    bench.until(70)
    values = {
        one["measurand"]: one["value"]
        for one in bench.transaction_events()[-1]["meterValue"][0]["sampledValue"]
        if "phase" not in one
    }
    assert values["Power.Offered"] == 6000
    assert 5800 < values["Power.Active.Import"] <= 6000


def test_zero_suspends_and_release_resumes() -> None:
    bench = Bench201.charging()
    limit(bench, 0)
    assert bench.story() == [("NotifyChargingLimit",), ("Updated", "ChargingStateChanged", "SuspendedEVSE")]
    bench.forget()
    limit(bench, None)
    bench.wait(10)
    assert bench.story()[0] == ("ClearedChargingLimit",)
    assert bench.story()[-1] == ("Updated", "ChargingStateChanged", "Charging")
    assert bench.payloads("ClearedChargingLimit") == [{"chargingLimitSource": "EMS", "evseId": 1}]


def test_below_the_minimum_of_six_amperes_suspends() -> None:
    bench = Bench201.charging()
    limit(bench, 3000)
    assert bench.status() == "SuspendedEVSE"


def test_e06_a_zero_offer_ends_the_transaction_where_energy_is_the_stop_point() -> None:
    bench = Bench201.charging(settings={"TxCtrlr.TxStopPoint": "EnergyTransfer"})
    limit(bench, 0)
    assert bench.story()[-1] == ("Ended", "ChargingStateChanged", "SuspendedEVSE")


def test_k11_fr_02_only_above_the_significance() -> None:
    bench = Bench201.charging(settings={"SmartChargingCtrlr.LimitChangeSignificance": "10"})
    limit(bench, 21_000)
    assert bench.calls() == []
    limit(bench, 18_000)
    assert bench.story() == [("NotifyChargingLimit",), ("Updated", "ChargingRateChanged", "Charging")]


def test_a_limit_above_the_hardware_changes_nothing_that_is_offered() -> None:
    bench = Bench201.booted()
    limit(bench, 50_000)
    assert bench.calls() == []


def test_k11_fr_03_without_schedules() -> None:
    bench = Bench201.booted(settings={"SmartChargingCtrlr.NotifyChargingLimitWithSchedules": "false"})
    limit(bench, 4200)
    assert bench.payloads("NotifyChargingLimit") == [{"evseId": 1, "chargingLimit": {"chargingLimitSource": "EMS"}}]


def test_k13_nothing_held_nothing_to_release() -> None:
    bench = Bench201.booted()
    limit(bench, None)
    assert bench.calls() == []


def test_one_decimal_on_the_wire() -> None:
    bench = Bench201.booted()
    limit(bench, 4200.1234)
    period = bench.payloads("NotifyChargingLimit")[0]["chargingSchedule"][0]["chargingSchedulePeriod"][0]
    assert period == {"startPeriod": 0, "limit": 4200.1}


def test_the_limit_lasts_across_sessions_and_reboots() -> None:
    bench = Bench201.charging()
    limit(bench, 5000)
    bench.unplug().wait(5)
    bench.answer("Reset", {"type": "Immediate"})
    bench.wait(20).forget()
    bench.plug().swipe().wait(10)
    assert bench.station.evses[0].offer.power_w == 5000
    assert bench.calls("NotifyChargingLimit") == []


def test_k12_a_limit_set_while_offline_is_told_on_the_way_back() -> None:
    bench = Bench201.booted()
    bench.cut()
    limit(bench, 3000)
    limit(bench, 2500)
    bench.forget()
    bench.come_back()
    told = [one["chargingSchedule"][0]["chargingSchedulePeriod"] for one in bench.payloads("NotifyChargingLimit")]
    assert told == [[{"startPeriod": 0, "limit": 2500}]]


def test_k13_a_release_while_offline_is_told_on_the_way_back() -> None:
    bench = Bench201.booted()
    limit(bench, 3000)
    bench.cut()
    limit(bench, None)
    bench.forget()
    bench.come_back()
    assert bench.payloads("ClearedChargingLimit") == [{"chargingLimitSource": "EMS", "evseId": 1}]
    bench.forget()
    bench.cut()
    bench.come_back()
    assert bench.payloads("ClearedChargingLimit") == []
