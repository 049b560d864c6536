"""Host names to socket addresses: each name is looked up once and kept for a minute, per event loop.

A fleet that dials the same central system thousands of times asks the resolver once; those who ask at the same time
share the answer, and a failure is not kept. Literal addresses never leave this process.
"""

import asyncio
import socket
from typing import Any
from weakref import WeakKeyDictionary

TTL_S = 60.0

Address = tuple[socket.AddressFamily, tuple[Any, ...]]
"""Family, and what connect() takes."""

_Key = tuple[str, int]
_lookups: "WeakKeyDictionary[asyncio.AbstractEventLoop, dict[_Key, tuple[float, asyncio.Future[list[Address]]]]]"
_lookups = WeakKeyDictionary()


async def resolve(host: str, port: int) -> list[Address]:
    """The addresses of `host`, in the resolver's order, at least one.

    Raises socket.gaierror where the name is not found.
    """
    loop = asyncio.get_running_loop()
    kept = _lookups.setdefault(loop, {})
    expires_at, lookup = kept.get((host, port), (0.0, None))
    if lookup is None or loop.time() >= expires_at:
        lookup = asyncio.ensure_future(_look_up(loop, host, port))
        kept[host, port] = (loop.time() + TTL_S, lookup)
        lookup.add_done_callback(lambda done: _forget_failure(kept, (host, port), done))
    # One impatient caller must not take the answer from the others.
    return await asyncio.shield(lookup)


async def _look_up(loop: asyncio.AbstractEventLoop, host: str, port: int) -> list[Address]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    except socket.gaierror:
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [(socket.AddressFamily(family), address) for family, _, _, _, address in found]


def _forget_failure(
    kept: dict[_Key, tuple[float, "asyncio.Future[list[Address]]"]], key: _Key, done: "asyncio.Future[list[Address]]"
) -> None:
    if (done.cancelled() or done.exception() is not None) and kept.get(key, (0.0, None))[1] is done:
        del kept[key]
