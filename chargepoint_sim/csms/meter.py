"""Meter samples as they stand on the wire of both versions, read into one form (1.6 section 7.43, 2.0.1 section 2.42).

Pure reading: units are normalised to W, Wh, var and varh, nothing is stored. A value that cannot be read is left out.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from chargepoint_sim.clock import parse_utc
from chargepoint_sim.errors import CallRefused
from chargepoint_sim.protocol.frames import ErrorCode, Payload

REGISTER = "Energy.Active.Import.Register"
"""The measurand that is meant where none is named."""

_BASE_UNITS = {"kWh": "Wh", "kW": "W", "kvarh": "varh", "kvar": "var", "kVA": "VA"}


@dataclass(frozen=True, slots=True)
class MeterSample:
    """One sampled value."""

    measurand: str
    phase: str | None
    location: str
    context: str
    value: float
    unit: str
    at: float
    """UTC seconds, as stamped by the charger."""

    @property
    def key(self) -> str:
        """What tells this quantity from the others of the same meter, e.g. `Voltage/L1-N` or `SoC@EV`."""
        phase = f"/{self.phase}" if self.phase else ""
        location = f"@{self.location}" if self.location != "Outlet" else ""
        return f"{self.measurand}{phase}{location}"


def read_time(text: str) -> float:
    """A timestamp of a request in UTC seconds.

    Raises CallRefused for what the schema lets through and no clock shows, such as a leap second.
    """
    try:
        return parse_utc(text)
    except ValueError:
        raise CallRefused(ErrorCode.PROPERTY_CONSTRAINT_VIOLATION, f"no such instant: {text}") from None


def read_samples(meter_values: Sequence[Payload]) -> Iterator[MeterSample]:
    """The samples of a `meterValue` or `transactionData` array of either version, in order."""
    for meter_value in meter_values:
        at = read_time(meter_value["timestamp"])
        for sampled in meter_value["sampledValue"]:
            sample = _read(sampled, at)
            if sample is not None:
                yield sample


def _read(sampled: Payload, at: float) -> MeterSample | None:
    # 1.6 writes numbers as text, or signed data that only a metering back end can open.
    try:
        value = float(sampled["value"])
    except ValueError:
        return None
    if not math.isfinite(value):
        return None
    of_measure: Payload = sampled.get("unitOfMeasure", {})
    measurand = sampled.get("measurand", REGISTER)
    unit = sampled.get("unit") or of_measure.get("unit") or ("Wh" if measurand == REGISTER else "")
    multiplier = of_measure.get("multiplier", 0)
    # A multiplier that no meter has must not overflow.
    value *= 10.0 ** max(-30, min(30, multiplier))
    if unit in _BASE_UNITS:
        unit, value = _BASE_UNITS[unit], value * 1000.0
    return MeterSample(
        measurand=measurand,
        phase=sampled.get("phase"),
        location=sampled.get("location", "Outlet"),
        context=sampled.get("context", "Sample.Periodic"),
        value=value,
        unit=unit,
        at=at,
    )
