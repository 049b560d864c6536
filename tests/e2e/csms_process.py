"""The built-in central system in a process of its own, as a user starts it, and what it tells over its HTTP port."""

import asyncio
import contextlib
import re
import signal
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import aiohttp

START_S = 30.0


@dataclass
class CsmsProcess:
    """A running `chargepoint-sim csms`."""

    url: str
    http: aiohttp.ClientSession

    async def get(self, path: str) -> Any:
        """What stands behind a path of the HTTP port."""
        async with self.http.get(path) as reply:
            assert reply.status == 200, await reply.text()
            return await reply.json()

    async def calls(self, identity: str) -> list[str]:
        """The texts of a charger's CALLs, oldest first; none of its frames may have been refused."""
        frames = (await self.get(f"/chargers/{identity}/frames"))["frames"]
        assert {frame["kind"] for frame in frames} <= {"CALL", "CALLRESULT"}, frames
        return [frame["text"] for frame in frames if frame["from_charger"] and frame["kind"] == "CALL"]


@contextlib.asynccontextmanager
async def csms_process() -> AsyncIterator[CsmsProcess]:
    """Start it on free ports and stop it with SIGINT, which it must survive orderly."""
    command = (sys.executable, "-m", "chargepoint_sim", "csms", "--port", "0", "--http-port", "0")
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    try:
        told = ""
        async with asyncio.timeout(START_S):
            while (found := re.search(r"(http://\S+)/chargers ", told)) is None:
                line = await process.stdout.readline()
                assert line, f"it ended before it listened: {told}"
                told += line.decode()
        url = re.search(r"ws://\S+", told)
        assert url is not None
        async with aiohttp.ClientSession(base_url=found[1]) as http:
            yield CsmsProcess(url[0], http)
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGINT)
        await process.communicate()
    assert process.returncode == 0
