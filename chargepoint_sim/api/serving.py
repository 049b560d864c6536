"""From a row of a table to a handler of aiohttp: who is it, what is asked, carry it out, answer, tell the audit log.

The one place where a request meets the gate, and where its handler is given the part of the fleet that its principal
may see.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Any

import structlog
from aiohttp import web

from chargepoint_sim.api.access import Gate
from chargepoint_sim.api.errors import SURFACE, AccessRefused, HttpRefusal
from chargepoint_sim.api.parsing import Nothing, Patience, parse_body, parse_query
from chargepoint_sim.api.routes import Answer, AnyRoute, Call, Principal, Scope
from chargepoint_sim.fleet.service import FleetService
from chargepoint_sim.fleet.tenancy import TenantFleet

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Serving:
    """How requests become calls of handlers."""

    fleet: FleetService
    gate: Gate
    timeout_s: float
    """How long a request may take to come in, and to be carried out; streams are exempt."""

    def mount(self, router: web.UrlDispatcher, routes: Iterable[AnyRoute]) -> None:
        """Add every route to the router of an application."""
        for route in routes:
            router.add_route(route.method, route.path, self._endpoint(route))

    def _endpoint(self, route: AnyRoute) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def serve(request: web.Request) -> web.StreamResponse:
            request[SURFACE] = route.surface
            principal = self._admitted(request, route)
            fleet = self.fleet if principal.tenant is None else TenantFleet(self.fleet, principal.tenant)
            raw = b"" if route.request is Nothing else await self._body(request)
            query = parse_query(route.query, {key: request.query.getall(key) for key in request.query})
            body = parse_body(route.request, raw)
            call = Call(fleet, principal, request.match_info, query, body, request)
            try:
                answer = await self._carried_out(route, call)
            except Exception as error:  # the audit log hears of it first; the boundary is in errors.py
                _audit(route, principal, request, type(error).__name__)
                raise
            if isinstance(answer, web.StreamResponse):
                _audit(route, principal, request, str(answer.status))
                return answer
            _audit(route, principal, request, str(route.success))
            if isinstance(answer, Nothing):
                return web.Response(status=route.success)
            return web.Response(
                status=route.success, body=answer.model_dump_json().encode(), content_type="application/json"
            )

        return serve

    def _admitted(self, request: web.Request, route: AnyRoute) -> Principal:
        try:
            return self.gate.admit(request, route)
        except AccessRefused as refusal:
            log.warning(
                "access_refused",
                route=route.name,
                status=refusal.status,
                reason=refusal.reason,
                key_id=refusal.key_id,
                remote=request.remote,
            )
            raise

    async def _body(self, request: web.Request) -> bytes:
        try:
            async with asyncio.timeout(self.timeout_s):
                return await request.read()
        except TimeoutError:
            raise HttpRefusal(408, f"The body did not come in within {self.timeout_s:g} s.") from None

    async def _carried_out(self, route: AnyRoute, call: Call[Any, Any]) -> Answer:
        patience_s = call.query.wait_s if isinstance(call.query, Patience) else 0.0
        limit = asyncio.timeout(None if route.endless else self.timeout_s + patience_s)
        try:
            async with limit:
                return await route.handler(call)
        except TimeoutError:
            if not limit.expired():
                raise
            raise HttpRefusal(500, f"This was not done within {self.timeout_s:g} s; part of it may be.") from None


def _audit(route: AnyRoute, principal: Principal, request: web.Request, outcome: str) -> None:
    """What was done to chargers, by whom. Reads leave no trace, for a fleet is polled."""
    if route.scope in (Scope.OPEN, Scope.READ):
        return
    log.info(
        "command_submitted",
        route=route.name,
        key_id=principal.key_id,
        tenant=principal.tenant,
        charger_id=request.match_info.get("charger_id"),
        outcome=outcome,
    )
