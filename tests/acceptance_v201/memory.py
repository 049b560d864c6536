"""The memory states of part 6 chapter 3 that lists, caches and reservations need."""

from collections.abc import Mapping
from typing import Any

from chargepoint_sim.clock import format_utc
from chargepoint_sim.core.commands import AuthorizeToken, IdToken
from tests.acceptance_v201.bench import CONNECTOR_ID, EVSE_ID, StationUnderTest
from tests.protocol.harness import Answer, Bench, Rule
from tests.protocol.v201.bench import OTHER_TOKEN, TOKEN

ACCEPTED = {"status": "Accepted"}
GROUP = {"idToken": "CUSTOMER-1", "type": "Central"}
MASTER_GROUP = {"idToken": "MASTER", "type": "Central"}
MASTER_TOKEN = IdToken("04MASTER")
PRE_AUTHORIZE = {"AuthCtrlr.LocalPreAuthorize": "true"}


def element(token: IdToken) -> dict[str, str]:
    """A token on the wire."""
    return {"idToken": token.id_token, "type": token.type}


def verdict(status: str = "Accepted", **more: Any) -> dict[str, Any]:
    """An answer that judges a token."""
    return {"idTokenInfo": {"status": status, **more}}


def verdicts(by_token: Mapping[IdToken, dict[str, Any]]) -> Rule:
    """Answers to Authorize and TransactionEvent by token; of others nothing is known but that they are accepted."""

    def judge(payload: dict[str, Any], _: Bench) -> Answer:
        shown = payload.get("idToken")
        if shown is None:
            return {}
        known = {one.id_token: answer for one, answer in by_token.items()}
        return known.get(shown["idToken"], verdict())

    return judge


def judging(by_token: Mapping[IdToken, dict[str, Any]]) -> dict[str, Rule]:
    """The same verdicts in both messages."""
    return {"Authorize": verdicts(by_token), "TransactionEvent": verdicts(by_token)}


def cached(station: StationUnderTest, token: IdToken = TOKEN, answer: dict[str, Any] | None = None) -> None:
    """IdTokenCached: the station has asked about the token and keeps the answer."""
    before = station.answers["Authorize"]
    station.answers["Authorize"] = answer or verdict()
    assert station.command(AuthorizeToken(token)).accepted
    station.answers["Authorize"] = before
    assert station.station.cache is not None
    assert token.key in station.station.cache
    station.forget()


def listed(station: StationUnderTest, *entries: tuple[IdToken, dict[str, Any]], version: int = 1) -> None:
    """IdTokenLocalAuthList: the list holds these tokens, each with its idTokenInfo."""
    elements = [{"idToken": element(token), "idTokenInfo": info} for token, info in entries]
    request = {"versionNumber": version, "updateType": "Full", "localAuthorizationList": elements}
    assert station.answer("SendLocalList", request) == ACCEPTED
    station.forget()


def reserve(station: StationUnderTest, evse_id: int | None = EVSE_ID, **more: Any) -> str:
    """Ask for a reservation; the status of the answer."""
    request: dict[str, Any] = {
        "id": 1,
        "expiryDateTime": format_utc(station.now.sim + 3600),
        "idToken": element(TOKEN),
        **({} if evse_id is None else {"evseId": evse_id}),
        **more,
    }
    status: str = station.answer("ReserveNow", request)["status"]
    return status


def reserved(station: StationUnderTest, evse_id: int = EVSE_ID, token: IdToken = TOKEN, number: int = 1) -> None:
    """Reserved: the EVSE is kept for the token, and says so."""
    assert reserve(station, evse_id, id=number, idToken=element(token)) == "Accepted"
    assert told(station, evse_id) == ["Reserved"]
    station.forget()


def told(station: StationUnderTest, evse_id: int = EVSE_ID, connector_id: int = CONNECTOR_ID) -> list[str]:
    """The statuses that the connector has told, in order."""
    return [
        one["connectorStatus"]
        for one in station.payloads("StatusNotification")
        if (one["evseId"], one["connectorId"]) == (evse_id, connector_id)
    ]


def asked(station: StationUnderTest) -> list[dict[str, Any]]:
    """The tokens that the station has asked about."""
    return [payload["idToken"] for payload in station.payloads("Authorize")]


def flows(station: StationUnderTest, evse_id: int = EVSE_ID) -> bool:
    """Whether energy flows at an EVSE."""
    return station.station.evses[evse_id - 1].meter.power_at(station.now.sim) > 0


def shown_tokens(station: StationUnderTest) -> list[tuple[str, str]]:
    """Trigger and token of each TransactionEvent that names one."""
    return [
        (event["triggerReason"], event["idToken"]["idToken"])
        for event in station.transaction_events()
        if "idToken" in event
    ]


BOTH_GROUPED = {token: verdict(groupIdToken=GROUP) for token in (TOKEN, OTHER_TOKEN)}
"""Two tokens of one group."""
