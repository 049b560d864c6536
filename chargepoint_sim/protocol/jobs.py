"""Jobs of a charger that are under way, and what is to follow each."""

from dataclasses import dataclass, field
from typing import Self

from chargepoint_sim.core.jobs import Job
from chargepoint_sim.protocol.effects import StartJob
from chargepoint_sim.protocol.frames import Call


@dataclass(slots=True)
class Waiting:
    """A job under way."""

    then: str
    """Name of the adapter's rule that takes the result."""
    note: object
    answering: Call | None = None
    """The CALL of the central system that the result answers; None when nothing was promised, or the link went."""


@dataclass(slots=True)
class Jobs:
    """All jobs of one charger."""

    started: int = 0
    waiting: dict[int, Waiting] = field(default_factory=dict)

    def start(self, job: Job, waiting: Waiting) -> StartJob:
        """Note a job; the effect has it done."""
        self.started += 1
        self.waiting[self.started] = waiting
        return StartJob(self.started, job)

    def take(self, job_id: int) -> Waiting | None:
        """What is to follow a job that is done; None for one that was forgotten."""
        return self.waiting.pop(job_id, None)

    def abandoned(self) -> Self:
        """After a power cut nothing waits for them; ids go on, so that a late result meets nobody."""
        self.waiting.clear()
        return self

    def link_lost(self) -> None:
        """The CALLs that were to be answered are gone with their link."""
        for waiting in self.waiting.values():
            waiting.answering = None
