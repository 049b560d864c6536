"""2.0.1 meter values: in transactions, clock-aligned, at the end (use cases J01, J02, E06)."""

from typing import Any

import pytest

from chargepoint_sim.core.commands import PlugIn, PresentToken
from chargepoint_sim.core.spec import ConnectorSpec, Current, EvseSpec
from tests.protocol.harness import two_sockets
from tests.protocol.v201.bench import TOKEN, Bench201


def measured(event: dict[str, Any], context: str) -> list[str]:
    """Measurands of one context in an event, once each."""
    found = [
        value["measurand"]
        for element in event.get("meterValue", ())
        for value in element["sampledValue"]
        if value["context"] == context
    ]
    return list(dict.fromkeys(found))


def test_j02_fr_11_periodic() -> None:
    bench = Bench201.charging(settings={"SampledDataCtrlr.TxUpdatedInterval": "30"})
    bench.wait(65)
    assert [event["timestamp"] for event in bench.transaction_events()] == [
        "2023-11-15T12:00:30.000Z",
        "2023-11-15T12:01:00.000Z",
    ]
    assert measured(bench.transaction_events()[0], "Sample.Periodic") == [
        "Energy.Active.Import.Register",
        "Power.Active.Import",
        "Power.Offered",
        "Current.Import",
        "Current.Offered",
        "Voltage",
    ]


def test_j02_on_the_wire() -> None:
    bench = Bench201.charging(settings={"SampledDataCtrlr.TxUpdatedMeasurands": "Power.Active.Import,Current.Import"})
    bench.wait(60)
    (event,) = bench.transaction_events()
    (element,) = event["meterValue"]
    assert element["timestamp"] == event["timestamp"]
    power, *currents = element["sampledValue"]
    assert power == {
        "value": power["value"],
        "context": "Sample.Periodic",
        "measurand": "Power.Active.Import",
        "unitOfMeasure": {"unit": "W"},
    }
    assert 10_000 < power["value"] < 11_100  # 3 x 16 A
    assert [(one["phase"], one["unitOfMeasure"]) for one in currents] == [
        (phase, {"unit": "A"}) for phase in ("L1", "L2", "L3")
    ]


def test_dc_shows_the_state_of_charge_and_no_phases() -> None:
    spec = two_sockets(
        evses=(EvseSpec(1, (ConnectorSpec(1, "cCCS2"),), Current.DC, 150_000.0, voltage_v=400.0, max_current_a=375.0),)
    )
    bench = Bench201.booted(spec=spec, settings={"SampledDataCtrlr.TxUpdatedMeasurands": "SoC,Current.Import,Voltage"})
    bench.plug().swipe().wait(65)
    values = bench.transaction_events()[-1]["meterValue"][0]["sampledValue"]
    assert [one["measurand"] for one in values] == ["SoC", "Current.Import", "Voltage"]
    assert (values[0]["location"], values[0]["unitOfMeasure"]) == ("EV", {"unit": "Percent"})
    assert not any("phase" in one for one in values)
    assert not any("numberOfPhasesUsed" in event for event in bench.transaction_events())


def test_e01_fr_09_started_shows_its_own_measurands() -> None:
    bench = Bench201.booted(settings={"SampledDataCtrlr.TxStartedMeasurands": "Voltage"})
    bench.plug()
    assert measured(bench.transaction_events()[0], "Transaction.Begin") == ["Voltage"]


def test_no_measurands_no_meter_value() -> None:
    bench = Bench201.booted(settings={"SampledDataCtrlr.TxStartedMeasurands": ""})
    bench.plug()
    assert "meterValue" not in bench.transaction_events()[0]


def test_e06_fr_11_ended_has_begin_samples_and_end() -> None:
    bench = Bench201.charging(
        settings={
            "SampledDataCtrlr.TxEndedInterval": "20",
            "SampledDataCtrlr.TxEndedMeasurands": "Energy.Active.Import.Register",
            "AlignedDataCtrlr.TxEndedInterval": "60",
            "AlignedDataCtrlr.TxEndedMeasurands": "Voltage",
            "SampledDataCtrlr.TxUpdatedInterval": "0",
        }
    )
    bench.until(65)
    bench.unplug()
    (ended,) = bench.transaction_events()
    contexts = [element["sampledValue"][0]["context"] for element in ended["meterValue"]]
    assert (contexts[0], contexts[-1]) == ("Transaction.Begin", "Transaction.End")
    assert sorted(contexts[1:-1]) == ["Sample.Clock", "Sample.Periodic", "Sample.Periodic", "Sample.Periodic"]
    assert measured(ended, "Sample.Clock") == ["Voltage"]
    registers = [
        one["value"]
        for element in ended["meterValue"]
        for one in element["sampledValue"]
        if one["measurand"] == "Energy.Active.Import.Register"
    ]
    assert registers == sorted(registers)


def test_j02_fr_20_a_long_session_keeps_its_first_and_last_sample() -> None:
    bench = Bench201.charging(settings={"SampledDataCtrlr.TxEndedInterval": "1"})
    bench.wait(600)
    bench.unplug()
    elements = bench.transaction_events()[-1]["meterValue"]
    assert len(elements) <= 500
    assert elements[0]["sampledValue"][0]["context"] == "Transaction.Begin"
    assert elements[-1]["sampledValue"][0]["context"] == "Transaction.End"


def test_j01_fr_14_clock_aligned_values_of_idle_evses_and_the_main_meter() -> None:
    bench = Bench201.charging(settings={"AlignedDataCtrlr.Interval": "900", "SampledDataCtrlr.TxUpdatedInterval": "0"})
    bench.until(900)
    assert [one["evseId"] for one in bench.payloads("MeterValues")] == [0, 2]
    (event,) = bench.transaction_events()
    assert event["triggerReason"] == "MeterValueClock"
    assert event["meterValue"][0]["timestamp"] == "2023-11-15T12:15:00.000Z"
    assert measured(event, "Sample.Clock") == ["Energy.Active.Import.Register"]


def test_j01_on_the_wire() -> None:
    bench = Bench201.booted(settings={"AlignedDataCtrlr.Interval": "60"})
    bench.until(60)
    assert bench.payloads("MeterValues")[1] == {
        "evseId": 1,
        "meterValue": [
            {
                "timestamp": "2023-11-15T12:01:00.000Z",
                "sampledValue": [
                    {
                        "value": 0,
                        "context": "Sample.Clock",
                        "measurand": "Energy.Active.Import.Register",
                        "unitOfMeasure": {"unit": "Wh"},
                    }
                ],
            }
        ],
    }


def test_clock_aligned_values_are_not_queued_offline() -> None:
    bench = Bench201.booted(settings={"AlignedDataCtrlr.Interval": "60"})
    bench.cut().until(130)
    bench.come_back()
    assert bench.t < 180
    assert bench.calls("MeterValues") == []


def test_clock_aligned_values_can_be_switched_off() -> None:
    bench = Bench201.booted(settings={"AlignedDataCtrlr.Interval": "60", "AlignedDataCtrlr.Enabled": "false"})
    bench.until(130)
    assert bench.calls("MeterValues") == []


def test_j01_fr_20_silence_while_a_transaction_runs() -> None:
    bench = Bench201.booted(settings={"AlignedDataCtrlr.Interval": "60", "AlignedDataCtrlr.SendDuringIdle": "true"})
    bench.command(PlugIn(1, vehicle="suv", soc=0.3))
    bench.command(PresentToken(1, id_token=TOKEN))
    bench.until(61)
    assert bench.calls("MeterValues") == []
    bench.unplug().until(121)
    assert len(bench.calls("MeterValues")) == 3


@pytest.mark.parametrize(("vehicle", "phases"), [("compact", 1), ("two_phase", 2), ("van", 3)])
def test_e02_fr_18_phases_in_use_are_told_once(vehicle: str, phases: int) -> None:
    bench = Bench201.booted()
    bench.plug(vehicle=vehicle).swipe().wait(70)
    told = [event["numberOfPhasesUsed"] for event in bench.transaction_events() if "numberOfPhasesUsed" in event]
    assert told == [phases]
