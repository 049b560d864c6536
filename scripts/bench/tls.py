#!/usr/bin/env python3
"""What TLS costs: memory per wss charger, and CPU for connecting one (security profile 2, server verified).

    tls.py [--counts 500 2000] [--repeats 3] [--out FILE]

A fresh process per fleet size, with a certificate made for the occasion; PSS is read after the fleet has booted and
settled, CPU when the central system has answered every BootNotification. Both figures are slopes over the number of
chargers. The plain figures of memory.py and connect.py are what to compare them with.
"""

import argparse
import tempfile
import time
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

import measure
import trustme
from measure import Figure, Load

SETTLE_S = 15.0
RAMP_PER_S = 200.0


def one_size(version: str, count: int, certificates: Path) -> dict[str, float]:
    """PSS in KiB and CPU in ms of a fleet that has booted."""
    ca, certificate, key = (str(certificates / name) for name in ("ca.pem", "server.pem", "server-key.pem"))
    security: dict[str, str | int] = {"profile": 2, "password": "0123456789abcdef", "ca": ca}
    load = Load(version, count, ramp_per_s=RAMP_PER_S)
    with (
        measure.run_server("--tls-cert", certificate, "--tls-key", key, ca_file=ca) as server,
        measure.run_daemon(load, f"wss://localhost:{server.port}/ocpp", security) as daemon,
    ):
        measure.wait_for_boots(server, count)
        cpu_ms = 1e3 * daemon.cpu_s()
        time.sleep(SETTLE_S)
        return {"memory": daemon.pss_kib(), "connect": cpu_ms}


def benchmark(options: argparse.Namespace) -> Mapping[str, Figure]:
    """Memory and connect cost, the versions taken in turn."""
    units = {"memory": "KiB a charger", "connect": "ms CPU a charger"}
    slopes: dict[tuple[str, str], list[float]] = defaultdict(list)
    with tempfile.TemporaryDirectory(prefix="bench-") as directory:
        certificates = Path(directory)
        authority = trustme.CA()
        issued = authority.issue_cert("localhost")
        authority.cert_pem.write_to_path(str(certificates / "ca.pem"))
        issued.private_key_pem.write_to_path(str(certificates / "server-key.pem"))
        for blob in issued.cert_chain_pems:
            blob.write_to_path(str(certificates / "server.pem"), append=True)
        for repeat in range(options.repeats):
            points: dict[tuple[str, str], list[tuple[float, float]]] = defaultdict(list)
            for count in options.counts:
                for version in options.versions:
                    measure.progress(f"repeat {repeat + 1}: {count} wss chargers of {version}")
                    for name, value in one_size(version, count, certificates).items():
                        points[version, name].append((count, value))
            for key, line in points.items():
                slopes[key].append(measure.slope(line))
    return {f"{v} wss {name}": measure.figure(values, units[name]) for (v, name), values in slopes.items()}


if __name__ == "__main__":
    parser = measure.command_line(__doc__)
    parser.add_argument("--counts", type=int, nargs="+", default=[500, 2000], help="fleet sizes")
    parser.add_argument("--versions", nargs="+", choices=["1.6", "2.0.1"], default=["1.6", "2.0.1"])
    measure.run(benchmark, parser)
