"""Block N, monitors: cases 01 to 19, 37 to 44 and 47."""

from chargepoint_sim.core.monitors import Monitor, MonitorType, Origin
from tests.acceptance_v201.bench import PLACE, StationUnderTest, named
from tests.acceptance_v201.monitors import (
    EVSE_STATE,
    POWER,
    STATION_STATE,
    monitor,
    monitors_of,
    nothing_reported,
    report,
    types,
    watch,
    watched,
)
from tests.protocol.harness import two_sockets

HARD_WIRED = Monitor(1, "evse@2.availabilitystate", MonitorType.DELTA, 1, 3, Origin.HARD_WIRED)
PRECONFIGURED = Monitor(2, "evse@1.availabilitystate", MonitorType.DELTA, 1, 5, Origin.PRECONFIGURED)


def test_tc_n_01_cs() -> None:
    """Get Monitoring Report - with monitoringCriteria.

    Precondition: monitors of all five types are set.
    Requirements: N02.FR.01, N02.FR.03, N02.FR.04, N02.FR.05, N02.FR.06, N02.FR.09, N02.FR.12, N02.FR.13, N02.FR.14
    Validates: thresholds alone, thresholds and deltas, deltas and both periodic types, each with its own request id.
    """
    station = StationUnderTest.in_state_booted()
    watched(
        station,
        monitor(POWER, "UpperThreshold", 20000),
        monitor(POWER, "LowerThreshold", 0),
        monitor(EVSE_STATE, "Delta", 1),
        monitor(EVSE_STATE, "Periodic", 600),
        monitor(EVSE_STATE, "PeriodicClockAligned", 600),
    )
    thresholds, periodic = {"UpperThreshold", "LowerThreshold"}, {"Periodic", "PeriodicClockAligned"}
    assert types(report(station, monitoringCriteria=["ThresholdMonitoring"])) == thresholds
    both = report(station, monitoringCriteria=["ThresholdMonitoring", "DeltaMonitoring"])
    assert types(both) == {*thresholds, "Delta"}
    rest = report(station, monitoringCriteria=["DeltaMonitoring", "PeriodicMonitoring"])
    assert types(rest) == {*periodic, "Delta"}


def test_tc_n_02_cs() -> None:
    """Get Monitoring Report - with component/variable.

    Precondition: AvailabilityState of station and EVSE each have a Delta monitor.
    Requirements: N02.FR.01, N02.FR.03, N02.FR.04, N02.FR.05, N02.FR.08, N02.FR.09, N02.FR.16
    Validates: the Delta of both is reported; of the EVSE every monitor, for no variable is named.
    """
    station = StationUnderTest.in_state_booted()
    watched(
        station, monitor(STATION_STATE, "Delta", 1), monitor(EVSE_STATE, "Delta", 1), monitor(POWER, "Delta", 30000)
    )
    rows = report(station, componentVariable=[STATION_STATE, named("EVSE", evse=PLACE)])
    assert [one["type"] for one in monitors_of(rows, STATION_STATE)] == ["Delta"]
    assert [one["type"] for one in monitors_of(rows, EVSE_STATE)] == ["Delta"]
    assert len(rows) == 3


def test_tc_n_03_cs() -> None:
    """Get Monitoring Report - with component criteria and component/variable.

    Precondition: AvailabilityState of station and EVSE each have a Delta monitor.
    Requirements: N02.FR.01, N02.FR.03, N02.FR.04, N02.FR.05, N02.FR.09, N02.FR.10, N02.FR.13
    Validates: asked for thresholds the result set is empty, asked for deltas both are reported.
    """
    station = StationUnderTest.in_state_booted()
    watched(station, monitor(STATION_STATE, "Delta", 1), monitor(EVSE_STATE, "Delta", 1))
    both = [STATION_STATE, EVSE_STATE]
    assert nothing_reported(station, monitoringCriteria=["ThresholdMonitoring"], componentVariable=both)
    rows = report(station, monitoringCriteria=["DeltaMonitoring"], componentVariable=both)
    assert types(rows) == {"Delta"}
    assert [row["component"] for row in rows] == [one["component"] for one in both]


def test_tc_n_05_cs() -> None:
    """Set Monitoring Base - success.

    Precondition: none.
    Requirements: N03.FR.01, N03.FR.03, N03.FR.04, N03.FR.05
    Validates: each of the three bases is accepted and then in force.
    """
    station = StationUnderTest.in_state_booted()
    for base in ("All", "FactoryDefault", "HardWiredOnly"):
        assert station.answer("SetMonitoringBase", {"monitoringBase": base}) == {"status": "Accepted"}
        wanted = {"getVariableData": [named("MonitoringCtrlr", "ActiveMonitoringBase")]}
        (result,) = station.answer("GetVariables", wanted)["getVariableResult"]
        assert result["attributeValue"] == base


def test_tc_n_06_cs() -> None:
    """Set Monitoring Base - test removal custom monitors.

    Precondition: AvailabilityState of the station has a custom Delta monitor.
    Requirements: N03.FR.01, N03.FR.05
    Validates: the monitor is reported, and after HardWiredOnly it is not.
    """
    station = StationUnderTest.in_state_booted()
    watched(station, monitor(STATION_STATE, "Delta", 1))
    rows = report(station, componentVariable=[STATION_STATE])
    assert types(rows) == {"Delta"}
    assert station.answer("SetMonitoringBase", {"monitoringBase": "HardWiredOnly"}) == {"status": "Accepted"}
    assert nothing_reported(station, componentVariable=[STATION_STATE])


def test_tc_n_08_cs() -> None:
    """Set Variable Monitoring - one setMonitoringData element.

    Precondition: AvailabilityState of the EVSE has no monitor.
    Requirements: N04.FR.01, N04.FR.02, N04.FR.08, N04.FR.11
    Validates: the monitor is accepted with an id, and reported.
    """
    station = StationUnderTest.in_state_booted()
    (monitor_id,) = watched(station, monitor(EVSE_STATE, "Delta", 1, 8))
    (found,) = monitors_of(report(station, componentVariable=[EVSE_STATE]), EVSE_STATE)
    assert (found["id"], found["type"], found["severity"]) == (monitor_id, "Delta", 8)


def test_tc_n_09_cs() -> None:
    """Set Variable Monitoring - Multiple elements on different component and variable.

    Precondition: AvailabilityState of station and EVSE have no monitor.
    Requirements: N04.FR.01, N04.FR.02, N04.FR.08, N04.FR.11
    Validates: both are accepted with ids of their own, and reported.
    """
    station = StationUnderTest.in_state_booted()
    ids = watched(station, monitor(EVSE_STATE, "Delta", 1, 8), monitor(STATION_STATE, "Delta", 1, 8))
    assert len(set(ids)) == 2
    rows = report(station, componentVariable=[EVSE_STATE, STATION_STATE])
    assert [monitors_of(rows, of)[0]["id"] for of in (EVSE_STATE, STATION_STATE)] == ids


def test_tc_n_10_cs() -> None:
    """Set Variable Monitoring - Multiple monitors on the same component and variable.

    Precondition: none.
    Requirements: N04.FR.01, N04.FR.02, N04.FR.08, N04.FR.11
    Validates: two Delta monitors of different severity on one variable are both accepted, and both tell.
    """
    station = StationUnderTest.in_state_booted()
    ids = watched(station, monitor(EVSE_STATE, "Delta", 1, 8), monitor(EVSE_STATE, "Delta", 1, 7))
    assert len(set(ids)) == 2
    station.ev_connected_pre_session()
    assert [event["variableMonitoringId"] for event in station.told_events()] == ids


def test_tc_n_11_cs() -> None:
    """Set Variable Monitoring - Unknown component.

    Precondition: there is no EVSE 99 and no component NonExistent.
    Requirements: N04.FR.03
    Validates: both elements get UnknownComponent and no id.
    """
    station = StationUnderTest.in_state_booted()
    results = watch(
        station,
        monitor(named("EVSE", "AvailabilityState", evse={"id": 99}), "Delta", 1),
        monitor(named("NonExistent", "Power"), "UpperThreshold", 1234.0),
    )
    assert [(one["status"], "id" in one) for one in results] == [("UnknownComponent", False)] * 2


def test_tc_n_12_cs() -> None:
    """Set Variable Monitoring - Value out of range - Delta monitor.

    Precondition: the station can monitor numbers.
    Requirements: N04.FR.14
    Validates: a negative difference is rejected and gets no id.
    """
    station = StationUnderTest.in_state_booted()
    for of in (EVSE_STATE, POWER):
        (result,) = watch(station, monitor(of, "Delta", -1))
        assert (result["status"], "id" in result) == ("Rejected", False)
        assert result["statusInfo"]["reasonCode"] in ("ValueOutOfRange", "ValuePositiveOnly")
    assert nothing_reported(station)


def test_tc_n_13_cs() -> None:
    """Set Variable Monitoring - Value out of range - Threshold monitor.

    Precondition: Power of the EVSE has a maxLimit.
    Requirements: N04.FR.06
    Validates: a threshold above the limit is rejected with ValueOutOfRange and gets no id.
    """
    station = StationUnderTest.in_state_booted()
    (result,) = watch(station, monitor(POWER, "UpperThreshold", 22081))
    assert (result["status"], "id" in result) == ("Rejected", False)
    assert result["statusInfo"]["reasonCode"] == "ValueOutOfRange"


def test_tc_n_15_cs() -> None:
    """Set Variable Monitoring - Duplicate Variable type/severity combination.

    Precondition: none.
    Requirements: N04.FR.10
    Validates: of two like monitors in one message the first is accepted, the second a Duplicate.
    """
    station = StationUnderTest.in_state_booted()
    results = watch(station, monitor(EVSE_STATE, "Delta", 1), monitor(EVSE_STATE, "Delta", 1))
    assert [one["status"] for one in results] == ["Accepted", "Duplicate"]
    assert len(monitors_of(report(station), EVSE_STATE)) == 1


def test_tc_n_17_cs() -> None:
    """Set Monitoring Level - Out of range.

    Precondition: none.
    Requirements: N05.FR.02
    Validates: severities 10 and -1 are rejected.
    """
    station = StationUnderTest.in_state_booted()
    for severity in (10, -1):
        answer = station.answer("SetMonitoringLevel", {"severity": severity})
        assert (answer["status"], answer["statusInfo"]["reasonCode"]) == ("Rejected", "ValueOutOfRange")


def test_tc_n_18_cs() -> None:
    """Clear Monitoring - Success.

    Precondition: AvailabilityState of station and EVSE each have a monitor.
    Requirements: N06.FR.01, N06.FR.05
    Validates: both ids are accepted, and nothing is reported afterwards.
    """
    station = StationUnderTest.in_state_booted()
    ids = watched(station, monitor(STATION_STATE, "Delta", 1), monitor(EVSE_STATE, "Delta", 1))
    answer = station.answer("ClearVariableMonitoring", {"id": ids})
    assert answer == {"clearMonitoringResult": [{"id": one, "status": "Accepted"} for one in ids]}
    assert nothing_reported(station, componentVariable=[STATION_STATE, EVSE_STATE])


def test_tc_n_19_cs() -> None:
    """Clear Monitoring - Not found.

    Precondition: the highest id of the monitors in force is known.
    Requirements: N06.FR.02
    Validates: the next id is NotFound.
    """
    station = StationUnderTest.in_state_booted()
    (highest,) = watched(station, monitor(EVSE_STATE, "Delta", 1))
    (result,) = station.answer("ClearVariableMonitoring", {"id": [highest + 1]})["clearMonitoringResult"]
    assert (result["id"], result["status"]) == (highest + 1, "NotFound")
    assert result["statusInfo"]["reasonCode"] == "NotFound"


def test_tc_n_37_cs() -> None:
    """Set Variable Monitoring - Unknown Variable.

    Precondition: none.
    Requirements: N04.FR.04
    Validates: UnknownVariable, and nothing is set.
    """
    station = StationUnderTest.in_state_booted()
    (result,) = watch(station, monitor(named("EVSE", "unknownVariable", evse=PLACE), "Delta", 1))
    assert result["status"] == "UnknownVariable"
    assert nothing_reported(station)


def test_tc_n_39_cs() -> None:
    """Set Variable Monitoring - Component/Variable combination does NOT correspond.

    Precondition: AvailabilityState of the EVSE has a Delta monitor.
    Requirements: N04.FR.16
    Validates: its id with another variable is rejected, and the monitor stays with its own.
    """
    station = StationUnderTest.in_state_booted()
    (monitor_id,) = watched(station, monitor(EVSE_STATE, "Delta", 1))
    (result,) = watch(station, monitor(named("ChargingStation", "Power"), "UpperThreshold", 100, id=monitor_id))
    assert result["status"] == "Rejected"
    (row,) = report(station)
    assert (row["component"], row["variable"]) == (EVSE_STATE["component"], EVSE_STATE["variable"])


def test_tc_n_40_cs() -> None:
    """Set Variable Monitoring - Replace Variable Monitor.

    Precondition: AvailabilityState of the EVSE has a Delta monitor of severity 5.
    Requirements: N04.FR.12
    Validates: with its id and severity 4 it is replaced, and reported so.
    """
    station = StationUnderTest.in_state_booted()
    (monitor_id,) = watched(station, monitor(EVSE_STATE, "Delta", 1, 5))
    assert watched(station, monitor(EVSE_STATE, "Delta", 1, 4, id=monitor_id)) == [monitor_id]
    rows = report(station, componentVariable=[EVSE_STATE], monitoringCriteria=["DeltaMonitoring"])
    assert [one["severity"] for one in monitors_of(rows, EVSE_STATE)] == [4]


def test_tc_n_41_cs() -> None:
    """Set Variable Monitoring - Return to FactoryDefault.

    Precondition: the station has a preconfigured Delta monitor on the EVSE's AvailabilityState; base FactoryDefault.
    Requirements: N03.FR.04, N04.FR.15
    Validates: it is replaced by a custom one with another severity, and returns with FactoryDefault.
    """
    station = StationUnderTest.in_state_booted(spec=two_sockets(monitors=(HARD_WIRED, PRECONFIGURED)))

    def severity() -> int:
        (found,) = monitors_of(report(station, componentVariable=[EVSE_STATE]), EVSE_STATE)
        assert found["id"] == PRECONFIGURED.monitor_id
        return int(found["severity"])

    station.answer("SetMonitoringBase", {"monitoringBase": "FactoryDefault"})
    assert severity() == PRECONFIGURED.severity
    changed = monitor(EVSE_STATE, "Delta", 1, PRECONFIGURED.severity + 1, id=PRECONFIGURED.monitor_id)
    assert watched(station, changed) == [PRECONFIGURED.monitor_id]
    assert severity() == PRECONFIGURED.severity + 1
    station.answer("SetMonitoringBase", {"monitoringBase": "FactoryDefault"})
    assert severity() == PRECONFIGURED.severity


def test_tc_n_43_cs() -> None:
    """Set Variable Monitoring - the second of three elements is out of range.

    Precondition: none.
    Requirements: N04.FR.01, N04.FR.06, N04.FR.14
    Validates: the first and the third are accepted, the second alone is rejected.
    """
    station = StationUnderTest.in_state_booted()
    results = watch(
        station,
        monitor(POWER, "UpperThreshold", 10000),
        monitor(POWER, "Delta", -1.0),
        monitor(POWER, "LowerThreshold", 0),
    )
    assert [(one["status"], one["type"]) for one in results] == [
        ("Accepted", "UpperThreshold"),
        ("Rejected", "Delta"),
        ("Accepted", "LowerThreshold"),
    ]
    assert types(report(station)) == {"UpperThreshold", "LowerThreshold"}


def test_tc_n_44_cs() -> None:
    """Clear Monitoring - Rejected.

    Precondition: the station has a monitor that is built in.
    Requirements: N06.FR.03
    Validates: its id is rejected, and it stays.
    """
    station = StationUnderTest.in_state_booted(spec=two_sockets(monitors=(HARD_WIRED,)))
    first = report(station)[0]["variableMonitoring"][0]["id"]
    (result,) = station.answer("ClearVariableMonitoring", {"id": [first]})["clearMonitoringResult"]
    assert (result["id"], result["status"]) == (first, "Rejected")
    assert report(station)[0]["variableMonitoring"][0]["id"] == first


def test_tc_n_47_cs() -> None:
    """Get Monitoring report - Report all.

    Precondition: AvailabilityState of station and EVSE each have a Delta monitor.
    Requirements: N02.FR.01, N02.FR.11
    Validates: without criteria and list every monitor is reported.
    """
    station = StationUnderTest.in_state_booted()
    ids = watched(station, monitor(STATION_STATE, "Delta", 1), monitor(EVSE_STATE, "Delta", 1))
    rows = report(station)
    assert types(rows) == {"Delta"}
    assert [one["id"] for row in rows for one in row["variableMonitoring"]] == ids
    assert {row["component"]["name"] for row in rows} == {"ChargingStation", "EVSE"}
