"""The bench with a 1.6 charge point on it, and the words that its tests share."""

from typing import Any

from chargepoint_sim.core.commands import IdToken, PlugIn, PresentToken, Unplug
from chargepoint_sim.protocol.v16.adapter import ADAPTER
from tests.protocol.harness import Bench, Sent

TAG = IdToken("04A1B2C3")
OTHER_TAG = IdToken("04FFFFFF")


class Bench16(Bench):
    """A 1.6 charge point."""

    def __init__(self, **how: Any) -> None:
        super().__init__(ADAPTER, **how)

    @classmethod
    def booted(cls, **how: Any) -> "Bench16":
        """A charge point that was accepted; the record is empty."""
        bench = cls(**how)
        bench.power_up()
        assert bench.charger.registration.accepted
        bench.forget()
        return bench

    @classmethod
    def charging(cls, connector: int = 1, soc: float = 0.3, vehicle: str = "suv", **how: Any) -> "Bench16":
        """A charge point with a running transaction in which energy flows."""
        bench = cls.booted(**how)
        bench.charge(connector, soc=soc, vehicle=vehicle)
        return bench

    def charge(self, connector: int = 1, soc: float = 0.3, vehicle: str = "suv") -> "Bench16":
        """Plug in, show the tag, wait until energy flows."""
        assert self.command(PlugIn(connector_id=connector, vehicle=vehicle, soc=soc)).accepted
        assert self.command(PresentToken(connector_id=connector, id_token=TAG)).accepted
        self.wait(10)
        assert self.status(connector) == "Charging"
        return self

    def swipe(self, connector: int = 1, tag: IdToken = TAG) -> "Bench16":
        """Show a tag."""
        self.command(PresentToken(connector_id=connector, id_token=tag))
        return self

    def unplug(self, connector: int = 1, *, at_vehicle: bool = False) -> "Bench16":
        """Take the cable out."""
        assert self.command(Unplug(connector_id=connector, at_vehicle=at_vehicle)).accepted
        return self

    def configure(self, key: str, value: str) -> str:
        """ChangeConfiguration; the status answered."""
        answer = self.ask("ChangeConfiguration", {"key": key, "value": value})
        assert answer is not None
        return str(answer[2]["status"])

    def status(self, connector: int = 1) -> str:
        """The status as the charge point sees it."""
        return self.charger.adapter.status(self.station, connector)

    def told(self, connector: int = 1) -> list[str]:
        """The statuses told of a connector, in order."""
        return [one["status"] for one in self.payloads("StatusNotification") if one["connectorId"] == connector]

    def start(self) -> dict[str, Any]:
        """The only StartTransaction."""
        (start,) = self.payloads("StartTransaction")
        return start

    def stop(self) -> dict[str, Any]:
        """The only StopTransaction."""
        (stop,) = self.payloads("StopTransaction")
        return stop

    def of_transactions(self) -> list[Sent]:
        """Start, meter values and stop, in order of sending."""
        return self.calls("StartTransaction", "MeterValues", "StopTransaction")
