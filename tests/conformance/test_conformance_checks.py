"""The rules of case files, one row each way; the monitors, each with a trace that breaks it and one that does not."""

import time
from typing import Any

import orjson
import pytest

from chargepoint_sim.clock import format_utc
from chargepoint_sim.conformance.cases import read_case
from chargepoint_sim.conformance.checks import ABSENT, RULES, at, check_fields, obeys
from chargepoint_sim.conformance.monitors import watch
from chargepoint_sim.conformance.testdata import TestData, resolve
from chargepoint_sim.conformance.trace import Trace
from chargepoint_sim.conformance.verdicts import Verdict, exit_status, heaviest
from chargepoint_sim.errors import LocalError
from chargepoint_sim.protocol.frames import Version
from tests.conformance.results import result

PERIODS = [{"startPeriod": 0}, {"startPeriod": 60}]

ROWS = [
    ("equals", 1, 1, 2),
    ("not", 1, 2, 1),
    ("in", ["a", "b"], "a", "c"),
    ("not_in", ["a"], "b", "a"),
    ("type", "integer", 3, True),
    ("min", 2, 2, 1),
    ("max", 2, 2, 3),
    ("match", "[0-9]+", "12", "1x"),
    ("present", True, None, ABSENT),
    ("absent", True, ABSENT, 0),
    ("empty_or_absent", True, [], ["x"]),
    ("near_now_s", 5, lambda: format_utc(time.time()), "2001-01-01T00:00:00Z"),
    ("future_s", 10, format_utc(time.time() + 3600), "no instant"),
    ("ahead_s", 60, lambda: format_utc(time.time() + 55), format_utc(time.time() + 120)),
    ("items_min", 1, [1], []),
    ("items_max", 1, [1], [1, 2]),
    ("rising", "startPeriod", PERIODS, PERIODS[::-1]),
    ("each", {"startPeriod": {"type": "integer"}}, PERIODS, [{}]),
    ("has", [{"a": 2}], [{"a": 1}, {"a": 2}], [{"a": 1}]),
    ("any_of", [{"a": 1, "b": {"absent": True}}, {"a": 2}], {"a": 2, "b": 3}, {"a": 1, "b": 3}),
    ("optional", 1, ABSENT, 2),
]


@pytest.mark.parametrize(("word", "wanted", "good", "bad"), ROWS, ids=[row[0] for row in ROWS])
def test_a_rule_takes_what_it_means_and_nothing_else(word: str, wanted: Any, good: Any, bad: Any) -> None:
    assert obeys({word: wanted}, good() if callable(good) else good)
    assert not obeys({word: wanted}, bad)


def test_every_rule_has_its_row() -> None:
    assert [row[0] for row in ROWS] == list(RULES)


def test_paths_lead_through_objects_and_lists() -> None:
    payload = {"a": [{"b": 7}]}
    assert at(payload, "a.0.b") == 7
    assert at(payload, ".") is payload
    assert at(payload, "a.1.b") is ABSENT
    assert at(payload, "a.b") is ABSENT


def test_a_breach_is_a_fail_or_where_the_rule_says_so_a_warning() -> None:
    rules = {"status": "Accepted", ".": {"not": {"status": "Rejected"}, "warn": True}}
    checks = check_fields("X", {"status": "Rejected"}, rules, "chapter 1", ("id-1",))
    assert [(check.check_id, check.verdict) for check in checks] == [("X.status", Verdict.FAIL), ("X", Verdict.WARN)]
    assert checks[0].expected == "'Accepted'"
    assert checks[0].actual == "'Rejected'"
    assert checks[0].message_ids == ("id-1",)


@pytest.mark.parametrize(
    ("mistake", "words"),
    [
        ({"steps": [{"fly": 1}]}, "begins no step"),
        ({"steps": [{"do": "Fly"}]}, "no command 'Fly'"),
        ({"steps": [{"expect": "Heartbeat", "answers": {}}]}, "'answers' stands for nothing"),
        ({"steps": [{"expect": "Heartbeat", "answer": {"x": {"equal": 1}}}]}, "'equal' stands for nothing"),
        ({"charger": {"colour": "red"}}, "'colour' stands for nothing"),
        ({"colour": "red"}, "'colour' stands for nothing"),
    ],
)
def test_mistakes_in_case_files_are_named(mistake: dict[str, Any], words: str) -> None:
    case = {"id": "X", "title": "t", "profile": "Core", "reference": "r", "must": "m", "steps": []}
    with pytest.raises(LocalError, match=words):
        read_case({**case, **mistake}, "x.yaml")


def test_names_become_values() -> None:
    names = TestData(tags={"valid": "T"}).names()
    assert resolve({"a": ["$tag.valid", "plain", 3]}, names) == {"a": ["T", "plain", 3]}
    with pytest.raises(LocalError, match="nothing has set"):
        resolve("$nobody", names)


def traced(*frames: tuple[bool, list[Any]], version: Version = Version.V16) -> Trace:
    """A trace of frames: (sent by the charger, frame)."""
    trace = Trace(version)
    trace.event("charger_connected", "")
    for sent, frame in frames:
        trace.frame(time.time(), sent, orjson.dumps(frame))
    return trace


BEAT = (True, [2, "1", "Heartbeat", {}])


def beaten() -> tuple[bool, list[Any]]:
    """The answer to BEAT."""
    return False, [3, "1", {"currentTime": format_utc(time.time())}]


def profile(*starts: int) -> dict[str, Any]:
    schedule = {"chargingRateUnit": "A", "chargingSchedulePeriod": [{"startPeriod": s, "limit": 6} for s in starts]}
    return {
        "connectorId": 1,
        "csChargingProfiles": {
            "chargingProfileId": 1,
            "stackLevel": 0,
            "chargingProfilePurpose": "TxDefaultProfile",
            "chargingProfileKind": "Relative",
            "chargingSchedule": schedule,
        },
    }


BREACHES = {
    "schema": traced(BEAT, (False, [3, "1", {}])),
    "unique_ids": traced(
        (False, [2, "a", "ClearCache", {}]),
        (True, [3, "a", {"status": "Accepted"}]),
        (False, [2, "a", "ClearCache", {}]),
        (True, [3, "a", {"status": "Accepted"}]),
    ),
    "one_outstanding": traced((False, [2, "a", "ClearCache", {}]), (False, [2, "b", "ClearCache", {}])),
    "error_codes": traced(BEAT, (False, [4, "1", "Whatever", "", {}])),
    "clock": traced(BEAT, (False, [3, "1", {"currentTime": "2001-01-01T00:00:00Z"}])),
    "profiles": traced((False, [2, "a", "SetChargingProfile", profile(10, 5)])),
}


def test_what_is_in_order_passes_every_monitor() -> None:
    checks = watch(traced(BEAT, beaten(), (False, [2, "a", "SetChargingProfile", profile(0, 60)])), 10, 30)
    assert {check.verdict for check in checks} == {Verdict.PASS}
    assert {check.check_id for check in checks} == {f"monitor.{name}" for name in (*BREACHES, "response_time")}


@pytest.mark.parametrize("name", BREACHES)
def test_a_monitor_sees_its_breach_and_no_other_does(name: str) -> None:
    broken = [check for check in watch(BREACHES[name], 10, 30) if check.verdict is not Verdict.PASS]
    assert [check.check_id for check in broken] == [f"monitor.{name}"]
    assert broken[0].message_ids
    assert broken[0].verdict is (Verdict.WARN if name in ("clock", "one_outstanding") else Verdict.FAIL)


def test_two_calls_at_once_are_a_breach_from_2_0_1_on_and_none_after_the_time_out() -> None:
    calls = (False, [2, "a", "ClearCache", {}]), (False, [2, "b", "ClearCache", {}])
    outstanding = {
        (version, csms_timeout_s): next(
            check.verdict
            for check in watch(traced(*calls, version=version), 10, csms_timeout_s)
            if check.check_id == "monitor.one_outstanding"
        )
        for version in Version
        for csms_timeout_s in (30, 0)
    }
    assert outstanding == {
        (Version.V16, 30): Verdict.WARN,
        (Version.V16, 0): Verdict.PASS,
        (Version.V201, 30): Verdict.FAIL,
        (Version.V201, 0): Verdict.PASS,
    }


@pytest.mark.parametrize(
    "error",
    [[4, "1", "GenericError", ""], [4, "1", "GenericError", "x" * 256, {}], [4, "1", "GenericError", None, {}]],
)
def test_a_CALLERROR_has_five_elements_and_a_short_description(error: list[Any]) -> None:
    broken = [check for check in watch(traced(BEAT, (False, error)), 10, 30) if check.verdict is not Verdict.PASS]
    assert [check.check_id for check in broken] == ["monitor.error_codes"]


def test_phaseToUse_stands_with_one_phase_alone() -> None:
    period = {"startPeriod": 0, "limit": 6.0, "phaseToUse": 2, "numberPhases": 3}
    schedule = {"id": 1, "chargingRateUnit": "A", "chargingSchedulePeriod": [period]}
    asked = {"evseId": 1, "chargingProfile": {"chargingSchedule": [schedule]}}
    checks = watch(traced((False, [2, "a", "SetChargingProfile", asked]), version=Version.V201), 10, 30)
    assert "phaseToUse with one phase" in {check.expected for check in checks if check.verdict is Verdict.FAIL}


def test_an_answer_that_comes_too_late_is_a_breach() -> None:
    checks = {check.check_id: check for check in watch(traced(BEAT, beaten()), -1, 30)}
    assert checks["monitor.response_time"].verdict is Verdict.FAIL


def test_a_call_that_the_link_took_along_is_outstanding_no_more() -> None:
    trace = traced((False, [2, "a", "ClearCache", {}]))
    trace.event("charger_disconnected", "lost")
    trace.frame(time.time(), False, orjson.dumps([2, "b", "ClearCache", {}]))
    assert {check.verdict for check in watch(trace, 10, 30)} == {Verdict.PASS}


def test_the_heaviest_verdict_counts() -> None:
    assert heaviest([Verdict.PASS, Verdict.FAIL, Verdict.WARN]) is Verdict.FAIL
    assert heaviest([]) is Verdict.INCONCLUSIVE


@pytest.mark.parametrize(
    ("verdicts", "status"),
    [
        ([Verdict.PASS, Verdict.WARN, Verdict.SKIPPED, Verdict.NOT_APPLICABLE], 0),
        ([Verdict.PASS, Verdict.FAIL, Verdict.INCONCLUSIVE], 1),
        ([Verdict.FAIL, Verdict.ERROR], 2),
        ([], 2),
        ([Verdict.PASS, Verdict.INCONCLUSIVE], 3),
    ],
)
def test_exit_statuses(verdicts: list[Verdict], status: int) -> None:
    assert exit_status([result(verdict) for verdict in verdicts]) == status
