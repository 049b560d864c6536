"""Steps that load a central system: storms of stations, flapping links, a flood of meter values.

Run only against systems that the user owns; what is measured stands in the checks.
"""

import asyncio
import time
from collections.abc import Sequence
from typing import Any

from chargepoint_sim.conformance.bare_steps import verdict_of
from chargepoint_sim.conformance.cases import Step
from chargepoint_sim.conformance.probe import Probe
from chargepoint_sim.conformance.run import Checks, Run
from chargepoint_sim.conformance.testdata import resolve
from chargepoint_sim.conformance.trace import TraceFrame
from chargepoint_sim.conformance.verdicts import Check, Verdict

PERCENTILES = (50, 95, 99)
BEATS = 20
"""How often the other station is timed during a flood."""


async def storm(run: Run, step: Step) -> Checks:
    """So many stations drop and come back within `within_s`, then empty a queue; all must be served in order.

    `boot` is the payload of their boot, `queue` a CALL that each sends `times` times, one after the other.
    """
    how: dict[str, Any] = resolve(step.subject, run.names)
    stations, within_s = int(how["stations"]), float(how["within_s"])
    probes = [run.probe.another(str(n)) for n in range(stations)]
    try:
        await asyncio.gather(*(_boot(run, probe, how["boot"]) for probe in probes))
        for probe in probes:
            await probe.hang_up()
        took = await asyncio.gather(
            *(_return(run, probe, how, within_s * n / stations) for n, probe in enumerate(probes))
        )
    finally:
        for probe in probes:
            await probe.let_go()
    booted = sorted(one for one in took if one is not None)
    lost = stations - len(booted)
    limit_s = run.data.response_timeout_s
    words = ", ".join(f"p{p} {percentile(booted, p) * 1000:.0f} ms" for p in PERCENTILES) if booted else "none"
    return [
        Check("storm.served", verdict_of(not lost), f"all {stations} served", f"{lost} not", run.case.reference),
        Check(
            "storm.latency",
            verdict_of(bool(booted) and booted[-1] <= limit_s, Verdict.WARN),
            f"boots answered in {limit_s:g} s",
            words,
            run.case.reference,
        ),
    ]


def percentile(values: Sequence[float], percent: int) -> float:
    """The nearest-rank percentile of sorted values."""
    return values[max(0, -(-len(values) * percent // 100) - 1)]


async def _boot(run: Run, probe: Probe, payload: Any) -> float | None:
    """Seconds from the dial to the answer of the boot; None where there was none."""
    began = time.monotonic()
    if not (await probe.dial({})).is_open:
        return None
    return time.monotonic() - began if await _acked(run, probe, "BootNotification", payload) else None


async def _return(run: Run, probe: Probe, how: dict[str, Any], after_s: float) -> float | None:
    await asyncio.sleep(after_s)
    took_s = await _boot(run, probe, how["boot"])
    queue = how.get("queue") or {"times": 0}
    for _ in range(int(queue["times"]) if took_s is not None else 0):
        if not await _acked(run, probe, queue["call"], queue["payload"]):
            return None
    return took_s


async def _acked(run: Run, probe: Probe, action: str, payload: Any) -> bool:
    frame = await probe.call(action, payload)
    answer = await _answer(run, probe, frame)
    return answer is not None and answer.kind == "CALLRESULT"


async def _answer(run: Run, probe: Probe, frame: TraceFrame) -> TraceFrame | None:
    return await probe.trace.wait(lambda: probe.trace.answer_to(frame), run.data.call_timeout_s)


async def flap(run: Run, step: Step) -> Checks:
    """Connect and disconnect again and again; the link after the last time must be served."""
    how = resolve(step.subject, run.names)
    refused = 0
    for _ in range(int(how["times"])):
        run.expect_close()
        refused += not (await run.probe.dial({})).is_open
        await asyncio.sleep(float(how["every_s"]))
    run.expect_close()
    opened = (await run.probe.dial({})).is_open
    return [
        Check("flap.served", verdict_of(not refused), "every dial opens", f"{refused} refused", run.case.reference),
        Check("flap.end", verdict_of(opened), "the last link is open", str(opened), run.case.reference),
    ]


async def flood(run: Run, step: Step) -> Checks:
    """So many CALLs within `within_s` from one station, while another one's Heartbeats are timed."""
    how = resolve(step.subject, run.names)
    messages, within_s = int(how["messages"]), float(how["within_s"])
    other = run.link(step)
    pumping = asyncio.create_task(_pump(run, step, messages, within_s / messages))
    waits: list[float] = []
    try:
        while not pumping.done():
            began = time.monotonic()
            beat = await other.call("Heartbeat", {})
            answered = await _answer(run, other, beat)
            waits.append(time.monotonic() - began if answered is not None else run.data.call_timeout_s)
            await asyncio.sleep(within_s / BEATS)
    finally:
        lost = await pumping
    worst_s, limit_s = max(waits), run.data.response_timeout_s
    return [
        Check("flood.acked", verdict_of(not lost), f"{messages} acknowledged", f"{lost} not", run.case.reference),
        Check(
            "flood.others",
            verdict_of(worst_s <= limit_s),
            f"another station answered in {limit_s:g} s",
            f"{worst_s:.2f} s at worst of {len(waits)}",
            run.case.reference,
        ),
    ]


async def _pump(run: Run, step: Step, messages: int, every_s: float) -> int:
    """How many messages were not acknowledged; the first that is not ends it."""
    for n in range(messages):
        until = time.monotonic() + every_s
        if not await _acked(run, run.probe, step.words["call"], resolve(step.words["payload"], run.names)):
            return messages - n
        await asyncio.sleep(max(0.0, until - time.monotonic()))
    return 0
