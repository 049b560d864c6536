"""The schedule of a device: set, read and taken away, and its slots fired as pushes.

Owns the routes and the register of schedules. When a slot fires next is decided in `timetable.py`; a slot that finds
another action pending is skipped, for a schedule replaces nothing that somebody has pushed.
"""

import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from chargepoint_sim.actions.dispatch import Dispatch
from chargepoint_sim.api.amps import shapes
from chargepoint_sim.api.amps.timetable import Schedule, ScheduleState, Slot
from chargepoint_sim.clock import format_utc

Fire = Callable[[Schedule, Slot, float], Awaitable[None]]
"""Push what a slot says, at its instant."""

Tell = Callable[[str, Schedule], None]
"""Publish an event about a schedule."""


class Schedules:
    """The schedules of all devices, one a device."""

    def __init__(self, dispatch: Dispatch, fire: Fire, tell: Tell) -> None:
        self._dispatch = dispatch
        self._fire = fire
        self._tell = tell
        self._schedules: dict[str, Schedule] = {}
        """By charger id."""

    def of(self, charger_id: str) -> Schedule | None:
        """The schedule of a device."""
        return self._schedules.get(charger_id)

    def named(self, schedule_id: str) -> Schedule | None:
        """The schedule with that id."""
        return next((one for one in self._schedules.values() if one.schedule_id == schedule_id), None)

    def set(
        self, charger_id: str, tenant: str | None, timezone: str, recurrence: str | None, slots: Sequence[Slot]
    ) -> Schedule:
        """Give a device its schedule, in the place of the one that it has."""
        now, known = self._dispatch.now(), self.of(charger_id)
        schedule_id = f"sched_{secrets.token_hex(6)}" if known is None else known.schedule_id
        schedule = Schedule(schedule_id, charger_id, tenant, timezone, recurrence, tuple(slots), now, now)
        self._keep(schedule)
        self._tell("schedule.created" if known is None else "schedule.updated", schedule)
        return schedule

    def cancel(self, charger_id: str) -> Schedule | None:
        """Take the schedule of a device away; what has begun goes on."""
        known = self._schedules.pop(charger_id, None)
        if known is None:
            return None
        self._dispatch.call_off(known.schedule_id)
        cancelled = replace(known, state=ScheduleState.CANCELLED, updated_at=self._dispatch.now())
        self._tell("schedule.cancelled", cancelled)
        return cancelled

    def saved(self) -> list[dict[str, Any]]:
        """What survives a restart."""
        return [schedule.to_data() for schedule in self._schedules.values()]

    def restore(self, saved: Sequence[Mapping[str, Any]]) -> None:
        """Take up what `saved` has told; slots that came due meanwhile are passed over."""
        now = self._dispatch.now()
        for data in saved:
            schedule = Schedule.from_data(data)
            missed = schedule.next_firing()
            self._keep(schedule.fired(now) if missed is not None and missed[0] <= now else schedule)

    def _keep(self, schedule: Schedule) -> None:
        self._schedules[schedule.charger_id] = schedule
        firing = schedule.next_firing()
        if firing is None:
            self._dispatch.call_off(schedule.schedule_id)
            return
        at, slot = firing

        async def fire() -> None:
            self._keep(schedule.fired(at))
            await self._fire(schedule, slot, at)

        self._dispatch.call_at(schedule.schedule_id, at, fire)


def shown(schedule: Schedule) -> shapes.Schedule:
    """A schedule as clients read it."""
    return shapes.Schedule(
        id=schedule.schedule_id,
        deviceId=schedule.charger_id,
        state=schedule.state,
        timezone=schedule.timezone,
        recurrence=None if schedule.recurrence is None else shapes.Recurrence(rule="daily"),
        slots=[
            shapes.Slot(
                time=slot.time,
                duration=slot.duration,
                command=slot.command,
                parameters=None if slot.parameters is None else dict(slot.parameters),
            )
            for slot in schedule.slots
        ],
        updatedAt=format_utc(schedule.updated_at),
        nextFireAt=next_fire_at(schedule),
    )


def in_short(schedule: Schedule) -> shapes.CurrentSchedule:
    """A schedule as its device shows it."""
    return shapes.CurrentSchedule(id=schedule.schedule_id, state=schedule.state, nextFireAt=next_fire_at(schedule))


def next_fire_at(schedule: Schedule) -> str | None:
    """When it fires next."""
    firing = schedule.next_firing()
    return None if firing is None else format_utc(firing[0])
