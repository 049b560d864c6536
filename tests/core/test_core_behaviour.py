"""Who comes when: the seeded sequence of visits, and visitors at a station (behaviour, visits)."""

from statistics import mean

import pytest

from chargepoint_sim import snapshot
from chargepoint_sim.core.behaviour import Behaviour, visit
from chargepoint_sim.core.commands import SetBehaviour
from chargepoint_sim.protocol.v16.adapter import ADAPTER
from tests.protocol.harness import Bench

BUSY = Behaviour(
    sessions_per_evse_per_day=12,
    vehicles={"suv": 3, "van": 1},
    id_tokens=("A", "B"),
    dwell_s=(600, 1800),
    soc=(0.2, 0.4),
)


def visits(seed: int = 1, charger_id: str = "c", evse_id: int = 1, n: int = 400) -> list[object]:
    return [visit(BUSY, seed, charger_id, evse_id, k) for k in range(n)]


def test_the_same_seed_gives_the_same_visits_and_another_gives_others() -> None:
    assert visits() == visits()
    assert visits(seed=2) != visits()
    assert visits(charger_id="d") != visits()
    assert visits(evse_id=2) != visits()


def test_nobody_comes_without_sessions_or_tokens() -> None:
    assert visit(Behaviour(sessions_per_evse_per_day=0, id_tokens=("A",)), 1, "c", 1, 0) is None
    assert visit(Behaviour(sessions_per_evse_per_day=5), 1, "c", 1, 0) is None


def test_figures_lie_within_what_was_asked() -> None:
    found = [visit(BUSY, 1, "c", 1, n) for n in range(1, 2000)]
    assert all(one is not None and 600 <= one.dwell_s <= 1800 and 0.2 <= one.soc <= 0.4 for one in found)
    shares = [one.vehicle for one in found if one is not None]
    assert shares.count("suv") / len(shares) == pytest.approx(0.75, abs=0.05)
    tokens = [one.id_token for one in found if one is not None]
    assert tokens.count("A") / len(tokens) == pytest.approx(0.5, abs=0.05)


def test_the_mean_gap_gives_the_sessions_per_day() -> None:
    found = [visit(BUSY, 1, "c", 1, n) for n in range(1, 3000)]
    cycle_s = mean(one.wait_s + one.dwell_s for one in found if one is not None)
    assert 86400 / cycle_s == pytest.approx(12, rel=0.05)


def test_the_first_arrival_can_be_bounded() -> None:
    soon = Behaviour(sessions_per_evse_per_day=1, id_tokens=("A",), first_arrival_s=(5, 20))
    for charger in range(50):
        first = visit(soon, 1, f"c{charger}", 1, 0)
        assert first is not None
        assert 5 <= first.wait_s <= 20


def test_a_fleet_lives_by_itself() -> None:
    bench = Bench(ADAPTER, behaviour=BUSY)
    bench.power_up().wait(86400)
    starts, stops = bench.payloads("StartTransaction"), bench.payloads("StopTransaction")
    assert 12 <= len(starts) <= 40
    assert len(starts) - len(stops) in (0, 1, 2)
    assert {one["idTag"] for one in starts} == {"A", "B"}
    assert all(one["meterStop"] >= 0 for one in stops)


def test_visitors_refused_drive_on_and_others_come() -> None:
    bench = Bench(ADAPTER, behaviour=BUSY, answers={"Authorize": {"idTagInfo": {"status": "Blocked"}}})
    bench.power_up().wait(86400)
    assert bench.calls("StartTransaction") == []
    assert len(bench.calls("Authorize")) >= 12
    assert [one["status"] for one in bench.payloads("StatusNotification")].count("Preparing") >= 12


def test_visitors_at_a_dark_or_broken_station_drive_on() -> None:
    bench = Bench(ADAPTER, behaviour=BUSY)
    bench.power_up()
    for connector in (1, 2):
        bench.ask("ChangeAvailability", {"connectorId": connector, "type": "Inoperative"})
    bench.wait(86400)
    assert bench.calls("Authorize") == []
    for connector in (1, 2):
        bench.ask("ChangeAvailability", {"connectorId": connector, "type": "Operative"})
    bench.wait(86400)
    assert len(bench.calls("StartTransaction")) >= 8


def test_nobody_comes_after_sessions_are_set_to_zero_and_who_is_there_leaves() -> None:
    bench = Bench(ADAPTER, behaviour=BUSY)
    bench.power_up()
    while not bench.calls("StartTransaction"):
        bench.wait(60)
    assert bench.command(SetBehaviour(0)).accepted
    bench.wait(86400)
    starts = len(bench.calls("StartTransaction"))
    assert len(bench.calls("StopTransaction")) == starts <= 2
    bench.wait(86400)
    assert len(bench.calls("StartTransaction")) == starts
    assert bench.command(SetBehaviour(12)).accepted
    bench.wait(86400)
    assert len(bench.calls("StartTransaction")) >= starts + 12


def test_a_quiet_station_comes_to_life_with_the_tokens_that_are_given() -> None:
    bench = Bench(ADAPTER)
    bench.power_up().wait(86400)
    assert bench.calls("StartTransaction") == []
    assert not bench.command(SetBehaviour(12)).accepted
    assert bench.command(SetBehaviour(12, 600, 900, ("C",))).accepted
    bench.wait(86400)
    assert {one["idTag"] for one in bench.payloads("StartTransaction")} == {"C"}
    assert len(bench.payloads("StartTransaction")) >= 12


def test_the_next_arrival_is_drawn_anew_from_now() -> None:
    rare = Behaviour(sessions_per_evse_per_day=0.01, id_tokens=("A",))
    bench = Bench(ADAPTER, behaviour=rare)
    bench.power_up().wait(1000)
    deadlines = bench.station.deadlines
    before = deadlines.get("arrive", 1)
    assert before is not None
    assert bench.command(SetBehaviour(24)).accepted
    after = deadlines.get("arrive", 1)
    assert after is not None
    assert bench.now.sim <= after <= bench.now.sim + 3600 < before


@pytest.mark.parametrize(
    "command",
    [
        SetBehaviour(),
        SetBehaviour(-1),
        SetBehaviour(float("nan")),
        SetBehaviour(float("inf")),
        SetBehaviour(1, 600, 300),
        SetBehaviour(1, 0),
        SetBehaviour(1, longest_dwell_s=float("inf")),
        SetBehaviour(1, id_tokens=("",)),
        SetBehaviour(1, id_tokens=("A", "B" * 21)),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(command: SetBehaviour) -> None:
    bench = Bench(ADAPTER, behaviour=BUSY)
    bench.power_up()
    outcome = bench.command(command)
    assert not outcome.accepted
    assert outcome.reason
    assert bench.station.behaviour is BUSY


def test_a_changed_behaviour_outlives_a_restart_of_the_program() -> None:
    bench = Bench(ADAPTER, behaviour=BUSY)
    bench.power_up()
    assert snapshot.take(bench.charger, bench.now.sim)["behaviour"] is None
    bench.command(SetBehaviour(3, 60, 120, ("C",)))
    saved = snapshot.take(bench.charger, bench.now.sim)
    other = Bench(ADAPTER, behaviour=BUSY)
    snapshot.restore(other.charger, saved)
    assert other.station.behaviour == bench.station.behaviour
    assert other.station.behaviour is not None
    assert other.station.behaviour.vehicles == BUSY.vehicles
    moved = Bench(ADAPTER, behaviour=BUSY)
    snapshot.restore(moved.charger, snapshot.moved(saved, to_version=True, to_csms=False))
    assert moved.station.behaviour is not None
    assert (moved.station.behaviour.sessions_per_evse_per_day, moved.station.behaviour.id_tokens) == (3, ("A", "B"))
