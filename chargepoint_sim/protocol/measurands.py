"""What of a reading goes onto the wire: measurands, phases, units and rounding, the same for both versions.

The words are those of MeasurandEnumType and PhaseEnumType, equal in 1.6 and 2.0.1 for all that the meter measures.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from math import floor

from chargepoint_sim.core.facts import Context, Reading, Sample
from chargepoint_sim.protocol.frames import Payload

SAMPLED = "SampledDataCtrlr.TxUpdatedMeasurands"
ALIGNED = "AlignedDataCtrlr.Measurands"
ENDED_SAMPLED = "SampledDataCtrlr.TxEndedMeasurands"
ENDED_ALIGNED = "AlignedDataCtrlr.TxEndedMeasurands"
"""The settings that list what readings show: periodic and clock-aligned, within and at the end of a transaction."""

PHASES = ("L1", "L2", "L3")
PHASES_TO_NEUTRAL = ("L1-N", "L2-N", "L3-N")


@dataclass(frozen=True, slots=True, eq=False)
class Quantity:
    """What a sampled value measures. One object each, told apart by identity: encoders keep a template for each."""

    measurand: str
    unit: str | None = None
    phase: str | None = None
    location: str | None = None
    """None: the outlet."""


Value = tuple[Quantity, float]
"""A quantity and its figure, rounded for the wire."""


def values(reading: Reading, measurands: Iterable[str]) -> list[Value]:
    """The sampled values of a reading, in the order of `measurands`; what the meter cannot show is left out."""
    found: list[Value] = []
    for measurand in measurands:
        found += _MEASURANDS[measurand](reading)
    return found


def template(quantity: Quantity, context: Context) -> Payload:
    """A sampledValue without its figure and unit, which stands in another place in each version."""
    parts = {"measurand": quantity.measurand, "phase": quantity.phase, "location": quantity.location}
    return {"context": context.value} | {name: part for name, part in parts.items() if part is not None}


def whole_wh(register_wh: float) -> int:
    """A register as whole Wh, always rounded down so that no later value is less."""
    return floor(register_wh + 1e-6)


def thinned(samples: tuple[Sample, ...], at_most: int) -> tuple[Sample, ...]:
    """Leave out every second intermediate sample until they fit; never the first or the last (1.6 errata 3.91, E01)."""
    while len(samples) > at_most:
        samples = (*samples[:-1:2], samples[-1])
    return samples


def _tenths(figure: float) -> float:
    return floor(figure * 10.0 + 0.5) / 10.0  # a quarter of the time of round(), ten times in every sample


def _hundredths(figure: float) -> float:
    return floor(figure * 100.0 + 0.5) / 100.0


REGISTER = Quantity("Energy.Active.Import.Register", "Wh")
POWER = Quantity("Power.Active.Import", "W")
POWER_OFFERED = Quantity("Power.Offered", "W")
POWER_FACTOR = Quantity("Power.Factor")
CURRENT_OFFERED = Quantity("Current.Offered", "A")
CURRENT_DC = Quantity("Current.Import", "A")
CURRENTS = tuple(Quantity("Current.Import", "A", phase) for phase in PHASES)
VOLTAGE_DC = Quantity("Voltage", "V")
VOLTAGES = tuple(Quantity("Voltage", "V", phase) for phase in PHASES_TO_NEUTRAL)
VOLTAGE_SPLIT_PHASE = Quantity("Voltage", "V", "L1-L2")
FREQUENCY = Quantity("Frequency")
SOC = Quantity("SoC", "Percent", None, "EV")


def _register(reading: Reading) -> list[Value]:
    return [(REGISTER, whole_wh(reading.register_wh))]


def _power(reading: Reading) -> list[Value]:
    return [(POWER, _tenths(reading.power_w))]


def _power_offered(reading: Reading) -> list[Value]:
    return [(POWER_OFFERED, _tenths(reading.offered_power_w))]


def _current(reading: Reading) -> list[Value]:
    if reading.dc:
        return [(CURRENT_DC, _hundredths(reading.current_a[0]))]
    return [(phase, _hundredths(current_a)) for phase, current_a in zip(CURRENTS, reading.current_a, strict=False)]


def _current_offered(reading: Reading) -> list[Value]:
    return [(CURRENT_OFFERED, _tenths(reading.offered_current_a))]


def _voltage(reading: Reading) -> list[Value]:
    if reading.dc:
        return [(VOLTAGE_DC, _tenths(reading.voltage_v[0]))]
    if reading.split_phase:
        return [(VOLTAGE_SPLIT_PHASE, _tenths(reading.voltage_v[0]))]
    return [(phase, _tenths(voltage_v)) for phase, voltage_v in zip(VOLTAGES, reading.voltage_v, strict=False)]


def _frequency(reading: Reading) -> list[Value]:
    return [] if reading.dc else [(FREQUENCY, _hundredths(reading.frequency_hz))]


def _power_factor(reading: Reading) -> list[Value]:
    return [] if reading.dc else [(POWER_FACTOR, _hundredths(reading.power_factor))]


def _soc(reading: Reading) -> list[Value]:
    return [] if reading.soc is None else [(SOC, _tenths(reading.soc * 100))]


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
