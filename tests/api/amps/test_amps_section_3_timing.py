"""Section 3.3: immediate, scheduled and windowed pushes, on the clock of the place where the device stands."""

from typing import Any

import pytest

from chargepoint_sim.core.commands import PauseCharging, ResumeCharging
from tests.api.amps.conftest import EV, FIELD, Bench, data, error


@pytest.mark.parametrize(
    ("start", "absolute"),
    [
        ("2026-06-01T18:30:00", "2026-06-01T16:30:00.000Z"),
        ("2026-06-01T14:30:00", "2026-06-01T12:30:00.000Z"),
        ("2026-06-01T18:30:00Z", "2026-06-01T18:30:00.000Z"),
        ("2026-06-01T18:30:00-04:00", "2026-06-01T22:30:00.000Z"),
    ],
)
async def test_a_start_is_a_time_on_the_clock_of_the_device(amps: Bench, start: str, absolute: str) -> None:
    pushed = await amps.push("charge", start=start)
    assert (data(pushed, 202)["state"], data(pushed, 202)["start"]) == ("scheduled", absolute)
    action = await amps.action(pushed)
    assert (action["start"], action["end"], action["acknowledgedAt"]) == (absolute, None, None)
    assert amps.fleet.done == []


async def test_a_device_of_no_place_has_its_clock_in_utc(amps: Bench) -> None:
    pushed = await amps.push("charge", FIELD, start="2026-06-01T18:30:00")
    assert data(pushed, 202)["start"] == "2026-06-01T18:30:00.000Z"


@pytest.mark.parametrize(("start", "hour"), [("30m", "12:30"), ("1.5h", "13:30"), ("2h", "14:00"), ("90s", "12:01")])
async def test_a_start_may_be_a_duration(amps: Bench, start: str, hour: str) -> None:
    assert data(await amps.push("idle", start=start), 202)["start"].startswith(f"2026-06-01T{hour}")


@pytest.mark.parametrize("start", ["2026-06-01T13:59:00", "2026-06-01T11:59:00Z", "0m", "2020-01-01T00:00:00"])
async def test_a_start_in_the_past(amps: Bench, start: str) -> None:
    error(await amps.push("charge", start=start), 422, "START_IN_PAST")


@pytest.mark.parametrize("start", ["2026-07-02T12:00:00Z", "721h", "31d"])
async def test_a_start_beyond_thirty_days(amps: Bench, start: str) -> None:
    error(await amps.push("charge", start=start), 422, "START_OUT_OF_RANGE")


async def test_a_start_within_thirty_days(amps: Bench) -> None:
    data(await amps.push("charge", start="2026-07-01T11:59:00Z"), 202)


@pytest.mark.parametrize("start", ["", "soon", "2026-06-01", "18:30", "-1h", "1w", "2026-13-01T00:00:00"])
async def test_a_start_that_is_no_time(amps: Bench, start: str) -> None:
    assert error(await amps.push("charge", start=start), 400, "VALIDATION_ERROR") == {"fields": ["body.action.start"]}


@pytest.mark.parametrize(
    ("when", "reason"),
    [
        ({"end": "2h"}, "end_without_start"),
        ({"start": "2026-06-01T18:00:00", "end": "2026-06-01T18:00:00"}, "end_not_after_start"),
        ({"start": "2026-06-01T18:00:00", "end": "2026-06-01T17:00:00"}, "end_not_after_start"),
        ({"start": "29d", "end": "2d"}, "end_beyond_horizon"),
    ],
)
async def test_a_window_that_breaks_the_contract(amps: Bench, when: dict[str, Any], reason: str) -> None:
    assert error(await amps.push("charge", **when), 422, "INVALID_TIME_WINDOW") == {"reason": reason}


async def test_a_window_is_read_back_as_absolute_times(amps: Bench) -> None:
    pushed = await amps.push("charge", start="2026-06-01T22:00:00", end="2026-06-02T06:00:00")
    action = await amps.action(pushed)
    assert (action["start"], action["end"]) == ("2026-06-01T20:00:00.000Z", "2026-06-02T04:00:00.000Z")


async def test_the_end_may_be_a_duration_from_the_start(amps: Bench) -> None:
    action = await amps.action(await amps.push("charge", start="2026-06-01T22:00:00", end="8h"))
    assert action["end"] == "2026-06-02T04:00:00.000Z"


async def test_a_scheduled_push_fires_once_at_its_start(hurried: Bench) -> None:
    pushed = await hurried.push("charge", start="30m")
    record = await hurried.ended(pushed)
    action = await hurried.action(pushed)
    assert action["state"] == "completed"
    assert record.begun_at is not None
    assert record.order.start_at is not None
    assert record.begun_at >= record.order.start_at
    assert [command for _, command in hurried.fleet.done] == [record.command]


async def done(bench: Bench, count: int) -> list[Any]:
    """The commands of the first `count` at the charger, when they have come."""
    await bench.fleet.carried_out(count)
    return [type(command) for _, command in bench.fleet.done]


async def test_a_window_ends_in_idle_without_a_second_action(hurried: Bench) -> None:
    pushed = await hurried.push("charge", start="10m", end="30m")
    assert await done(hurried, 2) == [ResumeCharging, PauseCharging]
    assert (await hurried.action(pushed))["state"] == "completed"
    assert data(await hurried.get("/actions"))["pagination"]["total"] == 1


async def test_a_windowed_push_is_completed_before_its_end(hurried: Bench) -> None:
    record = await hurried.ended(await hurried.push("charge", start="10m", end="20d"))
    assert record.order.end_at is not None
    assert record.updated_at < record.order.end_at


async def test_the_next_push_takes_the_end_of_a_window_away(hurried: Bench) -> None:
    await hurried.ended(await hurried.push("charge", start="10m", end="40m"))
    await hurried.ended(await hurried.push("charge"))
    await hurried.ended(await hurried.push("idle", EV, start="2h"))
    assert await done(hurried, 3) == [ResumeCharging, ResumeCharging, PauseCharging]


async def test_a_push_to_come_leaves_the_end_of_a_window_until_then(hurried: Bench) -> None:
    await hurried.ended(await hurried.push("charge", start="10m", end="40m"))
    await hurried.ended(await hurried.push("charge", start="3h"))
    assert await done(hurried, 3) == [ResumeCharging, PauseCharging, ResumeCharging]
