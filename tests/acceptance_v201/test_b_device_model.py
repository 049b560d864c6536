"""Block B, variables and reports: cases 06 to 18, 32 to 39 and 53 to 56."""

from collections.abc import Mapping
from typing import Any

import pytest

from chargepoint_sim.core.availability import ConnectorStatus
from chargepoint_sim.core.settings import SETTINGS
from tests.acceptance_v201.bench import PLACE, StationUnderTest, named, report_rows

THRESHOLD = ("OCPPCommCtrlr", "OfflineThreshold")
LOCAL_OFFLINE = ("AuthCtrlr", "LocalAuthorizeOffline")
REQUEST = 714
LISTS = ("OptionList", "MemberList", "SequenceList")


REQUIRED: Mapping[str, tuple[str, ...]] = {
    "AlignedDataCtrlr": ("Interval", "Measurands", "TxEndedInterval", "TxEndedMeasurands"),
    "AuthCtrlr": ("AuthorizeRemoteStart", "LocalAuthorizeOffline", "LocalPreAuthorize"),
    "ChargingStation": ("AvailabilityState", "Available", "SupplyPhases"),
    "ClockCtrlr": ("DateTime", "TimeSource"),
    "Connector": ("Available", "ConnectorType", "SupplyPhases"),
    "DeviceDataCtrlr": tuple(
        f"{limit}[{action}]"
        for limit in ("BytesPerMessage", "ItemsPerMessage")
        for action in ("GetReport", "GetVariables", "SetVariables")
    ),
    "EVSE": ("AvailabilityState", "Available", "Power", "SupplyPhases"),
    "MonitoringCtrlr": ("BytesPerMessage[SetVariableMonitoring]", "ItemsPerMessage[SetVariableMonitoring]"),
    "OCPPCommCtrlr": (
        "FileTransferProtocols",
        "MessageAttemptInterval[TransactionEvent]",
        "MessageAttempts[TransactionEvent]",
        "MessageTimeout[Default]",
        "NetworkConfigurationPriority",
        "NetworkProfileConnectionAttempts",
        "OfflineThreshold",
        "ResetRetries",
        "RetryBackOffRandomRange",
        "RetryBackOffRepeatTimes",
        "RetryBackOffWaitMinimum",
        "UnlockOnEVSideDisconnect",
        "WebSocketPingInterval",
    ),
    "SampledDataCtrlr": (
        "TxEndedInterval",
        "TxEndedMeasurands",
        "TxStartedMeasurands",
        "TxUpdatedInterval",
        "TxUpdatedMeasurands",
    ),
    "SecurityCtrlr": ("CertificateEntries", "OrganizationName", "SecurityProfile"),
    "TxCtrlr": ("EVConnectionTimeOut", "StopTxOnEVSideDisconnect", "StopTxOnInvalidId", "TxStartPoint", "TxStopPoint"),
}
"""Component -> its variables that every station of Core, and one with monitoring, must have (appendix 3, part 4)."""

OF_OTHER_BLOCKS: Mapping[str, tuple[str, ...]] = {
    "DisplayMessageCtrlr": ("DisplayMessages", "SupportedFormats", "SupportedPriorities"),
    "ISO15118Ctrlr": ("ContractValidationOffline",),
    "LocalAuthListCtrlr": ("BytesPerMessage", "Entries", "ItemsPerMessage"),
    "SmartChargingCtrlr": (
        "Entries[ChargingProfiles]",
        "LimitChangeSignificance",
        "PeriodsPerSchedule",
        "ProfileStackLevel",
        "RateUnit",
    ),
    "TariffCostCtrlr": ("Currency", "TariffFallbackMessage", "TotalCostFallbackMessage"),
}
"""The same of blocks that a station may lack."""


def get(station: StationUnderTest, *elements: dict[str, Any]) -> list[dict[str, Any]]:
    results: list[dict[str, Any]] = station.answer("GetVariables", {"getVariableData": elements})["getVariableResult"]
    return results


def put(station: StationUnderTest, *elements: dict[str, Any]) -> list[dict[str, Any]]:
    results: list[dict[str, Any]] = station.answer("SetVariables", {"setVariableData": elements})["setVariableResult"]
    return results


def base_report(station: StationUnderTest, base: str) -> list[dict[str, Any]]:
    request = {"requestId": REQUEST, "reportBase": base}
    assert station.answer("GetBaseReport", request) == {"status": "Accepted"}
    return report_rows(station, "NotifyReport", "reportData", REQUEST)


def custom_report(station: StationUnderTest, **request: Any) -> list[dict[str, Any]]:
    station.forget()
    assert station.answer("GetReport", {"requestId": REQUEST, **request}) == {"status": "Accepted"}
    return report_rows(station, "NotifyReport", "reportData", REQUEST)


def is_well_described(row: dict[str, Any]) -> bool:
    """A row has characteristics, and with a list type the list of its values."""
    characteristics = row["variableCharacteristics"]
    return characteristics["dataType"] not in LISTS or bool(characteristics.get("valuesList"))


def titles(rows: list[dict[str, Any]]) -> set[str]:
    return {
        f"{row['component']['name']}.{row['variable']['name']}"
        + (f"[{row['variable']['instance']}]" if "instance" in row["variable"] else "")
        for row in rows
    }


def test_tc_b_06_cs() -> None:
    """Get Variables - single value.

    Precondition: OfflineThreshold of OCPPCommCtrlr is 300.
    Requirements: B06.FR.01, B06.FR.02, B06.FR.03, B06.FR.04, B06.FR.10, B06.FR.11
    Validates: the value of the attribute asked for, with the names that were asked for.
    """
    station = StationUnderTest.in_state_booted(settings={"OCPPCommCtrlr.OfflineThreshold": "300"})
    assert get(station, named(*THRESHOLD, attributeType="Actual")) == [
        {
            "attributeStatus": "Accepted",
            "attributeType": "Actual",
            "attributeValue": "300",
            "component": {"name": "OCPPCommCtrlr"},
            "variable": {"name": "OfflineThreshold"},
        }
    ]


def test_tc_b_07_cs() -> None:
    """Get Variables - multiple values.

    Precondition: OfflineThreshold is 300, LocalAuthorizeOffline of AuthCtrlr is true.
    Requirements: B06.FR.01, B06.FR.02, B06.FR.03, B06.FR.04, B06.FR.10
    Validates: one accepted result per element, each with its own value.
    """
    station = StationUnderTest.in_state_booted(
        settings={"OCPPCommCtrlr.OfflineThreshold": "300", "AuthCtrlr.LocalAuthorizeOffline": "true"}
    )
    results = get(station, named(*THRESHOLD, attributeType="Actual"), named(*LOCAL_OFFLINE, attributeType="Actual"))
    assert [(one["attributeStatus"], one["variable"]["name"], one["attributeValue"]) for one in results] == [
        ("Accepted", "OfflineThreshold", "300"),
        ("Accepted", "LocalAuthorizeOffline", "true"),
    ]
    assert {one["attributeType"] for one in results} == {"Actual"}


def test_tc_b_09_cs() -> None:
    """Set Variables - single value.

    Precondition: none.
    Requirements: B05.FR.01, B05.FR.02, B05.FR.03, B05.FR.10, B05.FR.12
    Validates: the element is accepted under the names that were given, and the value is read back.
    """
    station = StationUnderTest.in_state_booted()
    assert put(station, named(*THRESHOLD, attributeValue="300", attributeType="Actual")) == [
        {
            "attributeStatus": "Accepted",
            "attributeType": "Actual",
            "component": {"name": "OCPPCommCtrlr"},
            "variable": {"name": "OfflineThreshold"},
        }
    ]
    assert get(station, named(*THRESHOLD))[0]["attributeValue"] == "300"


def test_tc_b_10_cs() -> None:
    """Set Variables - multiple values.

    Precondition: none.
    Requirements: B05.FR.01, B05.FR.02, B05.FR.03, B05.FR.10, B05.FR.12
    Validates: one accepted result per element, and both values are read back.
    """
    station = StationUnderTest.in_state_booted()
    results = put(
        station,
        named(*THRESHOLD, attributeValue="300", attributeType="Actual"),
        named(*LOCAL_OFFLINE, attributeValue="true", attributeType="Actual"),
    )
    assert [(one["attributeStatus"], one["attributeType"], one["variable"]["name"]) for one in results] == [
        ("Accepted", "Actual", "OfflineThreshold"),
        ("Accepted", "Actual", "LocalAuthorizeOffline"),
    ]
    assert [one["attributeValue"] for one in get(station, named(*THRESHOLD), named(*LOCAL_OFFLINE))] == ["300", "true"]


@pytest.mark.parametrize(
    ("variable", "fitting"),
    [
        (THRESHOLD, ("30", "90")),
        (("SmartChargingCtrlr", "LimitChangeSignificance"), ("30", "30.1", "90")),
        (("AuthCtrlr", "AuthorizeRemoteStart"), ("true",)),
    ],
)
def test_tc_b_11_cs(variable: tuple[str, str], fitting: tuple[str, ...]) -> None:
    """Set Variables - invalidly formatted values.

    Precondition: none; the date of ClockCtrlr is left out, for the station does not show that variable.
    Requirements: B05.FR.07
    Validates: a value of another type is rejected with InvalidValue and changes nothing, one that fits is accepted.
    """
    station = StationUnderTest.in_state_booted()
    before = get(station, named(*variable))[0]["attributeValue"]
    for text in ("30", "30.1", "90", "true", station.stamp, "abc"):
        (result,) = put(station, named(*variable, attributeValue=text))
        if text in fitting:
            assert result["attributeStatus"] == "Accepted"
            before = text
        else:
            assert result["attributeStatus"] == "Rejected"
            assert result["attributeStatusInfo"]["reasonCode"] == "InvalidValue"
        assert get(station, named(*variable))[0]["attributeValue"] == before


def test_tc_b_12_cs() -> None:
    """Get Base Report - ConfigurationInventory.

    Precondition: none.
    Requirements: B07.FR.01, B07.FR.03, B07.FR.04, B07.FR.07, B07.FR.10, B07.FR.12
    Validates: parts in order, characteristics with value lists, only what can be set, all settable required ones.
    """
    rows = base_report(StationUnderTest.in_state_booted(), "ConfigurationInventory")
    assert all(is_well_described(row) for row in rows)
    assert {row["variableAttribute"][0]["mutability"] for row in rows} <= {"ReadWrite", "WriteOnly"}
    assert {
        "AlignedDataCtrlr.Interval",
        "AuthCtrlr.LocalAuthorizeOffline",
        "OCPPCommCtrlr.OfflineThreshold",
        "OCPPCommCtrlr.ResetRetries",
        "SampledDataCtrlr.TxUpdatedInterval",
        "TxCtrlr.EVConnectionTimeOut",
        "TxCtrlr.StopTxOnInvalidId",
    } <= titles(rows)


def test_tc_b_13_cs() -> None:
    """Get Base Report - FullInventory.

    Precondition: none.
    Requirements: B07.FR.01, B07.FR.03, B07.FR.04, B07.FR.08, B07.FR.10, B07.FR.12
    Validates: parts in order, characteristics with value lists, the required variables of infrastructure and Core.
    """
    rows = base_report(StationUnderTest.in_state_booted(), "FullInventory")
    assert all(is_well_described(row) for row in rows)
    required = {
        "ChargingStation.Available",
        "ChargingStation.AvailabilityState",
        "ChargingStation.SupplyPhases",
        "ClockCtrlr.DateTime",
        "ClockCtrlr.TimeSource",
        "Connector.Available",
        "Connector.ConnectorType",
        "Connector.SupplyPhases",
        "EVSE.Available",
        "EVSE.AvailabilityState",
        "EVSE.Power",
        "EVSE.SupplyPhases",
        "OCPPCommCtrlr.FileTransferProtocols",
        "OCPPCommCtrlr.NetworkConfigurationPriority",
        "OCPPCommCtrlr.NetworkProfileConnectionAttempts",
        "SecurityCtrlr.CertificateEntries",
        "SecurityCtrlr.OrganizationName",
        "SecurityCtrlr.SecurityProfile",
        *(f"DeviceDataCtrlr.BytesPerMessage[{one}]" for one in ("GetReport", "GetVariables", "SetVariables")),
        *(f"DeviceDataCtrlr.ItemsPerMessage[{one}]" for one in ("GetReport", "GetVariables", "SetVariables")),
        *(name for name in SETTINGS if name.startswith(("AuthCtrlr.", "SampledDataCtrlr.", "TxCtrlr."))),
    }
    assert required <= titles(rows)
    powers = [row for row in rows if (row["component"]["name"], row["variable"]["name"]) == ("EVSE", "Power")]
    assert all(row["variableCharacteristics"]["maxLimit"] == 22080 for row in powers)


def test_tc_b_14_cs() -> None:
    """Get Base Report - SummaryInventory.

    Precondition: the station supports the report.
    Requirements: B07.FR.01, B07.FR.03, B07.FR.04, B07.FR.09, B07.FR.10, B07.FR.12
    Validates: AvailabilityState of station, EVSEs and connectors, with characteristics, and nothing that is in order.
    """
    rows = base_report(StationUnderTest.in_state_booted(), "SummaryInventory")
    assert all(is_well_described(row) for row in rows)
    assert titles(rows) == {
        "ChargingStation.AvailabilityState",
        "EVSE.AvailabilityState",
        "Connector.AvailabilityState",
    }
    assert len([row for row in rows if row["component"]["name"] == "EVSE"]) == 2


def test_tc_b_16_cs() -> None:
    """Get Custom Report - with component criteria.

    Precondition: the station supports custom reports.
    Requirements: B08.FR.01, B08.FR.03, B08.FR.04, B08.FR.09, B08.FR.12, B08.FR.13, B08.FR.14, B06.FR.09
    Validates: every variable Enabled that is true in the full inventory is reported; all reads agree with the report.
    """
    station = StationUnderTest.in_state_booted()
    full = base_report(station, "FullInventory")
    rows = custom_report(station, componentCriteria=["Enabled"])
    enabled = [row for row in full if row["variable"]["name"] == "Enabled"]
    assert [row for row in rows if row["variable"]["name"] == "Enabled"] == [
        row for row in enabled if row["variableAttribute"][0]["value"] == "true"
    ]
    for start in range(0, len(rows), 50):
        part = rows[start : start + 50]
        results = get(station, *({"component": row["component"], "variable": row["variable"]} for row in part))
        for row, result in zip(part, results, strict=True):
            attribute = row["variableAttribute"][0]
            write_only = attribute["mutability"] == "WriteOnly"
            assert result["attributeStatus"] == ("Rejected" if write_only else "Accepted")
            assert result.get("attributeValue") == attribute.get("value")


def test_tc_b_17_cs() -> None:
    """Get Custom Report - with component/variable.

    Precondition: the station supports custom reports.
    Requirements: B08.FR.01, B08.FR.03, B08.FR.04, B08.FR.11, B08.FR.12, B08.FR.14
    Validates: one row, AvailabilityState of the EVSE, read-only, with its list of values.
    """
    station = StationUnderTest.in_state_booted()
    (row,) = custom_report(station, componentVariable=[named("EVSE", "AvailabilityState", evse=PLACE)])
    assert (row["component"], row["variable"]) == ({"name": "EVSE", "evse": PLACE}, {"name": "AvailabilityState"})
    characteristics, (attribute,) = row["variableCharacteristics"], row["variableAttribute"]
    assert characteristics["dataType"] == "OptionList"
    assert set(characteristics["valuesList"].split(",")) == {status.value for status in ConnectorStatus}
    assert (attribute["type"], attribute["mutability"]) == ("Actual", "ReadOnly")


def test_tc_b_18_cs() -> None:
    """Get Custom Report - with component criteria and component/variable.

    Precondition: the station supports custom reports; the EVSE has no problem.
    Requirements: B08.FR.01, B08.FR.03, B08.FR.04, B08.FR.05, B08.FR.11, B08.FR.12, B08.FR.14, B08.FR.15
    Validates: the variable of the available EVSE is reported; asked for with Problem, the result set is empty.
    """
    station = StationUnderTest.in_state_booted()
    wanted = [named("EVSE", "AvailabilityState", evse=PLACE)]
    (row,) = custom_report(station, componentCriteria=["Available"], componentVariable=wanted)
    assert row["variableCharacteristics"]["dataType"] == "OptionList"
    assert row["variableAttribute"][0]["value"] == "Available"
    station.forget()
    request = {"requestId": REQUEST + 1, "componentCriteria": ["Problem"], "componentVariable": wanted}
    assert station.answer("GetReport", request)["status"] == "EmptyResultSet"
    station.wait(30)
    assert station.calls("NotifyReport") == []


def test_tc_b_32_cs() -> None:
    """Get Variables - Unknown component.

    Precondition: none.
    Requirements: B06.FR.06
    Validates: UnknownComponent, with the names that were asked for and no value.
    """
    (result,) = get(StationUnderTest.in_state_booted(), named("UnknownComponent", "OfflineThreshold"))
    assert result == {
        "attributeStatus": "UnknownComponent",
        "attributeType": "Actual",
        "component": {"name": "UnknownComponent"},
        "variable": {"name": "OfflineThreshold"},
    }


def test_tc_b_33_cs() -> None:
    """Get Variables - Unknown variable.

    Precondition: none.
    Requirements: B06.FR.07
    Validates: UnknownVariable, with the names that were asked for and no value.
    """
    (result,) = get(StationUnderTest.in_state_booted(), named("OCPPCommCtrlr", "UnknownVariable"))
    assert result == {
        "attributeStatus": "UnknownVariable",
        "attributeType": "Actual",
        "component": {"name": "OCPPCommCtrlr"},
        "variable": {"name": "UnknownVariable"},
    }


def test_tc_b_34_cs() -> None:
    """Get Variables - Not supported attribute type.

    Precondition: none.
    Requirements: B06.FR.08
    Validates: NotSupportedAttributeType for Target, with the names that were asked for and no value.
    """
    (result,) = get(StationUnderTest.in_state_booted(), named(*THRESHOLD, attributeType="Target"))
    assert result == {
        "attributeStatus": "NotSupportedAttributeType",
        "attributeType": "Target",
        "component": {"name": "OCPPCommCtrlr"},
        "variable": {"name": "OfflineThreshold"},
    }


def test_tc_b_35_cs() -> None:
    """Set Variables - Unknown component.

    Precondition: none.
    Requirements: B05.FR.04
    Validates: UnknownComponent, with the names that were given.
    """
    station = StationUnderTest.in_state_booted()
    (result,) = put(station, named("UnknownComponent", "OfflineThreshold", attributeValue="1"))
    assert result["attributeStatus"] == "UnknownComponent"
    assert (result["component"]["name"], result["variable"]["name"]) == ("UnknownComponent", "OfflineThreshold")


def test_tc_b_36_cs() -> None:
    """Set Variables - Unknown variable.

    Precondition: none.
    Requirements: B05.FR.05
    Validates: UnknownVariable, with the names that were given.
    """
    station = StationUnderTest.in_state_booted()
    (result,) = put(station, named("OCPPCommCtrlr", "UnknownVariable", attributeValue="1"))
    assert result["attributeStatus"] == "UnknownVariable"
    assert (result["component"]["name"], result["variable"]["name"]) == ("OCPPCommCtrlr", "UnknownVariable")


def test_tc_b_37_cs() -> None:
    """Set Variables - Not supported attribute type.

    Precondition: none.
    Requirements: B05.FR.06
    Validates: NotSupportedAttributeType for Target, with the names that were given; the actual value stays.
    """
    station = StationUnderTest.in_state_booted()
    (result,) = put(station, named(*THRESHOLD, attributeValue="1", attributeType="Target"))
    assert (result["attributeStatus"], result["attributeType"]) == ("NotSupportedAttributeType", "Target")
    assert (result["component"]["name"], result["variable"]["name"]) == THRESHOLD
    assert get(station, named(*THRESHOLD))[0]["attributeValue"] == "60"


def test_tc_b_39_cs() -> None:
    """Set Variables - Read-only.

    Precondition: none.
    Requirements: B05.FR.09
    Validates: MessageTimeout, instance Default, is rejected under the names that were given, and stays as it was.
    """
    station = StationUnderTest.in_state_booted()
    timeout = named("OCPPCommCtrlr", "MessageTimeout", instance="Default")
    before = get(station, timeout)[0]["attributeValue"]
    (result,) = put(station, {**timeout, "attributeValue": "10"})
    assert (result["attributeStatus"], result["attributeStatusInfo"]["reasonCode"]) == ("Rejected", "ReadOnly")
    assert (result["component"], result["variable"]) == (timeout["component"], timeout["variable"])
    assert get(station, timeout)[0]["attributeValue"] == before


def test_tc_b_53_cs() -> None:
    """Get Base Report - Test mandatory DM variables via FullInventory.

    Precondition: none.
    Requirements: the required variables of the chapter on referenced components and variables
    Validates: all of them are there; values of lists are among those allowed; write-only ones have no value.
    """
    rows = base_report(StationUnderTest.in_state_booted(), "FullInventory")
    shown = titles(rows)
    components = {row["component"]["name"] for row in rows}
    built = {name: names for name, names in OF_OTHER_BLOCKS.items() if name in components}
    required = {f"{component}.{name}" for component, names in (REQUIRED | built).items() for name in names}
    assert required - shown == set()
    for row in rows:
        assert is_well_described(row)
        attribute, characteristics = row["variableAttribute"][0], row["variableCharacteristics"]
        assert ("value" in attribute) == (attribute["mutability"] != "WriteOnly")
        if characteristics["dataType"] in LISTS:
            members = [member for member in attribute["value"].split(",") if member]
            assert set(members) <= set(characteristics["valuesList"].split(","))


def test_tc_b_54_cs() -> None:
    """Get Custom Report - with component/variable, but no instance.

    Precondition: the station supports custom reports.
    Requirements: B08.FR.01, B08.FR.03, B08.FR.04, B08.FR.11, B08.FR.12, B08.FR.14, B08.FR.21
    Validates: every instance of ItemsPerMessage of DeviceDataCtrlr is reported.
    """
    rows = custom_report(
        StationUnderTest.in_state_booted(), componentVariable=[named("DeviceDataCtrlr", "ItemsPerMessage")]
    )
    assert titles(rows) == {
        f"DeviceDataCtrlr.ItemsPerMessage[{instance}]" for instance in ("GetReport", "GetVariables", "SetVariables")
    }


def test_tc_b_55_cs() -> None:
    """Get Custom Report - with component/variable/instance.

    Precondition: the station supports custom reports.
    Requirements: B08.FR.01, B08.FR.03, B08.FR.04, B08.FR.11, B08.FR.12, B08.FR.14
    Validates: the instance that was asked for is reported, and no other.
    """
    rows = custom_report(
        StationUnderTest.in_state_booted(),
        componentVariable=[named("DeviceDataCtrlr", "ItemsPerMessage", instance="GetReport")],
    )
    assert titles(rows) == {"DeviceDataCtrlr.ItemsPerMessage[GetReport]"}


def test_tc_b_56_cs() -> None:
    """Get Custom Report - with component/variable, but no evseId.

    Precondition: the station supports custom reports.
    Requirements: B08.FR.01, B08.FR.03, B08.FR.04, B08.FR.11, B08.FR.12, B08.FR.14, B08.FR.23
    Validates: AvailabilityState of every EVSE of the station is reported.
    """
    station = StationUnderTest.in_state_booted()
    rows = custom_report(station, componentVariable=[named("EVSE", "AvailabilityState")])
    assert [row["component"] for row in rows] == [{"name": "EVSE", "evse": {"id": n}} for n in (1, 2)]
    assert titles(rows) == {"EVSE.AvailabilityState"}
