"""Payloads made from the official schemas of the `ocpp` package: the least, or the fullest, that a schema allows."""

import json
from collections.abc import Callable, Mapping
from functools import cache
from importlib import resources
from typing import Any

from chargepoint_sim.protocol.frames import Payload, Version

POSITIVE = ("Accepted", "Unlocked", "Unpublished", "Scheduled")
"""Words of a good answer, best first; of an enumeration without any of them, the first word is taken."""

TEXTS: Mapping[str, str] = {"date-time": "2030-01-01T00:00:00Z", "uri": "https://csms.example/file"}
"""Format -> a text that has it."""


@cache
def schema_of(version: Version, name: str) -> Payload:
    """The schema of a file (`ResetResponse`, `ResetRequest`) without references. 1.6 requests bear the action alone."""
    folder = resources.files(f"ocpp.v{version.value.replace('.', '')}").joinpath("schemas")
    file_name = name.removesuffix("Request") if version is Version.V16 else name
    schema = json.loads(folder.joinpath(f"{file_name}.json").read_text(encoding="utf-8-sig"))
    resolved: Payload = _resolved(schema, schema.get("definitions", {}))
    return resolved


def _resolved(schema: Any, definitions: Mapping[str, Payload]) -> Any:
    if isinstance(schema, list):
        return [_resolved(one, definitions) for one in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return _resolved(definitions[schema["$ref"].rpartition("/")[2]], definitions)
    return {name: _resolved(part, definitions) for name, part in schema.items() if name != "definitions"}


def sample(schema: Payload, *, full: bool) -> Any:
    """A value that a schema without references allows: with every member, or with those alone that it must have."""
    if "enum" in schema:
        return next((word for word in POSITIVE if word in schema["enum"]), schema["enum"][0])
    makers: Mapping[str, Callable[[], Any]] = {
        "object": lambda: {
            name: sample(part, full=full)
            for name, part in schema.get("properties", {}).items()
            if full or name in schema.get("required", ())
        },
        "array": lambda: [sample(schema["items"], full=full)] * schema.get("minItems", int(full)),
        "string": lambda: TEXTS.get(schema.get("format", ""), "a"),
        "integer": lambda: schema.get("minimum", 1),
        "number": lambda: schema.get("minimum", 1),
        "boolean": lambda: True,
    }
    return makers[schema.get("type", "string")]()
