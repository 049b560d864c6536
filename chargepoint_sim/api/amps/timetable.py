"""Schedules of devices: slots at times of day that push a command, and when the next one fires. Pure.

A slot without recurrence fires once, at its first time after the schedule was set. All instants are UTC seconds.
"""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from chargepoint_sim.api.amps.timing import local_instant

DAILY = "daily"

_DURATION = re.compile(r"P(?:(\d{1,2})D)?(?:T(?=\d)(?:(\d{1,3})H)?(?:(\d{1,4})M)?(?:(\d{1,6})S)?)?")
_SECONDS = (86_400, 3600, 60, 1)


class ScheduleState(StrEnum):
    """Where a schedule stands."""

    PENDING = "pending"
    """None of its slots has fired yet."""
    ACTIVE = "active"
    COMPLETED = "completed"
    """None of its slots will fire again."""
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Slot:
    """A command at a time of day."""

    time: str
    """HH:MM."""
    command: str
    duration: str | None = None
    """ISO 8601; without it the command holds until the next one."""
    parameters: Mapping[str, Any] | None = None

    def first_after(self, at: float, zone: ZoneInfo) -> float:
        """The first instant after `at` at which the clock there shows its time."""
        day = datetime.fromtimestamp(at, zone).date()
        here = self._on(day, zone)
        return here if here > at else self._on(day + timedelta(days=1), zone)

    def _on(self, day: date, zone: ZoneInfo) -> float:
        return local_instant(datetime.combine(day, time.fromisoformat(self.time)), zone)


@dataclass(frozen=True, slots=True)
class Schedule:
    """The schedule of one device; each change makes a new record."""

    schedule_id: str
    charger_id: str
    tenant: str | None
    timezone: str
    recurrence: str | None
    """DAILY, or None for once."""
    slots: tuple[Slot, ...]
    updated_at: float
    fired_at: float
    """When a slot fired last; before that, when it was set."""
    state: ScheduleState = ScheduleState.PENDING

    def next_firing(self) -> tuple[float, Slot] | None:
        """The slot that fires next, and when; None where none will."""
        if self.state in (ScheduleState.COMPLETED, ScheduleState.CANCELLED):
            return None
        zone = ZoneInfo(self.timezone)
        since = self.fired_at if self.recurrence == DAILY else self.updated_at
        firings = ((slot.first_after(since, zone), slot) for slot in self.slots)
        to_come = [firing for firing in firings if firing[0] > self.fired_at]
        return min(to_come, key=lambda firing: firing[0]) if to_come else None

    def fired(self, at: float) -> "Schedule":
        """The record after a slot has fired."""
        active = replace(self, fired_at=at, updated_at=self.updated_at, state=ScheduleState.ACTIVE)
        return active if active.next_firing() is not None else replace(active, state=ScheduleState.COMPLETED)

    def to_data(self) -> dict[str, Any]:
        """The record as plain data."""
        return asdict(self)

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> "Schedule":
        """The record that `to_data` has written."""
        slots = tuple(Slot(**slot) for slot in data["slots"])
        return cls(**{**data, "slots": slots, "state": ScheduleState(data["state"])})


def seconds_of(duration: str) -> float:
    """How long an ISO 8601 duration of days, hours, minutes and seconds is. ValueError where it is none, or nothing."""
    found = _DURATION.fullmatch(duration)
    total = sum(int(part or 0) * unit for part, unit in zip(found.groups(), _SECONDS, strict=True)) if found else 0
    if not total:
        raise ValueError(f"{duration} is no duration such as PT5H")
    return float(total)
