"""What the benchmarks share: the processes they start, the figures they read from them, the report they write.

Measured is always the shipped command, `chargepoint-sim run FILE`, as a process of its own: shipped templates, control
API up, schema checks on, log at its default. The central system is server.py, a third process. CPU is user + system
time from the process accounting, memory is the proportional set size (PSS) of that process.
"""

import argparse
import json
import os
import platform
import signal
import socket
import ssl
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from typing import Any
from urllib.parse import quote

HERE = Path(__file__).parent
TEMPLATES = {"1.6": "public-ac-22", "2.0.1": "home-ac-11"}
"""One AC outlet each, so that the two versions differ in the protocol alone."""

_LIBRARIES = ("ocpp", "websockets", "uvloop", "orjson", "jsonschema-rs", "aiohttp", "structlog", "pydantic")
_INTERVALS = {
    "1.6": ("HeartbeatInterval", "MeterValueSampleInterval"),
    "2.0.1": ("OCPPCommCtrlr.HeartbeatInterval", "SampledDataCtrlr.TxUpdatedInterval"),
}
_TICKS_PER_S = os.sysconf("SC_CLK_TCK")
_START_TIMEOUT_S = 60.0
_STOP_TIMEOUT_S = 60.0


def _open(request: urllib.request.Request | str, ca_file: str | None = None) -> Any:
    """An HTTP answer; no proxy stands between two processes of one host."""
    handlers: list[urllib.request.BaseHandler] = [urllib.request.ProxyHandler({})]
    if ca_file is not None:
        handlers.append(urllib.request.HTTPSHandler(context=ssl.create_default_context(cafile=ca_file)))
    return urllib.request.build_opener(*handlers).open(request, timeout=60)


class Failed(Exception):
    """A benchmark that could not be carried out; the text says why."""


@dataclass(frozen=True, slots=True)
class Load:
    """A fleet to measure."""

    version: str
    count: int
    ramp_per_s: float = 500.0
    interval_s: int | None = None
    """Heartbeat and sampling interval; None leaves those of the template."""
    location_id: str | None = None
    """The location of all chargers; None: they have none."""

    def fleet_file(self, url: str, api_port: int, security: Mapping[str, str | int] | None = None) -> str:
        """The fleet file as text; JSON is YAML."""
        settings = dict.fromkeys(_INTERVALS[self.version], self.interval_s) if self.interval_s is not None else {}
        return json.dumps(
            {
                "fleet": {"name": "bench", "seed": 1},
                "csms": {"url": url, "security": dict(security or {})},
                "templates": {"measured": {"extends": TEMPLATES[self.version], "settings": settings}},
                "locations": [{"id": self.location_id, "name": "Bench"}] if self.location_id is not None else [],
                "chargers": [
                    {"template": "measured", "count": self.count, "id": "B-{n:05d}"}
                    | ({"location": self.location_id} if self.location_id is not None else {})
                ],
                "ramp": {"rate_per_s": self.ramp_per_s, "jitter": 0},
                "api": {"listen": f"127.0.0.1:{api_port}"},
            },
            indent=2,
        )


@dataclass(slots=True)
class Daemon:
    """A running `chargepoint-sim run`."""

    process: "subprocess.Popen[bytes]"
    api: str
    log: Path

    def request(self, method: str, path: str, body: object = None) -> Any:
        """A call of the control API; gives the answer's JSON."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            self.api + path, data, {"Content-Type": "application/json"} if data else {}, method=method
        )
        with _open(request) as answer:
            return json.load(answer)

    def metrics(self) -> str:
        """What Prometheus would be told."""
        with _open(self.api + "/metrics") as answer:
            text: bytes = answer.read()
        return text.decode()

    def wait_until(self, state: str, count: int, timeout_s: float) -> None:
        """Wait until `count` chargers are in `state` (connected, booted, charging). Raises Failed."""
        self._wait(lambda: self.request("GET", "/v1/fleet")[state] >= count, timeout_s, f"{count} chargers {state}")

    def wait_for_api(self) -> None:
        """Wait until the control API answers. Raises Failed."""
        self._wait(lambda: bool(self.request("GET", "/v1/fleet")), _START_TIMEOUT_S, "the control API to answer")

    def _wait(self, is_so: Callable[[], bool], timeout_s: float, what: str) -> None:
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise Failed(f"chargepoint-sim ended with {self.process.returncode}:\n{self._last_words()}")
            try:
                if is_so():
                    return
            except (urllib.error.URLError, TimeoutError):
                pass
            time.sleep(0.5)
        raise Failed(f"waited {timeout_s:.0f} s in vain for {what}:\n{self._last_words()}")

    def start_sessions(self, count: int, over_s: float) -> None:
        """Plug in, authorise and charge at the first `count` chargers, evenly spread over `over_s` seconds.

        `count` is a multiple of 100: ids have five digits, and a pattern of three is a hundred of them.
        """
        patterns = [*(f"B-{hundred:03d}*" for hundred in range(count // 100)), f"B-{count:05d}"]
        began = time.monotonic()
        for done, pattern in enumerate(patterns, 1):
            path = f"/v1/chargers/{quote(pattern, safe='')}/commands/start-session"
            self.request("POST", path, {"id_token": "04A1B2C3", "soc": 0.1})
            time.sleep(max(0.0, began + over_s * done / len(patterns) - time.monotonic()))
        self.wait_until("charging", count, 120)

    def cpu_s(self) -> float:
        """User + system seconds so far, ended children included."""
        stat = Path(f"/proc/{self.process.pid}/stat").read_text()
        return sum(map(int, stat.rpartition(")")[2].split()[11:15])) / _TICKS_PER_S

    def pss_kib(self) -> int:
        """Proportional set size now."""
        lines = Path(f"/proc/{self.process.pid}/smaps_rollup").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))

    def _last_words(self) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-15:])


@dataclass(frozen=True, slots=True)
class Server:
    """The running central system."""

    port: int
    ca_file: str | None = None
    """The root to trust where it serves TLS."""

    def counters(self) -> dict[str, Any]:
        """Its counters: messages, actions, cpu_s and so on."""
        scheme = "http" if self.ca_file is None else "https"
        with _open(f"{scheme}://localhost:{self.port}/counters", self.ca_file) as answer:
            counters: dict[str, Any] = json.load(answer)
        return counters


@contextmanager
def run_server(*arguments: str, ca_file: str | None = None) -> Iterator[Server]:
    """server.py as a process; `ca_file` goes with --tls-cert."""
    command = [sys.executable, str(HERE / "server.py"), *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield Server(int(process.stdout.readline()), ca_file)
        finally:
            process.terminate()


def wait_for_boots(server: Server, count: int, timeout_s: float = 120.0, quiet_s: float = 0.5) -> None:
    """Wait until `count` chargers have booted and nobody has sent anything for `quiet_s`. Raises Failed.

    Asks the central system and not the daemon, whose CPU is being measured.
    """
    deadline, last = time.monotonic() + timeout_s, -1
    while time.monotonic() < deadline:
        counters = server.counters()
        if counters["actions"].get("BootNotification", 0) >= count and counters["messages"] == last:
            return
        last = counters["messages"]
        time.sleep(quiet_s)
    raise Failed(f"waited {timeout_s:.0f} s in vain for {count} boots")


@contextmanager
def run_daemon(load: Load, url: str, security: Mapping[str, str | int] | None = None) -> Iterator[Daemon]:
    """`chargepoint-sim run` on the fleet of `load`, in a directory that is thrown away. Raises Failed."""
    command = Path(sys.executable).with_name("chargepoint-sim")
    if not command.exists():
        raise Failed(f"{command} does not exist: start this with the interpreter of .venv, after scripts/setup dev")
    api_port = _free_port()
    with tempfile.TemporaryDirectory(prefix="bench-") as directory:
        fleet, log = Path(directory, "fleet.yaml"), Path(directory, "log")
        fleet.write_text(load.fleet_file(url, api_port, security))
        with log.open("wb") as sink:
            process = subprocess.Popen(
                [str(command), "run", str(fleet)], cwd=directory, stdout=sink, stderr=subprocess.STDOUT
            )
        try:
            daemon = Daemon(process, f"http://127.0.0.1:{api_port}", log)
            daemon.wait_for_api()
            yield daemon
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(_STOP_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                print(f"chargepoint-sim did not stop within {_STOP_TIMEOUT_S:.0f} s of SIGTERM", file=sys.stderr)
                process.kill()
                process.wait()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def slope(points: Sequence[tuple[float, float]]) -> float:
    """Least-squares slope of y over x."""
    return statistics.linear_regression(*zip(*points, strict=True)).slope


@dataclass(frozen=True, slots=True)
class Figure:
    """The median of repeated measurements, with their spread."""

    median: float
    least: float
    most: float
    repeats: int
    unit: str

    def __str__(self) -> str:
        return f"{self.median:9.3f} {self.unit:<28} ({self.least:.3f} to {self.most:.3f}, {self.repeats} repeats)"


def figure(values: Sequence[float], unit: str) -> Figure:
    """Sum repeated measurements up."""
    median, least, most = (round(value, 4) for value in (statistics.median(values), min(values), max(values)))
    return Figure(median, least, most, len(values), unit)


def machine() -> dict[str, Any]:
    """Where and with what was measured."""
    processors = Path("/proc/cpuinfo").read_text().splitlines()
    memory_kib = int(Path("/proc/meminfo").read_text().split()[1])
    commit = subprocess.run(
        ["git", "-C", str(HERE), "describe", "--always", "--dirty"], capture_output=True, text=True, check=False
    )
    return {
        "processor": next((line.split(": ")[1] for line in processors if line.startswith("model name")), ""),
        "cores": os.cpu_count(),
        "memory_gib": round(memory_kib / 2**20, 1),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "libraries": {name: metadata.version(name) for name in _LIBRARIES},
        "commit": commit.stdout.strip(),
        "load_average": os.getloadavg()[0],
    }


def command_line(text: str) -> argparse.ArgumentParser:
    """The options that every benchmark has; `text` is its docstring."""
    parser = argparse.ArgumentParser(description=text, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=3, help="repeats of every measurement; at least 3 (default)")
    parser.add_argument("--out", type=Path, help="file that takes method, machine and figures as JSON")
    return parser


def run(benchmark: Callable[[argparse.Namespace], Mapping[str, Figure]], parser: argparse.ArgumentParser) -> None:
    """Carry `benchmark` out, print its figures and write --out."""
    options = parser.parse_args()
    method = " ".join((parser.description or "").split())
    where = machine()
    print(method, json.dumps(where, indent=2), sep="\n\n", end="\n\n")
    try:
        _warm_up()
        figures = benchmark(options)
    except Failed as failed:
        sys.exit(f"{parser.prog}: {failed}")
    for name, value in figures.items():
        print(f"{name:<44} {value}")
    if options.out is not None:
        report = {"method": method, "machine": where, "figures": {name: asdict(f) for name, f in figures.items()}}
        options.out.write_text(json.dumps(report, indent=2) + "\n")


def _warm_up() -> None:
    """Start and stop the daemon once: the first start after a change compiles modules, and no other does."""
    for version in TEMPLATES:
        with run_server() as server, run_daemon(Load(version, 1), f"ws://127.0.0.1:{server.port}/ocpp"):
            wait_for_boots(server, 1)


def progress(text: str) -> None:
    """Tell on stderr what is being measured."""
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr)
