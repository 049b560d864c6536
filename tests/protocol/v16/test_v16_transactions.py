"""1.6 StartTransaction, MeterValues and StopTransaction (sections 4.7, 4.8, 4.10, errata 3.14-3.18, 3.91)."""

from itertools import pairwise
from typing import Any

import pytest

from chargepoint_sim.clock import format_utc, parse_utc
from chargepoint_sim.core.commands import (
    EndTransaction,
    PlugIn,
    PresentToken,
    SetPowerLimit,
    StartSession,
    StopSession,
)
from chargepoint_sim.core.spec import ConnectorSpec, Current, EvseSpec
from chargepoint_sim.core.vehicle import PRESETS
from tests.protocol.harness import NOON, two_sockets
from tests.protocol.v16.bench import OTHER_TAG, TAG, Bench16

REGISTER = "Energy.Active.Import.Register"


def contexts(element: dict[str, Any]) -> set[str]:
    return {sample["context"] for sample in element["sampledValue"]}


def value(element: dict[str, Any], measurand: str, phase: str | None = None) -> float:
    (found,) = [
        sample["value"]
        for sample in element["sampledValue"]
        if sample["measurand"] == measurand and sample.get("phase") == phase
    ]
    return float(found)


def test_meter_start_is_the_register_and_the_next_start_is_the_last_stop() -> None:
    bench = Bench16.charging()
    bench.wait(600).swipe().unplug().wait(60)
    bench.charge().wait(300).swipe()
    starts, stops = bench.payloads("StartTransaction"), bench.payloads("StopTransaction")
    assert starts[0]["meterStart"] == 0
    assert stops[0]["meterStop"] > 1500
    assert starts[1]["meterStart"] == stops[0]["meterStop"]
    assert stops[1]["meterStop"] > starts[1]["meterStart"]


def test_each_connector_has_its_own_register_and_transaction() -> None:
    bench = Bench16.charging(1)
    bench.wait(600).charge(2).wait(60)
    starts = bench.payloads("StartTransaction")
    assert [(one["connectorId"], one["meterStart"]) for one in starts] == [(1, 0), (2, 0)]
    ids = {one["connectorId"]: one["transactionId"] for one in bench.payloads("MeterValues")}
    assert len(set(ids.values())) == 2


def test_samples_come_at_the_interval_from_the_start() -> None:
    bench = Bench16.charging()
    start = parse_utc(bench.start()["timestamp"])
    bench.wait(200)
    times = [parse_utc(one["meterValue"][0]["timestamp"]) - start for one in bench.payloads("MeterValues")]
    assert times == pytest.approx([60, 120, 180])


def test_a_sample_holds_every_measurand_and_all_cohere() -> None:
    bench = Bench16.charging()
    bench.wait(121)
    element = bench.payloads("MeterValues")[-1]["meterValue"][0]
    assert contexts(element) == {"Sample.Periodic"}
    power = value(element, "Power.Active.Import")
    amperes = [value(element, "Current.Import", phase) for phase in ("L1", "L2", "L3")]
    volts = [value(element, "Voltage", phase) for phase in ("L1-N", "L2-N", "L3-N")]
    apparent_va = sum(a * v for a, v in zip(amperes, volts, strict=True))
    assert apparent_va * PRESETS["suv"].power_factor == pytest.approx(power, rel=0.002)
    assert value(element, "Power.Offered") == pytest.approx(22080)
    assert value(element, "Current.Offered") == 32
    assert power < 22080


def test_the_register_between_samples_grows_with_the_power() -> None:
    bench = Bench16.charging()
    bench.wait(601)
    elements = [one["meterValue"][0] for one in bench.payloads("MeterValues")]
    for earlier, later in pairwise(elements):
        grown = value(later, REGISTER) - value(earlier, REGISTER)
        assert grown == pytest.approx(value(later, "Power.Active.Import") / 60, abs=2)


def test_dc_tells_soc_at_the_vehicle() -> None:
    spec = two_sockets(
        evses=(EvseSpec(1, (ConnectorSpec(1, "cCCS2", cable_attached=True),), Current.DC, 150000, max_current_a=500),)
    )
    measurands = {"SampledDataCtrlr.TxUpdatedMeasurands": f"{REGISTER},SoC,Voltage,Current.Import,Frequency"}
    bench = Bench16.charging(spec=spec, settings=measurands)
    bench.wait(61)
    (element,) = bench.payloads("MeterValues")[0]["meterValue"]
    assert value(element, "SoC") > 30
    (soc,) = [one for one in element["sampledValue"] if one["measurand"] == "SoC"]
    assert (soc["unit"], soc["location"]) == ("Percent", "EV")
    assert {one["measurand"] for one in element["sampledValue"]} == {REGISTER, "SoC", "Voltage", "Current.Import"}


def test_no_interval_no_samples() -> None:
    bench = Bench16.charging(settings={"SampledDataCtrlr.TxUpdatedInterval": "0"})
    bench.wait(7200).swipe()
    assert bench.calls("MeterValues") == []


def test_both_keys_empty_means_no_transaction_data() -> None:
    bench = Bench16.charging()
    bench.wait(300).swipe()
    assert set(bench.stop()) == {"transactionId", "meterStop", "timestamp", "idTag"}


def test_sampled_transaction_data_begins_and_ends_the_transaction() -> None:
    bench = Bench16.charging(settings={"SampledDataCtrlr.TxEndedMeasurands": f"{REGISTER},Power.Active.Import"})
    bench.wait(170).swipe()
    data = bench.stop()["transactionData"]
    assert [contexts(element) for element in data] == [
        {"Transaction.Begin"},
        {"Sample.Periodic"},
        {"Sample.Periodic"},
        {"Sample.Periodic"},
        {"Transaction.End"},
    ]
    assert data[0]["timestamp"] == bench.start()["timestamp"]
    assert data[-1]["timestamp"] == bench.stop()["timestamp"]
    assert value(data[0], REGISTER) == bench.start()["meterStart"]
    assert value(data[-1], REGISTER) == bench.stop()["meterStop"]


def test_aligned_transaction_data_keeps_begin_and_end() -> None:
    bench = Bench16.charging(
        settings={
            "AlignedDataCtrlr.TxEndedMeasurands": REGISTER,
            "AlignedDataCtrlr.TxEndedInterval": "900",
            "AlignedDataCtrlr.Interval": "900",
        }
    )
    bench.wait(2000).swipe()
    data = bench.stop()["transactionData"]
    assert [contexts(element) for element in data] == [
        {"Transaction.Begin"},
        {"Sample.Clock"},
        {"Sample.Clock"},
        {"Transaction.End"},
    ]
    assert [element["timestamp"] for element in data[1:3]] == [format_utc(NOON + 900), format_utc(NOON + 1800)]


def test_transaction_data_is_thinned_never_the_first_or_last() -> None:
    bench = Bench16.charging(
        settings={
            "SampledDataCtrlr.TxEndedMeasurands": REGISTER,
            "SampledDataCtrlr.TxEndedInterval": "10",
            "Ocpp16.StopTransactionMaxMeterValues": "12",
        }
    )
    bench.wait(1000).swipe()
    data = bench.stop()["transactionData"]
    assert 6 <= len(data) <= 12
    assert contexts(data[0]) == {"Transaction.Begin"}
    assert contexts(data[-1]) == {"Transaction.End"}
    times = [element["timestamp"] for element in data]
    assert times == sorted(times)


def test_clock_aligned_values_come_on_the_hour_for_every_connector() -> None:
    bench = Bench16.booted(settings={"AlignedDataCtrlr.Interval": "3600"})
    bench.wait(1000).charge(2).forget().wait(3000)
    aligned = [one for one in bench.payloads("MeterValues") if contexts(one["meterValue"][0]) == {"Sample.Clock"}]
    assert [one["connectorId"] for one in aligned] == [0, 1, 2]
    assert ["transactionId" in one for one in aligned] == [False, False, True]
    assert {one["meterValue"][0]["timestamp"] for one in aligned} == {format_utc(NOON + 3600)}
    registers = [value(one["meterValue"][0], REGISTER) for one in aligned]
    assert registers[0] == pytest.approx(registers[1] + registers[2], abs=1)


def test_clock_aligned_values_follow_the_corrected_clock() -> None:
    ahead = {
        "BootNotification": lambda _, at: {
            "status": "Accepted",
            "interval": 0,
            "currentTime": format_utc(at.now.sim + 100),
        },
        "Heartbeat": lambda _, at: {"currentTime": format_utc(at.now.sim + 100)},
    }
    bench = Bench16(settings={"AlignedDataCtrlr.Interval": "900"}, answers=ahead)
    bench.power_up().wait(900)
    (first, *_) = bench.calls("MeterValues")
    assert first.at == pytest.approx(800, abs=0.01)
    assert first.payload["meterValue"][0]["timestamp"] == "2023-11-15T12:15:00.000Z"


def test_an_aligned_interval_that_does_not_divide_the_day_starts_anew_at_midnight() -> None:
    bench = Bench16.booted(settings={"AlignedDataCtrlr.Interval": "50000"})
    bench.wait(2 * 86400)
    times = sorted({one["meterValue"][0]["timestamp"] for one in bench.payloads("MeterValues")})
    assert times == [
        "2023-11-15T13:53:20.000Z",
        "2023-11-16T00:00:00.000Z",
        "2023-11-16T13:53:20.000Z",
        "2023-11-17T00:00:00.000Z",
    ]


def test_aligned_and_sampled_values_at_the_same_instant_are_two_messages() -> None:
    bench = Bench16.booted(settings={"AlignedDataCtrlr.Interval": "60"})
    bench.command(PlugIn(vehicle="suv", soc=0.3))
    bench.swipe().wait(61)
    with_id = [one for one in bench.payloads("MeterValues") if "transactionId" in one]
    assert [contexts(one["meterValue"][0]) for one in with_id] in (
        [{"Sample.Periodic"}, {"Sample.Clock"}],
        [{"Sample.Clock"}, {"Sample.Periodic"}],
    )


@pytest.mark.parametrize("by_id", [False, True])
def test_end_transaction_is_local(by_id: bool) -> None:
    bench = Bench16.charging()
    assert bench.command(EndTransaction("1" if by_id else None)).accepted
    assert "reason" not in bench.stop()
    assert not bench.command(EndTransaction("1" if by_id else None)).accepted


def test_end_transaction_wants_a_name_where_two_run() -> None:
    bench = Bench16.charging(1)
    bench.charge(2)
    assert not bench.command(EndTransaction()).accepted
    assert bench.command(EndTransaction("2")).accepted
    assert bench.stop()["transactionId"] == 2


def test_unplugging_stops_with_ev_disconnected() -> None:
    bench = Bench16.charging()
    bench.unplug()
    assert bench.stop()["reason"] == "EVDisconnected"
    assert bench.status() == "Available"


def test_a_full_battery_suspends_and_does_not_stop() -> None:
    bench = Bench16.charging(soc=0.98)
    bench.wait(7200)
    assert bench.told()[-1] == "SuspendedEV"
    assert bench.calls("StopTransaction") == []


# Sessions with limits


def session(bench: Bench16, **limits: Any) -> Bench16:
    assert bench.command(StartSession(id_token=TAG, vehicle="suv", soc=0.2, **limits)).accepted
    return bench


def test_a_session_stops_by_itself_after_its_time() -> None:
    bench = session(Bench16.booted(), duration_s=600)
    bench.wait(700)
    assert parse_utc(bench.stop()["timestamp"]) == pytest.approx(NOON + 600, abs=0.001)
    assert bench.stop()["reason"] == "Other"
    assert bench.told()[-1] == "Finishing"


def test_a_session_stops_by_itself_after_its_energy() -> None:
    bench = session(Bench16.booted(), target_energy_wh=1500)
    bench.wait(3600)
    assert bench.stop()["meterStop"] - bench.start()["meterStart"] in (1499, 1500)


def test_the_energy_of_a_session_counts_through_a_suspension_and_a_lesser_power() -> None:
    bench = session(Bench16.booted(), target_energy_wh=3000)
    bench.wait(300).command(SetPowerLimit(power_w=0))
    bench.wait(3600).command(SetPowerLimit(power_w=5000))
    bench.wait(7200)
    assert bench.stop()["meterStop"] in (2999, 3000)


def test_limits_of_a_refused_session_do_not_fall_on_the_next() -> None:
    bench = Bench16.booted(answers={"Authorize": {"idTagInfo": {"status": "Invalid"}}})
    session(bench, duration_s=100, target_energy_wh=100)
    bench.answers["Authorize"] = {"idTagInfo": {"status": "Accepted"}}
    bench.swipe(tag=OTHER_TAG).wait(1000)
    assert bench.status() == "Charging"


def test_limits_of_a_session_end_with_it() -> None:
    bench = session(Bench16.booted(), duration_s=600)
    bench.wait(100).swipe().wait(10).swipe(tag=OTHER_TAG).wait(2000)
    assert bench.status() == "Charging"


def test_a_limit_without_a_cable_counts_from_the_authorisation() -> None:
    bench = session(Bench16.booted(), duration_s=30)
    bench.wait(31)
    assert bench.status() == "Finishing"


def test_stop_session_ends_and_unplugs() -> None:
    bench = session(Bench16.booted())
    bench.wait(60).command(StopSession())
    assert "reason" not in bench.stop()
    assert bench.told()[-1] == "Available"


def test_start_session_offline_follows_the_offline_rules() -> None:
    bench = Bench16.booted()
    bench.cut()
    outcome = bench.command(StartSession(id_token=TAG))
    assert not outcome.accepted
    assert "offline" in outcome.reason


def test_one_token_may_charge_at_two_connectors() -> None:
    bench = Bench16.charging(1)
    bench.command(PlugIn(connector_id=2, vehicle="suv"))
    bench.command(PresentToken(connector_id=2, id_token=TAG))
    assert len(bench.calls("StartTransaction")) == 2
