"""The table of the native surface, and the reads of it."""

from chargepoint_sim.api.native import shapes
from chargepoint_sim.api.native.actions import ACTION_ROUTES
from chargepoint_sim.api.native.clock import CLOCK_ROUTES
from chargepoint_sim.api.native.commands import COMMAND_ROUTES
from chargepoint_sim.api.native.deliveries import DELIVERY_ROUTES
from chargepoint_sim.api.native.events import EVENT_ROUTES
from chargepoint_sim.api.native.faults import FAULT_ROUTES
from chargepoint_sim.api.native.roster import ROSTER_ROUTES
from chargepoint_sim.api.native.sections import SECTION_ROUTES
from chargepoint_sim.api.native.socket import SOCKET_ROUTES
from chargepoint_sim.api.parsing import Nothing
from chargepoint_sim.api.routes import FIND_ERRORS, READ_ERRORS, AnyRoute, Call, Route, Scope, Surface
from chargepoint_sim.api.targets import find_charger


async def show_fleet(call: Call[Nothing, Nothing]) -> shapes.Fleet:
    """The fleet in figures."""
    return shapes.Fleet(await call.fleet.summary())


async def list_chargers(call: Call[shapes.ChargerQuery, Nothing]) -> shapes.ChargerPage:
    """Some of the selected chargers, in the fleet's order."""
    query = call.query
    charger_ids = await call.fleet.ids(query.selector)
    page = charger_ids[query.offset : query.offset + query.limit]
    return shapes.ChargerPage(
        data=[await call.fleet.view(charger_id) for charger_id in page],
        total=len(charger_ids),
        offset=query.offset,
        limit=query.limit,
    )


async def show_charger(call: Call[Nothing, Nothing]) -> shapes.OneCharger:
    """Everything about one charger."""
    return shapes.OneCharger(await find_charger(call.fleet, call.path["charger_id"]))


async def list_frames(call: Call[shapes.FrameQuery, Nothing]) -> shapes.FramePage:
    """The newest frames that the query selects, oldest first."""
    query = call.query
    view = await find_charger(call.fleet, call.path["charger_id"])
    frames = [frame for frame in await call.fleet.frames(view.charger_id) if query.action in (None, frame.action)]
    return shapes.FramePage(data=frames[-query.limit :], total=len(frames))


NATIVE_ROUTES: tuple[AnyRoute, ...] = (
    Route(
        method="GET",
        path="/v1/fleet",
        scope=Scope.READ,
        query=Nothing,
        request=Nothing,
        responses={200: shapes.Fleet, **READ_ERRORS},
        handler=show_fleet,
        surface=Surface.NATIVE,
        name="show-fleet",
        summary="The fleet in figures, and who is not charging and why",
    ),
    Route(
        method="GET",
        path="/v1/chargers",
        scope=Scope.READ,
        query=shapes.ChargerQuery,
        request=Nothing,
        responses={200: shapes.ChargerPage, **FIND_ERRORS},
        handler=list_chargers,
        surface=Surface.NATIVE,
        name="select-chargers",
        summary="Chargers by selector",
    ),
    Route(
        method="GET",
        path="/v1/chargers/{charger_id}",
        scope=Scope.READ,
        query=Nothing,
        request=Nothing,
        responses={200: shapes.OneCharger, **FIND_ERRORS},
        handler=show_charger,
        surface=Surface.NATIVE,
        name="show-charger",
        summary="Everything about one charger",
    ),
    Route(
        method="GET",
        path="/v1/chargers/{charger_id}/frames",
        scope=Scope.READ,
        query=shapes.FrameQuery,
        request=Nothing,
        responses={200: shapes.FramePage, **FIND_ERRORS},
        handler=list_frames,
        surface=Surface.NATIVE,
        name="list-frames",
        summary="The last frames of a charger",
    ),
    *EVENT_ROUTES,
    *SOCKET_ROUTES,
    *CLOCK_ROUTES,
    *ROSTER_ROUTES,
    *SECTION_ROUTES,
    *FAULT_ROUTES,
    *COMMAND_ROUTES,
    *ACTION_ROUTES,
    *DELIVERY_ROUTES,
)
