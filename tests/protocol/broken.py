"""Payloads that break an official schema, one rule at a time, each with the error code that the rule stands for."""

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

from chargepoint_sim.protocol.frames import ErrorCode, Payload
from scripts.samples import sample

UNKNOWN = ErrorCode.FORMAT_VIOLATION
MISSING = ErrorCode.OCCURRENCE_CONSTRAINT_VIOLATION
TYPE = ErrorCode.TYPE_CONSTRAINT_VIOLATION
VALUE = ErrorCode.PROPERTY_CONSTRAINT_VIOLATION

OF_ANOTHER_TYPE = {"string": 5, "integer": "5", "number": "5", "boolean": "true", "object": "a", "array": {}}

Place = tuple[str | int, ...]
Case = tuple[str, ErrorCode, Payload]
"""What is wrong, the code of the answer, the payload."""


def places(schema: Payload, here: Place = ()) -> Iterator[tuple[Place, Payload]]:
    """Every value of the fullest payload: where it stands, and its schema."""
    yield here, schema
    for name, part in schema.get("properties", {}).items():
        yield from places(part, (*here, name))
    if schema.get("type") == "array":
        yield from places(schema["items"], (*here, 0))


def changed(payload: Payload, place: Place, value: Any) -> Payload:
    """A copy with another value in one place."""
    copy: Any = deepcopy({"": payload})
    holder = copy
    for step in ("", *place)[:-1]:
        holder = holder[step]
    holder[("", *place)[-1]] = value
    result: Payload = copy[""]
    return result


def at(payload: Any, place: Place) -> Any:
    """The value in a place."""
    for step in place:
        payload = payload[step]
    return payload


def broken(schema: Payload) -> Iterator[Case]:
    """Every way in which a payload can break its schema once."""
    good = sample(schema, full=True)
    if schema.get("required"):
        yield "empty payload", MISSING, {}
    for place, part in places(schema):
        name, value = "/".join(map(str, place)), at(good, place)
        if place and "type" in part:
            yield f"{name} of another type", TYPE, changed(good, place, OF_ANOTHER_TYPE[part["type"]])
        if isinstance(value, dict) and part.get("additionalProperties") is False:
            yield f"{name} with a member too many", UNKNOWN, changed(good, place, {**value, "surprise": 1})
        for member in part.get("required", ()):
            without = {key: one for key, one in value.items() if key != member}
            yield f"{name} without {member}", MISSING, changed(good, place, without)
        if "maxLength" in part:
            yield f"{name} too long", VALUE, changed(good, place, "a" * (part["maxLength"] + 1))
        if "enum" in part or part.get("format") == "date-time":
            yield f"{name} unknown", VALUE, changed(good, place, "Nonsense")
        if "minimum" in part:
            yield f"{name} too small", VALUE, changed(good, place, part["minimum"] - 1)
        if "minItems" in part:
            yield f"{name} with too few", MISSING, changed(good, place, value[: part["minItems"] - 1])
        if "maxItems" in part:
            yield f"{name} with too many", MISSING, changed(good, place, value[:1] * (part["maxItems"] + 1))
