"""The table of evse_id and connector_id in docs/compatibility.md, one test per row and version."""

import re
from pathlib import Path

import pytest

from chargepoint_sim.core.commands import PlugIn
from chargepoint_sim.core.spec import ConnectorSpec, EvseSpec
from chargepoint_sim.protocol.frames import Version
from chargepoint_sim.protocol.versions import adapter
from tests.protocol.harness import Bench, two_sockets

PAGE = Path(__file__).parent.parent / "docs" / "compatibility.md"
ROW = re.compile(r"^\| ([\d-]+) \| ([\d-]+) \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)
ROWS = ROW.findall(PAGE.read_text(encoding="utf-8"))

UNEVEN = two_sockets(evses=(EvseSpec(1, (ConnectorSpec(1), ConnectorSpec(2))), EvseSpec(2, (ConnectorSpec(1),))))
NO_SUCH_PLACE = "no such place"


def number(cell: str) -> int | None:
    """A cell of the first two columns."""
    return None if cell == "-" else int(cell)


def plugged(version: Version, evse_id: int | None, connector_id: int | None) -> str:
    """Where a cable goes in, in the words of the table."""
    bench = Bench(adapter(version), spec=two_sockets() if version is Version.V16 else UNEVEN)
    bench.power_up()
    outcome = bench.command(PlugIn(evse_id, connector_id))
    places = [(evse.evse_id, evse.plugged) for evse in bench.station.evses if evse.plugged is not None]
    if not outcome.accepted:
        assert places == []
        assert outcome.info == {"unknown_place": True}
        return NO_SUCH_PLACE
    ((evse, connector),) = places
    return f"connector {evse}" if version is Version.V16 else f"EVSE {evse}, connector {connector}"


def test_the_table_has_every_kind_of_row() -> None:
    given = {(evse_id, connector_id) for evse_id, connector_id, _, _ in ROWS}
    assert len(given) == len(ROWS) >= 16
    assert {(evse_id, connector_id) for evse_id in "12-" for connector_id in "12-"} <= given


@pytest.mark.parametrize(("evse_id", "connector_id", "meant_16", "meant_201"), ROWS)
def test_a_place_means_what_its_row_says(evse_id: str, connector_id: str, meant_16: str, meant_201: str) -> None:
    assert plugged(Version.V16, number(evse_id), number(connector_id)) == meant_16
    assert plugged(Version.V201, number(evse_id), number(connector_id)) == meant_201
