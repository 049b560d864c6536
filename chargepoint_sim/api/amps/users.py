"""Whose devices a request is about: those of its key, narrowed down to one end user where it names one.

A location stands for an end user. The user is named by `userId`, or by the header that agents forward.
"""

from collections.abc import Sequence
from typing import Any

from chargepoint_sim.api.amps.errors import invalid
from chargepoint_sim.api.routes import Call
from chargepoint_sim.api.targets import find_charger
from chargepoint_sim.errors import UnknownTarget
from chargepoint_sim.fleet.views import ChargerView

USER = "x-user-id"


async def device_of(call: Call[Any, Any]) -> ChargerView:
    """The device that the path names. Raises UnknownTarget, also for one of another end user."""
    return await device(call, call.path["charger_id"])


async def device(call: Call[Any, Any], name: str) -> ChargerView:
    """The device of that id or OCPP identity. Raises UnknownTarget, also for one of another end user."""
    view = await find_charger(call.fleet, name)
    if call.request.headers.get(USER, view.location_id) != view.location_id:
        raise UnknownTarget(f"There is no device {name}.")
    return view


async def devices_of(
    call: Call[Any, Any], user_id: str | None, *, offset: int, limit: int
) -> tuple[Sequence[ChargerView], int]:
    """A page of the devices of the key, or of one of its end users, and how many there are in all."""
    return await call.fleet.list(location_id=user_of(call, user_id), offset=offset, limit=limit)


def user_of(call: Call[Any, Any], user_id: str | None) -> str | None:
    """The end user that a request names, if any; naming two is a mistake."""
    forwarded = call.request.headers.get(USER)
    if None not in (forwarded, user_id) and forwarded != user_id:
        raise invalid(f"userId and {USER} name different users.", "query.userId")
    return user_id or forwarded
