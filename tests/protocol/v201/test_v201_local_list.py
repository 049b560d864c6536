"""2.0.1 SendLocalList and GetLocalListVersion, and what the list decides (use cases D01, D02, C13, C14)."""

from typing import Any

import pytest

from chargepoint_sim.clock import format_utc
from chargepoint_sim.core.commands import IdToken
from chargepoint_sim.snapshot import restore, take
from tests.protocol.harness import NOON
from tests.protocol.v201.bench import INVALID, OTHER_TOKEN, TOKEN, Bench201

GOOD = {"status": "Accepted"}
GROUP = {"idToken": "Family", "type": "Central"}
PRE = {"AuthCtrlr.LocalPreAuthorize": "true"}


def entry(token: IdToken = TOKEN, info: dict[str, Any] | None = None) -> dict[str, Any]:
    element: dict[str, Any] = {"idToken": {"idToken": token.id_token, "type": token.type}}
    return element if info is None else {**element, "idTokenInfo": info}


def send(bench: Bench201, version: int, *entries: dict[str, Any], kind: str = "Full") -> dict[str, Any]:
    request: dict[str, Any] = {"versionNumber": version, "updateType": kind}
    return bench.answer("SendLocalList", request | ({"localAuthorizationList": list(entries)} if entries else {}))


def failed(reason: str, **more: str) -> dict[str, Any]:
    return {"status": "Failed", "statusInfo": {"reasonCode": reason, **more}}


def version(bench: Bench201) -> int:
    number: int = bench.answer("GetLocalListVersion")["versionNumber"]
    return number


def listed(bench: Bench201) -> dict[str, str]:
    assert bench.station.local_list is not None
    return {key: info.status for key, info in bench.station.local_list.entries.items()}


def variable(bench: Bench201, name: str, component: str = "LocalAuthListCtrlr") -> str:
    element = {"component": {"name": component}, "variable": {"name": name}}
    value: str = bench.answer("GetVariables", {"getVariableData": [element]})["getVariableResult"][0]["attributeValue"]
    return value


@pytest.mark.shows("SendLocalList")
def test_d01_fr_15_c14_fr_02_who_is_listed_charges_without_being_asked_about() -> None:
    bench = Bench201.booted(settings=PRE)
    assert send(bench, 4, entry(info=GOOD)) == {"status": "Accepted"}
    bench.plug().forget().swipe().wait(10)
    assert ("Authorize",) not in bench.story()
    assert bench.station.evses[0].meter.power_at(bench.now.sim) > 0


@pytest.mark.shows("GetLocalListVersion")
def test_d02_fr_01_fr_02_the_version_is_that_of_the_last_update_that_was_taken() -> None:
    bench = Bench201.booted()
    assert version(bench) == 0
    send(bench, 4, entry(info=GOOD))
    assert version(bench) == 4
    assert send(bench, 4, entry(OTHER_TOKEN, GOOD), kind="Differential") == {"status": "VersionMismatch"}
    assert version(bench) == 4


def test_d01_fr_04_d01_fr_05_an_empty_update_moves_the_version() -> None:
    bench = Bench201.booted()
    send(bench, 4, entry(info=GOOD))
    assert send(bench, 5, kind="Differential") == {"status": "Accepted"}
    assert (version(bench), listed(bench)) == (5, {TOKEN.key: "Accepted"})
    assert send(bench, 9) == {"status": "Accepted"}
    assert (version(bench), listed(bench)) == (9, {})


def test_d01_fr_16_fr_17_a_differential_update_adds_replaces_and_takes_off() -> None:
    bench = Bench201.booted()
    send(bench, 1, entry(info=GOOD))
    send(bench, 2, entry(info={"status": "Blocked"}), entry(OTHER_TOKEN, GOOD), kind="Differential")
    assert listed(bench) == {TOKEN.key: "Blocked", OTHER_TOKEN.key: "Accepted"}
    send(bench, 3, entry(), kind="Differential")
    assert listed(bench) == {OTHER_TOKEN.key: "Accepted"}


def test_d01_fr_06_every_token_stands_once() -> None:
    bench = Bench201.booted()
    assert send(bench, 1, entry(info=GOOD), entry(info=GOOD)) == failed("InvalidValue")
    assert version(bench) == 0


def test_d01_fr_18_the_version_is_above_zero() -> None:
    bench = Bench201.booted()
    assert send(bench, 0, entry(info=GOOD)) == failed("InvalidValue")


def test_a_full_list_says_something_of_each_token() -> None:
    bench = Bench201.booted()
    assert send(bench, 1, entry())["statusInfo"]["reasonCode"] == "MissingParam"
    assert bench.station.local_list is None


def test_d01_fr_11_one_message_has_a_limit() -> None:
    bench = Bench201.booted()
    most = int(variable(bench, "ItemsPerMessage"))
    entries = [entry(IdToken(f"T{n}"), GOOD) for n in range(most + 1)]
    assert send(bench, 1, *entries) == failed("TooManyElements")
    assert send(bench, 1, *entries[:-1]) == {"status": "Accepted"}
    assert variable(bench, "Entries") == str(most)
    assert variable(bench, "Storage") == str(128 * most)


def test_d01_fr_11_one_message_has_a_limit_in_bytes() -> None:
    bench = Bench201.booted()
    most = int(variable(bench, "BytesPerMessage"))
    wordy = GOOD | {"personalMessage": {"format": "UTF8", "content": "x" * 512}, "groupIdToken": {**GROUP}}
    entries = [entry(IdToken(f"T{n:02}".ljust(36, "x")), wordy) for n in range(100)]
    refusal = f"at most {most} bytes in one SendLocalList"
    assert send(bench, 1, *entries) == failed("TooLargeElement", additionalInfo=refusal)
    assert bench.station.local_list is None
    assert send(bench, 1, *entries[:50]) == {"status": "Accepted"}
    assert send(bench, 2, *entries[50:], kind="Differential") == {"status": "Accepted"}
    assert variable(bench, "Entries") == "100"


def test_d01_fr_12_the_limits_of_the_list_are_reported_as_this_station_has_them() -> None:
    bench = Bench201.booted(settings={"LocalAuthListCtrlr.Entries": "7"})
    for name, most in (("Entries", 7), ("Storage", 7 * 128)):
        asked = {"component": {"name": "LocalAuthListCtrlr"}, "variable": {"name": name}}
        bench.forget().answer("GetReport", {"requestId": 1, "componentVariable": [asked]})
        (row,) = bench.payloads("NotifyReport")[0]["reportData"]
        assert row["variableCharacteristics"]["maxLimit"] == most


def test_the_list_has_a_capacity() -> None:
    bench = Bench201.booted(settings={"LocalAuthListCtrlr.Entries": "1"})
    assert send(bench, 1, entry(info=GOOD), entry(OTHER_TOKEN, GOOD)) == failed("InvalidValue")


def test_too_much_additional_info_is_refused() -> None:
    bench = Bench201.booted()
    most = int(variable(bench, "AdditionalInfoItemsPerMessage", "AuthCtrlr"))
    long = entry(info=GOOD)
    long["idToken"]["additionalInfo"] = [{"additionalIdToken": str(n), "type": "Vendor"} for n in range(most + 1)]
    assert send(bench, 1, long) == failed("TooManyElements")


def test_d01_fr_10_the_list_survives_a_restart_of_charger_and_program() -> None:
    bench = Bench201.booted(settings=PRE)
    send(bench, 4, entry(info=GOOD))
    bench.power_down()
    bench.power_up()
    assert version(bench) == 4
    other = Bench201(settings=PRE)
    restore(other.charger, take(bench.charger, bench.now.sim))
    other.power_up()
    assert version(other) == 4
    other.plug().forget().swipe()
    assert ("Authorize",) not in other.story()


def test_d01_fr_09_a_verdict_changes_nothing_and_a_contradiction_is_noted() -> None:
    bench = Bench201.booted(answers={"TransactionEvent": lambda event, _: INVALID if "idToken" in event else {}})
    bench.station.settings.set("AuthCtrlr.LocalPreAuthorize", True)
    send(bench, 1, entry(info=GOOD))
    bench.plug().swipe()
    assert listed(bench) == {TOKEN.key: "Accepted"}
    assert any("contradict each other" in cause for cause in bench.problems)


def test_d02_fr_03_a_list_that_is_switched_off_decides_nothing() -> None:
    bench = Bench201.booted(settings=PRE)
    send(bench, 4, entry(info=GOOD))
    element = {"component": {"name": "LocalAuthListCtrlr"}, "variable": {"name": "Enabled"}, "attributeValue": "false"}
    bench.answer("SetVariables", {"setVariableData": [element]})
    assert version(bench) == 0
    assert send(bench, 5, entry(info=GOOD)) == failed("NotEnabled")
    bench.swipe()
    assert ("Authorize",) in bench.story()


def test_a_station_without_a_list_says_so() -> None:
    bench = Bench201.booted(settings={"LocalAuthListCtrlr.Entries": "0"})
    assert bench.error("SendLocalList", {"versionNumber": 1, "updateType": "Full"}) == "NotSupported"
    assert bench.error("GetLocalListVersion") == "NotSupported"
    assert variable(bench, "Available") == "false"


@pytest.mark.parametrize("status", ["Invalid", "Blocked", "Expired"])
def test_c14_fr_03_who_is_listed_as_refused_is_asked_about(status: str) -> None:
    bench = Bench201.booted(settings=PRE)
    send(bench, 1, entry(info={"status": status}))
    bench.plug().forget().swipe()
    assert bench.story()[0] == ("Authorize",)
    assert bench.station.evses[0].authorized is not None


def test_c14_without_a_second_question() -> None:
    bench = Bench201.booted(settings={**PRE, "LocalAuthListCtrlr.DisablePostAuthorize": "true"})
    send(bench, 1, entry(info={"status": "Invalid"}))
    bench.swipe()
    assert bench.story() == []
    assert bench.station.evses[0].authorized is None


def test_c14_fr_05_c13_fr_05_an_entry_that_has_run_out_does_not_count() -> None:
    bench = Bench201.booted(settings=PRE)
    send(bench, 1, entry(info={**GOOD, "cacheExpiryDateTime": format_utc(NOON + 60)}))
    bench.wait(61).forget().swipe()
    assert bench.story()[0] == ("Authorize",)
    bench.cut()
    bench.swipe(2)
    assert bench.station.evses[1].authorized is None


@pytest.mark.parametrize(("status", "starts"), [("Accepted", True), ("Blocked", False)])
def test_c13_fr_02_offline_the_list_decides(status: str, starts: bool) -> None:
    bench = Bench201.booted()
    send(bench, 1, entry(info={"status": status}))
    bench.cut()
    bench.plug().swipe()
    assert (bench.station.evses[0].authorized is not None) == starts


def test_c13_fr_01_c13_fr_04_the_list_wins_over_the_cache_and_who_is_listed_is_not_unknown() -> None:
    bench = Bench201.booted(settings={"AuthCtrlr.OfflineTxForUnknownIdEnabled": "true"})
    bench.swipe(1).wait(70)
    send(bench, 1, entry(info={"status": "Invalid"}))
    bench.cut()
    bench.swipe(2).swipe(1, OTHER_TOKEN)
    assert bench.station.evses[1].authorized is None
    assert bench.station.evses[0].authorized is not None
