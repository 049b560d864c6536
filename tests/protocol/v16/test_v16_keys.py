"""Every 1.6 configuration key is set over the wire and shows its effect (chapter 9, sections 5.3 and 5.8)."""

from collections.abc import Callable
from typing import Any

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID

from chargepoint_sim.core.commands import InjectFault, PlugIn
from chargepoint_sim.core.settings import FEATURE_PROFILES, MEASURANDS, Kind, Setting, vendor_key
from chargepoint_sim.core.spec import ConnectorSpec, Current, EvseSpec
from chargepoint_sim.protocol.v16.keys import COMPUTED, KEYS
from tests.protocol.harness import SILENCE, Refusal, one_socket, two_sockets
from tests.protocol.v16.bench import Bench16
from tests.protocol.v16.test_v16_authorization import knows

Effect = Callable[[Bench16], None]


def report(bench: Bench16, *keys: str) -> dict[str, Any]:
    answer = bench.ask("GetConfiguration", {"key": list(keys)} if keys else {})
    assert answer is not None
    result: dict[str, Any] = answer[2]
    return result


def value(bench: Bench16, key: str) -> str:
    (entry,) = report(bench, key)["configurationKey"]
    assert entry["key"] == key
    return str(entry.get("value", ""))


# One effect per key


def unknown_tag_starts_offline(bench: Bench16) -> None:
    bench.command(PlugIn(vehicle="suv"))
    bench.cut().swipe()
    assert bench.station.evses[0].authorized is not None


def cache_is_not_in_use(bench: Bench16) -> None:
    answer = bench.ask("ClearCache")
    assert answer is not None
    assert answer[2] == {"status": "Rejected"}


def remote_start_asks_first(bench: Bench16) -> None:
    bench.ask("RemoteStartTransaction", {"idTag": "R", "connectorId": 1})
    assert len(bench.calls("Authorize")) == 1


def aligned_values_every_15_minutes(bench: Bench16) -> None:
    bench.wait(1801)
    assert sorted({one.at for one in bench.calls("MeterValues")}) == [900, 1800]


def prepared_for_20_s(bench: Bench16) -> None:
    bench.swipe().wait(20)
    assert bench.told() == ["Preparing", "Available"]


def heartbeat_every_20_s(bench: Bench16) -> None:
    bench.wait(65)
    assert len(bench.calls("Heartbeat")) == 3


def cached_tag_does_not_start_offline(bench: Bench16) -> None:
    knows(bench)
    bench.command(PlugIn(vehicle="suv"))
    bench.cut().swipe()
    assert bench.station.evses[0].authorized is None


def cached_tag_starts_without_asking(bench: Bench16) -> None:
    knows(bench)
    bench.command(PlugIn(vehicle="suv"))
    bench.swipe()
    assert bench.calls("Authorize") == []
    assert len(bench.calls("StartTransaction")) == 1


def invalid_tag_gets_so_much(bench: Bench16) -> None:
    assert bench.configure("StopTransactionOnInvalidId", "false") == "Accepted"
    bench.answers["StartTransaction"] = {"transactionId": 1, "idTagInfo": {"status": "Invalid"}}
    bench.command(PlugIn(vehicle="suv", soc=0.2))
    bench.swipe().wait(3600)
    assert bench.station.evses[0].meter.register_at(bench.now.sim) == pytest.approx(250, abs=0.1)


def aligned_values_are_voltages(bench: Bench16) -> None:
    bench.configure("ClockAlignedDataInterval", "900")
    bench.wait(901)
    assert measurands(bench) == {"Voltage"}


def samples_are_power_and_current(bench: Bench16) -> None:
    bench.charge().wait(61)
    assert measurands(bench) == {"Power.Active.Import", "Current.Import"}


def sample_every_10_s(bench: Bench16) -> None:
    bench.charge()
    bench.wait(35)
    assert len(bench.calls("MeterValues")) == 4


def short_statuses_are_not_told(bench: Bench16) -> None:
    bench.command(PlugIn(vehicle="suv"))
    bench.wait(29).unplug().wait(100)
    assert bench.told() == []
    bench.command(PlugIn(vehicle="suv"))
    bench.wait(30)
    assert bench.told() == ["Preparing"]


def stays_suspended(bench: Bench16) -> None:
    bench.charge().unplug(at_vehicle=True)
    assert bench.told()[-1] == "SuspendedEV"


def invalid_tag_is_suspended(bench: Bench16) -> None:
    bench.answers["StartTransaction"] = {"transactionId": 1, "idTagInfo": {"status": "Invalid"}}
    bench.command(PlugIn(vehicle="suv"))
    bench.swipe().wait(10)
    assert bench.told()[-1] == "SuspendedEVSE"


def stop_carries_aligned(bench: Bench16) -> None:
    bench.configure("ClockAlignedDataInterval", "900")
    bench.charge().wait(1000).swipe()
    found = {sample["measurand"] for one in bench.stop()["transactionData"][1:-1] for sample in one["sampledValue"]}
    assert found == {"Voltage"}


def stop_carries_sampled(bench: Bench16) -> None:
    bench.charge().wait(130).swipe()
    assert len(bench.stop()["transactionData"]) == 4


def one_attempt_only(bench: Bench16) -> None:
    bench.answers["StartTransaction"] = Refusal()
    bench.command(PlugIn(vehicle="suv"))
    bench.swipe().wait(500)
    assert len(bench.calls("StartTransaction")) == 1
    assert len(bench.charger.outbox.given_up) == 1


def retried_after_7_s(bench: Bench16) -> None:
    bench.answers["StartTransaction"] = Refusal()
    bench.command(PlugIn(vehicle="suv"))
    bench.swipe().wait(500)
    assert [one.at for one in bench.calls("StartTransaction")] == [0, 7, 21]


def cable_stays_locked(bench: Bench16) -> None:
    bench.charge().unplug(at_vehicle=True)
    assert bench.status() == "Finishing"


def ping_every_15_s(bench: Bench16) -> None:
    bench.wait(50)
    assert bench.pings == [15, 30, 45]


def times_out_after_5_s(bench: Bench16) -> None:
    bench.answers["Authorize"] = SILENCE
    bench.command(PlugIn(vehicle="suv"))
    bench.swipe().wait(5)
    assert bench.problems["Authorize: no answer in time"] == 1


def listed_tag_is_unknown(bench: Bench16) -> None:
    entry = {"idTag": "04A1B2C3", "idTagInfo": {"status": "Accepted"}}
    bench.ask("SendLocalList", {"listVersion": 1, "updateType": "Full", "localAuthorizationList": [entry]})
    bench.command(PlugIn(vehicle="suv"))
    bench.cut().swipe()
    assert bench.station.evses[0].authorized is None


def reset_is_tried_three_times(bench: Bench16) -> None:
    bench.command(InjectFault(connector_id=0, error_code="ResetFailure"))
    bench.ask("Reset", {"type": "Soft"})
    bench.forget().wait(60)
    assert [(one.at, one.payload["errorCode"]) for one in bench.calls("StatusNotification")] == [(20, "ResetFailure")]
    assert bench.linked


def currents(bench: Bench16, connector: int) -> dict[str, float]:
    """Phase -> A, of the last MeterValues of a connector."""
    last = [one for one in bench.payloads("MeterValues") if one["connectorId"] == connector][-1]
    samples = [one for one in last["meterValue"][-1]["sampledValue"] if one["measurand"] == "Current.Import"]
    return {one["phase"]: float(one["value"]) for one in samples}


def outlets_are_wired_crosswise(bench: Bench16) -> None:
    bench.charge(1, vehicle="compact").charge(2, vehicle="two_phase").wait(61)
    assert [phase for phase, current_a in currents(bench, 1).items() if current_a] == ["L2"]
    assert [phase for phase, current_a in currents(bench, 2).items() if current_a] == ["L1", "L3"]


def is_reported(bench: Bench16) -> None:
    """Cosmetic keys are stored and reported; the table of reports covers every key."""


def request_names_operator(bench: Bench16) -> None:
    bench.ask("ExtendedTriggerMessage", {"requestedMessage": "SignChargePointCertificate"})
    csr = x509.load_pem_x509_csr(bench.payloads("SignCertificate")[0]["csr"].encode())
    assert csr.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)[0].value == "Operator"


EFFECTS: dict[str, tuple[str, Effect]] = {
    "AllowOfflineTxForUnknownId": ("true", unknown_tag_starts_offline),
    "AuthorizationCacheEnabled": ("false", cache_is_not_in_use),
    "AuthorizeRemoteTxRequests": ("true", remote_start_asks_first),
    "BlinkRepeat": ("3", is_reported),
    "ClockAlignedDataInterval": ("900", aligned_values_every_15_minutes),
    "ConnectionTimeOut": ("20", prepared_for_20_s),
    "ConnectorPhaseRotation": ("0.RST,1.STR,2.TRS", outlets_are_wired_crosswise),
    "CpoName": ("Operator", request_names_operator),
    "HeartbeatInterval": ("20", heartbeat_every_20_s),
    "LightIntensity": ("55", is_reported),
    "LocalAuthListEnabled": ("false", listed_tag_is_unknown),
    "LocalAuthorizeOffline": ("false", cached_tag_does_not_start_offline),
    "LocalPreAuthorize": ("true", cached_tag_starts_without_asking),
    "MaxEnergyOnInvalidId": ("250", invalid_tag_gets_so_much),
    "MeterValuesAlignedData": ("Voltage", aligned_values_are_voltages),
    "MeterValuesSampledData": ("Power.Active.Import,Current.Import", samples_are_power_and_current),
    "MeterValueSampleInterval": ("10", sample_every_10_s),
    "MinimumStatusDuration": ("30", short_statuses_are_not_told),
    "ResetRetries": ("2", reset_is_tried_three_times),
    "StopTransactionOnEVSideDisconnect": ("false", stays_suspended),
    "StopTransactionOnInvalidId": ("false", invalid_tag_is_suspended),
    "StopTxnAlignedData": ("Voltage", stop_carries_aligned),
    "StopTxnSampledData": ("Energy.Active.Import.Register", stop_carries_sampled),
    "TransactionMessageAttempts": ("1", one_attempt_only),
    "TransactionMessageRetryInterval": ("7", retried_after_7_s),
    "UnlockConnectorOnEVSideDisconnect": ("false", cable_stays_locked),
    "WebSocketPingInterval": ("15", ping_every_15_s),
    "MessageTimeout": ("5", times_out_after_5_s),
}


def measurands(bench: Bench16) -> set[str]:
    return {
        sample["measurand"]
        for one in bench.payloads("MeterValues")
        for element in one["meterValue"]
        for sample in element["sampledValue"]
    }


def test_the_table_of_effects_has_every_writable_key() -> None:
    # SecurityProfile has prerequisites and a reconnect: test_v16_security has its tests.
    assert {*EFFECTS, "SecurityProfile"} == {name for name, key in KEYS.items() if not key.readonly}


@pytest.mark.parametrize("key", EFFECTS)
def test_key_drives_behaviour(key: str) -> None:
    text, effect = EFFECTS[key]
    bench = Bench16.booted()
    assert value(bench, key) != text
    assert bench.configure(key, text) == "Accepted"
    assert value(bench, key) == text
    bench.forget()
    effect(bench)


@pytest.mark.shows("GetConfiguration")
@pytest.mark.parametrize("key", [key for key in EFFECTS if key != "HeartbeatInterval"])  # boot sets that one anew
def test_key_survives_a_reboot(key: str) -> None:
    text, _ = EFFECTS[key]
    bench = Bench16.booted()
    bench.configure(key, text)
    bench.power_down().wait(5).power_up()
    assert value(bench, key) == text


@pytest.mark.parametrize("key", [*COMPUTED, *(name for name, key in KEYS.items() if key.readonly)])
def test_read_only_keys_are_reported_so_and_refused(key: str) -> None:
    bench = Bench16.booted()
    (entry,) = report(bench, key)["configurationKey"]
    assert entry["readonly"] is True
    assert bench.configure(key, entry["value"]) == "Rejected"


# What nobody can change is what the station can do.
LIMITS = {
    "ConnectorPhaseRotationMaxLength": "3",
    "GetConfigurationMaxKeys": "100",
    "LocalAuthListMaxLength": "1000",
    "MeterValuesAlignedDataMaxLength": "9",
    "MeterValuesSampledDataMaxLength": "9",
    "ReserveConnectorZeroSupported": "true",
    "SendLocalListMaxLength": "100",
    "StopTxnAlignedDataMaxLength": "9",
    "StopTxnSampledDataMaxLength": "9",
}


@pytest.mark.parametrize("key", LIMITS)
def test_limits_are_reported(key: str) -> None:
    bench = Bench16.booted()
    assert value(bench, key) == LIMITS[key]


@pytest.mark.parametrize("key", [key for key in LIMITS if key.endswith("DataMaxLength")])
def test_a_list_of_all_measurands_is_as_long_as_allowed(key: str) -> None:
    bench = Bench16.booted()
    assert bench.configure(key.removesuffix("MaxLength"), ",".join(MEASURANDS)) == "Accepted"
    assert len(value(bench, key.removesuffix("MaxLength")).split(",")) == int(LIMITS[key])


BAD = {
    "AllowOfflineTxForUnknownId": ["yes", "1", ""],
    "ClockAlignedDataInterval": ["-1", "1.5", "soon", "99999999999"],
    "ConnectorPhaseRotation": ["0.ABC", "RST", "7.RST", "0.RST,1.RST,2.RST,1.RST", "1.RST,", "1,RST"],
    "HeartbeatInterval": ["-5", "", "0x10"],
    "LightIntensity": ["101", "-1"],
    "MeterValuesSampledData": ["Energy.Active.Import.Register,RPM", "Temperature", "nonsense"],
    "MessageTimeout": ["0", "-1"],
    "StopTxnSampledData": ["Power.Reactive.Import"],
    "TransactionMessageAttempts": ["0", "-3"],
    "WebSocketPingInterval": ["-1"],
}


@pytest.mark.parametrize(("key", "text"), [(key, text) for key, texts in BAD.items() for text in texts])
def test_bad_values_are_rejected_and_change_nothing(key: str, text: str) -> None:
    bench = Bench16.booted()
    before = value(bench, key)
    assert bench.configure(key, text) == "Rejected"
    assert value(bench, key) == before


def test_what_nobody_has_set_is_reported_without_a_value() -> None:
    bench = Bench16.booted()
    unset = {"key": "MaxEnergyOnInvalidId", "readonly": False}
    assert report(bench, "MaxEnergyOnInvalidId")["configurationKey"] == [unset]
    assert unset in report(bench)["configurationKey"]
    assert bench.configure("MaxEnergyOnInvalidId", "0") == "Accepted"
    assert report(bench, "MaxEnergyOnInvalidId")["configurationKey"] == [unset | {"value": "0"}]
    by_template = Bench16.booted(settings={"TxCtrlr.MaxEnergyOnInvalidId": "300"})
    assert value(by_template, "MaxEnergyOnInvalidId") == "300"


@pytest.mark.parametrize("key", ["NoSuchKey", ""])
def test_unknown_keys_are_not_supported(key: str) -> None:
    bench = Bench16.booted()
    assert bench.configure(key, "1") == "NotSupported"


def test_key_names_are_case_insensitive() -> None:
    bench = Bench16.booted()
    assert bench.configure("heartbeatINTERVAL", "44") == "Accepted"
    assert report(bench, "HEARTBEATinterval")["configurationKey"] == [
        {"key": "HeartbeatInterval", "readonly": False, "value": "44"}
    ]
    assert bench.configure("numberofconnectors", "4") == "Rejected"


def test_all_keys_without_a_wish_or_with_an_empty_one() -> None:
    bench = Bench16.booted()
    everything = report(bench)
    assert {one["key"] for one in everything["configurationKey"]} == {*KEYS, *COMPUTED}
    answer = bench.ask("GetConfiguration", {"key": []})
    assert answer is not None
    assert answer[2] == everything
    assert "AuthorizationKey" not in {one["key"] for one in everything["configurationKey"]}


def test_known_and_unknown_keys_are_told_apart_once_each() -> None:
    bench = Bench16.booted()
    result = report(bench, "Foo", "NumberOfConnectors", "Foo", "NumberOfConnectors")
    assert result == {
        "configurationKey": [{"key": "NumberOfConnectors", "readonly": True, "value": "2"}],
        "unknownKey": ["Foo"],
    }


def test_too_many_keys_are_refused() -> None:
    bench = Bench16.booted()
    answer = bench.ask("GetConfiguration", {"key": [f"k{n}" for n in range(101)]})
    assert answer is not None
    assert answer[:3] == [4, "csms-1", "OccurenceConstraintViolation"]


def test_what_the_station_is_shows_in_its_keys() -> None:
    bench = Bench16.booted(spec=one_socket())
    assert value(bench, "NumberOfConnectors") == "1"
    assert value(bench, "ConnectorPhaseRotation") == "0.RST,1.RST"
    assert value(bench, "SupportedFeatureProfiles") == ",".join(FEATURE_PROFILES)


def test_phase_rotation_moves_figures_and_changes_no_power() -> None:
    bench = Bench16.booted()
    bench.charge(1, vehicle="compact").charge(2, vehicle="compact").wait(61)
    before = currents(bench, 1)
    assert before["L1"] > 0
    power_w = bench.station.evses[0].meter.power_at(bench.now.sim)
    assert bench.configure("ConnectorPhaseRotation", "1.TRS, 2.RST") == "Accepted"
    bench.forget().ask("TriggerMessage", {"requestedMessage": "MeterValues", "connectorId": 1})
    assert currents(bench, 1) == {"L1": 0, "L2": 0, "L3": pytest.approx(before["L1"], rel=0.02)}
    assert bench.station.evses[0].meter.power_at(bench.now.sim) == power_w
    bench.configure("ClockAlignedDataInterval", "60")
    bench.configure("MeterValuesAlignedData", "Current.Import")
    bench.wait(60)
    main = currents(bench, 0)  # the main meter sees each outlet on the phase that it is wired to
    assert (main["L1"] > 0, main["L2"], main["L3"] > 0) == (True, 0, True)
    assert bench.configure("ConnectorPhaseRotation", "") == "Accepted"
    assert value(bench, "ConnectorPhaseRotation") == "0.RST,1.RST,2.RST"
    bench.ask("TriggerMessage", {"requestedMessage": "MeterValues", "connectorId": 1})
    assert currents(bench, 1)["L1"] > 0


def test_one_phase_and_dc_cannot_be_rotated() -> None:
    single = EvseSpec(1, (ConnectorSpec(1),), phases=1, max_power_w=7360.0)
    dc = EvseSpec(2, (ConnectorSpec(1, "cCCS2"),), Current.DC, 150_000.0, 1, 400.0, 375.0, 0.0)
    bench = Bench16.booted(spec=two_sockets(evses=(single, dc)))
    assert value(bench, "ConnectorPhaseRotation") == "0.NotApplicable,1.NotApplicable,2.NotApplicable"
    assert bench.configure("ConnectorPhaseRotation", "1.STR") == "Rejected"
    assert bench.configure("ConnectorPhaseRotation", "0.Unknown,1.RST,2.NotApplicable") == "Accepted"


def test_vendor_keys_are_kept_and_reported() -> None:
    bench = Bench16.booted(spec=two_sockets(vendor_keys={"AcmeMode": vendor_key("AcmeMode", "eco")}))
    assert value(bench, "AcmeMode") == "eco"
    assert bench.configure("AcmeMode", "turbo") == "Accepted"
    assert value(bench, "AcmeMode") == "turbo"


VENDOR: dict[str, Setting] = {
    "Level": vendor_key("Level", "3", Kind.INTEGER, minimum=1, maximum=5),
    "Mode": vendor_key("Mode", "eco", pattern="eco|turbo-[0-9]"),
    "Lamps": vendor_key("Lamps", "A,B", Kind.MEMBERS, choices=("A", "B", "C")),
    "Serial": vendor_key("Serial", "4711", writable=False),
    "Pin": vendor_key("Pin", "0000", secret=True),
    "Modem": vendor_key("Modem", "true", Kind.BOOLEAN, reboot=True),
}


@pytest.mark.parametrize(
    ("key", "text", "status", "shown"),
    [
        ("Level", "5", "Accepted", "5"),
        ("Level", "6", "Rejected", "3"),
        ("Level", "high", "Rejected", "3"),
        ("mode", "turbo-9", "Accepted", "turbo-9"),
        ("Mode", "turbo", "Rejected", "eco"),
        ("Lamps", "C,A", "Accepted", "C,A"),
        ("Lamps", "D", "Rejected", "A,B"),
        ("Serial", "4712", "Rejected", "4711"),
    ],
)
def test_vendor_keys_have_type_range_pattern_and_access(key: str, text: str, status: str, shown: str) -> None:
    bench = Bench16.booted(spec=two_sockets(vendor_keys=VENDOR))
    assert bench.configure(key, text) == status
    (entry,) = report(bench, key)["configurationKey"]
    assert (entry["value"], entry["readonly"]) == (shown, key == "Serial")


def test_a_vendor_key_that_only_takes_is_never_reported() -> None:
    bench = Bench16.booted(spec=two_sockets(vendor_keys=VENDOR))
    assert bench.configure("Pin", "1234") == "Accepted"
    assert report(bench, "Pin") == {"configurationKey": [], "unknownKey": ["Pin"]}
    assert "Pin" not in {one["key"] for one in report(bench)["configurationKey"]}


def test_what_needs_a_reboot_shows_after_it() -> None:
    bench = Bench16.booted(spec=two_sockets(vendor_keys=VENDOR))
    assert bench.configure("Modem", "maybe") == "Rejected"
    assert bench.configure("Modem", "false") == "RebootRequired"
    assert value(bench, "Modem") == "true"
    bench.ask("Reset", {"type": "Soft"})
    bench.wait(60)
    assert value(bench, "Modem") == "false"


@pytest.mark.shows("ChangeConfiguration")
def test_a_change_acts_on_a_running_transaction() -> None:
    bench = Bench16.charging()
    bench.wait(30)
    assert bench.configure("MeterValueSampleInterval", "10") == "Accepted"
    bench.forget().wait(35)
    assert len(bench.calls("MeterValues")) == 3
    bench.configure("MeterValueSampleInterval", "0")
    bench.forget().wait(500)
    assert bench.calls("MeterValues") == []


def test_heartbeat_0_ends_heartbeats_and_another_value_brings_them_back() -> None:
    bench = Bench16.booted()
    bench.configure("HeartbeatInterval", "0")
    bench.wait(4000)
    assert bench.calls("Heartbeat") == []
    bench.configure("HeartbeatInterval", "100")
    bench.wait(101)
    assert len(bench.calls("Heartbeat")) == 1


def test_connection_time_out_with_a_cable_in_and_no_tag() -> None:
    bench = Bench16.booted()
    bench.configure("ConnectionTimeOut", "15")
    bench.command(PlugIn(vehicle="suv"))
    bench.wait(15)
    assert bench.told() == ["Preparing", "Finishing"]


def test_settings_of_one_charger_are_not_another_s() -> None:
    first, second = Bench16.booted(), Bench16.booted(charger_id="c2")
    first.configure("LightIntensity", "1")
    assert value(second, "LightIntensity") == "100"
