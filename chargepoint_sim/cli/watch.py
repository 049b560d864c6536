"""What a running fleet looks like while it runs: a live table, bars during ramp-up, or lines for logs and pipes."""

import asyncio
from collections.abc import Awaitable, Callable

from rich.console import Console
from rich.live import Live
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

from chargepoint_sim.cli.fleet_table import evse_count, fleet_table
from chargepoint_sim.cli.options import say
from chargepoint_sim.fleet.views import counted
from chargepoint_sim.runtime.fleet import Counts, RunningFleet

TABLE_EVERY_S = 1.0
BARS_EVERY_S = 0.2
LINE_EVERY_S = 5.0
BOOT_GRACE_S = 10.0
"""How long after the last charger has powered up its boot is waited for before the fleet is summed up."""

_TABLE_FRAME = 7
"""Lines of a table that are no rows: title, heading, borders, caption."""

Settled = Callable[[], Awaitable[None]]
"""Called once, when the fleet has ramped up."""


async def watch(fleet: RunningFleet, to: Console, title: str) -> None:
    """Keep a table of the fleet on the terminal until cancelled."""
    with Live(console=to, auto_refresh=False) as live:
        while True:
            live.update(await _table(fleet, title, to.height), refresh=True)
            await asyncio.sleep(TABLE_EVERY_S)


async def tell_lines(fleet: RunningFleet, to: Console) -> None:
    """Print a line every few seconds until cancelled."""
    while True:
        say(to, counts_line(fleet.counts()))
        await asyncio.sleep(LINE_EVERY_S)


async def ramp_up(fleet: RunningFleet, to: Console) -> None:
    """Show how the fleet ramps up; return when it has, or a little later where chargers do not boot."""
    if to.is_terminal:
        await _bars(fleet, to)
    else:
        await _ramp_lines(fleet, to)


async def _bars(fleet: RunningFleet, to: Console) -> None:
    columns = (TextColumn("{task.description:<10}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=to, transient=True) as progress:
        counts = fleet.counts()
        bars: dict[str, TaskID] = {
            name: progress.add_task(name, total=counts.total) for name in ("powered", "connected", "booted")
        }
        end = _End(fleet)
        while not end.reached(counts):
            await asyncio.sleep(BARS_EVERY_S)
            counts = fleet.counts()
            for name, bar in bars.items():
                progress.update(bar, completed=getattr(counts, name))


async def _ramp_lines(fleet: RunningFleet, to: Console) -> None:
    end = _End(fleet)
    loop = asyncio.get_running_loop()
    due_at = loop.time() + LINE_EVERY_S
    while not end.reached(counts := fleet.counts()):
        if loop.time() >= due_at:
            say(to, f"ramp-up: {counts_line(counts)}")
            due_at += LINE_EVERY_S
        await asyncio.sleep(BARS_EVERY_S)


class _End:
    """Whether the ramp-up is over."""

    def __init__(self, fleet: RunningFleet) -> None:
        self._fleet = fleet
        self._over_at: float | None = None

    def reached(self, counts: Counts) -> bool:
        if self._fleet.ramping:
            return False
        now = asyncio.get_running_loop().time()
        self._over_at = self._over_at or now + BOOT_GRACE_S
        return counts.booted == counts.total or now >= self._over_at


def counts_line(counts: Counts) -> str:
    """The fleet in one line."""
    return (
        f"{counts.powered:,} of {counted(counts.total, 'charger')} powered up, {counts.connected:,} connected, "
        f"{counts.booted:,} booted, {counts.charging:,} charging, {counts.power_w / 1000:,.1f} kW"
    )


async def _table(fleet: RunningFleet, title: str, height: int) -> Table:
    room = max(height - _TABLE_FRAME, 5)
    views, total = await fleet.list(limit=room)
    while evse_count(views) > room and len(views) > 1:
        views = views[:-1]
    hidden = f"; {total - len(views):,} more chargers do not fit here" if total > len(views) else ""
    return fleet_table(views, title=title, caption=counts_line(fleet.counts()) + hidden)
