"""The log of a charger: its last frames, as they crossed the link."""

import math
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import datetime

from pydantic import BaseModel, Field

from chargepoint_sim.api.instants import Instant
from chargepoint_sim.api.ocpplab.deployments import PREFIXES, WhichDeployment
from chargepoint_sim.api.ocpplab.rows import row
from chargepoint_sim.api.parsing import Nothing
from chargepoint_sim.api.routes import READ_ERRORS, Call, Scope
from chargepoint_sim.api.targets import find_charger
from chargepoint_sim.clock import format_utc
from chargepoint_sim.errors import UnknownTarget
from chargepoint_sim.fleet.views import FrameRecord


class LogEntry(BaseModel):
    """One OCPP-J frame."""

    direction: str = Field(description="cp_to_csms or csms_to_cp")
    action: str
    message: str | None = Field(description="The frame as it crossed the link.")
    timestamp: str | None


class LogList(BaseModel):
    """Some frames of a charger, oldest first."""

    data: list[LogEntry]
    total: int
    limit: int
    offset: int


class LogQuery(BaseModel):
    """Which frames; both dates are inclusive."""

    start_date: Instant | None = None
    end_date: Instant | None = None
    event: str | None = Field(None, description="An OCPP action, for example BootNotification.")
    limit: int = Field(1000, ge=1, le=1000)
    offset: int = Field(0, ge=0)


def log_entry(frame: FrameRecord) -> LogEntry:
    """A frame as this API shows it."""
    return LogEntry(
        direction="cp_to_csms" if frame.sent else "csms_to_cp",
        action=frame.action,
        message=frame.text,
        timestamp=format_utc(frame.at),
    )


def between(frames: Iterable[FrameRecord], start: datetime | None, end: datetime | None) -> Iterator[FrameRecord]:
    """The frames from `start` to `end`, both inclusive."""
    earliest, latest = _limits(start, end)
    return (frame for frame in frames if earliest <= frame.at <= latest)


def _limits(start: datetime | None, end: datetime | None) -> tuple[float, float]:
    return start.timestamp() if start else -math.inf, end.timestamp() if end else math.inf


async def list_logs(call: Call[LogQuery, Nothing]) -> LogList:
    """The kept frames of a charger that the query selects, oldest first."""
    query = call.query
    view = await find_charger(call.fleet, call.path["charger_id"])
    kept = between(await call.fleet.frames(view.charger_id), query.start_date, query.end_date)
    frames = [frame for frame in kept if query.event in (None, frame.action)]
    return LogList(
        data=[log_entry(frame) for frame in frames[query.offset : query.offset + query.limit]],
        total=len(frames),
        limit=query.limit,
        offset=query.offset,
    )


class FrameQuery(WhichDeployment):
    """Which frames of which charger; both dates are inclusive."""

    date_start: Instant | None = None
    date_end: Instant | None = None
    action: list[str] = Field([], description="Repeat the key for each OCPP action; none means all.")


class DeploymentLogQuery(FrameQuery):
    """Which page of them."""

    page: int = Field(1, ge=1)
    page_size: int = Field(50, ge=1, le=500)


async def list_deployment_logs(call: Call[DeploymentLogQuery, Nothing]) -> LogList:
    """The kept frames of a charger that the query selects, oldest first. An unknown charger has none."""
    query = call.query
    try:
        view = await find_charger(call.fleet, query.charger)
        kept = between(await call.fleet.frames(view.charger_id), query.date_start, query.date_end)
    except UnknownTarget:
        kept = iter(())
    frames = [frame for frame in kept if not query.action or frame.action in query.action]
    offset = (query.page - 1) * query.page_size
    return LogList(
        data=[log_entry(frame) for frame in frames[offset : offset + query.page_size]],
        total=len(frames),
        limit=query.page_size,
        offset=offset,
    )


async def delete_deployment_logs(call: Call[FrameQuery, Nothing]) -> Nothing:
    """Forget the kept frames that the query selects; there is nothing to forget of an unknown charger."""
    query = call.query
    with suppress(UnknownTarget):
        view = await find_charger(call.fleet, query.charger)
        await call.roster.forget_frames(view.charger_id, *_limits(query.date_start, query.date_end), query.action)
    return Nothing()


LOG_ROUTES = (
    *(
        row(
            f"DELETE {prefix}/logs",
            f"{named}delete-deployment-logs",
            "Forget frames of a charger",
            (FrameQuery, Nothing),
            delete_deployment_logs,
            {204: Nothing},
            Scope.ADMIN,
            READ_ERRORS,
        )
        for prefix, named in PREFIXES.items()
    ),
    *(
        row(
            f"GET {prefix}/logs",
            f"{named}list-deployment-logs",
            "The last frames of a charger, page by page",
            (DeploymentLogQuery, Nothing),
            list_deployment_logs,
            {200: LogList},
            errors=READ_ERRORS,
        )
        for prefix, named in PREFIXES.items()
    ),
    row(
        "GET /ocpp/chargers/{charger_id}/logs",
        "list-charger-logs",
        "The last frames of a charger",
        (LogQuery, Nothing),
        list_logs,
        {200: LogList},
    ),
)
"""Logs."""
