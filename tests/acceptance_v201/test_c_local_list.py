"""Block C, tokens of the local authorization list: cases 21 to 25, 27 to 31, 40, 43 and 58."""

from chargepoint_sim.core.commands import IdToken
from tests.acceptance_v201.bench import StationUnderTest
from tests.acceptance_v201.memory import (
    GROUP,
    PRE_AUTHORIZE,
    asked,
    cached,
    element,
    flows,
    judging,
    listed,
    shown_tokens,
    verdict,
)
from tests.protocol.v201.bench import OTHER_TOKEN, TOKEN

GOOD = {"status": "Accepted"}
OFFLINE = {
    **PRE_AUTHORIZE,
    "AuthCtrlr.LocalAuthorizeOffline": "true",
    "AuthCtrlr.OfflineTxForUnknownIdEnabled": "false",
    "OCPPCommCtrlr.OfflineThreshold": "90",
    "OCPPCommCtrlr.RetryBackOffRandomRange": "0",
    "OCPPCommCtrlr.RetryBackOffWaitMinimum": "30",
}


def refused_offline(status: str) -> None:
    """A token that is listed with a bad status starts nothing while the station is offline."""
    station = StationUnderTest.in_state_booted(settings={**OFFLINE, "TxCtrlr.TxStartPoint": "Authorized"})
    listed(station, (TOKEN, {"status": status}))
    station.cut()
    station.authorised().wait(5).come_back().wait(5)
    assert station.transaction_events() == []
    assert asked(station) == []
    assert station.station.evses[0].authorized is None


def asked_about(status: str) -> None:
    """A token that is listed with a bad status is asked about, and refused as the answer says."""
    answer = verdict(status)
    station = StationUnderTest.in_state_booted(settings=PRE_AUTHORIZE, answers=judging({TOKEN: answer}))
    listed(station, (TOKEN, {"status": status}))
    station.ev_connected_pre_session().authorised().wait(60)
    assert asked(station) == [element(TOKEN)]
    assert shown_tokens(station) == []
    assert not flows(station)


def grouped_station(first: str = "Accepted", second: str = "Accepted") -> StationUnderTest:
    """The list holds two tokens of one group, and the central system thinks the same of them."""
    infos: tuple[tuple[IdToken, dict[str, object]], ...] = (
        (TOKEN, {"status": first, "groupIdToken": GROUP}),
        (OTHER_TOKEN, {"status": second, "groupIdToken": GROUP}),
    )
    answers = judging({token: {"idTokenInfo": info} for token, info in infos})
    station = StationUnderTest.in_state_booted(settings=PRE_AUTHORIZE, answers=answers)
    listed(station, *infos)
    return station


def test_tc_c_21_cs() -> None:
    """Offline authorization through local authorization list - Accepted.

    Precondition: the list holds the valid token; a transaction was started with it while the station is offline.
    Requirements: C13.FR.02
    Validates: back online, all events from before are told as offline ones, and one of them is StopAuthorized.
    """
    station = StationUnderTest.in_state_booted(settings=OFFLINE)
    listed(station, (TOKEN, GOOD))
    station.cut()
    station.energy_transfer_started().stop_authorised().ev_disconnected()
    station.come_back().wait(5)
    events = station.transaction_events()
    assert all(event["offline"] for event in events)
    assert ("StopAuthorized", TOKEN.id_token) in shown_tokens(station)
    assert events[-1]["eventType"] == "Ended"


def test_tc_c_22_cs() -> None:
    """Offline authorization through local authorization list - Invalid.

    Precondition: the list holds the token as Invalid; unknown tokens are not taken offline.
    Requirements: C13.FR.02
    Validates: presented offline, it starts no transaction.
    """
    refused_offline("Invalid")


def test_tc_c_23_cs() -> None:
    """Offline authorization through local authorization list - Blocked.

    Precondition: the list holds the token as Blocked; unknown tokens are not taken offline.
    Requirements: C13.FR.02
    Validates: presented offline, it starts no transaction.
    """
    refused_offline("Blocked")


def test_tc_c_24_cs() -> None:
    """Offline authorization through local authorization list - Expired.

    Precondition: the list holds the token as Expired; unknown tokens are not taken offline.
    Requirements: C13.FR.02
    Validates: presented offline, it starts no transaction.
    """
    refused_offline("Expired")


def test_tc_c_25_cs() -> None:
    """Offline authorization through local authorization list - Local list has priority over the cache.

    Precondition: the cache has the token as Accepted, the list as Invalid; unknown tokens are taken offline; the cable
    is in.
    Requirements: C13.FR.01, C14.FR.01
    Validates: presented offline, it authorises nothing.
    """
    station = StationUnderTest.in_state_booted(
        settings={
            **OFFLINE,
            "AuthCtrlr.OfflineTxForUnknownIdEnabled": "true",
            "TxCtrlr.StopTxOnInvalidId": "false",
            "TxCtrlr.TxStartPoint": "Authorized",
        }
    )
    cached(station)
    listed(station, (TOKEN, {"status": "Invalid"}))
    station.ev_connected_pre_session()
    station.cut()
    station.authorised().wait(60).come_back().wait(5)
    assert station.transaction_events() == []
    assert not flows(station)


def test_tc_c_27_cs() -> None:
    """Online authorization through local authorization list - Accepted.

    Precondition: the list holds the valid token; LocalPreAuthorize is true.
    Requirements: C14.FR.02
    Validates: the token charges without having been asked about.
    """
    station = StationUnderTest.in_state_booted(settings=PRE_AUTHORIZE)
    listed(station, (TOKEN, GOOD))
    station.authorised()
    assert shown_tokens(station) == [("Authorized", TOKEN.id_token)]
    station.ev_connected_pre_session().wait(10)
    assert asked(station) == []
    assert flows(station)


def test_tc_c_28_cs() -> None:
    """Online authorization through local authorization list - Invalid.

    Precondition: the list holds the token as Invalid; LocalPreAuthorize is true.
    Requirements: C14.FR.03
    Validates: the central system is asked about it.
    """
    asked_about("Invalid")


def test_tc_c_29_cs() -> None:
    """Online authorization through local authorization list - Blocked.

    Precondition: the list holds the token as Blocked; LocalPreAuthorize is true; the cable is in.
    Requirements: C14.FR.03
    Validates: the central system is asked about it.
    """
    asked_about("Blocked")


def test_tc_c_30_cs() -> None:
    """Online authorization through local authorization list - Expired.

    Precondition: the list holds the token as Expired; LocalPreAuthorize is true; the cable is in.
    Requirements: C14.FR.03
    Validates: the central system is asked about it.
    """
    asked_about("Expired")


def test_tc_c_31_cs() -> None:
    """Online authorization through local authorization list - Invalid in the list, valid at the central system.

    Precondition: the list holds the token as Invalid; LocalPreAuthorize is true.
    Requirements: C14.FR.03
    Validates: the central system is asked, accepts, and energy flows.
    """
    station = StationUnderTest.in_state_booted(settings=PRE_AUTHORIZE)
    listed(station, (TOKEN, {"status": "Invalid"}))
    station.authorised().ev_connected_pre_session().wait(10)
    assert asked(station) == [element(TOKEN)]
    assert flows(station)


def test_tc_c_40_cs() -> None:
    """Authorization by GroupId - Success with local authorization list.

    Precondition: the list holds two valid tokens of one group; the cable is in.
    Requirements: C09.FR.02, C09.FR.03, C09.FR.07
    Validates: the first starts and the second stops, and neither is asked about.
    """
    station = grouped_station()
    station.energy_transfer_started().stop_authorised(OTHER_TOKEN)
    assert shown_tokens(station) == [("Authorized", TOKEN.id_token), ("StopAuthorized", OTHER_TOKEN.id_token)]
    assert station.transaction_events()[-1]["eventType"] == "Updated"
    assert asked(station) == []
    assert not flows(station)
    station.ev_disconnected()
    assert station.transaction_events()[-1]["eventType"] == "Ended"


def test_tc_c_43_cs() -> None:
    """Authorization by GroupId - Invalid status with local authorization list.

    Precondition: the list holds a valid and an invalid token of one group; the cable is in.
    Requirements: C09.FR.02, C09.FR.03, C09.FR.07, C09.FR.11
    Validates: the first starts; the second is asked about and does not stop.
    """
    station = grouped_station(second="Invalid")
    station.energy_transfer_started().stop_authorised(OTHER_TOKEN)
    assert asked(station) == [element(OTHER_TOKEN)]
    assert shown_tokens(station) == [("Authorized", TOKEN.id_token)]
    assert flows(station)


def test_tc_c_58_cs() -> None:
    """Online authorization through local authorization list - DisablePostAuthorize.

    Precondition: the list holds the token as Invalid; LocalAuthListCtrlr.DisablePostAuthorize is true.
    Requirements: C14.FR.03
    Validates: nobody is asked about it, and it is refused.
    """
    station = StationUnderTest.in_state_booted(
        settings={**PRE_AUTHORIZE, "LocalAuthListCtrlr.DisablePostAuthorize": "true"}
    )
    listed(station, (TOKEN, {"status": "Invalid"}))
    station.authorised().wait(60)
    assert asked(station) == []
    assert station.station.evses[0].authorized is None
