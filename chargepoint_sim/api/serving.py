"""From a row of a table to a handler of aiohttp: who is it, what is asked, carry it out, answer."""

from collections.abc import Awaitable, Callable, Iterable

from aiohttp import web

from chargepoint_sim.api.access import Gate
from chargepoint_sim.api.parsing import Nothing, parse_body, parse_query
from chargepoint_sim.api.routes import AnyRoute, Call
from chargepoint_sim.fleet.service import FleetService


def mount(router: web.UrlDispatcher, routes: Iterable[AnyRoute], fleet: FleetService, gate: Gate) -> None:
    """Add every route to the router of an application."""
    for route in routes:
        router.add_route(route.method, route.path, _endpoint(route, fleet, gate))


def _endpoint(
    route: AnyRoute, fleet: FleetService, gate: Gate
) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def serve(request: web.Request) -> web.StreamResponse:
        principal = gate.admit(request, route)
        raw = b"" if route.request is Nothing else await request.read()
        query = parse_query(route.query, {key: request.query.getall(key) for key in request.query})
        body = parse_body(route.request, raw)
        answer = await route.handler(Call(fleet, principal, request.match_info, query, body, request))
        if isinstance(answer, web.StreamResponse):
            return answer
        return web.Response(
            status=route.success, body=answer.model_dump_json().encode(), content_type="application/json"
        )

    return serve
