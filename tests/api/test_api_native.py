"""The native surface: reads, commands and the event stream."""

import asyncio
import inspect
import json
from typing import Any

import aiohttp
import pytest

from chargepoint_sim.api.app import create_app, start_api
from chargepoint_sim.api.native import events as native_events
from chargepoint_sim.api.native import journal
from chargepoint_sim.api.native.commands import COMMANDS
from chargepoint_sim.core import commands as core
from chargepoint_sim.core.smart_charging.profiles import LimitSource
from chargepoint_sim.fleet.spec import ApiSpec
from chargepoint_sim.fleet.views import FleetEvent, FrameRecord
from tests.api.conftest import Api
from tests.api.fake_fleet import BOOTED_AT, seed_fleet


def test_every_command_of_the_core_has_a_route() -> None:
    abstract = {core.Command, core.Placed}
    classes = {
        member
        for _, member in inspect.getmembers(core, inspect.isclass)
        if issubclass(member, core.Command) and member not in abstract
    }
    assert classes == set(COMMANDS)


def test_command_names_are_kebab_case() -> None:
    assert core.command_name(core.SetPowerLimit) == "set-power-limit"
    assert core.command_name(core.PlugIn) == "plug-in"


async def test_the_fleet_in_figures(api: Api) -> None:
    fleet = (await api.get("/v1/fleet")).json
    assert (fleet["total"], fleet["connected"], fleet["booted"], fleet["charging"]) == (5, 5, 5, 0)
    assert fleet["causes"][0]["remedy"] == "plug a vehicle in"
    assert "dep-789" in fleet["causes"][0]["charger_ids"]
    assert fleet["groups"][0]["template"] == "ac22"


@pytest.mark.parametrize(
    ("selector", "expected"),
    [
        ("*", ["dep-789", "dep-1", "dep-2", "dc-1", "ac-1"]),
        ("dep-?", ["dep-1", "dep-2"]),
        ("loc-456", ["dep-1", "dep-2"]),
        ("CP-DC-1", ["dc-1"]),
    ],
)
async def test_chargers_by_selector(api: Api, selector: str, expected: list[str]) -> None:
    page = (await api.get("/v1/chargers", selector=selector)).json
    assert [view["charger_id"] for view in page["data"]] == expected
    assert page["total"] == len(expected)


async def test_selected_chargers_come_in_pages(api: Api) -> None:
    page = (await api.get("/v1/chargers", offset=3, limit=1)).json
    assert [view["charger_id"] for view in page["data"]] == ["dc-1"]
    assert (page["total"], page["offset"], page["limit"]) == (5, 3, 1)


async def test_a_charger_in_full(api: Api) -> None:
    view = (await api.get("/v1/chargers/CP-DC-1")).json
    assert (view["charger_id"], view["registration"], view["version"]) == ("dc-1", "Accepted", "2.0.1")
    assert [evse["offered_power_w"] for evse in view["evses"]] == [50000.0, 50000.0]


async def test_the_newest_frames_of_an_action(api: Api) -> None:
    api.fleet.kept_frames["dep-1"] = [
        FrameRecord(BOOTED_AT + n, "dep-1", sent=True, action=action, text=f"[{n}]")
        for n, action in enumerate(["Heartbeat", "MeterValues", "Heartbeat", "MeterValues"])
    ]
    page = (await api.get("/v1/chargers/dep-1/frames", action="MeterValues", limit=1)).json
    assert page["total"] == 2
    assert page["data"] == [
        {"at": BOOTED_AT + 3, "charger_id": "dep-1", "sent": True, "action": "MeterValues", "text": "[3]"}
    ]


@pytest.mark.parametrize(
    ("name", "body", "command"),
    [
        ("plug-in", {}, core.PlugIn()),
        ("plug-in", {"vehicle": "suv", "soc": 0.3, "evse_id": 1}, core.PlugIn(1, None, "suv", 0.3)),
        ("unplug", {"at_vehicle": True}, core.Unplug(at_vehicle=True)),
        ("present-token", {"id_token": "04A1"}, core.PresentToken(id_token=core.IdToken("04A1"))),
        (
            "authorize-token",
            {"id_token": {"id_token": "me@example", "type": "eMAID"}},
            core.AuthorizeToken(core.IdToken("me@example", "eMAID")),
        ),
        ("start-session", {"id_token": "T", "duration_s": 60}, core.StartSession(None, None, core.IdToken("T"), 60.0)),
        ("set-power-limit", {"power_w": 6000}, core.SetPowerLimit(power_w=6000)),
        ("set-power-limit", {"power_w": None}, core.SetPowerLimit(power_w=None)),
        (
            "set-behaviour",
            {"sessions_per_evse_per_day": 12, "least_dwell_s": 60, "id_tokens": ["A", "B"]},
            core.SetBehaviour(12, 60, None, ("A", "B")),
        ),
        ("set-behaviour", {"sessions_per_evse_per_day": 0}, core.SetBehaviour(0)),
        (
            "set-power-limit",
            {"power_w": 9000, "whole_station": True, "source": "SO"},
            core.SetPowerLimit(power_w=9000, whole_station=True, source=LimitSource.SO),
        ),
        ("inject-fault", {"error_code": "GroundFailure"}, core.InjectFault(error_code="GroundFailure")),
        ("reboot", {"hard": True}, core.Reboot(hard=True)),
        ("lose-link", {"duration_s": 5}, core.LoseLink(5.0)),
        ("end-transaction", {"transaction_id": "7"}, core.EndTransaction("7")),
    ],
)
async def test_a_command_reaches_the_charger(api: Api, name: str, body: dict[str, Any], command: core.Command) -> None:
    answer = await api.post(f"/v1/chargers/dep-789/commands/{name}", body)
    assert answer.status == 200
    assert api.fleet.done == [("dep-789", command)]
    assert answer.json["results"][0]["charger_id"] == "dep-789"
    assert (answer.json["accepted"], answer.json["refused"]) == (1, 0)


async def test_a_command_without_required_fields_needs_no_body(api: Api) -> None:
    assert (await api.send("POST", "/v1/chargers/dep-789/commands/reboot")).status == 200
    assert api.fleet.done == [("dep-789", core.Reboot())]


@pytest.mark.parametrize(
    ("name", "body", "place"),
    [
        ("plug-in", {"vehicel": "suv"}, "vehicel"),
        ("plug-in", {"soc": 1.5}, "soc"),
        ("plug-in", {"evse_id": "1"}, "evse_id"),
        ("present-token", {}, "id_token"),
        ("present-token", {"id_token": ""}, "id_token"),
        ("set-power-limit", {"power_w": -1}, "power_w"),
        ("set-power-limit", {"power_w": True}, "power_w"),
        ("set-power-limit", {"source": "moon"}, "source"),
        ("reboot", {"hard": 1}, "hard"),
        ("lose-link", {"duration_s": 0}, "duration_s"),
        ("transfer-data", {"data": "x"}, "vendor_id"),
    ],
)
async def test_a_wrong_command_gets_422(api: Api, name: str, body: dict[str, Any], place: str) -> None:
    answer = await api.post(f"/v1/chargers/dep-789/commands/{name}", body)
    assert answer.status == 422
    assert answer.json["detail"][0]["loc"][:2] == ["body", place]
    assert api.fleet.done == []


async def test_a_selector_commands_many_and_tells_each_outcome(api: Api) -> None:
    api.fleet.refusals["dep-1"] = "The station is rebooting."
    answer = await api.post("/v1/chargers/dep-*/commands/set-power-limit", {"power_w": 30000})
    ids = [one["action_id"] for one in answer.json["results"]]
    applied = {"accepted": True, "reason": "", "info": {"applied_power_w": 22000}, "state": "applied"}
    assert answer.json == {
        "accepted": 2,
        "refused": 1,
        "results": [
            {**applied, "charger_id": "dep-789", "action_id": ids[0]},
            {
                "charger_id": "dep-1",
                "accepted": False,
                "reason": "The station is rebooting.",
                "info": {},
                "action_id": ids[1],
                "state": "rejected",
            },
            {**applied, "charger_id": "dep-2", "action_id": ids[2]},
        ],
    }
    assert len(set(ids)) == 3


async def test_a_power_limit_is_released(api: Api) -> None:
    await api.post("/v1/chargers/dc-1/commands/set-power-limit", {"power_w": 6000, "evse_id": 2})
    assert (await api.get("/v1/chargers/dc-1")).json["evses"][1]["external_limit_w"] == 6000
    answer = await api.send("DELETE", "/v1/chargers/dc-1/power-limit?evse_id=2")
    assert answer.status == 200
    assert api.fleet.done[-1] == ("dc-1", core.SetPowerLimit(2, None, None))
    assert (await api.get("/v1/chargers/dc-1")).json["evses"][1]["external_limit_w"] is None


async def test_an_unknown_selector_gets_404(api: Api) -> None:
    answer = await api.post("/v1/chargers/nobody-*/commands/reboot", {})
    assert answer.status == 404
    assert (await api.post("/v1/chargers/dep-789/commands/levitate", {})).status == 404


async def next_event(response: aiohttp.ClientResponse) -> tuple[str, dict[str, Any]]:
    async with asyncio.timeout(30):
        assert (await response.content.readline()).startswith(b"id: ")
        kind = (await response.content.readline()).decode().removeprefix("event: ").strip()
        data = (await response.content.readline()).decode().removeprefix("data: ")
        assert await response.content.readline() == b"\n"
    return kind, json.loads(data)


async def opened(response: aiohttp.ClientResponse) -> None:
    async with asyncio.timeout(5):
        assert await response.content.readline() == b": open\n"
        assert await response.content.readline() == b"\n"


async def test_events_arrive_from_the_first_one_on(api: Api) -> None:
    async with api.session.get(f"{api.url}/v1/events") as response:
        assert response.headers["Content-Type"] == "text/event-stream"
        await opened(response)
        api.fleet.emit(FleetEvent(BOOTED_AT, "dep-1", "charger_connected", {"text": "line\nbreak"}))
        assert await next_event(response) == (
            "charger_connected",
            {
                "at": BOOTED_AT,
                "charger_id": "dep-1",
                "kind": "charger_connected",
                "data": {"text": "line\nbreak"},
            },
        )


async def test_events_can_be_chosen_by_charger_and_kind(api: Api) -> None:
    url = f"{api.url}/v1/events?charger=loc-456&charger=dc-1&kind=frame&kind=charger_lost"
    async with api.session.get(url) as response:
        await opened(response)
        for charger_id, kind in [("dep-789", "frame"), ("dep-1", "charger_connected"), ("dc-1", "charger_lost")]:
            api.fleet.emit(FleetEvent(BOOTED_AT, charger_id, kind))
        api.fleet.emit(FleetEvent(BOOTED_AT, "dep-2", "frame"))
        assert [(await next_event(response))[0] for _ in range(2)] == ["charger_lost", "frame"]


async def test_a_client_that_leaves_is_forgotten(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(native_events, "KEEP_ALIVE_S", 0.02)
    monkeypatch.setattr(journal, "LINGER_S", 0.0)
    async with api.session.get(f"{api.url}/v1/events") as response:
        await opened(response)
        async with asyncio.timeout(5):
            assert await response.content.readline() == b": alive\n"
        assert len(api.fleet.subscribers) == 1
        response.close()
    async with asyncio.timeout(5):
        await api.fleet.unsubscribed.wait()
    assert api.fleet.subscribers == set()


async def test_streams_end_when_the_daemon_stops() -> None:
    fleet = seed_fleet()
    runner, port = await start_api(create_app(fleet, ApiSpec()), "127.0.0.1", 0)
    async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{port}/v1/events") as response:
        await opened(response)
        async with asyncio.timeout(2):
            await runner.cleanup()
            assert await response.content.read() == b""
    assert fleet.subscribers == set()


async def test_a_crash_inside_a_stream_cuts_it(api: Api) -> None:
    api.fleet.crash = RuntimeError("broken")
    with pytest.raises(aiohttp.ClientError):
        async with api.session.get(f"{api.url}/v1/events") as response:
            await response.content.read()
