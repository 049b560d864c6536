"""A rehearsed command says what the command then comes to, and leaves no trace at the charger."""

from pathlib import Path
from typing import Any

import orjson
import pytest

from chargepoint_sim import snapshot
from chargepoint_sim.charger import Charger
from chargepoint_sim.clock import Now
from chargepoint_sim.core.commands import (
    AuthorizeToken,
    Command,
    IdToken,
    InjectFault,
    PlugIn,
    Reboot,
    SetPowerLimit,
    StartSession,
    TransferData,
    Unplug,
)
from chargepoint_sim.fleet.rehearsal import rehearse, twin
from chargepoint_sim.simulation import Simulation
from tests.fleets import ac, fleet

TOKEN = IdToken("04A1B2C3")
COMMANDS: tuple[Command, ...] = (
    PlugIn(),
    PlugIn(vehicle="hovercraft"),
    PlugIn(evse_id=9),
    Unplug(),
    StartSession(id_token=TOKEN),
    AuthorizeToken(TOKEN),
    SetPowerLimit(power_w=6000.0),
    InjectFault(error_code="GroundFailure"),
    TransferData("com.example"),
    Reboot(),
)
"""Accepted and refused ones, with messages and without."""


def state(charger: Charger, now: Now) -> bytes:
    """All that a charger keeps, and what it will do next."""
    kept = (snapshot.take(charger, now.sim), charger.next_deadline(), len(charger.outbox), charger.station.online)
    return orjson.dumps(kept, default=repr, option=orjson.OPT_NON_STR_KEYS)


def charging(folder: Path, version: str) -> Simulation:
    """One charger that is charging."""
    simulation = Simulation(fleet(folder, [{"template": ac(version), "ids": ["one"]}]))
    simulation.run_for(60)
    assert simulation.command("one", StartSession(id_token=TOKEN)).accepted
    simulation.run_for(600)
    assert simulation.view("one").evses[0].status == "Charging"
    return simulation


@pytest.mark.parametrize("command", COMMANDS, ids=lambda one: type(one).__name__)
@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
@pytest.mark.parametrize("busy", [False, True])
def test_a_rehearsal_tells_the_outcome_and_changes_nothing(
    tmp_path: Path, version: str, command: Command, busy: bool
) -> None:
    simulation = (
        charging(tmp_path, version)
        if busy
        else Simulation(fleet(tmp_path, [{"template": ac(version), "ids": ["one"]}]))
    )
    simulation.run_for(30)
    charger, now = simulation.charger("one"), simulation.now
    before = state(charger, now)
    told = rehearse(charger, command, now)
    assert state(charger, now) == before
    done = simulation.command("one", command)
    assert (told.accepted, told.reason) == (done.accepted, done.reason)


def test_a_rehearsal_names_the_messages_and_who_waits_for_a_link(tmp_path: Path) -> None:
    simulation = Simulation(fleet(tmp_path, [{"template": "ac16", "ids": ["one"]}]))
    simulation.run_for(60)
    charger = simulation.charger("one")
    told: dict[str, Any] = dict(rehearse(charger, StartSession(id_token=TOKEN), simulation.now).info)
    assert told["messages"] == ["StatusNotification", "Authorize"]
    simulation.drop_link("one", 3600)
    waits = rehearse(charger, AuthorizeToken(TOKEN), simulation.now, needs_link=True)
    assert waits.info == {"waits_for_link": True}


def test_twins_go_their_own_ways(tmp_path: Path) -> None:
    simulation = charging(tmp_path, "2.0.1")
    charger, now = simulation.charger("one"), simulation.now
    other = twin(charger)
    assert state(other, now) == state(charger, now)
    other.command(Unplug(), now)
    assert other.station.evses[0].plugged is None
    assert charger.station.evses[0].plugged == 1
    assert other.adapter is charger.adapter
    assert other.station.spec is charger.station.spec
