"""How hints call this program."""

import sys
from pathlib import Path

import pytest

from chargepoint_sim.cli.invocation import program


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An environment of its own below the folder where the user stands, which is not on the PATH."""
    folder = tmp_path / ".venv" / "bin"
    folder.mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "executable", str(folder / "python"))
    monkeypatch.setenv("PATH", str(tmp_path))
    return folder


def command_in(folder: Path) -> None:
    (folder / "chargepoint-sim").write_text("#!/bin/sh\n")
    (folder / "chargepoint-sim").chmod(0o755)


def test_a_command_off_the_path_is_called_by_the_way_to_it(environment: Path) -> None:
    command_in(environment)
    assert program() == ".venv/bin/chargepoint-sim"


def test_a_command_on_the_path_is_called_by_its_name(environment: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    command_in(environment)
    monkeypatch.setenv("PATH", str(environment))
    assert program() == "chargepoint-sim"


def test_the_command_of_another_installation_is_not_meant(environment: Path, tmp_path: Path) -> None:
    command_in(environment)
    command_in(tmp_path)
    assert program() == ".venv/bin/chargepoint-sim"


@pytest.mark.usefixtures("environment")
def test_without_a_command_the_module_is_run() -> None:
    assert program() == ".venv/bin/python -m chargepoint_sim"
