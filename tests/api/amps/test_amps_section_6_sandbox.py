"""Section 6: the sandbox, and our controls of a push in it."""

from typing import Any

import pytest

from tests.api.amps.conftest import EV, Bench, data, error, serve


def pushed(**sandbox: Any) -> dict[str, Any]:
    return {"action": {"command": "charge"}, "sandbox": sandbox}


async def test_reads_are_projections(amps: Bench) -> None:
    answer = await amps.get(f"/ev-charger/{EV}")
    assert answer.json["meta"]["environment"] == "sandbox"
    assert answer.json["data"]["metadata"]["source"] == "projection"
    assert answer.json["data"]["sync"]["available"] is True


async def test_a_push_fails_on_request_and_the_device_is_not_asked(settled: Bench) -> None:
    controls = pushed(outcome="failed", errorCode="DEVICE_OFFLINE", errorMessage="No answer from the device.")
    answer = await settled.push_body(controls)
    await settled.ended(answer)
    action = await settled.action(answer)
    assert (action["state"], action["errorCode"]) == ("failed", "DEVICE_OFFLINE")
    assert action["errorMessage"] == "No answer from the device."
    assert settled.fleet.done == []


async def test_a_failure_has_a_code_and_words_of_its_own(settled: Bench) -> None:
    answer = await settled.push_body(pushed(outcome="failed"))
    await settled.ended(answer)
    action = await settled.action(answer)
    assert action["errorCode"] == "UNKNOWN_ERROR"
    assert action["errorMessage"]


async def test_the_outcome_of_a_scheduled_push_is_decided_at_its_start(hurried: Bench) -> None:
    answer = await hurried.push_body({**pushed(outcome="failed"), "action": {"command": "charge", "start": "30m"}})
    record = await hurried.ended(answer)
    assert record.begun_at is not None
    assert (await hurried.action(answer))["state"] == "failed"


async def test_a_delay_takes_the_place_of_the_settle_time() -> None:
    async with serve(scale=100, settle_s=0) as bench:
        record = await bench.ended(await bench.push_body(pushed(delayMs=20_000)))
        assert record.updated_at - record.created_at >= 20
    async with serve() as bench:  # where nothing settles by itself
        record = await bench.ended(await bench.push_body(pushed(outcome="completed", delayMs=0)))
        assert record.ended


@pytest.mark.parametrize(
    ("controls", "field"),
    [
        ({"fail": True}, "body.sandbox.fail"),
        ({"outcome": "cancelled"}, "body.sandbox.outcome"),
        ({"outcome": "failed", "errorCode": "no code"}, "body.sandbox.errorCode"),
        ({"delayMs": -1}, "body.sandbox.delayMs"),
        ({"delayMs": 3_600_001}, "body.sandbox.delayMs"),
        ({"errorCode": "TIMEOUT"}, "body.sandbox.outcome"),
        ({"outcome": "completed", "errorMessage": "words"}, "body.sandbox.outcome"),
    ],
)
async def test_controls_that_mean_nothing_are_refused(amps: Bench, controls: dict[str, Any], field: str) -> None:
    assert error(await amps.push_body(pushed(**controls)), 400, "VALIDATION_ERROR") == {"fields": [field]}
    assert data(await amps.get("/actions"))["items"] == []
