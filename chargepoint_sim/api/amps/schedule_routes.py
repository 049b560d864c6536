"""The schedule of a device over HTTP: set whole, read, taken away. What it does is in `schedules.py`.

The list of all schedules answers as the vendor's does, that it is not there yet.
"""

from chargepoint_sim.api.amps import shapes
from chargepoint_sim.api.amps.access import check_sandbox
from chargepoint_sim.api.amps.envelope import Page
from chargepoint_sim.api.amps.errors import AmpsRefusal, invalid
from chargepoint_sim.api.amps.offers import check_command, check_execution
from chargepoint_sim.api.amps.room import AMPS
from chargepoint_sim.api.amps.schedules import shown
from chargepoint_sim.api.amps.timetable import Slot, seconds_of
from chargepoint_sim.api.amps.timing import zone_named
from chargepoint_sim.api.amps.users import device, device_of
from chargepoint_sim.api.parsing import Nothing
from chargepoint_sim.api.routes import Call
from chargepoint_sim.errors import UnknownTarget

LONGEST_SLOT_S = 86_400.0


async def set_schedule(call: Call[Nothing, shapes.ScheduleBody]) -> shapes.Schedule:
    """Give a device its schedule, in the place of the one that it has. Raises AmpsRefusal."""
    view = await device_of(call)
    check_sandbox(call)
    body = call.body
    if zone_named(body.timezone) is None:
        raise invalid(f"There is no time zone {body.timezone}.", "body.timezone")
    if len({slot.time for slot in body.slots}) < len(body.slots):
        raise invalid("Two slots begin at the same time.", "body.slots")
    slots = [_checked(slot, f"body.slots.{n}") for n, slot in enumerate(body.slots)]
    recurrence = None if body.recurrence is None else body.recurrence.rule
    schedules = call.request.app[AMPS].schedules
    return shown(schedules.set(view.charger_id, view.tenant, body.timezone, recurrence, slots))


async def read_schedule(call: Call[Nothing, Nothing]) -> shapes.Schedule:
    """The schedule of a device. Raises AmpsRefusal where it has none."""
    view = await device_of(call)
    schedule = call.request.app[AMPS].schedules.of(view.charger_id)
    if schedule is None:
        raise _not_found()
    return shown(schedule)


async def delete_schedule(call: Call[Nothing, Nothing]) -> shapes.Schedule:
    """Take the schedule of a device away; answers with its last state. Raises AmpsRefusal where it has none."""
    view = await device_of(call)
    check_sandbox(call)
    schedule = call.request.app[AMPS].schedules.cancel(view.charger_id)
    if schedule is None:
        raise _not_found()
    return shown(schedule)


async def list_schedules(call: Call[shapes.ScheduleQuery, Nothing]) -> Page[shapes.Schedule]:
    """Raises AmpsRefusal: the vendor does not serve it either."""
    raise AmpsRefusal(501, "NOT_IMPLEMENTED", "Schedules are read at their devices.")


async def find_schedule(call: Call[Nothing, Nothing]) -> shapes.Schedule:
    """A schedule by its id. Raises AmpsRefusal, also for one of somebody else."""
    schedule = call.request.app[AMPS].schedules.named(call.path["schedule_id"])
    if schedule is None:
        raise _not_found()
    try:
        await device(call, schedule.charger_id)
    except UnknownTarget:
        raise _not_found() from None
    return shown(schedule)


def _checked(slot: shapes.Slot, place: str) -> Slot:
    check_command(slot.command, slot.parameters)
    check_execution(slot.command, start=True, end=slot.duration is not None)
    if slot.duration is not None:
        try:
            fits = seconds_of(slot.duration) <= LONGEST_SLOT_S
        except ValueError:
            fits = False
        if not fits:
            raise invalid("A slot lasts an ISO 8601 duration of a day at most, such as PT5H.", f"{place}.duration")
    return Slot(slot.time, slot.command, slot.duration, slot.parameters)


def _not_found() -> AmpsRefusal:
    return AmpsRefusal(404, "NOT_FOUND", "There is no such schedule, or it is not yours.")
