"""What a command would come to at a charger, found out on a twin of it: the charger itself is not touched.

A charger is pure, so a copy of it carries a command out exactly as it would. Copied is what can change; what is frozen
or shared by the whole fleet (specification, tables of the version) is taken as it is.
"""

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import replace
from enum import Enum
from types import MappingProxyType
from typing import Any

from chargepoint_sim.charger import Charger
from chargepoint_sim.clock import Now, Timeline
from chargepoint_sim.core.commands import Command, Outcome
from chargepoint_sim.protocol.following import follow

CAUSE = "rehearsal"


def rehearse(charger: Charger, command: Command, now: Now, *, needs_link: bool = False) -> Outcome:
    """What `command` would come to; its info has `messages` (actions of OCPP), `online` and perhaps `waits_for_link`.

    What the central system would answer is not known beforehand.
    """
    outcome = follow(twin(charger), command, now, CAUSE, needs_link=needs_link)
    info = dict(outcome.info)
    if "messages" in info:
        info["messages"] = list(info["messages"].values())
    return replace(outcome, info=info)


def twin(charger: Charger) -> Charger:
    """A charger in the same state that shares nothing with the first that either could change."""
    shared = (charger.adapter, charger.station.spec)
    copied: Charger = _copy(charger, {id(one): one for one in shared})
    return copied


_AS_THEY_ARE = (str, bytes, int, float, bool, type(None), Enum, type, MappingProxyType, Timeline)


def _copy(value: Any, done: dict[int, Any]) -> Any:
    """A copy of `value` as deep as anything in it can change; `done` keeps what is one object one object."""
    if isinstance(value, _AS_THEY_ARE) or callable(value):
        return value
    if id(value) not in done:
        copier = next((copy for kind, copy in _COPIERS.items() if isinstance(value, kind)), _copy_object)
        done[id(value)] = copier(value, done)
    return done[id(value)]


def _copy_dict(value: dict[Any, Any], done: dict[int, Any]) -> dict[Any, Any]:
    made = done[id(value)] = type(value)()
    made.update((_copy(key, done), _copy(one, done)) for key, one in value.items())
    return made


def _copy_list(value: Any, done: dict[int, Any]) -> Any:
    made = done[id(value)] = deque(maxlen=value.maxlen) if isinstance(value, deque) else type(value)()
    made.extend(_copy(one, done) for one in value)
    return made


def _copy_set(value: Any, done: dict[int, Any]) -> Any:
    return type(value)(_copy(one, done) for one in value)


def _copy_tuple(value: tuple[Any, ...], done: dict[int, Any]) -> tuple[Any, ...]:
    members = [_copy(one, done) for one in value]
    if all(new is old for new, old in zip(members, value, strict=True)):
        return value
    return value._make(members) if hasattr(value, "_make") else tuple(members)


def _copy_object(value: Any, done: dict[int, Any]) -> Any:
    made = done[id(value)] = object.__new__(type(value))
    changed = False
    for name in _names(value):
        if hasattr(value, name):
            old = getattr(value, name)
            new = _copy(old, done)
            changed = changed or new is not old
            object.__setattr__(made, name, new)
    return made if changed or not _frozen(value) else value


def _names(value: Any) -> list[str]:
    slots = [name for kind in type(value).__mro__ for name in _slots(kind)]
    return [*slots, *getattr(value, "__dict__", ())]


def _slots(kind: type) -> tuple[str, ...]:
    named = kind.__dict__.get("__slots__", ())
    return (named,) if isinstance(named, str) else tuple(named)


def _frozen(value: Any) -> bool:
    parameters = getattr(type(value), "__dataclass_params__", None)
    return parameters is not None and bool(parameters.frozen)


_COPIERS: Mapping[type, Callable[[Any, dict[int, Any]], Any]] = {
    dict: _copy_dict,
    list: _copy_list,
    deque: _copy_list,
    set: _copy_set,
    frozenset: _copy_set,
    tuple: _copy_tuple,
}
