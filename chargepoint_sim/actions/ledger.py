"""Keeps the records of submitted commands: all that are under way, and the last ones that have ended.

An interface and its implementation in memory. Records are plain data; what they mean is no business of the ledger.
What is under way is always in memory, also where a store stands behind: only `add`, `get` and `list` may have to wait.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from chargepoint_sim.actions.action import Action, State

ENDED_KEPT = 20_000
"""Ended actions that are kept in memory, about 0.5 KiB each."""


@dataclass(frozen=True, slots=True)
class Query:
    """Which actions somebody wants to see; None filters nothing."""

    charger_ids: frozenset[str] | None = None
    tenant: str | None = None
    surface: str | None = None
    states: frozenset[State] | None = None
    names: frozenset[str] | None = None
    """What the surface calls the commands."""

    def matches(self, action: Action) -> bool:
        """Whether `action` is among them."""
        order = action.order
        return (
            (self.charger_ids is None or action.charger_id in self.charger_ids)
            and (self.tenant is None or order.tenant == self.tenant)
            and (self.surface is None or order.surface == self.surface)
            and (self.states is None or action.state in self.states)
            and (self.names is None or action.name in self.names)
        )


class Ledger(Protocol):
    """Where actions are kept."""

    async def add(self, action: Action) -> Action:
        """Keep a new action. Where one with its key is there (same tenant and surface), that one is returned."""
        ...

    def put(self, action: Action) -> None:
        """Keep the newest record of an action that was added."""
        ...

    async def get(self, action_id: str) -> Action | None:
        """One action; None where it is not known, or was forgotten."""
        ...

    async def list(self, query: Query, *, offset: int = 0, limit: int | None = None) -> tuple[Sequence[Action], int]:
        """A page, newest first, and how many there are in all."""
        ...

    def open(self, charger_id: str) -> Sequence[Action]:
        """What is under way at a charger, oldest first."""
        ...

    def all_open(self) -> Sequence[Action]:
        """What is under way anywhere, oldest first."""
        ...

    def current(self, action_id: str) -> Action | None:
        """An action that is under way; None for one that has ended or is not known."""
        ...


class MemoryLedger:
    """A ledger without a store: ended actions beyond `ended_kept` are forgotten, oldest ends first."""

    def __init__(self, ended_kept: int = ENDED_KEPT) -> None:
        self._actions: dict[str, Action] = {}
        self._keys: dict[tuple[str | None, str, str], str] = {}
        self._open: dict[str, dict[str, None]] = {}
        """Charger id -> ids of what is under way."""
        self._ended: deque[str] = deque()
        self._ended_kept = ended_kept

    def __len__(self) -> int:
        return len(self._actions)

    async def add(self, action: Action) -> Action:
        """Keep a new action, or return the one that has its key."""
        key = _key(action)
        if key is not None:
            known = self._keys.setdefault(key, action.action_id)
            if known != action.action_id:
                return self._actions[known]
        self._open.setdefault(action.charger_id, {})[action.action_id] = None
        self.put(action)
        return action

    def put(self, action: Action) -> None:
        """Keep the newest record; what has ended counts against the bound from now on."""
        self._actions[action.action_id] = action
        here = self._open.get(action.charger_id)
        if action.ended and here is not None and action.action_id in here:
            del here[action.action_id]
            if not here:
                del self._open[action.charger_id]
            self._ended.append(action.action_id)
            if len(self._ended) > self._ended_kept:
                self._forget(self._ended.popleft())

    async def get(self, action_id: str) -> Action | None:
        """One action, or None."""
        return self._actions.get(action_id)

    async def list(self, query: Query, *, offset: int = 0, limit: int | None = None) -> tuple[Sequence[Action], int]:
        """A page, newest first, and how many there are in all."""
        matching = [action for action in self._newest_first() if query.matches(action)]
        return matching[offset : None if limit is None else offset + limit], len(matching)

    def open(self, charger_id: str) -> Sequence[Action]:
        """What is under way at a charger, oldest first."""
        return [self._actions[action_id] for action_id in self._open.get(charger_id, ())]

    def all_open(self) -> Sequence[Action]:
        """What is under way anywhere, oldest first."""
        return [action for action in self._actions.values() if not action.ended]

    def current(self, action_id: str) -> Action | None:
        """An action that is under way, or None."""
        action = self._actions.get(action_id)
        return None if action is None or action.ended else action

    def _newest_first(self) -> Iterator[Action]:
        return reversed(self._actions.values())

    def _forget(self, action_id: str) -> None:
        key = _key(self._actions.pop(action_id))
        if key is not None:
            self._keys.pop(key, None)


def _key(action: Action) -> tuple[str | None, str, str] | None:
    return None if action.key is None else (action.order.tenant, action.order.surface, action.key)
