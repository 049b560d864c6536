"""Same seed, same transcript, byte for byte: in one process, in two, and whatever order chargers are built in (D7)."""

import hashlib
import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from chargepoint_sim.core.commands import SetPowerLimit
from chargepoint_sim.simulation import Mishaps, Simulation
from chargepoint_sim.simulation.transcript import Mark
from tests.simulation.fleets import lively

ROOT = Path(__file__).parents[2]
HOURS_S = 6 * 3600.0
OFTEN = Mishaps(link_drop_per_day=12, power_cut_per_day=4)


def busy_hours(**how: object) -> Simulation:
    """Some hours with visitors, mishaps, commands and CALLs of the central system."""
    simulation = Simulation(replace(lively(), **how), mishaps=OFTEN)
    simulation.run_for(HOURS_S / 2)
    simulation.command("A-1", SetPowerLimit(connector_id=1, power_w=6000.0))
    if simulation.view("E-1").connection == "connected":
        simulation.call("E-1", "GetBaseReport", {"requestId": 1, "reportBase": "FullInventory"})
    simulation.run_for(HOURS_S / 2)
    return simulation


def digest() -> str:
    """What the child process prints."""
    return hashlib.sha256(busy_hours().transcript()).hexdigest()


@pytest.fixture(scope="module")
def transcript() -> bytes:
    return busy_hours().transcript()


def test_a_second_run_gives_the_same_transcript(transcript: bytes) -> None:
    assert busy_hours().transcript() == transcript
    assert transcript.count(b"\n") > 3000


@pytest.mark.parametrize("hash_seed", ["1", "2"])
def test_another_process_with_another_hash_seed_gives_the_same_transcript(transcript: bytes, hash_seed: str) -> None:
    child = subprocess.run(
        [sys.executable, "-c", f"from {__name__} import digest; print(digest())"],
        env={**os.environ, "PYTHONHASHSEED": hash_seed, "TZ": "Pacific/Auckland"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert child.stdout.strip() == hashlib.sha256(transcript).hexdigest(), child.stderr


def test_the_order_of_building_does_not_show(transcript: bytes) -> None:
    assert busy_hours(chargers=lively().chargers[::-1]).transcript() == transcript


def test_another_seed_gives_another_transcript(transcript: bytes) -> None:
    assert busy_hours(seed=12).transcript() != transcript


def test_what_one_charger_does_does_not_depend_on_who_else_is_there() -> None:
    """Its frames, but for the transactionIds that the central system counts over all chargers (2.0.1 has none)."""
    chargers = tuple(one for one in lively().chargers if one.charger_id == "E-2")
    # Alone it is first in the ramp: let power return at the same instant.
    ramp = replace(lively().ramp, rate_per_s=1e6, jitter=0.0)
    in_company = Simulation(replace(lively(), ramp=ramp), mishaps=OFTEN)
    alone = Simulation(replace(lively(), ramp=ramp, chargers=chargers), mishaps=OFTEN)
    for simulation in (in_company, alone):
        simulation.run_for(HOURS_S)

    def told(simulation: Simulation) -> list[tuple[str, str]]:
        return [(frame.action, frame.text) for frame in simulation.frames("E-2") if frame.sent]

    assert len(told(alone)) > 100
    assert [action for action, _ in told(in_company)] == [action for action, _ in told(alone)]


def test_every_line_tells_instant_charger_and_direction() -> None:
    simulation = Simulation(lively())
    simulation.run_for(10)
    lines = simulation.transcript().decode().splitlines()
    assert re.fullmatch(r"2025-03-29T20:00:00\.\d{3}Z A-1 \* security_event_noted {.*StartupOfTheDevice.*}", lines[0])
    connected = r'2025-03-29T20:00:00\.\d{3}Z A-1 \* charger_connected {"security_profile":\d}'
    assert any(re.fullmatch(connected, line) for line in lines)
    assert len(lines) == len(simulation.record)
    boot = next(line for line in simulation.record if line.mark is Mark.SENT)
    assert boot.content[2] == boot.name == "BootNotification"
    assert f"{boot.charger_id} > [2," in simulation.transcript().decode()
