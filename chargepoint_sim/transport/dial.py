"""From a target and a charger's identity to an open link, or to the reason why there is none.

Owns the order of a dial (URL, name, socket, TCP, TLS, upgrade), its one deadline, and the source address. Does not
retry: back-off is the charger's matter. Redirects are not followed.
"""

import asyncio
import base64
import errno
import itertools
import socket
import ssl
from collections.abc import Iterator, Sequence
from urllib.parse import quote, urlsplit, urlunsplit

from websockets.datastructures import Headers
from websockets.exceptions import InvalidURI, WebSocketException
from websockets.uri import WebSocketURI, parse_uri

from chargepoint_sim.errors import LocalError
from chargepoint_sim.fleet.spec import Credentials, CsmsTarget
from chargepoint_sim.protocol.link import EndKind, LinkEnd
from chargepoint_sim.transport import failures, security
from chargepoint_sim.transport.link import DialFailed, Link, LinkOwner
from chargepoint_sim.transport.resolve import Address, resolve
from chargepoint_sim.transport.websocket import CLOSE_TIMEOUT_S, Upgrade, WebSocketLink

# Linux: the port is chosen at connect(), so that each destination has all local ports (Python 3.12 has the name).
_BIND_ADDRESS_NO_PORT = getattr(socket, "IP_BIND_ADDRESS_NO_PORT", 24)

_next_source: dict[tuple[str, ...], Iterator[str]] = {}


def endpoint_url(template: str, identity: str) -> str:
    """The URL that one charger dials (OCPP-J 1.6 chapter 3.1.1, 2.0.1 part 4 chapter 3.1.1).

    `{identity}` stands for the percent-encoded identity; without it the identity becomes the last path segment. A
    query is kept. Raises LocalError where the template is no ws:// or wss:// URL.
    """
    encoded = quote(identity, safe="")
    parts = urlsplit(template)
    if parts.scheme not in ("ws", "wss") or not parts.netloc:
        raise LocalError("the URL must look like ws://host:port/path or wss://host:port/path")
    if "{identity}" in template:
        return template.replace("{identity}", encoded)
    return urlunsplit(parts._replace(path=f"{parts.path.rstrip('/')}/{encoded}", fragment=""))


async def dial(
    target: CsmsTarget, identity: str, credentials: Credentials, subprotocols: Sequence[str], owner: LinkOwner
) -> Link:
    """Open a link for the charger `identity`, offering `subprotocols` (the target's own list goes first, if any).

    The owner hears nothing before the caller's next suspension, so he can be told first that the link is up.
    Raises DialFailed, within the target's open time-out, when no socket is open any more.
    """
    open_by = asyncio.get_running_loop().time() + target.open_timeout_s
    uri = _uri(target, identity)
    headers = _headers(target, identity, credentials)
    upgrade = Upgrade(uri, tuple(target.subprotocols or subprotocols), headers, target.compression)
    context = _tls(target, credentials) if uri.secure else None
    try:
        return await _dial(target, upgrade, context, owner, open_by)
    except DialFailed as failed:
        end = failed.end
    # A server may echo what it was sent.
    raise DialFailed(LinkEnd(end.kind, end.code, _masked(end.reason, identity, credentials), end.by_us))


async def _dial(
    target: CsmsTarget, upgrade: Upgrade, context: ssl.SSLContext | None, owner: LinkOwner, open_by: float
) -> Link:
    place = f"{upgrade.uri.host}:{upgrade.uri.port}"
    stage = "name look-up"
    try:
        async with asyncio.timeout_at(open_by):
            addresses = await resolve(upgrade.uri.host, upgrade.uri.port)
            stage = "TCP connection"
            sock = await _connect(addresses, target.source_addresses, open_by)
    except TimeoutError:
        reason = f"{place}: no {stage} within {target.open_timeout_s:g} s"
        raise DialFailed(LinkEnd(EndKind.UNREACHABLE, reason=reason)) from None
    except OSError as error:
        raise DialFailed(failures.unreachable(error, place)) from None
    link = WebSocketLink(upgrade, owner, open_by=open_by)
    opened = link.opened
    assert opened is not None
    try:
        await _hand_over(sock, link, context, target, upgrade.uri, open_by)
        end = await opened
    except BaseException:
        link.abort()
        sock.close()
        raise
    if end is not None:
        raise DialFailed(end)
    asyncio.get_running_loop().call_soon(link.start)
    return link


async def _hand_over(
    sock: socket.socket,
    link: WebSocketLink,
    context: ssl.SSLContext | None,
    target: CsmsTarget,
    uri: WebSocketURI,
    open_by: float,
) -> None:
    """Let the event loop drive `link` on the connected socket, through TLS where there is a context."""
    loop = asyncio.get_running_loop()
    place = f"{uri.host}:{uri.port}"
    if context is None:
        await loop.create_connection(lambda: link, sock=sock)
        return
    try:
        async with asyncio.timeout_at(open_by):
            await loop.create_connection(
                lambda: link,
                sock=sock,
                ssl=context,
                server_hostname=target.server_hostname or uri.host,
                ssl_handshake_timeout=target.open_timeout_s + 1.0,  # ours comes first
                ssl_shutdown_timeout=CLOSE_TIMEOUT_S,
            )
    except TimeoutError:
        reason = f"{place}: no TLS handshake within {target.open_timeout_s:g} s"
        raise DialFailed(LinkEnd(EndKind.TLS, reason=reason)) from None
    except OSError as error:
        raise DialFailed(failures.tls_failed(error, place)) from None


async def _connect(addresses: Sequence[Address], sources: tuple[str, ...], open_by: float) -> socket.socket:
    """A connected, non-blocking socket to the first address that answers; the time left is shared among them.

    Raises the OSError of the last address.
    """
    loop = asyncio.get_running_loop()
    failure: OSError = OSError(errno.EADDRNOTAVAIL, "no address")
    for left, (family, address) in zip(range(len(addresses), 0, -1), addresses, strict=True):
        sock: socket.socket | None = None
        try:
            sock = socket.socket(family, socket.SOCK_STREAM)
            _prepare(sock, family, sources)
            async with asyncio.timeout_at(loop.time() + (open_by - loop.time()) / left):
                await loop.sock_connect(sock, address)
        except BaseException as error:
            if sock is not None:
                sock.close()
            if left == 1 or not isinstance(error, OSError):
                raise
            failure = error
        else:
            return sock
    raise failure


def _prepare(sock: socket.socket, family: socket.AddressFamily, sources: tuple[str, ...]) -> None:
    sock.setblocking(False)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if sources:
        wanted = tuple(source for source in sources if (":" in source) == (family == socket.AF_INET6))
        if not wanted:
            raise OSError(errno.EADDRNOTAVAIL, "no source address of that family")
        source = next(_next_source.setdefault(wanted, itertools.cycle(wanted)))
        sock.setsockopt(socket.IPPROTO_IP, _BIND_ADDRESS_NO_PORT, 1)
        sock.bind((source, 0))


def _uri(target: CsmsTarget, identity: str) -> WebSocketURI:
    try:
        uri = parse_uri(endpoint_url(target.url, identity))
    except LocalError as error:
        raise _not_dialled(EndKind.UNREACHABLE, str(error)) from None
    except (InvalidURI, ValueError):  # their texts repeat the URL, which may hold a token
        raise _not_dialled(EndKind.UNREACHABLE, "the URL is not valid") from None
    # Credentials of the URL are refused by check_profile; there must not be two Authorization headers.
    return WebSocketURI(uri.secure, uri.host, uri.port, uri.path, uri.query)


def _headers(target: CsmsTarget, identity: str, credentials: Credentials) -> list[tuple[str, str]]:
    try:
        headers = security.request_headers(target, identity, credentials)
    except ValueError as error:
        raise _not_dialled(EndKind.REFUSED, str(error)) from None
    for name, value in headers:
        try:
            Headers({name: value}).serialize()
        except (WebSocketException, UnicodeEncodeError):
            raise _not_dialled(EndKind.REFUSED, f"the value of the header {name} is not valid in HTTP") from None
    return headers


def _tls(target: CsmsTarget, credentials: Credentials) -> ssl.SSLContext:
    try:
        return security.tls_context(target, credentials)
    except ssl.SSLError as error:
        raise _not_dialled(EndKind.TLS, str(error.args[0])) from None
    except OSError as error:
        raise _not_dialled(EndKind.TLS, f"{error.filename}: {error.strerror}") from None


def _not_dialled(kind: EndKind, reason: str) -> DialFailed:
    """A mistake in our own settings, found before anything was sent."""
    return DialFailed(LinkEnd(kind, reason=failures.one_line(reason), by_us=True))


def _masked(reason: str, identity: str, credentials: Credentials) -> str:
    """`reason` without the password in any of the forms in which it went out."""
    if not credentials.password:
        return reason
    authorization = security.basic_authorization(identity, credentials) or ""
    secret = authorization.removeprefix("Basic ")
    plain = base64.b64decode(secret).decode(errors="replace").partition(":")[2]
    for word in filter(None, (secret, credentials.password, credentials.password.removeprefix("hex:"), plain)):
        reason = reason.replace(word, "***")
        # Where the reason was cut there may be the beginning of it.
        cut = next((n for n in range(len(word) - 1, 3, -1) if reason.endswith(word[:n] + failures.CUT)), 0)
        if cut:
            reason = reason[: -cut - len(failures.CUT)] + "***" + failures.CUT
    return reason
