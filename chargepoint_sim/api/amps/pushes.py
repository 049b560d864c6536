"""Pushing a command: what is asked of the device before anything is done, and how the rest becomes an order.

Owns the order in which a push is judged, and which command of the core stands for which of Amps. When it runs and what
becomes of it is the business of `actions/dispatch.py`.
"""

from collections.abc import Callable, Mapping

from chargepoint_sim.actions.action import Order
from chargepoint_sim.api.amps import shapes
from chargepoint_sim.api.amps.access import check_sandbox
from chargepoint_sim.api.amps.actions import SURFACE, accepted_push
from chargepoint_sim.api.amps.devices import COMMANDS, STRATEGIES
from chargepoint_sim.api.amps.errors import invalid, refused
from chargepoint_sim.api.amps.room import AMPS, Room
from chargepoint_sim.api.amps.timing import Window, window, zone_of
from chargepoint_sim.api.amps.users import device_of
from chargepoint_sim.api.parsing import Nothing
from chargepoint_sim.api.routes import Call
from chargepoint_sim.core.commands import Command, IdToken, PauseCharging, ResumeCharging
from chargepoint_sim.fleet.service import FleetService
from chargepoint_sim.fleet.views import ChargerView

TOKEN_TYPE = "Central"
"""A session that an app has started is known by a token of the back end (2.0.1 IdTokenEnumType)."""

FAILED_ON_REQUEST = "The sandbox was told to let this push fail."

_MEANING: Mapping[str, Callable[[IdToken], Command]] = {
    "charge": ResumeCharging,
    "idle": lambda _: PauseCharging(),
}


async def push(call: Call[Nothing, shapes.PushBody]) -> shapes.PushAccepted:
    """Take one command for a device, to be carried out at once or in its time. Raises AmpsRefusal and UnknownTarget."""
    view = await device_of(call)
    check_sandbox(call)
    wanted = call.body.action
    check_strategy(call.body.onConflict)
    check_command(wanted)
    check_execution(wanted)
    zone = zone_of(await timezone_of(call.fleet, view))
    when = window(wanted.start, wanted.end, zone, call.dispatch.now())
    order = order_for(call.request.app[AMPS], view, wanted, when, call.body.sandbox or shapes.SandboxControls())
    replace = call.body.onConflict is shapes.Strategy.CANCEL_AND_REPLACE
    return accepted_push(await call.request.app[AMPS].place(view.charger_id, order, replace=replace))


def check_strategy(strategy: shapes.Strategy | None) -> None:
    """Raise AmpsRefusal for a strategy that chargers do not know, whether there is a conflict or not."""
    if strategy is not None and strategy not in STRATEGIES:
        raise refused(
            "STRATEGY_NOT_SUPPORTED", f"Chargers do not know the strategy {strategy}.", strategies=list(STRATEGIES)
        )


def check_command(wanted: shapes.PushedCommand) -> None:
    """Raise AmpsRefusal for a command that the device does not offer, or parameters that the command does not take."""
    offer = COMMANDS.get(wanted.command)
    if offer is None:
        raise refused(
            "UNSUPPORTED_MODE",
            f"This device has no command {wanted.command}.",
            deviceCapabilities={"supportedActions": list(COMMANDS)},
        )
    unknown = sorted(set(wanted.parameters or {}) - set(offer.parameters))
    if unknown:
        raise refused(
            "UNSUPPORTED_PARAMETER",
            f"{wanted.command} does not take {', '.join(unknown)}.",
            unsupportedParameters=unknown,
            deviceCapabilities={"supportedParameters": list(offer.parameters)},
        )


def check_execution(wanted: shapes.PushedCommand) -> None:
    """Raise AmpsRefusal for a way to run the command that the device does not offer."""
    requested: shapes.Execution = "immediate" if wanted.start is None else "scheduled"
    if wanted.end is not None:
        requested = "windowed"
    supported = COMMANDS[wanted.command].execution
    if requested not in supported:
        raise refused(
            "EXECUTION_NOT_SUPPORTED",
            f"{wanted.command} cannot be {requested}.",
            requestedExecution=requested,
            supportedExecution=list(supported),
        )


def order_for(
    room: Room, view: ChargerView, wanted: shapes.PushedCommand, when: Window, sandbox: shapes.SandboxControls
) -> Order:
    """What the push means in the words of the core. Raises AmpsRefusal for controls that contradict each other."""
    fails = sandbox.outcome == "failed"
    if not fails and (sandbox.errorCode is not None or sandbox.errorMessage is not None):
        raise invalid("errorCode and errorMessage need the outcome failed.", "body.sandbox.outcome")
    token = IdToken(room.spec.id_token, TOKEN_TYPE)
    return Order(
        command=_MEANING[wanted.command](token),
        surface=SURFACE,
        tenant=view.tenant,
        name=wanted.command,
        start_at=when.start_at,
        end_at=when.end_at,
        end_command=None if when.end_at is None else PauseCharging(),
        settle_s=room.spec.settle_s if sandbox.delayMs is None else sandbox.delayMs / 1000,
        refusal=(sandbox.errorMessage or FAILED_ON_REQUEST) if fails else "",
        extra={"parameters": wanted.parameters, "errorCode": sandbox.errorCode},
    )


async def timezone_of(fleet: FleetService, view: ChargerView) -> str | None:
    """The time zone of the place where a charger stands, if it names one."""
    places = {place.location_id: place.timezone for place in await fleet.locations()}
    return places.get(view.location_id or "")
