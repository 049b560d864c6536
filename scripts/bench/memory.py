#!/usr/bin/env python3
"""Memory per charger: connected and idle, and with an open transaction.

    memory.py [--counts 1000 3000 5000] [--repeats 3] [--out FILE]

A fresh process per fleet size; PSS is read after the fleet has booted and settled, and again after every charger has
started a transaction and settled. The figure is the slope of PSS over the number of chargers, and the fixed cost is
where that line meets zero chargers.
"""

import argparse
import time
from collections import defaultdict
from collections.abc import Mapping

import measure
from measure import Figure, Load

SETTLE_S = 15.0


def settled_pss(daemon: measure.Daemon) -> int:
    """PSS after the messages of the last change are answered."""
    time.sleep(SETTLE_S)
    return daemon.pss_kib()


def one_size(version: str, count: int) -> dict[str, int]:
    """PSS of a fleet in KiB, by state."""
    with (
        measure.run_server() as server,
        measure.run_daemon(Load(version, count), f"ws://127.0.0.1:{server.port}/ocpp") as daemon,
    ):
        daemon.wait_until("booted", count, 120)
        idle = settled_pss(daemon)
        daemon.start_sessions(count, over_s=count / 250)
        return {"idle": idle, "transaction": settled_pss(daemon)}


def benchmark(options: argparse.Namespace) -> Mapping[str, Figure]:
    """Slopes and fixed costs, the versions taken in turn."""
    slopes: dict[tuple[str, str], list[float]] = defaultdict(list)
    fixed: dict[str, list[float]] = defaultdict(list)
    for repeat in range(options.repeats):
        points: dict[tuple[str, str], list[tuple[float, float]]] = defaultdict(list)
        for count in options.counts:
            for version in options.versions:
                measure.progress(f"repeat {repeat + 1}: {count} chargers of {version}")
                for state, kib in one_size(version, count).items():
                    points[version, state].append((count, kib))
        for (version, state), line in points.items():
            per_charger = measure.slope(line)
            slopes[version, state].append(per_charger)
            if state == "idle":
                fixed[version].append((line[0][1] - per_charger * line[0][0]) / 1024)
    return {
        **{f"{v} {state}": measure.figure(values, "KiB a charger") for (v, state), values in slopes.items()},
        **{f"{v} fixed cost": measure.figure(values, "MiB") for v, values in fixed.items()},
    }


if __name__ == "__main__":
    parser = measure.command_line(__doc__)
    parser.add_argument("--counts", type=int, nargs="+", default=[1000, 3000, 5000], help="fleet sizes")
    parser.add_argument("--versions", nargs="+", choices=["1.6", "2.0.1"], default=["1.6", "2.0.1"])
    measure.run(benchmark, parser)
