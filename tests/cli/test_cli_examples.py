"""The examples in `--help` and in README.md are run: what they name exists, and they end with status 0.

`run`, `demo` and `csms` are carried out up to the point where they would start; all others against a daemon with the
chargers of configs/seed.yaml, or of configs/street.yaml where they name one of those.
"""

import asyncio
import contextlib
import dataclasses
import re
import shlex
from collections.abc import AsyncIterator, Coroutine, Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from chargepoint_sim.cli import loop
from chargepoint_sim.cli.app import app
from chargepoint_sim.cli.helptext import PROMPT
from chargepoint_sim.cli.operate import goal
from chargepoint_sim.cli.orders import Until
from chargepoint_sim.config.loader import load_fleet
from chargepoint_sim.daemon import Daemon
from chargepoint_sim.fleet.spec import ApiSpec
from chargepoint_sim.pki import folder
from tests.cli.fleets import TOKEN
from tests.cli.program import ROOT

BEFORE = {
    "wait": (f"dep-789 start-session --token {TOKEN}",),
    "stop-session": (f"dep-789 start-session --token {TOKEN}",),
    "present-token": ("dep-1 plug-in",),
    "resume-charging": ("dep-1 plug-in",),
    "unplug": ("dep-1 plug-in",),
    "start-transaction": ("dep-2 plug-in",),
    "stop-transaction": ("'dep-[12]' plug-in", f"'dep-[12]' start-transaction {TOKEN}", "dep-2 wait --status Charging"),
    "ev-requests-energy": (f"dep-1 start-session --token {TOKEN}", "dep-1 ev-stops-energy"),
    "ev-stops-energy": (f"dep-1 start-session --token {TOKEN}", "dep-1 wait --status Charging"),
    "unlock": ("dep-1 plug-in",),
    "clear-fault": ("dep-1 inject-fault",),
    "leave-bay": ("street-1 arrive-at-bay",),
    "use-master-pass": (
        f"street-1 start-session --token {TOKEN}",
        "street-1 wait --status Charging",
        "street-1 present-token 04D4E5F6 --evse 2",
    ),
    "clear-local-list": ("dep-1 update-local-list 1 04A1B2C3",),
    "power-on": ("dep-1 power-off",),
    "clear-transfer-fault": ("dep-1 inject-transfer-fault firmware-download",),
}
"""Command of `ctl` -> what has to have happened."""


def in_help() -> Iterator[tuple[str, list[str]]]:
    """Every command with its examples, in order."""
    root: Any = typer.main.get_command(app)
    commands = {"": root, **root.commands, **root.commands["ctl"].commands}
    for name, command in commands.items():
        lines = re.sub(r"\[/?\w+\]", "", command.epilog).splitlines()
        yield name, [line.removeprefix(PROMPT) for line in lines if line.startswith(PROMPT)]


def in_readme() -> list[str]:
    """The command lines of README.md's code blocks."""
    blocks = re.findall(r"^```\w*\n(.*?)^```", (ROOT / "README.md").read_text(), re.MULTILINE | re.DOTALL)
    lines = [line.removeprefix("$ ") for block in blocks for line in block.splitlines()]
    return [line.removeprefix("chargepoint-sim ") for line in lines if line.startswith("chargepoint-sim ")]


@contextlib.asynccontextmanager
async def daemon_of(config: str) -> AsyncIterator[str]:
    """The chargers of an example file, booted; answers the API's URL."""
    spec = dataclasses.replace(load_fleet(ROOT / "configs" / config, {}), api=ApiSpec(port=0))
    async with Daemon(spec) as daemon:
        async with asyncio.timeout(20):
            await goal(daemon.fleet, Until.BOOTED)
        assert daemon.api_url is not None
        yield daemon.api_url


async def carry_out(lines: list[str]) -> None:
    """Run the command lines one after the other against one daemon."""
    config = "street.yaml" if any("ctl street-" in line for line in lines) else "seed.yaml"
    async with daemon_of(config) as api:
        runner = CliRunner(env={"CHARGEPOINT_SIM_API": api, "CSMS_PASSWORD": "a-password-of-twenty"})
        for line in lines:
            arguments = shlex.split(line, comments=True)
            if arguments[0] == "tail" and "--no-follow" not in arguments:
                arguments.append("--no-follow")
            result = await asyncio.to_thread(runner.invoke, app, arguments)
            assert result.exit_code == 0, (line, result.output, result.stderr)


@pytest.fixture(autouse=True)
def nothing_starts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """`run`, `demo` and `csms` stop short of starting; relative names are those of the checkout, but `pki` writes
    elsewhere."""

    def stop_short(work: Coroutine[Any, Any, Any]) -> int:
        work.close()
        return 0

    monkeypatch.setattr(loop, "run", stop_short)
    monkeypatch.setattr(folder.Folder, "__init__", lambda self, path: setattr(self, "path", tmp_path / path))
    monkeypatch.chdir(ROOT)


@pytest.mark.parametrize(("name", "lines"), list(in_help()), ids=lambda value: value if isinstance(value, str) else "")
async def test_examples_of_the_help(name: str, lines: list[str]) -> None:
    assert lines, f"{name} has no examples"
    before = [f"ctl {line}" for line in BEFORE.get(name, ())]
    await carry_out([*before, *lines])


async def test_examples_of_the_readme() -> None:
    lines = in_readme()
    assert {line.split()[0] for line in lines} >= {"check", "run", "csms", "ctl"}
    await carry_out(lines)
