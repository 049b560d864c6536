"""Section 2, E8 and E9: the schedule of a device, and its slots that fire pushes."""

from typing import Any

import pytest

from chargepoint_sim.clock import parse_utc
from chargepoint_sim.core.commands import PauseCharging, ResumeCharging
from chargepoint_sim.fleet.access import TokenSpec
from tests.api.amps.conftest import EV, LIVE, OTHER, Bench, data, error, serve
from tests.api.conftest import Answer

NIGHT: dict[str, Any] = {
    "timezone": "Europe/London",
    "recurrence": {"rule": "daily"},
    "slots": [{"time": "00:30", "duration": "PT5H", "command": "charge", "parameters": {}}],
}


async def put(bench: Bench, body: Any, charger_id: str = EV) -> Answer:
    return await bench.api.send("PUT", f"/ev-charger/{charger_id}/schedule", json=body)


def slots(*given: tuple[str, str], **more: Any) -> dict[str, Any]:
    return {"timezone": "UTC", "slots": [{"time": time, "command": command} for time, command in given], **more}


async def test_e8_a_schedule_is_set_and_read(amps: Bench) -> None:
    schedule = data(await put(amps, NIGHT))
    assert schedule["id"].startswith("sched_")
    assert {name: schedule[name] for name in schedule if name not in ("id", "updatedAt")} == {
        "deviceId": EV,
        "deviceType": "ev_charger",
        "state": "pending",
        **NIGHT,
        "nextFireAt": "2026-06-01T23:30:00.000Z",
    }
    assert data(await amps.get(f"/ev-charger/{EV}/schedule")) == schedule
    assert data(await amps.get(f"/schedules/{schedule['id']}")) == schedule
    assert (await amps.read())["currentSchedule"] == {
        "id": schedule["id"],
        "state": "pending",
        "nextFireAt": schedule["nextFireAt"],
    }


async def test_e8_setting_it_again_replaces_it(amps: Bench) -> None:
    first = data(await put(amps, NIGHT))
    second = data(await put(amps, slots(("13:00", "idle"))))
    assert (second["id"], second["recurrence"]) == (first["id"], None)
    assert second["nextFireAt"] == "2026-06-01T13:00:00.000Z"


async def test_e8_a_schedule_is_taken_away(amps: Bench) -> None:
    schedule = data(await put(amps, NIGHT))
    gone = data(await amps.api.send("DELETE", f"/ev-charger/{EV}/schedule"))
    assert (gone["id"], gone["state"], gone["nextFireAt"]) == (schedule["id"], "cancelled", None)
    for path in (f"/ev-charger/{EV}/schedule", f"/schedules/{schedule['id']}"):
        error(await amps.get(path), 404, "NOT_FOUND")
    error(await amps.api.send("DELETE", f"/ev-charger/{EV}/schedule"), 404, "NOT_FOUND")
    assert (await amps.read())["currentSchedule"] is None


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ({"slots": []}, ["body.slots"]),
        ({"slots": [{"time": "24:00", "command": "charge"}]}, ["body.slots.0.time"]),
        ({"slots": [{"time": "12:00", "command": "charge", "duration": "5h"}]}, ["body.slots.0.duration"]),
        ({"slots": [{"time": "12:00", "command": "charge", "duration": "PT0S"}]}, ["body.slots.0.duration"]),
        ({"slots": [{"time": "12:00", "command": "charge", "duration": "P1DT1S"}]}, ["body.slots.0.duration"]),
        ({"slots": [{"time": "12:00", "command": "charge"}, {"time": "12:00", "command": "idle"}]}, ["body.slots"]),
        ({"timezone": "Mars/Olympus"}, ["body.timezone"]),
        ({"recurrence": {"rule": "yearly"}}, ["body.recurrence.rule"]),
        ({"deviceId": EV}, ["body.deviceId"]),
    ],
)
async def test_e8_a_schedule_of_the_wrong_shape(amps: Bench, change: dict[str, Any], fields: list[str]) -> None:
    assert error(await put(amps, NIGHT | change), 400, "VALIDATION_ERROR") == {"fields": fields}
    error(await amps.get(f"/ev-charger/{EV}/schedule"), 404, "NOT_FOUND")


async def test_e8_slots_are_judged_like_pushes(amps: Bench) -> None:
    error(await put(amps, slots(("12:00", "discharge"))), 422, "UNSUPPORTED_MODE")
    body = slots() | {"slots": [{"time": "12:00", "command": "idle", "duration": "PT1H"}]}
    error(await put(amps, body), 422, "EXECUTION_NOT_SUPPORTED")
    error(await put(amps, NIGHT, "nope"), 404, "DEVICE_NOT_FOUND")


async def test_e8_a_live_key_sets_no_schedule(guarded: Bench) -> None:
    path = f"/ev-charger/{EV}/schedule"
    answer = await guarded.api.send("PUT", path, json=NIGHT, headers={"x-api-key": LIVE})
    error(answer, 422, "COMMAND_NOT_SUPPORTED")


async def test_e8_each_slot_of_a_schedule_without_recurrence_fires_once(hurried: Bench) -> None:
    data(await put(hurried, slots(("15:00", "charge"), ("16:00", "idle"))))
    await hurried.fleet.carried_out(2)
    assert [type(command) for _, command in hurried.fleet.done] == [ResumeCharging, PauseCharging]
    schedule = data(await hurried.get(f"/ev-charger/{EV}/schedule"))
    assert (schedule["state"], schedule["nextFireAt"]) == ("completed", None)
    idle, charge = data(await hurried.get("/actions"))["items"]
    assert (charge["command"], idle["command"]) == ("charge", "idle")
    assert charge["createdAt"] >= "2026-06-01T15:00"


async def test_e8_a_slot_with_a_duration_ends_in_idle(hurried: Bench) -> None:
    body = slots(recurrence={"rule": "daily"}) | {"slots": [{"time": "15:00", "command": "charge", "duration": "PT1H"}]}
    data(await put(hurried, body))
    await hurried.fleet.carried_out(2)
    assert [type(command) for _, command in hurried.fleet.done] == [ResumeCharging, PauseCharging]
    action = data(await hurried.get("/actions"))["items"][0]
    assert (action["start"], action["end"]) == (None, "2026-06-01T16:00:00.000Z")


async def test_e8_a_daily_schedule_fires_every_day() -> None:
    async with serve(scale=86_400, settle_s=0) as bench:
        data(await put(bench, slots(("15:00", "charge"), recurrence={"rule": "daily"})))
        await bench.fleet.carried_out(2)
        schedule = data(await bench.get(f"/ev-charger/{EV}/schedule"))
        assert schedule["state"] == "active"
        assert parse_utc(schedule["nextFireAt"]) > bench.dispatch.now() - 86_400


async def test_e8_a_schedule_replaces_no_push(hurried: Bench) -> None:
    pending = await hurried.push("charge", start="20d")
    data(await put(hurried, slots(("13:00", "idle"))))
    data(await put(hurried, slots(("13:30", "charge")), OTHER))
    await hurried.fleet.carried_out(1)
    assert [charger_id for charger_id, _ in hurried.fleet.done] == [OTHER]
    assert (await hurried.action(pending))["state"] == "scheduled"
    assert data(await hurried.get(f"/ev-charger/{EV}/schedule"))["state"] == "completed"


async def test_e8_the_schedule_of_a_device_that_is_gone_ends(hurried: Bench) -> None:
    schedule = data(await put(hurried, slots(("13:00", "idle"), recurrence={"rule": "daily"})))
    data(await put(hurried, slots(("13:30", "charge")), OTHER))
    del hurried.fleet.views[EV]
    await hurried.fleet.carried_out(1)
    error(await hurried.get(f"/schedules/{schedule['id']}"), 404, "NOT_FOUND")
    assert [charger_id for charger_id, _ in hurried.fleet.done] == [OTHER]


async def test_e9_the_list_of_all_schedules_is_not_there(amps: Bench) -> None:
    error(await amps.get("/schedules", offset=0, limit=50, state="active", deviceId=EV), 501, "NOT_IMPLEMENTED")
    error(await amps.get("/schedules", limit=51), 400, "VALIDATION_ERROR")


async def test_e9_schedules_of_others_are_not_there() -> None:
    keys = (TokenSpec.of("sk_test_mine", tenant="acme"), TokenSpec.of("sk_test_other", tenant="other"))
    async with serve(tokens=keys, owner="acme") as bench:
        mine, other = ({"x-api-key": key} for key in ("sk_test_mine", "sk_test_other"))
        schedule = data(await bench.api.send("PUT", f"/ev-charger/{EV}/schedule", json=NIGHT, headers=mine))
        path = f"/schedules/{schedule['id']}"
        assert data(await bench.api.send("GET", path, headers=mine)) == schedule
        error(await bench.api.send("GET", path, headers=other), 404, "NOT_FOUND")
        error(await bench.api.send("GET", path, headers=mine | {"x-user-id": "elsewhere"}), 404, "NOT_FOUND")


async def test_e9_an_unknown_schedule(amps: Bench) -> None:
    error(await amps.get("/schedules/sched_1"), 404, "NOT_FOUND")
