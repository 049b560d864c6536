"""From a target to a link, and every way in which that fails."""

import asyncio
import socket
from pathlib import Path
from typing import Any

import pytest
from websockets.client import ClientProtocol

from chargepoint_sim.errors import LocalError
from chargepoint_sim.fleet.spec import Credentials, CsmsTarget
from chargepoint_sim.protocol.link import EndKind, LinkEnd
from chargepoint_sim.transport import resolve
from chargepoint_sim.transport.dial import dial, endpoint_url
from chargepoint_sim.transport.link import DialFailed
from tests.transport.support import (
    CLOSE,
    Ears,
    answer_101,
    close_frame,
    connect,
    end_of,
    header,
    raw_server,
    read_frame,
    refusal,
    request,
    say,
    talk,
)

URLS = [
    ("ws://host:9000/ocpp", "CP-1", "ws://host:9000/ocpp/CP-1"),
    ("ws://host:9000/ocpp/", "CP-1", "ws://host:9000/ocpp/CP-1"),
    ("ws://host", "CP-1", "ws://host/CP-1"),
    ("wss://host/a/b?token=x&y=1", "CP-1", "wss://host/a/b/CP-1?token=x&y=1"),
    ("wss://host/{identity}/v16?station={identity}", "CP-1", "wss://host/CP-1/v16?station=CP-1"),
    ("ws://host/ocpp", "RDAM 123", "ws://host/ocpp/RDAM%20123"),
    ("ws://host/ocpp", "a/b?c#d%é", "ws://host/ocpp/a%2Fb%3Fc%23d%25%C3%A9"),
    ("ws://host/ocpp/{identity}", "RDAM|123", "ws://host/ocpp/RDAM%7C123"),
    ("ws://[::1]:9000/ocpp", "CP-1", "ws://[::1]:9000/ocpp/CP-1"),
]


@pytest.mark.parametrize(("template", "identity", "url"), URLS)
def test_16j_3_1_1_the_identity_goes_into_the_url(template: str, identity: str, url: str) -> None:
    assert endpoint_url(template, identity) == url


@pytest.mark.parametrize("template", ["http://host/ocpp", "host:9000/ocpp", "ws:///ocpp", ""])
def test_a_url_that_is_no_websocket_url_is_said_so(template: str) -> None:
    with pytest.raises(LocalError, match="ws://host:port/path"):
        endpoint_url(template, "CP-1")


async def requested(path: str = "/ocpp", **arguments: Any) -> bytes:
    """The bytes of the upgrade request that a dial sends."""
    seen: list[bytes] = []

    async def conversation(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(await request(reader))
        writer.write(answer_101(seen[0]))
        await reader.read(-1)

    async with raw_server(conversation) as port:
        link = await connect(port, path=path, **arguments)
        link.abort()
        await end_of(link)
    return seen[0]


async def test_the_request_names_the_encoded_identity_and_keeps_the_query() -> None:
    sent = await requested("/ocpp?tenant=7", identity="RDAM 123")
    assert sent.startswith(b"GET /ocpp/RDAM%20123?tenant=7 HTTP/1.1\r\n")


async def test_extra_headers_are_sent_and_replace_the_usual_ones() -> None:
    sent = await requested(headers={"X-Tenant": "blue", "Host": "csms.example"})
    assert header(sent, "X-Tenant") == "blue"
    assert sent.lower().count(b"host: ") == 1
    assert header(sent, "Host") == "csms.example"


async def test_no_compression_unless_asked() -> None:
    assert header(await requested(), "Sec-WebSocket-Extensions") is None
    offered = header(await requested(compression=True), "Sec-WebSocket-Extensions")
    assert offered is not None
    assert offered.startswith("permessage-deflate")


async def test_subprotocols_are_offered_in_order_and_the_target_decides() -> None:
    assert header(await requested(), "Sec-WebSocket-Protocol") == "ocpp1.6"
    sent = await requested(subprotocols=("x",), offered=("ocpp2.0.1", "ocpp1.6"))
    assert header(sent, "Sec-WebSocket-Protocol") == "ocpp2.0.1, ocpp1.6"


async def test_the_negotiated_subprotocol_is_known() -> None:
    async def choose_second(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(answer_101(await request(reader), "ocpp1.6"))
        await reader.read(-1)

    async with raw_server(choose_second) as port:
        link = await connect(port, subprotocols=("ocpp2.0.1", "ocpp1.6"))
        assert link.subprotocol == "ocpp1.6"
        link.abort()


async def test_source_addresses_take_turns() -> None:
    peers: list[str] = []

    async def note(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peers.append(writer.get_extra_info("peername")[0])
        await talk()(reader, writer)

    async with raw_server(note) as port:
        for _ in range(4):
            link = await connect(port, source_addresses=("127.0.0.2", "127.0.0.3"))
            link.abort()
            await end_of(link)
    assert sorted(peers) == ["127.0.0.2", "127.0.0.2", "127.0.0.3", "127.0.0.3"]
    assert peers[0] != peers[1]


async def test_a_source_address_that_is_not_ours_says_so() -> None:
    async with raw_server(talk()) as port:
        end = await refusal(port, source_addresses=("192.0.2.1",))
    assert end.kind is EndKind.UNREACHABLE
    assert "source_addresses" in end.reason


async def test_source_addresses_of_the_other_family_are_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    peers: list[str] = []

    async def look_up(loop: asyncio.AbstractEventLoop, host: str, port: int) -> list[resolve.Address]:
        return [(socket.AF_INET6, ("::1", port, 0, 0)), (socket.AF_INET, ("127.0.0.1", port))]

    async def note(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peers.append(writer.get_extra_info("peername")[0])
        await talk()(reader, writer)

    monkeypatch.setattr(resolve, "_look_up", look_up)
    async with raw_server(note) as port:
        for _ in range(2):
            link = await connect(port, host="csms.example", source_addresses=("127.0.0.4", "::1", "127.0.0.5"))
            link.abort()
            await end_of(link)
    assert sorted(peers) == ["127.0.0.4", "127.0.0.5"]


async def test_the_socket_sends_at_once() -> None:
    async with raw_server(talk()) as port:
        link = await connect(port)
        assert link._transport is not None
        sock = link._transport.get_extra_info("socket")
        assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        link.abort()


# Names


async def test_a_name_is_looked_up_once_for_many_and_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    loop = asyncio.get_running_loop()
    asked: list[Any] = []
    gate = asyncio.Event()

    async def look_up(loop: asyncio.AbstractEventLoop, host: str, port: int) -> list[resolve.Address]:
        asked.append((host, port))
        await gate.wait()
        return [(socket.AF_INET, ("192.0.2.7", port))]

    monkeypatch.setattr(resolve, "_look_up", look_up)
    impatient = asyncio.ensure_future(resolve.resolve("csms.example", 80))
    waiting = [asyncio.ensure_future(resolve.resolve("csms.example", 80)) for _ in range(50)]
    await asyncio.sleep(0)
    impatient.cancel()
    gate.set()
    assert {tuple(found) for found in await asyncio.gather(*waiting)} == {((socket.AF_INET, ("192.0.2.7", 80)),)}
    await resolve.resolve("csms.example", 80)
    assert asked == [("csms.example", 80)]
    await resolve.resolve("csms.example", 443)
    assert len(asked) == 2
    known = resolve._names[loop].known
    known["csms.example", 80] = (loop.time(), known["csms.example", 80][1])  # its time is over
    await resolve.resolve("csms.example", 80)
    assert len(asked) == 3


async def test_a_name_that_was_not_found_is_asked_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    answers: list[Any] = [socket.gaierror(socket.EAI_NONAME, "Name or service not known"), "127.0.0.1"]

    async def look_up(loop: asyncio.AbstractEventLoop, host: str, port: int) -> list[resolve.Address]:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return [(socket.AF_INET, (answer, port))]

    monkeypatch.setattr(resolve, "_look_up", look_up)
    async with raw_server(talk()) as port:
        end = await refusal(port, host="csms.example")
        assert end == LinkEnd(
            EndKind.UNREACHABLE, reason=f"csms.example:{port}: name not found (Name or service not known)"
        )
        link = await connect(port, host="csms.example")
        link.abort()


async def test_the_next_address_of_a_name_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    async def look_up(loop: asyncio.AbstractEventLoop, host: str, port: int) -> list[resolve.Address]:
        return [(socket.AF_INET, ("127.0.0.9", port)), (socket.AF_INET, ("127.0.0.1", port))]

    monkeypatch.setattr(resolve, "_look_up", look_up)
    async with raw_server(talk()) as port:
        link = await connect(port, host="csms.example")
        link.abort()


async def test_localhost_is_resolved() -> None:
    async with raw_server(talk()) as port:
        link = await connect(port, host="localhost")
        link.abort()


# Failures


async def test_nothing_listens() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        end = await refusal(port)
    assert end == LinkEnd(EndKind.UNREACHABLE, reason=f"127.0.0.1:{port}: connection refused: nothing listens there")


async def test_no_tcp_connection_in_time() -> None:
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        port = full.getsockname()[1]
        fillers = []
        for _ in range(4):  # a full backlog answers no SYN
            filler = socket.socket()
            filler.setblocking(False)
            filler.connect_ex(("127.0.0.1", port))
            fillers.append(filler)
        end = await refusal(port, open_timeout_s=0.1)
        for filler in fillers:
            filler.close()
    assert end == LinkEnd(EndKind.UNREACHABLE, reason=f"127.0.0.1:{port}: no TCP connection within 0.1 s")


async def test_a_server_that_never_answers_the_upgrade() -> None:
    left = asyncio.Event()

    async def keep_silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(-1)
        left.set()

    async with raw_server(keep_silent) as port:
        end = await refusal(port, open_timeout_s=0.1)
        async with asyncio.timeout(5):
            await left.wait()
    assert end == LinkEnd(EndKind.UNREACHABLE, reason="no answer to the upgrade within the open time-out")


async def test_a_refusal_whose_body_has_no_end_still_says_who_refused() -> None:
    async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request(reader)
        writer.write(b"HTTP/1.1 403 Forbidden\r\n\r\nblocked")
        await reader.read(-1)

    async with raw_server(endless) as port:
        end = await refusal(port, open_timeout_s=0.2)
    assert end == LinkEnd(EndKind.REFUSED, 403, "Forbidden: blocked")


ANSWERS = {
    "401 with a body": (
        b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 14\r\n\r\nbad password\r\n",
        LinkEnd(EndKind.REFUSED, 401, "Unauthorized: bad password"),
    ),
    "404 without a body": (
        b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
        LinkEnd(EndKind.REFUSED, 404, "Not Found"),
    ),
    "503 with a body in chunks": (
        b"HTTP/1.1 503 Busy\r\nTransfer-Encoding: chunked\r\n\r\n5\r\ncome \r\n5\r\nlater\r\n0\r\n\r\n",
        LinkEnd(EndKind.REFUSED, 503, "Busy: come later"),
    ),
    "403 with a body up to the end of the connection": (
        b"HTTP/1.1 403 Forbidden\r\n\r\n<p>\n  go   away\x00\n</p>",
        LinkEnd(EndKind.REFUSED, 403, "Forbidden: <p> go away </p>"),
    ),
    "200, which is no upgrade": (
        b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nwelcome",
        LinkEnd(EndKind.REFUSED, 200, "OK: welcome"),
    ),
    "redirect": (
        b"HTTP/1.1 302 Found\r\nLocation: ws://other.example/x?token=1\r\nContent-Length: 0\r\n\r\n",
        LinkEnd(EndKind.REFUSED, 302, "Found: redirect to ws://other.example/x is not followed"),
    ),
    "HTTP/1.0": (
        b"HTTP/1.0 502 Bad Gateway\r\n\r\n",
        LinkEnd(
            EndKind.REFUSED,
            502,
            "did not receive a valid HTTP response: unsupported protocol; expected HTTP/1.1: HTTP/1.0 502 Bad Gateway",
        ),
    ),
    "another protocol": (
        b"SSH-2.0-OpenSSH_9.2\r\n",
        LinkEnd(
            EndKind.REFUSED,
            None,
            "did not receive a valid HTTP response: invalid HTTP status line: SSH-2.0-OpenSSH_9.2",
        ),
    ),
    "nothing": (
        b"",
        LinkEnd(
            EndKind.LOST,
            reason="connection closed without an HTTP answer to the upgrade; perhaps it wants wss://",
        ),
    ),
    "half an answer": (
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: webs",
        LinkEnd(
            EndKind.LOST,
            reason="connection closed without an HTTP answer to the upgrade; perhaps it wants wss://",
        ),
    ),
    "101 with a wrong key": (
        b"HTTP/1.1 101 X\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: AAAA\r\n\r\n",
        LinkEnd(EndKind.REFUSED, 101, "invalid Sec-WebSocket-Accept header: AAAA"),
    ),
}


@pytest.mark.parametrize(("answer", "end"), ANSWERS.values(), ids=ANSWERS)
async def test_what_the_server_answered_is_the_reason(answer: bytes, end: LinkEnd) -> None:
    async with raw_server(say(answer)) as port:
        assert await refusal(port) == end


async def test_a_long_body_is_cut() -> None:
    body = b"x" * 5000
    async with raw_server(say(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 5000\r\n\r\n" + body)) as port:
        end = await refusal(port)
    assert end.reason == "Bad Request: " + "x" * 199 + "…"


async def test_a_long_body_with_many_short_lines_is_read_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    fed = 0
    receive = ClientProtocol.receive_data

    def note(protocol: ClientProtocol, data: bytes) -> None:
        nonlocal fed
        fed += 1
        receive(protocol, data)

    monkeypatch.setattr(ClientProtocol, "receive_data", note)
    body = b"x\n" * 200_000
    head = b"HTTP/1.1 400 Bad Request\r\nContent-Length: %d\r\n\r\n" % len(body)
    async with raw_server(say(head + body)) as port:
        end = await refusal(port)
    assert end.code == 400
    assert fed < 20_000  # of 200,000 lines


@pytest.mark.parametrize(
    ("chosen", "words"),
    [
        (None, "the server chose no sub-protocol; offered: ocpp1.6"),
        ("ocpp2.0.1", "the server chose sub-protocol 'ocpp2.0.1'; offered: ocpp1.6"),
        ("ocpp1.6, ocpp2.0.1", "the server chose sub-protocol 'ocpp1.6, ocpp2.0.1'; offered: ocpp1.6"),
    ],
)
async def test_a_wrong_subprotocol_is_closed_fully_before_the_dial_fails(chosen: str | None, words: str) -> None:
    steps: list[object] = []

    async def conversation(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(answer_101(await request(reader), chosen))
        opcode, payload = await read_frame(reader)
        steps.append((opcode, int.from_bytes(payload[:2], "big")))
        writer.write(close_frame(1002))

    ears = Ears()
    async with raw_server(conversation) as port:
        end = await refusal(port, owner=ears)
    assert steps == [(CLOSE, 1002)]
    assert end == LinkEnd(EndKind.SUBPROTOCOL, reason=words, by_us=True)
    assert ears.texts == []


async def test_cancelling_a_dial_closes_its_socket() -> None:
    asked, left = asyncio.Event(), asyncio.Event()

    async def conversation(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request(reader)
        asked.set()
        await reader.read(-1)
        left.set()

    async with raw_server(conversation) as port:
        attempt = asyncio.ensure_future(connect(port))
        await asked.wait()
        attempt.cancel()
        with pytest.raises(asyncio.CancelledError):
            await attempt
        async with asyncio.timeout(5):
            await left.wait()


MISTAKES: dict[str, tuple[dict[str, Any], Credentials, EndKind, str]] = {
    "http URL": ({"url": "http://127.0.0.1/"}, Credentials(), EndKind.UNREACHABLE, "must look like ws://"),
    "bad port": ({"url": "ws://127.0.0.1:99999/"}, Credentials(), EndKind.UNREACHABLE, "the URL is not valid"),
    "header value": (
        {"headers": {"X-A": "secret\r\nX-B: 1"}},
        Credentials(),
        EndKind.REFUSED,
        "the value of the header X-A is not valid in HTTP",
    ),
    "hex password": (
        {"security_profile": 1},
        Credentials(password="hex:secret"),
        EndKind.REFUSED,
        "password: after hex: an even number of hexadecimal digits is needed",
    ),
    "CA file": (
        {"url": "wss://127.0.0.1/", "ca_file": "no-such-file.pem"},
        Credentials(),
        EndKind.TLS,
        "no-such-file.pem: No such file or directory",
    ),
}


@pytest.mark.parametrize(("target", "credentials", "kind", "words"), MISTAKES.values(), ids=MISTAKES)
async def test_our_own_mistakes_are_named_without_secrets(
    target: dict[str, Any], credentials: Credentials, kind: EndKind, words: str
) -> None:
    with pytest.raises(DialFailed) as failed:
        await dial(CsmsTarget(**{"url": "ws://127.0.0.1:1/", **target}), "CP-1", credentials, ["ocpp1.6"], Ears())
    assert failed.value.end.kind is kind
    assert failed.value.end.by_us
    assert words in failed.value.end.reason
    assert "secret" not in str(failed.value)


async def test_a_file_that_is_no_certificate_is_named(tmp_path: Path) -> None:
    file = tmp_path / "empty.pem"
    file.write_text("nothing in it")
    target = CsmsTarget("wss://127.0.0.1:1/", ca_file=str(file))
    with pytest.raises(DialFailed) as failed:
        await dial(target, "CP-1", Credentials(), ["ocpp1.6"], Ears())
    assert failed.value.end.kind is EndKind.TLS
    assert str(file.name) in failed.value.end.reason
