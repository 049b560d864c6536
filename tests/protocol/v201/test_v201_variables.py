"""2.0.1 variables and reports (use cases B05-B07)."""

from typing import Any

import pytest

from chargepoint_sim.core import wiring
from chargepoint_sim.core.commands import InjectFault
from chargepoint_sim.core.device_model.controllers import BYTES_PER_MESSAGE, ITEMS_PER_MESSAGE
from chargepoint_sim.core.device_model.lookup import NOT_SHOWN
from chargepoint_sim.core.settings import SETTINGS
from chargepoint_sim.core.spec import ConnectorSpec, Current, EvseSpec
from chargepoint_sim.protocol.v201.splitting import ENVELOPE_BYTES
from tests.protocol.harness import two_sockets
from tests.protocol.v201.bench import Bench201
from tests.protocol.v201.screen import with_display

HEARTBEAT = ("OCPPCommCtrlr", "HeartbeatInterval")


def element(component: str, variable: str, **more: Any) -> dict[str, Any]:
    """A GetVariableData element, or with attributeValue a SetVariableData one."""
    named: dict[str, Any] = {"name": component}
    if "evse" in more:
        named["evse"] = more.pop("evse")
    called = {"name": variable}
    if "instance" in more:
        called["instance"] = more.pop("instance")
    return {"component": named, "variable": called, **more}


def get(bench: Bench201, *elements: dict[str, Any]) -> list[dict[str, Any]]:
    results: list[dict[str, Any]] = bench.answer("GetVariables", {"getVariableData": elements})["getVariableResult"]
    return results


def put(bench: Bench201, *elements: dict[str, Any]) -> list[dict[str, Any]]:
    results: list[dict[str, Any]] = bench.answer("SetVariables", {"setVariableData": elements})["setVariableResult"]
    return results


def value(bench: Bench201, component: str, variable: str, **more: Any) -> str:
    (result,) = get(bench, element(component, variable, **more))
    assert result["attributeStatus"] == "Accepted"
    return str(result["attributeValue"])


def test_b06_on_the_wire() -> None:
    bench = Bench201.booted()
    assert bench.answer("GetVariables", {"getVariableData": [element(*HEARTBEAT)]}) == {
        "getVariableResult": [
            {
                "attributeStatus": "Accepted",
                "attributeType": "Actual",
                "component": {"name": "OCPPCommCtrlr"},
                "variable": {"name": "HeartbeatInterval"},
                "attributeValue": "300",
            }
        ]
    }


def test_b06_each_element_gets_its_own_verdict_in_order() -> None:
    bench = Bench201.booted()
    results = get(
        bench,
        element("nothing", "HeartbeatInterval"),
        element("OCPPCommCtrlr", "nothing"),
        element(*HEARTBEAT, attributeType="Target"),
        element(*HEARTBEAT, attributeType="Actual"),
    )
    assert [(one["attributeStatus"], one["attributeType"], "attributeValue" in one) for one in results] == [
        ("UnknownComponent", "Actual", False),
        ("UnknownVariable", "Actual", False),
        ("NotSupportedAttributeType", "Target", False),
        ("Accepted", "Actual", True),
    ]


def test_names_are_compared_without_case() -> None:
    bench = Bench201.booted()
    (result,) = get(bench, element("ocppcommctrlr", "HEARTBEATINTERVAL"))
    assert (result["attributeStatus"], result["component"]["name"]) == ("Accepted", "ocppcommctrlr")


def test_b06_fr_14_fr_15_instances() -> None:
    bench = Bench201.booted()
    results = get(
        bench,
        element("OCPPCommCtrlr", "MessageTimeout", instance="default"),
        element("OCPPCommCtrlr", "MessageTimeout"),
        element("OCPPCommCtrlr", "MessageTimeout", instance=""),
        element("OCPPCommCtrlr", "HeartbeatInterval", instance=""),
        element("OCPPCommCtrlr", "HeartbeatInterval", instance="x"),
    )
    assert [one["attributeStatus"] for one in results] == [
        "Accepted",
        "UnknownVariable",
        "UnknownVariable",
        "Accepted",
        "UnknownVariable",
    ]


def test_physical_components_show_what_is() -> None:
    dc = EvseSpec(2, (ConnectorSpec(1, "cCCS2"),), Current.DC, 150_000.0, voltage_v=400.0, max_current_a=375.0)
    bench = Bench201.charging(spec=two_sockets(evses=(EvseSpec(1, (ConnectorSpec(1),)), dc)))
    first, second = {"id": 1}, {"id": 2}
    assert value(bench, "ChargingStation", "Model") == "Model"
    assert value(bench, "ChargingStation", "SerialNumber") == "SN1"
    assert value(bench, "ChargingStation", "AvailabilityState") == "Available"
    assert value(bench, "EVSE", "AvailabilityState", evse=first) == "Occupied"
    assert value(bench, "EVSE", "AllowReset", evse=first) == "true"
    assert float(value(bench, "EVSE", "Power", evse=first)) > 10_000
    assert float(value(bench, "EVSE", "Power", evse=second)) == 0
    assert value(bench, "EVSE", "SupplyPhases", evse=second) == "0"
    assert value(bench, "Connector", "ConnectorType", evse={"id": 2, "connectorId": 1}) == "cCCS2"
    assert value(bench, "Connector", "PhaseRotation", evse={"id": 1, "connectorId": 1}) == "RST"
    assert value(bench, "ClockCtrlr", "DateTime") == "2023-11-15T12:00:10.000Z"
    unknown = get(
        bench,
        element("EVSE", "Power"),
        element("EVSE", "Power", evse={"id": 3}),
        element("Connector", "Available", evse={"id": 1}),
        element("OCPPCommCtrlr", "HeartbeatInterval", evse={"id": 1}),
    )
    assert {one["attributeStatus"] for one in unknown} == {"UnknownComponent"}


def test_phase_rotation_is_that_of_the_template_and_drives_the_meter() -> None:
    settings = {"Connector.PhaseRotation": "1.SRT,2.Unknown", "SampledDataCtrlr.TxUpdatedMeasurands": "Current.Import"}
    bench = Bench201.booted(settings=settings)
    bench.plug(vehicle="compact").swipe()
    rotations = [value(bench, "Connector", "PhaseRotation", evse={"id": n, "connectorId": 1}) for n in (1, 2)]
    assert rotations == ["SRT", ""]
    (verdict,) = put(
        bench, element("Connector", "PhaseRotation", attributeValue="RST", evse={"id": 1, "connectorId": 1})
    )
    assert verdict["attributeStatus"] == "Rejected"
    bench.forget().wait(61)
    (sample,) = bench.payloads("TransactionEvent")[-1]["meterValue"]
    assert {one["phase"] for one in sample["sampledValue"] if one["value"] > 0} == {"L2"}


def test_the_station_is_unavailable_when_all_of_it_is() -> None:
    bench = Bench201.booted()
    bench.answer("ChangeAvailability", {"operationalStatus": "Inoperative"})
    assert value(bench, "ChargingStation", "AvailabilityState") == "Unavailable"


@pytest.mark.parametrize("action", ["GetVariables", "SetVariables"])
def test_b06_fr_16_too_many_elements(action: str) -> None:
    bench = Bench201.booted()
    key = "getVariableData" if action == "GetVariables" else "setVariableData"
    more = {} if action == "GetVariables" else {"attributeValue": "60"}
    elements = [element(*HEARTBEAT, **more)] * (ITEMS_PER_MESSAGE[action] + 1)
    assert bench.error(action, {key: elements}) == "OccurrenceConstraintViolation"
    assert bench.ask(action, {key: elements[1:]})[0] == 3  # type: ignore[index]  # it was answered
    assert bench.error(action, {key: []}) == "OccurrenceConstraintViolation"


def test_b06_fr_17_too_many_bytes() -> None:
    bench = Bench201.booted()
    elements = [element("OCPPCommCtrlr", "x", attributeValue="v" * 1000)] * 70
    assert bench.error("SetVariables", {"setVariableData": elements}) == "FormatViolation"


@pytest.mark.shows("SetVariables")
def test_b05_a_value_acts_at_once() -> None:
    bench = Bench201.booted()
    (result,) = put(bench, element(*HEARTBEAT, attributeValue="30"))
    assert result == {
        "attributeStatus": "Accepted",
        "attributeType": "Actual",
        "component": {"name": "OCPPCommCtrlr"},
        "variable": {"name": "HeartbeatInterval"},
    }
    bench.wait(65)
    assert [one.at for one in bench.calls("Heartbeat")] == [30, 60]


def test_b05_sampling_changes_in_a_running_transaction() -> None:
    bench = Bench201.charging()
    put(bench, element("SampledDataCtrlr", "TxUpdatedInterval", attributeValue="10"))
    put(bench, element("SampledDataCtrlr", "TxUpdatedMeasurands", attributeValue="SoC,voltage"))
    bench.wait(10)
    values = bench.transaction_events()[0]["meterValue"][0]["sampledValue"]
    assert {one["measurand"] for one in values} == {"Voltage"}


@pytest.mark.parametrize(
    ("component", "variable", "text", "status", "reason"),
    [
        ("nothing", "x", "1", "UnknownComponent", None),
        ("OCPPCommCtrlr", "x", "1", "UnknownVariable", None),
        ("OCPPCommCtrlr", "HeartbeatInterval", "-1", "Rejected", "ValueOutOfRange"),
        ("OCPPCommCtrlr", "HeartbeatInterval", "often", "Rejected", "InvalidValue"),
        ("OCPPCommCtrlr", "HeartbeatInterval", "1.5", "Rejected", "InvalidValue"),
        ("SmartChargingCtrlr", "LimitChangeSignificance", "101", "Rejected", "ValueOutOfRange"),
        ("SmartChargingCtrlr", "LimitChangeSignificance", "nan", "Rejected", "InvalidValue"),
        ("AuthCtrlr", "LocalPreAuthorize", "yes", "Rejected", "InvalidValue"),
        ("SampledDataCtrlr", "TxEndedMeasurands", "Weight", "Rejected", "InvalidValue"),
        ("TxCtrlr", "TxStartPoint", "", "Rejected", "InvalidValue"),
        ("TxCtrlr", "TxStartPoint", "ParkingBayOccupancy", "Rejected", "InvalidValue"),
        ("SecurityCtrlr", "SecurityProfile", "2", "Rejected", "ReadOnly"),
        ("ChargingStation", "Model", "other", "Rejected", "ReadOnly"),
        ("SampledDataCtrlr", "TxEndedMeasurands", "", "Accepted", None),
        ("AuthCtrlr", "MasterPassGroupId", "Master", "Accepted", None),
        ("TxCtrlr", "TxStartPoint", "EnergyTransfer", "Accepted", None),
    ],
)
def test_b05_verdicts(component: str, variable: str, text: str, status: str, reason: str | None) -> None:
    bench = Bench201.booted()
    (result,) = put(bench, element(component, variable, attributeValue=text))
    assert result["attributeStatus"] == status
    assert result.get("attributeStatusInfo", {}).get("reasonCode") == reason


def test_b05_read_only_where_1_6_lets_a_central_system_write() -> None:
    bench = Bench201.booted()
    (result,) = put(bench, element("OCPPCommCtrlr", "MessageTimeout", instance="Default", attributeValue="10"))
    assert result["attributeStatusInfo"] == {"reasonCode": "ReadOnly"}


def test_b05_fr_06_other_attribute_types() -> None:
    bench = Bench201.booted()
    (result,) = put(bench, element(*HEARTBEAT, attributeValue="1", attributeType="MaxSet"))
    assert (result["attributeStatus"], result["attributeType"]) == ("NotSupportedAttributeType", "MaxSet")


def test_b05_bad_input() -> None:
    bench = Bench201.booted()
    assert bench.error("SetVariables", {}) == "OccurrenceConstraintViolation"
    assert bench.error("SetVariables", {"setVariableData": [element(*HEARTBEAT)]}) == "OccurrenceConstraintViolation"
    assert bench.error("SetVariables", {"setVariableData": [{**element(*HEARTBEAT), "attributeValue": 5}]}) == (
        "TypeConstraintViolation"
    )
    assert value(bench, *HEARTBEAT) == "300"


def report(bench: Bench201, base: str, request_id: int = 5) -> list[dict[str, Any]]:
    """Ask for a report; its rows, after a check of its parts."""
    answer = bench.answer("GetBaseReport", {"requestId": request_id, "reportBase": base})
    assert answer == {"status": "Accepted"}
    assert bench.sent[-1 - len(bench.calls("NotifyReport"))].frame[0] == 3  # first the answer, then the parts
    parts = bench.payloads("NotifyReport")
    assert [part["seqNo"] for part in parts] == list(range(len(parts)))
    assert [part.get("tbc", False) for part in parts] == [True] * (len(parts) - 1) + [False]
    assert {part["requestId"] for part in parts} == {request_id}
    assert len({part["generatedAt"] for part in parts}) == 1
    for one in bench.calls("NotifyReport"):
        assert len(one.payload["reportData"]) <= ITEMS_PER_MESSAGE["GetReport"]
        assert len(one.text) <= BYTES_PER_MESSAGE["GetReport"]
    return [row for part in parts for row in part["reportData"]]


def name_of(row: dict[str, Any]) -> str:
    instance = row["variable"].get("instance")
    title = f"{row['component']['name']}.{row['variable']['name']}"
    return f"{title}[{instance}]" if instance else title


@pytest.mark.shows("GetVariables")
def test_b07_full_inventory_reads_as_get_variables_does() -> None:
    bench = Bench201.booted(**with_display())
    rows = report(bench, "FullInventory")
    names = {name_of(row) for row in rows}
    assert {name for name in SETTINGS if not name.startswith("Ocpp16.")} - names == NOT_SHOWN - {wiring.SETTING}
    assert {"ChargingStation.AvailabilityState", "EVSE.Power", "Connector.ConnectorType"} <= names
    for start in range(0, len(rows), 50):
        elements = [{"component": row["component"], "variable": row["variable"]} for row in rows[start : start + 50]]
        results = get(bench, *elements)
        assert [one.get("attributeValue") for one in results] == [
            row["variableAttribute"][0].get("value") for row in rows[start : start + 50]
        ]


@pytest.mark.shows("GetBaseReport")
def test_b07_fr_07_configuration_inventory_lists_what_can_be_set() -> None:
    bench = Bench201.booted()
    rows = report(bench, "ConfigurationInventory")
    write_only = [name_of(row) for row in rows if row["variableAttribute"][0]["mutability"] == "WriteOnly"]
    assert write_only == ["SecurityCtrlr.BasicAuthPassword"]
    assert {row["variableAttribute"][0]["mutability"] for row in rows} == {"ReadWrite", "WriteOnly"}
    elements = [
        {
            "component": row["component"],
            "variable": row["variable"],
            "attributeValue": row["variableAttribute"][0]["value"],
        }
        for row in rows
        if row["variableAttribute"][0]["mutability"] == "ReadWrite"
    ]
    for start in range(0, len(elements), 50):
        results = put(bench, *elements[start : start + 50])
        assert {one["attributeStatus"] for one in results} <= {"Accepted", "RebootRequired"}


def test_b07_rows_on_the_wire() -> None:
    bench = Bench201.booted()
    rows = {name_of(row): row for row in report(bench, "FullInventory")}
    assert rows["OCPPCommCtrlr.MessageAttempts[TransactionEvent]"] == {
        "component": {"name": "OCPPCommCtrlr"},
        "variable": {"name": "MessageAttempts", "instance": "TransactionEvent"},
        "variableAttribute": [
            {"type": "Actual", "value": "3", "mutability": "ReadWrite", "persistent": True, "constant": False}
        ],
        "variableCharacteristics": {
            "dataType": "integer",
            "supportsMonitoring": True,
            "minLimit": 1,
            "maxLimit": 2147483647,
        },
    }
    assert rows["EVSE.Power"]["variableCharacteristics"] == {
        "dataType": "decimal",
        "supportsMonitoring": True,
        "unit": "W",
        "minLimit": 0,
        "maxLimit": 22080,
    }
    assert rows["TxCtrlr.TxStopPoint"]["variableCharacteristics"] == {
        "dataType": "MemberList",
        "supportsMonitoring": True,
        "valuesList": "EVConnected,Authorized,DataSigned,PowerPathClosed,EnergyTransfer",
    }
    connector = rows["Connector.ConnectorType"]["component"]
    assert connector == {"name": "Connector", "evse": {"id": 2, "connectorId": 1}}


def test_b07_fr_09_summary_inventory_lists_the_condition() -> None:
    bench = Bench201.booted()
    assert [name_of(row) for row in report(bench, "SummaryInventory")] == [
        "ChargingStation.AvailabilityState",
        "EVSE.AvailabilityState",
        "Connector.AvailabilityState",
        "EVSE.AvailabilityState",
        "Connector.AvailabilityState",
    ]
    bench.command(InjectFault(2, 1, "GroundFailure"))
    bench.forget()
    rows = report(bench, "SummaryInventory")
    assert [row["variableAttribute"][0]["value"] for row in rows] == [
        "Available",
        "Available",
        "Available",
        "Faulted",
        "true",
        "true",
        "Faulted",
        "true",
    ]
    assert [name_of(row) for row in rows if row["variableAttribute"][0]["value"] == "true"] == [
        "RCD.Problem",
        "RCD.Tripped",
        "Connector.Problem",
    ]


def test_a_long_report_is_split() -> None:
    evses = tuple(EvseSpec(n, (ConnectorSpec(1), ConnectorSpec(2))) for n in range(1, 31))
    bench = Bench201.booted(spec=two_sockets(evses=evses))
    rows = report(bench, "FullInventory")
    assert len(bench.calls("NotifyReport")) > 4
    assert len({(str(row["component"]), str(row["variable"])) for row in rows}) == len(rows)


def test_the_envelope_of_a_report_fits_into_what_is_kept_for_it() -> None:
    bench = Bench201.booted()
    report(bench, "SummaryInventory", request_id=-(2**31))
    one = bench.calls("NotifyReport")[0]
    assert len(one.text) - len(str(one.payload["reportData"]).encode()) < ENVELOPE_BYTES


def test_b07_bad_input() -> None:
    bench = Bench201.booted()
    assert bench.error("GetBaseReport", {"requestId": 1}) == "OccurrenceConstraintViolation"
    assert bench.error("GetBaseReport", {"requestId": 1, "reportBase": "All"}) == "PropertyConstraintViolation"
    assert bench.calls() == []


@pytest.mark.parametrize(("attached", "value_", "status"), [(True, "false", "Rejected"), (False, "true", "Accepted")])
def test_unlock_on_ev_side_disconnect_is_read_only_false_of_fixed_cables(
    attached: bool, value_: str, status: str
) -> None:
    evses = (EvseSpec(1, (ConnectorSpec(1, cable_attached=attached),)),)
    bench = Bench201.booted(spec=two_sockets(evses=evses))
    named = ("OCPPCommCtrlr", "UnlockOnEVSideDisconnect")
    assert value(bench, *named) == value_
    (result,) = put(bench, element(*named, attributeValue="true"))
    assert result["attributeStatus"] == status
    bench.plug().swipe().wait(10).unplug(at_vehicle=True)
    assert bench.status() == "Available"
