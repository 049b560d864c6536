"""What a simulation tells while it runs: a record of the caller's own, and each charger after each of its steps."""

import hashlib
from collections import Counter

import pytest

from chargepoint_sim.charger import Charger
from chargepoint_sim.clock import Now
from chargepoint_sim.errors import LocalError
from chargepoint_sim.simulation import Digest, Simulation
from tests.simulation.fleets import lively


def test_the_digest_is_that_of_the_transcript() -> None:
    digest = Digest()
    Simulation(lively(), record=digest).run_for(1800)
    recorded = Simulation(lively())
    recorded.run_for(1800)
    assert digest.hexdigest() == hashlib.sha256(recorded.transcript()).hexdigest()
    assert digest.lines == len(recorded.record) > 100


def test_with_a_record_of_the_callers_own_there_is_no_transcript() -> None:
    with pytest.raises(LocalError, match="record of its own"):
        Simulation(lively(), record=Digest()).transcript()


def test_each_charger_is_shown_after_each_of_its_steps() -> None:
    shown: Counter[str] = Counter()
    registers: list[float] = []

    def watch(charger: Charger, now: Now) -> None:
        shown[charger.station.charger_id] += 1
        assert now == simulation.now
        registers.extend(evse.meter.register_at(now.sim) for evse in charger.station.evses)

    simulation = Simulation(lively(), watch=watch)
    simulation.run_for(7200)
    assert set(shown) == set(simulation.charger_ids)
    assert max(registers) > 0
    unwatched = Simulation(lively())
    unwatched.run_for(7200)
    assert simulation.transcript() == unwatched.transcript()
