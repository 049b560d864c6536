#!/usr/bin/env python3
"""A fleet-day in virtual time: CPU for one simulated day of a fleet that lives by itself.

    fleet_day.py [--chargers 50] [--repeats 3] [--out FILE]

Half 1.6 and half 2.0.1, the shipped AC templates (a sample every 60 s, a ping every 60 s), four sessions per EVSE and
day, schema checks on at both ends, nothing recorded. Measured in this process; no socket, no event loop.
"""

import argparse
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

import measure
import yaml
from measure import Figure

from chargepoint_sim.config.loader import load_fleet
from chargepoint_sim.fleet.spec import FleetSpec
from chargepoint_sim.simulation import Simulation

DAY_S = 86400.0


def fleet(chargers: int) -> FleetSpec:
    """The fleet to simulate."""
    document = {
        "fleet": {"name": "day", "seed": 1},
        "clock": {"mode": "virtual"},
        "csms": {"url": "builtin"},
        "chargers": [
            {"template": template, "count": chargers // 2, "id": f"{template}-{{n:04d}}"}
            for template in measure.TEMPLATES.values()
        ],
        "behaviour": {"sessions_per_evse_per_day": 4, "vehicles": {"compact": 0.6, "suv": 0.3, "van": 0.1}},
    }
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "fleet.yaml"
        path.write_text(yaml.safe_dump(document), encoding="utf-8")
        return load_fleet(path, {})


def benchmark(options: argparse.Namespace) -> Mapping[str, Figure]:
    """CPU for the day, and per CALL with its answer."""
    spec = fleet(options.chargers)
    day_s, call_us = [], []
    for repeat in range(options.repeats):
        measure.progress(f"repeat {repeat + 1}: one day of {options.chargers} chargers")
        began = time.process_time()
        simulation = Simulation(spec, recording=False)
        simulation.run_for(DAY_S)
        day_s.append(time.process_time() - began)
        call_us.append(day_s[-1] * 1e6 / sum(simulation.central.counts.values()))
    return {
        f"a day of {options.chargers} chargers": measure.figure(day_s, "CPU seconds"),
        "a CALL with its answer": measure.figure(call_us, "CPU microseconds"),
    }


if __name__ == "__main__":
    parser = measure.command_line(__doc__ or "")
    parser.add_argument("--chargers", type=int, default=50, help="size of the fleet")
    measure.run(benchmark, parser)
