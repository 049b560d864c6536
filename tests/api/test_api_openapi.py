"""The document describes what is mounted, and the page that shows it needs nobody else."""

import re

import jsonschema_rs
import orjson
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from chargepoint_sim.api.app import all_routes
from chargepoint_sim.api.lag import LoopLag
from chargepoint_sim.api.links import FROM, links
from chargepoint_sim.api.openapi import document as document_of
from chargepoint_sim.api.parsing import Nothing, parse_body
from chargepoint_sim.api.routes import AnyRoute
from tests.api.conftest import Api

ROUTES = all_routes(LoopLag())
DOCUMENT = document_of(ROUTES)
OUTSIDE = re.compile(r"(?:https?:)?//[\w.-]+\.\w+")


async def test_the_document_is_valid_openapi_3_1(api: Api) -> None:
    document = (await api.get("/openapi.json")).json
    assert document["openapi"] == "3.1.0"
    OpenAPIV31SpecValidator(document).validate()


async def test_the_document_has_every_route_with_every_status(api: Api) -> None:
    paths = (await api.get("/openapi.json")).json["paths"]
    routes = ROUTES
    described = {(method.upper(), path) for path, operations in paths.items() for method in operations}
    assert described == {(route.method, route.path) for route in routes}
    for route in routes:
        operation = paths[route.path][route.method.lower()]
        assert operation["operationId"] == route.name
        assert set(operation["responses"]) == {str(status) for status in route.responses}


async def test_the_routes_to_begin_with_exist(api: Api) -> None:
    document = (await api.get("/openapi.json")).json
    named = re.findall(r"`([A-Z]+) (/\S+)`", document["info"]["description"])
    assert len(named) >= 2
    assert [(method, path) for method, path in named if method.lower() not in document["paths"].get(path, {})] == []


async def test_every_operation_says_what_it_is_for(api: Api) -> None:
    document = (await api.get("/openapi.json")).json
    operations = [operation for path in document["paths"].values() for operation in path.values()]
    names = [operation["operationId"] for operation in operations]
    assert len(names) == len(set(names))
    for operation in operations:
        assert operation["summary"]
        assert operation["description"].rstrip().endswith("."), operation["operationId"]
        assert set(operation["tags"]) <= {tag["name"] for tag in document["tags"]}
        assert len(operation["tags"]) == 1


@pytest.mark.parametrize("route", [route for route in ROUTES if route.request is not Nothing], ids=lambda one: one.name)
def test_every_body_has_an_example_that_is_accepted(route: AnyRoute) -> None:
    operation = DOCUMENT["paths"][route.path][route.method.lower()]
    (content,) = operation["requestBody"]["content"].values()
    jsonschema_rs.validator_for(content["schema"] | {"components": DOCUMENT["components"]}).validate(content["example"])
    parse_body(route.request, orjson.dumps(content["example"]))


def test_links_lead_to_operations_that_take_them() -> None:
    routes = {route.name: route for route in ROUTES}
    found = [(route, links(route.name, route.method)) for route in ROUTES]
    assert set(FROM) <= {route.name for route, goes_on in found if goes_on}
    for route, goes_on in found:
        for target, link in goes_on.items():
            assert set(link["parameters"]) <= set(re.findall(r"{(\w+)}", routes[target].path)), route.name


async def test_the_document_tells_requests_and_defaults(api: Api) -> None:
    document = (await api.get("/openapi.json")).json
    event = document["components"]["schemas"]["PowerUpdateEvent"]
    assert event["required"] == ["power_w"]
    assert event["properties"]["power_w"] == {
        "maximum": 10**9,
        "minimum": 0,
        "title": "Power W",
        "type": "integer",
    }
    assert event["properties"]["evse_id"]["default"] == 1
    assert event["properties"]["connector_id"]["default"] == 1
    update = document["paths"]["/ocpp/commands/power-update"]["post"]
    assert update["requestBody"]["required"] is True
    assert update["security"] == [{"HTTPBearer": ["command"]}, {}]
    listing = document["paths"]["/ocpp/locations/{location_id}/chargers"]["get"]
    assert [parameter["name"] for parameter in listing["parameters"]] == [
        "location_id",
        "page",
        "limit",
        "charger_ids",
    ]


@pytest.mark.parametrize("path", ["/docs", "/docs/start.js"])
async def test_the_page_refers_to_no_outside_host(api: Api, path: str) -> None:
    answer = await api.get(path)
    assert OUTSIDE.findall(answer.text) == []
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    sources = set(re.findall(r"(?<=-src )[^;]+", policy))
    assert {word for source in sources for word in source.split()} <= {"'self'", "'unsafe-inline'", "data:"}


async def test_everything_that_the_page_refers_to_is_served(api: Api) -> None:
    page = (await api.get("/docs")).text
    assets = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert len(assets) == 4
    for asset in assets:
        async with api.session.get(f"{api.url}/{asset}") as response:
            assert response.status == 200, asset
            assert len(await response.read()) > 50
    start = (await api.get("/docs/start.js")).text
    assert '"openapi.json"' in start
    assert "validatorUrl: null" in start


@pytest.mark.parametrize("name", ["swagger-editor-bundle.js", "..%2F__init__.py", "%2e%2e%2fcore.py"])
async def test_nothing_else_of_the_wheel_is_served(api: Api, name: str) -> None:
    assert (await api.get(f"/docs/{name}")).status == 404
