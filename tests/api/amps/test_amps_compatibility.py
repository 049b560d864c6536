"""The rows of docs/compatibility.md about the Amps device API name tests that exist."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[3]
FOLDERS = ("tests/api/amps", "tests/actions", "tests/e2e")


def test_every_decision_has_its_test() -> None:
    page = (ROOT / "docs/compatibility.md").read_text(encoding="utf-8")
    rows = [row for row in page.split("## Amps device API\n")[1].split("\n## ")[0].splitlines() if row.startswith("| ")]
    decisions = [row.rsplit("| ", 1)[1] for row in rows[1:]]
    named = [re.fullmatch(r"`(test_\w+)` \|", cell) for cell in decisions]
    assert len(named) > 40
    assert all(named), "a row without a test"
    sources = "\n".join(file.read_text(encoding="utf-8") for one in FOLDERS for file in (ROOT / one).glob("test_*.py"))
    existing = set(re.findall(r"def (test_\w+)\(", sources))
    assert {name[1] for name in named if name} <= existing
