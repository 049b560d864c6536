"""The meter of one EVSE: an energy register that integrates lazily, and readings that cohere.

The register is a function of time: its value at the start of the present segment plus the segment's closed-form
energy. It never falls. Readings add what a meter shows besides: grid voltage with a small seeded swell, currents
that give exactly the power, SoC on DC. Nothing is rounded here; encoders round (see units).
"""

from dataclasses import replace

from chargepoint_sim.core.battery import Segment
from chargepoint_sim.core.facts import Reading
from chargepoint_sim.core.smart_charging.limits import Offer
from chargepoint_sim.core.spec import Current, EvseSpec
from chargepoint_sim.core.vehicle import Vehicle
from chargepoint_sim.rng import draw_bits

GRID_SWELL = 0.01
"""The grid lies between nominal and this share above it; never below, so that a draw at the offered power
never needs more than the offered current."""

_BITS_PER_PHASE = 21
_PHASE_MASK = (1 << _BITS_PER_PHASE) - 1
"""One draw of 64 bits serves three phases."""

IDLE = Segment(0.0)
"""No power, without end."""


class Meter:
    """Register and present segment of one EVSE; both are plain data for a snapshot."""

    __slots__ = ("register_wh", "segment", "wiring")

    def __init__(self, register_wh: float = 0.0, segment: Segment = IDLE) -> None:
        self.register_wh = register_wh
        """Wh at the start of `segment`."""
        self.segment = segment
        self.wiring: tuple[int, ...] | None = None
        """The meter's phase, from 0, that each phase of the outlet is wired to; None: the same (core.wiring)."""

    def power_at(self, t: float) -> float:
        """W at `t`."""
        return self.segment.power_at(t)

    def register_at(self, t: float) -> float:
        """Wh at `t`, an instant at or after the start of the segment."""
        return self.register_wh + self.segment.energy_wh(t)

    def settle(self, at: float) -> float:
        """Fold the energy up to `at` into the register and return it (Wh); the course of power stays as it was."""
        segment = self.segment
        if segment.power_w == 0.0 or at <= segment.started_at:
            return 0.0
        energy_wh = segment.energy_wh(at)
        self.register_wh += energy_wh
        power_w = segment.power_at(at)
        self.segment = replace(segment, started_at=at, power_w=power_w) if at < segment.until else IDLE
        return energy_wh

    def set_segment(self, segment: Segment, at: float) -> float:
        """Settle, and go on with `segment`, which starts at `at`. Returns the energy settled (Wh)."""
        energy_wh = self.settle(at)
        self.segment = segment if segment.power_w else IDLE
        return energy_wh

    def reading(
        self, evse: EvseSpec, vehicle: Vehicle | None, offer: Offer, at: float, *, seed: int, charger_id: str
    ) -> Reading:
        """Everything the meter shows at `at`. The vehicle's SoC is that at the start of the segment."""
        show = _dc_reading if evse.current is Current.DC else _ac_reading
        return show(self, evse, vehicle, offer, at, seed, charger_id)


def grid_voltages(evse: EvseSpec, at: float, seed: int, charger_id: str) -> tuple[float, ...]:
    """V between phase and neutral of each supply phase at one instant: the same for everybody who asks."""
    bits = draw_bits(seed, charger_id, f"grid voltage/{evse.evse_id}", round(at * 1000))
    return tuple(
        [
            evse.voltage_v * (1.0 + GRID_SWELL * (bits >> _BITS_PER_PHASE * phase & _PHASE_MASK) / _PHASE_MASK)
            for phase in range(evse.phases)
        ]
    )


def _ac_reading(
    meter: Meter,
    evse: EvseSpec,
    vehicle: Vehicle | None,
    offer: Offer,
    at: float,
    seed: int,
    charger_id: str,
) -> Reading:
    """Equal currents on the phases in use, such that power = sum of voltage x current x power factor."""
    voltage_v = grid_voltages(evse, at, seed, charger_id)
    power_w = meter.power_at(at)
    used = vehicle.phases_used(evse, offer) if vehicle is not None and power_w else 0
    power_factor = vehicle.spec.power_factor if vehicle is not None and used else 1.0
    if meter.wiring is not None:
        current_a = _rotated(meter.wiring, used, power_w / power_factor, voltage_v)
    else:
        each_a = power_w / (power_factor * sum(voltage_v[:used])) if used else 0.0
        current_a = (each_a,) * used + (0.0,) * (evse.phases - used)
    return Reading(
        at=at,
        register_wh=meter.register_at(at),
        power_w=power_w,
        offered_power_w=offer.power_w,
        offered_current_a=offer.current_a,
        current_a=current_a,
        voltage_v=voltage_v,
        soc=None,
        dc=False,
        power_factor=power_factor,
        split_phase=evse.split_phase,
    )


def _rotated(wiring: tuple[int, ...], used: int, power_va: float, voltage_v: tuple[float, ...]) -> tuple[float, ...]:
    """Currents in the order of the meter's phases: the outlet's first phases are in use, wherever they come from."""
    live = wiring[:used]
    each_a = power_va / sum(voltage_v[phase] for phase in live) if live else 0.0
    return tuple(each_a if phase in live else 0.0 for phase in range(len(wiring)))


def _dc_reading(
    meter: Meter,
    evse: EvseSpec,
    vehicle: Vehicle | None,
    offer: Offer,
    at: float,
    seed: int,
    charger_id: str,
) -> Reading:
    """The battery sets the voltage; without a vehicle the outlet is dead."""
    soc = vehicle.soc_after(meter.segment.energy_wh(at), Current.DC) if vehicle is not None else None
    voltage_v = vehicle.spec.battery_voltage(soc) if vehicle is not None and soc is not None else 0.0
    power_w = meter.power_at(at)
    return Reading(
        at=at,
        register_wh=meter.register_at(at),
        power_w=power_w,
        offered_power_w=offer.power_w,
        # A limit in W means so many A at the battery's voltage; which one binds shows here.
        offered_current_a=min(offer.current_a, offer.power_w / voltage_v) if voltage_v > 0.0 else offer.current_a,
        current_a=(power_w / voltage_v if voltage_v > 0.0 else 0.0,),
        voltage_v=(voltage_v,),
        soc=soc,
        dc=True,
    )
