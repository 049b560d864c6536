"""A small file server for the files of a run: firmware to fetch, and a place to lay logs down.

Listens on loopback unless told otherwise; keeps nothing of what it is given but the number of bytes.
"""

from aiohttp import web

FIRMWARE = b"chargepoint-sim-firmware 2.0.0-conformance\n" + bytes(4096)
MOST_BYTES = 64 * 1024 * 1024


class FileDesk:
    """Serves `/firmware.bin` and takes whatever is put to `/logs/...`."""

    def __init__(self, host: str = "127.0.0.1") -> None:
        self._host = host
        self._runner: web.AppRunner | None = None
        self._url = ""
        self.received: dict[str, int] = {}
        """File name -> bytes."""

    async def start(self) -> None:
        """Listen on a free port."""
        app = web.Application(client_max_size=MOST_BYTES)
        app.router.add_get("/firmware.bin", self._firmware)
        for method in ("PUT", "POST"):
            app.router.add_route(method, "/logs/{name:.*}", self._log)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, self._host, 0)
        await site.start()
        host, port = self._runner.addresses[0][:2]
        self._url = f"http://{host}:{port}"

    async def stop(self) -> None:
        """Listen no more."""
        if self._runner is not None:
            await self._runner.cleanup()

    @property
    def names(self) -> dict[str, str]:
        """Where its places are, by the names that cases use."""
        return {
            "firmware_url": f"{self._url}/firmware.bin",
            "missing_url": f"{self._url}/missing.bin",
            "log_url": f"{self._url}/logs/",
        }

    async def _firmware(self, _: web.Request) -> web.Response:
        return web.Response(body=FIRMWARE, content_type="application/octet-stream")

    async def _log(self, request: web.Request) -> web.Response:
        self.received[request.match_info["name"]] = len(await request.read())
        return web.Response(status=201)
