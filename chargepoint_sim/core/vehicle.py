"""The electric vehicle: what it can take, what it wants, and what it draws of an offer.

Draw is the lesser of offer, vehicle and battery; it never exceeds the offer in W or in A. The vehicle follows a
changed offer after `reaction_s`; the station keeps that delay. Figures of the presets: coverage map 5.3 and 5.4.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType

from chargepoint_sim.core.battery import (
    Curve,
    Segment,
    accepted_power,
    curve_flaw,
    lower_envelope,
    plan_segment,
    reached,
    two_stage,
)
from chargepoint_sim.core.smart_charging.limits import SLACK_A, Offer
from chargepoint_sim.core.spec import Current, EvseSpec
from chargepoint_sim.units import watts

PILOT_MIN_CURRENT_A = 6.0
"""Least current that a control pilot can signal (IEC 61851-1)."""

ISO15118_SCHEMA = "urn:iso:15118:2:2013:MsgDef,2,0"
"""The edition that vehicles speak."""

DC_CUTOFF_SHARE = 0.02
"""A vehicle ends DC charging when its battery takes less than this share of the greatest power."""

AC_TAPER: Curve = ((0.0, 1.0), (0.97, 1.0), (1.0, 0.0))
"""Share of the on-board charger's power that the battery takes on AC."""

DC_TAPER: Curve = two_stage(1.0)
"""Share of the greatest power that the battery takes on DC."""


class Bound(StrEnum):
    """What the draw is bound by."""

    OFFER = "offer"
    VEHICLE = "vehicle"
    BATTERY = "battery"
    NONE = "none"
    """The vehicle wants nothing."""


class ContractWish(StrEnum):
    """What a vehicle asks for before it can show a contract: CertificateActionEnumType of 2.0.1."""

    INSTALL = "Install"
    UPDATE = "Update"


@dataclass(frozen=True, slots=True)
class VehicleSpec:
    """A kind of vehicle; shared. Raises ValueError where a curve cannot be used."""

    name: str
    battery_wh: float
    ac_phases: int = 3
    ac_max_current_a: float = 16.0
    """Per phase; 0 for a vehicle without an on-board charger."""
    dc_max_power_w: float = 0.0
    """0 for a vehicle without a DC inlet."""
    dc_max_current_a: float = 0.0
    dc_voltage_empty_v: float = 320.0
    """Battery voltage at SoC 0; it rises linearly to `dc_voltage_full_v` at SoC 1."""
    dc_voltage_full_v: float = 420.0
    dc_curve: Curve = DC_TAPER
    """(SoC, share of `dc_max_power_w`)."""
    ac_curve: Curve = AC_TAPER
    """(SoC, share of the on-board charger's power)."""
    ac_min_current_a: float = PILOT_MIN_CURRENT_A
    """Per phase; below it the vehicle does not charge on AC."""
    ac_efficiency: float = 0.9
    """Share of the outlet's energy that reaches the battery."""
    dc_efficiency: float = 0.94
    power_factor: float = 0.99
    """On AC."""
    reaction_s: float = 5.0
    """Delay between a changed offer and the vehicle's following it."""
    iso15118: bool = False
    """It speaks ISO 15118 with a station that does so too; on AC as on DC."""
    emaid: str = ""
    """Names the contract that it can show for Plug & Charge; empty for a vehicle without one."""
    contract_wish: ContractWish | None = None
    """It has to get a certificate for the contract, or a newer one, before it can show it."""

    def __post_init__(self) -> None:
        for curve in (self.ac_curve, self.dc_curve):
            flaw = curve_flaw(curve)
            if flaw is not None:
                raise ValueError(f"vehicle {self.name}: {flaw}")

    def efficiency(self, current: Current) -> float:
        """Share of the outlet's energy that reaches the battery."""
        return self.dc_efficiency if current is Current.DC else self.ac_efficiency

    def greatest_power_w(self, evse: EvseSpec) -> float:
        """W that this vehicle takes at most of `evse`, with a battery that takes all."""
        if evse.current is Current.DC:
            current_a = min(evse.max_current_a, self.dc_max_current_a)
            return min(evse.max_power_w, self.dc_max_power_w, watts(current_a, self.dc_voltage_full_v))
        current_a = min(evse.max_current_a, self.ac_max_current_a)
        phases = min(self.ac_phases, evse.phases)
        return min(evse.max_power_w, watts(current_a, evse.voltage_v, phases) * self.power_factor)

    def battery_voltage(self, soc: float) -> float:
        """V at the DC inlet."""
        return self.dc_voltage_empty_v + (self.dc_voltage_full_v - self.dc_voltage_empty_v) * soc


@dataclass(slots=True)
class Conversation:
    """What a vehicle that speaks ISO 15118 has to say, and what was made of it."""

    departs_at: float | None = None
    """Simulated instant at which it is to leave; None says nothing."""
    energy_wh: float | None = None
    """What it asks for, at the outlet; None asks for what its battery wants."""
    asked: bool = False
    """The central system has been told of its needs in this session."""
    emaid: str = ""
    wish: ContractWish | None = None
    """What it still has to get before it can show the contract."""
    proven: bool = False
    """The station has found the contract sound, and may go by that alone."""
    scheduled: bool = False
    """It has told by which schedule it charges in this session."""


class Vehicle:
    """One vehicle at a connector. State of charge and wish; the spec is shared."""

    __slots__ = ("soc", "spec", "talk", "target_soc", "wants_energy")

    def __init__(self, spec: VehicleSpec, soc: float, target_soc: float = 1.0, *, wants_energy: bool = True) -> None:
        self.spec = spec
        self.soc = min(max(soc, 0.0), 1.0)
        self.target_soc = min(max(target_soc, 0.0), 1.0)
        self.wants_energy = wants_energy
        self.talk = Conversation(emaid=spec.emaid, wish=spec.contract_wish) if spec.iso15118 else None

    def phases_used(self, evse: EvseSpec, offer: Offer | None = None) -> int:
        """AC phases that carry current: the fewest of vehicle, EVSE and offer; 0 on DC."""
        if evse.current is Current.DC:
            return 0
        offered = evse.phases if offer is None else offer.phases
        return min(self.spec.ac_phases, evse.phases, offered)

    def draw(self, evse: EvseSpec, offer: Offer, at: float) -> Segment:
        """The course of power for `offer` from `at` until the battery changes it; zero power has no end."""
        if not self.wants_energy:
            return Segment(at)
        spec = self.spec
        limit_w = min(offer.power_w, self._own_limit(evse, offer))
        if evse.current is Current.DC:
            curve, cutoff_w = self._dc_curve(offer.current_a), DC_CUTOFF_SHARE * spec.dc_max_power_w
        else:
            curve, cutoff_w = self._ac_curve(evse), self._ac_watts(evse, offer, self.ac_floor_a)
        if not curve or limit_w <= 0.0:
            return Segment(at)
        efficiency = spec.efficiency(evse.current)
        return plan_segment(curve, spec.battery_wh, efficiency, self.soc, limit_w, self.target_soc, cutoff_w, at)

    def useful_w(self, evse: EvseSpec, offer: Offer) -> float:
        """The part of `offer` beyond which this vehicle draws no more, W in total as offers count."""
        if evse.current is Current.DC:
            return min(offer.power_w, self.spec.greatest_power_w(evse))
        return min(offer.power_w, watts(self.spec.ac_max_current_a, evse.voltage_v, offer.phases))

    def advance(self, energy_wh: float, current: Current) -> None:
        """Take in `energy_wh` Wh measured at the outlet."""
        self.soc = self.soc_after(energy_wh, current)

    def soc_after(self, energy_wh: float, current: Current) -> float:
        """State of charge after another `energy_wh` Wh measured at the outlet; 0 to 1."""
        gain = energy_wh * self.spec.efficiency(current) / self.spec.battery_wh
        return min(max(self.soc + gain, 0.0), 1.0)

    def binding(self, evse: EvseSpec, offer: Offer) -> Bound:
        """What bounds the draw at this state of charge; where several are equal, the offer, then the vehicle."""
        if not self.wants_energy:
            return Bound.NONE
        if reached(self.soc, self.target_soc):
            return Bound.BATTERY
        dc = evse.current is Current.DC
        own = self._own_limit(evse, None)
        if own <= 0.0:
            return Bound.VEHICLE
        granted = min(offer.power_w, self._own_limit(evse, offer))
        curve = self._dc_curve(self.spec.dc_max_current_a) if dc else self._ac_curve(evse)
        accepts = accepted_power(curve, self.soc)
        if dc:
            granted = min(granted, watts(offer.current_a, self.spec.battery_voltage(self.soc)))
        if granted <= accepts and granted < own:
            return Bound.OFFER
        return Bound.VEHICLE if own <= accepts else Bound.BATTERY

    @property
    def ac_floor_a(self) -> float:
        """A per phase below which this vehicle does not charge on AC."""
        return max(PILOT_MIN_CURRENT_A, self.spec.ac_min_current_a)

    def _own_limit(self, evse: EvseSpec, offer: Offer | None) -> float:
        """W that the vehicle's own equipment allows of the offered current; None is an offer without end."""
        spec = self.spec
        if evse.current is Current.DC:
            return spec.dc_max_power_w
        current_a = spec.ac_max_current_a if offer is None else min(offer.current_a, spec.ac_max_current_a)
        if current_a < self.ac_floor_a - SLACK_A:
            return 0.0
        return self._ac_watts(evse, offer, current_a)

    def _ac_watts(self, evse: EvseSpec, offer: Offer | None, current_a: float) -> float:
        """W of `current_a` on the phases in use."""
        return watts(current_a, evse.voltage_v, self.phases_used(evse, offer)) * self.spec.power_factor

    def _ac_curve(self, evse: EvseSpec) -> Curve:
        """(SoC, W): what the battery takes does not depend on how many phases feed the on-board charger."""
        spec = self.spec
        full_w = watts(spec.ac_max_current_a, evse.voltage_v, spec.ac_phases) * spec.power_factor
        return _scaled(spec.ac_curve, full_w)

    def _dc_curve(self, current_a: float) -> Curve:
        """(SoC, W): the battery's curve under the line of the lesser current times the battery's voltage."""
        spec = self.spec
        current_a = min(current_a, spec.dc_max_current_a)
        if spec.dc_max_power_w <= 0.0 or current_a <= 0.0:
            return ()
        line = ((0.0, current_a * spec.dc_voltage_empty_v), (1.0, current_a * spec.dc_voltage_full_v))
        return lower_envelope(_scaled(spec.dc_curve, spec.dc_max_power_w), line)


def _scaled(shares: Curve, full_w: float) -> Curve:
    """(SoC, W) of a curve of shares; empty where there is no power at all."""
    return tuple((soc, share * full_w) for soc, share in shares) if full_w > 0.0 else ()


PEAKED: Curve = ((0.0, 0.7), (0.1, 1.0), (0.5, 1.0), (0.6, 0.7), (0.8, 0.4), (0.95, 0.1), (1.0, 0.03))
"""Share of the greatest power on DC as fast-charging vehicles show it."""

SPEAKING = VehicleSpec("sedan_15118", 77_000.0, 3, 16.0, 135_000.0, 400.0, dc_curve=PEAKED, iso15118=True)
PLUG_AND_CHARGE = replace(SPEAKING, name="sedan_pnc", emaid="DEABCC000000013")

# name, battery Wh, AC: phases and A per phase, DC: W, A, V empty, V full, curve
_PRESETS = (
    VehicleSpec("phev", 12_000.0, 1, 16.0),
    VehicleSpec("compact", 52_000.0, 1, 32.0, 50_000.0, 125.0),
    VehicleSpec("two_phase", 36_000.0, 2, 16.0, 50_000.0, 125.0),
    VehicleSpec("suv", 82_000.0, 3, 16.0, 135_000.0, 400.0, dc_curve=PEAKED),
    VehicleSpec("sedan", 75_000.0, 3, 16.0, 170_000.0, 500.0, dc_curve=PEAKED),
    VehicleSpec("van", 79_000.0, 3, 32.0, 115_000.0, 350.0),
    VehicleSpec("us_240", 75_000.0, 1, 40.0, 150_000.0, 450.0),
    VehicleSpec("sedan_800v", 84_000.0, 3, 16.0, 240_000.0, 400.0, 640.0, 840.0),
    VehicleSpec("truck", 440_000.0, 3, 32.0, 350_000.0, 500.0, 640.0, 840.0),
    SPEAKING,
    PLUG_AND_CHARGE,
    replace(PLUG_AND_CHARGE, name="sedan_pnc_install", contract_wish=ContractWish.INSTALL),
    replace(PLUG_AND_CHARGE, name="sedan_pnc_update", contract_wish=ContractWish.UPDATE),
)

PRESETS: Mapping[str, VehicleSpec] = MappingProxyType({spec.name: spec for spec in _PRESETS})
"""Vehicles by name."""
