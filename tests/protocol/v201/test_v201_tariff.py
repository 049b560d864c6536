"""2.0.1 tariff and cost on the display (block I)."""

from typing import Any

import pytest

from chargepoint_sim.core.display_messages import Lines
from tests.protocol.harness import SILENCE, Bench
from tests.protocol.v201.bench import OTHER_TOKEN, Bench201
from tests.protocol.v201.screen import FALLBACKS, lines, personal, with_display


def bench_with(**how: Any) -> Bench201:
    return Bench201.booted(**with_display(), settings=FALLBACKS, **how)


def charge(bench: Bench201) -> Bench201:
    bench.plug().swipe().wait(10)
    return bench


def cost_updated(bench: Bench201, cost: float) -> None:
    request = {"totalCost": cost, "transactionId": bench.transaction_id()}
    assert bench.answer("CostUpdated", request) == {}


def test_i01_fr_03_the_drivers_own_tariff_is_shown() -> None:
    bench = bench_with(answers={"Authorize": personal("0.30 EUR/kWh")})
    assert lines(bench) is None
    charge(bench)
    assert lines(bench) == Lines(1, "0.30 EUR/kWh")
    assert bench.seen("display_changed")[-1].data["drivers"] == [{"evse_id": 1, "tariff": "0.30 EUR/kWh", "cost": ""}]


def test_i01_fr_03_a_tariff_in_the_answer_to_the_transaction_counts_too() -> None:
    bench = bench_with(answers={"TransactionEvent": lambda payload, _: personal("A") if "idToken" in payload else {}})
    assert lines(charge(bench)) == Lines(1, "A")


def test_i01_a_token_that_is_refused_shows_nothing() -> None:
    refused = {"idTokenInfo": {"status": "Blocked", "personalMessage": {"format": "UTF8", "content": "x"}}}
    bench = bench_with(answers={"Authorize": refused})
    bench.plug().swipe().wait(10)
    assert lines(bench) is None


def test_i01_somebody_elses_card_does_not_change_what_the_driver_reads() -> None:
    bench = charge(bench_with(answers={"Authorize": personal("mine")}))
    bench.answers["Authorize"] = personal("yours")
    bench.swipe(1, OTHER_TOKEN)
    assert lines(bench) == Lines(1, "mine")


def test_i04_fr_01_the_fallback_where_there_is_no_tariff_of_ones_own() -> None:
    assert lines(charge(bench_with())) == Lines(1, "0.50 EUR/kWh")


def test_i04_fr_01_the_fallback_without_a_link() -> None:
    bench = Bench201.booted(**with_display(), settings={**FALLBACKS, "AuthCtrlr.OfflineTxForUnknownIdEnabled": "true"})
    bench.cut()
    assert lines(charge(bench)) == Lines(1, "0.50 EUR/kWh")


def test_i04_fr_02_the_central_system_changes_the_fallback_at_once() -> None:
    bench = charge(bench_with())
    place = {"component": {"name": "TariffCostCtrlr"}, "variable": {"name": "TariffFallbackMessage"}}
    bench.answer("SetVariables", {"setVariableData": [place | {"attributeValue": "Free today"}]})
    assert lines(bench) == Lines(1, "Free today")
    assert bench.seen("display_changed")[-1].data["drivers"][0]["tariff"] == "Free today"


def test_i04_a_format_that_the_display_does_not_know_counts_as_none_and_a_long_text_is_cut() -> None:
    html = {"idTokenInfo": {"status": "Accepted", "personalMessage": {"format": "HTML", "content": "<b>1</b>"}}}
    assert lines(charge(bench_with(answers={"Authorize": html}))) == Lines(1, "0.50 EUR/kWh")
    bench = Bench201.booted(**with_display(personal_message_size=4), answers={"Authorize": personal("123456")})
    assert lines(charge(bench)) == Lines(1, "1234")


@pytest.mark.shows("CostUpdated")
def test_i02_fr_02_03_running_cost_by_cost_updated() -> None:
    bench = charge(bench_with())
    cost_updated(bench, 1.5)
    assert lines(bench) == Lines(1, "0.50 EUR/kWh", "So far 1.50 EUR")
    cost_updated(bench, 2.25)
    assert bench.seen("display_changed")[-1].data["drivers"][0]["cost"] == "So far 2.25 EUR"


def test_i02_cost_of_a_transaction_that_does_not_run_changes_nothing() -> None:
    bench = charge(bench_with())
    assert bench.answer("CostUpdated", {"totalCost": 3, "transactionId": "other"}) == {}
    assert lines(bench) == Lines(1, "0.50 EUR/kWh")
    assert "CostUpdated for other: no such transaction runs" in bench.problems


def test_i02_fr_04_i06_fr_03_running_cost_and_new_tariff_in_answers() -> None:
    new = {"format": "UTF8", "content": "now 0.20"}
    bench = charge(bench_with(answers={"Authorize": personal("0.30 EUR/kWh")}))
    bench.answers["TransactionEvent"] = {"totalCost": 0.75, "updatedPersonalMessage": new}
    bench.wait(60)
    assert lines(bench) == Lines(1, "now 0.20", "So far 0.75 EUR")


@pytest.mark.parametrize(
    ("answer", "expected"), [({"totalCost": 4.2}, "Total 4.20 EUR"), ({"totalCost": 0}, "Total 0.00 EUR")]
)
def test_i03_fr_03_04_the_total_stands_there_for_a_while(answer: dict[str, Any], expected: str) -> None:
    bench = charge(bench_with())
    cost_updated(bench, 4)
    bench.answers["TransactionEvent"] = lambda payload, _: answer if payload["eventType"] == "Ended" else {}
    bench.unplug()
    assert lines(bench) == Lines(1, "", expected)
    bench.wait(61)
    assert lines(bench) is None
    assert bench.seen("display_changed")[-1].data["drivers"] == []


def test_i03_the_total_makes_room_for_who_comes_next() -> None:
    bench = charge(bench_with())
    bench.answers["TransactionEvent"] = lambda payload, _: {"totalCost": 9} if payload["eventType"] == "Ended" else {}
    bench.unplug()
    bench.swipe()
    assert lines(bench) == Lines(1, "0.50 EUR/kWh")


def test_i05_fr_02_the_fallback_where_the_station_is_offline_at_the_end() -> None:
    bench = charge(bench_with())
    bench.cut()
    bench.unplug().wait(1)
    assert lines(bench) == Lines(1, "", "See your bill")


def test_i05_the_fallback_where_the_answer_has_no_total() -> None:
    bench = charge(bench_with())
    bench.unplug()
    assert lines(bench) == Lines(1, "", "See your bill")


def test_i05_no_total_is_told_while_the_answer_is_awaited() -> None:
    def silent_end(payload: dict[str, Any], bench: Bench) -> Any:
        return SILENCE if payload["eventType"] == "Ended" else {}

    bench = charge(bench_with(answers={"TransactionEvent": silent_end}))
    bench.unplug()
    assert lines(bench) is None
    bench.reply(bench.unanswered[-1], {"totalCost": 1})
    assert lines(bench) == Lines(1, "", "Total 1.00 EUR")


@pytest.mark.parametrize(
    ("instance", "expected"), [("Tariff", Lines(1, "", "So far 1.00 EUR")), ("Cost", Lines(1, "0.50 EUR/kWh", ""))]
)
def test_tariff_and_cost_are_switched_off_one_by_one(instance: str, expected: Lines) -> None:
    bench = charge(bench_with())
    cost_updated(bench, 1)
    place = {"component": {"name": "TariffCostCtrlr"}, "variable": {"name": "Enabled", "instance": instance}}
    bench.answer("SetVariables", {"setVariableData": [place | {"attributeValue": "false"}]})
    assert lines(bench) == expected


def test_sums_are_in_the_currency_of_the_station() -> None:
    bench = charge(bench_with())
    cost_updated(bench, 1)
    place = {"component": {"name": "TariffCostCtrlr"}, "variable": {"name": "Currency"}}
    answer = bench.answer("SetVariables", {"setVariableData": [place | {"attributeValue": "euro"}]})
    assert answer["setVariableResult"][0]["attributeStatus"] == "Rejected"
    bench.answer("SetVariables", {"setVariableData": [place | {"attributeValue": "CHF"}]})
    assert lines(bench) == Lines(1, "0.50 EUR/kWh", "So far 1.00 CHF")


def test_after_a_power_cut_nobody_is_greeted() -> None:
    bench = charge(bench_with())
    bench.power_down().wait(10)
    assert lines(bench) is None
    bench.power_up()
    assert lines(bench) is None
