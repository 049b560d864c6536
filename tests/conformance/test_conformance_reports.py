"""Reports: JSON, JUnit XML, HTML; no secret in any of them."""

from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import orjson

from chargepoint_sim.conformance.pages import as_html
from chargepoint_sim.conformance.report import WORDING, as_json, as_junit
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
    reports = as_json(RESULTS, URL, "1.6", 1e9), as_junit(RESULTS, URL, "1.6"), as_html(RESULTS, URL, "1.6", 1e9)
    assert [SECRET in str(report) for report in reports] == [False, False, False]
