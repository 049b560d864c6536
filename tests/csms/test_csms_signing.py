"""The authority of the central system: what a charger asks for comes back signed, by itself (A02, A03)."""

from pathlib import Path
from typing import Any

import orjson
import pytest

from chargepoint_sim.core.certificates import KeyKind
from chargepoint_sim.csms.central import Central
from chargepoint_sim.csms.config import settings_from
from chargepoint_sim.errors import LocalError
from chargepoint_sim.pki import x509
from chargepoint_sim.pki.authority import Authority
from chargepoint_sim.protocol.frames import Version
from tests.csms.wire import SIM, Wire


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority.new("Operator root", SIM - 86400)


def settings(folder: Path, authority: Authority, **answers: Any) -> dict[str, Any]:
    """Settings of a central system with that authority."""
    (folder / "root.pem").write_text(authority.certificate_pem, encoding="ascii")
    (folder / "root.key").write_text(authority.key_pem, encoding="ascii")
    files = {"certificate": folder / "root.pem", "key": folder / "root.key"}
    return {"answers": {"sign_certificate": "Accepted", "authority": files, **answers}}


def ask(csr: str, **more: str) -> str:
    return orjson.dumps([2, "m1", "SignCertificate", {"csr": csr, **more}]).decode()


@pytest.mark.parametrize("kind", KeyKind)
@pytest.mark.parametrize(
    ("version", "more"), [(Version.V16, {}), (Version.V201, {"certificateType": "ChargingStationCertificate"})]
)
def test_A02_the_signed_certificate_follows_the_answer(
    version: Version, more: dict[str, str], kind: KeyKind, tmp_path: Path, authority: Authority
) -> None:
    request = x509.request_signing("SN1", "Operator", kind=kind)
    wire = Wire(version, **settings(tmp_path, authority))
    answer, call = (orjson.loads(text) for text in wire.send(ask(request.csr_pem, **more)))
    assert answer == [3, "m1", {"status": "Accepted"}]
    assert call[2] == "CertificateSigned"
    assert {key: value for key, value in call[3].items() if key != "certificateChain"} == more
    own = x509.check_signed(call[3]["certificateChain"], request, [authority.certificate_pem], SIM)
    assert own.valid_from == SIM - 3600
    assert own.valid_until - own.valid_from == 365 * 86400
    assert wire.send(ask(request.csr_pem, **more)) == ['[3,"m1",{"status":"Accepted"}]']  # sent again, signed once


def test_a_request_that_is_not_sound_is_rejected(tmp_path: Path, authority: Authority) -> None:
    wire = Wire(Version.V16, **settings(tmp_path, authority))
    assert wire.send(ask("-----BEGIN CERTIFICATE REQUEST-----")) == ['[3,"m1",{"status":"Rejected"}]']


def test_an_operator_who_rejects_signs_nothing(tmp_path: Path, authority: Authority) -> None:
    wire = Wire(Version.V16, **settings(tmp_path, authority, sign_certificate="Rejected"))
    csr = x509.request_signing("SN1", "Operator").csr_pem
    assert wire.send(ask(csr)) == ['[3,"m1",{"status":"Rejected"}]']


@pytest.mark.parametrize(("name", "text"), [("root.pem", "no certificate"), ("root.key", "no key"), ("root.key", None)])
def test_files_that_are_of_no_use_are_told(name: str, text: str | None, tmp_path: Path, authority: Authority) -> None:
    given = settings(tmp_path, authority)
    if text is None:
        (tmp_path / name).unlink()
    else:
        (tmp_path / name).write_text(text, encoding="ascii")
    with pytest.raises(LocalError, match=name):
        Central(settings_from(given))
