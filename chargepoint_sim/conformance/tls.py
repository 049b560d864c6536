"""TLS as the cases need it: contexts that offer one version or one suite alone, and what a server's certificate says.

White paper (edition 3) chapter 2, 2.0.1 part 2 A00. Owns no connection; the probe dials with what is made here.
"""

import ssl
import tempfile
import warnings
from collections.abc import Mapping
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from chargepoint_sim.conformance.testdata import TestData
from chargepoint_sim.conformance.verdicts import Check, Verdict
from chargepoint_sim.pki.x509 import LEAST_EC_BITS, LEAST_RSA_BITS

VERSIONS = {"1.0": ssl.TLSVersion.TLSv1, "1.1": ssl.TLSVersion.TLSv1_1, "1.2": ssl.TLSVersion.TLSv1_2}


class Unable(Exception):
    """This machine's TLS library cannot offer what the case asks for."""


def client_context(data: TestData, how: Mapping[str, Any]) -> ssl.SSLContext:
    """The context of one dial. `how`: version (that one alone), suite (in OpenSSL's words), certificate (own|foreign).

    Raises Unable, and OSError for files that cannot be read.
    """
    context = ssl.create_default_context(cafile=data.ca_file)
    if not data.verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if "version" in how:
        _limit(context, VERSIONS[how["version"]])
    if "suite" in how:
        _limit(context, ssl.TLSVersion.TLSv1_2)
        _offer(context, how["suite"])
    if how.get("certificate") == "own":
        assert data.client_certificate is not None, "the case needs client_certificate"
        context.load_cert_chain(data.client_certificate, data.client_key)
    elif how.get("certificate") == "foreign":
        _show(context, str(data.values["foreign_pem"]))
    return context


def _limit(context: ssl.SSLContext, version: ssl.TLSVersion) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # old versions are offered to see them refused
        context.minimum_version = context.maximum_version = version
    if version < ssl.TLSVersion.TLSv1_2:
        _offer(context, "ALL:@SECLEVEL=0")


def _offer(context: ssl.SSLContext, suites: str) -> None:
    try:
        context.set_ciphers(suites)
    except ssl.SSLError:
        raise Unable(f"the TLS library of this machine has no {suites}") from None


def is_own_inability(error: BaseException) -> bool:
    """Whether a handshake failed because this side offers nothing, which says nothing about the other."""
    return isinstance(error, ssl.SSLError) and error.reason == "NO_PROTOCOLS_AVAILABLE"


def _show(context: ssl.SSLContext, key_and_chain_pem: str) -> None:
    with tempfile.NamedTemporaryFile("w", encoding="ascii", suffix=".pem") as file:  # OpenSSL takes files alone
        file.write(key_and_chain_pem)
        file.flush()
        context.load_cert_chain(file.name)


def judge_server(link: ssl.SSLObject | None, host: str, reference: str) -> list[Check]:
    """Version, key and name of a server that has been believed (A00.FR.312, A00.FR.503, A00.FR.508, A00.FR.510)."""
    if link is None:
        return [Check("tls.version", Verdict.FAIL, "TLS 1.2 or newer", "none", reference)]
    version = link.version() or "none"
    der = link.getpeercert(binary_form=True) or b""
    certificate = x509.load_der_x509_certificate(der)
    key = certificate.public_key()
    enough = (isinstance(key, rsa.RSAPublicKey) and key.key_size >= LEAST_RSA_BITS) or (
        isinstance(key, ec.EllipticCurvePublicKey) and key.key_size >= LEAST_EC_BITS
    )
    bits = getattr(key, "key_size", 0)
    names = [str(one.value) for one in certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)]
    rows = (
        ("tls.version", version in ("TLSv1.2", "TLSv1.3"), "TLS 1.2 or newer", version),
        ("tls.key", enough, "RSA from 2048 or EC from 224 bits", f"{type(key).__name__} {bits}"),
        ("tls.serial", certificate.serial_number > 0, "a serial number", hex(certificate.serial_number)),
        ("tls.common_name", _names(names, host), f"a common name with {host}", ", ".join(names) or "none"),
    )
    return [
        Check(name, Verdict.PASS if good else Verdict.FAIL, expected, actual, reference)
        for name, good, expected, actual in rows
    ]


def _names(names: list[str], host: str) -> bool:
    """A wildcard stands for one label (RFC 6125 section 6.4.3)."""
    wild = "*." + host.partition(".")[2]
    return any(name.lower() in (host.lower(), wild.lower()) for name in names)
