"""Host names to socket addresses: each name is looked up once and kept for a minute, per event loop.

A fleet that dials the same central system thousands of times asks the resolver once; those who ask at the same time
share the answer, and a failure is not kept. Literal addresses never leave this process.
"""

import asyncio
import functools
import socket
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakKeyDictionary

TTL_S = 60.0

Address = tuple[socket.AddressFamily, tuple[Any, ...]]
"""Family, and what connect() takes."""

_Key = tuple[str, int]


@dataclass(slots=True)
class _Names:
    """What one event loop knows, and what it has asked."""

    known: dict[_Key, tuple[float, list[Address]]] = field(default_factory=dict)
    """Until when, on the loop's clock; and the addresses."""
    asked: dict[_Key, "asyncio.Future[list[Address]]"] = field(default_factory=dict)


_names: WeakKeyDictionary[asyncio.AbstractEventLoop, _Names] = WeakKeyDictionary()


async def resolve(host: str, port: int) -> list[Address]:
    """The addresses of `host`, in the resolver's order, at least one.

    Raises socket.gaierror where the name is not found.
    """
    loop = asyncio.get_running_loop()
    names = _names.get(loop)
    if names is None:
        names = _names[loop] = _Names()
    key = (host, port)
    expires_at, addresses = names.known.get(key, (0.0, []))
    if loop.time() < expires_at:
        return addresses
    lookup = names.asked.get(key)
    if lookup is None:
        lookup = names.asked[key] = asyncio.ensure_future(_look_up(loop, host, port))
        lookup.add_done_callback(functools.partial(_keep, names, key, loop))
    # One impatient caller must not take the answer from the others.
    return await asyncio.shield(lookup)


async def _look_up(loop: asyncio.AbstractEventLoop, host: str, port: int) -> list[Address]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    except socket.gaierror:
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [(socket.AddressFamily(family), address) for family, _, _, _, address in found]


def _keep(names: _Names, key: _Key, loop: asyncio.AbstractEventLoop, lookup: "asyncio.Future[list[Address]]") -> None:
    del names.asked[key]
    if not lookup.cancelled() and lookup.exception() is None:
        names.known[key] = (loop.time() + TTL_S, lookup.result())
