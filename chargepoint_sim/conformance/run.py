"""One case while it runs: its charger and bare links, what has been seen, and which frames are spoken for.

Frames are found in any order within a phase; a phase begins with each step at which somebody acts, and no frame serves
two steps.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from chargepoint_sim.conformance.cases import Case, Step
from chargepoint_sim.conformance.checks import at, obeys
from chargepoint_sim.conformance.drivers import Driver
from chargepoint_sim.conformance.probe import Probe
from chargepoint_sim.conformance.site import Site
from chargepoint_sim.conformance.testdata import TestData
from chargepoint_sim.conformance.trace import Trace, TraceFrame
from chargepoint_sim.conformance.verdicts import Check, Verdict

PATIENCE_S = 10.0
"""How long the charger itself may take for what it is to send; more than any of its timers in a case."""


class CaseEnded(Exception):
    """The case cannot go on; the verdict and why."""

    def __init__(self, verdict: Verdict, reason: str) -> None:
        super().__init__(reason)
        self.verdict = verdict
        self.reason = reason


@dataclass(slots=True)
class Run:
    """One case while it runs."""

    case: Case
    site: Site | None
    """None for a case on bare websockets."""
    probe: Probe
    driver: Driver
    data: TestData
    identity: str
    trace: Trace
    names: dict[str, Any]
    phase: int = 0
    """Number of the first frame that the next step may use."""
    used: set[int] = field(default_factory=set)
    closings: list[int] = field(default_factory=list)
    """Link events, by index, from which on an end is brought about by the case, until the link is up again."""
    others: dict[str, Probe] = field(default_factory=dict)
    """Further bare links, by the name that `who` gives them; each has a trace of its own."""

    def link(self, step: Step) -> Probe:
        """The bare link that a step speaks on."""
        who = step.words.get("who")
        if who is None:
            return self.probe
        if who not in self.others:
            self.others[who] = self.probe.another(str(who))
        return self.others[who]

    def begin_phase(self) -> None:
        """Somebody acts now."""
        self.phase = len(self.trace.frames)

    def expect_close(self) -> None:
        """The next end of the link is brought about by the case."""
        self.closings.append(len(self.trace.link))

    def close_after_all(self) -> None:
        """The end of the link that was expected last did not come."""
        self.closings.pop()

    def own_ends(self) -> set[int]:
        """The link events, by index, that the case brought about."""
        own: set[int] = set()
        for first in self.closings:
            for n in range(first, len(self.trace.link)):
                if self.trace.link[n].kind == "charger_connected":
                    break
                own.add(n)
        return own

    def take(self, frame: TraceFrame) -> None:
        """No other step uses this frame."""
        self.used.add(frame.number)

    def find(self, action: str, where: Mapping[str, Any], *, sent: bool) -> TraceFrame | None:
        """The first free CALL of the phase with these fields."""
        for frame in self.trace.frames[self.phase :]:
            fits = frame.sent == sent and frame.kind == "CALL" and frame.action == action
            if fits and frame.number not in self.used and all(obeys(r, at(frame.payload, p)) for p, r in where.items()):
                return frame
        return None


Checks = list[Check]
