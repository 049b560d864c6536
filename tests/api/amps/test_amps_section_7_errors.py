"""Sections 1 and 7: keys, the envelope, and how every route of the surface says no."""

import re
from io import BytesIO
from typing import Any

import pytest

from chargepoint_sim.api.app import MAX_BODY_BYTES, all_routes
from chargepoint_sim.api.lag import LoopLag
from chargepoint_sim.api.parsing import Nothing
from chargepoint_sim.api.routes import AnyRoute, Scope, Surface
from chargepoint_sim.fleet.access import TokenSpec
from chargepoint_sim.telemetry import tally
from tests.api.amps.conftest import EV, LIVE, NOON, READER, SANDBOX, Bench, data, error, serve
from tests.api.conftest import Answer

ROUTES = [route for route in all_routes(LoopLag()) if route.surface is Surface.AMPS]
WITH_BODY = [route for route in ROUTES if route.request is not Nothing]
REQUEST_ID = re.compile("req_[A-Za-z0-9]{8}")
TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


def named(routes: list[AnyRoute]) -> Any:
    return pytest.mark.parametrize("route", routes, ids=lambda route: route.name)


def path_of(route: AnyRoute) -> str:
    return route.path.format(action_id="act_0123456789ab", charger_id=EV, device_id="any", schedule_id="sched_1")


async def ask(bench: Bench, route: AnyRoute, key: str | None = None, **options: Any) -> Answer:
    if key is not None:
        options["headers"] = {"x-api-key": key}
    if route.request is not Nothing and "data" not in options:
        options["json"] = {"action": {"command": "charge"}}
    return await bench.api.send(route.method, path_of(route), **options)


async def test_success_is_wrapped(amps: Bench) -> None:
    answer = await amps.get("/ev-charger")
    assert set(answer.json) == {"success", "data", "meta"}
    meta = answer.json["meta"]
    assert set(meta) == {"requestId", "environment", "timestamp", "latencyMs"}
    assert REQUEST_ID.fullmatch(meta["requestId"])
    assert TIMESTAMP.fullmatch(meta["timestamp"])
    assert meta["timestamp"].startswith(NOON[:16])
    assert meta["environment"] == "sandbox"
    assert isinstance(meta["latencyMs"], int)


async def test_failure_is_wrapped_with_its_path_and_without_environment(amps: Bench) -> None:
    answer = await amps.get("/ev-charger/nope")
    assert set(answer.json) == {"success", "error", "meta"}
    assert set(answer.json["error"]) == {"code", "message", "details"}
    meta = answer.json["meta"]
    assert set(meta) == {"requestId", "timestamp", "path", "latencyMs"}
    assert REQUEST_ID.fullmatch(meta["requestId"])
    assert meta["path"] == "/ev-charger/nope"


async def test_every_request_has_an_id_of_its_own(amps: Bench) -> None:
    ids = {(await amps.get("/ev-charger")).json["meta"]["requestId"] for _ in range(5)}
    assert len(ids) == 5


@pytest.mark.parametrize("prefix", ["", "amps_"])
@pytest.mark.parametrize("kind", ["test", "live"])
async def test_the_key_alone_tells_the_environment(prefix: str, kind: str) -> None:
    key = f"{prefix}sk_{kind}_abc"
    async with serve(tokens=(TokenSpec.of(key),)) as bench:
        for headers in ({"x-api-key": key}, {"Authorization": f"Bearer {key}"}):
            answer = await bench.api.send("GET", "/ev-charger", headers=headers)
            assert answer.json["meta"]["environment"] == {"test": "sandbox", "live": "live"}[kind]


@named(ROUTES)
async def test_no_key(guarded: Bench, route: AnyRoute) -> None:
    error(await ask(guarded, route), 401, "UNAUTHORIZED")


@named(ROUTES)
async def test_an_unknown_key(guarded: Bench, route: AnyRoute) -> None:
    error(await ask(guarded, route, "sk_test_wrong"), 401, "INVALID_API_KEY")


async def test_a_key_whose_time_is_over() -> None:
    async with serve(tokens=(TokenSpec.of(SANDBOX, expires_at=1.0),)) as bench:
        answer = await bench.api.send("GET", "/ev-charger", headers={"x-api-key": SANDBOX})
        error(answer, 401, "EXPIRED_TOKEN")


@named([route for route in ROUTES if route.scope is not Scope.READ])
async def test_a_key_without_the_permission(guarded: Bench, route: AnyRoute) -> None:
    error(await ask(guarded, route, READER), 403, "INSUFFICIENT_PERMISSIONS")
    assert guarded.fleet.done == []


async def test_a_key_that_asks_too_often() -> None:
    async with serve(tokens=(TokenSpec.of(SANDBOX),), rate_limit_per_s=1) as bench:
        answers = [await bench.api.send("GET", "/ev-charger", headers={"x-api-key": SANDBOX}) for _ in range(20)]
    refused = next(answer for answer in answers if answer.status != 200)
    error(refused, 429, "RATE_LIMIT_EXCEEDED")
    assert refused.headers["Retry-After"]


async def test_a_key_sees_its_own_devices_alone() -> None:
    keys = (TokenSpec.of(SANDBOX, tenant="acme"), TokenSpec.of(LIVE, tenant="acme"))
    async with serve(tokens=keys) as bench:
        headers = {"x-api-key": SANDBOX}
        assert data(await bench.api.send("GET", "/ev-charger", headers=headers))["items"] == []
        error(await bench.api.send("GET", f"/ev-charger/{EV}", headers=headers), 404, "DEVICE_NOT_FOUND")


@named(ROUTES)
async def test_a_wrong_method(amps: Bench, route: AnyRoute) -> None:
    answer = await amps.api.send("PATCH", path_of(route))
    error(answer, 405, "METHOD_NOT_ALLOWED")
    assert route.method in answer.headers["Allow"]


@pytest.mark.parametrize("path", [f"/ev-charger/{EV}/capabilities", "/actions/a/b/c", "/ev-charger/"])
async def test_a_path_that_is_not_there(amps: Bench, path: str) -> None:
    error(await amps.get(path), 404, "NOT_FOUND")


@named(WITH_BODY)
async def test_nonsense_in_the_place_of_a_body(amps: Bench, route: AnyRoute) -> None:
    for raw in (b"[1]", b"7", b'"text"', b"null", b"\xff", b'{"a": NaN}', b"[" * 50_000, b'{"a": "\\ud800"}'):
        answer = await ask(amps, route, data=raw)
        assert error(answer, 400, "VALIDATION_ERROR")["fields"], raw[:20]
    assert amps.fleet.done == []


@named(WITH_BODY)
async def test_a_body_that_is_too_large(amps: Bench, route: AnyRoute) -> None:
    error(await ask(amps, route, data=BytesIO(b" " * (MAX_BODY_BYTES + 1))), 413, "PAYLOAD_TOO_LARGE")


@pytest.mark.parametrize("path", ["/ev-charger", f"/ev-charger/{EV}"])
async def test_a_crash_is_an_internal_error_without_its_reason(amps: Bench, path: str) -> None:
    amps.fleet.crash = RuntimeError("the inner reason")
    route = path.replace(EV, "{charger_id}")
    before = tally["api_crashes", route]
    answer = await amps.get(path)
    error(answer, 500, "INTERNAL_ERROR")
    assert "the inner reason" not in answer.text
    assert tally["api_crashes", route] == before + 1


@named(ROUTES)
async def test_every_answer_is_documented(amps: Bench, route: AnyRoute) -> None:
    answer = await ask(amps, route)
    assert answer.status in route.responses
    model = route.responses[answer.status]
    assert not isinstance(model, str)
    model.model_validate(answer.json)
