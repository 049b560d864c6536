"""1.6 local authorization list: versions, limits, decisions, conflicts (sections 3.5.2-3.5.4, 5.10, 5.15)."""

from typing import Any

import pytest

from chargepoint_sim import snapshot
from chargepoint_sim.core.commands import IdToken, PlugIn
from tests.protocol.harness import one_socket
from tests.protocol.v16.bench import OTHER_TAG, TAG, Bench16

TAG_OF_A_FRIEND = IdToken("FRIEND")


def entry(tag: str = TAG.id_token, status: str | None = "Accepted", **info: str) -> dict[str, Any]:
    return {"idTag": tag} if status is None else {"idTag": tag, "idTagInfo": {"status": status, **info}}


def send(bench: Bench16, version: int, *entries: dict[str, Any], update: str = "Full") -> str:
    answer = bench.ask(
        "SendLocalList", {"listVersion": version, "updateType": update, "localAuthorizationList": list(entries)}
    )
    assert answer is not None
    return str(answer[2]["status"])


def change(bench: Bench16, version: int, *entries: dict[str, Any]) -> str:
    return send(bench, version, *entries, update="Differential")


def key(bench: Bench16, name: str) -> str:
    answer = bench.ask("GetConfiguration", {"key": [name]})
    assert answer is not None
    return str(answer[2]["configurationKey"][0]["value"])


def version(bench: Bench16) -> int:
    answer = bench.ask("GetLocalListVersion")
    assert answer is not None
    return int(answer[2]["listVersion"])


def offline_start(bench: Bench16, tag: IdToken = TAG) -> bool:
    """Whether the charge point lets a tag start by itself."""
    bench.command(PlugIn(vehicle="suv"))
    bench.cut().swipe(tag=tag)
    return bench.station.evses[0].authorized is not None


def test_no_list_and_an_empty_one_have_version_0() -> None:
    bench = Bench16.booted()
    assert version(bench) == 0
    assert send(bench, 3, entry()) == "Accepted"
    assert version(bench) == 3
    assert send(bench, 4) == "Accepted"
    assert version(bench) == 0


def test_a_full_list_may_come_without_entries() -> None:
    bench = Bench16.booted()
    answer = bench.ask("SendLocalList", {"listVersion": 1, "updateType": "Full"})
    assert answer is not None
    assert answer[2] == {"status": "Accepted"}


@pytest.mark.shows("GetLocalListVersion")
def test_a_full_list_replaces_whatever_its_version() -> None:
    bench = Bench16.booted()
    send(bench, 9, entry("A"), entry("B"))
    assert send(bench, 2, entry()) == "Accepted"
    assert version(bench) == 2
    assert not offline_start(bench, IdToken("A"))


def test_a_differential_update_adds_replaces_and_takes_off() -> None:
    bench = Bench16.booted()
    send(bench, 1, entry("A"), entry("B"))
    assert change(bench, 2, entry("A", "Blocked"), entry("B", None), entry("C")) == "Accepted"
    assert version(bench) == 2
    assert offline_start(bench, IdToken("C"))
    bench.swipe(tag=IdToken("C"))
    assert bench.station.local_list is not None
    assert {key: info.status for key, info in bench.station.local_list.entries.items()} == {
        "a": "Blocked",
        "c": "Accepted",
    }


@pytest.mark.parametrize("older", [1, 4, 5])
def test_a_differential_update_must_be_newer(older: int) -> None:
    bench = Bench16.booted()
    send(bench, 5, entry())
    assert change(bench, older, entry("A")) == "VersionMismatch"
    assert version(bench) == 5
    assert not offline_start(bench, IdToken("A"))


@pytest.mark.parametrize("bad", [0, -1])
def test_versions_with_a_meaning_of_their_own_are_no_versions(bad: int) -> None:
    """Errata 3.52."""
    bench = Bench16.booted()
    assert send(bench, bad, entry()) == "Failed"
    assert version(bench) == 0


def test_a_full_list_says_who_may_charge() -> None:
    bench = Bench16.booted()
    assert send(bench, 1, entry(status=None)) == "Failed"


def test_a_tag_stands_in_a_list_once_whatever_its_case() -> None:
    bench = Bench16.booted()
    assert send(bench, 1, entry("ab"), entry("AB")) == "Failed"
    assert version(bench) == 0


def test_a_message_with_too_many_entries_fails() -> None:
    bench = Bench16.booted(settings={"LocalAuthListCtrlr.ItemsPerMessage": "2"})
    assert key(bench, "SendLocalListMaxLength") == "2"
    assert send(bench, 1, entry("A"), entry("B"), entry("C")) == "Failed"
    assert version(bench) == 0


def test_a_list_that_grows_too_long_fails_and_stays() -> None:
    bench = Bench16.booted(settings={"LocalAuthListCtrlr.Entries": "2"})
    assert key(bench, "LocalAuthListMaxLength") == "2"
    send(bench, 1, entry("A"), entry("B"))
    assert change(bench, 2, entry("C")) == "Failed"
    assert version(bench) == 1
    assert change(bench, 2, entry("C"), entry("A", None)) == "Accepted"


def test_a_template_without_a_list_says_so() -> None:
    bench = Bench16.booted(
        spec=one_socket(settings={"LocalAuthListCtrlr.Entries": "0"}), settings={"LocalAuthListCtrlr.Entries": "0"}
    )
    assert version(bench) == -1
    assert send(bench, 1, entry()) == "NotSupported"
    assert "LocalAuthListManagement" not in key(bench, "SupportedFeatureProfiles").split(",")


@pytest.mark.shows("SendLocalList")
def test_a_listed_tag_starts_offline() -> None:
    bench = Bench16.booted()
    send(bench, 1, entry())
    assert offline_start(bench)
    bench.come_back()
    assert bench.start()["idTag"] == TAG.id_token


@pytest.mark.parametrize("status", ["Blocked", "Expired", "Invalid"])
def test_a_tag_listed_as_bad_does_not_start_offline_even_where_unknown_ones_do(status: str) -> None:
    bench = Bench16.booted(settings={"AuthCtrlr.OfflineTxForUnknownIdEnabled": "true"})
    send(bench, 1, entry(status=status))
    assert not offline_start(bench)
    bench.swipe(tag=OTHER_TAG)
    assert bench.station.evses[0].authorized is not None


def test_an_entry_runs_out() -> None:
    bench = Bench16.booted()
    send(bench, 1, entry(expiryDate="2023-11-15T12:10:00Z"))
    bench.wait(601)
    assert not offline_start(bench)


def test_local_authorize_offline_false_keeps_listed_tags_out() -> None:
    bench = Bench16.booted(settings={"AuthCtrlr.LocalAuthorizeOffline": "false"})
    send(bench, 1, entry())
    assert not offline_start(bench)


def test_local_pre_authorize_starts_a_listed_tag_without_asking() -> None:
    bench = Bench16.booted(settings={"AuthCtrlr.LocalPreAuthorize": "true"})
    send(bench, 1, entry(), entry("BAD", "Blocked"))
    bench.forget().charge()
    assert bench.calls("Authorize") == []
    bench.command(PlugIn(connector_id=2, vehicle="suv"))
    bench.swipe(2, tag=IdToken("BAD"))
    assert len(bench.calls("Authorize")) == 1


def test_without_local_pre_authorize_a_listed_tag_is_asked_for() -> None:
    bench = Bench16.booted()
    send(bench, 1, entry())
    bench.charge()
    assert len(bench.calls("Authorize")) == 1


def test_the_list_wins_over_the_cache() -> None:
    bench = Bench16.booted()
    bench.charge().swipe().unplug()
    send(bench, 1, entry(status="Blocked"))
    assert not offline_start(bench)


def test_what_is_listed_is_never_copied_into_the_cache() -> None:
    bench = Bench16.booted()
    send(bench, 1, entry())
    bench.charge().swipe().unplug()
    assert bench.station.cache is None
    send(bench, 2)
    assert not offline_start(bench)


def test_a_list_that_is_off_is_kept_but_not_used() -> None:
    bench = Bench16.booted()
    send(bench, 1, entry())
    bench.configure("LocalAuthListEnabled", "false")
    assert version(bench) == 1
    assert not offline_start(bench)
    bench.come_back()
    bench.configure("LocalAuthListEnabled", "true")
    bench.cut().swipe()
    assert bench.station.evses[0].authorized is not None


def test_another_tag_with_the_listed_parent_stops_without_asking() -> None:
    bench = Bench16.booted()
    send(bench, 1, entry(parentIdTag="FAMILY"), entry(TAG_OF_A_FRIEND.id_token, parentIdTag="family"))
    bench.answers["Authorize"] = {"idTagInfo": {"status": "Accepted", "parentIdTag": "FAMILY"}}
    bench.charge().forget().swipe(tag=TAG_OF_A_FRIEND)
    assert bench.calls("Authorize") == []
    assert bench.stop()["idTag"] == TAG_OF_A_FRIEND.id_token


@pytest.mark.parametrize(
    ("action", "answer"),
    [
        ("Authorize", {"idTagInfo": {"status": "Invalid"}}),
        ("StartTransaction", {"transactionId": 5, "idTagInfo": {"status": "Blocked"}}),
    ],
)
def test_a_contradiction_is_told_on_connector_0(action: str, answer: dict[str, Any]) -> None:
    bench = Bench16.booted(answers={action: answer})
    send(bench, 1, entry())
    bench.command(PlugIn(vehicle="suv"))
    bench.swipe().wait(5)
    told = [one for one in bench.payloads("StatusNotification") if one["connectorId"] == 0]
    assert [(one["status"], one["errorCode"]) for one in told] == [("Available", "LocalListConflict")]


def test_a_tag_listed_as_bad_that_the_central_system_accepts_is_a_contradiction_too() -> None:
    bench = Bench16.booted()
    send(bench, 1, entry(status="Blocked"))
    bench.charge()
    assert [one["errorCode"] for one in bench.payloads("StatusNotification") if one["connectorId"] == 0] == [
        "LocalListConflict"  # of Authorize
    ] * 2  # and of StartTransaction
    assert bench.station.local_list is not None
    assert bench.station.local_list.entries[TAG.key].status == "Blocked"


def test_who_charges_elsewhere_is_valid_all_the_same() -> None:
    bench = Bench16.booted(answers={"StartTransaction": {"transactionId": 5, "idTagInfo": {"status": "ConcurrentTx"}}})
    send(bench, 1, entry())
    bench.command(PlugIn(vehicle="suv"))
    bench.swipe().wait(5)
    assert bench.told(0) == []


def test_the_list_survives_a_reboot_and_a_restart_of_the_program() -> None:
    bench = Bench16.booted()
    send(bench, 7, entry(parentIdTag="FAMILY", expiryDate="2024-01-01T00:00:00Z"))
    bench.power_down().power_up()
    assert version(bench) == 7
    other = Bench16()
    snapshot.restore(other.charger, snapshot.take(bench.charger, bench.now.sim))
    other.power_up()
    assert version(other) == 7
    assert other.station.local_list == bench.station.local_list
    assert offline_start(other)


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        ({"listVersion": "1", "updateType": "Full"}, "TypeConstraintViolation"),
        ({"listVersion": 1}, "OccurenceConstraintViolation"),
        ({"listVersion": 1, "updateType": "Partial"}, "PropertyConstraintViolation"),
        (
            {"listVersion": 1, "updateType": "Full", "localAuthorizationList": [{"idTag": "T" * 21}]},
            "PropertyConstraintViolation",
        ),
    ],
)
def test_bad_lists_are_refused_by_schema(payload: dict[str, Any], code: str) -> None:
    bench = Bench16.booted()
    answer = bench.ask("SendLocalList", payload)
    assert answer is not None
    assert answer[2] == code
