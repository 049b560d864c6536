"""What the cases of block N share: monitors as the test system sets and reads them."""

from typing import Any

from tests.acceptance_v201.bench import PLACE, StationUnderTest, named, report_rows

EVSE_STATE = named("EVSE", "AvailabilityState", evse=PLACE)
STATION_STATE = named("ChargingStation", "AvailabilityState")
POWER = named("EVSE", "Power", evse=PLACE)
SEVERITY = 5
REQUEST = 815


def monitor(of: dict[str, Any], kind: str, value: float, severity: int = SEVERITY, **more: Any) -> dict[str, Any]:
    """A SetMonitoringData element."""
    return {**of, "type": kind, "value": value, "severity": severity, **more}


def watch(station: StationUnderTest, *monitors: dict[str, Any]) -> list[dict[str, Any]]:
    """Set monitors; the results, each of which names what its element named."""
    answer = station.answer("SetVariableMonitoring", {"setMonitoringData": monitors})
    results: list[dict[str, Any]] = answer["setMonitoringResult"]
    for element, result in zip(monitors, results, strict=True):
        assert all(result[name] == element[name] for name in ("type", "severity", "component", "variable"))
    return results


def watched(station: StationUnderTest, *monitors: dict[str, Any]) -> list[int]:
    """Set monitors that are accepted, without a reason; their ids."""
    results = watch(station, *monitors)
    assert all(one["status"] == "Accepted" and "statusInfo" not in one for one in results)
    return [one["id"] for one in results]


def report(station: StationUnderTest, **request: Any) -> list[dict[str, Any]]:
    """Ask for the monitors; their rows."""
    station.forget()
    assert station.answer("GetMonitoringReport", {"requestId": REQUEST, **request}) == {"status": "Accepted"}
    return report_rows(station, "NotifyMonitoringReport", "monitor", REQUEST)


def types(rows: list[dict[str, Any]]) -> set[str]:
    return {one["type"] for row in rows for one in row["variableMonitoring"]}


def monitors_of(rows: list[dict[str, Any]], of: dict[str, Any]) -> list[dict[str, Any]]:
    found = [row for row in rows if (row["component"], row["variable"]) == (of["component"], of["variable"])]
    return [one for row in found for one in row["variableMonitoring"]]


def nothing_reported(station: StationUnderTest, **request: Any) -> bool:
    station.forget()
    answer = station.answer("GetMonitoringReport", {"requestId": REQUEST + 1, **request})
    return answer["status"] == "EmptyResultSet" and not station.calls("NotifyMonitoringReport")
