"""Files over HTTP(S) and FTP(S), both ways: firmware, diagnostics and logs (1.6 sections 5.9 and 5.19, 2.0.1 L, N).

Owns the table from URL scheme to protocol, size limits, time-outs and what failed transfers are called. HTTP uploads
are PUT with the bare bytes as the body, POST where the server takes no PUT; `ftps://` is as in transport.ftps. A URL
may carry user and password. Of a URL, a reason made here holds host and port alone.
"""

import asyncio
import ftplib
import io
import ssl
import threading
from collections.abc import Awaitable, Callable, Mapping
from typing import NoReturn
from urllib.parse import SplitResult, quote, unquote, urlsplit, urlunsplit

import aiohttp

from chargepoint_sim.core.jobs import Cause, Downloaded, JobFailed, JobResult, Trust, Uploaded
from chargepoint_sim.fleet.spec import Credentials, CsmsTarget
from chargepoint_sim.transport.failures import one_line, tls_words
from chargepoint_sim.transport.ftps import SecureFtp
from chargepoint_sim.transport.security import tls_context

CONNECT_S = 30.0
SILENCE_S = 30.0
"""A server that sends, or takes, nothing for so long is given up."""

WHOLE_S = 900.0
CHUNK_BYTES = 64 * 1024
PORTS: Mapping[str, int] = {"ftp": 21, "ftps": 21, "http": 80, "https": 443}
NO_PUT = (405, 501)
DENIED = (401, 403)
FTP_DENIED = ("530", "532")


class _Failed(Exception):
    """A transfer that did not succeed, in words."""

    def __init__(self, reason: str, cause: Cause = Cause.OTHER) -> None:
        super().__init__(reason)
        self.cause = cause


async def download(url: str, at_most_bytes: int, trust: Trust) -> JobResult:
    """Fetch a file: Downloaded, or JobFailed. More than `at_most_bytes` is a failure."""

    async def fetch(parts: SplitResult) -> JobResult:
        return Downloaded(await _SCHEMES[parts.scheme][0](parts, at_most_bytes, trust))

    return await _attempt(url, fetch)


async def upload(url: str, file_name: str, data: bytes, trust: Trust) -> JobResult:
    """Deliver a file: Uploaded, or JobFailed. The name is appended to a URL whose path ends with a slash."""

    async def deliver(parts: SplitResult) -> JobResult:
        path = parts.path or "/"
        if path.endswith("/"):
            path += quote(file_name)
        await _SCHEMES[parts.scheme][1](parts._replace(path=path), data, trust)
        return Uploaded()

    return await _attempt(url, deliver)


async def _attempt(url: str, transfer: Callable[[SplitResult], Awaitable[JobResult]]) -> JobResult:
    """Do one transfer; what the network throws becomes one line for people."""
    try:
        parts = _parse(url)
    except _Failed as failure:
        return JobFailed(str(failure), failure.cause)
    place = f"{parts.hostname}:{parts.port or PORTS[parts.scheme]}"
    try:
        async with asyncio.timeout(WHOLE_S):
            return await transfer(parts)
    except _Failed as failure:
        return JobFailed(f"{place}: {failure}", failure.cause)
    except TimeoutError:
        return JobFailed(f"{place}: no answer in time")
    except aiohttp.ClientConnectorCertificateError as error:
        return JobFailed(f"{place}: {_system_words(error.certificate_error)}")
    except aiohttp.ClientConnectorError as error:
        return JobFailed(f"{place}: {_system_words(error.os_error)}")
    except aiohttp.ClientError as error:
        return JobFailed(f"{place}: {type(error).__name__}")  # its text may hold the URL
    except (OSError, EOFError) as error:
        return JobFailed(f"{place}: {_system_words(error)}")


def _parse(url: str) -> SplitResult:
    """The parts of a URL that something here can transfer to or from. Raises _Failed."""
    try:
        parts = urlsplit(url)
        sound = bool(parts.hostname) and parts.port != 0
    except ValueError:
        raise _Failed("the location is no URL", Cause.UNSUPPORTED) from None
    if parts.scheme not in _SCHEMES:
        raise _Failed(f"the location must begin with one of {', '.join(_SCHEMES)}", Cause.UNSUPPORTED)
    if not sound or any(c.isspace() for c in url) or not unquote(url).isprintable():
        raise _Failed("the location is no URL", Cause.UNSUPPORTED)
    return parts


def _system_words(error: BaseException) -> str:
    if isinstance(error, ssl.SSLError):
        return tls_words(error)
    return one_line(getattr(error, "strerror", None) or type(error).__name__)


def _tls(trust: Trust) -> ssl.SSLContext:
    return tls_context(CsmsTarget("", ca_file=trust.ca_file, verify=trust.verify), Credentials())


def _session(parts: SplitResult, trust: Trust) -> aiohttp.ClientSession:
    tls = _tls(trust) if parts.scheme == "https" else True
    timeout = aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_S, sock_read=SILENCE_S)
    return aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=tls, force_close=True), timeout=timeout)


async def _http_get(parts: SplitResult, at_most_bytes: int, trust: Trust) -> bytes:
    async with _session(parts, trust) as session, session.get(urlunsplit(parts)) as response:
        _check_status(response.status)
        data = bytearray()
        async for chunk in response.content.iter_chunked(CHUNK_BYTES):
            data += chunk
            _check_size(len(data), at_most_bytes)
        return bytes(data)


async def _http_put(parts: SplitResult, data: bytes, trust: Trust) -> None:
    async with _session(parts, trust) as session:
        for method in ("PUT", "POST"):
            # A body of one piece carries Content-Length, which stores of signed URLs insist on.
            async with session.request(method, urlunsplit(parts), data=data) as response:
                if method == "PUT" and response.status in NO_PUT:
                    continue
                _check_status(response.status)
                return


def _check_status(status: int) -> None:
    if not 200 <= status < 300:
        raise _Failed(f"HTTP {status}", Cause.DENIED if status in DENIED else Cause.OTHER)


def _check_size(size_bytes: int, at_most_bytes: int) -> None:
    if size_bytes > at_most_bytes:
        raise _Failed(f"the file has more than {at_most_bytes} bytes")


async def _ftp_get(parts: SplitResult, at_most_bytes: int, trust: Trust) -> bytes:
    def fetch(ftp: ftplib.FTP, path: str, given_up: threading.Event) -> bytes:
        data = bytearray()

        def take(chunk: bytes) -> None:
            _go_on(given_up)
            data.extend(chunk)
            _check_size(len(data), at_most_bytes)

        ftp.retrbinary(f"RETR {path}", take, CHUNK_BYTES)
        return bytes(data)

    return await _ftp(parts, trust, fetch)


async def _ftp_put(parts: SplitResult, data: bytes, trust: Trust) -> None:
    def deliver(ftp: ftplib.FTP, path: str, given_up: threading.Event) -> bytes:
        ftp.storbinary(f"STOR {path}", io.BytesIO(data), CHUNK_BYTES, lambda _: _go_on(given_up))
        return b""

    await _ftp(parts, trust, deliver)


def _go_on(given_up: threading.Event) -> None:
    """Between two pieces: whoever waited for the transfer may have gone."""
    if given_up.is_set():
        raise _Failed("given up")


async def _ftp(
    parts: SplitResult, trust: Trust, transfer: Callable[[ftplib.FTP, str, threading.Event], bytes]
) -> bytes:
    """Do one transfer beside the event loop: the standard library's client blocks."""
    given_up = threading.Event()

    def work() -> bytes:
        ftp = SecureFtp(context=_tls(trust)) if parts.scheme == "ftps" else ftplib.FTP()  # noqa: S321 - ordered
        try:
            ftp.connect(parts.hostname or "", parts.port or PORTS[parts.scheme], timeout=CONNECT_S)
            ftp.login(unquote(parts.username or "anonymous"), unquote(parts.password or ""))
            if isinstance(ftp, SecureFtp):
                ftp.prot_p()
            # The path starts at the user's own directory; %2F at its beginning means the root (RFC 1738 chapter 3.2.2).
            return transfer(ftp, unquote(parts.path.removeprefix("/")), given_up)
        except ftplib.Error as error:
            _refused(error)
        finally:
            ftp.close()

    try:
        return await asyncio.to_thread(work)
    except asyncio.CancelledError:
        given_up.set()
        raise


def _refused(error: ftplib.Error) -> NoReturn:
    """The server's answer, which begins with its code."""
    answer = str(error)
    raise _Failed(one_line(f"FTP {answer}"), Cause.DENIED if answer.startswith(FTP_DENIED) else Cause.OTHER) from None


_SCHEMES: Mapping[
    str,
    tuple[
        Callable[[SplitResult, int, Trust], Awaitable[bytes]],
        Callable[[SplitResult, bytes, Trust], Awaitable[None]],
    ],
] = {
    "ftp": (_ftp_get, _ftp_put),
    "ftps": (_ftp_get, _ftp_put),
    "http": (_http_get, _http_put),
    "https": (_http_get, _http_put),
}
"""Scheme -> how to fetch, how to deliver."""
