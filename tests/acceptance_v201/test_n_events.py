"""Block N, events: cases 16, 20 to 24, 45 and 48 to 56."""

from chargepoint_sim.core.commands import InjectFault
from tests.acceptance_v201.bench import StationUnderTest, named
from tests.acceptance_v201.monitors import (
    EVSE_STATE,
    POWER,
    SEVERITY,
    monitor,
    monitors_of,
    nothing_reported,
    report,
    watched,
)


def test_tc_n_16_cs() -> None:
    """Set Monitoring Level - Success.

    Precondition: AvailabilityState of the EVSE has a Delta monitor of severity 8.
    Requirements: N05.FR.01, N05.FR.03
    Validates: with level 7 the cable is not told; with level 8 its removal is.
    """
    station = StationUnderTest.in_state_booted()
    watched(station, monitor(EVSE_STATE, "Delta", 1, 8))
    assert station.answer("SetMonitoringLevel", {"severity": 7}) == {"status": "Accepted"}
    station.ev_connected_pre_session().wait(30)
    assert station.calls("NotifyEvent") == []
    station.answer("SetMonitoringLevel", {"severity": 8})
    station.wait(1)
    assert [event["actualValue"] for event in station.told_events()] == ["Occupied"]


def test_tc_n_20_cs() -> None:
    """Alert Event - Threshold value exceeded.

    Precondition: base All, level 8; Power of the EVSE has an UpperThreshold of 100 W.
    Requirements: N07.FR.02, N07.FR.06, N07.FR.07, N07.FR.16, N07.FR.17
    Validates: energy flows: Alerting; it stops: the first is cleared, and a LowerThreshold of 10 W is told.
    """
    station = StationUnderTest.in_state_booted()
    station.answer("SetMonitoringBase", {"monitoringBase": "All"})
    (upper,) = watched(station, monitor(POWER, "UpperThreshold", 100))
    station.answer("SetMonitoringLevel", {"severity": 8})
    station.energy_transfer_started()
    (payload,) = station.payloads("NotifyEvent")
    (first,) = payload["eventData"]
    transaction_id = station.transaction_id()
    assert payload["seqNo"] == 0
    assert (first["trigger"], first["variableMonitoringId"], first["transactionId"]) == (
        "Alerting",
        upper,
        transaction_id,
    )
    assert float(first["actualValue"]) > 100
    assert not first.get("cleared", False)
    assert (first["component"], first["variable"]) == (POWER["component"], POWER["variable"])
    (lower,) = watched(station, monitor(POWER, "LowerThreshold", 10))
    station.forget()
    station.stop_authorised()
    cleared, dropped = sorted(station.told_events(), key=lambda event: int(event["variableMonitoringId"]))
    assert {payload["seqNo"] for payload in station.payloads("NotifyEvent")} == {0}
    assert (cleared["variableMonitoringId"], cleared["trigger"], cleared["cleared"]) == (upper, "Alerting", True)
    assert (dropped["variableMonitoringId"], dropped["trigger"], "cleared" in dropped) == (lower, "Alerting", False)
    for event in (cleared, dropped):
        assert float(event["actualValue"]) <= 10
        assert (event["transactionId"], event["eventNotificationType"]) == (transaction_id, "CustomMonitor")


def test_tc_n_21_cs() -> None:
    """Alert Event - Caused by hardwired trigger.

    Precondition: no monitor is set; the station tells the failure of a part by itself.
    Requirements: N07, without a requirement of its own
    Validates: the event is a HardWiredNotification in a message with seqNo 0.
    """
    station = StationUnderTest.in_state_booted()
    station.command(InjectFault(1, 1, "PowerMeterFailure"))
    (payload,) = station.payloads("NotifyEvent")
    assert payload["seqNo"] == 0
    assert [event["eventNotificationType"] for event in payload["eventData"]] == ["HardWiredNotification"]


def test_tc_n_22_cs() -> None:
    """Offline Notification - OfflineQueuingSeverity equal to the severity of the monitor.

    Precondition: OfflineQueuingSeverity and the severity of a Delta monitor on the EVSE's AvailabilityState are 5.
    Requirements: N07.FR.04
    Validates: the cable goes in off line; once back, the event is delivered as it was.
    """
    station = StationUnderTest.in_state_booted()
    setting = named("MonitoringCtrlr", "OfflineQueuingSeverity", attributeValue=str(SEVERITY))
    station.answer("SetVariables", {"setVariableData": [setting]})
    watched(station, monitor(EVSE_STATE, "Delta", 1))
    station.forget().cut()
    plugged_at = station.stamp
    station.ev_connected_pre_session().wait(120)
    assert station.calls() == []
    station.come_back()
    station.wait(1)
    (event,) = station.told_events()
    assert (event["trigger"], event["actualValue"], event["timestamp"]) == ("Delta", "Occupied", plugged_at)
    assert (event["component"], event["variable"]) == (EVSE_STATE["component"], EVSE_STATE["variable"])


def test_tc_n_23_cs() -> None:
    """Offline Notification - OfflineQueuingSeverity lower than the severity of the monitor.

    Precondition: OfflineQueuingSeverity is 5, the monitor has severity 6; the cable is in.
    Requirements: N07.FR.04
    Validates: the cable goes out and in again off line; once back, the two transactions tell it, and neither status
    nor event does. The case has no third TransactionEvent: any other is a periodic reading of the second transaction.
    """
    station = StationUnderTest.in_state_booted()
    setting = named("MonitoringCtrlr", "OfflineQueuingSeverity", attributeValue=str(SEVERITY))
    threshold = named("OCPPCommCtrlr", "OfflineThreshold", attributeValue="600")
    station.answer("SetVariables", {"setVariableData": [setting, threshold]})
    watched(station, monitor(EVSE_STATE, "Delta", 1, SEVERITY + 1))
    station.ev_connected_pre_session()
    assert [payload["connectorStatus"] for payload in station.payloads("StatusNotification")] == ["Occupied"]
    (started,) = station.transaction_events()
    assert (started["triggerReason"], started["transactionInfo"]["chargingState"]) == (
        "CablePluggedIn",
        "EVConnected",
    )
    station.forget().cut()
    station.ev_disconnected().ev_connected_pre_session().wait(60)
    station.come_back()
    station.wait(30)
    ended, begun, *readings = station.transaction_events()
    assert (ended["eventType"], ended["triggerReason"]) == ("Ended", "EVCommunicationLost")
    assert (begun["eventType"], begun["triggerReason"]) == ("Started", "CablePluggedIn")
    assert begun["transactionInfo"]["transactionId"] != started["transactionInfo"]["transactionId"]
    assert {one["triggerReason"] for one in readings} == {"MeterValuePeriodic"}
    assert station.calls("StatusNotification", "NotifyEvent") == []


def test_tc_n_24_cs() -> None:
    """Set Variable Monitoring - Periodic event.

    Precondition: none.
    Requirements: N08.FR.04, N08.FR.05, N08.FR.06
    Validates: an event with trigger Periodic after each period.
    """
    station = StationUnderTest.in_state_booted()
    watched(station, monitor(EVSE_STATE, "Periodic", 15))
    start = station.t
    station.wait(61)
    assert [call.at - start for call in station.calls("NotifyEvent")] == [15, 30, 45, 60]
    assert {event["trigger"] for event in station.told_events()} == {"Periodic"}
    assert all(
        (one["component"], one["variable"]) == (EVSE_STATE["component"], EVSE_STATE["variable"])
        for one in station.told_events()
    )


def test_tc_n_45_cs() -> None:
    """Alert Event - Delta value exceeded.

    Precondition: Power of the EVSE has a Delta monitor of 100 W.
    Requirements: N07.FR.06, N07.FR.07, N07.FR.18
    Validates: energy begins to flow, and the event tells it with trigger Delta and the monitor's id.
    """
    station = StationUnderTest.in_state_booted()
    (monitor_id,) = watched(station, monitor(POWER, "Delta", 100))
    station.energy_transfer_started()
    event = station.told_events()[0]
    assert (event["trigger"], event["variableMonitoringId"]) == ("Delta", monitor_id)
    assert (event["component"], event["variable"]) == (POWER["component"], POWER["variable"])
    assert station.payloads("NotifyEvent")[0]["seqNo"] == 0


def test_tc_n_48_cs() -> None:
    """Alert Event - Variable monitoring on write only.

    Precondition: security profile 1; BasicAuthPassword has a Delta monitor.
    Requirements: N07.FR.10
    Validates: a new password is accepted, and the event has an empty actual value.
    """
    station = StationUnderTest.in_state_booted(settings={"SecurityCtrlr.SecurityProfile": "1"})
    watched(station, monitor(named("SecurityCtrlr", "BasicAuthPassword"), "Delta", 1))
    password = named("SecurityCtrlr", "BasicAuthPassword", attributeValue="another-passw0rd")
    (result,) = station.answer("SetVariables", {"setVariableData": [password]})["setVariableResult"]
    assert result["attributeStatus"] == "Accepted"
    station.wait(60)
    assert [event["actualValue"] for event in station.told_events()] == [""]


def test_tc_n_51_cs() -> None:
    """Set Variable Monitoring - Modifying a VariableMonitor and trigger.

    Precondition: Power of the EVSE has an UpperThreshold that is never reached; level 8; energy flows.
    Requirements: N07.FR.11
    Validates: with its id and a threshold of 0 W it is replaced, and told at once.
    """
    station = StationUnderTest.in_state_booted()
    (monitor_id,) = watched(station, monitor(POWER, "UpperThreshold", 22079))
    station.answer("SetMonitoringLevel", {"severity": 8})
    station.energy_transfer_started()
    assert station.calls("NotifyEvent") == []
    watched(station, monitor(POWER, "UpperThreshold", 0, id=monitor_id))
    station.wait(1)
    (event,) = station.told_events()
    assert (event["trigger"], event["variableMonitoringId"]) == ("Alerting", monitor_id)
    assert float(event["actualValue"]) > 0


def test_tc_n_52_cs() -> None:
    """Set Variable Monitoring - Removing a VariableMonitor.

    Precondition: Power of the EVSE has an UpperThreshold of 0 W, which is exceeded.
    Requirements: N07.FR.12
    Validates: it is cleared and no longer reported; when energy stops nothing is told of it.
    """
    station = StationUnderTest.in_state_booted()
    (monitor_id,) = watched(station, monitor(POWER, "UpperThreshold", 0))
    station.energy_transfer_started()
    assert len(station.told_events()) == 1
    answer = station.answer("ClearVariableMonitoring", {"id": [monitor_id]})
    assert answer == {"clearMonitoringResult": [{"id": monitor_id, "status": "Accepted"}]}
    assert nothing_reported(station, monitoringCriteria=["ThresholdMonitoring"], componentVariable=[POWER])
    station.stop_authorised().wait(30)
    assert station.calls("NotifyEvent") == []


def test_tc_n_53_cs() -> None:
    """Alert Event - Persistent over reboot.

    Precondition: Power of the EVSE has an UpperThreshold; the station has restarted.
    Requirements: N07.FR.13
    Validates: the monitor is reported with its id and type.
    """
    station = StationUnderTest.in_state_booted()
    (monitor_id,) = watched(station, monitor(POWER, "UpperThreshold", 10000))
    station.reboot()
    (found,) = monitors_of(report(station, monitoringCriteria=["ThresholdMonitoring"]), POWER)
    assert (found["id"], found["type"], found["value"]) == (monitor_id, "UpperThreshold", 10000)


def test_tc_n_56_cs() -> None:
    """Alert Event - Delta value NOT numeric exceeded.

    Precondition: AvailabilityState of the EVSE has a Delta monitor.
    Requirements: N07.FR.06, N07.FR.07, N07.FR.19
    Validates: the cable goes in, and the event tells it with trigger Delta and the monitor's id.
    """
    station = StationUnderTest.in_state_booted()
    (monitor_id,) = watched(station, monitor(EVSE_STATE, "Delta", 1.0))
    station.ev_connected_pre_session()
    (event,) = station.told_events()
    assert (event["trigger"], event["actualValue"], event["variableMonitoringId"]) == ("Delta", "Occupied", monitor_id)
    assert (event["component"], event["variable"]) == (EVSE_STATE["component"], EVSE_STATE["variable"])
