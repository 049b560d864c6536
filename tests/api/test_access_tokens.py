"""Tokens: scopes, expiry, tenants, pace, and what is kept and told of them."""

import asyncio
import hmac
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from chargepoint_sim.api import access
from chargepoint_sim.api.app import create_app, start_api
from chargepoint_sim.api.errors import AccessRefused, Failure
from chargepoint_sim.api.pace import Pace
from chargepoint_sim.fleet.access import TokenSpec, environment_of, token_hash
from chargepoint_sim.fleet.spec import ApiSpec
from chargepoint_sim.fleet.views import FleetEvent
from tests.api.conftest import Api
from tests.api.fake_fleet import BOOTED_AT, FakeFleet, mixed_fleet
from tests.api.fake_roster import FakeRoster

READ, COMMAND, ADMIN = "token-to-read", "token-to-command", "token-for-all"
ACME, OTHER, OLD = "token-of-acme", "token-of-other", "token-of-yesterday"
TOKENS = (
    TokenSpec.of(READ, "read"),
    TokenSpec.of(COMMAND, "command"),
    TokenSpec.of(ADMIN),
    TokenSpec.of(ACME, "command", "acme"),
    TokenSpec.of(OTHER, "admin", "other"),
    TokenSpec.of(OLD, expires_at=BOOTED_AT),
)
PLUG_IN = "/ocpp/commands/plug-connector"
Serve = Callable[..., Awaitable[Api]]


def owned_fleet() -> FakeFleet:
    """loc-456 with dep-1 and dep-2 is acme's, loc-201 with dc-1 and ac-1 the other's, dep-789 nobody's."""
    fleet = mixed_fleet()
    owners = {"loc-456": "acme", "loc-201": "other"}
    fleet.views = {name: replace(view, tenant=owners.get(view.location_id or "")) for name, view in fleet.views.items()}
    fleet.places = [replace(one, tenant=owners[one.location_id]) for one in fleet.places]
    return fleet


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    async with AsyncExitStack() as running:

        async def start(**settings: Any) -> Api:
            fleet = owned_fleet()
            roster = FakeRoster(fleet)
            spec = ApiSpec(**({"tokens": TOKENS} | settings))
            runner, port = await start_api(create_app(fleet, spec, roster=roster, tenants=True), "127.0.0.1", 0)
            running.push_async_callback(runner.cleanup)
            client = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=30))
            return Api(f"http://127.0.0.1:{port}", fleet, roster, await running.enter_async_context(client))

        yield start


def by(token: str, tenant: str | None = None) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"} | ({} if tenant is None else {"X-Organization-Id": tenant})


def renamed(text: str) -> str:
    """With names that nobody has in place of those of other tenants."""
    for name, free in (("loc-201", "loc-0"), ("dc-", "xx-"), ("DC-", "XX-"), ("dep-789", "dep-0")):
        text = text.replace(name, free)
    return text


def target(**of: Any) -> dict[str, Any]:
    return {"target": of}


@pytest.mark.parametrize(
    ("token", "read", "command"), [(READ, 200, 403), (COMMAND, 200, 202), (ADMIN, 200, 202), (OLD, 401, 401)]
)
async def test_a_scope_includes_the_ones_below_it(serve: Serve, token: str, read: int, command: int) -> None:
    api = await serve()
    assert (await api.send("GET", "/ocpp/chargers", headers=by(token))).status == read
    answer = await api.send("POST", PLUG_IN, headers=by(token), json=target(charger_id="dep-789"))
    assert answer.status == command
    assert bool(api.fleet.done) == (command == 202)


async def test_the_scope_that_is_needed_is_named(serve: Serve) -> None:
    answer = await (await serve()).send("POST", PLUG_IN, headers=by(READ), json=target(charger_id="dep-789"))
    assert answer.json == {"detail": "This needs a token of scope command; the one shown has scope read."}


async def test_an_expired_token_is_told_so(serve: Serve) -> None:
    answer = await (await serve()).send("GET", "/ocpp/chargers", headers=by(OLD))
    assert (answer.status, answer.json) == (401, {"detail": "The bearer token has expired."})
    assert answer.headers["WWW-Authenticate"] == "Bearer"


async def test_every_token_is_compared_in_constant_time(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[str] = []

    def compare(shown: str, kept: str) -> bool:
        compared.append(kept)
        return hmac.compare_digest(shown, kept)

    monkeypatch.setattr(access, "hmac", type("Hmac", (), {"compare_digest": staticmethod(compare)}))
    api = await serve()
    assert (await api.send("GET", "/ocpp/chargers", headers=by(READ))).status == 200
    assert compared == [token.sha256 for token in TOKENS]


def test_a_token_is_kept_by_its_hash_only() -> None:
    assert READ not in repr(TOKENS)
    assert TOKENS[0].sha256 == token_hash(READ)
    assert TOKENS[0].key_id == token_hash(READ)[:8]


@pytest.mark.parametrize(
    ("key", "environment"),
    [("sk_test_1", "sandbox"), ("sk_live_1", "live"), ("amps_sk_live_1", "live"), ("amps_sk_test_1", "sandbox")],
)
def test_the_prefix_of_a_key_tells_its_environment(key: str, environment: str) -> None:
    assert environment_of(key) == TokenSpec.of(key).environment == environment


async def test_lists_hold_what_belongs_to_the_tenant(serve: Serve) -> None:
    api = await serve()
    listed = (await api.send("GET", "/ocpp/chargers", headers=by(ACME))).json
    assert ([one["id"] for one in listed["data"]], listed["total"]) == (["dep-1", "dep-2"], 2)
    places = (await api.send("GET", "/ocpp/locations", headers=by(ACME))).json
    assert [one["id"] for one in places["data"]] == ["loc-456"]
    selected = (await api.send("GET", "/v1/chargers", headers=by(ACME))).json
    assert [one["charger_id"] for one in selected["data"]] == ["dep-1", "dep-2"]
    counted = (await api.send("GET", "/v1/fleet", headers=by(ACME))).json
    assert counted["total"] == 2
    assert (await api.send("GET", "/ocpp/chargers", headers=by(ADMIN))).json["total"] == 5


@pytest.mark.parametrize(
    "path",
    [
        "/ocpp/chargers/dc-1",
        "/ocpp/chargers/dep-789",
        "/ocpp/chargers/CP-DC-1",
        "/ocpp/chargers/dc-1/logs",
        "/ocpp/locations/loc-201",
        "/ocpp/locations/loc-201/chargers",
        "/v1/chargers/dc-1",
        "/v1/chargers/dc-1/frames",
        "/v1/chargers/dc-1/reservations",
        "/v1/chargers?selector=dc-1",
        "/v1/chargers?selector=dc-*",
        "/v1/chargers?selector=loc-201",
        "/v1/events?charger=dc-1",
    ],
)
async def test_what_is_another_tenants_does_not_exist(serve: Serve, path: str) -> None:
    api = await serve()
    assert (await api.send("GET", path, headers=by(ACME))).status == 404
    foreign, missing = [(await api.send("GET", one, headers=by(ACME))).text for one in (path, renamed(path))]
    assert renamed(foreign) == missing


@pytest.mark.parametrize("of", [{"charger_id": "dc-1"}, {"location_id": "loc-201"}])
async def test_nobody_commands_another_tenants_chargers(serve: Serve, of: dict[str, str]) -> None:
    api = await serve()
    answer = await api.send("POST", PLUG_IN, headers=by(ACME), json=target(**of))
    assert answer.status == 404
    assert (await api.send("POST", "/v1/chargers/dc-1/commands/plug-in", headers=by(ACME), json={})).status == 404
    assert api.fleet.done == []


async def test_a_location_and_all_mean_the_tenants_own_chargers(serve: Serve) -> None:
    api = await serve()
    answer = await api.send("POST", PLUG_IN, headers=by(ACME), json=target(location_id="loc-456"))
    assert answer.status == 202
    assert (await api.send("POST", "/v1/chargers/*/commands/unplug", headers=by(ACME), json={})).status == 200
    assert [charger_id for charger_id, _ in api.fleet.done] == ["dep-1", "dep-2"] * 2


async def test_events_of_others_are_not_told(serve: Serve) -> None:
    api = await serve()
    async with api.session.get(f"{api.url}/v1/events", headers=by(ACME)) as response:
        assert await response.content.readuntil(b"\n\n") == b": open\n\n"
        for charger_id in ("dc-1", "dep-789", "dep-1"):
            api.fleet.emit(FleetEvent(BOOTED_AT, charger_id, "charger_connected"))
        assert b'"dep-1"' in await response.content.readuntil(b"\n\n")


async def test_a_token_of_all_tenants_may_name_one(serve: Serve) -> None:
    api = await serve()
    listed = (await api.send("GET", "/ocpp/chargers", headers=by(ADMIN, "other"))).json
    assert [one["id"] for one in listed["data"]] == ["dc-1", "ac-1"]
    assert (await api.send("GET", "/ocpp/chargers", headers=by(ADMIN, "nobody"))).json["total"] == 0


async def test_a_token_of_one_tenant_may_not_name_another(serve: Serve) -> None:
    api = await serve()
    assert (await api.send("GET", "/ocpp/chargers", headers=by(ACME, "acme"))).status == 200
    answer = await api.send("GET", "/ocpp/chargers", headers=by(ACME, "other"))
    assert answer.status == 403
    assert "X-Organization-Id" in answer.json["detail"]


async def test_without_tenants_the_header_is_passed_over(api: Api) -> None:
    answer = await api.send("GET", "/ocpp/chargers", headers={"X-Organization-Id": "acme"})
    assert answer.json["total"] == 5


def test_a_bucket_fills_again() -> None:
    at = [100.0]
    pace = Pace(2.0, lambda: at[0])
    for _ in range(2):
        pace.take("a")
    with pytest.raises(AccessRefused, match="More than 2 requests a second") as caught:
        pace.take("a")
    assert (caught.value.status, caught.value.headers) == (429, {"Retry-After": "1"})
    pace.take("b")
    at[0] += 0.5
    pace.take("a")


async def test_a_token_that_calls_too_often_gets_429(serve: Serve) -> None:
    api = await serve(rate_limit_per_s=0.001)
    assert (await api.send("GET", "/ocpp/chargers", headers=by(READ))).status == 200
    answer = await api.send("GET", "/ocpp/chargers", headers=by(READ))
    assert answer.status == 429
    assert 0 < int(answer.headers["Retry-After"]) <= 1000
    assert (await api.send("GET", "/ocpp/chargers", headers=by(COMMAND))).status == 200


async def test_pages_of_no_other_origin_may_call_unless_listed(serve: Serve) -> None:
    page = {"Origin": "https://panel.example"}
    asked = {**page, "Access-Control-Request-Method": "POST"}
    closed, opened = await serve(), await serve(cors_origins=("https://panel.example",))
    assert (await closed.send("OPTIONS", PLUG_IN, headers=asked)).status == 405
    answer = await closed.send("GET", "/ocpp/chargers", headers=by(READ) | page)
    assert "Access-Control-Allow-Origin" not in answer.headers
    answer = await opened.send("OPTIONS", PLUG_IN, headers=asked)
    assert answer.status == 204
    assert answer.headers["Access-Control-Allow-Origin"] == "https://panel.example"
    assert "Authorization" in answer.headers["Access-Control-Allow-Headers"]
    refused = await opened.send("GET", "/ocpp/chargers", headers=page)
    assert (refused.status, refused.headers["Access-Control-Allow-Origin"]) == (401, "https://panel.example")
    strange = await opened.send("OPTIONS", PLUG_IN, headers=asked | {"Origin": "https://elsewhere.example"})
    assert strange.status == 405
    assert "Access-Control-Allow-Origin" not in strange.headers


async def test_a_body_that_does_not_come_gets_408(serve: Serve) -> None:
    api = await serve(request_timeout_s=0.05)

    async def never_whole() -> AsyncIterator[bytes]:
        yield b"{"
        await api.fleet.unsubscribed.wait()

    answer = await api.send("POST", PLUG_IN, headers=by(COMMAND), data=never_whole())
    assert (answer.status, answer.json) == (408, {"detail": "The body did not come in within 0.05 s."})


async def test_a_head_that_never_ends_is_not_waited_for(serve: Serve) -> None:
    api = await serve(request_timeout_s=0.1)
    reader, writer = await asyncio.open_connection("127.0.0.1", int(api.url.rpartition(":")[2]))
    writer.write(b"GET /health HTTP/1.1\r\nHost: localhost\r\nX-Slow:")
    async with asyncio.timeout(30):
        assert await reader.read() == b""
    writer.close()
    await writer.wait_closed()


async def test_a_stream_is_not_idle(serve: Serve) -> None:
    api = await serve(request_timeout_s=0.05)
    async with api.session.get(f"{api.url}/v1/events", headers=by(ACME)) as stream:
        assert await stream.content.readuntil(b"\n\n") == b": open\n\n"
        idle = await asyncio.open_connection("127.0.0.1", int(api.url.rpartition(":")[2]))
        async with asyncio.timeout(30):
            assert await idle[0].read() == b""
        idle[1].close()
        await idle[1].wait_closed()
        api.fleet.emit(FleetEvent(BOOTED_AT, "dep-1", "charger_connected"))
        assert b'"dep-1"' in await stream.content.readuntil(b"\n\n")


async def test_what_takes_too_long_is_given_up(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    api = await serve(request_timeout_s=0.05)

    async def never(self: FakeFleet) -> None:
        await self.unsubscribed.wait()

    monkeypatch.setattr(FakeFleet, "summary", never)
    answer = await api.send("GET", "/v1/fleet", headers=by(READ))
    assert answer.status == 500
    assert answer.json["detail"].startswith("This was not done within 0.05 s")


async def test_audit_events_name_the_key_and_never_the_token(serve: Serve, capsys: pytest.CaptureFixture[str]) -> None:
    api = await serve()
    await api.send("POST", PLUG_IN, headers=by(ACME), json=target(charger_id="dep-1"))
    await api.send("POST", PLUG_IN, headers=by(READ), json=target(charger_id="dep-1"))
    await api.send("POST", PLUG_IN, headers=by("wrong-token-altogether"), json=target(charger_id="dep-1"))
    logged = capsys.readouterr().out
    done, out_of_scope, unknown = [line for line in logged.splitlines() if "submitted" in line or "refused" in line]
    assert "command_submitted" in done
    assert TokenSpec.of(ACME).key_id in done
    assert "acme" in done
    assert "access_refused" in out_of_scope
    assert TokenSpec.of(READ).key_id in out_of_scope
    assert "wrong_token" in unknown
    assert not any(token in logged for token in (ACME, READ, "wrong-token-altogether"))


async def test_a_surface_says_no_in_its_own_shape(api: Api) -> None:
    shaped: list[Failure] = []

    def shape(request: web.Request, failure: Failure) -> web.Response:
        shaped.append(failure)
        return web.json_response({"success": False}, status=failure.status)

    fleet = owned_fleet()
    app = create_app(fleet, ApiSpec(tokens=TOKENS), shapes={"ocpplab": shape})
    runner, port = await start_api(app, "127.0.0.1", 0)
    try:
        other = replace(api, url=f"http://127.0.0.1:{port}")
        answer = await other.send("GET", "/ocpp/chargers", headers=by(OLD))
        assert (answer.status, answer.json) == (401, {"success": False})
        assert (await other.send("GET", "/v1/fleet")).json == {"detail": "A bearer token is required."}
    finally:
        await runner.cleanup()
    assert isinstance(shaped[0].error, AccessRefused)
    assert shaped[0].error.reason == "expired_token"


NEW = {"brand_slug": "acme", "model_slug": "wall", "connector_type": "Type2", "ws_url": "ws://csms.example/ocpp"}


async def test_what_a_tenant_makes_is_its_own(serve: Serve) -> None:
    api = await serve()
    body = {**NEW, "identity": "CP-NEW"}
    made = await api.send("POST", "/ocpp/chargers", json=body, headers=by(OTHER))
    assert made.status == 202
    path = f"/ocpp/chargers/{made.json['charger_id']}"
    assert (await api.send("GET", path, headers=by(OTHER))).status == 200
    assert (await api.send("GET", path, headers=by(ACME))).status == 404
    place = {
        "name": "Depot",
        "address": "",
        "city": "",
        "country": "NL",
        "coordinates": {"latitude": 1, "longitude": 2},
    }
    site = await api.send("POST", "/ocpp/locations", json=place, headers=by(ADMIN, "acme"))
    assert (await api.send("GET", f"/ocpp/locations/{site.json['id']}", headers=by(ACME))).status == 200
    assert (await api.send("GET", f"/ocpp/locations/{site.json['id']}", headers=by(OTHER))).status == 404


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("DELETE", "/ocpp/chargers/dep-1", None, 404),
        ("PUT", "/ocpp/chargers/dep-1", {"name": "Mine"}, 404),
        ("POST", "/ocpp/chargers/dep-1/stop-charger", None, 404),
        ("GET", "/ocpp/chargers/dep-1/status", None, 404),
        ("PUT", "/ocpp/chargers/dc-1", {"location_id": "loc-456"}, 400),
        ("POST", "/ocpp/chargers", {**NEW, "identity": "CP-NEW", "location_id": "loc-456"}, 400),
        ("DELETE", "/ocpp/locations/loc-456", None, 404),
        ("PUT", "/ocpp/locations/loc-456", {"name": "Mine"}, 404),
        ("POST", "/ocpp/locations/loc-456/chargers", [{"template": NEW, "chargers_number": 1}], 404),
        ("DELETE", "/ocpp/locations/loc-456/chargers?charger_ids=dep-1", None, 404),
        ("DELETE", "/ocpp/deployment?deployment_id=dep-1", None, 404),
    ],
)
async def test_nobody_changes_what_is_another_tenants(
    serve: Serve, method: str, path: str, body: Any, status: int
) -> None:
    api = await serve()
    before = dict(api.fleet.views)
    assert (await api.send(method, path, json=body, headers=by(OTHER))).status == status
    assert api.fleet.views == before
    assert api.roster.changed == []


async def test_who_may_command_switches_but_makes_nothing(serve: Serve) -> None:
    api = await serve()
    switched = await api.send("POST", "/ocpp/chargers/dep-1/stop-charger", headers=by(COMMAND))
    assert switched.status == 202
    for method, path in (("POST", "/ocpp/chargers"), ("DELETE", "/ocpp/chargers/dep-1"), ("POST", "/ocpp/locations")):
        assert (await api.send(method, path, json={}, headers=by(COMMAND))).status == 403
