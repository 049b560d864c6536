"""Commands for one charger that answer at once: what its Outcome is in the reply of each.

The charger's own verdict on a list or on settings is part of the reply. What it refuses for any other reason, as
without power, is a 400: nothing was done.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from chargepoint_sim.actions.action import Action
from chargepoint_sim.api.errors import HttpRefusal, unprocessable
from chargepoint_sim.api.ocpplab.commands import replies
from chargepoint_sim.api.ocpplab.commands.dialects import CommandRequest
from chargepoint_sim.api.ocpplab.commands.fan_out import IDEMPOTENCY, KEY_TAKEN, REFUSED, check_place, order_of, queued
from chargepoint_sim.api.ocpplab.commands.station_events import (
    ClearFaultEvent,
    InjectFaultEvent,
    LocalListEvent,
    RawEvent,
)
from chargepoint_sim.api.routes import Call
from chargepoint_sim.api.targets import find_charger
from chargepoint_sim.fleet.views import ChargerView

TAKEN = ("Accepted", "RebootRequired")


@dataclass(frozen=True, slots=True)
class Done:
    """What a reply is made from."""

    event: Any
    action: Action
    view: ChargerView
    """The charger after the command."""

    @property
    def info(self) -> dict[str, Any]:
        """What the charger says beside its reason."""
        return dict(self.action.info or {})

    @property
    def refused(self) -> bool:
        """The charger did nothing, or not all of it."""
        return self.action.state in REFUSED


@dataclass(frozen=True, slots=True)
class Single:
    """The reply to a command for one charger."""

    status: int
    model: type[BaseModel]
    reply: Callable[[Done], BaseModel]


async def single(call: Call[Any, Any], name: str, request: CommandRequest, how: Single) -> BaseModel:
    """Carry the command out. Raises UnknownTarget, and HttpRefusal where it was not done."""
    assert request.target.charger is not None
    view = await find_charger(call.fleet, request.target.charger)
    if isinstance(request.event, RawEvent) and request.event.ocpp_version != f"ocpp{view.version}":
        raise HttpRefusal(
            400, f"Charger {view.charger_id} speaks ocpp{view.version}, not {request.event.ocpp_version}."
        )
    order = order_of(call, name, request)
    action = await call.dispatch.submit(view.charger_id, order)
    if action.command != order.command:
        raise unprocessable(["header", IDEMPOTENCY], KEY_TAKEN)
    check_place(action, request)
    return how.reply(Done(request.event, action, await call.fleet.view(view.charger_id)))


def _queued(done: Done) -> BaseModel:
    _must_be_done(done)
    return queued(done.action, done.view)


def _configured(done: Done) -> BaseModel:
    verdicts: dict[str, str] = done.info.get("verdicts", {})
    if not verdicts:
        _must_be_done(done)
    configured = [name for name, verdict in verdicts.items() if verdict in TAKEN]
    if len(configured) < len(verdicts):
        status, msg = "Rejected", f"Not taken: {done.action.reason}"
    elif "RebootRequired" in verdicts.values():
        status, msg = "RebootRequired", "Configuration updated; part of it counts from the next restart on"
    else:
        status, msg = "Accepted", "Configuration updated"
    return replies.ConfigurationReply(status=status, configured=configured, msg=msg, verdicts=verdicts)


def _cleared(done: Done) -> BaseModel:
    msg = f"Nothing was cleared: {done.action.reason}" if done.refused else "Authorization cache cleared"
    return replies.CacheReply(msg=msg, cleared_entries=done.info.get("cleared", 0))


def _listed(done: Done) -> BaseModel:
    event: LocalListEvent = done.event
    if "status" not in done.info:
        _must_be_done(done)
    return replies.LocalListReply(
        status=done.info["status"],
        list_version=event.list_version,
        entries_received=len(event.entries),
        msg=done.action.reason or "Local authorization list updated",
    )


def _unlisted(done: Done) -> BaseModel:
    _must_be_done(done)
    return replies.ClearListReply(msg="Local authorization list cleared", entries_deleted=done.info["deleted"])


def _fault(done: Done) -> BaseModel:
    event: InjectFaultEvent = done.event
    _must_be_done(done)
    return replies.FaultReply(
        msg="Fault injected",
        fault_type=event.fault_type,
        evse_id=event.evse_id,
        connector_id=event.connector_id,
        status=_status(done.view, event),
    )


def _healed(done: Done) -> BaseModel:
    event: ClearFaultEvent = done.event
    msg = f"Nothing was cleared: {done.action.reason}" if done.refused else "Fault cleared"
    return replies.FaultReply(
        msg=msg, evse_id=event.evse_id, connector_id=event.connector_id, status=_status(done.view, event)
    )


def _status(view: ChargerView, event: InjectFaultEvent | ClearFaultEvent) -> str:
    """The status of the connector that is meant; of the first where it is the whole charger."""
    evse_id = event.connector_id if view.version == "1.6" else event.evse_id
    return view.evses[max(evse_id or 1, 1) - 1].status


def _must_be_done(done: Done) -> None:
    if done.refused:
        raise HttpRefusal(400, f"{done.action.reason[:1].upper()}{done.action.reason[1:]}.")


RAW = Single(202, replies.QueuedCommand, _queued)
CONFIGURATION = Single(200, replies.ConfigurationReply, _configured)
CACHE = Single(200, replies.CacheReply, _cleared)
LOCAL_LIST = Single(200, replies.LocalListReply, _listed)
CLEAR_LIST = Single(200, replies.ClearListReply, _unlisted)
FAULT = Single(200, replies.FaultReply, _fault)
CLEAR_FAULT = Single(200, replies.FaultReply, _healed)
