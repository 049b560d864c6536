"""Answers to commands of the OCPPLAB surface, as that API publishes them."""

from typing import Any

from pydantic import BaseModel, Field, RootModel


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


class AnyQueued(RootModel[QueuedCommand | CommandResponse]):
    """The queued command, or in the later dialects what became of it charger by charger."""


class ConfigurationReply(BaseModel):
    """What became of new values."""

    status: str = Field(description="Accepted or RebootRequired where all were taken, else Rejected.")
    configured: list[str] = Field(description="The keys whose values were taken.")
    msg: str
    verdicts: dict[str, str] = Field(description="Key -> the status that a central system would have been answered.")


class CacheReply(BaseModel):
    """How many tokens were forgotten."""

    msg: str
    cleared_entries: int


class LocalListReply(BaseModel):
    """What became of a local authorization list."""

    status: str = Field(description="Accepted, VersionMismatch, Failed or NotSupported.")
    list_version: int = Field(description="The version that was sent.")
    entries_received: int
    msg: str


class ClearListReply(BaseModel):
    """How many tokens were taken off."""

    msg: str
    entries_deleted: int


class FaultReply(BaseModel):
    """What a fault has made of a connector."""

    msg: str
    fault_type: str | None = None
    evse_id: int | None
    connector_id: int | None
    status: str = Field(description="The connector's status, in the words of OCPP 1.6.")
