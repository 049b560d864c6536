"""The report as one HTML file that needs nothing beside it: a summary, then each case with its steps and frames."""

from collections.abc import Iterator, Sequence
from html import escape

from chargepoint_sim.clock import format_utc
from chargepoint_sim.conformance.report import WORDING, masked_text
from chargepoint_sim.conformance.trace import TraceFrame
from chargepoint_sim.conformance.verdicts import CaseResult, Check, Verdict, counted
from chargepoint_sim.logs import mask

_COLOURS = {
    Verdict.PASS: "#1a7f37",
    Verdict.WARN: "#9a6700",
    Verdict.FAIL: "#cf222e",
    Verdict.ERROR: "#8250df",
    Verdict.INCONCLUSIVE: "#bc4c00",
    Verdict.SKIPPED: "#59636e",
    Verdict.NOT_APPLICABLE: "#59636e",
}

_STYLE = """
:root { color-scheme: light; }
body { font: 14px/1.45 system-ui, sans-serif; margin: 2rem auto; max-width: 75rem; padding: 0 1rem; color: #1f2328; }
h1 { font-size: 1.5rem; margin-bottom: .2rem; }
p.meta { color: #59636e; margin: 0 0 1rem; }
table { border-collapse: collapse; width: 100%; }
th { text-align: left; border-bottom: 2px solid #d1d9e0; padding: .35rem .6rem; }
td { border-bottom: 1px solid #d1d9e0; padding: .3rem .6rem; vertical-align: top; overflow-wrap: anywhere; }
td.id, td.verdict, td.time, td.action { white-space: nowrap; overflow-wrap: normal; }
.counts span { display: inline-block; margin: 0 .9rem .8rem 0; }
b.verdict { font-weight: 600; white-space: nowrap; }
details { border: 1px solid #d1d9e0; border-radius: 6px; margin: .6rem 0; padding: .5rem .8rem; }
summary { cursor: pointer; font-weight: 600; }
h4 { margin: .9rem 0 .3rem; }
code { font: 12px/1.4 ui-monospace, monospace; overflow-wrap: anywhere; }
a { color: inherit; }
.sent { color: #0550ae; } .received { color: #6639ba; }
td.direction { white-space: nowrap; width: 9rem; }
"""


def as_html(results: Sequence[CaseResult], url: str, version: str, at: float) -> str:
    """The whole page; secrets in frames are masked."""
    return "".join(_page(results, url, version, at))


def _page(results: Sequence[CaseResult], url: str, version: str, at: float) -> Iterator[str]:
    title = f"Conformance run, OCPP {escape(version)}"
    yield f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
    yield f"<style>{_STYLE}</style></head><body><h1>{title}</h1>"
    yield f'<p class="meta">{escape(mask(url))} · {format_utc(at)} · {escape(WORDING)}</p><p class="counts">'
    for verdict, number in counted(results).items():
        if number:
            yield f"<span>{_verdict(Verdict(verdict))} {number}</span>"
    yield "</p><table><thead><tr><th>Case</th><th>Title</th><th>Profile</th><th>Verdict</th><th>Why</th><th>s</th>"
    yield "</tr></thead><tbody>"
    for result in results:
        name = escape(result.case_id)
        yield f'<tr><td class="id"><a href="#{name}">{name}</a></td><td>{escape(result.title)}</td>'
        yield f'<td>{escape(result.profile)}</td><td class="verdict">{_verdict(result.verdict)}</td>'
        yield f'<td>{escape(mask(result.reason))}</td><td class="time">{result.duration_s:.1f}</td></tr>'
    yield "</tbody></table>"
    for result in results:
        yield from _case(result)
    yield "</body></html>\n"


def _case(result: CaseResult) -> Iterator[str]:
    if not result.steps and not result.frames:
        return
    opened = " open" if result.verdict in (Verdict.FAIL, Verdict.ERROR, Verdict.INCONCLUSIVE) else ""
    yield f'<details id="{escape(result.case_id)}"{opened}><summary>{escape(result.case_id)} '
    yield f"{escape(result.title)} {_verdict(result.verdict)}</summary>"
    yield f'<p class="meta">identity {escape(result.identity)}</p><h4>Steps</h4><table><tbody>'
    for step in result.steps:
        yield f'<tr><td class="time">{step.at_s:.2f}</td><td><code>{escape(mask(step.text))}</code></td><td>'
        yield from (_check(check) for check in step.checks)
        yield "</td></tr>"
    yield "</tbody></table><h4>Always watched</h4>"
    passed = [check for check in result.monitors if check.verdict is Verdict.PASS]
    yield from (_check(check) for check in result.monitors if check.verdict is not Verdict.PASS)
    names = ", ".join(check.check_id.removeprefix("monitor.") for check in passed)
    yield f"<div>{_verdict(Verdict.PASS)} {escape(names)}</div><h4>Frames</h4><table><tbody>"
    yield from (_frame(frame) for frame in result.frames)
    yield "</tbody></table></details>"


def _check(check: Check) -> str:
    words = escape(check.check_id)
    if check.verdict is not Verdict.PASS:
        words += f": expected {escape(mask(check.expected))}, got {escape(mask(check.actual))}"
        words += f" ({escape(check.reference)})" if check.reference else ""
        words += f" <code>{escape(' '.join(check.message_ids))}</code>" if check.message_ids else ""
    return f"<div>{_verdict(check.verdict)} {words}</div>"


def _frame(frame: TraceFrame) -> str:
    direction = ("sent", "to the CSMS") if frame.sent else ("received", "from the CSMS")
    return (
        f'<tr><td class="time">{format_utc(frame.at)[11:23]}</td><td class="direction {direction[0]}">{direction[1]}'
        f'</td><td class="action">{escape(frame.action)}</td><td><code>{escape(masked_text(frame))}</code></td></tr>'
    )


def _verdict(verdict: Verdict) -> str:
    return f'<b class="verdict" style="color:{_COLOURS[verdict]}">{verdict.value}</b>'
