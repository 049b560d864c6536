"""One charger at its place in virtual time: its power, its network, its link to the central system.

The counterpart of runtime/task: the same life (power up, dial when the charger wants a link, hold it, back off as the
charger says), with memory pipes in place of sockets and the agenda in place of a loop. Owns what is under way between
charger and central system; decides nothing that the charger decides.
"""

from collections.abc import Callable, Iterable
from math import inf
from typing import TypeVar

from chargepoint_sim.charger import Charger
from chargepoint_sim.clock import Now
from chargepoint_sim.core.jobs import JobResult
from chargepoint_sim.fleet.spec import ChargerSpec
from chargepoint_sim.protocol.effects import CloseLink, Effect, Event, FrameSeen, Ping, Send, StartJob
from chargepoint_sim.protocol.link import EndKind, LinkEnd
from chargepoint_sim.simulation import jobs
from chargepoint_sim.simulation.mishaps import Luck
from chargepoint_sim.simulation.world import World, place
from chargepoint_sim.transport.memory import Item, MemoryLink, Signal

NOT_FOUND = 404
STEPS_AT_ONE_INSTANT = 1000
"""More than this at one instant is a charger that spins, which is a bug."""

T = TypeVar("T")


class Site:
    """A charger at work."""

    __slots__ = (
        "_central_link",
        "_link",
        "_luck",
        "_network_back_at",
        "_rank",
        "_spins",
        "_wake_at",
        "_world",
        "charger",
        "spec",
    )

    def __init__(self, spec: ChargerSpec, charger: Charger, rank: int, luck: Luck, world: World) -> None:
        self.spec = spec
        self.charger = charger
        self._rank = rank
        self._luck = luck
        self._world = world
        self._link: MemoryLink | None = None
        """The charger's end: from the dial to the end."""
        self._central_link: MemoryLink | None = None
        """The central system's end, which it may believe in for longer."""
        self._network_back_at = -inf
        self._wake_at = inf
        self._spins = (-inf, 0)

    @property
    def connection(self) -> str:
        """off | dialling | waiting | connected"""
        if not self.charger.station.mains:
            return "off"
        if self._link is None:
            return "waiting"
        return "connected" if self.charger.link_is_up else "dialling"

    def drive(self, step: Callable[[Now], T]) -> T:
        """Do one step of the charger, carry out its effects, plan what follows."""
        now = self._world.now
        result = step(now)
        self._carry_out(self.charger.take_effects(), now)
        if self._world.watch is not None:
            self._world.watch(self.charger, now)
        self._plan(now)
        return result

    def begin(self, power_up_in_s: float) -> None:
        """Plan the first power-up and the first mishaps."""
        self._after(power_up_in_s, self._power_up)
        self._after(self._luck.next_link_drop_s(), self._network_fails)
        self._after(self._luck.next_power_cut_s(), self._power_fails)

    def cut_power(self, dark_s: float) -> None:
        """Power goes at once and returns after so many seconds; the central system is told nothing."""
        self._lose_link(notice_s=self._world.central.settings.ping_interval_s or inf)
        self._link = None
        if self.charger.station.mains:
            self.drive(self.charger.power_down)
        self._after(dark_s, self._power_up)

    def drop_link(self, outage_s: float) -> None:
        """The network breaks at once and stays away for so many seconds."""
        self._network_back_at = max(self._network_back_at, self._world.io + outage_s)
        link, opened = self._link, self.charger.link_is_up
        self._lose_link(notice_s=self._latency_s())
        if link is not None:
            self._end(link, LinkEnd(EndKind.LOST if opened else EndKind.UNREACHABLE, reason="the network failed"))

    def _power_up(self) -> None:
        if not self.charger.station.mains:
            self.drive(self.charger.power_up)

    def _power_fails(self) -> None:
        dark_s = self._luck.dark_s()
        self.cut_power(dark_s)
        self._after(dark_s + self._luck.next_power_cut_s(), self._power_fails)

    def _network_fails(self) -> None:
        outage_s = self._luck.outage_s()
        self.drop_link(outage_s)
        self._after(outage_s + self._luck.next_link_drop_s(), self._network_fails)

    def _carry_out(self, effects: Iterable[Effect], now: Now) -> None:
        for effect in effects:
            link = self._link
            if isinstance(effect, Send):
                self._record(now, effect.text, effect.action, sent=True)
                self._write_up(link, effect.text)
            elif isinstance(effect, FrameSeen):
                self._record(now, effect.text, effect.action, sent=False)
            elif isinstance(effect, Event):
                if self._world.record is not None:
                    self._world.record.event(now.sim, self.spec.charger_id, effect.kind, effect.data)
            elif isinstance(effect, StartJob):
                duration_s, result = jobs.done(effect.job, self._luck)
                self._after(duration_s, self._job_done, effect.job_id, result)
            elif isinstance(effect, Ping):
                self._write_up(link, Signal.PING)
            elif isinstance(effect, CloseLink) and link is not None:
                self._close(link, effect)

    def _job_done(self, job_id: int, result: JobResult) -> None:
        self.drive(lambda now: self.charger.job_done(job_id, result, now))

    def _close(self, link: MemoryLink, how: CloseLink) -> None:
        if how.code is not None:
            at = link.close(how.code, how.reason, self._world.io, self._latency_s())
            self._at(at, self._arrives_up, link)
        else:
            self._lose_link(notice_s=self._latency_s())
            self._after(0.0, self._end, link, LinkEnd(EndKind.LOST, reason=how.reason, by_us=True))

    def _plan(self, now: Now) -> None:
        """Wake the charger at its next deadline; dial when it is time."""
        charger = self.charger
        if self._link is None and charger.wants_link() and charger.dial_at() <= now.io:
            self._dial()
        at = max(charger.next_deadline(), now.io)
        if at < self._wake_at:
            self._wake_at = at
            self._at(at, self._wakes, at)

    def _wakes(self, planned_at: float) -> None:
        if planned_at != self._wake_at:
            return  # planned before something earlier came
        at, times = self._spins
        self._spins = (planned_at, times + 1 if at == planned_at else 0)
        assert times < STEPS_AT_ONE_INSTANT, f"{self.spec.charger_id} spins at {planned_at}"
        self._wake_at = inf
        now = self._world.now
        if self.charger.next_deadline() <= now.io:
            self.drive(self.charger.advance)
        else:
            self._plan(now)  # put off since: a CALL was answered, a heartbeat was not needed

    def _dial(self) -> None:
        link = self._link = MemoryLink()
        networks = self.charger.station.access.networks
        url = networks.current.url if networks is not None else ""
        if self._world.io < self._network_back_at:
            end = LinkEnd(EndKind.UNREACHABLE, reason="the connection timed out")
            self._after(self.spec.csms.open_timeout_s, self._end, link, end)
        elif url and place(url) not in self._world.hosts:
            end = LinkEnd(EndKind.UNREACHABLE, reason=f"{place(url)}: connection refused: nothing listens there")
            self._after(self._latency_s(), self._end, link, end)
        else:
            self._write_up(link, Signal.UPGRADE)

    def _arrives_down(self, link: MemoryLink) -> None:
        item = link.down.read(self._world.io)
        if item is None or link is not self._link:
            return
        if isinstance(item, LinkEnd):
            self._end(link, item)
        elif link.closing:
            return
        elif isinstance(item, bytes):
            self.drive(lambda now: self.charger.receive_text(item, now))
        elif item is Signal.UPGRADE:
            self.drive(self.charger.link_up)
        else:
            self.drive(self.charger.pong)

    def _end(self, link: MemoryLink, end: LinkEnd) -> None:
        if link is self._link:
            self._link = None
            self.drive(lambda now: self.charger.link_down(end, now))

    def write_down(self, texts: Iterable[bytes]) -> None:
        """Send what the central system has written to this charger."""
        for text in texts:
            if self._central_link is not None:
                self._answer(self._central_link, text)

    def _arrives_up(self, link: MemoryLink) -> None:
        item = link.up.read(self._world.io)
        central, identity = self._world.central, self.spec.identity
        if item is Signal.UPGRADE:
            self._upgrade(link)
        elif item is None or link is not self._central_link:
            return
        elif isinstance(item, bytes):
            self.write_down(central.receive(identity, item, self._world.now))
        elif item is Signal.PING:
            self._answer(link, Signal.PONG)
        elif isinstance(item, LinkEnd):
            self._central_hears_end(link)
            self._answer(link, item)

    def _upgrade(self, link: MemoryLink) -> None:
        if self._world.central.settings.admits(self.spec.identity):
            self._central_link = link
            self._world.central.connected(self.spec.identity, self.charger.version, self._world.now)
            self._answer(link, Signal.UPGRADE)
        else:
            self._answer(link, LinkEnd(EndKind.REFUSED, NOT_FOUND, f"no charger {self.spec.identity!r} is registered"))

    def _central_hears_end(self, link: MemoryLink) -> None:
        if link is self._central_link:
            self._central_link = None
            self._world.central.disconnected(self.spec.identity, self._world.now)

    def _write_up(self, link: MemoryLink | None, item: Item) -> None:
        if link is not None and not link.closing:
            self._at(link.up.write(item, self._world.io, self._latency_s()), self._arrives_up, link)

    def _answer(self, link: MemoryLink, item: Item) -> None:
        self._at(link.down.write(item, self._world.io, self._latency_s()), self._arrives_down, link)

    def _lose_link(self, notice_s: float) -> None:
        """Break the link; the central system notices after so many seconds, or when the charger is back."""
        if self._link is not None:
            self._link.break_down()
        if self._central_link is not None:
            self._after(notice_s, self._central_hears_end, self._central_link)

    def _latency_s(self) -> float:
        return self._luck.between("latency", *self._world.latency_s)

    def _record(self, now: Now, text: bytes, action: str, *, sent: bool) -> None:
        if self._world.record is not None:
            self._world.record.frame(now.sim, self.spec.charger_id, sent=sent, action=action, text=text)

    def _after(self, delay_s: float, action: Callable[..., None], *what: object) -> None:
        self._world.after(delay_s, self._rank, action, *what)

    def _at(self, at: float, action: Callable[..., None], *what: object) -> None:
        self._world.at(at, self._rank, action, *what)
