"""The 1.6 table of status transitions, cell by cell on the wire (section 4.9, coverage map section 1.6).

Each test drives connector 1 into one status and then, behind a MinimumStatusDuration, into another. What is told
in between must be that very step where the table has it, and steps of the table alone where it has not.
"""

from collections.abc import Callable
from itertools import pairwise

import pytest

from chargepoint_sim.clock import format_utc
from chargepoint_sim.core.commands import ClearFault, InjectFault, PlugIn, SetPowerLimit
from tests.protocol.v16.bench import TAG, Bench16
from tests.protocol.v16.test_v16_status import TABLE

HELD_S = 300
FAULT = InjectFault(connector_id=1, error_code="GroundFailure")


def available(bench: Bench16) -> None:
    """Whatever it is doing, it stops."""
    connector = bench.station.evses[0]
    bench.command(ClearFault(connector_id=1))
    bench.command(SetPowerLimit(connector_id=1, power_w=None))
    bench.ask("ChangeAvailability", {"connectorId": 1, "type": "Operative"})
    bench.ask("CancelReservation", {"reservationId": 1})
    if connector.authorized is not None:
        bench.swipe()
    if connector.plugged is not None:
        bench.unplug()


def preparing(bench: Bench16) -> None:
    bench.swipe()
    assert bench.station.evses[0].authorized is not None


def charging(bench: Bench16) -> None:
    bench.charge(soc=0.1)


def suspended_ev(bench: Bench16) -> None:
    bench.command(PlugIn(vehicle="suv", soc=1.0))
    bench.swipe().wait(5)


def suspended_evse(bench: Bench16) -> None:
    bench.command(SetPowerLimit(connector_id=1, power_w=0))
    bench.command(PlugIn(vehicle="suv", soc=0.1))
    bench.swipe().wait(5)


def finishing(bench: Bench16) -> None:
    charging(bench)
    bench.swipe()


def reserved(bench: Bench16) -> None:
    request = {"connectorId": 1, "expiryDate": format_utc(bench.now.sim + 86400), "idTag": TAG.id_token}
    answer = bench.ask("ReserveNow", request | {"reservationId": 1})
    assert answer is not None
    assert answer[2] == {"status": "Accepted"}


def unavailable(bench: Bench16) -> None:
    bench.ask("ChangeAvailability", {"connectorId": 1, "type": "Inoperative"})


def faulted(bench: Bench16) -> None:
    assert bench.command(FAULT).accepted


INTO: dict[str, Callable[[Bench16], None]] = {
    "Available": available,
    "Preparing": preparing,
    "Charging": charging,
    "SuspendedEV": suspended_ev,
    "SuspendedEVSE": suspended_evse,
    "Finishing": finishing,
    "Reserved": reserved,
    "Unavailable": unavailable,
    "Faulted": faulted,
}
"""From Available into each status, with what people, vehicles and the central system do."""


def moved(old: str, new: str) -> list[str]:
    """What is told when connector 1 goes from one status to another."""
    bench = Bench16.booted(settings={"TxCtrlr.EVConnectionTimeOut": "3600"})
    if old != "Available":
        INTO[old](bench)
        assert bench.told()[-1] == old
    assert bench.configure("MinimumStatusDuration", str(HELD_S)) == "Accepted"
    bench.forget()
    available(bench)
    INTO[new](bench)
    assert bench.status() == new
    assert bench.told() == []
    bench.wait(HELD_S)
    assert bench.status() == new
    assert bench.told(0) == bench.told(2) == []
    return bench.told()


LEGAL_CELLS = [(old, new) for old, following in TABLE.items() for new in following.split()]
OTHER_CELLS = [(old, new) for old in TABLE for new in TABLE if new != old and new not in TABLE[old].split()]


def test_the_table_has_its_53_transitions() -> None:
    assert set(TABLE) == set(INTO)
    assert len(LEGAL_CELLS) == 53
    assert len(LEGAL_CELLS) + len(OTHER_CELLS) == 9 * 8


@pytest.mark.parametrize(("old", "new"), LEGAL_CELLS)
def test_a_transition_of_the_table_is_told_as_it_is(old: str, new: str) -> None:
    assert moved(old, new) == [new]


@pytest.mark.parametrize(("old", "new"), OTHER_CELLS)
def test_what_is_no_transition_is_told_by_transitions_of_the_table(old: str, new: str) -> None:
    told = moved(old, new)
    assert told[-1] == new
    assert len(told) > 1
    for earlier, later in pairwise((old, *told)):
        assert later in TABLE[earlier].split()


CONNECTOR_0 = ("Available", "Unavailable", "Faulted")


@pytest.mark.parametrize("old", CONNECTOR_0)
@pytest.mark.parametrize("new", CONNECTOR_0)
def test_connector_0_goes_between_its_three_statuses(old: str, new: str) -> None:
    """It knows no other one, whatever happens at the connectors."""
    if old == new:
        return
    bench = Bench16.booted()
    into: dict[str, Callable[[], object]] = {
        "Available": lambda: None,
        "Unavailable": lambda: bench.ask("ChangeAvailability", {"connectorId": 0, "type": "Inoperative"}),
        "Faulted": lambda: bench.command(InjectFault(connector_id=0, error_code="GroundFailure")),
    }
    into[old]()
    assert bench.told(0) == ([] if old == "Available" else [old])
    bench.forget()
    into[new]()
    if old == "Faulted":
        bench.command(ClearFault(connector_id=0))
    elif old == "Unavailable":
        bench.ask("ChangeAvailability", {"connectorId": 0, "type": "Operative"})
    assert bench.told(0) == [new]
