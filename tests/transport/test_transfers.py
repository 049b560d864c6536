"""Files over real HTTP(S) and FTP(S) servers, both ways, and how a transfer that fails is told."""

import asyncio
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest

from chargepoint_sim.core.jobs import Cause, Downloaded, JobFailed, Trust, Uploaded
from chargepoint_sim.transport import ftps, transfers
from tests import tls
from tests.transport.file_servers import PASSWORD, USER, FileServer, ftp_server, nobody_listens

FILE = b"chargepoint-sim-firmware 2.0\n" + bytes(range(256)) * 1000
MEGABYTE = 1024 * 1024
ANYBODY = Trust()


def failed(result: object) -> JobFailed:
    assert isinstance(result, JobFailed)
    assert len(result.reason.splitlines()) == 1
    return result


async def test_http_download() -> None:
    async with FileServer().running() as server:
        server.files["/firmware/2.0.bin"] = FILE
        result = await transfers.download(f"{server.url}/firmware/2.0.bin", MEGABYTE, ANYBODY)
    assert result == Downloaded(FILE)


async def test_https_download_trusts_the_fleets_authority_and_no_other(tmp_path: Path) -> None:
    async with FileServer().running(tls.server_context()) as server:
        server.files["/f"] = FILE
        good = await transfers.download(f"{server.url}/f", MEGABYTE, Trust(tls.ca_file(tmp_path)))
        bad = await transfers.download(f"{server.url}/f", MEGABYTE, Trust(tls.ca_file(tmp_path, "another")))
        careless = await transfers.download(f"{server.url}/f", MEGABYTE, Trust(verify=False))
        assert [path for _, path in server.seen] == ["/f", "/f"]
    assert good == careless == Downloaded(FILE)
    assert "certificate" in failed(bad).reason


async def test_more_than_the_limit_is_refused() -> None:
    async with FileServer().running() as server:
        server.files["/f"] = FILE
        assert await transfers.download(f"{server.url}/f", len(FILE), ANYBODY) == Downloaded(FILE)
        result = await transfers.download(f"{server.url}/f", len(FILE) - 1, ANYBODY)
    assert "more than" in failed(result).reason


@pytest.mark.parametrize(
    ("status", "cause"), [(404, Cause.OTHER), (500, Cause.OTHER), (401, Cause.DENIED), (403, Cause.DENIED)]
)
async def test_http_refusals(status: int, cause: Cause) -> None:
    async with FileServer().running() as server:
        server.answers = [status, status]
        down = failed(await transfers.download(f"{server.url}/f?token=secret", MEGABYTE, ANYBODY))
        up = failed(await transfers.upload(f"{server.url}/f?token=secret", "f", FILE, ANYBODY))
        assert (down.cause, up.cause) == (cause, cause)
        assert down.reason == up.reason == f"{server.url.removeprefix('http://')}: HTTP {status}"


@pytest.mark.parametrize(
    ("path", "arrives_at"),
    [("/logs/", "/logs/log 1.zip"), ("/logs/put-here", "/logs/put-here"), ("", "/log 1.zip")],
)
async def test_http_upload_is_a_put_of_the_bare_bytes(path: str, arrives_at: str) -> None:
    async with FileServer().running() as server:
        assert await transfers.upload(server.url + path, "log 1.zip", FILE, ANYBODY) == Uploaded()
        assert server.files == {arrives_at: FILE}
        assert server.seen == [("PUT", arrives_at)]
        assert server.headers[0]["Content-Length"] == str(len(FILE))


@pytest.mark.parametrize("status", [405, 501])
async def test_a_server_without_put_gets_a_post(status: int) -> None:
    async with FileServer().running() as server:
        server.answers = [status]
        assert await transfers.upload(f"{server.url}/logs/", "log.zip", FILE, ANYBODY) == Uploaded()
        assert server.seen == [("PUT", "/logs/log.zip"), ("POST", "/logs/log.zip")]
        assert server.files["/logs/log.zip"] == FILE


async def test_user_and_password_of_the_url_are_used_and_never_told() -> None:
    async with FileServer().running() as server:
        server.answers = [403]
        url = server.url.replace("http://", f"http://{USER}:{PASSWORD}@")
        result = failed(await transfers.upload(f"{url}/f", "f", FILE, ANYBODY))
        assert server.headers[0]["Authorization"].startswith("Basic ")
    assert PASSWORD not in result.reason
    assert USER not in result.reason


async def test_a_body_that_breaks_off_is_no_file() -> None:
    async def half(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(half, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        failed(await transfers.download(f"http://127.0.0.1:{port}/f", MEGABYTE, ANYBODY))


async def test_a_silent_server_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transfers, "SILENCE_S", 0.05)
    held = asyncio.Event()

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await held.wait()
        writer.close()

    async with await asyncio.start_server(silent, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        result = failed(await transfers.download(f"http://127.0.0.1:{port}/f", MEGABYTE, ANYBODY))
        held.set()
    assert "no answer in time" in result.reason


@pytest.mark.parametrize("scheme", ["http", "https", "ftp", "ftps"])
async def test_nobody_there(scheme: str) -> None:
    port = nobody_listens()
    result = failed(await transfers.download(f"{scheme}://127.0.0.1:{port}/f", MEGABYTE, ANYBODY))
    assert result.reason.startswith(f"127.0.0.1:{port}: ")
    assert "refused" in result.reason.lower() or "connect" in result.reason.lower()


@pytest.mark.parametrize(
    "url",
    ["", "firmware.bin", "file:///etc/passwd", "sftp://host/f", "http://", "http:///f", "http://host:0/f",
     "http://host:99999/f", "http://[::1/f", "ftp://host/a%0d%0aDELE b", "ftp://host/a%0d%0aDELE", "http://ho st/f"],
)  # fmt: skip
async def test_bogus_urls_are_refused_before_anything_is_dialled(url: str) -> None:
    down = failed(await transfers.download(url, MEGABYTE, ANYBODY))
    up = failed(await transfers.upload(url, "f", FILE, ANYBODY))
    assert down.cause is up.cause is Cause.UNSUPPORTED
    assert down.reason == up.reason


@pytest.fixture(params=["ftp", "ftps", "implicit"])
def ftp(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """URL of a server on `tmp_path / "files"`; ftps demands TLS on both connections, implicit from the first byte."""
    folder = tmp_path / "files"
    folder.mkdir()
    files = (None, None) if request.param == "ftp" else tls.server_files(tmp_path)
    implicit = request.param == "implicit"
    with ftp_server(folder, *files, implicit=implicit) as place:
        if implicit:
            monkeypatch.setattr(ftps, "IMPLICIT_PORT", int(place.rpartition(":")[2]))
        yield f"{'ftps' if implicit else request.param}://{USER}:{PASSWORD}@{place}"


async def test_ftp_download(ftp: str, tmp_path: Path) -> None:
    (tmp_path / "files" / "new firmware.bin").write_bytes(FILE)
    trust = Trust(tls.ca_file(tmp_path))
    assert await transfers.download(f"{ftp}/new%20firmware.bin", MEGABYTE, trust) == Downloaded(FILE)
    too_big = await transfers.download(f"{ftp}/new%20firmware.bin", 1000, trust)
    assert "more than 1000 bytes" in failed(too_big).reason


async def test_ftp_upload(ftp: str, tmp_path: Path) -> None:
    (tmp_path / "files" / "logs").mkdir()
    trust = Trust(tls.ca_file(tmp_path))
    assert await transfers.upload(f"{ftp}/logs/", "log.zip", FILE, trust) == Uploaded()
    assert (tmp_path / "files" / "logs" / "log.zip").read_bytes() == FILE
    assert await transfers.upload(f"{ftp}/named.zip", "log.zip", b"", trust) == Uploaded()
    assert (tmp_path / "files" / "named.zip").read_bytes() == b""


async def test_ftp_refusals(ftp: str, tmp_path: Path) -> None:
    trust = Trust(tls.ca_file(tmp_path))
    missing = failed(await transfers.download(f"{ftp}/none", MEGABYTE, trust))
    assert ("FTP 550" in missing.reason, missing.cause) == (True, Cause.OTHER)
    denied = failed(await transfers.upload(ftp.replace(PASSWORD, "wrong-one") + "/f", "f", FILE, trust))
    assert ("FTP 530" in denied.reason, denied.cause) == (True, Cause.DENIED)
    assert "wrong-one" not in denied.reason


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
async def test_ftps_data_connections_resume_the_session_of_the_control_connection(
    version: ssl.TLSVersion, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[str | None, bool | None]] = []

    class Watched(ftps.SecureFtp):
        def ntransfercmd(self, cmd: str, rest: int | str | None = None) -> tuple[socket.socket, int | None]:
            self.context.maximum_version = version
            data, size = super().ntransfercmd(cmd, rest)
            assert isinstance(data, ssl.SSLSocket)
            seen.append((data.version(), data.session_reused))
            return data, size

        def auth(self) -> str:
            self.context.maximum_version = version
            return super().auth()

    monkeypatch.setattr(transfers, "SecureFtp", Watched)
    with ftp_server(tmp_path, *tls.server_files(tmp_path)) as place:
        url = f"ftps://{USER}:{PASSWORD}@{place}/f"
        assert await transfers.upload(url, "f", FILE, Trust(tls.ca_file(tmp_path))) == Uploaded()
        assert await transfers.download(url, MEGABYTE, Trust(tls.ca_file(tmp_path))) == Downloaded(FILE)
    assert seen == [(f"TLSv1.{version - ssl.TLSVersion.TLSv1_2 + 2}", True)] * 2


async def test_ftps_of_an_unknown_authority_is_not_trusted(tmp_path: Path) -> None:
    with ftp_server(tmp_path, *tls.server_files(tmp_path)) as place:
        url = f"ftps://{USER}:{PASSWORD}@{place}/f"
        result = failed(await transfers.upload(url, "f", FILE, Trust(tls.ca_file(tmp_path, "another"))))
    assert "certificate" in result.reason
    assert not (tmp_path / "f").exists()
