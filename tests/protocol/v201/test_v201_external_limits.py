"""2.0.1 external limits: what power-update tells the central system (use cases K11-K13)."""

from chargepoint_sim.core.commands import SetPowerLimit
from chargepoint_sim.core.smart_charging.profiles import LimitSource
from chargepoint_sim.snapshot import restore, take
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


def test_where_no_signals_are_obeyed_limits_are_released_and_refused() -> None:
    bench = Bench201.charging()
    limit(bench, 6000)
    signals(bench, "false")
    assert bench.story()[2:] == [("ClearedChargingLimit",), ("Updated", "ChargingRateChanged", "Charging")]
    outcome = bench.command(SetPowerLimit(1, power_w=6000))
    assert not outcome.accepted
    assert "ExternalControlSignalsEnabled" in outcome.reason
    assert bench.station.evses[0].offer.power_w > 6000
    signals(bench, "true")
    limit(bench, 6000)
    assert bench.station.evses[0].offer.power_w == 6000


def signals(bench: Bench201, enabled: str) -> None:
    name = {"component": {"name": "SmartChargingCtrlr"}, "variable": {"name": "ExternalControlSignalsEnabled"}}
    (result,) = bench.answer("SetVariables", {"setVariableData": [{**name, "attributeValue": enabled}]})[
        "setVariableResult"
    ]
    assert result["attributeStatus"] == "Accepted"


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


def samples_w(bench: Bench201, evse_id: int) -> dict[str, float]:
    """Totals by measurand, W, of the next sample of a running transaction."""
    bench.forget().answer("TriggerMessage", {"requestedMessage": "TransactionEvent", "evse": {"id": evse_id}})
    element = bench.transaction_events()[-1]["meterValue"][0]["sampledValue"]
    return {one["measurand"]: float(one["value"]) for one in element if "phase" not in one}


def limit_station(bench: Bench201, power_w: float | None, source: LimitSource = LimitSource.EMS) -> None:
    assert bench.command(SetPowerLimit(power_w=power_w, whole_station=True, source=source)).accepted


def test_k12_fr_01_all_evses_together_stay_below_a_limit_of_the_station() -> None:
    bench = Bench201.booted()
    limit_station(bench, 9000, LimitSource.SO)
    (told,) = bench.payloads("NotifyChargingLimit")
    assert "evseId" not in told
    assert told["chargingLimit"] == {"chargingLimitSource": "SO"}
    assert told["chargingSchedule"][0]["chargingSchedulePeriod"] == [{"startPeriod": 0, "limit": 9000}]
    for evse_id in (1, 2):
        bench.plug(evse_id, soc=0.1, vehicle="truck").swipe(evse_id).wait(20)
    drawn_w = [samples_w(bench, evse_id)["Power.Active.Import"] for evse_id in (1, 2)]
    assert 8600 < sum(drawn_w) <= 9000
    composite = bench.answer("GetCompositeSchedule", {"evseId": 0, "duration": 60, "chargingRateUnit": "W"})
    assert composite["schedule"]["chargingSchedulePeriod"][0]["limit"] == 9000


def test_k11_fr_04_k13_fr_03_every_transaction_that_a_limit_of_the_station_slows_tells_its_rate() -> None:
    bench = Bench201.booted()
    for evse_id in (1, 2):
        bench.plug(evse_id, soc=0.1, vehicle="truck").swipe(evse_id).wait(20)
    for power_w, message in ((20000, "NotifyChargingLimit"), (None, "ClearedChargingLimit")):
        bench.forget()
        limit_station(bench, power_w)
        rate = ("Updated", "ChargingRateChanged", "Charging")
        assert bench.story() == [(message,), rate, rate]


def test_k09_k11_fr_06_a_limit_is_reported_by_its_source_and_with_a_negative_id() -> None:
    bench = Bench201.booted()
    limit_station(bench, 9000, LimitSource.SO)
    assert bench.command(SetPowerLimit(1, power_w=5000, source=LimitSource.OTHER)).accepted
    bench.answer("GetChargingProfiles", {"requestId": 4, "chargingProfile": {"chargingLimitSource": ["SO", "Other"]}})
    bench.wait(1)
    reports = bench.payloads("ReportChargingProfiles")
    assert [(one["evseId"], one["chargingLimitSource"]) for one in reports] == [(0, "SO"), (1, "Other")]
    profiles = [profile for one in reports for profile in one["chargingProfile"]]
    assert {profile["chargingProfilePurpose"] for profile in profiles} == {"ChargingStationExternalConstraints"}
    assert all(profile["id"] < 0 for profile in profiles)


def test_k13_fr_02_what_is_released_is_told_with_the_source_that_had_set_it() -> None:
    bench = Bench201.booted()
    limit_station(bench, 9000, LimitSource.SO)
    limit_station(bench, None)
    assert bench.payloads("ClearedChargingLimit") == [{"chargingLimitSource": "SO"}]
    limit_station(bench, 8000, LimitSource.SO)
    bench.forget().cut()
    limit_station(bench, None)
    bench.come_back()
    assert bench.payloads("ClearedChargingLimit") == [{"chargingLimitSource": "SO"}]


def test_a_limit_of_a_source_survives_a_restart() -> None:
    bench = Bench201.booted()
    limit_station(bench, 9000, LimitSource.SO)
    restarted = Bench201()
    restore(restarted.charger, take(bench.charger, bench.now.sim))
    restarted.power_up().wait(5)
    restarted.forget()
    limit_station(restarted, None)
    assert restarted.payloads("ClearedChargingLimit") == [{"chargingLimitSource": "SO"}]


def test_k11_fr_05_the_operator_sets_no_limits_from_outside() -> None:
    bench = Bench201.booted()
    assert not bench.command(SetPowerLimit(1, power_w=5000, source=LimitSource.CSO)).accepted
    assert bench.calls() == []
