"""Random numbers without state: every draw is a hash of who asks, for what, and the how-manieth time.

Placement and start order never change a charger's behaviour, and a new consumer of randomness does not shift
the others (architecture D7).
"""

from hashlib import blake2b


def draw(seed: int, charger_id: str, purpose: str, n: int = 0) -> float:
    """A number in [0, 1) that depends on the four arguments and on nothing else."""
    return draw_bits(seed, charger_id, purpose, n) / 2**64


def draw_bits(seed: int, charger_id: str, purpose: str, n: int = 0) -> int:
    """64 random bits that depend on the four arguments and on nothing else."""
    key = f"{seed}\x1f{charger_id}\x1f{purpose}\x1f{n}".encode()
    return int.from_bytes(blake2b(key, digest_size=8).digest(), "big")
