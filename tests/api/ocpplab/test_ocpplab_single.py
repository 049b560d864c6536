"""The commands for one charger: bodies, replies and refusals of each."""

import json
import re
from typing import Any

import pytest

from chargepoint_sim.api.ocpplab.commands.faults import fault_of
from chargepoint_sim.core import commands as core
from tests.api.conftest import Api

SINGLE = {
    "proxy-message": {"action": "heartbeat", "ocpp_version": "ocpp1.6", "payload": {}},
    "configuration": {"configuration": {"HeartbeatInterval": "60"}},
    "cache/reset": {},
    "local-auth-list": {"list_version": 2, "entries": []},
    "clear-local-auth-list": {},
    "inject-fault": {"fault_type": "OverCurrent"},
    "clear-fault": {},
}
"""Command -> the smallest event."""
EMPTY = [name for name, event in SINGLE.items() if not event]
ENTRIES = [
    {"id_tag": "A", "expiry_date": "2026-12-31T00:00:00Z", "parent_id_tag": "P"},
    {"id_tag": "B", "expiry_date": "2026-12-31T00:00:00", "parent_id_tag": None},
    {"id_tag": "C", "expiry_date": "2026-12-31T01:00:00+01:00"},
    {"id_tag": "D", "expiry_date": None},
]
NESTED = json.loads('{"a":' * 40 + "{}" + "}" * 40)
END_OF_2026 = 1_798_675_200.0


def path(name: str) -> str:
    return f"/ocpp/commands/{name}"


def to(event: Any = None, charger_id: str = "dep-789") -> dict[str, Any]:
    return {"target": {"charger_id": charger_id}} | ({} if event is None else {"event": event})


async def test_a_raw_message_is_queued(api: Api) -> None:
    event = {"action": "boot_notification", "ocpp_version": "ocpp1.6", "payload": {"charge_point_vendor": "V"}}
    answer = await api.post(path("proxy-message"), to(event))
    assert answer.status == 202
    body = answer.json
    assert re.fullmatch("[0-9a-f]{12}", body.pop("id"))
    assert body == {
        "event_type": "boot_notification",
        "ocpp_version": "ocpp1.6",
        "payload": {"charge_point_vendor": "V"},
    }
    assert api.fleet.done == [("dep-789", core.SendRaw("boot_notification", {"charge_point_vendor": "V"}))]


async def test_a_raw_message_in_another_version_gets_400(api: Api) -> None:
    answer = await api.post(path("proxy-message"), to(SINGLE["proxy-message"], "dc-1"))
    assert (answer.status, answer.json) == (400, {"detail": "Charger dc-1 speaks ocpp2.0.1, not ocpp1.6."})
    assert api.fleet.done == []


async def test_configuration(api: Api) -> None:
    answer = await api.post(path("configuration"), to(SINGLE["configuration"]))
    assert (answer.status, answer.json) == (
        200,
        {
            "status": "Accepted",
            "configured": ["HeartbeatInterval"],
            "msg": "Configuration updated",
            "verdicts": {"HeartbeatInterval": "Accepted"},
        },
    )
    assert api.fleet.done == [("dep-789", core.ChangeSettings({"HeartbeatInterval": "60"}))]


async def test_a_configuration_that_needs_a_restart(api: Api) -> None:
    api.fleet.answers[core.ChangeSettings] = {"verdicts": {"A": "Accepted", "B": "RebootRequired"}}
    answer = (await api.post(path("configuration"), to({"configuration": {"A": "1", "B": "2"}}))).json
    assert (answer["status"], answer["configured"]) == ("RebootRequired", ["A", "B"])
    assert answer["msg"] == "Configuration updated; part of it counts from the next restart on"


async def test_cache_reset(api: Api) -> None:
    answer = await api.post(path("cache/reset"), to())
    assert (answer.status, answer.json) == (200, {"msg": "Authorization cache cleared", "cleared_entries": 3})
    assert api.fleet.done == [("dep-789", core.ClearCache())]


async def test_a_cache_that_is_switched_off_is_told(api: Api) -> None:
    api.fleet.refusals["dep-789"] = "the authorization cache is switched off"
    answer = await api.post(path("cache/reset"), to())
    msg = "Nothing was cleared: the authorization cache is switched off"
    assert (answer.status, answer.json) == (200, {"msg": msg, "cleared_entries": 0})


async def test_a_local_list(api: Api) -> None:
    answer = await api.post(path("local-auth-list"), to({"list_version": 2, "entries": ENTRIES}))
    assert (answer.status, answer.json) == (
        200,
        {
            "status": "Accepted",
            "list_version": 2,
            "entries_received": 4,
            "msg": "Local authorization list updated",
        },
    )
    entries = (
        core.ListedToken("A", END_OF_2026, "P"),
        core.ListedToken("B", END_OF_2026),
        core.ListedToken("C", END_OF_2026),
        core.ListedToken("D"),
    )
    assert api.fleet.done == [("dep-789", core.UpdateLocalList(2, entries))]


async def test_a_local_list_is_cleared(api: Api) -> None:
    answer = await api.post(path("clear-local-auth-list"), to())
    assert (answer.status, answer.json) == (
        200,
        {"msg": "Local authorization list cleared", "entries_deleted": 2},
    )


async def test_a_fault(api: Api) -> None:
    answer = await api.post(path("inject-fault"), to({"fault_type": "OverCurrent", "evse_id": None}))
    assert (answer.status, answer.json) == (
        200,
        {
            "msg": "Fault injected",
            "fault_type": "OverCurrent",
            "evse_id": 1,
            "connector_id": 1,
            "status": "Available",
        },
    )
    assert api.fleet.done == [("dep-789", core.InjectFault(1, 1, "OverCurrentFailure"))]


async def test_a_fault_that_nobody_knows_becomes_the_vendors(api: Api) -> None:
    await api.post(path("inject-fault"), to({"fault_type": "Coffee spilled"}))
    assert api.fleet.done == [("dep-789", core.InjectFault(1, 1, "OtherError", vendor_error_code="Coffee spilled"))]


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("OverCurrent", "OverCurrentFailure"),
        ("OverCurrentFailure", "OverCurrentFailure"),
        ("over_current", "OverCurrentFailure"),
        ("OVER-CURRENT FAULT", "OverCurrentFailure"),
        ("ShortCircuit", "OverCurrentFailure"),
        ("GroundFault", "GroundFailure"),
        ("GroundFailure", "GroundFailure"),
        ("EarthFault", "GroundFailure"),
        ("OverTemperature", "HighTemperature"),
        ("HighTemperature", "HighTemperature"),
        ("OverVoltage", "OverVoltage"),
        ("UnderVoltage", "UnderVoltage"),
        ("ConnectorLockFailure", "ConnectorLockFailure"),
        ("EVCommunicationError", "EVCommunicationError"),
        ("InternalError", "InternalError"),
        ("LocalListConflict", "LocalListConflict"),
        ("OtherError", "OtherError"),
        ("PowerMeterFailure", "PowerMeterFailure"),
        ("PowerSwitchFailure", "PowerSwitchFailure"),
        ("ReaderFailure", "ReaderFailure"),
        ("ResetFailure", "ResetFailure"),
        ("WeakSignal", "WeakSignal"),
    ],
)
def test_names_of_faults(name: str, code: str) -> None:
    assert fault_of(name) == (code, None)


async def test_a_fault_is_cleared(api: Api) -> None:
    answer = await api.post(path("clear-fault"), to({"connector_id": 1}))
    assert (answer.status, answer.json) == (
        200,
        {"msg": "Fault cleared", "fault_type": None, "evse_id": 1, "connector_id": 1, "status": "Available"},
    )


async def test_clearing_where_nothing_is_wrong_is_no_error(api: Api) -> None:
    api.fleet.refusals["dep-789"] = "EVSE 1 has no fault there"
    answer = await api.post(path("clear-fault"), to())
    assert (answer.status, answer.json["msg"]) == (200, "Nothing was cleared: EVSE 1 has no fault there")


@pytest.mark.parametrize("name", EMPTY)
@pytest.mark.parametrize("extra", [{}, {"event": {}}, {"event": None}], ids=["absent", "empty", "null"])
async def test_an_event_without_required_fields_may_be_left_out(api: Api, name: str, extra: dict[str, Any]) -> None:
    answer = await api.post(path(name), to() | extra)
    assert answer.status == 200


@pytest.mark.parametrize("name", [name for name in SINGLE if name not in EMPTY])
async def test_an_event_with_required_fields_may_not(api: Api, name: str) -> None:
    answer = await api.post(path(name), to())
    assert answer.status == 422
    (item,) = answer.json["detail"]
    assert (item["loc"], item["type"]) == (["body", "event"], "missing")


@pytest.mark.parametrize(
    ("name", "event", "field"),
    [
        ("proxy-message", {"action": ""}, ["action"]),
        ("proxy-message", {"action": "boot notification"}, ["action"]),
        ("proxy-message", {"ocpp_version": "OCPP1.6"}, ["ocpp_version"]),
        ("proxy-message", {"payload": None}, ["payload"]),
        ("proxy-message", {"payload": []}, ["payload"]),
        ("proxy-message", {"payload": NESTED}, ["payload"]),
        ("configuration", {"configuration": {}}, ["configuration"]),
        ("configuration", {"configuration": {"A": 1}}, ["configuration", "A"]),
        ("local-auth-list", {"list_version": 0}, ["list_version"]),
        ("local-auth-list", {"list_version": "1"}, ["list_version"]),
        ("local-auth-list", {"entries": None}, ["entries"]),
        ("local-auth-list", {"entries": [{}]}, ["entries", 0, "id_tag"]),
        ("local-auth-list", {"entries": [{"id_tag": "A", "expiry_date": "soon"}]}, ["entries", 0, "expiry_date"]),
        ("inject-fault", {"fault_type": ""}, ["fault_type"]),
        ("inject-fault", {"fault_type": "x" * 51}, ["fault_type"]),
        ("inject-fault", {"connector_id": "1"}, ["connector_id"]),
        ("clear-fault", {"evse_id": -1}, ["evse_id"]),
    ],
)
async def test_wrong_fields_get_422_with_their_place(
    api: Api, name: str, event: dict[str, Any], field: list[str | int]
) -> None:
    answer = await api.post(path(name), to({**SINGLE[name], **event}))
    assert answer.status == 422
    (item,) = answer.json["detail"]
    assert item["loc"] == ["body", "event", *field]
    assert api.fleet.done == []


@pytest.mark.parametrize("name", SINGLE)
@pytest.mark.parametrize("target", [{}, {"charger_id": None}, {"charger_id": 7}, "dep-789", None, []], ids=str)
async def test_a_target_names_one_charger(api: Api, name: str, target: Any) -> None:
    answer = await api.post(path(name), {"target": target, "event": SINGLE[name]})
    assert answer.status == 422
    assert {tuple(item["loc"][:2]) for item in answer.json["detail"]} == {("body", "target")}


@pytest.mark.parametrize("name", SINGLE)
async def test_an_event_is_for_one_charger_alone(api: Api, name: str) -> None:
    event = {**SINGLE[name], "note": "an event says that this is the older dialect"}
    answer = await api.post(path(name), {"target": {"location_id": "loc-456"}, "event": event})
    assert answer.status == 422
    assert [item["loc"] for item in answer.json["detail"]] == [["body", "target", "charger_id"]]


@pytest.mark.parametrize("name", SINGLE)
async def test_an_unknown_charger_gets_404(api: Api, name: str) -> None:
    answer = await api.post(path(name), to(SINGLE[name], "dep-0"))
    assert (answer.status, answer.json) == (404, {"detail": "There is no charger dep-0."})


@pytest.mark.parametrize("name", SINGLE)
async def test_the_charger_may_be_named_by_its_identity(api: Api, name: str) -> None:
    answer = await api.post(path(name), to(SINGLE[name], "CP-CHARGER-789"))
    assert answer.status in (200, 202)
    assert [charger_id for charger_id, _ in api.fleet.done] == ["dep-789"]


@pytest.mark.parametrize("name", ["inject-fault", "clear-fault"])
async def test_a_place_that_it_does_not_have_gets_422(api: Api, name: str) -> None:
    answer = await api.post(path(name), to({**SINGLE[name], "connector_id": 3}))
    assert answer.status == 422
    (item,) = answer.json["detail"]
    assert (item["loc"], item["msg"]) == (["body", "event"], "There is no such connector.")


@pytest.mark.parametrize("name", [name for name in SINGLE if name not in ("cache/reset", "clear-fault")])
async def test_what_the_charger_refuses_gets_400(api: Api, name: str) -> None:
    api.fleet.refusals["dep-789"] = "the charger has no power"
    answer = await api.post(path(name), to(SINGLE[name]))
    assert (answer.status, answer.json) == (400, {"detail": "The charger has no power."})


@pytest.mark.parametrize("name", SINGLE)
async def test_without_a_token_nothing_is_done(guarded: Api, name: str) -> None:
    answer = await guarded.post(path(name), to(SINGLE[name]))
    assert (answer.status, answer.json) == (401, {"detail": "A bearer token is required."})
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert guarded.fleet.done == []
