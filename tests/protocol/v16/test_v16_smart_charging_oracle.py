"""Random profile sets at a 1.6 charge point with two trucks: offers, registers and composite schedules on the wire
against the naive evaluator, second by second."""

import ast
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from tests import naive_profiles
from tests.protocol.harness import NOON
from tests.protocol.profile_oracle import CONNECTORS, INSTALLED_S, SETTINGS, Composite, Installed, check, profile_sets
from tests.protocol.v16.bench import Bench16
from tests.protocol.v16.charging_profiles import Profile, install


class Wire16:
    """How 1.6 writes it."""

    def __init__(self) -> None:
        self.bench = Bench16.booted(settings=SETTINGS)
        for connector in CONNECTORS:
            self.bench.charge(connector, soc=0.1, vehicle="truck")
        assert self.bench.t == INSTALLED_S

    def install(self, one: Profile, connector: int) -> bool:
        return install(self.bench, one, connector) == "Accepted"

    def started(self) -> dict[int, float]:
        starts = self.bench.payloads("StartTransaction")
        return {one["connectorId"]: datetime.fromisoformat(one["timestamp"]).timestamp() for one in starts}

    def samples(self, connector: int) -> Iterator[tuple[float, dict[str, float]]]:
        for payload in self.bench.payloads("MeterValues"):
            for element in payload["meterValue"] if payload["connectorId"] == connector else ():
                at = datetime.fromisoformat(element["timestamp"]).timestamp() - NOON
                yield at, {s["measurand"]: float(s["value"]) for s in element["sampledValue"] if "phase" not in s}

    def composite(self, connector: int, unit: str, duration_s: int) -> Composite:
        asked = {"connectorId": connector, "duration": duration_s, "chargingRateUnit": unit}
        answer = self.bench.ask("GetCompositeSchedule", asked)
        assert answer is not None
        start = datetime.fromisoformat(answer[2]["scheduleStart"]).timestamp() - NOON
        periods = answer[2]["chargingSchedule"]["chargingSchedulePeriod"]
        return Composite(tuple((start + one["startPeriod"], one["limit"]) for one in periods))


@pytest.mark.shows("GetCompositeSchedule")
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(profile_sets())
def test_offers_registers_and_composites_are_those_of_the_naive_evaluator(installed: Installed) -> None:
    wire = Wire16()
    for connector, one in installed:
        assert wire.install(one, connector)
    check(wire, installed)


def test_the_naive_evaluator_imports_nothing_of_the_package() -> None:
    tree = ast.parse(Path(naive_profiles.__file__).read_text(encoding="utf-8"))
    imported = [
        name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in ([node.module or ""] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names])
    ]
    assert set(imported) == {"dataclasses", "datetime", "typing"}
