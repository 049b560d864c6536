"""Charging profiles and composite schedules on the wire, where both versions say the same.

Owns how a profile is read onto the charger's own clock, by which schedules run, what becomes of decimals, and how a
composite schedule is laid out (1.6 sections 3.13 and 5.7, 2.0.1 part 2 K01 and K08). Verdicts are each version's own.
"""

import json
from collections.abc import Iterable
from dataclasses import replace
from math import ceil, floor

from chargepoint_sim.clock import Now
from chargepoint_sim.core import charging_profiles, forecast
from chargepoint_sim.core.smart_charging.composite import whole_seconds
from chargepoint_sim.core.smart_charging.profiles import (
    STATION,
    Capabilities,
    ChargingPeriod,
    ChargingProfile,
    ChargingSchedule,
    Flaw,
    Kind,
    Purpose,
    Recurrency,
    Unit,
    validate,
)
from chargepoint_sim.core.spec import Current
from chargepoint_sim.core.state import Evse, StationState
from chargepoint_sim.protocol.frames import Payload
from chargepoint_sim.protocol.instants import read_instant
from chargepoint_sim.protocol.registry import BlockContext
from chargepoint_sim.protocol.timekeeping import CLOCK_TOLERANCE_S


def read_profile(
    station: StationState,
    given: Payload,
    schedule: Payload,
    *,
    profile_id: int,
    purpose: Purpose,
    evse_id: int,
    transaction_id: str | None,
) -> ChargingProfile:
    """A profile as the core knows it, its instants on the charger's own clock. CallRefused for one that is none."""

    def instant(holder: Payload, name: str) -> float | None:
        return _own_clock(station, name, holder[name]) if name in holder else None

    return ChargingProfile(
        profile_id=profile_id,
        stack_level=given["stackLevel"],
        purpose=purpose,
        kind=Kind(given["chargingProfileKind"]),
        schedule=ChargingSchedule(
            Unit(schedule["chargingRateUnit"]),
            tuple(
                ChargingPeriod(
                    float(one["startPeriod"]), _decimal(one["limit"]), one.get("numberPhases"), one.get("phaseToUse")
                )
                for one in schedule["chargingSchedulePeriod"]
            ),
            instant(schedule, "startSchedule"),
            schedule.get("duration"),
            _decimal(schedule["minChargingRate"]) if "minChargingRate" in schedule else None,
            schedule.get("id"),
            json.dumps(schedule["salesTariff"]) if "salesTariff" in schedule else "",
        ),
        evse_id=evse_id,
        recurrency=Recurrency(given["recurrencyKind"]) if "recurrencyKind" in given else None,
        valid_from=instant(given, "validFrom"),
        valid_to=instant(given, "validTo"),
        transaction_id=transaction_id,
    )


def _decimal(limit: float) -> float:
    return round(float(limit), 1)


def _own_clock(station: StationState, name: str, text: str) -> float:
    """An instant of the central system on the charger's own clock; clocks that agree are one clock."""
    instant = read_instant(station, name, text)
    theirs, own = instant + station.csms_offset_s, station.utc(instant)
    return theirs if abs(own - theirs) <= CLOCK_TOLERANCE_S else own


def flaw_of(station: StationState, profile: ChargingProfile, units: frozenset[Unit]) -> Flaw | None:
    """What is wrong with a profile's own figures at this station, whatever else is installed."""
    settings = station.settings
    flaw = validate(
        profile,
        Capabilities(
            max_stack_level=settings.integer("SmartChargingCtrlr.ProfileStackLevel"),
            max_periods=settings.integer("SmartChargingCtrlr.PeriodsPerSchedule"),
            units=units,
        ),
    )
    lowest = min((*(period.limit for period in profile.schedule.periods), profile.schedule.min_charging_rate or 0.0))
    return Flaw("InvalidSchedule", "limits are not negative") if flaw is None and lowest < 0.0 else flaw


def switches_phases(station: StationState, profile: ChargingProfile) -> bool:
    """Whether the schedule changes the number of phases at an EVSE that it is for."""
    concerned = [evse.spec for evse in station.evses if profile.evse_id in (STATION, evse.evse_id)]
    return any(
        len({min(period.phases or 3, spec.phases) for period in profile.schedule.periods}) > 1
        for spec in concerned
        if spec.current is Current.AC
    )


def fits_start(station: StationState, profile: ChargingProfile) -> bool:
    """Whether a profile that came with a remote start can wait for the transaction to come (1.6 5.16.2, K05)."""
    return (
        profile.purpose is Purpose.TX
        and profile.transaction_id is None
        and charging_profiles.room_for(station, profile, displaces=True)
    )


def asked_unit(station: StationState, request: Payload, units: frozenset[Unit]) -> Unit:
    """The unit that a request for a schedule names; else A on AC where that is allowed, W on DC."""
    if "chargingRateUnit" in request:
        return Unit(request["chargingRateUnit"])
    preferred = Unit.W if station.evses[0].spec.current is Current.DC else Unit.A
    return preferred if preferred in units else next(iter(units))


def composite(context: BlockContext, evse: Evse | None, duration_s: int, unit: Unit, now: Now) -> tuple[str, Payload]:
    """(start, schedule) of an EVSE, or with None of the whole station, from the present second on."""
    station = context.station
    clock = station.utc(now.sim)
    begun_s = clock - floor(clock)
    if evse is not None:
        periods = forecast.of_evse(station, evse, now.sim, duration_s - begun_s, unit)
    else:
        periods = forecast.of_station(station, now.sim, duration_s - begun_s, unit)
    # The schedule starts with the present second; what holds now stands for the part of it that is over.
    shifted = [*periods[:1], *(replace(period, start_s=period.start_s + begun_s) for period in periods[1:])]
    return context.stamp(floor(clock) - station.utc_offset_s), {
        "duration": duration_s,
        "chargingRateUnit": unit.value,
        "chargingSchedulePeriod": _bound(whole_seconds(shifted)),
    }


def _bound(periods: Iterable[ChargingPeriod]) -> list[Payload]:
    """Periods on the wire: limits rounded up, so that they remain a bound."""
    return [written(replace(period, limit=ceil(period.limit * 10 - 1e-6) / 10)) for period in periods]


def written(period: ChargingPeriod) -> Payload:
    """A chargingSchedulePeriod element."""
    found: Payload = {"startPeriod": int(period.start_s), "limit": period.limit}
    if period.phases is not None:
        found["numberPhases"] = period.phases
    if period.phase_to_use is not None:
        found["phaseToUse"] = period.phase_to_use
    return found
