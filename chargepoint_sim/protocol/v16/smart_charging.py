"""1.6 smart charging: SetChargingProfile, ClearChargingProfile, GetCompositeSchedule (sections 3.13, 5.5, 5.7, 5.16).

Owns the words of 1.6, the verdicts and the rounding of limits; composition is the core's. Instants of the central
system are read onto the charger's own clock, by which schedules run.
"""

from collections.abc import Mapping
from dataclasses import replace
from math import ceil, floor

from chargepoint_sim.clock import Now
from chargepoint_sim.core import charging_profiles, forecast
from chargepoint_sim.core.smart_charging.composite import whole_seconds
from chargepoint_sim.core.smart_charging.profiles import (
    Capabilities,
    ChargingPeriod,
    ChargingProfile,
    ChargingSchedule,
    Kind,
    Purpose,
    Recurrency,
    Unit,
    validate,
)
from chargepoint_sim.core.spec import Current
from chargepoint_sim.core.state import Evse, StationState
from chargepoint_sim.errors import CallRefused
from chargepoint_sim.protocol.frames import ErrorCode, Payload
from chargepoint_sim.protocol.instants import read_instant
from chargepoint_sim.protocol.registry import BlockContext, handles
from chargepoint_sim.protocol.timekeeping import CLOCK_TOLERANCE_S

STATION = 0
ACCEPTED, REJECTED, NOT_SUPPORTED, UNKNOWN = "Accepted", "Rejected", "NotSupported", "Unknown"

PURPOSES: Mapping[str, Purpose] = {
    "ChargePointMaxProfile": Purpose.STATION_MAX,
    "TxDefaultProfile": Purpose.TX_DEFAULT,
    "TxProfile": Purpose.TX,
}
"""ChargingProfilePurposeType -> the core's word."""

RATE_UNITS: Mapping[Unit, str] = {Unit.A: "Current", Unit.W: "Power"}
"""ChargingRateUnitType -> word of ChargingScheduleAllowedChargingRateUnit."""


@handles("SetChargingProfile")
def set_profile(context: BlockContext, request: Payload, now: Now) -> Payload:
    """Install a profile, in place of the one with its id or with its purpose, stack level and connector."""
    station, connector_id = context.station, request["connectorId"]
    if connector_id != STATION and station.evse(connector_id) is None:
        raise CallRefused(ErrorCode.PROPERTY_CONSTRAINT_VIOLATION, f"connectorId: there is no connector {connector_id}")
    profile = _read(context, request["csChargingProfiles"], connector_id, now)
    status = _verdict(station, profile)
    if status == ACCEPTED and profile.purpose is Purpose.TX:
        profile, status = _of_running_transaction(context, profile)
    if status == ACCEPTED and not charging_profiles.install(station, profile, now.sim):
        status = REJECTED
    return {"status": status}


@handles("ClearChargingProfile")
def clear_profiles(context: BlockContext, request: Payload, now: Now) -> Payload:
    """Forget profiles: an id decides alone, other fields must all fit, no field means every profile (errata 3.26)."""
    wanted_id: int | None = request.get("id")
    wanted = (
        request.get("connectorId"),
        PURPOSES.get(request.get("chargingProfilePurpose", "")),
        request.get("stackLevel"),
    )

    def chosen(profile: ChargingProfile) -> bool:
        if wanted_id is not None:
            return profile.profile_id == wanted_id
        found = (profile.evse_id, profile.purpose, profile.stack_level)
        return all(asked in (None, has) for asked, has in zip(wanted, found, strict=True))

    cleared = charging_profiles.clear(context.station, chosen, now.sim)
    return {"status": ACCEPTED if cleared else UNKNOWN}


@handles("GetCompositeSchedule")
def composite_schedule(context: BlockContext, request: Payload, now: Now) -> Payload:
    """The limits from now on: of a connector, or with 0 of the whole charge point (section 5.7, errata 3.28-3.30)."""
    station, connector_id = context.station, request["connectorId"]
    evse = station.evse(connector_id)
    unit = Unit(request["chargingRateUnit"]) if "chargingRateUnit" in request else _usual_unit(station)
    duration_s = min(request["duration"], station.settings.integer("Ocpp16.CompositeScheduleMaxDuration"))
    if (evse is None and connector_id != STATION) or duration_s <= 0 or unit not in _units(station):
        return {"status": REJECTED}
    clock = station.utc(now.sim)
    begun_s = clock - floor(clock)
    if evse is not None:
        periods = forecast.of_evse(station, evse, now.sim, duration_s - begun_s, unit)
    else:
        periods = forecast.of_station(station, now.sim, duration_s - begun_s, unit)
    # The schedule starts with the present second; what holds now stands for the part of it that is over.
    shifted = [*periods[:1], *(replace(period, start_s=period.start_s + begun_s) for period in periods[1:])]
    return {
        "status": ACCEPTED,
        "connectorId": connector_id,
        "scheduleStart": context.stamp(floor(clock) - station.utc_offset_s),
        "chargingSchedule": {
            "duration": duration_s,
            "chargingRateUnit": unit.value,
            "chargingSchedulePeriod": [_period(period) for period in whole_seconds(shifted)],
        },
    }


def keep_for_start(context: BlockContext, request: Payload, evse: Evse, now: Now) -> bool:
    """Keep the profile of a RemoteStartTransaction, if any, for the transaction to come; False where it is unfit."""
    evse.session_profile = None
    if "chargingProfile" not in request:
        return True
    profile = _read(context, request["chargingProfile"], evse.evse_id, now)
    fit = (
        profile.purpose is Purpose.TX
        and profile.transaction_id is None
        and _verdict(context.station, profile) == ACCEPTED
        and charging_profiles.room_for(context.station, profile)
    )
    evse.session_profile = profile if fit else None
    return fit


def _read(context: BlockContext, given: Payload, connector_id: int, now: Now) -> ChargingProfile:
    """A profile as the core knows it. CallRefused for an instant that is none."""
    station, schedule = context.station, given["chargingSchedule"]
    instants = {
        name: _own_clock(station, name, holder[name]) if name in holder else None
        for holder, name in ((schedule, "startSchedule"), (given, "validFrom"), (given, "validTo"))
    }
    purpose = PURPOSES[given["chargingProfilePurpose"]]
    start_at = instants["startSchedule"]
    if start_at is None and purpose is Purpose.STATION_MAX:
        start_at = station.utc(now.sim)  # there is no transaction that it could count from
    transaction_id = given.get("transactionId")
    return ChargingProfile(
        profile_id=given["chargingProfileId"],
        stack_level=given["stackLevel"],
        purpose=purpose,
        kind=Kind(given["chargingProfileKind"]),
        schedule=ChargingSchedule(
            Unit(schedule["chargingRateUnit"]),
            tuple(
                ChargingPeriod(float(one["startPeriod"]), round(float(one["limit"]), 1), one.get("numberPhases"))
                for one in schedule["chargingSchedulePeriod"]
            ),
            start_at,
            schedule.get("duration"),
            round(float(schedule["minChargingRate"]), 1) if "minChargingRate" in schedule else None,
        ),
        evse_id=connector_id,
        recurrency=Recurrency(given["recurrencyKind"]) if "recurrencyKind" in given else None,
        valid_from=instants["validFrom"],
        valid_to=instants["validTo"],
        transaction_id=None if transaction_id is None else context.outbox.station_id(str(transaction_id)),
    )


def _own_clock(station: StationState, name: str, text: str) -> float:
    """An instant of the central system on the charger's own clock; clocks that agree are one clock."""
    instant = read_instant(station, name, text)
    theirs, own = instant + station.csms_offset_s, station.utc(instant)
    return theirs if abs(own - theirs) <= CLOCK_TOLERANCE_S else own


def _verdict(station: StationState, profile: ChargingProfile) -> str:
    """What a profile's own figures deserve, whatever else is installed."""
    settings = station.settings
    schedule = profile.schedule
    capabilities = Capabilities(
        max_stack_level=settings.integer("SmartChargingCtrlr.ProfileStackLevel"),
        max_periods=settings.integer("SmartChargingCtrlr.PeriodsPerSchedule"),
        units=_units(station),
    )
    limits = (*(period.limit for period in schedule.periods), schedule.min_charging_rate or 0.0)
    if validate(profile, capabilities) is not None or min(limits) < 0.0:
        return REJECTED
    if _switches_phases(station, profile) and not settings.boolean("SmartChargingCtrlr.Phases3to1"):
        return NOT_SUPPORTED
    return ACCEPTED


def _switches_phases(station: StationState, profile: ChargingProfile) -> bool:
    """Whether the schedule changes the number of phases at an EVSE that it is for (section 3.13.5)."""
    concerned = [evse.spec for evse in station.evses if profile.evse_id in (STATION, evse.evse_id)]
    return any(
        len({min(period.phases or 3, spec.phases) for period in profile.schedule.periods}) > 1
        for spec in concerned
        if spec.current is Current.AC
    )


def _of_running_transaction(context: BlockContext, profile: ChargingProfile) -> tuple[ChargingProfile, str]:
    """A TxProfile belongs to the transaction that runs at its connector; without one it is rejected."""
    evse = context.station.evse(profile.evse_id)
    running = evse.transaction if evse is not None else None
    if running is None or profile.transaction_id not in (None, running.transaction_id):
        return profile, REJECTED
    return replace(profile, transaction_id=running.transaction_id), ACCEPTED


def _units(station: StationState) -> frozenset[Unit]:
    allowed = station.settings.members("Ocpp16.ChargingScheduleAllowedChargingRateUnit")
    return frozenset(unit for unit, word in RATE_UNITS.items() if word in allowed)


def _usual_unit(station: StationState) -> Unit:
    """The unit of a schedule whose request names none: A on AC where that is allowed, W on DC."""
    preferred = Unit.W if station.evses[0].spec.current is Current.DC else Unit.A
    units = _units(station)
    return preferred if preferred in units else next(iter(units))


def _period(period: ChargingPeriod) -> Payload:
    """A period on the wire: the limit rounded up, so that it remains a bound."""
    limit = ceil(period.limit * 10 - 1e-6) / 10
    found: Payload = {"startPeriod": int(period.start_s), "limit": limit}
    return found if period.phases is None else found | {"numberPhases": period.phases}
