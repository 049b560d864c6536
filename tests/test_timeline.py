"""The map between simulated and I/O time goes on without a jump when its scale changes."""

import pytest

from chargepoint_sim.clock import Timeline


def test_one_scale_is_an_affine_map() -> None:
    timeline = Timeline(1000.0, 50.0, 10.0)
    assert timeline.at_io(53.0).sim == 1030.0
    assert timeline.io_at(1030.0) == 53.0


def test_a_change_of_scale_neither_jumps_nor_changes_what_was() -> None:
    timeline = Timeline(1000.0, 50.0, 10.0)
    before = [timeline.at_io(io).sim for io in (48.0, 51.0, 60.0)]
    timeline.rescale(100.0, 60.0)
    assert [timeline.at_io(io).sim for io in (48.0, 51.0, 60.0)] == before
    assert timeline.at_io(61.0).sim == 1200.0
    for io in (48.0, 59.9, 60.0, 60.1, 75.0):
        assert timeline.io_at(timeline.at_io(io).sim) == pytest.approx(io)
    timeline.rescale(1.0, 62.0)
    assert [timeline.at_io(io).sim for io in (60.0, 61.0, 62.0, 63.0)] == [1100.0, 1200.0, 1300.0, 1301.0]
