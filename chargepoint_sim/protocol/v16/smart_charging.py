"""1.6 smart charging: SetChargingProfile, ClearChargingProfile, GetCompositeSchedule (sections 3.13, 5.5, 5.7, 5.16).

Owns the words of 1.6 and the verdicts; reading and rounding are those of `protocol/profiles.py`, composition is the
core's.
"""

from collections.abc import Mapping
from dataclasses import replace

from chargepoint_sim.clock import Now
from chargepoint_sim.core import charging_profiles
from chargepoint_sim.core.smart_charging.profiles import STATION, ChargingProfile, Purpose, Unit
from chargepoint_sim.core.state import Evse, StationState
from chargepoint_sim.errors import CallRefused
from chargepoint_sim.protocol import profiles
from chargepoint_sim.protocol.frames import ErrorCode, Payload
from chargepoint_sim.protocol.registry import BlockContext, handles
from chargepoint_sim.protocol.v16 import features

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
    if status == ACCEPTED and not charging_profiles.install(station, profile, now.sim, displaces=True):
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
    unit = profiles.asked_unit(station, request, _units(station))
    duration_s = min(request["duration"], station.settings.integer("Ocpp16.CompositeScheduleMaxDuration"))
    if (evse is None and connector_id != STATION) or duration_s <= 0 or unit not in _units(station):
        return {"status": REJECTED}
    start, schedule = profiles.composite(context, evse, duration_s, unit, now)
    return {"status": ACCEPTED, "connectorId": connector_id, "scheduleStart": start, "chargingSchedule": schedule}


def keep_for_start(context: BlockContext, request: Payload, evse: Evse, now: Now) -> bool:
    """Keep the profile of a RemoteStartTransaction, if any, for the transaction to come; False where it is unfit.

    A charge point without smart charging ignores it (section 5.11).
    """
    evse.session_profile = None
    if "chargingProfile" not in request or not features.has(context.station.settings, features.SMART_CHARGING):
        return True
    profile = _read(context, request["chargingProfile"], evse.evse_id, now)
    fit = profiles.fits_start(context.station, profile) and _verdict(context.station, profile) == ACCEPTED
    evse.session_profile = profile if fit else None
    return fit


def _read(context: BlockContext, given: Payload, connector_id: int, now: Now) -> ChargingProfile:
    """A profile as the core knows it. CallRefused for an instant that is none."""
    station, purpose = context.station, PURPOSES[given["chargingProfilePurpose"]]
    transaction_id = given.get("transactionId")
    profile = profiles.read_profile(
        station,
        given,
        given["chargingSchedule"],
        profile_id=given["chargingProfileId"],
        purpose=purpose,
        evse_id=connector_id,
        transaction_id=None if transaction_id is None else context.outbox.station_id(str(transaction_id)),
    )
    if profile.schedule.start_at is None and purpose is Purpose.STATION_MAX:
        # There is no transaction that it could count from.
        return replace(profile, schedule=replace(profile.schedule, start_at=station.utc(now.sim)))
    return profile


def _verdict(station: StationState, profile: ChargingProfile) -> str:
    """What a profile's own figures deserve, whatever else is installed (section 3.13.5 on the phases)."""
    if profiles.flaw_of(station, profile, _units(station)) is not None:
        return REJECTED
    if profiles.switches_phases(station, profile) and not station.settings.boolean("SmartChargingCtrlr.Phases3to1"):
        return NOT_SUPPORTED
    return ACCEPTED


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
