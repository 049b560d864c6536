"""A program for the environment of the vendor's client: `ocpplab_calls.py BASE_URL TOKEN`, prints what came back.

Each line is `["name", answer]`; where the client raised, the answer is `{"raised": class name, "status": status}`.
"""

import json
import sys
from collections.abc import Callable
from typing import Any

from ocpplab import (
    CommandTarget,
    ConnectorCommandEvent,
    OcpplabSDK,
    PowerUpdateCommandEvent,
    StartSessionCommandEvent,
    StopSessionCommandEvent,
)
from ocpplab.core.api_error import ApiError

ONE = CommandTarget(charger_id="dep-789")
SITE = CommandTarget(location_id="loc-456")
SOME = CommandTarget(location_id="loc-456", charger_ids=["dep-2"])


def calls(client: OcpplabSDK) -> dict[str, Callable[[], Any]]:
    commands = client.commands
    update = PowerUpdateCommandEvent(power_w=11000, evse_id=1, connector_id=1)
    return {
        "health": client.health.health_check,
        "power_update one": lambda: commands.power_update(target=ONE, event=update),
        "power_update site": lambda: commands.power_update(target=SITE, event=PowerUpdateCommandEvent(power_w=9000)),
        "power_update some": lambda: commands.power_update(target=SOME, event=update),
        "power_update nulls": lambda: commands.power_update(
            target=CommandTarget(charger_id="dep-789", location_id=None, charger_ids=None),
            event=PowerUpdateCommandEvent(power_w=11000, evse_id=None, connector_id=None),
        ),
        "plug_connector": lambda: commands.plug_connector(
            target=CommandTarget(charger_id="dep-1"), event=ConnectorCommandEvent()
        ),
        "start_session": lambda: commands.start_session(
            target=ONE, event=StartSessionCommandEvent(id_tag="TAG-RFID-001", duration_seconds=3600)
        ),
        "chargers.list": lambda: client.chargers.list(page=1, limit=100),
        "chargers.list site": lambda: client.chargers.list(location_id="loc-456"),
        "chargers.get": lambda: client.chargers.get("dep-789"),
        "chargers.get_logs": lambda: client.chargers.get_logs("dep-789", limit=10),
        "locations.list": lambda: client.locations.list(),
        "locations.get": lambda: client.locations.get("loc-456"),
        "location_chargers.list": lambda: client.location_chargers.list("loc-456"),
        "location_chargers.list some": lambda: client.location_chargers.list("loc-456", charger_ids=["dep-2", "dep-1"]),
        "stop_session": lambda: commands.stop_session(target=ONE, event=StopSessionCommandEvent(connector_id=1)),
        "both targets": lambda: commands.power_update(
            target=CommandTarget(charger_id="dep-1", location_id="loc-456"), event=update
        ),
        "unknown charger": lambda: client.chargers.get("dep-0"),
        "unknown target": lambda: commands.power_update(target=CommandTarget(charger_id="dep-0"), event=update),
    }


def answer_of(call: Callable[[], Any]) -> Any:
    try:
        answer = call()
    except ApiError as error:
        return {"raised": type(error).__name__, "status": error.status_code}
    return json.loads(answer.json()) if hasattr(answer, "json") else answer


def main() -> None:
    base_url, token = sys.argv[1:]
    client = OcpplabSDK(base_url=base_url, token=token, organization_id="org-1", timeout=20)
    for name, call in calls(client).items():
        print(json.dumps([name, answer_of(call)]))


main()
