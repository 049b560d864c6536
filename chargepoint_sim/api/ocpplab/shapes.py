"""Requests and answers of the OCPPLAB surface, as that API publishes them.

Unknown keys are passed over, null stands for an optional field that is not given, and integers are integers: a
float, a string or a boolean is refused.
"""

from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, Field, model_validator
from pydantic_core import PydanticCustomError

from chargepoint_sim.api.parsing import Shape

Watts = Annotated[int, Field(strict=True, ge=0, le=10**9)]
Ordinal = Annotated[int, Field(strict=True, ge=0, le=10**6)]
IdTag = Annotated[str, Field(min_length=1, max_length=255)]


class CommandTarget(Shape):
    """Who is meant: one charger, or the chargers of a location, or some of them."""

    charger_id: str | None = Field(None, description="Id or OCPP identity of a single charger.")
    location_id: str | None = Field(None, description="A location; all of its chargers, unless charger_ids is given.")
    charger_ids: list[str] | None = Field(
        None, min_length=1, description="Some chargers of the location. Valid with location_id only; never empty."
    )

    @model_validator(mode="after")
    def _exactly_one(self) -> "CommandTarget":
        if (self.charger_id is None) == (self.location_id is None):
            raise PydanticCustomError("target", "Provide exactly one of charger_id and location_id")
        if self.charger_ids is not None and self.location_id is None:
            raise PydanticCustomError("target", "charger_ids is valid with location_id only")
        return self


class Event(Shape):
    """What is to happen; echoed as the payload of the queued command."""


class ConnectorEvent(Event):
    """A connector. In OCPP 1.6 the connector decides alone, in 2.0.1 the pair does."""

    evse_id: Ordinal | None = 1
    connector_id: Ordinal | None = 1


class StartTransactionEvent(Event):
    """A tag, and the connector at which the transaction begins."""

    id_tag: IdTag
    evse_id: Ordinal | None = 1
    connector_id: Ordinal | None = 1


class StopTransactionEvent(Event):
    """The transaction to end, as text; without it the only running one."""

    transaction_id: str | None = None


class StartSessionEvent(Event):
    """A tag, a connector, and limits after which the session stops by itself."""

    id_tag: IdTag
    connector_id: Ordinal | None = 1
    duration_seconds: Annotated[int, Field(strict=True, gt=0)] | None = None
    target_energy_kwh: Annotated[float, Field(strict=True, gt=0)] | None = None


class StopSessionEvent(Event):
    """The connector at which the session ends."""

    connector_id: Ordinal | None = 1


class AuthorizeEvent(Event):
    """The tag to ask the central system about."""

    id_tag: IdTag


class PowerUpdateEvent(Event):
    """The power that the connector may offer."""

    power_w: Watts
    evse_id: Ordinal | None = 1
    connector_id: Ordinal | None = 1


class CommandRequest(Shape):
    """A command for one or more chargers."""

    target: CommandTarget
    event: Event


class ConnectorRequest(CommandRequest):
    """A command for a connector."""

    event: ConnectorEvent = ConnectorEvent()


class StartTransactionRequest(CommandRequest):
    """Begin a transaction."""

    event: StartTransactionEvent


class StopTransactionRequest(CommandRequest):
    """End a transaction."""

    event: StopTransactionEvent = StopTransactionEvent()


class StartSessionRequest(CommandRequest):
    """Begin a session."""

    event: StartSessionEvent


class StopSessionRequest(CommandRequest):
    """End a session."""

    event: StopSessionEvent = StopSessionEvent()


class AuthorizeRequest(CommandRequest):
    """Authorise a tag."""

    event: AuthorizeEvent


class PowerUpdateRequest(CommandRequest):
    """Set the offered power."""

    event: PowerUpdateEvent


class QueuedCommand(BaseModel):
    """A command that a charger has taken."""

    id: str = Field(description="Twelve hexadecimal digits.")
    event_type: str
    ocpp_version: str = Field(description="ocpp1.6 or ocpp2.0.1")
    payload: dict[str, Any]


class CommandResult(BaseModel):
    """A charger that has taken the command."""

    charger_id: str
    identity: str
    command: QueuedCommand


class CommandFailure(BaseModel):
    """A charger that has not, and why."""

    identity: str | None
    error: str


class CommandResponse(BaseModel):
    """What became of the command, charger by charger."""

    targeted_count: int
    queued_count: int
    failed_count: int
    results: list[CommandResult]
    failed: list[CommandFailure]


class Charger(BaseModel):
    """A charger."""

    id: str
    identity: str
    name: str | None
    vendor_name: str | None
    model: str | None
    image_url: str | None
    ocpp_version: str | None = Field(description="OCPP1.6 or OCPP2.0.1")
    number_of_connectors: int | None
    max_charging_power: int | None = Field(description="W")
    connector_type: str | None
    location_id: str | None
    created_at: str | None
    updated_at: str | None


class ChargerList(BaseModel):
    """A page of chargers."""

    data: list[Charger]
    total: int
    page: int
    limit: int


class Coordinates(BaseModel):
    """Where a location is, degrees (WGS 84)."""

    latitude: float
    longitude: float


class Location(BaseModel):
    """A location."""

    id: str
    slug: str | None
    name: str | None
    address: str | None
    city: str | None
    country: str | None
    coordinates: Coordinates | None
    timezone: str | None
    owner_name: str | None
    public: bool | None
    status: str | None
    created_at: str | None
    updated_at: str | None


class LocationList(BaseModel):
    """A page of locations."""

    data: list[Location]
    total: int
    page: int
    limit: int


class LogEntry(BaseModel):
    """One OCPP-J frame."""

    direction: str = Field(description="cp_to_csms or csms_to_cp")
    action: str
    message: str | None = Field(description="The frame as it crossed the link.")
    timestamp: str | None


class LogList(BaseModel):
    """Some frames of a charger, oldest first."""

    data: list[LogEntry]
    total: int
    limit: int
    offset: int


def _in_utc(instant: datetime) -> datetime:
    return instant if instant.tzinfo is not None else instant.replace(tzinfo=UTC)


Instant = Annotated[datetime, AfterValidator(_in_utc)]
"""ISO 8601; without a zone it is UTC."""


class PageQuery(BaseModel):
    """Which page of a list."""

    page: int = Field(1, ge=1)
    limit: int = Field(50, ge=1, le=100)


class ChargerQuery(PageQuery):
    """Which chargers."""

    location_id: str | None = None


class LocationChargerQuery(PageQuery):
    """Which chargers of a location."""

    charger_ids: list[str] = Field([], description="Repeat the key for each charger; none means all.")


class LogQuery(BaseModel):
    """Which frames; both dates are inclusive."""

    start_date: Instant | None = None
    end_date: Instant | None = None
    event: str | None = Field(None, description="An OCPP action, for example BootNotification.")
    limit: int = Field(1000, ge=1, le=1000)
    offset: int = Field(0, ge=0)
