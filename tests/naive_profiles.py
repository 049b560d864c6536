"""Charging profiles evaluated second by second, straight from the standard's words, as slow as it is simple.

Reads what stands on the wire of 1.6 and imports nothing of the package, so that it can disagree with it. Every
connector has the same supply, and every vehicle takes whatever it is offered. What is DC has limits in W alone.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

Profile = dict[str, Any]
ROUND_S = {"Daily": 86_400, "Weekly": 604_800}
VOLTAGE_V = 230.0


@dataclass(frozen=True)
class Supply:
    """What the hardware of a connector gives, A per phase."""

    current_a: float = 32.0
    phases: int = 3
    pilot_a: float = 6.0


@dataclass
class Offered:
    """What one connector offers in one second."""

    power_w: float
    current_a: float
    phases: int
    floor_a: float

    @property
    def charges(self) -> bool:
        return self.current_a >= self.floor_a - 1e-6

    @property
    def draw_w(self) -> float:
        return self.power_w if self.charges else 0.0


def offers(
    installed: list[tuple[int, Profile]], started: dict[int, float], t: float, supply: Supply = Supply()
) -> dict[int, Offered]:
    """The offer of every connector with a transaction; `installed` are (connectorId, csChargingProfiles).

    `started` holds the starts of the transactions, UTC seconds, the oldest first.
    """
    own = {connector: _own(installed, connector, since, t, supply) for connector, since in started.items()}
    total_w = station_w(installed, t, supply)
    if total_w is None:
        return own
    drawing = [connector for connector in started if own[connector].charges]
    parts: dict[int, float] = {}
    while drawing:
        parts = _pour(total_w, {connector: own[connector].power_w for connector in drawing})
        too_little = [c for c in drawing if parts[c] < own[c].floor_a * VOLTAGE_V * own[c].phases - 1e-3]
        if not too_little:
            break
        drawing.remove(too_little[-1])
    for connector, offer in own.items():
        if offer.charges:
            offer.power_w = min(offer.power_w, parts.get(connector, 0.0) if connector in drawing else 0.0)
            offer.current_a = offer.power_w / VOLTAGE_V / offer.phases
    return own


def station_w(installed: list[tuple[int, Profile]], t: float, supply: Supply = Supply()) -> float | None:
    """What all connectors together may draw; None where no profile bounds the station."""
    station = _leading([p for c, p in installed if c == 0 and _purpose(p) == "ChargePointMaxProfile"], t, t)
    return None if station is None else _figures(*station, supply.phases)[0]


def _own(installed: list[tuple[int, Profile]], connector: int, started: float, t: float, supply: Supply) -> Offered:
    """The offer of a connector before anything is shared."""
    station = [p for c, p in installed if c == 0 and _purpose(p) == "ChargePointMaxProfile"]
    transaction = [p for c, p in installed if c == connector and _purpose(p) == "TxProfile"]
    default = [p for c, p in installed if c == connector and _purpose(p) == "TxDefaultProfile"]
    levels = [p["stackLevel"] for p in default]
    default += [
        p for c, p in installed if c == 0 and _purpose(p) == "TxDefaultProfile" and p["stackLevel"] not in levels
    ]
    current_a, phases, floor_a = supply.current_a, supply.phases, supply.pilot_a
    in_force = [_leading(station, t, started), _leading(transaction, t, started) or _leading(default, t, started)]
    for found in in_force:
        if found is not None:
            _, limit_a, limit_phases, least_a = _figures(*found, supply.phases)
            current_a, phases, floor_a = min(current_a, limit_a), min(phases, limit_phases), max(floor_a, least_a)
    return Offered(current_a * VOLTAGE_V * phases, current_a, phases, floor_a)


def _leading(profiles: list[Profile], t: float, started: float) -> tuple[Profile, Profile] | None:
    """Profile and period with the highest stack level that has something to say at `t`."""
    for profile in sorted(profiles, key=lambda one: -int(one["stackLevel"])):
        period = _period(profile, t, started)
        if period is not None:
            return profile, period
    return None


def _period(profile: Profile, t: float, started: float) -> Profile | None:
    if "validFrom" in profile and t < _seconds(profile["validFrom"]):
        return None
    if "validTo" in profile and t >= _seconds(profile["validTo"]):
        return None
    schedule = profile["chargingSchedule"]
    relative = profile["chargingProfileKind"] == "Relative"
    second = t - (started if relative else _seconds(schedule["startSchedule"]))
    if second < 0:
        return None
    if profile["chargingProfileKind"] == "Recurring":
        second %= ROUND_S[profile["recurrencyKind"]]
    if "duration" in schedule and second >= schedule["duration"]:
        return None
    found: Profile | None = None
    for period in schedule["chargingSchedulePeriod"]:
        if period["startPeriod"] <= second:
            found = period
    return found


def _figures(profile: Profile, period: Profile, supply_phases: int) -> tuple[float, float, int, float]:
    """W in total, A per phase, phases, and the least A per phase of a period."""
    phases = min(period.get("numberPhases", 3), supply_phases)
    limit, least = period["limit"], profile["chargingSchedule"].get("minChargingRate", 0.0)
    if profile["chargingSchedule"]["chargingRateUnit"] == "A":
        return limit * VOLTAGE_V * phases, limit, phases, least
    return limit, limit / VOLTAGE_V / phases, phases, least / VOLTAGE_V / phases


def _pour(total_w: float, wishes: dict[int, float]) -> dict[int, float]:
    """Give to all alike until each has what it wishes or nothing is left."""
    given = dict.fromkeys(wishes, 0.0)
    left_w, thirsty = total_w, set(wishes)
    while thirsty and left_w > 1e-9:
        cup_w = min(left_w / len(thirsty), *(wishes[one] - given[one] for one in thirsty))
        for one in thirsty:
            given[one] += cup_w
            left_w -= cup_w
        thirsty = {one for one in thirsty if wishes[one] - given[one] > 1e-9}
    return given


def _purpose(profile: Profile) -> str:
    return str(profile["chargingProfilePurpose"])


def _seconds(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()
