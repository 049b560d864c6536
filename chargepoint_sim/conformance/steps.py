"""How each step of a case is carried out: one function per first word of a step, one table.

A step that cannot go on raises `CaseEnded`. Frames are found in any order within a phase; a phase begins with each
step at which somebody acts (`do`, `trigger`, `power_cut_s`), and no frame serves two steps.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from chargepoint_sim.conformance.cases import COMMANDS, Case, Step
from chargepoint_sim.conformance.checks import at, check_fields, obeys
from chargepoint_sim.conformance.drivers import Driver, Triggered
from chargepoint_sim.conformance.probe import Probe
from chargepoint_sim.conformance.site import CHARGER, Site
from chargepoint_sim.conformance.testdata import TestData, resolve
from chargepoint_sim.conformance.trace import Trace, TraceFrame
from chargepoint_sim.conformance.verdicts import Check, Verdict, shown
from chargepoint_sim.core.commands import Command, IdToken, LoseLink, Reboot

PATIENCE_S = 10.0
"""How long the charger itself may take for what it is to send; more than any of its timers in a case."""

LINK_S = 30.0
"""How long a link may take to come up again."""


class CaseEnded(Exception):
    """The case cannot go on; the verdict and why."""

    def __init__(self, verdict: Verdict, reason: str) -> None:
        super().__init__(reason)
        self.verdict = verdict
        self.reason = reason


@dataclass(slots=True)
class Run:
    """One case while it runs."""

    case: Case
    site: Site | None
    """None for a case on bare websockets."""
    probe: Probe
    driver: Driver
    data: TestData
    identity: str
    trace: Trace
    names: dict[str, Any]
    phase: int = 0
    """Number of the first frame that the next step may use."""
    used: set[int] = field(default_factory=set)
    closings: list[int] = field(default_factory=list)
    """Link events, by index, from which on an end is brought about by the case, until the link is up again."""

    def begin_phase(self) -> None:
        """Somebody acts now."""
        self.phase = len(self.trace.frames)

    def expect_close(self) -> None:
        """The next end of the link is brought about by the case."""
        self.closings.append(len(self.trace.link))

    def own_ends(self) -> set[int]:
        """The link events, by index, that the case brought about."""
        own: set[int] = set()
        for first in self.closings:
            for n in range(first, len(self.trace.link)):
                if self.trace.link[n].kind == "charger_connected":
                    break
                own.add(n)
        return own

    def take(self, frame: TraceFrame) -> None:
        """No other step uses this frame."""
        self.used.add(frame.number)

    def find(self, action: str, where: Mapping[str, Any], *, sent: bool) -> TraceFrame | None:
        """The first free CALL of the phase with these fields."""
        for frame in self.trace.frames[self.phase :]:
            fits = frame.sent == sent and frame.kind == "CALL" and frame.action == action
            if fits and frame.number not in self.used and all(obeys(r, at(frame.payload, p)) for p, r in where.items()):
                return frame
        return None


Checks = list[Check]


async def _do(run: Run, step: Step) -> Checks:
    """Tell the charger something; what was sent to it before may have put it where it refuses."""
    assert run.site is not None
    command = command_of(step.subject, resolve(step.words.get("with") or {}, run.names))
    run.begin_phase()
    if isinstance(command, LoseLink | Reboot):
        run.expect_close()
    outcome = await run.site.fleet.command(CHARGER, command)
    if not outcome.accepted:
        raise CaseEnded(Verdict.INCONCLUSIVE, f"the charger refused {step.subject}: {outcome.reason}")
    if isinstance(command, LoseLink):
        since = run.closings[-1]
        await run.trace.wait(lambda: len(run.trace.link) > since or None, PATIENCE_S)  # what follows is offline
    return []


def command_of(name: str, given: Mapping[str, Any]) -> Command:
    """A command from its name and fields; `tag` stands for an id token, `connector` for evse_id."""
    kind = COMMANDS[name]
    allowed = {one.name for one in fields(kind)}
    values: dict[str, Any] = {}
    for word, value in given.items():
        if word == "tag":
            values["id_token"] = IdToken(value)
        elif word == "connector" and "connector" not in allowed:
            values["evse_id"] = value
        else:
            values[word] = value
    return kind(**values)


async def _expect(run: Run, step: Step) -> Checks:
    """Wait for a CALL of the charger and for its answer, and judge the answer."""
    action, where = step.subject, resolve(step.words.get("where") or {}, run.names)
    patience_s = float(step.words.get("within_s", PATIENCE_S))
    call = await run.trace.wait(lambda: run.find(action, where, sent=True), patience_s)
    if call is None:
        seen = [frame.action for frame in run.trace.frames[run.phase :] if frame.sent and frame.kind == "CALL"]
        raise CaseEnded(
            Verdict.INCONCLUSIVE, f"the charger did not come to send {action} {where or ''}; it sent {seen[-12:]}"
        )
    run.take(call)
    _keep(run, step, call.payload, "keep")
    return await _judge_answer(run, step, call)


async def _judge_answer(run: Run, step: Step, call: TraceFrame) -> Checks:
    timeout_s = run.data.call_timeout_s
    answer = await run.trace.wait(lambda: run.trace.answer_to(call), timeout_s)
    reference = run.case.reference
    prefix = f"{step.subject}.answer"
    if answer is None:
        actual = f"nothing in {timeout_s:g} s"
        return [Check(prefix, Verdict.FAIL, "an answer", actual, reference, (call.message_id,))]
    ids = (call.message_id,)
    codes = step.words.get("error")
    if answer.kind == "CALLERROR":
        good = codes is not None and (codes == "any" or answer.code in codes)
        expected = "a CALLRESULT" if codes is None else f"CALLERROR {codes}"
        verdict = Verdict.PASS if good else Verdict.FAIL
        return [Check(prefix, verdict, expected, f"CALLERROR {answer.code}", reference, ids)]
    if answer.kind != "CALLRESULT":
        return [Check(prefix, Verdict.FAIL, "a CALLRESULT", shown(answer.text), reference, ids)]
    if codes is not None:
        verdict = Verdict.WARN if step.words.get("warn_answered") else Verdict.FAIL
        return [Check(prefix, verdict, f"CALLERROR {codes}", shown(answer.payload), reference, ids)]
    rules = resolve(step.words.get("answer") or {}, run.names)
    checks = [Check(prefix, Verdict.PASS, "a CALLRESULT", "a CALLRESULT", reference, ids)]
    checks += check_fields(prefix, answer.payload, rules, reference, ids)
    _keep(run, step, answer.payload)
    return checks


def _keep(run: Run, step: Step, payload: Mapping[str, Any], word: str = "save") -> None:
    """Give names to fields: `save` those of the central system's message, `keep` those of the charger's."""
    for name, path in (step.words.get(word) or {}).items():
        run.names[name] = at(payload, path)


async def _trigger(run: Run, step: Step) -> Checks:
    """Have the central system send a CALL, judge its fields, and see that the charger answered as the case needs."""
    action = step.subject
    payload = resolve(step.words.get("payload") or {}, run.names)
    run.begin_phase()
    if step.words.get("ends_link"):
        run.expect_close()
    hint = step.words.get("hint", "")
    triggered = await run.driver.trigger(run.identity, action, payload, hint)
    if triggered is Triggered.UNSUPPORTED:
        raise CaseEnded(Verdict.SKIPPED, f"trigger: this driver cannot make the central system send {action}")
    where = resolve(step.words.get("where") or {}, run.names)
    patience_s = run.data.action_timeout_s
    call = await run.trace.wait(lambda: run.find(action, where, sent=False), patience_s)
    if call is None:
        raise CaseEnded(Verdict.INCONCLUSIVE, f"no {action} came in {patience_s:g} s")
    run.take(call)
    ids = (call.message_id,)
    rules = resolve(step.words.get("check") or {}, run.names)
    checks = [Check(action, Verdict.PASS, f"a CALL {action}", f"a CALL {action}", run.case.reference, ids)]
    checks += check_fields(action, call.payload, rules, run.case.reference, ids)
    _keep(run, step, call.payload)
    answer = await run.trace.wait(lambda: run.trace.answer_to(call), PATIENCE_S)
    if answer is None:
        raise CaseEnded(Verdict.ERROR, f"the charger did not answer {action}")
    _keep(run, step, answer.payload, "keep")
    for word, breach in (("reply", Verdict.INCONCLUSIVE), ("must_reply", Verdict.FAIL)):
        rules = resolve(step.words.get(word) or {}, run.names)
        if not all(obeys(rule, at(answer.payload, path)) for path, rule in rules.items()):
            expected, actual = shown(rules), shown(answer.payload)
            checks.append(Check(f"{action}.reply", breach, expected, actual, run.case.reference, ids))
    return checks


async def _power_cut(run: Run, step: Step) -> Checks:
    """Pull the plug for so many seconds."""
    assert run.site is not None
    run.expect_close()
    await run.site.cut_power()
    await asyncio.sleep(float(step.subject))
    run.begin_phase()
    await run.site.power_up()
    return []


async def _closes(run: Run, step: Step) -> Checks:
    """The central system, or the charger after a Reset, ends the link and it comes up again."""
    since = run.closings[-1] if run.closings else len(run.trace.link)

    def up_again() -> bool | None:
        return any(event.kind == "charger_connected" for event in run.trace.link[since:]) or None

    if await run.trace.wait(up_again, LINK_S) is None:
        return [
            Check(
                "link", Verdict.FAIL, f"a new link in {LINK_S:g} s", shown(run.trace.link[since:]), run.case.reference
            )
        ]
    return [Check("link", Verdict.PASS, "a new link", "a new link", run.case.reference)]


async def _silent(run: Run, step: Step) -> Checks:
    """For so many seconds the central system sends no CALL, except those of `but`."""
    begin, allowed = len(run.trace.frames), set(step.words.get("but", ()))
    await asyncio.sleep(float(step.subject))
    calls = [f for f in run.trace.frames[begin:] if not f.sent and f.kind == "CALL" and f.action not in allowed]
    verdict = Verdict.FAIL if calls else Verdict.PASS
    actual = ", ".join(frame.action for frame in calls) or "no CALL"
    return [
        Check("silence", verdict, "no CALL", actual, run.case.reference, tuple(frame.message_id for frame in calls))
    ]


async def _dial(run: Run, step: Step) -> Checks:
    """Open a bare websocket and judge how the upgrade was answered."""
    how = resolve(step.subject or {}, run.names)
    dialled = await run.probe.dial(how)
    wanted = step.words.get("opens")
    if wanted is not None:
        good = dialled.subprotocol == wanted
        expected = f"101 with {wanted}"
    else:
        statuses = step.words["refused"]
        good = not dialled.is_open and (statuses == "any" or dialled.status in statuses)
        expected = "a refusal" if statuses == "any" else f"HTTP {statuses}"
    name = f"upgrade.{step.words.get('reason', 'opens')}"
    verdict = Verdict.PASS if good else Verdict.FAIL
    return [Check(name, verdict, expected, str(dialled), run.case.reference)]


async def _call(run: Run, step: Step) -> Checks:
    """Send a CALL of our own making on the bare websocket and judge the answer."""
    payload = resolve(step.words.get("payload", {}), run.names)
    run.begin_phase()
    frame = await run.probe.call(step.subject, payload)
    run.take(frame)
    return await _judge_answer(run, step, frame)


async def _text(run: Run, step: Step) -> Checks:
    """Send any text; a CALLERROR or silence may follow, and the link must survive it."""
    begin = len(run.trace.frames)
    await run.probe.text(str(step.subject))
    beat = await run.probe.call("Heartbeat", {})
    answer = await run.trace.wait(lambda: run.trace.answer_to(beat), run.data.response_timeout_s)
    alive = answer is not None and answer.kind == "CALLRESULT"
    checks = [
        Check(
            "survives",
            Verdict.PASS if alive else Verdict.FAIL,
            "a Heartbeat is answered afterwards",
            "answered" if alive else "no answer",
            run.case.reference,
            (beat.message_id,),
        )
    ]
    said = [f for f in run.trace.frames[begin:] if not f.sent and f is not answer]
    results = [frame for frame in said if frame.kind == "CALLRESULT"]
    checks.append(
        Check(
            "refuses",
            Verdict.FAIL if results else Verdict.PASS,
            "a CALLERROR, or silence",
            shown([frame.text for frame in said]) if said else "silence",
            run.case.reference,
            tuple(frame.message_id for frame in said),
        )
    )
    return checks


async def _hang_up(run: Run, step: Step) -> Checks:
    """Close the bare websocket."""
    run.expect_close()
    await run.probe.hang_up()
    return []


STEPS: Mapping[str, Callable[[Run, Step], Awaitable[Checks]]] = {
    "do": _do,
    "expect": _expect,
    "trigger": _trigger,
    "power_cut_s": _power_cut,
    "closes": _closes,
    "silent_s": _silent,
    "dial": _dial,
    "call": _call,
    "text": _text,
    "hang_up": _hang_up,
}
"""First word of a step -> how it is carried out."""
