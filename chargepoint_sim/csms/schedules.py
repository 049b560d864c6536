"""The central system's own check of the schedule by which a vehicle wants to charge (2.0.1 K15.FR.11, K16.FR.06)."""

from chargepoint_sim.csms.meter import read_time
from chargepoint_sim.protocol.frames import Payload

ROUNDING = 0.1
"""A limit has one decimal (ChargingSchedulePeriodType)."""


def exceeds(told: Payload, profile: Payload) -> bool:
    """Whether the schedule of a NotifyEVChargingSchedule goes beyond that of the profile with the same id and unit.

    A profile that has no such schedule sets no bound. A schedule without a start begins with the vehicle's.
    """
    wanted: Payload = told["chargingSchedule"]
    offered = next((one for one in profile["chargingSchedule"] if one["id"] == wanted["id"]), None)
    if offered is None or offered["chargingRateUnit"] != wanted["chargingRateUnit"]:
        return False
    base_s = read_time(told["timeBase"])
    begins_s = read_time(offered["startSchedule"]) if "startSchedule" in offered else base_s
    ahead_s = base_s - begins_s
    starts_s = [period["startPeriod"] for period in wanted["chargingSchedulePeriod"]]
    starts_s += [start_s for one in offered["chargingSchedulePeriod"] if (start_s := one["startPeriod"] - ahead_s) > 0]
    return any(_limit(wanted, start_s) > _limit(offered, start_s + ahead_s) + ROUNDING for start_s in starts_s)


def _limit(schedule: Payload, after_s: float) -> float:
    """The limit so long after the schedule's start; before the first period that period's."""
    periods = schedule["chargingSchedulePeriod"]
    found = [period["limit"] for period in periods if period["startPeriod"] <= after_s]
    limit: float = found[-1] if found else periods[0]["limit"]
    return limit
