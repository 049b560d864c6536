"""Writes docs/acceptance-2.0.1.md: each station case of the 2.0.1 certification, and whether a test plays it."""

import sys
from pathlib import Path

from scripts.pages import write_or_compare
from tests.acceptance_v201.cases import DOES_NOT_APPLY, Case, cases, played

PAGE = Path(__file__).resolve().parent.parent / "docs" / "acceptance-2.0.1.md"

HEAD = """# Station cases of the 2.0.1 certification

Made by `scripts/docs` from `tests/acceptance_v201`; do not edit. Modelled on the case numbers of parts 5 and 6 of the
standard; not a certification. *passed by test*: the named test plays the case end to end against the schemas, and
the suite is green only while it passes. *unverified*: no test plays it. *does not apply*: a
conditional case of a station that is built otherwise.

M: a station of the profile must pass it; C: if it has the feature.
"""


def page() -> str:
    """The whole page."""
    known, done = cases(), played()
    parts = [HEAD, f"\n{len(done)} of {len(known)} cases are passed by a test.\n"]
    profiles = dict.fromkeys(profile for case in known.values() for profile, _ in case.profiles)
    parts.append("\n| Profile | Cases | Passed by test |\n|---|---|---|\n")
    for profile in profiles:
        wanted = [case.case_id for case in known.values() if profile in dict(case.profiles)]
        parts.append(f"| {profile} | {len(wanted)} | {sum(case_id in done for case_id in wanted)} |\n")
    parts.append("\n| Case | Profile | Verdict | Title | Requirements | Test |\n|---|---|---|---|---|---|\n")
    parts.extend(_row(case) for case in known.values())
    return "".join(parts)


def _row(case: Case) -> str:
    profiles = ", ".join(f"{profile} {duty}" for profile, duty in case.profiles)
    test = played().get(case.case_id)
    if case.case_id in DOES_NOT_APPLY:
        return f"| {case.case_id} | {profiles} | does not apply: {DOES_NOT_APPLY[case.case_id]} | | | |\n"
    if test is None:
        return f"| {case.case_id} | {profiles} | unverified | | | |\n"
    return (
        f"| {case.case_id} | {profiles} | passed by test | {test.title} | {test.requirements} | `{test.file_name}` |\n"
    )


if __name__ == "__main__":
    sys.exit(write_or_compare(PAGE, page(), __doc__))
