"""The file server of local controllers: firmware that other stations fetch over HTTP (2.0.1 L03, L04).

Owns one listener on the loopback interface for all controllers of a process, opened when the first file is published,
and what is being fetched from it. Files are named by controller and checksum and live as long as the process.
"""

from collections import Counter
from urllib.parse import quote

from aiohttp import web

from chargepoint_sim.core.jobs import Cause, JobFailed, JobResult, Publish, Published, Withdraw, Withdrawn

HOST = "127.0.0.1"
CHUNK_BYTES = 64 * 1024

Place = tuple[str, str]
"""Controller and checksum."""


class Shelf:
    """The published files of a process."""

    def __init__(self) -> None:
        self._files: dict[Place, bytes] = {}
        self._fetching: Counter[Place] = Counter()
        self._runner: web.AppRunner | None = None

    async def publish(self, job: Publish) -> JobResult:
        """Offer a file: Published with its URLs, or JobFailed where no port can be had."""
        try:
            port = await self._listen()
        except OSError as error:
            return JobFailed(f"no port to publish at: {error.strerror}")
        self._files[job.controller, job.checksum] = job.data
        return Published((f"http://{HOST}:{port}/{quote(job.controller, safe='')}/{job.checksum}",))

    async def withdraw(self, job: Withdraw) -> JobResult:
        """Offer a file no more: Withdrawn, or JobFailed while somebody is fetching it."""
        place = job.controller, job.checksum
        if self._fetching[place]:
            return JobFailed("somebody is fetching the file", Cause.DENIED)
        self._files.pop(place, None)
        return Withdrawn()

    async def stop(self) -> None:
        """Stop listening, and forget the files."""
        self._files.clear()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def _listen(self) -> int:
        """The port; it is opened where there is none yet. Raises OSError."""
        if self._runner is None:
            app = web.Application()
            app.add_routes([web.get("/{controller}/{checksum}", self._serve)])
            runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
            await runner.setup()
            try:
                await web.TCPSite(runner, HOST, 0).start()
            except OSError:
                await runner.cleanup()
                raise
            self._runner = runner
        port: int = self._runner.addresses[0][1]
        return port

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        place = request.match_info["controller"], request.match_info["checksum"]
        data = self._files.get(place)
        if data is None:
            raise web.HTTPNotFound
        response = web.StreamResponse(headers={"Content-Type": "application/octet-stream"})
        response.content_length = len(data)
        self._fetching[place] += 1
        try:
            await response.prepare(request)
            for at in range(0, len(data), CHUNK_BYTES):
                await response.write(data[at : at + CHUNK_BYTES])
            await response.write_eof()
        finally:
            self._fetching[place] -= 1
        return response
