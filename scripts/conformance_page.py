"""Writes the tables of cases in docs/conformance.md, one a version, from the case files."""

import sys
from pathlib import Path

from chargepoint_sim.conformance.cases import Case, load_cases
from chargepoint_sim.protocol.frames import Version
from scripts.pages import write_or_compare

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "conformance.md"
BEGIN, END = "<!-- cases: made by scripts/docs -->\n", "<!-- end of cases -->\n"


def table(version: Version) -> str:
    """All cases of a version, one a row."""
    cases = load_cases(version)
    rows = ["| Case | Profile | Title | The central system must | Asks of it |\n|---|---|---|---|---|\n"]
    rows += [f"| {one.case_id} | {one.profile} | {one.title} | {one.must} | {asks(one)} |\n" for one in cases]
    return f"### OCPP {version}\n\n{len(cases)} cases.\n\n" + "".join(rows)


def asks(case: Case) -> str:
    """What the driver or the test data must provide."""
    parts = [*case.triggers, *case.prepare, *(f"`{need}`" for need in case.needs)]
    return ", ".join(parts) or "nothing"


def page(text: str) -> str:
    """The page with a fresh table."""
    head, _, rest = text.partition(BEGIN)
    _, _, tail = rest.partition(END)
    return f"{head}{BEGIN}\n" + "\n".join(table(version) for version in Version) + f"\n{END}{tail}"


if __name__ == "__main__":
    sys.exit(write_or_compare(PAGE, page(PAGE.read_text(encoding="utf-8")), __doc__))
