"""Health and metrics."""

import asyncio
import re

import pytest
from prometheus_client.parser import text_string_to_metric_families

from chargepoint_sim import telemetry
from chargepoint_sim.api.lag import LoopLag
from chargepoint_sim.api.metrics import label_names
from tests.api.conftest import Api


async def test_health(api: Api) -> None:
    for path in ("/health", "/health/live"):
        assert (await api.get(path)).json == {"status": "ok"}


async def test_readiness(api: Api) -> None:
    answer = await api.get("/health/ready")
    assert (answer.status, answer.json["status"], answer.json["booted"]) == (200, "ready", 5)
    api.fleet.waiting = 2
    answer = await api.get("/health/ready")
    assert (answer.status, answer.json["status"], answer.json["waiting"]) == (503, "starting", 2)


async def test_metrics_show_the_fleet_by_template_and_version(api: Api) -> None:
    answer = await api.get("/metrics")
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert 'chargepoint_sim_chargers{state="connected"} 5.0' in answer.text
    assert (
        'chargepoint_sim_template_chargers{state="booted",template="ac22",version="1.6"} 5.0' in answer.text
        or 'chargepoint_sim_template_chargers{template="ac22",version="1.6",state="booted"} 5.0' in answer.text
    )
    assert re.search(r"^chargepoint_sim_event_loop_lag_seconds_count \d", answer.text, re.MULTILINE)


async def test_metrics_never_name_a_charger(api: Api) -> None:
    await api.get("/v1/chargers/dep-789")
    text = (await api.get("/metrics")).text
    assert "dep-789" not in text
    assert "CP-CHARGER-789" not in text
    assert 'path="/v1/chargers/{charger_id}"' in text


async def test_metrics_parse_and_carry_every_counter(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(telemetry.tally, ("frames_sent", "1.6", "Heartbeat"), 12)
    monkeypatch.setitem(telemetry.tally, ("frames_sent", "2.0.1"), 3)
    monkeypatch.setitem(telemetry.tally, ("timer_rounds",), 7)
    families = {family.name: family for family in text_string_to_metric_families((await api.get("/metrics")).text)}
    frames = {tuple(sample.labels.values()): sample.value for sample in families["chargepoint_sim_frames_sent"].samples}
    assert frames == {("1.6", "Heartbeat"): 12, ("2.0.1", ""): 3}
    assert families["chargepoint_sim_timer_rounds"].samples[0].value == 7


def test_labels_of_unlisted_counters_are_numbered() -> None:
    assert label_names("something", 2) == ("label_1", "label_2")
    assert label_names("api_crashes", 1) == ("path",)
    assert label_names("calls_sent", 2) == ("version", "action")


async def test_the_lag_of_a_busy_loop_is_measured() -> None:
    loop = asyncio.get_running_loop()
    lag = LoopLag()
    lag.start()
    busy_until = loop.time() + 0.7
    while loop.time() < busy_until:
        pass  # the loop cannot run its timer, which was due every twentieth of a second
    after = asyncio.Event()
    loop.call_later(0, after.set)
    async with asyncio.timeout(5):
        await after.wait()
    lag.stop()
    assert 0.6 < lag.worst_s < 5
    # All that fell due meanwhile counts with its own wait: about a dozen, evenly from 0.65 s down to nothing.
    assert 0.2 < lag.quantile_s(0.5) < lag.worst_s
    *_, (_, in_all) = lag.buckets()
    assert in_all >= 12
    assert dict(lag.buckets())[0.5] < in_all
