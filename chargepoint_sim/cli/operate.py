"""A daemon's life in a terminal: start, ramp up, run until something ends it, stop in order, report.

Owns when a run ends and with which exit status. What a fleet does is the daemon's; how it looks is `watch`'s.
"""

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable
from dataclasses import dataclass
from typing import Any

from rich.console import Console

from chargepoint_sim.cli import report, watch
from chargepoint_sim.cli.loop import StopSignals
from chargepoint_sim.cli.options import say
from chargepoint_sim.cli.orders import Orders, Until
from chargepoint_sim.config.plan import plan
from chargepoint_sim.daemon import Daemon
from chargepoint_sim.fleet.spec import FleetSpec
from chargepoint_sim.fleet.views import Cause, counted
from chargepoint_sim.logs import handle_uncaught
from chargepoint_sim.runtime.fleet import RunningFleet

POLL_S = 0.25

Hints = Callable[[Daemon], Iterable[str]]
"""Lines that tell a person what to do with a daemon that has started."""


async def operate(daemon: Daemon, orders: Orders, to: Console, hints: Hints = lambda _: ()) -> int:
    """Run the daemon as ordered; answers the exit status. Raises ConfigError and LocalError of the start."""
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: handle_uncaught(loop, context))
    stop = StopSignals()
    for line in _warnings(daemon.spec):
        say(to, line)
    async with daemon:
        _announce(daemon, to, hints)
        async with _beside(_show(daemon, orders, to)), _on_demand(daemon.fleet, to):
            reached = await _end_of_run(daemon, orders, stop)
        if reached:
            say(to, f"the fleet is {orders.until}: {report.counts_line(await daemon.fleet.summary())}")
        ending = await _judge(daemon.fleet, orders, reached, stop)
        if stop.asked:
            say(to, "pulling the plug" if daemon.power_cut else "stopping in order; Ctrl-C aborts at once")
    for line in ending.lines():
        say(to, line)
    return 1 if ending.causes or ending.sentence else 0


def _warnings(spec: FleetSpec) -> list[str]:
    """What the plan says of this host, before anything is started."""
    planned = plan(spec)
    lines = [f"Warning: {warning}" for warning in planned.warnings]
    if not planned.fits:
        tight = planned.demands[0]
        lines.append(
            f"Warning: {tight.limit}: about {tight.needed:,} needed, {tight.available:,} available. {tight.remedy}"
        )
    return lines


def _announce(daemon: Daemon, to: Console, hints: Hints) -> None:
    say(to, f"Fleet {daemon.spec.name}: {counted(len(daemon.spec.chargers), 'charger')}")
    if daemon.csms is not None:
        say(to, f"Built-in central system: {daemon.csms.url}")
    if daemon.api_url is not None:
        say(to, f"Control API: {daemon.api_url}, described at {daemon.api_url}/docs")
    for hint in hints(daemon):
        say(to, hint)


async def _show(daemon: Daemon, orders: Orders, to: Console) -> None:
    """Whatever is to be seen, until cancelled."""
    fleet = daemon.fleet
    if orders.watching and to.is_terminal:
        await watch.watch(fleet, to, f"Fleet {daemon.spec.name}, {daemon.api_url or 'no control API'}")
    await watch.ramp_up(fleet, to)
    await _sum_up(fleet, to)
    if orders.watching:
        await watch.tell_lines(fleet, to)


async def _sum_up(fleet: RunningFleet, to: Console) -> None:
    for line in report.summary_lines(await report.all_views(fleet), ramping=fleet.ramping):
        say(to, line)


@contextlib.asynccontextmanager
async def _on_demand(fleet: RunningFleet, to: Console) -> AsyncIterator[None]:
    """Sum the fleet up at every SIGUSR1."""
    loop = asyncio.get_running_loop()
    running: set[asyncio.Task[None]] = set()

    def start() -> None:
        task = asyncio.create_task(_sum_up(fleet, to))
        running.add(task)
        task.add_done_callback(running.discard)

    loop.add_signal_handler(signal.SIGUSR1, start)
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGUSR1)
        signal.signal(signal.SIGUSR1, signal.SIG_IGN)  # one that comes during the stop must not end the process
        for task in running:
            task.cancel()


@contextlib.asynccontextmanager
async def _beside(work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Run `work` beside the block and end it with the block; what it raised comes out."""
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def _end_of_run(daemon: Daemon, orders: Orders, stop: StopSignals) -> bool:
    """Return when the run is over: True where what it waited for has come true."""
    reaching = asyncio.create_task(goal(daemon.fleet, orders.until))
    asked = asyncio.create_task(stop.wait())
    try:
        deadline_s = orders.deadline_s(daemon.spec)
        await asyncio.wait({reaching, asked}, timeout=deadline_s, return_when=asyncio.FIRST_COMPLETED)
        return reaching.done()
    finally:
        reaching.cancel()
        asked.cancel()


async def goal(fleet: RunningFleet, until: Until | None) -> None:
    """Return when what is waited for has come true; never for None."""
    if until is None:
        await asyncio.Event().wait()
    while True:
        counts = fleet.counts()
        booted = counts.booted == counts.total
        if booted and (until is Until.BOOTED or not (counts.transactions or counts.queued)):
            return
        await asyncio.sleep(POLL_S)


@dataclass(frozen=True, slots=True)
class _Ending:
    """Why a run failed; nothing where it did not."""

    sentence: str = ""
    causes: tuple[Cause, ...] = ()
    total: int = 0

    def lines(self) -> list[str]:
        """What to tell."""
        lines = [self.sentence] if self.sentence else []
        if self.causes:
            count = sum(len(cause.charger_ids) for cause in self.causes)
            lines.append(f"{count:,} of {counted(self.total, 'charger')} failed:")
            lines += report.cause_lines(self.causes)
        return lines


async def _judge(fleet: RunningFleet, orders: Orders, reached: bool, stop: StopSignals) -> _Ending:
    """Who failed. A run that had nothing to reach and was stopped by hand has not failed."""
    if reached or (stop.asked and orders.until is None):
        return _Ending()
    views = await report.all_views(fleet)
    causes = report.failed(views)
    if orders.until is Until.IDLE:
        causes += report.busy(view for view in views if report.has_booted(view))
    sentence = ""
    if orders.until is not None:
        sentence = f"the fleet was not {orders.until} when the run {'was stopped' if stop.asked else 'ended'}"
    return _Ending(sentence, causes, len(views))
