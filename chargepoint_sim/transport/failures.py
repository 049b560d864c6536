"""From what the network threw to the `LinkEnd` that a user can act on: kind, code and one line with the remedy.

Pure tables and functions; nothing here opens a socket. The texts of a system error or of the other side may stand in
a reason, our own credentials never (dial.py masks what a server echoes).
"""

import errno
import re
import socket
import ssl

from websockets.exceptions import InvalidHandshake, InvalidStatus

from chargepoint_sim.protocol.link import EndKind, LinkEnd

REASON_CHARACTERS = 200
CUT = "…"
"""Stands where a text was too long."""

_TLS_REMEDIES = (
    # A part of OpenSSL's own words, and what to do about it; the first that fits is taken.
    ("unable to get local issuer", "its issuer is not trusted here: set ca_file to the PEM file of its root"),
    ("unable to get issuer", "its chain is not complete: the server must send the intermediate certificates"),
    ("self-signed", "its issuer is not trusted here: set ca_file to the PEM file of its root"),
    ("self signed", "its issuer is not trusted here: set ca_file to the PEM file of its root"),
    ("key usage", "Python 3.13 and newer refuse a CA certificate without that extension: issue the CA anew with it"),
    ("authority key identifier", "Python 3.13 and newer refuse a certificate without that extension: issue it anew"),
    ("mismatch", "the certificate is for other names: correct the URL or set server_hostname"),
    ("has expired", "renew the server's certificate or check this machine's clock"),
    ("not yet valid", "check this machine's clock"),
    ("wrong_version_number", "the server does not speak TLS on this port: use ws://"),
    ("http_request", "the server does not speak TLS on this port: use ws://"),
    ("certificate_required", "the server wants a client certificate: security profile 3"),
    ("certificate required", "the server wants a client certificate: security profile 3"),
    ("alert unknown ca", "the server does not trust the issuer of our client certificate"),
    ("alert bad certificate", "the server refused our client certificate"),
    ("alert certificate", "the server refused our client certificate"),
    ("alert unsupported certificate", "the server refused our client certificate"),
    ("alert handshake failure", "no common cipher, or the server wants a client certificate (security profile 3)"),
    ("protocol version", "no common TLS version: 1.2 and 1.3 are offered"),
    ("unsupported_protocol", "no common TLS version: 1.2 and 1.3 are offered"),
    ("unrecognized name", "the server has no certificate for that name: set server_hostname"),
)

_SYSTEM_REMEDIES = {
    errno.ECONNREFUSED: "connection refused: nothing listens there",
    errno.EADDRNOTAVAIL: "no free local port or no such source address: add source_addresses of this machine",
    errno.EMFILE: "too many open files in this process: raise the limit (ulimit -n)",
    errno.ENFILE: "too many open files on this machine",
    errno.EHOSTUNREACH: "no route to the host",
    errno.ENETUNREACH: "no route to the network",
    errno.ETIMEDOUT: "no answer to the connection attempt",
}

_OLD_HTTP_STATUS = re.compile(r"HTTP/1\.0 (\d{3})")


def one_line(text: str, limit: int = REASON_CHARACTERS) -> str:
    """`text` as one printable line of at most `limit` characters."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= limit else line[: limit - len(CUT)] + CUT


def unreachable(error: OSError, place: str) -> LinkEnd:
    """No TCP connection to `place` (host:port)."""
    if isinstance(error, socket.gaierror):
        words = f"name not found ({error.strerror})"
    elif error.errno in _SYSTEM_REMEDIES:
        words = _SYSTEM_REMEDIES[error.errno]
    else:
        words = error.strerror or type(error).__name__
    return LinkEnd(EndKind.UNREACHABLE, reason=one_line(f"{place}: {words}"))


def tls_words(error: OSError) -> str:
    """What went wrong in TLS, with the remedy where one is known."""
    if not isinstance(error, ssl.SSLError):
        return "connection dropped in the TLS handshake; perhaps a client certificate is missing or not accepted"
    words = getattr(error, "verify_message", "") or (error.reason or str(error)).replace("_", " ").lower()
    if isinstance(error, ssl.SSLCertVerificationError):
        words = f"certificate verify failed: {words}"
    searched = f"{words} {error}".lower()
    remedy = next((remedy for part, remedy in _TLS_REMEDIES if part in searched), None)
    return words if remedy is None else f"{words}; {remedy}"


def tls_failed(error: OSError, place: str) -> LinkEnd:
    """TCP stood, TLS did not."""
    return LinkEnd(EndKind.TLS, reason=one_line(f"{place}: {tls_words(error)}", 2 * REASON_CHARACTERS))


def refused(error: InvalidStatus) -> LinkEnd:
    """The upgrade was answered with another status than 101; redirects count as refusals and are not followed."""
    response = error.response
    words = response.reason_phrase
    if 300 <= response.status_code < 400:
        target = next(iter(response.headers.get_all("Location")), "nowhere").partition("?")[0]
        words += f": redirect to {target} is not followed"
    elif response.body:
        words += ": " + one_line(bytes(response.body[: 4 * REASON_CHARACTERS]).decode(errors="replace"))
    return LinkEnd(EndKind.REFUSED, response.status_code, one_line(words, 2 * REASON_CHARACTERS))


def upgrade_failed(error: Exception | None, lost: Exception | None, *, secure: bool) -> LinkEnd:
    """Why no websocket came of a TCP connection: `error` is the protocol's finding, `lost` the transport's."""
    if isinstance(error, InvalidStatus):
        return refused(error)
    if isinstance(lost, ssl.SSLError):  # TLS 1.3 tells a client that its certificate is refused only now
        return LinkEnd(EndKind.TLS, reason=one_line(tls_words(lost), 2 * REASON_CHARACTERS))
    cause = error.__cause__ if error is not None else None
    if error is None or isinstance(cause, EOFError):
        hint = (
            "refused at the TLS level, perhaps a client certificate is missing" if secure else "perhaps it wants wss://"
        )
        how = "reset" if isinstance(lost, ConnectionResetError) else "closed"
        return LinkEnd(EndKind.LOST, reason=f"connection {how} without an HTTP answer to the upgrade; {hint}")
    words = one_line(f"{error}: {cause}" if cause is not None else str(error))
    old = _OLD_HTTP_STATUS.search(words)
    if old is not None:
        return LinkEnd(EndKind.REFUSED, int(old[1]), words)
    code = 101 if isinstance(error, InvalidHandshake) and cause is None else None
    return LinkEnd(EndKind.REFUSED, code, words)


def lost(error: Exception | None) -> LinkEnd:
    """An open link whose TCP connection broke without a close frame."""
    if error is None:
        words = "connection closed without a close frame"
    elif isinstance(error, ssl.SSLError):
        words = tls_words(error)
    elif isinstance(error, OSError):
        words = (error.strerror or str(error) or type(error).__name__).lower()
    else:
        words = str(error) or type(error).__name__
    return LinkEnd(EndKind.LOST, reason=one_line(words))
