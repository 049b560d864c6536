"""Every case passes against the built-in central system, and fails against one with that case's defect."""

import asyncio
import atexit
import shutil
from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

from chargepoint_sim.cli.conformance import built_in_setup
from chargepoint_sim.cli.one_charger import OneCharger
from chargepoint_sim.conformance.cases import Case, load_cases
from chargepoint_sim.conformance.desk import FileDesk
from chargepoint_sim.conformance.drivers import BuiltIn
from chargepoint_sim.conformance.suite import Suite
from chargepoint_sim.conformance.testdata import TestData, with_files
from chargepoint_sim.conformance.verdicts import CaseResult, Verdict
from chargepoint_sim.csms.config import CsmsSettings
from chargepoint_sim.protocol.frames import Version
from tests.conformance.defective import Defect, DefectiveServer
from tests.conformance.defects import DEFECTS

CASES = load_cases(Version.V16)
AT_ONCE = 12
DATA = replace(TestData(), call_timeout_s=5, response_timeout_s=5, action_timeout_s=5, link_timeout_s=5)


@cache
def setup() -> tuple[CsmsSettings, TestData]:
    """Settings and test data that all runs share: keys are made once."""
    folder = Path(mkdtemp(prefix="conformance-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return built_in_setup(DATA, folder)


async def run_case(case: Case, defect: Defect) -> CaseResult:
    """One case against a central system of its own; where it is to break, nobody waits long for what does not come."""
    settings, data = setup()
    if defect != Defect():
        data = replace(data, call_timeout_s=3, response_timeout_s=3, action_timeout_s=3, link_timeout_s=3)
    desk = FileDesk()
    await desk.start()
    server = DefectiveServer(settings.model_copy(update=defect.settings))
    server.defect = defect
    async with server:
        driver = BuiltIn(server)
        data = replace(with_files(data, desk.names), secure_url=server.secure_url)
        suite = Suite(server.url, Version.V16, driver, data, OneCharger, may_load=True)
        result = await suite.run_case(case)
        await driver.close()
    await desk.stop()
    return result


async def verdicts(defects: dict[str, Defect]) -> dict[str, tuple[Verdict, str]]:
    """Case -> its verdict and why, the cases side by side."""
    places = asyncio.Semaphore(AT_ONCE)

    async def one(case: Case) -> CaseResult:
        async with places:
            return await run_case(case, defects[case.case_id])

    results = await asyncio.gather(*(one(case) for case in CASES if case.case_id in defects))
    return {result.case_id: (result.verdict, result.reason) for result in results}


async def test_every_case_passes_against_the_built_in_central_system() -> None:
    found = await verdicts({case.case_id: Defect() for case in CASES})
    assert {name: found[name] for name in found if found[name][0] is not Verdict.PASS} == {}


def test_every_case_has_its_defect() -> None:
    assert sorted(DEFECTS) == [case.case_id for case in CASES]


async def test_every_case_finds_its_defect() -> None:
    found = await verdicts(dict(DEFECTS))
    assert {name: found[name] for name in found if found[name][0] is not DEFECTS[name].verdict} == {}
