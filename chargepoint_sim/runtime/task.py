"""The one asyncio task of a charger: power up, dial, hold the link, back off, dial again.

While the link is up the task is parked on the link's end. Frames, deadlines and commands are fed to the pure charger
synchronously through one door, `drive`, and its effects are carried out at once, in order.
"""

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any, Protocol, TypeVar

from chargepoint_sim import snapshot, telemetry
from chargepoint_sim.charger import Charger
from chargepoint_sim.clock import Now, Timeline
from chargepoint_sim.core.commands import Command, Outcome
from chargepoint_sim.core.jobs import JobResult
from chargepoint_sim.fleet.connection import connection
from chargepoint_sim.fleet.spec import ChargerSpec, CsmsTarget
from chargepoint_sim.logs import get_logger
from chargepoint_sim.protocol.effects import CloseLink, Effect, Event, FrameSeen, Ping, Send, StartJob
from chargepoint_sim.protocol.following import follow, follow_again
from chargepoint_sim.protocol.link import EndKind, LinkEnd
from chargepoint_sim.runtime.fairness import Fairness
from chargepoint_sim.runtime.jobs import JobPool
from chargepoint_sim.runtime.timers import Timers
from chargepoint_sim.runtime.workers import equipped
from chargepoint_sim.transport.dial import dial
from chargepoint_sim.transport.link import DialFailed, Link

log = get_logger("runtime")

UNREAD_BYTES = 256 * 1024
"""More than this unread by the other side stops our reading from it."""

HELD_BEFORE_PAUSE = 16
"""Messages of one charger that may wait for a slice before its link is read from no further: to pause and resume for
each single one would cost two system calls a message."""

UNREAD_CHECK_S = 0.25

STOP_S = 2.0
"""How long the other side may take to answer the close at the end of the program: whoever stops it waits."""

BROKEN = Outcome(False, "the charger had an internal error and restarted", {"broken": True})

Frame = tuple[float, bool, str, bytes]
"""(simulated instant, sent, action, text)"""
T = TypeVar("T")


class Surroundings(Protocol):
    """What all tasks of a process share."""

    timeline: Timeline
    timers: Timers
    fairness: Fairness
    frames_kept: int
    jobs: JobPool

    def dialling(self, target: CsmsTarget) -> asyncio.Semaphore:
        """Who may dial `target` at the same time; one that swallows connections must not hold up the others."""
        ...

    def rebuild(self, spec: ChargerSpec) -> Charger:
        """A charger that is switched off."""
        ...

    def publish(self, charger_id: str, at: float, kind: str, data: Any) -> None:
        """Tell observers of an event."""
        ...

    def frame_seen(self, charger_id: str, frame: Frame) -> None:
        """Tell observers of a frame."""
        ...


class ChargerTask:
    """A charger at work."""

    __slots__ = (
        "_busy",
        "_held_back",
        "_inbox",
        "_progress",
        "_shared",
        "_stalled_at",
        "_task",
        "_wake",
        "charger",
        "frames",
        "link",
        "spec",
        "timer_at",
    )

    def __init__(self, spec: ChargerSpec, charger: Charger, shared: Surroundings) -> None:
        self.spec = spec
        self.charger = charger
        self.link: Link | None = None
        self.timer_at = float("inf")
        self.frames: list[Frame] = []
        self._shared = shared
        self._task: asyncio.Task[None] | None = None
        self._wake: asyncio.Future[None] | None = None
        self._inbox: deque[bytes] | None = None
        self._held_back = False
        self._stalled_at: float | None = None
        self._progress: asyncio.Future[None] | None = None
        self._busy = False

    @property
    def connection(self) -> str:
        """off | dialling | waiting | connected"""
        if self.link is not None and self.charger.link_is_up:
            return "connected"
        if self._task is None or self._task.done():
            return "off"
        return "dialling" if self._wake is None else "waiting"

    def start(self) -> None:
        """Switch on."""
        self.drive(self.charger.power_up)
        self._task = asyncio.create_task(self._live(), name=f"charger {self.spec.charger_id}")

    async def drain(self) -> None:
        """Return when nothing is left that the link could take."""
        while self.charger.has_unsent():
            self._progress = asyncio.get_running_loop().create_future()
            await self._progress

    async def stop(self, code: int = 1000) -> None:
        """Close the link in order and end the task."""
        if self._task is None:
            return
        link = self.link
        if link is not None:
            link.close(code)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(STOP_S):
                    await asyncio.shield(link.closed)
            link.abort()  # no effect on a link that is closed
            await asyncio.shield(link.closed)
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        self._task = None

    @property
    def is_on(self) -> bool:
        """It has been switched on."""
        return self._task is not None

    async def switch_off(self, flush_s: float) -> None:
        """End sessions, deliver what waits for at most `flush_s`, close the link with 1000, and go dark."""
        if self._task is None:
            return
        await self._turn()
        self.drive(self.charger.shut_down)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(flush_s):
                await self.drain()
        link = self.link
        await self.stop()
        self.link = self._inbox = None
        await self._turn()
        if link is not None and self.charger.link_is_up:
            self.drive(self.charger.link_down, link.closed.result())
        self.drive(self.charger.power_down)
        self._shared.timers.forget(self)

    async def _turn(self) -> None:
        """Wait for a slice with something left: many may be switched off at once."""
        while self._shared.fairness.used_up():
            turn = asyncio.Event()
            self._shared.fairness.later(turn.set)
            await turn.wait()

    async def cut_power(self) -> None:
        """Go dark without a word, as when the plug is pulled."""
        link, self.link = self.link, None
        if link is not None:
            link.abort()
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    async def _live(self) -> None:
        while True:
            await self._until_dial_is_due()
            try:
                link = await self._dial()
            except DialFailed as failure:
                telemetry.count("dials_failed", failure.end.kind)
                self._ended(failure.end)
                continue
            if self.charger.dial_at() > time.monotonic():  # network or power went while the link was being made
                self._inbox = None
                link.abort()
                await asyncio.shield(link.closed)
                continue
            self.link = link
            self._stalled_at = None
            self._held_back = False
            self.drive(self.charger.link_up)
            self._take_inbox()
            end = await asyncio.shield(link.closed)  # cancelling this task must not cancel the link's future
            self.link = None
            self._inbox = None
            self._ended(end)

    async def _dial(self) -> Link:
        """A link. Raises DialFailed, also for a bug of ours, which is counted and logged: it ends one dial only."""
        target, credentials = connection(self.spec, self.charger.station)
        subprotocols = target.subprotocols or (self.charger.version.subprotocol,)
        async with self._shared.dialling(target):
            try:
                return await dial(target, self.spec.identity, credentials, subprotocols, self)
            except DialFailed:
                raise
            except Exception as error:  # the boundary: a bug costs one dial, and the charger backs off
                telemetry.count("charger_errors")
                log.error("dial_broke", charger_id=self.spec.charger_id, error=repr(error), exc_info=error)
                end = LinkEnd(EndKind.UNREACHABLE, reason=f"internal error: {error!r}", by_us=True)
                raise DialFailed(end) from error

    def _ended(self, end: LinkEnd) -> None:
        self.drive(self.charger.link_down, end)

    async def _until_dial_is_due(self) -> None:
        while self.charger.dial_at() > time.monotonic():
            self._wake = asyncio.get_running_loop().create_future()
            try:
                await self._wake
            finally:
                self._wake = None

    def drive(self, step: Callable[..., T], *given: Any) -> T | None:
        """The only way to the charger: do one step, `step(*given, now)`, carry out its effects, set the next deadline.

        An exception is a bug of ours: it is counted, logged once with the last frame, and this charger restarts
        from its last state; the others never notice.
        """
        assert not self._busy, "a charger is never driven from within"
        now = self._shared.timeline.at_io(time.monotonic())
        result: T | None = None
        try:
            self._busy = True
            try:
                result = step(*given, now)
                effects = self.charger.take_effects()
            finally:
                self._busy = False
            self._carry_out(effects, now)
            deadline = self.charger.next_deadline()
        except Exception as error:  # the boundary: a bug costs this charger a restart, counted and logged there
            self._broken(error, now)
            deadline = self.charger.next_deadline()
        self._shared.timers.schedule(self, deadline)
        if self._wake is not None and not self._wake.done() and self.charger.dial_at() <= now.io:
            self._wake.set_result(None)
        if self._progress is not None and not self._progress.done():
            self._progress.set_result(None)
        return result

    def command(self, command: Command) -> Outcome:
        """Carry out a command."""
        return self.drive(lambda now: self.charger.command(command, now)) or BROKEN

    def follow(self, command: Command, cause: str, *, needs_link: bool) -> Outcome:
        """Carry out a command, and tell by events what becomes of the messages that it causes."""
        return self.drive(lambda now: follow(self.charger, command, now, cause, needs_link=needs_link)) or BROKEN

    def follow_again(self, cause: str, message_ids: Sequence[str]) -> Sequence[str]:
        """Those of the messages that still wait are followed from now on."""
        return follow_again(self.charger, cause, message_ids)

    def time_has_come(self) -> None:
        """A deadline is due."""
        self.drive(self.charger.advance)

    def text_received(self, text: bytes) -> None:
        """A message has arrived; when the chargers' slice is used up it waits, and reading pauses."""
        if self._inbox is not None or self.link is None or self._shared.fairness.used_up():
            self._hold(text)
        else:
            self.drive(self.charger.receive_text, text)

    def _job_done(self, charger: Charger, job_id: int, result: JobResult) -> None:
        if charger is self.charger:  # another one has taken its place after a bug: the result is nobody's
            self.drive(charger.job_done, job_id, result)

    def pong_received(self) -> None:
        """Our ping was answered."""
        self.drive(self.charger.pong)

    def _hold(self, text: bytes) -> None:
        """Let a message wait for the next slice; who sends many of them is read from no further."""
        if self._inbox is None:
            self._inbox = deque()
            if self.link is not None:
                self._shared.fairness.later(self._take_inbox)
        self._inbox.append(text)
        if len(self._inbox) == HELD_BEFORE_PAUSE and self.link is not None:
            self._held_back = True
            self.link.pause_reading()

    def _take_inbox(self) -> None:
        """Go on with what waits, as far as the slice reaches."""
        inbox, link = self._inbox, self.link
        if inbox is None or link is None:
            return
        while inbox:
            if self._shared.fairness.used_up():
                self._shared.fairness.later(self._take_inbox)
                return
            self.drive(self.charger.receive_text, inbox.popleft())
        self._inbox = None
        if self._held_back:
            self._held_back = False
            if self._stalled_at is None:
                link.resume_reading()

    def _carry_out(self, effects: Iterable[Effect], now: Now) -> None:
        link = self.link
        for effect in effects:
            if isinstance(effect, Send):
                self._record(now.sim, True, effect.action, effect.text)
                if link is not None:
                    link.send(effect.text)
            elif isinstance(effect, FrameSeen):
                self._record(now.sim, False, effect.action, effect.text)
            elif isinstance(effect, StartJob):
                job = equipped(effect.job, self.spec.csms, self.frames)
                self._shared.jobs.start(job, partial(self._job_done, self.charger, effect.job_id))
            elif isinstance(effect, Event):
                self._shared.publish(self.spec.charger_id, now.sim, effect.kind, effect.data)
            elif link is not None:
                if isinstance(effect, Ping):
                    link.ping()
                elif isinstance(effect, CloseLink):
                    if effect.code is None:
                        link.abort()
                    else:
                        link.close(effect.code, effect.reason)
        if link is not None and self._stalled_at is None and link.unwritten() > UNREAD_BYTES:
            self._stalled_at = now.io
            link.pause_reading()
            self._check_unread(link)

    def _check_unread(self, link: Link) -> None:
        """The other side does not read: take nothing more from it, and give up after the call time-out."""
        if self._stalled_at is None or self.link is not link:
            return
        if link.unwritten() <= UNREAD_BYTES:
            self._stalled_at = None
            if not self._held_back:
                link.resume_reading()
        elif time.monotonic() - self._stalled_at > self.spec.csms.call_timeout_s:
            self._stalled_at = None
            telemetry.count("links_aborted_unread")
            link.abort()
        else:
            asyncio.get_running_loop().call_later(UNREAD_CHECK_S, self._check_unread, link)

    def _record(self, at: float, sent: bool, action: str, text: bytes) -> None:
        # The encoder's bytes own a buffer of 4 KiB each; what is kept has its own size.
        frame = (at, sent, action, bytes(memoryview(text)))
        kept = self._shared.frames_kept
        if kept:
            if len(self.frames) >= kept:
                del self.frames[0]
            self.frames.append(frame)
        self._shared.frame_seen(self.spec.charger_id, frame)

    def _broken(self, error: Exception, now: Now) -> None:
        telemetry.count("charger_errors")
        last = self.frames[-1][3].decode(errors="replace")[:500] if self.frames else None
        log.error("charger_broke", charger_id=self.spec.charger_id, error=repr(error), last_frame=last, exc_info=error)
        if self._inbox is not None:
            self._inbox.clear()
        if self.link is not None:
            self.link.abort()
        try:
            self._restart(now, snapshot.take(self.charger, now.sim))
        except Exception as second:  # the boundary: its state is of no use, and it starts without one
            telemetry.count("charger_states_lost")
            log.error("charger_state_lost", charger_id=self.spec.charger_id, error=repr(second))
            self._restart(now, None)
        self._shared.publish(self.spec.charger_id, now.sim, "charger_broke", {"error": repr(error)})

    def _restart(self, now: Now, saved: snapshot.Data | None) -> None:
        self.charger = self._shared.rebuild(self.spec)
        if saved is not None:
            snapshot.restore(self.charger, saved)
        self.charger.power_up(now, "Watchdog")
        self.charger.take_effects()
