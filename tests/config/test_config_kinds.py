"""Templates: the shipped ones in both versions, and what `extends` makes of them."""

import re
from pathlib import Path
from typing import get_args

import pytest
from ocpp.v201.enums import ConnectorEnumType

from chargepoint_sim.config.kinds import shipped
from chargepoint_sim.config.loader import load_fleet
from chargepoint_sim.config.schema import ConnectorType
from chargepoint_sim.core.display_messages import DisplaySpec, Format, MessageState, Priority
from chargepoint_sim.core.settings import SETTINGS, parse_setting
from chargepoint_sim.core.spec import Current, StationSpec, Timing
from chargepoint_sim.errors import ConfigError
from chargepoint_sim.fleet.spec import ChargerSpec

SAMPLED = {
    "Energy.Active.Import.Register",
    "Power.Active.Import",
    "Power.Offered",
    "Current.Import",
    "Current.Offered",
    "Voltage",
}


def charger_of(tmp_path: Path, templates: str, name: str = "mine") -> ChargerSpec:
    path = tmp_path / "fleet.yaml"
    path.write_text(f"csms: {{url: 'ws://h'}}\ntemplates: {{{templates}}}\nchargers: [{{template: {name}, id: A}}]\n")
    return load_fleet(path, {}).chargers[0]


def station_of(tmp_path: Path, templates: str, name: str = "mine") -> StationSpec:
    return charger_of(tmp_path, templates, name).station


def test_connector_types_are_those_of_the_standard() -> None:
    assert set(get_args(ConnectorType)) == {member.value for member in ConnectorEnumType}


def test_the_kinds_that_are_shipped() -> None:
    assert sorted(shipped()) == [
        "dc-150-dual",
        "dc-350",
        "dc-50",
        "display-ac-22-dual",
        "home-ac-11",
        "home-ac-7",
        "old-wallbox",
        "public-ac-22",
        "quirky-absolute-only",
        "quirky-kwh",
        "quirky-null-text",
        "quirky-octt",
        "quirky-slow",
        "quirky-stray-clock",
        "quirky-unmoved",
        "street-ac-22-dual",
        "us-ac-240",
        "work-ac-22-dual",
    ]


@pytest.mark.parametrize("name", sorted(shipped()))
@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
def test_a_shipped_template_serves_both_versions(tmp_path: Path, name: str, version: str) -> None:
    charger = charger_of(tmp_path, f"mine: {{extends: {name}, ocpp: '{version}'}}")
    station = charger.station
    assert charger.version == version
    assert station.template == "mine"
    assert [evse.evse_id for evse in station.evses] == list(range(1, len(station.evses) + 1))
    assert set(station.settings) <= set(SETTINGS)
    for setting, text in station.settings.items():
        parse_setting(setting, text)
    if name != "old-wallbox":
        sampled = set(station.settings["SampledDataCtrlr.TxUpdatedMeasurands"].split(","))
        dc = any(evse.current is Current.DC for evse in station.evses)
        assert sampled == (SAMPLED | {"SoC"} if dc else SAMPLED)


@pytest.mark.parametrize("name", sorted(shipped()))
def test_a_shipped_station_can_give_the_power_on_its_plate(tmp_path: Path, name: str) -> None:
    for evse in station_of(tmp_path, "", name).evses:
        volts = evse.voltage_v * (1 if evse.current is Current.DC else evse.phases)
        assert volts * evse.max_current_a >= evse.max_power_w


def test_the_kinds_differ_as_their_names_say(tmp_path: Path) -> None:
    home = station_of(tmp_path, "", "home-ac-7").evses[0]
    assert (home.phases, home.max_power_w, home.connectors[0].cable_attached) == (1, 7360.0, True)
    public = station_of(tmp_path, "", "public-ac-22").evses[0]
    assert (public.max_power_w, public.connectors[0].cable_attached) == (22080.0, False)
    split = station_of(tmp_path, "", "us-ac-240").evses[0]
    assert (split.voltage_v, split.phases, split.connectors[0].connector_type) == (240.0, 1, "cType1")
    assert (split.split_phase, home.split_phase) == (True, False)
    dual = station_of(tmp_path, "", "dc-150-dual")
    assert (len(dual.evses), dual.max_power_w, dual.evses[0].min_current_a) == (2, 150_000.0, 0.0)
    fast = station_of(tmp_path, "", "dc-50")
    assert [evse.connectors[0].connector_type for evse in fast.evses] == ["cCCS2", "cG105"]
    old = station_of(tmp_path, "", "old-wallbox")
    assert old.settings["SampledDataCtrlr.TxUpdatedMeasurands"] == "Energy.Active.Import.Register"
    assert {name: key.default for name, key in old.vendor_keys.items()} == {
        "BoxLedBrightness": "80",
        "box_rfid_beep": "on",
    }


def test_one_station_spec_per_template(tmp_path: Path) -> None:
    path = tmp_path / "fleet.yaml"
    path.write_text(
        "csms: {url: 'ws://h'}\n"
        "chargers: [{template: dc-50, count: 3, id: 'A{n}'}, {template: dc-50, id: B}, {template: dc-350, id: C}]\n"
    )
    chargers = load_fleet(path, {}).chargers
    assert len({id(charger.station) for charger in chargers}) == 2
    assert len({id(charger.csms) for charger in chargers}) == 1
    assert len({id(charger.behaviour) for charger in chargers}) == 1


def test_extends_merges_key_by_key(tmp_path: Path) -> None:
    station = station_of(
        tmp_path,
        "base: {ocpp: '1.6', hardware: {vendor: V, model: M, firmware: '7'}, timing: {reboot_s: 3},"
        " evses: {count: 2, connector: cType2, max_power_w: 22000}, settings: {BlinkRepeat: 1, HeartbeatInterval: 5}},"
        " mine: {extends: base, hardware: {model: N}, timing: {contactor_delay_s: 1}, settings: {BlinkRepeat: 2}}",
    )
    assert (station.vendor, station.model, station.firmware) == ("V", "N", "7")
    assert station.timing == Timing(contactor_delay_s=1, reboot_s=3)
    assert len(station.evses) == 2
    assert station.settings == {"Ocpp16.BlinkRepeat": "2", "OCPPCommCtrlr.HeartbeatInterval": "5"}


@pytest.mark.parametrize("written", ["[Core, SmartCharging]", "'Core,SmartCharging'"])
def test_a_template_can_leave_out_feature_profiles(tmp_path: Path, written: str) -> None:
    settings = f"{{SupportedFeatureProfiles: {written}}}"
    station = station_of(tmp_path, f"mine: {{extends: public-ac-22, settings: {settings}}}")
    assert station.settings["Ocpp16.SupportedFeatureProfiles"] == "Core,SmartCharging"


def test_data_transfers_are_data_of_a_template(tmp_path: Path) -> None:
    taken = "{com.example: {hello: world, ping: null}, org.example: {}}"
    station = station_of(tmp_path, f"mine: {{extends: public-ac-22, data_transfers: {taken}}}")
    assert station.data_transfers == {"com.example": {"hello": "world", "ping": None}, "org.example": {}}


def test_a_local_controller_is_one_by_its_template(tmp_path: Path) -> None:
    assert station_of(tmp_path, "mine: {extends: public-ac-22, local_controller: true}").local_controller
    assert not station_of(tmp_path, "mine: {extends: public-ac-22}").local_controller


def test_what_is_to_fail_is_data_of_a_template(tmp_path: Path) -> None:
    station = station_of(
        tmp_path, "mine: {extends: public-ac-22, reset_failures: 3, transfer_faults: [firmware-download, log-upload]}"
    )
    assert station.reset_failures == 3
    assert station.transfer_faults == ("firmware-download", "log-upload")


def test_vendor_keys_may_say_what_they_take(tmp_path: Path) -> None:
    station = station_of(
        tmp_path,
        "mine: {extends: public-ac-22, vendor_keys: {Level: {value: 3, type: integer, minimum: 1, maximum: 5},"
        " Modem: {value: true, type: boolean, reboot: true, access: R},"
        " Pin: {value: '0', access: W, pattern: '[0-9]+'}}}",
    )
    level, modem, pin = station.vendor_keys.values()
    assert (level.default, level.minimum, level.maximum, level.writable) == (3, 1, 5, True)
    assert (modem.default, modem.reboot, modem.writable, modem.secret) == (True, True, False, False)
    assert (pin.pattern, pin.writable, pin.secret) == ("[0-9]+", True, True)


@pytest.mark.parametrize(
    ("key", "told"),
    [
        ("{value: 9, type: integer, maximum: 5}", "at most 5"),
        ("{value: x, pattern: '[0-9]+'}", "takes a text such as"),
        ("{value: x, pattern: '['}", "regular expression"),
        ("{value: x, access: none}", "access"),
        ("{type: integer}", "value"),
    ],
)
def test_a_vendor_key_that_does_not_take_its_own_value_is_told(tmp_path: Path, key: str, told: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(told)):
        station_of(tmp_path, f"mine: {{extends: public-ac-22, vendor_keys: {{K: {key}}}}}")


def test_a_new_power_replaces_the_current_below(tmp_path: Path) -> None:
    evse = station_of(tmp_path, "mine: {extends: public-ac-22, evses: {max_power_w: 11040}}").evses[0]
    assert (evse.max_power_w, evse.max_current_a) == (11040.0, 16.0)


def test_power_follows_from_current(tmp_path: Path) -> None:
    evse = station_of(tmp_path, "mine: {extends: public-ac-22, evses: {max_current_a: 10, phases: 1}}").evses[0]
    assert (evse.max_power_w, evse.max_current_a) == (2300.0, 10.0)


def test_a_list_of_evses_replaces_a_list(tmp_path: Path) -> None:
    station = station_of(
        tmp_path,
        "mine: {extends: dc-50, evses: [{connector: cCCS1, current: dc, max_power_w: 62500}]}",
    )
    assert [evse.connectors[0].connector_type for evse in station.evses] == ["cCCS1"]


def test_settings_cross_from_one_version_to_the_other(tmp_path: Path) -> None:
    """One 1.6 interval stands for two of 2.0.1; a template in between may use its own version's names."""
    station = station_of(
        tmp_path,
        "base: {extends: public-ac-22, settings: {MeterValueSampleInterval: 7}},"
        " mine: {extends: base, ocpp: 2.0.1, settings: {TxCtrlr.TxStartPoint: [PowerPathClosed]}}",
    )
    assert station.settings["SampledDataCtrlr.TxUpdatedInterval"] == "7"
    assert station.settings["SampledDataCtrlr.TxEndedInterval"] == "7"
    assert station.settings["TxCtrlr.TxStartPoint"] == "PowerPathClosed"


def test_vendor_keys_stay_behind_in_201(tmp_path: Path) -> None:
    assert station_of(tmp_path, "mine: {extends: old-wallbox, ocpp: 2.0.1}").vendor_keys == {}


def test_several_connectors_on_one_evse_in_201(tmp_path: Path) -> None:
    evse = station_of(
        tmp_path,
        "mine: {extends: dc-150-dual, evses: {connectors: [{type: cCCS2, cable_max_current_a: 400}, {type: cG105}]}}",
    ).evses[0]
    assert [(one.connector_id, one.connector_type) for one in evse.connectors] == [(1, "cCCS2"), (2, "cG105")]
    assert evse.connectors[0].cable_max_current_a == 400


def test_ocpp_may_be_written_as_a_number(tmp_path: Path) -> None:
    assert charger_of(tmp_path, "mine: {extends: dc-350, ocpp: 1.6}").version == "1.6"


def test_values_become_the_text_of_the_wire(tmp_path: Path) -> None:
    station = station_of(
        tmp_path,
        "mine: {extends: public-ac-22, settings: {LocalPreAuthorize: true, StopTxnSampledData: [SoC, Voltage]},"
        " vendor_keys: {Factor: 0.5, Wide: 'a,b'}}",
    )
    assert station.settings["AuthCtrlr.LocalPreAuthorize"] == "true"
    assert station.settings["SampledDataCtrlr.TxEndedMeasurands"] == "SoC,Voltage"
    assert {name: key.default for name, key in station.vendor_keys.items()} == {"Factor": "0.5", "Wide": "a,b"}


def test_measurands_are_told_in_parts_in_2_0_1_alone(tmp_path: Path) -> None:
    mine = "mine: {extends: street-ac-22-dual, measurands_per_event: 2}"
    assert station_of(tmp_path, mine).measurands_per_event == 2
    assert station_of(tmp_path, mine.replace("2}", "2, ocpp: '1.6'}")).measurands_per_event is None


def test_a_display_is_what_the_template_says_and_not_in_1_6(tmp_path: Path) -> None:
    station = station_of(
        tmp_path,
        "mine: {extends: street-ac-22-dual, display: {messages: 3, formats: [UTF8], states: [Idle],"
        " priorities: [InFront], personal_message_size: 40}}",
    )
    assert station.display == DisplaySpec(3, (Format.UTF8,), (Priority.IN_FRONT,), (MessageState.IDLE,), 40)
    assert station_of(tmp_path, "", "display-ac-22-dual").display == DisplaySpec()
    assert station_of(tmp_path, "mine: {extends: display-ac-22-dual, ocpp: '1.6'}").display is None
    assert station_of(tmp_path, "", "street-ac-22-dual").display is None
