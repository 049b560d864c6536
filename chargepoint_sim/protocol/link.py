"""How a link to the central system can end, as plain data that the pure charger judges.

The transport makes these; nothing here knows a socket.
"""

import enum
from dataclasses import dataclass


class EndKind(enum.StrEnum):
    """Why there is no link (any more)."""

    UNREACHABLE = "unreachable"
    """No TCP connection: name not found, refused, timed out."""
    TLS = "tls"
    """The TLS handshake failed: certificate not trusted, wrong name, server refused ours."""
    REFUSED = "refused"
    """The upgrade was answered with another HTTP status than 101."""
    SUBPROTOCOL = "subprotocol"
    """The upgrade succeeded with no sub-protocol or one that was not offered."""
    CLOSED = "closed"
    """A close frame came or was sent; `code` and `reason` say which."""
    LOST = "lost"
    """The TCP connection broke without a close frame."""


@dataclass(frozen=True, slots=True)
class LinkEnd:
    """The end of a link, or of the attempt to make one."""

    kind: EndKind
    code: int | None = None
    """HTTP status for REFUSED, close code for CLOSED."""
    reason: str = ""
    """The other side's words or the system's; one line, no secrets."""
    by_us: bool = False
    """True when this side began the close."""

    def __str__(self) -> str:
        parts = [self.kind.value]
        if self.code is not None:
            parts.append(str(self.code))
        if self.reason:
            parts.append(f"({self.reason})")
        return " ".join(parts)
