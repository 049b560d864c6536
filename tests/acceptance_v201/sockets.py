"""A central system and a station on real sockets, for cases about what is shown and believed while connecting."""

import ssl
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from websockets.asyncio.server import Server, ServerConnection
from websockets.http11 import Request, Response

from chargepoint_sim.csms.config import settings_from
from chargepoint_sim.csms.server import CsmsServer
from chargepoint_sim.daemon import Daemon
from chargepoint_sim.pki.authority import Authority
from tests.acceptance_v201.bench import named
from tests.fleets import fleet, template

CS = "CS-1"
PASSWORD = "Abc-123_xyz*=:+|@."
HASTY: Mapping[str, str] = {
    "OCPPCommCtrlr.RetryBackOffRandomRange": "0",
    "OCPPCommCtrlr.RetryBackOffRepeatTimes": "0",
    "OCPPCommCtrlr.RetryBackOffWaitMinimum": "1",
}
CHECKED = {"SecurityCtrlr.AdditionalRootCertificateCheck": "true"}
SUITES = ("ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384")
"""One half of the suites of which a station needs one (A00.FR.318), in OpenSSL's words."""


def root(name: str = "Operator root", below: str | None = None) -> Authority:
    """An authority of its own for each name; `below` names the one that signed it."""
    return _authority(name, below)


@cache
def _authority(name: str, below: str | None) -> Authority:
    above = _authority(below, None) if below is not None else None
    return Authority.new(name, time.time() - 500 * 86400, above)


@dataclass(frozen=True)
class Upgrade:
    """One websocket upgrade, as it arrived."""

    path: str
    authorization: list[str]
    tls: str | None
    cipher: str | None
    peer_certificate: dict[str, Any] | None


class WatchedServer(CsmsServer):
    """Remembers each upgrade, and lets tests change its TLS context while it runs."""

    context: ssl.SSLContext | None = None

    def __init__(self, **settings: Any) -> None:
        super().__init__(settings_from({"port": 0, **settings}))
        self.upgrades: list[Upgrade] = []

    async def _listen(self, host: str, port: int, context: ssl.SSLContext | None) -> Server:
        self.context = context
        return await super()._listen(host, port, context)

    def _process_request(self, connection: ServerConnection, request: Request) -> Response | None:
        link = connection.transport.get_extra_info("ssl_object")
        self.upgrades.append(
            Upgrade(
                request.path,
                request.headers.get_all("Authorization"),
                link.version() if link else None,
                link.cipher()[0] if link else None,
                link.getpeercert() if link else None,
            )
        )
        return super()._process_request(connection, request)

    def show(self, folder: Path, authority: Authority, *hosts: str, days_ago: float = 0.1) -> None:
        """From the next handshake on: a certificate of that authority."""
        assert self.context is not None
        self.context.load_cert_chain(*served(folder, authority, *hosts, days_ago=days_ago))


def served(folder: Path, authority: Authority, *hosts: str, days_ago: float = 0.1) -> tuple[str, str]:
    """Files with a server's certificate for `hosts` (default 127.0.0.1) and its key."""
    issued = authority.server(hosts or ("127.0.0.1",), time.time() - days_ago * 86400)
    chain, key = folder / "server.pem", folder / "server.key"
    chain.write_text(issued.certificate_pem, encoding="ascii")
    key.write_text(issued.key_pem, encoding="ascii")
    return str(chain), str(key)


def secure(folder: Path, authority: Authority, **tls: Any) -> WatchedServer:
    """A central system with TLS; with passwords unless it asks for certificates."""
    certificate, key = served(folder, authority)
    passwords = {} if "client_ca" in tls else {CS: PASSWORD}
    return WatchedServer(tls={"certificate": certificate, "key": key, **tls}, passwords=passwords)


@asynccontextmanager
async def station(
    folder: Path, url: str, level: int, *, security: Mapping[str, Any] | None = None, **settings: str
) -> AsyncIterator[Daemon]:
    """A station that dials `url` on a security profile and believes in `root()`."""
    access: dict[str, Any] = {"profile": level, **(security or {})}
    if level in (1, 2):
        access["password"] = PASSWORD
    if level >= 2:
        ca = folder / "ca.pem"
        ca.write_text(root().certificate_pem, encoding="ascii")
        access["ca"] = str(ca)
    kinds = {"hasty": template("2.0.1", settings={**HASTY, **settings})}
    csms = {"url": url, "security": access}
    async with Daemon(fleet(folder, [{"template": "hasty", "id": CS}], csms=csms, templates=kinds)) as daemon:
        yield daemon


async def wait_booted(csms: CsmsServer, *, after: int = 0) -> dict[str, Any]:
    """Reusable state Booted: the BootNotification, after which a connector is told to be available."""
    boot = await csms.wait_frame(CS, lambda frame: frame.is_call("BootNotification"), after=after)
    wanted = {"connectorStatus": "Available"}
    await csms.wait_frame(CS, lambda frame: frame.is_call("StatusNotification", **wanted), after=boot.number)
    assert list(csms.central.violations) == []
    return boot.payload


async def install_root(csms: CsmsServer, authority: Authority) -> str:
    """The status of InstallCertificate."""
    request = {"certificateType": "CSMSRootCertificate", "certificate": authority.certificate_pem}
    return str((await csms.call(CS, "InstallCertificate", request))["status"])


async def roots_listed(csms: CsmsServer) -> list[dict[str, Any]]:
    """The roots of central systems that the station names."""
    request = {"certificateType": ["CSMSRootCertificate"]}
    answer = await csms.call(CS, "GetInstalledCertificateIds", request)
    return list(answer["certificateHashDataChain"])


async def set_up_slot(csms: CsmsServer, url: str, priority: str) -> None:
    """A network profile for `url` with security profile 2 in slot 2, and the list of slots."""
    profile = {
        "messageTimeout": 30,
        "ocppCsmsUrl": url,
        "ocppInterface": "Wired0",
        "ocppTransport": "JSON",
        "ocppVersion": "OCPP20",
        "securityProfile": 2,
    }
    stored = await csms.call(CS, "SetNetworkProfile", {"configurationSlot": 2, "connectionData": profile})
    assert stored["status"] == "Accepted"
    element = named("OCPPCommCtrlr", "NetworkConfigurationPriority", attributeValue=priority)
    answer = await csms.call(CS, "SetVariables", {"setVariableData": [element]})
    assert answer["setVariableResult"][0]["attributeStatus"] == "RebootRequired"
