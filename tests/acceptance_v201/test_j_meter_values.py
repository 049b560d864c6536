"""Block J, meter values: all cases."""

from typing import Any

from tests.acceptance_v201.bench import StationUnderTest

REGISTER = "Energy.Active.Import.Register"
ALIGNED = {"AlignedDataCtrlr.Interval": "60"}


def booted(**settings: str) -> StationUnderTest:
    return StationUnderTest.in_state_booted(settings=settings)


def charging(**settings: str) -> StationUnderTest:
    """EnergyTransferStarted; the record is empty."""
    station = booted(**settings).energy_transfer_started()
    station.forget()
    return station


def values(payload: dict[str, Any]) -> list[dict[str, Any]]:
    """Every sampledValue of a message."""
    return [value for element in payload.get("meterValue", ()) for value in element["sampledValue"]]


def contexts(payload: dict[str, Any]) -> list[str]:
    return [value["context"] for value in values(payload)]


def ended(station: StationUnderTest, after_s: float = 130) -> dict[str, Any]:
    """The last event of a transaction that went on for a while."""
    station.wait(after_s)
    station.stop_authorised().ev_disconnected()
    event = station.transaction_events()[-1]
    assert event["eventType"] == "Ended"
    return event


def test_tc_j_01_cs() -> None:
    """Clock-aligned meter values - no transaction ongoing.

    Precondition: AlignedDataCtrlr.Interval is 60 s.
    Requirements: J01.FR.01, J01.FR.02, J01.FR.03, J01.FR.06, J01.FR.07, J01.FR.08, J01.FR.14, J01.FR.15
    Validates: readings of the main meter and each EVSE at every full minute.
    """
    station = booted(**ALIGNED)
    station.wait(180)
    sent = station.payloads("MeterValues")
    assert [payload["evseId"] for payload in sent] == [0, 1, 2] * 3
    assert all(payload["meterValue"][0]["timestamp"].endswith(":00.000Z") for payload in sent)
    assert {context for payload in sent for context in contexts(payload)} == {"Sample.Clock"}


def test_tc_j_02_cs() -> None:
    """Clock-aligned meter values - transaction ongoing.

    Precondition: AlignedDataCtrlr.Interval is 60 s, SendDuringIdle is false, energy flows.
    Requirements: J01.FR.01, J01.FR.02, J01.FR.03, J01.FR.06, J01.FR.07, J01.FR.08, J01.FR.14, J01.FR.15
    Validates: the EVSE tells its reading in events, the others and the main meter in MeterValues.
    """
    station = charging(**ALIGNED, **{"SampledDataCtrlr.TxUpdatedInterval": "0"})
    station.wait(120)
    assert [event["triggerReason"] for event in station.transaction_events()] == ["MeterValueClock"] * 2
    assert {context for event in station.transaction_events() for context in contexts(event)} == {"Sample.Clock"}
    assert {payload["evseId"] for payload in station.payloads("MeterValues")} == {0, 2}


def test_tc_j_03_cs() -> None:
    """Clock-aligned meter values - EventType Ended.

    Precondition: AlignedDataCtrlr.TxEndedInterval is 60 s, no sampled measurands are told at the end, energy
    flows.
    Requirements: J01.FR.01, J01.FR.02, J01.FR.03, J01.FR.06, J01.FR.07, J01.FR.08, J01.FR.14, E06.FR.11,
    E07.FR.08
    Validates: the aligned readings stand in the end of the transaction.
    """
    settings = {"AlignedDataCtrlr.TxEndedInterval": "60", "SampledDataCtrlr.TxEndedMeasurands": ""}
    event = ended(charging(**settings))
    assert contexts(event).count("Sample.Clock") == 2
    assert {value["measurand"] for value in values(event)} == {REGISTER}


def test_tc_j_04_cs() -> None:
    """Clock-aligned meter values - signed.

    Precondition: AlignedDataCtrlr.TxEndedInterval is 60 s, AlignedDataCtrlr.SignReadings is true, energy flows.
    Requirements: J01.FR.21
    Validates: the aligned readings at the end are signed.
    """
    settings = {"AlignedDataCtrlr.TxEndedInterval": "60", "AlignedDataCtrlr.SignReadings": "true"}
    event = ended(charging(**settings))
    assert [("signedMeterValue" in value) for value in values(event) if value["context"] == "Sample.Clock"] == [
        True
    ] * 2


def test_tc_j_06_cs() -> None:
    """Clock-aligned meter values - only while no transaction is ongoing.

    Precondition: AlignedDataCtrlr.Interval is 60 s, SendDuringIdle is true.
    Requirements: J01.FR.19, J01.FR.20
    Validates: readings stop with the transaction and come back after it.
    """
    station = booted(**ALIGNED, **{"AlignedDataCtrlr.SendDuringIdle": "true"})
    station.wait(60)
    assert len(station.payloads("MeterValues")) == 3
    station.energy_transfer_started().forget()
    station.wait(120)
    assert station.payloads("MeterValues") == []
    assert "MeterValueClock" not in {event["triggerReason"] for event in station.transaction_events()}
    station.unplug().wait(60)
    assert len(station.payloads("MeterValues")) == 3


def test_tc_j_07_cs() -> None:
    """Sampled meter values - EventType Started - EVSE known.

    Precondition: TxStartPoint has EVConnected.
    Requirements: J02.FR.01, J02.FR.02, J02.FR.03, J02.FR.04, J02.FR.10, E01.FR.09, E02.FR.09
    Validates: the reading of the start stands in the first event.
    """
    station = booted().ev_connected_pre_session()
    (started,) = station.transaction_events()
    assert [(value["context"], value["measurand"]) for value in values(started)] == [("Transaction.Begin", REGISTER)]


def test_tc_j_08_cs() -> None:
    """Sampled meter values - context Transaction.Begin - EVSE not known.

    Precondition: TxStartPoint has Authorized, the driver is authorised first.
    Requirements: J02.FR.01, J02.FR.02, J02.FR.03, J02.FR.04, J02.FR.10, E01.FR.16, E01.FR.17, E03.FR.11
    Validates: the reading of the start stands in the event of the first energy.
    """
    station = booted().authorised()
    station.ev_connected_pre_session().wait(10)
    assert [contexts(event) for event in station.transaction_events()] == [[], [], ["Transaction.Begin"]]


def test_tc_j_09_cs() -> None:
    """Sampled meter values - EventType Updated.

    Precondition: SampledDataCtrlr.TxUpdatedInterval is 30 s, energy flows.
    Requirements: J02.FR.01, J02.FR.02, J02.FR.03, J02.FR.04, J02.FR.10, J02.FR.11, E02.FR.10
    Validates: a reading with the configured measurands every 30 s.
    """
    settings = {
        "SampledDataCtrlr.TxUpdatedInterval": "30",
        "SampledDataCtrlr.TxUpdatedMeasurands": f"{REGISTER},SoC,Voltage",
    }
    station = charging(**settings)
    station.wait(95)
    assert station.story() == [("Updated", "MeterValuePeriodic", "Charging")] * 3
    for event in station.transaction_events():
        assert set(contexts(event)) == {"Sample.Periodic"}
        assert {value["measurand"] for value in values(event)} == {REGISTER, "Voltage"}


def test_tc_j_10_cs() -> None:
    """Sampled meter values - EventType Ended.

    Precondition: SampledDataCtrlr.TxEndedInterval is 60 s, no aligned measurands are told at the end, energy
    flows.
    Requirements: J02.FR.01, J02.FR.02, J02.FR.03, J02.FR.04, J02.FR.10, E06.FR.11, E07.FR.08
    Validates: begin, periodic readings and end stand in the last event, and the register never falls.
    """
    settings = {"SampledDataCtrlr.TxEndedInterval": "60", "AlignedDataCtrlr.TxEndedMeasurands": ""}
    event = ended(charging(**settings))
    assert contexts(event) == ["Transaction.Begin", "Sample.Periodic", "Sample.Periodic", "Transaction.End"]
    register = [value["value"] for value in values(event)]
    assert register == sorted(register)


def test_tc_j_11_cs() -> None:
    """Sampled meter values - signed.

    Precondition: SampledDataCtrlr.TxEndedInterval is 60 s, SampledDataCtrlr.SignReadings is true, energy flows.
    Requirements: J02.FR.21
    Validates: every reading in the last event is signed.
    """
    settings = {"SampledDataCtrlr.TxEndedInterval": "60", "SampledDataCtrlr.SignReadings": "true"}
    event = ended(charging(**settings))
    assert len(values(event)) == 4
    assert all("signedMeterValue" in value for value in values(event))
