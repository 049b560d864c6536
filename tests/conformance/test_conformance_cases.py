"""Every case passes against the built-in central system, and fails against one with that case's defect."""

import asyncio
import atexit
import shutil
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import pytest

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
from tests.conformance.defects_device_v201 import DEVICE
from tests.conformance.defects_shared import SHARED
from tests.conformance.defects_v16 import V16
from tests.conformance.defects_v201 import V201

DEFECTS = {Version.V16: {**SHARED, **V16}, Version.V201: {**SHARED, **V201, **DEVICE}}
AT_ONCE = 12
WAITING_AT_ONCE = 48
"""Of cases with a defect, which do little but wait for what does not come."""
DATA = replace(TestData(), call_timeout_s=5, response_timeout_s=5, action_timeout_s=5, link_timeout_s=5)


@cache
def setup() -> tuple[CsmsSettings, TestData]:
    """Settings and test data that all runs share: keys are made once."""
    folder = Path(mkdtemp(prefix="conformance-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return built_in_setup(DATA, folder)


async def run_case(version: Version, case: Case, defect: Defect) -> CaseResult:
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
        suite = Suite(server.url, version, driver, data, OneCharger, may_load=True)
        result = await suite.run_case(case)
        await driver.close()
    await desk.stop()
    return result


async def verdicts(version: Version, defects: Mapping[str, Defect], at_once: int) -> dict[str, tuple[Verdict, str]]:
    """Case -> its verdict and why, the cases side by side."""
    places = asyncio.Semaphore(at_once)

    async def one(case: Case) -> CaseResult:
        async with places:
            return await run_case(version, case, defects[case.case_id])

    results = await asyncio.gather(*(one(case) for case in load_cases(version) if case.case_id in defects))
    return {result.case_id: (result.verdict, result.reason) for result in results}


@pytest.mark.parametrize("version", Version)
async def test_every_case_passes_against_the_built_in_central_system(version: Version) -> None:
    found = await verdicts(version, dict.fromkeys(DEFECTS[version], Defect()), AT_ONCE)
    assert {name: found[name] for name in found if found[name][0] is not Verdict.PASS} == {}


@pytest.mark.parametrize("version", Version)
def test_every_case_has_its_defect(version: Version) -> None:
    assert sorted(DEFECTS[version]) == [case.case_id for case in load_cases(version)]


@pytest.mark.parametrize("version", Version)
async def test_every_case_finds_its_defect(version: Version) -> None:
    seeded = DEFECTS[version]
    found = await verdicts(version, seeded, WAITING_AT_ONCE)
    assert {name: found[name] for name in found if found[name][0] is not seeded[name].verdict} == {}
