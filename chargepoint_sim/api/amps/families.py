"""The device families that this simulator has none of: empty lists, devices that are not found, and no direct actions.

Chargers are the only devices here. Solar inverters and vehicles can only be read at the vendor's too.
"""

from chargepoint_sim.api.amps import shapes
from chargepoint_sim.api.amps.envelope import Page, page
from chargepoint_sim.api.amps.errors import refused
from chargepoint_sim.api.amps.users import user_of
from chargepoint_sim.api.parsing import Nothing
from chargepoint_sim.api.routes import Call
from chargepoint_sim.errors import UnknownTarget

WRITABLE = ("battery", "hvac")
READ_ONLY = ("solar-inverter", "vehicle")


async def list_none(call: Call[shapes.PageQuery, Nothing]) -> Page[shapes.ListedDevice]:
    """An empty page."""
    user_of(call, call.query.userId)
    return page([], 0, call.query.limit, call.query.offset)


async def find_none(call: Call[Nothing, Nothing]) -> shapes.Device:
    """Raises UnknownTarget."""
    raise UnknownTarget(f"There is no device {call.path['device_id']}.")


async def refuse_action(call: Call[Nothing, Nothing]) -> shapes.PushAccepted:
    """Raises AmpsRefusal: devices of this family are only read."""
    raise refused("DIRECT_ACTION_UNSUPPORTED", "Devices of this family take no actions; they can only be read.")
