"""What a charger keeps comes into its views as the central system has set it, on one clock and without secrets."""

import pickle
from typing import Any

import pytest

from chargepoint_sim.core.commands import IdToken, InjectTransferFault, PlugIn, SetPowerLimit
from chargepoint_sim.core.jobs import Downloaded, Published
from chargepoint_sim.core.smart_charging.profiles import LimitSource, Unit
from chargepoint_sim.core.spec import StationSpec
from chargepoint_sim.errors import UnknownTarget
from chargepoint_sim.fleet.detail import ChargerDetail, Section
from chargepoint_sim.fleet.inspection import READS, composite_schedule, inspect
from chargepoint_sim.fleet.spec import ChargerSpec, Credentials, CsmsTarget
from chargepoint_sim.logs import mask_tree
from chargepoint_sim.pki import contracts
from tests.certificates import authority
from tests.protocol.harness import Bench, Refusal
from tests.protocol.v16.bench import Bench16
from tests.protocol.v201.bench import Bench201
from tests.protocol.v201.test_v201_contracts import arrives
from tests.protocol.v201.test_v201_contracts import station as with_contract
from tests.protocol.v201.test_v201_display import booted as with_display
from tests.protocol.v201.test_v201_display import message
from tests.protocol.v201.test_v201_publishing import CHECKSUM, LOCATION, controller, offering, publish
from tests.protocol.v201.test_v201_security import put as set_security

IN_AN_HOUR_S = 3600
RESERVATION = {"connectorId": 1, "idTag": "04A1", "parentIdTag": "Family", "reservationId": 7}


def spec_of(bench: Bench) -> ChargerSpec:
    station: StationSpec = bench.station.spec
    version = bench.charger.version.value
    return ChargerSpec("c1", "CP-1", version, station, CsmsTarget("ws://user:secret@host/ocpp"), Credentials())


def detail_of(bench: Bench, *sections: Section) -> ChargerDetail:
    return inspect(spec_of(bench), bench.charger, bench.now, mask_tree, sections or tuple(Section))


def test_every_section_is_read_and_has_its_member() -> None:
    assert set(READS) == set(Section)
    assert {section.member for section in Section} == set(ChargerDetail.__slots__) - {"charger_id", "at", "sections"}


@pytest.mark.parametrize("bench", [Bench16, Bench201])
def test_the_whole_detail_is_plain_data_and_changes_nothing(bench: Any) -> None:
    running = bench.charging()
    first = detail_of(running)
    assert pickle.loads(pickle.dumps(first)) == first == detail_of(running)
    assert first.at == running.now.sim


def test_only_what_is_asked_for_is_read() -> None:
    found = detail_of(Bench201.booted(), Section.QUEUE, Section.JOBS, Section.QUEUE)
    assert found.sections == (Section.QUEUE, Section.JOBS)
    assert (found.queue is not None, found.variables) == (True, None)


def test_what_a_kind_of_charger_does_not_have_is_none() -> None:
    found = detail_of(Bench16.booted(settings={"LocalAuthListCtrlr.Entries": "0"}))
    missing = {section for section in found.sections if getattr(found, section.member) is None}
    assert missing == {
        Section.LOCAL_LIST,
        Section.NETWORK_PROFILES,
        Section.PUBLICATIONS,
        Section.DISPLAY_MESSAGES,
        Section.MONITORS,
    }


def test_a_reservation_runs_out_in_simulated_time() -> None:
    bench = Bench16.booted()
    expires_at = bench.now.sim + IN_AN_HOUR_S
    assert bench.ask("ReserveNow", RESERVATION | {"expiryDate": bench.charger.stamp(expires_at)}) is not None
    (kept,) = detail_of(bench).reservations or ()
    assert (kept.reservation_id, kept.evse_id, kept.id_token, kept.group_id) == (7, 1, "04A1", "family")
    assert kept.expires_at == pytest.approx(expires_at, abs=0.001)
    bench.station.csms_offset_s -= 30.0
    (kept,) = detail_of(bench).reservations or ()
    assert kept.expires_at == pytest.approx(expires_at + 30, abs=0.001)


def test_list_and_cache_with_their_limits() -> None:
    bench = Bench16.booted(settings={"LocalAuthListCtrlr.Entries": "50"})
    entry = {"idTag": "LISTED", "idTagInfo": {"status": "Blocked", "parentIdTag": "Family"}}
    bench.ask("SendLocalList", {"listVersion": 5, "updateType": "Full", "localAuthorizationList": [entry]})
    bench.charge()
    found = detail_of(bench)
    assert found.local_list is not None
    assert (found.local_list.version, found.local_list.capacity) == (5, 50)
    (listed,) = found.local_list.entries
    assert (listed.id_token, listed.status, listed.group_id) == ("listed", "Blocked", "family")
    assert found.authorization_cache is not None
    assert found.authorization_cache.size == len(found.authorization_cache.entries) == 1
    (cached,) = found.authorization_cache.entries
    assert (cached.token.id_token, cached.token.status) == ("04a1b2c3", "Accepted")


def test_charging_profiles_on_the_clock_of_the_simulation() -> None:
    bench = Bench201.booted()
    start_at = bench.now.sim
    bench.station.utc_offset_s = bench.station.csms_offset_s = 600.0
    schedule = {
        "id": 1,
        "startSchedule": bench.charger.stamp(start_at),
        "chargingRateUnit": "A",
        "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 10.0}],
    }
    profile = {
        "id": 3,
        "stackLevel": 2,
        "chargingProfilePurpose": "TxDefaultProfile",
        "chargingProfileKind": "Absolute",
        "chargingSchedule": [schedule],
    }
    assert bench.answer("SetChargingProfile", {"evseId": 1, "chargingProfile": profile}) == {"status": "Accepted"}
    found = detail_of(bench).charging_profiles
    assert found is not None
    (kept,) = found.installed
    assert (kept.profile_id, kept.stack_level, kept.source) == (3, 2, LimitSource.CSO)
    assert kept.schedule.start_at == pytest.approx(start_at, abs=0.001)
    assert found.awaiting_start == ()


def test_certificates_without_keys() -> None:
    bench = Bench201.booted()
    request = {"certificateType": "CSMSRootCertificate", "certificate": authority().certificate_pem}
    assert bench.answer("InstallCertificate", request) == {"status": "Accepted"}
    assert (
        bench.answer("TriggerMessage", {"requestedMessage": "SignChargingStationCertificate"})["status"] == "Accepted"
    )
    found = detail_of(bench).certificates
    assert found is not None
    (root,) = found.roots
    assert (root.use, root.fallback, root.pem) == ("CSMSRootCertificate", False, authority().certificate_pem)
    (requested,) = found.requested
    assert requested.purpose == "ChargingStationCertificate"
    assert "BEGIN CERTIFICATE REQUEST" in requested.csr_pem
    assert "PRIVATE" not in repr(found)


def test_the_contract_of_a_vehicle() -> None:
    found = detail_of(arrives(with_contract())).certificates
    assert found is not None
    (contract,) = found.contracts
    assert (contract.evse_id, contract.emaid, contract.wanted) == (1, "DEABCC000000013", None)
    assert [(root.use, root.pem) for root in found.roots] == [("MORootCertificate", contracts.root())]


def test_network_profiles_with_the_target_of_the_fleet_file() -> None:
    bench = Bench201.booted()
    data = {
        "ocppVersion": "OCPP20",
        "ocppTransport": "JSON",
        "ocppCsmsUrl": "ws://other:word@two.example/ocpp",
        "messageTimeout": 40,
        "securityProfile": 0,
        "ocppInterface": "Wired0",
    }
    answer = bench.answer("SetNetworkProfile", {"configurationSlot": 2, "connectionData": data})
    assert answer == {"status": "Accepted"}
    first, second = detail_of(bench).network_profiles or ()
    assert (first.slot, first.url, first.active, first.proven) == (1, "ws://user:***@host/ocpp", True, True)
    assert (second.slot, second.url, second.active) == (2, "ws://other:***@two.example/ocpp", False)
    assert (first.order, second.order, second.message_timeout_s) == (1, None, 40)


def test_jobs_with_their_status() -> None:
    bench = Bench16.booted()
    assert bench.command(InjectTransferFault("log-upload", 2)).accepted
    at = bench.charger.stamp(bench.now.sim)
    bench.ask("UpdateFirmware", {"location": "ftp://me:word@files.example/1.bin", "retrieveDate": at})
    bench.ask("GetDiagnostics", {"location": "ftp://me:word@files.example/"})
    found = detail_of(bench).jobs
    assert found is not None
    assert found.firmware is not None
    assert (found.firmware.status, found.firmware.under_way) == ("Downloading", True)
    assert found.firmware.url == "ftp://me:***@files.example/1.bin"
    assert found.upload is not None
    assert (found.upload.status, found.upload.kind) == ("Uploading", "DiagnosticsLog")
    assert found.faults == {"log-upload": 2}


def test_publications_of_a_local_controller() -> None:
    assert detail_of(Bench201.booted()).publications is None
    bench = controller()
    assert publish(bench) == {"status": "Accepted"}
    (ordered,) = detail_of(bench).publications or ()
    assert (ordered.checksum, ordered.status, ordered.locations) == (CHECKSUM, "Downloading", ())
    bench.finish(Downloaded(b"other"))
    assert [one.status for one in detail_of(bench).publications or ()] == ["InvalidChecksum"]
    (offered,) = detail_of(offering()).publications or ()
    assert (offered.status, offered.locations) == ("Published", Published((LOCATION,)).locations)


def test_display_messages_shown_or_not() -> None:
    bench = with_display()
    for one in (message(1, "Later", priority="NormalCycle"), message(2, "First", priority="InFront")):
        assert bench.answer("SetDisplayMessage", {"message": one}) == {"status": "Accepted"}
    found = detail_of(bench).display_messages or ()
    assert [(one.message_id, one.text, one.shown) for one in found] == [(1, "Later", False), (2, "First", True)]


def test_monitors_with_their_variables() -> None:
    bench = Bench201.booted()
    element = {
        "component": {"name": "EVSE", "evse": {"id": 1}},
        "variable": {"name": "Power"},
        "type": "UpperThreshold",
        "value": 5000,
        "severity": 4,
    }
    (result,) = bench.answer("SetVariableMonitoring", {"setMonitoringData": [element]})["setMonitoringResult"]
    found = detail_of(bench).monitors
    assert found is not None
    (monitor,) = found.monitors
    assert (monitor.monitor_id, monitor.type, monitor.value, monitor.severity) == (
        result["id"], "UpperThreshold", 5000, 4,
    )  # fmt: skip
    assert (monitor.place.component, monitor.place.evse_id, monitor.place.name) == ("EVSE", 1, "Power")
    assert not monitor.exceeded
    bench.plug().swipe().wait(30)
    found = detail_of(bench).monitors
    assert found is not None
    assert found.monitors[0].exceeded


def values_of(bench: Bench, name: str) -> list[tuple[str | None, str]]:
    rows = [one for one in detail_of(bench).variables or () if one.place.name == name]
    return [(attribute.value, attribute.mutability) for one in rows for attribute in one.attributes]


def test_configuration_keys_of_1_6() -> None:
    bench = Bench16.booted()
    bench.ask("ChangeConfiguration", {"key": "HeartbeatInterval", "value": "77"})
    assert values_of(bench, "HeartbeatInterval") == [("77", "ReadWrite")]
    assert values_of(bench, "NumberOfConnectors") == [("2", "ReadOnly")]
    assert values_of(bench, "AuthorizationKey") == []


def test_the_password_of_2_0_1_is_write_only() -> None:
    bench = Bench201.booted(settings={"SecurityCtrlr.SecurityProfile": "1"})
    set_security(bench, "BasicAuthPassword", "a-password-of-twenty")
    assert values_of(bench, "BasicAuthPassword") == [(None, "WriteOnly")]
    assert "a-password-of-twenty" not in repr(detail_of(bench))


def test_the_queue_offline_and_what_was_given_up() -> None:
    attempts = {"OCPPCommCtrlr.MessageAttempts[TransactionEvent]": "1"}
    bench = Bench16.booted(answers={"StartTransaction": Refusal("InternalError")}, settings=attempts)
    bench.command(PlugIn(vehicle="suv", soc=0.3))
    bench.swipe().wait(5)
    found = detail_of(bench).queue
    assert found is not None
    assert [(one.action, one.reason) for one in found.given_up] == [("StartTransaction", "CALLERROR InternalError")]
    bench.cut().wait(3)
    bench.unplug()
    found = detail_of(bench).queue
    assert found is not None
    (waiting,) = found.waiting
    assert (waiting.action, waiting.lane, waiting.offline, waiting.under_way) == (
        "StopTransaction", "transaction", True, False,
    )  # fmt: skip
    assert waiting.payload["reason"] == "EVDisconnected"


def test_the_security_log_tells_what_is_owed() -> None:
    events = detail_of(Bench201.booted()).security_events or ()
    assert [(one.type, one.owed) for one in events] == [("StartupOfTheDevice", False)]


def test_the_composite_schedule_is_that_of_the_wire() -> None:
    bench = Bench201.charging()
    found = composite_schedule(spec_of(bench), bench.charger, bench.now, 1, 600, Unit.W)
    request = {"evseId": 1, "duration": 600, "chargingRateUnit": "W"}
    told = bench.answer("GetCompositeSchedule", request)["schedule"]
    assert [(one.start_s, one.limit) for one in found.periods] == [
        (one["startPeriod"], one["limit"]) for one in told["chargingSchedulePeriod"]
    ]
    assert bench.charger.stamp(found.start_at) == told["scheduleStart"]
    assert composite_schedule(spec_of(bench), bench.charger, bench.now, 0, 600, Unit.A).evse_id == 0
    with pytest.raises(UnknownTarget, match="no EVSE 3"):
        composite_schedule(spec_of(bench), bench.charger, bench.now, 3, 600, Unit.W)


def test_a_station_limit_of_others_is_among_the_profiles() -> None:
    bench = Bench16.booted()
    assert bench.command(SetPowerLimit(power_w=7000)).accepted
    found = detail_of(bench).charging_profiles
    assert found is not None
    assert [(one.purpose.value, one.source.value) for one in found.installed] == [
        ("ChargingStationExternalConstraints", "EMS")
    ]


def test_a_key_code_that_waits_is_told_to_nobody() -> None:
    bench = Bench201.booted()
    bench.plug().cut().swipe(token=IdToken("4711", "KeyCode"))
    bench.station.settings.set("AuthCtrlr.OfflineTxForUnknownIdEnabled", True)
    bench.swipe(token=IdToken("4711", "KeyCode")).wait(10)
    found = detail_of(bench).queue
    assert found is not None
    tokens = [one.payload["idToken"]["idToken"] for one in found.waiting if "idToken" in one.payload]
    assert tokens
    assert set(tokens) == {"***"}
