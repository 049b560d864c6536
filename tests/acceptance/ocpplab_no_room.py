"""A program for the environment of ocpplab 0.2.2: `ocpplab_no_room.py BASE_URL TOKEN`.

Makes a charger where there is room for none, and tells what the client raises.
"""

import json
import sys

from ocpplab import OcpplabSDK
from ocpplab.errors import ServiceUnavailableError

base_url, token = sys.argv[1:]
client = OcpplabSDK(base_url=base_url, token=token, timeout=30)
try:
    client.chargers.create(
        identity="CP-NONE",
        brand_slug="abb",
        model_slug="terra-184",
        connector_type="CCS2",
        ws_url="ws://127.0.0.1:9/ocpp",
        request_options={"max_retries": 0},
    )
except ServiceUnavailableError as error:
    print(json.dumps(["create", {"status": error.status_code, "detail": error.body["detail"]}]))
