"""`demo` and `csms` as processes."""

import os
import pty
import re
import shlex
import signal
import socket
import subprocess
import sys
from pathlib import Path

import aiohttp
import pytest

from tests.cli.fleets import fleet_file
from tests.cli.program import ROOT, TIMEOUT_S, program

ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


@pytest.fixture
def taken_8080() -> "socket.socket | None":
    """The demo's own port, taken for the time of the test; None where somebody else has it."""
    try:
        return socket.create_server(("127.0.0.1", 8080))
    except OSError:
        return None


async def test_the_demo_charges_and_its_hints_work(taken_8080: "socket.socket | None") -> None:
    async with program("demo") as demo:
        await demo.line("Port 8080 is taken, so the control API takes a free one.")
        api = await demo.api()
        assert not api.endswith(":8080")
        curl = shlex.split(await demo.line("  curl "))
        body, url = curl[curl.index("-d") + 1], curl[-1]
        async with (
            aiohttp.ClientSession() as http,
            http.post(url, data=body, headers={"Content-Type": "application/json"}) as answer,
        ):
            assert answer.status == 202
        await demo.line("6 chargers: 6 connected, 6 accepted by the central system")
        await demo.line(lambda line: re.search(r" [1-9]\d* charging, [1-9]", line) is not None)
        assert await demo.stop() == 0
        assert demo.errors == ""
    if taken_8080 is not None:
        taken_8080.close()


def test_the_demo_shows_a_live_table_in_a_terminal() -> None:
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "chargepoint_sim", "demo", "--for", "6s"],
        cwd=ROOT,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "100", "LINES": "40"},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    shown = b""
    try:
        while chunk := _read(ours):
            shown += chunk
        assert process.wait(TIMEOUT_S) == 0
    finally:
        process.kill()
        process.wait()
        os.close(ours)
    text = ESCAPES.sub("", shown.decode())
    assert "Charger" in text
    for charger_id in ("DEPOT-1", "PLAZA-3"):
        assert re.search(rf"{charger_id} +(1\.6|2\.0\.1) +connected", text), text
    assert "6 of 6 chargers powered up, 6 connected, 6 booted" in text


def _read(terminal: int) -> bytes:
    """What the terminal shows next; nothing when the program has ended."""
    try:
        return os.read(terminal, 65536)
    except OSError:  # how Linux tells that nobody holds the other end
        return b""


async def test_the_central_system_serves_a_fleet_and_shows_it(tmp_path: Path) -> None:
    async with program("csms", "--port", "0", "--http-port", "0", "--show") as csms:
        url = (await csms.line("Central system for OCPP 1.6 and 2.0.1: ")).split()[-1]
        http_url = (await csms.line("What it knows: ")).split()[3]
        async with program("run", fleet_file(tmp_path, url)) as run:
            await run.line("2 accepted by the central system")
            async with aiohttp.ClientSession() as http, http.get(http_url) as answer:
                chargers = (await answer.json())["chargers"]
            assert sorted(charger["identity"] for charger in chargers) == ["A-16", "A-201"]
            assert await run.stop() == 0
        assert await csms.stop() == 0
        assert re.search(r"A-16\s+│ 1\.6", csms.out), csms.out
        assert csms.errors == ""


async def test_the_central_system_obeys_its_file(tmp_path: Path) -> None:
    settings = tmp_path / "csms.yaml"
    settings.write_text("port: 0\nhttp_port: 0\nchargers: [A-16]\n")
    async with program("csms", "--config", settings) as csms:
        url = (await csms.line("Central system for OCPP")).split()[-1]
        async with program("run", fleet_file(tmp_path, url), "--until", "booted", "--for", "4s") as run:
            assert await run.ended() == 1
            assert "chargers: A-201" in run.out
        csms.signal(signal.SIGINT)
        assert await csms.ended() == 0


async def test_a_wrong_file_of_the_central_system_is_told_with_its_line(tmp_path: Path) -> None:
    settings = tmp_path / "csms.yaml"
    settings.write_text("port: 0\nprt: 1\n")
    async with program("csms", "--config", settings) as csms:
        assert await csms.ended() == 2
    assert f"{settings}:2: prt" in csms.errors


@pytest.mark.parametrize(
    ("option", "other", "remedy"),
    [
        ("--port", "--http-port", "for chargers with --port"),
        ("--http-port", "--port", "for HTTP commands with --http-port"),
    ],
)
async def test_a_taken_port_of_the_central_system(option: str, other: str, remedy: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        async with program("csms", option, str(port), other, "0") as csms:
            assert await csms.ended() == 2
    words = f"cannot listen on 127.0.0.1:{port}: address already in use; choose another port {remedy}"
    assert words in csms.errors
