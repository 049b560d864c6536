"""2.0.1 custom reports (use case B08), and what the parts of a station show."""

from typing import Any

import pytest

from chargepoint_sim.core.commands import InjectFault, PlugIn
from chargepoint_sim.core.device_model.controllers import BYTES_PER_MESSAGE, ITEMS_PER_MESSAGE
from chargepoint_sim.core.settings import Kind
from chargepoint_sim.core.spec import ConnectorSpec, Current, CustomVariable, EvseSpec
from tests.protocol.harness import two_sockets
from tests.protocol.v201.bench import Bench201
from tests.protocol.v201.test_v201_variables import element, name_of, put, value

DC = EvseSpec(1, (ConnectorSpec(1, "cCCS2", True),), Current.DC, 150_000.0, voltage_v=400.0, max_current_a=375.0)


def wanted(component: str, variable: str | None = None, **more: Any) -> dict[str, Any]:
    """A ComponentVariableType element."""
    found = element(component, variable or "", **more)
    if variable is None:
        del found["variable"]
    return found


def report(bench: Bench201, **request: Any) -> list[dict[str, Any]]:
    bench.forget()
    assert bench.answer("GetReport", {"requestId": 7, **request}) == {"status": "Accepted"}
    parts = bench.payloads("NotifyReport")
    assert {part["requestId"] for part in parts} == {7}
    return [row for part in parts for row in part["reportData"]]


def places(rows: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(name_of(row), str(row["component"].get("evse", {}))) for row in rows]


SCHEMES = "FTP,FTPS,HTTP,HTTPS"


def test_b08_fr_11_one_variable() -> None:
    bench = Bench201.booted()
    (row,) = report(bench, componentVariable=[wanted("ocppcommctrlr", "FILETRANSFERPROTOCOLS")])
    assert row == {
        "component": {"name": "OCPPCommCtrlr"},
        "variable": {"name": "FileTransferProtocols"},
        "variableAttribute": [
            {"type": "Actual", "value": SCHEMES, "mutability": "ReadOnly", "persistent": True, "constant": True}
        ],
        "variableCharacteristics": {
            "dataType": "MemberList",
            "supportsMonitoring": False,
            "valuesList": SCHEMES,
        },
    }


def test_b08_fr_20_fr_21_all_variables_and_all_instances() -> None:
    bench = Bench201.booted()
    assert len(report(bench, componentVariable=[wanted("AuthCacheCtrlr")])) == 6
    rows = report(bench, componentVariable=[wanted("DeviceDataCtrlr", "ItemsPerMessage")])
    assert {row["variable"]["instance"] for row in rows} == set(ITEMS_PER_MESSAGE)
    (row,) = report(bench, componentVariable=[wanted("DeviceDataCtrlr", "ItemsPerMessage", instance="getreport")])
    assert row["variable"]["instance"] == "GetReport"


def test_b08_fr_22_fr_23_places_left_out_mean_all_of_them() -> None:
    bench = Bench201.booted()
    everywhere = report(bench, componentVariable=[wanted("Connector", "AvailabilityState")])
    assert [one for _, one in places(everywhere)] == ["{'id': 1, 'connectorId': 1}", "{'id': 2, 'connectorId': 1}"]
    second = report(bench, componentVariable=[wanted("Connector", "AvailabilityState", evse={"id": 2})])
    assert [one for _, one in places(second)] == ["{'id': 2, 'connectorId': 1}"]


def test_b08_fr_07_to_fr_10_criteria() -> None:
    bench = Bench201.booted()
    assert bench.answer("GetReport", {"requestId": 1, "componentCriteria": ["Problem"]}) == {
        "status": "EmptyResultSet",
        "statusInfo": {"reasonCode": "NotFound"},
    }
    put(bench, element("AuthCtrlr", "Enabled", attributeValue="false"))
    enabled = {name_of(row).partition(".")[0] for row in report(bench, componentCriteria=["Enabled"])}
    assert "AuthCtrlr" not in enabled
    assert {"AuthCacheCtrlr", "ChargingStation"} <= enabled
    assert "ConnectedEV" not in {row["component"]["name"] for row in report(bench, componentCriteria=["Available"])}
    assert "PowerContactor" not in {row["component"]["name"] for row in report(bench, componentCriteria=["Active"])}
    bench.plug().wait(10)  # with AuthCtrlr.Enabled false nobody is asked who he is
    active = report(bench, componentCriteria=["Active"], componentVariable=[wanted("PowerContactor", "Active")])
    assert [one for _, one in places(active)] == ["{'id': 1}"]
    assert "ConnectedEV" in {row["component"]["name"] for row in report(bench, componentCriteria=["Available"])}


@pytest.mark.shows("GetReport")
def test_b08_fr_13_more_than_one_criterion_is_an_or() -> None:
    bench = Bench201.booted()
    bench.command(InjectFault(2, 1, "ConnectorLockFailure"))
    problems = report(bench, componentCriteria=["Problem"])
    assert {row["component"]["name"] for row in problems} == {"Connector", "ConnectorPlugRetentionLock"}
    locks = [wanted("ConnectorPlugRetentionLock", "Problem")]
    rows = report(bench, componentCriteria=["Problem", "Active"], componentVariable=locks)
    assert [one for _, one in places(rows)] == ["{'id': 2, 'connectorId': 1}"]


@pytest.mark.parametrize(
    "request_more",
    [
        {"componentVariable": [wanted("Nothing")]},
        {"componentVariable": [wanted("EVSE", "Nothing")]},
        {"componentVariable": [wanted("EVSE", "Power", evse={"id": 3})]},
        {"componentVariable": [wanted("ClockCtrlr", "DateTime", instance="x")]},
        {"componentCriteria": ["Problem"], "componentVariable": [wanted("EVSE")]},
    ],
)
def test_b08_fr_15_nothing_matches(request_more: dict[str, Any]) -> None:
    bench = Bench201.booted()
    assert bench.answer("GetReport", {"requestId": 1, **request_more})["status"] == "EmptyResultSet"
    assert bench.calls("NotifyReport") == []


def test_b08_fr_17_fr_18_too_much() -> None:
    bench = Bench201.booted()
    many = [wanted("ClockCtrlr")] * (ITEMS_PER_MESSAGE["GetReport"] + 1)
    assert bench.error("GetReport", {"requestId": 1, "componentVariable": many}) == "OccurrenceConstraintViolation"
    long = [{"component": {"name": "x" * 50}, "customData": {"vendorId": "v", "text": "x" * 7000}}] * 10
    assert bench.error("GetReport", {"requestId": 1, "componentVariable": long}) == "FormatViolation"


def test_b08_bad_input() -> None:
    bench = Bench201.booted()
    assert bench.error("GetReport", {}) == "OccurrenceConstraintViolation"
    assert bench.error("GetReport", {"requestId": 1, "componentCriteria": []}) == "OccurrenceConstraintViolation"
    assert bench.error("GetReport", {"requestId": 1, "componentCriteria": ["Old"]}) == "PropertyConstraintViolation"
    assert bench.calls() == []


def test_parts_of_an_ac_station_show_a_session() -> None:
    bench = Bench201.booted()
    first, plug = {"id": 1}, {"id": 1, "connectorId": 1}

    def shows(component: str, variable: str, **more: Any) -> str:
        return value(bench, component, variable, **({"evse": first} | more))

    assert shows("CPPWMController", "State") == "A"
    assert shows("ConnectorPlugRetentionLock", "Active", evse=plug) == "false"
    assert shows("TemperatureSensor", "Temperature") == "20.0"
    bench.plug()
    assert (shows("CPPWMController", "State"), shows("ConnectedEV", "ProtocolAgreed")) == ("B1", "IEC61851-1")
    bench.swipe().wait(10)
    power = float(shows("EVSE", "Power"))
    assert power == float(value(bench, "ElectricalFeed", "Power")) > 10_000
    assert shows("CPPWMController", "State") == "C2"
    assert shows("PowerContactor", "Active") == shows("ConnectorPlugRetentionLock", "Active", evse=plug) == "true"
    assert shows("TemperatureSensor", "Temperature") == f"{20 + 40 * power / 22080:.1f}"
    before = float(shows("FiscalMetering", "EnergyImportRegister"))
    bench.wait(3600)
    assert float(shows("FiscalMetering", "EnergyImportRegister")) - before == pytest.approx(power, abs=0.2)
    assert float(shows("FiscalMetering", "EnergyImport")) > power


def test_parts_of_a_dc_station() -> None:
    bench = Bench201.booted(spec=two_sockets(evses=(DC,)))
    first = {"id": 1}
    assert value(bench, "ConnectedEV", "StateOfCharge", evse=first) == ""
    bench.command(PlugIn(1, vehicle="suv", soc=0.3))
    assert value(bench, "ConnectedEV", "StateOfCharge", evse=first) == "30.0"
    assert value(bench, "GroundIsolationProtection", "Problem", evse=first) == "false"
    bench.swipe().wait(600)
    assert float(value(bench, "ConnectedEV", "StateOfCharge", evse=first)) > 40
    lock = wanted("ConnectorPlugRetentionLock")
    assert bench.answer("GetReport", {"requestId": 1, "componentVariable": [lock]})["status"] == "EmptyResultSet"


def test_b06_fr_09_a_write_only_variable() -> None:
    bench = Bench201.booted()
    password = element("SecurityCtrlr", "BasicAuthPassword")
    (result,) = put(bench, {**password, "attributeValue": "0123456789abcdef"})
    assert result["attributeStatus"] == "Accepted"
    (result,) = bench.answer("GetVariables", {"getVariableData": [password]})["getVariableResult"]
    assert result["attributeStatusInfo"] == {"reasonCode": "WriteOnly"}
    assert (result["attributeStatus"], "attributeValue" in result) == ("Rejected", False)
    (row,) = report(bench, componentVariable=[password])
    assert row["variableAttribute"] == [
        {"type": "Actual", "mutability": "WriteOnly", "persistent": True, "constant": False}
    ]


@pytest.mark.parametrize("text", ["short", "x" * 41, "0123456789 abcdef"])
def test_a01_a_password_that_cannot_be_one(text: str) -> None:
    bench = Bench201.booted()
    (result,) = put(bench, element("SecurityCtrlr", "BasicAuthPassword", attributeValue=text))
    assert (result["attributeStatus"], result["attributeStatusInfo"]["reasonCode"]) == ("Rejected", "InvalidValue")


@pytest.mark.parametrize("letter", ["x", "ü"])
def test_long_values_are_cut_into_parts_by_bytes(letter: str) -> None:
    """DeviceDataCtrlr.BytesPerMessage[GetReport]: fewer rows than ItemsPerMessage allows are too long together."""
    many = tuple(CustomVariable("Big", f"V{n}", Kind.STRING, letter * 2400) for n in range(60))
    bench = Bench201.booted(spec=two_sockets(components=many))
    rows = report(bench, componentVariable=[wanted("Big")])
    assert {row["variable"]["name"] for row in rows} == {f"V{n}" for n in range(60)}
    calls = bench.calls("NotifyReport")
    assert len(calls) > 2
    assert max(len(one.text) for one in calls) <= BYTES_PER_MESSAGE["GetReport"]
    assert [one.payload["seqNo"] for one in calls] == list(range(len(calls)))
    assert [one.payload.get("tbc", False) for one in calls] == [True] * (len(calls) - 1) + [False]
