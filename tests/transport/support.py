"""An owner that remembers, and servers that do exactly what a test says, byte by byte."""

import asyncio
import base64
import contextlib
import hashlib
import socket
import ssl
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, cast

import pytest

from chargepoint_sim.fleet.spec import Credentials, CsmsTarget
from chargepoint_sim.protocol.link import LinkEnd
from chargepoint_sim.transport.dial import dial
from chargepoint_sim.transport.link import DialFailed, LinkOwner
from chargepoint_sim.transport.websocket import WebSocketLink

PATIENCE_S = 10.0
TEXT, BINARY, CONTINUATION, CLOSE, PING, PONG = 1, 2, 0, 8, 9, 10

Conversation = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Ears:
    """An owner that remembers what it was told."""

    def __init__(self) -> None:
        self.texts: list[bytes] = []
        self.pongs = 0
        self._told = asyncio.Event()

    def text_received(self, text: bytes) -> None:
        self.texts.append(text)
        self._told.set()

    def pong_received(self) -> None:
        self.pongs += 1
        self._told.set()

    async def until(self, holds: Callable[[], bool]) -> None:
        """Wait until something that was told makes `holds` true."""
        async with asyncio.timeout(PATIENCE_S):
            while not holds():
                self._told.clear()
                await self._told.wait()


async def connect(
    port: int,
    owner: LinkOwner | None = None,
    *,
    scheme: str = "ws",
    host: str = "127.0.0.1",
    path: str = "/ocpp",
    identity: str = "CP-1",
    credentials: Credentials | None = None,
    subprotocols: tuple[str, ...] = ("ocpp1.6",),
    offered: tuple[str, ...] = (),
    **target: Any,
) -> WebSocketLink:
    """Dial a server on this machine; `offered` is the target's own list of sub-protocols."""
    url = f"{scheme}://{host}:{port}{path}"
    csms = CsmsTarget(url, **{"open_timeout_s": PATIENCE_S, "subprotocols": offered, **target})
    return cast(
        "WebSocketLink", await dial(csms, identity, credentials or Credentials(), subprotocols, owner or Ears())
    )


async def refusal(port: int, **arguments: Any) -> LinkEnd:
    """Why dialling fails."""
    with pytest.raises(DialFailed) as failed:
        await connect(port, **arguments)
    return failed.value.end


async def end_of(link: WebSocketLink) -> LinkEnd:
    async with asyncio.timeout(PATIENCE_S):
        return await link.closed


@contextlib.asynccontextmanager
async def raw_server(
    conversation: Conversation, *, context: ssl.SSLContext | None = None, host: str = "127.0.0.1"
) -> AsyncIterator[int]:
    """A TCP server that holds `conversation` with each client and closes after it; gives its port.

    A conversation that the test does not wait for is over at the end of the block at the latest.
    """
    talking: set[asyncio.Task[None]] = set()
    failures: list[BaseException] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await conversation(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # the client went away, which the test sees from the other side
        except Exception as error:
            failures.append(error)
        finally:
            writer.close()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(talk(reader, writer))
        talking.add(task)
        task.add_done_callback(talking.discard)

    server = await asyncio.start_server(accept, host, 0, ssl=context)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in tuple(talking):
            task.cancel()
        await asyncio.gather(*talking, return_exceptions=True)
    assert failures == []


@contextlib.asynccontextmanager
async def alerting_server(context: ssl.SSLContext) -> AsyncIterator[int]:
    """A TLS server in a thread whose handshake is going to fail; gives its port.

    asyncio's own server drops the connection without the alert that other servers send.
    """

    def shake_hands() -> None:
        connection, _ = listener.accept()
        connection.settimeout(PATIENCE_S)
        with context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False) as secured:
            with contextlib.suppress(OSError):
                secured.do_handshake()
            with socket.socket(fileno=secured.detach()) as plain, contextlib.suppress(OSError):
                plain.settimeout(PATIENCE_S)
                plain.shutdown(socket.SHUT_WR)
                while plain.recv(4096):  # so that the client sees the alert and no reset
                    pass

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=shake_hands)
        thread.start()
        yield listener.getsockname()[1]
        await asyncio.to_thread(thread.join)  # it ends when the client has closed, for which the loop must go on


async def request(reader: asyncio.StreamReader) -> bytes:
    """The upgrade request up to the empty line."""
    return await reader.readuntil(b"\r\n\r\n")


def answer_101(request_bytes: bytes, subprotocol: str | None = "ocpp1.6") -> bytes:
    """The answer that accepts an upgrade (RFC 6455 section 4.2.2)."""
    key = header(request_bytes, "Sec-WebSocket-Key")
    digest = hashlib.sha1(f"{key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11".encode()).digest()
    lines = [
        "HTTP/1.1 101 Switching Protocols",
        "Upgrade: websocket",
        "Connection: Upgrade",
        f"Sec-WebSocket-Accept: {base64.b64encode(digest).decode()}",
    ]
    if subprotocol is not None:
        lines.append(f"Sec-WebSocket-Protocol: {subprotocol}")
    return "\r\n".join([*lines, "", ""]).encode()


def header(request_bytes: bytes, name: str) -> str | None:
    """The value of a header of the request, None where it is missing."""
    for line in request_bytes.decode().split("\r\n")[1:]:
        key, _, value = line.partition(": ")
        if key.lower() == name.lower():
            return value
    return None


def frame(opcode: int, payload: bytes = b"", *, final: bool = True) -> bytes:
    """A server's frame, which is not masked (RFC 6455 section 5.2)."""
    head = bytes([opcode | (0x80 if final else 0)])
    if len(payload) < 126:
        return head + bytes([len(payload)]) + payload
    if len(payload) < 65536:
        return head + bytes([126]) + len(payload).to_bytes(2, "big") + payload
    return head + bytes([127]) + len(payload).to_bytes(8, "big") + payload


async def read_frame(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    """The next frame of the client, which must be masked: opcode and payload."""
    first, second = await reader.readexactly(2)
    assert second & 0x80
    length = second & 0x7F
    if length >= 126:
        length = int.from_bytes(await reader.readexactly(2 if length == 126 else 8), "big")
    mask = await reader.readexactly(4)
    masked = await reader.readexactly(length)
    return first & 0x0F, bytes(byte ^ mask[n % 4] for n, byte in enumerate(masked))


def close_frame(code: int, reason: str = "") -> bytes:
    return frame(CLOSE, code.to_bytes(2, "big") + reason.encode())


def talk(*to_say: bytes, then: Conversation | None = None) -> Conversation:
    """A conversation: accept the upgrade, say `to_say` in one write, then `then` or wait for the client to leave."""

    async def conversation(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"".join([answer_101(await request(reader)), *to_say]))
        await writer.drain()
        if then is not None:
            await then(reader, writer)
        else:
            await reader.read(-1)

    return conversation


def say(text: bytes) -> Conversation:
    """A conversation: answer the request with these bytes and hang up."""

    async def conversation(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request(reader)
        writer.write(text)
        await writer.drain()

    return conversation
