"""The pool of slow work: how much of it runs at once, and what takes no place in it."""

import asyncio

from chargepoint_sim.core.jobs import Download, Job, JobResult, Pause
from chargepoint_sim.runtime.jobs import JobPool, Worker
from chargepoint_sim.runtime.workers import workers
from chargepoint_sim.transport.shelf import Shelf


async def test_pauses_pass_while_all_places_are_taken() -> None:
    taken, go = asyncio.Event(), asyncio.Event()

    async def download(_: Job) -> JobResult:
        taken.set()
        await go.wait()
        return "fetched"

    jobs: dict[type[Job], Worker] = {**workers(Shelf()), Download: download}
    pool = JobPool(jobs, at_once=1)
    results: asyncio.Queue[JobResult] = asyncio.Queue()
    pool.start(Download("http://host/f"), results.put_nowait)
    await taken.wait()
    for _ in range(3):
        pool.start(Pause(0.001), results.put_nowait)
    async with asyncio.timeout(10):
        assert [await results.get() for _ in range(3)] == [None, None, None]
        go.set()
        assert await results.get() == "fetched"
    await pool.stop()
