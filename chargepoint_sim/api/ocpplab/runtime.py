"""Switching chargers off and on: the runtime of the OCPPLAB surface, which is the power switch of a simulated one."""

from collections.abc import Awaitable, Callable, Mapping

from chargepoint_sim.api.ocpplab.commands.replies import QueuedCommand
from chargepoint_sim.api.ocpplab.rows import WRITE_ERRORS, row
from chargepoint_sim.api.parsing import Nothing
from chargepoint_sim.api.routes import AnyRoute, Call, Scope
from chargepoint_sim.api.targets import find_charger
from chargepoint_sim.fleet.roster import Roster
from chargepoint_sim.fleet.views import ChargerView

PROVIDER, KIND = "chargepoint-sim", "process"


def switched(event_type: str, view: ChargerView, count: int) -> QueuedCommand:
    """The answer: `count` is how many runtimes of the charger there are to be, 0 or 1."""
    return QueuedCommand(
        id=view.charger_id,
        event_type=event_type,
        ocpp_version=f"OCPP{view.version}",
        payload={
            "provider": PROVIDER,
            "runtime_kind": KIND,
            "service_name": view.identity,
            "desired_count": count,
            "status": "ACTIVE",
        },
    )


Switch = Callable[[Roster, str], Awaitable[ChargerView]]

SWITCHES: Mapping[str, tuple[Switch, int, str]] = {
    "start-charger": (lambda roster, charger_id: roster.start(charger_id), 1, "Switch a charger on"),
    "stop-charger": (lambda roster, charger_id: roster.stop(charger_id), 0, "Switch a charger off in order"),
    "reset-charger": (lambda roster, charger_id: roster.reset(charger_id), 1, "Switch a charger off and on again"),
}
"""Last part of the path -> what it does, how many runtimes there are afterwards, and a title."""


def _route(verb: str, switch: Switch, count: int, summary: str) -> AnyRoute:
    async def handler(call: Call[Nothing, Nothing]) -> QueuedCommand:
        view = await find_charger(call.fleet, call.path["charger_id"])
        return switched(verb.replace("-", "_"), await switch(call.roster, view.charger_id), count)

    return row(
        f"POST /ocpp/chargers/{{charger_id}}/{verb}",
        verb,
        summary,
        (Nothing, Nothing),
        handler,
        {202: QueuedCommand},
        Scope.COMMAND,
        WRITE_ERRORS,
    )


RUNTIME_ROUTES = tuple(_route(verb, *switch) for verb, switch in SWITCHES.items())
"""Start, stop and reset. A body is passed over."""
