"""A bare websocket for what no well-behaved charger does: wrong passwords, odd sub-protocols, frames of any shape.

Owns the connection and tells the witness of every frame; judges nothing.
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
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus, NegotiationError
from websockets.typing import Subprotocol

from chargepoint_sim.conformance.testdata import TestData
from chargepoint_sim.conformance.trace import Trace, TraceFrame
from chargepoint_sim.errors import LocalError
from chargepoint_sim.ids import new_boot_id

OPEN_S = 10.0
SETTLE_S = 0.5
"""How long a central system may take to close a link whose sub-protocol does not fit."""


@dataclass(frozen=True, slots=True)
class Dialled:
    """How an upgrade was answered."""

    is_open: bool
    status: int | None
    """HTTP status, or None where there was no HTTP answer."""
    subprotocol: str | None = None
    words: str = ""

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
        self._trace = trace
        self._link: ClientConnection | None = None
        self._reader: asyncio.Task[None] | None = None
        self._ids = new_boot_id()
        self._sent = 0

    async def dial(self, how: Mapping[str, Any]) -> Dialled:
        """Open a link. `how`: subprotocols, user, password (None shows none), identity."""
        await self.hang_up()
        identity = how.get("identity", self._identity)
        password = how.get("password", self._data.password)
        headers = {}
        if password is not None:
            shown = f"{how.get('user', identity)}:{password}".encode()
            headers["Authorization"] = "Basic " + base64.b64encode(shown).decode()
        offered = [Subprotocol(name) for name in how.get("subprotocols", [self._trace.version.subprotocol])]
        try:
            link = await connect(
                address(self._url, identity),
                subprotocols=offered or None,
                additional_headers=headers,
                compression=None,
                open_timeout=OPEN_S,
                close_timeout=2.0,
                proxy=None,
                ssl=self._tls(),
            )
        except InvalidStatus as error:
            return Dialled(False, error.response.status_code, words=error.response.reason_phrase)
        except NegotiationError as error:
            return Dialled(True, 101, f"one that was not offered ({error})")
        except (InvalidHandshake, OSError, TimeoutError, EOFError) as error:
            return Dialled(False, None, words=f"{type(error).__name__}: {error}")
        if link.subprotocol is None and await _closes_soon(link):
            return Dialled(False, 101, words="no sub-protocol, then closed")
        self._link = link
        self._reader = asyncio.create_task(self._read(link))
        self._trace.event("charger_connected", "")
        return Dialled(True, 101, link.subprotocol)

    async def call(self, action: str, payload: Any) -> TraceFrame:
        """Send a CALL of any shape. Raises LocalError where no link is open."""
        self._sent += 1
        return await self.text(orjson.dumps([2, f"{self._ids}-{self._sent}", action, payload]).decode())

    async def text(self, text: str) -> TraceFrame:
        """Send any text. Raises LocalError where no link is open."""
        if self._link is None:
            raise LocalError("the case sends a frame without an open link")
        frame = self._trace.frame(time.time(), True, text.encode())
        with contextlib.suppress(ConnectionClosed):
            await self._link.send(text)
        return frame

    async def hang_up(self) -> None:
        """Close what is open."""
        if self._link is not None:
            await self._link.close()
        if self._reader is not None:
            await self._reader
        self._link = self._reader = None

    async def _read(self, link: ClientConnection) -> None:
        with contextlib.suppress(ConnectionClosed):
            async for message in link:
                raw = message if isinstance(message, bytes) else message.encode()
                self._trace.frame(time.time(), False, raw)
        self._trace.event("charger_disconnected", f"closed {link.close_code} {link.close_reason or ''}".strip())

    def _tls(self) -> ssl.SSLContext | None:
        if not self._url.startswith("wss:"):
            return None
        context = ssl.create_default_context(cafile=self._data.ca_file)
        if not self._data.verify:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return context


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
