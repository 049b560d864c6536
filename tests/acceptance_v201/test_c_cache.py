"""Block C, tokens of the authorization cache: cases 08 to 18, 32 to 38, 41, 44, 46 and 57."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from tests.acceptance_v201.bench import StationUnderTest
from tests.acceptance_v201.memory import (
    BOTH_GROUPED,
    GROUP,
    PRE_AUTHORIZE,
    asked,
    cached,
    element,
    flows,
    judging,
    shown_tokens,
    verdict,
    verdicts,
)
from tests.protocol.v201.bench import OTHER_TOKEN, TOKEN

INVALID = verdict("Invalid")
BACK_OFF = {
    "OCPPCommCtrlr.OfflineThreshold": "90",
    "OCPPCommCtrlr.RetryBackOffRandomRange": "0",
    "OCPPCommCtrlr.RetryBackOffWaitMinimum": "30",
}


def cached_station(
    answer: dict[str, Any] | None = None, settings: Mapping[str, str] = MappingProxyType({})
) -> StationUnderTest:
    """The cache has the token, and the cable is in."""
    station = StationUnderTest.in_state_booted(settings={**PRE_AUTHORIZE, **settings})
    cached(station, TOKEN, answer)
    station.ev_connected_pre_session()
    return station


def asked_about(status: str) -> None:
    """A token that is cached with a bad status is asked about, and refused as the answer says."""
    station = cached_station(verdict(status))
    station.answers["Authorize"] = verdict(status)
    station.authorised().wait(60)
    assert asked(station) == [element(TOKEN)]
    assert shown_tokens(station) == []
    assert not flows(station)


def offline_and_invalid(offline_s: float, *, stops: bool, most_wh: int) -> StationUnderTest:
    """The cached token starts while offline; back online, the central system says Invalid."""
    station = cached_station(
        settings={
            **BACK_OFF,
            "AuthCtrlr.LocalAuthorizeOffline": "true",
            "TxCtrlr.StopTxOnInvalidId": str(stops),
            "TxCtrlr.MaxEnergyOnInvalidId": str(most_wh),
        }
    )
    station.answers["TransactionEvent"] = lambda event, _: INVALID if "idToken" in event else {}
    station.forget().cut()
    station.authorised().wait(offline_s)
    assert flows(station)
    station.come_back().wait(1)
    first = station.transaction_events()[0]
    assert (first["triggerReason"], first["idToken"], first["offline"]) == ("Authorized", element(TOKEN), True)
    assert asked(station) == []
    return station


def triggers(station: StationUnderTest) -> list[str]:
    return [event["triggerReason"] for event in station.transaction_events()]


def states(station: StationUnderTest) -> list[str]:
    return [event["transactionInfo"]["chargingState"] for event in station.transaction_events()]


def test_tc_c_08_cs() -> None:
    """Authorization through authorization cache - Accepted.

    Precondition: the cache has the token as Accepted; LocalPreAuthorize is true; the cable is in.
    Requirements: C12.FR.02, C12.FR.04
    Validates: an event names the token, energy flows, and nobody was asked.
    """
    station = cached_station().authorised().wait(10)
    assert asked(station) == []
    assert shown_tokens(station) == [("Authorized", TOKEN.id_token)]
    assert flows(station)


def test_tc_c_09_cs() -> None:
    """Authorization through authorization cache - Invalid and not accepted.

    Precondition: the cache has the token as Invalid; the cable is in.
    Requirements: C12.FR.05, C10.FR.03
    Validates: the central system is asked about it.
    """
    asked_about("Invalid")


def test_tc_c_10_cs() -> None:
    """Authorization through authorization cache - Blocked.

    Precondition: the cache has the token as Blocked; the cable is in.
    Requirements: C12.FR.05, C10.FR.03
    Validates: the central system is asked about it.
    """
    asked_about("Blocked")


def test_tc_c_11_cs() -> None:
    """Authorization through authorization cache - Expired.

    Precondition: the cache has the token as Expired; the cable is in.
    Requirements: C12.FR.05, C10.FR.03
    Validates: the central system is asked about it.
    """
    asked_about("Expired")


def test_tc_c_12_cs() -> None:
    """Authorization through authorization cache - Invalid and accepted.

    Precondition: the cache has the token as Invalid, the central system accepts it; the cable is in.
    Requirements: C12.FR.05, C10.FR.03
    Validates: the central system is asked, and energy flows.
    """
    station = cached_station(INVALID).authorised().wait(10)
    assert asked(station) == [element(TOKEN)]
    assert flows(station)


def test_tc_c_13_cs() -> None:
    """Authorization through authorization cache - Accepted but cable not connected yet.

    Precondition: the cache has the token as Accepted; no cable is in.
    Requirements: C12.FR.02, C12.FR.04
    Validates: the transaction starts with the token, and energy flows once the cable is in.
    """
    station = StationUnderTest.in_state_booted(settings=PRE_AUTHORIZE)
    cached(station)
    station.authorised()
    (event,) = station.transaction_events()
    assert (event["eventType"], event["triggerReason"], event["idToken"]) == ("Started", "Authorized", element(TOKEN))
    station.ev_connected_pre_session().wait(10)
    assert asked(station) == []
    assert flows(station)


def test_tc_c_15_cs() -> None:
    """Authorization through authorization cache - StopTxOnInvalidId false, MaxEnergyOnInvalidId above 0.

    Precondition: StopTxOnInvalidId is false, MaxEnergyOnInvalidId 10000; the cache has the token as Accepted; the cable
    is in; the link is down.
    Requirements: C12.FR.02, C12.FR.04, E05.FR.03
    Validates: started offline and refused afterwards, charging goes on until that energy has been delivered.
    """
    station = offline_and_invalid(30, stops=False, most_wh=10000)
    assert "Deauthorized" not in triggers(station)
    assert "SuspendedEVSE" not in states(station)
    assert flows(station)
    evse = station.station.evses[0]
    before_wh = evse.meter.register_at(station.now.sim)
    station.wait(4 * 3600)
    assert not flows(station)
    assert abs(evse.meter.register_at(station.now.sim) - before_wh - 10000) < 20


def test_tc_c_16_cs() -> None:
    """Authorization through authorization cache - StopTxOnInvalidId true.

    Precondition: StopTxOnInvalidId is true, MaxEnergyOnInvalidId 0; the cache has the token as Accepted; the cable is
    in; the link is down.
    Requirements: C12.FR.02, C12.FR.04, E05.FR.09
    Validates: started offline and refused afterwards, the transaction is deauthorised and energy stops.
    """
    station = offline_and_invalid(5, stops=True, most_wh=0)
    assert "Deauthorized" in triggers(station)
    assert any(
        event["triggerReason"] == "ChargingStateChanged" and event.get("offline")
        for event in station.transaction_events()
    )
    assert not flows(station)


def test_tc_c_17_cs() -> None:
    """Authorization through authorization cache - StopTxOnInvalidId false, MaxEnergyOnInvalidId 0.

    Precondition: StopTxOnInvalidId is false, MaxEnergyOnInvalidId 0; the cache has the token as Accepted; the cable is
    in; the link is down.
    Requirements: C12.FR.02, C12.FR.04, E05.FR.02
    Validates: started offline and refused afterwards, energy is suspended and the transaction stays authorised.
    """
    station = offline_and_invalid(5, stops=False, most_wh=0)
    assert (triggers(station)[-1], states(station)[-1]) == ("ChargingStateChanged", "SuspendedEVSE")
    assert "Deauthorized" not in triggers(station)
    assert not flows(station)


def test_tc_c_18_cs() -> None:
    """Authorization through authorization cache - StopTxOnInvalidId true, MaxEnergyOnInvalidId above 0.

    Precondition: StopTxOnInvalidId is true, MaxEnergyOnInvalidId 500; the cache has the token as Accepted; the cable is
    in; the link is down.
    Requirements: C12.FR.02, C12.FR.04, E05.FR.09
    Validates: refused afterwards, the transaction is deauthorised online, and energy stops.
    """
    station = offline_and_invalid(5, stops=True, most_wh=500)
    (event,) = [one for one in station.transaction_events() if one["triggerReason"] == "Deauthorized"]
    assert not event.get("offline", False)
    assert not flows(station)


def test_tc_c_32_cs() -> None:
    """Store Authorization Data in the Authorization Cache - Persistent over reboot.

    Precondition: the cache has the token as Accepted; the station has been restarted since.
    Requirements: C10.FR.02
    Validates: the token charges without having been asked about.
    """
    station = StationUnderTest.in_state_booted(settings=PRE_AUTHORIZE)
    cached(station)
    station.reboot().forget()
    station.authorised()
    assert shown_tokens(station) == [("Authorized", TOKEN.id_token)]
    station.ev_connected_pre_session().wait(10)
    assert asked(station) == []
    assert flows(station)


def test_tc_c_33_cs() -> None:
    """Store Authorization Data in the Authorization Cache - Update on AuthorizeResponse.

    Precondition: the cache is empty, LocalPreAuthorize is true; the cable is in.
    Requirements: C10.FR.04, C12.FR.06
    Validates: the first session asks about the token, the second does not.
    """
    station = StationUnderTest.in_state_booted(settings=PRE_AUTHORIZE)
    station.energy_transfer_started()
    assert asked(station) == [element(TOKEN)]
    assert shown_tokens(station) == [("Authorized", TOKEN.id_token)]
    station.stop_authorised().ev_disconnected().forget()
    station.ev_connected_pre_session().authorised()
    assert asked(station) == []
    assert shown_tokens(station) == [("Authorized", TOKEN.id_token)]


def test_tc_c_34_cs() -> None:
    """Store Authorization Data in the Authorization Cache - Update on TransactionEventResponse.

    Precondition: the cache has the token as Accepted; the cable is in.
    Requirements: C10.FR.05, C12.FR.06
    Validates: refused in the answer to an event, the token is asked about the next time.
    """
    station = cached_station()
    station.answers.update(judging({TOKEN: INVALID}))
    station.authorised()
    assert asked(station) == []
    assert shown_tokens(station)[0] == ("Authorized", TOKEN.id_token)
    station.ev_disconnected().forget()
    station.ev_connected_pre_session().authorised()
    assert asked(station) == [element(TOKEN)]


def test_tc_c_36_cs() -> None:
    """Store Authorization Data in the Authorization Cache - LocalPreAuthorize false.

    Precondition: the cache has the token as Accepted; LocalPreAuthorize is false.
    Requirements: C10.FR.11
    Validates: the central system is asked about it.
    """
    station = cached_station(settings={"AuthCtrlr.LocalPreAuthorize": "false"})
    station.answers["Authorize"] = INVALID
    station.authorised()
    assert asked(station) == [element(TOKEN)]
    assert not flows(station.wait(10))


def test_tc_c_37_cs() -> None:
    """Clear Authorization Data in Authorization Cache - Accepted.

    Precondition: the cache has the token as Accepted.
    Requirements: C11.FR.01, C11.FR.02, C11.FR.03
    Validates: Accepted; then the token is asked about, and charges.
    """
    station = StationUnderTest.in_state_booted(settings=PRE_AUTHORIZE)
    cached(station)
    assert station.answer("ClearCache") == {"status": "Accepted"}
    station.ev_connected_pre_session().authorised().wait(10)
    assert asked(station) == [element(TOKEN)]
    assert shown_tokens(station) == [("Authorized", TOKEN.id_token)]
    assert flows(station)


def test_tc_c_38_cs() -> None:
    """Clear Authorization Data in Authorization Cache - Rejected.

    Precondition: the cache has the token and has been switched off since.
    Requirements: C11.FR.01, C11.FR.02, C11.FR.04
    Validates: Rejected, and the content is there when the cache is switched on again.
    """
    station = cached_station()
    enabled = {"component": {"name": "AuthCacheCtrlr"}, "variable": {"name": "Enabled"}}
    station.answer("SetVariables", {"setVariableData": [{**enabled, "attributeValue": "false"}]})
    assert station.answer("ClearCache")["status"] == "Rejected"
    station.answer("SetVariables", {"setVariableData": [{**enabled, "attributeValue": "true"}]})
    station.authorised()
    assert asked(station) == []


def test_tc_c_41_cs() -> None:
    """Authorization by GroupId - Success with authorization cache.

    Precondition: the cache has two accepted tokens of one group; the cable is in.
    Requirements: C09.FR.02, C09.FR.03, C09.FR.07
    Validates: the first starts and the second stops, and neither is asked about.
    """
    station = cached_station(BOTH_GROUPED[TOKEN])
    cached(station, OTHER_TOKEN, BOTH_GROUPED[OTHER_TOKEN])
    station.answers["TransactionEvent"] = verdicts(BOTH_GROUPED)
    station.energy_transfer_started().stop_authorised(OTHER_TOKEN)
    assert shown_tokens(station) == [("Authorized", TOKEN.id_token), ("StopAuthorized", OTHER_TOKEN.id_token)]
    assert asked(station) == []
    assert not flows(station)
    station.ev_disconnected()
    assert station.transaction_events()[-1]["eventType"] == "Ended"


def test_tc_c_44_cs() -> None:
    """Authorization by GroupId - Invalid status with authorization cache.

    Precondition: the cache has an accepted and an invalid token of one group; the cable is in.
    Requirements: C09.FR.02, C09.FR.03, C09.FR.07, C09.FR.11
    Validates: the first starts; the second is asked about and does not stop.
    """
    judged = {TOKEN: BOTH_GROUPED[TOKEN], OTHER_TOKEN: verdict("Invalid", groupIdToken=GROUP)}
    station = cached_station(judged[TOKEN])
    cached(station, OTHER_TOKEN, judged[OTHER_TOKEN])
    station.answers.update(judging(judged))
    station.energy_transfer_started().stop_authorised(OTHER_TOKEN)
    assert asked(station) == [element(OTHER_TOKEN)]
    assert shown_tokens(station) == [("Authorized", TOKEN.id_token)]
    assert flows(station)


def test_tc_c_46_cs() -> None:
    """Store Authorization Data in the Authorization Cache - AuthCacheLifeTime.

    Precondition: LifeTime is 60 seconds; the cache has the token; the cable is in.
    Requirements: C10.FR.08
    Validates: after that time without use, the token is asked about again.
    """
    station = cached_station(settings={"AuthCacheCtrlr.LifeTime": "60"}).wait(60)
    station.authorised()
    assert asked(station) == [element(TOKEN)]


def test_tc_c_57_cs() -> None:
    """Authorization through authorization cache - DisablePostAuthorize.

    Precondition: the cache has the token as Invalid; AuthCacheCtrlr.DisablePostAuthorize is true; the cable is in.
    Requirements: C12.FR.05, C10.FR.03
    Validates: nobody is asked about it, and it is refused.
    """
    station = cached_station(INVALID, settings={"AuthCacheCtrlr.DisablePostAuthorize": "true"})
    station.authorised().wait(60)
    assert asked(station) == []
    assert shown_tokens(station) == []
    assert not flows(station)
