"""2.0.1 for real: a local controller offers firmware, a station fetches it there; logs and customers (L, N)."""

import hashlib
import io
import json
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from chargepoint_sim.csms.config import settings_from
from chargepoint_sim.csms.server import CsmsServer
from chargepoint_sim.daemon import Daemon
from tests.fleets import fleet, template
from tests.transport.file_servers import FileServer

CONTROLLER, STATION = "LC-1", "CP-1"
FIRMWARE = b"chargepoint-sim-firmware 2.1.0\n" + b"\0" * 100_000
CHECKSUM = hashlib.md5(FIRMWARE, usedforsecurity=False).hexdigest()


def site(folder: Path, server: CsmsServer) -> Any:
    """A local controller and a station that takes unsigned firmware."""
    timing = {"contactor_delay_s": 0, "reboot_s": 0.05, "firmware_install_s": 0.1}
    unsigned = {"ChargingStation.AllowUnsignedFirmware": True}
    return fleet(
        folder,
        [{"template": "controller", "id": CONTROLLER}, {"template": "station", "id": STATION}],
        csms={"url": server.url},
        templates={
            "controller": template("2.0.1", local_controller=True),
            "station": template("2.0.1", timing=timing, settings=unsigned),
        },
    )


async def test_a_station_updates_itself_from_a_local_controller(tmp_path: Path) -> None:
    """L02, L03, L04: the controller fetches once, the station fetches from the controller."""
    async with (
        CsmsServer(settings_from({"port": 0})) as server,
        Daemon(site(tmp_path, server)),
        FileServer().running() as files,
    ):
        for identity in (CONTROLLER, STATION):
            await server.wait_frame(identity, lambda frame: frame.is_call("StatusNotification", connectorId=1))
        files.files["/2.1.0.bin"] = FIRMWARE
        order = {"location": f"{files.url}/2.1.0.bin", "checksum": CHECKSUM, "requestId": 4}
        assert (await server.call(CONTROLLER, "PublishFirmware", order)) == {"status": "Accepted"}
        published = await server.wait_frame(
            CONTROLLER, lambda frame: frame.is_call("PublishFirmwareStatusNotification", status="Published")
        )
        (location,) = published.payload["location"]
        firmware = {"location": location, "retrieveDateTime": datetime.now(UTC).isoformat()}
        answer = await server.call(STATION, "UpdateFirmware", {"requestId": 5, "firmware": firmware})
        assert answer == {"status": "Accepted"}
        await server.wait_frame(
            STATION, lambda frame: frame.is_call("FirmwareStatusNotification", status="Installed", requestId=5)
        )
        boots = [one.payload for one in server.central.frames(STATION) if one.is_call("BootNotification")]
        assert [boot["chargingStation"]["firmwareVersion"] for boot in boots][-1] == "2.1.0"
        assert files.seen == [("GET", "/2.1.0.bin")]
        for status in ("Unpublished", "NoFirmware"):
            assert await server.call(CONTROLLER, "UnpublishFirmware", {"checksum": CHECKSUM}) == {"status": status}
        assert list(server.central.violations) == []


async def test_a_log_and_what_is_known_of_a_customer(tmp_path: Path) -> None:
    """N01, N09: the archive holds the device model; the central system keeps the report."""
    async with (
        CsmsServer(settings_from({"port": 0})) as server,
        Daemon(site(tmp_path, server)),
        FileServer().running() as files,
    ):
        await server.wait_frame(STATION, lambda frame: frame.is_call("StatusNotification", connectorId=1))
        log = {"remoteLocation": f"{files.url}/logs/"}
        answer = await server.call(STATION, "GetLog", {"logType": "DiagnosticsLog", "requestId": 6, "log": log})
        await server.wait_frame(
            STATION, lambda frame: frame.is_call("LogStatusNotification", status="Uploaded", requestId=6)
        )
        packed = zipfile.ZipFile(io.BytesIO(files.files[f"/logs/{answer['filename']}"]))
        rows = json.loads(packed.read("configuration.json"))
        assert "FileTransferProtocols" in {row["variable"]["name"] for row in rows}
        request = {"requestId": 7, "report": True, "clear": False, "customerIdentifier": "Nobody"}
        assert await server.call(STATION, "CustomerInformation", request) == {"status": "Accepted"}
        await server.wait_frame(STATION, lambda frame: frame.is_call("NotifyCustomerInformation", requestId=7))
        (report,) = server.central.peer(STATION).reports.view()["reports"]
        assert (report["action"], report["complete"], report["rows"]) == ("NotifyCustomerInformation", True, [""])
        assert list(server.central.violations) == []
