"""Drivers against the built-in central system as a stranger: nobody, a person, HTTP hooks; and the command itself."""

import asyncio
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
import yaml
from aiohttp import web

from chargepoint_sim.cli.one_charger import OneCharger
from chargepoint_sim.conformance.cases import chosen, load_cases, read_case
from chargepoint_sim.conformance.drivers import (
    BuiltIn,
    Command,
    Driver,
    Hooks,
    Passive,
    Prompt,
    filled,
    octt_compatible,
)
from chargepoint_sim.conformance.suite import Suite
from chargepoint_sim.conformance.testdata import TestData, load_testdata
from chargepoint_sim.conformance.verdicts import CaseResult, Strictness, Verdict
from chargepoint_sim.csms.config import settings_from
from chargepoint_sim.csms.server import CsmsServer
from chargepoint_sim.errors import LocalError
from chargepoint_sim.protocol.frames import Version

CASES = load_cases(Version.V16)
DATA = TestData(call_timeout_s=5, response_timeout_s=5, action_timeout_s=5)


@pytest.fixture
async def csms() -> AsyncIterator[CsmsServer]:
    """A central system with a door for HTTP commands."""
    settings = settings_from({"http_port": 0, "unlisted_tags": "Invalid", "id_tags": [{"id_tag": "SIM-VALID"}]})
    async with CsmsServer(settings) as server:
        yield server


async def run(csms: CsmsServer, driver: Driver, *globs: str, data: TestData = DATA) -> dict[str, CaseResult]:
    results = await Suite(csms.url, Version.V16, driver, data, OneCharger).run(chosen(CASES, globs))
    await driver.close()
    return {result.case_id: result for result in results}


async def test_passive_runs_what_needs_nobody_and_skips_the_rest(csms: CsmsServer) -> None:
    found = await run(csms, Passive(), "TC_003_*", "TC_021_*", "TC_023_*", "CP16_A06", "CP16_A08")
    assert {case_id: result.verdict for case_id, result in found.items()} == {
        "CP16_A06": Verdict.SKIPPED,
        "CP16_A08": Verdict.PASS,
        "TC_003_CSMS": Verdict.PASS,
        "TC_021_CSMS": Verdict.SKIPPED,
        "TC_023_1_CSMS": Verdict.PASS,
        "TC_023_2_CSMS": Verdict.SKIPPED,
        "TC_023_3_CSMS": Verdict.SKIPPED,
    }
    assert found["TC_021_CSMS"].reason.startswith("trigger: ")
    assert found["TC_023_2_CSMS"].reason == "test data: tag.expired not given"


async def test_a_profile_that_is_not_claimed_is_not_applicable(csms: CsmsServer) -> None:
    found = await run(csms, Passive(), "TC_046_*", data=TestData(unsupported=("Reservation",)))
    assert found["TC_046_CSMS"].verdict is Verdict.NOT_APPLICABLE


async def test_http_hooks_trigger_what_a_case_needs(csms: CsmsServer) -> None:
    url = f"http://127.0.0.1:{csms.http_port}/chargers/{{identity}}/call/{{action}}"
    driver = Hooks({"actions": {"default": {"method": "POST", "url": url}}})
    found = await run(csms, driver, "TC_012_*", "TC_021_*", "CP16_A06")
    assert {case_id: (result.verdict, result.reason) for case_id, result in found.items()} == {
        "CP16_A06": (Verdict.SKIPPED, "trigger: this driver cannot prepare pending_boot"),
        "TC_012_CSMS": (Verdict.PASS, ""),
        "TC_021_CSMS": (Verdict.PASS, ""),
    }


async def test_a_hook_that_is_not_there_is_an_error_of_the_run(csms: CsmsServer) -> None:
    driver = Hooks({"actions": {"default": {"url": f"http://127.0.0.1:{csms.http_port}/nowhere"}}})
    found = await run(csms, driver, "TC_021_*")
    assert found["TC_021_CSMS"].verdict is Verdict.ERROR
    assert "404" in found["TC_021_CSMS"].reason


async def test_octt_compatible_paths_carry_version_station_and_action_in_lower_case(csms: CsmsServer) -> None:
    asked: list[tuple[str, object]] = []

    async def take(request: web.Request) -> web.Response:
        asked.append((request.path, await request.json()))
        await csms.call(request.match_info["station"], "ChangeConfiguration", await request.json())
        return web.Response()

    app = web.Application()
    app.router.add_post("/api/octt/{version}/{station}/{action}", take)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    base = f"http://127.0.0.1:{runner.addresses[0][1]}"
    found = await run(csms, octt_compatible(base, "1.6"), "TC_021_*")
    await runner.cleanup()
    assert found["TC_021_CSMS"].verdict is Verdict.PASS
    key = {"key": "MeterValueSampleInterval", "value": "60"}
    assert asked == [("/api/octt/1.6/SIM-TC_021/change-configuration", key)]


COMMAND = """
import json, sys, urllib.request
port, identity, action = sys.argv[1:4]
if action == "prepare":
    sys.exit(3)
body = sys.stdin.buffer.read()
url = f"http://127.0.0.1:{port}/chargers/{identity}/call/{action}"
urllib.request.urlopen(urllib.request.Request(url, body, {"Content-Type": "application/json"}), timeout=20)
"""


async def test_a_local_command_triggers_what_a_case_needs(csms: CsmsServer) -> None:
    driver = Command([sys.executable, "-c", COMMAND, str(csms.http_port)])
    found = await run(csms, driver, "TC_021_*", "CP16_A06")
    assert {case_id: result.verdict for case_id, result in found.items()} == {
        "CP16_A06": Verdict.SKIPPED,
        "TC_021_CSMS": Verdict.PASS,
    }


async def test_a_command_that_fails_is_an_error_of_the_run(csms: CsmsServer) -> None:
    found = await run(csms, Command([sys.executable, "-c", "raise SystemExit('no such charger')"]), "TC_021_*")
    assert found["TC_021_CSMS"].verdict is Verdict.ERROR
    assert "no such charger" in found["TC_021_CSMS"].reason
    with pytest.raises(LocalError, match="nowhere"):
        await Command(["/nowhere/at-all"]).trigger("CP", "Reset", {}, "")


def test_templates_are_filled() -> None:
    template = {"url": "/{identity}/{type}", "n": "{number}", "all": "{payload}", "same": ["{unknown}"]}
    payload = {"type": "Hard", "number": 3}
    assert filled(template, {**payload, "identity": "CP"}, payload) == {
        "url": "/CP/Hard",
        "n": 3,
        "all": payload,
        "same": ["{unknown}"],
    }


async def test_prompt_says_what_to_do_and_the_case_goes_on_when_it_is_done(csms: CsmsServer) -> None:
    said: list[str] = []

    def say(line: str) -> None:
        said.append(line)
        if "make the central system send" in line:
            payload = {"key": "MeterValueSampleInterval", "value": "60"}
            calls.append(asyncio.create_task(csms.call("SIM-TC_021", "ChangeConfiguration", payload)))

    calls: list[asyncio.Task[dict[str, object]]] = []
    found = await run(csms, Prompt(say), "TC_021_*")
    assert await calls[0] == {"status": "Accepted"}
    assert found["TC_021_CSMS"].verdict is Verdict.PASS
    assert said[0] == ("[SIM-TC_021] make the central system send ChangeConfiguration: MeterValueSampleInterval = 60")


async def test_an_operator_who_does_nothing_leaves_the_case_inconclusive(csms: CsmsServer) -> None:
    found = await run(csms, Prompt(lambda _: None), "TC_021_*", data=TestData(action_timeout_s=0.3))
    assert found["TC_021_CSMS"].verdict is Verdict.INCONCLUSIVE
    assert found["TC_021_CSMS"].reason == "no ChangeConfiguration came in 0.3 s"


async def test_a_central_system_that_is_not_there_leaves_nothing_to_judge() -> None:
    async with CsmsServer() as gone:
        url = gone.url
    case = chosen(CASES, ["TC_088_*"])[0]
    result = await Suite(url, Version.V16, Passive(), DATA, OneCharger).run_case(case)
    assert result.verdict is Verdict.FAIL
    assert "upgrade" in result.reason


async def test_cases_that_load_a_system_run_only_where_it_is_said_to_be_one_s_own(csms: CsmsServer) -> None:
    found = await run(csms, Passive(), "RB_31")
    assert found["RB_31"].verdict is Verdict.SKIPPED
    assert "--i-own-this-csms" in found["RB_31"].reason


@pytest.mark.parametrize(
    ("strictness", "verdict"),
    [(Strictness.STRICT, Verdict.FAIL), (Strictness.NORMAL, Verdict.PASS), (Strictness.LENIENT, Verdict.PASS)],
)
async def test_a_call_beside_the_case_counts_in_a_strict_run_alone(
    csms: CsmsServer, strictness: Strictness, verdict: Verdict
) -> None:
    async def ask() -> None:
        await csms.wait_connected("SIM-TC_003")
        await csms.call("SIM-TC_003", "GetConfiguration", {})

    asking = asyncio.create_task(ask())
    suite = Suite(csms.url, Version.V16, Passive(), DATA, OneCharger, strictness=strictness)
    result = await suite.run_case(chosen(CASES, ["TC_003_*"])[0])
    await asking
    assert result.verdict is verdict
    unasked = next(check for check in result.monitors if check.check_id == "monitor.unasked")
    assert unasked.actual == "GetConfiguration"


async def test_a_lenient_run_warns_of_what_only_the_monitors_see(csms: CsmsServer) -> None:
    data = replace(DATA, response_timeout_s=0)
    case = chosen(CASES, ["TC_003_*"])[0]
    found = [
        await Suite(csms.url, Version.V16, Passive(), data, OneCharger, strictness=strictness).run_case(case)
        for strictness in (Strictness.NORMAL, Strictness.LENIENT)
    ]
    assert [result.verdict for result in found] == [Verdict.FAIL, Verdict.WARN]


CASE_201 = {
    "id": "A_CASE_OF_2_0_1",
    "title": "Boot and status",
    "profile": "Core",
    "reference": "2.0.1 B01",
    "must": "Accept the boot",
    "steps": [
        {"expect": "BootNotification", "answer": {"status": "Accepted", "currentTime": {"near_now_s": 5}}},
        {"expect": "StatusNotification", "where": {"evseId": 1, "connectorStatus": "Available"}},
        {"do": "LoseLink", "with": {"duration_s": 20}},
        {"dial": {}, "opens": "ocpp2.0.1"},
        {"text": "no JSON"},
        {"wire": "fragmented", "then": "answered"},
    ],
}


async def test_the_steps_serve_2_0_1_as_well(csms: CsmsServer) -> None:
    suite = Suite(csms.url, Version.V201, Passive(), DATA, OneCharger)
    result = await suite.run_case(read_case(CASE_201, "test"))
    assert (result.verdict, result.reason) == (Verdict.PASS, "")


async def test_a_charger_that_does_not_refuse_leaves_a_case_of_a_refusal_inconclusive(csms: CsmsServer) -> None:
    steps = [{"expect": "BootNotification"}, {"trigger": "GetLocalListVersion", "refused": "NotSupported"}]
    suite = Suite(csms.url, Version.V201, BuiltIn(csms), DATA, OneCharger)
    result = await suite.run_case(read_case({**CASE_201, "steps": steps}, "test"))
    assert result.verdict is Verdict.INCONCLUSIVE
    assert "expected CALLERROR NotSupported" in result.reason


async def test_what_a_case_says_may_come_counts_in_no_run(csms: CsmsServer) -> None:
    async def ask() -> None:
        await csms.wait_connected("SIM-A_CASE_OF_2_0_1")
        await csms.call("SIM-A_CASE_OF_2_0_1", "ClearCache", {})
        await csms.call("SIM-A_CASE_OF_2_0_1", "GetLocalListVersion", {})

    asking = asyncio.create_task(ask())
    raw = {**CASE_201, "may_send": ["ClearCache"], "steps": [{"trigger": "GetLocalListVersion", "by_itself": True}]}
    suite = Suite(csms.url, Version.V201, Passive(), DATA, OneCharger, strictness=Strictness.STRICT)
    result = await suite.run_case(read_case(raw, "test"))
    await asking
    assert result.verdict is Verdict.PASS
    assert [frame.action for frame in result.frames if not frame.sent and frame.kind == "CALL"] == [
        "ClearCache",
        "GetLocalListVersion",
    ]


def test_test_data_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "data.yaml"
    file.write_text(yaml.safe_dump({"identity": "MY-{case}", "tags": {"valid": "ME"}, "unsupported": ["Security"]}))
    data = load_testdata(file)
    assert data.identity_of("TC_003_CSMS") == "MY-TC_003"
    assert data.tags == {"valid": "ME", "unknown": "SIM-UNKNOWN"}
    assert data.unsupported == ("Security",)
    file.write_text("identities: 1")
    with pytest.raises(LocalError, match="identity"):
        load_testdata(file)


async def test_the_command_runs_against_any_url_and_writes_its_reports(csms: CsmsServer, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "chargepoint_sim", "conformance", csms.url, "--ocpp", "1.6"]
    command += ["--driver", "passive", "--cases", "TC_003*", "--cases", "TC_021*"]
    command += ["--junit", str(tmp_path / "out.xml"), "--html", str(tmp_path / "out.html")]
    command += ["--markdown", str(tmp_path / "out.md"), "--trace", str(tmp_path / "out.ndjson")]
    command += ["--strictness", "strict"]
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    async with asyncio.timeout(60):
        out, _ = await process.communicate()
    assert process.returncode == 0, out
    assert b"2 cases: 1 PASS, 1 SKIPPED" in out
    assert len(ET.parse(tmp_path / "out.xml").findall(".//testcase")) == 2
    assert "TC_003_CSMS" in (tmp_path / "out.html").read_text()
    assert "| TC_021_CSMS |" in (tmp_path / "out.md").read_text()
    assert '"case":"TC_003_CSMS"' in (tmp_path / "out.ndjson").read_text()
