"""Queries and answers of the native surface; views of the fleet are shown as they are."""

from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, Field, RootModel

from chargepoint_sim.actions.action import State
from chargepoint_sim.api.instants import InstantOrSeconds
from chargepoint_sim.api.parsing import Patience
from chargepoint_sim.fleet.views import ChargerView, FleetSummary, FrameRecord


class Fleet(RootModel[FleetSummary]):
    """The fleet in figures, and who is not charging and why."""


class OneCharger(RootModel[ChargerView]):
    """One charger now."""


class ChargerPage(BaseModel):
    """Some of the selected chargers."""

    data: list[ChargerView]
    total: int = Field(description="How many chargers the selector matches.")
    offset: int
    limit: int


class FramePage(BaseModel):
    """The last frames of a charger, oldest first."""

    data: list[FrameRecord]
    total: int = Field(description="How many kept frames the query matches.")


@dataclass(frozen=True, slots=True)
class ChargerOutcome:
    """What became of a command at one charger."""

    charger_id: str
    accepted: bool
    """It was not refused so far; `state` says how far it has come."""
    reason: str
    info: dict[str, Any]
    action_id: str | None = None
    """Under which /v1/actions knows it; null where nothing was submitted."""
    state: State | None = None


class Outcomes(BaseModel):
    """What became of a command, charger by charger."""

    accepted: int
    refused: int
    results: list[ChargerOutcome]


class ChargerQuery(BaseModel):
    """Which chargers."""

    selector: str = Field("*", description="Id, OCPP identity, location id or glob.")
    offset: int = Field(0, ge=0)
    limit: int = Field(100, ge=1, le=1000)


class FrameQuery(BaseModel):
    """Which frames."""

    action: str | None = Field(None, description="An OCPP action, for example MeterValues.")
    limit: int = Field(100, ge=1, le=1000)


class Submission(Patience):
    """When and how a command is carried out."""

    start_at: InstantOrSeconds | None = Field(
        None, description="Simulated time, RFC 3339 or UTC seconds; none means at once."
    )
    expires_at: InstantOrSeconds | None = Field(
        None, description="Simulated time after which it is not begun any more."
    )
    dry_run: bool = Field(False, description="Say what would come of it, and change nothing.")


class PlaceQuery(Submission):
    """Which connector; none means the only one, or the first."""

    evse_id: int | None = Field(None, ge=0)
    connector_id: int | None = Field(None, ge=0)


class StreamQuery(BaseModel):
    """Whose events, and from where on; repeat a key for each value."""

    charger: list[str] = Field([], description="Selectors; none means the whole fleet.")
    location: list[str] = Field([], description="Ids of locations; with `charger`, both have to fit.")
    after: str | None = Field(None, description="The id of the last event that was seen; none begins with now.")


class EventQuery(StreamQuery):
    """Which events."""

    kind: list[str] = Field([], description="Kinds of event, for example frame; none means all.")


class FrameStreamQuery(StreamQuery):
    """Which frames."""

    action: list[str] = Field([], description="OCPP actions, for example MeterValues; none means all.")
