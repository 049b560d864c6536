"""What a route is, and how a table of routes becomes handlers of an aiohttp application.

A surface of the control API is one tuple of `Route` rows. The same rows mount the handlers, parse requests and
generate the OpenAPI document (architecture D10), so none of the three can disagree with the others.
"""

import enum
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from aiohttp import web
from pydantic import BaseModel

from chargepoint_sim.api.access import Gate
from chargepoint_sim.api.errors import HttpErrorResponse, ValidationErrorResponse
from chargepoint_sim.api.parsing import Nothing, parse_body, parse_query
from chargepoint_sim.fleet.service import FleetService

Query = TypeVar("Query", bound=BaseModel)
Body = TypeVar("Body", bound=BaseModel)


class Scope(enum.StrEnum):
    """Who may call a route."""

    OPEN = "open"
    """Everybody who can reach the port."""
    CONTROL = "control"
    """Holders of a token, where tokens are configured."""


class Surface(enum.StrEnum):
    """The API that a route belongs to; its tag in the OpenAPI document."""

    OPERATIONS = "operations"
    NATIVE = "native"
    OCPPLAB = "ocpplab"


@dataclass(frozen=True, slots=True)
class Call(Generic[Query, Body]):
    """One request, parsed."""

    fleet: FleetService
    path: Mapping[str, str]
    query: Query
    body: Body
    request: web.Request


Response = type[BaseModel] | str
"""The model of a JSON body, or the media type of any other."""

Answer = BaseModel | web.StreamResponse
"""A model is sent as JSON with the status of the route's success."""


@dataclass(frozen=True, slots=True)
class Route(Generic[Query, Body]):
    """One row of a surface's table."""

    method: str
    path: str
    scope: Scope
    query: type[Query]
    request: type[Body]
    responses: Mapping[int, Response]
    """By status; the first row is success."""
    handler: Callable[[Call[Query, Body]], Awaitable[Answer]]
    surface: Surface
    name: str
    """Unique in the whole API; the operationId."""
    summary: str
    description: str = ""

    @property
    def success(self) -> int:
        """The status of an answer that is a model."""
        return next(iter(self.responses))


AnyRoute = Route[Any, Any]

CRASH: Mapping[int, Response] = {500: HttpErrorResponse}
READ_ERRORS: Mapping[int, Response] = {
    401: HttpErrorResponse,
    403: HttpErrorResponse,
    422: ValidationErrorResponse,
    **CRASH,
}
FIND_ERRORS: Mapping[int, Response] = {**READ_ERRORS, 404: HttpErrorResponse}
COMMAND_ERRORS: Mapping[int, Response] = {**FIND_ERRORS, 413: HttpErrorResponse}


def mount(router: web.UrlDispatcher, routes: Iterable[AnyRoute], fleet: FleetService, gate: Gate) -> None:
    """Add every route to the router of an application."""
    for route in routes:
        router.add_route(route.method, route.path, _endpoint(route, fleet, gate))


def _endpoint(
    route: AnyRoute, fleet: FleetService, gate: Gate
) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def serve(request: web.Request) -> web.StreamResponse:
        if route.scope is not Scope.OPEN:
            gate.admit(request)
        raw = b"" if route.request is Nothing else await request.read()
        query = parse_query(route.query, {key: request.query.getall(key) for key in request.query})
        body = parse_body(route.request, raw)
        answer = await route.handler(Call(fleet, request.match_info, query, body, request))
        if isinstance(answer, web.StreamResponse):
            return answer
        return web.Response(
            status=route.success, body=answer.model_dump_json().encode(), content_type="application/json"
        )

    return serve
