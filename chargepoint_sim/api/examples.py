"""Examples for the OpenAPI document: requests that can be sent as they are to a daemon with configs/seed.yaml.

Owns the values by the name of their field, and how a body is made of them. A model that knows better says so in its
own schema.
"""

from collections.abc import Mapping
from typing import Any

VALUES: Mapping[str, Any] = {
    "action": "heartbeat",
    "address": "Havenweg 1",
    "brand_slug": "wallbox",
    "charger_id": "dep-789",
    "chargers_number": 2,
    "city": "Utrecht",
    "command": "charge",
    "configuration": {"HeartbeatInterval": "300"},
    "connector_type": "Type2",
    "country": "NL",
    "deployment_id": "dep-789",
    "event": "TamperDetectionActivated",
    "expiry_date": "2030-01-01T00:00:00Z",
    "fault": "firmware-download",
    "fault_type": "GroundFailure",
    "id_tag": "04A1B2C3",
    "id_token": "04A1B2C3",
    "identity": "CP-NEW-1",
    "identity_prefix": "CP-NEW-",
    "key": "HeartbeatInterval",
    "kind": "GroundFailure",
    "latitude": 52.09,
    "location_id": "loc-456",
    "longitude": 5.12,
    "model_slug": "wallbox-pulsar-plus",
    "name": "North side",
    "power_w": 7400,
    "selector": "dep-789",
    "time": "07:30",
    "token": "04A1B2C3",
    "value": "300",
    "values": {"HeartbeatInterval": "300"},
    "vendor_id": "com.example",
    "ws_url": "ws://127.0.0.1:9000/ocpp",
}
"""Name of a field or of a parameter -> a value that makes sense there."""

TOLD = frozenset(
    {"charger_id", "deployment_id", "entries", "power_w", "chargers_number", "name", "arguments", "model_slug"}
)
"""Fields that examples have although nothing requires them: without these they would ask for nothing."""

Schema = Mapping[str, Any]
_PLAIN = {"examples", "properties"}
"""With these, alternatives only say more about the same value."""


def example(schema: Schema, definitions: Mapping[str, Schema], name: str = "") -> Any:
    """A value that the schema of the field `name` allows; `definitions` are what its references lead to."""
    schema = resolved(schema, definitions)
    if "examples" in schema:
        return schema["examples"][0]
    fields = schema.get("properties")
    if fields is not None:
        told = TOLD.union(schema.get("required", ()))
        return {one: example(field, definitions, one) for one, field in fields.items() if one in told}
    if "items" in schema:
        return [example(schema["items"], definitions, name)]
    if "const" in schema or "enum" in schema:
        return schema["const"] if "const" in schema else schema["enum"][0]
    if name in VALUES:
        return VALUES[name]
    return _plain(schema)


def resolved(schema: Schema, definitions: Mapping[str, Schema]) -> Schema:
    """The schema behind references; of alternatives the first."""
    while True:
        if "$ref" in schema:
            schema = definitions[schema["$ref"].rpartition("/")[2]]
        elif not _PLAIN & schema.keys() and (choices := schema.get("anyOf") or schema.get("oneOf")):
            schema = choices[0]
        else:
            return schema


def _plain(schema: Schema) -> Any:
    """The plainest value of a type."""
    match schema.get("type"):
        case "integer" | "number":
            return max(1, schema.get("minimum", 1))
        case "boolean":
            return False
        case "object":
            return {}
        case _:
            return "text"
