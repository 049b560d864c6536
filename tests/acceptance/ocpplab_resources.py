"""A program for the environment of ocpplab 0.2.2: `ocpplab_resources.py BASE_URL TOKEN CSMS_URL`.

Walks through the life of locations and chargers, and through the mistakes that a client can make with them.
"""

import sys
from typing import Any

from ocpplab import ChargerGroup, ChargerTemplate, Coordinates, OcpplabSDK, UpdateLocationChargerItem
from ocpplab_recorder import Recorder

GROUPS = ("health", "catalog", "location_templates", "locations", "chargers", "location_chargers")

base_url, token, csms_url = sys.argv[1:]
record = Recorder(OcpplabSDK(base_url=base_url, token=token, timeout=30), GROUPS)
WALLBOX = {"brand_slug": "wallbox", "model_slug": "wallbox-pulsar-plus", "connector_type": "Type2", "ws_url": csms_url}


def ended(answer: Any) -> bool:
    return answer.status in ("READY", "FAILED")


record.call("health.health_check")
record.call("health.landing_page")
record.call("catalog.list_brands", page=1, limit=20)
record.call("catalog.list_models", "wallbox")
record.call("catalog.get_model", "wallbox", "wallbox-pulsar-plus")
record.call("catalog.list_models", "nobody", as_="models of an unknown brand")
record.call("catalog.get_model", "wallbox", "none", as_="unknown model")
record.call("location_templates.list")
record.call("location_templates.list", type="DC", ocpp_version="OCPP2.0.1", as_="templates dc")

site = record.call(
    "locations.create",
    name="Depot South",
    address="Havenweg 2",
    city="Utrecht",
    country="NL",
    coordinates=Coordinates(latitude=52.05, longitude=5.11),
    timezone="Europe/Amsterdam",
    owner_name=None,
    public=True,
)
record.call("locations.update", site.id, status="maintenance", name=None, coordinates=None)
record.call("locations.get", site.id)
record.call("locations.list", page=1, limit=100)
record.call("locations.get", "loc-0", as_="unknown location")
record.call("locations.update", "loc-0", name="x", as_="update unknown location")
record.call("locations.delete", "loc-0", as_="delete unknown location")

one = record.call(
    "chargers.create",
    identity="CP-MADE-1",
    charge_point_name="Bay 1",
    location_id=site.id,
    location_name="Depot South",
    ocpp_version=None,
    **WALLBOX,
)
record.until(ended, "chargers.get_status", one.charger_id)
record.call("chargers.get", one.charger_id)
record.call("chargers.list", location_id=site.id)
record.call("chargers.get_logs", one.charger_id, event="BootNotification", limit=10, offset=0)
record.call("chargers.update", one.charger_id, name="Bay 1b", connector_type=None)
record.call("chargers.create", identity="CP-MADE-1", **WALLBOX, as_="identity taken")
record.call("chargers.create", identity="CP-MADE-0", **{**WALLBOX, "model_slug": "none"}, as_="create unknown model")
record.call("chargers.create", identity="CP-MADE-0", location_id="loc-0", **WALLBOX, as_="create at unknown location")
record.call("chargers.create", identity="CP-MADE-0", ocpp_version="OCPP9", **WALLBOX, as_="create unknown version")
record.call("chargers.update", one.charger_id, ws_url="http://not-a-websocket", as_="update with a wrong url")
record.call("chargers.stop_runtime", one.charger_id, request={})
record.call("chargers.get_status", one.charger_id, as_="status when stopped")
record.call("chargers.start_runtime", one.charger_id, request={})
record.call("chargers.reset_runtime", one.charger_id, request={})
for method in ("get", "get_status", "get_logs", "update", "delete"):
    record.call(f"chargers.{method}", "dep-0", as_=f"{method} unknown charger")
for method in ("start_runtime", "stop_runtime", "reset_runtime"):
    record.call(f"chargers.{method}", "dep-0", request={}, as_=f"{method} unknown charger")

template = ChargerTemplate(**WALLBOX, ocpp_version="OCPP2.0.1", identity_prefix="CP-ROW-", template_name="Row")
job = record.call(
    "location_chargers.create",
    site.id,
    request=[
        ChargerGroup(template=template, charger_ids=["A", "B", "C"], chargers_number=2),
        ChargerGroup(template=template, chargers_number=2),
        ChargerGroup(template=ChargerTemplate(**WALLBOX, identity_prefix="CP-MADE-"), charger_ids=["1"]),
    ],
)
done = record.until(ended, "location_chargers.get_bulk_job", site.id, job.job_id)
made = [one["id"] for one in done.results["created"]]
for charger_id in made:
    record.until(ended, "chargers.get_status", charger_id, as_=f"status of {charger_id}")
record.call("location_chargers.list", site.id, charger_ids=made[:2])
record.call(
    "location_chargers.update",
    site.id,
    chargers=[
        UpdateLocationChargerItem(charger_id=made[0], name="Row Z"),
        UpdateLocationChargerItem(charger_id="dep-0", name="Row Z"),
    ],
)
record.call("location_chargers.delete", site.id, charger_ids=[made[0], "dep-0"])
record.call("location_chargers.get_bulk_job", site.id, "job-0", as_="unknown job")
record.call("location_chargers.list", "loc-0", as_="chargers of an unknown location")
record.call(
    "location_chargers.create",
    site.id,
    request=[ChargerGroup(template=ChargerTemplate(**{**WALLBOX, "brand_slug": "none"}), chargers_number=1)],
    as_="group of an unknown brand",
)
record.call("location_chargers.create", site.id, request=[ChargerGroup(template=template)], as_="group of nobody")
record.call("location_chargers.delete", site.id, as_="delete without ids")

record.call("locations.delete", site.id, as_="delete location in use")
for charger_id in made[1:]:
    record.call("chargers.delete", charger_id, as_=f"delete {charger_id}")
record.call("chargers.delete", one.charger_id)
record.call("locations.delete", site.id)
record.finish()
