"""Who may use the control API: bearer tokens, and the rules that hold when there are none.

Without a token the API serves its own machine only: `check_listen` refuses every other address, and `Gate` refuses
requests that a web page of another origin sends through a local browser (`Origin`), or that reach us under a
name which somebody else controls (`Host`, DNS rebinding).
"""

import hmac
import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from aiohttp import web

from chargepoint_sim.api.errors import HttpRefusal
from chargepoint_sim.api.routes import AnyRoute, Environment, Principal, Scope
from chargepoint_sim.errors import LocalError


def is_loopback(host: str) -> bool:
    """True where `host` (a name or an address without a port) is this machine and nothing else."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def check_listen(host: str, tokens: Sequence[str]) -> None:
    """Raise LocalError where listening on `host` would leave the API open to other machines."""
    if any(not token.strip() for token in tokens):
        raise LocalError("An API token is empty; give it a value or remove it.")
    if not tokens and not is_loopback(host):
        raise LocalError(
            f"The control API would listen on {host or 'every address'} for other machines without a token. "
            "Configure a token (api.tokens), or listen on 127.0.0.1."
        )


ANYBODY = Principal(None, Scope.OPEN, Environment.SANDBOX, "-")
"""Who calls an open route."""
LOCAL = Principal(None, Scope.ADMIN, Environment.SANDBOX, "local")
"""Who calls from this machine where no token is configured."""


@dataclass(frozen=True, slots=True)
class Gate:
    """Decides about each request of a route that is not open."""

    tokens: tuple[bytes, ...]

    @classmethod
    def of(cls, tokens: Sequence[str]) -> "Gate":
        """The gate for these bearer tokens; none lets every local client in."""
        return cls(tuple(token.encode() for token in tokens))

    def admit(self, request: web.Request, route: AnyRoute) -> Principal:
        """Who makes the request, or HttpRefusal with 401 or 403."""
        if route.scope is Scope.OPEN:
            return ANYBODY
        if self.tokens:
            self._check_bearer(request.headers.get("Authorization", ""))
        else:
            _check_local(request.host, request.headers.get("Origin"))
        return LOCAL

    def _check_bearer(self, header: str) -> None:
        scheme, _, credentials = header.partition(" ")
        shown = credentials.strip().encode(errors="surrogateescape")
        # Every token is compared, so that the time taken tells nothing about which one came close.
        matches = [hmac.compare_digest(shown, token) for token in self.tokens]
        if scheme.lower() != "bearer" or not any(matches):
            wrong = "The bearer token is not valid." if credentials else "A bearer token is required."
            raise HttpRefusal(401, wrong, {"WWW-Authenticate": "Bearer"})


def _check_local(host: str, origin: str | None) -> None:
    if not is_loopback(_host_name(host)):
        raise HttpRefusal(403, f"No token is configured, so requests to the host name {host} are refused.")
    if origin is not None and origin.partition("://")[2] != host:
        raise HttpRefusal(403, f"No token is configured, so requests from web pages of {origin} are refused.")


def _host_name(host: str) -> str:
    """The name or address in a Host header, without the port; empty where it cannot be read."""
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""
