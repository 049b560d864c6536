"""Random profile sets at a 1.6 charge point with two trucks: offers, registers and composite schedules on the wire
against the naive evaluator, second by second."""

import ast
from collections.abc import Iterator
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests import naive_profiles
from tests.naive_profiles import Offered
from tests.protocol.harness import NOON
from tests.protocol.v16.bench import Bench16
from tests.protocol.v16.charging_profiles import Profile, install, profile, stamp

HORIZON_S = 900
INSTALLED_S = 20
SAMPLE_S = 20
REACTION_S = 6
CONNECTORS = (1, 2)
Installed = list[tuple[int, Profile]]
LIMITS_A = (0.0, 3.0, 6.0, 6.1, 8.1, 10.0, 13.0, 16.3, 20.0, 32.0, 48.0, 64.0)
LIMITS_W = (0.0, 1000.0, 2300.0, 4140.0, 6900.5, 11000.0, 14000.0, 22080.0, 30000.0)


@st.composite
def profile_sets(draw: st.DrawFn) -> Installed:
    """Up to seven profiles that differ in purpose, level or connector, so that none replaces another."""
    slots = draw(
        st.lists(
            st.tuples(
                st.sampled_from(["ChargePointMaxProfile", "TxDefaultProfile", "TxProfile"]),
                st.integers(0, 2),
                st.sampled_from((0, *CONNECTORS)),
            ),
            min_size=1,
            max_size=7,
            unique=True,
        )
    )
    found: Installed = []
    for number, (purpose, level, place) in enumerate(slots):
        connector = {"ChargePointMaxProfile": 0, "TxProfile": place or 1}.get(purpose, place)
        if any(c == connector and (p["chargingProfilePurpose"], p["stackLevel"]) == (purpose, level) for c, p in found):
            continue
        found.append((connector, draw(one_profile(purpose, level, number + 1))))
    return found


@st.composite
def one_profile(draw: st.DrawFn, purpose: str, level: int, number: int) -> Profile:
    kinds = ["Absolute", "Recurring"] if purpose == "ChargePointMaxProfile" else ["Absolute", "Recurring", "Relative"]
    kind = draw(st.sampled_from(kinds))
    unit = draw(st.sampled_from(["A", "W"]))
    limits = st.sampled_from(LIMITS_A if unit == "A" else LIMITS_W)
    starts = sorted({0, *draw(st.lists(st.integers(1, HORIZON_S), max_size=3))})
    periods = [(second, draw(limits), *draw(st.sampled_from([(), (), (1,), (2,), (3,)]))) for second in starts]
    fields: dict[str, Any] = {}
    start = None
    if kind != "Relative":
        start = NOON + draw(st.integers(-300, 600))
    if kind == "Recurring":
        fields["recurrencyKind"] = draw(st.sampled_from(["Daily", "Weekly"]))
        assert start is not None
        start -= draw(st.integers(0, 2)) * naive_profiles.ROUND_S[fields["recurrencyKind"]]
    if draw(st.booleans()):
        fields["validFrom"] = stamp(NOON + draw(st.integers(-100, 500)))
    if draw(st.booleans()):
        fields["validTo"] = stamp(NOON + draw(st.integers(501, HORIZON_S)))
    return profile(
        *periods,
        purpose=purpose,
        unit=unit,
        number=number,
        level=level,
        kind=kind,
        start=start,
        duration=draw(st.one_of(st.none(), st.integers(1, 800))),
        min_rate=draw(st.sampled_from([None, None, None, 8.0 if unit == "A" else 5520.0])),
        **fields,
    )


def samples(bench: Bench16, connector: int) -> Iterator[tuple[float, dict[str, float]]]:
    """Bench seconds and values by measurand of every sample on the wire."""
    for payload in bench.payloads("MeterValues"):
        for element in payload["meterValue"] if payload["connectorId"] == connector else ():
            at = datetime.fromisoformat(element["timestamp"]).timestamp() - NOON
            yield at, {s["measurand"]: float(s["value"]) for s in element["sampledValue"] if "phase" not in s}


def composite(bench: Bench16, connector: int, unit: str) -> list[tuple[float, float]]:
    """(bench second, limit) of the periods of a composite schedule up to the horizon."""
    asked = {"connectorId": connector, "duration": HORIZON_S - int(bench.t), "chargingRateUnit": unit}
    answer = bench.ask("GetCompositeSchedule", asked)
    assert answer is not None
    start = datetime.fromisoformat(answer[2]["scheduleStart"]).timestamp() - NOON
    return [
        (start + one["startPeriod"], one["limit"]) for one in answer[2]["chargingSchedule"]["chargingSchedulePeriod"]
    ]


def limit_at(periods: list[tuple[float, float]], second: float) -> float:
    return next(limit for start, limit in reversed(periods) if start <= second)


def check_samples(bench: Bench16, connector: int, expected: list[Offered]) -> None:
    """Power.Offered is the naive offer; the register never outruns it, and keeps up where it stands still."""
    taken = [(at, values) for at, values in samples(bench, connector) if at > INSTALLED_S]
    assert len(taken) > 40
    for at, values in taken:
        # A change at the very second of a sample may come before or after it.
        around = {round(expected[s].power_w, 1) for s in (int(at) - 1, int(at))}
        assert any(values["Power.Offered"] == pytest.approx(one, abs=0.11) for one in around), at
    for (before, first), (at, last) in pairwise(taken):
        seconds = range(int(before), int(at))
        energy_wh = last["Energy.Active.Import.Register"] - first["Energy.Active.Import.Register"]
        bound_wh = sum(expected[s].draw_w for s in seconds) / 3600
        assert energy_wh <= bound_wh + 1, at
        # The same power on other phases is another current, which the vehicle follows as late as a rise.
        settled = {
            (expected[s].draw_w, expected[s].phases) for s in range(max(seconds[0] - REACTION_S, 0), seconds[-1] + 1)
        }
        if len(settled) == 1:
            assert energy_wh >= bound_wh * 0.98 - 1, at


@pytest.mark.shows("GetCompositeSchedule")
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(profile_sets())
def test_offers_registers_and_composites_are_those_of_the_naive_evaluator(installed: Installed) -> None:
    bench = Bench16.booted(
        settings={"SmartChargingCtrlr.Phases3to1": "true", "SampledDataCtrlr.TxUpdatedInterval": str(SAMPLE_S)}
    )
    for connector in CONNECTORS:
        bench.charge(connector, soc=0.1, vehicle="truck")
    assert bench.t == INSTALLED_S
    for connector, one in installed:
        assert install(bench, one, connector) == "Accepted"
    starts = bench.payloads("StartTransaction")
    started = {one["connectorId"]: datetime.fromisoformat(one["timestamp"]).timestamp() for one in starts}
    expected = [naive_profiles.offers(installed, started, NOON + s) for s in range(HORIZON_S + 1)]
    first = {unit: {place: composite(bench, place, unit) for place in (0, *CONNECTORS)} for unit in "AW"}
    bench.until(400)
    second = {unit: {place: composite(bench, place, unit) for place in (0, *CONNECTORS)} for unit in "AW"}
    bench.until(HORIZON_S)
    for connector in CONNECTORS:
        check_samples(bench, connector, [one[connector] for one in expected])
    for told, since in ((first, INSTALLED_S), (second, 400)):
        for s in range(since, HORIZON_S):
            for connector in CONNECTORS:
                offer = expected[s][connector]
                assert limit_at(told["W"][connector], s) == pytest.approx(offer.power_w, abs=0.101), s
                assert limit_at(told["A"][connector], s) == pytest.approx(offer.current_a, abs=0.101), s
            total_w = sum(one.draw_w for one in expected[s].values())
            assert limit_at(told["W"][0], s) == pytest.approx(total_w, abs=0.101), s


def test_the_naive_evaluator_imports_nothing_of_the_package() -> None:
    tree = ast.parse(Path(naive_profiles.__file__).read_text(encoding="utf-8"))
    imported = [
        name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in ([node.module or ""] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names])
    ]
    assert set(imported) == {"dataclasses", "datetime", "typing"}
