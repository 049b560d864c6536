"""Durations, shares, help texts and what is said about wrong input."""

import json
import re
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from chargepoint_sim import __version__
from chargepoint_sim.cli.app import app
from chargepoint_sim.cli.ctl.acts import share
from chargepoint_sim.cli.durations import seconds
from chargepoint_sim.core.commands import command_name
from tests.cli.fleets import fleet_file

COMMANDS = ("demo", "run", "check", "export", "ctl", "tail", "csms")
runner = CliRunner()


@pytest.mark.parametrize(
    ("text", "expected_s"),
    [
        ("90s", 90),
        ("10m", 600),
        ("2h", 7200),
        ("1h30m", 5400),
        ("250ms", 0.25),
        ("1.5m", 90),
        ("45", 45),
        (" 1D ", 86400),
    ],
)
def test_a_duration(text: str, expected_s: float) -> None:
    assert seconds(text) == pytest.approx(expected_s)


@pytest.mark.parametrize("text", ["", "10x", "m", "-5s", "0", "0s", "5 s", "1h-30m", "nan", "s10"])
def test_no_duration(text: str) -> None:
    with pytest.raises(ValueError, match="duration"):
        seconds(text)


@pytest.mark.parametrize(("text", "expected"), [("20%", 0.2), ("0.2", 0.2), ("100%", 1.0), ("0", 0.0), ("1", 1.0)])
def test_a_state_of_charge(text: str, expected: float) -> None:
    assert share(text) == pytest.approx(expected)


@pytest.mark.parametrize("text", ["20", "101%", "-1%", "nan", "full", "%"])
def test_no_state_of_charge(text: str) -> None:
    with pytest.raises(typer.BadParameter, match="no state of charge"):
        share(text)


def test_version() -> None:
    result = runner.invoke(app, ["--version"])
    assert (result.exit_code, result.output) == (0, f"chargepoint-sim {__version__}\n")


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_examples(command: str) -> None:
    result = runner.invoke(app, [command, "--help"])
    assert result.exit_code == 0
    assert f"$ chargepoint-sim {command}" in result.output


def test_no_command_is_help() -> None:
    result = runner.invoke(app, [])
    for command in COMMANDS:
        assert re.search(rf"^\W*{command} ", result.output, re.MULTILINE), command


def test_the_client_knows_the_paths_of_the_api() -> None:
    from chargepoint_sim.api.native.commands import COMMAND_ROUTES
    from chargepoint_sim.api.native.commands import COMMANDS as CORE_COMMANDS

    paths = {route.path for route in COMMAND_ROUTES}
    missing = [one for one in CORE_COMMANDS if f"/v1/chargers/{{selector}}/commands/{command_name(one)}" not in paths]
    assert missing == []


def test_ctl_has_every_command_of_the_core() -> None:
    from chargepoint_sim.api.native.commands import COMMANDS as CORE_COMMANDS
    from chargepoint_sim.cli.ctl import acts, backstage

    source = Path(acts.__file__).read_text() + Path(backstage.__file__).read_text()
    assert [command.__name__ for command in CORE_COMMANDS if f"core.{command.__name__}(" not in source] == []


def test_check_prints_the_plan(tmp_path: Path) -> None:
    result = runner.invoke(app, ["check", str(fleet_file(tmp_path))])
    assert result.exit_code == 0
    assert "Fleet tested: 2 chargers" in result.output
    assert "the built-in central system, security profile 0" in result.output


def test_check_of_a_missing_file(tmp_path: Path) -> None:
    result = runner.invoke(app, ["check", str(tmp_path / "none.yaml")])
    assert result.exit_code == 2
    assert "none.yaml" in result.stderr
    assert "No such file" in result.stderr


def test_check_tells_every_mistake_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "fleet.yaml"
    file.write_text("fleet: {sed: 1}\ncsms: {url: builtin}\nchargers:\n  - {template: public-ac-2, id: A}\n")
    result = runner.invoke(app, ["check", str(file)])
    assert result.exit_code == 2
    assert f"{file}:1: fleet.sed: found the unknown key 'sed'; did you mean 'seed'?" in result.stderr
    assert f"{file}:4: chargers[0].template" in result.stderr
    assert "2 mistakes" in result.stderr


def test_secrets_of_a_wrong_file_are_not_repeated(tmp_path: Path) -> None:
    file = tmp_path / "fleet.yaml"
    file.write_text("csms: {url: 'wss://user:hunter2@host/x'}\nchargers: [{template: public-ac-22, id: A}]\n")
    result = runner.invoke(app, ["check", str(file)])
    assert result.exit_code == 2
    assert "hunter2" not in result.output + result.stderr


def test_export_as_csv_and_as_json(tmp_path: Path) -> None:
    file = str(fleet_file(tmp_path))
    csv = runner.invoke(app, ["export", file, "--csv"])
    assert csv.output.splitlines()[0].startswith("charger_id,identity,url,version")
    assert [line.split(",")[0] for line in csv.output.splitlines()[1:]] == ["A-16", "A-201"]
    exported = runner.invoke(app, ["export", file, "--json"])
    assert [row["version"] for row in json.loads(exported.output)] == ["1.6", "2.0.1"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["run", "x.yaml", "--for", "10x"], "is no duration"),
        (["run", "x.yaml", "--until", "tired"], "booted"),
        (["ctl", "A", "power-update"], "--clear"),
        (["ctl", "A", "power-update", "--watts", "1", "--clear"], "--clear"),
        (["ctl", "A", "power-update", "--watts", "-1"], "greater than or equal to 0"),
        (["ctl", "A", "plug-in", "--soc", "20"], "no state of charge"),
        (["ctl", "A", "wait", "--status", "Sleeping"], "no status"),
        (["ctl", "A", "plugin"], "plug-in"),
        (["ctl", "A", "show", "--api", "ftp://x"], "no URL of a control API"),
        (["ctl", "A", "show", "--api", "http://127.0.0.1:1"], "no daemon answers"),
        (["tail", "A", "--api", "127.0.0.1:1"], "no daemon answers"),
        (["csms", "--config", "none.yaml"], "none.yaml"),
        (["csms", "--port", "70000"], "65535"),
    ],
)
def test_wrong_input_is_exit_status_2_with_words(arguments: list[str], words: str) -> None:
    result = runner.invoke(app, arguments)
    assert result.exit_code == 2
    assert words in " ".join(result.stderr.split())
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("command", ["limits", "plug-in", "wait"])
def test_help_of_a_ctl_command_needs_no_selector(command: str) -> None:
    assert f"ctl {{SELECTOR}} {command}" in runner.invoke(app, ["ctl", command, "--help"]).output
