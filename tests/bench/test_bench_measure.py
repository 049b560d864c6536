"""What the benchmarks share: the fleet files that they write load, and the figures are summed up rightly."""

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from chargepoint_sim.config.loader import load_fleet

BENCH = Path(__file__).parents[2] / "scripts" / "bench"


@pytest.fixture(scope="module")
def measure() -> Iterator[ModuleType]:
    """scripts/bench/measure.py, which is no part of a package."""
    spec = importlib.util.spec_from_file_location("bench_measure", BENCH / "measure.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
def test_the_fleet_file_is_one_that_the_daemon_takes(measure: ModuleType, version: str, tmp_path: Path) -> None:
    file = tmp_path / "fleet.yaml"
    file.write_text(measure.Load(version, 120, interval_s=7).fleet_file("ws://127.0.0.1:9000/ocpp", 8080))
    fleet = load_fleet(file, {})
    assert len(fleet.chargers) == 120
    assert {charger.version for charger in fleet.chargers} == {version}
    settings = fleet.chargers[0].station.settings
    assert settings["OCPPCommCtrlr.HeartbeatInterval"] == settings["SampledDataCtrlr.TxUpdatedInterval"] == "7"


def test_the_shipped_intervals_stay_where_none_is_asked_for(measure: ModuleType, tmp_path: Path) -> None:
    file = tmp_path / "fleet.yaml"
    file.write_text(measure.Load("1.6", 1).fleet_file("ws://127.0.0.1:9000/ocpp", 8080))
    assert load_fleet(file, {}).chargers[0].station.settings["SampledDataCtrlr.TxUpdatedInterval"] == "60"


def test_a_slope_takes_no_notice_of_the_fixed_cost(measure: ModuleType) -> None:
    assert measure.slope([(1000, 110_000), (3000, 130_000), (5000, 150_000)]) == pytest.approx(10.0)


def test_a_figure_is_the_median_with_its_spread(measure: ModuleType) -> None:
    found = measure.figure([3.0, 1.0, 2.0], "KiB")
    assert (found.median, found.least, found.most, found.repeats) == (2.0, 1.0, 3.0, 3)


def test_the_server_tells_its_counters(measure: ModuleType) -> None:
    with measure.run_server() as server:
        assert server.counters()["messages"] == 0


@pytest.mark.parametrize("name", ["memory", "messages", "connect", "tls"])
def test_every_benchmark_is_a_command_with_a_help_text(name: str) -> None:
    text = (BENCH / f"{name}.py").read_text()
    assert text.startswith("#!/usr/bin/env python3\n")
    assert f"    {name}.py [--" in text
    compile(text, name, "exec")
