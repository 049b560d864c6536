"""One websocket connection: the sans-I/O protocol of `websockets`, driven by an asyncio.Protocol.

Owns the upgrade, framing, fragments, the closing handshake and the deadlines of both (RFC 6455; OCPP-J 1.6 chapter 3,
2.0.1 part 4 chapter 3). Makes no sockets, does not dial again, knows nothing of OCPP but the sub-protocol's name.

Life of a link: connection_made sends the request -> `opened` is done (None, or why not) -> `start` -> text goes to the
owner -> a close frame either way, an error or an EOF -> connection_lost, the only place where `closed` is done.
What arrives between the upgrade and `start` is held: nobody hears a message before he knows that the link is up.

Memory decides the shape: whatever only the upgrade needs hangs on `_Upgrading` or on the handshake's own protocol
object and goes when it is over; an idle link has no timer; nothing is left in a reference cycle after connection_lost.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import cast

import structlog
from websockets.client import ClientProtocol
from websockets.datastructures import Headers
from websockets.exceptions import InvalidStatus
from websockets.extensions.permessage_deflate import enable_client_permessage_deflate
from websockets.frames import Close, CloseCode, Frame, Opcode
from websockets.http11 import MAX_NUM_HEADERS
from websockets.protocol import Protocol, Side, State
from websockets.typing import Subprotocol
from websockets.uri import WebSocketURI

from chargepoint_sim import telemetry
from chargepoint_sim.protocol.link import EndKind, LinkEnd
from chargepoint_sim.transport import failures, framing
from chargepoint_sim.transport.link import LinkOwner

CLOSE_TIMEOUT_S = 10.0
MAX_MESSAGE_BYTES = 2**20
_MAX_HEAD_LINES = MAX_NUM_HEADERS + 2  # with the status line and the empty line; the protocol takes no more
_MAX_CLOSE_REASON_BYTES = 123  # a control frame carries 125 bytes, two are the code (RFC 6455 section 5.5)

_log = structlog.get_logger(__name__)

# The protocol's debug log would print the Authorization header.
_PROTOCOL_LOG = logging.getLogger("chargepoint_sim.transport.protocol")
_PROTOCOL_LOG.setLevel(logging.WARNING)


@dataclass(frozen=True, slots=True)
class Upgrade:
    """What is asked of the server in the HTTP request."""

    uri: WebSocketURI = field(repr=False)
    subprotocols: Sequence[str]
    """In order of preference."""
    headers: Sequence[tuple[str, str]] = field(default=(), repr=False)
    """Further headers; one that the request has already is replaced."""
    compression: bool = False


@dataclass(slots=True)
class _Upgrading:
    """What only an upgrade in progress needs."""

    upgrade: Upgrade
    open_by: float
    timer: asyncio.TimerHandle | None = None


class _Handshake(ClientProtocol):
    """The protocol up to the upgrade."""

    def process_subprotocol(self, headers: Headers) -> Subprotocol | None:
        """Take what the server chose, offered or not: the link judges it, and closes with a close frame."""
        return cast("Subprotocol", ", ".join(headers.get_all("Sec-WebSocket-Protocol"))) or None


class _Nobody:
    """The owner of a link that is gone."""

    def text_received(self, text: bytes) -> None:
        """Nobody hears it."""

    def pong_received(self) -> None:
        """Nobody hears it."""


_NOBODY = _Nobody()


class WebSocketLink(asyncio.Protocol):
    """A `transport.link.Link` on a TCP or TLS connection."""

    __slots__ = (
        "__weakref__",
        "_close_timeout_s",
        "_close_timer",
        "_deaf",
        "_end",
        "_fragments",
        "_held",
        "_max_message_bytes",
        "_missing",
        "_owner",
        "_protocol",
        "_transport",
        "_upgrading",
        "closed",
        "opened",
        "subprotocol",
        "writing_paused",
    )

    def __init__(
        self,
        upgrade: Upgrade,
        owner: LinkOwner,
        *,
        open_by: float,
        close_timeout_s: float = CLOSE_TIMEOUT_S,
        max_message_bytes: int = MAX_MESSAGE_BYTES,
    ) -> None:
        """Make a link that is not connected; `open_by` is on the running loop's clock."""
        loop = asyncio.get_running_loop()
        self.subprotocol = ""
        self.closed: asyncio.Future[LinkEnd] = loop.create_future()
        self.opened: asyncio.Future[LinkEnd | None] | None = loop.create_future()
        """Done with None when the upgrade succeeded, else with the reason, once the socket is closed."""
        self.writing_paused = False
        """True while the other side takes less than we write."""
        self._upgrading: _Upgrading | None = _Upgrading(upgrade, open_by)
        self._protocol: Protocol | None = None
        self._transport: asyncio.Transport | None = None
        self._owner: LinkOwner = owner
        self._held: bytearray | None = None
        self._fragments: bytearray | None = None
        self._missing = 0
        """Bytes of a frame that has come in part (framing.missing_after)."""
        self._deaf = False  # we began the end: what still comes is for nobody
        self._end: LinkEnd | None = None
        self._close_timer: asyncio.TimerHandle | None = None
        self._close_timeout_s = close_timeout_s
        self._max_message_bytes = max_message_bytes

    # What the owner may do

    def start(self) -> None:
        """Tell the owner what has arrived since the upgrade, and from now on as it comes."""
        held, self._held = self._held, None
        if held:
            self._receive(bytes(held))

    def send(self, text: bytes) -> None:
        """Write one text message; no effect once the link is closing."""
        protocol = self._protocol
        if protocol is None or protocol.state is not State.OPEN:
            return
        if protocol.extensions:
            protocol.send_text(text)
            self._flush(protocol)
        elif self._transport is not None and not self._transport.is_closing():
            self._transport.write(framing.text_frame(text))

    def ping(self) -> None:
        """Write a ping; no effect once the link is closing."""
        protocol = self._protocol
        if protocol is not None and protocol.state is State.OPEN:
            protocol.send_ping(b"")
            self._flush(protocol)

    def close(self, code: int, reason: str = "") -> None:
        """Send a close frame; `closed` is done after the answer or the close time-out. Again: no effect."""
        protocol = self._protocol
        if protocol is None:
            return
        self._deaf = True
        if protocol.state is State.CONNECTING:
            self.abort()
            return
        if protocol.state is State.OPEN:
            protocol.send_close(code, reason.encode()[:_MAX_CLOSE_REASON_BYTES].decode(errors="ignore"))
            self._flush(protocol)
        self.resume_reading()  # the answer must get through
        self._expect_close()

    def abort(self) -> None:
        """Drop the TCP connection at once, as a power cut does."""
        self._deaf = True
        if self._transport is not None:
            if self._end is None and self._protocol is not None and self._protocol.state is State.OPEN:
                self._end = LinkEnd(EndKind.LOST, reason="dropped on this side", by_us=True)
            self._transport.abort()

    def pause_reading(self) -> None:
        """Take nothing more from the socket; what has been taken is still told."""
        transport = self._transport
        if transport is not None and not self._deaf and not transport.is_closing() and transport.is_reading():
            transport.pause_reading()

    def resume_reading(self) -> None:
        """Take from the socket again."""
        transport = self._transport
        if transport is not None and not transport.is_closing() and not transport.is_reading():
            transport.resume_reading()

    def unwritten(self) -> int:
        """Bytes written here that the system has not taken yet; 0 once the link is gone."""
        return 0 if self._transport is None else self._transport.get_write_buffer_size()

    # What the event loop calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send the upgrade request."""
        assert self._upgrading is not None
        self._transport = cast("asyncio.Transport", transport)
        upgrade = self._upgrading.upgrade
        handshake = _Handshake(
            upgrade.uri,
            extensions=enable_client_permessage_deflate(None) if upgrade.compression else None,
            subprotocols=[cast("Subprotocol", name) for name in upgrade.subprotocols] or None,
            max_size=self._max_message_bytes,
            logger=_PROTOCOL_LOG,
        )
        request = handshake.connect()
        for name, value in upgrade.headers:
            if name in request.headers:
                del request.headers[name]
            request.headers[name] = value
        handshake.send_request(request)
        self._protocol = handshake
        self._upgrading.timer = self.closed.get_loop().call_at(self._upgrading.open_by, self._open_timed_out)
        self._flush(handshake)

    def data_received(self, data: bytes) -> None:
        """Take bytes from the socket."""
        if self._held is not None:
            self._held += data
        elif self._upgrading is None:
            self._receive(data)
        else:
            self._receive_answer(data)

    def eof_received(self) -> None:
        """The other side writes no more: the transport closes after this, within the close time-out."""
        self._expect_close()

    def pause_writing(self) -> None:
        """The transport's buffer is above its high mark."""
        self.writing_paused = True

    def resume_writing(self) -> None:
        """The transport's buffer is below its low mark."""
        self.writing_paused = False

    def connection_lost(self, exc: Exception | None) -> None:
        """Say how it ended, and let go of everything."""
        protocol, upgrading = self._protocol, self._upgrading
        for timer in (self._close_timer, upgrading.timer if upgrading is not None else None):
            if timer is not None:
                timer.cancel()
        end = self._end
        if protocol is not None:
            if self._held:  # nobody has been told that the link is up, but a close frame in it is the reason
                protocol.receive_data(bytes(self._held))
            protocol.receive_eof()
            if end is None and upgrading is not None and protocol.state is not State.OPEN:
                end = failures.upgrade_failed(protocol.handshake_exc, exc, secure=upgrading.upgrade.uri.secure)
            end = end or _how_it_ended(protocol, exc)
            # The parser's frames and the tracebacks of stored exceptions point back at the protocol.
            protocol.parser.close()
            protocol.parser_exc = protocol.handshake_exc = None
        end = end or failures.lost(exc)
        opened = self.opened
        self._protocol = self._transport = self._upgrading = self._close_timer = self._held = self._fragments = None
        self.opened = None
        self._owner = _NOBODY
        if not self.closed.done():
            self.closed.set_result(end)
        if opened is not None and not opened.done():
            opened.set_result(end)

    # The upgrade

    def _receive_answer(self, data: bytes) -> None:
        """Feed the head of the answer line by line, so that what follows a 101 goes to the protocol that stays."""
        handshake = self._protocol
        assert isinstance(handshake, _Handshake)
        at = 0
        for _ in range(_MAX_HEAD_LINES):
            end = data.find(b"\n", at) + 1 or len(data)
            handshake.receive_data(data[at:end])
            at = end
            if handshake.state is State.OPEN:
                self._upgraded(handshake, data[at:])
                return
            if at == len(data) or handshake.handshake_exc is not None:
                break
        else:  # more lines than a head may have: this is the body of a refusal
            handshake.receive_data(data[at:])
        if handshake.handshake_exc is not None:
            self._flush(handshake)
            assert self._transport is not None
            self._transport.close()
            self._expect_close()

    def _upgraded(self, handshake: _Handshake, rest: bytes) -> None:
        """Go on with a protocol that remembers nothing of the request and the answer."""
        assert self._upgrading is not None
        assert self._upgrading.timer is not None
        self._upgrading.timer.cancel()
        offered = self._upgrading.upgrade.subprotocols
        protocol = Protocol(Side.CLIENT, max_size=self._max_message_bytes, logger=_PROTOCOL_LOG)
        protocol.extensions = handshake.extensions
        handshake.parser.close()
        self._protocol = protocol
        self._upgrading = None
        chosen = handshake.subprotocol
        if chosen is None or chosen not in offered:
            found = "no sub-protocol" if chosen is None else f"sub-protocol {failures.one_line(chosen, 40)!r}"
            words = f"the server chose {found}; offered: {', '.join(offered) or 'none'}"
            self._end = LinkEnd(EndKind.SUBPROTOCOL, reason=words, by_us=True)
            self.close(CloseCode.PROTOCOL_ERROR, words)
            self._receive(rest)
            return
        self.subprotocol = chosen
        self._held = bytearray(rest)
        opened, self.opened = self.opened, None
        if opened is not None and not opened.done():
            opened.set_result(None)

    def _open_timed_out(self) -> None:
        """Give the upgrade up; an answer whose body has no end still says who refused."""
        handshake = self._protocol
        assert handshake is not None
        handshake.receive_eof()
        if not isinstance(handshake.handshake_exc, InvalidStatus):
            self._end = LinkEnd(EndKind.UNREACHABLE, reason="no answer to the upgrade within the open time-out")
        self.abort()

    # The open link

    def _receive(self, data: bytes) -> None:
        protocol = self._protocol
        if protocol is None or not data:
            return
        text = self._only_text(data, protocol)
        if text is not None:
            self._deliver(text)
        else:
            self._missing = framing.missing_after(data, self._missing)
            protocol.receive_data(data)
            self._flush(protocol)  # pongs and the answer to a close frame do not wait for the owner
            for frame in protocol.events_received():
                if self._deaf:
                    break
                self._take(cast("Frame", frame))
        if protocol.state is not State.OPEN:
            self._expect_close()

    def _only_text(self, data: bytes, protocol: Protocol) -> bytes | None:
        """The message, where that is all that has come and the protocol need not see it (decision 0010)."""
        if self._missing or self._deaf or self._fragments is not None or protocol.state is not State.OPEN:
            return None
        text = framing.only_text(data)
        return text if text is not None and len(text) <= self._max_message_bytes else None

    def _take(self, frame: Frame) -> None:
        match frame.opcode:
            case Opcode.TEXT if frame.fin:
                self._deliver(bytes(frame.data))
            case Opcode.TEXT:
                self._fragments = bytearray(frame.data)
            case Opcode.CONT:
                assert self._fragments is not None  # the protocol has checked the order
                self._fragments += frame.data
                if frame.fin:
                    whole, self._fragments = bytes(self._fragments), None
                    self._deliver(whole)
            case Opcode.BINARY:
                self._fail(CloseCode.UNSUPPORTED_DATA, "OCPP-J messages are text")
            case Opcode.PONG:
                self._guard(self._owner.pong_received)
            case _:  # ping and close: the protocol has answered
                pass

    def _deliver(self, text: bytes) -> None:
        try:
            text.decode()
        except UnicodeDecodeError as error:
            self._fail(CloseCode.INVALID_DATA, f"not UTF-8 at byte {error.start}")
            return
        self._guard(self._owner.text_received, text)

    def _guard(self, tell: Callable[..., None], *arguments: bytes) -> None:
        """Tell the owner; his bug costs him the link and nobody else anything."""
        try:
            tell(*arguments)
        except Exception:  # the boundary: a bug of the owner costs him this link alone
            telemetry.count("link_owner_failures")
            _log.exception("link_owner_failed")
            self.abort()

    def _fail(self, code: CloseCode, reason: str) -> None:
        """Close because the other side broke the rules (RFC 6455 section 7.1.7)."""
        protocol = self._protocol
        assert protocol is not None
        self._deaf = True
        protocol.fail(code, reason)
        self._flush(protocol)

    def _flush(self, protocol: Protocol) -> None:
        """Write what the protocol has to say; an empty chunk is the end of our half of the connection."""
        transport = self._transport
        if not protocol.writes or transport is None or transport.is_closing():
            return
        for chunk in protocol.data_to_send():
            if chunk:
                transport.write(chunk)
            elif transport.can_write_eof():
                transport.write_eof()
            else:
                transport.close()

    def _expect_close(self) -> None:
        """The socket must be closed within the close time-out, whatever the other side does."""
        if self._close_timer is None and self._transport is not None:
            self._close_timer = self.closed.get_loop().call_later(self._close_timeout_s, self._close_timed_out)

    def _close_timed_out(self) -> None:
        assert self._transport is not None
        self._transport.abort()


def _how_it_ended(protocol: Protocol, error: Exception | None) -> LinkEnd:
    """The end of a link that was open; who began is who sent the first close frame."""
    sent, received = protocol.close_sent, protocol.close_rcvd
    if received is not None and protocol.close_rcvd_then_sent is not False:
        return _closed(received, by_us=False)
    if sent is not None:
        answered = "" if received is not None else "not answered"
        return _closed(Close(sent.code, "; ".join(filter(None, (sent.reason, answered)))), by_us=True)
    return failures.lost(error)


def _closed(close: Close, *, by_us: bool) -> LinkEnd:
    return LinkEnd(EndKind.CLOSED, int(close.code), failures.one_line(close.reason), by_us)
