"""The RPC rules of the central system: bad frames, registration, one outstanding CALL, time-outs, evidence."""

import orjson
import pytest

from chargepoint_sim.csms.calls import CallOutcome, OutcomeKind, SentCall
from chargepoint_sim.csms.central import HANDLERS, Central, sendable
from chargepoint_sim.csms.config import settings_from
from chargepoint_sim.csms.recording import FrameKind
from chargepoint_sim.errors import LocalError, UnknownTarget
from chargepoint_sim.protocol.frames import Version
from chargepoint_sim.protocol.schemas import schemas
from tests.csms.wire import IDENTITY, SIM, Wire, at

BOTH = pytest.mark.parametrize("version", list(Version))


# What is refused

BAD_FRAMES = [
    ("not json", "-1", "ProtocolError", "RpcFrameworkError"),
    ("{}", "-1", "ProtocolError", "RpcFrameworkError"),
    ("[]", "-1", "ProtocolError", "RpcFrameworkError"),
    ('[2,"x","Heartbeat"]', "x", "ProtocolError", "RpcFrameworkError"),
    (f'[2,"{"x" * 37}","Heartbeat",{{}}]', "-1", "ProtocolError", "RpcFrameworkError"),
    ('[2,"x","Heartbeat",[]]', "x", "FormationViolation", "FormatViolation"),
    ('[2,"x","heartbeat",{}]', "x", "NotImplemented", "NotImplemented"),
    ('[2,"x","Reset",{"type":"Hard"}]', "x", "NotSupported", "NotSupported"),
    ('[2,"x","Heartbeat",{"extra":1}]', "x", "FormationViolation", "FormatViolation"),
    ('[2,"x","StatusNotification",{}]', "x", "OccurenceConstraintViolation", "OccurrenceConstraintViolation"),
    ('[2,"x","DataTransfer",{"vendorId":5}]', "x", "TypeConstraintViolation", "TypeConstraintViolation"),
    (
        f'[2,"x","DataTransfer",{{"vendorId":"{"v" * 256}"}}]',
        "x",
        "PropertyConstraintViolation",
        "PropertyConstraintViolation",
    ),
]


@BOTH
@pytest.mark.parametrize(("text", "message_id", "code16", "code201"), BAD_FRAMES)
def test_bad_frame_gets_its_code(version: Version, text: str, message_id: str, code16: str, code201: str) -> None:
    wire = Wire(version)
    code = code16 if version is Version.V16 else code201
    answer = wire.ask(text)
    assert answer[:3] == [4, message_id, code]
    assert len(answer) == 5
    assert len(wire.central.violations) == 1
    assert wire.ask('[2,"after","Heartbeat",{}]')[0] == 3


def test_unknown_message_type_is_ignored_in_16_and_refused_in_201() -> None:
    assert Wire(Version.V16).send('[7,"x",{}]') == []
    assert Wire(Version.V201).ask('[7,"x",{}]')[:3] == [4, "x", "MessageTypeNotSupported"]


@BOTH
def test_before_the_first_boot_other_calls_get_security_error(version: Version) -> None:
    wire = Wire(version, booted=False)
    assert wire.ask('[2,"a","Heartbeat",{}]')[:3] == [4, "a", "SecurityError"]


@BOTH
def test_boot_may_be_waived(version: Version) -> None:
    wire = Wire(version, booted=False, boot={"required": False})
    assert wire.ask('[2,"a","Heartbeat",{}]')[0] == 3


@BOTH
def test_registration_outlives_the_connection(version: Version) -> None:
    wire = Wire(version)
    wire.central.disconnected(IDENTITY, at(1))
    wire.central.connected(IDENTITY, version, at(2))
    assert wire.ask('[2,"a","Heartbeat",{}]', 3)[0] == 3


def test_another_version_is_another_charger() -> None:
    wire = Wire(Version.V16)
    wire.central.connected(IDENTITY, Version.V201, at(1))
    assert wire.ask('[2,"a","Heartbeat",{}]', 2)[:3] == [4, "a", "SecurityError"]


@BOTH
def test_a_refused_request_may_be_tried_again_with_its_message_id(version: Version) -> None:
    wire = Wire(version, booted=False, boot={"status": "Pending"})
    assert wire.ask('[2,"a","Heartbeat",{}]')[0] == 4
    wire.central.peer(IDENTITY).registration = "Accepted"
    assert wire.ask('[2,"a","Heartbeat",{}]')[0] == 3


# Calls of the central system


@BOTH
def test_every_action_goes_one_way_and_data_transfer_both(version: Version) -> None:
    assert sendable(version) | HANDLERS[version].keys() == schemas(version).requests.keys()
    assert sendable(version) & HANDLERS[version].keys() == {"DataTransfer"}


def test_one_call_is_outstanding_and_the_others_wait() -> None:
    wire = Wire(Version.V16)
    first, written = wire.call("ClearCache", {})
    assert written == [f'[2,"{first}","ClearCache",{{}}]']
    second, written = wire.call("Reset", {"type": "Soft"})
    assert written == []
    assert wire.send('[2,"h","Heartbeat",{}]')[0].startswith('[3,"h"')
    assert wire.send(f'[3,"{first}",{{"status":"Accepted"}}]') == [f'[2,"{second}","Reset",{{"type":"Soft"}}]']
    assert wire.central.outcome(IDENTITY, first) == CallOutcome(OutcomeKind.ANSWERED, {"status": "Accepted"})
    assert wire.central.outcome(IDENTITY, second) is None


def test_done_is_called_once_with_the_refusal() -> None:
    wire = Wire(Version.V201)
    ended: list[SentCall] = []
    message_id, _ = wire.call("ClearCache", {}, done=ended.append)
    wire.send(f'[4,"{message_id}","NotSupported","no cache",{{"a":1}}]')
    wire.send(f'[4,"{message_id}","NotSupported","no cache",{{}}]')
    (call,) = ended
    assert call.outcome == CallOutcome(OutcomeKind.REFUSED, {}, "NotSupported", "no cache", {"a": 1})


def test_answer_that_breaks_its_schema_is_a_violation() -> None:
    wire = Wire(Version.V16)
    message_id, _ = wire.call("ClearCache", {})
    wire.send(f'[3,"{message_id}",{{"status":"Maybe"}}]')
    outcome = wire.central.outcome(IDENTITY, message_id)
    assert outcome is not None
    assert (outcome.kind, outcome.payload) == (OutcomeKind.INVALID, {"status": "Maybe"})
    assert wire.central.violations[0].action == "ClearCache"


def test_unanswered_call_times_out_and_the_next_one_goes() -> None:
    wire = Wire(Version.V16, call_timeout_s=10)
    first, _ = wire.call("ClearCache", {})
    second, _ = wire.call("Reset", {"type": "Hard"}, timeout_s=4)
    assert wire.central.next_deadline() == at(10).io
    assert wire.central.advance(at(9.9)) == []
    (sent,) = wire.central.advance(at(10))
    assert sent == (IDENTITY, f'[2,"{second}","Reset",{{"type":"Hard"}}]'.encode())
    outcome = wire.central.outcome(IDENTITY, first)
    assert outcome is not None
    assert outcome.kind is OutcomeKind.TIMED_OUT
    assert wire.central.next_deadline() == at(14).io
    # The late answer is passed over, and the outstanding CALL is still answered by its own.
    assert wire.send(f'[3,"{first}",{{"status":"Accepted"}}]', 11) == []
    wire.send(f'[3,"{second}",{{"status":"Accepted"}}]', 12)
    assert wire.central.next_deadline() is None


def test_lost_link_ends_all_calls() -> None:
    wire = Wire(Version.V16)
    ids = [wire.call("ClearCache", {})[0] for _ in range(3)]
    wire.central.disconnected(IDENTITY, at(1))
    outcomes = [wire.central.outcome(IDENTITY, message_id) for message_id in ids]
    assert [outcome.kind for outcome in outcomes if outcome] == [OutcomeKind.LINK_LOST] * 3
    assert wire.central.next_deadline() is None
    with pytest.raises(LocalError, match="not connected"):
        wire.call("ClearCache", {})


@pytest.mark.parametrize(
    ("action", "payload", "words"),
    [
        ("Heartbeat", {}, "does not send Heartbeat"),
        ("SetVariables", {}, "does not send SetVariables"),
        ("Reset", {"type": "Gently"}, "type"),
    ],
)
def test_what_may_not_be_sent_is_not_sent(action: str, payload: dict[str, str], words: str) -> None:
    wire = Wire(Version.V16)
    with pytest.raises(LocalError, match=words):
        wire.call(action, payload)
    assert wire.central.take(IDENTITY) == []


def test_unknown_charger_and_unknown_call_are_told() -> None:
    central = Central()
    with pytest.raises(UnknownTarget):
        central.call("nobody", "ClearCache", {}, at(0))
    wire = Wire(Version.V16)
    with pytest.raises(UnknownTarget):
        wire.central.outcome(IDENTITY, "nothing")


# Evidence


def test_frames_are_recorded_in_order_with_direction_and_time() -> None:
    wire = Wire(Version.V16, booted=False)
    wire.send('[2,"a","Heartbeat",{}]', 1)
    wire.central.peer(IDENTITY).registration = "Accepted"
    wire.send('[2,"b","Heartbeat",{}]', 2)
    message_id, _ = wire.call("ClearCache", {}, 3)
    wire.send(f'[3,"{message_id}",{{"status":"Accepted"}}]', 4)
    wire.send("nonsense", 5)
    frames = wire.central.frames(IDENTITY)
    assert [(frame.at - SIM, frame.from_charger, frame.kind, frame.action) for frame in frames] == [
        (1, True, FrameKind.CALL, "Heartbeat"),
        (1, False, FrameKind.CALLERROR, "Heartbeat"),
        (2, True, FrameKind.CALL, "Heartbeat"),
        (2, False, FrameKind.CALLRESULT, "Heartbeat"),
        (3, False, FrameKind.CALL, "ClearCache"),
        (4, True, FrameKind.CALLRESULT, "ClearCache"),
        (5, True, FrameKind.MALFORMED, ""),
        (5, False, FrameKind.CALLERROR, ""),
    ]
    assert [frame.number for frame in frames] == list(range(1, 9))
    assert frames[2].is_call("Heartbeat")
    assert frames[5].payload == {"status": "Accepted"}


def test_only_the_last_frames_are_kept() -> None:
    wire = Wire(Version.V16, frames_kept=3)
    for number in range(5):
        wire.send(f'[2,"{number}","Heartbeat",{{}}]')
    frames = wire.central.frames(IDENTITY)
    assert [frame.message_id for frame in frames] == ["3", "4", "4"]


def test_oldest_closed_sessions_are_forgotten_and_open_ones_kept() -> None:
    wire = Wire(Version.V16, sessions_kept=2)
    for number in range(4):
        wire.send(
            f'[2,"{number}","StartTransaction",{{"connectorId":{number + 1},"idTag":"A","meterStart":0,'
            f'"timestamp":"2023-11-14T22:13:00Z"}}]'
        )
        if number != 0:
            wire.send(
                f'[2,"e{number}","StopTransaction",{{"transactionId":{number + 1},"meterStop":5,'
                f'"timestamp":"2023-11-14T22:13:00Z"}}]'
            )
    assert [session.transaction_id for session in wire.central.sessions()] == ["1", "4"]


def test_same_inputs_write_the_same_frames() -> None:
    def transcript() -> list[str]:
        wire = Wire(Version.V16)
        wire.call("ClearCache", {})
        wire.send('[2,"h","Heartbeat",{}]', 7)
        return [frame.text for frame in wire.central.frames(IDENTITY)]

    assert transcript() == transcript()
    assert orjson.loads(transcript()[2])[1] == "b-1"


def test_chargers_are_kept_apart() -> None:
    central = Central(settings_from({"boot": {"required": False}}))
    for identity in ("A", "B"):
        central.connected(identity, Version.V16, at(0))
        central.call(identity, "ClearCache", {}, at(0))
    assert len(central.take("A")) == len(central.take("B")) == 1
    central.disconnected("A", at(1))
    assert [peer.connected for peer in central.peers()] == [False, True]
    assert central.receive("B", '[2,"h","Heartbeat",{}]', at(1))
