"""Memory pipes: order, delay, close and break."""

from hypothesis import given
from hypothesis import strategies as st

from chargepoint_sim.protocol.link import EndKind, LinkEnd
from chargepoint_sim.transport.memory import MemoryLink, Pipe, Signal


def test_an_item_comes_out_when_its_delay_is_over() -> None:
    pipe = Pipe()
    assert pipe.write(b"a", 10.0, 0.5) == 10.5
    assert pipe.read(10.4) is None
    assert len(pipe) == 1
    assert pipe.read(10.5) == b"a"
    assert pipe.read(99.0) is None


@given(st.lists(st.tuples(st.floats(0, 10), st.floats(0, 10)), max_size=20))
def test_what_is_written_later_never_arrives_earlier(writes: list[tuple[float, float]]) -> None:
    pipe, at, arrivals = Pipe(), 0.0, []
    for n, (pause_s, delay_s) in enumerate(writes):
        at += pause_s
        arrivals.append(pipe.write(b"%d" % n, at, delay_s))
        assert arrivals[-1] >= at + delay_s
    assert arrivals == sorted(arrivals)
    assert [pipe.read(at + 100) for _ in writes] == [b"%d" % n for n in range(len(writes))]


def test_a_close_goes_behind_what_is_written() -> None:
    link = MemoryLink()
    link.up.write(b"last words", 1.0, 5.0)
    assert link.close(1001, "reboot", 2.0, 0.1) == 6.0
    assert link.closing
    assert link.up.read(6.0) == b"last words"
    assert link.up.read(6.0) == LinkEnd(EndKind.CLOSED, 1001, "reboot", by_us=True)


def test_a_break_loses_what_is_under_way_in_both_directions() -> None:
    link = MemoryLink()
    link.up.write(b"up", 1.0, 5.0)
    link.down.write(Signal.PONG, 1.0, 5.0)
    link.break_down()
    assert link.closing
    assert link.up.read(99.0) is None
    assert link.down.read(99.0) is None
