"""2.0.1 charging profiles of the central system: set, cleared, reported and composed (use cases K01-K10).

Owns the words of 2.0.1 and the verdicts; reading and rounding are those of `protocol/profiles.py`, composition is the
core's. Limits from outside the central system are told by `external_limits`.
"""

import json
from collections.abc import Iterable, Mapping
from itertools import groupby

from chargepoint_sim.clock import Now
from chargepoint_sim.core import charging_profiles, iso15118
from chargepoint_sim.core.smart_charging.profiles import (
    STATION,
    ChargingProfile,
    Flaw,
    Kind,
    Purpose,
    Unit,
    is_external,
)
from chargepoint_sim.core.spec import Current
from chargepoint_sim.core.state import Evse, StationState
from chargepoint_sim.errors import CallRefused
from chargepoint_sim.protocol import profiles
from chargepoint_sim.protocol.frames import ErrorCode, Payload
from chargepoint_sim.protocol.registry import BlockContext, handles, sends
from chargepoint_sim.protocol.v201 import ev_charging
from chargepoint_sim.protocol.v201.verdicts import Reason, accepted, rejected


@handles("SetChargingProfile")
def set_profile(context: BlockContext, request: Payload, now: Now) -> Payload:
    """Install a profile, in place of the one with its id (K01)."""
    _require(context)
    station, evse_id = context.station, request["evseId"]
    if evse_id != STATION and station.evse(evse_id) is None:
        return rejected(Reason.UNKNOWN_EVSE)  # K01.FR.28
    evse = station.evse(evse_id)
    talk = None if evse is None else iso15118.conversation(station, evse)
    if talk is not None and not talk.asked and request["chargingProfile"]["chargingProfilePurpose"] == Purpose.TX:
        return rejected(Reason.INVALID_MESSAGE_SEQ, "the vehicle has not told its needs yet")  # K15.FR.17
    offers, flaw = _read(context, request["chargingProfile"], evse_id, 1 if talk is None else iso15118.MOST_SCHEDULES)
    profile = offers[0]
    flaw = flaw or _transaction_flaw(station, profile)
    if flaw is None and charging_profiles.is_duplicate(station, profile):
        flaw = Flaw("DuplicateProfile", f"stackLevel {profile.stack_level} is taken")
    if flaw is not None:
        return rejected(Reason(flaw.code), flaw.text)
    if talk is not None and evse is not None and profile.purpose is Purpose.TX:
        installed = iso15118.offer(station, evse, offers, now.sim)
    else:
        installed = charging_profiles.install(station, profile, now.sim, displaces=False)
    if not installed:
        return rejected(Reason.OUT_OF_STORAGE, "no more profiles fit: see SmartChargingCtrlr.Entries")
    return accepted()


@handles("ClearChargingProfile")
def clear_profiles(context: BlockContext, request: Payload, now: Now) -> Payload:
    """Forget profiles: an id decides alone, criteria must all fit, none means every profile (K10)."""
    _require(context)
    wanted_id: int | None = request.get("chargingProfileId")
    criteria = request.get("chargingProfileCriteria", {})

    def chosen(profile: ChargingProfile) -> bool:
        if wanted_id is not None:
            return profile.profile_id == wanted_id
        return _fits(profile, criteria) and criteria.get("evseId") in (None, profile.evse_id)

    cleared = charging_profiles.clear(context.station, chosen, now.sim)
    return accepted() if cleared else {"status": "Unknown"}


@handles("GetChargingProfiles")
def get_profiles(context: BlockContext, request: Payload, now: Now) -> Payload:
    """Report what is installed and fits all criteria, those of external systems too (K09)."""
    _require(context)
    criteria = request["chargingProfile"]
    ids: Iterable[int] | None = criteria.get("chargingProfileId")
    sources: Iterable[str] | None = criteria.get("chargingLimitSource")
    found = [
        profile
        for profile in context.station.profiles or ()
        if request.get("evseId") in (None, profile.evse_id)
        and (ids is None or profile.profile_id in ids)
        and (sources is None or profile.source in sources)
        and _fits(profile, criteria)
    ]
    if not found:
        return {"status": "NoProfiles"}
    _report(context, request["requestId"], found)
    return accepted()


@sends("ReportChargingProfiles")
def _report(context: BlockContext, request_id: int, found: Iterable[ChargingProfile]) -> None:
    """One message for each EVSE and source, all but the last to be continued (K09.FR.02)."""
    parts = [
        (place, list(members)) for place, members in groupby(sorted(found, key=_place_and_source), _place_and_source)
    ]
    for number, ((evse_id, source), members) in enumerate(parts, 1):
        payload: Payload = {
            "requestId": request_id,
            "chargingLimitSource": source,
            "evseId": evse_id,
            "chargingProfile": [_written(context, profile) for profile in members],
        }
        if number < len(parts):
            payload["tbc"] = True
        context.call("ReportChargingProfiles", payload, solicited=True)


@handles("GetCompositeSchedule")
def composite_schedule(context: BlockContext, request: Payload, now: Now) -> Payload:
    """The limits from now on: of an EVSE, or with 0 of the whole station (K08)."""
    _require(context)
    station, evse_id = context.station, request["evseId"]
    evse = station.evse(evse_id)
    units = _units(station)
    unit = profiles.asked_unit(station, request, units)
    duration_s = min(request["duration"], station.settings.integer("Ocpp16.CompositeScheduleMaxDuration"))
    if evse is None and evse_id != STATION:
        return rejected(Reason.UNKNOWN_EVSE)  # K08.FR.05
    if unit not in units:
        return rejected(Reason.UNSUPPORTED_RATE_UNIT)  # K08.FR.07
    if duration_s <= 0:
        return rejected(Reason.INVALID_VALUE, "duration is positive")
    start, schedule = profiles.composite(context, evse, duration_s, unit, now)
    if evse is not None:
        ev_charging.narrow(context, evse, unit, schedule)
    return accepted() | {"schedule": {"evseId": evse_id, "scheduleStart": start} | schedule}


def keep_for_start(context: BlockContext, request: Payload, evse: Evse) -> Flaw | None:
    """Keep the profile of a RequestStartTransaction, if any, for the transaction to come, or say why not (K05)."""
    evse.session_profile = None
    if "chargingProfile" not in request or not _enabled(context.station):
        return None  # K05.FR.04
    (profile, *_), flaw = _read(context, request["chargingProfile"], evse.evse_id, 1)
    if flaw is None and not profiles.fits_start(context.station, profile):
        flaw = Flaw("InvalidProfile", "a remote start takes a TxProfile without transactionId")  # K05.FR.02
    if flaw is None:
        evse.session_profile = profile
    return flaw


def _require(context: BlockContext) -> None:
    """Raise CallRefused where smart charging is switched off (K01.FR.29)."""
    if not _enabled(context.station):
        raise CallRefused(ErrorCode.NOT_SUPPORTED, "smart charging is not enabled: see SmartChargingCtrlr.Enabled")


def _enabled(station: StationState) -> bool:
    return station.settings.boolean("SmartChargingCtrlr.Enabled")


def _read(
    context: BlockContext, given: Payload, evse_id: int, most_schedules: int
) -> tuple[list[ChargingProfile], Flaw | None]:
    """A profile as the core knows it, once with each of its schedules, and what is wrong whatever else is installed."""
    found = [
        profiles.read_profile(
            context.station,
            given,
            schedule,
            profile_id=given["id"],
            purpose=Purpose(given["chargingProfilePurpose"]),
            evse_id=evse_id,
            transaction_id=given.get("transactionId"),
        )
        for schedule in given["chargingSchedule"]
    ]
    if len(found) > most_schedules or len({one.schedule.schedule_id for one in found}) < len(found):
        text = f"{most_schedules} schedules at most, each with its id; one where this is no ISO 15118 session"
        return found, Flaw("InvalidSchedule", text)  # K01.FR.34, K15.FR.07
    return found, next(filter(None, (_flaw(context.station, one) for one in found)), None)


def _flaw(station: StationState, profile: ChargingProfile) -> Flaw | None:
    """What is wrong with a profile and its schedule."""
    schedule = profile.schedule
    relative = profile.kind is Kind.RELATIVE
    rules = (
        (not is_external(profile), "InvalidProfile", "only external systems set external constraints"),  # K01.FR.22
        (relative == (schedule.start_at is None), "InvalidSchedule",
         "startSchedule belongs to Absolute and Recurring profiles, and to no other"),  # K01.FR.40, .41
        (_phase_is_ours(station, profile), "InvalidSchedule", "this phase cannot be chosen"),  # K01.FR.48
        (not profiles.switches_phases(station, profile) or station.settings.boolean("SmartChargingCtrlr.Phases3to1"),
         "InvalidSchedule", "the number of phases cannot change: see SmartChargingCtrlr.Phases3to1"),  # K01.FR.43
    )  # fmt: skip
    broken = (Flaw(code, text) for kept, code, text in rules if not kept)
    return next(broken, None) or profiles.flaw_of(station, profile, _units(station))


def _phase_is_ours(station: StationState, profile: ChargingProfile) -> bool:
    """A period may name the phase that the EVSE uses anyway; on DC it is ignored (K01.FR.44, .46, .48)."""
    named = [period for period in profile.schedule.periods if period.phase_to_use is not None]
    concerned = [evse for evse in station.evses if profile.evse_id in (STATION, evse.evse_id)]
    return all(
        period.phases == 1 and period.phase_to_use == (evse.meter.wiring or (0,))[0] + 1
        for period in named
        for evse in concerned
        if evse.spec.current is Current.AC
    )


def _transaction_flaw(station: StationState, profile: ChargingProfile) -> Flaw | None:
    """A TxProfile names the transaction that runs at its EVSE (K01.FR.03, .09, .33)."""
    if profile.purpose is not Purpose.TX:
        return None
    evse = station.evse(profile.evse_id)
    if evse is None or evse.transaction is None:
        return Flaw("TxNotFound", "no transaction runs there")
    if profile.transaction_id is None:
        return Flaw("MissingParam", "a TxProfile needs its transactionId")
    if profile.transaction_id != evse.transaction.transaction_id:
        return Flaw("UnknownTxId", f"{profile.transaction_id} does not run there")
    return None


def _units(station: StationState) -> frozenset[Unit]:
    return frozenset(map(Unit, station.settings.members("SmartChargingCtrlr.RateUnit")))


def _fits(profile: ChargingProfile, criteria: Mapping[str, object]) -> bool:
    """Purpose and stack level, where they are asked for."""
    return criteria.get("chargingProfilePurpose") in (None, profile.purpose) and criteria.get("stackLevel") in (
        None,
        profile.stack_level,
    )


def _place_and_source(profile: ChargingProfile) -> tuple[int, str]:
    return profile.evse_id, profile.source.value


def _written(context: BlockContext, profile: ChargingProfile) -> Payload:
    """A ChargingProfileType element, as it was set."""
    offset_s = context.station.utc_offset_s
    found: Payload = {
        "id": profile.profile_id,
        "stackLevel": profile.stack_level,
        "chargingProfilePurpose": profile.purpose.value,
        "chargingProfileKind": profile.kind.value,
        "recurrencyKind": profile.recurrency and profile.recurrency.value,
        "validFrom": None if profile.valid_from is None else context.stamp(profile.valid_from - offset_s),
        "validTo": None if profile.valid_to is None else context.stamp(profile.valid_to - offset_s),
        "transactionId": profile.transaction_id,
        "chargingSchedule": [
            _present(
                {
                    "id": profile.evse_id if schedule.schedule_id is None else schedule.schedule_id,
                    "startSchedule": None if schedule.start_at is None else context.stamp(schedule.start_at - offset_s),
                    "duration": schedule.duration_s,
                    "chargingRateUnit": schedule.unit.value,
                    "minChargingRate": schedule.min_charging_rate,
                    "chargingSchedulePeriod": [profiles.written(period) for period in schedule.periods],
                    "salesTariff": json.loads(schedule.sales_tariff) if schedule.sales_tariff else None,
                }
            )
            for schedule in profile.alternatives or (profile.schedule,)
        ],
    }
    return _present(found)


def _present(element: Payload) -> Payload:
    """Without the members that have no value."""
    return {name: value for name, value in element.items() if value is not None}
