"""The time that the fleet lives in, over /v1: read it, and let it go faster or slower while it runs.

Only scaled time has a pace; a change lasts until the daemon stops, and the fleet file counts after that.
"""

from pydantic import BaseModel, ConfigDict, Field, RootModel

from chargepoint_sim.api.errors import HttpErrorResponse, HttpRefusal
from chargepoint_sim.api.parsing import Nothing
from chargepoint_sim.api.routes import COMMAND_ERRORS, READ_ERRORS, AnyRoute, Call, Route, Scope, Surface
from chargepoint_sim.errors import LocalError
from chargepoint_sim.fleet.views import ClockView

FASTEST = 10_000.0


class Clock(RootModel[ClockView]):
    """The time that the fleet lives in."""


class ClockPatch(BaseModel):
    """What to change of the clock."""

    model_config = ConfigDict(extra="forbid")

    scale: float = Field(gt=0, le=FASTEST, description="Simulated seconds in a real one.", examples=[60])


async def show_clock(call: Call[Nothing, Nothing]) -> Clock:
    """Which time the fleet lives in."""
    return Clock(await call.fleet.clock())


async def change_clock(call: Call[Nothing, ClockPatch]) -> Clock:
    """Change the pace. Raises HttpRefusal with 409 where the time is real or is not the principal's to change."""
    try:
        changed = await call.fleet.set_scale(call.body.scale)
    except LocalError as error:
        raise HttpRefusal(409, str(error)) from None
    call.dispatch.scale_changed()
    return Clock(changed)


CLOCK_ROUTES: tuple[AnyRoute, ...] = (
    Route(
        method="GET",
        path="/v1/clock",
        scope=Scope.READ,
        query=Nothing,
        request=Nothing,
        responses={200: Clock, **READ_ERRORS},
        handler=show_clock,
        surface=Surface.NATIVE,
        name="show-clock",
        summary="The time that the fleet lives in",
    ),
    Route(
        method="PATCH",
        path="/v1/clock",
        scope=Scope.ADMIN,
        query=Nothing,
        request=ClockPatch,
        responses={200: Clock, **COMMAND_ERRORS, 409: HttpErrorResponse},
        handler=change_clock,
        surface=Surface.NATIVE,
        name="change-clock",
        summary="Let simulated time go faster or slower",
        description="Simulated time goes on without a jump. 409 where the fleet lives in real time.",
    ),
)
