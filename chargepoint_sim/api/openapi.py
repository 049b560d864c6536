"""The OpenAPI 3.1 document of a table of routes, with JSON schemas made by pydantic."""

import inspect
import re
from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import Any, Literal

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from chargepoint_sim import __version__
from chargepoint_sim.api.examples import VALUES, Schema, example
from chargepoint_sim.api.links import links
from chargepoint_sim.api.parsing import Nothing
from chargepoint_sim.api.routes import AnyRoute, Response, Scope, Surface

_BEARER, _KEY = "HTTPBearer", "ApiKey"
_SCHEMES: Mapping[str, Mapping[str, str]] = {
    _BEARER: {"type": "http", "scheme": "bearer"},
    _KEY: {"type": "apiKey", "in": "header", "name": "x-api-key"},
}
_ACCEPTED: Mapping[Surface, Sequence[str]] = {Surface.AMPS: (_KEY, _BEARER)}
"""Ways to show a token; a surface that is not here takes a bearer token."""
_TAGS: Mapping[Surface, str] = {
    Surface.NATIVE: "Everything the simulator can do, in its own words.",
    Surface.OCPPLAB: "Commands and resources in the shapes of the OCPPLAB Gateway API.",
    Surface.AMPS: "EV chargers in the shapes of the Amps device API.",
    Surface.OPERATIONS: "Health, metrics and this document; always open.",
}
_ABOUT = """\
Simulated charge points, driven while they talk OCPP with a central system. Begin with `GET /v1/chargers`, then
`POST /ocpp/commands/power-update` and watch the meter values follow. Several surfaces act on the same chargers."""
_SCOPES: Mapping[Scope, str] = {
    Scope.OPEN: "Needs no token.",
    Scope.READ: "Needs a token of any scope.",
    Scope.COMMAND: "Needs a token of scope command or admin.",
    Scope.ADMIN: "Needs a token of scope admin.",
}
_PLACE = "#/components/schemas/{model}"
_Key = tuple[type[BaseModel], JsonSchemaMode]


def document(routes: Sequence[AnyRoute]) -> dict[str, Any]:
    """The document for `routes`, as plain JSON data."""
    references, definitions = models_json_schema(
        sorted(set(_models(routes)), key=lambda key: (key[0].__name__, key[1])),
        ref_template=_PLACE,
    )
    schemas: dict[str, Any] = definitions.get("$defs", {})
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        schemas |= route.query.model_json_schema(ref_template=_PLACE).get("$defs", {})
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, references, schemas)
    return {
        "openapi": "3.1.0",
        "info": {"title": "chargepoint_sim control API", "version": __version__, "description": _ABOUT},
        "servers": [{"url": "/"}],
        "tags": [{"name": str(surface), "description": text} for surface, text in _TAGS.items()],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": _SCHEMES,
        },
    }


def _models(routes: Iterable[AnyRoute]) -> Iterable[_Key]:
    """Every model that the document refers to, and whether it is read or written."""
    for route in routes:
        if route.request is not Nothing:
            yield route.request, "validation"
        for response in route.responses.values():
            if not isinstance(response, str) and response is not Nothing:
                yield response, "serialization"


def _operation(
    route: AnyRoute, references: Mapping[Any, Mapping[str, Any]], schemas: Mapping[str, Schema]
) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": route.name,
        "tags": [str(route.surface)],
        "summary": route.summary,
        "description": _description(route),
        "parameters": [
            *_path_parameters(route.path),
            *_query_parameters(route.query),
            *(
                {"name": name, "in": "header", "description": meaning, "schema": {"type": "string"}}
                for name, meaning in route.headers.items()
            ),
        ],
        "responses": {
            str(status): {"description": HTTPStatus(status).phrase}
            | ({} if response is Nothing else {"content": _content(response, references, "serialization")})
            for status, response in route.responses.items()
        },
    }
    if goes_on := links(route.name, route.method):
        operation["responses"][str(route.success)]["links"] = goes_on
    if route.request is not Nothing:
        required = any(field.is_required() for field in route.request.model_fields.values())
        operation["requestBody"] = {
            "required": required,
            "content": _content(route.request, references, "validation"),
        }
        (shown,) = operation["requestBody"]["content"].values()
        shown["example"] = example(shown["schema"], schemas)
    if route.scope is not Scope.OPEN:
        # The empty alternative: without a configured token every local client is let in.
        # From 3.1 on the list may name what the token has to allow, whatever the kind of scheme.
        operation["security"] = [*({way: [str(route.scope)]} for way in _ACCEPTED.get(route.surface, (_BEARER,))), {}]
    return operation


def _description(route: AnyRoute) -> str:
    """What the route says about itself, and who may use it."""
    said = inspect.cleandoc(route.description or f"{route.summary}.")
    return f"{said}\n\n{_SCOPES[route.scope]}"


def _content(
    response: Response, references: Mapping[Any, Mapping[str, Any]], mode: Literal["validation", "serialization"]
) -> dict[str, Any]:
    if isinstance(response, str):
        return {response: {"schema": {"type": "string"}}}
    return {"application/json": {"schema": references[response, mode]}}


def _path_parameters(path: str) -> list[dict[str, Any]]:
    return [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        | ({"example": VALUES[name]} if name in VALUES else {})
        for name in re.findall(r"{(\w+)}", path)
    ]


def _query_parameters(model: type[BaseModel]) -> list[dict[str, Any]]:
    schema = model.model_json_schema(ref_template=_PLACE)
    required = schema.get("required", [])
    return [
        {"name": name, "in": "query", "required": name in required, "schema": field}
        for name, field in schema.get("properties", {}).items()
    ]
