"""What observers see of a display: the view, its way through the API as JSON, and the table of `ctl show`."""

import io
from dataclasses import replace

import orjson
from rich.console import Console

from chargepoint_sim import client
from chargepoint_sim.cli.fleet_table import displays_table
from chargepoint_sim.fleet.views import ChargerView, DisplayView, DriverLines
from tests.fleet.test_fleet_causes import VIEW

SHOWN = DisplayView("Welcome [1]", 1, (1, 2), 3, (DriverLines(1, "0.30 EUR/kWh", "So far 1.00 EUR"),))


def test_a_display_comes_back_from_json() -> None:
    view = replace(VIEW, display=SHOWN)
    assert client._reader(ChargerView).validate_json(orjson.dumps(view)) == view
    assert client._reader(ChargerView).validate_json(orjson.dumps(VIEW)) == VIEW


def test_the_table_shows_what_drivers_read() -> None:
    out = Console(file=io.StringIO(), width=80)
    out.print(displays_table([replace(VIEW, display=SHOWN)]))
    assert isinstance(out.file, io.StringIO)
    text = out.file.getvalue()
    assert "Welcome [1] (one of 2 in turn)" in text
    assert "EVSE 1" in text
    assert "0.30 EUR/kWh; So far 1.00 EUR" in text
