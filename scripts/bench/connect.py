#!/usr/bin/env python3
"""CPU per charger for dialling, the upgrade and the boot, and how long a whole fleet takes.

    connect.py [--counts 500 3000] [--repeats 3] [--out FILE]

A fresh process per fleet size; CPU is read when the central system has answered every BootNotification and all that
follows at power-up. The cost is the slope of CPU over the number of chargers, so that the start of the process itself
does not count. The ramp is set to 1,000 chargers a second.
"""

import argparse
import time
from collections import defaultdict
from collections.abc import Mapping

import measure
from measure import Figure, Load

RAMP_PER_S = 1000.0


def one_size(version: str, count: int) -> dict[str, float]:
    """CPU seconds so far, and seconds from the API's first answer until all have booted."""
    load = Load(version, count, ramp_per_s=RAMP_PER_S)
    with (
        measure.run_server() as server,
        measure.run_daemon(load, f"ws://127.0.0.1:{server.port}/ocpp") as daemon,
    ):
        began = time.monotonic()
        measure.wait_for_boots(server, count)
        return {"cpu_s": daemon.cpu_s(), "elapsed_s": time.monotonic() - began}


def benchmark(options: argparse.Namespace) -> Mapping[str, Figure]:
    """Both versions, taken in turn."""
    cost: dict[str, list[float]] = defaultdict(list)
    elapsed: dict[str, list[float]] = defaultdict(list)
    for repeat in range(options.repeats):
        points: dict[str, list[tuple[float, float]]] = defaultdict(list)
        for count in options.counts:
            for version in options.versions:
                measure.progress(f"repeat {repeat + 1}: {count} chargers of {version}")
                found = one_size(version, count)
                points[version].append((count, found["cpu_s"]))
                if count == max(options.counts):
                    elapsed[version].append(found["elapsed_s"])
        for version, line in points.items():
            cost[version].append(1e3 * measure.slope(line))
    return {
        **{f"{v} connect and boot": measure.figure(values, "ms CPU a charger") for v, values in cost.items()},
        **{f"{v} whole fleet": measure.figure(values, "s elapsed") for v, values in elapsed.items()},
    }


if __name__ == "__main__":
    parser = measure.command_line(__doc__)
    parser.add_argument("--counts", type=int, nargs="+", default=[500, 3000], help="fleet sizes")
    parser.add_argument("--versions", nargs="+", choices=["1.6", "2.0.1"], default=["1.6", "2.0.1"])
    measure.run(benchmark, parser)
