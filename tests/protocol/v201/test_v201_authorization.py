"""2.0.1 authorization by token, cache, groups and master pass (use cases C01, C09-C12, C16)."""

import pytest

from chargepoint_sim.clock import format_utc
from chargepoint_sim.core.commands import AuthorizeToken, IdToken, PresentToken
from tests.protocol.harness import NOON, SILENCE, Answer, Bench, Refusal
from tests.protocol.v201.bench import GROUPED, INVALID, OTHER_TOKEN, TOKEN, Bench201


def master(payload: dict[str, object], _: Bench) -> Answer:
    """OTHER_TOKEN is of the group of master passes."""
    token = payload["idToken"]
    assert isinstance(token, dict)
    if token["idToken"] != OTHER_TOKEN.id_token:
        return {"idTokenInfo": {"status": "Accepted"}}
    return {"idTokenInfo": {"status": "Accepted", "groupIdToken": {"idToken": "Master", "type": "Central"}}}


def test_c01_on_the_wire() -> None:
    bench = Bench201.booted()
    bench.command(AuthorizeToken(IdToken("DE8AA1234567", "eMAID")))
    (call,) = bench.calls()
    assert call.frame[2:] == ["Authorize", {"idToken": {"idToken": "DE8AA1234567", "type": "eMAID"}}]


def test_c01_a_refused_token_does_not_start() -> None:
    bench = Bench201.booted(answers={"Authorize": INVALID})
    bench.swipe().wait(5)
    assert bench.story() == [("Authorize",)]
    assert bench.charger.problems is not None
    assert bench.charger.problems["token 04A1B2C3D4E5F6: Invalid"] == 1


def test_c01_a_token_has_at_most_36_characters() -> None:
    bench = Bench201.booted()
    assert bench.command(AuthorizeToken(IdToken("x" * 36))).accepted
    assert not bench.command(AuthorizeToken(IdToken("x" * 37))).accepted
    assert not bench.command(AuthorizeToken(IdToken(""))).accepted


def test_no_answer_and_no_memory_is_a_refusal() -> None:
    bench = Bench201.booted(answers={"Authorize": SILENCE})
    bench.swipe().wait(40)
    assert bench.station.evses[0].authorized is None


@pytest.mark.parametrize("silent", [SILENCE, Refusal("InternalError")], ids=["no answer", "CALLERROR"])
def test_c12_fr_02_without_an_answer_a_cached_token_starts(silent: Answer) -> None:
    bench = Bench201.booted()
    bench.command(AuthorizeToken(TOKEN))
    bench.answers["Authorize"] = silent
    bench.plug().forget().swipe().wait(40)
    assert ("Updated", "Authorized", "EVConnected") in bench.story()


def test_c12_a_cached_token_starts_at_once_where_the_station_may() -> None:
    bench = Bench201.booted(settings={"AuthCtrlr.LocalPreAuthorize": "true"})
    bench.command(AuthorizeToken(TOKEN))
    bench.forget()
    bench.plug().swipe()
    assert ("Authorize",) not in bench.story()
    assert bench.story()[-1] == ("Updated", "Authorized", "EVConnected")


def test_c10_fr_03_a_token_cached_as_refused_is_asked_about() -> None:
    bench = Bench201.booted(settings={"AuthCtrlr.LocalPreAuthorize": "true"}, answers={"Authorize": INVALID})
    bench.swipe()
    bench.forget()
    bench.swipe()
    assert bench.story() == [("Authorize",)]


def test_c10_fr_05_the_answer_to_an_event_updates_the_cache() -> None:
    bench = Bench201.booted(answers={"TransactionEvent": lambda event, _: GROUPED if "idToken" in event else {}})
    bench.plug().swipe()
    assert bench.station.cache is not None
    assert bench.station.cache[TOKEN.key].info.group_id == "family"


def test_c10_fr_13_an_entry_runs_out() -> None:
    short = {"idTokenInfo": {"status": "Accepted", "cacheExpiryDateTime": format_utc(NOON + 60)}}
    bench = Bench201.booted(settings={"AuthCtrlr.LocalPreAuthorize": "true"}, answers={"Authorize": short})
    bench.command(AuthorizeToken(TOKEN))
    bench.wait(61).forget()
    bench.swipe()
    assert bench.story()[0] == ("Authorize",)


@pytest.mark.shows("ClearCache")
def test_c11_clear_cache() -> None:
    bench = Bench201.booted()
    bench.command(AuthorizeToken(TOKEN))
    assert bench.answer("ClearCache") == {"status": "Accepted"}
    assert not bench.station.cache


def test_c11_fr_04_no_cache_in_use() -> None:
    bench = Bench201.booted(settings={"AuthCacheCtrlr.Enabled": "false"})
    assert bench.answer("ClearCache") == {"status": "Rejected", "statusInfo": {"reasonCode": "NotEnabled"}}
    assert bench.error("ClearCache", {"all": True}) == "FormatViolation"


def test_c09_fr_03_a_token_of_the_same_group_stops() -> None:
    bench = Bench201.charging(answers={"Authorize": GROUPED})
    bench.swipe(token=OTHER_TOKEN)
    assert bench.story()[:2] == [("Authorize",), ("Updated", "StopAuthorized", "Charging")]
    assert bench.transaction_events()[0]["idToken"]["idToken"] == OTHER_TOKEN.id_token  # E07.FR.02


def test_c09_a_token_of_no_group_does_not_stop() -> None:
    bench = Bench201.charging()
    bench.swipe(token=OTHER_TOKEN)
    assert bench.story() == [("Authorize",)]


def test_c09_fr_07_a_cached_token_of_the_same_group_stops_without_asking() -> None:
    bench = Bench201.charging(answers={"Authorize": GROUPED})
    bench.command(AuthorizeToken(OTHER_TOKEN))
    bench.forget()
    bench.swipe(token=OTHER_TOKEN)
    assert bench.story()[0] == ("Updated", "StopAuthorized", "Charging")


def test_c16_fr_02_the_master_pass_ends_all_sessions() -> None:
    bench = Bench201.booted(settings={"AuthCtrlr.MasterPassGroupId": "Master"}, answers={"Authorize": master})
    for evse_id in (1, 2):
        bench.plug(evse_id).swipe(evse_id).wait(10)
    bench.forget()
    bench.swipe(1, OTHER_TOKEN)
    stops = [event for event in bench.transaction_events() if event["triggerReason"] == "StopAuthorized"]
    assert [event["transactionInfo"]["transactionId"] for event in stops] == ["b1-1-1", "b1-2-2"]
    bench.unplug(1)
    assert bench.transaction_events()[-1]["transactionInfo"]["stoppedReason"] == "MasterPass"


def test_c16_fr_03_the_master_pass_does_not_start() -> None:
    bench = Bench201.booted(settings={"AuthCtrlr.MasterPassGroupId": "master"}, answers={"Authorize": master})
    bench.plug().swipe(token=OTHER_TOKEN).wait(10)
    assert bench.station.evses[0].authorized is None


def test_a_bad_verdict_counts_as_invalid_and_is_noted() -> None:
    bench = Bench201.booted(answers={"Authorize": {"idTokenInfo": {"status": "Perhaps"}}})
    bench.swipe()
    assert bench.station.evses[0].authorized is None
    assert bench.charger.problems is not None
    assert any(cause.startswith("bad answer to Authorize") for cause in bench.charger.problems)


def test_c01_fr_21_only_at_the_evses_of_the_answer() -> None:
    second = {"idTokenInfo": {"status": "Accepted", "evseId": [2]}}
    bench = Bench201.booted(answers={"Authorize": second, "TransactionEvent": {}})
    bench.swipe(1)
    assert bench.station.evses[0].authorized is None
    assert bench.charger.problems is not None
    assert bench.charger.problems["token 04A1B2C3D4E5F6: NotAllowedTypeEVSE"] == 1
    bench.swipe(2)
    assert bench.station.evses[1].authorized is not None
    bench.cut()
    assert not bench.command(PresentToken(1, id_token=TOKEN)).accepted


def test_c01_fr_21_in_the_answer_to_an_event() -> None:
    second = {"idTokenInfo": {"status": "Accepted", "evseId": [2]}}
    bench = Bench201.booted(answers={"TransactionEvent": lambda event, _: second if "idToken" in event else {}})
    bench.plug().swipe()
    assert bench.story()[-1] == ("Updated", "Deauthorized", "EVConnected")
