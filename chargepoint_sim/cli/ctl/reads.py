"""The commands of `ctl` that look: show, limits, schedule, faults, wait."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Annotated

import orjson
import typer
from rich.table import Table

from chargepoint_sim.cli.ctl.target import Target
from chargepoint_sim.cli.durations import duration
from chargepoint_sim.cli.fleet_table import displays_table, fleet_table, limits_table
from chargepoint_sim.cli.helptext import add
from chargepoint_sim.cli.options import console, say
from chargepoint_sim.cli.section_tables import fault_kinds_table, schedule_table, section_tables
from chargepoint_sim.core.smart_charging.profiles import Unit
from chargepoint_sim.errors import LocalError
from chargepoint_sim.fleet.detail import ChargerDetail, ScheduleView, Section
from chargepoint_sim.fleet.views import ChargerView, FleetEvent

if TYPE_CHECKING:
    from chargepoint_sim.client import FleetClient

STATUSES = (
    "Available", "Preparing", "Charging", "SuspendedEV", "SuspendedEVSE", "Finishing", "Reserved", "Unavailable",
    "Faulted",
)  # fmt: skip
"""ChargePointStatus of 1.6 section 7.7, which views use for every version."""

_LONG = frozenset({Section.VARIABLES, Section.SECURITY_EVENTS, Section.LIMITS, Section.BEHAVIOUR})
KEPT = tuple(section for section in Section if section not in _LONG)
"""What `show` tells of one charger without being asked: all but the long ones."""

GATHER_S = 0.1
"""Events that come within this time lead to one look at each of their chargers."""
LOOK_AGAIN_S = 5.0
"""A status may change without an event of its own, so waiting looks this often all the same."""


def register(group: typer.Typer) -> None:
    """Add the commands."""
    add(
        group,
        show,
        "ctl '*' show",
        "ctl dep-789 show",
        "ctl dep-789 show --section reservations --section queue",
        "ctl 'dep-*' show --section certificates --json",
    )
    add(group, limits, "ctl dep-789 limits")
    add(group, schedule, "ctl dep-789 schedule --evse 1 --for 2h --unit A")
    add(group, faults, "ctl 'dep-*' faults", "ctl '*' faults --known")
    add(group, wait, "ctl dep-789 wait --status Charging --timeout 30", "ctl loc-456 wait --status Available")


def show(
    ctx: typer.Context,
    section: Annotated[
        list[Section] | None,
        typer.Option(metavar="NAME", help=f"A part of what each charger keeps; may be repeated. {', '.join(Section)}."),
    ] = None,
) -> None:
    """Show link, status, power and transaction of every outlet, and what stands on displays.

    Of one charger also what it keeps: reservations, lists, profiles, certificates, jobs, messages that wait.
    """
    target: Target = ctx.obj
    if section:
        details = target.door.use(lambda client: _details(client, target.selector, section))
        _show_details(details, target.json)
        return
    views = target.door.use(lambda client: client.chargers(target.selector))
    _show(views, fleet_table, target.json)
    if target.json:
        return
    displays = [view for view in views if view.display is not None]
    if displays:
        console().print(displays_table(displays))
    if len(views) == 1:
        found = target.door.use(lambda client: client.detail(views[0].charger_id, KEPT))
        _tell(section_tables(found, empty=False))


async def _details(client: "FleetClient", selector: str, sections: Sequence[Section]) -> list[ChargerDetail]:
    return [await client.detail(view.charger_id, sections) for view in await client.chargers(selector)]


def _show_details(details: Sequence[ChargerDetail], json: bool) -> None:
    if json:
        typer.echo(orjson.dumps([_asked(one) for one in details], option=orjson.OPT_INDENT_2))
        return
    for found in details:
        _tell(section_tables(found))


def _tell(parts: Iterable[Table | str]) -> None:
    to = console()
    for part in parts:
        if isinstance(part, str):
            say(to, part)
        else:
            to.print(part)


def _asked(found: ChargerDetail) -> dict[str, object]:
    """Without the sections that nobody asked for."""
    members = (section.member for section in found.sections)
    return {"charger_id": found.charger_id, "at": found.at, **{name: getattr(found, name) for name in members}}


def schedule(
    ctx: typer.Context,
    evse: Annotated[int, typer.Option(min=0, help="EVSE, on OCPP 1.6 the connector; 0 is the whole station.")] = 0,
    duration_s: Annotated[
        float, typer.Option("--for", parser=duration, metavar="DURATION", help="How far, in simulated time.")
    ] = 86_400.0,
    unit: Annotated[Unit, typer.Option(help="W in total, or A per phase.")] = Unit.W,
) -> None:
    """Show what is offered at most from now on, as GetCompositeSchedule would answer."""
    target: Target = ctx.obj
    span_s = max(round(duration_s), 1)

    async def ask(client: "FleetClient") -> list[ScheduleView]:
        views = await client.chargers(target.selector)
        return [await client.composite_schedule(view.charger_id, evse, span_s, unit) for view in views]

    found = target.door.use(ask)
    if target.json:
        typer.echo(orjson.dumps(found, option=orjson.OPT_INDENT_2))
        return
    for one in found:
        _tell(schedule_table(one))


def limits(ctx: typer.Context) -> None:
    """Show which layer binds the offer of every outlet, and what binds the vehicle's draw; of one charger also why."""
    target: Target = ctx.obj
    views = target.door.use(lambda client: client.chargers(target.selector))
    _show(views, limits_table, target.json)
    if len(views) == 1 and not target.json:
        _tell(section_tables(target.door.use(lambda client: client.detail(views[0].charger_id, (Section.LIMITS,)))))


def faults(
    ctx: typer.Context,
    known: Annotated[bool, typer.Option("--known", help="List what can be made to go wrong instead.")] = False,
) -> None:
    """Show the injected faults that are in force."""
    target: Target = ctx.obj
    if not known:
        _show_details(target.door.use(lambda client: _details(client, target.selector, (Section.FAULTS,))), target.json)
        return
    kinds = target.door.use(lambda client: client.fault_kinds())
    if target.json:
        typer.echo(orjson.dumps(kinds, option=orjson.OPT_INDENT_2))
    else:
        console().print(fault_kinds_table(kinds))


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
