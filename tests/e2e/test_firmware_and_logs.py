"""Firmware updates and log uploads for real: built-in central system, real chargers, real file servers."""

import io
import json
import zipfile
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from chargepoint_sim.csms.config import settings_from
from chargepoint_sim.csms.server import CsmsServer
from chargepoint_sim.daemon import Daemon
from chargepoint_sim.pki.authority import Authority, sign_file
from tests import tls
from tests.fleets import fleet, template
from tests.transport.file_servers import PASSWORD, USER, FileServer, ftp_server, nobody_listens

ID = "CP-1"
FIRMWARE = b"chargepoint-sim-firmware 2.1.0\n" + b"\0" * 100_000


@pytest.fixture
async def csms(tmp_path: Path) -> AsyncIterator[CsmsServer]:
    """A central system with a charger that restarts fast and trusts the test authority."""
    timing = {"contactor_delay_s": 0, "reboot_s": 0.05, "firmware_install_s": 0.1}
    settings = {"MessageTimeout": 5, "MeterValueSampleInterval": 0}
    section = {"security": {"ca": tls.ca_file(tmp_path)}}
    async with CsmsServer(settings_from({"port": 0})) as server:
        spec = fleet(
            tmp_path,
            [{"template": "fast", "id": ID}],
            csms={"url": server.url, **section},
            templates={"fast": template("1.6", timing=timing, settings=settings)},
        )
        async with Daemon(spec):
            await server.wait_frame(ID, lambda frame: frame.is_call("StatusNotification", connectorId=1))
            yield server
        assert list(server.central.violations) == []


async def update(csms: CsmsServer, url: str, last: str, **request: Any) -> list[str]:
    """Order an update; the statuses told up to `last`."""
    mark = csms.mark(ID)
    payload = {"location": url, "retrieveDate": datetime.now(UTC).isoformat(), **request}
    assert await csms.call(ID, "UpdateFirmware", payload) == {}
    await csms.wait_frame(ID, lambda frame: frame.is_call("FirmwareStatusNotification", status=last), after=mark)
    frames = [frame for frame in csms.central.frames(ID) if frame.number > mark]
    return [frame.payload["status"] for frame in frames if frame.is_call("FirmwareStatusNotification")]


def versions(csms: CsmsServer) -> list[str]:
    return [f.payload["firmwareVersion"] for f in csms.central.frames(ID) if f.is_call("BootNotification")]


@pytest.mark.parametrize("secure", [False, True])
async def test_update_over_http(csms: CsmsServer, secure: bool) -> None:
    async with FileServer().running(tls.server_context() if secure else None) as files:
        files.files["/2.1.0.bin"] = FIRMWARE
        told = await update(csms, f"{files.url}/2.1.0.bin", "Installed")
        assert files.seen == [("GET", "/2.1.0.bin")]
    assert told == ["Downloading", "Downloaded", "Installing", "Installed"]
    assert versions(csms) == ["1.0.0", "2.1.0"]


@pytest.mark.parametrize("scheme", ["ftp", "ftps"])
async def test_update_over_ftp(csms: CsmsServer, tmp_path: Path, scheme: str) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / "new.bin").write_bytes(FIRMWARE)
    with ftp_server(folder, *(tls.server_files(tmp_path) if scheme == "ftps" else ())) as place:
        told = await update(csms, f"{scheme}://{USER}:{PASSWORD}@{place}/new.bin", "Installed")
    assert told == ["Downloading", "Downloaded", "Installing", "Installed"]
    assert versions(csms) == ["1.0.0", "2.1.0"]


async def test_a_second_attempt_succeeds(csms: CsmsServer) -> None:
    async with FileServer().running() as files:
        files.answers = [503]
        files.files["/f"] = FIRMWARE
        told = await update(csms, f"{files.url}/f", "Installed", retries=2, retryInterval=0)
        assert len(files.seen) == 2
    assert told == ["Downloading", "Downloaded", "Installing", "Installed"]


async def test_bogus_location_and_bad_file_are_refused_and_nothing_restarts(csms: CsmsServer) -> None:
    async with FileServer().running() as files:
        files.files["/page.html"] = b"<html>not here</html>"
        bad = await update(csms, f"{files.url}/page.html", "InstallationFailed")
        missing = await update(csms, f"{files.url}/missing", "DownloadFailed")
    nobody = await update(csms, f"http://127.0.0.1:{nobody_listens()}/f", "DownloadFailed")
    strange = await update(csms, "gopher://127.0.0.1/f", "DownloadFailed")
    assert bad == ["Downloading", "Downloaded", "InstallationFailed"]
    assert missing == nobody == strange == ["Downloading", "DownloadFailed"]
    assert versions(csms) == ["1.0.0"]


async def archive(csms: CsmsServer, files: FileServer, **request: Any) -> zipfile.ZipFile:
    """Order diagnostics; the archive that arrived."""
    mark = csms.mark(ID)
    answer = await csms.call(ID, "GetDiagnostics", {"location": f"{files.url}/logs/", **request})
    await csms.wait_frame(
        ID, lambda frame: frame.is_call("DiagnosticsStatusNotification", status="Uploaded"), after=mark
    )
    return zipfile.ZipFile(io.BytesIO(files.files[f"/logs/{answer['fileName']}"]))


async def test_diagnostics_hold_the_real_configuration_and_frames(csms: CsmsServer) -> None:
    await csms.call(ID, "ChangeConfiguration", {"key": "HeartbeatInterval", "value": "1234"})
    async with FileServer().running() as files:
        packed = await archive(csms, files)
    assert packed.testzip() is None
    keys = {one["key"]: one.get("value") for one in json.loads(packed.read("configuration.json"))}
    assert keys["HeartbeatInterval"] == "1234"
    frames = [json.loads(line) for line in packed.read("frames.jsonl").splitlines()]
    assert (frames[0]["sent"], frames[0]["action"]) == (True, "BootNotification")
    on_the_wire = {frame.text for frame in csms.central.frames(ID)}
    assert {one["frame"] for one in frames} <= on_the_wire
    assert any(one["action"] == "ChangeConfiguration" and not one["sent"] for one in frames)
    assert json.loads(packed.read("station.json"))["charger_id"] == ID


async def test_the_time_range_leaves_frames_out(csms: CsmsServer) -> None:
    async with FileServer().running() as files:
        packed = await archive(csms, files, stopTime="2020-01-01T00:00:00Z")
    assert packed.read("frames.jsonl") == b""


async def test_logs_over_ftps_and_what_an_upload_that_fails_says(csms: CsmsServer, tmp_path: Path) -> None:
    folder = tmp_path / "files"
    folder.mkdir()

    async def log(request_id: int, url: str, last: str) -> str:
        request = {"logType": "DiagnosticsLog", "requestId": request_id, "log": {"remoteLocation": url}}
        answer = await csms.call(ID, "GetLog", request)
        assert answer["status"] == "Accepted"
        await csms.wait_frame(
            ID, lambda frame: frame.is_call("LogStatusNotification", status=last, requestId=request_id)
        )
        return str(answer["filename"])

    with ftp_server(folder, *tls.server_files(tmp_path)) as place:
        name = await log(1, f"ftps://{USER}:{PASSWORD}@{place}/", "Uploaded")
        assert zipfile.is_zipfile(folder / name)
        await log(2, f"ftps://{USER}:wrong@{place}/", "PermissionDenied")
    await log(3, "scp://127.0.0.1/", "NotSupportedOperation")
    await log(4, f"http://127.0.0.1:{nobody_listens()}/", "UploadFailure")


async def test_signed_update_over_https(csms: CsmsServer) -> None:
    valid_from = datetime.now(UTC).timestamp() - 3600
    maker = Authority.new("Maker", valid_from)
    signer = maker.firmware_signer("Firmware", valid_from)
    root = {"certificateType": "ManufacturerRootCertificate", "certificate": maker.certificate_pem}
    assert (await csms.call(ID, "InstallCertificate", root))["status"] == "Accepted"
    async with FileServer().running(tls.server_context()) as files:
        files.files["/2.1.0.bin"] = FIRMWARE
        firmware = {
            "location": f"{files.url}/2.1.0.bin",
            "retrieveDateTime": datetime.now(UTC).isoformat(),
            "signingCertificate": signer.certificate_pem,
            "signature": sign_file(FIRMWARE, signer.key_pem),
        }
        answer = await csms.call(ID, "SignedUpdateFirmware", {"requestId": 3, "firmware": firmware})
        assert answer == {"status": "Accepted"}
        await csms.wait_frame(
            ID, lambda frame: frame.is_call("SignedFirmwareStatusNotification", status="Installed", requestId=3)
        )
    frames = [one for one in csms.central.frames(ID) if one.is_call("SignedFirmwareStatusNotification")]
    assert [one.payload["status"] for one in frames] == [
        "Downloading",
        "Downloaded",
        "SignatureVerified",
        "Installing",
        "InstallRebooting",
        "Installed",
    ]
    assert versions(csms) == ["1.0.0", "2.1.0"]


async def test_a_template_with_a_fault_fails_as_it_says(tmp_path: Path) -> None:
    async with CsmsServer(settings_from({"port": 0})) as server:
        spec = fleet(
            tmp_path,
            [{"template": "faulty", "id": ID}],
            csms={"url": server.url},
            templates={"faulty": template("1.6", transfer_faults=["log-upload"])},
        )
        async with Daemon(spec), FileServer().running() as files:
            await server.wait_frame(ID, lambda frame: frame.is_call("StatusNotification", connectorId=1))
            await server.call(ID, "GetDiagnostics", {"location": f"{files.url}/logs/"})
            await server.wait_frame(
                ID, lambda frame: frame.is_call("DiagnosticsStatusNotification", status="UploadFailed")
            )
