"""Block I, tariff and cost."""

from typing import Any

from chargepoint_sim.core.display_messages import Lines
from tests.acceptance_v201.bench import StationUnderTest
from tests.protocol.harness import Answer, Bench
from tests.protocol.v201.screen import lines, personal, with_display


def answered(updated: dict[str, Any], ended: dict[str, Any]) -> dict[str, Any]:
    """Answers of a central system that tells tariff and cost with transaction events."""

    def event(payload: dict[str, Any], _: Bench) -> Answer:
        more = {"idTokenInfo": {"status": "Accepted"}} if "idToken" in payload else {}
        return more | {"Started": {}, "Updated": updated, "Ended": ended}[payload["eventType"]]

    return {"Authorize": personal("0.30 EUR/kWh"), "TransactionEvent": event}


NEW_TARIFF = {"updatedPersonalMessage": {"format": "UTF8", "content": "0.35 EUR/kWh"}}


def test_tc_i_01_cs() -> None:
    """Show EV Driver running total cost during charging - costUpdatedRequest.

    Precondition: the cable is in; a station with a display.
    Requirements: I02.FR.02
    Validates: tariff of the token's answer, then that of the event's, are shown; each CostUpdated shows its sum.
    """
    station = StationUnderTest.in_state_booted(**with_display(), answers=answered({}, {}))
    station.ev_connected_pre_session().energy_transfer_started()
    assert lines(station) == Lines(1, "0.30 EUR/kWh")
    station.answers.update(answered(NEW_TARIFF, {}))
    for cost in (1.0, 2.5, 4.0):
        station.wait(60)
        assert station.answer("CostUpdated", {"totalCost": cost, "transactionId": station.transaction_id()}) == {}
        assert lines(station) == Lines(1, "0.35 EUR/kWh", f"So far {cost:.2f} EUR")


def test_tc_i_02_cs() -> None:
    """Show EV Driver Final Total Cost After Charging.

    Precondition: energy flows; a station with a display.
    Requirements: I03.FR.01, I03.FR.03
    Validates: the event that ends the transaction is told; the total of its answer is shown.
    """
    station = StationUnderTest.in_state_booted(**with_display(), answers=answered({}, {"totalCost": 7.45}))
    station.energy_transfer_started()
    station.stop_authorised().ev_disconnected()
    assert [one["eventType"] for one in station.transaction_events()].count("Ended") == 1
    assert lines(station) == Lines(1, "", "Total 7.45 EUR")


def test_tc_i_07_cs() -> None:
    """Show EV Driver running total cost during charging - transactionResponse.

    Precondition: the cable is in; a station with a display.
    Requirements: I02.FR.02
    Validates: tariff and cost of the answers to transaction events are shown as they come.
    """
    station = StationUnderTest.in_state_booted(**with_display(), answers=answered({}, {}))
    station.ev_connected_pre_session().energy_transfer_started()
    assert lines(station) == Lines(1, "0.30 EUR/kWh")
    for cost in (1.0, 2.5):
        station.answers.update(answered(NEW_TARIFF | {"totalCost": cost}, {}))
        station.wait(60)
        assert lines(station) == Lines(1, "0.35 EUR/kWh", f"So far {cost:.2f} EUR")
