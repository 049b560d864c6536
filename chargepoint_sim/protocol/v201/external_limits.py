"""2.0.1 external limits: NotifyChargingLimit and ClearedChargingLimit (use cases K11-K13)."""

from chargepoint_sim.clock import Now
from chargepoint_sim.core import external
from chargepoint_sim.core.facts import ExternalLimitChanged
from chargepoint_sim.core.smart_charging.profiles import STATION
from chargepoint_sim.protocol.frames import Payload
from chargepoint_sim.protocol.registry import BlockContext, sends, tells

LIMIT = -1
"""Place in `told`, instead of a connector, of the limit that was told last."""

RELEASED = "none"

WITH_SCHEDULES = "SmartChargingCtrlr.NotifyChargingLimitWithSchedules"


@tells(ExternalLimitChanged)
def limit_changed(context: BlockContext, fact: ExternalLimitChanged, now: Now) -> None:
    """Tell a limit that changes what is offered by enough, with or without a transaction, and every release."""
    if context.station.online and (fact.power_w is None or fact.significant):
        _tell(context, fact.place, fact.source, fact.power_w, fact.at)


def limits(context: BlockContext, now: Now) -> None:
    """Back on line: tell the limits that were set, replaced or released meanwhile, as they are now."""
    for place in range(len(context.station.evses) + 1):
        told = context.told.get((place, LIMIT), RELEASED)
        profile = external.held(context.station, place)
        power_w = external.limit_w(context.station, place)
        source = told.partition(" ")[0] if profile is None else profile.source.value
        if told != _words(source, power_w):
            _tell(context, place, source, power_w, now.sim)


def _tell(context: BlockContext, place: int, source: str, power_w: float | None, at: float) -> None:
    context.told[place, LIMIT] = _words(source, power_w)
    if power_w is None:
        _cleared(context, place, source)
    else:
        _notify(context, place, source, power_w, at)


def _words(source: str, power_w: float | None) -> str:
    return RELEASED if power_w is None else f"{source} {power_w} W"


def _of_place(place: int) -> Payload:
    """The member that names an EVSE; the station as a whole goes without."""
    return {} if place == STATION else {"evseId": place}


@sends("NotifyChargingLimit")
def _notify(context: BlockContext, place: int, source: str, power_w: float, at: float) -> None:
    payload: Payload = {"chargingLimit": {"chargingLimitSource": source}, **_of_place(place)}
    if context.station.settings.boolean(WITH_SCHEDULES):
        # One period without an end, from now on: the limit holds until it is replaced or released.
        payload["chargingSchedule"] = [
            {
                "id": place,
                "startSchedule": context.stamp(at),
                "chargingRateUnit": "W",
                "chargingSchedulePeriod": [{"startPeriod": 0, "limit": round(power_w, 1)}],
            }
        ]
    context.call("NotifyChargingLimit", payload)


@sends("ClearedChargingLimit")
def _cleared(context: BlockContext, place: int, source: str) -> None:
    context.call("ClearedChargingLimit", {"chargingLimitSource": source, **_of_place(place)})
