"""Time in the simulation: jumps, exact deadlines, the maths of the scaled clock, and what a caller may ask of it."""

from dataclasses import replace
from itertools import pairwise
from math import inf
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chargepoint_sim.clock import Now, Timeline, format_utc, parse_utc
from chargepoint_sim.core.commands import IdToken, LoseLink, PlugIn, PresentToken, SetPowerLimit
from chargepoint_sim.csms.calls import OutcomeKind
from chargepoint_sim.csms.central import Central
from chargepoint_sim.csms.config import BootSettings, CsmsSettings
from chargepoint_sim.errors import LocalError, UnknownTarget
from chargepoint_sim.fleet.spec import ClockSpec
from chargepoint_sim.simulation import DEFAULT_START, Simulation
from chargepoint_sim.simulation.agenda import Agenda
from tests.simulation.fleets import quiet

START = parse_utc("2025-03-29T20:00:00Z")
TAG = IdToken("04A1B2C3")


def one(charger_id: str, **how: Any) -> Simulation:
    """One charger, booted, with frames that take no time."""
    simulation = Simulation(quiet(charger_id), **{"latency_s": (0.0, 0.0), **how})
    assert simulation.run(until=lambda: simulation.view(charger_id).registration == "Accepted", within_s=60)
    return simulation


def charge(simulation: Simulation, charger_id: str) -> float:
    """Plug in and show a tag; the instant of both."""
    assert simulation.command(charger_id, PlugIn(connector_id=1, evse_id=1, vehicle="suv", soc=0.2)).accepted
    assert simulation.command(charger_id, PresentToken(connector_id=1, evse_id=1, id_token=TAG)).accepted
    return simulation.now.sim


def test_scaled_time_runs_so_much_faster_from_its_origin() -> None:
    timeline = Timeline(sim_origin=1_700_000_000.0, io_origin=50.0, scale=60.0)
    assert timeline.at_io(50.0) == Now(1_700_000_000.0, 50.0)
    assert timeline.at_io(51.0) == Now(1_700_000_060.0, 51.0)
    assert timeline.at_sim(1_700_003_600.0) == Now(1_700_003_600.0, 110.0)


@given(
    io=st.floats(0, 1e7),
    later=st.floats(0, 1e6),
    scale=st.sampled_from([1.0, 2.0, 60.0, 3600.0]),
    origin=st.floats(1e9, 4e9),
)
def test_both_axes_of_a_timeline_run_forward_and_lead_back(
    io: float, later: float, scale: float, origin: float
) -> None:
    timeline = Timeline(origin, 1000.0, scale)
    first, second = timeline.at_io(io), timeline.at_io(io + later)
    assert second.sim >= first.sim
    assert timeline.at_sim(first.sim).io == pytest.approx(io, abs=1e-6)
    assert second.sim - first.sim == pytest.approx(later * scale, abs=1e-5)


def test_in_virtual_time_both_axes_show_the_same_figure() -> None:
    simulation = one("A-1")
    simulation.run_for(12345.678)
    assert simulation.now.sim == simulation.now.io


def test_virtual_time_begins_when_the_fleet_file_says() -> None:
    assert Simulation(quiet("A-1")).now.sim == START


@pytest.mark.parametrize("mode", ["real", "scaled", "virtual"])
def test_without_a_start_virtual_time_begins_on_a_fixed_day_whatever_the_mode(mode: str) -> None:
    simulation = Simulation(quiet("A-1", clock=ClockSpec(mode, 60.0)))
    assert simulation.now == Now(DEFAULT_START, DEFAULT_START)
    assert format_utc(DEFAULT_START) == "2026-01-05T00:00:00.000Z"
    assert simulation.run(until=lambda: simulation.view("A-1").registration == "Accepted", within_s=10)


def test_running_to_an_instant_ends_there_also_when_nothing_happens() -> None:
    simulation = Simulation(quiet("A-1"))
    assert simulation.run(until=START + 86400)
    assert simulation.now.sim == START + 86400
    with pytest.raises(LocalError, match="2025-03-30T20:00:00"):
        simulation.run(until=START)


def test_waiting_for_a_condition_ends_at_the_event_that_makes_it_true_or_when_the_time_is_over() -> None:
    simulation = one("A-1")
    begun = charge(simulation, "A-1")
    assert simulation.run(until=lambda: simulation.view("A-1").evses[0].status == "Charging", within_s=60)
    assert begun < simulation.now.sim <= begun + 5
    at = simulation.now.sim
    assert not simulation.run(until=lambda: False, within_s=100)
    assert simulation.now.sim == at + 100


def test_samples_are_taken_at_exactly_their_instants() -> None:
    simulation = one("A-1")
    charge(simulation, "A-1")
    simulation.run_for(3600)
    started = next(line for line in simulation.record if line.name == "StartTransaction").content[3]["timestamp"]
    values = [line for line in simulation.record if line.name == "MeterValues" and line.content[0] == 2]
    samples = [line.content[3]["meterValue"][0] for line in values]
    periodic = [one["timestamp"] for one in samples if one["sampledValue"][0]["context"] == "Sample.Periodic"]
    assert periodic == [format_utc(parse_utc(started) + 60 * n) for n in range(1, 61)]
    aligned = [one["timestamp"] for one in samples if one["sampledValue"][0]["context"] == "Sample.Clock"]
    assert set(aligned) == {f"2025-03-29T20:{minute}:00.000Z" for minute in (15, 30, 45)} | {"2025-03-29T21:00:00.000Z"}


def test_heartbeats_come_after_exactly_the_interval() -> None:
    simulation = one("B-1", central=Central(CsmsSettings(boot=BootSettings(interval_s=600))))
    simulation.run_for(3600)
    beats = [line.at for line in simulation.record if line.name == "Heartbeat" and line.content[0] == 2]
    assert len(beats) in (5, 6)
    assert {later - earlier for earlier, later in pairwise(beats)} == {600.0}


def test_a_call_that_is_not_answered_times_out_at_exactly_its_instant() -> None:
    simulation = one("A-1", central=Central(CsmsSettings(call_timeout_s=17.5)))
    simulation.cut_power("A-1", dark_s=300)
    asked_at = simulation.now.io
    outcome = simulation.ask("A-1", "GetConfiguration", {})
    assert outcome.kind is OutcomeKind.TIMED_OUT
    assert simulation.now.io == asked_at + 17.5


def test_the_central_system_notices_a_dead_charger_by_its_pings() -> None:
    simulation = one("A-1", central=Central(CsmsSettings(ping_interval_s=45)))
    simulation.cut_power("A-1", dark_s=300)
    simulation.run_for(44)
    assert simulation.central.peer("A-1").connected
    simulation.run_for(1)
    assert not simulation.central.peer("A-1").connected
    with pytest.raises(LocalError, match="not connected"):
        simulation.call("A-1", "GetConfiguration", {})


def test_a_frame_takes_its_time_on_the_way() -> None:
    simulation = Simulation(quiet("A-1"), latency_s=(0.05, 0.05))
    simulation.run_for(5)
    boot, answer = [line for line in simulation.record if line.name == "BootNotification"]
    assert answer.at - boot.at == pytest.approx(0.1)
    connected = next(event for event in simulation.events("A-1") if event.kind == "charger_connected")
    assert boot.at == connected.at


@pytest.mark.parametrize("latency_s", [(-0.1, 0.1), (0.2, 0.1), (0.0, inf)])
def test_an_impossible_latency_is_refused(latency_s: tuple[float, float]) -> None:
    with pytest.raises(LocalError, match="latency_s"):
        Simulation(quiet("A-1"), latency_s=latency_s)


def test_at_one_instant_the_order_is_that_of_rank_then_of_making() -> None:
    agenda, done = Agenda(), []
    for at, rank, name in [(2.0, 0, "d"), (1.0, 2, "c"), (1.0, 1, "a"), (1.0, 1, "b")]:
        agenda.add(at, rank, lambda name=name: done.append(name))  # type: ignore[misc]  # bound now
    assert agenda.next_at() == 1.0
    while agenda:
        agenda.pop()[1]()
    assert done == ["a", "b", "c", "d"]
    assert agenda.next_at() == inf


def test_the_central_system_asks_and_waits_for_the_answer() -> None:
    simulation = one("E-1", latency_s=(0.02, 0.08))
    outcome = simulation.ask("E-1", "TriggerMessage", {"requestedMessage": "Heartbeat"})
    assert outcome.payload == {"status": "Accepted"}


def test_power_update_reaches_the_meter_values() -> None:
    simulation = one("E-1")
    charge(simulation, "E-1")
    simulation.run_for(120)
    assert simulation.command("E-1", SetPowerLimit(power_w=5000.0)).accepted
    simulation.run_for(120)
    evse = simulation.view("E-1").evses[0]
    assert evse.power_w == pytest.approx(5000, rel=0.02)
    assert evse.offered_power_w == 5000
    assert simulation.summary().charging == 1


def test_a_charger_that_is_not_registered_is_refused_and_says_so() -> None:
    simulation = Simulation(quiet("A-1"), central=Central(CsmsSettings(chargers=("B-*",))))
    simulation.run_for(60)
    assert simulation.view("A-1").registration == "none"
    (cause,) = simulation.summary().causes
    assert "refused 404" in cause.cause
    dials = [event.at for event in simulation.events("A-1") if event.kind == "charger_refused"]
    simulation.run_for(7200)
    later = [event.at for event in simulation.events("A-1") if event.kind == "charger_refused"]
    assert len(later) > len(dials)


def test_the_fleet_files_central_system_decides() -> None:
    fleet = quiet("A-1", builtin_csms={"boot": {"status": "Pending", "interval_s": 60}})
    simulation = Simulation(fleet)
    simulation.run_for(10)
    assert simulation.view("A-1").registration == "Pending"
    simulation.central.decide_boot("A-1", "Accepted")
    simulation.run_for(60)
    assert simulation.view("A-1").registration == "Accepted"


def test_the_back_off_between_dials_is_the_chargers_own() -> None:
    simulation = one("A-1")
    station = simulation.charger("A-1").station
    minimum_s = station.settings.integer("OCPPCommCtrlr.RetryBackOffWaitMinimum")
    random_s = station.settings.integer("OCPPCommCtrlr.RetryBackOffRandomRange")
    dropped_at = simulation.now.sim
    simulation.drop_link("A-1")
    assert simulation.view("A-1").connection == "waiting"
    assert simulation.run(until=lambda: simulation.view("A-1").connection == "connected", within_s=3600)
    assert dropped_at + minimum_s <= simulation.now.sim <= dropped_at + minimum_s + random_s
    # A mere reconnect does not boot again.
    assert sum(line.name == "BootNotification" and line.mark == ">" for line in simulation.record) == 1


def test_dials_fail_while_the_network_is_away() -> None:
    simulation = one("A-1")
    simulation.drop_link("A-1", outage_s=600)
    simulation.run_for(599)
    refused = [event for event in simulation.events("A-1") if event.kind == "charger_refused"]
    assert refused
    assert all("unreachable" in event.data["end"] for event in refused)
    assert simulation.run(until=lambda: simulation.view("A-1").connection == "connected", within_s=3600)


def test_lose_link_keeps_the_charger_away_for_its_time() -> None:
    simulation = one("A-1")
    at = simulation.now.sim
    assert simulation.command("A-1", LoseLink(duration_s=90)).accepted
    simulation.run_for(1)
    assert simulation.view("A-1").connection == "waiting"
    assert simulation.run(until=lambda: simulation.view("A-1").connection == "connected", within_s=3600)
    assert simulation.now.sim == at + 90


def test_after_a_power_cut_the_charger_boots_again_and_ends_what_was_open() -> None:
    simulation = one("A-1")
    charge(simulation, "A-1")
    simulation.run_for(600)
    register_wh = simulation.view("A-1").evses[0].register_wh
    simulation.cut_power("A-1", dark_s=300)
    assert simulation.view("A-1").connection == "off"
    simulation.run_for(299)
    assert simulation.view("A-1").evses[0].register_wh == register_wh
    simulation.run_for(31)
    (session,) = simulation.central.sessions("A-1")
    assert session.stop_reason == "PowerLoss"
    assert session.meter_stop_wh == pytest.approx(register_wh, abs=1)
    assert simulation.central.peer("A-1").boots == 2


def test_a_reset_closes_the_link_in_order_and_boots_again() -> None:
    simulation = one("A-1")
    assert simulation.ask("A-1", "Reset", {"type": "Hard"}).payload == {"status": "Accepted"}
    simulation.run_for(60)
    assert simulation.central.peer("A-1").boots == 2
    kinds = [event.kind for event in simulation.events("A-1")]
    assert kinds.count("charger_connected") == 2
    assert "charger_rebooting" in kinds


def test_unknown_chargers_and_unfit_calls_are_told_in_words() -> None:
    simulation = one("A-1")
    with pytest.raises(UnknownTarget, match="'Z-9'"):
        simulation.view("Z-9")
    with pytest.raises(LocalError, match="GetVariables"):
        simulation.call("A-1", "GetVariables", {})
    with pytest.raises(LocalError, match="recording=False"):
        Simulation(quiet("A-1"), recording=False).transcript()


def test_without_recording_the_same_things_happen() -> None:
    fleet = replace(quiet(), seed=5)
    silent, recorded = Simulation(fleet, recording=False), Simulation(fleet)
    for simulation in (silent, recorded):
        simulation.run_for(3600)
    assert silent.views() == recorded.views()
    assert silent.central.counts == recorded.central.counts
