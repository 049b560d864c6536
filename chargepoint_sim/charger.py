"""The sans-I/O charger: station, version adapter and OCPP-J session as one pure object.

Feed it (`link_up`, `link_down`, `receive_text`, `pong`, `command`, `advance`), ask it (`next_deadline`, `wants_link`,
`dial_at`), and carry out what it emits, in order (`take_effects`). It knows no socket, no event loop and no clock.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from math import inf
from typing import Any, ClassVar

from chargepoint_sim import telemetry
from chargepoint_sim.clock import Now, Timeline, format_utc
from chargepoint_sim.core import authorization
from chargepoint_sim.core import transaction as transactions
from chargepoint_sim.core.commands import ACCEPTED, Command, EndTransaction, LoseLink, Outcome, Placed, refused, tokens
from chargepoint_sim.core.deadlines import Deadlines
from chargepoint_sim.core.facts import CameOnline, LinkEnded, MessageInvalid, ResetDue, StopReason, Trigger
from chargepoint_sim.core.jobs import Job, JobResult
from chargepoint_sim.core.station import Station
from chargepoint_sim.errors import CallRefused, FrameError
from chargepoint_sim.ids import message_id
from chargepoint_sim.protocol import backoff, frames, timekeeping, upkeep
from chargepoint_sim.protocol.effects import CloseLink, Effect, Event, FrameSeen, Send
from chargepoint_sim.protocol.frames import Call, CallError, CallResult, ErrorCode, Payload, Version
from chargepoint_sim.protocol.handling import LATER, checked, handle
from chargepoint_sim.protocol.jobs import Jobs, Waiting
from chargepoint_sim.protocol.link import EndKind, LinkEnd
from chargepoint_sim.protocol.outbox import NEVER_KEPT, Entry, Lane, Outbox
from chargepoint_sim.protocol.registration import Registration, RegistrationStatus
from chargepoint_sim.protocol.registry import Adapter
from chargepoint_sim.protocol.session import Session
from chargepoint_sim.rng import draw

FLUSH_S = 10.0
"""How long a soft reset waits for its last transaction messages, I/O seconds."""

FRAMEWORK_RETRY_S = 5.0
"""Wait before a volatile message is sent again that the other side was too busy to take."""

FRAMEWORK_SENDS = 3
ROUNDING_S = 1e-6
"""What the way from simulated to I/O time and back may cost."""

GOING_AWAY = 1001


class Charger:
    """One simulated charging station with its connection to a central system."""

    __slots__ = (
        "_adapter",
        "_answering",
        "_calls_n",
        "_effects",
        "_jobs",
        "_timeline",
        "_wakes",
        "attempt",
        "deadlines",
        "last_sent_io",
        "link_is_up",
        "offline_since",
        "outbox",
        "problems",
        "refusal",
        "registration",
        "rtt_s",
        "session",
        "station",
        "told",
    )

    def __init__(self, adapter: Adapter, station: Station, timeline: Timeline) -> None:
        self._adapter = adapter
        self._timeline = timeline
        self._effects: list[Effect] = []
        self._wakes: Deadlines | None = None
        self._calls_n = 0
        self._answering: Call | None = None
        self._jobs: Jobs | None = None
        self.station = station
        self.registration = Registration()
        self.outbox = Outbox()
        self.session = Session()
        self.deadlines = Deadlines()
        self.told: dict[tuple[int, int], str] = {}
        self.offline_since: float | None = None
        self.problems: Counter[str] | None = None
        self.refusal: str | None = None
        self.link_is_up = False
        self.attempt = 0
        self.last_sent_io = -inf
        self.rtt_s = 0.0

    @property
    def version(self) -> Version:
        """The OCPP version it speaks."""
        return self._adapter.version

    @property
    def adapter(self) -> Adapter:
        """The tables of its version."""
        return self._adapter

    def wants_link(self) -> bool:
        """The station has power and no link."""
        return self.station.mains and not self.link_is_up

    def dial_at(self) -> float:
        """I/O instant at which to dial next; infinity while it wants no link."""
        if not self.wants_link():
            return inf
        return self.deadlines.get("dial") or -inf

    def next_deadline(self) -> float:
        """I/O instant at which `advance` has something to do; infinity when never."""
        session = self.session
        io = self.deadlines.earliest()
        if session.outstanding is not None:
            if session.expires_at < io:
                io = session.expires_at
        elif self.link_is_up:
            retry_at = self.outbox.next_at(accepted=self.registration.accepted)
            if -inf < retry_at < io:
                io = retry_at
        sim = self._next_sim()
        if sim == inf:
            return io
        return min(io, self._timeline.io_at(sim))

    def take_effects(self) -> list[Effect]:
        """What is to be done, in order."""
        if self.outbox.following is not None:
            self._effects += self.outbox.tell_followed()
        effects, self._effects = self._effects, []
        return effects

    def power_up(self, now: Now, reason: str = "PowerUp") -> None:
        """Switch on: from now on it wants a link."""
        self.registration.powered_up(reason)
        self.offline_since = now.sim
        self.told.clear()
        self.deadlines.clear()
        self.attempt = 0
        self.station.power_up(now.sim)
        self._settle(now)

    def power_down(self, now: Now) -> None:
        """Switch off, as a power cut or the beginning of a reboot does; queues and registers stay."""
        self._catch_up(now)
        self.station.power_down(now.sim)
        self.outbox.link_lost(keep=self.station.queues_all)
        self._put_back(self.session.drop())
        self.registration.powered_up(self.registration.reason)
        self.deadlines.clear()
        self._wakes = None
        self._jobs = self._jobs and self._jobs.abandoned()
        self.link_is_up = False

    def shut_down(self, now: Now) -> None:
        """Be switched off in order: end sessions; what that makes is sent as long as the link stays."""
        for evse in self.station.evses:
            if evse.authorized is not None or evse.transaction is not None:
                transactions.deauthorise_all(self.station, evse, now.sim, Trigger.ABNORMAL_CONDITION, StopReason.REBOOT)
        self._settle(now)

    def has_unsent(self) -> bool:
        """The link is up and messages wait that it could take."""
        return self.link_is_up and self.registration.accepted and len(self.outbox) > 0

    def link_up(self, now: Now) -> None:
        """The websocket is open with our sub-protocol."""
        self._catch_up(now)
        self.link_is_up = True
        self.deadlines.cancel("dial")
        self.session = Session()
        self.last_sent_io = now.io
        upkeep.set_ping(self, now)
        self.event("charger_connected", security_profile=self.station.access.dialled(self.station.settings))
        if self.registration.accepted:
            self.attempt = 0
            self._online(now)
        elif self.deadlines.get("boot") is None:
            self._adapter.boot(self, now)
        self._settle(now)

    def link_down(self, end: LinkEnd, now: Now) -> None:
        """The link has ended, or could not be made."""
        self._catch_up(now)
        forgotten = end.kind is EndKind.CLOSED and not self.link_is_up  # by a reboot, which does not wait for it
        was_up, self.link_is_up = self.link_is_up or forgotten, False
        refusal = end.refusal(was_up=was_up, answered=self.registration.status is not RegistrationStatus.NONE)
        self.refusal = refusal or self.refusal
        self.event("charger_disconnected" if was_up or not self.station.mains else "charger_refused", end=str(end))
        self._put_back(self.session.drop())
        if self._jobs is not None:
            self._jobs.link_lost()
        for entry in self.outbox.link_lost(keep=self.station.queues_all):
            if entry.action == "StatusNotification":
                self.told.pop(entry.note, None)
        flushing = self.deadlines.get("flush") is not None
        for name in ("ping", "pong", "heartbeat", "clock", "flush"):
            self.deadlines.cancel(name)
        self.station.emit(LinkEnded(now.sim, end.kind, end.code, end.reason, was_up))
        if self.station.online:
            self.offline_since = now.sim
            self.station.online = False
        for ref in list(self.station.pending or ()):
            authorization.unanswered(self.station, ref, now.sim)
        if self.station.mains and not forgotten and (self.deadlines.get("dial") or -inf) <= now.io:
            self.deadlines.set("dial", now.io + self._back_off_s())
        if flushing:
            self._begin_reboot(now)
        self._settle(now)

    def receive_text(self, text: bytes, now: Now) -> None:
        """A text message has arrived."""
        self._catch_up(now)
        try:
            frame = frames.decode(text, self.version)
        except FrameError as error:
            self._effects.append(FrameSeen(text, ""))
            self._bad_frame(error, now)
        else:
            if isinstance(frame, Call):
                self._effects.append(FrameSeen(text, frame.action))
                self._answer(frame, now)
            else:
                self._resolve(frame, text, now)
        self._settle(now)

    def pong(self, now: Now) -> None:
        """Our ping was answered."""
        self.deadlines.cancel("pong")

    def command(self, command: Command, now: Now) -> Outcome:
        """Carry out a command of the control API, the command line or a scenario."""
        self._catch_up(now)
        if isinstance(command, LoseLink):
            self.close_link(now, command.duration_s)
            return ACCEPTED
        if isinstance(command, Placed):
            place = self._adapter.place(self.station.spec, command.evse_id, command.connector_id)
            if isinstance(place, Outcome):
                return place
            command = replace(command, evse_id=place[0], connector_id=place[1])
        elif isinstance(command, EndTransaction) and command.transaction_id is not None:
            command = replace(command, transaction_id=self.outbox.station_id(command.transaction_id))
        flaws = (token.flaw(self._adapter.longest_token) for token in tokens(command))
        if flaw := next(filter(None, flaws), ""):
            return refused(f"{flaw} in {self.version}")
        rule = self._adapter.obeys.get(type(command)) if self.station.mains else None
        outcome = rule(self, command, now) if rule is not None else self.station.apply(command, now.sim)
        self._settle(now)
        return outcome

    def job_done(self, job_id: int, result: JobResult, now: Now) -> None:
        """Slow work is done; what a power cut or reboot has made pointless is ignored."""
        waiting = self._jobs.take(job_id) if self._jobs else None
        if waiting is None:
            return
        self._catch_up(now)
        answer = self._adapter.afters[waiting.then](self, waiting.note, result, now)
        call = waiting.answering
        if answer is not None and call is not None:
            self._reply(call, lambda: checked(self._adapter, call.action, answer))
        self._settle(now)

    def advance(self, now: Now) -> None:
        """Run every due deadline at its own instant, in order, so that lag never shifts a timestamp."""
        while (due_io := self.next_deadline()) <= now.io:
            self._run_due(self._timeline.at_io(due_io), now)

    def call(
        self,
        action: str,
        payload: Payload,
        *,
        lane: Lane = Lane.NORMAL,
        note: Any = None,
        transaction: str | None = None,
        solicited: bool = False,
    ) -> Entry:
        """Queue a CALL; without a link a volatile one is forgotten at once."""
        self._calls_n += 1
        entry = Entry(
            message_id(self.station.boot_id, self._calls_n),
            action,
            payload,
            lane,
            self.outbox.number(),
            note,
            transaction,
            solicited,
            offline=not self.station.online,
        )
        if lane is not Lane.NORMAL or (self.link_is_up and (self.registration.accepted or solicited)):
            self.outbox.add(entry)
        elif self.station.queues_all and action not in NEVER_KEPT:
            self.outbox.keep(entry)
        return entry

    def stamp(self, at: float) -> str:
        """The charger's clock at simulated time `at`, as it stands on the wire."""
        return format_utc(self.station.utc(at))

    def wake(self, name: str, at: float, place: int = 0) -> None:
        """Have an adapter's rule run at simulated time `at`."""
        if self._wakes is None:
            self._wakes = Deadlines()
        self._wakes.set(name, at, place)

    def accepted(self, now: Now, interval_s: float) -> None:
        """BootNotification was answered Accepted."""
        self.attempt = 0
        self.refusal = None
        self.deadlines.cancel("boot")
        self.event("charger_booted")
        self._online(now)

    def synchronise(self, current_time: str, now: Now) -> None:
        """Take over the central system's clock; scaled time keeps its own and only notes the difference (D6)."""
        try:
            timekeeping.synchronise(self.station, current_time, now, rtt_s=self.rtt_s, scale=self._timeline.scale)
        except ValueError as error:
            self.problem(str(error))

    def boot_again(self, at: Now) -> None:
        """Send BootNotification at that instant."""
        self.deadlines.set("boot", at.io)

    def problem(self, cause: str) -> None:
        """Note something that a user should know about this charger."""
        if self.problems is None:
            self.problems = Counter()
        if len(self.problems) < 50 or cause in self.problems:
            self.problems[cause] += 1
        self.event("problem_noted", cause=cause)

    def setting_changed(self, name: str, now: Now) -> None:
        """A setting has a new value: let it act."""
        self.station.settings_changed(name, now.sim)
        if name in upkeep.INTERVALS:
            upkeep.INTERVALS[name](self, now)

    def heartbeat(self, now: Now) -> None:
        """Send a Heartbeat now."""
        self._adapter.heartbeat(self, now)

    def event(self, kind: str, **data: Any) -> None:
        """Tell observers."""
        self._effects.append(Event(kind, data))

    def emit(self, effect: Effect) -> None:
        """Have something done, after what is to be done already."""
        self._effects.append(effect)

    def start_job(self, job: Job, then: str, note: Any = None, *, answering: Call | None = None) -> None:
        """Have slow work done."""
        self._jobs = self._jobs or Jobs()
        self._effects.append(self._jobs.start(job, Waiting(then, note, answering)))

    def answer_later(self, job: Job, then: str, note: Any = None) -> Payload:
        """Promise the answer to the CALL being handled for when the job is done."""
        self.start_job(job, then, note, answering=self._answering)
        return LATER

    def close_link(self, now: Now, redial_s: float, code: int | None = None) -> None:
        """Close the link, or abort it where there is no code, and dial again in so many I/O seconds."""
        self.deadlines.set("dial", now.io + redial_s)
        self._effects.append(CloseLink(code))

    def _settle(self, now: Now) -> None:
        """Turn facts into messages until there are none, then send what may go out."""
        while self.station.facts:
            for fact in self.station.take_facts():
                if isinstance(fact, ResetDue):
                    self._reset_due(fact, now)
                else:
                    rule = self._adapter.tells.get(type(fact))
                    if rule is not None:
                        rule(self, fact, now)
        self._pump(now)

    def _pump(self, now: Now) -> None:
        while self.link_is_up and self.session.outstanding is None:
            entry = self.outbox.ready(now.io, accepted=self.registration.accepted, pending=self.registration.pending)
            if entry is None:
                if self.deadlines.get("flush") is not None and not self.outbox.transactions:
                    self._begin_reboot(now)
                return
            if self._adapter.patch(self, entry):
                self._send(entry, now)

    def _send(self, entry: Entry, now: Now) -> None:
        violation = None if entry.raw else self._adapter.schemas.check_request(entry.action, entry.payload)
        if violation is not None:
            telemetry.count("outgoing_violations", entry.action)
            self.problem(f"{entry.action} not sent, it breaks the schema: {violation.description}")
            self.outbox.failed(entry, now.io, attempts=0, interval_s=0.0, reason=violation.description)
            self.outbox.remove(entry)
            return
        entry.sends += 1
        entry.written = True
        timeout_s = self.station.settings.integer("OCPPCommCtrlr.MessageTimeout[Default]")
        self.session.sent(entry, now.io + timeout_s)
        self.last_sent_io = now.io
        upkeep.set_heartbeat(self, now)
        telemetry.count("calls_sent", self._adapter.label, "raw" if entry.raw else entry.action)
        self._effects.append(Send(frames.encode_call(entry.message_id, entry.action, entry.payload), entry.action))
        if self.outbox.following is not None:
            self.outbox.following.sent(entry)

    def _answer(self, call: Call, now: Now) -> None:
        """Answer a CALL of the central system; what follows from it is queued behind the answer."""
        telemetry.count("calls_received", self._adapter.label, call.action)
        known = self.session.reply_to(call.message_id)
        if known is not None:
            self._effects.append(Send(known, call.action))
            return
        if self.registration.status is RegistrationStatus.REJECTED and self._adapter.silent_when_rejected:
            return
        self._answering = call
        self._reply(call, lambda: handle(self._adapter, self, call, now))
        self._answering = None

    def _reply(self, call: Call, make: Callable[[], Payload]) -> None:
        """Send the answer, or the refusal, of a CALL; nothing yet where a job is to make it."""
        try:
            answer = make()
            if answer is LATER:
                return
            text = frames.encode_result(call.message_id, answer)
        except CallRefused as refusal:
            text = frames.encode_error(
                call.message_id, refusal.code, refusal.description, refusal.details, self.version
            )
        self.session.replied(call.message_id, text)
        self._effects.append(Send(text, call.action))

    def _resolve(self, frame: CallResult | CallError, text: bytes, now: Now) -> None:
        """Take the answer to our CALL; late and foreign ones are ignored (OCPP-J)."""
        entry = self.session.take(frame.message_id)
        self._effects.append(FrameSeen(text, entry.action if entry else ""))
        if entry is None:
            telemetry.count("foreign_answers", self._adapter.label)
            return
        self.rtt_s = max(now.io - self.last_sent_io, 0.0)
        if isinstance(frame, CallResult):
            self.outbox.remove(entry)
            if self.outbox.following is not None:
                self.outbox.following.answered(entry, frame.payload)
            violation = None if entry.raw else self._adapter.schemas.check_response(entry.action, frame.payload)
            if violation is not None:
                self.problem(f"bad answer to {entry.action}: {violation.description}")
            rule = None if entry.raw else self._adapter.results.get(entry.action)
            if rule is not None:
                rule(self, entry, frame.payload, now)
        else:
            self.problem(f"{entry.action}: CALLERROR {frame.code}")
            self._failed(entry, frame, now)

    def _failed(self, entry: Entry, error: CallError | None, now: Now) -> None:
        """A CALL was refused or not answered."""
        reason = f"CALLERROR {error.code}" if error else "not answered"
        settings = self.station.settings
        if entry.lane is Lane.TRANSACTION:
            gone = self.outbox.failed(
                entry,
                now.io,
                attempts=settings.integer("OCPPCommCtrlr.MessageAttempts[TransactionEvent]"),
                interval_s=settings.integer("OCPPCommCtrlr.MessageAttemptInterval[TransactionEvent]"),
                reason=reason,
            )
            if not gone:
                return
            self.problem(f"{entry.action} given up after {entry.sends} sends: {reason}")
        elif error is not None and error.code == ErrorCode.RPC_FRAMEWORK_ERROR and entry.sends < FRAMEWORK_SENDS:
            entry.not_before = now.io + FRAMEWORK_RETRY_S
            return
        else:
            self.outbox.drop(entry, reason)
        rule = None if entry.raw else self._adapter.failures.get(entry.action)
        if rule is not None:
            rule(self, entry, error, now)

    def _bad_frame(self, error: FrameError, now: Now) -> None:
        self.problem(f"bad frame: {error.description}")
        self.station.emit(MessageInvalid(now.sim, f"bad frame: {error.description}"))
        if error.ignore or (error.message_id is None and self.version is Version.V16):
            return
        self._effects.append(
            Send(frames.encode_error(error.message_id or "-1", error.code, error.description, {}, self.version), "")
        )

    def _online(self, now: Now) -> None:
        """Accepted and connected: everything may flow."""
        offline_since, self.offline_since = self.offline_since, None
        self.station.online = self.station.accepted = True
        self.station.emit(CameOnline(now.sim))
        upkeep.start_heartbeats(self, now)
        threshold_s = self.station.settings.integer("OCPPCommCtrlr.OfflineThreshold")
        long_away = offline_since is None or now.sim - offline_since > threshold_s
        self._adapter.statuses(self, now, not self.told or (long_away and self.version is not Version.V16))

    def _boot_due(self, now: Now) -> None:
        if self.link_is_up:
            self._adapter.boot(self, now)

    def _call_timed_out(self, now: Now) -> None:
        entry = self.session.drop()
        if entry is not None:
            telemetry.count("calls_timed_out", self._adapter.label, "raw" if entry.raw else entry.action)
            self.problem(f"{entry.action}: no answer in time")
            self._failed(entry, None, now)

    def _next_sim(self) -> float:
        """Simulated instant of the next event of station or adapter."""
        sim = self.station.deadlines.earliest()
        return sim if self._wakes is None else min(sim, self._wakes.earliest())

    def _catch_up(self, now: Now) -> None:
        """Before something happens now, let happen what was due in simulated time until now."""
        while (due := self._next_sim()) <= now.sim:
            self._run_sim_due(due)
            self._settle(Now(due, now.io))

    def _run_sim_due(self, until: float) -> None:
        self.station.advance(until)
        while self._wakes is not None and (due := self._wakes.pop_due(until)) is not None:
            at, name, place = due
            self._adapter.wakes[name](self, place, self._timeline.at_sim(at))

    def _run_due(self, instant: Now, now: Now) -> None:
        """Run what is due at `instant`; timers of the link start from `now`, when they really run."""
        self._run_sim_due(instant.sim + ROUNDING_S)
        while (due := self.deadlines.pop_due(instant.io)) is not None:
            self._IO_DEADLINES[due[1]](self, now)
        if self.session.expires_at <= instant.io:
            self._call_timed_out(now)
        self._settle(Now(instant.sim, now.io))

    def _put_back(self, entry: Entry | None) -> None:
        """A transaction message that was under way when the link went is sent again; it was no failed attempt."""
        if entry is not None and entry.lane is Lane.TRANSACTION:
            entry.sends -= 1

    def _back_off_s(self) -> float:
        """The wait before the next dial; every dial that is not followed by acceptance makes it longer."""
        drawn = draw(self.station.seed, self.station.charger_id, "back-off", self._calls_n + self.attempt)
        wait = backoff.wait_by(self.station.settings, self.attempt, drawn)
        self.attempt += 1
        return wait

    def _reset_due(self, fact: ResetDue, now: Now) -> None:
        self.registration.reason = fact.reason
        if fact.hard or not self.link_is_up:
            self._begin_reboot(now)
        else:
            self.deadlines.set("flush", now.io + FLUSH_S)

    def _begin_reboot(self, now: Now) -> None:
        """Close, go dark, come back after the time that the hardware takes."""
        reason = self.registration.reason
        if self.link_is_up:
            self._effects.append(CloseLink(GOING_AWAY, "reboot"))
        self.event("charger_rebooting", reason=reason)
        self.power_down(now)
        self.registration.reason = reason
        self.deadlines.set("reboot", now.io + self.station.spec.timing.reboot_s)

    def _reboot_due(self, now: Now) -> None:
        self.power_up(now, self.registration.reason)

    _IO_DEADLINES: ClassVar[Mapping[str, Callable[["Charger", Now], None]]] = {
        "boot": _boot_due,
        "clock": upkeep.heartbeat_due,
        "dial": lambda charger, now: None,  # wakes the task that dials
        "flush": _begin_reboot,
        "heartbeat": upkeep.heartbeat_due,
        "ping": upkeep.ping_due,
        "pong": upkeep.pong_missing,
        "reboot": _reboot_due,
    }
