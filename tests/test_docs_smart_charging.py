"""The table and the example of docs/smart-charging.md, tried on chargers of both versions."""

import json
import re
from pathlib import Path

import pytest

from chargepoint_sim.core.commands import SetPowerLimit
from tests.protocol.harness import NOON
from tests.protocol.profile_oracle import Installed
from tests.protocol.v16.bench import Bench16
from tests.protocol.v16.charging_profiles import install, profile, sample, stamp
from tests.protocol.v201.test_v201_smart_charging_oracle import Wire201, clashes

PAGE = (Path(__file__).parent.parent / "docs" / "smart-charging.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| ([^|]+) \| (\d+) W \| (\d+) W \|$", PAGE, flags=re.MULTILINE)
EXAMPLES = [json.loads(text) for text in re.findall(r"```json\n(.*?)```", PAGE, flags=re.DOTALL)]


@pytest.mark.parametrize(("installed", "first_w", "second_w"), ROWS)
def test_every_row_of_the_table_is_what_the_wire_shows(installed: str, first_w: str, second_w: str) -> None:
    bench = Bench16.booted()
    for connector in (1, 2):
        bench.charge(connector, vehicle="truck", soc=0.1)
    for number, one in enumerate(installed.split(", ") if installed != "nothing" else [], 1):
        purpose, connector, level, limit, unit = one.split()
        if purpose == "external":
            assert bench.command(SetPowerLimit(connector_id=int(connector), power_w=float(limit))).accepted
            continue
        given = profile(
            (0, float(limit)),
            purpose=purpose,
            unit=unit,
            number=number,
            level=int(level),
            kind="Absolute",
            start=NOON,
        )
        assert install(bench, given, int(connector)) == "Accepted"
    bench.forget().wait(70)
    for connector, expected_w in ((1, float(first_w)), (2, float(second_w))):
        taken = sample(bench, connector)
        assert taken["Power.Offered"] == pytest.approx(expected_w)
        assert taken["Power.Active.Import"] == pytest.approx(expected_w, rel=0.02)


@pytest.mark.parametrize(("installed", "first_w", "second_w"), ROWS)
def test_every_row_is_what_the_wire_shows_in_2_0_1(installed: str, first_w: str, second_w: str) -> None:
    wire = Wire201()
    accepted: Installed = []
    for number, one in enumerate(installed.split(", ") if installed != "nothing" else [], 1):
        purpose, place, level, limit, unit = one.split()
        if purpose == "external":
            assert wire.bench.command(SetPowerLimit(int(place), power_w=float(limit))).accepted
            continue
        given = profile(
            (0, float(limit)),
            purpose=purpose,
            unit=unit,
            number=number,
            level=int(level),
            kind="Absolute",
            start=NOON,
        )
        refused = clashes(accepted, given, int(place))
        assert wire.install(given, int(place)) is not refused
        if refused:
            return
        accepted.append((int(place), given))
    wire.bench.forget().wait(70)
    for evse_id, expected_w in ((1, float(first_w)), (2, float(second_w))):
        *_, (_, taken) = wire.samples(evse_id)
        assert taken["Power.Offered"] == pytest.approx(expected_w)
        assert taken["Power.Active.Import"] == pytest.approx(expected_w, rel=0.02)


def test_the_table_is_found() -> None:
    assert len(ROWS) == 12


def test_the_example_is_answered_as_printed() -> None:
    given, printed = EXAMPLES
    bench = Bench16.booted()
    assert bench.stamp.removesuffix(".000Z") + "Z" == stamp(NOON)
    assert bench.ask("SetChargingProfile", given) == [3, "csms-1", {"status": "Accepted"}]
    assert bench.ask("GetCompositeSchedule", {"connectorId": 1, "duration": 7200}) == [3, "csms-2", printed]
