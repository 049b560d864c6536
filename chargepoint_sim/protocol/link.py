"""How a link to the central system can end, as plain data that the pure charger judges.

The transport makes these; nothing here knows a socket.
"""

import enum
from dataclasses import dataclass

BROKEN_BY_THEM = frozenset({1002, 1003, 1007, 1009})
"""Codes with which this side closes because of what the other side sent: protocol, type, encoding, size."""

NORMAL_CLOSURE = 1000


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

    def refusal(self, *, was_up: bool, answered: bool) -> str | None:
        """Why the central system does not serve this charger, where the end says so.

        `was_up`: there was a link; `answered`: BootNotification has been answered since power-up.
        """
        if self.by_us and was_up:
            return str(self) if self.code in BROKEN_BY_THEM else None
        if not was_up:
            return str(self)
        if self.kind is not EndKind.CLOSED:
            return None
        if self.code != NORMAL_CLOSURE:
            return str(self)
        reason = f" ({self.reason})" if self.reason else ""
        return None if answered else f"closed {self.code} before any answer to BootNotification{reason}"

    def __str__(self) -> str:
        parts = [self.kind.value]
        if self.code is not None:
            parts.append(str(self.code))
        if self.reason:
            parts.append(f"({self.reason})")
        return " ".join(parts)
