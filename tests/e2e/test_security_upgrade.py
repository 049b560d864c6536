"""A 1.6 charge point is taken from security profile 0 to 3 by its central system, on real sockets (A05)."""

import asyncio
import ssl
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from chargepoint_sim.core.certificates import RequestSigning, SigningRequest
from chargepoint_sim.core.jobs import Job, JobResult
from chargepoint_sim.csms import server
from chargepoint_sim.csms.central import Central
from chargepoint_sim.csms.config import TlsSettings, settings_from
from chargepoint_sim.csms.server import CsmsServer
from chargepoint_sim.daemon import Daemon
from chargepoint_sim.pki import work
from chargepoint_sim.pki.authority import Authority
from chargepoint_sim.runtime.jobs import JobPool
from chargepoint_sim.runtime.workers import workers
from chargepoint_sim.transport.shelf import Shelf
from tests.fleets import fleet, template

CP = "CP-1"
KEY = "000102030405060708090A0B0C0D0E0F10111213"


async def ask(csms: CsmsServer, action: str, payload: dict[str, Any]) -> str:
    return str((await csms.call(CP, action, payload))["status"])


async def configure(csms: CsmsServer, key: str, value: str) -> str:
    return await ask(csms, "ChangeConfiguration", {"key": key, "value": value})


async def connected(csms: CsmsServer, *, up: bool = True) -> None:
    """Wait until the charge point is there, or gone."""

    def stands(central: Central) -> bool:
        peer = central.find(CP)
        return (peer is not None and peer.connected) == up

    await csms.wait_for(stands)


async def come_back(csms: CsmsServer) -> None:
    await connected(csms, up=False)
    await connected(csms)


async def sign(csms: CsmsServer, authority: Authority) -> str:
    """Have the charge point's certificate signed; the status of CertificateSigned."""
    mark = csms.mark(CP)
    wanted = {"requestedMessage": "SignChargePointCertificate"}
    assert await ask(csms, "ExtendedTriggerMessage", wanted) == "Accepted"
    await csms.wait_frame(CP, lambda frame: frame.is_call("SignCertificate"), after=mark)
    csr = csms.central.peer(CP).last["SignCertificate"]["csr"]
    return await ask(csms, "CertificateSigned", {"certificateChain": authority.sign_request(csr, time.time() - 60)})


@pytest.fixture
def contexts(monkeypatch: pytest.MonkeyPatch) -> list[ssl.SSLContext]:
    """The TLS contexts of the servers of a test: what they demand can be changed while they run."""
    made: list[ssl.SSLContext] = []
    make = server._tls_context

    def making(settings: TlsSettings) -> ssl.SSLContext:
        made.append(make(settings))
        return made[-1]

    monkeypatch.setattr(server, "_tls_context", making)
    return made


async def test_A05_from_profile_0_to_3_by_ocpp_alone(tmp_path: Path, contexts: list[ssl.SSLContext]) -> None:
    authority = Authority.new("Operator root", time.time() - 86400)
    served = authority.server(["127.0.0.1"], time.time() - 60)
    files = {"server.pem": served.certificate_pem, "server.key": served.key_pem, "root.pem": authority.certificate_pem}
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="ascii")
    answers = {"sign_certificate": "Accepted"}
    secure = {
        "port": 0,
        "passwords": {CP: KEY},
        "boot": {"required": False},  # a mere reconnect does not boot anew
        "answers": answers,
        "tls": {"certificate": tmp_path / "server.pem", "key": tmp_path / "server.key"},
    }
    async with (
        CsmsServer(settings_from({"port": 0, "answers": answers})) as plain,
        CsmsServer(settings_from(secure)) as tls,
    ):
        csms = {"url": plain.url, "secure_url": tls.url}
        async with Daemon(fleet(tmp_path, [{"template": "ac16", "id": CP}], csms=csms)) as daemon:
            await plain.wait_connected(CP)
            assert await configure(plain, "SecurityProfile", "1") == "Rejected"
            assert await configure(plain, "AuthorizationKey", KEY) == "Accepted"
            plain.settings = plain.settings.model_copy(update={"passwords": {CP: KEY}})
            assert await configure(plain, "SecurityProfile", "1") == "Accepted"
            await come_back(plain)

            assert await configure(plain, "SecurityProfile", "2") == "Rejected"
            root = {"certificateType": "CentralSystemRootCertificate", "certificate": authority.certificate_pem}
            assert await ask(plain, "InstallCertificate", root) == "Accepted"
            assert await configure(plain, "SecurityProfile", "2") == "Accepted"
            await connected(tls)

            assert await configure(tls, "SecurityProfile", "3") == "Rejected"
            assert await sign(tls, Authority.new("Stranger", time.time() - 86400)) == "Rejected"
            assert await sign(tls, authority) == "Accepted"
            tls.settings = tls.settings.model_copy(update={"passwords": {}})  # profile 3 sends none
            contexts[0].load_verify_locations(tmp_path / "root.pem")
            contexts[0].verify_mode = ssl.CERT_REQUIRED
            assert await configure(tls, "SecurityProfile", "3") == "Accepted"
            await come_back(tls)

            assert await sign(tls, authority) == "Accepted"  # and it connects with the newer one
            await come_back(tls)
            assert await configure(tls, "SecurityProfile", "2") == "Rejected"
            view = await daemon.fleet.view(CP)
            assert view.refusal is None
        for one in (plain, tls):
            assert list(one.central.violations) == []


async def test_A05_FR_08_a_profile_that_the_central_system_does_not_offer_is_left_again(tmp_path: Path) -> None:
    async with CsmsServer(settings_from({"port": 0})) as plain:
        template_ = template("1.6", settings={"WebSocketPingInterval": 1})
        spec = fleet(
            tmp_path, [{"template": "hasty", "id": CP}], csms={"url": plain.url}, templates={"hasty": template_}
        )
        for charger in spec.chargers:
            assert isinstance(charger.station.settings, dict)
            charger.station.settings["OCPPCommCtrlr.RetryBackOffWaitMinimum"] = "1"
            charger.station.settings["OCPPCommCtrlr.RetryBackOffRandomRange"] = "0"
        async with Daemon(spec):
            await plain.wait_connected(CP)
            root = Authority.new("Operator root", time.time() - 86400).certificate_pem
            wanted = {"certificateType": "CentralSystemRootCertificate", "certificate": root}
            assert await ask(plain, "InstallCertificate", wanted) == "Accepted"
            assert await configure(plain, "AuthorizationKey", KEY) == "Accepted"
            assert await configure(plain, "SecurityProfile", "2") == "Accepted"
            await come_back(plain)  # nobody speaks TLS at that port
            answer = await plain.call(CP, "GetConfiguration", {"key": ["SecurityProfile"]})
            assert answer["configurationKey"][0]["value"] == "0"


async def test_500_keys_at_once_are_made_beside_the_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    threads: set[int] = set()
    do = work.do

    def doing(job: Job) -> JobResult:
        threads.add(threading.get_ident())
        return do(job)

    monkeypatch.setattr(work, "do", doing)
    pool = JobPool(workers(Shelf()))
    results: list[JobResult] = []
    turns = 0
    for n in range(500):
        pool.start(RequestSigning(f"CP-{n}", "Operator"), results.append)
    async with asyncio.timeout(60):
        while len(results) < 500:
            turns += 1
            await asyncio.sleep(0)
    await pool.stop()
    assert all(isinstance(one, SigningRequest) for one in results)
    assert len({one.key_pem for one in results if isinstance(one, SigningRequest)}) == 500
    assert threading.get_ident() not in threads
    assert turns > 100, "the loop has gone on turning"
