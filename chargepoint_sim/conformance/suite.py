"""Runs cases: each with its own charger, many side by side, each to a result."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from uuid import uuid4

from chargepoint_sim.conformance.cases import Case, Step
from chargepoint_sim.conformance.drivers import Driver, Triggered
from chargepoint_sim.conformance.monitors import watch
from chargepoint_sim.conformance.probe import Probe
from chargepoint_sim.conformance.run import CaseEnded, Run
from chargepoint_sim.conformance.site import SiteMaker, fleet_of
from chargepoint_sim.conformance.steps import STEPS
from chargepoint_sim.conformance.testdata import TestData
from chargepoint_sim.conformance.trace import Trace
from chargepoint_sim.conformance.verdicts import CaseResult, Check, StepRecord, Strictness, Verdict, heaviest
from chargepoint_sim.errors import SimulatorError
from chargepoint_sim.logs import get_logger
from chargepoint_sim.protocol.frames import Version
from chargepoint_sim.telemetry import count

log = get_logger("conformance")

ENDS_AT_ONCE = (Verdict.SKIPPED, Verdict.NOT_APPLICABLE)
SETTLE_S = 0.2
"""After the last step, for answers that are still under way."""


@dataclass(frozen=True, slots=True)
class Suite:
    """What all cases of a run share."""

    url: str
    version: Version
    driver: Driver
    data: TestData
    make_site: SiteMaker
    at_once: int = 10
    """Cases side by side."""
    may_load: bool = False
    """The user says that the system is his own: cases that load it may run."""
    strictness: Strictness = Strictness.NORMAL

    async def run(self, cases: Sequence[Case], done: Callable[[CaseResult], None] | None = None) -> list[CaseResult]:
        """Run cases; results in the order of the cases, `done` is told of each as it ends."""
        places = asyncio.Semaphore(1 if self.data.shared_identity else self.at_once)

        async def one(case: Case) -> CaseResult:
            async with places:
                result = await self.run_case(case)
            if done is not None:
                done(result)
            return result

        return list(await asyncio.gather(*(one(case) for case in cases)))

    async def run_case(self, case: Case) -> CaseResult:
        """Run one case to its result; never raises for what goes wrong in it."""
        identity = self.data.identity_of(case.case_id)
        fresh = {"identity": identity, "transaction_id": str(uuid4()), "another_id": str(uuid4())}
        names = {**self.data.names(self.url), **fresh}
        lacking = [need for need in case.needs if names.get(need) is None]
        if case.profile in self.data.unsupported:
            return _not_run(case, identity, Verdict.NOT_APPLICABLE, f"{case.profile} is not claimed")
        if lacking:
            return _not_run(case, identity, Verdict.SKIPPED, f"test data: {', '.join(lacking)} not given")
        if case.is_load and not self.may_load:
            return _not_run(case, identity, Verdict.SKIPPED, "may bring a weak system down: give --i-own-this-csms")
        trace = Trace(self.version)
        probe = Probe(self.url, identity, self.data, trace)
        site = self.make_site(fleet_of(case, self.url, self.data, self.version), trace) if case.has_charger else None
        run = Run(case, site, probe, self.driver, self.data, identity, trace, names)
        began = time.monotonic()
        records: list[StepRecord] = []
        verdict, reason, follows = Verdict.PASS, "", False
        try:
            await self._carry_out(run, records, began)
        except CaseEnded as end:
            verdict, reason = end.verdict, end.reason
        except SimulatorError as error:
            verdict, reason, follows = Verdict.ERROR, str(error), True
        except Exception as error:  # the boundary: one case that breaks leaves the others alone
            count("conformance_cases_broken")
            log.error("case_broke", case_id=case.case_id, error=repr(error), exc_info=error)
            verdict, reason = Verdict.ERROR, f"internal error: {error!r}"
        monitors = [] if verdict in ENDS_AT_ONCE else self._monitored(run)
        for bare in (probe, *run.others.values()):
            await bare.let_go()
        if site is not None:
            await site.stop()
        if verdict not in ENDS_AT_ONCE:
            checks = [check for record in records for check in record.checks] + monitors
            if follows and any(check.verdict is Verdict.FAIL for check in checks):
                verdict, reason = Verdict.PASS, ""  # the breach came first; what the case lacked then follows from it
            heavier = heaviest([verdict, *(check.verdict for check in checks)])
            if heavier is not verdict:
                verdict = heavier
                decisive = next(check for check in checks if check.verdict is verdict)
                reason = f"{decisive.check_id}: expected {decisive.expected}, got {decisive.actual}"
        took_s = time.monotonic() - began
        return CaseResult(
            case.case_id, case.title, case.profile, verdict, reason, identity, took_s, records, monitors, trace.frames
        )

    async def _carry_out(self, run: Run, records: list[StepRecord], began: float) -> None:
        for what in run.case.prepare:
            if await run.driver.prepare(run.identity, what) is Triggered.UNSUPPORTED:
                raise CaseEnded(Verdict.SKIPPED, f"trigger: this driver cannot prepare {what}")
        if run.site is not None:
            await run.site.power_up()
        for step in run.case.steps:
            at_s = time.monotonic() - began
            checks: list[Check] = []
            try:
                checks = await STEPS[step.verb](run, step)
            finally:
                records.append(StepRecord(described(step), at_s, tuple(checks)))
        await asyncio.sleep(SETTLE_S)

    def _monitored(self, run: Run) -> list[Check]:
        monitors = watch(run.trace, self.data.response_timeout_s, self.data.csms_timeout_s)
        monitors += [*_ends(run), _unasked(run, self.strictness)]
        if self.strictness is not Strictness.LENIENT:
            return monitors
        return [replace(one, verdict=Verdict.WARN) if one.verdict is Verdict.FAIL else one for one in monitors]


def _unasked(run: Run, strictness: Strictness) -> Check:
    """CALLs of the central system that no step asked for."""
    found = (f for f in run.trace.frames if not f.sent and f.kind == "CALL" and f.number not in run.used)
    calls = [frame for frame in found if frame.action not in run.case.may_send]
    breach = Verdict.FAIL if calls and strictness is Strictness.STRICT else Verdict.PASS
    ids = tuple(frame.message_id for frame in calls)
    actual = ", ".join(frame.action for frame in calls)
    return Check("monitor.unasked", breach, "no CALL beside those of the case", actual, "", ids)


def _ends(run: Run) -> list[Check]:
    """Ends of the link that the case did not bring about."""
    own = run.own_ends()
    unexpected = [
        event
        for n, event in enumerate(run.trace.link)
        if n not in own and event.kind in ("charger_disconnected", "charger_refused")
    ]
    if not unexpected:
        return [Check("monitor.link", Verdict.PASS, "", "")]
    words = "; ".join(f"{event.kind}: {event.end}" for event in unexpected[:5])
    return [Check("monitor.link", Verdict.FAIL, "no end of the link that the case does not ask for", words)]


def described(step: Step) -> str:
    """A step for people."""
    beside = ", ".join(f"{word} {value}" for word, value in step.words.items() if value)
    return f"{step.verb} {step.subject}" + (f" ({beside})" if beside else "")


def _not_run(case: Case, identity: str, verdict: Verdict, reason: str) -> CaseResult:
    return CaseResult(case.case_id, case.title, case.profile, verdict, reason, identity, 0.0)
