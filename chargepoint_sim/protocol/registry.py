"""Every message has a room: blocks mark their functions, an adapter collects the marks into frozen tables.

A block is a module named after a functional block of the standard. Its functions are marked with
`@handles` (a CALL from the central system), `@obeys` (a command that is a matter of messages), `@sends` (makes a CALL
of ours), `@on_result` and `@on_failure` (its answer, or that none came), `@tells` (a fact of the core), `@wakes` (a
deadline of its own) and `@after` (a job that is done). Adapters are stateless: one object per version, shared by all
chargers.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType, ModuleType
from typing import Any, Protocol, TypeVar

from chargepoint_sim.clock import Now
from chargepoint_sim.core.commands import Command, Outcome
from chargepoint_sim.core.facts import Fact
from chargepoint_sim.core.jobs import Job, JobResult
from chargepoint_sim.core.settings import Value
from chargepoint_sim.core.spec import StationSpec
from chargepoint_sim.core.station import Station
from chargepoint_sim.protocol.frames import CallError, Payload, Version
from chargepoint_sim.protocol.outbox import Entry, Lane, Outbox
from chargepoint_sim.protocol.registration import Registration
from chargepoint_sim.protocol.schemas import Schemas


class BlockContext(Protocol):
    """What a block may touch of the charger it works for."""

    @property
    def version(self) -> Version:
        """The OCPP version it speaks."""
        ...

    station: Station
    registration: Registration
    outbox: Outbox
    told: dict[tuple[int, int], str]
    """(EVSE, connector) -> the status last told."""
    offline_since: float | None
    """Simulated instant since which the charger has had no accepted link."""

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
        """Queue a CALL."""
        ...

    def stamp(self, at: float) -> str:
        """The charger's clock at simulated time `at`, as it stands on the wire."""
        ...

    def wake(self, name: str, at: float, place: int = 0) -> None:
        """Have the rule marked `@wakes(name)` run at simulated time `at`."""
        ...

    def accepted(self, now: Now, interval_s: float) -> None:
        """The central system has accepted the charger."""
        ...

    def synchronise(self, current_time: str, now: Now) -> None:
        """Take over the central system's clock."""
        ...

    def boot_again(self, at: Now) -> None:
        """Send BootNotification at that instant."""
        ...

    def problem(self, cause: str) -> None:
        """Note something that a user should know about this charger."""
        ...

    def setting_changed(self, name: str, now: Now) -> None:
        """A setting has a new value: let it act."""
        ...

    def heartbeat(self, now: Now) -> None:
        """Send a Heartbeat now."""
        ...

    def event(self, kind: str, **data: Any) -> None:
        """Tell observers."""
        ...

    def start_job(self, job: Job, then: str, note: Any = None) -> None:
        """Have slow work done; the rule marked `@after(then)` gets the note and the result."""
        ...

    def close_link(self, now: Now, redial_s: float, code: int | None = None) -> None:
        """Close the link, or abort it where there is no code, and dial again in so many I/O seconds."""
        ...

    def answer_later(self, job: Job, then: str, note: Any = None) -> Payload:
        """For a handler to return: the rule marked `@after(then)` makes the answer from the result."""
        ...


Handler = Callable[[BlockContext, Payload, Now], Payload]
ResultRule = Callable[[BlockContext, Entry, Payload, Now], None]
FailureRule = Callable[[BlockContext, Entry, CallError | None, Now], None]
CommandRule = Callable[[BlockContext, Any, Now], Outcome]
FactRule = Callable[[BlockContext, Any, Now], None]
WakeRule = Callable[[BlockContext, int, Now], None]
AfterRule = Callable[[BlockContext, Any, JobResult, Now], Payload | None]

_MARKS = "__ocpp_marks__"
F = TypeVar("F", bound=Callable[..., Any])


def _mark(kind: str, *keys: object) -> Callable[[F], F]:
    def mark(function: F) -> F:
        marks = getattr(function, _MARKS, ())
        setattr(function, _MARKS, (*marks, *((kind, key) for key in keys)))
        return function

    return mark


def handles(action: str) -> Callable[[F], F]:
    """The function answers this CALL of the central system: (context, request, now) -> response.

    It raises CallRefused for a CALLERROR. What must follow the answer it queues: calls go out after the answer.
    """
    return _mark("handles", action)


def obeys(command: type[Command]) -> Callable[[F], F]:
    """The function carries out this command in the place of a rule of the core: (context, command, now) -> outcome."""
    return _mark("obeys", command)


def sends(*actions: str) -> Callable[[F], F]:
    """The function makes these CALLs."""
    return _mark("sends", *actions)


def on_result(action: str) -> Callable[[F], F]:
    """The function takes the answer to this CALL of ours."""
    return _mark("results", action)


def on_failure(action: str) -> Callable[[F], F]:
    """The function learns that this CALL was refused (CALLERROR), not answered (None) or given up."""
    return _mark("failures", action)


def tells(fact: type[Fact]) -> Callable[[F], F]:
    """The function turns this fact into messages."""
    return _mark("tells", fact)


def after(name: str) -> Callable[[F], F]:
    """The function takes the result of a job started under this name: (context, note, result, now).

    It returns the answer where a handler has promised one with answer_later, otherwise None.
    """
    return _mark("afters", name)


def wakes(name: str) -> Callable[[F], F]:
    """The function runs when the deadline of this name is due."""
    return _mark("wakes", name)


@dataclass(frozen=True, slots=True)
class Adapter:
    """One OCPP version as tables."""

    version: Version
    label: str
    """The version as plain text, for counters."""
    schemas: Schemas
    handles: Mapping[str, Handler]
    obeys: Mapping[type[Command], CommandRule]
    sends: Mapping[str, str]
    """Action -> module that makes it."""
    results: Mapping[str, ResultRule]
    failures: Mapping[str, FailureRule]
    tells: Mapping[type[Fact], FactRule]
    wakes: Mapping[str, WakeRule]
    afters: Mapping[str, AfterRule]
    unsupported: Mapping[str, str]
    """Action of the version that this charger does not know -> why."""
    lacks: Callable[[Station, str], str]
    """Why a charger of this template does not know an action, in words; empty where it does."""
    defaults: Mapping[str, Value]
    boot: Callable[[BlockContext, Now], None]
    """Send BootNotification."""
    heartbeat: Callable[[BlockContext, Now], None]
    statuses: Callable[[BlockContext, Now, bool], None]
    """Tell connector statuses: all, or those that changed (True = all)."""
    patch: Callable[[BlockContext, Entry], bool]
    """Complete a queued message just before it is sent; False when it cannot be sent yet."""
    place: Callable[[StationSpec, int | None, int | None], tuple[int | None, int | None] | Outcome]
    """What an API's evse_id and connector_id mean in this version."""
    status: Callable[[Station, int], str]
    """The richest one-word status of an EVSE, in 1.6 words."""
    longest_token: int
    """Characters of an id token."""
    silent_when_rejected: bool
    """1.6: a rejected charger does not answer CALLs; 2.0.1: it answers SecurityError (B03.FR.08)."""


def collect(blocks: Iterable[ModuleType]) -> dict[str, Mapping[Any, Any]]:
    """The marked functions of the blocks, by kind and key. ValueError where two rooms claim one message."""
    tables: dict[str, dict[Any, Any]] = {
        kind: {} for kind in ("handles", "obeys", "sends", "results", "failures", "tells", "wakes", "afters")
    }
    for block in blocks:
        for function in vars(block).values():
            if getattr(function, "__module__", None) != block.__name__:
                continue
            for kind, key in getattr(function, _MARKS, ()):
                table = tables[kind]
                value = block.__name__ if kind == "sends" else function
                if key in table and table[key] != value:
                    raise ValueError(f"{key} has two rooms: {table[key]} and {value}")
                table[key] = value
    return {kind: MappingProxyType(table) for kind, table in tables.items()}
