"""Verdicts of checks and cases, and how those of many make that of one."""

import enum
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from chargepoint_sim.conformance.trace import TraceFrame


class Verdict(enum.StrEnum):
    """How a check or a case ended."""

    PASS = "PASS"
    WARN = "WARN"
    """Allowed, but discouraged."""
    INCONCLUSIVE = "INCONCLUSIVE"
    """What was to be judged was not seen: no trigger, no answer of the operator."""
    FAIL = "FAIL"
    """A requirement is broken."""
    ERROR = "ERROR"
    """The harness failed, not the central system."""
    SKIPPED = "SKIPPED"
    """The driver cannot do what the case needs, or its test data are missing."""
    NOT_APPLICABLE = "NOT_APPLICABLE"
    """The central system does not claim the feature."""


class Strictness(enum.StrEnum):
    """What a run makes of things that a case does not ask about."""

    STRICT = "strict"
    """A CALL of the central system that no step asks for fails the case, as with the official tool."""
    NORMAL = "normal"
    """Such CALLs are answered and noted."""
    LENIENT = "lenient"
    """Breaches that only the monitors see are WARNs."""


_WEIGHT = (Verdict.PASS, Verdict.WARN, Verdict.INCONCLUSIVE, Verdict.FAIL, Verdict.ERROR)
"""From light to heavy; the other two are decided before a case begins or end it on the spot."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at."""

    check_id: str
    verdict: Verdict
    expected: str
    actual: str
    reference: str = ""
    """Chapter of the standard."""
    message_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StepRecord:
    """One step that was carried out."""

    text: str
    at_s: float
    """Seconds since the case began."""
    checks: tuple[Check, ...] = ()


@dataclass(frozen=True, slots=True)
class CaseResult:
    """How one case ended, with all that was seen."""

    case_id: str
    title: str
    profile: str
    verdict: Verdict
    reason: str
    """One sentence: what decided, empty for a PASS."""
    identity: str
    duration_s: float
    steps: Sequence[StepRecord] = ()
    monitors: Sequence[Check] = ()
    frames: Sequence[TraceFrame] = field(default_factory=tuple)

    @property
    def checks(self) -> list[Check]:
        """All checks, those of the steps first."""
        return [check for step in self.steps for check in step.checks] + list(self.monitors)


def heaviest(verdicts: Iterable[Verdict]) -> Verdict:
    """The verdict of a case from those of its checks; no check at all shows nothing."""
    return max(verdicts, key=_WEIGHT.index, default=Verdict.INCONCLUSIVE)


def exit_status(results: Sequence[CaseResult]) -> int:
    """0 pass, 1 a case failed, 2 the harness failed, 3 nothing worse than inconclusive."""
    found = {result.verdict for result in results}
    if Verdict.ERROR in found or not results:
        return 2
    if Verdict.FAIL in found:
        return 1
    return 3 if Verdict.INCONCLUSIVE in found else 0


def counted(results: Sequence[CaseResult]) -> dict[str, int]:
    """How many cases ended with each verdict."""
    return {verdict.value: sum(result.verdict is verdict for result in results) for verdict in Verdict}


def shown(value: Any, limit: int = 160) -> str:
    """A value as one short line for people."""
    text = repr(value)
    return text if len(text) <= limit else text[: limit - 1] + "…"
