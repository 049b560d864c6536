"""The link against complete websocket servers that others wrote."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable

import pytest
from aiohttp import WSMsgType, web
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from chargepoint_sim.protocol.link import EndKind, LinkEnd
from tests.transport.support import PATIENCE_S, Ears, connect, end_of, refusal

pytestmark = pytest.mark.parametrize("compression", [False, True], ids=["plain", "deflate"])

ORDERS = {"close": (1008, "not you")}

Seen = asyncio.Queue[int | None]
"""The close codes that a server saw."""


async def websockets_conversation(connection: ServerConnection) -> None:
    """Echo; on `close` close with 1008, on `fragments` send one message in three frames."""
    with contextlib.suppress(ConnectionClosed):
        async for message in connection:
            if message == "close":
                await connection.close(*ORDERS["close"])
            elif message == "fragments":
                await connection.send(["one ", "twö ", "three"])
            else:
                await connection.send(message)


@contextlib.asynccontextmanager
async def websockets_server(seen: Seen) -> AsyncIterator[int]:
    async def conversation(connection: ServerConnection) -> None:
        await websockets_conversation(connection)
        await connection.wait_closed()
        seen.put_nowait(connection.close_code)

    async with serve(conversation, "127.0.0.1", 0, subprotocols=[Subprotocol("ocpp1.6")]) as server:
        yield next(iter(server.sockets)).getsockname()[1]


@contextlib.asynccontextmanager
async def aiohttp_server(seen: Seen) -> AsyncIterator[int]:
    async def conversation(request: web.Request) -> web.StreamResponse:
        if request.path.endswith("stranger"):
            return web.Response(status=404, text="no such station")
        socket = web.WebSocketResponse(protocols=["ocpp1.6"])
        await socket.prepare(request)
        async for message in socket:
            assert message.type is WSMsgType.TEXT
            if message.data == "close":
                await socket.close(code=ORDERS["close"][0], message=ORDERS["close"][1].encode())
            elif message.data == "fragments":
                await socket.send_str("one twö three")
            else:
                await socket.send_str(message.data)
        seen.put_nowait(socket.close_code)
        return socket

    app = web.Application()
    app.router.add_get("/ocpp/{identity}", conversation)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


Server = Callable[[Seen], contextlib.AbstractAsyncContextManager[int]]
SERVERS: dict[str, Server] = {"websockets": websockets_server, "aiohttp": aiohttp_server}
on_both = pytest.mark.parametrize("server", SERVERS.values(), ids=SERVERS)


@on_both
async def test_messages_of_all_sizes_come_back(server: Server, compression: bool) -> None:
    texts = [("é" * size).encode() for size in (1, 62, 63, 100, 32767, 32768, 100_000)]
    ears, seen = Ears(), Seen()
    async with server(seen) as port:
        link = await connect(port, ears, compression=compression)
        assert link.subprotocol == "ocpp1.6"
        assert link._protocol is not None
        assert bool(link._protocol.extensions) is compression
        for text in texts:
            link.send(text)
        await ears.until(lambda: len(ears.texts) == len(texts))
        link.close(1000, "done")
        assert await end_of(link) == LinkEnd(EndKind.CLOSED, 1000, "done", by_us=True)
        async with asyncio.timeout(PATIENCE_S):
            assert await seen.get() == 1000
    assert ears.texts == texts


@on_both
async def test_pings_fragments_and_a_close_by_the_server(server: Server, compression: bool) -> None:
    ears, seen = Ears(), Seen()
    async with server(seen) as port:
        link = await connect(port, ears, compression=compression)
        link.ping()
        link.send(b"fragments")
        await ears.until(lambda: ears.pongs == 1 and bool(ears.texts))
        link.send(b"close")
        assert await end_of(link) == LinkEnd(EndKind.CLOSED, 1008, "not you", by_us=False)
    assert ears.texts == ["one twö three".encode()]


async def test_an_identity_that_aiohttp_does_not_know(compression: bool) -> None:
    async with aiohttp_server(Seen()) as port:
        end = await refusal(port, identity="stranger", compression=compression)
    assert end == LinkEnd(EndKind.REFUSED, 404, "Not Found: no such station")


@on_both
async def test_another_version_than_the_server_s(server: Server, compression: bool) -> None:
    async with server(Seen()) as port:
        end = await refusal(port, subprotocols=("ocpp2.0.1",), compression=compression)
    # websockets refuses the upgrade, aiohttp accepts it without a sub-protocol
    assert (end.kind, end.code) in {(EndKind.REFUSED, 400), (EndKind.SUBPROTOCOL, None)}
