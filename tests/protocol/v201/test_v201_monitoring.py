"""2.0.1 monitors of variables (use cases N02-N06): what can be set, what is in force, what is reported."""

from typing import Any

import pytest

from chargepoint_sim.core.device_model.monitoring import ITEMS_PER_MESSAGE
from chargepoint_sim.core.monitors import Monitor, MonitorType, Origin
from chargepoint_sim.core.settings import Kind
from chargepoint_sim.core.spec import CustomVariable
from tests.protocol.harness import two_sockets
from tests.protocol.v201.bench import Bench201
from tests.protocol.v201.test_v201_reports import wanted
from tests.protocol.v201.test_v201_variables import element, put, value

FIRST = {"id": 1}
POWER = ("EVSE", "Power")
STATE = ("EVSE", "AvailabilityState")

HARD_WIRED = Monitor(1, "chargingstation.availabilitystate", MonitorType.DELTA, 1, 3, Origin.HARD_WIRED)
PRECONFIGURED = Monitor(2, "evse@1.availabilitystate", MonitorType.DELTA, 1, 5, Origin.PRECONFIGURED)
IN_ALL_ALONE = Monitor(
    3, "evse@1.power", MonitorType.UPPER, 9000, 6, Origin.PRECONFIGURED, transaction=True, factory_default=False
)


def monitor(component: str, variable: str, kind: str, amount: float, severity: int = 5, **more: Any) -> dict[str, Any]:
    """A SetMonitoringData element."""
    own = {name: more.pop(name) for name in ("id", "transaction") if name in more}
    return {**element(component, variable, **more), "type": kind, "value": amount, "severity": severity, **own}


def watch(bench: Bench201, *monitors: dict[str, Any]) -> list[dict[str, Any]]:
    """Set monitors; the results."""
    results: list[dict[str, Any]] = bench.answer("SetVariableMonitoring", {"setMonitoringData": monitors})[
        "setMonitoringResult"
    ]
    return results


def watched(bench: Bench201, *monitors: dict[str, Any]) -> list[int]:
    """Set monitors that are accepted; their ids."""
    results = watch(bench, *monitors)
    assert {one["status"] for one in results} == {"Accepted"}, results
    return [one["id"] for one in results]


def report(bench: Bench201, **request: Any) -> list[dict[str, Any]]:
    """Ask for a monitoring report; its rows."""
    before = len(bench.calls("NotifyMonitoringReport"))
    answer = bench.answer("GetMonitoringReport", {"requestId": 3, **request})
    if answer["status"] == "EmptyResultSet":
        assert answer["statusInfo"] == {"reasonCode": "NotFound"}
        assert len(bench.calls("NotifyMonitoringReport")) == before
        return []
    assert answer == {"status": "Accepted"}
    parts = bench.payloads("NotifyMonitoringReport")[before:]
    assert [part["seqNo"] for part in parts] == list(range(len(parts)))
    assert [part.get("tbc", False) for part in parts] == [True] * (len(parts) - 1) + [False]
    assert {part["requestId"] for part in parts} == {3}
    return [row for part in parts for row in part["monitor"]]


def reported(bench: Bench201, **request: Any) -> list[tuple[int, str, int]]:
    """Id, type and severity of each monitor in a report."""
    return [
        (one["id"], one["type"], one["severity"])
        for row in report(bench, **request)
        for one in row["variableMonitoring"]
    ]


def with_monitors() -> Bench201:
    return Bench201.booted(spec=two_sockets(monitors=(HARD_WIRED, PRECONFIGURED, IN_ALL_ALONE)))


def test_n04_on_the_wire() -> None:
    bench = Bench201.booted()
    (result,) = watch(bench, monitor(*POWER, "UpperThreshold", 5000, evse=FIRST))
    assert result == {
        "id": 1,
        "status": "Accepted",
        "type": "UpperThreshold",
        "severity": 5,
        "component": {"name": "EVSE", "evse": {"id": 1}},
        "variable": {"name": "Power"},
    }
    assert report(bench) == [
        {
            "component": {"name": "EVSE", "evse": {"id": 1}},
            "variable": {"name": "Power"},
            "variableMonitoring": [
                {"id": 1, "transaction": False, "value": 5000, "type": "UpperThreshold", "severity": 5}
            ],
        }
    ]


@pytest.mark.parametrize(
    ("wrong", "status", "reason"),
    [
        (monitor("Nothing", "Power", "Delta", 1), "UnknownComponent", None),  # N04.FR.03
        (monitor("EVSE", "Power", "Delta", 1, evse={"id": 9}), "UnknownComponent", None),
        (monitor("EVSE", "Nothing", "Delta", 1, evse=FIRST), "UnknownVariable", None),  # N04.FR.04
        (monitor(*STATE, "UpperThreshold", 1, evse=FIRST), "UnsupportedMonitorType", None),  # N04.FR.05
        (monitor("ClockCtrlr", "DateTime", "Periodic", 1), "UnsupportedMonitorType", None),
        (monitor("ChargingStation", "Model", "Delta", 1), "UnsupportedMonitorType", None),
        (monitor(*POWER, "UpperThreshold", 22081, evse=FIRST), "Rejected", "ValueOutOfRange"),  # N04.FR.06
        (monitor(*POWER, "LowerThreshold", -1, evse=FIRST), "Rejected", "ValueOutOfRange"),
        (monitor(*POWER, "Delta", -1, evse=FIRST), "Rejected", "ValuePositiveOnly"),  # N04.FR.14
        (monitor(*POWER, "Periodic", 0, evse=FIRST), "Rejected", "ValueOutOfRange"),
        (monitor(*POWER, "PeriodicClockAligned", 1e-9, evse=FIRST), "Rejected", "ValueOutOfRange"),
        (monitor(*POWER, "Delta", 1, 10, evse=FIRST), "Rejected", "ValueOutOfRange"),
        (monitor(*POWER, "Delta", 1, -1, evse=FIRST), "Rejected", "ValueOutOfRange"),
        (monitor(*POWER, "Delta", 1, evse=FIRST, id=7), "Rejected", "NotFound"),  # N04.FR.13
        (monitor(*POWER, "Delta", 1, evse=FIRST, id=2), "Rejected", "InvalidValue"),  # N04.FR.16
        (monitor("ChargingStation", "AvailabilityState", "Delta", 1, 4, id=1), "Rejected", "ReadOnly"),  # N04.FR.18
        (monitor(*STATE, "Delta", 1, 5, evse=FIRST), "Duplicate", None),  # N04.FR.10
    ],
)
def test_n04_refusals_set_nothing(wrong: dict[str, Any], status: str, reason: str | None) -> None:
    bench = with_monitors()
    before = report(bench)
    good = monitor(*POWER, "LowerThreshold", 10, evse=FIRST)
    results = watch(bench, wrong, good)
    assert [one["status"] for one in results] == [status, "Accepted"]  # N04.FR.01: each by itself
    assert results[0].get("statusInfo", {}).get("reasonCode") == reason
    assert (results[0]["component"], results[0]["variable"]) == (wrong["component"], wrong["variable"])
    assert "id" not in results[0]
    bench.answer("ClearVariableMonitoring", {"id": [results[1]["id"]]})
    assert report(bench) == before


def test_n04_monitoring_can_be_switched_off() -> None:
    bench = with_monitors()
    put(bench, element("MonitoringCtrlr", "Enabled", attributeValue="false"))
    (result,) = watch(bench, monitor(*POWER, "Delta", 1, evse=FIRST))
    assert (result["status"], result["statusInfo"]["reasonCode"]) == ("Rejected", "NotEnabled")
    for action, payload in (("SetMonitoringBase", {"monitoringBase": "All"}), ("SetMonitoringLevel", {"severity": 1})):
        assert bench.answer(action, payload)["statusInfo"] == {"reasonCode": "NotEnabled"}
    bench.plug()
    assert bench.calls("NotifyEvent") == []


@pytest.mark.parametrize("action", sorted(ITEMS_PER_MESSAGE))
def test_n04_fr_09_n06_fr_06_too_many_elements(action: str) -> None:
    bench = Bench201.booted()
    most = ITEMS_PER_MESSAGE[action]
    key, one = (
        ("id", 1) if action == "ClearVariableMonitoring" else ("setMonitoringData", monitor("X", "Y", "Delta", 1))
    )
    assert bench.error(action, {key: [one] * (most + 1)}) == "OccurrenceConstraintViolation"
    assert bench.answer(action, {key: [one] * most})
    assert bench.error(action, {key: []}) == "OccurrenceConstraintViolation"
    assert value(bench, "MonitoringCtrlr", "ItemsPerMessage", instance=action) == str(most)


def test_n04_fr_12_a_monitor_is_replaced() -> None:
    bench = Bench201.booted()
    (monitor_id,) = watched(bench, monitor(*STATE, "Delta", 1, 5, evse=FIRST))
    assert watched(bench, monitor(*STATE, "Delta", 1, 4, evse=FIRST, id=monitor_id)) == [monitor_id]
    assert reported(bench) == [(monitor_id, "Delta", 4)]


@pytest.mark.shows("GetMonitoringReport")
def test_n02_criteria_and_lists() -> None:
    bench = Bench201.booted()
    ids = watched(
        bench,
        monitor(*POWER, "UpperThreshold", 5000, evse=FIRST),
        monitor(*POWER, "LowerThreshold", 5000, evse=FIRST),
        monitor(*POWER, "Delta", 100, evse={"id": 2}),
        monitor(*STATE, "Periodic", 60, evse=FIRST),
        monitor("OCPPCommCtrlr", "MessageTimeout", "PeriodicClockAligned", 900, instance="Default"),
    )
    by_type = {
        "ThresholdMonitoring": ids[:2],
        "DeltaMonitoring": ids[2:3],
        "PeriodicMonitoring": ids[3:],
    }
    for criterion, expected in by_type.items():  # N02.FR.12 to FR.14
        assert [one[0] for one in reported(bench, monitoringCriteria=[criterion])] == expected
    both = reported(bench, monitoringCriteria=["DeltaMonitoring", "PeriodicMonitoring"])
    assert [one[0] for one in both] == ids[2:]
    assert [one[0] for one in reported(bench)] == ids  # N02.FR.11
    assert [one[0] for one in reported(bench, componentVariable=[wanted(*POWER)])] == ids[:3]
    assert [one[0] for one in reported(bench, componentVariable=[wanted("EVSE", evse=FIRST)])] == [*ids[:2], ids[3]]
    assert [one[0] for one in reported(bench, componentVariable=[wanted("OCPPCommCtrlr")])] == ids[4:]
    only = reported(bench, componentVariable=[wanted(*POWER)], monitoringCriteria=["DeltaMonitoring"])
    assert [one[0] for one in only] == ids[2:3]
    assert reported(bench, componentVariable=[wanted("ClockCtrlr")]) == []  # N02.FR.10


def test_n02_bad_input() -> None:
    bench = Bench201.booted()
    assert bench.error("GetMonitoringReport", {}) == "OccurrenceConstraintViolation"
    assert bench.error("GetMonitoringReport", {"requestId": 1, "monitoringCriteria": []}) == (
        "OccurrenceConstraintViolation"
    )
    assert bench.error("GetMonitoringReport", {"requestId": 1, "monitoringCriteria": ["All"]}) == (
        "PropertyConstraintViolation"
    )
    many = [wanted("EVSE")] * 101
    assert bench.error("GetMonitoringReport", {"requestId": 1, "componentVariable": many}) == (
        "OccurrenceConstraintViolation"
    )


def test_n02_a_long_report_is_split() -> None:
    custom = tuple(CustomVariable("Part", f"V{n}", Kind.INTEGER, "1", target=True) for n in range(150))
    bench = Bench201.booted(spec=two_sockets(components=custom))
    for start in range(0, 150, 15):
        watched(bench, *(monitor("Part", f"V{n}", "Delta", 1) for n in range(start, start + 15)))
    assert len(report(bench)) == 150
    assert [len(one.payload["monitor"]) for one in bench.calls("NotifyMonitoringReport")] == [100, 50]


def test_n03_bases() -> None:
    bench = with_monitors()
    (custom,) = watched(bench, monitor(*POWER, "Delta", 100, evse=FIRST))
    assert custom == 4
    assert [one[0] for one in reported(bench)] == [1, 2, custom]
    assert value(bench, "MonitoringCtrlr", "ActiveMonitoringBase") == "FactoryDefault"

    def base(name: str) -> list[int]:
        assert bench.answer("SetMonitoringBase", {"monitoringBase": name}) == {"status": "Accepted"}
        assert value(bench, "MonitoringCtrlr", "ActiveMonitoringBase") == name
        return [one[0] for one in reported(bench)]

    assert base("All") == [1, 2, 3, custom]  # N03.FR.03
    assert base("FactoryDefault") == [1, 2]  # N03.FR.04
    (again,) = watched(bench, monitor(*POWER, "Delta", 100, evse=FIRST))
    assert again == 5
    assert base("HardWiredOnly") == [1]  # N03.FR.05
    assert base("All") == [1, 2, 3]


@pytest.mark.shows("SetMonitoringBase")
def test_n04_fr_15_n03_fr_04_a_preconfigured_monitor_is_overruled_until_the_base_is_set() -> None:
    bench = with_monitors()
    watched(bench, monitor(*STATE, "Delta", 1, 6, evse=FIRST, id=2))
    assert reported(bench) == [(1, "Delta", 3), (2, "Delta", 6)]
    bench.plug()
    (event,) = bench.payloads("NotifyEvent")[0]["eventData"]
    assert (event["variableMonitoringId"], event["eventNotificationType"]) == (2, "CustomMonitor")
    bench.answer("SetMonitoringBase", {"monitoringBase": "All"})
    assert (2, "Delta", 6) in reported(bench)
    bench.answer("SetMonitoringBase", {"monitoringBase": "FactoryDefault"})
    assert reported(bench) == [(1, "Delta", 3), (2, "Delta", 5)]


@pytest.mark.parametrize("payload", [{}, {"monitoringBase": "None"}])
def test_n03_bad_input(payload: dict[str, Any]) -> None:
    bench = Bench201.booted()
    assert bench.error("SetMonitoringBase", payload).endswith("ConstraintViolation")
    assert value(bench, "MonitoringCtrlr", "ActiveMonitoringBase") == "FactoryDefault"


def test_n05_level() -> None:
    bench = Bench201.booted()
    for severity in (-1, 10):  # N05.FR.02
        answer = bench.answer("SetMonitoringLevel", {"severity": severity})
        assert (answer["status"], answer["statusInfo"]["reasonCode"]) == ("Rejected", "ValueOutOfRange")
    assert bench.answer("SetMonitoringLevel", {"severity": 6}) == {"status": "Accepted"}
    assert value(bench, "MonitoringCtrlr", "ActiveMonitoringLevel") == "6"
    assert bench.error("SetMonitoringLevel", {"severity": "6"}) == "TypeConstraintViolation"


def test_n06_each_id_gets_its_own_verdict() -> None:
    bench = with_monitors()
    (custom,) = watched(bench, monitor(*POWER, "Delta", 100, evse=FIRST))
    answer = bench.answer("ClearVariableMonitoring", {"id": [1, 2, custom, custom, 99]})
    assert [(one["id"], one["status"]) for one in answer["clearMonitoringResult"]] == [
        (1, "Rejected"),  # N06.FR.03
        (2, "Accepted"),
        (custom, "Accepted"),
        (custom, "NotFound"),  # N06.FR.02
        (99, "NotFound"),
    ]
    assert [one[0] for one in reported(bench)] == [1]
    bench.plug()
    assert bench.calls("NotifyEvent") == []
    bench.answer("SetMonitoringBase", {"monitoringBase": "FactoryDefault"})
    assert [one[0] for one in reported(bench)] == [1, 2]


def test_n06_bad_input() -> None:
    bench = Bench201.booted()
    assert bench.error("ClearVariableMonitoring", {}) == "OccurrenceConstraintViolation"
    assert bench.error("ClearVariableMonitoring", {"id": ["1"]}) == "TypeConstraintViolation"


def test_a_station_without_monitors_has_no_state_for_them() -> None:
    bench = Bench201.charging()
    bench.wait(600)
    assert bench.station.monitoring is None
    assert bench.station.deadlines.get("monitors") is None
