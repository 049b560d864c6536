"""`ctl SELECTOR show --section NAME` and `ctl SELECTOR schedule`: what a charger keeps, for people and for machines."""

import io
import json
from dataclasses import replace

import pytest
from rich.console import Console

from chargepoint_sim.cli.section_tables import SHAPES, section_tables, variable_name
from chargepoint_sim.client import FleetClient
from chargepoint_sim.core.commands import InjectFault, InjectTransferFault, PlugIn, SetBehaviour
from chargepoint_sim.core.smart_charging.profiles import Unit
from chargepoint_sim.daemon import Daemon
from chargepoint_sim.errors import UnknownTarget
from chargepoint_sim.fleet.detail import ChargerDetail, Section, VariablePlace
from tests.certificates import authority
from tests.cli.conftest import Invoke
from tests.fleet.test_fleet_inspection import detail_of
from tests.protocol.harness import Bench, Refusal
from tests.protocol.v16.bench import Bench16
from tests.protocol.v201.bench import Bench201
from tests.protocol.v201.test_v201_contracts import arrives
from tests.protocol.v201.test_v201_contracts import station as with_contract
from tests.protocol.v201.test_v201_display import booted as with_display
from tests.protocol.v201.test_v201_display import message
from tests.protocol.v201.test_v201_publishing import CHECKSUM, offering
from tests.protocol.v201.test_v201_smart_charging import profile, put


def printed(found: ChargerDetail, *, empty: bool = True) -> str:
    out = Console(file=io.StringIO(), width=240)
    for one in section_tables(found, empty=empty):
        out.print(one)
    assert isinstance(out.file, io.StringIO)
    return out.file.getvalue()


def words(bench: Bench, section: Section) -> list[str]:
    """The words of a section's rows."""
    return printed(detail_of(bench, section)).rpartition("──")[2].split()


def test_every_section_has_a_shape() -> None:
    assert set(SHAPES) == set(Section)


def test_empty_and_missing_sections_are_told_apart() -> None:
    found = detail_of(Bench16.booted(), Section.RESERVATIONS, Section.MONITORS, Section.LOCAL_LIST)
    assert printed(found).splitlines() == [
        "c1 reservations: none",
        "c1 monitors: this charger has no such thing",
        "c1 local-list: none (version 0, 0 of 1,000 entries, enabled)",
    ]
    assert printed(found, empty=False) == ""


def test_reservations_list_and_cache() -> None:
    bench = Bench16.booted()
    expiry = bench.charger.stamp(bench.now.sim + 60)
    bench.ask("ReserveNow", {"connectorId": 2, "idTag": "04A1", "reservationId": 7, "expiryDate": expiry})
    entry = {"idTag": "LISTED", "idTagInfo": {"status": "Blocked"}}
    bench.ask("SendLocalList", {"listVersion": 5, "updateType": "Full", "localAuthorizationList": [entry]})
    bench.charge()
    assert words(bench, Section.RESERVATIONS)[:3] == ["7", "2", "04A1"]
    assert words(bench, Section.LOCAL_LIST)[:2] == ["listed", "Blocked"]
    assert words(bench, Section.AUTHORIZATION_CACHE)[:2] == ["04a1b2c3", "Accepted"]


def test_profiles_monitors_and_variables() -> None:
    bench = Bench201.charging()
    put(bench, profile((0, 10), (60, 12)))
    told = " ".join(words(bench, Section.CHARGING_PROFILES))
    assert "0s: 10 A, 60s: 12 A" in told
    element = {
        "component": {"name": "EVSE", "evse": {"id": 1}},
        "variable": {"name": "Power"},
        "type": "UpperThreshold",
        "value": 5000,
        "severity": 4,
    }
    bench.answer("SetVariableMonitoring", {"setMonitoringData": [element]})
    assert {"EVSE@1.Power", "UpperThreshold", "5000"} <= set(words(bench, Section.MONITORS))
    assert {"EVSE@1.Power", "OCPPCommCtrlr.HeartbeatInterval", "WriteOnly"} <= set(words(bench, Section.VARIABLES))


def test_certificates_with_their_subjects() -> None:
    bench = arrives(with_contract())
    request = {"certificateType": "CSMSRootCertificate", "certificate": authority().certificate_pem}
    bench.answer("InstallCertificate", request)
    told = printed(detail_of(bench, Section.CERTIFICATES))
    assert "CN=Simulated Mobility Operator" in told
    assert "CSMSRootCertificate" in told
    assert "DEABCC000000013" in told


def test_faults_in_force() -> None:
    bench = Bench16.booted()
    bench.command(InjectFault(connector_id=1, error_code="GroundFailure", info="leak"))
    bench.command(InjectTransferFault("log-upload", 2))
    told = " ".join(words(bench, Section.FAULTS))
    assert told == "EVSE 1 connector 1 GroundFailure fails info leak transfers log-upload fails 2 times more"


def test_who_comes_by_himself() -> None:
    bench = Bench16.booted()
    assert bench.command(SetBehaviour(12, 600, 900, ("04A1",))).accepted
    told = printed(detail_of(bench, Section.BEHAVIOUR))
    assert "behaviour: 12 sessions per EVSE and day of 600 to 900 s, 1 tokens, changed" in told
    assert words(bench, Section.BEHAVIOUR)[:2] == ["1", "arrives"]


def test_jobs_publications_and_display() -> None:
    bench = Bench16.booted()
    bench.command(InjectTransferFault("firmware-file", 2))
    bench.ask(
        "UpdateFirmware", {"location": "ftp://me:word@host/1.bin", "retrieveDate": bench.charger.stamp(bench.now.sim)}
    )
    told = printed(detail_of(bench, Section.JOBS))
    assert "Downloading" in told
    assert "ftp://me:***@host/1.bin" in told
    assert "firmware-file" in told
    assert words(offering(), Section.PUBLICATIONS)[:2] == [CHECKSUM, "Published"]
    screen = with_display()
    screen.answer("SetDisplayMessage", {"message": message(1, "[bold]Welcome")})
    assert {"[bold]Welcome", "shown"} <= set(words(screen, Section.DISPLAY_MESSAGES))


def test_what_waits_and_what_was_given_up() -> None:
    attempts = {"OCPPCommCtrlr.MessageAttempts[TransactionEvent]": "1"}
    bench = Bench16.booted(answers={"StartTransaction": Refusal("InternalError")}, settings=attempts)
    bench.command(PlugIn(vehicle="suv", soc=0.3))
    bench.swipe().wait(5).cut().wait(3)
    bench.unplug()
    told = printed(detail_of(bench, Section.QUEUE))
    assert "StopTransaction" in told
    assert "CALLERROR InternalError" in told
    assert "StartupOfTheDevice" in printed(detail_of(bench, Section.SECURITY_EVENTS))


def test_network_slots() -> None:
    assert words(Bench201.booted(), Section.NETWORK_PROFILES)[:3] == ["1", "1", "ws://user:***@host/ocpp"]


@pytest.mark.parametrize(
    ("place", "name"),
    [
        (VariablePlace(None, None, None, None, "HeartbeatInterval", None), "HeartbeatInterval"),
        (VariablePlace("A", "i", 1, 2, "V", "j"), "A[i]@1/2.V[j]"),
    ],
)
def test_variables_are_called_as_settings_are(place: VariablePlace, name: str) -> None:
    assert variable_name(place) == name


async def test_a_section_as_table_and_as_json(daemon: Daemon, invoke: Invoke) -> None:
    assert daemon.csms is not None
    request = {"connectorId": 1, "idTag": "KEPT", "reservationId": 5, "expiryDate": "2100-01-01T00:00:00Z"}
    await daemon.csms.call("A-16", "ReserveNow", request)
    status, out, _ = await invoke("ctl", "*", "show", "--section", "reservations")
    assert status == 0
    assert "KEPT" in out
    assert "A-201 reservations: none" in out
    status, out, _ = await invoke("ctl", "A-16", "show", "--section", "reservations", "--section", "monitors", "--json")
    (found,) = json.loads(out)
    assert (found["charger_id"], found["monitors"], len(found["reservations"])) == ("A-16", None, 1)
    assert set(found) == {"charger_id", "at", "reservations", "monitors"}


async def test_one_charger_is_shown_with_what_it_keeps(daemon: Daemon, invoke: Invoke) -> None:
    status, out, _ = await invoke("ctl", "A-201", "show")
    assert status == 0
    assert "A-201 network-profiles" in out
    assert "reservations" not in out
    assert "network-profiles" not in (await invoke("ctl", "*", "show"))[1]


async def test_a_schedule(daemon: Daemon, invoke: Invoke) -> None:
    status, out, _ = await invoke("ctl", "A-201", "schedule", "--evse", "1", "--for", "2h", "--unit", "A")
    assert status == 0
    assert "EVSE 1 for 7,200 s" in out
    assert "16.0 A" in out
    status, out, _ = await invoke("ctl", "*", "schedule", "--json")
    assert [(one["charger_id"], one["evse_id"], one["unit"]) for one in json.loads(out)] == [
        ("A-16", 0, "W"),
        ("A-201", 0, "W"),
    ]
    status, _, errors = await invoke("ctl", "A-16", "schedule", "--evse", "4")
    assert status == 2
    assert "no EVSE 4" in errors


async def test_details_come_back_as_they_are(daemon: Daemon) -> None:
    assert daemon.api_url is not None
    async with FleetClient(daemon.api_url) as client:
        for charger_id in ("A-16", "A-201"):
            there, here = await client.detail(charger_id), await daemon.fleet.inspect(charger_id)
            assert there.sections == here.sections == tuple(Section)
            assert replace(there, at=0.0, variables=None) == replace(here, at=0.0, variables=None)
            assert [one.place for one in there.variables or ()] == [one.place for one in here.variables or ()]
        schedule = await client.composite_schedule("A-201", 1, 60, Unit.A)
        assert [one.limit for one in schedule.periods] == [16.0]
        for asking in (client.detail("A-17"), client.composite_schedule("A-201", 7)):
            with pytest.raises(UnknownTarget):
                await asking
