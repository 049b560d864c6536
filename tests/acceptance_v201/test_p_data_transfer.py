"""Block P, data of vendors: cases 01 and 03."""

from typing import Any

from tests.acceptance_v201.bench import StationUnderTest


def test_tc_p_01_cs() -> None:
    """Data transfer to a Charging Station.

    Precondition: the station knows no vendor.
    Requirements: P01.FR.05, P01.FR.06
    Validates: the vendor is unknown.
    """
    station = StationUnderTest.in_state_booted()
    request = {"vendorId": "org.openchargealliance.octt", "messageId": "hello"}
    assert station.answer("DataTransfer", request) == {"status": "UnknownVendorId"}


def test_tc_p_03_cs() -> None:
    """CustomData - receive custom data.

    Precondition: none.
    Requirements: none is named; part 2 chapter 2.1.4 has customData in every object
    Validates: custom data in every object of the request keeps the value from nothing.
    """
    station = StationUnderTest.in_state_booted()
    custom = {"customData": {"vendorId": "org.example", "any": [1, {"deep": True}]}}
    element: dict[str, Any] = {
        "component": {"name": "OCPPCommCtrlr", **custom},
        "variable": {"name": "OfflineThreshold", **custom},
        "attributeType": "Actual",
        **custom,
    }
    setting = {"setVariableData": [{**element, "attributeValue": "200"}], **custom}
    assert station.answer("SetVariables", setting)["setVariableResult"][0]["attributeStatus"] == "Accepted"
    (read,) = station.answer("GetVariables", {"getVariableData": [element], **custom})["getVariableResult"]
    assert (read["attributeStatus"], read["attributeValue"]) == ("Accepted", "200")
