"""When a push is to begin and to end: from what clients write to instants, and what they may not write. Pure.

Times of day are those of the device's place. All instants are UTC seconds.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from chargepoint_sim.api.amps.errors import invalid, refused

HORIZON_S = 30 * 86_400.0
"""How far ahead a push may begin or end."""

UTC = ZoneInfo("UTC")
_DURATION = re.compile(r"(\d{1,7}(?:\.\d{1,3})?)([smhd])")
_SECONDS: Mapping[str, float] = {"s": 1, "m": 60, "h": 3600, "d": 86_400}


@dataclass(frozen=True, slots=True)
class Window:
    """When a push runs; without a start at once, without an end until the next one."""

    start_at: float | None = None
    end_at: float | None = None


def zone_named(name: str) -> ZoneInfo | None:
    """The IANA time zone of that name, if there is one."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, OSError, ValueError):  # unknown, a folder of zones, a path
        return None


def window(start: str | None, end: str | None, zone: ZoneInfo, now: float) -> Window:
    """The window that a push names. Raises AmpsRefusal."""
    if start is None:
        if end is not None:
            raise _broken("end_without_start", "An end needs a start.")
        return Window()
    start_at = _instant("action.start", start, zone, now)
    if start_at <= now:
        raise refused("START_IN_PAST", "The start has to lie in the future.", reason="start_in_past")
    if start_at > now + HORIZON_S:
        raise refused("START_OUT_OF_RANGE", "The start lies more than 30 days ahead.", reason="start_beyond_horizon")
    if end is None:
        return Window(start_at)
    end_at = _instant("action.end", end, zone, start_at)
    if end_at <= start_at:
        raise _broken("end_not_after_start", "The end has to lie after the start.")
    if end_at > now + HORIZON_S:
        raise _broken("end_beyond_horizon", "The end lies more than 30 days ahead.")
    return Window(start_at, end_at)


def local_instant(wall: datetime, zone: ZoneInfo) -> float:
    """UTC seconds of a time on the clock at a place; of two the first, and what the clock skips comes after the gap."""
    return wall.replace(tzinfo=zone).timestamp()


def _instant(field: str, text: str, zone: ZoneInfo, since: float) -> float:
    """A time of day at the device, an instant with offset, or a duration that counts from `since`."""
    duration = _DURATION.fullmatch(text)
    if duration is not None:
        return since + float(duration[1]) * _SECONDS[duration[2]]
    try:
        moment = datetime.fromisoformat(text)
        if "T" not in text:
            raise ValueError("a date has no time")
        return moment.timestamp() if moment.tzinfo is not None else local_instant(moment, zone)
    except (ValueError, OverflowError):
        raise invalid(
            f"{field} has to be a time at the device such as 2026-06-01T18:30:00, or a duration such as 30m or 1.5h.",
            f"body.{field}",
        ) from None


def _broken(reason: str, message: str) -> Exception:
    return refused("INVALID_TIME_WINDOW", message, reason=reason)
