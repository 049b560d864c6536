"""`token`: a random token for the control API, and the line by which the daemon knows it."""

import secrets
from enum import StrEnum
from typing import Annotated

import typer

from chargepoint_sim.cli.helptext import add
from chargepoint_sim.errors import LocalError
from chargepoint_sim.fleet.access import token_hash

_BYTES = 32


class TokenScope(StrEnum):
    """What the token allows."""

    READ = "read"
    COMMAND = "command"
    ADMIN = "admin"


class TokenEnvironment(StrEnum):
    """Which world an Amps client sees."""

    SANDBOX = "sandbox"
    LIVE = "live"


_PREFIXES = {TokenEnvironment.SANDBOX: "sk_test_", TokenEnvironment.LIVE: "sk_live_"}


def register(app: typer.Typer) -> None:
    """Add the command."""
    add(app, token, "token", "token --scope read --tenant acme")


def token(
    scope: Annotated[TokenScope, typer.Option(help="What it allows; each includes the ones before.")] = (
        TokenScope.ADMIN
    ),
    tenant: Annotated[str | None, typer.Option(help="Whose chargers and locations it sees; none: all.")] = None,
    environment: Annotated[TokenEnvironment, typer.Option(help="For Amps clients.")] = TokenEnvironment.SANDBOX,
) -> None:
    """Make a token for the control API.

    The first line is the token, which is shown this once. The second goes into the file that `api.tokens_file` of the
    fleet file names; it holds the hash of the token alone.
    """
    if tenant is not None and (not tenant or not tenant.isprintable() or set(tenant) & set(" ,")):
        raise LocalError("a tenant's name here has no spaces and no commas")
    made = _PREFIXES[environment] + secrets.token_urlsafe(_BYTES)
    words = f"scope={scope} environment={environment}" + (f" tenant={tenant}" if tenant is not None else "")
    typer.echo(made)
    typer.echo(f"sha256:{token_hash(made)} {words}")
