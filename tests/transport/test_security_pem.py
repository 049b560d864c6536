"""TLS contexts from certificates that OCPP has brought: from memory, with no key left on the disk."""

import ssl
import tempfile
import time
from pathlib import Path

import pytest

from chargepoint_sim.fleet.spec import Credentials, CsmsTarget
from chargepoint_sim.pki.authority import Authority
from chargepoint_sim.transport import security

AUTHORITY = Authority.new("Operator root", time.time() - 86400)
OWN = AUTHORITY.client("CP-1", "Operator", time.time() - 60)


def target(**how: object) -> CsmsTarget:
    return CsmsTarget("wss://host/", 3, ca_pem=AUTHORITY.certificate_pem, **how)  # type: ignore[arg-type]  # its fields


def shown(certificate: str = OWN.certificate_pem, key: str = OWN.key_pem) -> Credentials:
    return Credentials(certificate_pem=certificate, key_pem=key)


def test_roots_and_the_own_chain_are_taken_and_no_key_stays_on_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    context = security.tls_context(target(server_hostname="fresh"), shown())
    (root,) = context.get_ca_certs()
    assert ("commonName", "Operator root") in root["subject"][0]
    assert list(tmp_path.iterdir()) == []


def test_installed_roots_take_the_place_of_the_file(tmp_path: Path) -> None:
    context = security.tls_context(target(ca_file=str(tmp_path / "gone.pem")), shown())
    assert len(context.get_ca_certs()) == 1


def test_the_same_certificates_share_a_context_and_others_do_not() -> None:
    first = security.tls_context(target(), shown())
    assert security.tls_context(target(), shown()) is first
    newer = AUTHORITY.client("CP-1", "Operator", time.time() - 60)
    assert security.tls_context(target(), shown(newer.certificate_pem, newer.key_pem)) is not first


def test_a_key_that_does_not_fit_is_named_without_showing_it() -> None:
    other = AUTHORITY.client("CP-2", "Operator", time.time() - 60)
    with pytest.raises(ssl.SSLError, match="the charger's own certificate") as caught:
        security.tls_context(target(), shown(key=other.key_pem))
    assert "PRIVATE" not in str(caught.value)
