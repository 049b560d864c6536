"""Random profile sets against the naive evaluator, second by second, for whatever version writes and reads them.

A `Wire` is what differs: how a profile is sent, where samples stand, what a composite schedule looks like. Profiles
are drawn in the words of 1.6, which the naive evaluator reads; two trucks that take everything are charging.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Protocol

import pytest
from hypothesis import strategies as st

from tests import naive_profiles
from tests.naive_profiles import Offered
from tests.protocol.harness import NOON, Bench
from tests.protocol.v16.charging_profiles import Profile, profile, stamp

HORIZON_S = 900
INSTALLED_S = 20
SAMPLE_S = 20
SETTINGS = {"SmartChargingCtrlr.Phases3to1": "true", "SampledDataCtrlr.TxUpdatedInterval": str(SAMPLE_S)}
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


@dataclass(frozen=True)
class Composite:
    """A composite schedule: (bench second, limit) of its periods."""

    periods: tuple[tuple[float, float], ...]

    def at(self, second: float) -> float:
        return next(limit for start, limit in reversed(self.periods) if start <= second)


class Wire(Protocol):
    """A station with two trucks on it, at INSTALLED_S, as one version tells of it."""

    bench: Bench

    def install(self, one: Profile, connector: int) -> bool:
        """Send a profile; whether it was accepted."""

    def started(self) -> dict[int, float]:
        """UTC seconds at which the transaction of each connector began, the oldest first."""

    def samples(self, connector: int) -> Iterator[tuple[float, dict[str, float]]]:
        """Bench seconds and values by measurand of every periodic sample."""

    def composite(self, connector: int, unit: str, duration_s: int) -> Composite:
        """What GetCompositeSchedule answers."""


def check_samples(wire: Wire, connector: int, expected: list[Offered]) -> None:
    """Power.Offered is the naive offer; the register never outruns it, and keeps up where it stands still."""
    taken = [(at, values) for at, values in wire.samples(connector) if at > INSTALLED_S]
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


def agree(told: float, expected: float) -> bool:
    """A limit of a composite schedule, told with one decimal; asked for every second, so that a call must be cheap."""
    return abs(told - expected) <= 0.101


def check(wire: Wire, installed: Installed) -> None:
    """Let the profiles that are `installed` run to the horizon: samples and composites are those of the evaluator."""
    bench = wire.bench
    expected = [naive_profiles.offers(installed, wire.started(), NOON + s) for s in range(HORIZON_S + 1)]
    first = _composites(wire)
    bench.until(400)
    second = _composites(wire)
    bench.until(HORIZON_S)
    for connector in CONNECTORS:
        check_samples(wire, connector, [one[connector] for one in expected])
    for told, since in ((first, INSTALLED_S), (second, 400)):
        for s in range(since, HORIZON_S):
            for connector in CONNECTORS:
                offer = expected[s][connector]
                assert agree(told["W", connector].at(s), offer.power_w), s
                assert agree(told["A", connector].at(s), offer.current_a), s
            total_w = sum(one.draw_w for one in expected[s].values())
            assert agree(told["W", 0].at(s), total_w), s


def _composites(wire: Wire) -> dict[tuple[str, int], Composite]:
    duration_s = HORIZON_S - int(wire.bench.t)
    return {(unit, place): wire.composite(place, unit, duration_s) for unit in "AW" for place in (0, *CONNECTORS)}
