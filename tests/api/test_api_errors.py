"""Every route says no in the same way; those of the Amps surface have their own, tested beside it."""

from io import BytesIO
from typing import Any

import pytest

from chargepoint_sim.api.app import MAX_BODY_BYTES, all_routes
from chargepoint_sim.api.lag import LoopLag
from chargepoint_sim.api.ocpplab.roaming import ROAMING_ROUTES
from chargepoint_sim.api.parsing import Nothing
from chargepoint_sim.api.routes import AnyRoute, Scope, Surface
from chargepoint_sim.telemetry import tally
from tests.api.conftest import TOKEN, Api

ROUTES = [route for route in all_routes(LoopLag()) if route.surface is not Surface.AMPS]
CONTROLLED = [route for route in ROUTES if route.scope is not Scope.OPEN]
WITH_BODY = [route for route in CONTROLLED if route.request is not Nothing]
STREAMS = {"stream-events", "stream-frames", "events-socket"}
OF_ACTIONS = {
    "list-actions",
    "show-action",
    "cancel-action",
    "evcharger-list-results",
    "evcharger-read-result",
    "list-deliveries",
    "list-faults",
}
"""Read the ledger, the log of webhooks or a table, not the fleet; their ways to succeed stand in tests of their own."""
SECRET = "the inner reason"
EVENT = {
    "id_tag": "04A1B2C3",
    "power_w": 7000,
    "action": "heartbeat",
    "ocpp_version": "ocpp1.6",
    "payload": {},
    "configuration": {"HeartbeatInterval": "60"},
    "key": "HeartbeatInterval",
    "value": "60",
    "list_version": 1,
    "update_type": "Full",
    "entries": [],
    "fault_type": "OverCurrent",
}
"""What all commands of the OCPPLAB surface together require."""
VALUES: dict[str, Any] = {"payload": {}, "values": {"HeartbeatInterval": "60"}}
"""What a required field takes that is no text."""

KIND = {"brand_slug": "acme", "model_slug": "wall", "connector_type": "Type2", "ws_url": "ws://csms.example/ocpp"}
GROUP = {"template": {**KIND, "identity_prefix": "CP-"}, "chargers_number": 2}
PLACE = {"name": "Depot", "address": "Havenweg 1", "city": "Utrecht", "country": "NL"}
BODIES: dict[str, Any] = {
    "create-charger": {**KIND, "identity": "CP-NEW"},
    "create-location-chargers": [GROUP],
    "update-location-chargers": {"chargers": [{"charger_id": "dep-1", "name": "Blue"}]},
    "change-clock": {"scale": 2},
    "add-charger": {"identity": "CP-NEW", "csms_url": "builtin"},
    "add-chargers": {"chargers": [{"identity": "CP-NEW", "csms_url": "builtin"}]},
    "create-location": {**PLACE, "coordinates": {"latitude": 52.1, "longitude": 5.1}},
}
"""By the name of the route, where made-up words will not do."""
QUERIES: dict[str, Any] = {"delete-location-chargers": {"charger_ids": "dep-1"}}
"""By the name of the route, where it requires one."""
for prefix in ("", "evcharger-"):
    BODIES |= {
        f"{prefix}deploy": {**KIND, "identity": "CP-NEW"},
        f"{prefix}operate-deployments": {"action": "restart", "deployment_id": "dep-789"},
        f"{prefix}create-site": {**PLACE, "coordinates": {"lat": 52.1, "lng": 5.1}},
    }
    QUERIES |= {
        f"{prefix}undeploy": {"deployment_id": "dep-789"},
        f"{prefix}delete-site": {"location_id": "loc-456"},
        f"{prefix}list-deployment-logs": {"identity": "CP-CHARGER-789"},
        f"{prefix}delete-deployment-logs": {"identity": "CP-CHARGER-789"},
    }


def named(routes: list[AnyRoute]) -> Any:
    return pytest.mark.parametrize("route", routes, ids=lambda route: route.name)


def path_of(route: AnyRoute) -> str:
    return route.path.format(
        action_id="0123456789ab",
        selector="dep-789",
        charger_id="dep-789",
        location_id="loc-456",
        job_id="job-1",
        cpo_id="1",
        command_id="0123456789ab",
        brand_slug="acme",
        model_slug="wall",
        name="start.js",
    )


def body_of(route: AnyRoute) -> Any:
    """A body that the route accepts."""
    if route.request is Nothing:
        return None
    if route.name == "bulk":
        return [{"selector": "dep-789", "command": "reboot"}]
    if route.path.startswith("/evcharger/commands/"):
        return {"target": {"deployment_id": "dep-789"}, "payload": EVENT}
    if route.path.startswith(("/ocpp/commands/", "/commands/")):
        return {"target": {"charger_id": "dep-789"}, "event": EVENT}
    if route.name in BODIES:
        return BODIES[route.name]
    required = [name for name, field in route.request.model_fields.items() if field.is_required()]
    return {name: VALUES.get(name, "04A1B2C3") for name in required}


@named([route for route in CONTROLLED if route.name not in STREAMS | OF_ACTIONS])
async def test_with_its_token_every_route_succeeds_with_the_documented_status(guarded: Api, route: AnyRoute) -> None:
    headers = {"Authorization": f"Bearer {TOKEN}"}
    query = QUERIES.get(route.name)
    answer = await guarded.send(route.method, path_of(route), headers=headers, json=body_of(route), params=query)
    assert answer.status == route.success
    model = route.responses[route.success]
    assert not isinstance(model, str)
    if model is Nothing:
        assert answer.text == ""
    else:
        model.model_validate(answer.json)


@named(CONTROLLED)
async def test_without_its_token_every_route_gets_401(guarded: Api, route: AnyRoute) -> None:
    answer = await guarded.send(route.method, path_of(route), json=body_of(route))
    assert answer.status == 401
    assert answer.json == {"detail": "A bearer token is required."}
    assert guarded.fleet.done == []


@named([route for route in ROUTES if route not in ROAMING_ROUTES])
async def test_a_wrong_method_gets_405_and_the_allowed_ones(api: Api, route: AnyRoute) -> None:
    answer = await api.send("MOVE", path_of(route))
    assert answer.status == 405
    assert route.method in answer.headers["Allow"]
    assert answer.json["detail"].startswith("MOVE is not allowed on /")


@named(WITH_BODY)
async def test_malformed_json_gets_422_and_its_position(api: Api, route: AnyRoute) -> None:
    answer = await api.send(route.method, path_of(route), data=b'{"target":\n{"charger_id" 1}}')
    assert answer.status == 422
    (item,) = answer.json["detail"]
    assert item["type"] == "json_invalid"
    assert item["loc"][0] == "body"
    assert isinstance(item["loc"][1], int)
    assert "line 2 column" in item["msg"]


@named(WITH_BODY)
async def test_other_nonsense_gets_422(api: Api, route: AnyRoute) -> None:
    for raw in (b"[1]", b"7", b'"text"', b"null", b"\xff", b'{"a": NaN}', b"[" * 50_000, b'{"a": "\\ud800"}'):
        answer = await api.send(route.method, path_of(route), data=raw)
        assert answer.status == 422, raw[:20]
        assert {"loc", "msg", "type", "input"} <= answer.json["detail"][0].keys()
    assert api.fleet.done == []


@named(WITH_BODY)
async def test_an_oversize_body_gets_413(api: Api, route: AnyRoute) -> None:
    answer = await api.send(route.method, path_of(route), data=BytesIO(b" " * (MAX_BODY_BYTES + 1)))
    assert answer.status == 413
    assert answer.json == {"detail": "The body is larger than 1048576 bytes."}


async def test_a_body_of_exactly_the_limit_is_read(api: Api) -> None:
    text = b'{"target": {"charger_id": "dep-789"}}'
    answer = await api.send("POST", "/ocpp/commands/plug-connector", data=BytesIO(text.ljust(MAX_BODY_BYTES)))
    assert answer.status == 202


async def test_an_oversize_body_without_a_length_gets_413(api: Api) -> None:
    async def chunks() -> Any:
        for _ in range(17):
            yield b" " * 2**16

    answer = await api.send("POST", "/ocpp/commands/plug-connector", data=chunks())
    assert answer.status == 413


@named([route for route in CONTROLLED if route.name not in STREAMS | OF_ACTIONS and route not in ROAMING_ROUTES])
async def test_a_crash_gets_500_without_its_reason_and_is_counted(
    api: Api, route: AnyRoute, capsys: pytest.CaptureFixture[str]
) -> None:
    api.fleet.crash = RuntimeError(SECRET)
    before = tally["api_crashes", route.path]
    query = QUERIES.get(route.name)
    answer = await api.send(route.method, path_of(route), json=body_of(route), params=query)
    assert answer.status == 500
    assert list(answer.json) == ["detail"]
    assert SECRET not in answer.text
    assert "Traceback" not in answer.text
    assert tally["api_crashes", route.path] == before + 1
    assert "api_request_crashed" in capsys.readouterr().out


async def test_an_unknown_path_gets_404(api: Api) -> None:
    answer = await api.get("/ocpp/nothing-here")
    assert answer.status == 404
    assert answer.json == {"detail": "There is nothing at /ocpp/nothing-here."}


@pytest.mark.parametrize(
    "path",
    [
        "/ocpp/chargers/dep-0",
        "/ocpp/chargers/dep-0/logs",
        "/ocpp/locations/loc-0",
        "/ocpp/locations/loc-0/chargers",
        "/v1/chargers/dep-0",
        "/v1/chargers/dep-0/frames",
        "/v1/events?charger=dep-0",
        "/v1/chargers?selector=dep-0",
    ],
)
async def test_an_unknown_resource_gets_404(api: Api, path: str) -> None:
    answer = await api.get(path)
    assert answer.status == 404
    assert isinstance(answer.json["detail"], str)


async def test_a_glob_is_no_charger_id(api: Api) -> None:
    assert (await api.get("/ocpp/chargers/dep-78*")).status == 404


@pytest.mark.parametrize(
    ("path", "field", "kind"),
    [
        ("/ocpp/chargers?page=0", "page", "greater_than_equal"),
        ("/ocpp/chargers?limit=101", "limit", "less_than_equal"),
        ("/ocpp/locations?page=x", "page", "int_parsing"),
        ("/ocpp/locations?limit=", "limit", "int_parsing"),
        ("/ocpp/chargers/dep-789/logs?limit=1001", "limit", "less_than_equal"),
        ("/ocpp/chargers/dep-789/logs?start_date=yesterday", "start_date", "datetime_from_date_parsing"),
        ("/v1/chargers?offset=-1", "offset", "greater_than_equal"),
    ],
)
async def test_a_wrong_query_gets_422(api: Api, path: str, field: str, kind: str) -> None:
    answer = await api.get(path)
    assert answer.status == 422
    (item,) = answer.json["detail"]
    assert item["loc"] == ["query", field]
    assert item["type"] == kind


async def test_an_empty_deployment_id_names_no_charger(api: Api) -> None:
    answer = await api.post("/evcharger/commands/plug-connector", {"target": {"deployment_id": ""}})
    assert answer.status == 404


@pytest.mark.parametrize("wrong", [{"public": 0}, {"coordinates": {"latitude": 52.1, "longitude": False}}])
async def test_truth_values_and_numbers_are_not_mixed_up(api: Api, wrong: dict[str, Any]) -> None:
    answer = await api.post("/ocpp/locations", BODIES["create-location"] | wrong)
    assert answer.status == 422


async def test_the_document_says_that_null_is_absent(api: Api) -> None:
    request = (await api.get("/openapi.json")).json["components"]["schemas"]["CacheResetRequest"]
    assert {"type": "null"} in request["properties"]["event"]["anyOf"]
    assert "target" in request["required"]
