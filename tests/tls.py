"""Certificates for tests: an authority, server contexts and client files, made anew in each test process."""

import functools
import ssl
from pathlib import Path

import trustme


@functools.cache
def authority(name: str = "trusted") -> trustme.CA:
    """A certificate authority of its own for each `name`."""
    return trustme.CA(organization_name=name)


def ca_file(folder: Path, name: str = "trusted") -> str:
    """The authority's root certificate as a PEM file in `folder`."""
    path = folder / f"ca-{name}.pem"
    authority(name).cert_pem.write_to_path(path)
    return str(path)


def server_context(*hosts: str, ca: str = "trusted", clients_of: str | None = None) -> ssl.SSLContext:
    """A server's context for `hosts` (default 127.0.0.1 and localhost); `clients_of` names the authority whose
    client certificates are demanded."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority(ca).issue_cert(*(hosts or ("127.0.0.1", "localhost"))).configure_cert(context)
    if clients_of is not None:
        context.verify_mode = ssl.CERT_REQUIRED
        authority(clients_of).configure_trust(context)
    return context


def server_files(folder: Path, *hosts: str, ca: str = "trusted") -> tuple[str, str]:
    """Certificate chain and key of a server as PEM files in `folder`, for a process of its own."""
    return _write(authority(ca).issue_cert(*(hosts or ("127.0.0.1", "localhost"))), folder, "server")


def client_files(folder: Path, common_name: str, ca: str = "trusted") -> tuple[str, str]:
    """Certificate chain and key of a charger as PEM files in `folder`."""
    certificate = authority(ca).issue_cert(f"{common_name}.example", common_name=common_name)
    return _write(certificate, folder, common_name)


def _write(certificate: trustme.LeafCert, folder: Path, name: str) -> tuple[str, str]:
    chain, key = folder / f"{name}.pem", folder / f"{name}.key"
    chain.write_bytes(b"".join(part.bytes() for part in certificate.cert_chain_pems))
    certificate.private_key_pem.write_to_path(key)
    return str(chain), str(key)
