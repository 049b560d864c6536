"""A program for the environment of ocpplab 0.2.2: `ocpplab_refused.py BASE_URL TOKEN`.

Calls every method with words that would do, for answers that do not depend on them.
"""

import inspect
import sys
from typing import Any

from ocpplab import Coordinates, OcpplabSDK
from ocpplab_recorder import Recorder

GROUPS = (
    "health",
    "catalog",
    "location_templates",
    "locations",
    "chargers",
    "location_chargers",
    "commands",
)
EVENT = {
    "action": "heartbeat",
    "configuration": {"HeartbeatInterval": "60"},
    "entries": [],
    "fault_type": "OverCurrent",
    "id_tag": "TAG-RFID-001",
    "list_version": 2,
    "ocpp_version": "ocpp1.6",
    "payload": {},
    "power_w": 7000,
}
WORDS: dict[str, Any] = {
    "charger_ids": ["dep-1"],
    "chargers": [],
    "country": "NL",
    "coordinates": Coordinates(latitude=52.0, longitude=5.0),
    "event": EVENT,
    "request": [],
    "target": {"charger_id": "dep-789"},
}
"""By the name of the parameter; every other one is a text."""

base_url, token = sys.argv[1:]
client = OcpplabSDK(base_url=base_url, token=token, timeout=30)
record = Recorder(client, GROUPS)
for group in GROUPS:
    for name, method in inspect.getmembers(getattr(client, group), inspect.ismethod):
        if name.startswith("_"):
            continue
        parameters = inspect.signature(method).parameters.values()
        needed = [one.name for one in parameters if one.default is inspect.Parameter.empty]
        given = {one: WORDS.get(one, "dep-789") for one in [*needed, *({"charger_ids"} if name == "delete" else ())]}
        given = {one: value for one, value in given.items() if one in inspect.signature(method).parameters}
        record.call(f"{group}.{name}", request_options={"max_retries": 0}, **given)
record.finish()
