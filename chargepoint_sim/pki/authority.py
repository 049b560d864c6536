"""A small test certificate authority: one root that signs servers, chargers, requests and firmware signers.

For trying things out: its key lies beside its certificate, nothing is revoked, serial numbers are random.
"""

import base64
import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from chargepoint_sim.core.certificates import KeyKind
from chargepoint_sim.pki.x509 import MOST_NAMES, PrivateKey, key_to_pem, load, new_key, new_rsa_key, to_pem

ROOT_DAYS, LEAF_DAYS = 3650, 365


@dataclass(frozen=True, slots=True)
class Issued:
    """A certificate in PEM with its key."""

    certificate_pem: str
    key_pem: str


@dataclass(frozen=True, slots=True)
class Authority:
    """One root."""

    certificate_pem: str
    key_pem: str

    @classmethod
    def new(cls, name: str, valid_from: float, above: "Authority | None" = None) -> "Authority":
        """A new authority: a root, or one below another. `valid_from` in UTC seconds."""
        key = new_key()
        subject = _name(name, "")
        issuer = above.subject() if above else subject
        builder = _builder(subject, issuer, key.public_key(), valid_from, ROOT_DAYS)
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        builder = builder.add_extension(_usage(authority=True), critical=True)
        certificate = builder.sign(above.key() if above else key, hashes.SHA256())
        return cls(to_pem(certificate), key_to_pem(key))

    def server(self, hosts: Sequence[str], valid_from: float, kind: KeyKind = KeyKind.EC) -> Issued:
        """A server certificate for host names and addresses."""
        alternatives = x509.SubjectAlternativeName([_host(host) for host in hosts])
        return self._issue(_name(hosts[0], ""), ExtendedKeyUsageOID.SERVER_AUTH, valid_from, alternatives, kind)

    def client(self, common_name: str, organization: str, valid_from: float) -> Issued:
        """A charger's certificate: O is the operator, CN the serial number or identity (white paper 2.6.1)."""
        return self._issue(_name(common_name, organization), ExtendedKeyUsageOID.CLIENT_AUTH, valid_from)

    def firmware_signer(self, name: str, valid_from: float) -> Issued:
        """A certificate whose key signs firmware (L01)."""
        return self._issue(_name(name, ""), ExtendedKeyUsageOID.CODE_SIGNING, valid_from)

    def sign_request(self, csr_pem: str, valid_from: float, days: int = LEAF_DAYS) -> str:
        """The certificate that a SignCertificate asks for, in PEM. ValueError for a request that is not sound."""
        request = x509.load_pem_x509_csr(csr_pem.encode())
        if not request.is_signature_valid:
            raise ValueError("the request is not signed by its own key")
        key = request.public_key()
        if not isinstance(key, ec.EllipticCurvePublicKey | rsa.RSAPublicKey):
            raise ValueError("only requests with EC or RSA keys are signed here")
        return self._sign(request.subject, key, ExtendedKeyUsageOID.CLIENT_AUTH, valid_from, None, days)

    def _issue(
        self,
        subject: x509.Name,
        purpose: x509.ObjectIdentifier,
        valid_from: float,
        alternatives: x509.SubjectAlternativeName | None = None,
        kind: KeyKind = KeyKind.EC,
    ) -> Issued:
        key: PrivateKey = new_key() if kind is KeyKind.EC else new_rsa_key()
        return Issued(self._sign(subject, key.public_key(), purpose, valid_from, alternatives), key_to_pem(key))

    def _sign(
        self,
        subject: x509.Name,
        key: ec.EllipticCurvePublicKey | rsa.RSAPublicKey,
        purpose: x509.ObjectIdentifier,
        valid_from: float,
        alternatives: x509.SubjectAlternativeName | None,
        days: int = LEAF_DAYS,
    ) -> str:
        builder = _builder(subject, self.subject(), key, valid_from, days)
        builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        builder = builder.add_extension(
            _usage(authority=False, encipherment=isinstance(key, rsa.RSAPublicKey)), critical=True
        )
        builder = builder.add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
        signer = self.key()
        builder = builder.add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False
        )
        if alternatives is not None:
            builder = builder.add_extension(alternatives, critical=False)
        return to_pem(builder.sign(signer, hashes.SHA256()))

    def subject(self) -> x509.Name:
        """The name of the root."""
        return load(self.certificate_pem).subject

    def key(self) -> ec.EllipticCurvePrivateKey:
        """What the root signs with."""
        return _ec_key(self.key_pem)


def sign_file(data: bytes, key_pem: str) -> str:
    """The signature of a firmware file as SignedUpdateFirmware carries it: base64 (white paper 6.9)."""
    return base64.b64encode(_ec_key(key_pem).sign(data, ec.ECDSA(hashes.SHA256()))).decode()


def _ec_key(pem: str) -> ec.EllipticCurvePrivateKey:
    key = serialization.load_pem_private_key(pem.encode(), password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise ValueError("an EC key is needed here")
    return key


def _name(common_name: str, organization: str) -> x509.Name:
    parts = [x509.NameAttribute(NameOID.COMMON_NAME, common_name[:MOST_NAMES])]
    if organization:
        parts.append(x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization[:MOST_NAMES]))
    return x509.Name(parts)


def _host(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePublicKey | rsa.RSAPublicKey,
    valid_from: float,
    days: int,
) -> x509.CertificateBuilder:
    start = datetime.fromtimestamp(valid_from, UTC)
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key)
    builder = builder.serial_number(x509.random_serial_number())
    builder = builder.not_valid_before(start).not_valid_after(start + timedelta(days=days))
    return builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)


def _usage(*, authority: bool, encipherment: bool = False) -> x509.KeyUsage:
    """`encipherment` is what RSA key exchange needs."""
    return x509.KeyUsage(
        digital_signature=not authority,
        content_commitment=False,
        key_encipherment=encipherment,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=authority,
        crl_sign=authority,
        encipher_only=False,
        decipher_only=False,
    )
