#!/usr/bin/env python3
"""CPU per message: one Call and its CallResult, sent by the charger, paced at 400 and at 1,600 a second.

    messages.py [--window 30] [--repeats 3] [--out FILE]

Half of the chargers have an open transaction and send a sample every interval, which makes their heartbeats
superfluous; the idle half sends a Heartbeat every interval. 2,000 chargers x 5 s make 400/s, 4,800 x 3 s make 1,600/s.
Power-up and session starts are spread over whole intervals, so that messages come evenly. CPU of the process over the
window, divided by the messages that the central system counted in it.
"""

import argparse
import time
from collections import defaultdict
from collections.abc import Mapping

import measure
from measure import Figure, Load

SETTLE_S = 15.0
PACES = {400: (2000, 5), 1600: (4800, 3)}
"""Messages a second: (chargers, interval in seconds)."""


def one_pace(version: str, pace: int, window_s: float) -> dict[str, float]:
    """CPU a message in microseconds, and the pace that was reached."""
    count, interval_s = PACES[pace]
    spread_s = 4 * interval_s
    load = Load(version, count, ramp_per_s=count / spread_s, interval_s=interval_s)
    with (
        measure.run_server("--interval", str(interval_s)) as server,
        measure.run_daemon(load, f"ws://127.0.0.1:{server.port}/ocpp") as daemon,
    ):
        daemon.wait_until("booted", count, 120)
        daemon.start_sessions(count // 2, over_s=spread_s)
        time.sleep(SETTLE_S)
        before, cpu_before, began = server.counters(), daemon.cpu_s(), time.monotonic()
        time.sleep(window_s)
        after, cpu_after, ended = server.counters(), daemon.cpu_s(), time.monotonic()
        if after["open"] != count:
            raise measure.Failed(f"{count - after['open']} of {count} chargers lost their connection")
        messages = after["messages"] - before["messages"]
        return {
            "cpu_us": 1e6 * (cpu_after - cpu_before) / messages,
            "pace": messages / (ended - began),
            "server_us": 1e6 * (after["cpu_s"] - before["cpu_s"]) / messages,
        }


def benchmark(options: argparse.Namespace) -> Mapping[str, Figure]:
    """All paces and versions, taken in turn."""
    found: dict[tuple[str, int, str], list[float]] = defaultdict(list)
    for repeat in range(options.repeats):
        for pace in options.paces:
            for version in options.versions:
                measure.progress(f"repeat {repeat + 1}: {version} at {pace}/s")
                for name, value in one_pace(version, pace, options.window).items():
                    found[version, pace, name].append(value)
    units = {
        "cpu_us": ("CPU", "us a message"),
        "pace": ("pace reached", "messages/s"),
        "server_us": ("CPU of the central system", "us a message"),
    }
    return {
        f"{version} at {pace}/s {units[name][0]}": measure.figure(values, units[name][1])
        for (version, pace, name), values in found.items()
    }


if __name__ == "__main__":
    parser = measure.command_line(__doc__)
    parser.add_argument("--window", type=float, default=30.0, help="seconds that are measured")
    parser.add_argument("--paces", type=int, nargs="+", choices=list(PACES), default=list(PACES))
    parser.add_argument("--versions", nargs="+", choices=["1.6", "2.0.1"], default=["1.6", "2.0.1"])
    measure.run(benchmark, parser)
