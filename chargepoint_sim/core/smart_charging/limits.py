"""What an EVSE offers: the least of the layers on the EVSE's side, and which one binds (architecture D4).

The offer knows nothing of the vehicle. W is the total, A is per phase; W and A are converted with the nominal
voltage and the period's number of phases. A limit in W that binds comes back as exactly that W. On DC a limit
in W leaves the current alone: what current it means depends on the battery's voltage.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from chargepoint_sim.core.smart_charging.leading import PeriodLimit, leading_limit
from chargepoint_sim.core.smart_charging.profiles import STATION, ChargingProfile, Purpose, Unit
from chargepoint_sim.core.spec import Current, EvseSpec
from chargepoint_sim.units import amperes, watts

SLACK_A = 1e-6
"""Currents that differ by less are equal: 6 A converted to W and back is still 6 A."""

_SAME_W = 1e-9
"""Powers that differ by a smaller share are equal."""


class Layer(StrEnum):
    """What can bound an offer, from the outlet outwards."""

    HARDWARE = "hardware"
    CABLE = "cable"
    STATION_SHARE = "station_share"
    DEVICE_SETTING = "device_setting"
    DEVICE_PAUSE = "device_pause"
    EXTERNAL_LIMIT = "external_limit"
    STATION_MAX_PROFILE = "station_max_profile"
    TX_PROFILE = "tx_profile"
    TX_DEFAULT_PROFILE = "tx_default_profile"


@dataclass(frozen=True, slots=True)
class Offer:
    """What the EVSE lets a vehicle take; both figures hold at once."""

    power_w: float
    current_a: float
    """Per phase; DC: at the outlet."""
    bound_by: str
    """The Layer with the least power; of equal ones the one nearest to the outlet."""
    phases: int
    """AC phases that may carry current; 1 on DC."""
    min_current_a: float = 0.0
    """The greatest minChargingRate of the profiles in force, A per phase."""


@dataclass(frozen=True, slots=True)
class Bound:
    """One layer in force: at most so many W and A on so many phases."""

    layer: Layer
    power_w: float
    current_a: float
    phases: int
    min_current_a: float = 0.0
    limit: PeriodLimit | None = None
    """The profile's limit that it is, where it comes from one."""


def effective_offer(
    evse: EvseSpec,
    profiles: Iterable[ChargingProfile],
    station_share_w: float | None,
    device_limit_w: float | None,
    t: float,
    transaction_started_at: float | None,
    in_transaction: bool,
    connector_id: int | None = None,
    paused: bool = False,
) -> Offer:
    """The offer of `evse` at `t`: the minimum over the layers in force, never negative.

    Arguments:
        station_share_w: what `share` granted this EVSE of a limit that several share; None where nothing is shared.
        device_limit_w: the ceiling that is set at the device for the station as a whole; None where there is none.
        transaction_started_at: where Relative schedules count from.
        in_transaction: TxProfile and TxDefaultProfile bind only then.
        connector_id: the connector in use, whose fixed cable may bind.
        paused: energy is held back at the device.
    """
    found = bounds(
        evse, profiles, station_share_w, device_limit_w, t, transaction_started_at, in_transaction, connector_id, paused
    )
    least = min(found, key=lambda bound: bound.power_w)
    current_a = min(bound.current_a for bound in found)
    phases = min(bound.phases for bound in found)
    power_w, bound_by = least.power_w, least.layer
    if evse.current is Current.AC:
        carried_w = watts(current_a, evse.voltage_v, phases)
        if carried_w < power_w * (1.0 - _SAME_W):
            power_w = carried_w
            bound_by = min(found, key=lambda bound: (bound.current_a, bound.phases)).layer
    return Offer(
        power_w=max(power_w, 0.0),
        current_a=max(current_a, 0.0),
        bound_by=bound_by,
        phases=phases,
        min_current_a=max(bound.min_current_a for bound in found),
    )


def layers(
    evse: EvseSpec,
    profiles: Iterable[ChargingProfile],
    station_share_w: float | None,
    device_limit_w: float | None,
    t: float,
    transaction_started_at: float | None,
    in_transaction: bool,
    connector_id: int | None = None,
    paused: bool = False,
) -> dict[str, float]:
    """W of every layer that is in force at `t`, by Layer; the arguments are those of `effective_offer`."""
    found = bounds(
        evse, profiles, station_share_w, device_limit_w, t, transaction_started_at, in_transaction, connector_id, paused
    )
    return {str(bound.layer): bound.power_w for bound in found}


def station_limit(
    evse: EvseSpec,
    profiles: Iterable[ChargingProfile],
    max_power_w: float | None,
    device_limit_w: float | None,
    t: float,
) -> float | None:
    """W that all EVSEs of a station share at `t`: cabinet, device setting, and the station's own profiles.

    `evse` gives voltage and phases for limits in A (any EVSE of the station; they hang on the same supply).
    None where nothing bounds the station as a whole.
    """
    found = [limit for limit in (max_power_w, device_limit_w) if limit is not None]
    of_station = [profile for profile in profiles if profile.evse_id == STATION]
    for purpose in (Purpose.STATION_MAX, Purpose.EXTERNAL) if of_station else ():
        leading = leading_limit(of_station, purpose, STATION, t)
        if leading is not None:
            found.append(limit_w(evse, leading))
    return max(min(found), 0.0) if found else None


def is_sufficient(evse: EvseSpec, offer: Offer, min_charging_rate: float | None = None) -> bool:
    """Whether a vehicle can charge on `offer`; if not, the EVSE suspends (SuspendedEVSE).

    AC needs the pilot's minimum, or `min_charging_rate` (A per phase) or the profiles' minChargingRate if
    greater; DC needs anything above zero.
    """
    floor_a = max(offer.min_current_a, min_charging_rate or 0.0)
    if evse.current is Current.AC:
        floor_a = max(floor_a, evse.min_current_a)
    return offer.power_w > 0.0 and offer.current_a > 0.0 and offer.current_a >= floor_a - SLACK_A


def limit_w(evse: EvseSpec, limit: PeriodLimit) -> float:
    """The W of a profile's limit at `evse`; a limit in W unchanged."""
    if limit.unit is Unit.W:
        return limit.limit
    return watts(limit.limit, evse.voltage_v, _phases(evse, limit.phases))


def limit_a(evse: EvseSpec, limit: PeriodLimit) -> float:
    """The A per phase of a profile's limit at `evse`; a limit in A unchanged."""
    if limit.unit is Unit.A:
        return limit.limit
    return amperes(limit.limit, evse.voltage_v, _phases(evse, limit.phases))


def bounds(
    evse: EvseSpec,
    profiles: Iterable[ChargingProfile],
    station_share_w: float | None,
    device_limit_w: float | None,
    t: float,
    transaction_started_at: float | None,
    in_transaction: bool,
    connector_id: int | None = None,
    paused: bool = False,
) -> list[Bound]:
    """The layers in force, from the outlet outwards; the arguments are those of `effective_offer`."""
    found = [_hardware(evse)]
    cable_a = _cable_current(evse, connector_id)
    if cable_a is not None:
        power_w = watts(cable_a, evse.voltage_v, evse.phases) if evse.current is Current.AC else evse.max_power_w
        found.append(Bound(Layer.CABLE, power_w, cable_a, found[0].phases))
    profiles = tuple(profiles)
    from_profiles = (
        _profile_bounds(evse, profiles, t, transaction_started_at, in_transaction=in_transaction) if profiles else []
    )
    # Parts of a power say nothing of phases: they are carried by as many as the other layers leave.
    phases = min(bound.phases for bound in (*found, *from_profiles))
    shared = (
        (Layer.STATION_SHARE, station_share_w),
        (Layer.DEVICE_SETTING, device_limit_w),
        (Layer.DEVICE_PAUSE, 0.0 if paused else None),
    )
    found.extend(_power_bound(evse, layer, power_w, phases) for layer, power_w in shared if power_w is not None)
    return found + from_profiles


def _profile_bounds(
    evse: EvseSpec,
    profiles: tuple[ChargingProfile, ...],
    t: float,
    transaction_started_at: float | None,
    *,
    in_transaction: bool,
) -> list[Bound]:
    """The layers that profiles give, from the outlet outwards."""
    sought = [
        (Layer.EXTERNAL_LIMIT, Purpose.EXTERNAL, 0),
        (Layer.EXTERNAL_LIMIT, Purpose.EXTERNAL, evse.evse_id),
        (Layer.STATION_MAX_PROFILE, Purpose.STATION_MAX, 0),
    ]
    if in_transaction:
        sought += [
            (Layer.TX_PROFILE, Purpose.TX, evse.evse_id),
            (Layer.TX_DEFAULT_PROFILE, Purpose.TX_DEFAULT, evse.evse_id),
        ]
    found: dict[Layer, Bound] = {}
    purposes = {profile.purpose for profile in profiles}
    for layer, purpose, evse_id in sought:
        if purpose not in purposes:
            continue
        leading = leading_limit(profiles, purpose, evse_id, t, transaction_started_at)
        if leading is None or (layer is Layer.TX_DEFAULT_PROFILE and Layer.TX_PROFILE in found):
            continue
        bound = _profile_bound(evse, layer, leading)
        if layer not in found or bound.power_w < found[layer].power_w:
            found[layer] = bound
    return list(found.values())


def _hardware(evse: EvseSpec) -> Bound:
    """What the EVSE is built for: on AC its power and its current limit each other."""
    if evse.current is Current.DC:
        return Bound(Layer.HARDWARE, evse.max_power_w, evse.max_current_a, 1)
    power_w = min(evse.max_power_w, watts(evse.max_current_a, evse.voltage_v, evse.phases))
    current_a = min(evse.max_current_a, amperes(evse.max_power_w, evse.voltage_v, evse.phases))
    return Bound(Layer.HARDWARE, power_w, current_a, evse.phases)


def _cable_current(evse: EvseSpec, connector_id: int | None) -> float | None:
    """A of the fixed cable in use; without a connector in use the strongest cable, None if one has no limit."""
    cables = [
        connector.cable_max_current_a
        for connector in evse.connectors
        if connector_id is None or connector.connector_id == connector_id
    ]
    known = [cable_a for cable_a in cables if cable_a is not None]
    return max(known) if known and len(known) == len(cables) else None


def _power_bound(evse: EvseSpec, layer: Layer, power_w: float, phases: int) -> Bound:
    """A layer given in W, carried by `phases`."""
    if evse.current is Current.DC:
        return Bound(layer, power_w, evse.max_current_a if power_w > 0.0 else 0.0, 1)
    return Bound(layer, power_w, amperes(power_w, evse.voltage_v, phases), phases)


def _profile_bound(evse: EvseSpec, layer: Layer, leading: PeriodLimit) -> Bound:
    """A layer that a profile gives, in W or A."""
    power_w = limit_w(evse, leading)
    if evse.current is Current.DC and leading.unit is Unit.W:
        bound = _power_bound(evse, layer, power_w, 1)
        current_a, phases = bound.current_a, bound.phases
    else:
        current_a, phases = limit_a(evse, leading), _phases(evse, leading.phases)
    return Bound(layer, power_w, current_a, phases, _min_current(evse, leading), leading)


def _min_current(evse: EvseSpec, leading: PeriodLimit) -> float:
    """minChargingRate of the leading schedule in A per phase; 0 where it has none."""
    rate = leading.profile.schedule.min_charging_rate or 0.0
    if leading.unit is Unit.A:
        return rate
    return amperes(rate, evse.voltage_v, _phases(evse, leading.phases))


def _phases(evse: EvseSpec, asked: int | None) -> int:
    """Phases that a limit counts: numberPhases, absent 3, at most those of the supply."""
    return 1 if evse.current is Current.DC else min(asked or 3, evse.phases)


@dataclass(frozen=True, slots=True)
class Demand:
    """What one EVSE could do with power that several share, W."""

    offered_w: float
    """What its other layers allow."""
    useful_w: float
    """The part of it that the vehicle can take."""
    least_w: float
    """The least on which it can charge; 0 where anything will do."""
    priority: int = 0
    """Who is served first: the highest."""


def least_w(evse: EvseSpec, offer: Offer) -> float:
    """W of the least offer that a vehicle can charge on, with the phases and the minChargingRate of `offer`."""
    if evse.current is Current.DC:
        return watts(offer.min_current_a, evse.voltage_v)
    return watts(max(evse.min_current_a, offer.min_current_a), evse.voltage_v, offer.phases)


def share(station_limit_w: float, demands: Mapping[int, Demand]) -> dict[int, float]:
    """W for each drawing EVSE, together at most `station_limit_w`: equal parts, the unused of one for the others.

    A higher priority is served first. `demands` are by EVSE id, in order of priority and then of seniority. Where a
    part is too little to charge on, the last EVSE of those concerned is paused (0 W) and the rest share again. What no
    vehicle can take is offered all the same, so that the offers add up to the limit as far as the EVSEs' own layers
    allow. An EVSE whose vehicle wants nothing is not to be asked: it needs no share.
    """
    limit_w = max(station_limit_w, 0.0)
    sharing = dict(demands)
    parts: dict[int, float] = {}
    while sharing:
        parts = _in_turn(limit_w, {key: demand.useful_w for key, demand in sharing.items()}, sharing)
        left_w = limit_w - sum(parts.values())
        unused = _in_turn(left_w, {key: demand.offered_w - parts[key] for key, demand in sharing.items()}, sharing)
        parts = {key: min(parts[key] + unused[key], demand.offered_w) for key, demand in sharing.items()}
        short = [key for key, demand in sharing.items() if parts[key] < demand.least_w * (1.0 - _SAME_W)]
        if not short:
            break
        del sharing[short[-1]]
    return {key: parts[key] if key in sharing else 0.0 for key in demands}


def _in_turn(limit_w: float, wanted_w: Mapping[int, float], demands: Mapping[int, Demand]) -> dict[int, float]:
    """Split `limit_w`, equally among those of one priority; the next get what is left."""
    parts: dict[int, float] = {}
    for priority in sorted({demand.priority for demand in demands.values()}, reverse=True):
        equals = {key: wanted_w[key] for key, demand in demands.items() if demand.priority == priority}
        parts.update(_equal_parts(limit_w - sum(parts.values()), equals))
    return parts


def _equal_parts(limit_w: float, wanted_w: Mapping[int, float]) -> dict[int, float]:
    """Split `limit_w` equally; who wants less leaves the rest to the others."""
    parts: dict[int, float] = {}
    left_w = max(limit_w, 0.0)
    for position, key in enumerate(sorted(wanted_w, key=wanted_w.__getitem__)):
        parts[key] = min(wanted_w[key], left_w / (len(wanted_w) - position))
        left_w -= parts[key]
    return parts
