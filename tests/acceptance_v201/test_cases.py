"""The list of cases, and the page that is made of it."""

import subprocess
import sys
from pathlib import Path

from tests.acceptance_v201.cases import DOES_NOT_APPLY, Duty, cases, played

ROOT = Path(__file__).resolve().parents[2]


def test_every_test_is_that_of_a_case() -> None:
    assert set(played()) <= set(cases())


def test_what_does_not_apply_is_conditional_and_not_played() -> None:
    for case_id in DOES_NOT_APPLY:
        assert {duty for _, duty in cases()[case_id].profiles} == {Duty.CONDITIONAL}
        assert case_id not in played()


def test_some_cases_of_the_list() -> None:
    assert cases()["TC_B_06_CS"].profiles == (("Core", Duty.MANDATORY),)
    assert cases()["TC_K_12_CS"].profiles == (
        ("Smart Charging", Duty.CONDITIONAL),
        ("ISO 15118 Support", Duty.CONDITIONAL),
    )
    assert list(cases()) == sorted(cases())


def test_the_page_is_up_to_date() -> None:
    command = [sys.executable, "-m", "scripts.acceptance_page", "--check"]
    check = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    assert check.returncode == 0, check.stdout + check.stderr
