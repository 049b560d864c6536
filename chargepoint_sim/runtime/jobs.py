"""Slow work in a bounded pool: what chargers want done, done beside the event loop (architecture chapter 4, Jobs).

Owns which function does which job. A job that fails comes back as JobFailed; a bug in one is counted and logged, and
comes back as JobFailed too.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import nullcontext

from chargepoint_sim import telemetry
from chargepoint_sim.core.jobs import Job, JobFailed, JobResult, Pause
from chargepoint_sim.logs import get_logger

JOBS_AT_ONCE = 16

log = get_logger("jobs")

Worker = Callable[[Job], Awaitable[JobResult]]


class JobPool:
    """Runs jobs, at most so many at once; the others wait in order. Pauses take no place."""

    def __init__(self, workers: Mapping[type[Job], Worker], at_once: int = JOBS_AT_ONCE) -> None:
        self._workers = workers
        self._places = asyncio.Semaphore(at_once)
        self._running: set[asyncio.Task[None]] = set()

    def start(self, job: Job, done: Callable[[JobResult], object]) -> None:
        """Have `job` done and call `done` with what came of it, on the event loop."""
        task = asyncio.create_task(self._run(job, done), name=f"job {type(job).__name__}")
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def stop(self) -> None:
        """Give up what is not done yet."""
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    async def _run(self, job: Job, done: Callable[[JobResult], object]) -> None:
        async with nullcontext() if isinstance(job, Pause) else self._places:
            telemetry.count("jobs_started", type(job).__name__)
            worker = self._workers.get(type(job))
            try:
                result = await worker(job) if worker else JobFailed(f"nothing does {type(job).__name__} here")
            except Exception as error:  # the boundary: a bug fails one job, and the charger is told
                telemetry.count("job_errors", type(job).__name__)
                log.error("job_broke", job=type(job).__name__, error=repr(error), exc_info=error)
                result = JobFailed(f"internal error: {error!r}")
        done(result)
