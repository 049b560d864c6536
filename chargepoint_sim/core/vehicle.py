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

DC_CUTOFF_SHARE = 0.02
"""A vehicle ends DC charging when its battery takes less than this share of the greatest power."""

AC_TAPER: Curve = ((0.0, 1.0), (0.97, 1.0), (1.0, 0.0))
"""Share of the on-board charger's power that the battery takes on AC."""


class Bound(StrEnum):
    """What the draw is bound by."""

    OFFER = "offer"
    VEHICLE = "vehicle"
    BATTERY = "battery"
    NONE = "none"
    """The vehicle wants nothing."""


@dataclass(frozen=True, slots=True)
class VehicleSpec:
    """A kind of vehicle; shared. Raises ValueError where a curve cannot be used."""

    name: str
    battery_wh: float
    ac_phases: int = 3
    ac_max_current_a: float = 16.0
    """Per phase; 0 for a vehicle without an on-board charger."""
    ac_min_current_a: float = PILOT_MIN_CURRENT_A
    """Per phase; below it the vehicle does not charge on AC."""
    ac_curve: Curve = AC_TAPER
    """(SoC, share of the on-board charger's power)."""
    dc_max_power_w: float = 0.0
    """0 for a vehicle without a DC inlet."""
    dc_max_current_a: float = 0.0
    dc_voltage_empty_v: float = 320.0
    """Battery voltage at SoC 0; it rises linearly to `dc_voltage_full_v` at SoC 1."""
    dc_voltage_full_v: float = 420.0
    dc_curve: Curve = ()
    """(SoC, W); empty means constant up to 80 %, then linear to zero."""
    ac_efficiency: float = 0.9
    """Share of the outlet's energy that reaches the battery."""
    dc_efficiency: float = 0.94
    power_factor: float = 0.99
    """On AC."""
    reaction_s: float = 5.0
    """Delay between a changed offer and the vehicle's following it."""

    def __post_init__(self) -> None:
        for curve in (self.ac_curve, self.dc_power_curve):
            flaw = curve_flaw(curve) if curve else None
            if flaw is not None:
                raise ValueError(f"vehicle {self.name}: {flaw}")

    @property
    def dc_power_curve(self) -> Curve:
        """(SoC, W) on DC; empty where the vehicle cannot."""
        if self.dc_max_power_w <= 0.0:
            return ()
        return self.dc_curve or two_stage(self.dc_max_power_w)

    def efficiency(self, current: Current) -> float:
        """Share of the outlet's energy that reaches the battery."""
        return self.dc_efficiency if current is Current.DC else self.ac_efficiency

    def battery_voltage(self, soc: float) -> float:
        """V at the DC inlet."""
        return self.dc_voltage_empty_v + (self.dc_voltage_full_v - self.dc_voltage_empty_v) * soc


class Vehicle:
    """One vehicle at a connector. State of charge and wish; the spec is shared."""

    __slots__ = ("soc", "spec", "target_soc", "wants_energy")

    def __init__(self, spec: VehicleSpec, soc: float, target_soc: float = 1.0, *, wants_energy: bool = True) -> None:
        self.spec = spec
        self.soc = min(max(soc, 0.0), 1.0)
        self.target_soc = min(max(target_soc, 0.0), 1.0)
        self.wants_energy = wants_energy

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
        return tuple((soc, share * full_w) for soc, share in spec.ac_curve) if full_w > 0.0 else ()

    def _dc_curve(self, current_a: float) -> Curve:
        """(SoC, W): the battery's curve under the line of the lesser current times the battery's voltage."""
        spec = self.spec
        curve = spec.dc_power_curve
        current_a = min(current_a, spec.dc_max_current_a)
        if not curve or current_a <= 0.0:
            return ()
        line = ((0.0, current_a * spec.dc_voltage_empty_v), (1.0, current_a * spec.dc_voltage_full_v))
        return lower_envelope(curve, line)


_SUV = VehicleSpec(
    "suv", 82_000.0, 3, 16.0, dc_max_power_w=170_000.0, dc_max_current_a=450.0,
    dc_voltage_empty_v=320.0, dc_voltage_full_v=420.0,
    dc_curve=((0.0, 120_000.0), (0.1, 170_000.0), (0.4, 170_000.0), (0.6, 119_000.0), (0.8, 68_000.0),
              (0.95, 17_000.0), (1.0, 3_000.0)),
)  # fmt: skip

PRESETS: Mapping[str, VehicleSpec] = MappingProxyType(
    {
        spec.name: spec
        for spec in (
            VehicleSpec("phev", 12_000.0, 1, 16.0),
            VehicleSpec("compact", 52_000.0, 1, 32.0, dc_max_power_w=50_000.0, dc_max_current_a=125.0),
            VehicleSpec("two_phase", 36_000.0, 2, 16.0, dc_max_power_w=50_000.0, dc_max_current_a=125.0),
            _SUV,
            replace(_SUV, name="sedan", battery_wh=75_000.0),
            VehicleSpec(
                "van", 79_000.0, 3, 32.0, dc_max_power_w=115_000.0, dc_max_current_a=300.0
            ),
            VehicleSpec(
                "us_240", 75_000.0, 1, 40.0, dc_max_power_w=150_000.0, dc_max_current_a=400.0
            ),
            VehicleSpec(
                "sedan_800v", 84_000.0, 3, 16.0, dc_max_power_w=240_000.0, dc_max_current_a=400.0,
                dc_voltage_empty_v=640.0, dc_voltage_full_v=840.0,
            ),
            VehicleSpec(
                "truck", 440_000.0, 3, 32.0, dc_max_power_w=350_000.0, dc_max_current_a=500.0,
                dc_voltage_empty_v=640.0, dc_voltage_full_v=840.0,
            ),
        )
    }
)  # fmt: skip
"""Vehicles by name."""
