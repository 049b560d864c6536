"""A small month: some days of a mixed fleet with everything that the long one has."""

from dataclasses import replace

import pytest

from tests.month.__main__ import main
from tests.month.month import Piece, fleet_of, play
from tests.month.report import happened, total, verdicts
from tests.month.watch import BOOKS, CHECKS, EXTERNAL, PROFILES, Played

SMALL = Piece(seed=3, number=0, chargers=tuple(range(8)), days=3)


@pytest.fixture(scope="module")
def played() -> Played:
    return play(SMALL)


def test_every_invariant_holds(played: Played) -> None:
    assert played.examples == []
    assert not played.breaches


def test_the_days_were_worth_their_time(played: Played) -> None:
    for action in ("StartTransaction", "StopTransaction", "TransactionEvent", "MeterValues", "StatusNotification"):
        assert played.told[action] > 20, action
    for deed in ("network outages", "power cuts", "charger_rebooting", "SetPowerLimit accepted", "PlugIn accepted"):
        assert played.happened[deed] > 0, deed
    for action in ("ReserveNow", "SetChargingProfile", "SendLocalList", "ChangeAvailability", "Reset"):
        assert played.answered[action, "Accepted"] > 0, action
    for invariant in (*CHECKS["1.6"], *CHECKS["2.0.1"], PROFILES, EXTERNAL):
        assert played.checked[invariant] > 50, invariant
    assert played.checked[BOOKS] > 2 * len(SMALL.chargers)
    assert played.happened["sessions booked"] > 40


def test_a_second_run_is_the_same_and_another_seed_is_another(played: Played) -> None:
    assert play(SMALL) == played
    assert play(replace(SMALL, seed=4)).digest != played.digest


def test_a_month_of_one_version_has_chargers_of_that_version_alone() -> None:
    for version in ("1.6", "2.0.1"):
        fleet = fleet_of(replace(SMALL, versions=(version,)))
        assert {one.version for one in fleet.chargers} == {version}
        assert len({one.charger_id for one in fleet.chargers}) == len(SMALL.chargers)


def test_the_report_tells_what_happened_and_what_broke(played: Played) -> None:
    told = "\n".join(happened(played))
    assert "TransactionEvent" in told
    assert "SetChargingProfile" in told
    whole = total([played, played])
    assert whole.told["Heartbeat"] == 2 * played.told["Heartbeat"]
    assert "BREACHES" not in "\n".join(verdicts(whole, same_digests=True))
    whole.breach(BOOKS, "a Wh is missing")
    broken = [line for line in verdicts(whole, same_digests=False) if "BR" in line]
    assert [line.split()[-1] for line in broken] == ["BREACHES", "BROKEN"]


def test_the_command_plays_twice_in_processes_of_their_own(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--chargers", "2", "--days", "1", "--seed", "5", "--processes", "1"]) == 0
    report = capsys.readouterr().out
    assert report.startswith("2 chargers (mixed), days: 1, seed: 5\n")
    assert "a second run gives the same transcript" in report
    assert "not tried" not in report
