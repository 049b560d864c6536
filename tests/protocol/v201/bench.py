"""The bench with a 2.0.1 charging station on it, and the words that its tests share."""

from collections.abc import Mapping
from typing import Any

from chargepoint_sim.core.commands import IdToken, PlugIn, PresentToken, Unplug
from chargepoint_sim.protocol.v201.adapter import ADAPTER
from tests.protocol.harness import Bench

TOKEN = IdToken("04A1B2C3D4E5F6")
OTHER_TOKEN = IdToken("04FFFFFFFFFFFF")
INVALID = {"idTokenInfo": {"status": "Invalid"}}
GROUPED = {"idTokenInfo": {"status": "Accepted", "groupIdToken": {"idToken": "Family", "type": "Central"}}}


class Bench201(Bench):
    """A 2.0.1 charging station."""

    def __init__(self, **how: Any) -> None:
        super().__init__(ADAPTER, **how)

    @classmethod
    def booted(cls, **how: Any) -> "Bench201":
        """A station that was accepted; the record is empty."""
        bench = cls(**how)
        bench.power_up()
        assert bench.charger.registration.accepted
        bench.forget()
        return bench

    @classmethod
    def charging(cls, evse_id: int = 1, **how: Any) -> "Bench201":
        """A station with a running transaction in which energy flows; the record is empty."""
        bench = cls.booted(**how)
        bench.plug(evse_id).swipe(evse_id).wait(10)
        assert bench.status(evse_id) == "Charging"
        bench.forget()
        return bench

    def plug(self, evse_id: int = 1, soc: float = 0.3, vehicle: str = "suv") -> "Bench201":
        """Put the cable in."""
        assert self.command(PlugIn(evse_id, vehicle=vehicle, soc=soc)).accepted
        return self

    def swipe(self, evse_id: int = 1, token: IdToken = TOKEN) -> "Bench201":
        """Hold a card to the reader."""
        self.command(PresentToken(evse_id, id_token=token))
        return self

    def unplug(self, evse_id: int = 1, *, at_vehicle: bool = False) -> "Bench201":
        """Take the cable out."""
        assert self.command(Unplug(evse_id, at_vehicle=at_vehicle)).accepted
        return self

    def answer(self, action: str, payload: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Ask, and give the payload of the CALLRESULT."""
        frame = self.ask(action, payload)
        assert frame is not None
        assert frame[0] == 3, frame
        result: dict[str, Any] = frame[2]
        return result

    def error(self, action: str, payload: Mapping[str, Any] | None = None) -> str:
        """Ask, and give the code of the CALLERROR."""
        frame = self.ask(action, payload)
        assert frame is not None
        assert frame[0] == 4, frame
        return str(frame[2])

    def status(self, evse_id: int = 1) -> str:
        """The one-word status as observers see it."""
        return self.charger.adapter.status(self.station, evse_id)

    def transaction_id(self, evse_id: int = 1) -> str:
        """Of the running transaction."""
        transaction = self.station.evses[evse_id - 1].transaction
        assert transaction is not None
        return transaction.transaction_id

    def transaction_events(self) -> list[dict[str, Any]]:
        """Payloads of TransactionEvent."""
        return self.payloads("TransactionEvent")

    def story(self) -> list[tuple[str, ...]]:
        """What was sent: (action, trigger, state) of events, (action, status) of statuses, (action,) of others."""
        return [_told(one.action, one.payload) for one in self.calls()]


def _told(action: str, payload: dict[str, Any]) -> tuple[str, ...]:
    if action == "TransactionEvent":
        return payload["eventType"], payload["triggerReason"], payload["transactionInfo"]["chargingState"]
    if action == "StatusNotification":
        return action, payload["connectorStatus"]
    return (action,)
