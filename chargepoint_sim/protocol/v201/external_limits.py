"""2.0.1 external limits: NotifyChargingLimit and ClearedChargingLimit (use cases K11-K13)."""

from chargepoint_sim.clock import Now
from chargepoint_sim.core import external
from chargepoint_sim.core.facts import ExternalLimitChanged
from chargepoint_sim.protocol.frames import Payload
from chargepoint_sim.protocol.registry import BlockContext, sends, tells

SOURCE = "EMS"
"""ChargingLimitSourceEnumType: who sets the limits that do not come from the central system."""

LIMIT = -1
"""Place in `told`, instead of a connector, of the limit that was told last."""

RELEASED = "none"

WITH_SCHEDULES = "SmartChargingCtrlr.NotifyChargingLimitWithSchedules"


@tells(ExternalLimitChanged)
def limit_changed(context: BlockContext, fact: ExternalLimitChanged, now: Now) -> None:
    """Tell a limit that changes what is offered by enough, with or without a transaction, and every release."""
    if context.station.online and (fact.power_w is None or fact.significant):
        _tell(context, fact.evse_id, fact.power_w, fact.at)


def limits(context: BlockContext, now: Now) -> None:
    """Back on line: tell the limits that were set, replaced or released meanwhile, as they are now."""
    for evse in context.station.evses:
        power_w = external.limit_w(context.station, evse)
        if context.told.get((evse.evse_id, LIMIT), RELEASED) != _words(power_w):
            _tell(context, evse.evse_id, power_w, now.sim)


def _tell(context: BlockContext, evse_id: int, power_w: float | None, at: float) -> None:
    context.told[evse_id, LIMIT] = _words(power_w)
    if power_w is None:
        _cleared(context, evse_id)
    else:
        _notify(context, evse_id, power_w, at)


def _words(power_w: float | None) -> str:
    return RELEASED if power_w is None else f"{power_w} W"


@sends("NotifyChargingLimit")
def _notify(context: BlockContext, evse_id: int, power_w: float, at: float) -> None:
    payload: Payload = {"evseId": evse_id, "chargingLimit": {"chargingLimitSource": SOURCE}}
    if context.station.settings.boolean(WITH_SCHEDULES):
        # One period without an end, from now on: the limit holds until it is replaced or released.
        payload["chargingSchedule"] = [
            {
                "id": evse_id,
                "startSchedule": context.stamp(at),
                "chargingRateUnit": "W",
                "chargingSchedulePeriod": [{"startPeriod": 0, "limit": round(power_w, 1)}],
            }
        ]
    context.call("NotifyChargingLimit", payload)


@sends("ClearedChargingLimit")
def _cleared(context: BlockContext, evse_id: int) -> None:
    context.call("ClearedChargingLimit", {"chargingLimitSource": SOURCE, "evseId": evse_id})
