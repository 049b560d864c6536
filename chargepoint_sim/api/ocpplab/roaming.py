"""The OCPI routes of the OCPPLAB API: they are known, and answer that roaming platforms are not simulated (501)."""

from collections.abc import Iterator

from chargepoint_sim.api.errors import HttpErrorResponse
from chargepoint_sim.api.parsing import Nothing
from chargepoint_sim.api.routes import CRASH, AnyRoute, Call, Response, Route, Scope, Surface

NOT_SIMULATED = (
    "OCPI is not simulated here: this server has OCPP chargers, their locations and commands under /ocpp, and no "
    "roaming platforms. Repeating the request does not help."
)

_CPO = "/ocpi/cpos/{cpo_id}"
_LOCATION = f"{_CPO}/locations/{{location_id}}"

_PATHS: tuple[tuple[str, str, str], ...] = (
    ("GET", "/ocpi/templates/cpos", "list-ocpi-templates"),
    ("GET", "/ocpi/cpos", "list-ocpi-cpos"),
    ("POST", "/ocpi/cpos", "create-ocpi-cpo"),
    ("GET", _CPO, "get-ocpi-cpo"),
    ("DELETE", _CPO, "delete-ocpi-cpo"),
    ("GET", f"{_CPO}/status", "get-ocpi-cpo-status"),
    ("GET", f"{_CPO}/report", "get-ocpi-cpo-report"),
    ("GET", f"{_CPO}/locations", "list-ocpi-locations"),
    ("POST", f"{_CPO}/locations", "create-ocpi-locations"),
    ("GET", f"{_CPO}/locations/jobs/{{job_id}}", "get-ocpi-bulk-job"),
    ("GET", _LOCATION, "get-ocpi-location"),
    ("PATCH", _LOCATION, "update-ocpi-location"),
    ("DELETE", _LOCATION, "delete-ocpi-location"),
)
"""Method, path and name of each route."""


async def refuse(call: Call[Nothing, Nothing]) -> HttpErrorResponse:
    """Say so."""
    return HttpErrorResponse(detail=NOT_SIMULATED)


def _routes() -> Iterator[AnyRoute]:
    gate: dict[int, Response] = dict.fromkeys((401, 403, 429), HttpErrorResponse)
    for method, path, name in _PATHS:
        yield Route(
            method=method,
            path=path,
            scope=Scope.READ,
            query=Nothing,
            request=Nothing,
            responses={501: HttpErrorResponse, **gate, **CRASH},
            handler=refuse,
            surface=Surface.OCPPLAB,
            name=name,
            summary="Not simulated",
        )


ROAMING_ROUTES: tuple[AnyRoute, ...] = tuple(_routes())
