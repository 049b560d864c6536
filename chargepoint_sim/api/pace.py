"""How often a token may call: a token bucket for each, which holds one second's worth of requests."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from chargepoint_sim.api.errors import AccessRefused, Reason


@dataclass(slots=True)
class Pace:
    """The buckets; there is one for each key id, so no more than there are tokens."""

    rate_per_s: float
    now: Callable[[], float] = time.monotonic
    _buckets: dict[str, tuple[float, float]] = field(default_factory=dict)
    """Key id -> how many requests were left, and when."""

    def take(self, key_id: str) -> None:
        """Count one request; raises AccessRefused with 429 and Retry-After where there is none left."""
        size, at = max(1.0, self.rate_per_s), self.now()
        left, since = self._buckets.get(key_id, (size, at))
        left = min(size, left + (at - since) * self.rate_per_s)
        if left < 1.0:
            self._buckets[key_id] = (left, at)
            wait_s = math.ceil((1.0 - left) / self.rate_per_s)
            words = f"More than {self.rate_per_s:g} requests a second with this token; try again in {wait_s} s."
            raise AccessRefused(429, words, Reason.RATE, key_id, {"Retry-After": str(wait_s)})
        self._buckets[key_id] = (left - 1.0, at)
