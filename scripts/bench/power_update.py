#!/usr/bin/env python3
"""One power-update for a whole location: how long the answer takes, what it does to the event loop and to memory.

    power_update.py [--count 10000] [--fan-outs 100] [--repeats 3] [--out FILE]

All chargers are in one location, connected and booted; a fifth of them charge. Each fan-out sets another power. Timed
is the HTTP request, from sending it to the last byte of the answer, which has one entry per charger; checked are the
counts in it, and after the first fan-out the limit that each charger reports. The lag of the daemon's event loop is
that of its own histogram, from just before the first fan-out until a second after it, and over all fan-outs. Memory is
the growth of PSS from the twentieth part of the fan-outs to the last, a million commands apart by default.
"""

import argparse
import re
import time
from collections import defaultdict
from collections.abc import Mapping
from math import inf

import measure
from measure import Daemon, Failed, Figure, Load

LOCATION = "loc-bench"
RAMP_PER_S = 1000.0
BUCKET = re.compile(r'^chargepoint_sim_event_loop_lag_seconds_bucket\{le="([^"]+)"\} (\S+)$', re.MULTILINE)
PAGE = 1000


def lag_counts(daemon: Daemon) -> dict[float, float]:
    """The histogram of the loop's lag: measurements at or below each bound, seconds."""
    return {inf if bound == "+Inf" else float(bound): float(count) for bound, count in BUCKET.findall(daemon.metrics())}


def p99_s(before: Mapping[float, float], after: Mapping[float, float]) -> float:
    """The bound below which 99 % of the measurements between the two lie."""
    total = after[inf] - before[inf]
    return next(bound for bound in sorted(after) if after[bound] - before[bound] >= 0.99 * total)


def fan_out(daemon: Daemon, power_w: int, count: int) -> float:
    """Seconds that one power-update for the location takes. Raises Failed unless it reached everybody."""
    body = {"target": {"location_id": LOCATION}, "event": {"power_w": power_w}}
    began = time.monotonic()
    answer = daemon.request("POST", "/ocpp/commands/power-update", body)
    elapsed_s = time.monotonic() - began
    if (answer["queued_count"], answer["failed_count"], len(answer["results"])) != (count, 0, count):
        raise Failed(f"of {count} chargers {answer['queued_count']} were reached, {answer['failed_count']} failed")
    return elapsed_s


def check_applied(daemon: Daemon, power_w: int, count: int) -> None:
    """Raise Failed unless every charger reports the limit."""
    for offset in range(0, count, PAGE):
        page = daemon.request("GET", f"/v1/chargers?offset={offset}&limit={PAGE}")["data"]
        wrong = [one["charger_id"] for one in page if one["evses"][0]["external_limit_w"] != power_w]
        if wrong:
            raise Failed(f"{len(wrong)} chargers do not hold {power_w} W, among them {wrong[0]}")


def one_run(version: str, count: int, fan_outs: int) -> dict[str, float]:
    """The figures of one fleet."""
    load = Load(version, count, ramp_per_s=RAMP_PER_S, location_id=LOCATION)
    with (
        measure.run_server() as server,
        measure.run_daemon(load, f"ws://127.0.0.1:{server.port}/ocpp") as daemon,
    ):
        measure.wait_for_boots(server, count)
        daemon.start_sessions(count // 500 * 100, over_s=20.0)
        time.sleep(2.0)
        at_first = lag_counts(daemon)
        found = {"first s": fan_out(daemon, 7000, count)}
        time.sleep(1.0)
        found["first lag p99 ms"] = 1e3 * p99_s(at_first, lag_counts(daemon))
        check_applied(daemon, 7000, count)
        slowest_s, warm_kib = 0.0, 0
        at_start = lag_counts(daemon)
        for n in range(fan_outs):
            if n == fan_outs // 20:
                warm_kib = daemon.pss_kib()
            slowest_s = max(slowest_s, fan_out(daemon, 5000 + n, count))
        found["slowest s"] = slowest_s
        found["lag p99 ms"] = 1e3 * p99_s(at_start, lag_counts(daemon))
        found["growth MiB"] = (daemon.pss_kib() - warm_kib) / 1024
        return found


UNITS = {
    "first s": "s for the first answer",
    "first lag p99 ms": "ms lag p99 (upper bound)",
    "slowest s": "s for the slowest answer",
    "lag p99 ms": "ms lag p99 (upper bound)",
    "growth MiB": "MiB grown",
}


def benchmark(options: argparse.Namespace) -> Mapping[str, Figure]:
    """Both versions, taken in turn."""
    found: dict[tuple[str, str], list[float]] = defaultdict(list)
    for repeat in range(options.repeats):
        for version in options.versions:
            measure.progress(f"repeat {repeat + 1}: {options.count} chargers of {version}")
            for name, value in one_run(version, options.count, options.fan_outs).items():
                found[version, name].append(value)
    return {f"{version} {name}": measure.figure(values, UNITS[name]) for (version, name), values in found.items()}


if __name__ == "__main__":
    parser = measure.command_line(__doc__)
    parser.add_argument("--count", type=int, default=10_000, help="chargers in the location")
    parser.add_argument("--fan-outs", type=int, default=100, help="further power-updates for all of them")
    parser.add_argument("--versions", nargs="+", choices=["1.6", "2.0.1"], default=["1.6", "2.0.1"])
    measure.run(benchmark, parser)
