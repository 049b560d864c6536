"""Certificates are read, judged and asked for as the white paper and the RFCs say."""

import base64
import hashlib

import pytest
from cryptography import x509 as reader
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509.oid import NameOID

from chargepoint_sim.core.certificates import KeyKind
from chargepoint_sim.pki import x509
from chargepoint_sim.pki.authority import Authority, sign_file
from tests.certificates import authority

NOON = 1_700_049_600.0
DAY_S = 86400.0


@pytest.mark.parametrize("algorithm", ["sha256", "sha384", "sha512"])
def test_hashes_are_those_of_rfc_6960(algorithm: str) -> None:
    root = x509.load(authority().certificate_pem)
    found = {one.algorithm: one for one in x509.read_root(authority().certificate_pem, NOON).hashes}
    one = found[algorithm.upper()]
    # The value of the subject's public key, without tag, length and unused bits: here an uncompressed point.
    point = root.public_key().public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
    assert one.issuer_name_hash == hashlib.new(algorithm, root.subject.public_bytes()).hexdigest()
    assert one.issuer_key_hash == hashlib.new(algorithm, point).hexdigest()
    assert int(one.serial_number, 16) == root.serial_number
    assert not one.serial_number.startswith("0")


@pytest.mark.parametrize("days", [-2, 3660])
def test_a_root_out_of_date_is_refused(days: float) -> None:
    with pytest.raises(ValueError, match="valid from"):
        x509.read_root(authority().certificate_pem, NOON + days * DAY_S)


@pytest.mark.parametrize("pem", ["", "nonsense", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"])
def test_what_is_no_certificate_is_refused(pem: str) -> None:
    with pytest.raises(ValueError, match="no PEM certificate"):
        x509.read_root(pem, NOON)


def test_a_leaf_is_no_root() -> None:
    leaf = authority().client("CP-1", "Operator", NOON)
    with pytest.raises(ValueError, match="not a certificate of an authority"):
        x509.read_root(leaf.certificate_pem, NOON)


def test_a_new_root_must_be_signed_by_the_old_one_where_that_is_asked_for() -> None:
    old, other = authority(), authority("Other root")
    new = Authority.new("New root", NOON, above=old)
    assert x509.read_root(new.certificate_pem, NOON, [old.certificate_pem]).pem == new.certificate_pem
    with pytest.raises(ValueError, match="not signed by the root"):
        x509.read_root(other.certificate_pem, NOON, [old.certificate_pem])


def test_a_request_names_operator_and_serial_number_and_is_signed_by_its_key() -> None:
    request = x509.request_signing("SN1", "Operator")
    csr = reader.load_pem_x509_csr(request.csr_pem.encode())
    assert csr.is_signature_valid
    assert csr.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)[0].value == "Operator"
    assert csr.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value == "SN1"
    assert isinstance(csr.public_key(), ec.EllipticCurvePublicKey)
    assert len(request.csr_pem) <= 5500


def test_keys_differ_by_nature_and_are_the_same_by_the_same_secret() -> None:
    assert x509.request_signing("A", "").key_pem != x509.request_signing("A", "").key_pem
    assert x509.request_signing("A", "", 7) == x509.request_signing("A", "", 7)
    assert x509.request_signing("A", "", 7) != x509.request_signing("A", "", 8)


def test_a_signed_chain_is_taken_also_by_way_of_an_intermediate() -> None:
    below = Authority.new("Intermediate", NOON - DAY_S, above=authority())
    request = x509.request_signing("SN1", "Operator")
    chain = below.sign_request(request.csr_pem, NOON - 60) + below.certificate_pem
    own = x509.check_signed(chain, request, [authority().certificate_pem], NOON)
    assert (own.chain_pem, own.key_pem) == (chain, request.key_pem)
    assert own.valid_until == NOON - 60 + 365 * DAY_S


@pytest.mark.parametrize(
    ("name", "at", "why"),
    [
        ("Other root", NOON, "does not lead to an installed root"),
        ("Operator root", NOON + 400 * DAY_S, "valid from"),
        ("Operator root", NOON - DAY_S, "valid from"),
    ],
)
def test_a_chain_of_another_authority_or_day_is_refused(name: str, at: float, why: str) -> None:
    request = x509.request_signing("SN1", "Operator")
    chain = authority(name).sign_request(request.csr_pem, NOON - 60)
    with pytest.raises(ValueError, match=why):
        x509.check_signed(chain, request, [authority().certificate_pem], at)


@pytest.mark.parametrize(("asked", "why"), [(("SN2", "Operator"), "common name"), (("SN1", "Another"), "organization")])
def test_a_certificate_for_another_subject_is_refused(asked: tuple[str, str], why: str) -> None:
    made = x509.request_signing("SN1", "Operator", 5)
    chain = authority().sign_request(made.csr_pem, NOON - 60)
    with pytest.raises(ValueError, match=why):
        x509.check_signed(chain, x509.request_signing(*asked, 5), [authority().certificate_pem], NOON)


def test_a_certificate_for_another_key_is_refused() -> None:
    chain = authority().sign_request(x509.request_signing("SN1", "").csr_pem, NOON - 60)
    with pytest.raises(ValueError, match="another key"):
        x509.check_signed(chain, x509.request_signing("SN1", ""), [authority().certificate_pem], NOON)


def test_firmware_is_believed_only_with_its_signature() -> None:
    signer = authority("Manufacturer").firmware_signer("Maker", NOON - 60)
    x509.check_signer(signer.certificate_pem, [authority("Manufacturer").certificate_pem], NOON)
    signature = sign_file(b"firmware", signer.key_pem)
    x509.check_signature(b"firmware", signature, signer.certificate_pem)
    with pytest.raises(ValueError, match="does not fit"):
        x509.check_signature(b"firmwarE", signature, signer.certificate_pem)
    with pytest.raises(ValueError, match="not base64"):
        x509.check_signature(b"firmware", "%%", signer.certificate_pem)
    with pytest.raises(ValueError, match="installed root"):
        x509.check_signer(signer.certificate_pem, [authority().certificate_pem], NOON)


@pytest.mark.parametrize("pss", [True, False])
def test_rsa_signatures_of_both_kinds_are_known(monkeypatch: pytest.MonkeyPatch, pss: bool) -> None:
    key = rsa.generate_private_key(65537, 2048)
    how = padding.PSS(padding.MGF1(SHA256()), padding.PSS.DIGEST_LENGTH) if pss else padding.PKCS1v15()
    signature = base64.b64encode(key.sign(b"firmware", how, SHA256())).decode()

    class Signer:
        public_key = staticmethod(key.public_key)

    monkeypatch.setattr(x509, "load", lambda pem: Signer)
    x509.check_signature(b"firmware", signature, "")
    with pytest.raises(ValueError, match="does not fit"):
        x509.check_signature(b"firmwarE", signature, "")


def test_A00_FR_318_an_RSA_key_is_asked_for_and_signed_too() -> None:
    request = x509.request_signing("CP-1", "Operator", kind=KeyKind.RSA)
    chain = authority().sign_request(request.csr_pem, NOON)
    key = reader.load_pem_x509_certificate(chain.encode()).public_key()
    assert isinstance(key, rsa.RSAPublicKey)
    assert key.key_size == x509.LEAST_RSA_BITS
    assert x509.check_signed(chain, request, [authority().certificate_pem], NOON).key_pem == request.key_pem


def test_an_RSA_key_does_not_follow_from_a_seed() -> None:
    with pytest.raises(ValueError, match="virtual time"):
        x509.request_signing("CP-1", "Operator", 7, KeyKind.RSA)
