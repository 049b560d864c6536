"""The one door of a charger: bugs stay inside, floods take turns, and what is dropped is gone."""

import asyncio
import gc
from pathlib import Path
from typing import Any

import pytest

import chargepoint_sim
from chargepoint_sim import telemetry
from chargepoint_sim.charger import Charger
from chargepoint_sim.clock import Now
from chargepoint_sim.core.commands import Command, IdToken, Outcome, StartSession, TransferData
from chargepoint_sim.daemon import Daemon
from chargepoint_sim.protocol import backoff
from chargepoint_sim.protocol.effects import Effect
from chargepoint_sim.runtime import task as task_module
from chargepoint_sim.runtime.fairness import SLICE_S
from chargepoint_sim.runtime.task import ChargerTask
from chargepoint_sim.transport.websocket import WebSocketLink
from tests.fleets import VERSIONS, ac, do, fleet
from tests.runtime.fakes import Clock
from tests.runtime.scripted import Scripted

BOMB = TransferData(vendor_id="bomb")


@pytest.fixture
def bombs(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Chargers raise at the command `BOMB`; gives what was logged as broken."""
    logged: list[dict[str, Any]] = []
    command = Charger.command

    def explode(charger: Charger, what: Command, now: Now) -> Outcome:
        if what == BOMB:
            raise RuntimeError("a bug")
        return command(charger, what, now)

    class Log:
        def error(self, event: str, **words: Any) -> None:
            logged.append({"event": event, **words})

    monkeypatch.setattr(Charger, "command", explode)
    monkeypatch.setattr(task_module, "log", Log())
    return logged


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_bug_restarts_one_charger_only_and_its_register_goes_on(
    tmp_path: Path, version: str, bombs: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backoff, "wait_s", lambda *_: 0.01)
    before = telemetry.tally["charger_errors",]
    groups = [{"template": ac(version), "ids": ["BAD", "GOOD"]}]
    async with Daemon(fleet(tmp_path, groups, clock={"mode": "scaled", "scale": 120})) as daemon:
        csms = daemon.csms
        assert csms is not None
        for charger_id in ("BAD", "GOOD"):
            await csms.wait_frame(charger_id, lambda frame: frame.is_call("StatusNotification"))
            await do(daemon, charger_id, StartSession(id_token=IdToken("TAG-1"), vehicle="truck", soc=0.1))
        await csms.wait_frame("BAD", lambda frame: "Sample.Periodic" in frame.text)
        register_wh = (await daemon.fleet.view("BAD")).evses[0].register_wh
        assert register_wh > 0
        marks = {charger_id: csms.mark(charger_id) for charger_id in ("BAD", "GOOD")}

        outcomes = await daemon.fleet.broadcast(["BAD"], BOMB)

        assert [outcome.accepted for outcome in outcomes] == [False]
        assert "restarted" in outcomes[0].reason
        boot = await csms.wait_frame("BAD", lambda frame: frame.is_call("BootNotification"), after=marks["BAD"])
        assert boot.payload.get("reason", "Watchdog") == "Watchdog"
        ended = await csms.wait_frame(
            "BAD",
            lambda frame: frame.is_call("StopTransaction") or frame.is_call("TransactionEvent", eventType="Ended"),
            after=marks["BAD"],
        )
        assert ended.number > boot.number
        assert (await daemon.fleet.view("BAD")).evses[0].register_wh >= register_wh
        await csms.wait_frame("GOOD", lambda frame: "Sample.Periodic" in frame.text, after=marks["GOOD"])
        actions = {frame.action for frame in csms.central.frames("GOOD") if frame.number > marks["GOOD"]}
        assert actions <= {"MeterValues", "TransactionEvent", "Heartbeat"}
        assert list(csms.central.violations) == []
    assert telemetry.tally["charger_errors",] == before + 1
    (entry,) = bombs
    assert (entry["event"], entry["charger_id"], entry["error"]) == ("charger_broke", "BAD", "RuntimeError('a bug')")
    assert entry["last_frame"]


async def test_a_bug_in_a_deadline_stops_nobody_elses_deadlines(
    tmp_path: Path, bombs: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also one that comes back each time: that charger restarts again and again, the others never notice."""
    advance = Charger.advance

    def explode(charger: Charger, now: Now) -> None:
        if charger.station.charger_id == "BAD" and charger.link_is_up:
            raise RuntimeError("a bug")
        advance(charger, now)

    monkeypatch.setattr(Charger, "advance", explode)
    monkeypatch.setattr(backoff, "wait_s", lambda *_: 0.01)
    groups = [{"template": "ac16", "ids": ["BAD", "GOOD"]}]
    async with Daemon(fleet(tmp_path, groups, clock={"mode": "scaled", "scale": 120})) as daemon:
        csms = daemon.csms
        assert csms is not None
        for charger_id in ("BAD", "GOOD"):
            await csms.wait_frame(charger_id, lambda frame: frame.is_call("StatusNotification"))
            await do(daemon, charger_id, StartSession(id_token=IdToken("TAG-1"), vehicle="truck", soc=0.1))
        for _ in range(3):
            mark = csms.mark("GOOD")
            await csms.wait_frame("GOOD", lambda frame: frame.is_call("MeterValues"), after=mark)
    assert {entry["charger_id"] for entry in bombs} == {"BAD"}


async def test_a_bug_in_dialling_is_counted_logged_and_tried_again(
    tmp_path: Path, bombs: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    dial, failures = task_module.dial, [RuntimeError("a bug")]

    async def explode_once(*arguments: Any) -> Any:
        if failures:
            raise failures.pop()
        return await dial(*arguments)

    monkeypatch.setattr(task_module, "dial", explode_once)
    monkeypatch.setattr(backoff, "wait_s", lambda *_: 0.01)
    async with Daemon(fleet(tmp_path, [{"template": "ac16", "id": "CP-1"}])) as daemon:
        assert daemon.csms is not None
        await daemon.csms.wait_frame("CP-1", lambda frame: frame.is_call("StatusNotification"))
    assert [entry["event"] for entry in bombs] == ["dial_broke"]


async def test_each_charger_has_exactly_one_task(tmp_path: Path) -> None:
    package = str(Path(chargepoint_sim.__file__).parent)

    def ours() -> list[asyncio.Task[Any]]:
        coroutines = {one: one.get_coro() for one in asyncio.all_tasks()}
        return [one for one, coroutine in coroutines.items() if coroutine.cr_code.co_filename.startswith(package)]  # type: ignore[union-attr]  # tasks run coroutines here

    async with Scripted() as csms:
        spec = fleet(tmp_path, [{"template": "ac16", "count": 20, "id": "CP-{n}"}], csms={"url": csms.url})
        async with Daemon(spec) as daemon:
            await csms.until(lambda: all(csms.calls(f"CP-{n}", "StatusNotification") for n in range(1, 21)))
            for n in range(1, 21):
                await do(daemon, f"CP-{n}", StartSession(id_token=IdToken("TAG-1")))
            await csms.until(lambda: all(csms.calls(f"CP-{n}", "StartTransaction") for n in range(1, 21)))
            names = [one.get_name() for one in ours()]
            chargers = sorted(name for name in names if name.startswith("charger "))
            assert chargers == sorted(f"charger CP-{n}" for n in range(1, 21))
            # What the daemon itself does takes the same few tasks however many chargers there are.
            assert len(names) - len(chargers) <= 5
            assert all(name.startswith("actions: ") for name in names if name not in chargers)
        assert ours() == []


@pytest.mark.parametrize("version", VERSIONS)
async def test_what_is_dropped_is_dead_without_the_collector(tmp_path: Path, version: str) -> None:
    """No reference cycle per charger or link (architecture D5): everything is gone by reference counts alone."""
    kinds = (Charger, ChargerTask, WebSocketLink)

    def alive() -> list[str]:
        return sorted(type(one).__name__ for one in gc.get_objects() if isinstance(one, kinds))

    gc.collect()
    gc.disable()
    try:
        before = alive()
        async with Scripted(version) as csms:
            groups = [{"template": ac(version), "count": 3, "id": "CP-{n}"}]
            async with Daemon(fleet(tmp_path, groups, csms={"url": csms.url})) as daemon:
                for n in (1, 2, 3):
                    await csms.until(lambda n=n: bool(csms.calls(f"CP-{n}", "StatusNotification")))
                    await do(daemon, f"CP-{n}", StartSession(id_token=IdToken("TAG-1"), vehicle="truck"))
                csms.sockets["CP-2"].writer.transport.abort()
                await csms.until(lambda: csms.open["CP-2"] == 0)
            daemon.fleet._tasks.clear()
        assert alive() == before
    finally:
        gc.enable()


class Bell:
    """A link that remembers whether it is read."""

    def __init__(self) -> None:
        self.reading = True
        self.pauses = 0

    def pause_reading(self) -> None:
        self.reading = False
        self.pauses += 1

    def resume_reading(self) -> None:
        self.reading = True

    def unwritten(self) -> int:
        return 0


class Slow:
    """A charger that needs 1 ms for each message."""

    def __init__(self, name: str, clock: Clock, diary: list[tuple[str, bytes]]) -> None:
        self.name, self._clock, self._diary = name, clock, diary

    def receive_text(self, text: bytes, now: Now) -> None:
        self._clock.now += 0.001
        self._diary.append((self.name, text))

    def take_effects(self) -> list[Effect]:
        return []

    def next_deadline(self) -> float:
        return float("inf")


async def test_a_flood_to_one_charger_does_not_delay_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """1,000 frames arrive in one callback, then one for each of two others: they wait for a slice, not for all."""
    async with Scripted() as csms:
        spec = fleet(tmp_path, [{"template": "ac16", "count": 3, "id": "CP-{n}"}], csms={"url": csms.url})
        async with Daemon(spec) as daemon:
            clock, diary = Clock(), []
            clock.now = asyncio.get_running_loop().time()
            tasks = []
            for spec_of_one in spec.chargers:
                one = ChargerTask(spec_of_one, Slow(spec_of_one.charger_id, clock, diary), daemon.fleet)  # type: ignore[arg-type]  # as much as is used
                one.link = Bell()  # type: ignore[assignment]  # as much as is used
                tasks.append(one)
            clock.install(monkeypatch)
            done = asyncio.Event()

            def flood() -> None:
                for n in range(1000):
                    tasks[0].text_received(b"%d" % n)

            loop = asyncio.get_running_loop()
            loop.call_soon(flood)
            for other in tasks[1:]:
                loop.call_soon(other.text_received, b"one")

            def look() -> None:
                done.set() if len(diary) == 1002 else loop.call_soon(look)

            loop.call_soon(look)
            async with asyncio.timeout(10):
                await done.wait()
            monkeypatch.undo()
            bells: list[Any] = [one.link for one in tasks]
    slice_steps = round(SLICE_S / 0.001) + 1
    for other in ("CP-2", "CP-3"):
        assert diary.index((other, b"one")) <= 2 * slice_steps + 2
    assert [text for name, text in diary if name == "CP-1"] == [b"%d" % n for n in range(1000)]
    assert [bell.reading for bell in bells] == [True] * 3
    assert bells[0].pauses == 1
