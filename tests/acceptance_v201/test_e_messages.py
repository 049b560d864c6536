"""Block E, what becomes of messages: cases 28 to 34, 40 to 45 and 50 to 52."""

from tests.acceptance_v201.bench import EVSE_ID, StationUnderTest
from tests.protocol.harness import SILENCE, Answer, Refusal, Rule
from tests.protocol.v201.bench import GROUPED, OTHER_TOKEN, TOKEN

ATTEMPTS, INTERVAL_S, TIMEOUT_S = 3, 10, 35
RETRIES = {
    "OCPPCommCtrlr.MessageAttempts[TransactionEvent]": str(ATTEMPTS),
    "OCPPCommCtrlr.MessageAttemptInterval[TransactionEvent]": str(INTERVAL_S),
}
READ_OFTEN = {"SampledDataCtrlr.TxUpdatedInterval": "10"}


def charging(**settings: str) -> StationUnderTest:
    """EnergyTransferStarted; the record is empty."""
    station = StationUnderTest.in_state_booted(settings=settings).energy_transfer_started()
    station.forget()
    return station


def status(station: StationUnderTest, transaction_id: str | None = None) -> dict[str, bool]:
    return station.answer("GetTransactionStatus", {"transactionId": transaction_id} if transaction_id else {})


def with_messages_in_queue(station: StationUnderTest) -> StationUnderTest:
    """Away for a while, and back: the first queued message waits for its answer, the others behind it."""
    station.cut().wait(60)
    station.answers["TransactionEvent"] = SILENCE
    station.come_back()
    return station


def delivered(station: StationUnderTest) -> list[str]:
    """The types of the queued events, all of them offline ones, once the central system answers again."""
    station.answers["TransactionEvent"] = {}
    for call in list(station.unanswered):
        station.reply(call, {})
    assert all(event["offline"] for event in station.transaction_events())
    return [event["eventType"] for event in station.transaction_events()]


def sends_of_the_cable(rule: Rule) -> list[float]:
    """When the event of the cable is sent, after the driver was authorised, to a central system that answers so."""
    station = StationUnderTest.in_state_booted(settings=RETRIES).authorised()
    station.forget()
    station.answers["TransactionEvent"] = rule
    station.ev_connected_pre_session()
    begun = station.t
    station.wait(400)
    sent = station.calls("TransactionEvent")
    return [one.at - begun for one in sent if one.payload["triggerReason"] == "CablePluggedIn"]


def second_time_well(otherwise: Answer) -> Rule:
    """Answers well to the second request alone."""
    asked = iter([otherwise, {}])
    return lambda event, bench: next(asked, otherwise)


def test_tc_e_28_cs() -> None:
    """Check transaction status - unknown transaction.

    Precondition: none.
    Requirements: E14.FR.01
    Validates: a transaction that never was is not ongoing and has nothing in the queue.
    """
    station = StationUnderTest.in_state_booted()
    assert status(station, "never-was") == {"ongoingIndicator": False, "messagesInQueue": False}


def test_tc_e_29_cs() -> None:
    """Check transaction status - ongoing, with message in queue.

    Precondition: energy flows, the link was away.
    Requirements: E14.FR.02, E14.FR.04
    Validates: ongoing, with messages in the queue, which are then delivered as offline.
    """
    station = with_messages_in_queue(charging(**READ_OFTEN))
    assert status(station, station.transaction_id()) == {"ongoingIndicator": True, "messagesInQueue": True}
    assert set(delivered(station)) == {"Updated"}
    assert all("meterValue" in event for event in station.transaction_events())


def test_tc_e_30_cs() -> None:
    """Check transaction status - ongoing, without message in queue.

    Precondition: energy flows.
    Requirements: E14.FR.02, E14.FR.05
    Validates: ongoing, with nothing in the queue.
    """
    station = charging()
    assert status(station, station.transaction_id()) == {"ongoingIndicator": True, "messagesInQueue": False}


def test_tc_e_31_cs() -> None:
    """Check transaction status - ended, with message in queue.

    Precondition: energy flowed, the transaction ended offline.
    Requirements: E14.FR.03, E14.FR.04
    Validates: ended, with messages in the queue.
    """
    station = charging()
    transaction_id = station.transaction_id()
    station.cut()
    station.stop_authorised().ev_disconnected()
    with_messages_in_queue(station)
    assert status(station, transaction_id) == {"ongoingIndicator": False, "messagesInQueue": True}
    assert delivered(station)[-1] == "Ended"


def test_tc_e_32_cs() -> None:
    """Check transaction status - ended, without message in queue.

    Precondition: a transaction is over and told.
    Requirements: E14.FR.03, E14.FR.05
    Validates: ended, with nothing in the queue.
    """
    station = charging()
    transaction_id = station.transaction_id()
    station.stop_authorised().ev_disconnected()
    assert status(station, transaction_id) == {"ongoingIndicator": False, "messagesInQueue": False}


def test_tc_e_33_cs() -> None:
    """Check transaction status - without transactionId, with message in queue.

    Precondition: energy flows, the link was away.
    Requirements: E14.FR.06, E14.FR.07
    Validates: messages in the queue, and no word of a transaction.
    """
    station = with_messages_in_queue(charging(**READ_OFTEN))
    assert status(station) == {"messagesInQueue": True}
    assert set(delivered(station)) == {"Updated"}


def test_tc_e_34_cs() -> None:
    """Check transaction status - without transactionId, without message in queue.

    Precondition: none.
    Requirements: E14.FR.06, E14.FR.08
    Validates: nothing in the queue, and no word of a transaction.
    """
    assert status(StationUnderTest.in_state_booted()) == {"messagesInQueue": False}


def test_tc_e_40_cs() -> None:
    """Offline behaviour - connection loss during transaction.

    Precondition: energy flows.
    Requirements: E11.FR.01, E11.FR.02, E11.FR.06
    Validates: what was read meanwhile is delivered as offline.
    """
    station = charging(**READ_OFTEN)
    station.cut().wait(60)
    away_until = station.stamp
    station.come_back()
    events = [event for event in station.transaction_events() if event["timestamp"] <= away_until]
    assert {event["eventType"] for event in events} == {"Updated"}
    assert all(event["offline"] and "meterValue" in event for event in events)


def test_tc_e_41_cs() -> None:
    """Retry sending transaction message when failed - max retry count reached.

    Precondition: 3 attempts, 10 s apart times the attempts so far.
    Requirements: E13.FR.01, E13.FR.02, E13.FR.03, E13.FR.04
    Validates: an unanswered message is sent three times at growing intervals, then no more.
    """
    first, second, third = sends_of_the_cable(lambda event, _: SILENCE)
    assert second - first == TIMEOUT_S + INTERVAL_S
    assert third - second == TIMEOUT_S + 2 * INTERVAL_S


def test_tc_e_42_cs() -> None:
    """Retry sending transaction message when failed - success before max retry count.

    Precondition: 3 attempts, 10 s apart times the attempts so far.
    Requirements: E13.FR.01, E13.FR.02, E13.FR.03
    Validates: a message that was answered the second time is not sent again.
    """
    first, second = sends_of_the_cable(second_time_well(SILENCE))
    assert second - first == TIMEOUT_S + INTERVAL_S


def test_tc_e_43_cs() -> None:
    """Offline behaviour - transaction during offline period.

    Precondition: a token is in the cache, the link is away.
    Requirements: E12.FR.01, E12.FR.02, E12.FR.06
    Validates: a whole transaction is delivered as offline.
    """
    station = StationUnderTest.in_state_booted(settings={"AuthCtrlr.OfflineTxForUnknownIdEnabled": "true"})
    station.cut()
    station.energy_transfer_started().stop_authorised().ev_disconnected()
    station.come_back()
    events = station.transaction_events()
    assert all(event["offline"] for event in events)
    assert (events[0]["eventType"], events[-1]["eventType"]) == ("Started", "Ended")


def test_tc_e_44_cs() -> None:
    """Offline behaviour - stop transaction during offline period.

    Precondition: energy flows, the link goes.
    Requirements: E08.FR.01, E08.FR.04, E08.FR.05, E08.FR.06, E08.FR.07, E08.FR.08
    Validates: the same token stops, and the end is delivered as offline.
    """
    station = charging()
    station.cut()
    station.stop_authorised().ev_disconnected()
    station.come_back()
    events = station.transaction_events()
    assert all(event["offline"] for event in events)
    assert events[-1]["eventType"] == "Ended"


def test_tc_e_45_cs() -> None:
    """Offline behaviour - stop transaction during offline period - same GroupId.

    Precondition: another token of the group is in the cache, energy flows, the link goes.
    Requirements: E08.FR.02, E08.FR.04, E08.FR.05, E08.FR.06, E08.FR.07, E08.FR.08
    Validates: the other token stops, and the end is delivered as offline.
    """
    station = StationUnderTest.in_state_booted(answers={"Authorize": GROUPED})
    station.swipe(2, OTHER_TOKEN).swipe(2, OTHER_TOKEN)
    station.energy_transfer_started()
    station.forget()
    station.cut()
    station.stop_authorised(OTHER_TOKEN).ev_disconnected()
    station.come_back()
    events = station.transaction_events()
    assert all(event["offline"] for event in events)
    assert events[0]["triggerReason"] == "StopAuthorized"
    assert events[-1]["eventType"] == "Ended"


def test_tc_e_50_cs() -> None:
    """Retry sending transaction message when failed - max retry count reached - CALLERROR.

    Precondition: 3 attempts, 10 s apart times the attempts so far.
    Requirements: E13.FR.01, E13.FR.02, E13.FR.03, E13.FR.04
    Validates: a refused message is sent three times at growing intervals, then no more.
    """
    first, second, third = sends_of_the_cable(lambda event, _: Refusal("InternalError"))
    assert (second - first, third - second) == (INTERVAL_S, 2 * INTERVAL_S)


def test_tc_e_51_cs() -> None:
    """Retry sending transaction message when failed - success before max retry count - CALLERROR.

    Precondition: 3 attempts, 10 s apart times the attempts so far.
    Requirements: E13.FR.01, E13.FR.02, E13.FR.03
    Validates: a message that was accepted the second time is not sent again.
    """
    first, second = sends_of_the_cable(second_time_well(Refusal("InternalError")))
    assert second - first == INTERVAL_S


def test_tc_e_52_cs() -> None:
    """Local start transaction - authorization first - DisableRemoteAuthorization.

    Precondition: DisableRemoteAuthorization is true, the token is neither in the list nor in the cache.
    Requirements: C01.FR.02, C01.FR.05
    Validates: nobody is asked and nothing starts.
    """
    station = StationUnderTest.in_state_booted(settings={"AuthCtrlr.DisableRemoteAuthorization": "true"})
    station.swipe(EVSE_ID, TOKEN)
    assert station.story() == []
    assert station.station.evses[0].authorized is None
