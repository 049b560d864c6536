"""The JSON of the Amps surface: queries, bodies and data, field by field as its clients spell them.

Owns names and types alone. Numbers that clients write carry their unit; numbers that they read do not.
"""

from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, RootModel, Strict

from chargepoint_sim.api.amps.timetable import ScheduleState

Number = int | float
"""Whole numbers are shown without a fraction."""


class Status(StrEnum):
    """What a charger is doing, in one word."""

    CHARGING = "charging"
    IDLE = "idle"
    """The charger withholds energy: it was told to pause, or no power is left for it."""
    COMPLETE = "complete"
    """The vehicle takes no more, or its session has ended and the cable is still in."""
    CONNECTED = "connected"
    """Plugged in, not started."""
    AVAILABLE = "available"
    FAULTED = "faulted"
    OFFLINE = "offline"
    """Out of reach, or out of service."""


class ActionState(StrEnum):
    """Where an action stands."""

    SCHEDULED = "scheduled"
    ACKNOWLEDGED = "acknowledged"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Strategy(StrEnum):
    """What becomes of the action that is there when another is pushed."""

    CANCEL_AND_REPLACE = "cancel_and_replace"
    QUEUE_AFTER = "queue_after"


Execution = Literal["immediate", "scheduled", "windowed"]


class PageQuery(BaseModel):
    """Which part of a list."""

    offset: int = Field(0, ge=0)
    limit: int = Field(10, ge=1, le=50)
    userId: str | None = Field(None, description="The id of a location: it stands for the end user.")


class ReadQuery(BaseModel):
    """How fresh a reading has to be."""

    expedite: bool = Field(False, description="Taken for compatibility: every read is of this instant.")


class Quantity(BaseModel):
    """A number with its unit."""

    model_config = ConfigDict(extra="forbid")

    value: Annotated[float, Strict(), Field(allow_inf_nan=False)]
    unit: Annotated[str, Strict()]


class SettingsBody(RootModel[dict[str, Any]]):
    """Settings to write, by key; each value is a number with its unit."""

    root: dict[str, Any] = Field(
        min_length=1, json_schema_extra={"examples": [{"max_charge_rate": {"value": 7.4, "unit": "kw"}}]}
    )


class SettingsWritten(BaseModel):
    """Which settings were written."""

    deviceId: str
    updated: list[str]


class Sync(BaseModel):
    """How the reading came about."""

    available: bool
    lastPulledAt: str


class Metadata(BaseModel):
    """What kind of device it is, and where the reading comes from."""

    model: str
    source: Literal["projection"] = "projection"


class ChargerState(BaseModel):
    """What the charger is doing."""

    status: Status
    isConnected: bool
    isCharging: bool = Field(description="Energy flows.")
    currentPower: Number = Field(description="kW, what the meter shows.")
    maxCurrent: Number = Field(description="A.")
    powerRateLimit: Number = Field(description="kW that the hardware can deliver.")


class CommandOffer(BaseModel):
    """A command that the device takes."""

    parameters: dict[str, Any] = {}
    execution: list[Execution]


class Setting(BaseModel):
    """A setting with its bounds."""

    value: Number
    unit: str
    min: Number
    max: Number


class Links(BaseModel):
    """Where to read on."""

    self: str


class LastAction(BaseModel):
    """The last push, in short."""

    id: str
    command: str
    state: ActionState
    createdAt: str
    updatedAt: str
    errorCode: str | None
    errorMessage: str | None
    links: Links


class CurrentSchedule(BaseModel):
    """The schedule that governs the device, in short."""

    id: str
    state: ScheduleState
    nextFireAt: str | None


class ListedDevice(BaseModel):
    """A charger in a list."""

    id: str
    vendor: str
    sync: Sync
    metadata: Metadata
    state: ChargerState
    conflictStrategies: list[Strategy]
    commands: dict[str, CommandOffer]
    lastAction: LastAction | None
    currentSchedule: CurrentSchedule | None


class Device(ListedDevice):
    """A charger with its settings."""

    settings: dict[str, Setting]


class PushedCommand(BaseModel):
    """What is to be done, and when."""

    model_config = ConfigDict(extra="forbid")

    command: Annotated[str, Strict(), Field(min_length=1)]
    parameters: dict[str, Any] | None = None
    start: Annotated[str, Strict()] | None = None
    end: Annotated[str, Strict()] | None = None


class SandboxControls(BaseModel):
    """Ours: what becomes of a push in the sandbox, so that error paths can be tried."""

    model_config = ConfigDict(extra="forbid")

    outcome: Literal["completed", "failed"] = "completed"
    errorCode: Annotated[str, Strict(), Field(pattern="^[A-Z][A-Z_]{0,63}$")] | None = None
    errorMessage: Annotated[str, Strict(), Field(max_length=500)] | None = None
    delayMs: Annotated[int, Strict(), Field(ge=0, le=3_600_000)] | None = None


class PushBody(BaseModel):
    """One command for a device."""

    model_config = ConfigDict(extra="forbid")

    action: PushedCommand
    onConflict: Strategy | None = None
    sandbox: SandboxControls | None = None


class PushAccepted(BaseModel):
    """An action, as the answer to its push shows it."""

    id: str
    deviceId: str
    deviceType: Literal["ev_charger"] = "ev_charger"
    command: str
    parameters: dict[str, Any] | None
    state: ActionState
    createdAt: str
    start: str | None
    links: Links


class ActionResult(BaseModel):
    """What the charger said."""

    success: bool
    message: str


class Action(BaseModel):
    """An action in full."""

    id: str
    deviceId: str
    deviceType: Literal["ev_charger"] = "ev_charger"
    command: str
    parameters: dict[str, Any] | None
    state: ActionState
    result: ActionResult | None
    errorCode: str | None
    errorMessage: str | None
    createdAt: str
    updatedAt: str
    acknowledgedAt: str | None
    completedAt: str | None
    start: str | None
    end: str | None
    links: Links


class Recurrence(BaseModel):
    """How often a schedule repeats."""

    model_config = ConfigDict(extra="forbid")

    rule: Literal["daily"]


class Slot(BaseModel):
    """A command at a time of day."""

    model_config = ConfigDict(extra="forbid")

    time: Annotated[str, Strict(), Field(pattern="^([01][0-9]|2[0-3]):[0-5][0-9]$")]
    duration: Annotated[str, Strict()] | None = Field(None, examples=["PT5H"], description="ISO 8601, a day at most.")
    command: Annotated[str, Strict(), Field(min_length=1)]
    parameters: dict[str, Any] | None = None


class ScheduleBody(BaseModel):
    """What a device is to do at which times of day."""

    model_config = ConfigDict(extra="forbid")

    timezone: Annotated[str, Strict(), Field(min_length=1)] = Field(examples=["Europe/London"])
    recurrence: Recurrence | None = Field(None, description="Without it each slot fires once.")
    slots: Annotated[list[Slot], Field(min_length=1, max_length=96)]


class Schedule(BaseModel):
    """The schedule of a device."""

    id: str
    deviceId: str
    deviceType: Literal["ev_charger"] = "ev_charger"
    state: ScheduleState
    timezone: str
    recurrence: Recurrence | None
    slots: list[Slot]
    updatedAt: str
    nextFireAt: str | None


class ScheduleQuery(PageQuery):
    """Which schedules."""

    deviceId: str | None = None
    state: ScheduleState | None = None


class ActionQuery(PageQuery):
    """Which actions."""

    deviceId: str | None = None
    state: ActionState | None = None
