"""Selectors: ids, globs, locations, lists; the order of the fleet; near misses."""

import pytest

from chargepoint_sim.errors import UnknownTarget
from chargepoint_sim.fleet.select import select

CHARGERS = {"AC-2": "north", "AC-1": "north", "DC-1": "south", "spare": None, "north-1": None}
LOCATIONS = ("north", "south", "empty")


@pytest.mark.parametrize(
    ("selector", "expected"),
    [
        ("*", ("AC-2", "AC-1", "DC-1", "spare", "north-1")),
        ("AC-1", ("AC-1",)),
        ("AC-*", ("AC-2", "AC-1")),
        ("?C-1", ("AC-1", "DC-1")),
        ("[AD]C-1", ("AC-1", "DC-1")),
        ("north", ("AC-2", "AC-1")),
        ("empty", ()),
        ("DC-1,AC-1", ("AC-1", "DC-1")),
        (" DC-1 , DC-1 ", ("DC-1",)),
        ("south,AC-*", ("AC-2", "AC-1", "DC-1")),
        ("AC-1,*", ("AC-2", "AC-1", "DC-1", "spare", "north-1")),
    ],
)
def test_a_selector_means_chargers_in_the_order_of_the_fleet(selector: str, expected: tuple[str, ...]) -> None:
    assert select(selector, CHARGERS, LOCATIONS) == expected


def test_all_of_an_empty_fleet_is_nothing() -> None:
    assert select("*", {}) == ()


@pytest.mark.parametrize(
    ("selector", "message"),
    [
        ("AC-3", "no charger or location 'AC-3'; did you mean 'AC-2' or 'AC-1'?"),
        ("nort", "no charger or location 'nort'; did you mean 'north' or 'north-1'?"),
        ("xyz", "no charger or location 'xyz'"),
        ("ac-*", "no charger id matches 'ac-*'"),
        ("AC-1,zzz", "no charger or location 'zzz'"),
        ("", "an empty selector; give charger ids, globs or a location id, separated by commas"),
        ("AC-1,", "an empty selector; give charger ids, globs or a location id, separated by commas"),
    ],
)
def test_what_means_nothing_is_told(selector: str, message: str) -> None:
    with pytest.raises(UnknownTarget) as raised:
        select(selector, CHARGERS, LOCATIONS)
    assert str(raised.value) == message
