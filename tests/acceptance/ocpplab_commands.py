"""A program for the environment of ocpplab 0.2.2: `ocpplab_commands.py BASE_URL TOKEN CHARGER_ID`.

Gives the charger, which speaks 1.6, every command there is: a session by hand, one at a stroke, and the rest.
"""

import datetime as dt
import sys

from ocpplab import (
    AuthorizeIdTagCommandEvent,
    ChargerCommandTarget,
    ClearFaultEvent,
    CommandTarget,
    ConfigurationUpdateEvent,
    ConnectorCommandEvent,
    EmptyEvent,
    InjectFaultEvent,
    LocalAuthListEntry,
    LocalAuthListEvent,
    OcpplabSDK,
    PowerUpdateCommandEvent,
    ProxyMessageEvent,
    StartSessionCommandEvent,
    StartTransactionCommandEvent,
    StopSessionCommandEvent,
    StopTransactionCommandEvent,
)
from ocpplab_recorder import Recorder

base_url, token, charger_id = sys.argv[1:]
record = Recorder(OcpplabSDK(base_url=base_url, token=token, timeout=30), ["commands"])
TARGET = CommandTarget(charger_id=charger_id)
ONE = ChargerCommandTarget(charger_id=charger_id)
PLACE = ConnectorCommandEvent(connector_id=1)
TAG = "TAG-RFID-001"


def command(name: str, event: object, target: object = TARGET, as_: str | None = None) -> None:
    record.call(f"commands.{name}", target=target, event=event, as_=as_)


command("plug_connector", PLACE)
command("authorize_id_tag", AuthorizeIdTagCommandEvent(id_tag=TAG))
command("start_transaction", StartTransactionCommandEvent(id_tag=TAG, connector_id=1))
command("ev_requests_energy", PLACE)
command("power_update", PowerUpdateCommandEvent(power_w=7000))
command("ev_stops_energy", PLACE)
command("stop_transaction", StopTransactionCommandEvent())
command("unlock_connector", PLACE)
command("unplug_connector", PLACE)

command("set_configuration", ConfigurationUpdateEvent(configuration={"HeartbeatInterval": "60"}), ONE)
command("reset_auth_cache", EmptyEvent(), ONE)
entry = LocalAuthListEntry(id_tag=TAG, expiry_date=dt.datetime(2036, 1, 1, tzinfo=dt.UTC), parent_id_tag=None)
command("send_local_list", LocalAuthListEvent(list_version=2, entries=[entry]), ONE)
command("clear_local_list", EmptyEvent(), ONE)
command("inject_fault", InjectFaultEvent(fault_type="OverCurrent", connector_id=1), ONE)
command("clear_fault", ClearFaultEvent(connector_id=1), ONE)
command("proxy_message", ProxyMessageEvent(action="heartbeat", ocpp_version="ocpp1.6", payload={}), ONE)

command("start_session", StartSessionCommandEvent(id_tag=TAG, connector_id=1, duration_seconds=3600))
command("stop_session", StopSessionCommandEvent(connector_id=1))

command("plug_connector", PLACE, CommandTarget(charger_id="dep-0"), as_="unknown charger")
command("plug_connector", PLACE, CommandTarget(), as_="no target")
command("clear_fault", ClearFaultEvent(), ChargerCommandTarget(charger_id="dep-0"), as_="fault of an unknown charger")
command(
    "proxy_message",
    ProxyMessageEvent(action="heartbeat", ocpp_version="ocpp2.0.1", payload={}),
    ONE,
    as_="message of another version",
)
record.finish()
