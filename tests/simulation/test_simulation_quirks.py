"""Every shipped template with quirks, for half a day in virtual time: valid frames, real sessions, no chance."""

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from chargepoint_sim.config.kinds import shipped
from chargepoint_sim.config.loader import load_fleet
from chargepoint_sim.simulation import Mishaps, Simulation

NAMES = sorted(name for name in shipped() if name.startswith("quirky-"))
FLEET = """
fleet: {{seed: 5}}
clock: {{mode: virtual, start: "2025-03-29T20:00:00Z"}}
csms: {{url: builtin, builtin: {{boot: {{required: false}}}}}}
chargers:
{groups}
behaviour:
  sessions_per_evse_per_day: 12
  id_tokens: [04A1B2C3, 04A1B2C4]
  dwell_s: [600, 3600]
  soc: [0.1, 0.8]
"""


def half_a_day() -> Simulation:
    with TemporaryDirectory() as folder:
        path = Path(folder, "fleet.yaml")
        groups = "\n".join(f"  - {{template: {name}, id: {name}}}" for name in NAMES)
        path.write_text(FLEET.format(groups=groups))
        spec = load_fleet(path, {})
    simulation = Simulation(spec, mishaps=Mishaps(link_drop_per_day=12))
    simulation.run_for(6 * 3600.0)
    for name in NAMES:
        if simulation.view(name).connection == "connected":
            simulation.call(name, "TriggerMessage", {"requestedMessage": "MeterValues", "connectorId": 1})
            simulation.call(name, "GetConfiguration", {})
    simulation.run_for(6 * 3600.0)
    return simulation


@cache
def once() -> Simulation:
    return half_a_day()


def test_all_of_them_serve_visitors_and_break_no_schema() -> None:
    simulation = once()
    assert list(simulation.central.violations) == []
    assert {session.identity for session in simulation.central.sessions()} == set(NAMES)
    for name in NAMES:
        problems = [cause for cause in simulation.view(name).problems if "schema" in cause]
        assert problems == []


def test_the_same_seed_gives_the_same_transcript() -> None:
    assert half_a_day().transcript() == once().transcript()


def test_slow_answers_take_the_time_of_the_quirk() -> None:
    frames = once().frames("quirky-slow")
    asked = [frame for frame in frames if frame.action == "GetConfiguration"]
    assert len(asked) == 2, "the request and its answer"
    assert 2.0 <= asked[1].at - asked[0].at <= 13.0
