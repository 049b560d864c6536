"""Every request of a central system, wrong in every way that its schema knows: its CALLERROR, and nothing changes.

The requests are made from the official schemas, so an action that an adapter learns is covered from then on.
"""

from copy import deepcopy
from typing import Any

import pytest

from chargepoint_sim import snapshot
from chargepoint_sim.core.commands import IdToken, PlugIn, PresentToken
from chargepoint_sim.protocol.frames import Version, wire_code
from chargepoint_sim.protocol.schemas import schemas
from chargepoint_sim.protocol.versions import adapter
from scripts.samples import sample, schema_of
from tests.protocol.broken import UNKNOWN, broken
from tests.protocol.harness import Bench

EVERY_REQUEST = [(version, action) for version in Version for action in adapter(version).handles]


def state(bench: Bench) -> Any:
    """What a charger would keep over a restart, but for the log, in which each bad request has its line."""
    kept = snapshot.take(bench.charger, bench.now.sim)
    kept["access"] = {name: one for name, one in kept["access"].items() if name != "log"}
    return deepcopy(kept)


@pytest.mark.parametrize(("version", "action"), EVERY_REQUEST)
def test_the_fullest_request_is_good(version: Version, action: str) -> None:
    assert schemas(version).check_request(action, sample(schema_of(version, f"{action}Request"), full=True)) is None


@pytest.mark.parametrize(("version", "action"), EVERY_REQUEST)
def test_a_bad_request_gets_its_callerror_and_changes_nothing(version: Version, action: str) -> None:
    bench = Bench(adapter(version))
    bench.power_up()
    bench.command(PlugIn(1, connector_id=1, vehicle="suv"))
    bench.command(PresentToken(1, connector_id=1, id_token=IdToken("A")))
    bench.wait(10).forget()
    before = state(bench)
    for what, code, payload in broken(schema_of(version, f"{action}Request")):
        frame = bench.ask(action, payload)
        assert frame is not None, what
        assert frame[0] == 4, what
        assert (what, frame[2]) == (what, wire_code(code, version))
        assert frame[3], what
        assert frame[4] == {}, what
    assert state(bench) == before
    assert bench.calls() == []
    assert bench.jobs == []


@pytest.mark.parametrize("payload", ["[]", "null", '"a"', "5"])
@pytest.mark.parametrize(("version", "action"), EVERY_REQUEST)
def test_a_payload_that_is_no_object_gets_its_callerror(version: Version, action: str, payload: str) -> None:
    bench = Bench(adapter(version))
    bench.power_up().forget().say(f'[2,"x","{action}",{payload}]')
    assert [one.frame[:3] for one in bench.sent] == [[4, "x", wire_code(UNKNOWN, version)]]
