"""A handful of named instants: when something is due for one charger. Replaces timers; owns no clock.

Keys are (name, place): place is an EVSE id, or 0 for the station as a whole.
"""

from math import inf


class Deadlines:
    """Named instants of one axis; few per charger, so a plain scan beats any ordered structure."""

    __slots__ = ("_at",)

    def __init__(self) -> None:
        self._at: dict[tuple[str, int], float] = {}

    def set(self, name: str, at: float, place: int = 0) -> None:
        """Make `name` due at `at`; replaces an earlier instant. An infinite one means never."""
        if at == inf:
            self._at.pop((name, place), None)
        else:
            self._at[name, place] = at

    def cancel(self, name: str, place: int = 0) -> None:
        """Forget `name`."""
        self._at.pop((name, place), None)

    def get(self, name: str, place: int = 0) -> float | None:
        """When `name` is due, or None."""
        return self._at.get((name, place))

    def earliest(self) -> float:
        """The earliest instant; infinity when nothing is due."""
        return min(self._at.values(), default=inf)

    def pop_due(self, until: float) -> tuple[float, str, int] | None:
        """Take out the earliest deadline that is not after `until`: (instant, name, place)."""
        if not self._at:
            return None
        key = min(self._at, key=self._at.__getitem__)
        at = self._at[key]
        if at > until:
            return None
        del self._at[key]
        return at, *key

    def clear(self) -> None:
        """Forget everything."""
        self._at.clear()

    def items(self) -> list[tuple[str, int, float]]:
        """Every deadline as (name, place, instant)."""
        return [(name, place, at) for (name, place), at in self._at.items()]
