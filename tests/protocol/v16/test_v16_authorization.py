"""Who may start and stop (1.6 sections 3.5, 4.1, 5.4, 5.11, 5.12 and the order of the coverage map section 1.4)."""

from typing import Any

import pytest

from chargepoint_sim.clock import format_utc
from chargepoint_sim.core.commands import AuthorizeToken, BeginTransaction, EndTransaction, IdToken, PlugIn
from tests.protocol.harness import NOON, SILENCE, Refusal
from tests.protocol.v16.bench import OTHER_TAG, TAG, Bench16

PARENT = {"status": "Accepted", "parentIdTag": "FAMILY"}


def judged(status: str, **more: str) -> dict[str, Any]:
    return {"idTagInfo": {"status": status, **more}}


def knows(bench: Bench16, tag: IdToken = TAG, **info: str) -> Bench16:
    """Let the cache learn what the central system says of a tag, and forget the talk."""
    before = bench.answers["Authorize"]
    bench.answers["Authorize"] = {"idTagInfo": {"status": "Accepted", **info}}
    assert bench.command(AuthorizeToken(id_token=tag)).accepted
    bench.answers["Authorize"] = before
    bench.forget()
    return bench


def plugged(**how: Any) -> Bench16:
    bench = Bench16.booted(**how)
    bench.command(PlugIn(vehicle="suv", soc=0.3))
    bench.forget()
    return bench


def refuse_all(bench: Bench16, status: str) -> None:
    bench.answers["Authorize"] = judged(status)


@pytest.mark.shows("Authorize")
def test_authorize_comes_before_start_and_carries_the_tag_as_read() -> None:
    bench = plugged()
    bench.swipe(tag=IdToken("aBc-1"))
    assert [one.action for one in bench.calls("Authorize", "StartTransaction")] == ["Authorize", "StartTransaction"]
    assert bench.payloads("Authorize") == [{"idTag": "aBc-1"}]
    assert bench.start()["idTag"] == "aBc-1"


@pytest.mark.parametrize("status", ["Blocked", "Expired", "Invalid", "ConcurrentTx", "Nonsense"])
def test_a_tag_that_is_not_accepted_starts_nothing(status: str) -> None:
    bench = plugged()
    refuse_all(bench, status)
    bench.swipe()
    bench.wait(10)
    assert bench.calls("StartTransaction") == []
    assert bench.status() == "Preparing"
    assert bench.problems[f"token {TAG.id_token}: {status}"] == 1


def test_the_same_tag_stops_without_authorize() -> None:
    bench = Bench16.charging()
    bench.forget().swipe(tag=IdToken(TAG.id_token.lower()))
    assert bench.calls("Authorize") == []
    assert "reason" not in bench.stop()
    assert bench.stop()["idTag"].casefold() == TAG.id_token.casefold()


def test_another_tag_is_asked_about_and_does_not_stop() -> None:
    bench = Bench16.charging()
    bench.forget().swipe(tag=OTHER_TAG)
    assert bench.payloads("Authorize") == [{"idTag": OTHER_TAG.id_token}]
    assert bench.calls("StopTransaction") == []
    assert bench.status() == "Charging"


def test_another_tag_of_the_same_parent_stops() -> None:
    bench = Bench16.booted(answers={"Authorize": {"idTagInfo": PARENT}})
    bench.charge().forget().swipe(tag=OTHER_TAG)
    assert bench.stop()["idTag"] == OTHER_TAG.id_token
    assert len(bench.calls("Authorize")) == 1


def test_a_parent_learnt_from_start_transaction_counts() -> None:
    bench = Bench16.booted(answers={"StartTransaction": {"transactionId": 5, "idTagInfo": PARENT}})
    bench.charge()
    bench.answers["Authorize"] = {"idTagInfo": PARENT}
    bench.forget().swipe(tag=OTHER_TAG)
    assert bench.stop()["transactionId"] == 5


def test_a_cached_tag_of_the_same_parent_stops_without_asking_even_offline() -> None:
    bench = Bench16.booted(answers={"Authorize": {"idTagInfo": PARENT}})
    knows(bench, OTHER_TAG, parentIdTag="FAMILY")
    bench.charge().cut().swipe(tag=OTHER_TAG)
    assert bench.status() == "Finishing"


def test_another_parent_does_not_stop() -> None:
    bench = Bench16.booted(answers={"Authorize": {"idTagInfo": PARENT}})
    bench.charge()
    bench.answers["Authorize"] = judged("Accepted", parentIdTag="OTHERS")
    bench.swipe(tag=OTHER_TAG)
    assert bench.status() == "Charging"


def test_a_foreign_tag_offline_does_not_stop() -> None:
    bench = Bench16.charging()
    bench.cut()
    assert bench.status() == "Charging"
    bench.swipe(tag=OTHER_TAG)
    assert bench.status() == "Charging"


def test_a_known_tag_is_asked_about_online_unless_local_pre_authorize() -> None:
    bench = knows(plugged())
    bench.swipe()
    assert len(bench.calls("Authorize")) == 1


def test_local_pre_authorize_starts_at_once_for_a_cached_tag() -> None:
    bench = knows(plugged(settings={"AuthCtrlr.LocalPreAuthorize": "true"}))
    bench.swipe()
    assert bench.calls("Authorize") == []
    assert len(bench.calls("StartTransaction")) == 1


@pytest.mark.parametrize("status", ["Blocked", "Invalid", "Expired"])
def test_a_cached_refusal_is_asked_about_anew_online(status: str) -> None:
    bench = knows(plugged(settings={"AuthCtrlr.LocalPreAuthorize": "true"}), status=status)
    bench.swipe()
    assert len(bench.calls("Authorize")) == 1
    assert len(bench.calls("StartTransaction")) == 1


def test_an_entry_that_has_run_out_is_asked_about_anew() -> None:
    bench = plugged(settings={"AuthCtrlr.LocalPreAuthorize": "true"})
    knows(bench, expiryDate=format_utc(NOON + 100))
    bench.wait(101).swipe()
    assert len(bench.calls("Authorize")) == 1


@pytest.mark.parametrize(
    ("cached", "settings", "starts"),
    [
        ("Accepted", {}, True),
        ("Accepted", {"AuthCtrlr.LocalAuthorizeOffline": "false"}, False),
        ("Blocked", {"AuthCtrlr.OfflineTxForUnknownIdEnabled": "true"}, False),
        (None, {}, False),
        (None, {"AuthCtrlr.OfflineTxForUnknownIdEnabled": "true"}, True),
        ("Accepted", {"AuthCacheCtrlr.Enabled": "false"}, False),
        ("Accepted", {"AuthCacheCtrlr.Enabled": "false", "AuthCtrlr.OfflineTxForUnknownIdEnabled": "true"}, True),
    ],
)
def test_offline_rules(cached: str | None, settings: dict[str, str], starts: bool) -> None:
    bench = plugged(settings=settings)
    if cached is not None:
        knows(bench, status=cached)
    bench.cut().swipe()
    assert (bench.station.evses[0].authorized is not None) is starts


def test_an_expired_entry_does_not_start_offline_even_where_unknown_ones_may() -> None:
    bench = plugged(settings={"AuthCtrlr.OfflineTxForUnknownIdEnabled": "true"})
    knows(bench, expiryDate=format_utc(NOON + 50))
    bench.wait(51).cut().swipe()
    assert bench.station.evses[0].authorized is None


@pytest.mark.shows("ClearCache")
def test_the_cache_survives_a_reboot_and_clear_cache_empties_it() -> None:
    bench = knows(plugged(settings={"AuthCtrlr.LocalPreAuthorize": "true"}))
    bench.power_down().power_up().wait(1)
    assert bench.station.cache
    assert bench.ask("ClearCache") == [3, f"csms-{bench.ids}", {"status": "Accepted"}]
    bench.forget().swipe()
    assert len(bench.calls("Authorize")) == 1


def test_clear_cache_is_rejected_where_no_cache_is_in_use() -> None:
    bench = Bench16.booted(settings={"AuthCacheCtrlr.Enabled": "false"})
    assert bench.ask("ClearCache") == [3, f"csms-{bench.ids}", {"status": "Rejected"}]


def test_start_and_stop_answers_feed_the_cache() -> None:
    bench = Bench16.booted(
        answers={
            "StartTransaction": {"transactionId": 1, "idTagInfo": {"status": "Accepted", "parentIdTag": "P1"}},
            "StopTransaction": {"idTagInfo": {"status": "Blocked"}},
        }
    )
    bench.charge()
    assert bench.station.cache is not None
    assert bench.station.cache[TAG.key].info.group_id == "p1"
    bench.swipe()
    assert bench.station.cache[TAG.key].info.status == "Blocked"


@pytest.mark.shows("StopTransaction")
def test_a_tag_refused_in_the_answer_to_stop_transaction_is_asked_about_again() -> None:
    bench = Bench16.booted(settings={"AuthCtrlr.LocalPreAuthorize": "true"})
    bench.answers["StopTransaction"] = judged("Blocked")
    bench.charge().swipe().unplug()
    bench.command(PlugIn(vehicle="suv", soc=0.3))
    bench.forget().swipe()
    assert len(bench.calls("Authorize")) == 1


@pytest.mark.parametrize("silent", [SILENCE, Refusal("InternalError")], ids=["no answer", "CALLERROR"])
def test_no_verdict_is_decided_as_offline(silent: Any) -> None:
    known, unknown = knows(plugged()), plugged()
    for bench in (known, unknown):
        bench.answers["Authorize"] = silent
        bench.swipe()
        bench.wait(36)
    assert known.station.evses[0].authorized is not None
    assert unknown.station.evses[0].authorized is None
    assert unknown.problems["token 04A1B2C3: Unknown"] == 1


def test_a_link_lost_while_asking_is_decided_as_offline() -> None:
    bench = knows(plugged())
    bench.answers["Authorize"] = SILENCE
    bench.swipe().cut()
    assert bench.station.evses[0].authorized is not None


def test_unknown_tags_may_start_after_a_lost_link_where_offline_ones_may() -> None:
    bench = plugged(settings={"AuthCtrlr.OfflineTxForUnknownIdEnabled": "true"}, answers={"Authorize": SILENCE})
    bench.swipe().cut()
    assert bench.station.evses[0].authorized is not None


def test_a_verdict_that_comes_after_the_cable_has_gone_leaves_a_connector_prepared() -> None:
    bench = plugged(answers={"Authorize": SILENCE})
    bench.swipe().unplug()
    bench.reply(bench.unanswered[0], judged("Accepted"))
    assert bench.told() == ["Available", "Preparing"]
    assert bench.calls("StartTransaction") == []


def test_authorize_command_asks_and_does_nothing_else() -> None:
    bench = plugged()
    assert bench.command(AuthorizeToken(id_token=TAG)).accepted
    bench.wait(10)
    assert [one.action for one in bench.calls()] == ["Authorize"]


def test_authorize_command_offline_tells_what_the_charger_knows() -> None:
    bench = knows(plugged())
    bench.cut()
    assert bench.command(AuthorizeToken(id_token=TAG)).info == {"status": "Accepted"}
    outcome = bench.command(AuthorizeToken(id_token=OTHER_TAG))
    assert not outcome.accepted
    assert OTHER_TAG.id_token in outcome.reason


@pytest.mark.parametrize("text", ["", "X" * 21])
def test_a_token_that_1_6_cannot_carry_is_refused_with_the_limit(text: str) -> None:
    bench = plugged()
    outcome = bench.command(BeginTransaction(id_token=IdToken(text)))
    assert not outcome.accepted
    assert "20" in outcome.reason
    assert bench.calls() == []


# Remote


def remote(bench: Bench16, **request: Any) -> str:
    answer = bench.ask("RemoteStartTransaction", {"idTag": "REMOTE", **request})
    assert answer is not None
    return str(answer[2]["status"])


@pytest.mark.shows("RemoteStartTransaction")
def test_remote_start_charges_without_asking() -> None:
    bench = plugged()
    assert remote(bench, connectorId=1) == "Accepted"
    bench.wait(5)
    assert bench.calls("Authorize") == []
    assert bench.start()["idTag"] == "REMOTE"
    assert bench.status() == "Charging"


def test_remote_start_answers_before_it_acts() -> None:
    bench = plugged()
    remote(bench, connectorId=1)
    assert not bench.sent[0].is_call


def test_authorize_remote_tx_requests_asks_first() -> None:
    bench = plugged(settings={"AuthCtrlr.AuthorizeRemoteStart": "true"})
    assert remote(bench, connectorId=1) == "Accepted"
    assert bench.payloads("Authorize") == [{"idTag": "REMOTE"}]
    assert len(bench.calls("StartTransaction")) == 1


def test_authorize_remote_tx_requests_obeys_a_refusal() -> None:
    bench = plugged(settings={"AuthCtrlr.AuthorizeRemoteStart": "true"}, answers={"Authorize": judged("Invalid")})
    assert remote(bench, connectorId=1) == "Accepted"
    bench.wait(10)
    assert bench.calls("StartTransaction") == []


def test_remote_start_without_connector_picks_the_one_with_a_cable() -> None:
    bench = Bench16.booted()
    bench.command(PlugIn(connector_id=2, vehicle="suv"))
    assert remote(bench) == "Accepted"
    assert bench.start()["connectorId"] == 2


def test_remote_start_is_rejected_where_nobody_can_start() -> None:
    bench = Bench16.charging()
    assert remote(bench, connectorId=1) == "Rejected"
    assert remote(bench, connectorId=3) == "Rejected"
    bench.ask("ChangeAvailability", {"connectorId": 2, "type": "Inoperative"})
    assert remote(bench, connectorId=2) == "Rejected"
    assert remote(bench) == "Rejected"


def test_remote_start_waits_for_the_cable_and_gives_up_after_the_time_out() -> None:
    bench = Bench16.booted()
    assert remote(bench, connectorId=1) == "Accepted"
    bench.wait(60)
    assert bench.told() == ["Preparing", "Available"]
    assert bench.calls("StartTransaction") == []


@pytest.mark.shows("RemoteStopTransaction")
def test_remote_stop_stops_by_the_central_system_s_id() -> None:
    bench = Bench16.booted(answers={"StartTransaction": {"transactionId": -77, "idTagInfo": {"status": "Accepted"}}})
    bench.charge()
    assert bench.ask("RemoteStopTransaction", {"transactionId": 78}) == [3, "csms-1", {"status": "Rejected"}]
    assert bench.ask("RemoteStopTransaction", {"transactionId": -77}) == [3, "csms-2", {"status": "Accepted"}]
    stop = bench.stop()
    assert (stop["reason"], stop["transactionId"]) == ("Remote", -77)
    assert bench.ask("RemoteStopTransaction", {"transactionId": -77}) == [3, "csms-3", {"status": "Rejected"}]
    assert bench.told()[-1] == "Finishing"


def test_transaction_id_0_is_a_good_id() -> None:
    bench = Bench16.booted(answers={"StartTransaction": {"transactionId": 0, "idTagInfo": {"status": "Accepted"}}})
    bench.charge().wait(61)
    assert bench.payloads("MeterValues")[0]["transactionId"] == 0
    assert bench.command(EndTransaction(transaction_id="0")).accepted
    assert bench.stop()["transactionId"] == 0


# Judged at the start


def invalid_start(**settings: str) -> Bench16:
    bench = plugged(settings=settings, answers={"StartTransaction": {"transactionId": 9, **judged("Invalid")}})
    bench.swipe()
    return bench


def test_stop_on_invalid_id_stops_de_authorized() -> None:
    bench = invalid_start()
    assert bench.stop()["reason"] == "DeAuthorized"
    bench.wait(10)
    assert bench.status() == "Finishing"
    assert bench.problems["StartTransaction with token 04A1B2C3: Invalid"] == 1


def test_no_stop_on_invalid_id_suspends() -> None:
    bench = invalid_start(**{"TxCtrlr.StopTxOnInvalidId": "false"})
    bench.wait(600)
    assert bench.calls("StopTransaction") == []
    assert bench.told()[-1] == "SuspendedEVSE"
    assert bench.station.evses[0].meter.register_at(bench.now.sim) == 0
    bench.swipe()
    assert bench.stop()["meterStop"] == 0


def test_max_energy_on_invalid_id_is_delivered_and_no_more() -> None:
    bench = invalid_start(**{"TxCtrlr.StopTxOnInvalidId": "false", "TxCtrlr.MaxEnergyOnInvalidId": "500"})
    bench.wait(3600)
    assert bench.told()[-2:] == ["Charging", "SuspendedEVSE"]
    assert bench.station.evses[0].meter.register_at(bench.now.sim) == pytest.approx(500, abs=0.1)
    bench.swipe()
    assert bench.stop()["meterStop"] in (499, 500)
    assert "reason" not in bench.stop()


def test_an_invalid_tag_found_after_an_offline_start_stops_then() -> None:
    bench = knows(plugged())
    bench.answers["StartTransaction"] = {"transactionId": 9, **judged("Blocked")}
    bench.cut().swipe()
    bench.wait(300)
    assert bench.status() == "Charging"
    bench.come_back()
    assert bench.stop()["reason"] == "DeAuthorized"
    assert bench.stop()["meterStop"] > bench.start()["meterStart"]


def test_concurrent_tx_in_start_is_not_accepted_either() -> None:
    bench = plugged(answers={"StartTransaction": {"transactionId": 9, **judged("ConcurrentTx")}})
    bench.swipe()
    assert bench.stop()["reason"] == "DeAuthorized"
