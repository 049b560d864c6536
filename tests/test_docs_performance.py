"""docs/performance.md names every benchmark with a command that its script takes, and no figure without its command."""

import re

import pytest

from tests.test_docs import DOCS, ROOT, section

PAGE = "performance.md"
BENCH = ROOT / "scripts" / "bench"
COMMON = (BENCH / "measure.py").read_text(encoding="utf-8")
COMMANDS = re.findall(r"`\.venv/bin/python (scripts/bench/\w+\.py)([^`]*)`", (DOCS / PAGE).read_text(encoding="utf-8"))


def test_every_benchmark_has_its_command() -> None:
    scripts = {f"scripts/bench/{path.name}" for path in BENCH.glob("*.py")}
    assert {script for script, _ in COMMANDS} == scripts - {"scripts/bench/measure.py", "scripts/bench/server.py"}


@pytest.mark.parametrize(("script", "options"), COMMANDS)
def test_a_script_takes_the_options_that_the_page_gives_it(script: str, options: str) -> None:
    text = (ROOT / script).read_text(encoding="utf-8") + COMMON
    assert [option for option in re.findall(r"--[\w-]+", options) if f'"{option}"' not in text] == []


def test_every_figure_has_its_commit_its_machine_and_its_command() -> None:
    rows = [row for row in section(PAGE, "Measured").splitlines() if row.startswith("| ")][1:]
    assert rows
    for row in rows:
        *_, commit, machine, command = (cell.strip() for cell in row.strip("| ").split(" | "))
        assert re.fullmatch(r"[0-9a-f]{7,40}", commit), row
        assert machine, row
        assert command.startswith("`.venv/bin/python scripts/bench/"), row
