"""What can be made to go wrong, over /v1; what is in force at a charger is one of its sections."""

from pydantic import BaseModel

from chargepoint_sim.api.parsing import Nothing
from chargepoint_sim.api.routes import READ_ERRORS, AnyRoute, Call, Route, Scope, Surface
from chargepoint_sim.fleet.fault_kinds import FaultKind, fault_kinds


class FaultKinds(BaseModel):
    """Everything that can be made to go wrong."""

    data: list[FaultKind]


async def list_fault_kinds(call: Call[Nothing, Nothing]) -> FaultKinds:
    """Everything that can be made to go wrong."""
    return FaultKinds(data=list(fault_kinds()))


FAULT_ROUTES: tuple[AnyRoute, ...] = (
    Route(
        method="GET",
        path="/v1/faults",
        scope=Scope.READ,
        query=Nothing,
        request=Nothing,
        responses={200: FaultKinds, **READ_ERRORS},
        handler=list_fault_kinds,
        surface=Surface.NATIVE,
        name="list-faults",
        summary="What can be made to go wrong, by which command, where and to what effect",
    ),
)
