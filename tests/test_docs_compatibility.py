"""docs/compatibility.md: the table of evse_id and connector_id is tried row by row, and other rows name their tests."""

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


def rows_with_tests() -> list[str]:
    """The last cells of the tables whose last column is named Test."""
    found = []
    for part in PAGE.read_text(encoding="utf-8").split("\n\n"):
        head, *rows = part.splitlines()
        if head.endswith("| Test |"):
            found += [row.rstrip(" |").rpartition(" | ")[2] for row in rows[1:]]
    return found


def test_every_row_names_tests_that_there_are() -> None:
    sources = "\n".join(path.read_text(encoding="utf-8") for path in Path(__file__).parent.rglob("test_*.py"))
    there = set(re.findall(r"def (test_\w+)\(", sources))
    rows = rows_with_tests()
    assert len(rows) > 60
    for row in rows:
        named = re.findall(r"`(test_\w+)`", row)
        assert named, row
        assert set(named) <= there, row
