"""Who may use the control API: bearer tokens with scope and tenant, and the rules that hold when there are none.

Without a token the API serves its own machine only: `check_listen` refuses every other address, and `Gate` refuses
requests that a web page of another origin sends through a local browser (`Origin`), or that reach us under a
name which somebody else controls (`Host`, DNS rebinding). Tokens are known by their hashes only.
"""

import hmac
import ipaddress
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

from aiohttp import web

from chargepoint_sim.api.errors import AccessRefused, Reason
from chargepoint_sim.api.pace import Pace
from chargepoint_sim.api.routes import AnyRoute, Environment, Principal, Scope, Surface
from chargepoint_sim.errors import LocalError
from chargepoint_sim.fleet.access import TokenSpec, environment_of, token_hash

ORGANIZATION = "X-Organization-Id"
"""The header by which a token of all tenants names one."""
_CHALLENGE: Mapping[str, str] = {"WWW-Authenticate": "Bearer"}


def is_loopback(host: str) -> bool:
    """True where `host` (a name or an address without a port) is this machine and nothing else."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def check_listen(host: str, tokens: Sequence[TokenSpec]) -> None:
    """Raise LocalError where listening on `host` would leave the API open to other machines."""
    if not tokens and not is_loopback(host):
        raise LocalError(
            f"The control API would listen on {host or 'every address'} for other machines without a token. "
            "Configure a token (api.tokens), or listen on 127.0.0.1."
        )


ANYBODY = Principal(None, Scope.OPEN, Environment.SANDBOX, "-")
"""Who calls an open route."""


@dataclass(frozen=True, slots=True)
class Gate:
    """Decides about each request."""

    tokens: tuple[TokenSpec, ...] = ()
    """None lets every local client in, for everything."""
    tenants: bool = False
    """Whether anything belongs to a tenant; without, nobody has to name one and the header is passed over."""
    origins: Collection[str] = ()
    """Origins of web pages that may call in spite of being foreign."""
    pace: Pace | None = None
    """How often a token may call; None: as often as it likes."""
    now: Callable[[], float] = field(default=time.time)
    """UTC seconds; tokens expire in real time, whatever time the fleet lives in."""

    def admit(self, request: web.Request, route: AnyRoute) -> Principal:
        """Who makes the request; raises AccessRefused with 401, 403 or 429."""
        if route.scope is Scope.OPEN:
            return ANYBODY
        shown = credentials(request, route.surface)
        if self.tokens:
            principal = self._holder(shown)
        else:
            _check_local(request.host, request.headers.get("Origin"), self.origins)
            principal = Principal(None, Scope.ADMIN, Environment(environment_of(shown)), "local")
        if self.pace is not None:
            self.pace.take(principal.key_id)
        if not principal.scope.includes(route.scope):
            words = f"This needs a token of scope {route.scope}; the one shown has scope {principal.scope}."
            raise AccessRefused(403, words, Reason.SCOPE, principal.key_id)
        return self._within(principal, request.headers.get(ORGANIZATION))

    def _holder(self, shown: str) -> Principal:
        digest = token_hash(shown)
        # Every token is compared, so that the time taken tells nothing about which one came close.
        matches = [token for token in self.tokens if hmac.compare_digest(digest, token.sha256)]
        if not shown or not matches:
            wrong = "The bearer token is not valid." if shown else "A bearer token is required."
            reason = Reason.WRONG_TOKEN if shown else Reason.NO_TOKEN
            raise AccessRefused(401, wrong, reason, headers=_CHALLENGE)
        token = matches[0]
        if token.expires_at is not None and self.now() >= token.expires_at:
            words = "The bearer token has expired."
            raise AccessRefused(401, words, Reason.EXPIRED_TOKEN, token.key_id, _CHALLENGE)
        return Principal(token.tenant, Scope(token.scope), Environment(token.environment), token.key_id)

    def _within(self, principal: Principal, named: str | None) -> Principal:
        """The principal with the tenant that he names, where he may."""
        if not named or not self.tenants:
            return principal
        if principal.tenant not in (None, named):
            words = f"The token belongs to another tenant than the one that {ORGANIZATION} names."
            raise AccessRefused(403, words, Reason.TENANT, principal.key_id)
        return replace(principal, tenant=named)


def credentials(request: web.Request, surface: Surface) -> str:
    """The token that a request shows, or an empty text. Amps clients may show theirs as `x-api-key` instead."""
    if surface is Surface.AMPS and "x-api-key" in request.headers:
        return request.headers["x-api-key"].strip()
    scheme, _, shown = request.headers.get("Authorization", "").partition(" ")
    return shown.strip() if scheme.lower() == "bearer" else ""


def _check_local(host: str, origin: str | None, allowed: Collection[str]) -> None:
    if not is_loopback(_host_name(host)):
        words = f"No token is configured, so requests to the host name {host} are refused."
        raise AccessRefused(403, words, Reason.PLACE)
    if origin is not None and origin not in allowed and origin.partition("://")[2] != host:
        words = f"No token is configured, so requests from web pages of {origin} are refused."
        raise AccessRefused(403, words, Reason.PLACE)


def _host_name(host: str) -> str:
    """The name or address in a Host header, without the port; empty where it cannot be read."""
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""
