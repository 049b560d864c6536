"""A second reading of the composition rules, second by second, on plain data, as slow as it is simple.

Imports nothing of the package, so that it can disagree with it. Whole seconds only.
"""

from typing import Any

Profile = dict[str, Any]
DAY, WEEK = 86_400, 604_800


def offered_w(
    profiles: list[Profile],
    *,
    evse_id: int,
    hardware_w: float,
    voltage_v: float,
    supply_phases: int,
    t: int,
    transaction_started_at: int,
) -> float:
    """W that AC hardware and profiles allow at second `t`, with a transaction running."""
    limits = [hardware_w]

    def in_force(purpose: str, at_evse: int) -> bool:
        mine = [p for p in profiles if p["purpose"] == purpose and p["evse_id"] == at_evse]
        if purpose == "TxDefaultProfile":
            levels = [p["stack_level"] for p in mine]
            mine += [
                p for p in profiles if p["purpose"] == purpose and p["evse_id"] == 0 and p["stack_level"] not in levels
            ]
        best: tuple[int, float] | None = None
        for profile in mine:
            limit = _limit_at(profile, t, transaction_started_at, voltage_v, supply_phases)
            if limit is not None and (best is None or profile["stack_level"] > best[0]):
                best = profile["stack_level"], limit
        if best is not None:
            limits.append(best[1])
        return best is not None

    in_force("ChargingStationExternalConstraints", 0)
    in_force("ChargingStationExternalConstraints", evse_id)
    in_force("ChargingStationMaxProfile", 0)
    if not in_force("TxProfile", evse_id):
        in_force("TxDefaultProfile", evse_id)
    return max(min(limits), 0.0)


def _limit_at(profile: Profile, t: int, started_at: int, voltage_v: float, supply_phases: int) -> float | None:
    """W of one profile at second `t`, None where it is silent."""
    if profile["valid_from"] is not None and t < profile["valid_from"]:
        return None
    if profile["valid_to"] is not None and t >= profile["valid_to"]:
        return None
    schedule = profile["schedule"]
    if profile["kind"] == "Relative":
        second = t - started_at
    else:
        second = t - schedule["start_at"]
        if profile["kind"] == "Recurring" and second >= 0:
            second %= DAY if profile["recurrency"] == "Daily" else WEEK
    if second < 0:
        return None
    if schedule["duration_s"] is not None and second >= schedule["duration_s"]:
        return None
    limit = None
    for period in schedule["periods"]:
        if second >= period["start_s"]:
            phases = min(period["phases"] or 3, supply_phases)
            limit = period["limit"] * voltage_v * phases if schedule["unit"] == "A" else period["limit"]
    return limit
