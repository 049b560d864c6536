"""Certificate chains of contracts, as vehicles show them for Plug & Charge (ISO 15118-2 annex F).

One mobility operator stands behind all of them. Keys and serial numbers follow from names, so that a repeated run shows
the same chains; each is made when it is first needed, and shared. Nothing secret is in them.
"""

import hashlib
from datetime import UTC, datetime
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import AuthorityInformationAccessOID, NameOID

from chargepoint_sim.core.plug_and_charge import Contract
from chargepoint_sim.pki.x509 import leads_to, new_key, status_queries, to_pem

OPERATOR, BELOW = "Simulated Mobility Operator", "Simulated Mobility Operator contracts"
RESPONDER = "http://ocsp.mobility-operator.invalid/"

_FROM, _UNTIL = datetime(2020, 1, 1, tzinfo=UTC), datetime(2049, 12, 31, tzinfo=UTC)


def read(emaid: str, roots: tuple[str, ...], at: float) -> Contract:
    """The contract of that name as a station with these roots sees it at a UTC second."""
    chain_pem = chain(emaid)
    return Contract(chain_pem, status_queries(chain_pem, roots), leads_to(chain_pem, roots, at))


@cache
def root() -> str:
    """The root of the mobility operator in PEM, to be installed as MORootCertificate."""
    return to_pem(_certificate(OPERATOR, OPERATOR))


@cache
def chain(emaid: str) -> str:
    """The chain of a contract in PEM, leaf first, without the root."""
    return to_pem(_certificate(emaid, BELOW)) + to_pem(_certificate(BELOW, OPERATOR))


def _certificate(name: str, issuer: str) -> x509.Certificate:
    authority = name in (OPERATOR, BELOW)
    builder = x509.CertificateBuilder().subject_name(_name(name)).issuer_name(_name(issuer))
    builder = builder.public_key(_key(name).public_key()).serial_number(_number(f"serial number of {name}") >> 100)
    builder = builder.not_valid_before(_FROM).not_valid_after(_UNTIL)
    builder = builder.add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
    if name != issuer:
        place = x509.UniformResourceIdentifier(RESPONDER)
        access = x509.AccessDescription(AuthorityInformationAccessOID.OCSP, place)
        builder = builder.add_extension(x509.AuthorityInformationAccess([access]), critical=False)
    return builder.sign(_key(issuer), hashes.SHA256(), ecdsa_deterministic=True)


def _key(name: str) -> ec.EllipticCurvePrivateKey:
    return new_key(_number(f"key of {name}"))


def _number(text: str) -> int:
    """248 bits of a digest: less than the order of the curve."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[1:])


def _name(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
