"""The scripts that set up, run and test: they parse, the stamp decides, and the README names only what exists."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SCRIPTS = (
    "scripts/setup",
    "scripts/run",
    "scripts/test",
    "scripts/mutation",
    "scripts/lock/update",
    "scripts/month",
    "scripts/container/check",
    "scripts/container/install",
    ".ci/run",
)

# Stands in for the interpreter of the environment: writes down how it was called, and installs nothing.
RECORDER = """#!/bin/sh
case "$1" in -c | -) exec python3 "$@" ;; esac
printf '%s\\n' "$*" >> "$(dirname "$0")/calls"
"""


def call(script: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(script), *arguments],
        cwd="/",
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout in a place with a space, whose environment has a recorder for an interpreter."""
    place = tmp_path / "a checkout"
    shutil.copytree(ROOT / "scripts", place / "scripts")
    shutil.copy(ROOT / "pyproject.toml", place)
    interpreter = place / ".venv" / "bin" / "python"
    interpreter.parent.mkdir(parents=True)
    interpreter.write_text(RECORDER)
    interpreter.chmod(0o755)
    return place


def calls(checkout: Path) -> list[str]:
    written = checkout / ".venv" / "bin" / "calls"
    return written.read_text().splitlines() if written.exists() else []


def installs(checkout: Path) -> list[str]:
    return [line for line in calls(checkout) if line.startswith("-m pip install")]


@pytest.mark.parametrize("name", SCRIPTS)
def test_scripts_parse_and_stop_at_the_first_error(name: str) -> None:
    text = (ROOT / name).read_text()
    assert text.startswith("#!/usr/bin/env bash\n")
    assert "\nset -euo pipefail\n" in text
    assert os.access(ROOT / name, os.X_OK)
    assert subprocess.run(["bash", "-n", str(ROOT / name)], check=False).returncode == 0


def test_set_up_installs_once_from_the_lock_with_hashes(checkout: Path) -> None:
    first = call(checkout / "scripts/setup", "run")
    assert first.returncode == 0, first.stderr
    assert "Installing (first time only) ..." in first.stderr
    dependencies, package = installs(checkout)
    assert f"--require-hashes -r {checkout}/scripts/lock/run.txt" in dependencies
    assert f"--no-build-isolation --no-deps --editable {checkout}" in package

    second = call(checkout / "scripts/setup", "run")
    assert (second.returncode, second.stderr) == (0, "")
    assert len(installs(checkout)) == 2


@pytest.mark.parametrize("changed", ["pyproject.toml", "scripts/lock/run.txt"])
def test_set_up_installs_again_when_what_it_depends_on_changes(checkout: Path, changed: str) -> None:
    call(checkout / "scripts/setup", "run")
    with (checkout / changed).open("a") as file:
        file.write("# a new line\n")
    again = call(checkout / "scripts/setup", "run")
    assert "has changed" in again.stderr
    assert len(installs(checkout)) == 4


def test_an_environment_for_testing_serves_for_running(checkout: Path) -> None:
    call(checkout / "scripts/setup", "dev")
    assert f"{checkout}/scripts/lock/dev.txt" in installs(checkout)[0]
    assert call(checkout / "scripts/setup", "run").stderr == ""
    assert len(installs(checkout)) == 2


def test_a_failed_installation_leaves_no_stamp(checkout: Path) -> None:
    interpreter = checkout / ".venv" / "bin" / "python"
    interpreter.write_text(RECORDER + 'case "$*" in *--editable*) echo no network; exit 1 ;; esac\n')
    failed = call(checkout / "scripts/setup", "run")
    assert failed.returncode == 1
    assert "no network" in failed.stderr
    assert "installing failed" in failed.stderr
    assert list((checkout / ".venv").glob("stamp-*")) == []


def test_run_starts_the_demo_and_passes_arguments_on(checkout: Path) -> None:
    ran = call(checkout / "scripts/run", "--for", "10 s")
    assert ran.returncode == 0, ran.stderr
    assert calls(checkout)[-1] == "-m chargepoint_sim demo --for 10 s"


def test_a_machine_without_a_new_python_is_told_so(checkout: Path, tmp_path: Path) -> None:
    # All that the script needs of a machine, and a python3 that is too old.
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in ("bash", "dirname", "cat", "env"):
        found = shutil.which(name)
        assert found is not None
        (tools / name).symlink_to(found)
    (tools / "python3").write_text("#!/bin/sh\nexit 1\n")
    (tools / "python3").chmod(0o755)
    refused = call(checkout / "scripts/setup", "run", PATH=str(tools))
    assert refused.returncode == 1
    assert "Python 3.11 or newer is needed" in refused.stderr


def test_the_locks_agree_and_carry_hashes() -> None:
    pins = {}
    for kind in ("run", "dev"):
        text = (ROOT / "scripts" / "lock" / f"{kind}.txt").read_text()
        entries = re.findall(
            r"^([a-z0-9-]+)==(\S+)[^\n]*((?:\n    --hash=sha256:[0-9a-f]{64}[^\n]*)+)", text, re.MULTILINE
        )
        assert len(entries) == len(re.findall(r"^[a-z0-9-]+==", text, re.MULTILINE))
        pins[kind] = {name: version for name, version, _ in entries}
    assert pins["run"].items() <= pins["dev"].items()
    assert "setuptools" in pins["run"]


def test_the_readme_names_only_files_that_exist() -> None:
    readme = (ROOT / "README.md").read_text()
    named = set(re.findall(r"(?<![\w/.-])((?:scripts|configs|docs)/[\w./-]*\w)", readme))
    assert {"scripts/run", "scripts/test"} <= named
    assert [name for name in sorted(named) if not (ROOT / name).exists()] == []
