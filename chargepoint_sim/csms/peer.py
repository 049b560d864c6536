"""What the central system knows of one charger.

Owns the state and its bounds; the blocks `v16` and `v201` write it, `central` keeps it.
"""

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Protocol

from chargepoint_sim.csms.calls import CallQueue
from chargepoint_sim.csms.config import ContractVerdict, CsmsSettings, RegistrationStatus
from chargepoint_sim.csms.kept import Kept
from chargepoint_sim.csms.meter import MeterSample
from chargepoint_sim.csms.recording import Recording
from chargepoint_sim.csms.reports import Reports
from chargepoint_sim.csms.sessions import SessionBook
from chargepoint_sim.csms.signing import Sign
from chargepoint_sim.csms.tags import TagBook
from chargepoint_sim.protocol.frames import Payload, Version

_ANSWERS_KEPT = 32

Place = tuple[int, int | None]
"""EVSE and connector; in 1.6 the connectorId and None."""


@dataclass(frozen=True, slots=True)
class ConnectorStatus:
    """The last status that a charger told of one place, in the words of its version."""

    status: str
    at: float
    """UTC seconds by the charger's stamp; 1.6 may leave it out, then when it was received."""
    error_code: str = "NoError"
    details: str = ""


@dataclass(slots=True)
class Peer:
    """One charger, connected or not."""

    identity: str
    version: Version
    recording: Recording
    connected: bool = False
    connected_at: float | None = None
    seen_at: float | None = None
    """When the last frame came, UTC seconds of the central system."""
    registration: str = "none"
    """none | Accepted | Pending | Rejected; kept over reconnects, for a charger boots only when it restarts."""
    boot: Payload | None = None
    """The last BootNotification."""
    boots: int = 0
    statuses: dict[Place, ConnectorStatus] = field(default_factory=dict)
    readings: dict[int, dict[str, MeterSample]] = field(default_factory=dict)
    """The latest sample of each quantity outside transactions, by EVSE (0: the main meter)."""
    last: dict[str, Payload] = field(default_factory=dict)
    """The last payload of each message that needs no more than an acknowledgement."""
    told: Reports | None = None
    """Reports of 2.0.1, put together, and events; None for a charger that has told none."""
    asked_for: set[str] = field(default_factory=set)
    """Actions that this central system asked for and that are therefore served while Pending (2.0.1 B02.FR.02)."""
    calls: CallQueue = field(default_factory=CallQueue)
    kept: Kept = field(default_factory=Kept)
    follow_ups: list[tuple[str, Payload]] = field(default_factory=list)
    """CALLs, action and payload, that go out after the answer being made."""
    to_send: list[bytes] = field(default_factory=list)
    """Written by the shell, in order."""
    _answers: OrderedDict[str, tuple[bytes | str, bytes]] = field(default_factory=OrderedDict)

    @property
    def reports(self) -> Reports:
        """What it has told, made when it is first needed."""
        if self.told is None:
            self.told = Reports()
        return self.told

    def remember_answer(self, message_id: str, request: bytes | str, answer: bytes) -> None:
        """Keep an answer for the case that the request is repeated."""
        self._answers[message_id] = (request, answer)
        if len(self._answers) > _ANSWERS_KEPT:
            self._answers.popitem(last=False)

    def earlier_answer(self, message_id: str) -> tuple[bytes | str, bytes] | None:
        """The request that used this message id on this connection and what it was answered, or None."""
        return self._answers.get(message_id)

    def link_up(self, version: Version, at: float) -> None:
        """A new connection; message ids are unique within one, and another version is another charger."""
        if version is not self.version:
            self.version = version
            self.registration = "none"
            self.boot = None
            self.kept = Kept()
            self.statuses.clear()
        self.connected = True
        self.connected_at = at
        self._begin_afresh()

    def link_down(self) -> None:
        """The connection is gone."""
        self.connected = False
        self._begin_afresh()

    def _begin_afresh(self) -> None:
        self._answers.clear()
        self.asked_for.clear()
        self.follow_ups.clear()
        self.to_send.clear()


@dataclass(frozen=True, slots=True)
class Books:
    """What the handlers of both versions read and write besides the charger itself."""

    settings: CsmsSettings
    tags: TagBook
    sessions: SessionBook
    decisions: dict[str, RegistrationStatus] = field(default_factory=dict)
    """Identity -> how its boots are answered, where that differs from the settings."""
    contracts: dict[str, ContractVerdict] = field(default_factory=dict)
    """Identity -> how contracts that vehicles show there are judged, where that differs from the settings."""
    sign: Sign | None = None
    """The certificate authority."""

    def decision_for(self, identity: str) -> RegistrationStatus:
        """How a BootNotification of that charger is answered."""
        return self.decisions.get(identity, self.settings.boot.status)


class Handler(Protocol):
    """Answers one action; `at` is the central system's time in UTC seconds. Raises CallRefused."""

    def __call__(self, books: Books, peer: Peer, request: Payload, at: float, /) -> Payload: ...
