"""Results as JSON, JUnit XML, Markdown and frames line by line: plain data in, text out."""

import platform
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any
from xml.etree import ElementTree as ET

import orjson

from chargepoint_sim import __version__
from chargepoint_sim.clock import format_utc
from chargepoint_sim.conformance.trace import TraceFrame
from chargepoint_sim.conformance.verdicts import CaseResult, Verdict, counted
from chargepoint_sim.logs import mask

WORDING = "Modelled on public OCTT case numbers; not an OCA certification."

FORMAT = 1
"""Of the JSON report; grows when a key changes its meaning."""

MOST_CHARACTERS = 20_000
"""Of one frame in a report."""

_NOT_RUN = (Verdict.SKIPPED, Verdict.NOT_APPLICABLE, Verdict.INCONCLUSIVE)


def as_data(results: Sequence[CaseResult], url: str, version: str, at: float) -> dict[str, Any]:
    """The whole report as plain data; secrets in frames are masked."""
    return {
        "format": FORMAT,
        "wording": WORDING,
        "tool": f"chargepoint-sim {__version__}",
        "python": platform.python_version(),
        "url": mask(url),
        "ocpp": version,
        "at": format_utc(at),
        "counts": counted(results),
        "cases": [_case(result) for result in results],
    }


def as_json(results: Sequence[CaseResult], url: str, version: str, at: float) -> bytes:
    """The report as JSON text."""
    return orjson.dumps(as_data(results, url, version, at), option=orjson.OPT_INDENT_2)


def _case(result: CaseResult) -> dict[str, Any]:
    return {
        "id": result.case_id,
        "title": result.title,
        "profile": result.profile,
        "verdict": result.verdict.value,
        "reason": mask(result.reason),
        "identity": result.identity,
        "duration_s": round(result.duration_s, 3),
        "steps": [
            {
                "step": mask(step.text),
                "at_s": round(step.at_s, 3),
                "checks": [{**asdict(check), "verdict": check.verdict.value} for check in step.checks],
            }
            for step in result.steps
        ],
        "monitors": [{**asdict(check), "verdict": check.verdict.value} for check in result.monitors],
        "frames": [_frame(frame) for frame in result.frames],
    }


def _frame(frame: TraceFrame) -> dict[str, Any]:
    return {"at": format_utc(frame.at), "sent": frame.sent, "action": frame.action, "text": masked_text(frame)}


def masked_text(frame: TraceFrame) -> str:
    """A frame without its secrets, cut where it is longer than anybody reads."""
    if len(frame.text) <= MOST_CHARACTERS:
        return mask(frame.text)
    return f"{mask(frame.text[:MOST_CHARACTERS])}… ({len(frame.text)} characters)"


def as_trace(results: Sequence[CaseResult]) -> bytes:
    """All frames as they crossed the wire, secrets masked: one JSON object a line, case by case."""
    return b"".join(
        orjson.dumps(
            {
                "case": result.case_id,
                "identity": result.identity,
                "at": format_utc(frame.at),
                "direction": "to-csms" if frame.sent else "from-csms",
                "frame": masked_text(frame),
            }
        )
        + b"\n"
        for result in results
        for frame in result.frames
    )


def as_markdown(results: Sequence[CaseResult], url: str, version: str, at: float) -> str:
    """A summary for a pull request or a wiki: counts, then a table of what did not pass, then one of profiles."""
    counts = ", ".join(f"{number} {verdict}" for verdict, number in counted(results).items() if number)
    lines = [f"# Conformance run, OCPP {version}", "", f"{mask(url)}, {format_utc(at)}. {WORDING}", "", counts, ""]
    lines += ["| Case | Title | Verdict | Why |", "|---|---|---|---|"]
    lines += [
        f"| {one.case_id} | {one.title} | {one.verdict} | {_cell(one.reason)} |"
        for one in results
        if one.verdict is not Verdict.PASS
    ]
    profiles = dict.fromkeys(one.profile for one in results)
    shown = [verdict for verdict in Verdict if any(one.verdict is verdict for one in results)]
    lines += ["", f"| Profile | {' | '.join(shown)} |", "|---|" + "---|" * len(shown)]
    for profile in profiles:
        numbers = [sum(one.profile == profile and one.verdict is verdict for one in results) for verdict in shown]
        lines.append(f"| {profile} | {' | '.join(map(str, numbers))} |")
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    return mask(text).replace("|", "\\|").replace("\n", " ")


def as_junit(results: Sequence[CaseResult], url: str, version: str) -> bytes:
    """The report as JUnit XML: FAIL is a failure, ERROR an error, what was not judged is skipped."""
    suite = ET.Element(
        "testsuite",
        name=f"OCPP {version} {mask(url)}",
        tests=str(len(results)),
        failures=str(sum(result.verdict is Verdict.FAIL for result in results)),
        errors=str(sum(result.verdict is Verdict.ERROR for result in results)),
        skipped=str(sum(result.verdict in _NOT_RUN for result in results)),
        time=f"{sum(result.duration_s for result in results):.3f}",
    )
    properties = ET.SubElement(suite, "properties")
    ET.SubElement(properties, "property", name="wording", value=WORDING)
    for result in results:
        case = ET.SubElement(
            suite,
            "testcase",
            classname=f"ocpp{version}.{result.profile}",
            name=f"{result.case_id} {result.title}",
            time=f"{result.duration_s:.3f}",
        )
        message = f"{result.verdict.value}: {mask(result.reason)}"
        if result.verdict is Verdict.FAIL:
            ET.SubElement(case, "failure", message=message).text = _printable(_breaches(result))
        elif result.verdict is Verdict.ERROR:
            ET.SubElement(case, "error", message=message)
        elif result.verdict in _NOT_RUN:
            ET.SubElement(case, "skipped", message=message)
        elif result.verdict is Verdict.WARN:
            ET.SubElement(case, "system-out").text = _printable(message)
    root = ET.Element("testsuites")
    root.append(suite)
    text: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return text


def _breaches(result: CaseResult) -> str:
    return "\n".join(
        f"{check.check_id}: expected {check.expected}, got {check.actual} ({check.reference})"
        for check in result.checks
        if check.verdict is Verdict.FAIL
    )


def _printable(text: str) -> str:
    """XML 1.0 has no control characters."""
    return "".join(c if c.isprintable() or c in "\n\t" else "?" for c in mask(text))
