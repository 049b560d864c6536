"""How the control API says no: status, body, and the one boundary at which a crash becomes a 500.

Owns the error bodies of every surface. 400, 401, 403, 404, 405, 413 and 500 carry `{"detail": "<sentence>"}`; 422
carries the list form `{"detail": [{"loc", "msg", "type", "input"}]}`. A client never sees a traceback.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import orjson
import structlog
from aiohttp import web
from pydantic import BaseModel

from chargepoint_sim import telemetry
from chargepoint_sim.errors import LocalError, UnknownTarget

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
    try:
        response = await handler(request)
    except HttpRefusal as refusal:
        response = error_response(refusal.status, refusal.detail, refusal.headers)
    except UnknownTarget as error:
        response = error_response(404, str(error))
    except LocalError as error:
        response = error_response(400, str(error))
    except web.HTTPException as error:
        response = _from_aiohttp(request, error)
    except Exception as error:  # the boundary: counted and logged, the other requests go on
        record_crash(request, error)
        response = error_response(500, "The simulator failed to carry this request out; its log has the details.")
    path = route_path(request)
    telemetry.count("api_requests", request.method if path != "-" else "-", path, str(response.status))
    return response


def _from_aiohttp(request: web.Request, error: web.HTTPException) -> web.Response:
    if isinstance(error, web.HTTPMethodNotAllowed):
        allowed = ", ".join(sorted(error.allowed_methods))
        detail = f"{request.method} is not allowed on {request.path}; allowed: {allowed}"
        return error_response(405, detail, {"Allow": allowed})
    sentences = {
        404: f"There is nothing at {request.path}.",
        413: f"The body is larger than {request.client_max_size} bytes.",
    }
    return error_response(error.status, sentences.get(error.status, error.reason))
