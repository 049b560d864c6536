"""Identifiers that must not come back: message ids and transaction ids.

A central system may replay its first answer to a message id it has seen before, so ids carry a part that is new
at every boot (architecture D5). `boot_id` comes from the operating system's randomness; virtual time passes one
that is derived from the seed.
"""

import secrets


def new_boot_id() -> str:
    """Sixteen fresh hexadecimal digits."""
    return secrets.token_hex(8)


def opaque_id() -> str:
    """A fresh id of a charger, location or job: sixteen hexadecimal digits that say nothing."""
    return secrets.token_hex(8)


def message_id(boot_id: str, n: int) -> str:
    """The id of the n-th message since boot; at most 36 characters (OCPP-J 1.6 chapter 4.1.4)."""
    return f"{boot_id}-{n:x}"


def transaction_id(boot_id: str, evse_id: int, n: int) -> str:
    """A station-made 2.x transaction id; at most 36 characters, never used again."""
    return f"{boot_id}-{evse_id}-{n:x}"
