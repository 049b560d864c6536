"""The 1.6 connector status machine (section 4.9): what leads from where to where, told on the wire."""

from collections.abc import Callable

import pytest

from chargepoint_sim.core.commands import (
    BeginTransaction,
    ClearFault,
    InjectFault,
    PlugIn,
    RequestEnergy,
    SetPowerLimit,
    StopEnergy,
    Unplug,
)
from chargepoint_sim.protocol.v16.status import LEGAL, path
from tests.protocol.harness import Refusal
from tests.protocol.v16.bench import OTHER_TAG, TAG, Bench16

# Rows of the coverage map section 1.6, written down a second time.
TABLE = {
    "Available": "Preparing Charging SuspendedEV SuspendedEVSE Reserved Unavailable Faulted",
    "Preparing": "Available Charging SuspendedEV SuspendedEVSE Finishing Faulted",
    "Charging": "Available SuspendedEV SuspendedEVSE Finishing Unavailable Faulted",
    "SuspendedEV": "Available Charging SuspendedEVSE Finishing Unavailable Faulted",
    "SuspendedEVSE": "Available Charging SuspendedEV Finishing Unavailable Faulted",
    "Finishing": "Available Preparing Unavailable Faulted",
    "Reserved": "Available Preparing Unavailable Faulted",
    "Unavailable": "Available Preparing Charging SuspendedEV SuspendedEVSE Faulted",
    "Faulted": "Available Preparing Charging SuspendedEV SuspendedEVSE Finishing Reserved Unavailable",
}


def test_the_table_of_transitions_is_the_standard_s() -> None:
    assert {status: set(following) for status, following in LEGAL.items()} == {
        status: set(following.split()) for status, following in TABLE.items()
    }


@pytest.mark.parametrize("old", TABLE)
@pytest.mark.parametrize("new", TABLE)
def test_every_change_has_a_legal_way_that_ends_where_it_should(old: str, new: str) -> None:
    if old == new:
        return
    way = path(old, new)
    assert way[-1] == new
    assert len(way) <= 3
    for earlier, later in zip((old, *way), way, strict=False):
        assert later in TABLE[earlier].split()
    assert "Faulted" not in way[:-1]


def availability(bench: Bench16, kind: str, connector: int = 1) -> None:
    answer = bench.ask("ChangeAvailability", {"connectorId": connector, "type": kind})
    assert answer is not None
    assert answer[2]["status"] in ("Accepted", "Scheduled")


def plug(bench: Bench16) -> None:
    assert bench.command(PlugIn(vehicle="suv", soc=0.3)).accepted


def plug_full(bench: Bench16) -> None:
    assert bench.command(PlugIn(vehicle="suv", soc=1.0)).accepted


def unplug(bench: Bench16) -> None:
    assert bench.command(Unplug()).accepted


def swipe(bench: Bench16) -> None:
    bench.swipe()


def fault(bench: Bench16) -> None:
    assert bench.command(InjectFault(error_code="OtherError")).accepted


def clear(bench: Bench16) -> None:
    assert bench.command(ClearFault()).accepted


def no_power(bench: Bench16) -> None:
    assert bench.command(SetPowerLimit(power_w=0)).accepted


def power(bench: Bench16) -> None:
    assert bench.command(SetPowerLimit(power_w=None)).accepted
    bench.wait(30)


def enough(bench: Bench16) -> None:
    assert bench.command(StopEnergy()).accepted


def more(bench: Bench16) -> None:
    assert bench.command(RequestEnergy()).accepted
    bench.wait(30)


def later(seconds: float) -> Callable[[Bench16], None]:
    def wait(bench: Bench16) -> None:
        bench.wait(seconds)

    return wait


def out_of_order(bench: Bench16) -> None:
    availability(bench, "Inoperative")


def back_in_order(bench: Bench16) -> None:
    availability(bench, "Operative")


def remote_start(bench: Bench16) -> None:
    bench.ask("RemoteStartTransaction", {"idTag": "R", "connectorId": 1})


CHARGING = [plug, swipe, later(5)]

WAYS: list[tuple[str, list[Callable[[Bench16], None]], list[str]]] = [
    ("A2 plug", [plug], ["Preparing"]),
    ("A2 tag", [swipe], ["Preparing"]),
    ("A2 remote start", [remote_start], ["Preparing"]),
    ("A8 H1", [out_of_order, back_in_order], ["Unavailable", "Available"]),
    ("A9 I1", [fault, clear], ["Faulted", "Available"]),
    ("B1 unplug", [plug, unplug], ["Preparing", "Available"]),
    ("B1 tag shown twice", [swipe, swipe], ["Preparing", "Available"]),
    ("B1 nobody plugs in", [swipe, later(60)], ["Preparing", "Available"]),
    ("B3", CHARGING, ["Preparing", "Charging"]),
    ("B4", [plug_full, swipe, later(5)], ["Preparing", "SuspendedEV"]),
    ("B5", [no_power, plug, swipe, later(5)], ["Preparing", "SuspendedEVSE"]),
    ("B6 F1", [plug, later(60), unplug], ["Preparing", "Finishing", "Available"]),
    ("B9 I2", [plug, fault, clear], ["Preparing", "Faulted", "Preparing"]),
    ("C4 D3", [*CHARGING, enough, more], ["Preparing", "Charging", "SuspendedEV", "Charging"]),
    ("C5 E4 D3", [*CHARGING, no_power, power], ["Preparing", "Charging", "SuspendedEVSE", "SuspendedEV", "Charging"]),
    ("C6 F1", [*CHARGING, swipe, unplug], ["Preparing", "Charging", "Finishing", "Available"]),
    ("C1", [*CHARGING, unplug], ["Preparing", "Charging", "Available"]),
    ("C9 I6", [*CHARGING, fault, clear], ["Preparing", "Charging", "Faulted", "Finishing"]),
    (
        "D5 E4",
        [*CHARGING, enough, no_power, power],
        ["Preparing", "Charging", "SuspendedEV", "SuspendedEVSE", "SuspendedEV"],
    ),
    ("D6", [*CHARGING, enough, swipe], ["Preparing", "Charging", "SuspendedEV", "Finishing"]),
    ("D1", [*CHARGING, enough, unplug], ["Preparing", "Charging", "SuspendedEV", "Available"]),
    ("E6", [*CHARGING, no_power, swipe], ["Preparing", "Charging", "SuspendedEVSE", "Finishing"]),
    ("E1", [*CHARGING, no_power, unplug], ["Preparing", "Charging", "SuspendedEVSE", "Available"]),
    ("C8", [*CHARGING, out_of_order, unplug], ["Preparing", "Charging", "Unavailable"]),
    ("D8", [*CHARGING, enough, out_of_order, unplug], ["Preparing", "Charging", "SuspendedEV", "Unavailable"]),
    ("E8", [*CHARGING, no_power, out_of_order, unplug], ["Preparing", "Charging", "SuspendedEVSE", "Unavailable"]),
    ("F2", [*CHARGING, swipe, remote_start], ["Preparing", "Charging", "Finishing", "Preparing"]),
    ("F8", [*CHARGING, swipe, out_of_order], ["Preparing", "Charging", "Finishing", "Unavailable"]),
    ("F9 I6", [*CHARGING, swipe, fault, clear], ["Preparing", "Charging", "Finishing", "Faulted", "Finishing"]),
    ("H2", [out_of_order, plug, back_in_order], ["Unavailable", "Preparing"]),
    ("H9 I8", [out_of_order, fault, clear], ["Unavailable", "Faulted", "Unavailable"]),
    ("both suspensions tell the EVSE's", [*CHARGING, no_power, enough], ["Preparing", "Charging", "SuspendedEVSE"]),
]


@pytest.mark.parametrize(("steps", "told"), [way[1:] for way in WAYS], ids=[way[0] for way in WAYS])
def test_transition(steps: list[Callable[[Bench16], None]], told: list[str]) -> None:
    bench = Bench16.booted()
    for step in steps:
        step(bench)
    assert bench.told(1) == told
    assert bench.told(2) == []
    assert bench.told(0) == []


def test_a_new_session_on_the_old_cable_goes_through_preparing() -> None:
    bench = Bench16.charging()
    bench.swipe().forget().swipe()
    bench.wait(10)
    assert bench.told() == ["Preparing", "Charging"]


def test_status_says_when_it_began() -> None:
    bench = Bench16.booted()
    bench.wait(17)
    bench.command(PlugIn(vehicle="suv"))
    assert bench.payloads("StatusNotification")[0]["timestamp"] == "2023-11-15T12:00:17.000Z"


@pytest.mark.parametrize("code", ["GroundFailure", "HighTemperature", "PowerMeterFailure", "OverVoltage"])
def test_a_fault_is_told_with_its_code_and_its_end_with_no_error(code: str) -> None:
    bench = Bench16.booted()
    bench.command(InjectFault(connector_id=2, error_code=code))
    bench.command(ClearFault(connector_id=2))
    assert [(one["connectorId"], one["status"], one["errorCode"]) for one in bench.payloads("StatusNotification")] == [
        (2, "Faulted", code),
        (2, "Available", "NoError"),
    ]


def test_a_fault_ends_the_transaction_and_the_energy() -> None:
    bench = Bench16.charging()
    bench.command(InjectFault(error_code="GroundFailure"))
    assert bench.stop()["reason"] == "Other"
    register = bench.station.evses[0].meter.register_at(bench.now.sim)
    bench.wait(100)
    assert bench.station.evses[0].meter.register_at(bench.now.sim) == register


def test_a_tag_refused_leaves_the_connector_as_it_was() -> None:
    bench = Bench16.booted(answers={"Authorize": {"idTagInfo": {"status": "Blocked"}}})
    plug(bench)
    bench.swipe(tag=OTHER_TAG)
    assert bench.told() == ["Preparing"]
    assert bench.status() == "Preparing"
    assert bench.problems == {"token 04FFFFFF: Blocked": 1}


def test_a_status_that_was_refused_by_the_central_system_does_not_stop_the_charger() -> None:
    bench = Bench16.booted(answers={"StatusNotification": Refusal("InternalError")})
    bench.charge()
    bench.swipe().unplug()
    assert bench.told() == ["Preparing", "Charging", "Finishing", "Available"]


def test_begin_transaction_without_a_cable_prepares_and_starts_with_the_cable() -> None:
    bench = Bench16.booted()
    assert bench.command(BeginTransaction(id_token=TAG)).accepted
    assert bench.told() == ["Preparing"]
    assert bench.payloads("StartTransaction") == []
    bench.wait(20)
    plug(bench)
    bench.wait(5)
    assert bench.start()["timestamp"] == "2023-11-15T12:00:20.000Z"
    assert bench.told() == ["Preparing", "Charging"]
