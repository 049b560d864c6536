"""Who may use the control API: tokens as they are kept, by their hash alone.

Pure: owns how a token is turned into what is kept of it. Who is let in is decided in `api/access.py`.
"""

import hashlib
import re
from dataclasses import dataclass

from chargepoint_sim.errors import LocalError

SCOPES = ("read", "command", "admin")
"""What a token allows, in rising order; each includes the ones before it."""
ENVIRONMENTS = ("sandbox", "live")

_LIVE_KEY = re.compile(r"(?:amps_)?sk_live_")
_HASH = re.compile(r"[0-9a-f]{64}")


def token_hash(token: str) -> str:
    """What is kept of a token: SHA-256 in lower-case hex."""
    return hashlib.sha256(token.encode(errors="surrogateescape")).hexdigest()


def is_hash(text: str) -> bool:
    """True for what `token_hash` gives."""
    return _HASH.fullmatch(text) is not None


def environment_of(token: str) -> str:
    """The environment that the prefix of an Amps key tells: live for `sk_live_` and `amps_sk_live_`, else sandbox."""
    return "live" if _LIVE_KEY.match(token) else "sandbox"


@dataclass(frozen=True, slots=True)
class TokenSpec:
    """A bearer token of the control API."""

    sha256: str
    scope: str = "admin"
    """One of SCOPES."""
    tenant: str | None = None
    """Whose chargers and locations alone it sees; None: everybody's."""
    environment: str = "sandbox"
    """One of ENVIRONMENTS."""
    expires_at: float | None = None
    """UTC seconds of real time from which on it is refused."""

    @classmethod
    def of(
        cls,
        token: str,
        scope: str = "admin",
        tenant: str | None = None,
        environment: str | None = None,
        expires_at: float | None = None,
    ) -> "TokenSpec":
        """A token in plain text as it is kept; its prefix tells the environment where none is given.

        Raises LocalError for an empty token.
        """
        if not token.strip():
            raise LocalError("An API token is empty; give it a value or remove it.")
        return cls(token_hash(token), scope, tenant, environment or environment_of(token), expires_at)

    @property
    def key_id(self) -> str:
        """Its name in logs and audit events: the beginning of the hash."""
        return self.sha256[:8]
