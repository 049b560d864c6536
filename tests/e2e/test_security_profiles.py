"""Security profiles 0 to 3 from the fleet file to the central system, with credentials of each charger's own."""

import asyncio
import base64
from pathlib import Path
from typing import Any

import pytest

from chargepoint_sim.csms.config import settings_from
from chargepoint_sim.csms.server import CsmsServer
from chargepoint_sim.daemon import Daemon
from chargepoint_sim.fleet.views import ChargerView
from tests import tls
from tests.fleets import VERSIONS, ac, fleet

IDENTITIES = ("CP-1", "CP=2")
PASSWORDS = {"CP-1": "first-password-1", "CP=2": "second-päss:word"}


def settings(folder: Path, profile: int) -> dict[str, Any]:
    """A central system that demands what the profile says, and no less."""
    wanted: dict[str, Any] = {"port": 0}
    if profile in (1, 2):
        wanted["passwords"] = PASSWORDS
    if profile in (2, 3):
        certificate, key = tls.server_files(folder)
        wanted["tls"] = {"certificate": Path(certificate), "key": Path(key)}
    if profile == 3:
        wanted["tls"]["client_ca"] = Path(tls.ca_file(folder))
    return wanted


def section(folder: Path, url: str, profile: int, **security: Any) -> dict[str, Any]:
    """The fleet file's csms section; credentials stand in a table."""
    rows = ["identity,password,certificate,key"]
    for identity in IDENTITIES:
        if profile == 3:
            name = identity.replace("=", "-")
            chain, key = tls.client_files(folder, name)
            rows.append(f"{identity},,{Path(chain).name},{Path(key).name}")
        else:
            rows.append(f"{identity},{PASSWORDS[identity]},,")
    if profile:
        (folder / "credentials.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    security = {"profile": profile, **({"ca": tls.ca_file(folder)} if profile > 1 else {}), **security}
    return {"url": url, "security": security, **({"credentials": "credentials.csv"} if profile else {})}


def groups(version: str) -> list[dict[str, Any]]:
    return [
        {"template": ac(version), "id": f"charger-{n}", "ocpp_identity": identity}
        for n, identity in enumerate(IDENTITIES, 1)
    ]


async def refused(daemon: Daemon, charger_id: str) -> ChargerView:
    events = daemon.fleet.events([charger_id])
    async with asyncio.timeout(10):
        while True:
            view = await daemon.fleet.view(charger_id)
            if view.refusal is not None:
                return view
            await anext(events)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("profile", [0, 1, 2, 3])
async def test_every_profile_boots_and_reports_itself(tmp_path: Path, version: str, profile: int) -> None:
    async with CsmsServer(settings_from(settings(tmp_path, profile))) as csms:
        spec = fleet(tmp_path, groups(version), csms=section(tmp_path, csms.url, profile))
        async with Daemon(spec):
            for identity in IDENTITIES:
                await csms.wait_frame(identity, lambda frame: frame.is_call("StatusNotification"))
        assert list(csms.central.violations) == []


@pytest.mark.parametrize("profile", [1, 2])
async def test_a_wrong_password_is_refused_with_its_remedy_and_never_shown(tmp_path: Path, profile: int) -> None:
    wanted = settings(tmp_path, profile) | {"passwords": {**PASSWORDS, "CP=2": "another-password"}}
    async with CsmsServer(settings_from(wanted)) as csms:
        spec = fleet(tmp_path, groups("1.6"), csms=section(tmp_path, csms.url, profile))
        async with Daemon(spec) as daemon:
            await csms.wait_frame("CP-1", lambda frame: frame.is_call("StatusNotification"))
            view = await refused(daemon, "charger-2")
            summary = await daemon.fleet.summary()
    assert (view.refusal or "").startswith("refused 401")
    (cause,) = [cause for cause in summary.causes if cause.charger_ids == ("charger-2",)]
    assert "password" in cause.remedy
    secret = PASSWORDS["CP=2"]
    encoded = base64.b64encode(f"CP=2:{secret}".encode()).decode()
    for shown in (repr(view), repr(summary), repr(spec)):
        assert secret not in shown
        assert encoded not in shown


async def test_a_server_of_an_unknown_authority_is_not_trusted(tmp_path: Path) -> None:
    async with CsmsServer(settings_from(settings(tmp_path, 2))) as csms:
        trusting = section(tmp_path, csms.url, 2, ca=tls.ca_file(tmp_path, "another"))
        async with Daemon(fleet(tmp_path, groups("1.6"), csms=trusting)) as daemon:
            view = await refused(daemon, "charger-1")
        assert csms.central.find("CP-1") is None, "not even the password was sent"
    assert (view.refusal or "").startswith("tls")
    assert "ca" in (view.refusal or "")


async def test_verify_false_connects_all_the_same(tmp_path: Path) -> None:
    async with CsmsServer(settings_from(settings(tmp_path, 2))) as csms:
        careless = section(tmp_path, csms.url, 2, ca=tls.ca_file(tmp_path, "another"), verify=False)
        async with Daemon(fleet(tmp_path, groups("1.6"), csms=careless)):
            await csms.wait_frame("CP-1", lambda frame: frame.is_call("StatusNotification"))


async def test_a_client_certificate_of_an_unknown_authority_is_refused(tmp_path: Path) -> None:
    wanted = settings(tmp_path, 3)
    wanted["tls"]["client_ca"] = Path(tls.ca_file(tmp_path, "another"))
    async with CsmsServer(settings_from(wanted)) as csms:
        async with Daemon(fleet(tmp_path, groups("2.0.1"), csms=section(tmp_path, csms.url, 3))) as daemon:
            view = await refused(daemon, "charger-1")
        assert csms.central.find("CP-1") is None
    assert (view.refusal or "").startswith(("tls", "lost"))
