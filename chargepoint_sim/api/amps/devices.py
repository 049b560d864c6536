"""Chargers as Amps devices: one projection of the fleet's view, and the two reads of it.

Owns the words for what a charger is doing. Every read is of this instant, as in
the sandbox; there is no cache that could be stale.
"""

from collections.abc import Mapping
from typing import Any

from chargepoint_sim.actions.action import Action
from chargepoint_sim.actions.ledger import Query
from chargepoint_sim.api.amps import shapes
from chargepoint_sim.api.amps.actions import SURFACE, last_action
from chargepoint_sim.api.amps.envelope import Page, page
from chargepoint_sim.api.amps.offers import COMMANDS, STRATEGIES
from chargepoint_sim.api.amps.room import AMPS
from chargepoint_sim.api.amps.schedules import in_short
from chargepoint_sim.api.amps.settings import settings_of
from chargepoint_sim.api.amps.units import kilowatts, plain
from chargepoint_sim.api.amps.users import device_of, devices_of
from chargepoint_sim.api.parsing import Nothing
from chargepoint_sim.api.routes import Call
from chargepoint_sim.clock import format_utc
from chargepoint_sim.fleet.views import ChargerView

STATUSES: Mapping[str, shapes.Status] = {
    "Charging": shapes.Status.CHARGING,
    "SuspendedEVSE": shapes.Status.IDLE,
    "SuspendedEV": shapes.Status.COMPLETE,
    "Finishing": shapes.Status.COMPLETE,
    "Preparing": shapes.Status.CONNECTED,
    "Reserved": shapes.Status.AVAILABLE,
    "Available": shapes.Status.AVAILABLE,
    "Faulted": shapes.Status.FAULTED,
    "Unavailable": shapes.Status.OFFLINE,
}
"""ChargePointStatus of 1.6 -> the word for it."""

_PRECEDENCE = tuple(shapes.Status)
"""Of several connectors the one that does most speaks for the charger."""


async def list_devices(call: Call[shapes.PageQuery, Nothing]) -> Page[shapes.ListedDevice]:
    """Chargers, page by page."""
    query = call.query
    views, total = await devices_of(call, query.userId, offset=query.offset, limit=query.limit)
    last = await _last_actions(call, [view.charger_id for view in views])
    items = [_listed(call, view, last.get(view.charger_id)) for view in views]
    return page(items, total, query.limit, query.offset)


async def read_device(call: Call[shapes.ReadQuery, Nothing]) -> shapes.Device:
    """One charger with its settings."""
    view = await device_of(call)
    last = await _last_actions(call, [view.charger_id])
    listed = _listed(call, view, last.get(view.charger_id))
    return shapes.Device(**dict(listed), settings=settings_of(view))


def status(view: ChargerView) -> shapes.Status:
    """What the charger is doing, in one word; out of reach says more than anything that is not seen then."""
    if view.connection != "connected":
        return shapes.Status.OFFLINE
    words = [_word(evse.status, evse.plugged) for evse in view.evses]
    return min(words, key=_PRECEDENCE.index)


def _word(charge_point_status: str, plugged: bool) -> shapes.Status:
    word = STATUSES[charge_point_status]
    if word is shapes.Status.CONNECTED and not plugged:  # a card was shown, the cable is still to come
        return shapes.Status.AVAILABLE
    return word


def _listed(call: Call[Any, Nothing], view: ChargerView, last: Action | None) -> shapes.ListedDevice:
    schedule = call.request.app[AMPS].schedules.of(view.charger_id)
    return shapes.ListedDevice(
        id=view.charger_id,
        vendor=view.vendor,
        sync=shapes.Sync(available=True, lastPulledAt=format_utc(call.dispatch.now())),
        metadata=shapes.Metadata(model=view.model),
        state=shapes.ChargerState(
            status=status(view),
            isConnected=any(evse.plugged for evse in view.evses),
            isCharging=any(evse.charging_state == "Charging" for evse in view.evses),
            currentPower=kilowatts(sum(evse.power_w for evse in view.evses)),
            maxCurrent=plain(view.max_current_a),
            powerRateLimit=kilowatts(view.rated_power_w),
        ),
        conflictStrategies=list(STRATEGIES),
        commands=dict(COMMANDS),
        lastAction=None if last is None else last_action(last),
        currentSchedule=None if schedule is None else in_short(schedule),
    )


async def _last_actions(call: Call[Any, Nothing], charger_ids: list[str]) -> Mapping[str, Action]:
    """The newest action of each charger that has one."""
    wanted = Query(charger_ids=frozenset(charger_ids), surface=SURFACE)
    newest_first, _ = await call.dispatch.ledger.list(wanted)
    return {action.charger_id: action for action in reversed(newest_first)}
