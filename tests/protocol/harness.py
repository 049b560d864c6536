"""A charger and a scripted central system, joined without a loop, a socket or a clock.

`Bench` feeds time (`wait`, `until`), carries out what the charger emits, dials when it wants a link and answers its
CALLs from `answers`: by action a payload, a function (payload, bench) -> payload, a `Refusal` (CALLERROR) or `SILENCE`.
What the central system sends comes from `ask` (a CALL) and `say` (raw text). Every frame that the charger sends is
recorded in `sent`, checked against the official schemas, and rebuilt by the payload class of the `ocpp` package.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from math import inf
from typing import Any

from ocpp.charge_point import camel_to_snake_case, remove_nones, serialize_as_dict, snake_to_camel_case

from chargepoint_sim.charger import Charger
from chargepoint_sim.clock import Now, Timeline, format_utc
from chargepoint_sim.core.behaviour import Behaviour
from chargepoint_sim.core.commands import Command, Outcome
from chargepoint_sim.core.jobs import Job, JobResult
from chargepoint_sim.core.settings import Settings, parse_setting
from chargepoint_sim.core.spec import ConnectorSpec, EvseSpec, StationSpec
from chargepoint_sim.core.station import Station
from chargepoint_sim.pki import work as pki
from chargepoint_sim.protocol.effects import CloseLink, Event, Ping, Send, StartJob
from chargepoint_sim.protocol.frames import Version
from chargepoint_sim.protocol.link import EndKind, LinkEnd
from chargepoint_sim.protocol.quirks import quirky
from chargepoint_sim.protocol.registry import Adapter
from chargepoint_sim.protocol.schemas import schemas

NOON = 1_700_049_600.0
"""2023-11-15T12:00:00Z, where every bench begins."""

INTERVAL_S = 300
"""The heartbeat interval that the central system gives."""

MOST_STEPS_AT_ONE_INSTANT = 1000


class Silence:
    """The central system does not answer."""


SILENCE = Silence()


@dataclass(frozen=True)
class Refusal:
    """The central system answers with a CALLERROR."""

    code: str = "InternalError"


Answer = Mapping[str, Any] | Silence | Refusal
Rule = Answer | Callable[[dict[str, Any], "Bench"], Answer]


@dataclass(frozen=True)
class Sent:
    """One frame from the charger."""

    at: float
    """Bench seconds."""
    frame: list[Any]
    action: str
    text: bytes

    @property
    def is_call(self) -> bool:
        return self.frame[0] == 2

    @property
    def payload(self) -> dict[str, Any]:
        """Of a CALL or CALLRESULT."""
        return self.frame[3] if self.is_call else self.frame[2]


def two_sockets(**changes: Any) -> StationSpec:
    """A station with two 22 kW sockets; `changes` are fields of StationSpec."""
    evses = tuple(EvseSpec(n, (ConnectorSpec(1),)) for n in (1, 2))
    return StationSpec(
        **({"template": "ac22", "vendor": "Vendor", "model": "Model", "firmware": "1.0", "evses": evses} | changes)
    )


def one_socket(**changes: Any) -> StationSpec:
    """A station with one 22 kW socket."""
    return two_sockets(evses=(EvseSpec(1, (ConnectorSpec(1),)),), **changes)


class Bench:
    """One charger on the bench. Bench time `t` is in seconds, 0 at NOON, and is the I/O clock as well."""

    def __init__(
        self,
        adapter: Adapter,
        *,
        spec: StationSpec | None = None,
        settings: Mapping[str, str] | None = None,
        answers: Mapping[str, Rule] | None = None,
        behaviour: Behaviour | None = None,
        seed: int = 1,
        scale: float = 1.0,
        charger_id: str = "c1",
        boot_id: str = "b1",
    ) -> None:
        self.timeline = Timeline(NOON, 0.0, scale)
        overlay = Settings(adapter.defaults)
        for name, text in (settings or {}).items():
            overlay.set(name, parse_setting(name, text))
        self.station = Station(
            spec or two_sockets(),
            overlay,
            charger_id=charger_id,
            seed=seed,
            behaviour=behaviour,
            boot_id=boot_id,
            serial_number="SN1",
        )
        self.charger = Charger(quirky(adapter, self.station.spec.quirks), self.station, self.timeline)
        self.answers: dict[str, Rule] = {**default_answers(), **(answers or {})}
        self.t = 0.0
        self.linked = False
        self.network = True
        """False: dialling fails."""
        self.sent: list[Sent] = []
        self.close_takes_s = 0.0
        """How long the central system lets the charger wait for the end of a link that it closes."""
        self._ending: tuple[float, LinkEnd] | None = None
        self.unanswered: list[Sent] = []
        """CALLs that met SILENCE; `reply` answers one later."""
        self.events: list[tuple[float, Event]] = []
        self.closes: list[tuple[float, CloseLink]] = []
        self.workers: dict[type[Job], Callable[[Any], JobResult]] = dict.fromkeys(pki.JOBS, pki.do)
        """What does a job at once; other jobs stand in `jobs` until `finish`."""
        self.jobs: list[StartJob] = []
        self.pings: list[float] = []
        self.pongs = True
        self.dials: list[float] = []
        self.ids = 0
        self._asked: dict[str, str] = {}

    # Time

    @property
    def now(self) -> Now:
        """The present instant on both axes."""
        return self.timeline.at_io(self.t)

    @property
    def stamp(self) -> str:
        """The present instant as it stands on the wire."""
        return format_utc(self.now.sim)

    def wait(self, seconds: float) -> "Bench":
        """Let time pass, with every deadline and dial run when it is due."""
        return self.until(self.t + seconds)

    def until(self, t: float) -> "Bench":
        """Let time pass up to `t`."""
        self._carry_out()
        steps, instant = 0, self.t
        while (due := min(self.charger.next_deadline(), self._dial_due(), self._end_due())) <= t:
            self.t = max(self.t, due)
            steps, instant = (steps + 1, instant) if self.t == instant else (0, self.t)
            assert steps < MOST_STEPS_AT_ONE_INSTANT, f"the charger spins at {self.t}: {self.charger.next_deadline()}"
            if self._end_due() <= self.t:
                self._end()
            elif self._dial_due() <= self.t:
                self._dial()
            else:
                self.charger.advance(self.now)
            self._carry_out()
        self.t = max(self.t, t)
        return self

    def leap(self, seconds: float) -> "Bench":
        """Let time pass in one step, as a process that was held up does."""
        self._carry_out()
        self.t += seconds
        self.charger.advance(self.now)
        self._carry_out()
        return self

    # The charger's world

    def power_up(self, reason: str = "PowerUp") -> "Bench":
        """Switch on; it dials at once and boots."""
        self.charger.power_up(self.now, reason)
        return self.wait(0)

    def power_down(self) -> "Bench":
        """Pull the plug of the station."""
        self.charger.power_down(self.now)
        self.linked = False
        return self.wait(0)

    def command(self, command: Command) -> Outcome:
        """Give a command and let what follows at once happen."""
        outcome = self.charger.command(command, self.now)
        self.wait(0)
        return outcome

    def cut(self, end: LinkEnd | None = None) -> "Bench":
        """Break the network; `restore` mends it."""
        self.network = False
        if self.linked:
            self.linked = False
            self.charger.link_down(end or LinkEnd(EndKind.LOST), self.now)
        return self.wait(0)

    def restore(self) -> "Bench":
        """Mend the network; the charger comes back when its back-off is over."""
        self.network = True
        return self.wait(0)

    def come_back(self) -> "Bench":
        """Mend the network and wait until the charger has dialled."""
        self.restore()
        while not self.linked:
            self.until(max(self.charger.dial_at(), self.t))
        return self

    # The central system

    def ask(
        self, action: str, payload: Mapping[str, Any] | None = None, message_id: str | None = None
    ) -> list[Any] | None:
        """Send a CALL; the frame that answers it, or None."""
        self.ids += 1
        message_id = message_id or f"csms-{self.ids}"
        self._asked[message_id] = action
        before = len(self.sent)
        self.say(json.dumps([2, message_id, action, dict(payload or {})]))
        answers = [one.frame for one in self.sent[before:] if not one.is_call and one.frame[1] == message_id]
        assert len(answers) <= 1
        return answers[0] if answers else None

    def say(self, text: str | bytes) -> "Bench":
        """Send raw text."""
        assert self.linked, "there is no link"
        self.charger.receive_text(text.encode() if isinstance(text, str) else text, self.now)
        return self.wait(0)

    def reply(self, call: Sent, answer: Answer) -> "Bench":
        """Answer a CALL now."""
        self._reply(call, answer)
        return self.wait(0)

    def finish(self, result: JobResult) -> "Bench":
        """The oldest job that is under way has come to this."""
        self.charger.job_done(self.jobs.pop(0).job_id, result, self.now)
        return self.wait(0)

    # What was seen

    def calls(self, *actions: str) -> list[Sent]:
        """CALLs of the charger, all or those of some actions."""
        return [one for one in self.sent if one.is_call and (not actions or one.action in actions)]

    def payloads(self, *actions: str) -> list[dict[str, Any]]:
        """Payloads of CALLs."""
        return [one.payload for one in self.calls(*actions)]

    def texts(self) -> list[str]:
        """Everything sent, with the time of sending."""
        return [f"{one.at} {one.text.decode()}" for one in self.sent]

    def forget(self) -> "Bench":
        """Begin recording anew."""
        for record in (self.sent, self.unanswered, self.events, self.closes, self.pings, self.dials):
            record.clear()
        return self

    def seen(self, kind: str) -> list[Event]:
        """Events of a kind."""
        return [event for _, event in self.events if event.kind == kind]

    @property
    def problems(self) -> Mapping[str, int]:
        """What the charger has noted for people: cause -> count."""
        return self.charger.problems or {}

    # Inside

    def _dial_due(self) -> float:
        if self.linked or self._ending is not None or not self.charger.wants_link():
            return inf
        return max(self.charger.dial_at(), self.t)

    def _end_due(self) -> float:
        return inf if self._ending is None else self._ending[0]

    def _end(self) -> None:
        assert self._ending is not None
        (_, end), self._ending = self._ending, None
        self.charger.link_down(end, self.now)

    def _dial(self) -> None:
        self.dials.append(self.t)
        if self.network:
            self.linked = True
            self.charger.link_up(self.now)
        else:
            self.charger.link_down(LinkEnd(EndKind.UNREACHABLE, reason="no network"), self.now)

    def _carry_out(self) -> None:
        while effects := self.charger.take_effects():
            for effect in effects:
                if isinstance(effect, Send):
                    if self.linked:
                        self._take(effect)
                elif isinstance(effect, Ping):
                    self.pings.append(self.t)
                    if self.pongs:
                        self.charger.pong(self.now)
                elif isinstance(effect, CloseLink):
                    self._close(effect)
                elif isinstance(effect, StartJob):
                    worker = self.workers.get(type(effect.job))
                    if worker is None:
                        self.jobs.append(effect)
                    else:
                        self.charger.job_done(effect.job_id, worker(effect.job), self.now)
                elif isinstance(effect, Event):
                    self.events.append((self.t, effect))

    def _close(self, effect: CloseLink) -> None:
        self.closes.append((self.t, effect))
        if not self.linked:
            return
        self.linked = False
        kind = EndKind.LOST if effect.code is None else EndKind.CLOSED
        self._ending = (self.t + self.close_takes_s, LinkEnd(kind, effect.code, effect.reason, by_us=True))
        if self.close_takes_s == 0:
            self._end()

    def _take(self, effect: Send) -> None:
        frame = json.loads(effect.text)
        sent = Sent(self.t, frame, effect.action, effect.text)
        self.sent.append(sent)
        self._check(sent)
        if not sent.is_call:
            return
        rule = self.answers.get(sent.action, SILENCE)
        answer = rule(sent.payload, self) if callable(rule) else rule
        if isinstance(answer, Silence):
            self.unanswered.append(sent)
        else:
            self._reply(sent, answer)

    def _reply(self, call: Sent, answer: Answer) -> None:
        if not self.linked:
            return
        assert not isinstance(answer, Silence)
        message_id = call.frame[1]
        frame = [4, message_id, answer.code, "", {}] if isinstance(answer, Refusal) else [3, message_id, dict(answer)]
        self.charger.receive_text(json.dumps(frame).encode(), self.now)

    def _check(self, sent: Sent) -> None:
        version = self.charger.version
        if sent.is_call:
            assert sent.frame[2] == sent.action
            assert schemas(version).check_request(sent.action, sent.payload) is None
            rebuild(version, "call", sent.action, sent.payload)
        elif sent.frame[0] == 3:
            action = self._asked.get(sent.frame[1], sent.action)
            assert schemas(version).check_response(action, sent.payload) is None
            rebuild(version, "call_result", action, sent.payload)
        else:
            assert len(sent.frame) == 5
            assert len(sent.frame[3]) <= 255


_rebuilt: set[tuple[str, ...]] = {
    # requestId is optional in the schema, and absent from a triggered Idle (white paper 4.9); the class demands it.
    (Version.V16, "call", "LogStatusNotification", "status"),
}


def rebuild(version: Version, module: str, action: str, payload: dict[str, Any]) -> None:
    """The payload class of the `ocpp` package takes the payload and gives it back; once per message and shape."""
    shape = (version, module, action, *sorted(payload))
    # The package demands a requestId also where the status is Idle, which has none (white paper 5.19).
    idle = action == "SignedFirmwareStatusNotification" and payload.get("status") == "Idle"
    if shape in _rebuilt or idle:
        return
    payload_class = getattr(import_module(f"ocpp.v{version.replace('.', '')}.{module}"), action)
    rebuilt = payload_class(**camel_to_snake_case(payload))
    assert snake_to_camel_case(remove_nones(serialize_as_dict(rebuilt))) == payload
    _rebuilt.add(shape)


def default_answers() -> dict[str, Rule]:
    """What a friendly central system answers, for both versions."""
    transactions = iter(range(1, 1_000_000))
    accepted = {"status": "Accepted"}

    def boot(_: dict[str, Any], bench: Bench) -> Answer:
        return {"status": "Accepted", "interval": INTERVAL_S, "currentTime": bench.stamp}

    def authorize(payload: dict[str, Any], _: Bench) -> Answer:
        return {"idTagInfo": accepted} if "idTag" in payload else {"idTokenInfo": accepted}

    return {
        "Authorize": authorize,
        "BootNotification": boot,
        "ClearedChargingLimit": {},
        "DataTransfer": accepted,
        "DiagnosticsStatusNotification": {},
        "FirmwareStatusNotification": {},
        "Heartbeat": lambda _, bench: {"currentTime": bench.stamp},
        "LogStatusNotification": {},
        "MeterValues": {},
        "NotifyChargingLimit": {},
        "NotifyCustomerInformation": {},
        "NotifyDisplayMessages": {},
        "NotifyEVChargingNeeds": {"status": "Rejected"},
        "NotifyEVChargingSchedule": accepted,
        "NotifyEvent": {},
        "NotifyMonitoringReport": {},
        "NotifyReport": {},
        "PublishFirmwareStatusNotification": {},
        "ReportChargingProfiles": {},
        "ReservationStatusUpdate": {},
        "SecurityEventNotification": {},
        "SignCertificate": accepted,
        "SignedFirmwareStatusNotification": {},
        "StartTransaction": lambda _, bench: {"transactionId": next(transactions), "idTagInfo": accepted},
        "StatusNotification": {},
        "StopTransaction": {},
        "TransactionEvent": {},
    }
