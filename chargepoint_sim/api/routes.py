"""What a route is, and how a table of routes becomes handlers of an aiohttp application.

A surface of the control API is one tuple of `Route` rows. The same rows mount the handlers, parse requests and
generate the OpenAPI document (architecture D10), so none of the three can disagree with the others.
"""

import enum
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from aiohttp import web
from pydantic import BaseModel

from chargepoint_sim.actions.dispatch import Dispatch
from chargepoint_sim.actions.webhooks import Webhooks
from chargepoint_sim.api.errors import HttpErrorResponse, ValidationErrorResponse
from chargepoint_sim.api.webhooks import WEBHOOKS
from chargepoint_sim.errors import LocalError
from chargepoint_sim.fleet.roster import Roster
from chargepoint_sim.fleet.service import FleetService
from chargepoint_sim.fleet.tenant_roster import TenantRoster

Query = TypeVar("Query", bound=BaseModel)
Body = TypeVar("Body", bound=BaseModel)

DISPATCH: web.AppKey[Dispatch] = web.AppKey("dispatch", Dispatch)
ROSTER: web.AppKey[Roster] = web.AppKey("roster", Roster)


class Scope(enum.StrEnum):
    """What a route asks of its caller, and what a token gives: admin includes command, command includes read."""

    OPEN = "open"
    """Nothing: everybody who can reach the port."""
    READ = "read"
    """To look."""
    COMMAND = "command"
    """To act on chargers."""
    ADMIN = "admin"
    """To change what the fleet consists of."""

    def includes(self, other: "Scope") -> bool:
        """True where a token of this scope may call a route of the `other`."""
        return _SCOPE_ORDER.index(self) >= _SCOPE_ORDER.index(other)


_SCOPE_ORDER: Sequence[Scope] = tuple(Scope)


class Environment(enum.StrEnum):
    """Which of the two worlds of the Amps API a key belongs to."""

    SANDBOX = "sandbox"
    LIVE = "live"


@dataclass(frozen=True, slots=True)
class Principal:
    """Who makes a request."""

    tenant: str | None
    """Whose chargers and locations alone there are for this request; None: everybody's."""
    scope: Scope
    environment: Environment
    key_id: str
    """Names the token in logs and audit events, without giving it away."""


class Surface(enum.StrEnum):
    """The API that a route belongs to; its tag in the OpenAPI document."""

    OPERATIONS = "operations"
    NATIVE = "native"
    OCPPLAB = "ocpplab"
    AMPS = "amps"


@dataclass(frozen=True, slots=True)
class Call(Generic[Query, Body]):
    """One request, parsed."""

    fleet: FleetService
    """The fleet as far as the principal may see it."""
    principal: Principal
    path: Mapping[str, str]
    query: Query
    body: Body
    request: web.Request

    @property
    def dispatch(self) -> Dispatch:
        """Where commands are submitted. It knows no principals: look first whether `fleet` has the charger."""
        return self.request.app[DISPATCH]

    @property
    def roster(self) -> Roster:
        """Through which the fleet changes, as far as the principal may change it. LocalError where it cannot."""
        if ROSTER not in self.request.app:
            raise LocalError("This fleet does not change while it runs; change its file.")
        whole = self.request.app[ROSTER]
        tenant = self.principal.tenant
        return whole if tenant is None else TenantRoster(whole, self.fleet, tenant)

    @property
    def webhooks(self) -> Webhooks:
        """Through which receivers are told; its log holds the deliveries of all tenants."""
        return self.request.app[WEBHOOKS]


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
    headers: Mapping[str, str] = field(default_factory=dict)
    """Headers that mean something here, with what they mean."""

    @property
    def success(self) -> int:
        """The status of an answer that is a model."""
        return next(iter(self.responses))

    @property
    def endless(self) -> bool:
        """True where the answer is a stream that lasts as long as its client listens."""
        return self.success == 101 or self.responses[self.success] == "text/event-stream"


AnyRoute = Route[Any, Any]

CRASH: Mapping[int, Response] = {500: HttpErrorResponse}
READ_ERRORS: Mapping[int, Response] = {
    401: HttpErrorResponse,
    403: HttpErrorResponse,
    422: ValidationErrorResponse,
    429: HttpErrorResponse,
    **CRASH,
}
FIND_ERRORS: Mapping[int, Response] = {**READ_ERRORS, 404: HttpErrorResponse}
COMMAND_ERRORS: Mapping[int, Response] = {**FIND_ERRORS, 408: HttpErrorResponse, 413: HttpErrorResponse}
