#!/usr/bin/env python3
"""What one link costs: CPU per connect, memory while idle, CPU per echoed Heartbeat; plain and TLS, on uvloop.

    link.py [--links 1000] [--messages 20000] [--ca FILE --tls-cert FILE --tls-key FILE]

Starts the bare server of server.py as a process of its own. Memory is the slope of this process's PSS from the first
tenth of the links to all of them; CPU is user + system of this process alone. Without --ca only the plain figures.
"""

import argparse
import asyncio
import gc
import json
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvloop

from chargepoint_sim.fleet.spec import Credentials, CsmsTarget
from chargepoint_sim.transport.dial import dial
from chargepoint_sim.transport.link import Link

_HEARTBEAT = b'[2,"0123456789abcdef0123456789abcdef","Heartbeat",{}]'
_DIALS_AT_ONCE = 50


class Echo:
    """An owner that sends the next Heartbeat when an answer comes, until the budget that all share is spent."""

    budget = 0
    done: "asyncio.Event"

    def __init__(self) -> None:
        self.link: Link

    def text_received(self, text: bytes) -> None:
        """Go on."""
        if Echo.budget > 0:
            Echo.budget -= 1
            self.link.send(_HEARTBEAT)
        else:
            Echo.done.set()

    def pong_received(self) -> None:
        """Nothing to do."""


def cpu_s() -> float:
    """User and system time of this process."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def pss_kib() -> int:
    """Proportional set size of this process."""
    gc.collect()
    lines = Path("/proc/self/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))


@contextmanager
def server(*arguments: str) -> Iterator[int]:
    """The bare server as a process; gives its port."""
    command = [sys.executable, str(Path(__file__).with_name("server.py")), *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield int(process.stdout.readline())
        finally:
            process.terminate()


async def measure(url: str, ca_file: str | None, links: int, messages: int) -> dict[str, float]:
    """The figures for one kind of link."""
    target = CsmsTarget(url, ca_file=ca_file)
    owners: list[Echo] = []

    async def connect(number: int) -> None:
        owner = Echo()
        owner.link = await dial(target, f"CP-{number:06d}", Credentials(), ("ocpp1.6",), owner)
        owners.append(owner)

    async def connect_all(numbers: range) -> None:
        for first in range(numbers.start, numbers.stop, _DIALS_AT_ONCE):
            last = min(first + _DIALS_AT_ONCE, numbers.stop)
            await asyncio.gather(*(connect(number) for number in range(first, last)))

    tenth = links // 10
    await connect_all(range(tenth))
    pss_before, cpu_before = pss_kib(), cpu_s()
    await connect_all(range(tenth, links))
    connect_cpu = cpu_s() - cpu_before
    idle_kib = (pss_kib() - pss_before) / (links - tenth)

    Echo.budget, Echo.done = messages, asyncio.Event()
    cpu_before, began = cpu_s(), time.perf_counter()
    for owner in owners[:100]:
        owner.link.send(_HEARTBEAT)
    await Echo.done.wait()
    message_cpu, elapsed = cpu_s() - cpu_before, time.perf_counter() - began

    cpu_before = cpu_s()
    for owner in owners:
        owner.link.close(1000)
    await asyncio.gather(*(owner.link.closed for owner in owners))
    return {
        "connect_cpu_ms": round(1e3 * connect_cpu / (links - tenth), 3),
        "idle_kib": round(idle_kib, 2),
        "round_trip_cpu_us_saturated": round(1e6 * message_cpu / messages, 1),
        "round_trips_per_s": round(messages / elapsed),
        "close_cpu_ms": round(1e3 * (cpu_s() - cpu_before) / links, 3),
    }


def main() -> None:
    """Measure and print JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--links", type=int, default=1000)
    parser.add_argument("--messages", type=int, default=20000)
    parser.add_argument("--ca", help="PEM file of the root that signed the server's certificate")
    parser.add_argument("--tls-cert")
    parser.add_argument("--tls-key")
    arguments = parser.parse_args()
    figures: dict[str, object] = {"links": arguments.links, "messages": arguments.messages}
    if arguments.ca:
        with server("--tls-cert", arguments.tls_cert, "--tls-key", arguments.tls_key) as port:
            url = f"wss://127.0.0.1:{port}/ocpp"
            figures["tls"] = uvloop.run(measure(url, arguments.ca, arguments.links, arguments.messages))
    else:
        with server() as port:
            url = f"ws://127.0.0.1:{port}/ocpp"
            figures["plain"] = uvloop.run(measure(url, None, arguments.links, arguments.messages))
    print(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()
