"""What holds for every test."""

from collections.abc import Iterator

import pytest

from chargepoint_sim import telemetry

OURS_TO_ANSWER_FOR = ("outgoing_violations",)
"""Counters that no test may raise: a frame of ours that the official schemas refuse."""


@pytest.fixture(autouse=True)
def every_frame_is_valid() -> Iterator[None]:
    """Fail the test in which a charger made a frame that breaks its schema, whatever else the test looks at."""
    before = telemetry.tally.copy()
    yield
    broken = {labels: count for labels, count in (telemetry.tally - before).items() if labels[0] in OURS_TO_ANSWER_FOR}
    assert broken == {}, "frames that the official schemas refuse"
