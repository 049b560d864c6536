"""The pages of docs/ say what the code does: every deadline has its row, the generated page is up to date."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from chargepoint_sim.charger import Charger
from chargepoint_sim.core import station
from chargepoint_sim.protocol.frames import Version
from chargepoint_sim.protocol.versions import adapter
from scripts.shown import FOLDERS, NOTHING_TO_SHOW, must_show, shown

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"


def section(page: str, title: str) -> str:
    """The text of one section of a page."""
    return re.split(r"^## ", (DOCS / page).read_text(encoding="utf-8").split(f"## {title}\n")[1], flags=re.MULTILINE)[0]


def names(text: str) -> list[str]:
    """The first column of the tables in a text, where it is code."""
    return re.findall(r"^\| `(\w+)` \|", text, flags=re.MULTILINE)


def test_every_deadline_of_the_sim_axis_has_its_row() -> None:
    wakes = {name for version in Version for name in adapter(version).wakes}
    assert sorted(names(section("timers.md", "Of one charger, sim axis"))) == sorted(set(station._DEADLINES) | wakes)


def test_every_deadline_of_the_io_axis_has_its_row() -> None:
    assert sorted(names(section("timers.md", "Of one charger, io axis"))) == sorted(Charger._IO_DEADLINES)


@pytest.mark.parametrize("page", ["messages_page", "keys_page", "quirks_page"])
def test_the_pages_made_from_the_code_are_up_to_date(page: str) -> None:
    command = [sys.executable, "-m", f"scripts.{page}", "--check"]
    check = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    assert check.returncode == 0, check.stdout + check.stderr


@pytest.mark.parametrize("version", list(Version))
def test_every_message_that_does_something_has_one_test_in_which_it_shows(version: Version) -> None:
    assert set(shown(version)) == must_show(adapter(version)), "mark one test of each: @pytest.mark.shows(<action>)"
    assert set(NOTHING_TO_SHOW[version]) <= {*adapter(version).handles, *adapter(version).results}


def test_a_message_is_shown_by_one_test_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mark = '@pytest.mark.shows("Reset")\ndef test_{}(): pass\n'
    (tmp_path / "test_it.py").write_text(mark.format("a") + mark.format("b"), encoding="utf-8")
    monkeypatch.setitem(FOLDERS, Version.V16, tmp_path)
    with pytest.raises(ValueError, match="Reset is shown twice"):
        shown.__wrapped__(Version.V16)


def test_every_configuration_key_has_a_test() -> None:
    rows = (DOCS / "configuration-keys.md").read_text(encoding="utf-8").splitlines()
    assert [row for row in rows if row.startswith("| `") and row.endswith("| none |")] == []


def test_every_file_that_a_page_names_exists() -> None:
    missing = []
    for page in sorted(DOCS.rglob("*.md")):
        if page.parent.name == "decisions":
            continue  # a decision speaks of its own day
        built, _, _ = page.read_text(encoding="utf-8").partition("## Where the house differs")
        for name in re.findall(r"`((?:[\w.-]+/)+[\w.-]*)`", built):
            places = (ROOT / name, ROOT / "chargepoint_sim" / name)
            if not any(place.exists() for place in places):
                missing.append(f"{page.name}: {name}")
    assert missing == []


def test_decisions_are_numbered_without_gaps_and_say_why() -> None:
    pages = sorted((DOCS / "decisions").glob("*.md"))
    assert [page.name[:4] for page in pages] == [f"{number:04d}" for number in range(1, len(pages) + 1)]
    for page in pages:
        text = page.read_text(encoding="utf-8")
        assert text.startswith(f"# {page.name[:4]}: ")
        assert re.findall(r"^## (\w+)", text, flags=re.MULTILINE) == ["Context", "Decision", "Consequence"]


def test_the_page_of_the_house_names_decisions_that_exist() -> None:
    numbers = set(re.findall(r"decision (\d{4})", (DOCS / "architecture.md").read_text(encoding="utf-8")))
    assert numbers
    assert numbers <= {page.name[:4] for page in (DOCS / "decisions").glob("*.md")}


def test_the_python_of_the_page_of_the_house_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    code = re.findall(r"```python\n(.*?)```", (DOCS / "architecture.md").read_text(encoding="utf-8"), flags=re.DOTALL)
    monkeypatch.chdir(ROOT)
    for one in code:
        names: dict[str, Any] = {}
        exec(one.replace("86400", "600"), names)
        assert names["simulation"].summary().booted > 0
