"""What receivers of webhooks are told by the Amps surface: flat bodies, one kind of event each.

Owns the bodies and when they are published. How they are signed, sent and tried again: `actions/webhooks.py`. Nothing
is told of an action that is scheduled, acknowledged or cancelled, nor of settings.
"""

from collections.abc import AsyncIterator, Mapping
from typing import Any

from chargepoint_sim.actions.action import Action
from chargepoint_sim.actions.webhooks import Webhooks
from chargepoint_sim.api.amps.actions import whole_action
from chargepoint_sim.api.amps.shapes import ActionState
from chargepoint_sim.api.amps.timetable import Schedule
from chargepoint_sim.clock import format_utc
from chargepoint_sim.errors import UnknownTarget
from chargepoint_sim.fleet.service import FleetService
from chargepoint_sim.fleet.views import FleetEvent

DEVICE_TYPE = "ev_charger"

_KINDS: Mapping[ActionState, str] = {ActionState.COMPLETED: "push.completed", ActionState.FAILED: "push.failed"}

_LINK = frozenset({"charger_connected", "charger_disconnected"})


class Hooks:
    """Tells receivers what became of pushes, and which devices can be reached."""

    def __init__(self, fleet: FleetService, webhooks: Webhooks) -> None:
        self._fleet = fleet
        self._webhooks = webhooks
        self._known: set[str] = set()
        """Chargers that were connected before."""

    def action_changed(self, action: Action) -> None:
        """Tell of a push that has ended by itself."""
        shown = whole_action(action)
        kind = _KINDS.get(shown.state)
        if kind is None:
            return
        body: dict[str, Any] = {
            "actionId": shown.id,
            "deviceId": shown.deviceId,
            "deviceType": shown.deviceType,
            "command": shown.command,
            "parameters": shown.parameters,
            "result": None if shown.result is None else shown.result.model_dump(),
            "completedAt": shown.completedAt,
        }
        if shown.errorCode is not None:
            body |= {"errorCode": shown.errorCode, "errorMessage": shown.errorMessage}
        self._webhooks.publish(kind, body, action.order.tenant)

    def schedule_changed(self, kind: str, schedule: Schedule) -> None:
        """Tell of a schedule: schedule.created, .updated, .cancelled, .slot_failed or .slot_skipped."""
        body = {
            "scheduleId": schedule.schedule_id,
            "deviceId": schedule.charger_id,
            "deviceType": DEVICE_TYPE,
            "timestamp": format_utc(max(schedule.updated_at, schedule.fired_at)),
        }
        self._webhooks.publish(kind, body, schedule.tenant)

    async def watch(self) -> None:
        """Tell of devices that come and go, until cancelled; only worth its while where somebody is told."""
        events: AsyncIterator[FleetEvent] = self._fleet.events(kinds=_LINK)
        async for event in events:
            try:
                view = await self._fleet.view(event.charger_id)
            except UnknownTarget:  # it was taken out of the fleet meanwhile
                continue
            body = {"deviceId": event.charger_id, "deviceType": DEVICE_TYPE, "timestamp": format_utc(event.at)}
            self._webhooks.publish(self._kind(event), body, view.tenant)

    def _kind(self, event: FleetEvent) -> str:
        if event.kind == "charger_disconnected":
            return "device.disconnected"
        if event.charger_id in self._known:
            return "device.reconnected"
        self._known.add(event.charger_id)
        return "device.connected"
