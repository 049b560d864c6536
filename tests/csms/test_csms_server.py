"""The central system on real sockets, driven by the `websockets` client."""

import asyncio
import base64
import ssl
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import orjson
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidMessage, InvalidStatus
from websockets.typing import Subprotocol

from chargepoint_sim.csms.config import settings_from
from chargepoint_sim.csms.server import CsmsServer, NoAnswer
from chargepoint_sim.errors import CallRefused, LocalError, RemoteError, UnknownTarget
from chargepoint_sim.protocol.frames import Version
from tests.csms.wire import BOOT, SIM, UTC
from tests.tls import ca_file, client_files, server_files

PATIENCE_S = 10.0

BOOT_WITH_SERIAL = {
    Version.V16: '[2,"boot","BootNotification",{"chargePointVendor":"Example","chargePointModel":"AC-22",'
    '"chargePointSerialNumber":"S-1"}]',
    Version.V201: '[2,"boot","BootNotification",{"reason":"PowerUp","chargingStation":'
    '{"vendorName":"Example","model":"DC-150","serialNumber":"S-1"}}]',
}


@asynccontextmanager
async def charger(
    server: CsmsServer, identity: str = "CP-1", version: Version = Version.V16, *, boots: bool = True, **options: Any
) -> AsyncIterator[ClientConnection]:
    """A connected charger of literal frames."""
    options.setdefault("subprotocols", [Subprotocol(version.subprotocol)])
    url = server.secure_url if "ssl" in options else server.url
    async with connect(f"{url}/{identity}", compression=None, **options) as socket:
        if boots:
            await socket.send(BOOT[version])
            assert (await receive(socket))[2]["status"] == "Accepted"
        yield socket


async def receive(socket: ClientConnection) -> list[Any]:
    async with asyncio.timeout(PATIENCE_S):
        frame: list[Any] = orjson.loads(await socket.recv())
        return frame


async def refusal(server: CsmsServer, identity: str = "CP-1", **options: Any) -> int:
    """The HTTP status of a refused upgrade."""
    with pytest.raises(InvalidStatus) as caught:
        async with charger(server, identity, boots=False, **options):
            pass
    return caught.value.response.status_code


# Connecting


@pytest.mark.parametrize("version", list(Version))
async def test_both_versions_on_one_port(version: Version) -> None:
    async with CsmsServer(clock=lambda: SIM) as server, charger(server, version=version) as socket:
        assert socket.subprotocol == version.subprotocol
        await socket.send('[2,"h","Heartbeat",{}]')
        assert await receive(socket) == [3, "h", {"currentTime": UTC}]
        assert server.central.peer("CP-1").version is version


@pytest.mark.parametrize("subprotocols", [None, [Subprotocol("ocpp1.5")]])
async def test_without_a_common_version_the_upgrade_has_no_sub_protocol_and_the_link_closes(subprotocols: Any) -> None:
    async with CsmsServer() as server, charger(server, boots=False, subprotocols=subprotocols) as socket:
        assert socket.subprotocol is None
        async with asyncio.timeout(PATIENCE_S):
            await socket.wait_closed()
        assert socket.close_code == 1002
        assert "spoken here: ocpp1.6" in (socket.close_reason or "")
        assert list(server.central.peers()) == []


async def test_unknown_identity_is_refused_with_404() -> None:
    async with CsmsServer(settings_from({"chargers": ["CP-*"]})) as server:
        assert await refusal(server, "other") == 404
        async with charger(server, "CP-7"):
            assert server.central.peer("CP-7").connected


async def test_basic_password_is_asked_for() -> None:
    async with CsmsServer(settings_from({"passwords": {"CP-1": "secret"}})) as server:
        assert await refusal(server) == 401
        header = {"Authorization": "Basic " + base64.b64encode(b"CP-1:secret").decode()}
        async with charger(server, additional_headers=header) as socket:
            assert socket.response is not None


async def test_identity_is_percent_decoded() -> None:
    async with CsmsServer() as server, charger(server, "RDAM%20123"):
        assert server.central.peer("RDAM 123").connected


async def test_newer_connection_closes_the_old_one_with_1000_and_gets_the_calls() -> None:
    async with CsmsServer() as server, charger(server) as old, charger(server, boots=False) as new:
        async with asyncio.timeout(PATIENCE_S):
            with pytest.raises(ConnectionClosed):
                await old.recv()
        assert old.close_code == 1000
        call = asyncio.create_task(server.call("CP-1", "ClearCache", {}))
        message_id = (await receive(new))[1]
        await new.send(f'[3,"{message_id}",{{"status":"Accepted"}}]')
        assert await call == {"status": "Accepted"}
        assert server.central.peer("CP-1").connected


async def test_binary_message_closes_with_1003() -> None:
    async with CsmsServer() as server, charger(server) as socket:
        await socket.send(b'[2,"h","Heartbeat",{}]')
        async with asyncio.timeout(PATIENCE_S):
            await socket.wait_closed()
        assert socket.close_code == 1003


async def test_oversized_message_closes_with_1009() -> None:
    async with CsmsServer() as server, charger(server) as socket:
        await socket.send('"' + "x" * 1_100_000 + '"')
        async with asyncio.timeout(PATIENCE_S):
            await socket.wait_closed()
        assert socket.close_code == 1009


async def test_a_handshake_that_fails_is_not_shouted_about(caplog: pytest.LogCaptureFixture) -> None:
    async with CsmsServer() as server:
        assert await refusal(server, "") == 404
        for greeting in (b"", b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01 not a request\r\n\r\n"):
            reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
            writer.write(greeting)
            writer.write_eof()
            async with asyncio.timeout(PATIENCE_S):
                await reader.read()
            writer.close()
            await writer.wait_closed()
        async with charger(server):
            assert server.central.peer("CP-1").connected
    assert caplog.records == []


async def test_stop_closes_with_1001_and_start_goes_on_with_what_is_known() -> None:
    server = CsmsServer()
    await server.start(port=0)
    async with charger(server) as socket:
        await server.stop()
        await socket.wait_closed()
        assert socket.close_code == 1001
    assert not server.central.peer("CP-1").connected
    await server.start(port=0)
    async with charger(server, boots=False) as socket:
        await socket.send('[2,"h","Heartbeat",{}]')
        assert (await receive(socket))[0] == 3
    await server.stop()


async def test_150_chargers_boot_at_once() -> None:
    async with CsmsServer() as server, AsyncExitStack() as stack:
        identities = [f"CP-{number}" for number in range(150)]
        await asyncio.gather(*(stack.enter_async_context(charger(server, identity)) for identity in identities))
        await asyncio.gather(*(server.wait_connected(identity) for identity in identities))
        assert sum(peer.connected for peer in server.central.peers()) == 150


# TLS


def tls_settings(folder: Path, **more: Any) -> Any:
    certificate, key = server_files(folder)
    return settings_from({"tls": {"certificate": certificate, "key": key, **more}})


async def test_profile_2_tls(tmp_path: Path) -> None:
    trust = ssl.create_default_context(cafile=ca_file(tmp_path))
    async with CsmsServer(tls_settings(tmp_path)) as server, charger(server, ssl=trust):
        assert server.central.peer("CP-1").connected


async def test_profile_3_demands_a_client_certificate(tmp_path: Path) -> None:
    async with CsmsServer(tls_settings(tmp_path, client_ca=ca_file(tmp_path))) as server:
        trust = ssl.create_default_context(cafile=ca_file(tmp_path))
        with pytest.raises((ssl.SSLError, OSError, InvalidMessage, ConnectionClosed)):
            async with charger(server, ssl=trust, boots=False):
                pass
        assert list(server.central.peers()) == []
        trust.load_cert_chain(*client_files(tmp_path, "CP-1"))
        async with charger(server, ssl=trust):
            assert server.central.peer("CP-1").connected


async def test_A05_both_ports_serve_one_central_system_until_the_profile_is_raised(tmp_path: Path) -> None:
    trust = ssl.create_default_context(cafile=ca_file(tmp_path))
    settings = tls_settings(tmp_path, port=0, client_ca=ca_file(tmp_path), client_optional=True)
    async with CsmsServer(settings) as server:
        assert server.url.startswith("ws:")
        async with charger(server):
            pass
        async with charger(server, ssl=trust, boots=False) as socket:  # the boot of the plain link still counts
            await socket.send('[2,"h","Heartbeat",{}]')
            assert (await receive(socket))[0] == 3
        server.set_profile("CP-1", 3)
        assert await refusal(server) == 403
        assert await refusal(server, ssl=trust) == 403
        trust.load_cert_chain(*client_files(tmp_path, "CP-1"))
        async with charger(server, ssl=trust):
            assert server.central.peer("CP-1").connected


@pytest.mark.parametrize(
    ("version", "common_name", "stays"),
    [
        (Version.V16, "S-1", True),
        (Version.V16, "AC22.S-1", True),
        (Version.V16, "S-2", False),
        (Version.V201, "S-1", True),
        (Version.V201, "DC150.S-1", False),
    ],
)
async def test_b01_fr_12_a_foreign_serial_number_is_closed(
    tmp_path: Path, version: Version, common_name: str, stays: bool
) -> None:
    trust = ssl.create_default_context(cafile=ca_file(tmp_path))
    trust.load_cert_chain(*client_files(tmp_path, common_name))
    settings = tls_settings(tmp_path, client_ca=ca_file(tmp_path), check_serial=True)
    async with CsmsServer(settings) as server, charger(server, version=version, ssl=trust, boots=False) as socket:
        await socket.send(BOOT_WITH_SERIAL[version])
        assert (await receive(socket))[0] == 3
        if stays:
            await socket.send('[2,"h","Heartbeat",{}]')
            assert (await receive(socket))[0] == 3
        else:
            async with asyncio.timeout(PATIENCE_S):
                await socket.wait_closed()
            assert socket.close_code == 1008


# Commands


async def test_call_raises_the_charger_s_refusal() -> None:
    async with CsmsServer() as server, charger(server) as socket:
        call = asyncio.create_task(server.call("CP-1", "ClearCache", {}))
        message_id = (await receive(socket))[1]
        await socket.send(f'[4,"{message_id}","NotSupported","no cache",{{}}]')
        with pytest.raises(CallRefused, match="NotSupported: no cache"):
            await call


async def test_call_raises_what_goes_wrong() -> None:
    async with CsmsServer() as server, charger(server) as socket:
        with pytest.raises(UnknownTarget):
            await server.call("nobody", "ClearCache", {})
        with pytest.raises(LocalError, match="does not send Heartbeat"):
            await server.call("CP-1", "Heartbeat", {})
        with pytest.raises(NoAnswer, match=r"no answer in 0\.05 s"):
            await server.call("CP-1", "ClearCache", {}, timeout_s=0.05)
        await receive(socket)
        call = asyncio.create_task(server.call("CP-1", "ClearCache", {}))
        message_id = (await receive(socket))[1]
        await socket.send(f'[3,"{message_id}",{{}}]')
        with pytest.raises(RemoteError, match="wrongly"):
            await call
        call = asyncio.create_task(server.call("CP-1", "ClearCache", {}))
        await receive(socket)
        await socket.close()
        with pytest.raises(NoAnswer, match="disconnected"):
            await call


async def test_calls_are_sent_one_after_the_other() -> None:
    async with CsmsServer() as server, charger(server) as socket:
        calls = [asyncio.create_task(server.call("CP-1", "ClearCache", {})) for _ in range(3)]
        for call in calls:
            message_id = (await receive(socket))[1]
            assert not call.done()
            await socket.send(f'[3,"{message_id}",{{"status":"Accepted"}}]')
            assert await call == {"status": "Accepted"}


# Waiting


async def test_wait_frame_finds_past_and_future_frames() -> None:
    async with CsmsServer() as server, charger(server) as socket:
        past = await server.wait_frame("CP-1", lambda frame: frame.is_call("BootNotification"))
        mark = server.mark("CP-1")
        assert mark > past.number
        future = asyncio.create_task(
            server.wait_frame("CP-1", lambda frame: frame.is_call("StatusNotification", connectorId=2), after=mark)
        )
        for connector in (1, 2):
            await socket.send(
                f'[2,"s{connector}","StatusNotification",{{"connectorId":{connector},"errorCode":"NoError",'
                '"status":"Available"}]'
            )
        assert (await future).payload["connectorId"] == 2


async def test_wait_frame_names_what_was_seen() -> None:
    async with CsmsServer() as server, charger(server):
        with pytest.raises(TimeoutError, match="CALL BootNotification"):
            await server.wait_frame("CP-1", lambda frame: frame.is_call("Heartbeat"), 0.05)


async def test_wait_for_sees_connections_come_and_go() -> None:
    async with CsmsServer() as server:
        gone = asyncio.create_task(
            server.wait_for(lambda central: [peer for peer in central.peers() if peer.boots and not peer.connected])
        )
        async with charger(server):
            assert not gone.done()
        assert [peer.identity for peer in await gone] == ["CP-1"]


async def test_a_wrong_predicate_fails_its_owner_and_nobody_else() -> None:
    async with CsmsServer() as server, charger(server) as socket:
        waiting = asyncio.create_task(server.wait_frame("CP-1", lambda frame: 1 / 0 > 1, after=server.mark("CP-1")))
        await asyncio.wait_for(server.wait_connected("CP-1"), PATIENCE_S)
        await socket.send('[2,"h","Heartbeat",{}]')
        assert (await receive(socket))[0] == 3
        with pytest.raises(ZeroDivisionError):
            await waiting
