"""Section 2, E1 and E2: chargers as devices, in lists and one by one."""

from dataclasses import replace
from typing import Any

import pytest

from tests.api.amps.conftest import EV, FIELD, NOON, OTHER, Bench, data, error
from tests.api.fake_fleet import charger_view


def put(amps: Bench, charger_id: str = EV, evse: dict[str, Any] | None = None, **changes: Any) -> None:
    """Change what the fleet says of a charger, and of its first EVSE."""
    view = amps.fleet.views[charger_id]
    first, *others = view.evses
    amps.fleet.views[charger_id] = replace(view, evses=(replace(first, **(evse or {})), *others), **changes)


async def test_e2_a_device_is_shown_with_state_commands_and_settings(amps: Bench) -> None:
    device = await amps.read()
    assert device.pop("sync")["lastPulledAt"].startswith(NOON[:16])
    assert device == {
        "id": EV,
        "vendor": "Example",
        "metadata": {"model": "AC-22", "source": "projection"},
        "state": {
            "status": "available",
            "isConnected": False,
            "isCharging": False,
            "currentPower": 0,
            "maxCurrent": 32,
            "powerRateLimit": 22,
        },
        "conflictStrategies": ["cancel_and_replace"],
        "commands": {
            "charge": {"parameters": {}, "execution": ["immediate", "scheduled", "windowed"]},
            "idle": {"parameters": {}, "execution": ["immediate", "scheduled"]},
        },
        "settings": {"max_charge_rate": {"value": 22, "unit": "kw", "min": 0, "max": 50}},
        "lastAction": None,
        "currentSchedule": None,
    }


@pytest.mark.parametrize(
    ("charge_point_status", "plugged", "shown"),
    [
        ("Available", False, "available"),
        ("Reserved", False, "available"),
        ("Preparing", True, "connected"),
        ("Preparing", False, "available"),
        ("Charging", True, "charging"),
        ("SuspendedEVSE", True, "idle"),
        ("SuspendedEV", True, "complete"),
        ("Finishing", True, "complete"),
        ("Faulted", False, "faulted"),
        ("Unavailable", False, "offline"),
    ],
)
async def test_e2_the_status_is_a_projection_of_the_connectors(
    amps: Bench, charge_point_status: str, plugged: bool, shown: str
) -> None:
    put(amps, evse={"status": charge_point_status, "plugged": plugged})
    state = (await amps.read())["state"]
    assert (state["status"], state["isConnected"]) == (shown, plugged)


@pytest.mark.parametrize("connection", ["off", "dialling", "waiting"])
async def test_e2_a_charger_out_of_reach_is_offline_whatever_it_does(amps: Bench, connection: str) -> None:
    evse = {"status": "Charging", "charging_state": "Charging", "plugged": True, "power_w": 7000.0}
    put(amps, evse=evse, connection=connection)
    state = (await amps.read())["state"]
    assert (state["status"], state["isCharging"], state["currentPower"]) == ("offline", True, 7)


async def test_e2_of_two_connectors_the_one_that_does_most_speaks(amps: Bench) -> None:
    put(amps, OTHER, evse={"status": "Charging", "charging_state": "Charging", "plugged": True, "power_w": 7360.4})
    state = (await amps.read(OTHER))["state"]
    assert (state["status"], state["isCharging"], state["currentPower"]) == ("charging", True, 7.36)
    assert state["powerRateLimit"] == 44


async def test_e2_the_rating_does_not_track_the_setting(amps: Bench) -> None:
    put(amps, device_limit_w=11_000.0)
    device = await amps.read()
    assert device["settings"]["max_charge_rate"]["value"] == 11
    assert device["state"]["powerRateLimit"] == 22


async def test_e2_a_strong_charger_has_its_rating_as_upper_bound(amps: Bench) -> None:
    setting = (await amps.read(FIELD))["settings"]["max_charge_rate"]
    assert setting == {"value": 150, "unit": "kw", "min": 0, "max": 150}


async def test_e2_expedite_is_a_boolean(amps: Bench) -> None:
    assert data(await amps.get(f"/ev-charger/{EV}", expedite="true"))["id"] == EV
    details = error(await amps.get(f"/ev-charger/{EV}", expedite="soon"), 400, "VALIDATION_ERROR")
    assert details == {"fields": ["query.expedite"]}


async def test_e2_the_ocpp_identity_names_a_device_too(amps: Bench) -> None:
    assert (await amps.read("CP-EV-1"))["id"] == EV


async def test_e2_an_unknown_device_is_not_found(amps: Bench) -> None:
    error(await amps.get("/ev-charger/nope"), 404, "DEVICE_NOT_FOUND")
    error(await amps.push("charge", "nope"), 404, "DEVICE_NOT_FOUND")
    error(await amps.set({"max_charge_rate": {"value": 1, "unit": "kw"}}, "nope"), 404, "DEVICE_NOT_FOUND")


async def test_e2_the_last_action_is_shown_in_short(settled: Bench) -> None:
    settled.fleet.refusals[EV] = "no vehicle is connected"
    pushed = await settled.push("charge")
    await settled.ended(pushed)
    action = await settled.action(pushed)
    assert (await settled.read())["lastAction"] == {
        "id": action["id"],
        "command": "charge",
        "state": "failed",
        "createdAt": action["createdAt"],
        "updatedAt": action["updatedAt"],
        "errorCode": "UNKNOWN_ERROR",
        "errorMessage": "no vehicle is connected",
        "links": {"self": f"/actions/{action['id']}"},
    }
    assert (await settled.read(OTHER))["lastAction"] is None


async def test_e1_a_list_shows_devices_without_settings(amps: Bench) -> None:
    listed = data(await amps.get("/ev-charger"))
    assert [one["id"] for one in listed["items"]] == [EV, OTHER, FIELD]
    assert listed["pagination"] == {"limit": 10, "offset": 0, "total": 3, "hasMore": False}
    device = await amps.read()
    assert set(device) - set(listed["items"][0]) == {"settings"}


async def test_e1_lists_come_page_by_page(amps: Bench) -> None:
    first = data(await amps.get("/ev-charger", limit=2))
    assert [one["id"] for one in first["items"]] == [EV, OTHER]
    assert first["pagination"] == {"limit": 2, "offset": 0, "total": 3, "hasMore": True}
    second = data(await amps.get("/ev-charger", limit=2, offset=2))
    assert [one["id"] for one in second["items"]] == [FIELD]
    assert second["pagination"]["hasMore"] is False
    assert data(await amps.get("/ev-charger", offset=9))["items"] == []


@pytest.mark.parametrize("query", [{"limit": 0}, {"limit": 51}, {"offset": -1}, {"limit": "all"}, {"pageSize": 3}])
async def test_e1_a_query_that_means_nothing_is_refused(amps: Bench, query: dict[str, Any]) -> None:
    details = error(await amps.get("/ev-charger", **query), 400, "VALIDATION_ERROR")
    assert details == {"fields": [f"query.{name}" for name in query]}


async def test_e1_a_location_stands_for_an_end_user(amps: Bench) -> None:
    assert [one["id"] for one in data(await amps.get("/ev-charger", userId="home"))["items"]] == [EV, OTHER]
    assert data(await amps.get("/ev-charger", userId="nobody"))["items"] == []


async def test_e1_the_header_of_agents_narrows_to_an_end_user(amps: Bench) -> None:
    forwarded = {"headers": {"x-user-id": "home"}}
    listed = data(await amps.api.send("GET", "/ev-charger", **forwarded))
    assert listed["pagination"]["total"] == 2
    error(await amps.api.send("GET", f"/ev-charger/{FIELD}", **forwarded), 404, "DEVICE_NOT_FOUND")
    error(await amps.api.send("GET", "/ev-charger?userId=other", **forwarded), 400, "VALIDATION_ERROR")


async def test_e1_the_last_page_holds_at_most_fifty(amps: Bench) -> None:
    for n in range(60):
        amps.fleet.views[f"more-{n}"] = charger_view(f"more-{n}", f"CP-{n}")
    assert len(data(await amps.get("/ev-charger", limit=50))["items"]) == 50
