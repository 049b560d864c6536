"""What a month was and whether it held: tables for people. Pure: the pieces are played elsewhere."""

from collections import Counter
from collections.abc import Iterator, Sequence

from tests.month.watch import EXTERNAL, INVARIANTS, PROFILES, Played

_WITHIN = (PROFILES, EXTERNAL)
"""Lines that say what a verdict is worth and are none."""


def total(pieces: Sequence[Played]) -> Played:
    """All pieces together; the digests in order make one."""
    whole = Played(digest=" ".join(one.digest for one in pieces))
    for one in pieces:
        whole.lines += one.lines
        whole.examples += one.examples
        for sums, part in (
            (whole.happened, one.happened),
            (whole.told, one.told),
            (whole.answered, one.answered),
            (whole.checked, one.checked),
            (whole.breaches, one.breaches),
        ):
            sums.update(part)  # type: ignore[arg-type]  # each Counter with its own kind
    return whole


def happened(played: Played) -> Iterator[str]:
    """What was done and told."""
    yield "What happened"
    yield from _lines(played.happened)
    yield ""
    yield "CALLs of the chargers"
    yield from _lines(played.told)
    yield ""
    yield "CALLs of the central system, as answered"
    by_action: dict[str, list[str]] = {}
    for (action, answer), times in sorted(played.answered.items()):
        by_action.setdefault(action, []).append(f"{times:,} {answer}")
    for action, answers in by_action.items():
        yield f"  {action:<26} {', '.join(answers)}"


def verdicts(played: Played, *, same_digests: bool | None) -> Iterator[str]:
    """Each invariant, how often it was looked at, and whether it held. `same_digests`: None where not tried."""
    yield f"{'Invariant':<60}{'looked at':>14}  verdict"
    for name in INVARIANTS:
        found = played.breaches[name]
        verdict = "" if name in _WITHIN else f"{found:,} BREACHES" if found else "holds"
        yield f"{name:<60}{played.checked[name]:>14,}  {verdict}".rstrip()
    words = {None: "not tried", True: "holds", False: "BROKEN"}
    yield f"{'a second run gives the same transcript':<60}{played.lines:>14,}  {words[same_digests]}"


def _lines(counts: Counter[str]) -> Iterator[str]:
    for name, times in sorted(counts.items()):
        yield f"  {name:<44}{times:>12,}"
