"""Security profiles at connection level: Basic authorisation, TLS contexts, and what a profile demands.

2.0.1 part 2 A00 and the 1.6 security whitepaper chapter 2: profile 0 plain, 1 Basic, 2 TLS and Basic, 3 TLS with a
client certificate. Contexts are shared by all chargers with the same files. No text made here holds a secret.
"""

import base64
import functools
import ssl
import tempfile
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import structlog

from chargepoint_sim.fleet.spec import Credentials, CsmsTarget

_HEX = "hex:"
_BASIC_PROFILES = (1, 2)
_TLS_PROFILES = (2, 3)
_KEPT_CONTEXTS = 1024  # a context per client certificate; beyond that a redial reads its files again

_log = structlog.get_logger(__name__)


def password_bytes(password: str) -> bytes:
    """The bytes of a password: UTF-8, or with the prefix `hex:` the raw bytes that the digits say.

    1.6J chapter 6.2 has a 20-byte binary key; most back ends store its hex digits as text, so both forms exist.
    Raises ValueError, without the password, where the digits are wrong.
    """
    if not password.startswith(_HEX):
        return password.encode()
    try:
        return bytes.fromhex(password.removeprefix(_HEX))
    except ValueError:
        raise ValueError("password: after hex: an even number of hexadecimal digits is needed") from None


def basic_authorization(identity: str, credentials: Credentials) -> str | None:
    """The value of the Authorization header (RFC 7617), None without a password. ValueError as password_bytes."""
    if credentials.password is None:
        return None
    username = identity if credentials.username is None else credentials.username
    pair = username.encode() + b":" + password_bytes(credentials.password)
    return "Basic " + base64.b64encode(pair).decode()


def request_headers(target: CsmsTarget, identity: str, credentials: Credentials) -> list[tuple[str, str]]:
    """What goes into the upgrade request beyond the websocket's own headers."""
    headers = list(target.headers.items())
    if target.security_profile in _BASIC_PROFILES:
        authorization = basic_authorization(identity, credentials)
        if authorization is not None:
            headers.append(("Authorization", authorization))
    return headers


def check_profile(target: CsmsTarget, credentials: Credentials) -> list[str]:
    """What keeps this pair from connecting as its security profile demands; empty when nothing does."""
    profile = target.security_profile
    if profile not in (0, 1, 2, 3):
        return [f"security profile {profile} does not exist; allowed: 0, 1, 2, 3"]
    parts = urlsplit(target.url)
    secure = parts.scheme == "wss"
    password, certificate, key = credentials.password, credentials.certificate_file, credentials.key_file
    rules = [
        (parts.scheme in ("ws", "wss"), "the URL must begin with ws:// or wss://"),
        (parts.username is None, "username and password belong into the credentials, not into the URL"),
        (profile not in _TLS_PROFILES or secure, f"security profile {profile} needs a wss:// URL"),
        (profile != 1 or not secure, "security profile 1 is Basic without TLS; with a wss:// URL use profile 2"),
        (profile not in _BASIC_PROFILES or bool(password), f"security profile {profile} needs a password"),
        (
            profile != 3 or bool(certificate),
            "security profile 3 needs a client certificate file",
        ),
        (
            profile != 3 or bool(key),
            "security profile 3 needs the client certificate's key file",
        ),
        (":" not in (credentials.username or ""), "a Basic username cannot hold a colon"),
    ]
    problems = [text for kept, text in rules if not kept]
    try:
        password_bytes(password or "")
    except ValueError as error:
        problems.append(str(error))
    return problems


def profile_remarks(target: CsmsTarget, credentials: Credentials) -> list[str]:
    """What works but is hardly meant: settings that the profile leaves unused, or that no profile describes."""
    profile = target.security_profile
    secure = urlsplit(target.url).scheme == "wss"
    remarks = [
        (profile == 0 and secure, "TLS without authentication is no profile of the standard"),
        (profile in (0, 3) and bool(credentials.password), f"security profile {profile} sends no password"),
        (profile != 3 and bool(credentials.certificate_file), f"security profile {profile} sends no certificate"),
        (secure and not target.verify, "verify: false accepts any server, also an impostor"),
    ]
    return [text for holds, text in remarks if holds]


def tls_context(target: CsmsTarget, credentials: Credentials) -> ssl.SSLContext:
    """The context for a wss target, TLS 1.2 or newer; shared while the files stay as they are.

    Raises OSError (ssl.SSLError is one) naming the file that cannot be read or used.
    """
    if not target.verify:
        _warn_unverified(urlsplit(target.url).netloc.rpartition("@")[2])
    shows_own = target.security_profile == 3
    own_pem = credentials.certificate_pem if shows_own else None
    files = (
        target.ca_file if target.ca_pem is None else None,
        credentials.certificate_file if shows_own and own_pem is None else None,
        credentials.key_file if shows_own and own_pem is None else None,
    )
    # A renewed file is another context: the time of the last change is part of the key.
    changed_ns = tuple(Path(file).stat().st_mtime_ns for file in files if file is not None)
    texts = (target.ca_pem, own_pem, credentials.key_pem if shows_own else None)
    return _context(*files, *texts, target.verify, changed_ns)


@functools.lru_cache(maxsize=_KEPT_CONTEXTS)
def _context(
    ca_file: str | None,
    certificate_file: str | None,
    key_file: str | None,
    ca_pem: str | None,
    certificate_pem: str | None,
    key_pem: str | None,
    verify: bool,
    changed_ns: tuple[int, ...],
) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if verify:
        name = ca_file or ("the system's roots" if ca_pem is None else "installed roots")
        _load(name, lambda: _trust(context, ca_file, ca_pem))
    else:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if certificate_pem is not None:
        _load("the charger's own certificate", lambda: _show(context, f"{key_pem or ''}\n{certificate_pem}"))
    elif certificate_file is not None:
        _load(certificate_file, lambda: context.load_cert_chain(certificate_file, key_file, password=_no_passphrase))
    return context


def _show(context: ssl.SSLContext, key_and_chain_pem: str) -> None:
    """OpenSSL takes a key from a file only: one that nobody else may read, and that is gone at once."""
    with tempfile.NamedTemporaryFile("w", encoding="ascii", suffix=".pem") as file:
        file.write(key_and_chain_pem)
        file.flush()
        context.load_cert_chain(file.name, password=_no_passphrase)


def _trust(context: ssl.SSLContext, ca_file: str | None, ca_pem: str | None) -> None:
    if ca_pem is not None:
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN  # a root that an older one has signed ends the chain
        context.load_verify_locations(cadata=ca_pem)
    elif ca_file is None:
        context.load_default_certs(ssl.Purpose.SERVER_AUTH)
    else:
        context.load_verify_locations(ca_file)


def _load(file: str, load: Callable[[], None]) -> None:
    """Run `load`; OpenSSL's errors do not say which file they mean."""
    try:
        load()
    except (ssl.SSLError, ValueError) as error:
        words = getattr(error, "reason", None) or str(error) or "no certificate found in it"
        raise ssl.SSLError(f"{file}: {words.replace('_', ' ').lower()}") from None


def _no_passphrase() -> str:
    """OpenSSL would ask on the terminal, and the whole fleet would stand still."""
    raise ValueError("the key is encrypted; give it without a passphrase")


@functools.cache
def _warn_unverified(host: str) -> None:
    """Once per target."""
    _log.warning("tls_verification_disabled", host=host, danger="any server is believed, also an impostor")
