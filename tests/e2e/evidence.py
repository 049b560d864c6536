"""Meter samples as they stand in the frames that a central system recorded; knows both versions' messages."""

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from chargepoint_sim.clock import parse_utc

OFFERED, DRAWN, REGISTER = "Power.Offered", "Power.Active.Import", "Energy.Active.Import.Register"
PERIODIC = "Sample.Periodic"
_FACTORS = {"kW": 1000.0, "kWh": 1000.0}


@dataclass(frozen=True)
class Sample:
    """One periodic sample: what was measured when, in W, Wh and A."""

    at: float
    offered_w: float
    drawn_w: float
    register_wh: float


def samples(texts: Iterable[str]) -> list[Sample]:
    """The periodic samples in a charger's CALLs, in their order."""
    found = []
    for text in texts:
        frame = orjson.loads(text)
        if frame[0] == 2 and frame[2] in ("MeterValues", "TransactionEvent"):
            found += [_sample(element) for element in frame[3].get("meterValue", ()) if _is_periodic(element)]
    return found


def _is_periodic(element: dict[str, Any]) -> bool:
    return all(value.get("context", PERIODIC) == PERIODIC for value in element["sampledValue"])


def _sample(element: dict[str, Any]) -> Sample:
    values: dict[str, float] = {}
    for value in element["sampledValue"]:
        unit = value.get("unit") or value.get("unitOfMeasure", {}).get("unit", "Wh")
        scale = _FACTORS.get(unit, 1.0) * 10.0 ** value.get("unitOfMeasure", {}).get("multiplier", 0)
        values[value.get("measurand", REGISTER)] = float(value["value"]) * scale
    return Sample(parse_utc(element["timestamp"]), values[OFFERED], values[DRAWN], values[REGISTER])


def check_samples(
    taken: Sequence[Sample], since: float, *, offered_w: float, drawn_w: float | None, slack: float = 0.02
) -> None:
    """Judge all samples from `since` on, at least two: the offer, the draw, and the slope of the register.

    `drawn_w` is what the vehicle should draw within 2 %; None where only the offer bounds it.
    """
    settled = [sample for sample in taken if sample.at >= since]
    assert len(settled) >= 2, taken
    for sample in settled:
        assert sample.offered_w == round(offered_w, 1), sample
        assert sample.drawn_w <= sample.offered_w + 0.1, sample
        if drawn_w is not None:
            assert abs(sample.drawn_w - drawn_w) <= slack * drawn_w, sample
    for earlier, later in itertools.pairwise(settled):
        hours = (later.at - earlier.at) / 3600
        energy_wh = later.register_wh - earlier.register_wh
        expected_wh = (earlier.drawn_w + later.drawn_w) / 2 * hours
        # Registers are told in whole Wh: each end may be short of up to one.
        assert abs(energy_wh - expected_wh) <= 1.0 + slack * expected_wh, (earlier, later)
