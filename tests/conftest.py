"""What holds for every test."""

import os
from collections.abc import Iterator

import pytest

from chargepoint_sim import telemetry

OURS_TO_ANSWER_FOR = ("outgoing_violations",)
"""Counters that no test may raise: a frame of ours that the official schemas refuse."""

WORKERS_PER_CORE = 2
"""A worker waits for half of its time: for programs to start, for time-outs, for the next reading of a meter."""


@pytest.hookimpl(optionalhook=True)  # there are runs without pytest-xdist
def pytest_xdist_auto_num_workers() -> int:
    """What `-n auto` stands for."""
    return WORKERS_PER_CORE * (os.cpu_count() or 1)


@pytest.fixture(autouse=True)
def every_frame_is_valid() -> Iterator[None]:
    """Fail the test in which a charger made a frame that breaks its schema, whatever else the test looks at."""
    before = telemetry.tally.copy()
    yield
    broken = {labels: count for labels, count in (telemetry.tally - before).items() if labels[0] in OURS_TO_ANSWER_FOR}
    assert broken == {}, "frames that the official schemas refuse"
