"""Reports: JSON, JUnit XML, HTML, Markdown, frames; no secret in any of them."""

from dataclasses import replace
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import orjson

from chargepoint_sim.conformance.pages import as_html
from chargepoint_sim.conformance.report import MOST_CHARACTERS, WORDING, as_json, as_junit, as_markdown, as_trace
from chargepoint_sim.conformance.verdicts import Verdict
from tests.conformance.results import SECRET, result

RESULTS = [result(verdict) for verdict in Verdict]
URL = "ws://127.0.0.1:9000/ocpp"


class Page(HTMLParser):
    """What a page is made of."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.words: list[str] = []
        self.depth = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.depth += tag != "meta"
        found = dict(attrs)
        self.ids += [found["id"] or ""] if "id" in found else []
        self.links += [found["href"] or ""] if "href" in found else []

    def handle_endtag(self, tag: str) -> None:
        self.depth -= 1

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def test_json_has_every_case_with_steps_and_frames() -> None:
    report = orjson.loads(as_json(RESULTS, URL, "1.6", 1e9))
    assert report["wording"] == WORDING
    assert report["counts"] == {verdict.value: 1 for verdict in Verdict}
    assert [case["verdict"] for case in report["cases"]] == [verdict.value for verdict in Verdict]
    failed = next(case for case in report["cases"] if case["verdict"] == "FAIL")
    assert failed["steps"][0]["checks"][0]["message_ids"] == ["id-1"]
    assert failed["frames"][0]["sent"] is False


def test_junit_counts_failures_errors_and_what_was_not_judged() -> None:
    suite = ET.fromstring(as_junit(RESULTS, URL, "1.6"))[0]
    counts = {name: int(suite.attrib[name]) for name in ("tests", "failures", "errors", "skipped")}
    assert counts == {"tests": 7, "failures": 1, "errors": 1, "skipped": 3}
    kinds = {case.attrib["name"].split()[0]: [child.tag for child in case] for case in suite.findall("testcase")}
    assert kinds == {
        "CASE_PASS": [],
        "CASE_WARN": ["system-out"],
        "CASE_INCONCLUSIVE": ["skipped"],
        "CASE_FAIL": ["failure"],
        "CASE_ERROR": ["error"],
        "CASE_SKIPPED": ["skipped"],
        "CASE_NOT_APPLICABLE": ["skipped"],
    }


def test_the_page_needs_nothing_beside_it_and_every_link_leads_somewhere() -> None:
    page = Page()
    page.feed(as_html(RESULTS, URL, "1.6", 1e9))
    assert page.depth == 0
    assert not {"script", "link", "img"} & set(page.tags)
    assert [link.removeprefix("#") for link in page.links] == page.ids == [one.case_id for one in RESULTS]
    assert any(WORDING in words for words in page.words)
    assert any("<b>Rejected</b>" in words for words in page.words)


def test_no_report_tells_a_secret() -> None:
    reports = (
        as_json(RESULTS, URL, "1.6", 1e9),
        as_junit(RESULTS, URL, "1.6"),
        as_html(RESULTS, URL, "1.6", 1e9),
        as_markdown(RESULTS, URL, "1.6", 1e9),
        as_trace(RESULTS),
    )
    assert [SECRET in str(report) for report in reports] == [False] * 5


def test_the_trace_has_every_frame_on_a_line_of_its_own_with_case_and_direction() -> None:
    lines = [orjson.loads(line) for line in as_trace(RESULTS).splitlines()]
    assert [line["case"] for line in lines] == [one.case_id for one in RESULTS]
    assert {line["direction"] for line in lines} == {"from-csms"}
    assert orjson.loads(lines[0]["frame"])[2] == "ChangeConfiguration"


def test_a_frame_longer_than_anybody_reads_is_cut() -> None:
    long = replace(RESULTS[0].frames[0], text="x" * (MOST_CHARACTERS + 1))
    line = orjson.loads(as_trace([replace(RESULTS[0], frames=[long])]))
    assert line["frame"] == "x" * MOST_CHARACTERS + f"… ({MOST_CHARACTERS + 1} characters)"


def test_the_summary_counts_profiles_and_tells_what_did_not_pass() -> None:
    text = as_markdown(RESULTS, URL, "1.6", 1e9)
    assert WORDING in text
    assert "| CASE_FAIL | Title & more | FAIL | why <it> ended |" in text
    assert "CASE_PASS" not in text
    assert "| Core | 1 | 1 | 1 | 1 | 1 | 1 | 1 |" in text


def test_every_report_says_what_it_is_not() -> None:
    assert WORDING == "Modelled on public OCTT case numbers; not an OCA certification."
    assert WORDING.encode() in as_junit(RESULTS, URL, "1.6")
