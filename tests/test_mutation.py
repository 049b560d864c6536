"""The mutation run: what it puts in place of a handler, and what it says of a mutant that survives."""

import subprocess
import sys

import pytest

from chargepoint_sim.protocol.frames import Version
from chargepoint_sim.protocol.schemas import schemas
from chargepoint_sim.protocol.versions import adapter
from scripts import mutants
from scripts.samples import sample, schema_of
from scripts.shown import ROOT


def mutation(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "scripts.mutants", "--workers", "1", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)


def test_every_handler_is_a_mutant() -> None:
    handlers = {(mutant.version, mutant.key) for mutant in mutants.mutants() if mutant.kind == "handles"}
    assert handlers == {(version, action) for version in Version for action in adapter(version).handles}


@pytest.mark.parametrize("version", list(Version))
def test_the_answer_of_a_mutant_is_valid_and_says_yes(version: Version) -> None:
    for action in adapter(version).handles:
        answer = sample(schema_of(version, f"{action}Response"), full=False)
        assert schemas(version).check_response(action, answer) is None
        assert answer.get("status", "Accepted") in {"Accepted", "Unlocked", "Unpublished"}


def test_a_mutant_that_a_test_notices_is_no_survivor() -> None:
    done = mutation("--table", "handles", "GetConfiguration")
    assert done.returncode == 0, done.stderr
    row = next(line for line in done.stdout.splitlines() if "GetConfiguration" in line)
    assert row.split()[:3] == ["1.6", "handles", "GetConfiguration"]
    assert "tests/protocol/v16/test_v16_keys.py::" in row
    assert done.stdout.endswith("\n1 mutants, 0 survived\n")


def test_a_mutant_that_no_test_notices_is_told_and_fails_the_run() -> None:
    done = mutation("--tests", "tests/protocol/v16/test_v16_session.py", "GetDiagnostics")
    assert done.returncode == 1, done.stderr
    row = next(line for line in done.stdout.splitlines() if "GetDiagnostics" in line)
    assert row.split() == ["1.6", "handles", "GetDiagnostics", "1", "SURVIVED"]
    assert done.stderr == "no test notices that 1.6 handles GetDiagnostics does nothing\n"


def test_what_has_no_rule_is_refused() -> None:
    done = mutation("FlyToTheMoon")
    assert done.returncode == 2
    assert "there is no rule for FlyToTheMoon" in done.stderr


def test_tests_that_cannot_be_run_kill_nothing() -> None:
    done = mutation("--tests", "tests/no_such_file.py", "ClearCache")
    assert done.returncode == 1
    assert "pytest ended with" in done.stderr
