"""The built-in central system without its sockets: frames in, frames out, time is an argument.

Owns the RPC rules of the receiving side (OCPP-J 1.6 chapter 4, 2.0.1 part 4 chapter 4): schema checks in both
directions, error codes, repeated message ids, one outstanding CALL per charger, time-outs, the registration rule.
What a message means stands in `v16` and `v201`. A tool for trying things out and for tests: it keeps everything in
memory and forgets at its end.
"""

import heapq
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count as numbers

from chargepoint_sim.clock import Now
from chargepoint_sim.csms import v16, v201
from chargepoint_sim.csms.calls import CallOutcome, OutcomeKind, SentCall
from chargepoint_sim.csms.config import ContractVerdict, CsmsSettings, RegistrationStatus
from chargepoint_sim.csms.peer import Books, Handler, Peer
from chargepoint_sim.csms.recording import FrameKind, Recording, SeenFrame
from chargepoint_sim.csms.sessions import Session, SessionBook
from chargepoint_sim.csms.signing import signer
from chargepoint_sim.csms.tags import TagBook
from chargepoint_sim.errors import CallRefused, FrameError, LocalError, UnknownTarget
from chargepoint_sim.ids import message_id, new_boot_id
from chargepoint_sim.protocol.frames import (
    Call,
    CallError,
    CallResult,
    ErrorCode,
    Payload,
    Version,
    decode,
    encode_call,
    encode_error,
    encode_result,
)
from chargepoint_sim.protocol.schemas import schemas

HANDLERS: Mapping[Version, Mapping[str, Handler]] = {Version.V16: v16.HANDLERS, Version.V201: v201.HANDLERS}

UNREADABLE_ID = "-1"
"""The message id of a CALLERROR where that of the CALL could not be read (2.0.1 part 4 chapter 4.2.3)."""

_AFTER_ACCEPTED = frozenset(
    {"RemoteStartTransaction", "RemoteStopTransaction", "RequestStartTransaction", "RequestStopTransaction"}
)
"""What is not sent while Pending (1.6 section 4.2, 2.0.1 B02.FR.05)."""

_VIOLATIONS_KEPT = 1000

_TRIGGERED = {
    "SignChargePointCertificate": {"SignCertificate"},
    "SignChargingStationCertificate": {"SignCertificate"},
    "SignV2GCertificate": {"SignCertificate"},
    "SignCombinedCertificate": {"SignCertificate"},
    "FirmwareStatusNotification": {"FirmwareStatusNotification", "SignedFirmwareStatusNotification"},
}
"""requestedMessage of a trigger -> the actions that may follow, where they are not that name alone."""


_REPORTS = {
    "CustomerInformation": "NotifyCustomerInformation",
    "GetBaseReport": "NotifyReport",
    "GetLog": "LogStatusNotification",
    "GetMonitoringReport": "NotifyMonitoringReport",
    "GetReport": "NotifyReport",
    "PublishFirmware": "PublishFirmwareStatusNotification",
    "UpdateFirmware": "FirmwareStatusNotification",
}
"""Action -> what tells what has become of it."""


def sendable(version: Version) -> frozenset[str]:
    """The actions that a central system may send; DataTransfer goes both ways."""
    return frozenset(schemas(version).requests) - HANDLERS[version].keys() | {"DataTransfer"}


@dataclass(frozen=True, slots=True)
class ProtocolViolation:
    """A frame of a charger that the standard does not allow."""

    at: float
    identity: str
    action: str
    description: str


class Central:
    """All chargers of one central system."""

    def __init__(
        self, settings: CsmsSettings | None = None, *, boot_id: str | None = None, first_transaction_id: int = 1
    ) -> None:
        """`boot_id` makes the message ids; virtual time passes one that is derived from its seed.

        Raises LocalError where the files of the certificate authority are of no use.
        """
        self.settings = settings or CsmsSettings()
        self.violations: deque[ProtocolViolation] = deque(maxlen=_VIOLATIONS_KEPT)
        self.counts: Counter[str] = Counter()
        """What was received, by action, and `CALLERROR sent`."""
        self.watcher: Callable[[str, SeenFrame], None] | None = None
        """Told of every frame, after its effect."""
        self._books = Books(
            self.settings,
            TagBook(self.settings),
            SessionBook(self.settings.sessions_kept, first_transaction_id),
            sign=signer(self.settings.answers.authority),
        )
        self._peers: dict[str, Peer] = {}
        self._boot_id = boot_id or new_boot_id()
        self._numbers = numbers(1)
        self._deadlines: list[tuple[float, int, Peer, SentCall]] = []

    # The link

    def connected(self, identity: str, version: Version, now: Now) -> Peer:
        """A charger's link is up; one that was up before is replaced by it."""
        peer = self._peers.get(identity)
        if peer is None:
            peer = self._peers[identity] = Peer(identity, version, Recording(self.settings.frames_kept))
        elif peer.connected:
            self.disconnected(identity, now)
        peer.link_up(version, now.sim)
        return peer

    def disconnected(self, identity: str, now: Now) -> None:
        """A charger's link is down; its CALLs end with it."""
        peer = self.peer(identity)
        peer.link_down()
        peer.calls.lose_all()

    # Frames

    def receive(self, identity: str, text: bytes | str, now: Now) -> list[bytes]:
        """One text message of a charger; returns what to write to it, in order."""
        peer = self.peer(identity)
        peer.seen_at = now.sim
        try:
            frame = decode(text, peer.version)
        except FrameError as error:
            self._malformed(peer, text, error, now)
        else:
            if isinstance(frame, Call):
                self._called(peer, frame, text, now)
            else:
                self._answered(peer, frame, text, now)
        return self.take(identity)

    def take(self, identity: str) -> list[bytes]:
        """What is to be written to a charger since the last take, in order; it counts as written."""
        peer = self.peer(identity)
        texts, peer.to_send = peer.to_send, []
        return texts

    def call(
        self,
        identity: str,
        action: str,
        payload: Payload,
        now: Now,
        *,
        timeout_s: float | None = None,
        done: Callable[[SentCall], None] | None = None,
        force: bool = False,
    ) -> str:
        """Send a CALL, or queue it behind the outstanding one; returns its message id. Fetch the frame with take().

        Raises UnknownTarget for a charger never seen, LocalError for one that is not connected, an action that a
        central system does not send, a payload that its schema refuses, and a CALL that the registration forbids;
        `force` sends the last kind all the same, for what a charger answers then is worth trying.
        """
        peer = self.peer(identity)
        if not peer.connected:
            raise LocalError(f"{identity} is not connected")
        if action not in sendable(peer.version):
            raise LocalError(f"a central system does not send {action} in OCPP {peer.version}")
        violation = schemas(peer.version).check_request(action, payload)
        if violation is not None:
            raise LocalError(f"{action}: {violation.description}")
        # B03.FR.03 and B02.FR.05; before its first boot a charger may be asked anything.
        forbidden = peer.registration == "Rejected" or (peer.registration == "Pending" and action in _AFTER_ACCEPTED)
        if forbidden and not force:
            raise LocalError(f"{identity} is {peer.registration} and may not be sent {action} before it is Accepted")
        call = SentCall(
            message_id=message_id(self._boot_id, next(self._numbers)),
            action=action,
            payload=payload,
            timeout_s=self.settings.call_timeout_s if timeout_s is None else timeout_s,
            done=done,
        )
        peer.calls.add(call)
        self._start_next(peer, now)
        return call.message_id

    def outcome(self, identity: str, message_id: str) -> CallOutcome | None:
        """How a CALL ended; None while it has not. Raises UnknownTarget for an id that is not, or no longer, known."""
        call = self.peer(identity).calls.find(message_id)
        if call is None:
            raise UnknownTarget(f"{identity} was sent no CALL {message_id}")
        return call.outcome

    # Time

    def next_deadline(self) -> float | None:
        """The I/O instant at which `advance` has something to do, or None."""
        while self._deadlines and self._deadlines[0][3].outcome is not None:
            heapq.heappop(self._deadlines)
        return self._deadlines[0][0] if self._deadlines else None

    def advance(self, now: Now) -> list[tuple[str, bytes]]:
        """End the CALLs whose time is over; returns what to write to whom."""
        touched: dict[str, None] = {}
        while (due := self.next_deadline()) is not None and due <= now.io:
            _, _, peer, call = heapq.heappop(self._deadlines)
            peer.calls.finish(CallOutcome(OutcomeKind.TIMED_OUT, description=f"no answer in {call.timeout_s:g} s"))
            self._start_next(peer, now)
            touched[peer.identity] = None
        return [(identity, text) for identity in touched for text in self.take(identity)]

    # What is known

    def peer(self, identity: str) -> Peer:
        """One charger. Raises UnknownTarget."""
        try:
            return self._peers[identity]
        except KeyError:
            raise UnknownTarget(f"no charger {identity} has connected") from None

    def find(self, identity: str) -> Peer | None:
        """One charger, or None for one that never connected."""
        return self._peers.get(identity)

    def peers(self) -> Iterator[Peer]:
        """All chargers that ever connected, in that order."""
        return iter(tuple(self._peers.values()))

    def frames(self, identity: str) -> Sequence[SeenFrame]:
        """The last frames of a charger, oldest first. Raises UnknownTarget."""
        return tuple(self.peer(identity).recording)

    def sessions(self, identity: str | None = None) -> Sequence[Session]:
        """The sessions of one charger, or all, oldest first."""
        return tuple(self._books.sessions) if identity is None else self._books.sessions.of(identity)

    def decide_boot(self, identity: str, status: RegistrationStatus | None) -> None:
        """Answer the next BootNotifications of a charger so; None goes back to the settings."""
        if status is None:
            self._books.decisions.pop(identity, None)
        else:
            self._books.decisions[identity] = status

    def judge_contracts(self, identity: str, verdict: ContractVerdict) -> None:
        """Judge the contract certificates that vehicles show at a charger so, whatever the settings say."""
        self._books.contracts[identity] = verdict

    # Inside

    def _malformed(self, peer: Peer, text: bytes | str, error: FrameError, now: Now) -> None:
        self._violated(peer, "", error.description, now)
        self._record(peer, FrameKind.MALFORMED, "", error.message_id or "", text, now, from_charger=True)
        if not error.ignore:
            self._refuse(peer, "", error.message_id or UNREADABLE_ID, error.code, error.description, {}, now)

    def _called(self, peer: Peer, call: Call, text: bytes | str, now: Now) -> None:
        self.counts[call.action] += 1
        earlier = peer.earlier_answer(call.message_id)
        if earlier is None:
            self._judge(peer, call, text, now)
        elif earlier[0] == text:
            # A repeat of the same request has one effect and the same answer.
            self._record(peer, FrameKind.CALL, call.action, call.message_id, text, now, from_charger=True)
            self._write(peer, FrameKind.CALLRESULT, call.action, call.message_id, earlier[1], now)
        else:
            reason = "this message id was used for another request"
            self._violated(peer, call.action, reason, now)
            self._record(peer, FrameKind.CALL, call.action, call.message_id, text, now, from_charger=True)
            self._refuse(peer, call.action, call.message_id, ErrorCode.RPC_FRAMEWORK_ERROR, reason, {}, now)

    def _judge(self, peer: Peer, call: Call, text: bytes | str, now: Now) -> None:
        refusal: CallRefused | None = None
        payload: Payload = {}
        try:
            payload = self._handle(peer, call, now)
        except CallRefused as error:
            refusal = error
            self._violated(peer, call.action, f"{error.code}: {error.description}", now)
        self._record(peer, FrameKind.CALL, call.action, call.message_id, text, now, from_charger=True)
        if refusal is not None:
            # Not remembered: a refused request had no effect and may be tried again.
            code, description, details = refusal.code, refusal.description, refusal.details
            self._refuse(peer, call.action, call.message_id, code, description, details, now)
            return
        answer = encode_result(call.message_id, payload)
        peer.remember_answer(call.message_id, text, answer)
        self._write(peer, FrameKind.CALLRESULT, call.action, call.message_id, answer, now)
        follow_ups, peer.follow_ups = peer.follow_ups, []
        for action, after in follow_ups:
            self.call(peer.identity, action, after, now)

    def _handle(self, peer: Peer, call: Call, now: Now) -> Payload:
        """The answer to a CALL. Raises CallRefused."""
        known = schemas(peer.version)
        handler = HANDLERS[peer.version].get(call.action)
        if handler is None:
            if call.action in known.requests:
                raise CallRefused(ErrorCode.NOT_SUPPORTED, f"a charger does not send {call.action}")
            raise CallRefused(ErrorCode.NOT_IMPLEMENTED, f"OCPP {peer.version} has no {call.action}")
        self._check_registration(peer, call.action)
        violation = known.check_request(call.action, call.payload)
        if violation is not None:
            raise CallRefused(violation.code, violation.description)
        payload = handler(self._books, peer, call.payload, now.sim)
        if peer.registration == "Accepted":
            peer.asked_for.clear()
        violation = known.check_response(call.action, payload)
        if violation is not None:
            raise CallRefused(ErrorCode.INTERNAL_ERROR, f"the answer would be invalid: {violation.description}")
        return payload

    def _check_registration(self, peer: Peer, action: str) -> None:
        """Before Accepted only BootNotification is served, and while Pending what was asked for (2.0.1 B02, B03)."""
        if action == "BootNotification" or peer.registration == "Accepted":
            return
        if peer.registration == "none" and not self.settings.boot.required:
            return
        if peer.registration == "Pending" and action in peer.asked_for:
            return
        raise CallRefused(ErrorCode.SECURITY_ERROR, f"registration is {peer.registration}, boot first")

    def _answered(self, peer: Peer, frame: CallResult | CallError, text: bytes | str, now: Now) -> None:
        kind = FrameKind.CALLRESULT if isinstance(frame, CallResult) else FrameKind.CALLERROR
        call = peer.calls.outstanding
        if call is None or call.message_id != frame.message_id:
            # Too late, or never asked: passed over (2.0.1 part 4 chapter 4.1.4).
            self._violated(peer, "", f"an answer to no outstanding CALL: {frame.message_id}", now)
            self._record(peer, kind, "", frame.message_id, text, now, from_charger=True)
            return
        if isinstance(frame, CallError):
            outcome = CallOutcome(
                OutcomeKind.REFUSED, code=frame.code, description=frame.description, details=frame.details
            )
        else:
            violation = schemas(peer.version).check_response(call.action, frame.payload)
            if violation is None:
                outcome = CallOutcome(OutcomeKind.ANSWERED, payload=frame.payload)
                peer.kept.answered(call.action, call.payload, frame.payload)
            else:
                self._violated(peer, call.action, violation.description, now)
                outcome = CallOutcome(OutcomeKind.INVALID, payload=frame.payload, description=violation.description)
        self._record(peer, kind, call.action, frame.message_id, text, now, from_charger=True)
        peer.calls.finish(outcome)
        self._start_next(peer, now)

    def _start_next(self, peer: Peer, now: Now) -> None:
        call = peer.calls.start_next()
        if call is None:
            return
        peer.asked_for.update(_asked_for(call))
        heapq.heappush(self._deadlines, (now.io + call.timeout_s, next(self._numbers), peer, call))
        text = encode_call(call.message_id, call.action, call.payload)
        self._write(peer, FrameKind.CALL, call.action, call.message_id, text, now)

    def _refuse(
        self,
        peer: Peer,
        action: str,
        message_id: str,
        code: str,
        description: str,
        details: Mapping[str, object],
        now: Now,
    ) -> None:
        self.counts["CALLERROR sent"] += 1
        text = encode_error(message_id, code, description, details, peer.version)
        self._write(peer, FrameKind.CALLERROR, action, message_id, text, now)

    def _write(self, peer: Peer, kind: FrameKind, action: str, message_id: str, text: bytes, now: Now) -> None:
        peer.to_send.append(text)
        self._record(peer, kind, action, message_id, text, now, from_charger=False)

    def _record(
        self,
        peer: Peer,
        kind: FrameKind,
        action: str,
        message_id: str,
        text: bytes | str,
        now: Now,
        *,
        from_charger: bool,
    ) -> None:
        frame = peer.recording.add(
            now.sim, from_charger=from_charger, kind=kind, action=action, message_id=message_id, text=text
        )
        if self.watcher is not None:
            self.watcher(peer.identity, frame)

    def _violated(self, peer: Peer, action: str, description: str, now: Now) -> None:
        self.violations.append(ProtocolViolation(now.sim, peer.identity, action, description))


def _asked_for(call: SentCall) -> set[str]:
    """The actions that a charger may send because of this CALL, even while Pending."""
    if call.action in ("TriggerMessage", "ExtendedTriggerMessage"):
        requested = call.payload["requestedMessage"]
        return _TRIGGERED.get(requested, {requested})
    return {_REPORTS[call.action]} if call.action in _REPORTS else set()
