"""The file server of local controllers, by real HTTP on loopback (2.0.1 L03, L04)."""

import asyncio
import hashlib
from collections.abc import AsyncIterator

import pytest

from chargepoint_sim.core.jobs import Downloaded, JobFailed, Publish, Published, Trust, Withdraw, Withdrawn
from chargepoint_sim.transport import shelf, transfers

FILE = b"chargepoint-sim-firmware 2.1.0\n" + b"\0" * (16 * 1024 * 1024)
CHECKSUM = hashlib.md5(FILE, usedforsecurity=False).hexdigest()
MOST = len(FILE)


@pytest.fixture
async def files() -> AsyncIterator[shelf.Shelf]:
    """A server that is stopped at the end."""
    server = shelf.Shelf()
    yield server
    await server.stop()


async def offered(files: shelf.Shelf, controller: str = "LC-1") -> str:
    """The URL of the file, once it is published."""
    result = await files.publish(Publish(controller, CHECKSUM, FILE))
    assert isinstance(result, Published)
    (url,) = result.locations
    return url


async def test_a_published_file_is_fetched_whole(files: shelf.Shelf) -> None:
    """L03.FR.03, L03.FR.04."""
    url = await offered(files)
    result = await transfers.download(url, MOST, Trust())
    assert isinstance(result, Downloaded)
    assert hashlib.md5(result.data, usedforsecurity=False).hexdigest() == CHECKSUM


async def test_a_withdrawn_file_is_gone_and_others_stay(files: shelf.Shelf) -> None:
    """L04.FR.01."""
    url, other = await offered(files), await offered(files, "LC 2/x")
    assert isinstance(await files.withdraw(Withdraw("LC-1", CHECKSUM)), Withdrawn)
    gone = await transfers.download(url, MOST, Trust())
    assert isinstance(gone, JobFailed)
    assert gone.reason.endswith("HTTP 404")
    assert isinstance(await transfers.download(other, MOST, Trust()), Downloaded)


async def test_a_file_that_somebody_fetches_is_not_withdrawn(files: shelf.Shelf) -> None:
    """L04.FR.04."""
    url = await offered(files)
    host, port = url.removeprefix("http://").split("/")[0].split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    path = "/" + url.removeprefix("http://").split("/", 1)[1]
    writer.write(f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
    assert (await reader.readline()).startswith(b"HTTP/1.1 200")
    assert isinstance(await files.withdraw(Withdraw("LC-1", CHECKSUM)), JobFailed)
    async with asyncio.timeout(30):
        assert (await reader.read()).endswith(FILE[-1024:])
    writer.close()
    assert isinstance(await files.withdraw(Withdraw("LC-1", CHECKSUM)), Withdrawn)
    assert isinstance(await transfers.download(url, MOST, Trust()), JobFailed)


async def test_without_a_port_nothing_is_published(files: shelf.Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    """L03.FR.08."""
    monkeypatch.setattr(shelf, "HOST", "192.0.2.1")
    result = await files.publish(Publish("LC-1", CHECKSUM, FILE))
    assert isinstance(result, JobFailed)
