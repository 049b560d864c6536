"""The fleet as Prometheus text.

Labels are the template, the OCPP version, and the words of `telemetry`; never a charger id (architecture D11).
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from math import inf
from pathlib import Path

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from chargepoint_sim import telemetry
from chargepoint_sim.api.lag import LoopLag
from chargepoint_sim.fleet.views import FleetSummary

_PREFIX = "chargepoint_sim_"
_LABELS: Mapping[str, tuple[str, ...]] = {
    "api_requests": ("method", "path", "status"),
    "api_crashes": ("path",),
    "calls_received": ("version", "action"),
    "calls_sent": ("version", "action"),
    "calls_timed_out": ("version", "action"),
    "csms_upgrades_refused": ("status",),
    "dials_failed": ("kind",),
    "foreign_answers": ("version",),
    "outgoing_violations": ("action",),
}
"""Label names by counter; the labels of a counter that is not listed are numbered."""


def render(summary: FleetSummary, lag: LoopLag) -> bytes:
    """The whole exposition, text format."""
    registry = CollectorRegistry()
    registry.register(_Snapshot(summary, lag))
    if Path("/proc/self/stat").exists():
        ProcessCollector(registry=registry)
    return generate_latest(registry)


class _Snapshot(Collector):
    """One scrape."""

    def __init__(self, summary: FleetSummary, lag: LoopLag) -> None:
        self._summary = summary
        self._lag = lag

    def collect(self) -> Iterator[Metric]:
        yield _fleet(self._summary)
        yield _groups(self._summary)
        yield _lag(self._lag)
        yield _gauge(
            "event_loop_lag_worst_seconds", "Greatest lag of the event loop in the last minute.", self._lag.worst_s
        )
        yield from _counters(telemetry.tally.items())


def _gauge(name: str, text: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(_PREFIX + name, text, value=value)


def _lag(lag: LoopLag) -> HistogramMetricFamily:
    family = HistogramMetricFamily(_PREFIX + "event_loop_lag_seconds", "Lag of the event loop, twenty times a second.")
    buckets = [("+Inf" if bound == inf else f"{bound:g}", float(count)) for bound, count in lag.buckets()]
    family.add_metric([], buckets, lag.sum_s)
    return family


def _fleet(summary: FleetSummary) -> GaugeMetricFamily:
    family = GaugeMetricFamily(_PREFIX + "chargers", "Chargers of the fleet, by how far they got.", labels=["state"])
    for state in ("total", "connected", "booted", "charging"):
        family.add_metric([state], getattr(summary, state))
    return family


def _groups(summary: FleetSummary) -> GaugeMetricFamily:
    family = GaugeMetricFamily(
        _PREFIX + "template_chargers",
        "Chargers of a template and OCPP version, by how far they got.",
        labels=["template", "version", "state"],
    )
    for group in summary.groups:
        for state in ("total", "connected", "booted", "charging"):
            family.add_metric([group.template, group.version, state], getattr(group, state))
    return family


def _counters(tally: Iterable[tuple[tuple[str, ...], int]]) -> Iterator[CounterMetricFamily]:
    by_name: dict[str, list[tuple[tuple[str, ...], int]]] = defaultdict(list)
    for (name, *labels), value in tally:
        by_name[name].append((tuple(labels), value))
    for name in sorted(by_name):
        rows = by_name[name]
        names = label_names(name, max(len(labels) for labels, _ in rows))
        family = CounterMetricFamily(_PREFIX + name, f"Count of {name.replace('_', ' ')}.", labels=names)
        for values, count in sorted(rows):
            family.add_metric([*values, *[""] * (len(names) - len(values))], count)
        yield family


def label_names(name: str, count: int) -> tuple[str, ...]:
    """The names of the `count` labels of a counter."""
    known = _LABELS.get(name, ())
    return known if len(known) == count else tuple(f"label_{n}" for n in range(1, count + 1))
