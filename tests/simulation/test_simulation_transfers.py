"""Firmware updates and log uploads in virtual time: seeded durations, no network, every status told."""

from pathlib import Path

import pytest
from cryptography import x509

from chargepoint_sim.clock import format_utc
from chargepoint_sim.core.jobs import Job
from chargepoint_sim.pki import work as pki
from chargepoint_sim.pki.authority import Authority, sign_file
from chargepoint_sim.runtime.workers import workers
from chargepoint_sim.simulation import Mishaps, Simulation, jobs
from chargepoint_sim.transport.shelf import Shelf
from tests.simulation.fleets import quiet

SIGNED = ("Downloading", "Downloaded")


def booted(seed: int = 11, mishaps: Mishaps | None = None) -> Simulation:
    simulation = Simulation(quiet("A-1", seed=seed), **({"mishaps": mishaps} if mishaps else {}))
    assert simulation.run(until=lambda: simulation.view("A-1").registration == "Accepted", within_s=60)
    simulation.run_for(30)
    return simulation


def told(simulation: Simulation, action: str) -> list[str]:
    return [frame.payload["status"] for frame in simulation.central.frames("A-1") if frame.is_call(action)]


def update(simulation: Simulation, url: str, **request: object) -> None:
    request = {"location": url, "retrieveDate": format_utc(simulation.now.sim), **request}
    simulation.call("A-1", "UpdateFirmware", request)


@pytest.mark.parametrize(
    ("url", "statuses"),
    [
        ("http://files.example/7.4.bin", ["Downloading", "Downloaded", "Installing", "Installed"]),
        ("gopher://files.example/7.4.bin", ["Downloading", "DownloadFailed"]),
    ],
)
def test_a_firmware_update_runs_to_its_end(url: str, statuses: list[str]) -> None:
    simulation = booted()
    update(simulation, url)
    simulation.run_for(600)
    assert told(simulation, "FirmwareStatusNotification") == statuses
    boots = [f.payload["firmwareVersion"] for f in simulation.central.frames("A-1") if f.is_call("BootNotification")]
    assert boots[1:] == (["7.4"] if statuses[-1] == "Installed" else [])


@pytest.mark.parametrize(
    ("signed", "statuses"),
    [
        ("http://files.example/7.4.bin", [*SIGNED, "SignatureVerified", "Installing", "InstallRebooting", "Installed"]),
        ("http://files.example/7.5.bin", [*SIGNED, "InvalidSignature"]),
    ],
)
def test_a_signature_is_verified_for_real(signed: str, statuses: list[str]) -> None:
    simulation = booted()
    authority = Authority.new("Maker", simulation.now.sim - 60)
    signer = authority.firmware_signer("Firmware", simulation.now.sim - 60)
    root = {"certificateType": "ManufacturerRootCertificate", "certificate": authority.certificate_pem}
    simulation.call("A-1", "InstallCertificate", root)
    simulation.run_for(30)
    firmware = {
        "location": "http://files.example/7.4.bin",
        "retrieveDateTime": format_utc(simulation.now.sim),
        "signingCertificate": signer.certificate_pem,
        "signature": sign_file(jobs.firmware_file(signed), signer.key_pem),
    }
    simulation.call("A-1", "SignedUpdateFirmware", {"requestId": 1, "firmware": firmware})
    simulation.run_for(600)
    assert told(simulation, "SignedFirmwareStatusNotification") == statuses
    assert simulation.view("A-1").firmware == ("7.4" if statuses[-1] == "Installed" else "3.2.0")


def test_the_file_of_virtual_time_is_the_one_that_the_manual_makes() -> None:
    assert jobs.firmware_file("http://h/2.1.0.bin") == b"chargepoint-sim-firmware 2.1.0\n"
    manual = (Path(__file__).parents[2] / "docs" / "transfers.md").read_text(encoding="utf-8")
    assert r"printf 'chargepoint-sim-firmware 2.1.0\n'" in manual


def test_diagnostics_are_uploaded() -> None:
    simulation = booted()
    simulation.call("A-1", "GetDiagnostics", {"location": "ftp://files.example/logs/"})
    simulation.run_for(120)
    assert told(simulation, "DiagnosticsStatusNotification") == ["Uploading", "Uploaded"]


def test_the_same_seed_takes_the_same_time() -> None:
    def transcript(seed: int) -> bytes:
        simulation = booted(seed)
        update(simulation, "http://files.example/7.4.bin")
        simulation.run_for(600)
        return simulation.transcript()

    assert transcript(1) == transcript(1)
    assert transcript(1) != transcript(2)


def test_mishaps_do_not_stop_an_update() -> None:
    simulation = booted(mishaps=Mishaps(link_drop_per_day=200, power_cut_per_day=100))
    update(simulation, "http://files.example/7.4.bin")
    assert simulation.run(until=lambda: "Installed" in told(simulation, "FirmwareStatusNotification"), within_s=86400)
    assert simulation.view("A-1").firmware == "7.4"


def test_every_job_of_real_time_is_answered_in_virtual_time() -> None:
    assert set(jobs._RULES) | set(pki.JOBS) == set(workers(Shelf()))
    assert all(issubclass(one, Job) for one in workers(Shelf()))


def test_a_key_pair_follows_from_the_seed() -> None:
    def request(seed: int) -> str:
        simulation = booted(seed)
        simulation.call("A-1", "ExtendedTriggerMessage", {"requestedMessage": "SignChargePointCertificate"})
        simulation.run_for(60)
        (frame,) = [one for one in simulation.central.frames("A-1") if one.is_call("SignCertificate")]
        csr = x509.load_pem_x509_csr(frame.payload["csr"].encode())
        return str(csr.public_key().public_numbers())

    assert request(1) == request(1)
    assert request(1) != request(2)


def test_an_authority_of_the_central_system_signs_by_itself(tmp_path: Path) -> None:
    authority = Authority.new("Operator root", booted().now.sim - 86400)
    (tmp_path / "root.pem").write_text(authority.certificate_pem, encoding="ascii")
    (tmp_path / "root.key").write_text(authority.key_pem, encoding="ascii")
    files = {"certificate": str(tmp_path / "root.pem"), "key": str(tmp_path / "root.key")}
    settings = {"answers": {"sign_certificate": "Accepted", "authority": files}}
    simulation = Simulation(quiet("A-1", builtin_csms=settings))
    simulation.run_for(60)
    root = {"certificateType": "CentralSystemRootCertificate", "certificate": authority.certificate_pem}
    simulation.call("A-1", "InstallCertificate", root)
    simulation.run_for(30)
    simulation.call("A-1", "ExtendedTriggerMessage", {"requestedMessage": "SignChargePointCertificate"})
    simulation.run_for(60)
    answers = [one.payload for one in simulation.central.frames("A-1") if one.action == "CertificateSigned"][1:]
    assert answers == [{"status": "Accepted"}]
