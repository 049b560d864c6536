"""Real servers for files on loopback: HTTP(S) by aiohttp, FTP(S) by pyftpdlib."""

import contextlib
import socket
import ssl
import threading
import warnings
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

from aiohttp import web

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # pyftpdlib stands on asyncore
    from pyftpdlib.authorizers import DummyAuthorizer
    from pyftpdlib.handlers import FTPHandler, TLS_FTPHandler
    from pyftpdlib.servers import FTPServer

USER, PASSWORD = "mechanic", "oily-rag"


class FileServer:
    """An HTTP server that keeps what it is given; `answers` are the statuses of the next requests, 0 = as usual."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.seen: list[tuple[str, str]] = []
        """(method, path) of every request."""
        self.headers: list[dict[str, str]] = []
        self.answers: list[int] = []
        self.url = ""

    @contextlib.asynccontextmanager
    async def running(self, tls: ssl.SSLContext | None = None) -> AsyncIterator["FileServer"]:
        """Serve on a free port."""
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._serve)
        runner = web.AppRunner(app)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls)
        await site.start()
        port = runner.addresses[0][1]
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{port}"
        try:
            yield self
        finally:
            await runner.cleanup()

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        self.seen.append((request.method, request.path))
        self.headers.append(dict(request.headers))
        status = self.answers.pop(0) if self.answers else 0
        if status:
            return web.Response(status=status)
        if request.method != "GET":
            self.files[request.path] = await request.read()
            return web.Response(status=201)
        if request.path not in self.files:
            return web.Response(status=404)
        return web.Response(body=self.files[request.path])


class ImplicitHandler(TLS_FTPHandler):  # type: ignore[misc]  # pyftpdlib has no types
    """TLS from the first byte: the greeting follows the handshake."""

    def handle(self) -> None:
        self.secure_connection(self.ssl_context)

    def handle_ssl_established(self) -> None:
        super().handle()


@contextlib.contextmanager
def ftp_server(
    folder: Path, certificate: str | None = None, key: str | None = None, *, implicit: bool = False
) -> Iterator[str]:
    """An FTP server on `folder`, with TLS demanded where a certificate is given; yields host:port."""
    authorizer = DummyAuthorizer()
    authorizer.add_user(USER, PASSWORD, str(folder), perm="elradfmw")
    settings: dict[str, object] = {"authorizer": authorizer, "auth_failed_timeout": 0}
    base = FTPHandler
    if certificate is not None:
        base = ImplicitHandler if implicit else TLS_FTPHandler
        settings |= {"certfile": certificate, "keyfile": key, "tls_control_required": True, "tls_data_required": True}
    handler = type("Handler", (base,), settings)
    server = FTPServer(("127.0.0.1", 0), handler)
    ended = threading.Event()

    def serve() -> None:
        while not ended.is_set():
            server.ioloop.loop(timeout=0.05, blocking=False)

    thread = threading.Thread(target=serve, name="ftp server")
    thread.start()
    try:
        host, port = server.address[:2]
        yield f"{host}:{port}"
    finally:
        ended.set()
        thread.join()
        server.close_all()


def nobody_listens() -> int:
    """A port of loopback where nothing listens."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])
