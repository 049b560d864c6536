"""Locations and chargers made, changed and taken away by the vendor's client, ocpplab 0.2.2, with a real CSMS.

One walk through everything is shared by the tests of this file: `ocpplab_resources.py` says in which order.
"""

import asyncio
from typing import Any

import aiohttp
import pytest

from chargepoint_sim.config.host import HostLimits
from chargepoint_sim.daemon import Daemon
from chargepoint_sim.fleet.access import TokenSpec
from tests.acceptance.conftest import StartFleet, called

TOKEN = "8d1f"
PATIENCE_S = 30
PROGRAM = "ocpplab_resources.py"

SINGLE = (
    "set_configuration",
    "reset_auth_cache",
    "send_local_list",
    "clear_local_list",
    "inject_fault",
    "clear_fault",
    "proxy_message",
)
"""Commands that are for one charger alone."""
CHANGES = {"create", "update", "delete", "start_runtime", "stop_runtime", "reset_runtime"}
"""Methods that need more than a look."""

Answers = dict[str, Any]


async def walk(daemon: Daemon, python: str, token: str = TOKEN) -> Answers:
    assert daemon.csms is not None
    assert daemon.api_url is not None
    return await called(python, PROGRAM, daemon.api_url, token, daemon.csms.url)


def raised(answer: Any) -> tuple[str, int]:
    return answer["raised"], answer["status"]


async def test_the_life_of_locations_and_chargers(start_fleet: StartFleet, vendor_python: str) -> None:
    daemon = await start_fleet(TokenSpec.of(TOKEN))
    answers = await walk(daemon, vendor_python)
    assert answers["never called"] == []
    _check_health_and_catalog(answers)
    _check_locations(answers)
    _check_one_charger(answers)
    _check_many_chargers(answers)
    _check_mistakes(answers)
    assert [view.charger_id for view in (await daemon.fleet.list())[0]] == [
        one.charger_id for one in daemon.spec.chargers
    ]
    assert daemon.csms is not None
    for identity in ("CP-MADE-1", "CP-ROW-A", "CP-ROW-B"):
        await daemon.csms.wait_frame(identity, lambda frame: frame.action == "BootNotification")


def _check_health_and_catalog(answers: Answers) -> None:
    assert answers["health.health_check"] == {"status": "ok"}
    assert 'href="openapi.json"' in answers["health.landing_page"]
    brands = answers["catalog.list_brands"]
    assert {"wallbox", "schneider", "abb"} <= {one["slug"] for one in brands["data"]}
    assert (brands["page"], brands["limit"]) == (1, 20)
    model = answers["catalog.get_model"]
    assert model["slug"] == "wallbox-pulsar-plus"
    assert (model["connector_count"], model["current_type"]) == (1, "ac")
    assert (model["supported_kwh"], model["connector_types"]) == ([7.4, 22], ["Type2"])
    assert model in answers["catalog.list_models"]["data"]
    assert raised(answers["models of an unknown brand"]) == ("NotFoundError", 404)
    assert raised(answers["unknown model"]) == ("NotFoundError", 404)
    slugs = [one["slug"] for one in answers["location_templates.list"]["data"]]
    assert slugs == ["urban-ac-hub", "highway-dc-station", "residential-ac-single"]
    assert [one["slug"] for one in answers["templates dc"]["data"]] == ["highway-dc-station"]


def _check_locations(answers: Answers) -> None:
    made = answers["locations.create"]
    assert made["slug"].startswith("depot-south-")
    assert (made["status"], made["public"], made["owner_name"]) == ("active", True, None)
    assert made["coordinates"] == {"latitude": 52.05, "longitude": 5.11}
    changed = answers["locations.update"]
    assert changed == {**made, "status": "maintenance", "updated_at": changed["updated_at"]}
    assert answers["locations.get"] == changed
    assert changed in answers["locations.list"]["data"]
    for name in ("unknown location", "update unknown location", "delete unknown location"):
        assert raised(answers[name]) == ("NotFoundError", 404)
    assert raised(answers["delete location in use"]) == ("UnprocessableEntityError", 422)
    assert answers["locations.delete"] is None


def _check_one_charger(answers: Answers) -> None:
    made = answers["chargers.create"]
    assert (made["identity"], made["status"]) == ("CP-MADE-1", "PROVISIONING")
    assert made["status_url"] == f"/ocpp/chargers/{made['charger_id']}/status"
    status = answers["chargers.get_status"]
    assert (status["status"], status["error"]) == ("READY", None)
    assert status["provisioned_at"] is not None
    charger = answers["chargers.get"]
    assert (charger["name"], charger["ocpp_version"], charger["connector_type"]) == ("Bay 1", "OCPP1.6", "Type2")
    assert (charger["max_charging_power"], charger["vendor_name"]) == (22000, "Wallbox")
    assert charger["location_id"] == answers["locations.create"]["id"]
    assert [one["id"] for one in answers["chargers.list"]["data"]] == [made["charger_id"]]
    boots = answers["chargers.get_logs"]["data"]
    assert [one["direction"] for one in boots] == ["cp_to_csms", "csms_to_cp"]
    assert '"BootNotification"' in boots[0]["message"]
    assert answers["chargers.update"]["name"] == "Bay 1b"
    for name, count in (("stop", 0), ("start", 1), ("reset", 1)):
        command = answers[f"chargers.{name}_runtime"]
        assert (command["id"], command["event_type"]) == (made["charger_id"], f"{name}_charger")
        assert command["ocpp_version"] == "OCPP1.6"
        assert (command["payload"]["desired_count"], command["payload"]["status"]) == (count, "ACTIVE")
    assert answers["status when stopped"]["status"] == "READY"
    assert answers["chargers.delete"] is None


def _check_many_chargers(answers: Answers) -> None:
    site = answers["locations.create"]["id"]
    accepted = answers["location_chargers.create"]
    assert accepted["status_url"] == f"/ocpp/locations/{site}/chargers/jobs/{accepted['job_id']}"
    job = answers["location_chargers.get_bulk_job"]
    assert (job["status"], job["error"]) == ("READY", None)
    created = job["results"]["created"]
    assert [one["identity"] for one in created][:2] == ["CP-ROW-A", "CP-ROW-B"]
    assert [one["name"] for one in created][:2] == ["Row A", "Row B"]
    assert {one["ocpp_version"] for one in created} == {"OCPP2.0.1"}
    padded = [one["identity"].removeprefix("CP-ROW-") for one in created[2:]]
    assert [len(suffix) for suffix in padded] == [8, 8]
    assert [one["identity"] for one in job["results"]["failed"]] == ["CP-MADE-1"]
    for one in created:
        assert answers[f"status of {one['id']}"]["status"] == "READY"
    assert [one["id"] for one in answers["location_chargers.list"]["data"]] == [one["id"] for one in created[:2]]
    updated = answers["location_chargers.update"]
    assert (updated["updated_count"], updated["failed_count"]) == (1, 1)
    assert updated["updated"][0]["name"] == "Row Z"
    assert updated["failed"][0]["charger_id"] == "dep-0"
    deleted = answers["location_chargers.delete"]
    assert deleted["deleted"] == [created[0]["id"]]
    assert (deleted["deleted_count"], deleted["failed_count"]) == (1, 1)


def _check_mistakes(answers: Answers) -> None:
    names = ("identity taken", "create unknown model", "create at unknown location", "update with a wrong url")
    for name in names:
        assert raised(answers[name]) == ("BadRequestError", 400), name
    for name in ("group of an unknown brand", "group of nobody", "delete without ids", "create unknown version"):
        assert raised(answers[name]) == ("UnprocessableEntityError", 422), name
    methods = ("get", "get_status", "update", "delete", "start_runtime", "stop_runtime", "reset_runtime")
    for method in methods:
        assert raised(answers[f"{method} unknown charger"]) == ("NotFoundError", 404)
    # The client declares no 404 for logs, so it raises its general error.
    assert raised(answers["get_logs unknown charger"]) == ("ApiError", 404)
    for name in ("unknown job", "chargers of an unknown location"):
        assert raised(answers[name]) == ("NotFoundError", 404)


async def test_every_command(start_fleet: StartFleet, vendor_python: str) -> None:
    daemon = await start_fleet(TokenSpec.of(TOKEN))
    assert daemon.api_url is not None
    assert daemon.csms is not None
    answers = await called(vendor_python, "ocpplab_commands.py", daemon.api_url, TOKEN, "dep-789")
    assert answers.pop("never called") == []
    assert raised(answers.pop("unknown charger")) == ("NotFoundError", 404)
    assert raised(answers.pop("fault of an unknown charger")) == ("NotFoundError", 404)
    assert raised(answers.pop("no target")) == ("UnprocessableEntityError", 422)
    assert raised(answers.pop("message of another version")) == ("BadRequestError", 400)
    single = {name: answers.pop(f"commands.{name}") for name in SINGLE}
    assert len(answers) == 18 - len(SINGLE)
    for name, answer in answers.items():
        assert (answer["targeted_count"], answer["queued_count"], answer["failed"]) == (1, 1, []), name
        assert answer["results"][0]["command"]["event_type"] == name.removeprefix("commands.")
    assert single["set_configuration"]["status"] == "Accepted"
    assert single["set_configuration"]["configured"] == ["HeartbeatInterval"]
    assert single["reset_auth_cache"]["msg"] == "Authorization cache cleared"
    assert single["send_local_list"]["entries_received"] == 1
    assert single["clear_local_list"]["entries_deleted"] == 1
    assert single["inject_fault"]["status"] == "Faulted"
    assert single["clear_fault"]["status"] == "Available"
    assert single["proxy_message"]["event_type"] == "heartbeat"
    for action in ("Authorize", "StartTransaction", "StopTransaction", "Heartbeat"):
        await daemon.csms.wait_frame("CP-CHARGER-789", lambda frame, wanted=action: frame.action == wanted)


async def test_with_a_token_that_may_only_look(start_fleet: StartFleet, vendor_python: str) -> None:
    daemon = await start_fleet(TokenSpec.of(TOKEN, scope="read"))
    assert daemon.api_url is not None
    answers = await called(vendor_python, "ocpplab_refused.py", daemon.api_url, TOKEN)
    assert answers.pop("never called") == []
    refused = {name for name, answer in answers.items() if answer == {"raised": "ForbiddenError", "status": 403}}
    assert refused == {name for name in answers if name.startswith("commands.") or name.split(".")[1] in CHANGES}


async def test_with_a_wrong_token(start_fleet: StartFleet, vendor_python: str) -> None:
    daemon = await start_fleet(TokenSpec.of(TOKEN))
    assert daemon.api_url is not None
    answers = await called(vendor_python, "ocpplab_refused.py", daemon.api_url, "wrong")
    assert answers.pop("never called") == []
    assert answers.pop("health.health_check") == {"status": "ok"}
    assert answers.pop("health.landing_page").startswith("<!doctype html>")
    assert {raised(answer) for answer in answers.values()} == {("UnauthorizedError", 401)}


async def test_when_the_daemon_fails(
    start_fleet: StartFleet, vendor_python: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    daemon = await start_fleet(TokenSpec.of(TOKEN))
    assert daemon.api_url is not None

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("broken on purpose")

    for name in ("view", "list", "locations", "ids"):
        monkeypatch.setattr(daemon.fleet, name, broken)
    for name in ("catalog", "add_location"):
        monkeypatch.setattr(daemon.roster, name, broken)
    answers = await called(vendor_python, "ocpplab_refused.py", daemon.api_url, TOKEN)
    assert answers.pop("never called") == []
    del answers["health.health_check"], answers["health.landing_page"]
    # These are found out before anything is looked up.
    mistakes = {name for name, answer in answers.items() if raised(answer) == ("UnprocessableEntityError", 422)}
    assert mistakes == {"location_chargers.create", "location_chargers.update"}
    assert {raised(answers[name]) for name in answers.keys() - mistakes} == {("InternalServerError", 500)}


async def test_when_this_host_has_no_room_for_a_further_charger(
    start_fleet: StartFleet, vendor_python: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    daemon = await start_fleet(TokenSpec.of(TOKEN))
    assert daemon.api_url is not None
    monkeypatch.setattr(daemon.roster, "_limits", lambda: HostLimits(open_files=4))
    answer = (await called(vendor_python, "ocpplab_no_room.py", daemon.api_url, TOKEN))["create"]
    assert answer["status"] == 503
    assert "this host allows 4" in answer["detail"]


async def test_a_charger_that_reaches_nobody_fails_and_comes_round(start_fleet: StartFleet) -> None:
    daemon = await start_fleet()
    assert daemon.csms is not None
    assert daemon.api_url is not None
    kind = {"brand_slug": "abb", "model_slug": "terra-184", "connector_type": "CCS2"}
    async with aiohttp.ClientSession(daemon.api_url) as session, asyncio.timeout(PATIENCE_S):
        body = {**kind, "identity": "CP-LOST", "ws_url": "ws://127.0.0.1:9/ocpp"}
        async with session.post("/ocpp/chargers", json=body) as answer:
            made = await answer.json()
        events = daemon.fleet.events([made["charger_id"]])
        while (status := await _status(session, made))["status"] != "FAILED":
            await anext(events)
        assert (status["error"]["code"], status["error"]["step"]) == ("csms_unreachable", "dial")
        assert status["provisioned_at"] is None
        path = f"/ocpp/chargers/{made['charger_id']}"
        async with session.put(path, json={"ws_url": daemon.csms.url}) as answer:
            assert answer.status == 200
        while (status := await _status(session, made))["status"] != "READY":
            await anext(events)
        assert (status["error"], status["provisioned_at"] is None) == (None, False)
    await daemon.csms.wait_connected("CP-LOST")


async def _status(session: aiohttp.ClientSession, made: Any) -> Any:
    async with session.get(made["status_url"]) as answer:
        return await answer.json()
