"""What a 1.6 charge point does when its link goes and comes back."""

from itertools import pairwise

import pytest

from chargepoint_sim.core.commands import InjectFault, LoseLink, PlugIn, StopEnergy
from chargepoint_sim.protocol.link import EndKind, LinkEnd
from tests.protocol.harness import SILENCE, Bench, Refusal
from tests.protocol.v16.bench import Bench16


def test_only_statuses_that_changed_are_told_after_an_offline_spell() -> None:
    bench = Bench16.booted()
    bench.cut()
    bench.command(PlugIn(connector_id=2, vehicle="suv"))
    bench.wait(30).come_back()
    assert [(one["connectorId"], one["status"]) for one in bench.payloads("StatusNotification")] == [(2, "Preparing")]


def test_only_the_present_status_is_told_never_the_history() -> None:
    bench = Bench16.charging()
    bench.forget().cut()
    bench.swipe().wait(5).unplug()
    bench.come_back()
    assert bench.told() == ["Available"]


def test_a_status_that_came_and_went_offline_is_not_told() -> None:
    bench = Bench16.booted()
    bench.cut()
    bench.command(PlugIn(vehicle="suv"))
    bench.unplug().come_back()
    assert bench.told() == []


def test_a_status_that_the_link_took_with_it_is_told_again() -> None:
    bench = Bench16.booted()
    bench.answers["StatusNotification"] = SILENCE
    bench.command(PlugIn(connector_id=1, vehicle="suv"))
    bench.command(PlugIn(connector_id=2, vehicle="suv"))
    assert bench.told(1) == ["Preparing"]
    assert bench.told(2) == []
    bench.forget().cut()
    bench.answers["StatusNotification"] = {}
    bench.come_back()
    assert bench.told(1) == ["Preparing"]
    assert bench.told(2) == ["Preparing"]


def test_lose_link_cuts_at_once_and_stays_away_for_the_time_asked() -> None:
    bench = Bench16.charging()
    at = bench.t
    assert bench.command(LoseLink(duration_s=120)).accepted
    assert not bench.linked
    assert bench.closes[-1][1].code is None
    bench.forget().wait(119)
    assert bench.dials == []
    bench.wait(2)
    assert bench.dials == [at + 120]
    assert bench.linked
    assert bench.status() == "Charging"
    assert bench.calls("BootNotification") == []


def test_lose_link_without_a_link_puts_the_next_dial_off() -> None:
    bench = Bench16.booted()
    bench.cut().restore()
    bench.command(LoseLink(duration_s=500))
    at = bench.t
    bench.wait(600)
    assert bench.dials == [at + 500]


def test_the_charger_goes_on_charging_without_a_link() -> None:
    bench = Bench16.charging()
    before = bench.station.evses[0].meter.register_at(bench.now.sim)
    bench.cut().wait(3600)
    assert bench.station.evses[0].meter.register_at(bench.now.sim) > before + 9000


def gaps(bench: Bench) -> list[float]:
    return [later - earlier for earlier, later in pairwise(bench.dials)]


def test_back_off_doubles_from_5_s_with_a_random_part_and_stops_growing() -> None:
    bench = Bench16.booted()
    bench.cut().wait(3000)
    waits = [bench.dials[0] - 0, *gaps(bench)]
    for wait, least in zip(waits, [5, 10, 20, 40, 80, 160, 160, 160], strict=False):
        assert least <= wait <= least + 10
    assert len({wait % 5 for wait in waits}) > 3


def test_back_off_starts_anew_after_the_central_system_has_answered_again() -> None:
    bench = Bench16.booted()
    for _ in range(4):
        bench.cut().come_back().wait(301)  # a heartbeat is answered
    bench.cut().forget().restore()
    start = bench.t
    bench.wait(15)
    assert bench.dials
    assert bench.dials[0] - start <= 15


def test_back_off_goes_on_growing_while_the_central_system_closes_at_once() -> None:
    bench = Bench16()
    bench.answers["BootNotification"] = SILENCE
    bench.power_up()
    starts = []
    for _ in range(6):
        bench.cut(LinkEnd(EndKind.CLOSED, 1008, "go away"))
        starts.append(bench.t)
        bench.come_back()
    assert bench.t - starts[-1] >= 160


def test_two_chargers_do_not_come_back_at_the_same_instant() -> None:
    dials = set()
    for n in range(20):
        bench = Bench16(charger_id=f"c{n}")
        bench.power_up().cut().wait(16)
        dials.add(bench.dials[1])
    assert len(dials) == 20


def test_pings_go_out_at_their_interval_and_pongs_keep_the_link() -> None:
    bench = Bench16.booted()
    bench.wait(200)
    assert bench.pings == [60, 120, 180]
    assert bench.linked


@pytest.mark.parametrize("interval_s", [60, 10, 34, 35])
def test_a_missing_pong_ends_the_link(interval_s: int) -> None:
    bench = Bench16.booted(settings={"OCPPCommCtrlr.WebSocketPingInterval": str(interval_s)})
    bench.pongs = False
    bench.wait(interval_s + 34)
    assert bench.linked
    bench.wait(1)
    assert not bench.linked
    assert bench.closes[0][1].code is None
    assert bench.problems["no pong: the link is dead"] == 1
    assert len(bench.closes) == 1


def test_no_pings_without_a_link_and_again_with_one() -> None:
    bench = Bench16.booted()
    bench.cut().wait(500)
    assert bench.pings == []
    bench.come_back().wait(61)
    assert len(bench.pings) == 1


def test_no_heartbeats_without_a_link() -> None:
    bench = Bench16.booted()
    bench.cut().wait(1000)
    assert bench.sent == []


def test_a_call_under_way_is_forgotten_with_the_link_and_its_answer_is_foreign() -> None:
    bench = Bench16.booted(answers={"Heartbeat": SILENCE})
    bench.wait(301)
    (lost,) = bench.unanswered
    bench.cut().come_back()
    bench.reply(lost, {"currentTime": "1999-01-01T00:00:00Z"})
    assert bench.station.utc_offset_s == 0
    bench.wait(40)
    assert "Heartbeat: no answer in time" not in bench.problems


def test_faults_that_came_offline_are_told_with_their_code() -> None:
    bench = Bench16.booted()
    bench.cut()
    bench.command(InjectFault(connector_id=1, error_code="GroundFailure"))
    bench.come_back()
    (told,) = bench.payloads("StatusNotification")
    assert (told["status"], told["errorCode"]) == ("Faulted", "GroundFailure")


@pytest.mark.parametrize(
    ("end", "told"),
    [
        (LinkEnd(EndKind.REFUSED, 401, "Unauthorized"), "refused 401 (Unauthorized)"),
        (LinkEnd(EndKind.SUBPROTOCOL), "subprotocol"),
        (LinkEnd(EndKind.TLS, reason="certificate not trusted"), "tls (certificate not trusted)"),
        (LinkEnd(EndKind.UNREACHABLE, reason="refused"), "unreachable (refused)"),
    ],
)
def test_the_reason_of_a_refusal_is_kept_until_accepted(end: LinkEnd, told: str) -> None:
    bench = Bench16()
    bench.network = False
    bench.charger.power_up(bench.now)
    bench.charger.link_down(end, bench.now)
    assert bench.charger.refusal == told
    bench.come_back()
    assert bench.charger.refusal is None


def test_a_close_before_any_answer_to_boot_is_a_refusal() -> None:
    bench = Bench16(answers={"BootNotification": SILENCE})
    bench.power_up().cut(LinkEnd(EndKind.CLOSED, 1000, "unknown"))
    assert bench.charger.refusal == "closed 1000 before any answer to BootNotification (unknown)"


def test_our_own_close_is_no_refusal() -> None:
    bench = Bench16.booted()
    bench.cut(LinkEnd(EndKind.CLOSED, 1000, by_us=True))
    assert bench.charger.refusal is None


def test_a_busy_central_system_is_asked_again() -> None:
    bench = Bench16.booted()
    bench.answers["StatusNotification"] = Refusal("RpcFrameworkError")
    bench.command(PlugIn(vehicle="suv"))
    bench.wait(30)
    calls = bench.calls("StatusNotification")
    assert [one.at for one in calls] == [0, 5, 10]
    assert len({one.frame[1] for one in calls}) == 1


def test_suspended_status_changes_keep_flowing_after_many_reconnects() -> None:
    bench = Bench16.charging()
    for _ in range(5):
        bench.cut().come_back()
    bench.forget()
    bench.command(StopEnergy())
    assert bench.told() == ["SuspendedEV"]
