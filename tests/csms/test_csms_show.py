"""The tables of the terminal."""

import io

from rich.console import Console
from rich.table import Table

from chargepoint_sim.csms.show import chargers_table, sessions_table
from chargepoint_sim.protocol.frames import Version
from tests.csms.test_csms_v16 import start
from tests.csms.test_csms_v201 import event, register
from tests.csms.wire import Wire


def rendered(table: Table) -> str:
    text = io.StringIO()
    Console(width=200, file=text).print(table)
    return text.getvalue()


def test_sessions_are_shown_with_figures() -> None:
    wire = Wire(Version.V201)
    event(wire, "Started", 0, 1, evse={"id": 2}, meterValue=register(1000.0, "Transaction.Begin"))
    power = {"timestamp": "2023-11-14T22:14:00Z", "sampledValue": [{"value": 7360, "measurand": "Power.Active.Import"}]}
    event(wire, "Updated", 1, 2, info={"chargingState": "Charging"}, meterValue=[power])
    event(wire, "Updated", 2, 3, meterValue=register(3500.0, "Sample.Periodic"))
    text = rendered(sessions_table(wire.central.sessions()))
    for shown in ("CP-1", "t-1", "Charging", "7,360", "2,500"):
        assert shown in text


def test_open_sessions_come_first_and_rows_are_bounded() -> None:
    wire = Wire(Version.V16)
    for connector in range(1, 6):
        start(wire, f"s{connector}", connector=connector)
    wire.send('[2,"e","StopTransaction",{"transactionId":1,"meterStop":1300,"timestamp":"2023-11-14T22:15:00Z"}]')
    text = rendered(sessions_table(wire.central.sessions(), newest=4))
    assert "ended" not in text
    assert "ended (Local)" in rendered(sessions_table(wire.central.sessions()))


def test_chargers_are_shown_with_their_connectors() -> None:
    wire = Wire(Version.V16)
    wire.send('[2,"a","StatusNotification",{"connectorId":1,"errorCode":"NoError","status":"Preparing"}]')
    text = rendered(chargers_table(wire.central.peers()))
    for shown in ("CP-1", "1.6", "up", "Accepted", "AC-22", "1 Preparing"):
        assert shown in text
