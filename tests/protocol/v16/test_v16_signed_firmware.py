"""SignedUpdateFirmware and SignedFirmwareStatusNotification (white paper L01): real certificates, real signatures."""

import json
from typing import Any

import pytest

from chargepoint_sim import snapshot
from chargepoint_sim.clock import format_utc
from chargepoint_sim.core.commands import InjectTransferFault
from chargepoint_sim.core.firmware import PAUSE_S
from chargepoint_sim.core.jobs import Downloaded, JobFailed
from chargepoint_sim.pki.authority import Issued, sign_file
from tests.certificates import authority
from tests.protocol.harness import NOON, SILENCE
from tests.protocol.v16.bench import Bench16

URL = "https://files.example/2.1.0.bin"
FILE = b"chargepoint-sim-firmware 2.1.0\nsigned"
MAKER = "ManufacturerRootCertificate"

UP_TO_CHECK = ["Downloading", "Downloaded"]
INSTALLED = [*UP_TO_CHECK, "SignatureVerified", "Installing", "InstallRebooting", "Installed"]


@pytest.fixture(scope="module")
def signer() -> Issued:
    """A certificate of the manufacturer that signs firmware, with its key."""
    return authority("Maker").firmware_signer("Firmware", NOON - 3600)


def trusting(charging: bool = False) -> Bench16:
    """A charge point with the manufacturer's root."""
    bench = Bench16.charging() if charging else Bench16.booted()
    request = {"certificateType": MAKER, "certificate": authority("Maker").certificate_pem}
    answer = bench.ask("InstallCertificate", request)
    assert answer is not None
    assert answer[2] == {"status": "Accepted"}
    bench.forget()
    return bench


def update(
    bench: Bench16, signer: Issued, request_id: int = 1, data: bytes = FILE, in_s: float = 0.0, **firmware: Any
) -> str:
    """Order an update; the status answered."""
    firmware = {
        "location": URL,
        "retrieveDateTime": format_utc(bench.now.sim + in_s),
        "signingCertificate": signer.certificate_pem,
        "signature": sign_file(data, signer.key_pem),
        **firmware,
    }
    answer = bench.ask("SignedUpdateFirmware", {"requestId": request_id, "firmware": firmware})
    assert answer is not None
    return str(answer[2]["status"])


def told(bench: Bench16, request_id: int = 1) -> list[str]:
    payloads = bench.payloads("SignedFirmwareStatusNotification")
    return [one["status"] for one in payloads if one.get("requestId") == request_id]


def boots(bench: Bench16) -> list[str]:
    return [one["firmwareVersion"] for one in bench.payloads("BootNotification")]


def logged(bench: Bench16) -> list[str]:
    return [event.type for event in bench.station.access.log.events]


@pytest.mark.shows("SignedUpdateFirmware")
def test_signed_update_shows_every_status_and_the_new_version(signer: Issued) -> None:
    bench = trusting()
    assert update(bench, signer) == "Accepted"
    assert told(bench) == ["Downloading"]
    bench.finish(Downloaded(FILE))
    assert told(bench) == INSTALLED[:4]
    assert bench.told(1) == ["Unavailable"]
    bench.wait(120)
    assert told(bench) == INSTALLED
    assert boots(bench) == ["2.1.0"]
    assert bench.payloads("FirmwareStatusNotification") == []
    assert "FirmwareUpdated" in logged(bench)
    assert [one["type"] for one in bench.payloads("SecurityEventNotification")].count("FirmwareUpdated") == 1


def test_wire_of_answer_and_status(signer: Issued) -> None:
    bench = trusting()
    update(bench, signer, request_id=77)
    (call,) = bench.calls("SignedFirmwareStatusNotification")
    frame = json.loads(call.text)
    assert frame == [2, frame[1], "SignedFirmwareStatusNotification", {"status": "Downloading", "requestId": 77}]
    answers = [one.frame for one in bench.sent if one.frame[0] == 3]
    assert answers[-1][2] == {"status": "Accepted"}


def test_a_certificate_of_another_root_is_refused_and_noted(signer: Issued) -> None:
    bench = trusting()
    stranger = authority("Stranger").firmware_signer("Firmware", NOON - 3600)
    assert update(bench, stranger) == "InvalidCertificate"
    assert "InvalidFirmwareSigningCertificate" in logged(bench)
    assert bench.jobs == []
    assert told(bench) == []
    without_root = Bench16.booted()
    assert update(without_root, signer) == "InvalidCertificate"


@pytest.mark.parametrize("signature", ["c2lnbmVk", "no base64!"])
def test_a_file_that_is_not_what_was_signed_is_refused(signer: Issued, signature: str) -> None:
    bench = trusting()
    assert update(bench, signer, signature=signature) == "Accepted"
    bench.finish(Downloaded(FILE)).wait(3600)
    assert told(bench) == [*UP_TO_CHECK, "InvalidSignature"]
    assert "InvalidFirmwareSignature" in logged(bench)
    assert boots(bench) == []
    assert bench.status(1) == "Available"


def test_a_file_changed_on_its_way_is_refused(signer: Issued) -> None:
    bench = trusting()
    update(bench, signer)
    bench.finish(Downloaded(FILE + b"!")).wait(3600)
    assert told(bench) == [*UP_TO_CHECK, "InvalidSignature"]
    assert boots(bench) == []


def test_a_signed_file_that_is_no_firmware_fails_its_verification(signer: Issued) -> None:
    bench = trusting()
    update(bench, signer, data=b"<html></html>")
    bench.finish(Downloaded(b"<html></html>")).wait(3600)
    assert told(bench) == [*UP_TO_CHECK, "SignatureVerified", "InstallVerificationFailed"]
    assert boots(bench) == []


def test_a_download_that_fails(signer: Issued) -> None:
    bench = trusting()
    update(bench, signer)
    bench.finish(JobFailed("files.example:443: HTTP 404"))
    assert told(bench) == ["Downloading", "DownloadFailed"]


def test_a_download_that_pauses_goes_on(signer: Issued) -> None:
    bench = trusting()
    assert bench.command(InjectTransferFault("firmware-pause", times=2)).accepted
    update(bench, signer)
    assert told(bench) == ["Downloading", "DownloadPaused"]
    assert bench.jobs == []
    bench.wait(PAUSE_S)
    assert told(bench) == ["Downloading", "DownloadPaused"] * 2
    bench.wait(PAUSE_S).finish(Downloaded(FILE)).wait(120)
    assert told(bench) == ["Downloading", "DownloadPaused"] * 2 + INSTALLED


def test_a_pause_outlasts_a_power_cut(signer: Issued) -> None:
    bench = trusting()
    assert bench.command(InjectTransferFault("firmware-pause", times=1)).accepted
    update(bench, signer)
    bench.power_down().wait(5).power_up().wait(0)
    bench.finish(Downloaded(FILE)).wait(120)
    assert told(bench)[:3] == ["Downloading", "DownloadPaused", "Downloading"]
    assert told(bench)[-1] == "Installed"


def test_an_installation_that_fails_leaves_the_old_version(signer: Issued) -> None:
    bench = trusting()
    assert bench.command(InjectTransferFault("firmware-install")).accepted
    update(bench, signer)
    bench.finish(Downloaded(FILE)).wait(3600)
    assert told(bench) == [*UP_TO_CHECK, "SignatureVerified", "Installing", "InstallationFailed"]
    assert boots(bench) == []
    assert bench.told(1) == ["Unavailable", "Available"]


def test_download_and_installation_are_scheduled_and_connectors_stay_in_service(signer: Issued) -> None:
    bench = trusting()
    assert update(bench, signer, in_s=600, installDateTime=format_utc(bench.now.sim + 3600)) == "Accepted"
    assert told(bench) == ["DownloadScheduled"]
    bench.wait(601)
    assert told(bench)[1:] == ["Downloading"]
    bench.finish(Downloaded(FILE))
    assert told(bench)[1:] == [*UP_TO_CHECK, "SignatureVerified", "InstallScheduled"]
    assert bench.status(1) == "Available"
    bench.wait(2900)
    assert bench.status(1) == "Available"
    bench.wait(300)
    assert told(bench)[-3:] == ["Installing", "InstallRebooting", "Installed"]
    assert boots(bench) == ["2.1.0"]


def test_a_due_installation_waits_for_the_transaction_and_takes_nobody_new(signer: Issued) -> None:
    bench = trusting(charging=True)
    update(bench, signer)
    bench.finish(Downloaded(FILE)).wait(600)
    assert told(bench)[-2:] == ["SignatureVerified", "InstallScheduled"]
    assert (bench.status(1), bench.status(2)) == ("Charging", "Unavailable")
    bench.swipe().wait(120)
    assert told(bench) == [*INSTALLED[:3], "InstallScheduled", *INSTALLED[3:]]


def test_a_second_order_cancels_the_first_but_not_its_installation(signer: Issued) -> None:
    bench = trusting()
    assert update(bench, signer, 1) == "Accepted"
    assert update(bench, signer, 2) == "AcceptedCanceled"
    bench.finish(Downloaded(FILE))  # of the first: nobody waits for it
    assert (told(bench, 1), told(bench, 2)) == (["Downloading"], ["Downloading"])
    bench.finish(Downloaded(FILE))
    assert told(bench, 2)[-1] == "Installing"
    assert update(bench, signer, 3) == "Rejected"
    bench.wait(120)
    assert told(bench, 2) == INSTALLED
    assert update(bench, signer, 4) == "Accepted"


@pytest.mark.parametrize("phase", ["scheduled", "downloading", "downloaded", "install scheduled", "rebooting"])
def test_a_restart_of_the_program_breaks_off_nothing(signer: Issued, phase: str) -> None:
    first = trusting()
    update(
        first,
        signer,
        in_s=300 if phase == "scheduled" else 0,
        installDateTime=format_utc(NOON + (600 if phase == "install scheduled" else 0)),
    )
    if phase == "downloaded":
        first.workers.clear()  # the check of the signature is still under way
    if phase in ("downloaded", "install scheduled", "rebooting"):
        first.finish(Downloaded(FILE))
    if phase == "rebooting":
        first.wait(31)
        assert told(first)[-1] == "InstallRebooting"
    saved = json.loads(json.dumps(snapshot.take(first.charger, first.now.sim)))
    bench = Bench16(boot_id="b2")
    bench.t = first.t
    snapshot.restore(bench.charger, saved)
    bench.power_up().wait(301)
    if phase in ("scheduled", "downloading", "downloaded"):
        bench.finish(Downloaded(FILE))
    bench.wait(700)
    assert told(bench)[-1] == "Installed"
    assert boots(bench)[-1] == "2.1.0"


@pytest.mark.shows("SignedFirmwareStatusNotification")
def test_a_status_is_told_after_every_offline_spell_until_it_is_acknowledged(signer: Issued) -> None:
    bench = trusting()
    bench.answers["SignedFirmwareStatusNotification"] = SILENCE
    assert update(bench, signer) == "Accepted"
    bench.forget().cut()
    bench.answers["SignedFirmwareStatusNotification"] = {}
    bench.come_back().wait(60)
    assert told(bench) == ["Downloading"]
    bench.forget().cut()
    bench.come_back().wait(60)
    assert told(bench) == []


def test_triggered_status_is_that_of_the_signed_update(signer: Issued) -> None:
    bench = trusting()

    def triggered() -> dict[str, Any]:
        answer = bench.ask("ExtendedTriggerMessage", {"requestedMessage": "FirmwareStatusNotification"})
        assert answer is not None
        return bench.payloads("SignedFirmwareStatusNotification")[-1]

    assert triggered() == {"status": "Idle"}
    update(bench, signer, 5)
    assert triggered() == {"status": "Downloading", "requestId": 5}
    bench.ask("TriggerMessage", {"requestedMessage": "FirmwareStatusNotification"})
    assert bench.payloads("FirmwareStatusNotification") == [{"status": "Idle"}]
    bench.finish(Downloaded(FILE)).wait(120)
    assert triggered() == {"status": "Idle"}


def test_a_revoked_certificate_is_refused_and_noted(signer: Issued) -> None:
    bench = trusting()
    assert bench.command(InjectTransferFault("firmware-revoked", times=1)).accepted
    assert update(bench, signer) == "RevokedCertificate"
    assert "InvalidFirmwareSigningCertificate" in logged(bench)
    assert update(bench, signer) == "Accepted"


def test_bad_input_is_refused(signer: Issued) -> None:
    bench = trusting()
    request = {"location": URL, "retrieveDateTime": "soon", "signingCertificate": "x", "signature": "x"}
    for firmware in (request, {"location": URL}):
        answer = bench.ask("SignedUpdateFirmware", {"requestId": 1, "firmware": firmware})
        assert answer is not None
        assert answer[0] == 4
    assert bench.jobs == []
