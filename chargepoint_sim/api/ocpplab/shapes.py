"""Resources of the OCPPLAB surface and the queries for them, as that API publishes them."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, BaseModel, Field


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
