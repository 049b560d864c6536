"""The life of a link as a central system sees it: one CALL in flight, orderly closes, back-off, pings, flow control."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from chargepoint_sim import telemetry
from chargepoint_sim.core.commands import IdToken, LoseLink, Reboot, StartSession
from chargepoint_sim.daemon import Daemon
from chargepoint_sim.protocol import backoff
from tests.fleets import VERSIONS, ac, do, fleet, template
from tests.runtime.scripted import Scripted, Socket, answer_to, friendly
from tests.transport import support

ASK = {"1.6": ("GetConfiguration", {}), "2.0.1": ("GetVariables", {"getVariableData": [
    {"component": {"name": "OCPPCommCtrlr"}, "variable": {"name": "HeartbeatInterval"}}]})}  # fmt: skip
"""A question that every charger can answer at once."""


@pytest.fixture
def quick_back_off(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """Dial again after 20 ms; gives what the rule was asked for."""
    asked: list[tuple[Any, ...]] = []

    def wait_s(*arguments: Any) -> float:
        asked.append(arguments)
        return 0.02

    monkeypatch.setattr(backoff, "wait_s", wait_s)
    return asked


@pytest.mark.parametrize("version", VERSIONS)
async def test_never_two_calls_in_flight_and_questions_are_answered_meanwhile(tmp_path: Path, version: str) -> None:
    """Each CALL is answered only after a question of the central system: the charger must answer that first."""
    transcript: list[str] = []
    held: dict[str, tuple[str, str]] = {}

    async def ask_first(csms: Scripted, socket: Socket, frame: list[Any]) -> None:
        if frame[0] == 2:
            transcript.append("call")
            held[f"ask {frame[1]}"] = (frame[1], frame[2])
            socket.call(f"ask {frame[1]}", *ASK[version])
        else:
            transcript.append("answer")
            message_id, action = held.pop(frame[1])
            socket.result(message_id, answer_to(action, version))

    async with Scripted(version, ask_first) as csms:
        spec = fleet(tmp_path, [{"template": ac(version), "id": "CP-1"}], csms={"url": csms.url})
        async with Daemon(spec) as daemon:
            await csms.until(lambda: bool(csms.calls("CP-1", "StatusNotification")))
            await do(daemon, "CP-1", StartSession(id_token=IdToken("TAG-1"), vehicle="truck"))
            await do(daemon, "CP-1", Reboot(hard=False))
            await csms.until(lambda: len(csms.calls("CP-1", "BootNotification")) == 2 and transcript[-1] == "answer")
    assert len(transcript) > 10
    assert transcript == ["call", "answer"] * (len(transcript) // 2)
    assert csms.frames["CP-1"]
    assert all(frame[0] in (2, 3) for frame in csms.frames["CP-1"])


async def test_the_old_socket_is_closed_fully_before_the_next_dial(
    tmp_path: Path, quick_back_off: list[tuple[Any, ...]]
) -> None:
    """A central system that is slow to answer the close is waited for; a quick one's charger is long back by then."""
    lets_go = asyncio.Event()
    async with Scripted(lets_go=lets_go) as slow, Scripted() as quick:
        spec = fleet(
            tmp_path,
            [
                {"template": "ac16", "id": "SLOW", "csms": {"url": slow.url}},
                {"template": "ac16", "id": "QUICK", "csms": {"url": quick.url}},
            ],
        )
        async with Daemon(spec) as daemon:
            await slow.until(lambda: bool(slow.calls("SLOW", "StatusNotification")))
            await quick.until(lambda: bool(quick.calls("QUICK", "StatusNotification")))
            for charger_id in ("SLOW", "QUICK"):
                await do(daemon, charger_id, Reboot(hard=True))
            await slow.until(lambda: slow.closes["SLOW"] == [1001])
            await quick.until(lambda: len(quick.calls("QUICK", "BootNotification")) == 2)
            assert len(slow.dialled_at["SLOW"]) == 1
            lets_go.set()
            await slow.until(lambda: len(slow.calls("SLOW", "BootNotification")) == 2)
    assert slow.overlaps == quick.overlaps == []


@pytest.mark.parametrize("version", VERSIONS)
async def test_links_cut_in_any_way_never_overlap(
    tmp_path: Path, version: str, quick_back_off: list[tuple[Any, ...]]
) -> None:
    async with Scripted(version) as csms:
        spec = fleet(tmp_path, [{"template": ac(version), "id": "CP-1"}], csms={"url": csms.url})
        async with Daemon(spec) as daemon:
            for n in range(1, 6):
                await csms.until(lambda n=n: len(csms.dialled_at["CP-1"]) == n and csms.open["CP-1"] == 1)
                socket = csms.sockets["CP-1"]
                if n == 1:
                    await do(daemon, "CP-1", LoseLink(duration_s=0.01))
                elif n == 2:
                    socket.writer.write(support.close_frame(1001))
                elif n == 3:
                    socket.writer.transport.abort()
                elif n == 4:
                    socket.writer.write(b"\xff\xff\xff")  # no frame of RFC 6455
    assert csms.overlaps == []


async def test_every_failed_dial_asks_for_a_longer_wait_until_the_central_system_accepts(
    tmp_path: Path, quick_back_off: list[tuple[Any, ...]]
) -> None:
    refused = 0

    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal refused
        await support.say(b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n")(reader, writer)
        refused += 1
        enough.set() if refused == 4 else None

    enough = asyncio.Event()
    settings = {"settings": {
        "OCPPCommCtrlr.RetryBackOffWaitMinimum": 3,
        "OCPPCommCtrlr.RetryBackOffRepeatTimes": 2,
        "OCPPCommCtrlr.RetryBackOffRandomRange": 7,
    }}  # fmt: skip
    async with support.raw_server(refuse) as port:
        spec = fleet(
            tmp_path,
            [{"template": "patient", "id": "CP-1"}],
            csms={"url": f"ws://127.0.0.1:{port}"},
            templates={"patient": template("2.0.1", **settings)},
        )
        async with Daemon(spec) as daemon, asyncio.timeout(10):
            await enough.wait()
            view = await daemon.fleet.view("CP-1")
    assert [arguments[:4] for arguments in quick_back_off[:3]] == [(0, 3, 2, 7), (1, 3, 2, 7), (2, 3, 2, 7)]
    assert len({arguments[4] for arguments in quick_back_off[:3]}) == 3, "each wait has a fresh random part"
    assert view.refusal is not None
    assert view.refusal.startswith("refused 503")


async def test_a_back_off_of_seconds_is_waited_out(tmp_path: Path) -> None:
    """Nobody listens: after the first dial the charger waits, and says so."""
    async with Scripted() as gone:
        url = gone.url
    async with Daemon(fleet(tmp_path, [{"template": "ac16", "id": "CP-1"}], csms={"url": url})) as daemon:
        async with asyncio.timeout(10):
            async for event in daemon.fleet.events():
                if event.kind == "charger_refused":
                    break
        view = await daemon.fleet.view("CP-1")
        assert view.refusal is not None
        assert view.refusal.startswith("unreachable")
        summary = await daemon.fleet.summary()
    assert view.connection in ("waiting", "dialling")
    assert summary.causes[0].charger_ids == ("CP-1",)
    assert "start the central system" in summary.causes[0].remedy


async def test_the_ramp_spreads_the_dials(tmp_path: Path) -> None:
    async with Scripted() as csms:
        spec = fleet(
            tmp_path,
            [{"template": "ac16", "count": 10, "id": "CP-{n}"}],
            csms={"url": csms.url},
            ramp={"rate_per_s": 40, "jitter": 0.0},
        )
        async with Daemon(spec) as daemon:
            await csms.until(lambda: len(csms.dialled_at) >= 1)
            assert daemon.fleet.ramping
            counts = [(await daemon.fleet.view(f"CP-{n}")).connection for n in (1, 10)]
            assert counts[1] == "off", "the last has not been switched on when the first dials"
            await csms.until(lambda: len(csms.dialled_at) == 10)
    first = sorted(dials[0] for dials in csms.dialled_at.values())
    assert first[-1] - first[0] >= 9 / 40 * 0.8
    assert sum(instant - first[0] < 0.1 for instant in first) < 10


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_half_open_peer_is_detected_by_ping(
    tmp_path: Path, version: str, quick_back_off: list[tuple[Any, ...]]
) -> None:
    ping = {"1.6": "WebSocketPingInterval", "2.0.1": "OCPPCommCtrlr.WebSocketPingInterval"}[version]
    async with Scripted(version, answers_pings=False) as csms:
        spec = fleet(
            tmp_path,
            [{"template": "pinging", "id": "CP-1"}],
            csms={"url": csms.url, "call_timeout_s": 1},
            templates={"pinging": template(version, settings={ping: 1})},
        )
        async with Daemon(spec) as daemon:
            await csms.until(lambda: len(csms.dialled_at["CP-1"]) == 2)
            view = await daemon.fleet.view("CP-1")
    assert csms.pings >= 1
    assert any(problem.startswith("no pong") for problem in view.problems)
    assert len(csms.calls("CP-1", "BootNotification")) == 1, "a lost link is no reboot"


async def test_a_peer_that_reads_nothing_is_aborted_after_the_call_time_out(
    tmp_path: Path, quick_back_off: list[tuple[Any, ...]]
) -> None:
    """It asks and asks and takes no answer: the charger stops reading it, and gives up."""
    before = telemetry.tally["links_aborted_unread",]
    deaf: list[asyncio.StreamWriter] = []
    back = asyncio.Event()

    async def ask_without_end(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = await support.request(reader)
        if deaf:
            back.set()
            return
        deaf.append(writer)
        reader._transport.pause_reading()  # type: ignore[attr-defined]  # from here on the kernel's buffer fills up
        writer.write(support.answer_101(request))
        question = support.frame(support.TEXT, b'[2,"%d","GetConfiguration",{}]')
        for n in range(5_000):
            writer.write(question.replace(b"%d", b"%02d" % (n % 100)))
            await writer.drain()
        await back.wait()

    async with support.raw_server(ask_without_end) as port:
        spec = fleet(
            tmp_path,
            [{"template": "ac16", "id": "CP-1"}],
            csms={"url": f"ws://127.0.0.1:{port}", "call_timeout_s": 1},
        )
        async with Daemon(spec), asyncio.timeout(10):
            await back.wait()
    assert telemetry.tally["links_aborted_unread",] == before + 1


@pytest.mark.parametrize("identity", ["CP 1", "CP-1 ä%20", "CP-1?x=1#y"])
async def test_an_odd_identity_reaches_the_central_system_unharmed(tmp_path: Path, identity: str) -> None:
    async with Scripted() as csms:
        spec = fleet(tmp_path, [{"template": "ac16", "id": "one", "ocpp_identity": identity}], csms={"url": csms.url})
        async with Daemon(spec):
            await csms.until(lambda: bool(csms.calls(identity, "StatusNotification")))


async def test_source_addresses_are_used_in_turn(tmp_path: Path) -> None:
    sources = ["127.0.0.2", "127.0.0.3"]
    async with Scripted() as csms:
        spec = fleet(
            tmp_path,
            [{"template": "ac16", "count": 4, "id": "CP-{n}"}],
            csms={"url": csms.url, "source_addresses": sources},
        )
        async with Daemon(spec):
            await csms.until(lambda: len(csms.dialled_at) == 4)
    assert sorted(csms.sources) == sorted(sources * 2)


async def test_the_daemon_closes_every_link_with_1000(tmp_path: Path) -> None:
    async with Scripted(behaviour=friendly) as csms:
        spec = fleet(tmp_path, [{"template": "ac16", "count": 3, "id": "CP-{n}"}], csms={"url": csms.url})
        async with Daemon(spec):
            await csms.until(lambda: all(csms.calls(f"CP-{n}", "StatusNotification") for n in (1, 2, 3)))
        await csms.until(lambda: not +csms.open)
    assert csms.closes == {"CP-1": [1000], "CP-2": [1000], "CP-3": [1000]}
