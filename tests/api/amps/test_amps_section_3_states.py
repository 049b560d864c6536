"""Section 3.1, E5 to E7: actions, their states, and the one way to take one back."""

from typing import Any

import pytest

from chargepoint_sim.actions.action import State, moved
from chargepoint_sim.api.amps.actions import error_of
from chargepoint_sim.fleet.access import TokenSpec
from tests.api.amps.conftest import EV, OTHER, Bench, data, error, serve


async def test_an_immediate_push_stays_acknowledged_until_it_settles(amps: Bench) -> None:
    pushed = await amps.push("charge")
    action = await amps.action(pushed)
    instants = {name: action.pop(name) for name in ("createdAt", "updatedAt", "acknowledgedAt")}
    assert instants["acknowledgedAt"] == instants["createdAt"]
    assert action == {
        "id": data(pushed, 202)["id"],
        "deviceId": EV,
        "deviceType": "ev_charger",
        "command": "charge",
        "parameters": None,
        "state": "acknowledged",
        "result": None,
        "errorCode": None,
        "errorMessage": None,
        "completedAt": None,
        "start": None,
        "end": None,
        "links": {"self": f"/actions/{action['id']}"},
    }


async def test_what_the_charger_accepts_is_completed(settled: Bench) -> None:
    pushed = await settled.push("idle")
    await settled.ended(pushed)
    action = await settled.action(pushed)
    assert (action["state"], action["errorCode"], action["errorMessage"]) == ("completed", None, None)
    assert action["result"]["success"] is True
    assert action["completedAt"] == action["updatedAt"] >= action["acknowledgedAt"]


async def test_what_the_charger_refuses_has_failed(settled: Bench) -> None:
    settled.fleet.refusals[EV] = "no vehicle is connected"
    pushed = await settled.push("charge")
    assert data(pushed, 202)["state"] == "acknowledged", "the platform answers before the device does"
    await settled.ended(pushed)
    action = await settled.action(pushed)
    assert (action["state"], action["errorCode"]) == ("failed", "UNKNOWN_ERROR")
    assert action["errorMessage"] == "no vehicle is connected"
    assert action["result"] == {"success": False, "message": "no vehicle is connected"}
    assert action["completedAt"] == action["updatedAt"]


async def test_a_device_that_is_gone_is_offline(amps: Bench) -> None:
    pushed = await amps.push("charge", start="1h")
    amps.dispatch.forget_charger(EV)
    assert (await amps.action(pushed))["errorCode"] == "DEVICE_OFFLINE"


async def test_a_device_without_power_is_offline(amps: Bench) -> None:
    await amps.push("charge")
    [action] = amps.dispatch.ledger.open(EV)
    powerless = moved(action, State.REJECTED, action.created_at, reason="no power", info={"no_power": True})
    assert error_of(powerless) == ("DEVICE_OFFLINE", "no power")


async def test_it_settles_in_the_time_of_the_setting() -> None:
    async with serve(scale=100, settle_s=180) as bench:
        record = await bench.ended(await bench.push("charge"))
        assert 180 <= record.updated_at - record.created_at < 300


async def test_a_scheduled_push_is_cancelled_before_its_start(amps: Bench) -> None:
    pushed = await amps.push("charge", start="1h")
    cancelled = data(await amps.api.post(f"/actions/{data(pushed, 202)['id']}/cancel", None))
    assert cancelled["state"] == "cancelled"
    assert (cancelled["acknowledgedAt"], cancelled["completedAt"], cancelled["result"]) == (None, None, None)
    assert cancelled["updatedAt"] >= cancelled["createdAt"]
    assert await amps.action(pushed) == cancelled
    assert amps.fleet.done == []
    assert (await amps.read())["lastAction"]["state"] == "cancelled"


@pytest.mark.parametrize("settle_s", [0, 1e9])
async def test_nothing_that_has_begun_is_cancelled(settle_s: float) -> None:
    async with serve(settle_s=settle_s) as bench:
        pushed = await bench.push("charge")
        if not settle_s:
            await bench.ended(pushed)
        state = (await bench.action(pushed))["state"]
        answer = await bench.api.post(f"/actions/{data(pushed, 202)['id']}/cancel", None)
        error(answer, 409, "ACTION_NOT_CANCELLABLE")
        assert state in answer.json["error"]["message"]
        assert (await bench.action(pushed))["state"] == state


async def test_a_cancelled_action_is_not_cancelled_again(amps: Bench) -> None:
    path = f"/actions/{data(await amps.push('charge', start='1h'), 202)['id']}/cancel"
    data(await amps.api.post(path, None))
    error(await amps.api.post(path, None), 409, "ACTION_NOT_CANCELLABLE")


@pytest.mark.parametrize("action_id", ["act_0123456789ab", "0123456789ab", "nope"])
async def test_an_unknown_action(amps: Bench, action_id: str) -> None:
    error(await amps.get(f"/actions/{action_id}"), 404, "ACTION_NOT_FOUND")
    error(await amps.api.post(f"/actions/{action_id}/cancel", None), 404, "ACTION_NOT_FOUND")


async def test_e6_actions_are_listed_newest_first_page_by_page(settled: Bench) -> None:
    pushed = [await settled.push("charge", charger_id) for charger_id in (EV, OTHER, EV)]
    ids = [data(one, 202)["id"] for one in pushed]
    for one in pushed:
        await settled.ended(one)
    listed = data(await settled.get("/actions", limit=2))
    assert [one["id"] for one in listed["items"]] == [ids[2], ids[1]]
    assert listed["pagination"] == {"limit": 2, "offset": 0, "total": 3, "hasMore": True}
    assert listed["items"][0] == await settled.action(pushed[2])


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ({"deviceId": EV}, 1),
        ({"deviceId": "nope"}, 0),
        ({"state": "scheduled"}, 1),
        ({"state": "completed"}, 0),
        ({"userId": "home"}, 2),
        ({"userId": "nobody"}, 0),
        ({"userId": "home", "deviceId": OTHER, "state": "acknowledged"}, 1),
    ],
)
async def test_e6_actions_are_filtered(amps: Bench, query: dict[str, Any], count: int) -> None:
    data(await amps.push("charge", start="1h"), 202)
    data(await amps.push("charge", OTHER), 202)
    assert data(await amps.get("/actions", **query))["pagination"]["total"] == count


async def test_actions_of_other_surfaces_are_not_shown(amps: Bench) -> None:
    answer = await amps.api.post(f"/v1/chargers/{EV}/commands/pause-charging", {})
    assert answer.status == 200
    assert data(await amps.get("/actions"))["items"] == []


async def test_the_header_of_agents_narrows_actions_to_an_end_user(amps: Bench) -> None:
    pushed = data(await amps.push("charge", start="1h"), 202)["id"]
    home, other = ({"headers": {"x-user-id": user}} for user in ("home", "other"))
    assert data(await amps.api.send("GET", f"/actions/{pushed}", **home))["id"] == pushed
    error(await amps.api.send("GET", f"/actions/{pushed}", **other), 404, "ACTION_NOT_FOUND")
    assert data(await amps.api.send("GET", "/actions", **other))["items"] == []


async def test_actions_of_other_customers_are_not_there() -> None:
    mine, other = TokenSpec.of("sk_test_mine", tenant="acme"), TokenSpec.of("sk_test_other", tenant="other")
    async with serve(tokens=(mine, other), owner="acme") as bench:
        shown = {"headers": {"x-api-key": "sk_test_mine"}}
        body = {"action": {"command": "charge", "start": "1h"}}
        pushed = data(await bench.api.send("POST", f"/ev-charger/{EV}", json=body, **shown), 202)
        assert data(await bench.api.send("GET", f"/actions/{pushed['id']}", **shown))["state"] == "scheduled"
        hidden = {"headers": {"x-api-key": "sk_test_other"}}
        error(await bench.api.send("GET", f"/actions/{pushed['id']}", **hidden), 404, "ACTION_NOT_FOUND")
        error(await bench.api.send("POST", f"/actions/{pushed['id']}/cancel", **hidden), 404, "ACTION_NOT_FOUND")
        assert data(await bench.api.send("GET", "/actions", **hidden))["items"] == []
