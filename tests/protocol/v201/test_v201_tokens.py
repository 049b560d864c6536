"""2.0.1 kinds of tokens and the variables that decide over them (use cases C02 to C06, C10, C12, C15, C16)."""

from typing import Any

import pytest

from chargepoint_sim.core import cache
from chargepoint_sim.core.commands import (
    START_BUTTON,
    AuthorizeToken,
    IdToken,
    PresentToken,
    StartSession,
    UseMasterPass,
)
from chargepoint_sim.core.state import IdTokenInfo
from chargepoint_sim.snapshot import restore, take
from tests.protocol.harness import two_sockets
from tests.protocol.v201.bench import INVALID, OTHER_TOKEN, TOKEN, Bench201

PRE = {"AuthCtrlr.LocalPreAuthorize": "true"}


def put(bench: Bench201, component: str, name: str, value: str) -> None:
    element = {"component": {"name": component}, "variable": {"name": name}, "attributeValue": value}
    result = bench.answer("SetVariables", {"setVariableData": [element]})["setVariableResult"]
    assert result[0]["attributeStatus"] == "Accepted"


def get(bench: Bench201, component: str, name: str) -> str:
    element = {"component": {"name": component}, "variable": {"name": name}}
    value: str = bench.answer("GetVariables", {"getVariableData": [element]})["getVariableResult"][0]["attributeValue"]
    return value


@pytest.mark.parametrize("kind", ["eMAID", "ISO14443", "ISO15693", "KeyCode", "Local", "MacAddress"])
def test_c01_c04_c06_every_kind_is_asked_about_and_told(kind: str) -> None:
    bench = Bench201.booted()
    bench.plug().swipe(token=IdToken("1234", kind))
    shown = {"idToken": "1234", "type": kind}
    assert bench.payloads("Authorize") == [{"idToken": shown}]
    assert bench.transaction_events()[-1]["idToken"] == shown


def test_c02_fr_01_fr_03_a_start_button_names_nobody() -> None:
    bench = Bench201.booted(answers={"TransactionEvent": {"idTokenInfo": {"status": "Accepted"}}})
    bench.plug().forget().swipe(token=START_BUTTON).wait(10)
    assert bench.payloads("Authorize") == []
    assert bench.transaction_events()[0]["idToken"] == {"idToken": "", "type": "NoAuthorization"}
    assert bench.status() == "Charging"
    assert bench.station.cache is None
    bench.swipe(token=START_BUTTON)
    assert "StopAuthorized" in [event["triggerReason"] for event in bench.transaction_events()]


def test_c04_fr_04_a_key_code_is_shown_nowhere() -> None:
    bench = Bench201.booted(answers={"Authorize": INVALID})
    bench.swipe(token=IdToken("998877", "KeyCode"))
    assert list(bench.problems) == ["token (key code): Invalid"]
    bench.cut()
    assert "998877" not in bench.command(PresentToken(1, id_token=IdToken("998877", "KeyCode"))).reason


CODE = IdToken("998877", "KeyCode")


def typed(bench: Bench201, token: IdToken = CODE) -> str:
    """Type a code in, have it judged; why the pad did not take it, or nothing."""
    outcome = bench.command(PresentToken(1, id_token=token))
    bench.wait(1)
    return outcome.reason


def test_c04_fr_06_wrong_key_codes_lock_the_pad_for_longer_and_longer() -> None:
    bench = Bench201.booted(answers={"Authorize": INVALID})
    assert [typed(bench) for _ in range(3)] == ["", "", ""]
    assert bench.command(PresentToken(1, id_token=CODE)).reason == (
        "the key pad is locked for another 9 s after 3 wrong key codes"
    )
    assert len(bench.payloads("Authorize")) == 3
    waits_s = []
    for _ in range(9):
        assert bench.station.wrong_codes is not None
        judged_at = bench.now.sim - 1.0
        waits_s.append(round(bench.station.wrong_codes[1] - judged_at))
        bench.until(bench.t + waits_s[-1] - 2.0)
        assert "key pad is locked" in typed(bench)
        assert typed(bench) == ""
    assert waits_s == [10, 20, 40, 80, 160, 320, 640, 900, 900]


def test_c04_fr_06_a_locked_pad_keeps_out_codes_and_nothing_else() -> None:
    bench = Bench201.booted(answers={"Authorize": INVALID})
    for _ in range(3):
        typed(bench)
    start = bench.command(StartSession(1, id_token=CODE))
    check = bench.command(AuthorizeToken(id_token=CODE))
    assert "key pad is locked" in start.reason
    assert "key pad is locked" in check.reason
    assert bench.station.evses[0].plugged is None
    bench.answers["Authorize"] = {"idTokenInfo": {"status": "Accepted"}}
    bench.plug().swipe().wait(10)
    assert bench.status() == "Charging"


def test_c04_fr_06_a_right_code_makes_up_for_wrong_ones() -> None:
    bench = Bench201.booted(answers={"Authorize": INVALID})
    typed(bench), typed(bench)
    bench.answers["Authorize"] = {"idTokenInfo": {"status": "Accepted"}}
    typed(bench)
    assert bench.station.wrong_codes is None


def test_c04_fr_06_guesses_at_a_cable_and_at_a_session_count_without_a_link_too() -> None:
    bench = Bench201.charging()
    bench.cut()
    assert [typed(bench) for _ in range(3)] == ["EVSE 1 is in use by another token"] * 3
    assert "key pad is locked" in typed(bench)


def test_c04_fr_06_what_a_remote_start_brings_was_not_typed() -> None:
    bench = Bench201.booted(settings={"AuthCtrlr.AuthorizeRemoteStart": "true"}, answers={"Authorize": INVALID})
    code = {"idToken": "998877", "type": "KeyCode"}
    for number in range(5):
        bench.answer("RequestStartTransaction", {"evseId": 1, "remoteStartId": number, "idToken": code})
        bench.wait(1)
    assert bench.station.wrong_codes is None


def test_c04_fr_06_a_restart_of_the_program_does_not_open_the_pad() -> None:
    bench = Bench201.booted(answers={"Authorize": INVALID})
    for _ in range(3):
        typed(bench)
    again = Bench201()
    restore(again.charger, take(bench.charger, bench.now.sim))
    assert again.station.wrong_codes == bench.station.wrong_codes is not None


def test_a_token_that_cannot_be_is_refused() -> None:
    bench = Bench201.booted()
    assert "no token type" in bench.command(PresentToken(1, id_token=IdToken("A", "Barcode"))).reason
    assert not bench.command(PresentToken(1, id_token=IdToken("A", "NoAuthorization"))).accepted


def test_additional_info_is_passed_on_up_to_its_limit() -> None:
    bench = Bench201.booted()
    more = [{"additionalIdToken": str(n), "type": "Vendor"} for n in range(5)]
    token = {"idToken": "APP", "type": "Central", "additionalInfo": more}
    request: dict[str, Any] = {"idToken": token, "remoteStartId": 1, "evseId": 1}
    assert bench.answer("RequestStartTransaction", request)["statusInfo"] == {"reasonCode": "TooManyElements"}
    token["additionalInfo"] = more[:4]
    assert bench.answer("RequestStartTransaction", request)["status"] == "Accepted"
    assert bench.transaction_events()[0]["idToken"] == token
    other = Bench201()
    restore(other.charger, take(bench.charger, bench.now.sim))
    assert other.station.evses[0].authorized == bench.station.evses[0].authorized


def test_without_authorization_a_cable_is_all_it_takes() -> None:
    bench = Bench201.booted(settings={"AuthCtrlr.Enabled": "false"})
    bench.plug().wait(10)
    assert bench.status() == "Charging"
    told = [event["idToken"] for event in bench.transaction_events() if "idToken" in event]
    assert told == [{"idToken": "", "type": "NoAuthorization"}]
    bench.swipe(token=OTHER_TOKEN)
    assert bench.payloads("Authorize") == []
    assert "StopAuthorized" in [event["triggerReason"] for event in bench.transaction_events()]


def test_without_authorization_a_token_that_comes_first_is_told() -> None:
    bench = Bench201.booted(settings={"AuthCtrlr.Enabled": "false"})
    bench.swipe()
    assert bench.payloads("Authorize") == []
    assert bench.transaction_events()[0]["idToken"]["idToken"] == TOKEN.id_token


def test_disable_remote_authorization_leaves_it_to_list_and_cache() -> None:
    bench = Bench201.booted()
    bench.command(AuthorizeToken(TOKEN))
    put(bench, "AuthCtrlr", "DisableRemoteAuthorization", "true")
    bench.forget()
    assert "may not ask" in bench.command(PresentToken(2, id_token=OTHER_TOKEN)).reason
    assert not bench.command(AuthorizeToken(OTHER_TOKEN)).accepted
    bench.plug().swipe().wait(10)
    bench.swipe(token=OTHER_TOKEN)
    assert bench.status() == "Charging"
    assert bench.payloads("Authorize") == []


def test_disable_remote_authorization_also_rules_a_remote_start() -> None:
    bench = Bench201.booted(
        settings={"AuthCtrlr.DisableRemoteAuthorization": "true", "AuthCtrlr.AuthorizeRemoteStart": "true"}
    )
    request = {"idToken": {"idToken": "A", "type": "ISO14443"}, "remoteStartId": 1, "evseId": 1}
    bench.answer("RequestStartTransaction", request)
    assert bench.story() == []


def test_c01_fr_23_another_token_does_not_take_over_a_transaction() -> None:
    bench = Bench201.charging()
    bench.swipe().forget()
    assert "another token" in bench.command(PresentToken(1, id_token=OTHER_TOKEN)).reason
    assert bench.story() == []
    bench.swipe().wait(10)
    assert bench.status() == "Charging"


def test_c10_fr_08_a_use_begins_the_life_anew_and_a_new_life_time_counts_at_once() -> None:
    bench = Bench201.booted(settings={**PRE, "AuthCacheCtrlr.LifeTime": "100"})
    bench.command(AuthorizeToken(TOKEN))
    bench.wait(80).swipe(1).wait(80).forget().swipe(2)
    assert bench.payloads("Authorize") == []
    put(bench, "AuthCacheCtrlr", "LifeTime", "10")
    bench.wait(70).forget()
    bench.command(PresentToken(1, id_token=TOKEN))
    assert cache.cached(bench.station, TOKEN, bench.now.sim) == IdTokenInfo("Accepted")


def test_storage_is_counted_and_outlives_the_program() -> None:
    bench = Bench201.booted(settings=PRE)
    assert get(bench, "AuthCacheCtrlr", "Storage") == "0"
    bench.command(AuthorizeToken(TOKEN))
    assert get(bench, "AuthCacheCtrlr", "Storage") == "128"
    other = Bench201(settings=PRE)
    restore(other.charger, take(bench.charger, bench.now.sim))
    assert other.station.cache == bench.station.cache


@pytest.mark.parametrize(("policy", "leaves"), [("FIFO", "T0"), ("LRU", "T1"), ("LFU", "T1")])
def test_c10_fr_07_a_full_cache_lets_one_go(policy: str, leaves: str) -> None:
    bench = Bench201.booted(settings={"AuthCacheCtrlr.Policy": policy, "AuthCacheCtrlr.LifeTime": "0"})
    good, tokens = IdTokenInfo("Accepted"), [IdToken(f"T{n}") for n in range(cache.CAPACITY + 1)]
    for n, token in enumerate(tokens[:-1]):
        cache.store(bench.station, token, good, float(n))
    for _ in range(2):
        cache.used(bench.station, tokens[0], 1000.0)
    cache.store(bench.station, tokens[-1], good, 1001.0)
    assert bench.station.cache is not None
    assert {token.key for token in tokens} - set(bench.station.cache) == {leaves.casefold()}


def test_c10_fr_07_who_is_not_accepted_leaves_first() -> None:
    bench = Bench201.booted(settings={"AuthCacheCtrlr.LifeTime": "0"})
    for n in range(cache.CAPACITY):
        status = "Blocked" if n == 7 else "Accepted"
        cache.store(bench.station, IdToken(f"T{n}"), IdTokenInfo(status), float(n))
    cache.store(bench.station, TOKEN, IdTokenInfo("Accepted"), 1000.0)
    assert bench.station.cache is not None
    assert "t7" not in bench.station.cache
    assert len(bench.station.cache) == cache.CAPACITY


def test_c16_fr_01_only_who_has_presented_a_master_pass_may_choose() -> None:
    bench = Bench201.charging(spec=two_sockets(user_interface=True))
    assert bench.command(UseMasterPass(3)).info == {"unknown_place": True}
    assert bench.command(UseMasterPass()).reason == "no master pass was presented"
    assert bench.status() == "Charging"
