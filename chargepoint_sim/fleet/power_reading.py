"""What bounds offers and draws, read off a charger: figures from the same functions that decide, and words for each.

Read only. Which layer binds is decided in `core.smart_charging.limits`, what a vehicle draws in `core.vehicle`.
"""

from collections.abc import Callable, Iterator, Mapping

from chargepoint_sim.core import power
from chargepoint_sim.core.smart_charging import limits
from chargepoint_sim.core.smart_charging.leading import PeriodLimit
from chargepoint_sim.core.smart_charging.limits import Bound, Layer
from chargepoint_sim.core.smart_charging.profiles import STATION, LimitSource, is_external
from chargepoint_sim.core.spec import Current
from chargepoint_sim.core.state import Evse
from chargepoint_sim.core.station import Station
from chargepoint_sim.core.vehicle import Bound as DrawBound
from chargepoint_sim.core.vehicle import Vehicle
from chargepoint_sim.fleet.power_views import EvseLimitsView, LayerView, LimitsView, ProfileSource, VehicleView


def limits_view(station: Station, at: float) -> LimitsView:
    """What bounds the power of every EVSE at simulated time `at`."""
    shares = power.shares(station, at)
    evses = tuple(_evse(station, evse, at, shares.get(evse.evse_id)) for evse in station.evses)
    return LimitsView(power.station_limit_w(station, at), evses)


def vehicle_views(station: Station, at: float) -> Iterator[VehicleView]:
    """The vehicles that are plugged in."""
    for evse in station.evses:
        if evse.vehicle is not None:
            yield _vehicle(evse, evse.vehicle, at)


def _evse(station: Station, evse: Evse, at: float, share_w: float | None) -> EvseLimitsView:
    transaction, offer = evse.transaction, evse.offer
    found = limits.bounds(
        evse.spec,
        station.profiles.for_evse(evse.evse_id) if station.profiles is not None else (),
        share_w,
        station.device_limit_w,
        station.utc(at),
        None if transaction is None else station.utc(transaction.started_at),
        transaction is not None,
        evse.plugged,
        station.paused,
    )
    layers = tuple(_layer(station, evse, bound, at, binds=str(bound.layer) == offer.bound_by) for bound in found)
    sufficient = power.sufficient(evse, offer)
    return EvseLimitsView(
        evse_id=evse.evse_id,
        offered_power_w=offer.power_w,
        offered_current_a=offer.current_a,
        phases=offer.phases,
        offered_by=str(offer.bound_by),
        why_offered=next((one.why for one in layers if one.binds), "nothing has been offered yet"),
        sufficient=sufficient,
        power_w=evse.meter.power_at(at),
        drawn_by=_drawn_by(evse),
        why_drawn=_why_drawn(evse, at, sufficient=sufficient),
        layers=layers,
    )


def _layer(station: Station, evse: Evse, bound: Bound, at: float, *, binds: bool) -> LayerView:
    return LayerView(
        layer=str(bound.layer),
        power_w=bound.power_w,
        current_a=bound.current_a,
        phases=bound.phases,
        binds=binds,
        why=_WHY[bound.layer](station, evse, bound, at),
        profile=None if bound.limit is None else _source(bound.limit),
    )


def _source(limit: PeriodLimit) -> ProfileSource:
    profile = limit.profile
    return ProfileSource(
        profile.profile_id, profile.purpose.value, profile.stack_level, profile.source.value, profile.evse_id
    )


def _hardware(station: Station, evse: Evse, bound: Bound, at: float) -> str:
    supply = "DC" if evse.spec.current is Current.DC else f"{evse.spec.phases} phases"
    return f"the outlet is built for {bound.power_w:,.0f} W and {bound.current_a:g} A ({supply})"


def _cable(station: Station, evse: Evse, bound: Bound, at: float) -> str:
    return f"the fixed cable carries {bound.current_a:g} A"


def _share(station: Station, evse: Evse, bound: Bound, at: float) -> str:
    total_w = power.station_limit_w(station, at) or 0.0
    if bound.power_w <= 0.0:
        return f"paused: the {total_w:,.0f} W of the station are not enough for one more vehicle to charge on"
    return f"its part of the {total_w:,.0f} W that the EVSEs of the station share"


def _device(station: Station, evse: Evse, bound: Bound, at: float) -> str:
    return f"the ceiling set at the device, {bound.power_w:,.0f} W for the whole station"


def _pause(station: Station, evse: Evse, bound: Bound, at: float) -> str:
    return "charging is paused at the device"


def _profile(station: Station, evse: Evse, bound: Bound, at: float) -> str:
    limit = bound.limit
    assert limit is not None, "only profiles give this layer"
    profile = limit.profile
    where = "the whole station" if profile.evse_id == STATION else f"EVSE {profile.evse_id}"
    figure = f"{limit.limit:,.6g} {limit.unit.value}"
    if is_external(profile):
        return f"a limit of {figure} for {where} from outside the central system, set by {_WHO[profile.source]}"
    phases = "" if limit.phases is None else f" on {limit.phases} phases"
    return (
        f"{profile.purpose.value} {profile.profile_id} (stack level {profile.stack_level}) of {_WHO[profile.source]}"
        f" allows {where} {figure}{phases}"
    )


_WHO: Mapping[LimitSource, str] = {
    LimitSource.CSO: "the central system (CSO)",
    LimitSource.EMS: "an energy management system (EMS)",
    LimitSource.SO: "the operator of the grid (SO)",
    LimitSource.OTHER: "somebody else (Other)",
}

_WHY: Mapping[Layer, Callable[[Station, Evse, Bound, float], str]] = {
    Layer.HARDWARE: _hardware,
    Layer.CABLE: _cable,
    Layer.STATION_SHARE: _share,
    Layer.DEVICE_SETTING: _device,
    Layer.DEVICE_PAUSE: _pause,
    Layer.EXTERNAL_LIMIT: _profile,
    Layer.STATION_MAX_PROFILE: _profile,
    Layer.TX_PROFILE: _profile,
    Layer.TX_DEFAULT_PROFILE: _profile,
}


def _drawn_by(evse: Evse) -> str:
    vehicle = evse.vehicle
    return DrawBound.NONE.value if vehicle is None else vehicle.binding(evse.spec, evse.followed).value


def _why_drawn(evse: Evse, at: float, *, sufficient: bool) -> str:
    vehicle = evse.vehicle
    if vehicle is None:
        return "no vehicle is plugged in"
    if evse.faulted:
        return "the EVSE is faulted"
    if evse.authorized is None:
        return "nobody is authorised to charge here"
    if evse.path_closed_at is None:
        return "the contactor has still to close"
    if evse.transaction is not None and evse.transaction.invalid:
        return "the central system has refused the token"
    if not vehicle.wants_energy:
        return "the vehicle wants no energy"
    if not sufficient:
        return "the offer is less than a vehicle can charge on, so the EVSE suspends"
    return _DRAWN[vehicle.binding(evse.spec, evse.followed)](evse, vehicle, at)


def _by_offer(evse: Evse, vehicle: Vehicle, at: float) -> str:
    return "the vehicle draws as much as the offer lets it"


def _by_vehicle(evse: Evse, vehicle: Vehicle, at: float) -> str:
    return f"a {vehicle.spec.name} takes at most {vehicle.spec.greatest_power_w(evse.spec):,.0f} W here"


def _by_battery(evse: Evse, vehicle: Vehicle, at: float) -> str:
    soc = _soc(evse, vehicle, at)
    if evse.meter.power_at(at) <= 0.0:
        return f"the battery is at {soc:.0%} and has enough (target {vehicle.target_soc:.0%})"
    return f"the battery takes no more at {soc:.0%}"


def _by_nothing(evse: Evse, vehicle: Vehicle, at: float) -> str:
    return "the vehicle wants no energy"


_DRAWN: Mapping[DrawBound, Callable[[Evse, Vehicle, float], str]] = {
    DrawBound.OFFER: _by_offer,
    DrawBound.VEHICLE: _by_vehicle,
    DrawBound.BATTERY: _by_battery,
    DrawBound.NONE: _by_nothing,
}


def _soc(evse: Evse, vehicle: Vehicle, at: float) -> float:
    return vehicle.soc_after(evse.meter.register_at(at) - evse.meter.register_wh, evse.spec.current)


def _vehicle(evse: Evse, vehicle: Vehicle, at: float) -> VehicleView:
    spec, talk = vehicle.spec, vehicle.talk
    soc = _soc(evse, vehicle, at)
    return VehicleView(
        evse_id=evse.evse_id,
        connector_id=evse.plugged,
        name=spec.name,
        charging_state=evse.charging_state.value,
        soc=soc,
        target_soc=vehicle.target_soc,
        wants_energy=vehicle.wants_energy,
        power_w=evse.meter.power_at(at),
        battery_wh=spec.battery_wh,
        missing_wh=max(vehicle.target_soc - soc, 0.0) * spec.battery_wh,
        greatest_power_w=spec.greatest_power_w(evse.spec),
        drawn_by=_drawn_by(evse),
        ac_phases=spec.ac_phases,
        ac_max_current_a=spec.ac_max_current_a,
        dc_max_power_w=spec.dc_max_power_w,
        dc_max_current_a=spec.dc_max_current_a,
        reaction_s=spec.reaction_s,
        iso15118=talk is not None,
        wanted_wh=None if talk is None else talk.energy_wh,
        departs_at=None if talk is None else talk.departs_at,
    )
