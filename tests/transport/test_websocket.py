"""The link against servers that do, byte by byte, what real ones do wrong."""

import asyncio
import gc
import logging
import socket
import struct
import weakref
from collections.abc import Callable
from typing import cast

import pytest
import structlog
import structlog.testing
from websockets.uri import parse_uri

from chargepoint_sim import telemetry
from chargepoint_sim.fleet.spec import Credentials
from chargepoint_sim.protocol.link import EndKind, LinkEnd
from chargepoint_sim.transport import websocket
from chargepoint_sim.transport.websocket import MAX_MESSAGE_BYTES, Upgrade, WebSocketLink
from tests.transport.support import (
    BINARY,
    CLOSE,
    CONTINUATION,
    PATIENCE_S,
    PING,
    PONG,
    TEXT,
    Conversation,
    Ears,
    answer_101,
    close_frame,
    connect,
    end_of,
    frame,
    raw_server,
    read_frame,
    request,
    talk,
)


def record_close(into: "asyncio.Future[tuple[int, bytes]]", answer: bytes = b"") -> Conversation:
    """Read frames until the client's close frame, answer, hang up."""

    async def conversation(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while (found := await read_frame(reader))[0] != CLOSE:
            pass
        into.set_result((int.from_bytes(found[1][:2], "big"), found[1][2:]))
        writer.write(answer)
        await writer.drain()

    return conversation


def future() -> "asyncio.Future[tuple[int, bytes]]":
    return asyncio.get_running_loop().create_future()


async def reset(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Drop the connection so that the other side gets RST."""
    sock = writer.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def test_close_by_us_waits_for_the_answer() -> None:
    seen = future()
    async with raw_server(talk(then=record_close(seen, close_frame(1000)))) as port:
        link = await connect(port)
        link.close(1000, "bye")
        assert await end_of(link) == LinkEnd(EndKind.CLOSED, 1000, "bye", by_us=True)
    assert seen.result() == (1000, b"bye")


async def test_close_that_is_not_answered_ends_after_the_close_timeout() -> None:
    never = asyncio.Event()

    async def keep_silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await never.wait()

    async with raw_server(talk(then=keep_silent)) as port:
        link = await connect(port)
        link._close_timeout_s = 0.05
        link.close(1000)
        assert await end_of(link) == LinkEnd(EndKind.CLOSED, 1000, "not answered", by_us=True)


async def test_close_by_the_peer_keeps_code_and_reason() -> None:
    seen = future()
    async with raw_server(talk(close_frame(1008, "unknown identity"), then=record_close(seen))) as port:
        link = await connect(port)
        assert await end_of(link) == LinkEnd(EndKind.CLOSED, 1008, "unknown identity", by_us=False)
    assert seen.result()[0] == 1008


async def test_close_by_the_peer_without_a_code() -> None:
    async with raw_server(talk(frame(CLOSE), then=record_close(future()))) as port:
        assert await end_of(await connect(port)) == LinkEnd(EndKind.CLOSED, 1005, "", by_us=False)


async def test_a_long_close_reason_is_cut_between_characters() -> None:
    seen = future()
    async with raw_server(talk(then=record_close(seen, close_frame(1000)))) as port:
        link = await connect(port)
        link.close(1000, "é" * 100)
        await end_of(link)
    assert seen.result() == (1000, ("é" * 61).encode())


async def test_reset_in_the_middle_of_a_frame_is_a_loss() -> None:
    ears = Ears()
    async with raw_server(talk(frame(TEXT, b"whole"), frame(TEXT, b"half")[:3], then=reset)) as port:
        link = await connect(port, ears)
        end = await end_of(link)
    assert end.kind is EndKind.LOST
    assert "reset" in end.reason
    assert not end.by_us
    assert b"half" not in ears.texts


async def test_a_peer_that_only_stops_writing_is_a_loss() -> None:
    async def half_close(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write_eof()
        await reader.read(-1)  # it would go on reading for ever

    async with raw_server(talk(then=half_close)) as port:
        end = await end_of(await connect(port))
    assert end == LinkEnd(EndKind.LOST, reason="connection closed without a close frame")


async def test_a_peer_that_stops_writing_and_reads_nothing_does_not_hold_the_link() -> None:
    never = asyncio.Event()

    async def deaf_half_close(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        cast("asyncio.Transport", writer.transport).pause_reading()
        await stuffed.wait()
        writer.write_eof()
        await never.wait()

    stuffed = asyncio.Event()
    async with raw_server(talk(then=deaf_half_close)) as port:
        link = await connect(port)
        link._close_timeout_s = 0.05
        for _ in range(64):
            link.send(b"x" * 2**18)
        assert link.unwritten() > 0
        stuffed.set()
        assert (await end_of(link)).kind is EndKind.LOST


async def test_fragments_become_one_message_and_control_frames_may_come_between() -> None:
    whole = '[2,"1","X",{"é":1}]'.encode()
    cut = whole.index("é".encode()) + 1  # inside a character
    said = [
        frame(TEXT, whole[:cut], final=False),
        frame(PONG),
        frame(CONTINUATION, whole[cut : cut + 1], final=False),
        frame(CONTINUATION, whole[cut + 1 :]),
        frame(TEXT, b"next"),
    ]
    ears = Ears()
    async with raw_server(talk(*said)) as port:
        link = await connect(port, ears)
        await ears.until(lambda: len(ears.texts) == 2)
        link.abort()
    assert ears.texts == [whole, b"next"]
    assert ears.pongs == 1


async def test_one_byte_at_a_time() -> None:
    async def conversation(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for byte in answer_101(await request(reader)) + frame(TEXT, b"slow") + close_frame(1001):
            writer.write(bytes([byte]))
            await writer.drain()
            await asyncio.sleep(0)
        await read_frame(reader)

    ears = Ears()
    async with raw_server(conversation) as port:
        end = await end_of(await connect(port, ears))
    assert ears.texts == [b"slow"]
    assert end.code == 1001


@pytest.mark.parametrize("size", [1, 2, 3, 5, 7, 100, 211, 70_000, 10**6])
async def test_however_the_network_cuts_them_messages_arrive_once_and_in_order(size: int) -> None:
    said = [b"[3]", b"y" * 200, b"", b"z" * 70_000, b"[4]"]
    stream = b"".join([frame(TEXT, said[0]), frame(PING), *(frame(TEXT, text) for text in said[1:])])
    ears = Ears()
    async with raw_server(talk(frame(TEXT, b"hello"))) as port:
        link = await connect(port, ears)
        await ears.until(lambda: ears.texts == [b"hello"])
        for at in range(0, len(stream), size):
            link.data_received(stream[at : at + size])
        for text in said:
            link.data_received(frame(TEXT, text))
        assert ears.texts == [b"hello", *said, *said]
        link.abort()
        await end_of(link)


BROKEN_RULES = {
    "invalid UTF-8": ([frame(TEXT, b"\xff\xfe")], 1007),
    "UTF-8 cut off at the end of the message": (
        [frame(TEXT, b"a", final=False), frame(CONTINUATION, "é".encode()[:1])],
        1007,
    ),
    "binary": ([frame(BINARY, b"[]")], 1003),
    "binary in fragments": ([frame(BINARY, b"[", final=False), frame(CONTINUATION, b"]")], 1003),
    "too big": ([frame(TEXT, b"x" * (MAX_MESSAGE_BYTES + 1))], 1009),
    "too big in fragments": (
        [frame(TEXT, b"x" * MAX_MESSAGE_BYTES, final=False), frame(CONTINUATION, b"x")],
        1009,
    ),
    "continuation of nothing": ([frame(CONTINUATION, b"x")], 1002),
    "masked by the server": ([b"\x81\x81\0\0\0\0x"], 1002),
    "unknown opcode": ([b"\x83\x00"], 1002),
}


@pytest.mark.parametrize(("said", "code"), BROKEN_RULES.values(), ids=BROKEN_RULES)
async def test_broken_rules_close_the_link_with_the_right_code(said: list[bytes], code: int) -> None:
    seen, ears = future(), Ears()
    async with raw_server(talk(*said, frame(TEXT, b"after"), then=record_close(seen, close_frame(code)))) as port:
        link = await connect(port, ears)
        end = await end_of(link)
    assert (end.kind, end.code, end.by_us) == (EndKind.CLOSED, code, True)
    assert end.reason
    assert seen.result()[0] == code
    assert ears.texts == []


async def test_the_largest_message_allowed_passes() -> None:
    ears = Ears()
    async with raw_server(talk(frame(TEXT, b"x" * MAX_MESSAGE_BYTES))) as port:
        link = await connect(port, ears)
        await ears.until(lambda: bool(ears.texts))
        link.abort()
    assert len(ears.texts[0]) == MAX_MESSAGE_BYTES


async def test_pings_are_answered_and_pongs_told() -> None:
    seen: asyncio.Future[list[tuple[int, bytes]]] = asyncio.get_running_loop().create_future()

    async def conversation(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        frames = [await read_frame(reader), await read_frame(reader)]
        writer.write(frame(PONG))
        seen.set_result(frames)
        await reader.read(-1)

    ears = Ears()
    async with raw_server(talk(frame(PING, b"are you there"), then=conversation)) as port:
        link = await connect(port, ears)
        link.ping()
        await ears.until(lambda: ears.pongs == 1)
        link.abort()
    assert sorted(seen.result()) == [(PING, b""), (PONG, b"are you there")]


async def test_what_comes_with_the_upgrade_waits_until_the_caller_has_his_link() -> None:
    ears = Ears()
    async with raw_server(talk(frame(TEXT, b"first"), frame(TEXT, b"second"))) as port:
        link = await connect(port, ears)
        assert ears.texts == []
        await ears.until(lambda: len(ears.texts) == 2)
        link.abort()
    assert ears.texts == [b"first", b"second"]


async def test_a_server_that_closes_at_once_gives_a_link_whose_end_says_why() -> None:
    async def leave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    async with raw_server(talk(close_frame(1008, "not you"), then=leave)) as port:
        end = await end_of(await connect(port))
    assert end == LinkEnd(EndKind.CLOSED, 1008, "not you", by_us=False)


async def test_text_before_a_close_frame_in_the_same_packet_is_told() -> None:
    ears = Ears()
    async with raw_server(talk(frame(TEXT, b"last words"), close_frame(1000), then=record_close(future()))) as port:
        await end_of(await connect(port, ears))
    assert ears.texts == [b"last words"]


async def test_nothing_is_told_or_sent_once_we_close() -> None:
    seen = future()
    heard = Ears()

    class Closing(Ears):
        def text_received(self, text: bytes) -> None:
            heard.text_received(text)
            link.close(1000)
            link.send(b"too late")
            link.ping()

    said = talk(frame(TEXT, b"1"), frame(TEXT, b"2"), then=record_close(seen, frame(TEXT, b"3") + close_frame(1000)))
    async with raw_server(said) as port:
        link = await connect(port, Closing())
        end = await end_of(link)
        link.send(b"much too late")
        link.close(1000)
        link.abort()
        link.pause_reading()
        link.resume_reading()
    assert heard.texts == [b"1"]
    assert end == LinkEnd(EndKind.CLOSED, 1000, by_us=True)
    assert link.unwritten() == 0


async def test_abort_drops_the_connection_without_a_close_frame() -> None:
    rest: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    async def read_all(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            rest.set_result(await reader.read(-1))
        except ConnectionResetError:
            rest.set_result(b"")

    async with raw_server(talk(then=read_all)) as port:
        link = await connect(port)
        link.abort()
        assert await end_of(link) == LinkEnd(EndKind.LOST, reason="dropped on this side", by_us=True)
        async with asyncio.timeout(PATIENCE_S):
            assert await rest == b""


async def test_a_bug_of_the_owner_costs_him_the_link_and_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(websocket, "_log", structlog.get_logger())  # a test that set up a log may have bound the other

    class Broken(Ears):
        def text_received(self, text: bytes) -> None:
            raise ZeroDivisionError

    before = telemetry.tally["link_owner_failures",]
    async with raw_server(talk(frame(TEXT, b"1"), frame(TEXT, b"2"))) as port:
        with structlog.testing.capture_logs() as logs:
            end = await end_of(await connect(port, Broken()))
    assert (end.kind, end.by_us) == (EndKind.LOST, True)
    assert telemetry.tally["link_owner_failures",] == before + 1
    assert [entry["event"] for entry in logs] == ["link_owner_failed"]


async def test_unwritten_bytes_show_a_peer_that_does_not_read() -> None:
    read_on = asyncio.Event()
    total: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    async def late_reader(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        cast("asyncio.Transport", writer.transport).pause_reading()
        await read_on.wait()
        cast("asyncio.Transport", writer.transport).resume_reading()
        found = 0
        while found < 64:
            assert len((await read_frame(reader))[1]) == 2**16
            found += 1
        total.set_result(found)
        writer.write(frame(TEXT, b"thanks"))
        await reader.read(-1)

    ears = Ears()
    async with raw_server(talk(then=late_reader)) as port:
        link = await connect(port, ears)
        assert link.unwritten() == 0
        for _ in range(64):
            link.send(b"x" * 2**16)
        assert link.unwritten() > 0
        assert link.writing_paused
        read_on.set()
        await ears.until(lambda: bool(ears.texts))
        assert link.unwritten() == 0
        assert not link.writing_paused
        link.abort()
    assert total.result() == 64


async def test_paused_reading_leaves_frames_in_the_socket() -> None:
    asked = asyncio.Event()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_frame(reader)
        writer.write(frame(TEXT, b"answer"))
        await writer.drain()
        asked.set()
        await reader.read(-1)

    ears = Ears()
    async with raw_server(talk(then=answer)) as port:
        link = await connect(port, ears)
        link.pause_reading()
        link.pause_reading()
        link.send(b"question")
        await asked.wait()
        for _ in range(20):
            await asyncio.sleep(0)
        assert ears.texts == []
        link.resume_reading()
        await ears.until(lambda: ears.texts == [b"answer"])
        link.abort()


async def test_an_orderly_close_works_while_reading_is_paused() -> None:
    async with raw_server(talk(then=record_close(future(), close_frame(1000)))) as port:
        link = await connect(port)
        link.pause_reading()
        link.close(1000)
        assert await end_of(link) == LinkEnd(EndKind.CLOSED, 1000, by_us=True)


async def test_an_idle_link_has_no_timer_and_no_trace_of_the_upgrade() -> None:
    async with raw_server(talk()) as port:
        link = await connect(port)
        assert link._close_timer is None
        assert link._upgrading is None
        assert link.opened is None
        assert not hasattr(link._protocol, "uri")
        link.abort()
        await end_of(link)


def leave_it(link: WebSocketLink) -> None:
    """The server ends it."""


ENDINGS: dict[str, tuple[Conversation, Callable[[WebSocketLink], None]]] = {
    "closed by us": (talk(), lambda link: link.close(1000)),
    "aborted": (talk(), lambda link: link.abort()),
    "closed by the peer": (talk(close_frame(1000)), leave_it),
    "lost": (talk(then=reset), leave_it),
    "in the middle of a fragment": (talk(frame(TEXT, b"x", final=False), then=reset), leave_it),
    "broken rule found by the protocol": (talk(b"\x83\x00"), leave_it),
    "broken rule found by the link": (talk(frame(TEXT, b"\xff")), leave_it),
}


@pytest.mark.parametrize(("conversation", "act"), ENDINGS.values(), ids=ENDINGS)
async def test_a_dropped_link_is_freed_without_the_collector(
    conversation: Conversation, act: Callable[[WebSocketLink], None]
) -> None:
    async with raw_server(conversation) as port:
        link = await connect(port)
        link._close_timeout_s = 0.1
        gc.collect()
        gc.disable()
        try:
            protocol = weakref.ref(link._protocol)
            act(link)
            await end_of(link)
            await asyncio.sleep(0)  # the loop lets go of the callback's arguments
            await asyncio.sleep(0)
            gone = weakref.ref(link)
            del link
            assert gone() is None
            assert protocol() is None
        finally:
            gc.enable()


async def test_a_refused_link_is_freed_without_the_collector() -> None:
    loop = asyncio.get_running_loop()
    links: list[weakref.ref[WebSocketLink]] = []

    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request(reader)
        writer.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
        await reader.read(-1)

    async def attempt(port: int) -> LinkEnd | None:
        link = WebSocketLink(
            Upgrade(parse_uri(f"ws://127.0.0.1:{port}/x"), ["ocpp1.6"]), Ears(), open_by=loop.time() + 9
        )
        links.append(weakref.ref(link))
        opened = link.opened
        assert opened is not None
        await loop.create_connection(lambda: link, "127.0.0.1", port)
        return await opened

    async with raw_server(refuse) as port:
        gc.collect()
        gc.disable()
        try:
            end = await attempt(port)
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            assert links[0]() is None
        finally:
            gc.enable()
    assert end == LinkEnd(EndKind.REFUSED, 404, "Not Found")


async def test_the_authorization_header_stays_out_of_the_most_talkative_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    logging.getLogger("websockets").setLevel(logging.DEBUG)
    async with raw_server(talk()) as port:
        link = await connect(port, credentials=Credentials(password="very-secret-indeed"), security_profile=1)
        link.abort()
        await end_of(link)
    assert "Authorization" not in caplog.text
    assert "Basic" not in caplog.text
