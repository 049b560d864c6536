"""What became of commands: the reads of the newest dialect, and repetitions under one key."""

from typing import Any

import pytest

from chargepoint_sim.actions.action import State
from chargepoint_sim.api.ocpplab.commands.results import STATUSES
from chargepoint_sim.core import commands as core
from tests.api.conftest import Api
from tests.api.test_access_tokens import ACME, ADMIN, OTHER, Serve, by, serve

__all__ = ["serve"]  # a fixture: imported to be used by name

UPDATE = "/evcharger/commands/power-update"


async def submitted(api: Api, power_w: int = 7000, identity: str = "CP-CHARGER-789", **options: Any) -> str:
    body = {"target": {"identity": identity}, "payload": {"power_w": power_w}}
    answer = await api.send("POST", UPDATE, json=body, **options)
    assert answer.status == 202
    command_id: str = answer.json["results"][0]["command"]["id"]
    return command_id


def test_every_state_has_a_name() -> None:
    assert STATUSES.keys() == set(State)
    assert set(STATUSES.values()) == {"received", "deferred", "applied", "rejected", "expired", "failed"}


async def test_a_command_can_be_read(api: Api) -> None:
    command_id = await submitted(api, 30_000)
    answer = await api.get(f"/evcharger/commands/{command_id}")
    assert answer.status == 200
    found = answer.json
    assert {name: found[name] for name in ("command_id", "status", "detail", "result", "event_type")} == {
        "command_id": command_id,
        "status": "applied",
        "detail": None,
        "result": {"applied_power_w": 22_000},
        "event_type": "power_update",
    }
    assert (found["identity"], found["deployment_id"]) == ("CP-CHARGER-789", "dep-789")
    assert found["enqueued_at"] == found["received_at"]
    assert all(found[name].endswith("Z") for name in ("enqueued_at", "received_at", "updated_at"))


async def test_a_refusal_can_be_read_with_its_reason(api: Api) -> None:
    api.fleet.refusals["dep-789"] = "No vehicle is plugged in."
    body = {"target": {"identity": "CP-CHARGER-789"}}
    await api.post("/evcharger/commands/ev-stops-energy", body)
    (found,) = (await api.get("/evcharger/commands", deployment_id="dep-789")).json["data"]
    assert (found["status"], found["detail"]) == ("rejected", "No vehicle is plugged in.")


async def test_the_last_commands_of_a_charger_come_newest_first(api: Api) -> None:
    ids = [await submitted(api, power_w) for power_w in (1000, 2000, 3000)]
    await submitted(api, identity="CP-CHARGER-1")
    for query in ({"deployment_id": "dep-789"}, {"identity": "CP-CHARGER-789"}):
        found = (await api.get("/evcharger/commands", **query)).json["data"]
        assert [one["command_id"] for one in found] == ids[::-1]
    (newest,) = (await api.get("/evcharger/commands", identity="CP-CHARGER-789", limit=1)).json["data"]
    assert newest["command_id"] == ids[-1]


async def test_commands_of_the_older_dialects_are_among_them(api: Api) -> None:
    await api.post("/ocpp/commands/cache/reset", {"target": {"charger_id": "dep-789"}})
    (found,) = (await api.get("/evcharger/commands", deployment_id="dep-789")).json["data"]
    assert (found["event_type"], found["result"]) == ("cache_reset", {"cleared": 3})


async def test_commands_of_other_surfaces_are_not(api: Api) -> None:
    await api.post("/v1/chargers/dep-789/commands/reboot", {})
    assert (await api.get("/evcharger/commands", deployment_id="dep-789")).json == {"data": []}


async def test_an_unknown_charger_has_no_commands(api: Api) -> None:
    answer = await api.get("/evcharger/commands", deployment_id="dep-0")
    assert (answer.status, answer.json) == (200, {"data": []})


@pytest.mark.parametrize(
    "query",
    [{}, {"deployment_id": "a", "identity": "b"}, {"identity": "a", "limit": 0}, {"identity": "a", "limit": 501}],
    ids=str,
)
async def test_a_query_names_one_charger(api: Api, query: dict[str, Any]) -> None:
    assert (await api.get("/evcharger/commands", **query)).status == 422


async def test_an_unknown_command_gets_404(api: Api) -> None:
    answer = await api.get("/evcharger/commands/0123456789ab")
    assert (answer.status, answer.json) == (404, {"detail": "There is no command 0123456789ab."})


async def test_a_command_for_the_charger_of_another_tenant_is_not_there(serve: Serve) -> None:
    api = await serve()
    command_id = await submitted(api, identity="CP-CHARGER-1", headers=by(ACME))
    path = f"/evcharger/commands/{command_id}"
    assert (await api.send("GET", path, headers=by(ACME))).status == 200
    assert (await api.send("GET", path, headers=by(ADMIN))).status == 200
    assert (await api.send("GET", path, headers=by(OTHER))).status == 404
    query = {"deployment_id": "dep-1"}
    foreign = await api.send("GET", "/evcharger/commands", headers=by(OTHER), params=query)
    assert foreign.json == {"data": []}


async def test_a_repetition_under_one_key_acts_once(api: Api) -> None:
    key = {"Idempotency-Key": "one"}
    first = await submitted(api, 7000, headers=key)
    assert await submitted(api, 7000, headers=key) == first
    assert api.fleet.done == [("dep-789", core.SetPowerLimit(1, 1, 7000))]


async def test_a_key_is_not_used_for_two_requests(api: Api) -> None:
    key = {"Idempotency-Key": "one"}
    await submitted(api, 7000, headers=key)
    body = {"target": {"identity": "CP-CHARGER-789"}, "payload": {"power_w": 9000}}
    answer = (await api.send("POST", UPDATE, json=body, headers=key)).json
    assert answer["failed"] == [
        {"identity": "CP-CHARGER-789", "error": "The idempotency key was used before, for another request."}
    ]
    body = {"target": {"charger_id": "dep-789"}, "event": {"configuration": {"A": "1"}}}
    assert (await api.send("POST", "/ocpp/commands/configuration", json=body, headers=key)).status == 200
    body["event"] = {"configuration": {"A": "2"}}
    assert (await api.send("POST", "/ocpp/commands/configuration", json=body, headers=key)).status == 422
    assert len(api.fleet.done) == 2


@pytest.mark.parametrize("key", ["", "x" * 256])
async def test_a_key_has_a_length(api: Api, key: str) -> None:
    body = {"target": {"identity": "CP-CHARGER-789"}, "payload": {"power_w": 9000}}
    answer = await api.send("POST", UPDATE, json=body, headers={"Idempotency-Key": key})
    assert answer.status == 422
    assert answer.json["detail"][0]["loc"] == ["header", "Idempotency-Key"]
