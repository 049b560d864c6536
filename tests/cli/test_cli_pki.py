"""`pki` makes what profiles 2 and 3 need: chargers connect with it as docs/security.md says."""

import base64
import json
import re
import stat
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from chargepoint_sim.cli.app import app
from chargepoint_sim.config.loader import load_fleet
from chargepoint_sim.csms.config import load_settings
from chargepoint_sim.csms.server import CsmsServer
from chargepoint_sim.daemon import Daemon
from chargepoint_sim.pki import contracts, x509
from tests.cli.program import ROOT

NOW = 1_767_225_600.0  # 2026-01-01T00:00:00Z


def pki(*arguments: str) -> str:
    result = CliRunner().invoke(app, ["pki", *arguments])
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.mark.parametrize("profile", [2, 3])
async def test_the_example_of_the_page_connects(tmp_path: Path, profile: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    page = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
    (command,) = re.findall(r"^chargepoint-sim pki (make .*)$", page, re.MULTILINE)
    pki(*command.split())
    (fleet,) = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    settings = load_settings(tmp_path / "secrets" / f"csms-profile-{profile}.yaml")
    async with CsmsServer(settings.model_copy(update={"port": 0})) as csms:
        document = yaml.safe_load(fleet.replace("9443", str(csms.port)).replace("profile: 3", f"profile: {profile}"))
        (tmp_path / "fleet.yaml").write_text(yaml.safe_dump({**document, "api": {"listen": "off"}}), encoding="utf-8")
        async with Daemon(load_fleet(tmp_path / "fleet.yaml", {})):
            for identity in ("CP-1", "CP-2"):
                await csms.wait_connected(identity)


def test_the_chargers_of_a_fleet_file_get_certificates_and_nobody_else_reads_their_keys(tmp_path: Path) -> None:
    pki("make", str(tmp_path), "--fleet", str(ROOT / "configs" / "seed.yaml"), "--operator", "Operator")
    chargers = load_fleet(ROOT / "configs" / "seed.yaml", {}).chargers
    rows = (tmp_path / "credentials.csv").read_text(encoding="utf-8").splitlines()
    assert [row.split(",")[0] for row in rows] == ["identity", *(one.identity for one in chargers)]
    leaf = x509.load((tmp_path / rows[1].split(",")[2]).read_text(encoding="ascii"))
    assert "O=Operator" in leaf.subject.rfc4514_string()
    secret = [*tmp_path.glob("*.key"), *tmp_path.glob("*.yaml"), tmp_path / "credentials.csv"]
    assert {stat.S_IMODE(file.stat().st_mode) for file in secret} == {0o600}


def test_the_root_is_used_again(tmp_path: Path) -> None:
    pki("make", str(tmp_path), "--identity", "A")
    before = (tmp_path / "root.pem").read_bytes()
    pki("make", str(tmp_path), "--identity", "B")
    assert (tmp_path / "root.pem").read_bytes() == before


def test_signed_firmware_and_signed_requests_are_sound(tmp_path: Path) -> None:
    pki("make", str(tmp_path), "--identity", "A")
    (tmp_path / "firmware.bin").write_bytes(b"firmware")
    signed = json.loads(pki("sign-firmware", str(tmp_path), str(tmp_path / "firmware.bin")))
    x509.check_signature(b"firmware", signed["signature"], signed["signingCertificate"])
    assert len(base64.b64decode(signed["signature"])) > 60
    request = x509.request_signing("SN1", "Operator")
    (tmp_path / "request.pem").write_text(request.csr_pem, encoding="ascii")
    chain = pki("sign-request", str(tmp_path), str(tmp_path / "request.pem"))
    root = (tmp_path / "root.pem").read_text(encoding="ascii")
    leaf = x509.load(chain)
    assert x509.check_signed(chain, request, [root], leaf.not_valid_before_utc.timestamp() + 1).chain_pem == chain


def test_the_printed_root_is_the_one_that_contracts_lead_to() -> None:
    printed = pki("contracts-root")
    contract = contracts.read("DEABCC000000013", (printed,), NOW)
    assert (printed, contract.sound) == (contracts.root(), True)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["make", "{folder}"], "--fleet or --identity"),
        (["make", "{folder}", "--identity", "A/B", "--identity", "A:B"], "two identities"),
        (["sign-firmware", "{folder}", "{folder}/none.bin"], "none.bin: no such file"),
    ],
)
def test_mistakes_are_told_in_words(tmp_path: Path, arguments: list[str], words: str) -> None:
    result = CliRunner().invoke(app, ["pki", *(one.format(folder=tmp_path) for one in arguments)])
    assert result.exit_code == 2
    assert words in result.stderr
