"""Pushing a command to a device: the order in which a push is judged before anything is done.

What it becomes is decided in `orders.py`, when it runs and how it ends in `actions/dispatch.py`.
"""

from zoneinfo import ZoneInfo

from chargepoint_sim.api.amps import shapes
from chargepoint_sim.api.amps.access import check_sandbox
from chargepoint_sim.api.amps.actions import accepted_push
from chargepoint_sim.api.amps.offers import check_command, check_execution, check_strategy
from chargepoint_sim.api.amps.orders import NO_CONTROLS, order_for
from chargepoint_sim.api.amps.room import AMPS
from chargepoint_sim.api.amps.timing import UTC, window, zone_named
from chargepoint_sim.api.amps.users import device_of
from chargepoint_sim.api.parsing import Nothing
from chargepoint_sim.api.routes import Call
from chargepoint_sim.fleet.service import FleetService
from chargepoint_sim.fleet.views import ChargerView


async def push(call: Call[Nothing, shapes.PushBody]) -> shapes.PushAccepted:
    """Take one command for a device, to be carried out at once or in its time. Raises AmpsRefusal and UnknownTarget."""
    view, room = await device_of(call), call.request.app[AMPS]
    check_sandbox(call)
    wanted, strategy = call.body.action, call.body.onConflict
    check_strategy(strategy)
    check_command(wanted.command, wanted.parameters)
    check_execution(wanted.command, start=wanted.start is not None, end=wanted.end is not None)
    when = window(wanted.start, wanted.end, await zone_of(call.fleet, view), call.dispatch.now())
    sandbox = call.body.sandbox or NO_CONTROLS
    order = order_for(room.spec, view.tenant, wanted.command, wanted.parameters, when, sandbox)
    replace = strategy is shapes.Strategy.CANCEL_AND_REPLACE
    return accepted_push(await room.place(view.charger_id, order, replace=replace))


async def zone_of(fleet: FleetService, view: ChargerView) -> ZoneInfo:
    """The time zone of the place where a charger stands; UTC where the place names none that is known."""
    if view.location_id is None:
        return UTC
    places = {place.location_id: place.timezone for place in await fleet.locations()}
    return zone_named(places.get(view.location_id) or "") or UTC
