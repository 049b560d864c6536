"""Commands of the native surface as actions: options, list, read, wait, cancel, bulk."""

from typing import Any

import pytest

from chargepoint_sim.core import commands as core
from tests.api.conftest import Api

FAR = "2999-01-01T00:00:00Z"
REBOOT = "/v1/chargers/dep-789/commands/reboot"


async def submitted(api: Api, path: str = REBOOT, body: Any = None, **options: Any) -> dict[str, Any]:
    """The first outcome of a command."""
    answer = await api.send("POST", path, json=body or {}, params=options)
    assert answer.status == 200, answer.text
    found: dict[str, Any] = answer.json["results"][0]
    return found


async def test_a_command_is_an_action_that_can_be_read(api: Api) -> None:
    outcome = await submitted(api, "/v1/chargers/dep-789/commands/set-power-limit", {"power_w": 30000})
    action = (await api.get(f"/v1/actions/{outcome['action_id']}")).json
    assert (action["charger_id"], action["surface"], action["name"]) == ("dep-789", "native", "set-power-limit")
    assert (action["state"], action["info"]) == ("applied", {"applied_power_w": 22000})
    assert action["arguments"]["power_w"] == 30000
    assert action["begun_at"] is not None
    assert action["start_at"] is None


async def test_a_key_code_is_told_to_nobody(api: Api) -> None:
    token = {"id_token": "1234", "type": "KeyCode"}
    outcome = await submitted(api, "/v1/chargers/dep-789/commands/authorize-token", {"id_token": token})
    answer = await api.get(f"/v1/actions/{outcome['action_id']}")
    assert answer.json["arguments"]["id_token"] == {"id_token": "(key code)", "type": "KeyCode"}
    assert "1234" not in answer.text


async def test_new_values_of_settings_are_told_to_nobody(api: Api) -> None:
    body = {"values": {"AuthorizationKey": "0123456789abcdef"}}
    outcome = await submitted(api, "/v1/chargers/dep-789/commands/change-settings", body)
    answer = await api.get(f"/v1/actions/{outcome['action_id']}")
    assert answer.json["arguments"] == {"values": {"AuthorizationKey": "(hidden)"}}
    assert "0123456789abcdef" not in answer.text


async def test_actions_are_listed_newest_first_and_can_be_chosen(api: Api) -> None:
    api.fleet.refusals["dep-1"] = "no"
    await api.post("/v1/chargers/dep-*/commands/reboot", {})
    await api.post("/ocpp/commands/plug-connector", {"target": {"charger_id": "dc-1"}})
    everything = (await api.get("/v1/actions")).json
    assert [one["charger_id"] for one in everything["data"]] == ["dc-1", "dep-2", "dep-1", "dep-789"]
    assert everything["total"] == 4

    async def ids(**query: Any) -> list[str]:
        return [one["charger_id"] for one in (await api.get("/v1/actions", **query)).json["data"]]

    assert await ids(surface="ocpplab") == ["dc-1"]
    assert await ids(name="reboot", state="rejected") == ["dep-1"]
    assert await ids(charger="loc-456") == ["dep-2", "dep-1"]
    assert await ids(offset=1, limit=1) == ["dep-2"]
    assert (await api.get("/v1/actions", charger="nobody")).status == 404
    assert (await api.get("/v1/actions", state="lost")).status == 422


async def test_a_scheduled_command_waits_and_can_be_taken_back(api: Api) -> None:
    outcome = await submitted(api, start_at=FAR)
    assert (outcome["accepted"], outcome["state"]) == (True, "scheduled")
    assert api.fleet.done == []
    path = f"/v1/actions/{outcome['action_id']}"
    assert (await api.get(path)).json["start_at"] == 32472144000.0
    assert (await api.get(path, wait_s=0.01)).json["state"] == "scheduled"
    assert (await api.send("POST", f"{path}/cancel")).json["state"] == "cancelled"
    again = await api.send("POST", f"{path}/cancel")
    assert again.status == 409
    assert "cancelled already" in again.json["detail"]
    assert api.fleet.done == []


async def test_waiting_ends_when_the_time_is_over(api: Api) -> None:
    outcome = await submitted(api, start_at=FAR, wait_s=0.01)
    assert outcome["state"] == "scheduled"


@pytest.mark.parametrize(
    "options",
    [{"expires_at": "2020-01-01T00:00:00Z"}, {"start_at": FAR, "expires_at": "2998-01-01"}, {"start_at": "soon"}],
)
async def test_times_that_cannot_be_meant_get_422(api: Api, options: dict[str, str]) -> None:
    answer = await api.send("POST", REBOOT, params=options)
    assert answer.status == 422
    assert answer.json["detail"][0]["loc"][0] == "query"
    assert api.fleet.done == []


async def test_the_same_key_does_the_same_command_once(api: Api) -> None:
    headers = {"Idempotency-Key": "k-1"}
    path = "/v1/chargers/dep-*/commands/set-power-limit"
    first = await api.send("POST", path, json={"power_w": 7000}, headers=headers)
    again = await api.send("POST", path, json={"power_w": 7000}, headers=headers)
    assert again.json == first.json
    assert len(api.fleet.done) == 3
    other = await api.send("POST", path, json={"power_w": 8000}, headers=headers)
    assert (other.json["accepted"], other.json["refused"]) == (0, 3)
    assert other.json["results"][0]["info"]["key_used_for"] == first.json["results"][0]["action_id"]
    assert len(api.fleet.done) == 3


async def test_a_key_has_a_length(api: Api) -> None:
    assert (await api.send("POST", REBOOT, headers={"Idempotency-Key": "k" * 256})).status == 422


async def test_a_dry_run_tells_each_outcome_and_changes_nothing(api: Api) -> None:
    api.fleet.refusals["dep-1"] = "The station is rebooting."
    path = "/v1/chargers/*/commands/set-power-limit"
    answer = await api.send("POST", path, json={"power_w": 6000, "evse_id": 2}, params={"dry_run": "true"})
    told = {one["charger_id"]: one for one in answer.json["results"]}
    assert told["dc-1"] == {
        "charger_id": "dc-1",
        "accepted": True,
        "reason": "",
        "info": {"messages": ["Heartbeat"]},
        "action_id": None,
        "state": None,
    }
    assert told["dep-789"]["info"]["unknown_place"] is True
    assert told["dep-1"]["reason"] == "The station is rebooting."
    assert api.fleet.done == []
    assert (await api.get("/v1/actions")).json["total"] == 0


async def test_bulk_carries_out_item_by_item(api: Api) -> None:
    items = [
        {"selector": "dep-*", "command": "set-power-limit", "arguments": {"power_w": 7000}},
        {"selector": "nobody", "command": "reboot"},
        {"selector": "dc-1", "command": "levitate"},
        {"selector": "dc-1", "command": "plug-in", "arguments": {"soc": 7}},
        {"selector": "dc-1", "command": "reboot", "arguments": {"hard": True}},
    ]
    answer = (await api.post("/v1/bulk", items)).json
    assert answer["failed"] == 3
    errors = [one["error"] for one in answer["results"]]
    assert (errors[0], errors[4]) == (None, None)
    assert errors[1] == "Nothing matches nobody."
    assert errors[2].startswith("command: there is no 'levitate'; there are plug-in, ")
    assert errors[3].startswith("arguments.soc: ")
    assert answer["results"][0]["outcomes"]["accepted"] == 3
    assert api.fleet.done[-1] == ("dc-1", core.Reboot(hard=True))
    assert len(api.fleet.done) == 4


async def test_bulk_can_be_rehearsed(api: Api) -> None:
    items = [{"selector": "dep-*", "command": "reboot"}, {"selector": "dc-1", "command": "unplug"}]
    answer = await api.send("POST", "/v1/bulk", json=items, params={"dry_run": "true"})
    assert [one["outcomes"]["accepted"] for one in answer.json["results"]] == [3, 1]
    assert api.fleet.done == []


async def test_bulk_takes_a_list_of_bounded_length(api: Api) -> None:
    assert (await api.post("/v1/bulk", [])).json == {"failed": 0, "results": []}
    too_many = [{"selector": "dep-1", "command": "reboot"}] * 1001
    assert (await api.post("/v1/bulk", too_many)).status == 422
    assert (await api.post("/v1/bulk", [{"selector": "dep-1"}])).status == 422
    assert api.fleet.done == []


async def test_an_unknown_action_gets_404(api: Api) -> None:
    assert (await api.get("/v1/actions/0123456789ab")).status == 404
    assert (await api.send("POST", "/v1/actions/0123456789ab/cancel")).status == 404
