"""Components and variables that a template adds: all attribute types, limits, and what acts after a restart."""

from typing import Any

import pytest

from chargepoint_sim.core.settings import Kind
from chargepoint_sim.core.spec import CustomVariable
from tests.protocol.harness import two_sockets
from tests.protocol.v201.bench import Bench201
from tests.protocol.v201.test_v201_reports import report, wanted
from tests.protocol.v201.test_v201_variables import element, get, put, value

FAN = CustomVariable(
    "AirCoolingSystem",
    "FanSpeed",
    Kind.INTEGER,
    "300",
    unit="RPM",
    minimum=0,
    maximum=1000,
    target=True,
    min_set="200",
    max_set="500",
)
LAMP = CustomVariable(
    "FloodLight",
    "Mode",
    Kind.OPTION,
    "Auto",
    evse_id=1,
    instance="Left",
    component_instance="Roof",
    choices=("Auto", "Off"),
    mutability="ReadWrite",
)
MODEM = CustomVariable("DataLink", "NetworkAddress", Kind.STRING, "10.0.0.1", mutability="ReadWrite", reboot=True)
NAME = CustomVariable("ChargingStation", "Color", Kind.STRING, "blue", constant=True)

TARGET = {"attributeType": "Target"}


def booted() -> Bench201:
    return Bench201.booted(spec=two_sockets(components=(FAN, LAMP, MODEM, NAME)))


def fan(**more: Any) -> dict[str, Any]:
    return element("AirCoolingSystem", "FanSpeed", **more)


def lamp(**more: Any) -> dict[str, Any]:
    found = element("FloodLight", "Mode", evse={"id": 1}, instance="Left", **more)
    found["component"]["instance"] = "Roof"
    return found


def test_the_actual_value_follows_the_target() -> None:
    bench = booted()
    assert value(bench, "AirCoolingSystem", "FanSpeed") == "300"
    assert put(bench, fan(attributeValue="450", **TARGET))[0]["attributeStatus"] == "Accepted"
    assert value(bench, "AirCoolingSystem", "FanSpeed") == "450"
    (actual,) = put(bench, fan(attributeValue="450"))
    assert actual["attributeStatusInfo"] == {"reasonCode": "ReadOnly"}


@pytest.mark.parametrize(
    ("attribute", "text", "reason"),
    [
        ("Target", "501", "ValueOutOfRange"),
        ("Target", "199", "ValueOutOfRange"),
        ("Target", "fast", "InvalidValue"),
        ("MinSet", "301", "ValueOutOfRange"),
        ("MinSet", "-1", "ValueOutOfRange"),
        ("MaxSet", "299", "ValueOutOfRange"),
        ("MaxSet", "1001", "ValueOutOfRange"),
    ],
)
def test_b05_fr_08_a_target_lies_between_its_bounds(attribute: str, text: str, reason: str) -> None:
    bench = booted()
    (result,) = put(bench, fan(attributeValue=text, attributeType=attribute))
    assert result["attributeStatus"] == "Rejected"
    assert result["attributeStatusInfo"]["reasonCode"] == reason
    assert value(bench, "AirCoolingSystem", "FanSpeed", attributeType=attribute) == {
        "Target": "300",
        "MinSet": "200",
        "MaxSet": "500",
    }.get(attribute)


def test_wider_bounds_let_a_target_through() -> None:
    bench = booted()
    results = put(
        bench,
        fan(attributeValue="900", attributeType="MaxSet"),
        fan(attributeValue="800", **TARGET),
        fan(attributeValue="700", attributeType="MaxSet"),
    )
    assert [one["attributeStatus"] for one in results] == ["Accepted", "Accepted", "Rejected"]
    assert value(bench, "AirCoolingSystem", "FanSpeed") == "800"


def test_b07_fr_11_all_attributes_are_reported() -> None:
    bench = booted()
    (row,) = report(bench, componentVariable=[wanted("AirCoolingSystem")])
    assert [(one["type"], one["value"], one["mutability"]) for one in row["variableAttribute"]] == [
        ("Actual", "300", "ReadOnly"),
        ("Target", "300", "ReadWrite"),
        ("MinSet", "200", "ReadWrite"),
        ("MaxSet", "500", "ReadWrite"),
    ]
    characteristics = row["variableCharacteristics"]
    assert (characteristics["unit"], characteristics["minLimit"], characteristics["maxLimit"]) == ("RPM", 0, 1000)


def test_instances_of_components_and_variables() -> None:
    bench = booted()
    assert put(bench, lamp(attributeValue="off"))[0]["attributeStatus"] == "Accepted"
    assert get(bench, lamp())[0]["attributeValue"] == "Off"
    other = lamp()
    other["component"]["instance"] = "Ground"
    without = lamp()
    del without["component"]["instance"]
    right = lamp()
    right["variable"]["instance"] = "Right"
    statuses = [one["attributeStatus"] for one in get(bench, other, without, right)]
    assert statuses == ["UnknownComponent", "UnknownComponent", "UnknownVariable"]
    (refused,) = put(bench, lamp(attributeValue="Bright"))
    assert refused["attributeStatusInfo"]["reasonCode"] == "InvalidValue"
    (row,) = report(bench, componentVariable=[wanted("FloodLight")])  # B08.FR.25
    assert row["component"] == {"name": "FloodLight", "instance": "Roof", "evse": {"id": 1}}


def test_reboot_required() -> None:
    bench = booted()
    (result,) = put(bench, element("DataLink", "NetworkAddress", attributeValue="10.0.0.9"))
    assert result["attributeStatus"] == "RebootRequired"
    assert value(bench, "DataLink", "NetworkAddress") == "10.0.0.1"
    bench.answer("Reset", {"type": "Immediate"})
    bench.wait(60)
    assert value(bench, "DataLink", "NetworkAddress") == "10.0.0.9"


def test_a_variable_is_added_to_a_standard_component() -> None:
    bench = booted()
    assert value(bench, "ChargingStation", "Color") == "blue"
    assert value(bench, "ChargingStation", "Model") == "Model"
    (result,) = put(bench, element("ChargingStation", "Color", attributeValue="red"))
    assert result["attributeStatusInfo"] == {"reasonCode": "ReadOnly"}
