"""Reading, judging and asking for certificates (RFC 5280, RFC 2986, RFC 6960): pure functions over PEM text.

Everything that a charger decides about a certificate stands here. Refusals are ValueErrors with one line for people.
Revocation is not checked: a simulated charger has no responder to ask (white paper 2.6.3 leaves it to the operator).
"""

import base64
import binascii
from collections.abc import Sequence
from datetime import UTC, datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID, NameOID

from chargepoint_sim.core.certificates import Certificate, HashData, KeyKind, Own, SigningRequest
from chargepoint_sim.core.plug_and_charge import StatusQuery

PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey

ALGORITHMS: dict[str, hashes.HashAlgorithm] = {
    "SHA256": hashes.SHA256(),
    "SHA384": hashes.SHA384(),
    "SHA512": hashes.SHA512(),
}
"""HashAlgorithmEnumType; the first is the one that is reported."""

LEAST_RSA_BITS, LEAST_EC_BITS = 2048, 224
"""White paper 2.6.1 and NIST SP 800-57: what is weaker is refused."""

MOST_NAMES = 64
"""Characters in O and CN (RFC 5280 appendix A)."""


def load(pem: str) -> x509.Certificate:
    """One certificate. ValueError where the text holds none."""
    return load_chain(pem)[0]


def load_chain(pem: str) -> list[x509.Certificate]:
    """All certificates of a text, in its order. ValueError where it holds none."""
    try:
        return x509.load_pem_x509_certificates(pem.encode())
    except ValueError:
        raise ValueError("no PEM certificate found in it") from None


def to_pem(certificate: x509.Certificate) -> str:
    """PEM text with a newline at its end."""
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def key_to_pem(key: PrivateKey) -> str:
    """A private key as unencrypted PKCS #8."""
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


def new_key(secret: int | None = None) -> ec.EllipticCurvePrivateKey:
    """An EC P-256 key; `secret` makes it the same one each time, for virtual time."""
    return ec.generate_private_key(ec.SECP256R1()) if secret is None else ec.derive_private_key(secret, ec.SECP256R1())


def new_rsa_key() -> rsa.RSAPrivateKey:
    """An RSA key of the least strength that is taken; it can be derived from nothing."""
    return rsa.generate_private_key(public_exponent=65537, key_size=LEAST_RSA_BITS)


def hash_data(certificate: x509.Certificate, issuer: x509.Certificate) -> tuple[HashData, ...]:
    """What names a certificate, for each algorithm (RFC 6960 section 4.1.1)."""
    found = []
    for name, algorithm in ALGORITHMS.items():
        request = ocsp.OCSPRequestBuilder().add_certificate(certificate, issuer, algorithm).build()
        found.append(
            HashData(
                name,
                request.issuer_name_hash.hex(),
                request.issuer_key_hash.hex(),
                f"{certificate.serial_number:x}",
            )
        )
    return tuple(found)


def name_chain(chain_pem: str, roots: Sequence[str]) -> tuple[tuple[HashData, ...], ...]:
    """What names each certificate of a chain, leaf first; one whose issuer is nowhere found is left out."""
    chain = load_chain(chain_pem)
    known = [*chain, *(load(root) for root in roots)]
    issuers = [next((one for one in known if _is_issued_by(certificate, one)), None) for certificate in chain]
    return tuple(
        hash_data(certificate, issuer) for certificate, issuer in zip(chain, issuers, strict=True) if issuer is not None
    )


def status_queries(chain_pem: str, roots: Sequence[str]) -> tuple[StatusQuery, ...]:
    """What an OCSP request for each certificate needs, leaf first; those without a known issuer are left out."""
    chain = load_chain(chain_pem)
    known = [*chain, *(load(root) for root in roots)]
    found = []
    for certificate in chain:
        issuer = next((one for one in known if _is_issued_by(certificate, one)), None)
        if issuer is not None:
            found.append(StatusQuery(hash_data(certificate, issuer)[0], _responder(certificate)))
    return tuple(found)


def leads_to(chain_pem: str, roots: Sequence[str], at: float) -> bool:
    """Whether a chain is in force and leads to one of these roots."""
    leaf, *others = load_chain(chain_pem)
    try:
        _check_path(leaf, others, [load(root) for root in roots], at)
    except ValueError:
        return False
    return True


def _responder(certificate: x509.Certificate) -> str:
    try:
        access = certificate.extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
    except x509.ExtensionNotFound:
        return ""
    places = [one.access_location.value for one in access if one.access_method == AuthorityInformationAccessOID.OCSP]
    return str(places[0]) if places else ""


def read_root(pem: str, at: float, signed_by: Sequence[str] | None = None) -> Certificate:
    """A root that may be installed. ValueError for one that is no authority, out of date, weak or not self-signed.

    `signed_by` are roots one of which must have signed it (M05.FR.09); a root that is not self-signed needs one.
    """
    certificate = load(pem)
    _check_key(certificate)
    _check_period(certificate, at)
    _check_authority(certificate)
    issuers = [load(one) for one in signed_by or ()]
    issuer = next((one for one in issuers if _is_issued_by(certificate, one)), None)
    if signed_by is not None and issuer is None:
        raise ValueError("not signed by the root that it is to replace")
    if _is_issued_by(certificate, certificate):
        issuer = certificate
    if issuer is None:
        raise ValueError("not self-signed")
    return Certificate(to_pem(certificate), *period(certificate), hash_data(certificate, issuer))


def read_own(chain_pem: str, key_pem: str) -> Own:
    """A chain and key from files. ValueError where they do not belong together."""
    leaf = load_chain(chain_pem)[0]
    _check_key_pair(leaf, key_pem)
    return Own(chain_pem, key_pem, *period(leaf))


def request_signing(
    common_name: str, organization: str, secret: int | None = None, kind: KeyKind = KeyKind.EC, country: str = ""
) -> SigningRequest:
    """A new key and the request for its certificate; `secret` as in new_key, the signature is then the same too.

    ValueError where an RSA key is to follow from a secret.
    """
    if kind is KeyKind.RSA and secret is not None:
        raise ValueError("RSA keys are not made in virtual time: they do not follow from a seed")
    key: PrivateKey = new_key(secret) if kind is KeyKind.EC else new_rsa_key()
    subject = [x509.NameAttribute(NameOID.COMMON_NAME, common_name[:MOST_NAMES])]
    if organization:
        subject.append(x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization[:MOST_NAMES]))
    if country:
        subject.append(x509.NameAttribute(NameOID.COUNTRY_NAME, country))
    builder = x509.CertificateSigningRequestBuilder().subject_name(x509.Name(subject))
    request = builder.sign(key, hashes.SHA256(), ecdsa_deterministic=True if secret is not None else None)
    csr_pem = request.public_bytes(serialization.Encoding.PEM).decode()
    return SigningRequest(csr_pem, key_to_pem(key), common_name, organization)


def check_signed(chain_pem: str, request: SigningRequest, roots: Sequence[str], at: float) -> Own:
    """The chain that answers a request (A02.FR.06). ValueError where anything of it is wrong."""
    leaf, *others = load_chain(chain_pem)
    _check_key(leaf)
    _check_key_pair(leaf, request.key_pem)
    _check_subject(leaf, request)
    _check_path(leaf, others, [load(pem) for pem in roots], at)
    return Own(chain_pem, request.key_pem, *period(leaf))


def check_signer(pem: str, roots: Sequence[str], at: float) -> None:
    """A firmware signing certificate under a manufacturer root (L01). ValueError where anything of it is wrong."""
    leaf, *others = load_chain(pem)
    _check_key(leaf)
    _check_path(leaf, others, [load(root) for root in roots], at)


def check_signature(data: bytes, signature: str, certificate_pem: str) -> None:
    """A signature over SHA-256 of the data (white paper 6.9). ValueError where it is not the certificate's."""
    try:
        raw = base64.b64decode(signature, validate=True)
    except binascii.Error:
        raise ValueError("the signature is not base64") from None
    key = load(certificate_pem).public_key()
    try:
        if isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(raw, data, ec.ECDSA(hashes.SHA256()))
        elif isinstance(key, rsa.RSAPublicKey):
            _verify_rsa(key, raw, data)
        else:
            raise ValueError("only EC and RSA keys sign firmware")
    except InvalidSignature:
        raise ValueError("the signature does not fit the file") from None


def _verify_rsa(key: rsa.RSAPublicKey, signature: bytes, data: bytes) -> None:
    """PSS, as the standard asks for, or PKCS #1 v1.5, as many back ends sign."""
    pss = padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.AUTO)
    try:
        key.verify(signature, data, pss, hashes.SHA256())
    except InvalidSignature:
        key.verify(signature, data, padding.PKCS1v15(), hashes.SHA256())


def _check_path(
    leaf: x509.Certificate, others: Sequence[x509.Certificate], roots: Sequence[x509.Certificate], at: float
) -> None:
    """Walk from the leaf to an installed root; an installed root ends the way also where it is not self-signed."""
    if not roots:
        raise ValueError("no root is installed that it could lead to")
    current, left = leaf, list(others)
    for below in range(len(others) + 1):
        _check_period(current, at)
        root = next((one for one in roots if _is_issued_by(current, one)), None)
        if root is not None:
            _check_authority(root, below)
            _check_period(root, at)
            return
        issuer = next((one for one in left if _is_issued_by(current, one)), None)
        if issuer is None:
            break
        _check_authority(issuer, below)
        left.remove(issuer)
        current = issuer
    raise ValueError("its chain does not lead to an installed root")


def _is_issued_by(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _check_authority(certificate: x509.Certificate, below: int = 0) -> None:
    """`below` is the number of authorities between it and the leaf."""
    try:
        constraints = certificate.extensions.get_extension_for_class(x509.BasicConstraints).value
    except x509.ExtensionNotFound:
        raise ValueError("not a certificate of an authority (no basic constraints)") from None
    if not constraints.ca:
        raise ValueError("not a certificate of an authority")
    if constraints.path_length is not None and below > constraints.path_length:
        raise ValueError("more authorities below it than it allows")


def _check_period(certificate: x509.Certificate, at: float) -> None:
    valid_from, valid_until = period(certificate)
    if not valid_from <= at <= valid_until:
        when = datetime.fromtimestamp(at, UTC)
        raise ValueError(
            f"valid from {certificate.not_valid_before_utc:%Y-%m-%d} to {certificate.not_valid_after_utc:%Y-%m-%d}, "
            f"not on {when:%Y-%m-%d}"
        )


def period(certificate: x509.Certificate) -> tuple[float, float]:
    """From when to when it is valid, UTC seconds."""
    return certificate.not_valid_before_utc.timestamp(), certificate.not_valid_after_utc.timestamp()


def _check_key(certificate: x509.Certificate) -> None:
    key = certificate.public_key()
    if isinstance(key, rsa.RSAPublicKey):
        enough = key.key_size >= LEAST_RSA_BITS
    elif isinstance(key, ec.EllipticCurvePublicKey):
        enough = key.key_size >= LEAST_EC_BITS
    else:
        raise ValueError("only EC and RSA keys are known here")
    if not enough:
        raise ValueError(f"a key of {key.key_size} bits is too weak")


def _check_key_pair(certificate: x509.Certificate, key_pem: str) -> None:
    key = serialization.load_pem_private_key(key_pem.encode(), password=None)
    if certificate.public_key() != key.public_key():
        raise ValueError("the certificate is for another key")


def _check_subject(certificate: x509.Certificate, request: SigningRequest) -> None:
    """O is the operator's name, CN holds the serial number (white paper 2.6.1)."""
    names = [str(one.value) for one in certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)]
    if not any(request.common_name[:MOST_NAMES] in name for name in names):
        raise ValueError(f"its common name is {', '.join(names) or 'missing'}, asked for {request.common_name}")
    organizations = [str(one.value) for one in certificate.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)]
    if request.organization and request.organization[:MOST_NAMES] not in organizations:
        raise ValueError(f"its organization is {', '.join(organizations) or 'missing'}, not {request.organization}")
