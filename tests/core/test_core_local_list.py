"""The local list by itself: what costs nothing, what a version means, how two verdicts compare."""

import pytest

from chargepoint_sim.core import local_list
from chargepoint_sim.core.commands import IdToken
from chargepoint_sim.core.facts import LocalListConflict
from chargepoint_sim.core.local_list import Update
from chargepoint_sim.core.settings import DEFAULTS, Settings
from chargepoint_sim.core.spec import ConnectorSpec, EvseSpec, StationSpec
from chargepoint_sim.core.state import IdTokenInfo
from chargepoint_sim.core.station import Station

TOKEN = IdToken("04AB")
GOOD, BLOCKED = IdTokenInfo("Accepted"), IdTokenInfo("Blocked")


def station() -> Station:
    spec = StationSpec("t", "V", "M", "1", (EvseSpec(1, (ConnectorSpec(1),)),))
    return Station(spec, Settings(DEFAULTS), charger_id="c")


def test_a_station_without_a_list_holds_none() -> None:
    state = station()
    assert state.local_list is None
    assert local_list.version(state) == 0
    assert local_list.listed(state, TOKEN, 0.0) is None
    assert not local_list.judged(state, TOKEN, BLOCKED, 0.0)
    assert state.facts == []


def test_d01_a_list_that_fails_leaves_the_one_before() -> None:
    state = station()
    assert local_list.replace_all(state, 5, [(TOKEN, GOOD)]) is Update.ACCEPTED
    assert local_list.replace_all(state, 6, [(TOKEN, None)]) is Update.FAILED
    assert local_list.change(state, 5, [(TOKEN, None)]) is Update.VERSION_MISMATCH
    assert local_list.version(state) == 5
    assert local_list.listed(state, IdToken("04ab"), 0.0) == GOOD


def test_an_entry_counts_at_its_evses_until_it_runs_out() -> None:
    state = station()
    local_list.replace_all(state, 1, [(TOKEN, IdTokenInfo("Accepted", expires_at=100.0, evse_ids=(2,)))])
    here, there = (local_list.listed(state, TOKEN, 0.0, evse_id) for evse_id in (1, 2))
    assert here is not None
    assert here.status == "NotAllowedTypeEVSE"
    assert there is not None
    assert there.status == "Accepted"
    late = local_list.listed(state, TOKEN, 100.0, 2)
    assert late is not None
    assert late.status == "Expired"


@pytest.mark.parametrize(
    ("listed", "judged", "conflict"),
    [
        ("Accepted", "Accepted", False),
        ("Accepted", "ConcurrentTx", False),
        ("Accepted", "Invalid", True),
        ("Blocked", "Invalid", False),
        ("Blocked", "Accepted", True),
    ],
)
def test_only_the_validity_can_contradict(listed: str, judged: str, conflict: bool) -> None:
    state = station()
    local_list.replace_all(state, 1, [(TOKEN, IdTokenInfo(listed))])
    assert local_list.judged(state, TOKEN, IdTokenInfo(judged), 7.0)
    assert state.facts == ([LocalListConflict(7.0, TOKEN)] if conflict else [])
