"""Counters that every layer may touch; the API renders them as Prometheus text.

One process-wide tally: names are fixed, labels are few, never a charger id (architecture D11).
"""

from collections import Counter

tally: Counter[tuple[str, ...]] = Counter()
"""(metric name, label value...) -> count."""


def count(name: str, *labels: str, by: int = 1) -> None:
    """Add `by` to the counter `name` with the given label values."""
    tally[(name, *labels)] += by
