"""The commands of `ctl` that look: show, limits, wait."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Sequence
from typing import TYPE_CHECKING, Annotated

import orjson
import typer
from rich.table import Table

from chargepoint_sim.cli.ctl.target import Target
from chargepoint_sim.cli.durations import duration
from chargepoint_sim.cli.fleet_table import displays_table, fleet_table, limits_table
from chargepoint_sim.cli.helptext import add
from chargepoint_sim.cli.options import console, say
from chargepoint_sim.errors import LocalError
from chargepoint_sim.fleet.views import ChargerView, FleetEvent

if TYPE_CHECKING:
    from chargepoint_sim.client import FleetClient

STATUSES = (
    "Available", "Preparing", "Charging", "SuspendedEV", "SuspendedEVSE", "Finishing", "Reserved", "Unavailable",
    "Faulted",
)  # fmt: skip
"""ChargePointStatus of 1.6 section 7.7, which views use for every version."""

GATHER_S = 0.1
"""Events that come within this time lead to one look at each of their chargers."""
LOOK_AGAIN_S = 5.0
"""A status may change without an event of its own, so waiting looks this often all the same."""


def register(group: typer.Typer) -> None:
    """Add the commands."""
    add(group, show, "ctl '*' show", "ctl dep-789 show --json")
    add(group, limits, "ctl dep-789 limits")
    add(group, wait, "ctl dep-789 wait --status Charging --timeout 30", "ctl loc-456 wait --status Available")


def show(ctx: typer.Context) -> None:
    """Show link, status, power and transaction of every outlet, and what stands on displays."""
    target: Target = ctx.obj
    views = target.door.use(lambda client: client.chargers(target.selector))
    _show(views, fleet_table, target.json)
    displays = [view for view in views if view.display is not None]
    if displays and not target.json:
        console().print(displays_table(displays))


def limits(ctx: typer.Context) -> None:
    """Show which layer binds the offer of every outlet, and what binds the vehicle's draw."""
    _print(ctx, limits_table)


def wait(
    ctx: typer.Context,
    status: Annotated[str, typer.Option(help=f"One of {', '.join(STATUSES)}.", show_default=False)],
    timeout_s: Annotated[
        float, typer.Option("--timeout", parser=duration, metavar="DURATION", help="How long to wait, in real time.")
    ] = 60.0,
    evse: Annotated[int | None, typer.Option(min=1, help="EVSE; none means any of the charger.")] = None,
) -> None:
    """Wait until every selected charger has an outlet in a status; exit status 1 when the time is over."""
    target: Target = ctx.obj
    wanted = _status(status)

    def is_there(view: ChargerView) -> bool:
        return any(one.status == wanted and evse in (None, one.evse_id) for one in view.evses)

    async def watch(client: "FleetClient") -> list[ChargerView]:
        return await _until(client, target.selector, is_there, timeout_s)

    views = target.door.use(watch)
    _show(views, fleet_table, target.json)
    missing = [view.charger_id for view in views if not is_there(view)]
    if missing:
        if not target.json:
            say(console(), f"not {wanted} after {timeout_s:g} s: {', '.join(missing)}")
        raise typer.Exit(1)


def _status(written: str) -> str:
    known = {status.casefold(): status for status in STATUSES}
    try:
        return known[written.casefold()]
    except KeyError:
        raise typer.BadParameter(f"{written!r} is no status; allowed: {', '.join(STATUSES)}") from None


def _print(ctx: typer.Context, table: Callable[[Sequence[ChargerView]], Table]) -> None:
    target: Target = ctx.obj
    _show(target.door.use(lambda client: client.chargers(target.selector)), table, target.json)


def _show(views: Sequence[ChargerView], table: Callable[[Sequence[ChargerView]], Table], json: bool) -> None:
    if json:
        typer.echo(orjson.dumps(views, option=orjson.OPT_INDENT_2))
    else:
        console().print(table(views))


async def _until(
    client: "FleetClient", selector: str, is_there: Callable[[ChargerView], bool], timeout_s: float
) -> list[ChargerView]:
    """The selected chargers once all are there, or when the time is over; looks when something happens to them."""
    deadline = time.monotonic() + timeout_s
    async with client.events([selector]) as events:
        views = {view.charger_id: view for view in await client.chargers(selector)}
        missing = {charger_id for charger_id, view in views.items() if not is_there(view)}
        touched = _Touched(events)
        async with touched:
            while missing and (left_s := deadline - time.monotonic()) > 0:
                changed = await touched.next(min(left_s, LOOK_AGAIN_S))
                for charger_id in missing & changed if changed is not None else set(missing):
                    views[charger_id] = await client.charger(charger_id)
                    if is_there(views[charger_id]):
                        missing.discard(charger_id)
    return list(views.values())


class _Touched:
    """The chargers to which something happened since the last question."""

    def __init__(self, events: AsyncIterator[FleetEvent]) -> None:
        self._events = events
        self._ids: set[str] = set()
        self._some = asyncio.Event()
        self._reading: asyncio.Task[None] | None = None

    async def __aenter__(self) -> None:
        self._reading = asyncio.create_task(self._read())

    async def __aexit__(self, *_: object) -> None:
        assert self._reading is not None
        self._reading.cancel()
        with contextlib.suppress(asyncio.CancelledError, LocalError):
            await self._reading

    async def next(self, within_s: float) -> set[str] | None:
        """Charger ids; None when nothing happened. Raises LocalError when the daemon has gone."""
        try:
            async with asyncio.timeout(within_s):
                await self._some.wait()
        except TimeoutError:
            return None
        if self._reading is not None and self._reading.done():
            self._reading.result()
            raise LocalError("the daemon stopped while it was waited for")
        await asyncio.sleep(GATHER_S)
        ids, self._ids = self._ids, set()
        self._some.clear()
        return ids

    async def _read(self) -> None:
        try:
            async for event in self._events:
                self._ids.add(event.charger_id)
                self._some.set()
        finally:
            self._some.set()
