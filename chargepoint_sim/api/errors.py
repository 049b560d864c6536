"""How the control API says no: status, body, and the one boundary at which a crash becomes a 500.

Owns the error bodies of every surface. 400, 401, 403, 404, 405, 413 and 500 carry `{"detail": "<sentence>"}`; 422
carries the list form `{"detail": [{"loc", "msg", "type", "input"}]}`. A client never sees a traceback.
"""

import enum
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
import structlog
from aiohttp import web
from pydantic import BaseModel

from chargepoint_sim import telemetry
from chargepoint_sim.errors import HostFull, LocalError, UnknownAction, UnknownTarget

log = structlog.get_logger(__name__)


class HttpErrorResponse(BaseModel):
    """Why the request was not carried out."""

    detail: str


class ValidationItem(BaseModel):
    """One mistake in a request: where it is, what is wrong, what was found."""

    loc: list[str | int]
    msg: str
    type: str
    input: Any = None


class ValidationErrorResponse(BaseModel):
    """Every mistake that was found in a request."""

    detail: list[ValidationItem]


class Reason(enum.StrEnum):
    """Why the gate refuses a request."""

    NO_TOKEN = "no_token"
    WRONG_TOKEN = "wrong_token"
    EXPIRED_TOKEN = "expired_token"
    SCOPE = "scope"
    TENANT = "tenant"
    RATE = "rate"
    PLACE = "place"
    """No token is configured, and the request does not come from this machine alone."""


class HttpRefusal(LocalError):
    """A request that is answered with `status` and `detail` and changes nothing."""

    def __init__(
        self,
        status: int,
        detail: str | Sequence[Mapping[str, Any]],
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(str(detail))
        self.status = status
        self.detail = detail
        self.headers: Mapping[str, str] = headers or {}


class AccessRefused(HttpRefusal):
    """A request that the gate does not let in. Surfaces that tell error codes have one for each `reason`."""

    def __init__(
        self, status: int, detail: str, reason: Reason, key_id: str = "-", headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(status, detail, headers)
        self.reason = reason
        self.key_id = key_id


def unprocessable(
    loc: Sequence[str | int], message: str, kind: str = "value_error", found: object = None
) -> HttpRefusal:
    """A 422 with a single mistake at `loc`."""
    return HttpRefusal(422, [{"loc": list(loc), "msg": message, "type": kind, "input": found}])


def error_response(
    status: int, detail: str | Sequence[Mapping[str, Any]], headers: Mapping[str, str] | None = None
) -> web.Response:
    """The answer to a request that was not carried out."""
    return web.Response(
        status=status, body=orjson.dumps({"detail": detail}), headers=headers, content_type="application/json"
    )


@dataclass(frozen=True, slots=True)
class Failure:
    """What is to be answered to a request that was not carried out."""

    status: int
    detail: str | Sequence[Mapping[str, Any]]
    error: Exception
    """What was raised: AccessRefused tells its reason, UnknownTarget what is not there."""
    headers: Mapping[str, str] = field(default_factory=dict)


ErrorShape = Callable[[web.Request, Failure], web.Response]
"""How a surface says no."""

ERROR_SHAPES: web.AppKey[Mapping[str, ErrorShape]] = web.AppKey("error_shapes", Mapping[str, ErrorShape])
"""By surface; a surface without one says no by `plain_failure`."""

SURFACE: web.RequestKey[str] = web.RequestKey("surface", str)
"""Under this key a request keeps the surface of its route."""

SURFACES: web.AppKey[Mapping[str, str]] = web.AppKey("surfaces", Mapping[str, str])
"""First segment of a path -> the surface whose words are used there, also where no route matches."""

BEGAN: web.RequestKey[float] = web.RequestKey("began", float)
"""Under this key a request keeps when it came in, in monotonic seconds."""


def plain_failure(request: web.Request, failure: Failure) -> web.Response:
    """`{"detail": ...}`."""
    return error_response(failure.status, failure.detail, failure.headers)


def record_crash(request: web.Request, error: Exception) -> None:
    """Count and log an exception that nobody foresaw."""
    path = route_path(request)
    telemetry.count("api_crashes", path)
    log.error("api_request_crashed", method=request.method, path=path, exc_info=error)


def route_path(request: web.BaseRequest) -> str:
    """The path as its route spells it, `-` where no route matches; bounded, so fit for a metric label."""
    resource = request.match_info.route.resource if isinstance(request, web.Request) else None
    return resource.canonical if resource is not None else "-"


@web.middleware
async def answer_errors(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Carry the request out and turn whatever goes wrong into an answer; count every answer."""
    request[BEGAN] = time.monotonic()
    try:
        response = await handler(request)
    except Exception as error:  # the boundary: the other requests go on
        failure = _failure(request, error)
        surface = request.get(SURFACE) or request.app[SURFACES].get(request.path.split("/")[1], "")
        response = request.app[ERROR_SHAPES].get(surface, plain_failure)(request, failure)
    path = route_path(request)
    telemetry.count("api_requests", request.method if path != "-" else "-", path, str(response.status))
    return response


def _failure(request: web.Request, error: Exception) -> Failure:
    """What to answer to an error; one that nobody foresaw is counted and logged."""
    match error:
        case HttpRefusal():
            return Failure(error.status, error.detail, error, error.headers)
        case UnknownTarget() | UnknownAction():
            return Failure(404, str(error), error)
        case HostFull():
            return Failure(503, str(error), error)
        case LocalError():
            return Failure(400, str(error), error)
        case web.HTTPException():
            return _from_aiohttp(request, error)
    record_crash(request, error)
    return Failure(500, "The simulator failed to carry this request out; its log has the details.", error)


def _from_aiohttp(request: web.Request, error: web.HTTPException) -> Failure:
    if isinstance(error, web.HTTPMethodNotAllowed):
        allowed = ", ".join(sorted(error.allowed_methods))
        detail = f"{request.method} is not allowed on {request.path}; allowed: {allowed}"
        return Failure(405, detail, error, {"Allow": allowed})
    sentences = {
        404: f"There is nothing at {request.path}.",
        413: f"The body is larger than {request.client_max_size} bytes.",
    }
    return Failure(error.status, sentences.get(error.status, error.reason), error)
