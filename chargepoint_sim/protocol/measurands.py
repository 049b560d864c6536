"""What of a reading goes onto the wire: measurands, phases, units and rounding, the same for both versions.

The words are those of MeasurandEnumType and PhaseEnumType, equal in 1.6 and 2.0.1 for all that the meter measures.
"""

from collections.abc import Callable, Iterable, Mapping
from math import floor
from typing import NamedTuple

from chargepoint_sim.core.facts import Reading, Sample

PHASES = ("L1", "L2", "L3")
PHASES_TO_NEUTRAL = ("L1-N", "L2-N", "L3-N")


class Value(NamedTuple):
    """One sampled value, rounded for the wire."""

    measurand: str
    value: float
    unit: str | None
    phase: str | None = None
    location: str | None = None
    """None: the outlet."""


def values(reading: Reading, measurands: Iterable[str]) -> list[Value]:
    """The sampled values of a reading, in the order of `measurands`; what the meter cannot show is left out."""
    return [value for measurand in measurands for value in _MEASURANDS[measurand](reading)]


def whole_wh(register_wh: float) -> int:
    """A register as whole Wh, always rounded down so that no later value is less."""
    return floor(register_wh + 1e-6)


def thinned(samples: tuple[Sample, ...], at_most: int) -> tuple[Sample, ...]:
    """Leave out every second intermediate sample until they fit; never the first or the last (1.6 errata 3.91, E01)."""
    while len(samples) > at_most:
        samples = (*samples[:-1:2], samples[-1])
    return samples


def _register(reading: Reading) -> list[Value]:
    return [Value("Energy.Active.Import.Register", whole_wh(reading.register_wh), "Wh")]


def _power(reading: Reading) -> list[Value]:
    return [Value("Power.Active.Import", round(reading.power_w, 1), "W")]


def _power_offered(reading: Reading) -> list[Value]:
    return [Value("Power.Offered", round(reading.offered_power_w, 1), "W")]


def _current(reading: Reading) -> list[Value]:
    if reading.dc:
        return [Value("Current.Import", round(reading.current_a[0], 2), "A")]
    phases = zip(PHASES, reading.current_a, strict=False)
    return [Value("Current.Import", round(current_a, 2), "A", phase) for phase, current_a in phases]


def _current_offered(reading: Reading) -> list[Value]:
    return [Value("Current.Offered", round(reading.offered_current_a, 1), "A")]


def _voltage(reading: Reading) -> list[Value]:
    if reading.dc:
        return [Value("Voltage", round(reading.voltage_v[0], 1), "V")]
    phases = zip(PHASES_TO_NEUTRAL, reading.voltage_v, strict=False)
    return [Value("Voltage", round(voltage_v, 1), "V", phase) for phase, voltage_v in phases]


def _frequency(reading: Reading) -> list[Value]:
    return [] if reading.dc else [Value("Frequency", round(reading.frequency_hz, 2), None)]


def _power_factor(reading: Reading) -> list[Value]:
    return [] if reading.dc else [Value("Power.Factor", round(reading.power_factor, 2), None)]


def _soc(reading: Reading) -> list[Value]:
    return [] if reading.soc is None else [Value("SoC", round(reading.soc * 100, 1), "Percent", None, "EV")]


_MEASURANDS: Mapping[str, Callable[[Reading], list[Value]]] = {
    "Current.Import": _current,
    "Current.Offered": _current_offered,
    "Energy.Active.Import.Register": _register,
    "Frequency": _frequency,
    "Power.Active.Import": _power,
    "Power.Factor": _power_factor,
    "Power.Offered": _power_offered,
    "SoC": _soc,
    "Voltage": _voltage,
}
