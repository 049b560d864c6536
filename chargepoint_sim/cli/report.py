"""What a person wants to know of a whole fleet, as lines: who is not charging and why, and who failed.

Pure but for the paging: causes and remedies are `fleet.causes`'s.
"""

import asyncio
from collections.abc import Iterable, Iterator, Sequence

from chargepoint_sim.fleet.causes import cause_of, summarise
from chargepoint_sim.fleet.service import FleetService
from chargepoint_sim.fleet.views import Cause, ChargerView, FleetSummary, counted
from chargepoint_sim.logs import mask

PAGE = 50
"""Chargers looked at in one turn of the event loop."""
IDS_SHOWN = 10
FAILED_IDS_SHOWN = 100


async def all_views(fleet: FleetService) -> Sequence[ChargerView]:
    """Every charger now, made page by page so that the chargers' own work goes on."""
    views: list[ChargerView] = []
    while True:
        page, total = await fleet.list(offset=len(views), limit=PAGE)
        views += page
        if not page or len(views) >= total:
            return views
        await asyncio.sleep(0)


def summary_lines(views: Sequence[ChargerView], *, ramping: bool = False) -> Iterator[str]:
    """Counts of the fleet, then who is not charging and why, then what was lost."""
    summary = summarise(views, ramping=ramping)
    yield counts_line(summary)
    idle = summary.total - summary.charging
    if idle:
        yield f"{idle:,} not charging, by cause:"
        yield from cause_lines(summary.causes, IDS_SHOWN)
    if summary.warnings:
        yield "Worth a look:"
        yield from cause_lines(summary.warnings, IDS_SHOWN)


def counts_line(summary: FleetSummary) -> str:
    """The fleet in one line."""
    return (
        f"{counted(summary.total, 'charger')}: {summary.connected:,} connected, {summary.booted:,} accepted by the "
        f"central system, {summary.charging:,} charging"
    )


def has_booted(view: ChargerView) -> bool:
    """Connected and accepted by the central system."""
    return view.connection == "connected" and view.registration == "Accepted"


def failed(views: Iterable[ChargerView]) -> tuple[Cause, ...]:
    """The chargers that the central system does not serve, by cause."""
    return summarise(view for view in views if not has_booted(view)).causes


def busy(views: Iterable[ChargerView]) -> tuple[Cause, ...]:
    """The chargers that are not idle, by what they are busy with."""
    charging: list[str] = []
    queueing: list[str] = []
    for view in views:
        if any(evse.transaction_id is not None for evse in view.evses):
            charging.append(view.charger_id)
        elif view.queued_messages:
            queueing.append(view.charger_id)
    found = (
        Cause("a transaction is running", "wait longer, or end it: `ctl ID stop-session`", tuple(charging)),
        Cause("messages wait to be delivered", "see the central system's log", tuple(queueing)),
    )
    return tuple(cause for cause in found if cause.charger_ids)


def cause_lines(causes: Iterable[Cause], ids_shown: int = FAILED_IDS_SHOWN) -> Iterator[str]:
    """Causes with their remedy and chargers."""
    for cause in causes:
        ids = cause.charger_ids
        more = f" and {len(ids) - ids_shown:,} more" if len(ids) > ids_shown else ""
        yield f"  {len(ids):>6,}  {mask(cause.cause)}"
        yield f"          remedy: {cause.remedy}"
        yield f"          chargers: {', '.join(ids[:ids_shown])}{more}"


def problem(view: ChargerView) -> str:
    """The last thing that went wrong at a charger, in a few words; empty when nothing did."""
    if not has_booted(view):
        found = cause_of(view)
        return mask(found[0]) if found is not None else ""
    return mask(list(view.problems)[-1]) if view.problems else ""
