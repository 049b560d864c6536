"""What is watched in every case, whatever it is about (OCPP-J 1.6 chapter 4, errata 3.10).

Looks at the finished trace: frames in, checks out.
"""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import orjson

from chargepoint_sim.clock import parse_utc
from chargepoint_sim.conformance.trace import Trace, TraceFrame
from chargepoint_sim.conformance.verdicts import Check, Verdict
from chargepoint_sim.protocol.frames import ErrorCode, Version, wire_code
from chargepoint_sim.protocol.schemas import schemas

SKEW_S = 5.0
"""How far currentTime may be from this machine's clock."""

GRACE_S = 0.5
"""How much earlier than said the central system may give up."""

MOST_DESCRIPTION = 255
"""Characters of a CALLERROR's description (OCPP-J 1.6 chapter 4.2.3, 2.0.1 part 4 chapter 4.2.3)."""

RPC = {Version.V16: "OCPP-J 1.6 chapter 4", Version.V201: "2.0.1 part 4 chapter 4"}


def watch(trace: Trace, response_timeout_s: float, csms_timeout_s: float) -> list[Check]:
    """All monitors over a trace; what is in order is summed up in one PASS per monitor.

    `response_timeout_s` is how long an answer may take, `csms_timeout_s` after how long the central system may give a
    CALL of its own up.
    """
    found: list[Check] = []
    for name, monitor in (
        ("schema", _schema),
        ("unique_ids", _unique_ids),
        ("one_outstanding", partial(_one_outstanding, csms_timeout_s=csms_timeout_s)),
        ("error_codes", _error_codes),
        ("clock", _clock),
        ("profiles", _profiles),
    ):
        breaches = [replace(one, reference=RPC[trace.version]) for one in monitor(trace)]
        found += breaches or [Check(f"monitor.{name}", Verdict.PASS, "", "")]
    found += list(_response_time(trace, response_timeout_s)) or [Check("monitor.response_time", Verdict.PASS, "", "")]
    return found


def _breach(name: str, expected: str, actual: str, *frames: TraceFrame, verdict: Verdict = Verdict.FAIL) -> Check:
    return Check(f"monitor.{name}", verdict, expected, actual, "", tuple(frame.message_id for frame in frames))


def _from_csms(trace: Trace) -> Iterator[TraceFrame]:
    return (frame for frame in trace.frames if not frame.sent)


def _schema(trace: Trace) -> Iterator[Check]:
    known = schemas(trace.version)
    for frame in _from_csms(trace):
        if frame.kind == "malformed":
            yield _breach("schema", "an OCPP-J frame", frame.text[:200], frame)
        elif frame.kind == "CALL":
            if frame.action not in known.requests:
                yield _breach("schema", f"an action of OCPP {trace.version}", frame.action, frame)
                continue
            violation = known.check_request(frame.action, frame.payload)
            if violation is not None:
                yield _breach("schema", f"a valid {frame.action}", violation.description, frame)
        elif frame.kind == "CALLRESULT":
            if not frame.action:
                yield _breach("schema", "an answer to a CALL of the charger", "an unknown message id", frame)
                continue
            if frame.action not in known.responses:
                continue  # an answer to a message that does not exist; its case judges it
            violation = known.check_response(frame.action, frame.payload)
            if violation is not None:
                yield _breach("schema", f"a valid answer to {frame.action}", violation.description, frame)


def _unique_ids(trace: Trace) -> Iterator[Check]:
    seen: dict[str, TraceFrame] = {}
    for frame in _from_csms(trace):
        if frame.kind != "CALL":
            continue
        if frame.message_id in seen:
            yield _breach("unique_ids", "a message id of its own for each CALL", frame.message_id, frame)
        seen[frame.message_id] = frame


def _one_outstanding(trace: Trace, csms_timeout_s: float) -> Iterator[Check]:
    """A new CALL before the answer to the last one; an answer ends with the link, too, or is given up.

    A SHOULD in 1.6 (OCPP-J chapter 4.1.1), a SHALL in 2.0.1 (part 4 chapter 4.1.1).
    """
    breach = Verdict.WARN if trace.version is Version.V16 else Verdict.FAIL
    outstanding: TraceFrame | None = None
    ends = [event.frames_before for event in trace.link if event.kind != "charger_connected"]
    for frame in trace.frames:
        if outstanding is not None and any(outstanding.number < end <= frame.number for end in ends):
            outstanding = None
        if frame.kind == "CALL" and not frame.sent:
            if outstanding is not None and frame.io - outstanding.io < csms_timeout_s - GRACE_S:
                expected = "the next CALL after the answer"
                yield _breach("one_outstanding", expected, frame.action, outstanding, frame, verdict=breach)
            outstanding = frame
        elif outstanding is not None and frame.sent and frame.message_id == outstanding.message_id:
            outstanding = None


def _error_codes(trace: Trace) -> Iterator[Check]:
    """The code one of the version's, five elements, the description no longer than allowed."""
    legal = {wire_code(code, trace.version) for code in ErrorCode}
    for frame in _from_csms(trace):
        if frame.kind == "CALLERROR" and frame.code not in legal:
            yield _breach("error_codes", "one of " + ", ".join(sorted(legal)), frame.code, frame)
        if frame.kind == "CALLERROR" and not _is_whole(frame.text):
            expected = f"five elements, the description of at most {MOST_DESCRIPTION} characters"
            yield _breach("error_codes", expected, frame.text[:200], frame)


def _is_whole(text: str) -> bool:
    raw = orjson.loads(text)
    return len(raw) == 5 and isinstance(raw[3], str) and len(raw[3]) <= MOST_DESCRIPTION and isinstance(raw[4], dict)


def _clock(trace: Trace) -> Iterator[Check]:
    for frame in _from_csms(trace):
        if frame.kind != "CALLRESULT" or "currentTime" not in frame.payload:
            continue
        try:
            skew_s = parse_utc(frame.payload["currentTime"]) - frame.at
        except (TypeError, ValueError, AttributeError):
            continue  # the schema's affair
        if abs(skew_s) > SKEW_S:
            yield _breach(
                "clock", f"currentTime within {SKEW_S:g} s", f"{skew_s:+.1f} s away", frame, verdict=Verdict.WARN
            )


def _profiles(trace: Trace) -> Iterator[Check]:
    """Charging schedules: periods rising from 0, phaseToUse with one phase alone (1.6 7.13, 7.14; 2.0.1 K01)."""
    for frame in _from_csms(trace):
        if frame.kind != "CALL":
            continue
        profile: Any = frame.payload.get("csChargingProfiles") or frame.payload.get("chargingProfile")
        found = profile.get("chargingSchedule") if isinstance(profile, dict) else None
        for schedule in found if isinstance(found, list) else [found]:
            if not isinstance(schedule, dict):
                continue
            raw = schedule.get("chargingSchedulePeriod")
            periods = [one for one in raw if isinstance(one, dict)] if isinstance(raw, list) else []
            starts = [one.get("startPeriod", 0) for one in periods]
            if not starts or starts[0] != 0 or starts != sorted(set(starts)):
                yield _breach("profiles", "periods in order, the first at 0", f"startPeriod {starts}", frame)
            if any("phaseToUse" in one and one.get("numberPhases") != 1 for one in periods):
                yield _breach("profiles", "phaseToUse with one phase", f"{periods}", frame)


def _response_time(trace: Trace, timeout_s: float) -> Iterator[Check]:
    for frame in trace.frames:
        if frame.sent and frame.kind == "CALL":
            answer = trace.answer_to(frame)
            if answer is not None and answer.io - frame.io > timeout_s:
                yield _breach(
                    "response_time", f"an answer in {timeout_s:g} s", f"{answer.io - frame.io:.1f} s", frame, answer
                )
