"""How the Amps surface says no: the failure envelope around a code."""

from aiohttp import web

from chargepoint_sim.api.amps.envelope import ErrorBody, failure
from chargepoint_sim.api.amps.errors import as_refusal
from chargepoint_sim.api.errors import Failure


def amps_failure(request: web.Request, failed: Failure) -> web.Response:
    """The answer to a request that was not carried out."""
    refusal = as_refusal(failed)
    error = ErrorBody(code=refusal.code, message=str(refusal.detail), details=dict(refusal.details))
    body = failure(request, error).model_dump_json().encode()
    return web.Response(status=refusal.status, body=body, headers=failed.headers, content_type="application/json")
