"""What an API's evse_id and connector_id mean for a 2.0.1 charger."""

import pytest

from chargepoint_sim.core.commands import no_such_place
from chargepoint_sim.core.spec import ConnectorSpec, EvseSpec, StationSpec
from chargepoint_sim.protocol.v201.adapter import place

STATION = StationSpec(
    "t",
    "Example",
    "DC",
    "1",
    (
        EvseSpec(1, (ConnectorSpec(1), ConnectorSpec(2))),
        EvseSpec(2, (ConnectorSpec(1),)),
    ),
)


@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        ((1, 2), (1, 2)),
        ((2, None), (2, None)),
        ((None, None), (None, None)),
        ((None, 1), (1, 1)),
        ((None, 2), (1, 2)),
        ((None, 3), (2, 1)),
    ],
)
def test_pair_is_exact_and_a_lone_connector_counts_through(
    asked: tuple[int | None, int | None], meant: tuple[int | None, int | None]
) -> None:
    assert place(STATION, *asked) == meant


def test_a_lone_connector_past_the_last_one_is_no_place() -> None:
    words = "there is no connector 4; counted through, this charger has 1 to 3"
    assert place(STATION, None, 4) == no_such_place(words)
