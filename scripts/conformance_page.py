"""Writes the table of cases in docs/conformance.md from the case files."""

import argparse
import sys
from pathlib import Path

from chargepoint_sim.conformance.cases import Case, load_cases
from chargepoint_sim.protocol.frames import Version

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "conformance.md"
BEGIN, END = "<!-- cases: made by scripts/docs -->\n", "<!-- end of cases -->\n"


def table(cases: tuple[Case, ...]) -> str:
    """All cases, one a row."""
    rows = ["| Case | Profile | Title | The central system must | Asks of it |\n|---|---|---|---|---|\n"]
    rows += [f"| {one.case_id} | {one.profile} | {one.title} | {one.must} | {asks(one)} |\n" for one in cases]
    return f"{len(cases)} cases.\n\n" + "".join(rows)


def asks(case: Case) -> str:
    """What the driver or the test data must provide."""
    parts = [*case.triggers, *case.prepare, *(f"`{need}`" for need in case.needs)]
    return ", ".join(parts) or "nothing"


def page(text: str) -> str:
    """The page with a fresh table."""
    head, _, rest = text.partition(BEGIN)
    _, _, tail = rest.partition(END)
    return f"{head}{BEGIN}\n{table(load_cases(Version.V16))}\n{END}{tail}"


def main() -> int:
    """Write the page, or with --check say whether it is up to date."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    text = PAGE.read_text(encoding="utf-8")
    fresh = page(text)
    if not parser.parse_args().check:
        PAGE.write_text(fresh, encoding="utf-8")
    elif text != fresh:
        sys.stderr.write("docs/conformance.md is not up to date: run scripts/docs\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
