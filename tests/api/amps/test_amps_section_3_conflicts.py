"""Section 3.2: one active action per device, and replacing it."""

import asyncio
from typing import Any

import pytest

from chargepoint_sim.core.commands import PauseCharging
from tests.api.amps.conftest import EV, OTHER, Bench, data, error

REPLACE = "cancel_and_replace"


@pytest.mark.parametrize("first", [{}, {"start": "1h"}, {"start": "1h", "end": "2h"}])
@pytest.mark.parametrize("second", [("charge", {}), ("idle", {}), ("charge", {"start": "20d"})])
async def test_any_push_conflicts_with_one_that_has_not_ended(
    amps: Bench, first: dict[str, Any], second: tuple[str, dict[str, Any]]
) -> None:
    pending = data(await amps.push("charge", **first), 202)["id"]
    command, when = second
    details = error(await amps.push(command, **when), 409, "CONFLICT")
    assert details == {
        "reason": "no_strategy_supplied",
        "conflictingActionIds": [pending],
        "strategies": ["cancel_and_replace"],
    }
    assert data(await amps.get("/actions"))["pagination"]["total"] == 1


@pytest.mark.parametrize("first", [{}, {"start": "1h"}])
async def test_the_old_action_is_replaced_scheduled_or_in_flight(amps: Bench, first: dict[str, Any]) -> None:
    old = await amps.push("charge", **first)
    new = await amps.push("idle", on_conflict=REPLACE)
    replaced = await amps.action(old)
    assert (replaced["state"], replaced["result"], replaced["completedAt"]) == ("cancelled", None, None)
    assert (await amps.action(new))["state"] == "acknowledged"
    assert amps.fleet.done[-1] == (EV, PauseCharging())


async def test_with_nothing_to_replace_it_is_a_plain_push(amps: Bench) -> None:
    assert data(await amps.push("charge", on_conflict=REPLACE), 202)["state"] == "acknowledged"


async def test_what_has_ended_conflicts_with_nothing(settled: Bench) -> None:
    await settled.ended(await settled.push("charge"))
    data(await settled.push("idle"), 202)


async def test_devices_conflict_each_for_itself(amps: Bench) -> None:
    data(await amps.push("charge"), 202)
    data(await amps.push("charge", OTHER), 202)


async def test_commands_of_other_surfaces_conflict_with_nothing(amps: Bench) -> None:
    assert (await amps.api.post(f"/v1/chargers/{EV}/commands/pause-charging", {})).status == 200
    data(await amps.push("charge"), 202)


async def test_a_push_that_is_refused_replaces_nothing(amps: Bench) -> None:
    pending = await amps.push("charge", start="1h")
    error(await amps.push("charge", on_conflict=REPLACE, start="31d"), 422, "START_OUT_OF_RANGE")
    assert (await amps.action(pending))["state"] == "scheduled"


async def test_of_many_pushes_at_once_one_wins(amps: Bench) -> None:
    answers = await asyncio.gather(*(amps.push("charge") for _ in range(10)))
    assert sorted(answer.status for answer in answers) == [202, *[409] * 9]
    assert len(amps.fleet.done) == 1
