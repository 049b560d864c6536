"""What a command asks of a charger: its fields as that API publishes them, and what they mean in the core's words.

Unknown keys are passed over, null stands for an optional field that is not given, and integers are integers: a
float, a string or a boolean is refused.
"""

from abc import abstractmethod
from typing import Annotated, Any, ClassVar

from pydantic import Field

from chargepoint_sim.api.parsing import Shape
from chargepoint_sim.core import commands as core

Watts = Annotated[int, Field(strict=True, ge=0, le=10**9)]
Ordinal = Annotated[int, Field(strict=True, ge=0, le=10**6)]
IdTag = Annotated[str, Field(min_length=1, max_length=255)]


class Event(Shape):
    """What is to happen."""

    @abstractmethod
    def command(self) -> core.Command:
        """The event as a command to a charger."""

    @property
    def event_type(self) -> str | None:
        """What the queued command is called in answers; None: as its path is."""
        return None

    def echo(self) -> dict[str, Any]:
        """The payload of the queued command: what was asked for, with defaults, and without what has no value."""
        return self.model_dump(mode="json", exclude_none=True)


class ConnectorEvent(Event):
    """A connector. In OCPP 1.6 the connector decides alone, in 2.0.1 the pair does."""

    kind: ClassVar[type[core.Placed]]

    evse_id: Ordinal | None = 1
    connector_id: Ordinal | None = 1

    def command(self) -> core.Command:
        """What is to happen there."""
        return self.kind(self.evse_id, self.connector_id)


class PlugEvent(ConnectorEvent):
    """Where a vehicle is plugged in."""

    kind = core.PlugIn


class UnplugEvent(ConnectorEvent):
    """Where the cable is taken out."""

    kind = core.Unplug


class UnlockEvent(ConnectorEvent):
    """Where the lock is released."""

    kind = core.UnlockConnector


class RequestEnergyEvent(ConnectorEvent):
    """Where the vehicle asks for energy."""

    kind = core.RequestEnergy


class StopEnergyEvent(ConnectorEvent):
    """Where the vehicle has enough."""

    kind = core.StopEnergy


class StartTransactionEvent(Event):
    """A tag, and the connector at which the transaction begins."""

    id_tag: IdTag
    evse_id: Ordinal | None = 1
    connector_id: Ordinal | None = 1

    def command(self) -> core.Command:
        """Authorise and begin."""
        return core.BeginTransaction(self.evse_id, self.connector_id, core.IdToken(self.id_tag))


class StopTransactionEvent(Event):
    """The transaction to end, as text; without it the only running one."""

    transaction_id: str | None = None

    def command(self) -> core.Command:
        """End it."""
        return core.EndTransaction(self.transaction_id)


class StartSessionEvent(Event):
    """A tag, a connector, and limits after which the session stops by itself."""

    id_tag: IdTag
    connector_id: Ordinal | None = 1
    duration_seconds: Annotated[int, Field(strict=True, gt=0)] | None = None
    target_energy_kwh: Annotated[float, Field(strict=True, gt=0)] | None = None

    def command(self) -> core.Command:
        """Plug in, authorise and charge."""
        return core.StartSession(
            connector_id=self.connector_id,
            id_token=core.IdToken(self.id_tag),
            duration_s=self.duration_seconds,
            target_energy_wh=None if self.target_energy_kwh is None else self.target_energy_kwh * 1000,
        )


class StopSessionEvent(Event):
    """The connector at which the session ends."""

    connector_id: Ordinal | None = 1

    def command(self) -> core.Command:
        """End the transaction, take the cable out."""
        return core.StopSession(connector_id=self.connector_id)


class AuthorizeEvent(Event):
    """The tag to ask the central system about."""

    id_tag: IdTag

    def command(self) -> core.Command:
        """Ask."""
        return core.AuthorizeToken(core.IdToken(self.id_tag))


class PowerUpdateEvent(Event):
    """The power that the connector may offer."""

    power_w: Watts
    evse_id: Ordinal | None = 1
    connector_id: Ordinal | None = 1

    def command(self) -> core.Command:
        """Hold the offer at that limit."""
        return core.SetPowerLimit(self.evse_id, self.connector_id, self.power_w)
