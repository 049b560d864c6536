"""The generations of the OCPPLAB API: the same commands in other words, under other paths."""

from typing import Any

import pytest

from chargepoint_sim.api.ocpplab.commands.dialects import EVENT, PAYLOAD, dialect_of
from chargepoint_sim.api.ocpplab.commands.table import VERBS
from chargepoint_sim.core import commands as core
from tests.api.conftest import Api

PAYLOADS: dict[str, dict[str, Any]] = {
    "plug-connector": {},
    "unplug-connector": {},
    "unlock-connector": {},
    "start-transaction": {"id_tag": "T"},
    "stop-transaction": {},
    "start-session": {"id_tag": "T"},
    "stop-session": {},
    "authorize-id-tag": {"id_tag": "T", "evse_id": 1, "connector_id": 1},
    "ev-requests-energy": {},
    "ev-stops-energy": {},
    "power-update": {"power_w": 7400},
    "proxy-message": {"action": "TriggerMessage"},
    "configuration": {"key": "HeartbeatInterval", "value": "60"},
    "cache/reset": {},
    "local-auth-list": {"list_version": 1, "update_type": "Differential"},
    "clear-local-auth-list": {},
    "inject-fault": {"fault_type": "OverCurrent"},
    "clear-fault": {},
}
LATER = ("/ocpp", "/evcharger")
FOREIGN = frozenset({"deployment_id", "identity"})


def test_every_command_is_here() -> None:
    assert list(PAYLOADS) == [verb.name for verb in VERBS]
    assert len(PAYLOADS) == 18


@pytest.mark.parametrize("prefix", LATER)
@pytest.mark.parametrize(("name", "payload"), PAYLOADS.items(), ids=list(PAYLOADS))
async def test_each_command_takes_a_payload_for_a_whole_location(
    api: Api, prefix: str, name: str, payload: dict[str, Any]
) -> None:
    body = {"target": {"location_id": "loc-456"}, "payload": payload}
    answer = await api.post(f"{prefix}/commands/{name}", body)
    assert answer.status == 202
    assert (answer.json["targeted_count"], answer.json["queued_count"], answer.json["failed"]) == (2, 2, [])
    assert [charger_id for charger_id, _ in api.fleet.done] == ["dep-1", "dep-2"]


@pytest.mark.parametrize("target", [{"deployment_id": "dep-789"}, {"identity": "CP-CHARGER-789"}], ids=str)
@pytest.mark.parametrize("prefix", LATER)
@pytest.mark.parametrize(("name", "payload"), PAYLOADS.items(), ids=list(PAYLOADS))
async def test_each_command_takes_a_payload_for_one_charger(
    api: Api, prefix: str, name: str, payload: dict[str, Any], target: dict[str, str]
) -> None:
    body = {"target": target} | ({"payload": payload} if payload else {})
    answer = await api.post(f"{prefix}/commands/{name}", body)
    assert answer.status == 202
    (result,) = answer.json["results"]
    assert (result["charger_id"], result["identity"]) == ("dep-789", "CP-CHARGER-789")


@pytest.mark.parametrize(
    ("name", "command"),
    [
        ("proxy-message", core.SendRaw("TriggerMessage", {})),
        ("configuration", core.ChangeSettings({"HeartbeatInterval": "60"})),
        ("local-auth-list", core.UpdateLocalList(1, (), differential=True)),
        ("inject-fault", core.InjectFault(1, 1, "OverCurrentFailure")),
    ],
)
async def test_what_a_payload_means(api: Api, name: str, command: core.Command) -> None:
    await api.post(f"/ocpp/commands/{name}", {"target": {"deployment_id": "dep-789"}, "payload": PAYLOADS[name]})
    assert api.fleet.done == [("dep-789", command)]


@pytest.mark.parametrize("prefix", LATER)
@pytest.mark.parametrize(
    "target",
    [
        {},
        {"deployment_id": "dep-1", "location_id": "loc-456"},
        {"deployment_id": "dep-1", "identity": "CP-CHARGER-1"},
        {"deployment_id": "dep-1", "charger_ids": ["dep-1"]},
        {"charger_ids": ["dep-1"]},
        {"location_id": "loc-456", "charger_ids": []},
        {"charger_id": "dep-1"},
        None,
    ],
    ids=str,
)
async def test_a_target_that_breaks_the_rules_gets_422(api: Api, prefix: str, target: Any) -> None:
    answer = await api.post(f"{prefix}/commands/power-update", {"target": target, "payload": {"power_w": 1}})
    assert answer.status == 422
    assert {tuple(item["loc"][:2]) for item in answer.json["detail"]} == {("body", "target")}
    assert api.fleet.done == []


@pytest.mark.parametrize("prefix", LATER)
@pytest.mark.parametrize("name", ["start-session", "power-update", "configuration", "proxy-message"])
async def test_a_payload_with_required_fields_may_not_be_left_out(api: Api, prefix: str, name: str) -> None:
    answer = await api.post(f"{prefix}/commands/{name}", {"target": {"deployment_id": "dep-789"}})
    assert answer.status == 422
    assert [item["loc"] for item in answer.json["detail"]] == [["body", "payload"]]


async def test_a_mistake_in_a_payload_has_its_place(api: Api) -> None:
    body = {"target": {"deployment_id": "dep-789"}, "payload": {"power_w": "7"}}
    answer = await api.post("/ocpp/commands/power-update", body)
    assert [item["loc"] for item in answer.json["detail"]] == [["body", "payload", "power_w"]]


async def test_a_wrong_connector_of_a_single_charger_gets_422(api: Api) -> None:
    body = {"target": {"identity": "CP-CHARGER-789"}, "payload": {"power_w": 7, "connector_id": 9}}
    answer = await api.post("/evcharger/commands/power-update", body)
    assert [item["loc"] for item in answer.json["detail"]] == [["body", "payload"]]


@pytest.mark.parametrize(
    "target", [{"deployment_id": "dep-0"}, {"identity": "CP-0"}, {"location_id": "loc-0"}], ids=str
)
async def test_an_unknown_target_gets_404(api: Api, target: dict[str, str]) -> None:
    answer = await api.post("/evcharger/commands/cache/reset", {"target": target})
    assert answer.status == 404


async def test_members_of_a_location_fail_on_their_own(api: Api) -> None:
    api.fleet.refusals["dep-2"] = "the authorization cache is switched off"
    target = {"location_id": "loc-456", "charger_ids": ["dep-1", "dep-2", "dep-0"]}
    answer = (await api.post("/evcharger/commands/cache/reset", {"target": target})).json
    assert (answer["targeted_count"], answer["queued_count"], answer["failed_count"]) == (3, 1, 2)
    assert answer["failed"] == [
        {"identity": None, "error": "There is no charger dep-0."},
        {"identity": "CP-CHARGER-2", "error": "the authorization cache is switched off"},
    ]


@pytest.mark.parametrize(
    ("given", "dialect"),
    [
        ({"target": {"charger_id": "a"}, "event": {}}, EVENT),
        ({"target": {"deployment_id": "a"}, "event": {}}, EVENT),
        ({"target": {"charger_id": "a"}, "payload": {}}, PAYLOAD),
        ({"target": {"charger_id": "a"}, "event": None, "payload": {}}, PAYLOAD),
        ({"target": {"deployment_id": "a"}}, PAYLOAD),
        ({"target": {"identity": "a"}, "payload": None}, PAYLOAD),
        ({"target": {"charger_id": "a", "identity": None}}, EVENT),
        ({"target": {"location_id": "a"}}, EVENT),
        ({"target": 5}, EVENT),
        ({}, EVENT),
        ([], EVENT),
        (None, EVENT),
    ],
    ids=str,
)
def test_a_dialect_is_told_by_its_words(given: Any, dialect: str) -> None:
    assert dialect_of(given, FOREIGN) == dialect


@pytest.mark.parametrize(
    ("name", "event", "status"),
    [
        ("plug-connector", None, 202),
        ("power-update", {"power_w": 7400}, 202),
        ("start-session", {"id_tag": "T"}, 202),
        ("configuration", {"configuration": {"HeartbeatInterval": "60"}}, 200),
        ("cache/reset", None, 200),
        ("inject-fault", {"fault_type": "OverCurrent"}, 200),
    ],
)
async def test_the_oldest_paths_take_events(api: Api, name: str, event: Any, status: int) -> None:
    body = {"target": {"charger_id": "dep-789"}} | ({} if event is None else {"event": event})
    answer = await api.post(f"/commands/{name}", body)
    assert answer.status == status
    assert len(api.fleet.done) == 1


async def test_the_oldest_paths_know_no_payload(api: Api) -> None:
    body = {"target": {"deployment_id": "dep-789"}, "payload": {"power_w": 1}}
    assert (await api.post("/commands/power-update", body)).status == 422


async def test_the_newest_paths_know_no_event(api: Api) -> None:
    body = {"target": {"charger_id": "dep-789"}, "event": {"power_w": 1}}
    assert (await api.post("/evcharger/commands/power-update", body)).status == 422
