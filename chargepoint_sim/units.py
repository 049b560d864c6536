"""Electrical conversions and the rounding of figures for the wire.

Limits are converted with the nominal voltage, never the measured one, and without a power factor (1.6 section
7.12, 2.0.1 part 2 ChargingRateUnitEnumType): W is the total over the phases, A is per phase. Direct current
counts as one phase. Nothing inside the simulator is rounded; only protocol encoders call the functions below.
"""


def watts(current_a: float, voltage_v: float, phases: int = 1) -> float:
    """Total W of `current_a` A on each of `phases` phases at `voltage_v` V between phase and neutral."""
    return current_a * voltage_v * phases


def amperes(power_w: float, voltage_v: float, phases: int = 1) -> float:
    """A per phase of `power_w` W in total, spread over `phases` phases of `voltage_v` V."""
    return power_w / (voltage_v * phases)


def one_decimal(value: float) -> float:
    """`value` as limits and sampled values stand on the wire: at most one decimal, and never minus zero."""
    return round(value, 1) + 0.0


def whole_wh(register_wh: float) -> int:
    """A register for meterStart and meterStop: whole Wh, rounded down so that it never runs ahead."""
    return int(register_wh)


def percent(share: float) -> float:
    """A share of 0 to 1 (state of charge) as percent with one decimal."""
    return one_decimal(share * 100.0)
