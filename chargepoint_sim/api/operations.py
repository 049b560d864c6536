"""The open routes of the daemon: the page at `/`, health, metrics, the OpenAPI document and the page that shows it."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Literal

import orjson
from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST
from pydantic import BaseModel, Field

from chargepoint_sim.api import docs, metrics
from chargepoint_sim.api.errors import HttpErrorResponse
from chargepoint_sim.api.lag import LoopLag
from chargepoint_sim.api.landing import landing_page
from chargepoint_sim.api.openapi import document
from chargepoint_sim.api.parsing import Nothing
from chargepoint_sim.api.routes import CRASH, AnyRoute, Call, Response, Route, Scope, Surface
from chargepoint_sim.fleet.views import Cause


class Health(BaseModel):
    """The process answers."""

    status: str = "ok"


async def _health(call: Call[Nothing, Nothing]) -> Health:
    return Health()


class Readiness(BaseModel):
    """How far the chargers are at their central system."""

    status: Literal["starting", "ready"]
    """`ready` once every charger was accepted or refused."""
    total: int
    booted: int
    waiting: int = Field(description="Chargers that were neither accepted nor refused yet.")
    refused: list[Cause] = Field(description="Who is not served and why, with what to do about it.")


async def _ready(call: Call[Nothing, Nothing]) -> web.StreamResponse:
    """200 once nobody waits any more: a container whose last charger is refused is as ready as it gets."""
    summary = await call.fleet.summary()
    readiness = Readiness(
        status="starting" if summary.waiting else "ready",
        total=summary.total,
        booted=summary.booted,
        waiting=summary.waiting,
        refused=list(summary.refused),
    )
    status = 503 if summary.waiting else 200
    return web.Response(status=status, body=readiness.model_dump_json().encode(), content_type="application/json")


def operation_routes(described: Sequence[AnyRoute], lag: LoopLag) -> tuple[AnyRoute, ...]:
    """The table of the open routes; their document describes `described` and themselves."""

    async def show_metrics(call: Call[Nothing, Nothing]) -> web.StreamResponse:
        text = metrics.render(await call.fleet.summary(), lag)
        return web.Response(body=text, headers={"Content-Type": CONTENT_TYPE_LATEST})

    async def show_document(call: Call[Nothing, Nothing]) -> web.StreamResponse:
        return web.Response(body=rendered(), content_type="application/json")

    @cache
    def rendered() -> bytes:
        return orjson.dumps(document((*described, *table)))

    def row(
        path: str, name: str, summary: str, handler: Any, response: Response, errors: Mapping[int, Response] = CRASH
    ) -> AnyRoute:
        return Route(
            method="GET",
            path=path,
            scope=Scope.OPEN,
            query=Nothing,
            request=Nothing,
            responses={200: response, **errors},
            handler=handler,
            surface=Surface.OPERATIONS,
            name=name,
            summary=summary,
        )

    missing: Mapping[int, Response] = {404: HttpErrorResponse, **CRASH}
    table = (
        row("/", "landing-page", "Where to find the rest", landing_page, "text/html"),
        row("/health", "health", "Whether the daemon answers", _health, Health),
        row("/health/live", "live", "Whether the daemon answers", _health, Health),
        row(
            "/health/ready",
            "ready",
            "Whether every charger was accepted or refused",
            _ready,
            Readiness,
            {503: Readiness, **CRASH},
        ),
        row("/metrics", "metrics", "Counts for Prometheus", show_metrics, "text/plain"),
        row("/openapi.json", "openapi-document", "This document", show_document, "application/json"),
        row("/docs", "docs-page", "This document as a page", docs.page, "text/html"),
        row("/docs/{name}", "docs-asset", "Scripts and styles of the page", docs.asset, "text/javascript", missing),
    )
    return table
