"""What a template may add to the device model of 2.0.1."""

from pathlib import Path

import pytest

from chargepoint_sim.config.loader import load_fleet
from chargepoint_sim.core.monitors import Monitor, MonitorType, Origin
from chargepoint_sim.core.spec import StationSpec
from chargepoint_sim.errors import ConfigError
from tests.protocol.v201.bench import Bench201
from tests.protocol.v201.test_v201_variables import element, put, value

MODEL = """
  device_model:
    status_by_event: true
    components:
      - name: AirCoolingSystem
        variables:
          FanSpeed:
            {type: integer, unit: RPM, minimum: 0, maximum: 1000, value: 300, target: true, min_set: 200, max_set: 500}
      - name: FloodLight
        evse: 1
        instance: Roof
        variables:
          "Mode[Left]": {type: OptionList, choices: [Auto, Off], value: Auto, access: RW, reboot: true}
      - {name: ChargingStation, variables: {Color: {type: string, value: blue, constant: true}}}
    monitors:
      - {component: EVSE, evse: 1, variable: Power, type: UpperThreshold, value: 20000, severity: 3, built_in: true}
      - {component: AirCoolingSystem, variable: FanSpeed, type: Delta, value: 50, only_in_base_all: true}
"""


def fleet(tmp_path: Path, template: str) -> StationSpec:
    path = tmp_path / "fleet.yaml"
    path.write_text(
        "csms: {url: 'ws://127.0.0.1:1'}\n"
        f"templates:\n  mine:\n    extends: dc-150-dual\n{indented(template)}"
        "chargers: [{template: mine, id: c1}]\n",
        encoding="utf-8",
    )
    return load_fleet(path, {}).chargers[0].station


def indented(template: str) -> str:
    return "".join(f"  {line}\n" for line in template.splitlines() if line)


def test_a_template_describes_components_and_monitors(tmp_path: Path) -> None:
    spec = fleet(tmp_path, MODEL)
    assert spec.status_by_event
    assert spec.monitors == (
        Monitor(1, "evse@1.power", MonitorType.UPPER, 20000, 3, Origin.HARD_WIRED),
        Monitor(2, "aircoolingsystem.fanspeed", MonitorType.DELTA, 50, 5, Origin.PRECONFIGURED, factory_default=False),
    )
    bench = Bench201.booted(spec=spec)
    assert value(bench, "AirCoolingSystem", "FanSpeed", attributeType="MaxSet") == "500"
    assert value(bench, "ChargingStation", "Color") == "blue"
    assert put(bench, element("AirCoolingSystem", "FanSpeed", attributeValue="400", attributeType="Target"))[0][
        "attributeStatus"
    ] == ("Accepted")
    bench.wait(1)
    assert bench.calls("NotifyEvent") == []
    bench.answer("SetMonitoringBase", {"monitoringBase": "All"})
    put(bench, element("AirCoolingSystem", "FanSpeed", attributeValue="300", attributeType="Target"))
    bench.wait(1)
    (event,) = bench.payloads("NotifyEvent")[0]["eventData"]
    assert (event["actualValue"], event["eventNotificationType"]) == ("300", "PreconfiguredMonitor")


VARIABLE = "components: [{{name: X, {place}variables: {{{name}: {{type: {kind}, {more}}}}}}}]"


@pytest.mark.parametrize(
    ("model", "words"),
    [
        (VARIABLE.format(place="", name="Y", kind="integer", more="value: fast"), "whole number"),
        (VARIABLE.format(place="", name="Y", kind="integer", more="value: 9, maximum: 5"), "at most 5"),
        (VARIABLE.format(place="", name="Y", kind="OptionList", more="value: a"), "needs choices"),
        (VARIABLE.format(place="", name="Y", kind="string", more="target: true"), "for numbers"),
        (VARIABLE.format(place="", name="Y", kind="integer", more="value: 1, min_set: 1"), "target is needed"),
        (VARIABLE.format(place="", name="Y", kind="string", more="constant: true, access: RW"), "cannot be set"),
        (VARIABLE.format(place="evse: 3, ", name="Y", kind="string", more="value: a"), "EVSEs 1 to 2"),
        (VARIABLE.format(place="connector: 1, ", name="Y", kind="string", more="value: a"), "EVSEs 1 to 2"),
        ("components: [{name: EVSE, evse: 1, variables: {power: {type: decimal, value: 1}}}]", "does not have yet"),
        ("monitors: [{component: EVSE, evse: 1, variable: Nothing, type: Delta}]", "a variable of the station"),
        ("monitors: [{component: EVSE, evse: 1, variable: AvailabilityState, type: UpperThreshold}]", "cannot have"),
        ("monitors: [{component: ChargingStation, variable: Model, type: Delta}]", "cannot have"),
        ("monitors: [{component: EVSE, evse: 1, variable: Power, type: LowerThreshold, value: -1}]", "outside"),
        ("monitors: [{component: EVSE, evse: 1, variable: Power, type: Periodic, value: 0.5}]", "at least 1 s"),
        ("monitors: [{component: EVSE, evse: 1, variable: Power, type: Delta, value: -1}]", "not negative"),
    ],
)
def test_a_mistake_is_told(tmp_path: Path, model: str, words: str) -> None:
    with pytest.raises(ConfigError) as told:
        fleet(tmp_path, f"  device_model: {{{model}}}\n")
    assert words in str(told.value)


def test_1_6_has_no_device_model(tmp_path: Path) -> None:
    path = tmp_path / "fleet.yaml"
    path.write_text(
        "csms: {url: 'ws://127.0.0.1:1'}\n"
        "templates: {mine: {extends: public-ac-22, device_model: {status_by_event: true}}}\n"
        "chargers: [{template: mine, id: c1}]\n",
        encoding="utf-8",
    )
    with pytest.raises(ConfigError, match=r"2\.0\.1 only"):
        load_fleet(path, {})
