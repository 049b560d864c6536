"""What bounds offers and draws is told with the layer that binds, its profile and the reason."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from chargepoint_sim.core.commands import (
    IdToken,
    InjectFault,
    PauseCharging,
    PlugIn,
    SetDeviceLimit,
    SetPowerLimit,
    StartSession,
    StopEnergy,
)
from chargepoint_sim.core.smart_charging.limits import Layer
from chargepoint_sim.core.smart_charging.profiles import LimitSource
from chargepoint_sim.fleet.power_reading import _WHY, limits_view, vehicle_views
from chargepoint_sim.fleet.power_views import EvseLimitsView
from chargepoint_sim.simulation import Simulation
from tests.fleets import fleet, template

CHARGING = StartSession(id_token=IdToken("04A1B2C3"), vehicle="van", soc=0.2)
HARDWARE_W = 22080.0
"""What the AC templates of tests.fleets offer; a van could take it all."""


def running(folder: Path, template: str = "ac16", *commands: Any) -> Simulation:
    """One charger, five minutes after its last command."""
    simulation = Simulation(fleet(folder, [{"template": template, "ids": ["one"]}]))
    simulation.run_for(60)
    for command in commands:
        assert simulation.command("one", command).accepted
        simulation.run_for(300)
    return simulation


def told(simulation: Simulation) -> EvseLimitsView:
    found = limits_view(simulation.charger("one").station, simulation.now.sim).evses[0]
    view = simulation.view("one").evses[0]
    assert (found.offered_power_w, found.offered_by) == (view.offered_power_w, view.offered_by)
    assert (found.power_w, found.drawn_by) == (view.power_w, view.drawn_by)
    assert {one.layer: one.power_w for one in found.layers} == view.limits
    assert [one.layer for one in found.layers if one.binds] == [found.offered_by]
    return found


def profile(profile_id: int, purpose: str, limit: float, unit: str = "A", level: int = 0) -> dict[str, Any]:
    """A relative profile of 1.6."""
    schedule = {"chargingRateUnit": unit, "chargingSchedulePeriod": [{"startPeriod": 0, "limit": limit}]}
    return {
        "connectorId": 0 if purpose == "ChargePointMaxProfile" else 1,
        "csChargingProfiles": {
            "chargingProfileId": profile_id,
            "stackLevel": level,
            "chargingProfilePurpose": purpose,
            "chargingProfileKind": "Relative",
            "chargingSchedule": schedule,
        },
    }


def test_every_layer_has_words() -> None:
    assert set(_WHY) == set(Layer)


def test_the_hardware_binds_where_nothing_else_does(tmp_path: Path) -> None:
    found = told(running(tmp_path, "ac16", CHARGING))
    assert (found.offered_by, found.offered_power_w, found.sufficient) == ("hardware", HARDWARE_W, True)
    assert found.why_offered == "the outlet is built for 22,080 W and 32 A (3 phases)"
    assert (found.drawn_by, found.layers[0].profile) == ("vehicle", None)
    assert found.why_drawn == "a van takes at most 21,859 W here"


def test_a_profile_that_binds_is_named_with_its_source(tmp_path: Path) -> None:
    simulation = running(tmp_path, "ac16", CHARGING)
    assert simulation.ask("one", "SetChargingProfile", profile(7, "TxDefaultProfile", 16.0, level=3)).payload == {
        "status": "Accepted"
    }
    found = told(simulation)
    (layer,) = (one for one in found.layers if one.binds)
    assert (layer.layer, layer.current_a, layer.phases) == ("tx_default_profile", 16.0, 3)
    assert layer.why == ("TxDefaultProfile 7 (stack level 3) of the central system (CSO) allows EVSE 1 16 A")
    assert layer.profile is not None
    assert (layer.profile.profile_id, layer.profile.source, layer.profile.stack_level) == (7, "CSO", 3)
    assert found.why_drawn == "the vehicle draws as much as the offer lets it"


def test_a_limit_from_outside_is_told_apart_from_the_central_systems(tmp_path: Path) -> None:
    simulation = running(tmp_path, "ac201", CHARGING, SetPowerLimit(power_w=6000.0, source=LimitSource.SO))
    found = told(simulation)
    assert (found.offered_by, found.offered_power_w) == ("external_limit", 6000.0)
    assert found.why_offered == (
        "a limit of 6,000 W for EVSE 1 from outside the central system, set by the operator of the grid (SO)"
    )


def test_ceiling_share_and_pause_of_the_device(tmp_path: Path) -> None:
    simulation = running(tmp_path, "ac16", CHARGING, SetDeviceLimit(9000.0))
    found = told(simulation)
    assert found.offered_power_w == pytest.approx(9000.0)
    whys = {one.layer: one.why for one in found.layers}
    assert whys["device_setting"] == "the ceiling set at the device, 9,000 W for the whole station"
    assert limits_view(simulation.charger("one").station, simulation.now.sim).station_limit_w == 9000.0
    assert simulation.command("one", PauseCharging()).accepted
    paused = told(simulation)
    assert (paused.offered_by, paused.sufficient) == ("device_pause", False)
    assert paused.why_drawn == "the offer is less than a vehicle can charge on, so the EVSE suspends"


def test_a_share_says_what_is_shared(tmp_path: Path) -> None:
    outlet = {"connector": "sType2", "max_power_w": 22080, "max_current_a": 32, "phases": 3}
    dual = template("1.6", evses=[outlet, outlet])
    simulation = Simulation(fleet(tmp_path, [{"template": "dual", "ids": ["one"]}], templates={"dual": dual}))
    simulation.run_for(60)
    for connector_id in (1, 2):
        assert simulation.command("one", replace(CHARGING, connector_id=connector_id)).accepted
    assert simulation.command("one", SetDeviceLimit(12_000.0)).accepted
    simulation.run_for(300)
    found = told(simulation)
    assert (found.offered_by, found.offered_power_w) == ("station_share", 6000.0)
    assert found.why_offered == "its part of the 12,000 W that the EVSEs of the station share"
    assert simulation.command("one", SetDeviceLimit(5_000.0)).accepted
    second = limits_view(simulation.charger("one").station, simulation.now.sim).evses[1]
    assert second.why_offered == "paused: the 5,000 W of the station are not enough for one more vehicle to charge on"


@pytest.mark.parametrize(
    ("commands", "why"),
    [
        ((), "no vehicle is plugged in"),
        ((PlugIn(),), "nobody is authorised to charge here"),
        ((CHARGING, StopEnergy()), "the vehicle wants no energy"),
        ((CHARGING, InjectFault(error_code="GroundFailure")), "the EVSE is faulted"),
    ],
    ids=["empty", "nobody", "enough", "faulted"],
)
def test_why_nothing_is_drawn(tmp_path: Path, commands: tuple[Any, ...], why: str) -> None:
    found = told(running(tmp_path, "ac16", *commands))
    assert (found.power_w, found.why_drawn) == (0.0, why)


def test_a_full_battery_has_enough(tmp_path: Path) -> None:
    simulation = running(tmp_path, "ac16", PlugIn(soc=0.9, target_soc=0.9), StartSession(id_token=IdToken("04A1")))
    found = told(simulation)
    assert found.drawn_by == "battery"
    assert found.why_drawn == "the battery is at 90% and has enough (target 90%)"


def test_the_vehicle_is_told_with_its_wish_and_limits(tmp_path: Path) -> None:
    simulation = running(tmp_path, "dc201", CHARGING)
    (vehicle,) = vehicle_views(simulation.charger("one").station, simulation.now.sim)
    view = simulation.view("one").evses[0]
    assert (vehicle.name, vehicle.soc, vehicle.power_w) == (view.vehicle, view.soc, view.power_w)
    assert (vehicle.target_soc, vehicle.wants_energy, vehicle.charging_state) == (1.0, True, "Charging")
    assert vehicle.missing_wh == pytest.approx((1.0 - vehicle.soc) * 79_000.0)
    assert vehicle.greatest_power_w == 50_000.0
    assert list(vehicle_views(running(tmp_path).charger("one").station, 0.0)) == []
