"""Steps on bare websockets: upgrades, CALLs and texts of any shape, tricks with frames, several links at once.

Where no SHALL is broken a breach is a WARN; what every step asks for is that the central system goes on serving.
"""

import asyncio
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

import orjson

from chargepoint_sim.conformance.cases import Step
from chargepoint_sim.conformance.charger_steps import judge_answer, keep
from chargepoint_sim.conformance.checks import at
from chargepoint_sim.conformance.probe import Probe
from chargepoint_sim.conformance.run import CaseEnded, Checks, Run
from chargepoint_sim.conformance.testdata import resolve
from chargepoint_sim.conformance.tls import Unable, judge_server
from chargepoint_sim.conformance.trace import TraceFrame
from chargepoint_sim.conformance.verdicts import Check, Verdict, shown


def verdict_of(good: bool, breach: Verdict = Verdict.FAIL) -> Verdict:
    """PASS, or what a breach is."""
    return Verdict.PASS if good else breach


async def dial(run: Run, step: Step) -> Checks:
    """Open a bare websocket and judge how the upgrade was answered."""
    how = resolve(step.subject or {}, run.names)
    probe = run.link(step)
    if probe is run.probe and probe.is_open:
        run.expect_close()
    try:
        dialled = await probe.dial(how)
    except Unable as error:
        raise CaseEnded(Verdict.INCONCLUSIVE, str(error)) from None
    wanted, statuses = step.words.get("opens"), step.words.get("refused")
    opened = dialled.is_open and dialled.subprotocol == wanted
    refused = not dialled.is_open and (statuses == "any" or dialled.status in (statuses or ()))
    good = opened if statuses is None else refused or (wanted is not None and opened)
    expected = [f"101 with {wanted}"] * (wanted is not None)
    expected += ["a refusal" if statuses == "any" else f"HTTP {statuses}"] * (statuses is not None)
    name = f"upgrade.{step.words.get('reason', 'opens')}"
    checks = [Check(name, verdict_of(good), " or ".join(expected), str(dialled), run.case.reference)]
    if step.words.get("judge_server") and dialled.is_open:
        checks += judge_server(probe.security, urlsplit(how["url"]).hostname or "", run.case.reference)
    if step.words.get("compressed") and dialled.is_open:
        actual = "taken" if dialled.is_compressed else "not taken"
        verdict = verdict_of(dialled.is_compressed)
        checks.append(Check("upgrade.compression", verdict, "permessage-deflate taken", actual, run.case.reference))
    return checks


async def call(run: Run, step: Step) -> Checks:
    """Send a CALL of our own making on a bare websocket and judge the answer."""
    payload = resolve(step.words.get("payload", {}), run.names)
    probe = run.link(step)
    probe.says.update(resolve(step.words.get("says") or {}, run.names))
    run.begin_phase()
    if "may_close" in step.words:
        run.expect_close()
    frame = await probe.call(step.subject, payload, resolve(step.words.get("id"), run.names))
    keep(run, step, frame.payload, "keep")
    if probe is run.probe:
        run.take(frame)
    if "may_close" in step.words:
        answer = await _answer_or_close(run, probe, frame)
        if answer is None and probe.close_code in step.words["may_close"]:
            return [Check(step.subject, Verdict.PASS, "an answer or a close", f"closed with {probe.close_code}")]
        run.close_after_all()
    return await judge_answer(run, step, frame, probe.trace)


async def text(run: Run, step: Step) -> Checks:
    """Send any text; a CALLERROR or silence may follow, and the link must survive it.

    `may_answer`: it is a CALL of odd shape, and a CALLRESULT with its exact id is as good; silence is then a WARN.
    `may_close`: the link may be closed instead, if a new one is served.
    """
    raw, probe = str(resolve(step.subject, run.names)), run.link(step)
    begin = len(probe.trace.frames)
    run.expect_close()
    await probe.text(raw)
    beat = await probe.call("Heartbeat", {})
    answer = await _answer_or_close(run, probe, beat)
    said = [f for f in probe.trace.frames[begin:] if not f.sent and f is not answer]
    checks = []
    if answer is None and step.words.get("may_close") and not probe.is_open:
        dialled = await probe.dial({})
        checks.append(_served("closes", dialled.is_open, "a new link is served after the close", (beat,), run))
    else:
        run.close_after_all()
        alive = answer is not None and answer.kind == "CALLRESULT"
        checks.append(_served("survives", alive, "a Heartbeat is answered afterwards", (beat,), run))
    checks.append(_refuses(run, said, raw if step.words.get("may_answer") else None))
    return checks


async def _answer_or_close(run: Run, probe: Probe, beat: TraceFrame) -> TraceFrame | None:
    """The answer to a CALL; None where it did not come in time or the link was closed."""
    trace = probe.trace
    await trace.wait(lambda: trace.answer_to(beat) or (not probe.is_open or None), run.data.response_timeout_s)
    return trace.answer_to(beat)


def _served(name: str, good: bool, expected: str, frames: Sequence[TraceFrame], run: Run) -> Check:
    ids = tuple(frame.message_id for frame in frames)
    return Check(name, verdict_of(good), expected, "yes" if good else "no", run.case.reference, ids)


def _refuses(run: Run, said: Sequence[TraceFrame], asked: str | None) -> Check:
    """A CALLERROR or silence; `asked` is a CALL whose exact id an answer may carry instead."""
    results = [frame for frame in said if frame.text.lstrip().startswith("[3")]
    expected, good, breach = "a CALLERROR, or silence", not results, Verdict.FAIL
    if asked is not None:
        expected = "a CALLERROR, or an answer with the exact id"
        good = bool(said) and all(_id(frame.text) == _id(asked) for frame in results)
        breach = Verdict.FAIL if results else Verdict.WARN
    actual = shown([frame.text for frame in said]) if said else "silence"
    ids = tuple(frame.message_id for frame in said)
    return Check("refuses", verdict_of(good, breach), expected, actual, run.case.reference, ids)


def _id(text: str) -> Any:
    """The message id of a frame as it stands there, or the text where there is none."""
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError:
        return text
    return found[1] if isinstance(found, list) and len(found) > 1 else text


async def wire(run: Run, step: Step) -> Checks:
    """Send a Heartbeat in an odd way: `then` says whether it must be answered, the link closed, or either."""
    then, probe = step.words["then"], run.link(step)
    if then != "answered":
        run.expect_close()
    run.begin_phase()
    beat = await probe.trick(step.subject)
    if then == "gone":
        return []
    answer = await _answer_or_close(run, probe, beat)
    answered = answer is not None and answer.kind == "CALLRESULT"
    good = {"answered": answered, "closed": not probe.is_open, "either": answered or not probe.is_open}[then]
    actual = "answered" if answered else "silence" if probe.is_open else f"closed with {probe.close_code}"
    ids = (beat.message_id,)
    return [Check(f"frame.{step.subject}", verdict_of(good), then, actual, run.case.reference, ids)]


async def burst(run: Run, step: Step) -> Checks:
    """Send several CALLs without waiting; each must be answered. `same` names a field that all answers must share."""
    trace, reference = run.trace, run.case.reference
    run.begin_phase()
    begin = len(trace.frames)
    sent = [
        await run.probe.call(one["call"], resolve(one.get("payload", {}), run.names), one.get("id"))
        for one in step.subject
    ]
    ids = [frame.message_id for frame in sent]

    def answers() -> list[TraceFrame]:
        return [f for f in trace.frames[begin:] if not f.sent and f.kind != "CALL" and f.message_id in ids]

    await trace.wait(lambda: len(answers()) >= len(sent) or None, run.data.response_timeout_s)
    for frame in sent:
        run.take(frame)
    found = answers()
    told = tuple(dict.fromkeys(ids))
    number = f"{len(found)} of {len(sent)}"
    checks = [Check("burst", verdict_of(len(found) >= len(sent)), "every CALL answered", number, reference, told)]
    if "same" in step.words:
        results = [one.payload for one in found if one.kind == "CALLRESULT"]
        values = sorted({repr(at(payload, step.words["same"])) for payload in results})
        good, expected, actual = len(values) <= 1, "one effect", ", ".join(values)
        for name, path in (step.words.get("save") or {}).items():
            run.names[name] = at(results[0], path) if results else None
    else:
        order = [ids.index(one.message_id) for one in found]
        good, expected, actual = order == sorted(order), "answers in order", shown(order)
    return [*checks, Check("burst.effect", verdict_of(good, Verdict.WARN), expected, actual, reference, told)]


async def one_served(run: Run, step: Step) -> Checks:
    """Of two links with one identity exactly one is served: the newer, or the older where the newer was refused."""
    served = []
    run.expect_close()
    for who in step.subject:
        probe = run.probe if who == "first" else run.others[who]
        if not probe.is_open:
            continue
        beat = await probe.call("Heartbeat", {})
        if await _answer_or_close(run, probe, beat) is not None:
            served.append(who)
    actual = ", ".join(served) or "none"
    return [Check("one_served", verdict_of(len(served) == 1), "one of the two", actual, run.case.reference)]


async def abandon(run: Run, step: Step) -> Checks:
    """Leave the link half open."""
    run.expect_close()
    run.link(step).abandon()
    return []


async def idle(run: Run, step: Step) -> Checks:
    """Send nothing but pings for so many seconds; the link must stay."""
    await asyncio.sleep(float(resolve(step.subject, run.names)))
    good = run.link(step).is_open
    return [Check("idle", verdict_of(good), "the link stays", "open" if good else "closed", run.case.reference)]


async def hang_up(run: Run, step: Step) -> Checks:
    """Close a bare websocket."""
    run.expect_close()
    await run.link(step).hang_up()
    return []
