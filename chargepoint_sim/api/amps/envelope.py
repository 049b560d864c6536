"""What every answer of the Amps surface is wrapped in, success and failure alike.

Owns `meta` and the names of both envelopes; what stands inside is the business of the handlers.
"""

import secrets
import string
import time
from collections.abc import Awaitable, Callable
from typing import Any, Generic, Literal, TypeVar

from aiohttp import web
from pydantic import BaseModel, Field

from chargepoint_sim.api.amps.errors import AmpsRefusal
from chargepoint_sim.api.errors import BEGAN
from chargepoint_sim.api.routes import DISPATCH, Answer, Call, Environment
from chargepoint_sim.clock import format_utc

Data = TypeVar("Data")
Query = TypeVar("Query", bound=BaseModel)
Body = TypeVar("Body", bound=BaseModel)

_ALPHANUMERICS = string.ascii_letters + string.digits


class Meta(BaseModel):
    """About the answer itself."""

    requestId: str = Field(pattern="^req_[A-Za-z0-9]{8}$")
    environment: Environment
    timestamp: str = Field(description="UTC with milliseconds and Z, in the time that the fleet lives in.")
    latencyMs: int = Field(ge=0)


class FailureMeta(BaseModel):
    """About the answer to a request that was not carried out."""

    requestId: str = Field(pattern="^req_[A-Za-z0-9]{8}$")
    timestamp: str
    path: str
    latencyMs: int = Field(ge=0)


class Envelope(BaseModel, Generic[Data]):
    """The answer to a request that was carried out."""

    success: Literal[True] = True
    data: Data
    meta: Meta


class ErrorBody(BaseModel):
    """Why not: a stable code, words for people, and what a program may want to know."""

    code: str
    message: str
    details: dict[str, Any] = {}


class FailureEnvelope(BaseModel):
    """The answer to a request that was not carried out."""

    success: Literal[False] = False
    error: ErrorBody
    meta: FailureMeta


class Pagination(BaseModel):
    """Which part of a list this is."""

    limit: int
    offset: int
    total: int
    hasMore: bool


class Page(BaseModel, Generic[Data]):
    """A part of a list."""

    items: list[Data]
    pagination: Pagination


def page(items: list[Data], total: int, limit: int, offset: int) -> Page[Data]:
    """`items`, which begin at `offset` of `total`."""
    more = offset + len(items) < total
    return Page(items=items, pagination=Pagination(limit=limit, offset=offset, total=total, hasMore=more))


def failure(request: web.Request, error: ErrorBody) -> FailureEnvelope:
    """The body of an answer that says no."""
    meta = FailureMeta(
        requestId=_request_id(), timestamp=_timestamp(request), path=request.path, latencyMs=_latency_ms(request)
    )
    return FailureEnvelope(error=error, meta=meta)


def enveloped(
    handler: Callable[[Call[Query, Body]], Awaitable[Data]],
) -> Callable[[Call[Query, Body]], Awaitable[Answer]]:
    """The handler with its data wrapped; keys of the query that it does not know are refused, none is passed over."""

    async def answer(call: Call[Query, Body]) -> Answer:
        unknown = sorted(set(call.request.query) - set(type(call.query).model_fields))
        if unknown:
            raise AmpsRefusal(
                400,
                "VALIDATION_ERROR",
                f"Unknown in the query: {', '.join(unknown)}.",
                {"fields": [f"query.{one}" for one in unknown]},
            )
        data = await handler(call)
        meta = Meta(
            requestId=_request_id(),
            environment=call.principal.environment,
            timestamp=_timestamp(call.request),
            latencyMs=_latency_ms(call.request),
        )
        return Envelope(data=data, meta=meta)

    return answer


def _request_id() -> str:
    return "req_" + "".join(secrets.choice(_ALPHANUMERICS) for _ in range(8))


def _timestamp(request: web.Request) -> str:
    return format_utc(request.app[DISPATCH].now())


def _latency_ms(request: web.Request) -> int:
    return round((time.monotonic() - request[BEGAN]) * 1000)
