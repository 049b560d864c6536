"""2.0.1 chargingPriority: who comes first where EVSEs share what is too little for all (K03.FR.04 to K03.FR.06)."""

import json
from typing import Any

import pytest

from chargepoint_sim.core.commands import IdToken
from chargepoint_sim.snapshot import restore, take
from tests.protocol.harness import two_sockets
from tests.protocol.v201.bench import OTHER_TOKEN, TOKEN, Bench201

SHARED_W = 8000.0


def info(priority: int | None) -> dict[str, Any]:
    found: dict[str, Any] = {"status": "Accepted"}
    return {"idTokenInfo": found if priority is None else found | {"chargingPriority": priority}}


def shared(**answers: Any) -> Bench201:
    """Two vehicles at a station that has less power than both could take; the record is empty."""
    bench = Bench201.booted(spec=two_sockets(max_power_w=SHARED_W), answers=answers)
    bench.plug(1).swipe(1, TOKEN).wait(30)
    bench.plug(2).swipe(2, OTHER_TOKEN).wait(30)
    bench.forget()
    return bench


def by_token(mine: int | None, other: int | None) -> Any:
    return lambda request, _: info(mine if request["idToken"]["idToken"] == TOKEN.id_token else other)


def offers(bench: Bench201) -> list[float]:
    return [round(evse.offer.power_w) for evse in bench.station.evses]


def powers(bench: Bench201) -> list[bool]:
    return [evse.meter.power_at(bench.now.sim) > 0 for evse in bench.station.evses]


def test_k03_fr_06_without_priorities_all_are_alike() -> None:
    assert offers(shared()) == offers(shared(Authorize=by_token(0, None))) == [SHARED_W, 0]


@pytest.mark.parametrize(("mine", "other", "first"), [(1, None, 1), (None, -1, 1), (None, 1, 2), (-9, 9, 2), (3, 3, 1)])
def test_k03_fr_04_the_higher_priority_goes_on_and_the_other_is_suspended(
    mine: int | None, other: int | None, first: int
) -> None:
    bench = shared(Authorize=by_token(mine, other))
    assert powers(bench) == [first == 1, first == 2]
    assert {bench.status(1), bench.status(2)} == {"Charging", "SuspendedEVSE"}


def test_k03_fr_05_the_priority_of_an_answer_is_that_of_its_transaction_alone() -> None:
    bench = shared(Authorize=by_token(None, None))
    bench.answers["TransactionEvent"] = lambda event, _: {"chargingPriority": 5} if is_second(event) else {}
    bench.wait(120)
    assert powers(bench) == [False, True]
    states = [(e["triggerReason"], e["transactionInfo"]["chargingState"]) for e in bench.transaction_events()]
    assert ("ChargingStateChanged", "SuspendedEVSE") in states
    cached = (bench.station.cache or {})[OTHER_TOKEN.key]
    assert cached.info.priority is None
    bench.answers["TransactionEvent"] = lambda event, _: {"chargingPriority": 0} if is_second(event) else {}
    bench.wait(120)
    assert powers(bench) == [True, False]


def is_second(event: dict[str, Any]) -> bool:
    return "-2-" in event["transactionInfo"]["transactionId"]


@pytest.mark.parametrize("priority", [10, -10, "1", 0.5])
def test_what_is_no_priority_says_nothing(priority: Any) -> None:
    bench = shared()
    bench.answers["TransactionEvent"] = lambda event, _: {"chargingPriority": priority} if is_second(event) else {}
    bench.wait(120)
    assert powers(bench) == [True, False]


def test_a_priority_outlasts_a_restart_of_the_program() -> None:
    bench = shared(Authorize=by_token(None, 4))
    saved = json.loads(json.dumps(take(bench.charger, bench.now.sim)))
    other = Bench201(spec=two_sockets(max_power_w=SHARED_W))
    restore(other.charger, saved)
    authorized = other.station.evses[1].authorized
    assert authorized is not None
    assert (authorized.priority, authorized.id_token) == (4, IdToken(OTHER_TOKEN.id_token))
    cached = (other.station.cache or {})[OTHER_TOKEN.key]
    assert cached.info.priority == 4
