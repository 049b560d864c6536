"""Steps in which the charger, or whoever drives the central system, acts.

A step that cannot go on raises `CaseEnded`.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from chargepoint_sim.conformance.cases import COMMANDS, Step
from chargepoint_sim.conformance.checks import at, check_fields, obeys
from chargepoint_sim.conformance.drivers import Triggered
from chargepoint_sim.conformance.run import PATIENCE_S, CaseEnded, Checks, Run
from chargepoint_sim.conformance.site import CHARGER
from chargepoint_sim.conformance.testdata import resolve
from chargepoint_sim.conformance.trace import Trace, TraceFrame
from chargepoint_sim.conformance.verdicts import Check, Verdict, shown
from chargepoint_sim.core.commands import Command, IdToken, LoseLink, Reboot


async def do(run: Run, step: Step) -> Checks:
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


async def expect(run: Run, step: Step) -> Checks:
    """Wait for a CALL of the charger and for its answer, and judge the answer."""
    action, where = step.subject, resolve(step.words.get("where") or {}, run.names)
    patience_s = float(resolve(step.words.get("within_s", PATIENCE_S), run.names))
    call = await run.trace.wait(lambda: run.find(action, where, sent=True), patience_s)
    if call is None:
        seen = [frame.action for frame in run.trace.frames[run.phase :] if frame.sent and frame.kind == "CALL"]
        raise CaseEnded(
            Verdict.INCONCLUSIVE, f"the charger did not come to send {action} {where or ''}; it sent {seen[-12:]}"
        )
    run.take(call)
    keep(run, step, call.payload, "keep")
    return await judge_answer(run, step, call, run.trace)


async def judge_answer(run: Run, step: Step, call: TraceFrame, trace: Trace) -> Checks:
    """Wait for the answer to a CALL of ours and judge it by the step's `answer`, `error` or `either`."""
    timeout_s = run.data.call_timeout_s
    answer = await trace.wait(lambda: trace.answer_to(call), timeout_s)
    reference = run.case.reference
    prefix = f"{step.subject}.answer"
    if answer is None:
        actual = f"nothing in {timeout_s:g} s"
        return [Check(prefix, Verdict.FAIL, "an answer", actual, reference, (call.message_id,))]
    ids = (call.message_id,)
    either = bool(step.words.get("either"))
    codes = step.words.get("error")
    if answer.kind == "CALLERROR":
        good = either or (codes is not None and (codes == "any" or answer.code in codes))
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
    keep(run, step, answer.payload)
    return checks


def keep(run: Run, step: Step, payload: Mapping[str, Any], word: str = "save") -> None:
    """Give names to fields: `save` those of the central system's message, `keep` those of the charger's."""
    for name, path in (step.words.get(word) or {}).items():
        run.names[name] = at(payload, path)


async def trigger(run: Run, step: Step) -> Checks:
    """Have the central system send a CALL, judge its fields, and see that the charger answered as the case needs."""
    action = step.subject
    if not step.words.get("by_itself"):
        run.begin_phase()
    if step.words.get("ends_link"):
        run.expect_close()
    says = step.words.get("says")
    if says is not None:
        run.probe.says[action] = resolve(says, run.names)
    triggered = await _ask_for(run, step)
    if triggered is Triggered.UNSUPPORTED and step.words.get("optional"):
        run.probe.says.pop(action, None)
        return []
    if triggered is Triggered.UNSUPPORTED:
        raise CaseEnded(Verdict.SKIPPED, f"trigger: this driver cannot make the central system send {action}")
    where = resolve(step.words.get("where") or {}, run.names)
    patience_s = run.data.action_timeout_s + (run.data.csms_timeout_s if step.words.get("after_timeout") else 0)
    call = await run.trace.wait(lambda: run.find(action, where, sent=False), patience_s)
    if call is None:
        breach = Verdict.FAIL if step.words.get("by_itself") else Verdict.INCONCLUSIVE
        raise CaseEnded(breach, f"no {action} came in {patience_s:g} s")
    run.take(call)
    ids = (call.message_id,)
    rules = resolve(step.words.get("check") or {}, run.names)
    checks = [Check(action, Verdict.PASS, f"a CALL {action}", f"a CALL {action}", run.case.reference, ids)]
    checks += check_fields(action, call.payload, rules, run.case.reference, ids)
    keep(run, step, call.payload)
    if says is not None and ("after_s" in says or says.get("nothing")):
        return checks  # the central system is to wait, or to act, in the meantime
    answer = await run.trace.wait(lambda: run.trace.answer_to(call), PATIENCE_S)
    if answer is None and says is not None:
        return checks  # an answer of no shape
    if answer is None:
        raise CaseEnded(Verdict.ERROR, f"the charger did not answer {action}")
    keep(run, step, answer.payload, "keep")
    return checks + _judge_reply(run, step, answer, ids)


def _judge_reply(run: Run, step: Step, answer: TraceFrame, ids: tuple[str, ...]) -> Checks:
    """Whether the charger answered as the case needs; for what `must_reply` says the central system answers."""
    name, reference, checks = f"{step.subject}.reply", run.case.reference, []
    code = step.words.get("refused")
    if code is not None and answer.code != code:
        actual = shown(answer.text)
        checks.append(Check(name, Verdict.INCONCLUSIVE, f"CALLERROR {code}", actual, reference, ids))
    for word, breach in (("reply", Verdict.INCONCLUSIVE), ("must_reply", Verdict.FAIL)):
        rules = resolve(step.words.get(word) or {}, run.names)
        if not all(obeys(rule, at(answer.payload, path)) for path, rule in rules.items()):
            checks.append(Check(name, breach, shown(rules), shown(answer.payload), reference, ids))
    return checks


async def _ask_for(run: Run, step: Step) -> Triggered:
    """Have the driver ask for the CALL, where the central system does not owe it anyway."""
    if step.words.get("by_itself"):
        return Triggered.ACCEPTED
    payload = resolve(step.words.get("payload") or {}, run.names)
    return await run.driver.trigger(run.identity, step.subject, payload, step.words.get("hint", ""))


async def power_cut(run: Run, step: Step) -> Checks:
    """Pull the plug for so many seconds."""
    assert run.site is not None
    run.expect_close()
    await run.site.cut_power()
    await asyncio.sleep(float(step.subject))
    run.begin_phase()
    await run.site.power_up()
    return []


async def set_up(run: Run, step: Step) -> Checks:
    """Have the central system set something up; one that cannot be told may come to it by itself."""
    await run.driver.prepare(run.identity, step.subject)
    return []


async def closes(run: Run, step: Step) -> Checks:
    """The central system, or the charger after a Reset, ends the link and it comes up again."""
    since = run.closings[-1] if run.closings else len(run.trace.link)

    def up_again() -> bool | None:
        return any(event.kind == "charger_connected" for event in run.trace.link[since:]) or None

    if await run.trace.wait(up_again, run.data.link_timeout_s) is None:
        return [
            Check(
                "link",
                Verdict.FAIL,
                f"a new link in {run.data.link_timeout_s:g} s",
                shown(run.trace.link[since:]),
                run.case.reference,
            )
        ]
    checks = [Check("link", Verdict.PASS, "a new link", "a new link", run.case.reference)]
    if "profile" in step.words:
        up = next(event.end for event in reversed(run.trace.link) if event.kind == "charger_connected")
        expected = f"security profile {resolve(step.words['profile'], run.names)}"
        verdict = Verdict.PASS if up == expected else Verdict.FAIL
        checks.append(Check("link.profile", verdict, expected, up, run.case.reference))
    return checks


async def silent(run: Run, step: Step) -> Checks:
    """For so many seconds the central system sends no CALL, except those of `but`."""
    begin, allowed = len(run.trace.frames), set(step.words.get("but", ()))
    await asyncio.sleep(float(resolve(step.subject, run.names)))
    calls = [f for f in run.trace.frames[begin:] if not f.sent and f.kind == "CALL" and f.action not in allowed]
    verdict = Verdict.FAIL if calls else Verdict.PASS
    actual = ", ".join(frame.action for frame in calls) or "no CALL"
    return [
        Check("silence", verdict, "no CALL", actual, run.case.reference, tuple(frame.message_id for frame in calls))
    ]
