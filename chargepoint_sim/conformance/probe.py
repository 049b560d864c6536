"""A bare websocket for what no well-behaved charger does: wrong passwords, old TLS, frames of any shape, odd answers.

Owns the connection and tells its trace of every frame; judges nothing.
"""

import asyncio
import base64
import contextlib
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import orjson
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidMessage, InvalidStatus, NegotiationError
from websockets.protocol import State
from websockets.typing import Subprotocol

from chargepoint_sim.conformance import tls, wire
from chargepoint_sim.conformance.testdata import TestData
from chargepoint_sim.conformance.trace import Trace, TraceFrame
from chargepoint_sim.errors import LocalError
from chargepoint_sim.ids import new_boot_id

OPEN_S = 10.0
CLOSE_S = 2.0
"""How long a close may take."""

SETTLE_S = 0.5
"""How long a central system may take to close a link whose sub-protocol does not fit."""

REFUSES = {"error": "NotSupported"}
"""What a bare link answers to a CALL that its case does not ask for."""


@dataclass(frozen=True, slots=True)
class Dialled:
    """How an upgrade was answered."""

    is_open: bool
    status: int | None
    """HTTP status, or None where there was no HTTP answer."""
    subprotocol: str | None = None
    words: str = ""
    took_s: float = 0.0
    is_compressed: bool = False
    """An extension was agreed on; the only one that is offered is permessage-deflate (RFC 7692)."""

    def __str__(self) -> str:
        if self.is_open:
            return f"open with {self.subprotocol or 'no sub-protocol'}"
        return f"HTTP {self.status} {self.words}".strip() if self.status else self.words


class Probe:
    """One websocket at a time towards the central system."""

    def __init__(self, url: str, identity: str, data: TestData, trace: Trace) -> None:
        self._url = url
        self._identity = identity
        self._data = data
        self.trace = trace
        self._link: ClientConnection | None = None
        self._reader: asyncio.Task[None] | None = None
        self._answering: set[asyncio.Task[None]] = set()
        self._abandoned: list[ClientConnection] = []
        self._writing = asyncio.Lock()
        """A frame that is written in pieces is not interrupted."""
        self._ids = new_boot_id()
        self._sent = 0
        self.says: dict[str, Mapping[str, Any]] = {}
        """Action -> what the next CALL of it is answered: result, error or text, `nothing`; `after_s` waits first."""

    def another(self, name: str) -> "Probe":
        """A probe with a link and a trace of its own, under an identity beside this one's."""
        return Probe(self._url, f"{self._identity}-{name}", self._data, Trace(self.trace.version))

    async def dial(self, how: Mapping[str, Any]) -> Dialled:
        """Open a link. `how`: url, identity, user, password (None shows none), authorization, subprotocols, tls,
        compression (True offers permessage-deflate).

        Raises LocalError where this machine's TLS library lacks what is to be offered.
        """
        await self.hang_up()
        began = time.monotonic()
        url = how.get("url") or self._url
        try:
            link = await connect(
                address(url, how.get("identity", self._identity)),
                subprotocols=[Subprotocol(name) for name in self._offered(how)] or None,
                additional_headers=self._headers(how),
                compression="deflate" if how.get("compression") else None,
                open_timeout=OPEN_S,
                close_timeout=CLOSE_S,
                max_size=None,
                proxy=None,
                ssl=tls.client_context(self._data, how.get("tls", {})) if url.startswith("wss:") else None,
            )
        except InvalidStatus as error:
            return Dialled(False, error.response.status_code, words=error.response.reason_phrase)
        except NegotiationError as error:
            return Dialled(True, 101, f"one that was not offered ({error})")
        except (InvalidHandshake, InvalidMessage, OSError, TimeoutError, EOFError) as error:
            if tls.is_own_inability(error):
                raise tls.Unable("the TLS library of this machine does not speak that version") from None
            return Dialled(False, None, words=f"{type(error).__name__}: {error}")
        if link.subprotocol is None and await _closes_soon(link):
            return Dialled(False, 101, words="no sub-protocol, then closed")
        self._link = link
        self._reader = asyncio.create_task(self._read(link))
        self.trace.event("charger_connected", "")
        took_s = time.monotonic() - began
        return Dialled(True, 101, link.subprotocol, took_s=took_s, is_compressed=bool(link.protocol.extensions))

    def _offered(self, how: Mapping[str, Any]) -> list[str]:
        names: list[str] = how.get("subprotocols", [self.trace.version.subprotocol])
        return names

    def _headers(self, how: Mapping[str, Any]) -> dict[str, str]:
        if "authorization" in how:
            return {"Authorization": how["authorization"]} if how["authorization"] else {}
        password = how.get("password", self._data.password)
        if password is None:
            return {}
        shown = f"{how.get('user', how.get('identity', self._identity))}:{password}".encode()
        return {"Authorization": "Basic " + base64.b64encode(shown).decode()}

    @property
    def is_open(self) -> bool:
        """Whether the link is up."""
        return self._link is not None and self._link.state is State.OPEN

    @property
    def close_code(self) -> int | None:
        """With what the link was closed, or None while it is up."""
        return self._link.close_code if self._link is not None else None

    @property
    def security(self) -> ssl.SSLObject | None:
        """The TLS of the link."""
        found: ssl.SSLObject | None = self._open_link().transport.get_extra_info("ssl_object")
        return found

    async def call(self, action: str, payload: Any, message_id: str | None = None) -> TraceFrame:
        """Send a CALL of any shape. Raises LocalError where no link is open."""
        return await self.text(self._call_text(action, payload, message_id))

    def _call_text(self, action: str, payload: Any, message_id: str | None = None) -> str:
        self._sent += 1
        return orjson.dumps([2, message_id or f"{self._ids}-{self._sent}", action, payload]).decode()

    async def text(self, text: str) -> TraceFrame:
        """Send any text. Raises LocalError where no link is open."""
        link = self._open_link()
        frame = self.trace.frame(time.time(), True, text.encode())
        async with self._writing:
            with contextlib.suppress(ConnectionClosed):
                await link.send(text)
        return frame

    async def trick(self, name: str) -> TraceFrame:
        """Send a Heartbeat in one of the ways of `wire.TRICKS`. Raises LocalError where no link is open."""
        link = self._open_link()
        text = self._call_text("Heartbeat", {})
        frame = self.trace.frame(time.time(), True, text.encode())
        async with self._writing:
            with contextlib.suppress(ConnectionClosed):
                await wire.TRICKS[name](link, text)
        return frame

    def abandon(self) -> None:
        """Leave the link half open: nothing is read or closed any more, as when a modem loses its network."""
        link = self._open_link()
        link.transport.pause_reading()
        self._abandoned.append(link)
        if self._reader is not None:
            self._reader.cancel()
        self._link = self._reader = None

    def _open_link(self) -> ClientConnection:
        if self._link is None:
            raise LocalError("the case sends a frame without an open link")
        return self._link

    async def hang_up(self) -> None:
        """Close what is open, and let go of what was abandoned."""
        for answer in list(self._answering):
            answer.cancel()
        if self._link is not None and self.is_open:
            await self._link.close()
        elif self._link is not None:  # the other side has begun to close
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(CLOSE_S):
                    await self._link.wait_closed()
        if self._reader is not None:
            await self._reader
        self._link = self._reader = None

    async def let_go(self) -> None:
        """Hang up, also on what was abandoned: the end of the case."""
        await self.hang_up()
        for link in self._abandoned:
            link.transport.abort()

    async def _read(self, link: ClientConnection) -> None:
        with contextlib.suppress(ConnectionClosed):
            async for message in link:
                raw = message if isinstance(message, bytes) else message.encode()
                frame = self.trace.frame(time.time(), False, raw)
                if frame.kind == "CALL":
                    answer = asyncio.create_task(self._answer(frame, self.says.pop(frame.action, REFUSES)))
                    self._answering.add(answer)
                    answer.add_done_callback(self._answering.discard)
        self.trace.event("charger_disconnected", f"closed {link.close_code} {link.close_reason or ''}".strip())

    async def _answer(self, asked: TraceFrame, says: Mapping[str, Any]) -> None:
        await asyncio.sleep(float(says.get("after_s", 0)))
        if not says.get("nothing") and self.is_open:
            await self.text(_answer_text(says, asked.message_id))


def _answer_text(says: Mapping[str, Any], message_id: str) -> str:
    if "text" in says:
        return str(says["text"]).replace("{id}", message_id)
    if "error" in says:
        return orjson.dumps([4, message_id, says["error"], "", {}]).decode()
    return orjson.dumps([3, message_id, says["result"]]).decode()


async def _closes_soon(link: ClientConnection) -> bool:
    try:
        async with asyncio.timeout(SETTLE_S):
            await link.wait_closed()
    except TimeoutError:
        return False
    return True


def address(url: str, identity: str) -> str:
    """The URL of one charger (OCPP-J 1.6 chapter 3.1.1)."""
    name = quote(identity, safe="")
    if "{identity}" in url:
        return url.replace("{identity}", name)
    base, mark, query = url.partition("?")
    return f"{base.rstrip('/')}/{name}{mark}{query}"
