"""Whole sessions against a central system that shares no code with ours: `ocpp.routing` and `ocpp.charge_point`."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import ocpp.v16.call as call16
import ocpp.v201.call as call201
import pytest

from chargepoint_sim.clock import parse_utc
from chargepoint_sim.core.commands import IdToken, PlugIn, PresentToken, Unplug
from chargepoint_sim.daemon import Daemon
from tests.fleets import do, fleet, template
from tests.other_csms import OtherCsms

TAG = IdToken("TAG-1")
INTERVAL_S = 1
"""Between samples: real seconds, for a foreign central system lives in real time."""


@pytest.fixture
async def csms() -> AsyncIterator[OtherCsms]:
    async with OtherCsms() as csms:
        yield csms


@pytest.fixture
async def daemon(tmp_path: Path, csms: OtherCsms) -> AsyncIterator[Daemon]:
    """Two chargers, one of each version, with an EVSE of 22 kW."""
    kinds = {
        "often16": template("1.6", settings={"MeterValueSampleInterval": INTERVAL_S}),
        "often201": template("2.0.1", settings={"SampledDataCtrlr.TxUpdatedInterval": INTERVAL_S}),
    }
    groups = [{"template": "often16", "id": "CP-16"}, {"template": "often201", "id": "CP-201"}]
    async with Daemon(fleet(tmp_path, groups, csms={"url": csms.url}, templates=kinds)) as daemon:
        yield daemon


def states(csms: OtherCsms, identity: str) -> list[str]:
    """What StatusNotification has told of connector 1, in order."""
    told = csms.called(identity, "StatusNotification")
    return [one.get("connector_status") or one["status"] for one in told if one["connector_id"] == 1]


async def available(csms: OtherCsms, identity: str, after: int = 0) -> None:
    await csms.wait_call(
        identity,
        "StatusNotification",
        lambda one: one["connector_id"] == 1 and "Available" in (one.get("status"), one.get("connector_status")),
        after=after,
    )


def registers(meter_values: list[dict[str, Any]]) -> list[float]:
    """The energy registers of some messages, in order."""
    return [
        float(value["value"])
        for message in meter_values
        for element in message.get("meter_value", ())
        for value in element["sampled_value"]
        if value.get("measurand", "Energy.Active.Import.Register") == "Energy.Active.Import.Register"
    ]


async def test_a_session_of_1_6_from_boot_to_local_stop(csms: OtherCsms, daemon: Daemon) -> None:
    await available(csms, "CP-16")
    assert [call.action for call in csms.calls["CP-16"][:2]] == ["BootNotification", "StatusNotification"]
    await do(daemon, "CP-16", PlugIn(vehicle="truck", soc=0.2))
    await do(daemon, "CP-16", PresentToken(id_token=TAG))
    start = await csms.wait_call("CP-16", "StartTransaction")
    assert (start["connector_id"], start["id_tag"], start["meter_start"]) == (1, "TAG-1", 0)
    assert csms.called("CP-16", "Authorize") == [{"id_tag": "TAG-1"}]
    await csms.wait_call("CP-16", "StatusNotification", lambda one: one["status"] == "Charging")
    await csms.wait_call("CP-16", "MeterValues", lambda one: registers([one])[0] >= 10, timeout_s=15)
    await do(daemon, "CP-16", PresentToken(id_token=TAG))
    stop = await csms.wait_call("CP-16", "StopTransaction")
    await do(daemon, "CP-16", Unplug())
    await available(csms, "CP-16", after=5)

    values = csms.called("CP-16", "MeterValues")
    assert {one["transaction_id"] for one in values} == {7001}
    assert (stop["transaction_id"], stop["id_tag"], stop.get("reason", "Local")) == (7001, "TAG-1", "Local")
    told = [*registers(values), stop["meter_stop"]]
    assert told == sorted(told)
    elapsed_h = (parse_utc(stop["timestamp"]) - parse_utc(start["timestamp"])) / 3600
    assert 0 < stop["meter_stop"] <= 22080 * elapsed_h
    assert states(csms, "CP-16") == ["Available", "Preparing", "Charging", "Finishing", "Available"]
    assert csms.called("CP-16", "BootNotification")[0]["charge_point_vendor"] == "Example"


async def test_a_session_of_2_0_1_from_boot_to_local_stop(csms: OtherCsms, daemon: Daemon) -> None:
    await available(csms, "CP-201")
    assert [call.action for call in csms.calls["CP-201"][:2]] == ["BootNotification", "StatusNotification"]
    assert csms.called("CP-201", "BootNotification")[0]["reason"] == "PowerUp"
    await do(daemon, "CP-201", PlugIn(vehicle="truck", soc=0.2))
    await do(daemon, "CP-201", PresentToken(id_token=TAG))
    await csms.wait_call("CP-201", "TransactionEvent", lambda one: (registers([one]) or [0])[-1] >= 10, timeout_s=15)
    await do(daemon, "CP-201", PresentToken(id_token=TAG))
    await do(daemon, "CP-201", Unplug())
    end = await csms.wait_call("CP-201", "TransactionEvent", lambda one: one["event_type"] == "Ended")

    events = csms.called("CP-201", "TransactionEvent")
    assert csms.called("CP-201", "Authorize")[0]["id_token"] == {"id_token": "TAG-1", "type": "ISO14443"}
    assert [one["seq_no"] for one in events] == list(range(len(events)))
    assert [one["event_type"] for one in events] == ["Started", *["Updated"] * (len(events) - 2), "Ended"]
    assert len({one["transaction_info"]["transaction_id"] for one in events}) == 1
    triggers = [one["trigger_reason"] for one in events]
    for trigger in ("CablePluggedIn", "Authorized", "ChargingStateChanged", "MeterValuePeriodic", "StopAuthorized"):
        assert trigger in triggers
    assert end["transaction_info"].get("stopped_reason", "Local") == "Local"
    told = [*registers(events[:-1]), registers([end])[-1]]
    assert told == sorted(told)
    assert registers([end])[0] == told[0] == 0, "the end repeats the beginning"
    assert states(csms, "CP-201") == ["Available", "Occupied", "Available"]


async def test_remote_start_and_stop_of_1_6(csms: OtherCsms, daemon: Daemon) -> None:
    await available(csms, "CP-16")
    answer = await csms.call("CP-16", call16.RemoteStartTransaction(id_tag="TAG-2", connector_id=1))
    assert answer.status == "Accepted"
    await do(daemon, "CP-16", PlugIn(vehicle="truck", soc=0.2))
    start = await csms.wait_call("CP-16", "StartTransaction")
    assert start["id_tag"] == "TAG-2"
    await csms.wait_call("CP-16", "StatusNotification", lambda one: one["status"] == "Charging")
    assert (await csms.call("CP-16", call16.RemoteStopTransaction(transaction_id=1))).status == "Rejected"
    assert (await csms.call("CP-16", call16.RemoteStopTransaction(transaction_id=7001))).status == "Accepted"
    stop = await csms.wait_call("CP-16", "StopTransaction")
    assert (stop["reason"], stop["transaction_id"]) == ("Remote", 7001)
    await csms.wait_call("CP-16", "StatusNotification", lambda one: one["status"] == "Finishing")


async def test_remote_start_and_stop_of_2_0_1(csms: OtherCsms, daemon: Daemon) -> None:
    await available(csms, "CP-201")
    token = {"idToken": "TAG-2", "type": "ISO14443"}
    answer = await csms.call("CP-201", call201.RequestStartTransaction(id_token=token, remote_start_id=77, evse_id=1))
    assert answer.status == "Accepted"
    await do(daemon, "CP-201", PlugIn(vehicle="truck", soc=0.2))
    first = await csms.wait_call("CP-201", "TransactionEvent", lambda one: "remote_start_id" in one["transaction_info"])
    transaction_id = first["transaction_info"]["transaction_id"]
    assert first["transaction_info"]["remote_start_id"] == 77
    await csms.wait_call(
        "CP-201", "TransactionEvent", lambda one: one["transaction_info"].get("charging_state") == "Charging"
    )
    assert (await csms.call("CP-201", call201.RequestStopTransaction(transaction_id="nobody's"))).status == "Rejected"
    answer = await csms.call("CP-201", call201.RequestStopTransaction(transaction_id=transaction_id))
    assert answer.status == "Accepted"
    await csms.wait_call("CP-201", "TransactionEvent", lambda one: one["trigger_reason"] == "RemoteStop")
    await do(daemon, "CP-201", Unplug())
    end = await csms.wait_call("CP-201", "TransactionEvent", lambda one: one["event_type"] == "Ended")
    assert end["transaction_info"]["stopped_reason"] == "Remote"


async def test_the_configuration_of_1_6_is_read_and_drives_behaviour(csms: OtherCsms, daemon: Daemon) -> None:
    await available(csms, "CP-16")
    answer = await csms.call("CP-16", call16.GetConfiguration(key=["HeartbeatInterval", "Nonsense"]))
    assert [(one["key"], one["value"]) for one in answer.configuration_key] == [("HeartbeatInterval", "300")]
    assert answer.unknown_key == ["Nonsense"]
    everything = await csms.call("CP-16", call16.GetConfiguration())
    names = {one["key"] for one in everything.configuration_key}
    assert {"NumberOfConnectors", "SupportedFeatureProfiles", "MeterValueSampleInterval"} <= names
    answer = await csms.call("CP-16", call16.ChangeConfiguration(key="HeartbeatInterval", value="1"))
    assert answer.status == "Accepted"
    await csms.wait_call("CP-16", "Heartbeat")


async def test_the_device_model_of_2_0_1_is_read_and_drives_behaviour(csms: OtherCsms, daemon: Daemon) -> None:
    await available(csms, "CP-201")
    place: dict[str, Any] = {"component": {"name": "OCPPCommCtrlr"}, "variable": {"name": "HeartbeatInterval"}}
    answer = await csms.call("CP-201", call201.GetVariables(get_variable_data=[place]))
    (result,) = answer.get_variable_result
    assert (result["attribute_status"], result["attribute_value"]) == ("Accepted", "300")
    answer = await csms.call("CP-201", call201.GetBaseReport(request_id=5, report_base="FullInventory"))
    assert answer.status == "Accepted"
    await csms.wait_call("CP-201", "NotifyReport", lambda one: not one.get("tbc", False))
    reports = csms.called("CP-201", "NotifyReport")
    assert [one["seq_no"] for one in reports] == list(range(len(reports)))
    assert {one["request_id"] for one in reports} == {5}
    variables = {(one["component"]["name"], one["variable"]["name"]) for part in reports for one in part["report_data"]}
    assert {("OCPPCommCtrlr", "HeartbeatInterval"), ("EVSE", "Power"), ("Connector", "ConnectorType")} <= variables
    answer = await csms.call("CP-201", call201.SetVariables(set_variable_data=[{**place, "attribute_value": "1"}]))
    assert answer.set_variable_result[0]["attribute_status"] == "Accepted"
    await csms.wait_call("CP-201", "Heartbeat")


@pytest.mark.parametrize("kind", ["Soft", "Hard"])
async def test_reset_of_1_6_ends_the_session_closes_the_socket_and_boots_anew(
    csms: OtherCsms, daemon: Daemon, kind: str
) -> None:
    await available(csms, "CP-16")
    await do(daemon, "CP-16", PlugIn(vehicle="truck", soc=0.2))
    await do(daemon, "CP-16", PresentToken(id_token=TAG))
    await csms.wait_call("CP-16", "StatusNotification", lambda one: one["status"] == "Charging")
    seen = len(csms.calls["CP-16"])
    assert (await csms.call("CP-16", call16.Reset(type=kind))).status == "Accepted"
    stop = await csms.wait_call("CP-16", "StopTransaction", after=seen)
    assert stop["reason"] == f"{kind}Reset"
    await csms.wait_call("CP-16", "BootNotification", after=seen)
    assert len(csms.called("CP-16", "BootNotification")) == 2


async def test_reset_of_2_0_1_boots_anew_and_says_why(csms: OtherCsms, daemon: Daemon) -> None:
    await available(csms, "CP-201")
    assert (await csms.call("CP-201", call201.Reset(type="Immediate"))).status == "Accepted"
    boot = await csms.wait_call("CP-201", "BootNotification", lambda one: one["reason"] != "PowerUp")
    assert boot["reason"] == "RemoteReset"


async def test_change_availability_of_1_6(csms: OtherCsms, daemon: Daemon) -> None:
    await available(csms, "CP-16")
    answer = await csms.call("CP-16", call16.ChangeAvailability(connector_id=1, type="Inoperative"))
    assert answer.status == "Accepted"
    await csms.wait_call("CP-16", "StatusNotification", lambda one: one["status"] == "Unavailable")
    seen = len(csms.calls["CP-16"])
    assert (await csms.call("CP-16", call16.ChangeAvailability(connector_id=1, type="Operative"))).status == "Accepted"
    await available(csms, "CP-16", after=seen)


async def test_change_availability_of_2_0_1(csms: OtherCsms, daemon: Daemon) -> None:
    await available(csms, "CP-201")
    evse = {"id": 1}
    answer = await csms.call("CP-201", call201.ChangeAvailability(operational_status="Inoperative", evse=evse))
    assert answer.status == "Accepted"
    await csms.wait_call("CP-201", "StatusNotification", lambda one: one["connector_status"] == "Unavailable")
    seen = len(csms.calls["CP-201"])
    answer = await csms.call("CP-201", call201.ChangeAvailability(operational_status="Operative", evse=evse))
    assert answer.status == "Accepted"
    await available(csms, "CP-201", after=seen)
