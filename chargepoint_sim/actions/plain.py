"""Records of submitted commands as plain data, for whatever keeps them: a state file, or a store.

Pure. What is written by one version of the program is read by the next: fields that are missing take their defaults.
"""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import asdict, fields
from typing import Any

from chargepoint_sim.actions.action import Action, Order, State
from chargepoint_sim.core import commands
from chargepoint_sim.core.commands import Command, IdToken, ListedToken
from chargepoint_sim.core.smart_charging.profiles import LimitSource

Data = dict[str, Any]

KINDS: Mapping[str, type[Command]] = {
    name: kind for name, kind in inspect.getmembers(commands, inspect.isclass) if issubclass(kind, Command)
}
"""Every command by its name."""


def command_data(command: Command) -> Data:
    """A command as plain data, with its name as `kind`."""
    return {"kind": type(command).__name__, **asdict(command)}


def command_of(data: Mapping[str, Any]) -> Command:
    """The command that `command_data` has written. ValueError for one that there is not."""
    kind = KINDS.get(data["kind"])
    if kind is None:
        raise ValueError(f"there is no command {data['kind']!r}")
    known = {field.name for field in fields(kind)}
    return kind(**{name: _field(name, value) for name, value in data.items() if name in known})


def action_data(action: Action) -> Data:
    """A record as plain data."""
    order = action.order
    written = {name: getattr(action, name) for name in _ACTION}
    return {
        **written,
        "order": {
            **{name: getattr(order, name) for name in _ORDER},
            "command": command_data(order.command),
            "end_command": None if order.end_command is None else command_data(order.end_command),
        },
    }


def action_of(data: Mapping[str, Any]) -> Action:
    """The record that `action_data` has written. ValueError where its command is not known."""
    written = data["order"]
    end = written.get("end_command")
    order = Order(
        command=command_of(written["command"]),
        end_command=None if end is None else command_of(end),
        **{name: written[name] for name in _ORDER if name in written},
    )
    known = {name: data[name] for name in _ACTION if name in data}
    return Action(order=order, **{**known, "state": State(data["state"])})


def _field(name: str, value: Any) -> Any:
    return None if value is None else _READ.get(name, _as_is)(value)


def _id_token(value: Mapping[str, Any]) -> IdToken:
    additions = tuple((text, kind) for text, kind in value.get("additional_info", ()))
    return IdToken(value["id_token"], value["type"], additions)


def _listed(value: Any) -> tuple[ListedToken, ...]:
    return tuple(ListedToken(**one) for one in value)


def _as_is(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


_READ: Mapping[str, Callable[[Any], Any]] = {
    "entries": _listed,
    "id_token": _id_token,
    "source": LimitSource,
}
"""Fields of commands that are more than plain values."""

_ACTION = tuple(field.name for field in fields(Action) if field.name != "order")
_ORDER = tuple(field.name for field in fields(Order) if field.name not in ("command", "end_command"))
