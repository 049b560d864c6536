"""`python -m chargepoint_sim` as a process, and a central system that notes how links end."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from typing import Any

from websockets.asyncio.server import ServerConnection

from chargepoint_sim.csms.server import CsmsServer

ROOT = Path(__file__).parents[2]
TIMEOUT_S = 30.0


class Program:
    """A running command; what it writes is gathered line by line."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._lines: list[str] = []
        self._errors: list[str] = []
        self._news = asyncio.Condition()
        self._open = 2
        assert process.stdout is not None
        assert process.stderr is not None
        self._readers = [
            asyncio.create_task(self._read(process.stdout, self._lines)),
            asyncio.create_task(self._read(process.stderr, self._errors)),
        ]

    @property
    def out(self) -> str:
        """What stdout has had so far."""
        return "\n".join(self._lines)

    @property
    def errors(self) -> str:
        """What stderr has had so far."""
        return "\n".join(self._errors)

    async def line(self, is_it: str | Callable[[str], bool], after: int = 0) -> str:
        """The first line of stdout that contains a text, or that a condition takes."""

        def found() -> str | None:
            for line in self._lines[after:]:
                if is_it in line if isinstance(is_it, str) else is_it(line):
                    return line
            return None

        try:
            async with asyncio.timeout(TIMEOUT_S), self._news:
                await self._news.wait_for(lambda: found() is not None or not self._open)
        except TimeoutError:
            raise AssertionError(f"no such line in {TIMEOUT_S:g} s:\n{self.out}\n{self.errors}") from None
        line = found()
        assert line is not None, f"the program ended without such a line:\n{self.out}\n{self.errors}"
        return line

    async def api(self) -> str:
        """Where its control API listens."""
        return (await self.line("Control API: ")).split()[2].rstrip(",")

    def signal(self, number: signal.Signals) -> None:
        """Send a signal."""
        self._process.send_signal(number)

    async def stop(self) -> int:
        """Ask for an orderly end; answers the exit status."""
        self.signal(signal.SIGTERM)
        return await self.ended()

    async def ended(self) -> int:
        """Wait for the end; answers the exit status."""
        async with asyncio.timeout(TIMEOUT_S):
            status = await self._process.wait()
            await asyncio.gather(*self._readers)
        return status

    async def kill(self) -> None:
        """Leave nothing behind."""
        if self._process.returncode is None:
            self._process.kill()
            await self._process.wait()
        await asyncio.gather(*self._readers)

    async def _read(self, stream: asyncio.StreamReader, lines: list[str]) -> None:
        async for line in stream:
            lines.append(line.decode().rstrip("\n"))
            async with self._news:
                self._news.notify_all()
        self._open -= 1
        async with self._news:
            self._news.notify_all()


@contextlib.asynccontextmanager
async def program(*arguments: str | Path, environ: Mapping[str, str] | None = None) -> AsyncIterator[Program]:
    """`chargepoint-sim` with these arguments, killed at the end of the block if it still runs."""
    env = {key: value for key, value in os.environ.items() if not key.startswith("CHARGEPOINT_SIM")}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "chargepoint_sim",
        *map(str, arguments),
        cwd=ROOT,
        env={**env, **(environ or {})},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    running = Program(process)
    try:
        yield running
    finally:
        await running.kill()


class NotingCsms(CsmsServer):
    """A central system that notes with which code each link was closed, and that can fall silent."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.close_codes: dict[str, int | None] = {}
        self.silent = False

    async def _serve(self, connection: ServerConnection) -> None:
        assert connection.request is not None
        identity = connection.request.path.rpartition("/")[2]
        await super()._serve(connection)
        self.close_codes[identity] = connection.close_code

    async def _write(self, identity: str, texts: list[bytes]) -> None:
        if not self.silent:
            await super()._write(identity, texts)
