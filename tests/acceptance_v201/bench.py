"""The station under test, configured as part 6 asks for, and the reusable states of its chapter 3.

It is the bench of the protocol tests: every frame is checked against the official schemas.
"""

from collections.abc import Mapping
from typing import Any

from chargepoint_sim.core.commands import IdToken
from tests.protocol.v201.bench import TOKEN, Bench201

BASELINE: Mapping[str, str] = {
    "AuthCtrlr.AuthorizeRemoteStart": "false",
    "AuthCtrlr.Enabled": "true",
    "TxCtrlr.TxStartPoint": "EVConnected,Authorized",
    "TxCtrlr.TxStopPoint": "EVConnected",
}
"""What part 6 section 3.1 presumes of the configuration."""

EVSE_ID, CONNECTOR_ID = 1, 1
"""The configured EVSE and connector."""

PLACE = {"id": EVSE_ID}
OUTLET = {"id": EVSE_ID, "connectorId": CONNECTOR_ID}


class StationUnderTest(Bench201):
    """A station, and a central system that asks."""

    def __init__(self, *, settings: Mapping[str, str] | None = None, **how: Any) -> None:
        super().__init__(settings={**BASELINE, **(settings or {})}, **how)

    @classmethod
    def in_state_booted(cls, **how: Any) -> "StationUnderTest":
        """Booted: registered, its connectors told; the record is empty."""
        station = cls(**how)
        station.power_up()
        assert station.charger.registration.accepted
        station.forget()
        return station

    def ev_connected_pre_session(self) -> "StationUnderTest":
        """EVConnectedPreSession: the cable is in, nobody is authorised."""
        self.plug(EVSE_ID)
        return self

    def authorised(self, token: IdToken = TOKEN) -> "StationUnderTest":
        """Authorized: the driver has presented a token that is accepted."""
        self.swipe(EVSE_ID, token)
        return self

    def energy_transfer_started(self) -> "StationUnderTest":
        """EnergyTransferStarted: the cable is in, the driver is authorised, energy flows."""
        if self.station.evses[EVSE_ID - 1].plugged is None:
            self.ev_connected_pre_session()
        self.authorised().wait(10)
        assert self.station.evses[EVSE_ID - 1].meter.power_at(self.now.sim) > 0
        return self

    def stop_authorised(self, token: IdToken = TOKEN) -> "StationUnderTest":
        """StopAuthorized: the driver presents the token again, and energy stops."""
        self.swipe(EVSE_ID, token).wait(5)
        return self

    def ev_disconnected(self) -> "StationUnderTest":
        """EVDisconnected: the cable is out."""
        self.unplug(EVSE_ID)
        return self

    def reboot(self) -> "StationUnderTest":
        """Restart at the request of the central system, up to Booted."""
        assert self.answer("Reset", {"type": "Immediate"})["status"] == "Accepted"
        self.wait(60)
        assert self.charger.registration.accepted
        return self

    def told_events(self) -> list[dict[str, Any]]:
        """Every element of every NotifyEvent, in order."""
        return [event for payload in self.payloads("NotifyEvent") for event in payload["eventData"]]


def named(component: str, variable: str | None = None, **more: Any) -> dict[str, Any]:
    """A component and a variable of it; `evse` and `instance` say which, anything else stands beside them."""
    place: dict[str, Any] = {"name": component}
    if "evse" in more:
        place["evse"] = more.pop("evse")
    if variable is None:
        return {"component": place, **more}
    called = {"name": variable}
    if "instance" in more:
        called["instance"] = more.pop("instance")
    return {"component": place, "variable": called, **more}


def report_rows(station: StationUnderTest, message: str, key: str, request_id: int) -> list[dict[str, Any]]:
    """The rows of the last report of that request, after a check of its parts."""
    parts = [payload for payload in station.payloads(message) if payload["requestId"] == request_id]
    assert [part["seqNo"] for part in parts] == list(range(len(parts)))
    assert [part.get("tbc", False) for part in parts] == [True] * (len(parts) - 1) + [False]
    assert all(part["generatedAt"] == station.stamp for part in parts)
    return [row for part in parts for row in part[key]]
