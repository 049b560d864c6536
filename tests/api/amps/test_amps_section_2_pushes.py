"""Section 2, E3: what a push answers, and everything that is refused before the device is asked."""

from typing import Any

import pytest

from chargepoint_sim.core.commands import IdToken, PauseCharging, ResumeCharging
from tests.api.amps.conftest import EV, LIVE, SANDBOX, Bench, data, error


async def test_an_immediate_push_is_acknowledged(amps: Bench) -> None:
    pushed = data(await amps.push("charge"), 202)
    assert pushed["id"].startswith("act_")
    assert pushed.pop("createdAt").endswith("Z")
    assert pushed == {
        "id": pushed["id"],
        "deviceId": EV,
        "deviceType": "ev_charger",
        "command": "charge",
        "parameters": None,
        "state": "acknowledged",
        "start": None,
        "links": {"self": f"/actions/{pushed['id']}"},
    }


async def test_charge_and_idle_reach_the_charger(amps: Bench) -> None:
    data(await amps.push("charge"), 202)
    data(await amps.push("idle", on_conflict="cancel_and_replace"), 202)
    assert amps.fleet.done == [(EV, ResumeCharging(IdToken("AMPS", "Central"))), (EV, PauseCharging())]


async def test_parameters_may_be_empty(amps: Bench) -> None:
    assert data(await amps.push("charge", parameters={}), 202)["parameters"] == {}


@pytest.mark.parametrize("command", ["discharge", "start_charging", "set_max_power"])
async def test_a_command_that_the_device_does_not_offer(amps: Bench, command: str) -> None:
    details = error(await amps.push(command), 422, "UNSUPPORTED_MODE")
    assert details == {"deviceCapabilities": {"supportedActions": ["charge", "idle"]}}


async def test_a_parameter_that_is_not_declared(amps: Bench) -> None:
    given = {"power": {"value": 7, "unit": "kw"}, "mode": "fast"}
    details = error(await amps.push("charge", parameters=given), 422, "UNSUPPORTED_PARAMETER")
    assert details == {
        "unsupportedParameters": ["mode", "power"],
        "deviceCapabilities": {"supportedParameters": []},
    }


async def test_idle_has_no_window(amps: Bench) -> None:
    details = error(await amps.push("idle", start="30m", end="2h"), 422, "EXECUTION_NOT_SUPPORTED")
    assert details == {"requestedExecution": "windowed", "supportedExecution": ["immediate", "scheduled"]}


@pytest.mark.parametrize("pending", [False, True])
async def test_queue_after_is_unknown_to_chargers_with_a_conflict_and_without(amps: Bench, pending: bool) -> None:
    if pending:
        data(await amps.push("charge"), 202)
    details = error(await amps.push("idle", on_conflict="queue_after"), 422, "STRATEGY_NOT_SUPPORTED")
    assert details == {"strategies": ["cancel_and_replace"]}


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, ["body.action"]),
        ({"action": {}}, ["body.action.command"]),
        ({"action": "charge"}, ["body.action"]),
        ({"action": {"command": 1}}, ["body.action.command"]),
        ({"action": {"command": "charge"}, "mode": "now"}, ["body.mode"]),
        ({"action": {"command": "charge", "until": "2h"}}, ["body.action.until"]),
        ({"action": {"command": "charge", "parameters": []}}, ["body.action.parameters"]),
        ({"action": {"command": "charge", "start": 5}}, ["body.action.start"]),
        ({"action": {"command": "charge", "start": "soon"}}, ["body.action.start"]),
        ({"action": {"command": "charge"}, "onConflict": "fail"}, ["body.onConflict"]),
        ([], ["body"]),
    ],
)
async def test_a_body_of_the_wrong_shape(amps: Bench, body: Any, fields: list[str]) -> None:
    assert error(await amps.push_body(body), 400, "VALIDATION_ERROR") == {"fields": fields}
    assert amps.fleet.done == []


@pytest.mark.parametrize("body", [b"", b"{", b"charge"])
async def test_a_body_that_is_no_json(amps: Bench, body: bytes) -> None:
    error(await amps.api.send("POST", f"/ev-charger/{EV}", data=body), 400, "VALIDATION_ERROR")


async def test_a_live_key_reads_and_does_not_push(guarded: Bench) -> None:
    key = {"headers": {"x-api-key": LIVE}}
    assert data(await guarded.api.send("GET", f"/ev-charger/{EV}", **key))["id"] == EV
    body = {"action": {"command": "charge"}}
    error(await guarded.api.send("POST", f"/ev-charger/{EV}", json=body, **key), 422, "COMMAND_NOT_SUPPORTED")
    key = {"headers": {"x-api-key": SANDBOX}}
    data(await guarded.api.send("POST", f"/ev-charger/{EV}", json=body, **key), 202)
    assert len(guarded.fleet.done) == 1
