"""What the built-in central system tells 2.0.1 stations of tariff and cost (I01 to I03)."""

from typing import Any

import orjson

from chargepoint_sim.protocol.frames import Version
from tests.csms.test_csms_v201 import event, register
from tests.csms.wire import Wire

TOKEN = {"idToken": "04A1B2C3", "type": "ISO14443"}
TARIFF = {"start": 0.5, "per_kwh": 0.4, "per_hour": 3.0, "message": "0.40 EUR/kWh"}
PERSONAL = {"format": "UTF8", "content": "0.40 EUR/kWh"}


def authorized(wire: Wire) -> Any:
    """The answer to Authorize."""
    return wire.ask(orjson.dumps([2, "a", "Authorize", {"idToken": TOKEN}]).decode())[2]


def test_i01_fr_01_an_accepted_driver_is_told_the_tariff() -> None:
    wire = Wire(Version.V201, tariff=TARIFF)
    assert authorized(wire) == {"idTokenInfo": {"status": "Accepted", "personalMessage": PERSONAL}}
    refusing = Wire(Version.V201, tariff=TARIFF, unlisted_tags="Blocked")
    assert authorized(refusing) == {"idTokenInfo": {"status": "Blocked"}}


def test_i02_fr_01_i03_fr_02_running_and_total_cost() -> None:
    wire = Wire(Version.V201, tariff=TARIFF)
    begin = register(1000.0, "Transaction.Begin")
    started = event(wire, "Started", 0, 0, idToken=TOKEN, meterValue=begin)
    assert started == {"idTokenInfo": {"status": "Accepted", "personalMessage": PERSONAL}}
    assert event(wire, "Updated", 1, 12, meterValue=register(3000.0, "Sample.Periodic")) == {"totalCost": 1.31}
    assert event(wire, "Ended", 2, 24, meterValue=register(6000.0, "Transaction.End")) == {"totalCost": 2.52}


def test_i03_fr_04_a_free_transaction_costs_nothing_and_without_a_tariff_nothing_is_told() -> None:
    assert event(Wire(Version.V201, tariff={}), "Ended", 0, 1) == {"totalCost": 0.0}
    assert event(Wire(Version.V201), "Ended", 0, 1) == {}
