"""What tests of firmware and logs share: real certificates, real signatures, what was told."""

from functools import cache
from typing import Any

from chargepoint_sim.clock import format_utc
from chargepoint_sim.core.certificates import Certificate, Read, Use
from chargepoint_sim.pki import work as pki
from chargepoint_sim.pki.authority import Issued, sign_file
from tests.certificates import authority
from tests.protocol.harness import NOON
from tests.protocol.v201.bench import Bench201

URL = "https://files.example/2.1.0.bin"
FILE = b"chargepoint-sim-firmware 2.1.0\nsigned"

UP_TO_CHECK = ["Downloading", "Downloaded"]
INSTALLED = [*UP_TO_CHECK, "SignatureVerified", "Installing", "InstallRebooting", "Installed"]


@cache
def signer(maker: str = "Maker") -> Issued:
    """A certificate of a manufacturer that signs firmware, with its key."""
    return authority(maker).firmware_signer("Firmware", NOON - 3600)


def trust_maker(bench: Bench201) -> None:
    """Give the station the root of the manufacturer."""
    root = pki.do(Read(authority("Maker").certificate_pem, bench.now.sim))
    assert isinstance(root, Certificate)
    bench.station.access.certificates.install(Use.MANUFACTURER_ROOT, root)


def signed(bench: Bench201, data: bytes = FILE, in_s: float = 0.0, **firmware: Any) -> dict[str, Any]:
    """A FirmwareType element, signed by the manufacturer."""
    return {
        "location": URL,
        "retrieveDateTime": format_utc(bench.now.sim + in_s),
        "signingCertificate": signer().certificate_pem,
        "signature": sign_file(data, signer().key_pem),
        **firmware,
    }


def unsigned(bench: Bench201, in_s: float = 0.0, **firmware: Any) -> dict[str, Any]:
    """A FirmwareType element without a signature."""
    return {"location": URL, "retrieveDateTime": format_utc(bench.now.sim + in_s), **firmware}


def update(bench: Bench201, firmware: dict[str, Any], request_id: int = 1, **request: Any) -> str:
    """Order an update; the status answered."""
    return str(bench.answer("UpdateFirmware", {"requestId": request_id, "firmware": firmware, **request})["status"])


def told(bench: Bench201, request_id: int = 1) -> list[str]:
    """The statuses of one update, in order."""
    payloads = bench.payloads("FirmwareStatusNotification")
    return [one["status"] for one in payloads if one.get("requestId") == request_id]


def boots(bench: Bench201) -> list[tuple[str, str]]:
    """Reason and firmware of each BootNotification."""
    return [(one["reason"], one["chargingStation"]["firmwareVersion"]) for one in bench.payloads("BootNotification")]
