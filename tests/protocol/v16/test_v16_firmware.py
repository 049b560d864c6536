"""UpdateFirmware and FirmwareStatusNotification (1.6 sections 4.5, 5.19; OCTT TC_044): every status in its order."""

import json
from typing import Any

import pytest

from chargepoint_sim import snapshot
from chargepoint_sim.clock import format_utc
from chargepoint_sim.core.commands import ClearTransferFault, InjectTransferFault, LoseLink
from chargepoint_sim.core.jobs import Cause, Download, Downloaded, JobFailed
from chargepoint_sim.core.spec import StationSpec
from tests.protocol.harness import NOON, SILENCE, one_socket, two_sockets
from tests.protocol.v16.bench import Bench16

URL = "http://files.example/2.1.0.bin"
GOOD = Downloaded(b"chargepoint-sim-firmware 2.1.0\nwhatever follows")
BAD = Downloaded(b"<html>404, sorry</html>")
NOT_THERE = JobFailed("files.example:80: HTTP 404")

DOWNLOAD_FAILED = ["Downloading", "DownloadFailed"]
INSTALLED = ["Downloading", "Downloaded", "Installing", "Installed"]


def told(bench: Bench16) -> list[str]:
    return [one["status"] for one in bench.payloads("FirmwareStatusNotification")]


def update(bench: Bench16, in_s: float = 0.0, **request: Any) -> None:
    answer = bench.ask("UpdateFirmware", {"location": URL, "retrieveDate": format_utc(bench.now.sim + in_s), **request})
    assert answer is not None
    assert answer[2] == {}


def boots(bench: Bench16) -> list[str]:
    return [one["firmwareVersion"] for one in bench.payloads("BootNotification")]


@pytest.mark.shows("UpdateFirmware")
def test_good_update_shows_every_status_and_the_new_version_after_the_restart() -> None:
    bench = Bench16.booted(spec=one_socket())
    update(bench)
    (start,) = bench.jobs
    assert start.job == Download(URL)
    assert told(bench) == ["Downloading"]
    bench.finish(GOOD)
    assert told(bench) == ["Downloading", "Downloaded", "Installing"]
    assert bench.told(1) == ["Unavailable"]
    assert boots(bench) == []
    bench.wait(29)
    assert told(bench)[-1] == "Installing"
    bench.wait(60)
    assert told(bench) == INSTALLED
    assert boots(bench) == ["2.1.0"]
    assert bench.told(1) == ["Unavailable", "Available"]
    actions = [
        one.action for one in bench.calls("BootNotification", "StatusNotification", "FirmwareStatusNotification")
    ]
    assert actions[-4:] == [
        "BootNotification",
        "StatusNotification",
        "StatusNotification",
        "FirmwareStatusNotification",
    ]
    bench.wait(3600)
    assert told(bench) == INSTALLED


def test_wire_of_the_status() -> None:
    bench = Bench16.booted()
    update(bench)
    (call,) = bench.calls("FirmwareStatusNotification")
    frame = json.loads(call.text)
    assert frame == [2, frame[1], "FirmwareStatusNotification", {"status": "Downloading"}]


def test_nothing_happens_before_retrieve_date() -> None:
    bench = Bench16.booted()
    update(bench, in_s=3600)
    bench.wait(3599)
    assert told(bench) == []
    assert bench.jobs == []
    bench.wait(2)
    assert told(bench) == ["Downloading"]
    assert len(bench.jobs) == 1


def test_retrieve_date_is_read_by_the_central_systems_clock() -> None:
    bench = Bench16.booted()
    bench.station.csms_offset_s = 600.0
    update(bench, in_s=3600)
    bench.wait(2999)
    assert told(bench) == []
    bench.wait(2)
    assert told(bench) == ["Downloading"]


def test_retrieve_date_that_is_no_date_is_refused() -> None:
    bench = Bench16.booted()
    answer = bench.ask("UpdateFirmware", {"location": URL, "retrieveDate": "soon"})
    assert answer is not None
    assert answer[0] == 4
    assert answer[2] in ("PropertyConstraintViolation", "TypeConstraintViolation")


def test_retries_keep_their_interval_and_then_give_up() -> None:
    bench = Bench16.booted()
    update(bench, retries=3, retryInterval=120)
    for _ in range(2):
        bench.finish(NOT_THERE)
        bench.wait(119)
        assert bench.jobs == []
        bench.wait(2)
        assert len(bench.jobs) == 1
    assert told(bench) == ["Downloading"]
    bench.finish(NOT_THERE)
    assert told(bench) == DOWNLOAD_FAILED
    bench.wait(7200)
    assert bench.jobs == []
    assert boots(bench) == []
    assert bench.problems["firmware not downloaded: files.example:80: HTTP 404"] == 3


def test_a_retry_that_succeeds_goes_on() -> None:
    bench = Bench16.booted()
    update(bench, retries=2, retryInterval=10)
    bench.finish(NOT_THERE).wait(11)
    bench.finish(GOOD).wait(120)
    assert told(bench) == INSTALLED
    assert boots(bench) == ["2.1.0"]


def test_without_retries_there_is_one_attempt() -> None:
    bench = Bench16.booted()
    update(bench)
    bench.finish(NOT_THERE)
    assert told(bench) == DOWNLOAD_FAILED


def test_a_bogus_location_fails_at_once_and_nothing_restarts() -> None:
    bench = Bench16.booted()
    update(bench, retries=5, retryInterval=1)
    bench.finish(JobFailed("the location is no URL", Cause.UNSUPPORTED))
    assert told(bench) == DOWNLOAD_FAILED
    bench.wait(3600)
    assert bench.jobs == []
    assert boots(bench) == []


def test_a_bad_file_is_refused_before_a_connector_or_the_station_notices() -> None:
    bench = Bench16.charging()
    bench.forget()
    update(bench)
    bench.finish(BAD)
    assert told(bench) == ["Downloading", "Downloaded", "InstallationFailed"]
    bench.wait(3600)
    assert boots(bench) == []
    assert bench.status(1) == "Charging"
    assert bench.told(2) == []


def test_the_installation_waits_for_running_transactions_and_takes_nobody_new() -> None:
    bench = Bench16.charging()
    bench.forget()
    update(bench)
    bench.finish(GOOD)
    assert told(bench) == ["Downloading", "Downloaded"]
    assert (bench.told(1), bench.told(2)) == ([], ["Unavailable"])
    start = bench.ask("RemoteStartTransaction", {"connectorId": 2, "idTag": "04A1B2C3"})
    assert start is not None
    assert start[2]["status"] == "Rejected"
    bench.wait(1800)
    assert told(bench)[-1] == "Downloaded"
    bench.swipe().wait(1)
    assert bench.stop()["reason" if "reason" in bench.stop() else "meterStop"]
    assert told(bench)[-1] == "Installing"
    assert bench.told(1)[-1] == "Unavailable"
    bench.wait(120)
    assert told(bench) == INSTALLED
    assert boots(bench) == ["2.1.0"]


def test_a_second_order_takes_the_place_of_the_first() -> None:
    bench = Bench16.booted()
    update(bench)
    update(bench, location="http://files.example/3.bin")
    assert [start.job for start in bench.jobs] == [Download(URL), Download("http://files.example/3.bin")]
    bench.finish(GOOD)
    assert told(bench) == ["Downloading", "Downloading"]
    bench.finish(Downloaded(b"chargepoint-sim-firmware 3")).wait(120)
    assert told(bench)[2:] == INSTALLED[1:]
    assert boots(bench) == ["3"]


def test_an_order_while_installing_is_ignored_and_noted() -> None:
    bench = Bench16.booted()
    update(bench)
    bench.finish(GOOD)
    update(bench, location="http://files.example/3.bin")
    assert bench.jobs == []
    assert bench.problems["UpdateFirmware ignored: an installation is under way"] == 1
    bench.wait(120)
    assert boots(bench) == ["2.1.0"]


def test_what_happens_offline_is_told_as_it_stands_when_the_link_is_back() -> None:
    bench = Bench16.booted()
    update(bench)
    bench.command(LoseLink(duration_s=600))
    bench.finish(NOT_THERE)
    assert told(bench) == ["Downloading"]
    bench.wait(660)
    assert told(bench) == DOWNLOAD_FAILED


@pytest.mark.shows("FirmwareStatusNotification")
def test_a_status_that_was_not_acknowledged_is_told_again() -> None:
    bench = Bench16.booted(answers={"FirmwareStatusNotification": SILENCE})
    update(bench)
    bench.finish(NOT_THERE)
    bench.answers["FirmwareStatusNotification"] = {}
    bench.forget()
    bench.cut()
    bench.come_back().wait(60)
    assert told(bench) == ["DownloadFailed"]
    bench.cut()
    bench.come_back().wait(60)
    assert told(bench) == ["DownloadFailed"]


@pytest.mark.parametrize("phase", ["waiting", "downloading", "retrying", "installing"])
def test_a_power_cut_breaks_off_nothing_for_good(phase: str) -> None:
    bench = Bench16.booted()
    update(bench, in_s=600, retries=2, retryInterval=60)
    if phase != "waiting":
        bench.wait(601)
    if phase == "retrying":
        bench.finish(NOT_THERE)
    if phase == "installing":
        bench.finish(GOOD).wait(10)
    late = bench.jobs[:]
    bench.jobs.clear()
    bench.power_down().wait(100)
    for start in late:
        bench.charger.job_done(start.job_id, BAD, bench.now)  # of a station that is dark: nobody takes it
    bench.power_up()
    bench.wait(1000)
    if phase != "installing":
        bench.finish(GOOD)
    bench.wait(120)
    assert told(bench)[-1] == "Installed"
    assert boots(bench)[-1] == "2.1.0"


@pytest.mark.parametrize("phase", ["waiting", "downloading", "waiting for a vehicle", "installing", "installed"])
def test_a_restart_of_the_program_breaks_off_nothing(phase: str) -> None:
    first = Bench16.charging() if phase == "waiting for a vehicle" else Bench16.booted()
    update(first, in_s=600 if phase == "waiting" else 0, retries=2)
    if phase in ("waiting for a vehicle", "installing", "installed"):
        first.finish(GOOD).wait(10)
    if phase == "installed":
        first.wait(120)
        assert boots(first) == ["2.1.0"]
    saved = json.loads(json.dumps(snapshot.take(first.charger, first.now.sim)))
    bench = Bench16(boot_id="b2")
    bench.t = first.t
    snapshot.restore(bench.charger, saved)
    bench.power_up()
    bench.wait(1)
    if phase != "installed":
        assert boots(bench) == ["1.0"]
    bench.wait(700)
    if phase in ("waiting", "downloading"):
        bench.finish(GOOD)
    bench.wait(120)
    assert boots(bench)[-1] == "2.1.0"
    assert told(bench)[-1:] == ([] if phase == "installed" else ["Installed"])


def restarted(first: Bench16, spec: StationSpec) -> Bench16:
    """The charge point after a restart of the program."""
    saved = json.loads(json.dumps(snapshot.take(first.charger, first.now.sim)))
    bench = Bench16(boot_id="b2", spec=spec)
    bench.t = first.t
    snapshot.restore(bench.charger, saved)
    return bench.power_up()


def test_a_fault_survives_a_restart_of_the_program_until_it_has_struck_often_enough() -> None:
    first = Bench16.booted()
    assert first.command(InjectTransferFault("firmware-download", times=2)).accepted
    update(first)
    first.finish(GOOD)
    assert told(first) == DOWNLOAD_FAILED
    bench = restarted(first, two_sockets())
    for statuses in (DOWNLOAD_FAILED, ["Downloading", "Downloaded", "Installing", "Installed"]):
        bench.forget()
        update(bench)
        bench.finish(GOOD).wait(120)
        assert told(bench) == statuses


@pytest.mark.parametrize("cleared", [True, False])
def test_a_fault_of_the_template_that_was_cleared_stays_so_after_a_restart(cleared: bool) -> None:
    spec = two_sockets(transfer_faults=("firmware-install",))
    first = Bench16.booted(spec=spec)
    if cleared:
        assert first.command(ClearTransferFault("firmware-install")).accepted
    bench = restarted(first, spec).forget()
    update(bench)
    bench.finish(GOOD).wait(120)
    assert told(bench)[-1] == ("Installed" if cleared else "InstallationFailed")


@pytest.mark.parametrize(
    ("fault", "statuses"),
    [
        ("firmware-download", DOWNLOAD_FAILED),
        ("firmware-file", ["Downloading", "Downloaded", "InstallationFailed"]),
        ("firmware-install", ["Downloading", "Downloaded", "Installing", "InstallationFailed"]),
    ],
)
@pytest.mark.parametrize("by", ["template", "command"])
def test_injected_faults(fault: str, statuses: list[str], by: str) -> None:
    spec = two_sockets(transfer_faults=(fault,)) if by == "template" else two_sockets()
    bench = Bench16.booted(spec=spec)
    if by == "command":
        assert bench.command(InjectTransferFault(fault, times=1)).accepted
    update(bench)
    bench.finish(GOOD).wait(300)
    assert told(bench) == statuses
    assert boots(bench) == []
    assert (bench.status(1), bench.status(2)) == ("Available", "Available")
    if by == "template":
        assert bench.command(ClearTransferFault(fault)).accepted
    bench.forget()
    update(bench)
    bench.finish(GOOD).wait(300)
    assert told(bench) == INSTALLED
    assert boots(bench) == ["2.1.0"]


def test_injected_faults_that_do_not_exist_are_refused_with_those_that_do() -> None:
    bench = Bench16.booted()
    outcome = bench.command(InjectTransferFault("gremlins"))
    assert not outcome.accepted
    assert "firmware-download" in outcome.reason
    assert not bench.command(InjectTransferFault("log-upload", times=0)).accepted
    assert not bench.command(ClearTransferFault("log-upload")).accepted


def test_triggered_status_is_idle_unless_an_update_is_under_way() -> None:
    bench = Bench16.booted()

    def triggered() -> str:
        bench.forget()
        answer = bench.ask("TriggerMessage", {"requestedMessage": "FirmwareStatusNotification"})
        assert answer is not None
        assert answer[2] == {"status": "Accepted"}
        return told(bench)[-1]

    assert triggered() == "Idle"
    update(bench, in_s=60)
    assert triggered() == "Idle"
    bench.wait(61)
    assert triggered() == "Downloading"
    bench.finish(GOOD)
    assert triggered() == "Installing"
    bench.wait(120)
    assert triggered() == "Idle"


def test_the_new_version_and_the_profile_show_in_other_messages() -> None:
    bench = Bench16.booted()
    answer = bench.ask("GetConfiguration", {"key": ["SupportedFeatureProfiles", "SupportedFileTransferProtocols"]})
    assert answer is not None
    values = {one["key"]: one["value"].split(",") for one in answer[2]["configurationKey"]}
    assert "FirmwareManagement" in values["SupportedFeatureProfiles"]
    assert values["SupportedFileTransferProtocols"] == ["FTP", "FTPS", "HTTP", "HTTPS"]
    assert bench.now.sim == NOON
