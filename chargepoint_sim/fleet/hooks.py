"""Who is told by webhooks: the receivers that a fleet file names, with the secrets that sign what they get.

Pure. When they are told, and how often it is tried, is the business of `actions/webhooks.py`.
"""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

SECRET_PREFIX = "whsec_"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Somebody who is told."""

    url: str
    keys: tuple[bytes, ...] = field(repr=False)
    """Secrets, the present one first; with a second one both signatures are sent while receivers change over."""
    tenant: str | None = None
    """Whose messages it gets; None: everybody's."""
    kinds: frozenset[str] | None = None
    """Kinds of messages; None: all."""

    @classmethod
    def of(cls, url: str, secrets: Sequence[str], **how: Any) -> "Endpoint":
        """An endpoint with secrets as text. ValueError where one is no secret."""
        return cls(url, tuple(key_of(secret) for secret in secrets), **how)

    def wants(self, kind: str, tenant: str | None) -> bool:
        """Whether it is told of such a message."""
        return (self.tenant is None or self.tenant == tenant) and (self.kinds is None or kind in self.kinds)


def key_of(secret: str) -> bytes:
    """The key in a secret, `whsec_` and base64. ValueError where it is none."""
    try:
        key = base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
    except binascii.Error:
        key = b""
    if not key or not secret.startswith(SECRET_PREFIX):
        raise ValueError(f"{SECRET_PREFIX} and base64 text are needed")
    return key
