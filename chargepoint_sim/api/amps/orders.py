"""From a push to an order of the shared life-cycle: which command of the core stands for which of Amps. Pure."""

from collections.abc import Callable, Mapping
from typing import Any

from chargepoint_sim.actions.action import Order
from chargepoint_sim.api.amps import shapes
from chargepoint_sim.api.amps.actions import SURFACE
from chargepoint_sim.api.amps.errors import invalid
from chargepoint_sim.api.amps.timing import Window
from chargepoint_sim.core.commands import Command, IdToken, PauseCharging, ResumeCharging
from chargepoint_sim.fleet.spec import AmpsSpec

TOKEN_TYPE = "Central"
"""A session that an app has started is known by a token of the back end (2.0.1 IdTokenEnumType)."""

FAILED_ON_REQUEST = "The sandbox was told to let this push fail."

NO_CONTROLS = shapes.SandboxControls()

_MEANING: Mapping[str, Callable[[IdToken], Command]] = {
    "charge": ResumeCharging,
    "idle": lambda _: PauseCharging(),
}


def order_for(
    spec: AmpsSpec,
    tenant: str | None,
    command: str,
    parameters: Mapping[str, Any] | None,
    when: Window,
    sandbox: shapes.SandboxControls = NO_CONTROLS,
    schedule_id: str | None = None,
) -> Order:
    """The order for a command that the device offers; `tenant` is the owner of the device.

    Raises AmpsRefusal for sandbox controls that contradict each other.
    """
    fails = sandbox.outcome == "failed"
    if not fails and (sandbox.errorCode is not None or sandbox.errorMessage is not None):
        raise invalid("errorCode and errorMessage need the outcome failed.", "body.sandbox.outcome")
    return Order(
        command=_MEANING[command](IdToken(spec.id_token, TOKEN_TYPE)),
        surface=SURFACE,
        tenant=tenant,
        name=command,
        start_at=when.start_at,
        end_at=when.end_at,
        end_command=None if when.end_at is None else PauseCharging(),
        settle_s=spec.settle_s if sandbox.delayMs is None else sandbox.delayMs / 1000,
        refusal=(sandbox.errorMessage or FAILED_ON_REQUEST) if fails else "",
        extra={"parameters": parameters, "errorCode": sandbox.errorCode, "scheduleId": schedule_id},
    )
