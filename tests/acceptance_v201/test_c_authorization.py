"""Block C, tokens that the central system is asked about, groups and master pass: cases 02 to 07, 26, 39, 42, 45, 47 to
49 and 56."""

from chargepoint_sim.core.commands import UseMasterPass
from tests.acceptance_v201.bench import EVSE_ID, StationUnderTest
from tests.acceptance_v201.memory import (
    BOTH_GROUPED,
    GROUP,
    MASTER_GROUP,
    MASTER_TOKEN,
    asked,
    element,
    flows,
    judging,
    shown_tokens,
    verdict,
)
from tests.protocol.harness import two_sockets
from tests.protocol.v201.bench import OTHER_TOKEN, TOKEN

ENABLED = {"AuthCtrlr.Enabled": "true", "AuthCtrlr.DisableRemoteAuthorization": "false"}
MASTER = {"AuthCtrlr.MasterPassGroupId": "MASTER"}


def refused(status: str) -> None:
    """With the cable in, a token that the central system refuses is told in no event and charges nothing."""
    station = StationUnderTest.in_state_booted(settings=ENABLED, answers={"Authorize": verdict(status)})
    station.ev_connected_pre_session().forget()
    station.authorised().wait(30)
    assert asked(station) == [element(TOKEN)]
    assert station.transaction_events() == []
    assert not flows(station)


def all_charging(*, user_interface: bool) -> StationUnderTest:
    """Energy flows at both EVSEs, and the master pass is known to the central system."""
    station = StationUnderTest.in_state_booted(
        spec=two_sockets(user_interface=user_interface),
        settings=MASTER,
        answers=judging({MASTER_TOKEN: verdict(groupIdToken=MASTER_GROUP)}),
    )
    station.plug(1).swipe(1, TOKEN).plug(2).swipe(2, OTHER_TOKEN).wait(10)
    assert flows(station, 1)
    assert flows(station, 2)
    station.forget().swipe(EVSE_ID, MASTER_TOKEN)
    assert asked(station) == [element(MASTER_TOKEN)]
    return station


def stopped_by_master(station: StationUnderTest) -> list[str]:
    """The transactions that ended, each of them by the master pass, once the cables are out."""
    for evse_id in (1, 2):
        if not flows(station, evse_id):
            station.unplug(evse_id)
    ended = [event["transactionInfo"] for event in station.transaction_events() if event["eventType"] == "Ended"]
    assert {one["stoppedReason"] for one in ended} == {"MasterPass"}
    assert {token for _, token in shown_tokens(station)} == {MASTER_TOKEN.id_token}
    return [one["transactionId"] for one in ended]


def test_tc_c_02_cs() -> None:
    """Local start transaction - Authorization Invalid/Unknown.

    Precondition: the cable is in.
    Requirements: C01.FR.02
    Validates: the central system is asked, says Invalid, and no event follows.
    """
    refused("Invalid")


def test_tc_c_04_cs() -> None:
    """Local Stop Transaction - Different idToken.

    Precondition: energy flows; the other token is neither cached nor listed and has no group.
    Requirements: C01.FR.02, C01.FR.03
    Validates: the central system is asked about the other token, accepts it, and the transaction goes on.
    """
    station = StationUnderTest.in_state_booted(settings=ENABLED).energy_transfer_started()
    station.forget().stop_authorised(OTHER_TOKEN).wait(60)
    assert asked(station) == [element(OTHER_TOKEN)]
    assert shown_tokens(station) == []
    assert flows(station)


def test_tc_c_05_cs() -> None:
    """Local start transaction - Authorization Invalid - Cable lock.

    Precondition: no cable is in.
    Requirements: C01.FR.02
    Validates: the central system is asked, says Invalid, and no event follows.
    """
    station = StationUnderTest.in_state_booted(settings=ENABLED, answers={"Authorize": verdict("Invalid")})
    station.authorised().wait(60)
    assert asked(station) == [element(TOKEN)]
    assert station.transaction_events() == []


def test_tc_c_06_cs() -> None:
    """Local start transaction - Authorization Blocked.

    Precondition: the cable is in.
    Requirements: C01.FR.02
    Validates: the central system is asked, says Blocked, and no event follows.
    """
    refused("Blocked")


def test_tc_c_07_cs() -> None:
    """Local start transaction - Authorization Expired.

    Precondition: the cable is in.
    Requirements: C01.FR.02
    Validates: the central system is asked, says Expired, and no event follows.
    """
    refused("Expired")


def test_tc_c_26_cs() -> None:
    """Offline authorization of unknown Id.

    Precondition: OfflineTxForUnknownIdEnabled is true, MaxEnergyOnInvalidId 0, StopTxOnInvalidId false; a transaction
    was started offline with an unknown token.
    Requirements: C15.FR.01, C15.FR.02, C15.FR.06, C15.FR.08, C13.FR.04
    Validates: back online its events are told as offline ones; refused then, energy is suspended, and the token ends
    the transaction.
    """
    station = StationUnderTest.in_state_booted(
        settings={
            "AuthCtrlr.OfflineTxForUnknownIdEnabled": "true",
            "TxCtrlr.MaxEnergyOnInvalidId": "0",
            "TxCtrlr.StopTxOnInvalidId": "false",
        },
        answers={"TransactionEvent": lambda event, _: verdict("Invalid") if "idToken" in event else {}},
    )
    station.cut()
    station.energy_transfer_started()
    assert station.station.cache is None
    station.come_back().wait(1)
    *offline, last = station.transaction_events()
    assert offline
    assert all(event["offline"] for event in offline)
    assert last["transactionInfo"]["chargingState"] == "SuspendedEVSE"
    assert not flows(station)
    station.stop_authorised().ev_disconnected()
    assert ("StopAuthorized", TOKEN.id_token) in shown_tokens(station)


def test_tc_c_39_cs() -> None:
    """Authorization by GroupId - Success.

    Precondition: the cable is in; the central system knows two tokens of one group.
    Requirements: C09.FR.02, C09.FR.03, C09.FR.05
    Validates: the first starts and the second stops, and each is asked about.
    """
    station = StationUnderTest.in_state_booted(answers=judging(BOTH_GROUPED))
    station.energy_transfer_started().stop_authorised(OTHER_TOKEN)
    assert asked(station) == [element(TOKEN), element(OTHER_TOKEN)]
    assert shown_tokens(station) == [("Authorized", TOKEN.id_token), ("StopAuthorized", OTHER_TOKEN.id_token)]
    assert not flows(station)
    station.ev_disconnected()
    assert station.transaction_events()[-1]["eventType"] == "Ended"


def test_tc_c_42_cs() -> None:
    """Authorization by GroupId - Invalid status.

    Precondition: the cable is in; the central system knows a valid and an invalid token of one group.
    Requirements: C09.FR.11
    Validates: the first starts; the second is asked about and does not stop.
    """
    judged = {TOKEN: BOTH_GROUPED[TOKEN], OTHER_TOKEN: verdict("Invalid", groupIdToken=GROUP)}
    station = StationUnderTest.in_state_booted(answers=judging(judged))
    station.energy_transfer_started().stop_authorised(OTHER_TOKEN).wait(60)
    assert asked(station) == [element(TOKEN), element(OTHER_TOKEN)]
    assert shown_tokens(station) == [("Authorized", TOKEN.id_token)]
    assert flows(station)


def test_tc_c_45_cs() -> None:
    """Master Pass - Not able to start a transaction.

    Precondition: TxStartPoint is Authorized; MasterPassGroupId is set.
    Requirements: C16.FR.03
    Validates: the master pass is asked about, and neither starts a transaction nor lets energy flow.
    """
    station = StationUnderTest.in_state_booted(
        settings={**MASTER, "TxCtrlr.TxStartPoint": "Authorized"},
        answers=judging({MASTER_TOKEN: verdict(groupIdToken=MASTER_GROUP)}),
    )
    station.authorised(MASTER_TOKEN).ev_connected_pre_session().wait(60)
    assert asked(station) == [element(MASTER_TOKEN)]
    assert station.transaction_events() == []
    assert not flows(station)


def test_tc_c_47_cs() -> None:
    """Master Pass - With UI - Stop all transactions.

    Precondition: MasterPassGroupId is set; the station has a user interface; energy flows at every EVSE.
    Requirements: C16.FR.01
    Validates: the master pass alone stops nothing; once its holder chooses to stop all, every transaction ends by it.
    """
    station = all_charging(user_interface=True)
    assert station.transaction_events() == []
    assert station.command(UseMasterPass()).accepted
    assert len(stopped_by_master(station)) == 2


def test_tc_c_48_cs() -> None:
    """Master Pass - With UI - Stop one transaction.

    Precondition: MasterPassGroupId is set; the station has a user interface; energy flows at every EVSE.
    Requirements: C16.FR.01
    Validates: once its holder chooses EVSE 1, that transaction ends by the master pass, and the other goes on.
    """
    station = all_charging(user_interface=True)
    first = station.transaction_id(1)
    assert station.command(UseMasterPass(1)).accepted
    assert stopped_by_master(station) == [first]
    assert flows(station, 2)


def test_tc_c_49_cs() -> None:
    """Master Pass - Without UI.

    Precondition: MasterPassGroupId is set; the station has no user interface; energy flows at both EVSEs.
    Requirements: C16.FR.02
    Validates: the master pass ends every transaction.
    """
    assert len(stopped_by_master(all_charging(user_interface=False))) == 2


def test_tc_c_56_cs() -> None:
    """Local start transaction - Authorization Unknown.

    Precondition: the cable is in.
    Requirements: C01.FR.02
    Validates: the central system is asked, says Unknown, and no event follows.
    """
    refused("Unknown")
