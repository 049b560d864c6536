"""Frames made and read on the short way are those of the library's protocol."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from websockets.frames import Frame, Opcode
from websockets.protocol import Protocol, Side, State

from chargepoint_sim.transport.framing import UNKNOWN, MaskKeys, missing_after, only_text, text_frame

LENGTHS = (0, 1, 125, 126, 65535, 65536, 70000)


def from_a_server(opcode: Opcode, payload: bytes, *, fin: bool = True) -> bytes:
    return Frame(opcode, payload, fin).serialize(mask=False)


@pytest.mark.parametrize("length", LENGTHS)
def test_a_server_of_the_library_reads_our_frame(length: int) -> None:
    server = Protocol(Side.SERVER, state=State.OPEN, max_size=None)
    text = bytes(97 + n % 26 for n in range(length))
    server.receive_data(text_frame(text))
    assert server.parser_exc is None
    (frame,) = server.events_received()
    assert isinstance(frame, Frame)
    assert (frame.opcode, bytes(frame.data), frame.fin) == (Opcode.TEXT, text, True)


def test_every_frame_has_a_mask_key_of_its_own() -> None:
    keys = MaskKeys()
    drawn = [keys.next() for _ in range(5000)]
    assert {len(key) for key in drawn} == {4}
    assert len(set(drawn)) > 4990  # of 2**32, two may be equal by chance


@pytest.mark.parametrize("length", LENGTHS)
def test_a_whole_text_frame_is_read_at_once_unless_it_is_long(length: int) -> None:
    payload = b"x" * length
    found = only_text(from_a_server(Opcode.TEXT, payload))
    assert found == (payload if length < 65536 else None)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x81",
        from_a_server(Opcode.TEXT, b"[3]")[:-1],
        from_a_server(Opcode.TEXT, b"[3]") + b"\x81",
        from_a_server(Opcode.TEXT, b"[3", fin=False),
        from_a_server(Opcode.CONT, b"]"),
        from_a_server(Opcode.PING, b""),
        from_a_server(Opcode.BINARY, b"[3]"),
        from_a_server(Opcode.CLOSE, b"\x03\xe8"),
        b"\x81\x83abcd[3]",  # masked, as only clients may
        b"\xc1\x03[3]",  # a reserved bit, as compression sets it
        b"\x81\x7e\x00\x03[3]",  # a length in more bytes than it needs: the protocol is asked
    ],
)
def test_anything_else_is_left_to_the_protocol(data: bytes) -> None:
    assert only_text(data) is None


FRAMES = st.lists(
    st.builds(
        from_a_server,
        st.sampled_from((Opcode.TEXT, Opcode.PING, Opcode.CONT)),
        st.sampled_from((b"", b"[3]", b"y" * 125)) | st.binary(max_size=125),
    )
    | st.sampled_from((126, 300, 65536)).map(lambda length: from_a_server(Opcode.TEXT, b"z" * length)),
    min_size=1,
    max_size=4,
)


@settings(max_examples=200)
@given(FRAMES, st.data())
def test_what_is_missing_is_known_until_a_header_is_cut(frames: list[bytes], data: st.DataObject) -> None:
    stream = b"".join(frames)
    ends = [sum(map(len, frames[: n + 1])) for n in range(len(frames))]
    starts = [0, *ends[:-1]]
    headers = [len(frame) - len(frame[2:]) + {126: 2, 127: 8}.get(frame[1], 0) for frame in frames]
    at, missing = 0, 0
    for cut in sorted({*data.draw(st.lists(st.integers(1, len(stream)), max_size=4)), len(stream)}):
        missing = missing_after(stream[at:cut], missing)
        at = cut
        n = next(n for n, end in enumerate(ends) if cut <= end)
        if missing == UNKNOWN:
            return
        assert cut == ends[n] or cut >= starts[n] + headers[n]
        assert missing == ends[n] - cut
