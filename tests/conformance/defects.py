"""Makers of defects: what a central system says wrong, or says where it should not."""

from collections.abc import Mapping
from typing import Any

from tests.conformance.defective import Defect, Mutation, Outgoing


def answers(action: str, **fields: Any) -> Defect:
    """Answers `action` with these top-level fields changed; None takes the field away."""

    def spoil(frame: Outgoing) -> None:
        if frame.kind == "result" and frame.action == action:
            change(frame.payload, fields)

    return Defect(spoil)


def sends(action: str, **fields: Any) -> Defect:
    """Sends `action` with these top-level fields changed."""

    def spoil(frame: Outgoing) -> None:
        if frame.kind == "call" and frame.action == action:
            change(frame.payload, fields)

    return Defect(spoil)


def refuses(action: str) -> Defect:
    """Answers `action` with a CALLERROR."""

    def spoil(frame: Outgoing) -> None:
        if frame.kind == "result" and frame.action == action:
            frame.kind = "error"

    return Defect(spoil)


def change(payload: dict[str, Any], fields: Mapping[str, Any]) -> None:
    """Set fields; None takes one away, a mapping goes into the field's own."""
    for name, value in fields.items():
        if value is None:
            payload.pop(name, None)
        elif isinstance(value, dict) and isinstance(payload.get(name), dict):
            change(payload[name], value)
        else:
            payload[name] = value


def frames(spoil: Mutation) -> Defect:
    """A defect of its own making."""
    return Defect(spoil)


def obliges(action: str, **payload: Any) -> Defect:
    """Answers what it should refuse; `action` is what the charger sent."""

    def spoil(frame: Outgoing) -> None:
        if frame.kind == "error" and frame.action == action:
            frame.kind, frame.payload = "result", payload

    return Defect(spoil)
