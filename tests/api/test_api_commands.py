"""The eleven fan-out commands: targets, bodies, answers, and what reaches the fleet."""

import re
from typing import Any

import pytest

from chargepoint_sim.core import commands as core
from tests.api.conftest import Api

TAG = core.IdToken("04A1B2C3")
UPDATE = "/ocpp/commands/power-update"


def one(event: dict[str, Any] | None = None, **target: Any) -> dict[str, Any]:
    body: dict[str, Any] = {"target": target or {"charger_id": "dep-789"}}
    return body if event is None else body | {"event": event}


@pytest.mark.parametrize(
    ("name", "event", "payload", "command"),
    [
        ("plug-connector", {}, {"evse_id": 1, "connector_id": 1}, core.PlugIn(1, 1)),
        ("unplug-connector", {}, {"evse_id": 1, "connector_id": 1}, core.Unplug(1, 1)),
        ("unlock-connector", {}, {"evse_id": 1, "connector_id": 1}, core.UnlockConnector(1, 1)),
        ("ev-requests-energy", {}, {"evse_id": 1, "connector_id": 1}, core.RequestEnergy(1, 1)),
        ("ev-stops-energy", {}, {"evse_id": 1, "connector_id": 1}, core.StopEnergy(1, 1)),
        (
            "start-transaction",
            {"id_tag": "04A1B2C3"},
            {"id_tag": "04A1B2C3", "evse_id": 1, "connector_id": 1},
            core.BeginTransaction(1, 1, TAG),
        ),
        ("stop-transaction", {}, {}, core.EndTransaction(None)),
        ("stop-transaction", {"transaction_id": "77"}, {"transaction_id": "77"}, core.EndTransaction("77")),
        (
            "start-session",
            {"id_tag": "04A1B2C3"},
            {"id_tag": "04A1B2C3", "connector_id": 1},
            core.StartSession(None, 1, TAG),
        ),
        (
            "start-session",
            {"id_tag": "04A1B2C3", "duration_seconds": 600, "target_energy_kwh": 12.5},
            {"id_tag": "04A1B2C3", "connector_id": 1, "duration_seconds": 600, "target_energy_kwh": 12.5},
            core.StartSession(None, 1, TAG, 600, 12_500.0),
        ),
        ("stop-session", {}, {"connector_id": 1}, core.StopSession(None, 1)),
        ("authorize-id-tag", {"id_tag": "04A1B2C3"}, {"id_tag": "04A1B2C3"}, core.AuthorizeToken(TAG)),
        (
            "power-update",
            {"power_w": 7400},
            {"power_w": 7400, "evse_id": 1, "connector_id": 1},
            core.SetPowerLimit(1, 1, 7400),
        ),
    ],
)
async def test_each_command_reaches_the_charger_and_is_echoed(
    api: Api, name: str, event: dict[str, Any], payload: dict[str, Any], command: core.Command
) -> None:
    answer = await api.post(f"/ocpp/commands/{name}", one(event))
    assert answer.status == 202
    assert api.fleet.done == [("dep-789", command)]
    body = answer.json
    command_id = body["results"][0]["command"].pop("id")
    assert re.fullmatch("[0-9a-f]{12}", command_id)
    assert body == {
        "targeted_count": 1,
        "queued_count": 1,
        "failed_count": 0,
        "results": [
            {
                "charger_id": "dep-789",
                "identity": "CP-CHARGER-789",
                "command": {
                    "event_type": name.replace("-", "_"),
                    "ocpp_version": "ocpp1.6",
                    "payload": payload,
                },
            }
        ],
        "failed": [],
    }


@pytest.mark.parametrize(
    "name",
    [
        "plug-connector",
        "unplug-connector",
        "unlock-connector",
        "stop-transaction",
        "stop-session",
        "ev-requests-energy",
        "ev-stops-energy",
    ],
)
@pytest.mark.parametrize("extra", [{}, {"event": {}}, {"event": None}], ids=["absent", "empty", "null"])
async def test_an_event_without_required_fields_may_be_left_out(api: Api, name: str, extra: dict[str, Any]) -> None:
    answer = await api.post(f"/ocpp/commands/{name}", one() | extra)
    assert answer.status == 202
    assert answer.json["queued_count"] == 1


@pytest.mark.parametrize("name", ["start-transaction", "start-session", "authorize-id-tag", "power-update"])
async def test_an_event_with_required_fields_may_not(api: Api, name: str) -> None:
    answer = await api.post(f"/ocpp/commands/{name}", one())
    assert answer.status == 422
    (item,) = answer.json["detail"]
    assert (item["loc"], item["type"]) == (["body", "event"], "missing")


@pytest.mark.parametrize(
    ("name", "event"),
    [
        ("plug-connector", {"evse_id": None, "connector_id": None}),
        ("start-transaction", {"id_tag": "T", "evse_id": None, "connector_id": None}),
        ("stop-transaction", {"transaction_id": None}),
        (
            "start-session",
            {"id_tag": "T", "connector_id": None, "duration_seconds": None, "target_energy_kwh": None},
        ),
        ("stop-session", {"connector_id": None}),
        ("power-update", {"power_w": 0, "evse_id": None, "connector_id": None}),
    ],
)
async def test_every_optional_field_accepts_null(api: Api, name: str, event: dict[str, Any]) -> None:
    target = {"charger_id": "dep-789", "location_id": None, "charger_ids": None}
    answer = await api.post(f"/ocpp/commands/{name}", {"target": target, "event": event})
    assert answer.status == 202
    payload = answer.json["results"][0]["command"]["payload"]
    assert None not in payload.values()
    assert payload.get("connector_id", 1) == 1


@pytest.mark.parametrize("power_w", [-1, 11000.0, 0.5, "11000", True, False, None, [], {}, 10**30, "x"])
async def test_a_power_that_is_no_count_of_watts_gets_422(api: Api, power_w: Any) -> None:
    answer = await api.post(UPDATE, one({"power_w": power_w}))
    assert answer.status == 422
    (item,) = answer.json["detail"]
    assert item["loc"] == ["body", "event", "power_w"]
    assert {"loc", "msg", "type", "input"} <= item.keys()
    assert api.fleet.done == []


@pytest.mark.parametrize(
    ("name", "event", "field"),
    [
        ("power-update", {"power_w": 1, "evse_id": "1"}, "evse_id"),
        ("power-update", {"power_w": 1, "connector_id": 1.0}, "connector_id"),
        ("plug-connector", {"connector_id": True}, "connector_id"),
        ("plug-connector", {"connector_id": -1}, "connector_id"),
        ("start-session", {"id_tag": ""}, "id_tag"),
        ("start-session", {"id_tag": 7}, "id_tag"),
        ("start-session", {"id_tag": None}, "id_tag"),
        ("start-session", {"id_tag": "T", "duration_seconds": 0}, "duration_seconds"),
        ("start-session", {"id_tag": "T", "duration_seconds": 1.5}, "duration_seconds"),
        ("start-session", {"id_tag": "T", "target_energy_kwh": "5"}, "target_energy_kwh"),
        ("start-session", {"id_tag": "T", "target_energy_kwh": True}, "target_energy_kwh"),
        ("stop-transaction", {"transaction_id": 5}, "transaction_id"),
    ],
)
async def test_wrong_types_get_422_with_their_place(api: Api, name: str, event: dict[str, Any], field: str) -> None:
    answer = await api.post(f"/ocpp/commands/{name}", one(event))
    assert answer.status == 422
    (item,) = answer.json["detail"]
    assert item["loc"] == ["body", "event", field]
    assert item["input"] == event[field]


@pytest.mark.parametrize(
    "target",
    [
        {},
        {"charger_id": None, "location_id": None},
        {"charger_id": "dep-1", "location_id": "loc-456"},
        {"charger_id": "dep-1", "charger_ids": ["dep-1"]},
        {"charger_ids": ["dep-1"]},
        {"location_id": "loc-456", "charger_ids": []},
        {"location_id": "loc-456", "charger_ids": "dep-1"},
        {"location_id": "loc-456", "charger_ids": [1]},
        {"location_id": "loc-456", "charger_ids": [None]},
        {"charger_id": 789},
        "dep-789",
        None,
        [],
    ],
    ids=str,
)
async def test_a_target_that_breaks_the_rules_gets_422(api: Api, target: Any) -> None:
    answer = await api.post(UPDATE, {"target": target, "event": {"power_w": 1000}})
    assert answer.status == 422
    assert {tuple(item["loc"][:2]) for item in answer.json["detail"]} == {("body", "target")}
    assert api.fleet.done == []


async def test_a_missing_target_gets_422(api: Api) -> None:
    answer = await api.post(UPDATE, {"event": {"power_w": 1000}})
    assert answer.status == 422
    assert [item["loc"] for item in answer.json["detail"]] == [["body", "target"]]


async def test_an_empty_body_gets_422(api: Api) -> None:
    answer = await api.send("POST", UPDATE)
    assert answer.status == 422
    assert answer.json["detail"] == [{"loc": ["body"], "msg": "Field required", "type": "missing", "input": None}]


async def test_keys_that_nobody_knows_are_passed_over(api: Api) -> None:
    answer = await api.post(UPDATE, one({"power_w": 1000, "note": "x"}) | {"trace": 1})
    assert answer.status == 202
    assert "note" not in answer.json["results"][0]["command"]["payload"]


async def test_a_charger_may_be_named_by_its_identity(api: Api) -> None:
    answer = await api.post(UPDATE, one({"power_w": 1000}, charger_id="CP-CHARGER-789"))
    assert answer.json["results"][0]["charger_id"] == "dep-789"


@pytest.mark.parametrize("charger_id", ["dep-0", "dep-*", "*", "dep-78?", "loc-456", ""])
async def test_a_single_unknown_charger_gets_404(api: Api, charger_id: str) -> None:
    answer = await api.post(UPDATE, one({"power_w": 1000}, charger_id=charger_id))
    assert answer.status == 404
    assert answer.json == {"detail": f"There is no charger {charger_id}."}
    assert api.fleet.done == []


@pytest.mark.parametrize("location_id", ["loc-0", "loc-*", "dep-789", ""])
async def test_an_unknown_location_gets_404(api: Api, location_id: str) -> None:
    answer = await api.post(UPDATE, one({"power_w": 1000}, location_id=location_id))
    assert answer.status == 404
    assert answer.json == {"detail": f"There is no location {location_id}."}


async def test_a_location_means_all_its_chargers_and_no_other(api: Api) -> None:
    answer = await api.post(UPDATE, one({"power_w": 22000}, location_id="loc-456"))
    assert answer.status == 202
    assert [result["charger_id"] for result in answer.json["results"]] == ["dep-1", "dep-2"]
    assert [charger_id for charger_id, _ in api.fleet.done] == ["dep-1", "dep-2"]
    ids = {result["command"]["id"] for result in answer.json["results"]}
    assert len(ids) == 2


async def test_some_chargers_of_a_location(api: Api) -> None:
    answer = await api.post(UPDATE, one({"power_w": 11000}, location_id="loc-456", charger_ids=["dep-2"]))
    assert [result["charger_id"] for result in answer.json["results"]] == ["dep-2"]
    assert answer.json["targeted_count"] == 1


async def test_a_charger_named_twice_is_commanded_once(api: Api) -> None:
    names = ["dep-2", "dep-2", "CP-CHARGER-2"]
    answer = await api.post(UPDATE, one({"power_w": 11000}, location_id="loc-456", charger_ids=names))
    assert answer.json["targeted_count"] == 1
    assert len(api.fleet.done) == 1


async def test_an_unknown_member_fails_on_its_own(api: Api) -> None:
    names = ["dep-1", "dep-0", "dep-789"]
    answer = await api.post(UPDATE, one({"power_w": 11000}, location_id="loc-456", charger_ids=names))
    assert answer.status == 202
    body = answer.json
    assert (body["targeted_count"], body["queued_count"], body["failed_count"]) == (3, 1, 2)
    assert body["failed"] == [
        {"identity": None, "error": "There is no charger dep-0."},
        {"identity": "CP-CHARGER-789", "error": "Charger dep-789 does not belong to location loc-456."},
    ]


async def test_a_wrong_connector_of_a_single_charger_gets_422(api: Api) -> None:
    answer = await api.post(UPDATE, one({"power_w": 11000, "connector_id": 3}))
    assert answer.status == 422
    (item,) = answer.json["detail"]
    assert item["loc"] == ["body", "event"]
    assert item["msg"] == "There is no such connector."
    assert item["input"]["connector_id"] == 3
    assert api.fleet.done == []


async def test_a_wrong_connector_inside_a_location_fails_on_its_own(api: Api) -> None:
    answer = await api.post(UPDATE, one({"power_w": 9000, "evse_id": 2, "connector_id": 2}, location_id="loc-456"))
    assert answer.status == 202
    assert answer.json["queued_count"] == 0
    assert answer.json["failed"] == [
        {"identity": "CP-CHARGER-1", "error": "There is no such connector."},
        {"identity": "CP-CHARGER-2", "error": "There is no such connector."},
    ]


@pytest.mark.parametrize("target", [{"charger_id": "dep-1"}, {"location_id": "loc-456", "charger_ids": ["dep-1"]}])
async def test_any_other_refusal_is_a_failed_entry(api: Api, target: dict[str, Any]) -> None:
    api.fleet.refusals["dep-1"] = "No vehicle is plugged in."
    answer = await api.post("/ocpp/commands/ev-requests-energy", {"target": target})
    assert answer.status == 202
    assert answer.json["failed"] == [{"identity": "CP-CHARGER-1", "error": "No vehicle is plugged in."}]
    assert answer.json["results"] == []


async def test_capping_at_the_hardware_is_told_in_an_extra_key(api: Api) -> None:
    answer = await api.post(UPDATE, one({"power_w": 20000}, location_id="loc-201"))
    payloads = {result["charger_id"]: result["command"]["payload"] for result in answer.json["results"]}
    assert payloads == {
        "dc-1": {"power_w": 20000, "evse_id": 1, "connector_id": 1},
        "ac-1": {"power_w": 20000, "evse_id": 1, "connector_id": 1, "applied_power_w": 11000},
    }
    versions = {result["charger_id"]: result["command"]["ocpp_version"] for result in answer.json["results"]}
    assert versions == {"dc-1": "ocpp2.0.1", "ac-1": "ocpp1.6"}


async def test_zero_watts_is_a_power(api: Api) -> None:
    answer = await api.post(UPDATE, one({"power_w": 0}))
    assert answer.status == 202
    assert api.fleet.done == [("dep-789", core.SetPowerLimit(1, 1, 0))]
