"""Links of the OpenAPI document: which operations go on from the answer of another one, and with which part of it.

One table for all surfaces, by operationId; a part is a JSON pointer into the body of the answer, or another runtime
expression of OpenAPI where it begins with $.
"""

from collections.abc import Iterable, Mapping
from typing import Any

CHARGER = (
    "get-charger",
    "get-charger-status",
    "update-charger",
    "start-charger",
    "stop-charger",
    "reset-charger",
    "list-charger-logs",
    "amps-read-device",
    "amps-push",
    "show-charger",
    "list-frames",
    "show-provisioning",
    "change-charger",
    "power-off-charger",
    "power-on-charger",
    "restart-charger",
    "delete-charger",
    "remove-charger",
)
"""What can be done with a charger_id."""
LOCATION = (
    "get-location",
    "update-location",
    "list-location-chargers",
    "create-location-chargers",
    "show-location",
    "change-location",
    "delete-location",
    "remove-location",
)
"""What can be done with a location_id."""
ACTION = ("show-action", "cancel-action")
PUSH = ("amps-read-action", "amps-cancel-action")
JOB = ("get-location-charger-job",)

Parts = Mapping[str, str]
"""Parameter of the operation that goes on -> where its value is."""


def _to(operations: Iterable[str], **parts: str) -> Mapping[str, Parts]:
    return dict.fromkeys(operations, parts)


FROM: Mapping[str, Mapping[str, Parts]] = {
    "add-charger": _to(CHARGER, charger_id="/charger_id"),
    "add-location": _to(LOCATION, location_id="/location_id"),
    "add-chargers": _to(["show-job"], job_id="/job_id"),
    "list-all-locations": _to(LOCATION, location_id="/data/0/location_id"),
    "create-charger": _to(CHARGER, charger_id="/charger_id"),
    "list-chargers": _to(CHARGER, charger_id="/data/0/id"),
    "select-chargers": _to(CHARGER, charger_id="/data/0/charger_id"),
    "amps-list-devices": _to(CHARGER, charger_id="/data/items/0/id"),
    "create-location": _to(LOCATION, location_id="/id"),
    "list-locations": _to(LOCATION, location_id="/data/0/id"),
    "create-location-chargers": _to(JOB, location_id="$request.path.location_id", job_id="/job_id"),
    "list-brands": _to(["list-models"], brand_slug="/data/0/slug"),
    "list-models": _to(["get-model"], brand_slug="$request.path.brand_slug", model_slug="/data/0/slug"),
    "list-actions": _to(ACTION, action_id="/data/0/action_id"),
    "bulk": _to(ACTION, action_id="/results/0/outcomes/results/0/action_id"),
    "amps-list-actions": _to(PUSH, action_id="/data/items/0/id"),
    "amps-push": _to(PUSH, action_id="/data/id"),
    "amps-set-schedule": _to(["amps-find-schedule"], schedule_id="/data/id"),
}
"""operationId -> the operations that go on from its success."""

BY_PREFIX: Mapping[str, Mapping[str, Parts]] = {
    "command-": _to(ACTION, action_id="/results/0/action_id"),
    "evcharger-": _to(["evcharger-read-result"], command_id="/results/0/command/id"),
}
"""The same for the operations whose operationId begins so: each submits a command."""


def links(operation_id: str, method: str) -> dict[str, Any]:
    """The links of the answer to an operation that has succeeded, as OpenAPI spells them."""
    found = FROM.get(operation_id)
    if found is None and method == "POST":
        found = next((one for prefix, one in BY_PREFIX.items() if operation_id.startswith(prefix)), None)
    return {
        target: {
            "operationId": target,
            "parameters": {name: at if at.startswith("$") else f"$response.body#{at}" for name, at in parts.items()},
        }
        for target, parts in (found or {}).items()
    }
