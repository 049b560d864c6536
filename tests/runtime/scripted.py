"""A central system whose every byte a test decides: it accepts upgrades, answers CALLs and counts connections."""

import asyncio
import contextlib
import ssl
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote

import orjson

from tests.transport import support

PATIENCE_S = 10.0

ANSWERS: dict[str, dict[str, Any]] = {
    "BootNotification": {"status": "Accepted", "interval": 300},
    "Authorize": {"idTagInfo": {"status": "Accepted"}, "idTokenInfo": {"status": "Accepted"}},
    "StartTransaction": {"transactionId": 41, "idTagInfo": {"status": "Accepted"}},
}
"""Payloads of answers; all others are empty. They name both versions' keys."""

_KEYS = {"1.6": "idTokenInfo", "2.0.1": "idTagInfo"}


def answer_to(action: str, version: str) -> dict[str, Any]:
    """What a friendly central system answers."""
    payload = {key: value for key, value in ANSWERS.get(action, {}).items() if key != _KEYS[version]}
    if action in ("BootNotification", "Heartbeat"):
        payload["currentTime"] = now()
    return payload


def now() -> str:
    """The present time as it stands on the wire."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Socket:
    """One connection of a charger."""

    def __init__(self, identity: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.identity = identity
        self.reader, self.writer = reader, writer

    def call(self, message_id: str, action: str, payload: dict[str, Any]) -> None:
        """Send a CALL."""
        self.say([2, message_id, action, payload])

    def result(self, message_id: str, payload: dict[str, Any]) -> None:
        """Send an answer."""
        self.say([3, message_id, payload])

    def say(self, content: Any) -> None:
        """Send a text frame: JSON, or these bytes as they are."""
        text = content if isinstance(content, bytes) else orjson.dumps(content)
        self.writer.write(support.frame(support.TEXT, text))


Behaviour = Callable[["Scripted", Socket, list[Any]], Awaitable[None]]


async def friendly(csms: "Scripted", socket: Socket, frame: list[Any]) -> None:
    """Answer every CALL at once."""
    if frame[0] == 2:
        socket.result(frame[1], answer_to(frame[2], csms.version))


class Scripted:
    """`async with Scripted() as csms`: the central system behind `csms.url`."""

    def __init__(
        self,
        version: str = "1.6",
        behaviour: Behaviour = friendly,
        *,
        answers_pings: bool = True,
        lets_go: asyncio.Event | None = None,
        context: ssl.SSLContext | None = None,
    ) -> None:
        """`lets_go`: a close frame is answered, and the connection closed, only once this is set."""
        self.version, self.behaviour = version, behaviour
        self.answers_pings, self.lets_go, self._context = answers_pings, lets_go, context
        self.open: Counter[str] = Counter()
        """Identity -> connections open at this moment."""
        self.overlaps: list[str] = []
        """Identities that dialled while an older connection of theirs was open."""
        self.dialled_at: defaultdict[str, list[float]] = defaultdict(list)
        self.sources: list[str] = []
        """Addresses that connections came from."""
        self.closes: defaultdict[str, list[int]] = defaultdict(list)
        """Identity -> close codes that it sent."""
        self.frames: defaultdict[str, list[list[Any]]] = defaultdict(list)
        self.sockets: dict[str, Socket] = {}
        """Identity -> newest connection."""
        self.pings = 0
        self.port = 0
        self._changed = asyncio.Condition()
        self._stack = contextlib.AsyncExitStack()

    async def __aenter__(self) -> "Scripted":
        self.port = await self._stack.enter_async_context(support.raw_server(self._converse, context=self._context))
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    @property
    def url(self) -> str:
        """The endpoint; a charger appends its identity."""
        return f"ws://127.0.0.1:{self.port}/ocpp"

    async def until(self, holds: Callable[[], bool]) -> None:
        """Wait until something that happened here makes `holds` true. Raises TimeoutError with what was seen."""
        try:
            async with asyncio.timeout(PATIENCE_S), self._changed:
                await self._changed.wait_for(holds)
        except TimeoutError:
            raise TimeoutError(f"seen: {dict(self.frames)}; dials: {dict(self.dialled_at)}") from None

    def calls(self, identity: str, action: str) -> list[dict[str, Any]]:
        """Payloads of a charger's CALLs of `action`."""
        return [frame[3] for frame in self.frames[identity] if frame[0] == 2 and frame[2] == action]

    async def _happened(self) -> None:
        async with self._changed:
            self._changed.notify_all()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = await support.request(reader)
        identity = unquote(request.split(b" ", 2)[1].decode().rsplit("/", 1)[-1])
        if self.open[identity]:
            self.overlaps.append(identity)
        self.open[identity] += 1
        self.dialled_at[identity].append(asyncio.get_running_loop().time())
        self.sources.append(writer.get_extra_info("peername")[0])
        writer.write(support.answer_101(request, f"ocpp{self.version}"))
        socket = self.sockets[identity] = Socket(identity, reader, writer)
        await self._happened()
        try:
            while await self._next(socket):
                await self._happened()
        finally:
            self.open[identity] -= 1
            await self._happened()

    async def _next(self, socket: Socket) -> bool:
        opcode, payload = await support.read_frame(socket.reader)
        if opcode == support.CLOSE:
            self.closes[socket.identity].append(int.from_bytes(payload[:2], "big"))
            await self._happened()
            if self.lets_go is not None:
                await self.lets_go.wait()
            socket.writer.write(support.frame(support.CLOSE, payload))
            return False
        if opcode == support.PING:
            self.pings += 1
            if self.answers_pings:
                socket.writer.write(support.frame(support.PONG, payload))
        elif opcode == support.TEXT:
            frame = orjson.loads(payload)
            self.frames[socket.identity].append(frame)
            await self.behaviour(self, socket, frame)
        return True
