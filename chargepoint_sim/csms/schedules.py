"""The central system's own check of the schedule by which a vehicle wants to charge (2.0.1 K15.FR.11, K16.FR.06)."""

from math import ceil, inf

from chargepoint_sim.csms.meter import read_time
from chargepoint_sim.protocol.frames import Payload

ROUNDING = 0.1
"""A limit has one decimal (ChargingSchedulePeriodType)."""


def exceeds(told: Payload, profile: Payload) -> bool:
    """Whether the schedule of a NotifyEVChargingSchedule goes beyond that of the profile with the same id and unit.

    A profile that has no such schedule sets no bound, nor does a schedule before its start and after its end; one
    without a start begins with the vehicle's. Periods begin at whole seconds of their own schedule, and so count here
    from the next second of the vehicle's.
    """
    wanted: Payload = told["chargingSchedule"]
    offered = next((one for one in profile["chargingSchedule"] if one["id"] == wanted["id"]), None)
    if offered is None or offered["chargingRateUnit"] != wanted["chargingRateUnit"]:
        return False
    base_s = read_time(told["timeBase"])
    begins_s = read_time(offered["startSchedule"]) if "startSchedule" in offered else base_s
    ahead_s = base_s - begins_s
    starts_s = {period["startPeriod"] for period in wanted["chargingSchedulePeriod"]}
    starts_s |= {max(ceil(period["startPeriod"] - ahead_s), 0) for period in offered["chargingSchedulePeriod"]}
    ends_s = wanted.get("duration", inf)
    return any(
        _limit(wanted, start_s) > _limit(offered, start_s + ahead_s) + ROUNDING
        for start_s in starts_s
        if start_s < ends_s
    )


def _limit(schedule: Payload, after_s: float) -> float:
    """The limit so long after the schedule's start; infinite where it sets none."""
    periods = schedule["chargingSchedulePeriod"]
    found = [period["limit"] for period in periods if period["startPeriod"] <= after_s < schedule.get("duration", inf)]
    limit: float = found[-1] if found else inf
    return limit
