"""A handful of named instants: when something is due for one charger. Replaces timers; owns no clock.

Keys are (name, place): place is an EVSE id, or 0 for the station as a whole.
"""

from math import inf


class Deadlines:
    """Named instants of one axis; few per charger, so a plain scan beats any ordered structure."""

    __slots__ = ("_at", "_earliest")

    def __init__(self) -> None:
        self._at: dict[tuple[str, int], float] = {}
        self._earliest: float | None = inf
        """The earliest instant, or None where it has to be looked for: it is asked for far more often than set."""

    def set(self, name: str, at: float, place: int = 0) -> None:
        """Make `name` due at `at`; replaces an earlier instant. An infinite one means never."""
        if at == inf:
            self.cancel(name, place)
            return
        key = (name, place)
        before = self._at.get(key)
        self._at[key] = at
        if self._earliest is not None:
            if at <= self._earliest:
                self._earliest = at
            elif before == self._earliest:
                self._earliest = None

    def cancel(self, name: str, place: int = 0) -> None:
        """Forget `name`."""
        if self._at.pop((name, place), None) == self._earliest:
            self._earliest = None

    def get(self, name: str, place: int = 0) -> float | None:
        """When `name` is due, or None."""
        return self._at.get((name, place))

    def earliest(self) -> float:
        """The earliest instant; infinity when nothing is due."""
        if self._earliest is None:
            self._earliest = min(self._at.values()) if self._at else inf
        return self._earliest

    def pop_due(self, until: float) -> tuple[float, str, int] | None:
        """Take out the earliest deadline that is not after `until`: (instant, name, place)."""
        earliest = self._earliest
        if earliest is None:
            earliest = self.earliest()
        if earliest > until or not self._at:
            return None
        key = next(key for key, at in self._at.items() if at == earliest)
        del self._at[key]
        self._earliest = None
        return earliest, *key

    def clear(self) -> None:
        """Forget everything."""
        self._at.clear()
        self._earliest = inf

    def items(self) -> list[tuple[str, int, float]]:
        """Every deadline as (name, place, instant)."""
        return [(name, place, at) for (name, place), at in self._at.items()]
