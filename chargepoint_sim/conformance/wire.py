"""Ways to put one text on a websocket that a library does not take by itself (RFC 6455 chapters 5.2 to 5.5).

Each function writes a text to an open link; what the other side makes of it is the case's affair.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from websockets.asyncio.client import ClientConnection
from websockets.frames import Frame, Opcode

RESERVED = 0x40
"""RSV1 in the first byte of a frame; no extension is negotiated that could use it."""

PINGS = 500
FRAGMENT = 5
DRIBBLE_S = 0.01
"""Between two bytes."""


async def _fragmented(link: ClientConnection, text: str) -> None:
    await link.send([text[n : n + FRAGMENT] for n in range(0, len(text), FRAGMENT)])


async def _binary(link: ClientConnection, text: str) -> None:
    await link.send(text.encode())


async def _pings(link: ClientConnection, text: str) -> None:
    for _ in range(PINGS):
        await link.ping()
    await link.send(text)


async def _unmasked(link: ClientConnection, text: str) -> None:
    link.transport.write(Frame(Opcode.TEXT, text.encode()).serialize(mask=False))


async def _reserved(link: ClientConnection, text: str) -> None:
    first, *rest = Frame(Opcode.TEXT, text.encode()).serialize(mask=True)
    link.transport.write(bytes((first | RESERVED, *rest)))


async def _dribble(link: ClientConnection, text: str) -> None:
    for byte in Frame(Opcode.TEXT, text.encode()).serialize(mask=True):
        link.transport.write(bytes((byte,)))
        await asyncio.sleep(DRIBBLE_S)


async def _cut(link: ClientConnection, text: str) -> None:
    raw = Frame(Opcode.TEXT, text.encode()).serialize(mask=True)
    link.transport.write(raw[: len(raw) // 2])
    await asyncio.sleep(0)
    link.transport.abort()


TRICKS: Mapping[str, Callable[[ClientConnection, str], Awaitable[None]]] = {
    "fragmented": _fragmented,
    "binary": _binary,
    "pings": _pings,
    "unmasked": _unmasked,
    "reserved_bits": _reserved,
    "byte_by_byte": _dribble,
    "cut": _cut,
}
"""Name in the case files -> how it is sent."""
