"""A program for the environment of ocpplab 0.3.2: `ocpplab_newest.py BASE_URL TOKEN CSMS_URL`.

Deployments, sites, logs, the catalog and every command in the words of that release.
"""

import sys
from typing import Any

from ocpplab import CommandTarget, OcpplabSDK, VirtualLocationChargerItem, VirtualLocationCoordinates
from ocpplab_recorder import Recorder

GROUPS = tuple(f"evcharger.{group}" for group in ("catalog", "commands", "deployment", "location", "logs"))
TAG = "TAG-RFID-001"

base_url, token, csms_url = sys.argv[1:]
record = Recorder(OcpplabSDK(base_url=base_url, token=token, timeout=30), GROUPS)

record.call("evcharger.catalog.list_brands")
record.call("evcharger.catalog.list_models", "abb")
record.call("evcharger.catalog.get_model", "abb", "terra-184")
record.call("evcharger.catalog.get_model", "abb", "none", as_="unknown model")

made = record.call(
    "evcharger.deployment.create",
    identity="CP-NEWEST",
    model="evlink_pro_ac_22kw",
    ws_url=csms_url,
    ocpp_version="ocpp1.6",
    charger_name="Newest",
    connector_type=None,
)
record.call(
    "evcharger.deployment.create",
    identity="CP-NEWEST",
    model="evlink-pro-ac-22kw",
    ws_url=csms_url,
    ocpp_version="ocpp1.6",
    charger_name="Twice",
    as_="identity taken",
)
record.until(bool, "evcharger.logs.list", identity="CP-NEWEST")
TARGET = CommandTarget(deployment_id=made.deployment_id)


def command(name: str, target: Any = TARGET, as_: str | None = None, **payload: Any) -> Any:
    given = {"payload": payload} if payload else {}
    return record.call(f"evcharger.commands.{name}", target=target, as_=as_, **given)


command("plug_connector")
command("authorize_id_tag", id_tag=TAG, connector_id=1)
command("start_session", id_tag=TAG)
command("ev_requests_energy", connector_id=1)
command("power_update", power_w=7000)
command("ev_stops_energy", connector_id=1)
command("stop_session", connector_id=1)
command("plug_connector", as_="plug again")
command("unplug_connector", CommandTarget(identity="CP-NEWEST"), connector_id=1)
command("change_configuration", key="HeartbeatInterval", value="60")
command("reset_cache")
command("send_local_list", list_version=2, update_type="Full", entries=[{"id_tag": TAG}])
command("clear_local_list")
command("inject_fault", fault_type="OverCurrent")
command("clear_fault")
proxied = command("proxy_message", action="Heartbeat", payload={})
command("plug_connector", CommandTarget(deployment_id="dep-0"), as_="unknown deployment")
command("plug_connector", CommandTarget(), as_="no target")

command_id = proxied.results[0].command.id
record.until(lambda answer: answer.status == "applied", "evcharger.commands.get_status", command_id)
record.call("evcharger.commands.list_results", identity="CP-NEWEST", limit=500)
record.call("evcharger.commands.get_status", "0" * 12, as_="unknown command")

site = record.call(
    "evcharger.location.create",
    name="Depot West",
    address="Havenweg 3",
    city="Utrecht",
    country="NL",
    coordinates=VirtualLocationCoordinates(lat=52.0, lng=5.0),
    chargers=[
        VirtualLocationChargerItem(
            identity="CP-WEST-1", brand_slug="abb", model="terra-184", connector_type="CCS2", ws_url=csms_url
        )
    ],
)
record.until(bool, "evcharger.logs.list", identity="CP-WEST-1", as_="logs of the site's charger")
record.call("evcharger.location.delete", location_id=site.location_id, as_="delete site in use")
record.call("evcharger.logs.delete", identity="CP-WEST-1")
record.call("evcharger.deployment.delete", identity="CP-WEST-1", as_="delete the site's charger")
record.call("evcharger.location.delete", location_id=site.location_id)
record.call("evcharger.deployment.delete", deployment_id=made.deployment_id)
record.call("evcharger.deployment.delete", deployment_id=made.deployment_id, as_="delete again")
record.finish()
