"""2.0.1 external limits: NotifyChargingLimit and ClearedChargingLimit (use cases K11-K13)."""

from chargepoint_sim.clock import Now
from chargepoint_sim.core.facts import ExternalLimitChanged
from chargepoint_sim.protocol.frames import Payload
from chargepoint_sim.protocol.registry import BlockContext, sends, tells

SOURCE = "EMS"
"""ChargingLimitSourceEnumType: who sets the limits that do not come from the central system."""

WITH_SCHEDULES = "SmartChargingCtrlr.NotifyChargingLimitWithSchedules"


@tells(ExternalLimitChanged)
def limit_changed(context: BlockContext, fact: ExternalLimitChanged, now: Now) -> None:
    """Tell a limit that changes what is offered by enough, with or without a transaction, and every release."""
    if fact.power_w is None:
        _cleared(context, fact.evse_id)
    elif fact.significant:
        _notify(context, fact.evse_id, fact.power_w, fact.at)


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
