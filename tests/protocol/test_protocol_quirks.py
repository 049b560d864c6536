"""Quirks of templates: each one on the wire, in every version where it exists; without quirks nothing is touched."""

from dataclasses import fields
from datetime import UTC, datetime, timedelta
from typing import Any, get_args

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID

from chargepoint_sim.clock import format_utc
from chargepoint_sim.config.schema import AcceptedAction, AnsweredAction, QuirksSection
from chargepoint_sim.core.commands import PlugIn, PresentToken, Unplug
from chargepoint_sim.core.jobs import Pause
from chargepoint_sim.core.quirks import NO_QUIRKS, Quirks
from chargepoint_sim.protocol.frames import Version
from chargepoint_sim.protocol.quirks import ACCEPTANCE, pointless, quirky
from chargepoint_sim.protocol.versions import adapter
from tests.protocol.harness import NOON, SILENCE, Bench, one_socket
from tests.protocol.v16.bench import TAG, Bench16
from tests.protocol.v16.charging_profiles import profile
from tests.protocol.v201.bench import TOKEN, Bench201

BENCHES = (Bench16, Bench201)
ENERGY = "Energy.Active.Import.Register"
TWO_YEARS_S = 2 * 365 * 86400.0


def bench(kind: type[Bench], boot: bool = True, settings: dict[str, str] | None = None, **quirks: Any) -> Any:
    """A charger with one socket and these quirks."""
    made = kind(spec=one_socket(quirks=Quirks(**quirks)), settings=settings)
    if boot:
        made.power_up()
        made.forget()
    return made


def charge(charger: Any) -> Any:
    """Plug in and show the token of the version."""
    token = TAG if isinstance(charger, Bench16) else TOKEN
    assert charger.command(PlugIn(1, vehicle="suv", soc=0.3)).accepted
    assert charger.command(PresentToken(1, id_token=token)).accepted
    return charger.wait(10)


def sampled(payload: dict[str, Any]) -> list[dict[str, Any]]:
    elements = payload.get("meterValue") or payload.get("transactionData") or []
    return [one for element in elements for one in element["sampledValue"]]


@pytest.mark.parametrize("version", list(Version))
def test_a_charger_without_quirks_has_the_tables_of_its_version(version: Version) -> None:
    assert quirky(adapter(version), NO_QUIRKS) is adapter(version)
    assert adapter(version, NO_QUIRKS) is adapter(version)


def test_chargers_of_one_template_share_their_tables() -> None:
    reset = ("Reset",)
    assert adapter(Version.V16, Quirks(accepts_and_ignores=reset)) is adapter(
        Version.V16, Quirks(accepts_and_ignores=reset)
    )


def test_the_fleet_file_and_the_core_know_the_same_quirks() -> None:
    assert list(QuirksSection.model_fields) == [field.name for field in fields(Quirks)]


# Boot and status


@pytest.mark.parametrize("kind", BENCHES)
def test_boots_at_every_reconnect(kind: type[Bench]) -> None:
    charger = bench(kind, boot_notification="every-link")
    charger.cut().come_back()
    assert len(charger.payloads("BootNotification")) == 1
    assert charger.calls()[0].action == "BootNotification"
    assert charger.payloads("StatusNotification") != []
    assert charger.charger.registration.accepted


@pytest.mark.parametrize("kind", BENCHES)
def test_without_the_quirk_a_reconnect_does_not_boot(kind: type[Bench]) -> None:
    charger = bench(kind)
    charger.cut().come_back()
    assert charger.payloads("BootNotification") == []


@pytest.mark.parametrize("kind", BENCHES)
def test_boots_at_every_reconnect_and_a_running_transaction_goes_on(kind: type[Bench]) -> None:
    charger = charge(bench(kind, boot_notification="every-link")).forget()
    charger.cut().wait(30).come_back().wait(5)
    assert charger.payloads("StopTransaction") == []
    assert [one["eventType"] for one in charger.payloads("TransactionEvent") if one["eventType"] == "Ended"] == []
    assert charger.station.running_transactions()


@pytest.mark.parametrize("kind", BENCHES)
def test_never_boots(kind: type[Bench]) -> None:
    charger = bench(kind, boot=False, boot_notification="never")
    charger.power_up()
    assert charger.payloads("BootNotification") == []
    assert charger.payloads("StatusNotification") != []
    charger.forget()
    charge(charger)
    assert charger.calls("StartTransaction", "TransactionEvent") != []


@pytest.mark.parametrize("kind", BENCHES)
def test_never_boots_after_a_restart_either(kind: type[Bench]) -> None:
    charger = bench(kind, boot_notification="never")
    charger.ask("Reset", {"type": "Hard"} if kind is Bench16 else {"type": "Immediate"})
    charger.wait(60)
    assert len(charger.dials) == 1
    assert charger.payloads("BootNotification") == []
    assert charger.payloads("StatusNotification") != []


@pytest.mark.parametrize("kind", BENCHES)
def test_never_boots_by_itself_but_does_when_asked(kind: type[Bench]) -> None:
    charger = bench(kind, boot_notification="never")
    assert charger.ask("TriggerMessage", {"requestedMessage": "BootNotification"})[2] == {"status": "Accepted"}
    assert len(charger.payloads("BootNotification")) == 1
    charger.forget()
    assert charger.ask("TriggerMessage", {"requestedMessage": "Heartbeat"})[2] == {"status": "Accepted"}
    assert len(charger.payloads("Heartbeat")) == 1


def test_a_wrong_status_first_16() -> None:
    charger = bench(Bench16, boot=False, status_first="Faulted")
    charger.power_up()
    told = [one for one in charger.payloads("StatusNotification") if one["connectorId"] == 1]
    assert [(one["status"], one["errorCode"]) for one in told] == [("Faulted", "OtherError"), ("Available", "NoError")]


def test_a_wrong_status_first_201() -> None:
    charger = bench(Bench201, boot=False, status_first="Unavailable")
    charger.power_up()
    told = [one["connectorStatus"] for one in charger.payloads("StatusNotification")]
    assert told == ["Unavailable", "Available"]


@pytest.mark.parametrize("kind", BENCHES)
def test_a_first_status_that_is_right_is_told_once(kind: type[Bench]) -> None:
    charger = bench(kind, boot=False, status_first="Available")
    charger.power_up()
    places = [one.get("connectorId") for one in charger.payloads("StatusNotification")]
    assert len(places) == len(set(places))


def test_text_null_as_info() -> None:
    charger = bench(Bench16, status_info="null")
    charger.command(PlugIn(1, vehicle="suv", soc=0.3))
    assert [one["info"] for one in charger.payloads("StatusNotification")] == ["null"]


# Commands


@pytest.mark.parametrize(("kind", "request_"), [(Bench16, {"type": "Hard"}), (Bench201, {"type": "Immediate"})])
def test_accepts_reset_and_does_not_restart(kind: type[Bench], request_: dict[str, str]) -> None:
    charger = bench(kind, accepts_and_ignores=("Reset",))
    assert charger.ask("Reset", request_)[2] == {"status": "Accepted"}
    charger.wait(120)
    assert charger.closes == []
    assert charger.payloads("BootNotification") == []
    assert charger.problems == {"quirk: Reset accepted and ignored": 1}


def test_accepts_change_availability_and_stays_available() -> None:
    charger = bench(Bench16, accepts_and_ignores=("ChangeAvailability",))
    assert charger.ask("ChangeAvailability", {"connectorId": 1, "type": "Inoperative"})[2] == {"status": "Accepted"}
    assert charger.payloads("StatusNotification") == []
    assert charger.status() == "Available"


@pytest.mark.parametrize("action", get_args(AcceptedAction))
def test_the_acceptance_of_every_action_that_can_be_ignored_is_valid(action: str) -> None:
    known = [adapter(version) for version in Version if action in adapter(version).handles]
    assert known
    for tables in known:
        answer = ACCEPTANCE.get(action, {"status": "Accepted"})
        assert tables.schemas.check_response(action, answer) is None


@pytest.mark.parametrize("action", get_args(AnsweredAction))
def test_every_action_that_can_stay_unanswered_is_answered_by_some_charger(action: str) -> None:
    assert any(action in adapter(version).handles for version in Version)


@pytest.mark.parametrize("kind", BENCHES)
def test_never_answers(kind: type[Bench]) -> None:
    action, request = (
        ("GetConfiguration", {}) if kind is Bench16 else ("GetVariables", {"getVariableData": [_HEARTBEAT]})
    )
    charger = bench(kind, never_answers=(action,))
    assert charger.ask(action, request) is None
    charger.wait(60)
    assert [one for one in charger.sent if not one.is_call] == []
    assert charger.ask("TriggerMessage", {"requestedMessage": "Heartbeat"})[2] == {"status": "Accepted"}


_HEARTBEAT = {"component": {"name": "OCPPCommCtrlr"}, "variable": {"name": "HeartbeatInterval"}}


@pytest.mark.parametrize("kind", BENCHES)
def test_slow_to_answer(kind: type[Bench]) -> None:
    charger = bench(kind, answers_after_s=(3.0, 8.0))
    assert charger.ask("TriggerMessage", {"requestedMessage": "Heartbeat"}, "late") is None
    assert [one.action for one in charger.calls()] == ["Heartbeat"], "what is asked for is done at once"
    (job,) = [effect.job for effect in charger.jobs]
    assert isinstance(job, Pause)
    assert 3.0 <= job.seconds <= 8.0
    charger.wait(job.seconds).finish(None)
    assert charger.sent[-1].frame == [3, "late", {"status": "Accepted"}]


def test_the_delay_follows_from_the_seed() -> None:
    def delays(seed: int) -> list[float]:
        charger = Bench16.booted(spec=one_socket(quirks=Quirks(answers_after_s=(0.0, 10.0))), seed=seed)
        for _ in range(3):
            charger.ask("GetConfiguration")
            charger.wait(1)
        return [effect.job.seconds for effect in charger.jobs if isinstance(effect.job, Pause)]

    assert delays(1) == delays(1)
    assert delays(1) != delays(2)
    assert len(set(delays(1))) == 3


def test_a_late_answer_goes_nowhere_when_the_link_has_gone() -> None:
    charger = bench(Bench16, answers_after_s=(5.0, 5.0))
    charger.ask("GetConfiguration")
    charger.cut().come_back().forget()
    charger.finish(None)
    assert [one for one in charger.sent if not one.is_call] == []


# Configuration keys


def test_a_key_that_it_does_not_know() -> None:
    charger = bench(Bench16, unknown_keys=("MeterValuesSampledData",))
    asked = charger.ask("GetConfiguration", {"key": ["metervaluessampleddata", "HeartbeatInterval"]})[2]
    assert [one["key"] for one in asked["configurationKey"]] == ["HeartbeatInterval"]
    assert asked["unknownKey"] == ["metervaluessampleddata"]
    everything = charger.ask("GetConfiguration")[2]
    assert "MeterValuesSampledData" not in [one["key"] for one in everything["configurationKey"]]
    before = charger.station.settings.text("SampledDataCtrlr.TxUpdatedMeasurands")
    assert charger.configure("MeterValuesSampledData", "Voltage") == "NotSupported"
    assert charger.station.settings.text("SampledDataCtrlr.TxUpdatedMeasurands") == before


def test_only_unknown_keys_asked_for_do_not_mean_all() -> None:
    charger = bench(Bench16, unknown_keys=("HeartbeatInterval",))
    answer = charger.ask("GetConfiguration", {"key": ["HeartbeatInterval"]})[2]
    assert answer == {"configurationKey": [], "unknownKey": ["HeartbeatInterval"]}


def test_a_key_that_it_refuses() -> None:
    charger = bench(Bench16, refused_keys=("ClockAlignedDataInterval",))
    assert charger.configure("ClockAlignedDataInterval", "900") == "Rejected"
    (told,) = charger.ask("GetConfiguration", {"key": ["ClockAlignedDataInterval"]})[2]["configurationKey"]
    assert told["readonly"] is False
    assert told["value"] == "0"
    assert charger.configure("HeartbeatInterval", "77") == "Accepted"


# Charging profiles


@pytest.mark.parametrize(
    ("refused", "verdict"),
    [
        ("TxDefaultProfile", "Rejected"),
        ("Relative", "NotSupported"),
        ("TxDefaultProfile/Relative", "Rejected"),
    ],
)
def test_a_profile_that_it_refuses(refused: str, verdict: str) -> None:
    charger = bench(Bench16, refused_profiles=((refused, verdict),))
    request = {"connectorId": 1, "csChargingProfiles": profile((0, 6.0))}
    assert charger.ask("SetChargingProfile", request)[2] == {"status": verdict}


@pytest.mark.parametrize(
    ("verdict", "status"), [("Rejected", "Rejected"), ("NotSupported", "Rejected"), ("ignored", "Accepted")]
)
def test_a_profile_that_it_refuses_201(verdict: str, status: str) -> None:
    charger = charge(bench(Bench201, refused_profiles=(("TxDefaultProfile/Relative", verdict),)))
    before_w = charger.station.evses[0].offer.power_w
    schedule = {"id": 1, "chargingRateUnit": "A", "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 6.0}]}
    relative = {
        "id": 1,
        "stackLevel": 0,
        "chargingProfilePurpose": "TxDefaultProfile",
        "chargingProfileKind": "Relative",
        "chargingSchedule": [schedule],
    }
    assert charger.answer("SetChargingProfile", {"evseId": 1, "chargingProfile": relative})["status"] == status
    charger.wait(30)
    assert charger.station.evses[0].offer.power_w == before_w


def test_only_absolute_limits_of_the_station() -> None:
    charger = bench(Bench16, refused_profiles=(("ChargePointMaxProfile/Relative", "PropertyConstraintViolation"),))
    relative = profile((0, 6.0), purpose="ChargePointMaxProfile")
    error = charger.ask("SetChargingProfile", {"connectorId": 0, "csChargingProfiles": relative})
    assert error[:3:2] == [4, "PropertyConstraintViolation"]
    absolute = profile((0, 6.0), purpose="ChargePointMaxProfile", kind="Absolute", start=NOON)
    answer = charger.ask("SetChargingProfile", {"connectorId": 0, "csChargingProfiles": absolute})
    assert answer[2] == {"status": "Accepted"}


def test_an_ignored_profile_is_accepted_and_limits_nothing() -> None:
    charger = charge(bench(Bench16, refused_profiles=(("Relative", "ignored"),)))
    before_w = charger.station.evses[0].offer.power_w
    answer = charger.ask("SetChargingProfile", {"connectorId": 1, "csChargingProfiles": profile((0, 6.0))})
    assert answer[2] == {"status": "Accepted"}
    charger.wait(30)
    assert charger.station.evses[0].offer.power_w == before_w


# Clock, meter values, transactions


@pytest.mark.parametrize("kind", BENCHES)
def test_a_clock_two_years_behind_that_ignores_current_time(kind: type[Bench]) -> None:
    charger = bench(kind, clock_offset_s=-TWO_YEARS_S)
    charger.wait(700)
    assert charger.payloads("Heartbeat") != []
    charger.command(PlugIn(1, vehicle="suv", soc=0.3))
    assert charger.payloads("StatusNotification")[-1]["timestamp"] == format_utc(charger.now.sim - TWO_YEARS_S)


def test_a_wrong_clock_also_reads_what_the_central_system_sends() -> None:
    charger = bench(Bench16, clock_offset_s=TWO_YEARS_S)
    request = {"connectorId": 1, "expiryDate": format_utc(NOON + 3600), "idTag": "04A1B2C3", "reservationId": 7}
    charger.ask("ReserveNow", request)
    charger.wait(1)
    assert charger.status() == "Available", "by its clock the reservation is over"


def test_meter_values_outside_a_transaction_name_one() -> None:
    charger = bench(Bench16, idle_transaction_id=2**63 - 1)
    charger.ask("TriggerMessage", {"requestedMessage": "MeterValues", "connectorId": 1})
    assert [one["transactionId"] for one in charger.payloads("MeterValues")] == [2**63 - 1]
    charge(charger).forget()
    charger.ask("TriggerMessage", {"requestedMessage": "MeterValues", "connectorId": 1})
    assert [one["transactionId"] for one in charger.payloads("MeterValues")] == [1]


@pytest.mark.parametrize("unit", ["Wh", "kWh"])
@pytest.mark.parametrize("kind", BENCHES)
def test_energy_in_kwh(kind: type[Bench], unit: str) -> None:
    charger = charge(bench(kind, energy_in_kwh_as=unit)).wait(1800)
    wh = charger.station.evses[0].meter.register_at(charger.now.sim)
    values = [
        one
        for payload in charger.payloads("MeterValues", "TransactionEvent")
        for one in sampled(payload)
        if one["measurand"] == ENERGY
    ]
    assert {one.get("unit") or one["unitOfMeasure"]["unit"] for one in values} == {unit}
    assert wh / 1000 - 0.5 < float(values[-1]["value"]) <= wh / 1000
    assert isinstance(values[-1]["value"], str if kind is Bench16 else float)


def test_meter_start_and_stop_stay_in_wh() -> None:
    charger = charge(bench(Bench16, energy_in_kwh_as="kWh")).wait(1800)
    assert charger.command(Unplug(1)).accepted
    assert charger.stop()["meterStop"] > 1000


@pytest.mark.parametrize("kind", BENCHES)
def test_units_left_out(kind: type[Bench]) -> None:
    charger = charge(bench(kind, units_left_out=True)).wait(300)
    values = [one for payload in charger.payloads("MeterValues", "TransactionEvent") for one in sampled(payload)]
    assert values
    assert [one for one in values if "unit" in one or "unitOfMeasure" in one] == []


@pytest.mark.parametrize(("how", "tag"), [("empty", ""), ("left-out", None)])
def test_stop_transaction_without_the_tag(how: str, tag: str | None) -> None:
    charger = charge(bench(Bench16, stop_id_tag=how))
    charger.swipe()
    assert charger.stop().get("idTag") == tag


def test_what_was_on_the_wire_is_not_rewritten_again() -> None:
    charger = bench(Bench16, energy_in_kwh_as="kWh", settings={"SampledDataCtrlr.TxUpdatedInterval": "60"})
    charge(charger)
    charger.answers["MeterValues"] = SILENCE
    charger.wait(65)
    (first,) = charger.calls("MeterValues")
    charger.cut().come_back().wait(1)
    assert charger.calls("MeterValues")[-1].frame == first.frame


# Certificates


def test_a_certificate_request_with_crlf() -> None:
    charger = bench(Bench16, csr_with_crlf=True)
    charger.ask("ExtendedTriggerMessage", {"requestedMessage": "SignChargePointCertificate"})
    (request,) = charger.payloads("SignCertificate")
    assert request["csr"].count("\r\n") == request["csr"].count("\n") > 5


def test_a_certificate_signed_with_rsa_pss_is_refused() -> None:
    pss, plain = _root(pss=True), _root(pss=False)
    charger = bench(Bench16, refuses_rsa_pss=True)
    install = {"certificateType": "CentralSystemRootCertificate"}
    assert charger.ask("InstallCertificate", install | {"certificate": pss})[2] == {"status": "Rejected"}
    assert charger.ask("InstallCertificate", install | {"certificate": plain})[2] == {"status": "Accepted"}
    assert bench(Bench16).ask("InstallCertificate", install | {"certificate": pss})[2] == {"status": "Accepted"}


def _root(*, pss: bool) -> str:
    """A self-signed root that is valid at NOON, as PEM."""
    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Root")])
    noon = datetime.fromtimestamp(NOON, UTC)
    unsigned = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(noon - timedelta(days=1))
        .not_valid_after(noon + timedelta(days=365))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    )
    pad = padding.PSS(padding.MGF1(hashes.SHA256()), 32) if pss else None
    signed = unsigned.sign(key, hashes.SHA256(), rsa_padding=pad)
    return signed.public_bytes(serialization.Encoding.PEM).decode()


# What a version does not have


def test_quirks_without_effect_are_named() -> None:
    quirks = Quirks(accepts_and_ignores=("Reset", "RequestStartTransaction"), unknown_keys=("HeartbeatInterval",))
    assert pointless(adapter(Version.V16), quirks) == ("accepts_and_ignores RequestStartTransaction",)
    assert pointless(adapter(Version.V201), quirks) == ("unknown_keys",)
